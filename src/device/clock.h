/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the wall clock: seconds since 1970 with a source, an age, and what
 * speaks for it or against it.
 *
 * It is unset until a source tells a plausible time: not before the floor (the
 * day the image was built, or a later day that is proven) and not more than
 * CLOCK_SPAN_S after it.  Certificates and tokens are checked against this clock,
 * so an unset one stops a connection before it starts.
 *
 * No source is authenticated; a server behind a verified certificate is.  So:
 *   - a better source replaces a worse one; what a worse one says is an opinion;
 *   - when a server gives reason to doubt the time, the other source is asked
 *     once (clock_asks), and if the two differ the next try is made with what it
 *     says (clock_settle), as far as that cannot help who answers in its place;
 *   - a server that takes a token proves the time (clock_proved), and only then
 *     is the floor raised (clock_raise).
 *
 * Nothing is timed by this clock: all waits are on the tick, which no time that
 * is told can move.
 */
#ifndef TERN_DEVICE_CLOCK_H
#define TERN_DEVICE_CLOCK_H

#include "base/err.h"
#include "base/evidence.h"

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SPAN_S ((int64_t)15 * 366 * 86400)

/* Ascending trust: a better source replaces a worse one, never the other way
 * round within CLOCK_STALE_S. */
enum clock_source {
	CLOCK_UNSET,
	CLOCK_KEPT,       /* the board's own clock went on over the restart; may drift */
	CLOCK_NTP,        /* AT+QNTP: a time server through the modem, unauthenticated */
	CLOCK_NETWORK     /* AT+QLTS: the mobile network (NITZ), which may be minutes off (22.042, 7) */
};

/* Why a time may be wrong. */
enum clock_doubt {
	CLOCK_SURE,
	CLOCK_TOO_EARLY,  /* a server's certificates are 'not yet valid' */
	CLOCK_TOO_LATE,   /* one has expired */
	CLOCK_REFUSED     /* a server behind a verified certificate refused a token */
};

enum {
	CLOCK_STALE_S = 6 * 3600,
	CLOCK_AGREE_S = 300,        /* two sources that differ by no more agree */
	CLOCK_JUMP_S  = 2,          /* a source that differs by no more from what it said before has not jumped ... */
	CLOCK_DRIFT   = 10000,      /* ... nor by a second more in so many: 100 ppm, the worst crystal */
	CLOCK_RAISE_S = 400 * 86400,   /* the floor rises by no more at once: longer than certificates live */
	CLOCK_DAY_S   = 86400       /* and no more often */
};

#define CLOCK_NO_JUMP EVIDENCE_NO_SPAN

struct clock {
	int64_t  floor_s;
	int64_t  base_s;            /* the time at base_ms */
	int64_t  set_s;             /* the time when it was last set */
	int64_t  told_s;            /* the last time that was refused; 0: none */
	int64_t  other_s;           /* what OTHER says, less what this clock says */
	int64_t  other_at_s;        /* when OTHER said so */
	int64_t  proved_s;          /* when a server proved the time; 0: none did */
	int64_t  raised_s;          /* when the floor was raised; 0: not in this run */
	uint32_t base_ms;
	int32_t  jump_s;            /* of the last correction; CLOCK_NO_JUMP: there was none */
	enum clock_source source;
	enum clock_source told_by;
	enum clock_source other;    /* of the second opinion; UNSET: there is none */
	enum clock_source left;     /* given up for the other one: not believed before it is stale */
	enum clock_doubt  doubt;
	bool     asks;              /* the other source is still to be asked */
	bool     refuted;           /* it has been, and was believed: the try was made with a wrong time */
	bool     jumped;            /* it is more than usual, and not told yet */
};

/* A device lives longer than 32 bits of seconds do: 2038-01-19, 2106-02-07. */
_Static_assert(sizeof ((struct clock *)0)->base_s == 8 && sizeof ((struct clock *)0)->floor_s == 8, "years after 2038");

/* Unset, with times before FLOOR_S refused. */
void clock_init(struct clock *c, int64_t floor_s);

/* Offer a time.
 *   ERR_ARG    before the floor or implausibly far after it; kept as what was told, else nothing changed
 *   ERR_STATE  a better source has set the clock recently; kept as an opinion */
MUST_CHECK enum err clock_set(struct clock *c, int64_t unix_s, enum clock_source source, uint32_t now_ms);

/* The time, or false while it is unset. */
bool clock_now(const struct clock *c, uint32_t now_ms, int64_t *unix_s);

/* Seconds since the clock was set by its source; 0 while it is unset. */
uint32_t clock_age_s(const struct clock *c, uint32_t now_ms);

/* Something was refused that the time was part of: another source is to be asked
 * before the next try.  CLOCK_SURE: it was about something else. */
void clock_doubt(struct clock *c, enum clock_doubt why);

/* True once after a doubt: *SOURCE, NTP or NETWORK, is to be asked, and its answer
 * offered by clock_set(). */
bool clock_asks(struct clock *c, enum clock_source *source);

/* A new try begins.  Is there a doubt, and another source that differs, then the
 * clock is the other's from now on: after a refused token whatever it says; after
 * certificates of the future only a later time; after an expired one only an
 * earlier time of the network, since who holds an old key of a server can answer
 * in a time server's place.  True: the clock was set. */
bool clock_settle(struct clock *c, uint32_t now_ms);

/* A server behind a verified certificate has taken a token: the time is right. */
void clock_proved(struct clock *c, uint32_t now_ms);

/* PAST_S has come: the server's certificate, verified and its clock proved, is
 * valid from then.  True: the floor was raised and is to be stored.  One date
 * moves it by CLOCK_RAISE_S at most, once a day: certificates of an operator whose
 * own clock is wrong do not shut a device out for years. */
bool clock_raise(struct clock *c, int64_t past_s, uint32_t now_ms);

/* The last correction is one that somebody should know of: by more than the sources
 * differ when all is well.  True until it is told. */
bool clock_jumped(const struct clock *c);
void clock_jump_told(struct clock *c);

/* Does a second source agree, or a server that took a token, within CLOCK_STALE_S?
 * What was kept over a restart is no second source: it may be the first one's. */
enum evidence_answer clock_agrees(const struct clock *c, uint32_t now_ms);

/* Write the clock's lines of E, as it was when the try was made: if a better source has
 * refuted it since, that is a second one that does not agree.  A time that was kept and
 * refused is `now`, one that a modem told `told`. */
void clock_evidence(const struct clock *c, struct evidence *e, uint32_t now_ms);

/* Call at least once every 24 days, so that NOW_MS may wrap. */
void clock_step(struct clock *c, uint32_t now_ms);

/* "unset", "kept", "ntp", "network". */
const char *clock_source_name(enum clock_source source);

/* "2026-11-22 18:30:05" in UTC, from years 1970 to 9999. */
enum { CLOCK_TEXT_SIZE = 20 };
void clock_text(int64_t unix_s, char text[CLOCK_TEXT_SIZE]);

#endif
