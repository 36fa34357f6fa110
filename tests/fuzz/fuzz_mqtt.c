/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mqtt.c - the client between a broker and an owner who do anything.  The
 * first byte is the set-up; then a byte below 0x80 feeds as many of the next
 * bytes, another is a step of the owner.  Whatever the client sends must be
 * well-formed to a server, begin with CONNECT, and stop with the connection.
 */
#include "cloud/mqtt_qos2.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct mqtt m;
	struct mqtt_slot slots[4];
	uint8_t  rx[24], tx[96], server[96];
	struct mqtt_packet at_server;
	uint32_t now;
	unsigned packets;          /* of this connection */
	uint32_t left;             /* of the message being received */
	uint16_t last_id;
	volatile uint8_t touched;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static const struct mqtt_login login = { .flags = MQTT_LOGIN_CLEAN, .keepalive_s = 10 };

static void connect_again(struct world *w)
{
	if (mqtt_state(&w->m) != MQTT_CLOSED || mqtt_peek(&w->m) != MQTT_EV_NONE)
		return;
	check(mqtt_connect(&w->m, &login, w->now) == ERR_OK);
	mqtt_packet_reset(&w->at_server);
	w->packets = 0;
	w->left = 0;
}

static void serve(struct world *w, const uint8_t *data, size_t len)
{
	for (size_t n = 0, taken; n < len; n += taken) {
		enum err e = ERR_OK;

		if (mqtt_packet_in_payload(&w->at_server)) {
			taken = mqtt_packet_payload(&w->at_server, data + n, len - n).len;
			continue;
		}
		e = mqtt_packet_feed(&w->at_server, data + n, len - n, &taken);
		check(e == ERR_OK || e == ERR_AGAIN);
		if (e == ERR_OK)
			check((w->packets++ == 0) == (mqtt_packet_type(&w->at_server) == MQTT_CONNECT));
	}
}

static void take_tx(struct world *w, size_t at_most)
{
	size_t len;
	const uint8_t *p = mqtt_tx_peek(&w->m, &len);

	check((p == NULL) == (len == 0));
	if (p == NULL)
		return;
	len = len < at_most ? len : at_most;
	serve(w, p, len);
	mqtt_tx_done(&w->m, len);
}

static void touch(struct world *w, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		w->touched = (uint8_t)(w->touched + b.data[i]);
}

static void read_events(struct world *w)
{
	struct mqtt_event ev;

	while (mqtt_next(&w->m, &ev)) {
		if (ev.type == MQTT_EV_MESSAGE || ev.type == MQTT_EV_PAYLOAD || ev.type == MQTT_EV_SUBSCRIBED)
			touch(w, ev.data);
		if (ev.type == MQTT_EV_MESSAGE) {
			check(w->left == 0);
			touch(w, ev.topic);
		}
		if (ev.type == MQTT_EV_PAYLOAD)
			check(w->left == ev.data.len + ev.left && ev.data.len > 0);
		if (ev.type == MQTT_EV_MESSAGE || ev.type == MQTT_EV_PAYLOAD)
			w->left = ev.left;
		if (ev.packet_id != 0)
			w->last_id = ev.packet_id;
		if (ev.type == MQTT_EV_DOWN)
			w->left = 0;
	}
}

static void feed(struct world *w, const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	size_t n = 0, taken = 1;

	memcpy(exact, data, len);
	while (n < len && taken > 0) {
		taken = mqtt_feed(&w->m, exact + n, len - n, w->now);
		check(taken <= len - n);
		n += taken;
		read_events(w);
	}
	free(exact);
}

static void own_step(struct world *w, uint8_t what)
{
	static const struct mqtt_filter filters[] = {
		{ { (const uint8_t *)"a/#", 3 }, 1 }, { { (const uint8_t *)"b", 1 }, 2 }
	};
	struct mqtt_message m = {
		.topic = { (const uint8_t *)"topic", 5 }, .payload = { w->rx, what & 7u }, .qos = what & 1
	};
	enum err e = ERR_OK;
	uint32_t at;

	switch (what >> 3 & 15) {
	case 0: e = mqtt_publish(&w->m, &m, what, w->now, NULL); break;
	case 1: e = mqtt_qos2_publish(&w->m, &m, what, w->now, NULL); break;
	case 2: e = mqtt_subscribe(&w->m, filters, 1 + (what & 1u), w->now, NULL); break;
	case 3: e = mqtt_unsubscribe(&w->m, filters, 1 + (what & 1u), w->now, NULL); break;
	case 4: e = mqtt_ack(&w->m, w->last_id, w->now); break;
	case 5: e = mqtt_disconnect(&w->m, w->now); break;
	case 6: mqtt_lost(&w->m, ERR_MODEM_CLOSED); break;
	case 7: connect_again(w); break;
	case 8: w->now += (what & 7u) * 1000; break;
	case 9:
		if (mqtt_deadline(&w->m, &at))
			w->now = at;
		break;
	default: take_tx(w, 1 + (what & 7u) * 30u); break;
	}
	(void)e;
	check(mqtt_in_flight(&w->m) <= 4);
	mqtt_step(&w->m, w->now);
	read_events(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct mqtt_config cfg = {
		.rx = w.rx, .rx_size = sizeof w.rx, .tx = w.tx, .tx_size = sizeof w.tx,
		.slots = w.slots, .slot_count = 4, .connack_s = 5, .ack_s = 8, .pong_s = 3
	};

	if (size == 0)
		return 0;
	w = (struct world){ .now = data[0] * 0x01010101u };
	cfg.manual_ack = (data[0] & 1) != 0;
	cfg.literal_plus = (data[0] & 2) != 0;
	mqtt_init(&w.m, &cfg);
	if ((data[0] & 4) != 0)
		mqtt_qos2_attach(&w.m);
	mqtt_packet_init(&w.at_server, mqtt_packet_from_client, w.server, sizeof w.server);
	w.at_server.accept = 0xffff;
	connect_again(&w);
	for (size_t i = 1; i < size; ) {
		uint8_t what = data[i++];
		size_t n = what < 0x80 ? what : 0;

		n = n < size - i ? n : size - i;
		if (what < 0x80)
			feed(&w, data + i, n);
		else
			own_step(&w, what);
		i += n;
	}
	return 0;
}
