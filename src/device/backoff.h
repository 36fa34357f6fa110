/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait before the next try.
 *
 * Full jitter: a time drawn evenly from 1 s to a ceiling that doubles with each
 * failure, so that a fleet that lost its server does not come back in step.  A
 * success resets it only after it has lasted for BACKOFF_HEALTHY_MS: a server
 * that accepts a login and drops it at once is still met more and more slowly.
 */
#ifndef TERN_DEVICE_BACKOFF_H
#define TERN_DEVICE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKOFF_FIRST_MS   = 2000,
	BACKOFF_CEILING_MS = 300000,
	BACKOFF_HEALTHY_MS = 60000
};

struct backoff {
	uint32_t random;       /* state of a xorshift generator, never 0; no secret */
	uint32_t failures;     /* in a row */
	uint32_t up_ms;        /* when the success began */
	bool     up;
};

void backoff_init(struct backoff *b, uint32_t seed);

/* Milliseconds to wait after one more failure. */
uint32_t backoff_failed(struct backoff *b, uint32_t now_ms);

/* The connection works since NOW_MS. */
void backoff_succeeded(struct backoff *b, uint32_t now_ms);

/* Notice a success that has lasted.  Call at least once every 24 days. */
void backoff_step(struct backoff *b, uint32_t now_ms);

#endif
