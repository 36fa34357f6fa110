/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entropy.h - where the device's random numbers come from: the stored seed, and
 * live noise beside it or in its place.
 *
 * The gate: the generator gives nothing out before a valid seed was read and
 * its successor stored, or, without one, before live noise has earned
 * RNG_LIVE_BITS and a seed made from it is stored.
 */
#ifndef TERN_DEVICE_ENTROPY_H
#define TERN_DEVICE_ENTROPY_H

#include "base/err.h"
#include "crypto/noise.h"

struct device;

enum {
	ENTROPY_DUMP_SIZE  = 64,      /* samples at a time */
	ENTROPY_DUMP_MAX   = 1000000,
	ENTROPY_REFRESH_MS = 500      /* a handshake waits no longer for fresh samples */
};

struct entropy {
	struct noise noise;
	uint8_t  told;                /* a bit a source: its failing was told */
	uint32_t refresh_ms;          /* fresh samples are waited for until then */
	struct {
		enum noise_source source;
		uint32_t left;        /* samples still to come; 0: none goes on */
		uint32_t until_ms;    /* it ends when none has come by then */
		uint8_t  len;
		uint8_t  buf[ENTROPY_DUMP_SIZE];
	} dump;
};

/* Make the generator ready unless it is.
 *   ERR_AGAIN         live noise is still being gathered
 *   ERR_RNG_UNSEEDED  neither a seed nor enough live noise      ERR_FLASH_... */
MUST_CHECK enum err entropy_ready(struct device *d);

/* Ask for fresh samples before a handshake; true when they are in the
 * generator, or do not come. */
void entropy_refresh(struct device *d, uint32_t now_ms);
bool entropy_refreshed(struct device *d, uint32_t now_ms);

void entropy_step(struct device *d, uint32_t now_ms);
bool entropy_deadline(const struct device *d, uint32_t now_ms, uint32_t *at_ms);

/* ---- for the console ---- */

const struct noise *entropy_noise(const struct device *d);

/* The seed that is stored. */
struct entropy_seed {
	bool     stored;       /* there is one, and it is no pattern */
	bool     self_made;    /* from live noise, not provisioned */
	uint32_t count;        /* seeds that this device has stored so far: its counter of starts */
};
struct entropy_seed entropy_seed(struct device *d);

/* Tap N raw samples of SOURCE, 1 to ENTROPY_DUMP_MAX: they are tested but, since
 * others see them, not used.  0 ends it.  Taking them: up to ENTROPY_DUMP_SIZE at
 * BUF, 0 if none have come.  entropy_dump_left() says how many are still to
 * come or to be taken; it is 0 too when the source gives none for 10 s.
 *   ERR_NOT_FOUND  the board has no such source      ERR_ARG  N */
MUST_CHECK enum err entropy_dump(struct device *d, enum noise_source source, uint32_t n, uint32_t now_ms);
size_t entropy_dump_take(struct device *d, uint8_t buf[ENTROPY_DUMP_SIZE]);
uint32_t entropy_dump_left(const struct device *d);

#endif
