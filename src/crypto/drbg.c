/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/drbg.h"

#include <mbedtls/sha256.h>
#include <string.h>

enum { HASH = 32, HASH_BLOCK = 64 };

/* One pass of HMAC: H(key ^ PAD || parts).  The software hash cannot fail. */
static void pass(const uint8_t key[HASH], uint8_t pad, const struct bytes *parts, size_t n, uint8_t out[HASH])
{
	mbedtls_sha256_context h;
	uint8_t block[HASH_BLOCK];

	memset(block, pad, sizeof block);
	for (size_t i = 0; i < HASH; i++)
		block[i] ^= key[i];
	mbedtls_sha256_init(&h);
	(void)mbedtls_sha256_starts(&h, 0);
	(void)mbedtls_sha256_update(&h, block, sizeof block);
	for (size_t i = 0; i < n; i++)
		(void)mbedtls_sha256_update(&h, parts[i].data, parts[i].len);
	(void)mbedtls_sha256_finish(&h, out);
	mbedtls_sha256_free(&h);
	bytes_wipe(block, sizeof block);
}

void drbg_hmac(const uint8_t key[32], const struct bytes *parts, size_t n, uint8_t out[32])
{
	uint8_t inner[HASH], copy[HASH];

	memcpy(copy, key, HASH);
	pass(copy, 0x36, parts, n, inner);
	pass(copy, 0x5c, &(struct bytes){ inner, HASH }, 1, out);
	bytes_wipe(inner, sizeof inner);
	bytes_wipe(copy, sizeof copy);
}

static void next_value(struct drbg *d)
{
	drbg_hmac(d->key, &(struct bytes){ d->value, HASH }, 1, d->value);
}

/* HMAC_DRBG_Update, 10.1.2.2, of A || B. */
static void update(struct drbg *d, struct bytes a, struct bytes b)
{
	uint8_t rounds = a.len + b.len > 0 ? 2 : 1;

	for (uint8_t i = 0; i < rounds; i++) {
		const struct bytes parts[] = { { d->value, HASH }, { &i, 1 }, a, b };

		drbg_hmac(d->key, parts, 4, d->key);
		next_value(d);
	}
}

void drbg_init(struct drbg *d, struct bytes seed)
{
	memset(d->key, 0x00, sizeof d->key);
	memset(d->value, 0x01, sizeof d->value);
	update(d, seed, (struct bytes){ NULL, 0 });
}

void drbg_reseed(struct drbg *d, struct bytes a, struct bytes b)
{
	update(d, a, b);
}

void drbg_generate(struct drbg *d, uint8_t *out, size_t len)
{
	while (len > 0) {
		size_t n = len < HASH ? len : HASH;

		next_value(d);
		memcpy(out, d->value, n);
		out += n;
		len -= n;
	}
	update(d, (struct bytes){ NULL, 0 }, (struct bytes){ NULL, 0 });
}
