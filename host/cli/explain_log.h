/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_log.h - the evidence in a log that somebody has pasted: of mbedTLS, of
 * X-CUBE-GCP, of a modem (AT traces), of Arduino, Zephyr and other stacks.
 *
 * A line is looked at for what is known to be printed for one cause only, or for
 * one of few.  What such stacks do not print (is the clock right? do others
 * resolve?) stays unknown, and the verdict is as careful as that makes it.
 */
#ifndef TERN_CLI_EXPLAIN_LOG_H
#define TERN_CLI_EXPLAIN_LOG_H

#include "base/evidence.h"

enum { EXPLAIN_LINE = 400, EXPLAIN_TEXT = 128 };

/* Texts that a log tells, the last of each kind. */
enum explain_slot { EXPLAIN_APN, EXPLAIN_HOST, EXPLAIN_PROJECT, EXPLAIN_ISSUER, EXPLAIN_SUBJECT, EXPLAIN_SLOTS };

struct explain_log {
	struct evidence evidence;     /* its texts are in TEXTS */
	unsigned lines;
	unsigned line;                /* the one that decides, 0: none */
	unsigned strength;            /* of what it says: 3 names the cause, 1 an echo that many causes have */
	char     said[EXPLAIN_LINE];  /* that line */
	unsigned ats;                 /* "AT" sent in a row, without an answer */
	bool     answers;             /* the modem has answered anything */
	char     texts[EXPLAIN_SLOTS][EXPLAIN_TEXT];
};

void explain_log_init(struct explain_log *x);

/* One line without its end, at most EXPLAIN_LINE - 1 characters are looked at. */
void explain_log_line(struct explain_log *x, const char *line);

/* The log ends: what was begun and never came is said now. */
void explain_log_end(struct explain_log *x);

#endif
