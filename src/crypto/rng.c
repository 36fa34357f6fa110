/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rng.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <string.h>

/* Of 32 random bytes fewer than 16 different ones come less than once in 10^15 seeds. */
enum { DISTINCT_MIN = 16 };

void rng_init(struct rng *r, const void *unique, size_t len)
{
	drbg_init(&r->drbg, (struct bytes){ unique, len });
	r->state = RNG_UNSEEDED;
}

void rng_forget(struct rng *r)
{
	r->state = RNG_UNSEEDED;
}

void rng_mix(struct rng *r, enum rng_source source, const void *data, size_t len)
{
	uint8_t tag = (uint8_t)source;

	drbg_reseed(&r->drbg, (struct bytes){ &tag, 1 }, (struct bytes){ data, len });
}

/* How many different values SEED[i] - STEP * SEED[i - 1] takes: STEP 0 finds
 * constants and repetitions, STEP 1 counts. */
static unsigned distinct(const uint8_t seed[RNG_SEED_LEN], unsigned step)
{
	bool seen[256] = { false };
	unsigned n = 0;

	for (size_t i = 1; i < RNG_SEED_LEN; i++) {
		uint8_t v = (uint8_t)(seed[i] - step * seed[i - 1]);

		n += !seen[v];
		seen[v] = true;
	}
	bytes_wipe(seen, sizeof seen);
	return n;
}

enum err rng_seed_check(const uint8_t seed[RNG_SEED_LEN])
{
	if (distinct(seed, 0) < DISTINCT_MIN || distinct(seed, 1) < DISTINCT_MIN)
		return ERR_RNG_SEED;
	return ERR_OK;
}

enum err rng_seed(struct rng *r, const uint8_t seed[RNG_SEED_LEN], uint8_t next[RNG_SEED_LEN])
{
	enum err e = rng_seed_check(seed);

	if (e != ERR_OK)
		return e;
	drbg_reseed(&r->drbg, (struct bytes){ seed, RNG_SEED_LEN }, (struct bytes){ NULL, 0 });
	drbg_generate(&r->drbg, next, RNG_SEED_LEN);
	r->state = RNG_LOCKED;
	return ERR_OK;
}

void rng_stir(struct rng *r, const struct noise *n)
{
	rng_mix(r, RNG_SOURCE_NOISE, n->pool, sizeof n->pool);
}

enum err rng_live(struct rng *r, const struct noise *n, uint8_t next[RNG_SEED_LEN])
{
	if (noise_bits(n) < RNG_LIVE_BITS)
		return ERR_RNG_UNSEEDED;
	rng_stir(r, n);
	drbg_generate(&r->drbg, next, RNG_SEED_LEN);
	r->state = RNG_LOCKED;
	return ERR_OK;
}

enum err rng_stored(struct rng *r)
{
	if (r->state != RNG_LOCKED)
		return ERR_STATE;
	r->state = RNG_READY;
	return ERR_OK;
}

enum err rng_bytes(struct rng *r, void *buf, size_t len)
{
	if (r->state != RNG_READY) {
		memset(buf, 0, len);
		return ERR_RNG_UNSEEDED;
	}
	drbg_generate(&r->drbg, buf, len);
	return ERR_OK;
}
