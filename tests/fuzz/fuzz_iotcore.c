/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_iotcore.c - the connection string, and with an id from it a device that
 * is fed what follows the first zero byte.
 */
#include "cloud/iotcore.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static struct iotcore_ids parse(const uint8_t *data, size_t size)
{
	static const struct iotcore_ids fallback = {
		{ (const uint8_t *)"project", 7 }, { (const uint8_t *)"reg", 3 }, { (const uint8_t *)"dev", 3 },
		{ (const uint8_t *)"west1", 5 }
	};
	struct iotcore_ids ids = { .project = { NULL, 77 } };
	struct iotcore_bad bad = { 0 };

	if (iotcore_ids_parse((struct bytes){ data, size }, &ids, &bad) == ERR_OK) {
		check(iotcore_ids_check(&ids, NULL) == ERR_OK);
		return ids;
	}
	check(ids.project.len == 77 && bad.offset + bad.value.len <= size);
	return fallback;
}

static void read_events(struct iotcore *c, uint32_t now)
{
	static volatile uint8_t touched;
	struct iotcore_event ev;
	const uint8_t *p;
	size_t n;

	while (iotcore_next(c, &ev)) {
		for (size_t i = 0; i < ev.data.len; i++)
			touched = (uint8_t)(touched + ev.data.data[i]);
		for (size_t i = 0; i < ev.subfolder.len; i++)
			touched = (uint8_t)(touched + ev.subfolder.data[i]);
		if (ev.type == IOTCORE_EV_CONFIG)
			check(iotcore_config_done(c, now) == ERR_OK);
	}
	while ((p = iotcore_tx_peek(c, &n)) != NULL)
		iotcore_tx_done(c, n);
}

static void run(struct iotcore *c, const uint8_t *data, size_t size)
{
	uint32_t now = 0, at;

	if (iotcore_connect(c, (struct bytes){ (const uint8_t *)"token", 5 }, 60, now) != ERR_OK)
		return;
	(void)!iotcore_set_state(c, (struct bytes){ (const uint8_t *)"s", 1 }, now);
	read_events(c, now);
	for (size_t i = 0, n = 1; i < size && n > 0; i += n) {
		n = iotcore_feed(c, data + i, size - i < 7 ? size - i : 7, now);
		read_events(c, now);
		if (iotcore_deadline(c, &at) && (i & 1) != 0)
			now = at;
		iotcore_step(c, now);
		read_events(c, now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t rx[600], tx[1500], inbox[40], state[8];
	static struct mqtt_slot slots[3];
	const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
	size_t head = zero != NULL ? (size_t)(zero - data) : size;
	struct iotcore_config cfg = {
		.mqtt = { .rx = rx, .rx_size = sizeof rx, .tx = tx, .tx_size = sizeof tx, .slots = slots,
			  .slot_count = 3, .connack_s = 5, .ack_s = 8, .pong_s = 3 },
		.ids = parse(data, head), .inbox = inbox, .inbox_size = sizeof inbox, .state = state,
		.state_size = sizeof state, .keepalive_s = 10, .renew_wait_s = 2, .command_qos = 1
	};
	struct iotcore c;

	cfg.name_size = iotcore_name_size(&cfg.ids, 0);
	cfg.name = malloc(cfg.name_size);
	check(iotcore_init(&c, &cfg, NULL) == ERR_OK);
	if (zero != NULL)
		run(&c, zero + 1, size - head - 1);
	free(cfg.name);
	return 0;
}
