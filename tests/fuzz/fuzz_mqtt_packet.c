/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mqtt_packet.c - the codec: the first byte says who sends and how large
 * the buffer is, the rest is a stream of packets.  What is read must be the same
 * in one piece and byte by byte, and come out as it went in when it is written.
 */
#include "cloud/mqtt_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void same_login(const struct mqtt_packet *p, const struct mqtt_login *l)
{
	static uint8_t packet[1024];
	size_t n = mqtt_packet_write_connect(packet, sizeof packet, l);
	struct bytes body = mqtt_packet_body(p);

	check(n >= body.len + 2 && memcmp(packet + n - body.len, body.data, body.len) == 0);
}

static void read_filters(const struct mqtt_packet *p)
{
	struct mqtt_filter f;
	size_t at = 0, before = 0;

	while (mqtt_packet_next_filter(p, &at, &f) == ERR_OK) {
		check(at > before && at <= mqtt_packet_body(p).len);
		before = at;
	}
}

static void same_message(const struct mqtt_packet *p)
{
	static uint8_t packet[1024];
	struct mqtt_message m = {
		.topic = mqtt_packet_topic(p), .qos = mqtt_packet_qos(p),
		.retain = (p->first & MQTT_PACKET_RETAIN) != 0, .dup = (p->first & MQTT_PACKET_DUP) != 0
	};
	size_t n = mqtt_packet_write_publish(packet, sizeof packet, &m, p->id);

	if (p->topic_cut > 0)
		return;
	check(packet[0] == p->first && n == p->need + (p->need > 127 ? 3u : 2u));
	check(memcmp(packet + n - p->need, p->buf, m.topic.len + 2) == 0);
}

static void look(const struct mqtt_packet *p)
{
	struct mqtt_login l;

	if (mqtt_packet_type(p) == MQTT_PUBLISH)
		same_message(p);
	if (mqtt_packet_type(p) == MQTT_CONNECT && mqtt_packet_read_connect(p, &l) == ERR_OK)
		same_login(p, &l);
	if (mqtt_packet_type(p) == MQTT_SUBSCRIBE || mqtt_packet_type(p) == MQTT_UNSUBSCRIBE)
		read_filters(p);
}

/* The sum over everything that was read; CHUNK bytes at a time. */
static uint32_t read_all(struct mqtt_packet *p, const uint8_t *data, size_t size, size_t chunk)
{
	uint32_t sum = 0;

	for (size_t at = 0; at < size; ) {
		size_t n = size - at < chunk ? size - at : chunk, taken = 0;
		enum err e = ERR_AGAIN;

		if (mqtt_packet_in_payload(p)) {
			at += mqtt_packet_payload(p, data + at, n).len;
			continue;
		}
		e = mqtt_packet_feed(p, data + at, n, &taken);
		check(taken > 0 && taken <= n);
		at += taken;
		if (e == ERR_AGAIN)
			continue;
		sum = sum * 31 + (uint32_t)e + p->first + p->id + p->left + p->topic_cut;
		if (e != ERR_OK)
			return sum;
		look(p);
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t sums[2];

	if (size == 0)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		size_t room = 4 + (data[0] & 0x7fu) * 4;
		uint8_t *buf = malloc(room);
		struct mqtt_packet p;

		mqtt_packet_init(&p, (data[0] & 0x80) != 0 ? mqtt_packet_from_client : mqtt_packet_from_server, buf,
				 room);
		p.accept = 0xffff;
		sums[i] = read_all(&p, data + 1, size - 1, i == 0 ? size : 1);
		free(buf);
	}
	check(sums[0] == sums[1]);
	return 0;
}
