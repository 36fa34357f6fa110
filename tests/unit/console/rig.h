/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.h - a real device, stopped, on modelled flash, and a console on top: what
 * the tests of console and demo type, and what comes back.
 */
#ifndef TERN_TESTS_CONSOLE_RIG_H
#define TERN_TESTS_CONSOLE_RIG_H

#include "console/console.h"
#include "device/device.h"
#include "support/flash_model.h"

enum { RIG_SAID_SIZE = 65536 };

struct rig {
	struct flash_model flash;
	struct device      device;
	struct console     console;
	uint32_t           now_ms;
	unsigned           noise;              /* sources of the next rig_restart(), as in struct device_config */
	size_t             drain;              /* bytes that the terminal takes at a time; 0: all */
	size_t             said_len;
	char               said[RIG_SAID_SIZE];  /* since rig_forget(); terminated */
	uint8_t            outbox[1024];
	_Alignas(8) uint8_t arena[DEVICE_ARENA_SIZE * sizeof(void *) / 4];
};

/* Blank flash; the greeting and the first prompt are said.  _history: with pages for
 * what is remembered. */
void rig_init(struct rig *r);
void rig_init_history(struct rig *r);

/* Power off and on: a new device and a new console on the same flash. */
void rig_restart(struct rig *r);

/* Type TEXT in pieces of CHUNK bytes, 0: at once. */
void rig_type(struct rig *r, const void *text, size_t len, size_t chunk);
void rig_say(struct rig *r, const char *text);

/* Let MS pass. */
void rig_wait(struct rig *r, uint32_t ms);

void rig_forget(struct rig *r);

/* Bytes come at 115200 baud over a UART with a ring of RIG_RING bytes, and a write to
 * flash takes as long as on an STM32F103: what finds the ring full is lost, and the
 * console told.  Returns the bytes lost. */
enum { RIG_RING = 512 };
size_t rig_send(struct rig *r, const void *text, size_t len);

#endif
