/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drbg.h - HMAC_DRBG with SHA-256 (NIST SP 800-90A, 10.1.2), without memory of
 * its own and without a source of entropy: the caller knows what it is fed.
 *
 * The limit of 2^48 calls between reseeds is out of a device's reach.
 */
#ifndef TERN_CRYPTO_DRBG_H
#define TERN_CRYPTO_DRBG_H

#include "base/bytes.h"

struct drbg {
	uint8_t key[32];
	uint8_t value[32];
};

/* Instantiate from SEED: entropy, nonce and personalisation in a row. */
void drbg_init(struct drbg *d, struct bytes seed);

/* Reseed with the concatenation of A and B. */
void drbg_reseed(struct drbg *d, struct bytes a, struct bytes b);

/* LEN bytes, at most 65536. */
void drbg_generate(struct drbg *d, uint8_t *out, size_t len);

/* HMAC-SHA-256 (RFC 2104) of the concatenation of N parts; OUT may be KEY. */
void drbg_hmac(const uint8_t key[32], const struct bytes *parts, size_t n, uint8_t out[32]);

#endif
