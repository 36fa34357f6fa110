/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hurry.h - the clock of tests on a desk, in which minutes of waiting take
 * seconds: a device and its virtual modem share it, as a page of a file.
 *
 * It is the machine's own clock and what has been skipped.  The device skips,
 * and only while it sleeps and nobody is late: the modem has taken all that was
 * sent to it and has nothing to do itself, and on its sockets nothing has passed
 * for HURRY_NET_MS, since what is behind them keeps real time.  So nobody is
 * found slow because another one hurries, however busy the machine is.
 *
 * Times are microseconds of CLOCK_MONOTONIC, which both see alike.
 */
#ifndef TERN_BOARDS_LINUX_HURRY_H
#define TERN_BOARDS_LINUX_HURRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HURRY_NET_MS = 60, HURRY_TIMES_MAX = 1000 };

struct hurry {
	/* the device's */
	_Atomic uint64_t skipped_us;
	_Atomic uint64_t sent;         /* bytes to the modem */
	/* the modem's */
	_Atomic uint64_t taken;        /* bytes that it is done with */
	_Atomic uint64_t busy_us;      /* time of this clock when it has to act next */
	_Atomic uint64_t net_us;       /* real time at which something last passed on its sockets */
};

/* The page in the file PATH, made if it does not exist.  NULL: WHY says what is wrong. */
struct hurry *hurry_open(const char *path, char *why, size_t why_size);

/* The machine's clock, and this one; H may be NULL: no hurry. */
uint64_t hurry_real_us(void);
uint64_t hurry_us(const struct hurry *h);

/* By how much this one is ahead. */
int64_t hurry_skipped_ms(const struct hurry *h);

/* Microseconds by which it may be skipped ahead now, at most MOST. */
uint64_t hurry_may(const struct hurry *h, uint64_t most_us);

#endif
