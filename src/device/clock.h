/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the wall clock: seconds since 1970 with a source and an age.
 *
 * The board may have kept the time over a restart; without that a chip wakes up
 * with no idea of it.  The clock is unset until a source gives it a plausible time: not before the floor (the day
 * the image was built, or a later day known from an authenticated source) and
 * not more than CLOCK_SPAN_S after it.  Certificates and tokens are checked
 * against this clock, so an unset one stops a connection before it starts.
 */
#ifndef TERN_DEVICE_CLOCK_H
#define TERN_DEVICE_CLOCK_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SPAN_S ((int64_t)15 * 366 * 86400)

/* Ascending trust: a better source replaces a worse one, never the other way
 * round within CLOCK_STALE_S. */
enum clock_source {
	CLOCK_UNSET,
	CLOCK_KEPT,       /* the board's own clock went on over the restart; may drift */
	CLOCK_NTP,        /* AT+QNTP: a time server through the modem, unauthenticated */
	CLOCK_NETWORK     /* AT+QLTS: the mobile network (NITZ) */
};

enum { CLOCK_STALE_S = 6 * 3600 };

struct clock {
	int64_t           floor_s;
	int64_t           base_s;      /* the time at base_ms */
	int64_t           set_s;       /* the time when it was last set */
	uint32_t          base_ms;
	enum clock_source source;
};

/* Unset, with times before FLOOR_S refused. */
void clock_init(struct clock *c, int64_t floor_s);

/* Offer a time.
 *   ERR_ARG    before the floor or implausibly far after it; nothing changed
 *   ERR_STATE  a better source has set the clock recently; nothing changed */
MUST_CHECK enum err clock_set(struct clock *c, int64_t unix_s, enum clock_source source, uint32_t now_ms);

/* The time, or false while it is unset. */
bool clock_now(const struct clock *c, uint32_t now_ms, int64_t *unix_s);

/* Seconds since the clock was set by its source; 0 while it is unset. */
uint32_t clock_age_s(const struct clock *c, uint32_t now_ms);

/* A server refused what the time was part of: a kept time is forgotten, so that
 * a better source is asked. */
void clock_doubt(struct clock *c);

/* Call at least once every 24 days, so that NOW_MS may wrap. */
void clock_step(struct clock *c, uint32_t now_ms);

/* "unset", "kept", "ntp", "network". */
const char *clock_source_name(enum clock_source source);

/* "2026-11-22 18:30:05" in UTC, from years 1970 to 9999. */
enum { CLOCK_TEXT_SIZE = 20 };
void clock_text(int64_t unix_s, char text[CLOCK_TEXT_SIZE]);

#endif
