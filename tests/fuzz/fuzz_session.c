/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_session.c - the bridge's end of a connection between a device and an owner
 * who do anything.  The first byte is the set-up.  Odd: the rest comes from the
 * device, to two sessions in different pieces, and both must see and say the same.
 * Even: a byte below 0x80 feeds as many of the next bytes, another is a step of the
 * owner.  Whatever the session sends must be well-formed to a device, begin with
 * CONNACK, name no topic of another, and stop with the connection.
 */
#include "bridge/session.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct session *s;
	uint64_t now, ticket, acked;
	uint64_t seen, sent;          /* checksums of the events, of the bytes */
	uint8_t  setup;
	bool     ended, auto_ack;
	struct mqtt_packet at_device;
	uint8_t  buf[1024];
	unsigned packets, pubacks;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void mix(uint64_t *sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		*sum = (*sum ^ p[i]) * UINT64_C(0x100000001b3);
}

/* ---- The device ---- */

static void on_device_packet(struct world *w)
{
	struct bytes topic;

	check((w->packets++ == 0) == (mqtt_packet_type(&w->at_device) == MQTT_CONNACK));
	if (mqtt_packet_type(&w->at_device) == MQTT_PUBACK)
		check(++w->pubacks <= w->ticket);
	if (mqtt_packet_type(&w->at_device) != MQTT_PUBLISH)
		return;
	topic = mqtt_packet_topic(&w->at_device);
	check(bytes_starts_with(topic, "/devices/d+v/") || bytes_starts_with(topic, "/devices/42/"));
}

static void take_tx(struct world *w, size_t at_most)
{
	size_t len, taken;
	const uint8_t *p = session_tx_peek(w->s, &len);

	check((p == NULL) == (len == 0));
	if (p == NULL)
		return;
	len = len < at_most ? len : at_most;
	mix(&w->sent, p, len);
	for (size_t n = 0; n < len; n += taken) {
		enum err e;

		if (mqtt_packet_in_payload(&w->at_device)) {
			taken = mqtt_packet_payload(&w->at_device, p + n, len - n).len;
			continue;
		}
		e = mqtt_packet_feed(&w->at_device, p + n, len - n, &taken);
		check(e == ERR_OK || e == ERR_AGAIN);
		if (e == ERR_OK)
			on_device_packet(w);
	}
	session_tx_done(w->s, len);
}

/* ---- The owner ---- */

static void on_login(struct world *w)
{
	struct reason why;

	reason_set(&why, REASON_NO_KEY, "no key");
	if ((w->setup & 2) != 0)
		session_refuse(w->s, &why);
	else if ((w->setup & 4) == 0 || w->auto_ack)
		session_accept(w->s, bytes_of("d+v"), 42, w->now);
}

static void on_event(struct world *w, const struct session_event *ev)
{
	check(!w->ended);
	mix(&w->seen, &ev->type, sizeof ev->type);
	mix(&w->seen, ev->payload.data, ev->payload.len);
	mix(&w->seen, ev->subfolder.data, ev->subfolder.len);
	mix(&w->seen, ev->client_id.data, ev->client_id.len);
	mix(&w->seen, ev->token.data, ev->token.len);
	if (ev->why != NULL) {
		check(strlen(ev->why->text) > 5 && strlen(ev->why->text) < REASON_TEXT);
		mix(&w->seen, ev->why->text, strlen(ev->why->text));
	}
	if (ev->type == SESSION_EV_LOGIN)
		on_login(w);
	if (ev->type == SESSION_EV_PUBLISH && ev->qos == 1) {
		check(ev->ticket == ++w->ticket);
		if (w->auto_ack)
			session_acknowledge(w->s, ev->ticket, w->now);
	}
	if (ev->type == SESSION_EV_PUBLISH)
		check(ev->payload.len <= (ev->topic == SESSION_STATE ? 48u : 64u));
	if (ev->type == SESSION_EV_SUBSCRIBED && ev->topic == SESSION_CONFIG)
		(void)session_config(w->s, 7, bytes_of("{}"), w->now);
	w->ended = ev->type == SESSION_EV_END;
}

static void read_events(struct world *w)
{
	struct session_event ev;

	while (session_next(w->s, &ev))
		on_event(w, &ev);
	check(w->ended == (session_why(w->s) != NULL));
}

static void own_step(struct world *w, uint8_t what)
{
	static const uint8_t large[50000];
	struct bytes data = { large, (what & 7u) * 7000u };
	struct reason why;
	bool later;

	switch (what >> 3 & 15) {
	case 0: session_acknowledge(w->s, ++w->acked, w->now); break;
	case 1: session_acknowledge(w->s, w->ticket - (what & 7u), w->now); break;
	case 2: (void)session_config(w->s, what, data, w->now); break;
	case 3: (void)session_command(w->s, what, bytes_of("a/b"), data, &later, w->now); break;
	case 4: (void)session_command(w->s, what, bytes_of(""), bytes_of("x"), &later, w->now); break;
	case 5: session_accept(w->s, bytes_of("d+v"), 42, w->now); break;
	case 6:
		reason_set(&why, REASON_REPLACED, "replaced");
		session_close(w->s, &why);
		break;
	case 7: w->now += (what & 7u) * 3000; break;
	case 8:
		if (session_deadline(w->s) != UINT64_MAX)
			w->now = session_deadline(w->s);
		break;
	default: take_tx(w, 1 + (what & 7u) * 3000u); break;
	}
	session_step(w->s, w->now);
	read_events(w);
}

/* ---- Both ---- */

static size_t feed(struct world *w, const uint8_t *data, size_t len, size_t chunk)
{
	size_t n = 0, taken = 1;

	while (n < len && taken > 0) {
		size_t part = len - n < chunk ? len - n : chunk;
		uint8_t *exact = malloc(part);

		memcpy(exact, data + n, part);
		taken = session_feed(w->s, exact, part, w->now);
		free(exact);
		check(taken <= part);
		n += taken;
		read_events(w);
		if (w->auto_ack)
			take_tx(w, SIZE_MAX);
	}
	return n;
}

static void open_world(struct world *w, uint8_t setup)
{
	struct session_config cfg = session_config_default();

	*w = (struct world){ .setup = setup, .now = 1000, .seen = 1, .sent = 1 };
	cfg.event_max = 64;
	cfg.state_max = 48;
	cfg.held_max = 4;
	cfg.held_bytes = 128;
	cfg.sent_max = 3;
	w->s = session_new(&cfg, w->now);
	check(w->s != NULL);
	mqtt_packet_init(&w->at_device, mqtt_packet_from_server, w->buf, sizeof w->buf);
	w->at_device.accept = 0xffff;
	w->at_device.literal_plus = true;
}

static void in_two_ways(const uint8_t *data, size_t size, uint8_t setup)
{
	static struct world a, b;
	size_t taken;

	open_world(&a, setup);
	open_world(&b, setup);
	a.auto_ack = b.auto_ack = true;
	taken = feed(&a, data, size, SIZE_MAX);
	check(feed(&b, data, size, 1 + (setup >> 3)) == taken);
	check(a.seen == b.seen && a.sent == b.sent && a.ended == b.ended && a.packets == b.packets);
	session_free(a.s);
	session_free(b.s);
}

static void by_steps(const uint8_t *data, size_t size, uint8_t setup)
{
	static struct world w;

	open_world(&w, setup);
	for (size_t i = 0; i < size; ) {
		uint8_t what = data[i++];
		size_t n = what < 0x80 ? what : 0;

		n = n < size - i ? n : size - i;
		if (what < 0x80)
			(void)feed(&w, data + i, n, SIZE_MAX);
		else
			own_step(&w, what);
		i += n;
	}
	session_free(w.s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if ((data[0] & 1) != 0)
		in_two_ways(data + 1, size - 1, data[0]);
	else
		by_steps(data + 1, size - 1, data[0]);
	return 0;
}
