/* SPDX-License-Identifier: Apache-2.0 */
/* device_internal.h - what the files of this folder share. */
#ifndef TERN_DEVICE_DEVICE_INTERNAL_H
#define TERN_DEVICE_DEVICE_INTERNAL_H

#include "device/device.h"

/* connect.c: one step of the state machine. */
void connect_step(struct device *d, uint32_t now_ms);

/* The connection, or the try to make it, is lost because of WHY; ERR_OK: it was asked for. */
void connect_lost(struct device *d, enum err why, uint32_t now_ms);

void connect_enter(struct device *d, enum device_state state, uint32_t now_ms);

/* The server has taken the token: the time is right. */
void connect_proved(struct device *d, uint32_t now_ms);

/* When connect_step() is due in WAIT; false: it is not. */
bool connect_deadline(const struct device *d, uint32_t *at_ms);

/* In WAIT a change of the settings ends the wait; the one just made does not. */
void connect_mark(struct device *d);

/* Nothing is found out any more before the next try. */
void connect_decide(struct device *d, uint32_t now_ms);

/* pump.c: move bytes both ways, as far as they go. */
void pump_step(struct device *d, uint32_t now_ms);

/* Bytes or events wait that need no further input. */
bool pump_busy(const struct device *d);

/* device.c: queue an event.  device_step() rests while half of the places are taken. */
void device_tell(struct device *d, const struct device_event *ev);

/* device.c: bytes that an event may have, with a subfolder of SUBFOLDER_LEN. */
size_t device_event_max(const struct device *d, size_t subfolder_len);

/* report.c: SIZE bytes of the arena if there is room for them; and the event that was read,
 * NULL when there was none: the line of the one before is given back. */
void *report_room(struct device *d, size_t size);
void report_read(struct device *d, const struct device_event *ev);

static inline struct link *device_link(struct device *d)
{
	return quectel_link(&d->modem, 0);
}

#endif
