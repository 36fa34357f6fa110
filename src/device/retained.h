/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retained.h - what a run leaves to the next in RAM that a reset leaves alone:
 * how far it had come, for how long, and the modem's last line.
 *
 * The memory is the board's (port_retained()); after power-on it holds anything,
 * so it is believed only with its check.  A board without such memory gives NULL:
 * everything here then does nothing and knows nothing.
 *
 * A restart is counted when it ended a run that was still on its way to a network,
 * or was a brown-out with the radio at work, and nobody asked for it: the signs of
 * a board that never lets its modem finish.  Power-on and a login begin a new count.
 */
#ifndef TERN_DEVICE_RETAINED_H
#define TERN_DEVICE_RETAINED_H

#include "base/bytes.h"
#include "base/evidence.h"

#include <stdbool.h>
#include <stdint.h>

enum { RETAINED_LINE = 40, RETAINED_SIZE = 64 };   /* bytes */

/* A start is held back from the RETAINED_FEW-th counted restart in a row on, each time
 * for twice as long. */
enum { RETAINED_FEW = 3, RETAINED_HOLD_S = 30, RETAINED_HOLD_MAX_S = 1800 };

struct retained {
	uint32_t magic;
	uint32_t step_s;              /* seconds spent in STEP so far */
	uint16_t resets;              /* counted, in a row */
	uint8_t  step;                /* enum evidence_step */
	bool     counted;             /* the last restart was */
	bool     asked;               /* the next restart is what somebody asked for */
	char     line[RETAINED_LINE]; /* the modem's last line; no secrets: what the modem says, cut */
	uint32_t crc;                 /* of all before it */
};

_Static_assert(sizeof(struct retained) <= RETAINED_SIZE, "what boards offer");

/* The board began anew because of WHY.  Take over what the run before this one left:
 * BEFORE is a copy, all zero if there was none or WHY is a power-on.  True: there was one. */
bool retained_begin(struct retained *r, enum evidence_reset why, struct retained *before);

/* How many in a row were counted, this one among them, at most 255; 0: this one was not. */
uint8_t retained_resets(const struct retained *r);

/* For how long the modem is to be left switched off now: 0, or RETAINED_HOLD_S and more. */
uint32_t retained_hold_s(const struct retained *r);

/* This run is in STEP for STEP_S seconds.  Cheap while both stay. */
void retained_step(struct retained *r, enum evidence_step step, uint32_t step_s);
void retained_line(struct retained *r, struct bytes line);

/* A login: the next restart is the first again. */
void retained_login(struct retained *r);

/* Somebody asked for the restart that follows now: it is not counted. */
void retained_asked(struct retained *r);

#endif
