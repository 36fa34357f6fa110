/* SPDX-License-Identifier: Apache-2.0 */
/* openssl_key.h - what OpenSSL says about a key, a signature, a number.  Apart, since
 * its headers and base/err.h both have an ERR_STATE. */
#ifndef TERN_TESTS_OPENSSL_KEY_H
#define TERN_TESTS_OPENSSL_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when SIG (64 bytes: raw r || s, else RSA) over MSG is by the private key in the PEM file PATH. */
bool openssl_verifies(const char *path, const void *msg, size_t msg_len, const uint8_t *sig, size_t sig_len);

/* The public half of the private key in PATH as PEM text, and the SHA-256 of its DER. */
void openssl_public(const char *path, char *pem, size_t size, uint8_t digest[32]);

/* A = A mod N, and OUT = A^E mod N: numbers of LEN bytes, E of E_LEN. */
void openssl_mod(uint8_t *a, const uint8_t *n, size_t len);
void openssl_power(const uint8_t *a, const uint8_t *e, size_t e_len, const uint8_t *n, size_t len, uint8_t *out);

void openssl_sha256(const void *data, size_t len, uint8_t digest[32]);

#endif
