/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_ca.h - an authority of one's own: a root for devices, and with it
 * certificates for a server.  All keys are P-256, so that a small chip is fast
 * and a chain short.
 */
#ifndef TERN_BRIDGE_OWN_CA_H
#define TERN_BRIDGE_OWN_CA_H

#include "base/bytes.h"

struct x509_st;
struct evp_pkey_st;

enum { OWN_CA_ERROR = 512, OWN_CA_NAMES = 9, OWN_CA_ROOT_DAYS = 7305 /* 20 years */ };

struct own_ca {
	struct x509_st     *root;
	struct evp_pkey_st *key;
};

struct own_ca_request {
	const char *name[OWN_CA_NAMES];    /* names and addresses, the first the one that devices use */
	size_t      names;                 /* 0: those of LIKE */
	struct x509_st     *like;          /* NULL: none */
	struct evp_pkey_st *key;
	int64_t     now_s;
	unsigned    days;
};

/* Is TEXT a host name or an address that a certificate can be for?  False: ERROR says why not, with
 * what was probably meant. */
bool own_ca_check_name(const char *text, char error[OWN_CA_ERROR]);

/* A new root.  If the first of NAMES has a domain, the root is limited to the domains of NAMES, and addresses;
 * devices that do not know such a limit (it is not critical) pass it over. */
bool own_ca_make(struct own_ca *ca, const char *const *names, size_t count, int64_t now_s);
bool own_ca_read(struct own_ca *ca, const char *root_file, const char *key_file, char error[OWN_CA_ERROR]);
void own_ca_free(struct own_ca *ca);

struct evp_pkey_st *own_ca_new_key(void);

/* A certificate for REQUEST, never longer than its root; NULL: no memory. */
struct x509_st *own_ca_certify(const struct own_ca *ca, const struct own_ca_request *request);
/* Would a device with this root take X?  Not if its names are out of the root's limit. */
bool own_ca_vouches(const struct own_ca *ca, struct x509_st *x, int64_t now_s);
int64_t own_ca_expires(const struct x509_st *x);

/* As PEM text, for free(); of a key: a secret, wiped by own_ca_free_text(). */
char *own_ca_text(struct x509_st *x);
char *own_ca_key_text(struct evp_pkey_st *key);
void  own_ca_free_text(char *text);

/* SHA-256 of its DER in hex, as a device prints it of a root. */
void own_ca_fingerprint(struct x509_st *x, char out[65]);

#endif
