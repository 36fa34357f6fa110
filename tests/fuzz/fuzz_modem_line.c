/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual modem as its host and its network see it.  The first byte chooses
 * seed and pace; then bytes below 0x20 that a host has no use for are events of
 * the network and of time, and everything else is typed.
 */
#include "virtual_modem/modem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bench {
	struct modem *m;
	uint32_t now_ms;
	bool     open[MODEM_SOCKETS];
};

static void on_event(struct bench *b, const struct modem_event *ev)
{
	const char *address = "127.0.0.1";

	if (ev->type == MODEM_OPEN && ev->port % 3 == 0)
		modem_socket_failed(b->m, ev->id, MODEM_ERR_CONNECT, b->now_ms);
	else if (ev->type == MODEM_OPEN && (b->open[ev->id] = true))
		modem_socket_opened(b->m, ev->id, address, 1, b->now_ms);
	else if (ev->type == MODEM_DATA && !b->open[ev->id])
		abort();
	else if (ev->type == MODEM_DATA)
		modem_socket_taken(b->m, ev->id, ev->data.len - ev->data.len / 3, b->now_ms);
	else if (ev->type == MODEM_CLOSE)
		b->open[ev->id] = false;
	else if (ev->type == MODEM_RESOLVE)
		modem_resolved(b->m, ev->id, &address, 1, 0, b->now_ms);
	else if (ev->type == MODEM_PING)
		modem_pinged(b->m, ev->id, address, 1, 0, b->now_ms);
}

static void drain(struct bench *b)
{
	struct modem_event ev;
	size_t len;

	while (modem_next(b->m, &ev))
		on_event(b, &ev);
	modem_tx_peek(b->m, &len);
	modem_tx_done(b->m, len);
}

static void receive(struct bench *b, int id)
{
	uint8_t data[512];
	size_t room = modem_socket_room(b->m, id);

	memset(data, 'r', sizeof data);
	modem_socket_data(b->m, id, data, room < sizeof data ? room : sizeof data, b->now_ms);
}

static void tick(struct bench *b, uint32_t ms)
{
	b->now_ms += ms;
	modem_step(b->m, b->now_ms);
}

static void one_byte(struct bench *b, uint8_t byte)
{
	int id = byte % MODEM_SOCKETS;

	if (byte == 0x01)
		tick(b, 1);
	else if (byte == 0x02)
		tick(b, 1000);
	else if (byte == 0x03)
		tick(b, 200000);
	else if (byte == 0x04)
		receive(b, 0);
	else if (byte == 0x05)
		receive(b, 1);
	else if (byte == 0x06 && (b->open[0] = false, true))
		modem_socket_closed(b->m, 0, b->now_ms);
	else if (byte == 0x07)
		modem_socket_writable(b->m, id, b->now_ms);
	else if (byte == 0x0e)
		modem_power(b->m, MODEM_SWITCH_KEY, b->now_ms);
	else if (byte == 0x0f)
		modem_power(b->m, MODEM_SWITCH_SLEEP, b->now_ms);
	else
		modem_feed(b->m, &byte, 1, b->now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t *const probe = (const uint8_t *)"\r\x1b\rAT\r";
	struct modem_config cfg = { .on = true };
	struct bench b = { .now_ms = 0xfffffff0u };
	char why_buf[80];
	struct text why;

	if (size == 0)
		return 0;
	cfg.seed = data[0];
	cfg.baud = data[0] % 2 != 0 ? 115200 : 0;
	text_init(&why, why_buf, sizeof why_buf);
	b.m = modem_new(&cfg, b.now_ms, &why);
	if (b.m == NULL)
		abort();
	for (size_t i = 1; i < size; i++) {
		one_byte(&b, data[i]);
		drain(&b);
	}
	tick(&b, 200000);
	drain(&b);
	modem_feed(b.m, probe, 6, b.now_ms);
	drain(&b);
	modem_free(b.m);
	return 0;
}
