/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto.h - what one device's cryptography works with: memory, chance, time.
 *
 * mbedTLS finds its allocator, generator and clock through process-wide hooks.
 * Every function of this folder that reaches mbedTLS takes a struct crypto and
 * makes it current first, so that several devices live side by side in one
 * process.  One thread.
 */
#ifndef TERN_CRYPTO_CRYPTO_H
#define TERN_CRYPTO_CRYPTO_H

#include "crypto/arena.h"
#include "crypto/rng.h"

#include <stddef.h>
#include <stdint.h>

struct crypto {
	struct arena arena;
	struct rng   rng;
	int64_t      unix_s;   /* seconds since 1970 UTC; 0 = not known.  crypto_set_time() */
};

/* Prepare C over SIZE bytes at MEM, which stay borrowed.  UNIQUE is a name that
 * no other device has (not a secret); it keeps devices apart that were given
 * the same seed by mistake. */
void crypto_init(struct crypto *c, void *mem, size_t size, const void *unique, size_t unique_len);

/* Tell C the time, as often as it is known better. */
void crypto_set_time(struct crypto *c, int64_t unix_s);

/* Make C current.  Callers outside this folder need not. */
void crypto_enter(struct crypto *c);

/* SHA-256 of LEN bytes at DATA. */
void crypto_sha256(const void *data, size_t len, uint8_t digest[32]);

#endif
