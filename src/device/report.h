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

#include "device/device.h"

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
