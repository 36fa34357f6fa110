/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hurry.h - a clock for tests on a desk: while nothing passes between host and
 * modem it runs N times faster, so that minutes of waiting take seconds.
 *
 * As soon as a byte passes, and for HURRY_QUIET_MS after it, it keeps pace with
 * the real one: who answers in time is not found late because somebody hurries.
 * Host and virtual modem see the same bytes, so their clocks stay together if
 * both have the same N.  Times are microseconds of a clock that never goes back.
 */
#ifndef TERN_BOARDS_LINUX_HURRY_H
#define TERN_BOARDS_LINUX_HURRY_H

#include <stdint.h>

enum { HURRY_QUIET_MS = 200, HURRY_TIMES_MAX = 1000 };

struct hurry {
	uint32_t times;        /* 1: no hurry */
	uint64_t begin_us;
	uint64_t real_us;      /* up to which AHEAD_US is worked out */
	uint64_t ahead_us;     /* of the real clock */
	uint64_t quiet_us;     /* real time from which on it hurries */
};

/* The clock shows 0 now. */
static inline void hurry_begin(struct hurry *h, uint32_t times, uint64_t real_us)
{
	*h = (struct hurry){ .times = times, .begin_us = real_us, .real_us = real_us, .quiet_us = real_us };
}

/* What it shows. */
static inline uint64_t hurry_us(struct hurry *h, uint64_t real_us)
{
	uint64_t from = h->quiet_us > h->real_us ? h->quiet_us : h->real_us;

	if (real_us > from)
		h->ahead_us += (real_us - from) * (h->times - 1);
	h->real_us = real_us;
	return real_us - h->begin_us + h->ahead_us;
}

/* A byte passes. */
static inline void hurry_not(struct hurry *h, uint64_t real_us)
{
	hurry_us(h, real_us);
	h->quiet_us = real_us + HURRY_QUIET_MS * 1000u;
}

/* In how many real milliseconds, rounded up, will it show MS more, if no byte passes? */
static inline uint32_t hurry_wait_ms(const struct hurry *h, uint32_t ms)
{
	uint64_t slow = h->quiet_us > h->real_us ? (h->quiet_us - h->real_us + 999) / 1000 : 0;

	return ms <= slow ? ms : (uint32_t)(slow + (ms - slow + h->times - 1) / h->times);
}

#endif
