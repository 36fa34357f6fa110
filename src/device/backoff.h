/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - how long to wait before the next try.
 *
 * A time drawn evenly below a ceiling that doubles with each failure, so that a
 * fleet that lost its server does not come back in step.  What failed decides
 * where that begins and ends: a lost connection is worth a try in seconds, a
 * refused login in minutes, a certificate that nothing vouches for not before a
 * person had time to act.
 *
 * A success resets it only after it has lasted for BACKOFF_HEALTHY_MS: a server
 * that accepts a login and drops it at once is still met more and more slowly.
 */
#ifndef TERN_DEVICE_BACKOFF_H
#define TERN_DEVICE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum backoff_class {
	BACKOFF_USUAL,     /* 1 s up to 2 s, 4 s, ... 5 min */
	BACKOFF_BUSY,      /* the server asks for patience: 30 s to 1 min, ... 30 to 60 min */
	BACKOFF_LOGIN,     /* it refuses: 1 to 2 min, ... 30 to 60 min */
	BACKOFF_TWIN,      /* another client uses the id: 5 to 15 min, so that both do not fight */
	BACKOFF_SLOW,      /* nothing helps but a person: 15 to 20 min */
	BACKOFF_CLASSES
};

enum {
	BACKOFF_FIRST_MS   = 2000,      /* USUAL */
	BACKOFF_CEILING_MS = 300000,
	BACKOFF_HEALTHY_MS = 300000
};

struct backoff {
	uint32_t random;       /* state of a xorshift generator, never 0; no secret */
	uint32_t failures;     /* in a row */
	uint32_t up_ms;        /* when the success began */
	enum backoff_class last;
	bool     up;
};

void backoff_init(struct backoff *b, uint32_t seed);

/* Milliseconds to wait after one more failure.  Classes but USUAL count their own. */
uint32_t backoff_failed(struct backoff *b, enum backoff_class what, uint32_t now_ms);

/* What failed may have been put right. */
void backoff_forget(struct backoff *b);

/* The connection works since NOW_MS. */
void backoff_succeeded(struct backoff *b, uint32_t now_ms);

/* Notice a success that has lasted.  Call at least once every 24 days. */
void backoff_step(struct backoff *b, uint32_t now_ms);

#endif
