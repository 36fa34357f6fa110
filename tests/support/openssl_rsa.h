/* SPDX-License-Identifier: Apache-2.0 */
/* openssl_rsa.h - RSA keys of OpenSSL's with which anything may be signed.  Apart, since its headers and base/err.h both have an ERR_STATE. */
#ifndef TERN_TESTS_OPENSSL_RSA_H
#define TERN_TESTS_OPENSSL_RSA_H

#include <stddef.h>
#include <stdint.h>

struct openssl_rsa;

/* A new key of BITS with the public exponent E; its public half as
 * SubjectPublicKeyInfo at SPKI of 600 bytes. */
struct openssl_rsa *openssl_rsa_new(unsigned bits, unsigned e, uint8_t *spki, size_t *spki_len);
void openssl_rsa_free(struct openssl_rsa *rsa);

/* Apply the private key to BLOCK, which is as long as the modulus, without any
 * padding of its own. */
void openssl_rsa_private(struct openssl_rsa *rsa, const uint8_t *block, size_t len, uint8_t *out);

/* OUT = NUMBER + modulus, in LEN bytes; 0 if it is longer. */
int openssl_rsa_add_modulus(struct openssl_rsa *rsa, const uint8_t *number, size_t len, uint8_t *out);

#endif
