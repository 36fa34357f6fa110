/* SPDX-License-Identifier: Apache-2.0 */
/* token_maker.h - keys and tokens as devices have them, made by OpenSSL: right ones and odd ones. */
#ifndef TERN_TESTS_TOKEN_MAKER_H
#define TERN_TESTS_TOKEN_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evp_pkey_st;

enum { TOKEN_MAKER_MAX = 16384 };

/* The private key in tests/data/keys/NAME.pem. */
struct evp_pkey_st *token_maker_key(const char *name);
void token_maker_free(struct evp_pkey_st *key);
/* PEM of its public half; of a certificate around it that signs itself and ended in 1971.  For free(). */
char *token_maker_public(struct evp_pkey_st *key);
char *token_maker_certificate(struct evp_pkey_st *key);

enum {
	TOKEN_PADDED    = 1,     /* '=' behind every part, as X-CUBE-GCP and Google's SDK sent it */
	TOKEN_DER       = 2,     /* ES256's signature as DER */
	TOKEN_STANDARD  = 4,     /* base64 with '+' and '/' */
	TOKEN_UNSIGNED  = 8,     /* nothing behind the second '.' */
	TOKEN_SPOILT    = 16     /* one bit of the signature is wrong */
};

/* A token of the two texts, signed by KEY; returns its length. */
size_t token_make(char out[TOKEN_MAKER_MAX], struct evp_pkey_st *key, const char *header, const char *claims, unsigned how);

/* BYTES in base64url without padding, terminated. */
size_t token_maker_base64url(char *out, const void *bytes, size_t len);

#endif
