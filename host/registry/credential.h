/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credential.h - the public half of a device's key, as the contract takes it: a
 * PEM public key or an X.509 certificate, P-256 or RSA of 2048 bits and more.
 */
#ifndef TERN_REGISTRY_CREDENTIAL_H
#define TERN_REGISTRY_CREDENTIAL_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct evp_pkey_st;

enum credential_format { CREDENTIAL_RSA_PEM, CREDENTIAL_RSA_X509_PEM, CREDENTIAL_ES256_PEM, CREDENTIAL_ES256_X509_PEM };

enum {
	CREDENTIAL_MAX         = 3,      /* of one device */
	CREDENTIAL_PEM_SIZE    = 8192,   /* bytes of one, at most */
	CREDENTIAL_FINGERPRINT = 65,     /* SHA-256 of the DER SubjectPublicKeyInfo in hex, as `tern provision` has */
	CREDENTIAL_SHORT       = 16,     /* digits of it that people compare: on labels, in sentences */
	CREDENTIAL_ERROR       = 256
};

#define CREDENTIAL_NEVER INT64_MAX

struct credential {
	enum credential_format format;
	int64_t expires_s;                            /* seconds since 1970; CREDENTIAL_NEVER */
	char    fingerprint[CREDENTIAL_FINGERPRINT];
	struct evp_pkey_st *key;                      /* owned */
};

/* Read PEM as FORMAT (a name of the contract: "ES256_PEM"); C->expires_s is NEVER.
 * 'PUBLIC KEY', 'RSA PUBLIC KEY' and 'CERTIFICATE' are taken; one of them, and
 * nothing else that is PEM; lost line breaks do no harm.  A certificate only
 * carries the key, as Google had it: its dates, names and signature are not
 * looked at.
 * False: ERROR says what it is instead, and nothing is to be freed (a private key
 * is named as such, and wiped nowhere: it must not be kept). */
bool credential_read(struct credential *c, enum credential_format format, struct bytes pem,
		     char error[CREDENTIAL_ERROR]);
void credential_free(struct credential *c);    /* C->key is NULL afterwards */

/* What PEM is, when nobody said.  False: none of the four. */
bool credential_guess(struct bytes pem, enum credential_format *format, char error[CREDENTIAL_ERROR]);

/* What its tokens are signed with: "ES256", "RS256". */
const char *credential_alg(enum credential_format format);

const char *credential_format_name(enum credential_format format);
bool credential_format_parse(const char *name, enum credential_format *format);

#endif
