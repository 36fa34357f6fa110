/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_console.c - any keystrokes, on a real device that is stopped.  The first
 * byte of the input is the size of the pieces, how fast the terminal drains, and, its
 * lowest bit, whether lines are held until a pause.
 */
#include "console/console.h"
#include "device/device.h"
#include "support/flash_model.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct flash_model flash;
static struct device device;
static struct console console;
static uint8_t outbox[1024];
static _Alignas(8) uint8_t arena[DEVICE_ARENA_SIZE];

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void set_up(void)
{
	struct device_config cfg = {
		.flash = &flash.flash, .arena = arena, .arena_size = sizeof arena,
		.outbox = outbox, .outbox_size = sizeof outbox, .unique_id = bytes_of("fuzz"),
	};

	flash_model_init(&flash, 2048, 18, 1);
	require(device_init(&device, &cfg, 0) == ERR_OK);
	console_init(&console, &device, "0.0.0", 0);
}

/* The terminal takes N bytes at most, 0: all. */
static void drain(size_t n)
{
	const uint8_t *out;
	size_t len;

	while ((out = console_tx_peek(&console, &len)) != NULL) {
		require(out != NULL && len > 0);
		console_tx_done(&console, n > 0 && n < len ? n : len);
		if (n > 0)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t chunk = size > 0 ? data[0] & 63u : 0, slow = size > 0 ? data[0] >> 6 : 0;

	uint32_t at_ms;

	if (chunk == 0)
		chunk = size;
	set_up();
	console_hold(&console, (chunk & 1) != 0);
	for (size_t at = 1, n; at < size; at += n) {
		n = size - at < chunk ? size - at : chunk;
		n = console_feed(&console, data + at, n, 0);
		drain(slow * slow);
	}
	drain(0);
	for (unsigned n = 0; console_deadline(&console, &at_ms) || console_waits(&console); n++) {
		require(n < 10000);
		console_step(&console, CONSOLE_GUIDE_MS);
		drain(0);
	}
	require(console.out.lost == 0);
	require(console.mode == CONSOLE_COMMAND || console.mode == CONSOLE_SKIP);
	require(device.crypto.arena.used == 0);
	require(flash.violations == 0);
	return 0;
}
