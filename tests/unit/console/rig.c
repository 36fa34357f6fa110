/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/console/rig.h"

#include "store/layout.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void drain(struct rig *r)
{
	size_t n;
	const uint8_t *data;

	while ((data = console_tx_peek(&r->console, &n)) != NULL) {
		if (r->drain > 0 && n > r->drain)
			n = r->drain;
		assert_true(r->said_len + n < sizeof r->said);
		memcpy(r->said + r->said_len, data, n);
		r->said_len += n;
		r->said[r->said_len] = '\0';
		console_tx_done(&r->console, n);
		if (r->drain > 0)
			return;
	}
}

void rig_restart(struct rig *r)
{
	struct device_config cfg = {
		.flash = &r->flash.flash, .arena = r->arena, .arena_size = sizeof r->arena,
		.outbox = r->outbox, .outbox_size = sizeof r->outbox,
		.unique_id = bytes_of("unit test"), .build_s = 1767225600,   /* 2026-01-01 */
		.noise = r->noise,
	};

	flash_model_power_on(&r->flash);
	assert_int_equal(device_init(&r->device, &cfg, r->now_ms), ERR_OK);
	console_init(&r->console, &r->device, "0.0.0", r->now_ms);
	console_step(&r->console, r->now_ms);
	drain(r);
}

static void init(struct rig *r, uint32_t pages)
{
	memset(r, 0, sizeof *r);
	flash_model_init(&r->flash, LAYOUT_PAGE_SIZE, pages, 1);
	rig_restart(r);
}

void rig_init(struct rig *r)
{
	init(r, LAYOUT_PAGES_MIN);
}

void rig_init_history(struct rig *r)
{
	init(r, LAYOUT_LOG_PAGE);
}

void rig_type(struct rig *r, const void *text, size_t len, size_t chunk)
{
	const uint8_t *at = text, *end = at + len;

	while (at < end) {
		size_t n = (size_t)(end - at);

		if (chunk > 0 && n > chunk)
			n = chunk;
		at += console_feed(&r->console, at, n, r->now_ms);
		drain(r);
	}
	while (r->console.out.len > 0)
		drain(r);
	assert_int_equal(r->console.out.lost, 0);
}

void rig_say(struct rig *r, const char *text)
{
	rig_type(r, text, strlen(text), 0);
}

void rig_wait(struct rig *r, uint32_t ms)
{
	r->now_ms += ms;
	console_step(&r->console, r->now_ms);
	while (r->console.out.len > 0)
		drain(r);
}

void rig_forget(struct rig *r)
{
	r->said_len = 0;
	r->said[0] = '\0';
}

/* Programming a granule takes 0.25 ms, erasing a page 25 ms (datasheet 5.3.12). */
static uint32_t flash_us(const struct rig *r)
{
	uint32_t erases = 0;

	for (size_t i = 0; i < FLASH_MODEL_PAGES; i++)
		erases += r->flash.erases[i];
	return (r->flash.ops - erases) * 250 + erases * 25000;
}

size_t rig_send(struct rig *r, const void *text, size_t len)
{
	enum { BYTE_US = 87, KEY_US = 300000, LOOP_US = 100, CHUNK = 32, IDLE_US = 400000 };
	const uint8_t *data = text;
	uint64_t begin_us = (uint64_t)r->now_ms * 1000, now_us = begin_us, heard_us = begin_us;
	size_t sent = 0, read = 0, lost = 0, told = 0;
	uint8_t ring[RIG_RING];

	while (sent < len || now_us - heard_us < IDLE_US || console_waits(&r->console)) {
		uint32_t flash = flash_us(r);
		bool key = settings_size(device_settings(&r->device), SETTINGS_KEY) > 0;

		for (; sent < len && sent < (now_us - begin_us) / BYTE_US; sent++)
			if (sent - lost - read == RIG_RING)
				lost++;
			else
				ring[(sent - lost) % RIG_RING] = data[sent];
		r->now_ms = (uint32_t)(now_us / 1000);
		if (lost > told)
			console_lost(&r->console, r->now_ms);
		told = lost;
		for (size_t n = 0; n < CHUNK && read < sent - lost; n++, read++, heard_us = now_us)
			if (console_feed(&r->console, &ring[read % RIG_RING], 1, r->now_ms) == 0)
				break;
		console_step(&r->console, r->now_ms);
		drain(r);
		now_us += LOOP_US + (flash_us(r) - flash);
		if (!key && settings_size(device_settings(&r->device), SETTINGS_KEY) > 0)
			now_us += KEY_US;
	}
	r->now_ms = (uint32_t)(now_us / 1000);
	return lost;
}
