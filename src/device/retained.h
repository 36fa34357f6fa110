/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retained.h - what a run leaves to the next in RAM that a reset leaves alone:
 * how far it had come, for how long, and the modem's last line.
 *
 * The memory is the board's (port_retained()); after power-on it holds anything,
 * so it is believed only with its check.  A board without such memory gives NULL:
 * everything here then does nothing and knows nothing.
 */
#ifndef TERN_DEVICE_RETAINED_H
#define TERN_DEVICE_RETAINED_H

#include "base/bytes.h"
#include "base/evidence.h"

#include <stdbool.h>
#include <stdint.h>

enum { RETAINED_LINE = 40, RETAINED_SIZE = 64 };   /* bytes */

struct retained {
	uint32_t magic;
	uint32_t step_s;              /* seconds spent in STEP so far */
	uint16_t resets;              /* in a row, without a login between them */
	uint8_t  step;                /* enum evidence_step */
	char     line[RETAINED_LINE]; /* the modem's last line; no secrets: what the modem says, cut */
	uint32_t crc;                 /* of all before it */
};

_Static_assert(sizeof(struct retained) <= RETAINED_SIZE, "what boards offer");

/* Take over what the run before this one left: BEFORE is a copy, all zero if
 * there was none, and R counts one start more.  True: there was one. */
bool retained_begin(struct retained *r, struct retained *before);

/* This run is in STEP for STEP_S seconds. */
void retained_step(struct retained *r, enum evidence_step step, uint32_t step_s);
void retained_line(struct retained *r, struct bytes line);

/* A login: the next reset is the first again. */
void retained_login(struct retained *r);

#endif
