/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - from what happened to what is said: gathers the evidence of all
 * layers, has src/diagnosis judge it, and hands on what is new.
 *
 * A verdict goes three ways: as DEVICE_EV_DIAGNOSIS to the program, into the
 * history (store/history.h), and, once there is a login, as telemetry on
 * events/diagnosis.
 */
#ifndef TERN_DEVICE_REPORT_H
#define TERN_DEVICE_REPORT_H

#include "base/bytes.h"
#include "base/err.h"
#include "diagnosis/diagnosis.h"

#include <stdbool.h>
#include <stdint.h>

struct device;

enum { REPORT_SMALL = 40 };      /* bytes: "diagnosis: [CODE]" where there is no memory for more */

struct report {
	struct diagnosis diagnosis;
	enum verdict offline;     /* the failure that the next login ends, for the telemetry: NONE */
	uint16_t     times;       /* that it was met */
	bool         again;       /* settings may be others now: say even what was said last */
	bool         waits;       /* a verdict waits for the probe */
	uint32_t     seq;         /* the message that carries verdict NUMBER, which is not acknowledged; 0: none */
	uint32_t     number;
	uint32_t     retry_ms;    /* the next message not earlier */
	void        *line;        /* in the arena: of the event that was read last */
	char         small[REPORT_SMALL];
};

/* The board began anew: was that wrong? */
void report_start(struct device *d, uint32_t now_ms);

/* A try, or a start, failed because of WHY; what the device does next is known:
 * d->state, d->wait_ms.  Later calls of one try are its echoes. */
void report_failed(struct device *d, enum err why, uint32_t now_ms);

/* A login was accepted. */
void report_login(struct device *d, uint32_t now_ms);

/* Nothing failed, but somebody should know: what is in d->evidence. */
void report_notice(struct device *d, uint32_t now_ms);

/* Send what is still to be sent, when online; notice acknowledgements. */
void report_step(struct device *d, uint32_t now_ms);
void report_acked(struct device *d, uint32_t seq);

#endif
