/* SPDX-License-Identifier: Apache-2.0 */
/* mbed.h - what the files of this folder share about mbedTLS.  Private to it. */
#ifndef TERN_CRYPTO_MBED_H
#define TERN_CRYPTO_MBED_H

#include "base/bytes.h"
#include "crypto/crypto.h"

#include <mbedtls/x509_crt.h>

struct crypto *crypto_current(void);

/* mbedTLS's f_rng over a struct drbg and over a struct rng. */
int mbed_drbg(void *drbg, unsigned char *out, size_t len);
int mbed_rng(void *rng, unsigned char *out, size_t len);

/* mbedtls_md(). */
int mbed_md(const mbedtls_md_info_t *info, const unsigned char *data, size_t len, unsigned char *hash);

/* Seconds since 1970 of a certificate's time. */
int64_t mbed_time(const mbedtls_x509_time *t);

/* NAME for a person: "common name (organisation)", or what there is of it.
 * Anything but printable ASCII becomes '?': a stranger wrote it. */
void mbed_name(const mbedtls_x509_name *name, char *out, size_t size);

/* The host names and addresses that CRT is for, ", " between, "..." if cut. */
void mbed_hosts(const mbedtls_x509_crt *crt, char *out, size_t size);

/* True when RET says that a certificate's key is of an unknown kind or curve. */
bool mbed_unknown_key(int ret);

/* True when the names are the same, byte for byte. */
bool mbed_same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b);

#endif
