/* SPDX-License-Identifier: Apache-2.0 */
/* key_der.h - the DER of keys, read and written.  Private to key.c. */
#ifndef TERN_CRYPTO_KEY_DER_H
#define TERN_CRYPTO_KEY_DER_H

#include "crypto/key.h"

/* Where things stand in a private key's DER; borrowed from it. */
struct key_der {
	enum key_alg alg;
	struct bytes d;         /* ES256: the private number */
	struct bytes point;     /* ES256: the public point (SEC1, 2.3.3), or empty */
	struct bytes pkcs1;     /* RS256: the whole RSAPrivateKey */
	struct bytes n_and_e;   /* RS256: its modulus and public exponent, as DER */
};

/* What DER is, by its outline, and the parts of K if that is a private key of a
 * kind that is taken.  *FOUND is its name, or NULL.
 *   ERR_KEY_...  see key_from_pem() */
enum err key_der_read(struct bytes der, struct key_der *k, const char **found);

/* Write an ECPrivateKey with curve and public half (RFC 5915); the length. */
enum { KEY_DER_EC_PRIVATE = 121, KEY_DER_EC_PUBLIC = 91, KEY_DER_POINT = 65 };
void key_der_ec_private(const uint8_t d[32], const uint8_t point[KEY_DER_POINT], uint8_t out[KEY_DER_EC_PRIVATE]);

/* Write SubjectPublicKeyInfo (RFC 5480, 2; RFC 3279, 2.3.1) to OUT of
 * KEY_PUBLIC_MAX bytes; the length, 0 if N_AND_E are not those of a key of 2048
 * to 4096 bits. */
size_t key_der_ec_public(const uint8_t point[KEY_DER_POINT], uint8_t *out);
size_t key_der_rsa_public(struct bytes n_and_e, uint8_t *out);

#endif
