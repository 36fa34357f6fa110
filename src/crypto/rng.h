/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.h - random bytes from a provisioned seed, or from live noise.
 *
 * An HMAC-DRBG with SHA-256 (drbg.h).  Its root is a 32-byte
 * seed that is provisioned with the device key and replaced at every start
 * before the first byte is given out; a device without one makes its first seed
 * from live noise, if that has earned enough:
 *
 *   rng_init() -> rng_mix() ... -> rng_seed(seed, next)  or  rng_live(noise, next)
 *   -> [store next, read it back] -> rng_stored() -> rng_bytes() ...
 *
 * A power cut before NEXT is stored repeats the same state at the next start,
 * but nothing was given out from it; a cut after it starts from NEXT.  So no
 * byte is given out twice.  The generator does no I/O: seed.h stores.
 *
 * What is mixed in can only help: an attacker must know the seed and all that
 * was mixed in to predict the output.  Mix the device's private key (its DER)
 * once after rng_init(): then a stolen or repeated seed alone gives nothing
 * (the idea of RFC 8937, with the generator's HMAC as the function).
 */
#ifndef TERN_CRYPTO_RNG_H
#define TERN_CRYPTO_RNG_H

#include "base/err.h"
#include "crypto/drbg.h"
#include "crypto/noise.h"

#include <stddef.h>
#include <stdint.h>

enum {
	RNG_SEED_LEN  = 32,
	RNG_LIVE_BITS = 256    /* that live noise must have earned to stand for a seed */
};

/* Where mixed bytes come from.  None of it is credited as entropy. */
enum rng_source {
	RNG_SOURCE_DEVICE_KEY = 1,
	RNG_SOURCE_COUNTER,       /* of starts */
	RNG_SOURCE_MEMORY,        /* what it held at power-on, or anything else that may differ */
	RNG_SOURCE_NOISE          /* the pool of live noise */
};

enum rng_state {
	RNG_UNSEEDED,
	RNG_LOCKED,      /* seeded; the next seed is not yet known to be stored */
	RNG_READY
};

struct rng {
	struct drbg    drbg;
	enum rng_state state;
};

/* Start without any entropy.  UNIQUE keeps devices apart (personalisation). */
void rng_init(struct rng *r, const void *unique, size_t len);

/* Back to UNSEEDED.  What was stirred in stays, so that nothing comes out twice. */
void rng_forget(struct rng *r);

/* Stir in LEN bytes.  Any state; changes none. */
void rng_mix(struct rng *r, enum rng_source source, const void *data, size_t len);

/* ERR_OK when SEED may have come from a random source.
 *   ERR_RNG_SEED  a pattern: erased flash, a constant, a short repetition, a count */
MUST_CHECK enum err rng_seed_check(const uint8_t seed[RNG_SEED_LEN]);

/* Take SEED and compute the NEXT one, which the caller stores in its place and
 * reads back; then rng_stored().  Output stays locked until then.  Also locks
 * and reseeds a generator that is READY: a new seed was provisioned.
 *   ERR_RNG_SEED  see rng_seed_check(); R is unchanged */
MUST_CHECK enum err rng_seed(struct rng *r, const uint8_t seed[RNG_SEED_LEN], uint8_t next[RNG_SEED_LEN]);

/* Stir in what N's pool holds.  Any state; changes none. */
void rng_stir(struct rng *r, const struct noise *n);

/* The gate without a seed: as rng_seed(), from the live noise of N alone.
 *   ERR_RNG_UNSEEDED  N has not earned RNG_LIVE_BITS; R is unchanged */
MUST_CHECK enum err rng_live(struct rng *r, const struct noise *n, uint8_t next[RNG_SEED_LEN]);

/* The next seed is stored and was read back: output may begin.
 *   ERR_STATE  nothing waits to be stored */
MUST_CHECK enum err rng_stored(struct rng *r);

/* LEN random bytes.
 *   ERR_RNG_UNSEEDED  not READY; BUF is zeroed, so that nobody uses it by mistake */
MUST_CHECK enum err rng_bytes(struct rng *r, void *buf, size_t len);

#endif
