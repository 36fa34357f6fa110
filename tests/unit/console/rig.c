/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/console/rig.h"

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

void rig_init(struct rig *r)
{
	memset(r, 0, sizeof *r);
	flash_model_init(&r->flash, 2048, 18, 1);
	rig_restart(r);
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
