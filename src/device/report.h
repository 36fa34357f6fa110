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
	enum verdict recovered;   /* the failure that the last login has ended, for the telemetry */
	uint16_t     times;       /* that it was met */
	bool         again;       /* settings may be others now: say even what was said last */
	bool         unsent;      /* the history may have a verdict that was not sent */
	uint8_t      waited;      /* times that it found no room */
	uint32_t     seq;         /* the message that carries verdict NUMBER and is not acknowledged; NUMBER 0: none */
	uint32_t     number;
	uint32_t     retry_ms;    /* the next message not earlier */
	void        *line;        /* in the arena: of the event that was read last */
	char         small[REPORT_SMALL];
};

/* The board began anew: was that wrong? */
void report_start(struct device *d, uint32_t now_ms);

/* The device did not start because of WHY. */
void report_refused(struct device *d, enum err why, uint32_t now_ms);

/* A try failed because of WHY; what the device does next is known:
 * d->state, d->wait_ms.  Later calls of one try are its echoes. */
void report_failed(struct device *d, enum err why, uint32_t now_ms);

/* A login was accepted. */
void report_login(struct device *d, uint32_t now_ms);

/* SIZE bytes from the cloud could not be held; WHY says what they were. */
void report_dropped(struct device *d, enum err why, uint32_t size, uint32_t now_ms);

/* Nothing failed, but somebody should know: what is in d->evidence. */
void report_notice(struct device *d, uint32_t now_ms);

/* Notice what goes on too long, and send what is still to be sent when online. */
void report_step(struct device *d, uint32_t now_ms);
bool report_deadline(const struct device *d, uint32_t *at_ms);

/* SEQ was acknowledged, or given up.  True: it was a verdict's. */
bool report_acked(struct device *d, uint32_t seq, uint32_t now_ms);

#endif
