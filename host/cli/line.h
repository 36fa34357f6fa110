/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - the line to a device's console: a serial port or pseudo-terminal
 * (115200 8N1), or a socket.
 */
#ifndef TERN_CLI_LINE_H
#define TERN_CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
	int         fd;         /* -1: closed */
	const char *name;       /* as the user gave it */
	bool        gone;       /* there is no such port now: one that is not plugged in */
	char        why[256];   /* what is wrong, after a failure: a sentence */
};

/* Open SPEC: a path, "unix:PATH" or "tcp:HOST:PORT"; borrowed.  False: L->why. */
bool line_open(struct line *l, const char *spec);
void line_close(struct line *l);

/* The time for the bounds below: milliseconds of a clock that nobody sets. */
int64_t line_now_ms(void);

enum line_result { LINE_OK, LINE_LATE, LINE_LOST, LINE_INTERRUPTED };

/* Read what there is, at least one byte, at most SIZE, until the time is END_MS.
 * Write all LEN bytes within LINE_WRITE_MS and the time that they take at 115200.
 *   LOST  the other end, or the cable, is gone: L->why */
enum { LINE_WRITE_MS = 5000 };
enum line_result line_read(struct line *l, uint8_t *buf, size_t size, size_t *len, int64_t end_ms);
enum line_result line_write(struct line *l, const void *data, size_t len);

/* Let MS pass.  INTERRUPTED or LATE. */
enum line_result line_pause(int64_t ms);

/* From now on SIGINT, SIGTERM and SIGHUP only make the calls above return
 * INTERRUPTED. */
void line_catch_signals(void);

#endif
