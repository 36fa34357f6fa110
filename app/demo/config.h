/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - the sizes of the demo image. */
#ifndef TERN_APP_CONFIG_H
#define TERN_APP_CONFIG_H

#include "device/device.h"

enum {
	CONFIG_ARENA_SIZE  = (TERN_TLS13 ? DEVICE_ARENA_TLS13 : DEVICE_ARENA_SIZE) * sizeof(void *) / 4,
	CONFIG_OUTBOX_SIZE = 1024,   /* bytes: about eight messages of telemetry */
	CONFIG_MODEM_CHUNK = 128,    /* bytes that move between UART and device at a time */
	CONFIG_LINE_CHUNK  = 32,     /* the same of the console */
	CONFIG_NOISE_CHUNK = 256     /* samples of a noise source at a time */
};

#endif
