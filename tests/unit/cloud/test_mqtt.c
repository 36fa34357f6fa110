/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cloud/mqtt_qos2.h"

#include <stdlib.h>
#include <string.h>

#define B(s) { (const uint8_t *)(s), sizeof(s) - 1 }
#define BYTES(s) ((struct bytes)B(s))
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { SLOTS = 4 };

/* A client with its memory, and what it has told and sent. */
struct bench {
	struct mqtt m;
	struct mqtt_slot slots[SLOTS];
	uint8_t  rx[32], tx[128];
	uint32_t now;
	uint8_t  sent[4096];
	size_t   sent_len;
	struct mqtt_event last;        /* the last event of its kind, by value */
	unsigned seen[MQTT_EV_DOWN + 1];
	uint8_t  payload[8192];
	size_t   payload_len;
	char     topic[64];
	uint8_t  codes[16];
	size_t   code_count;
	enum err down;
};

static struct mqtt_config config(struct bench *b)
{
	return (struct mqtt_config){
		.rx = b->rx, .rx_size = sizeof b->rx, .tx = b->tx, .tx_size = sizeof b->tx,
		.slots = b->slots, .slot_count = SLOTS, .connack_s = 10, .ack_s = 20, .pong_s = 5
	};
}

static void prepare(struct bench *b)
{
	struct mqtt_config cfg = config(b);

	*b = (struct bench){ .now = 0xffffd000u };   /* every test crosses the wrap of the clock */
	mqtt_init(&b->m, &cfg);
}

static void drain_tx(struct bench *b, size_t at_most)
{
	const uint8_t *p;
	size_t n;

	while ((p = mqtt_tx_peek(&b->m, &n)) != NULL) {
		n = n < at_most ? n : at_most;
		assert_true(b->sent_len + n <= sizeof b->sent);
		memcpy(b->sent + b->sent_len, p, n);
		b->sent_len += n;
		mqtt_tx_done(&b->m, n);
	}
}

static void assert_sent(struct bench *b, struct bytes want)
{
	drain_tx(b, SIZE_MAX);
	assert_int_equal(b->sent_len, want.len);
	assert_memory_equal(b->sent, want.data, want.len);
	b->sent_len = 0;
}

static void note(struct bench *b, const struct mqtt_event *ev)
{
	b->last = *ev;
	b->seen[ev->type]++;
	if (ev->type == MQTT_EV_MESSAGE) {
		memcpy(b->topic, ev->topic.data, ev->topic.len);
		b->topic[ev->topic.len] = '\0';
		b->payload_len = 0;
	}
	if ((ev->type == MQTT_EV_MESSAGE || ev->type == MQTT_EV_PAYLOAD) && ev->data.len > 0) {
		assert_true(b->payload_len + ev->data.len <= sizeof b->payload);
		memcpy(b->payload + b->payload_len, ev->data.data, ev->data.len);
		b->payload_len += ev->data.len;
	}
	if (ev->type == MQTT_EV_SUBSCRIBED) {
		b->code_count = ev->data.len;
		memcpy(b->codes, ev->data.data, ev->data.len);
	}
	if (ev->type == MQTT_EV_DOWN)
		b->down = ev->err;
}

static void read_events(struct bench *b)
{
	struct mqtt_event ev;

	while (mqtt_next(&b->m, &ev))
		note(b, &ev);
	assert_int_equal(mqtt_peek(&b->m), MQTT_EV_NONE);
}

/* Feed in chunks of a buffer that ends with them; the bytes taken. */
static size_t feed_chunks(struct bench *b, struct bytes in, size_t chunk)
{
	size_t done = 0, n = 1;

	while (done < in.len && n > 0) {
		size_t part = in.len - done < chunk ? in.len - done : chunk;
		uint8_t *exact = malloc(part);

		memcpy(exact, in.data + done, part);
		n = mqtt_feed(&b->m, exact, part, b->now);
		assert_true(n <= part);
		read_events(b);
		drain_tx(b, SIZE_MAX);
		free(exact);
		done += n;
	}
	return done;
}

static void feed(struct bench *b, struct bytes in)
{
	assert_int_equal(feed_chunks(b, in, SIZE_MAX), in.len);
}

static const struct mqtt_login login = { .flags = MQTT_LOGIN_CLEAN, .keepalive_s = 60, .client_id = B("id") };

static void bring_up(struct bench *b)
{
	assert_int_equal(mqtt_connect(&b->m, &login, b->now), ERR_OK);
	assert_sent(b, BYTES("\x10\x0e\0\4MQTT\4\2\0\x3c\0\2id"));
	feed(b, BYTES("\x20\2\0\0"));
	assert_int_equal(b->seen[MQTT_EV_UP], 1);
	assert_int_equal(mqtt_state(&b->m), MQTT_UP);
}

static void prepare_up(struct bench *b)
{
	prepare(b);
	bring_up(b);
}

static const struct mqtt_message qos0 = { .topic = B("t"), .payload = B("hi") };
static const struct mqtt_message qos1 = { .topic = B("t"), .payload = B("hi"), .qos = 1 };

/* ---- Rows x every chunking -------------------------------------------------- */

enum start { AT_CONNECT, AT_UP, AT_UP_QOS2 };

static const struct row {
	const char     *name;
	enum start      start;
	struct bytes    in;
	enum err        want;      /* of DOWN; ERR_OK: stays */
	struct bytes    out;       /* what it answers */
	enum mqtt_state state;
} rows[] = {
	{ "connack_accepts",             AT_CONNECT, B("\x20\2\0\0"), ERR_OK,               B(""), MQTT_UP },
	{ "connack_1_protocol",          AT_CONNECT, B("\x20\2\0\1"), ERR_MQTT_CONNACK_1,   B(""), MQTT_CLOSED },
	{ "connack_2_client_id",         AT_CONNECT, B("\x20\2\0\2"), ERR_MQTT_CONNACK_2,   B(""), MQTT_CLOSED },
	{ "connack_3_unavailable",       AT_CONNECT, B("\x20\2\0\3"), ERR_MQTT_CONNACK_3,   B(""), MQTT_CLOSED },
	{ "connack_4_bad_password",      AT_CONNECT, B("\x20\2\0\4"), ERR_MQTT_CONNACK_4,   B(""), MQTT_CLOSED },
	{ "connack_5_not_authorised",    AT_CONNECT, B("\x20\2\0\5"), ERR_MQTT_CONNACK_5,   B(""), MQTT_CLOSED },
	{ "connack_6_is_unknown",        AT_CONNECT, B("\x20\2\0\6"), ERR_MQTT_CONNACK,     B(""), MQTT_CLOSED },
	{ "connack_13_of_clearblade",    AT_CONNECT, B("\x20\2\0\x0d"), ERR_MQTT_CONNACK,   B(""), MQTT_CLOSED },
	{ "connack_session_present",     AT_CONNECT, B("\x20\2\1\0"), ERR_MQTT_SESSION,     B(""), MQTT_CLOSED },
	{ "connack_reserved_flag",       AT_CONNECT, B("\x20\2\2\0"), ERR_MQTT_FLAGS,       B(""), MQTT_CLOSED },
	{ "connack_4_beats_session",     AT_CONNECT, B("\x20\2\1\4"), ERR_MQTT_CONNACK_4,   B(""), MQTT_CLOSED },
	{ "puback_before_connack",       AT_CONNECT, B("\x40"),       ERR_MQTT_ORDER,       B(""), MQTT_CLOSED },
	{ "publish_before_connack",      AT_CONNECT, B("\x30"),       ERR_MQTT_ORDER,       B(""), MQTT_CLOSED },
	{ "http_instead_of_mqtt",        AT_CONNECT, B("H"),          ERR_MQTT_FLAGS,       B(""), MQTT_CLOSED },
	{ "split_header_waits",          AT_CONNECT, B("\x20"),       ERR_OK,               B(""), MQTT_WAIT_CONNACK },
	{ "second_connack",              AT_UP,      B("\x20"),       ERR_MQTT_ORDER,       B(""), MQTT_CLOSED },
	{ "pingresp_with_body",          AT_UP,      B("\xd0\1"),     ERR_MQTT_LENGTH,      B(""), MQTT_CLOSED },
	{ "pingresp_unasked",            AT_UP,      B("\xd0\0"),     ERR_OK,               B(""), MQTT_UP },
	{ "puback_for_nothing",          AT_UP,      B("\x40\2\0\1"), ERR_OK,               B(""), MQTT_UP },
	{ "unsuback_for_nothing",        AT_UP,      B("\xb0\2\0\1"), ERR_OK,               B(""), MQTT_UP },
	{ "suback_for_nothing",          AT_UP,      B("\x90\3\0\1\7"), ERR_OK,             B(""), MQTT_UP },
	{ "pubrec_without_qos_2",        AT_UP,      B("\x50"),       ERR_MQTT_ORDER,       B(""), MQTT_CLOSED },
	{ "pubcomp_without_qos_2",       AT_UP,      B("\x70"),       ERR_MQTT_ORDER,       B(""), MQTT_CLOSED },
	{ "pubrec_for_nothing",          AT_UP_QOS2, B("\x50\2\0\1"), ERR_OK, B("\x62\2\0\1"), MQTT_UP },
	{ "pubcomp_for_nothing",         AT_UP_QOS2, B("\x70\2\0\1"), ERR_OK,               B(""), MQTT_UP },
	{ "pubrel_for_nothing",          AT_UP,      B("\x62\2\0\1"), ERR_OK, B("\x70\2\0\1"), MQTT_UP },
	{ "qos_0_message",               AT_UP,      B("\x30\5\0\1thi"), ERR_OK,            B(""), MQTT_UP },
	{ "qos_1_message",               AT_UP,      B("\x32\7\0\1t\x12\x34hi"), ERR_OK, B("\x40\2\x12\x34"), MQTT_UP },
	{ "qos_1_empty_message",         AT_UP,      B("\x32\5\0\1t\x12\x34"), ERR_OK, B("\x40\2\x12\x34"), MQTT_UP },
	{ "qos_1_message_not_whole",     AT_UP,      B("\x32\7\0\1t\x12\x34h"), ERR_OK,     B(""), MQTT_UP },
	{ "qos_2_message",               AT_UP,      B("\x34\7\0\1t\0\7hi" "\x62\2\0\7"), ERR_OK,
	  B("\x50\2\0\7" "\x70\2\0\7"), MQTT_UP },
	{ "topic_with_wildcard",         AT_UP,      B("\x30\3\0\1#"), ERR_MQTT_TOPIC,      B(""), MQTT_CLOSED },
	{ "two_messages_and_a_pong",     AT_UP,      B("\x32\5\0\1t\0\1" "\xd0\0" "\x32\5\0\1t\0\2"), ERR_OK,
	  B("\x40\2\0\1" "\x40\2\0\2"), MQTT_UP },
};

static void start_row(struct bench *b, const struct row *r)
{
	prepare(b);
	if (r->start == AT_UP_QOS2)
		mqtt_qos2_attach(&b->m);
	if (r->start != AT_CONNECT) {
		bring_up(b);
		return;
	}
	assert_int_equal(mqtt_connect(&b->m, &login, b->now), ERR_OK);
	drain_tx(b, SIZE_MAX);
	b->sent_len = 0;
}

static void what_a_broker_sends_is_judged_the_same_in_every_chunking(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];

		for (size_t chunk = 1; chunk <= r->in.len; chunk++) {
			struct bench b;

			start_row(&b, r);
			feed_chunks(&b, r->in, chunk);
			if (b.down != r->want || b.seen[MQTT_EV_DOWN] != (r->want != ERR_OK))
				fail_msg("%s, chunk %zu: %s", r->name, chunk, err_name(b.down));
			assert_int_equal(mqtt_state(&b.m), r->state);
			assert_sent(&b, r->out);
			if (r->want == ERR_OK)
				continue;
			/* after a violation nothing is taken, sent or told any more */
			assert_int_equal(mqtt_feed(&b.m, (const uint8_t *)"\x20\2\0\0", 4, b.now), 0);
			assert_int_equal(mqtt_publish(&b.m, &qos0, 0, b.now, NULL), ERR_STATE);
			mqtt_lost(&b.m, ERR_MODEM_CLOSED);
			mqtt_step(&b.m, b.now + 1000000);
			assert_int_equal(mqtt_peek(&b.m), MQTT_EV_NONE);
		}
	}
}

/* ---- Publishing ---------------------------------------------------------------- */

static void login_subscribe_and_publish_leave_in_one_write(void **state)
{
	static const struct mqtt_filter filter = { B("c"), 1 };
	struct bench b;
	size_t n;

	(void)state;
	prepare(&b);
	assert_int_equal(mqtt_connect(&b.m, &login, b.now), ERR_OK);
	assert_int_equal(mqtt_subscribe(&b.m, &filter, 1, b.now, NULL), ERR_OK);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 77, b.now, NULL), ERR_OK);
	assert_non_null(mqtt_tx_peek(&b.m, &n));
	assert_int_equal(n, 16 + 8 + 9);
	assert_sent(&b, BYTES("\x10\x0e\0\4MQTT\4\2\0\x3c\0\2id" "\x82\6\0\1\0\1c\1" "\x32\7\0\1t\0\2hi"));
	feed(&b, BYTES("\x20\2\0\0" "\x90\3\0\1\1" "\x40\2\0\2"));
	assert_int_equal(b.seen[MQTT_EV_UP], 1);
	assert_int_equal(b.seen[MQTT_EV_SUBSCRIBED], 1);
	assert_int_equal(b.seen[MQTT_EV_ACKED], 1);
	assert_int_equal(b.last.token, 77);
	assert_int_equal(b.last.packet_id, 2);
	assert_int_equal(mqtt_in_flight(&b.m), 0);
}

static void a_transport_that_takes_single_bytes_gets_the_same_stream(void **state)
{
	struct bench b;

	(void)state;
	for (size_t chunk = 1; chunk < 40; chunk++) {
		prepare_up(&b);
		for (unsigned i = 0; i < 40; i++) {      /* more than tx holds, so its rest is moved */
			while (mqtt_publish(&b.m, &qos0, 0, b.now, NULL) == ERR_FULL) {
				size_t n;
				const uint8_t *p = mqtt_tx_peek(&b.m, &n);

				n = n < chunk ? n : chunk;
				memcpy(b.sent + b.sent_len, p, n);
				b.sent_len += n;
				mqtt_tx_done(&b.m, n);
			}
		}
		drain_tx(&b, chunk);
		assert_int_equal(b.sent_len, 40 * 7);
		for (unsigned i = 0; i < 40; i++)
			assert_memory_equal(b.sent + 7 * i, "\x30\5\0\1thi", 7);
	}
}

static void a_full_table_or_buffer_refuses_and_changes_nothing(void **state)
{
	struct mqtt_message large = { .topic = B("t"), .payload = { (const uint8_t *)&qos0, 0 }, .qos = 0 };
	static uint8_t zeros[200];
	struct bench b;
	uint16_t id;

	(void)state;
	prepare_up(&b);
	for (uint16_t i = 1; i <= SLOTS; i++) {
		assert_int_equal(mqtt_publish(&b.m, &qos1, i, b.now, &id), ERR_OK);
		assert_int_equal(id, i);
	}
	drain_tx(&b, SIZE_MAX);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 9, b.now, &id), ERR_FULL);
	assert_int_equal(mqtt_publish(&b.m, &qos0, 9, b.now, &id), ERR_OK);     /* needs no slot */
	assert_int_equal(id, 0);
	large.payload = (struct bytes){ zeros, 128 - MQTT_TX_RESERVE - 5 + 1 };
	assert_int_equal(mqtt_publish(&b.m, &large, 9, b.now, NULL), ERR_TOO_LONG);
	large.qos = 1;                           /* too long is told even without a free slot */
	assert_int_equal(mqtt_publish(&b.m, &large, 9, b.now, NULL), ERR_TOO_LONG);
	large.qos = 0;
	large.payload.len--;
	assert_int_equal(mqtt_publish(&b.m, &large, 9, b.now, NULL), ERR_FULL);
	assert_int_equal(mqtt_in_flight(&b.m), SLOTS);
	drain_tx(&b, SIZE_MAX);
	assert_int_equal(mqtt_publish(&b.m, &large, 9, b.now, NULL), ERR_OK);
	drain_tx(&b, SIZE_MAX);
	b.sent_len = 0;
	feed(&b, BYTES("\x40\2\0\3"));
	assert_int_equal(b.last.token, 3);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 9, b.now, &id), ERR_OK);
	assert_int_equal(id, SLOTS + 1);
}

static void what_is_malformed_is_refused_before_it_is_sent(void **state)
{
	static const struct mqtt_filter bad_filter = { B("a#"), 1 }, bad_qos = { B("a"), 3 }, good = { B("a"), 1 };
	struct mqtt_message m = qos1;
	struct mqtt_login l = login;
	struct mqtt_filter many[40];
	struct bench b;

	(void)state;
	prepare(&b);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 0, b.now, NULL), ERR_STATE);
	assert_int_equal(mqtt_subscribe(&b.m, &good, 1, b.now, NULL), ERR_STATE);
	assert_int_equal(mqtt_disconnect(&b.m, b.now), ERR_STATE);
	assert_int_equal(mqtt_ack(&b.m, 1, b.now), ERR_STATE);
	l.flags = 0;
	assert_int_equal(mqtt_connect(&b.m, &l, b.now), ERR_MQTT_FLAGS);
	l.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_PASSWORD;
	assert_int_equal(mqtt_connect(&b.m, &l, b.now), ERR_MQTT_FLAGS);
	l = (struct mqtt_login){ .flags = MQTT_LOGIN_CLEAN, .client_id = B("\xff") };
	assert_int_equal(mqtt_connect(&b.m, &l, b.now), ERR_MQTT_UTF8);
	l = (struct mqtt_login){ .flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD,
				 .password = { b.sent, 125 } };
	assert_int_equal(mqtt_connect(&b.m, &l, b.now), ERR_TOO_LONG);
	assert_int_equal(mqtt_state(&b.m), MQTT_CLOSED);
	bring_up(&b);
	assert_int_equal(mqtt_connect(&b.m, &login, b.now), ERR_STATE);
	m.topic = BYTES("");
	assert_int_equal(mqtt_publish(&b.m, &m, 0, b.now, NULL), ERR_MQTT_TOPIC);
	m.topic = BYTES("a/+");
	assert_int_equal(mqtt_publish(&b.m, &m, 0, b.now, NULL), ERR_MQTT_TOPIC);
	m.topic = BYTES("\xc3");
	assert_int_equal(mqtt_publish(&b.m, &m, 0, b.now, NULL), ERR_MQTT_UTF8);
	static uint8_t longest[65536];

	memset(longest, 'x', sizeof longest);
	m.topic = (struct bytes){ longest, sizeof longest };         /* its length has no two bytes */
	assert_int_equal(mqtt_publish(&b.m, &m, 0, b.now, NULL), ERR_TOO_LONG);
	m = qos1;
	m.qos = 2;
	assert_int_equal(mqtt_publish(&b.m, &m, 0, b.now, NULL), ERR_MQTT_QOS);
	assert_int_equal(mqtt_qos2_publish(&b.m, &m, 0, b.now, NULL), ERR_MQTT_QOS);   /* not attached */
	assert_int_equal(mqtt_subscribe(&b.m, &bad_filter, 1, b.now, NULL), ERR_MQTT_TOPIC);
	assert_int_equal(mqtt_subscribe(&b.m, &bad_qos, 1, b.now, NULL), ERR_MQTT_QOS);
	assert_int_equal(mqtt_subscribe(&b.m, &good, 0, b.now, NULL), ERR_TOO_LONG);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = good;
	assert_int_equal(mqtt_subscribe(&b.m, many, 31, b.now, NULL), ERR_TOO_LONG);   /* SUBACK exceeds rx */
	assert_int_equal(mqtt_ack(&b.m, 0, b.now), ERR_ARG);
	assert_int_equal(mqtt_in_flight(&b.m), 0);
	assert_sent(&b, BYTES(""));
}

static void packet_ids_skip_zero_and_those_in_use(void **state)
{
	struct bench b;
	uint16_t id, first;
	uint8_t ack[4];

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 0, b.now, &first), ERR_OK);   /* never acknowledged */
	drain_tx(&b, SIZE_MAX);
	for (uint32_t i = 0; i < 70000; i++) {
		assert_int_equal(mqtt_publish(&b.m, &qos1, i, b.now, &id), ERR_OK);
		assert_true(id != 0 && id != first);
		b.sent_len = 0;
		drain_tx(&b, SIZE_MAX);
		mqtt_packet_write_short(ack, sizeof ack, MQTT_PUBACK, id);
		feed(&b, (struct bytes){ ack, 4 });
		assert_int_equal(b.last.token, i);
	}
	assert_int_equal(mqtt_in_flight(&b.m), 1);
}

static void qos_2_goes_out_in_four_steps(void **state)
{
	struct bench b;
	uint16_t id;

	(void)state;
	prepare(&b);
	mqtt_qos2_attach(&b.m);
	bring_up(&b);
	assert_int_equal(mqtt_qos2_publish(&b.m, &qos0, 5, b.now, &id), ERR_OK);
	assert_sent(&b, BYTES("\x34\7\0\1t\0\1hi"));
	feed(&b, BYTES("\x40\2\0\1" "\x70\2\0\1"));          /* neither is the answer to it */
	assert_int_equal(mqtt_in_flight(&b.m), 1);
	feed(&b, BYTES("\x50\2\0\1"));
	assert_sent(&b, BYTES("\x62\2\0\1"));
	feed(&b, BYTES("\x50\2\0\1"));
	assert_sent(&b, BYTES("\x62\2\0\1"));
	assert_int_equal(b.seen[MQTT_EV_ACKED], 0);
	feed(&b, BYTES("\x70\2\0\1"));
	assert_int_equal(b.seen[MQTT_EV_ACKED], 1);
	assert_int_equal(b.last.token, 5);
	assert_int_equal(mqtt_in_flight(&b.m), 0);
}

/* ---- Subscribing ------------------------------------------------------------------ */

static void a_suback_answers_each_filter(void **state)
{
	static const struct mqtt_filter filters[] = { { B("a"), 1 }, { B("b/#"), 2 }, { B("c"), 0 } };
	struct bench b;
	uint16_t id;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_subscribe(&b.m, filters, 3, b.now, &id), ERR_OK);
	assert_sent(&b, BYTES("\x82\x10\0\1\0\1a\1\0\3b/#\2\0\1c\0"));
	feed(&b, BYTES("\xb0\2\0\1"));                       /* UNSUBACK is no answer to it */
	assert_int_equal(mqtt_in_flight(&b.m), 1);
	feed(&b, BYTES("\x90\5\0\1\1\x80\0"));
	assert_int_equal(b.seen[MQTT_EV_SUBSCRIBED], 1);
	assert_int_equal(b.last.packet_id, id);
	assert_int_equal(b.code_count, 3);
	assert_memory_equal(b.codes, "\1\x80\0", 3);
	assert_int_equal(mqtt_unsubscribe(&b.m, filters, 1, b.now, NULL), ERR_OK);
	assert_sent(&b, BYTES("\xa2\5\0\2\0\1a"));
	feed(&b, BYTES("\xb0\2\0\2"));
	assert_int_equal(b.seen[MQTT_EV_UNSUBSCRIBED], 1);
	assert_int_equal(mqtt_in_flight(&b.m), 0);
}

static void a_suback_with_other_counts_or_codes_ends_the_connection(void **state)
{
	static const struct { struct bytes in; enum err want; } subacks[] = {
		{ B("\x90\4\0\1\0\0"), ERR_MQTT_LENGTH },
		{ B("\x90\3\0\1\3"),   ERR_MQTT_QOS },
		{ B("\x90\3\0\1\x81"), ERR_MQTT_QOS },
	};
	static const struct mqtt_filter filter = { B("a"), 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(subacks); i++) {
		struct bench b;

		prepare_up(&b);
		assert_int_equal(mqtt_subscribe(&b.m, &filter, 1, b.now, NULL), ERR_OK);
		feed_chunks(&b, subacks[i].in, 1);
		assert_int_equal(b.down, subacks[i].want);
	}
}

/* ---- Receiving -------------------------------------------------------------------- */

/* PUBLISH, QoS 1, topic "t", id 7, N bytes counting up; its size. */
static size_t counted_message(uint8_t *at, size_t room, size_t n)
{
	static uint8_t payload[8192];
	struct mqtt_message m = { .topic = B("t"), .payload = { payload, n }, .qos = 1 };

	for (size_t i = 0; i < n; i++)
		payload[i] = (uint8_t)(i * 7);
	return mqtt_packet_write_publish(at, room, &m, 7);
}

static void a_payload_far_larger_than_rx_streams_through(void **state)
{
	static const size_t chunks[] = { 1, 2, 3, 5, 31, 32, 33, 100, 1000, 4999, 9000 };
	static uint8_t packet[8300];
	size_t size = counted_message(packet, sizeof packet, 5000);

	(void)state;
	for (size_t i = 0; i < COUNT(chunks); i++) {
		struct bench b;

		prepare_up(&b);
		assert_int_equal(feed_chunks(&b, (struct bytes){ packet, size - 1 }, chunks[i]), size - 1);
		assert_int_equal(b.sent_len, 0);             /* not acknowledged before it is whole */
		assert_int_equal(b.last.left, 1);
		feed(&b, (struct bytes){ packet + size - 1, 1 });
		assert_int_equal(b.seen[MQTT_EV_MESSAGE], 1);
		assert_string_equal(b.topic, "t");
		assert_int_equal(b.last.left, 0);
		assert_int_equal(b.payload_len, 5000);
		assert_memory_equal(b.payload, packet + size - 5000, 5000);
		assert_sent(&b, BYTES("\x40\2\0\7"));
	}
}

static void an_unread_event_stops_the_feed(void **state)
{
	static const uint8_t in[] = "\x30\4\0\1ta\x30\4\0\1tb";
	struct mqtt_event ev;
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_feed(&b.m, in, 12, b.now), 6);
	assert_int_equal(mqtt_feed(&b.m, in + 6, 6, b.now), 0);
	assert_true(mqtt_next(&b.m, &ev));
	assert_int_equal(ev.data.data[0], 'a');
	assert_ptr_equal(ev.data.data, in + 5);                  /* passed on where it lies */
	assert_int_equal(mqtt_feed(&b.m, in + 6, 6, b.now), 6);
	assert_true(mqtt_next(&b.m, &ev));
	assert_int_equal(ev.data.data[0], 'b');
	assert_false(mqtt_next(&b.m, &ev));
}

static void answers_have_room_whatever_is_published(void **state)
{
	struct mqtt_event ev;
	struct bench b;

	(void)state;
	prepare_up(&b);
	while (mqtt_publish(&b.m, &qos0, 0, b.now, NULL) == ERR_OK)
		;
	assert_int_equal(mqtt_feed(&b.m, (const uint8_t *)"\x32\5\0\1t\0\1", 7, b.now), 7);
	assert_true(mqtt_next(&b.m, &ev));
	/* no room for a second answer: nothing more is taken until the transport takes something */
	b.m.tx_len = b.m.cfg.tx_size - MQTT_TX_RESERVE + 1;
	assert_int_equal(mqtt_feed(&b.m, (const uint8_t *)"\x32\5\0\1t\0\2", 7, b.now), 0);
	mqtt_tx_done(&b.m, 100);
	assert_int_equal(mqtt_feed(&b.m, (const uint8_t *)"\x32\5\0\1t\0\2", 7, b.now), 7);
}

static void a_topic_longer_than_rx_is_told_cut_and_acknowledged(void **state)
{
	static const struct mqtt_message m = {
		.topic = B("0123456789012345678901234567890123456789"), .payload = B("x"), .qos = 1
	};
	uint8_t packet[64];
	size_t size = mqtt_packet_write_publish(packet, sizeof packet, &m, 3);

	(void)state;
	for (size_t chunk = 1; chunk <= size; chunk++) {
		struct bench b;

		prepare_up(&b);
		feed_chunks(&b, (struct bytes){ packet, size }, chunk);
		assert_int_equal(b.seen[MQTT_EV_MESSAGE], 1);
		assert_string_equal(b.topic, "012345678901234567890123456789");
		assert_int_equal(b.payload_len, 1);
		assert_sent(&b, BYTES("\x40\2\0\3"));
		assert_int_equal(mqtt_state(&b.m), MQTT_UP);
	}
}

static void qos_2_is_given_out_once(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	feed(&b, BYTES("\x34\6\0\1t\0\7a"));
	assert_sent(&b, BYTES("\x50\2\0\7"));
	feed_chunks(&b, BYTES("\x3c\6\0\1t\0\7a"), 1);           /* DUP of the same */
	assert_sent(&b, BYTES("\x50\2\0\7"));
	assert_int_equal(b.seen[MQTT_EV_MESSAGE] + b.seen[MQTT_EV_PAYLOAD], 1);
	feed(&b, BYTES("\x34\6\0\1t\0\x08" "b"));
	assert_int_equal(b.seen[MQTT_EV_MESSAGE], 2);
	feed(&b, BYTES("\x62\2\0\7" "\x34\6\0\1t\0\7c"));        /* released: the same id is a new message */
	assert_int_equal(b.seen[MQTT_EV_MESSAGE], 3);
	assert_int_equal(b.payload[0], 'c');
	assert_int_equal(mqtt_in_flight(&b.m), 0);
}

static void more_qos_2_messages_than_slots_end_the_connection(void **state)
{
	uint8_t packet[] = "\x34\6\0\1t\0\1a";
	struct bench b;

	(void)state;
	prepare_up(&b);
	for (uint8_t id = 1; id <= SLOTS; id++) {
		packet[6] = id;
		feed(&b, (struct bytes){ packet, 8 });
	}
	packet[6] = SLOTS + 1;
	feed_chunks(&b, (struct bytes){ packet, 8 }, 1);
	assert_int_equal(b.down, ERR_MQTT_INBOUND);
}

static void prepare_manual(struct bench *b)
{
	struct mqtt_config cfg;

	prepare(b);
	cfg = config(b);
	cfg.manual_ack = true;
	mqtt_init(&b->m, &cfg);
	bring_up(b);
}

static void an_owner_acknowledges_when_it_has_taken_the_message(void **state)
{
	struct bench b;

	(void)state;
	prepare_manual(&b);
	feed(&b, BYTES("\x32\6\0\1t\0\7a"));
	assert_int_equal(b.last.packet_id, 7);
	assert_sent(&b, BYTES(""));
	assert_int_equal(mqtt_ack(&b.m, 7, b.now), ERR_OK);
	assert_sent(&b, BYTES("\x40\2\0\7"));
	feed(&b, BYTES("\x34\6\0\1t\0\x08" "b" "\x3c\6\0\1t\0\x08" "b"));
	assert_sent(&b, BYTES(""));                              /* the duplicate does not answer either */
	assert_int_equal(b.seen[MQTT_EV_MESSAGE], 2);
	assert_int_equal(mqtt_ack(&b.m, 8, b.now), ERR_OK);
	assert_sent(&b, BYTES("\x50\2\0\x08"));
	feed(&b, BYTES("\x3c\6\0\1t\0\x08" "b" "\x62\2\0\x08"));
	assert_sent(&b, BYTES("\x50\2\0\x08" "\x70\2\0\x08"));
	feed(&b, BYTES("\x30\4\0\1tc"));
	assert_int_equal(b.last.packet_id, 0);
	b.m.tx_len = b.m.cfg.tx_size - 3;
	assert_int_equal(mqtt_ack(&b.m, 9, b.now), ERR_FULL);
}

static void two_clients_share_nothing(void **state)
{
	static struct bench a, b;

	(void)state;
	prepare_up(&a);
	prepare_up(&b);
	assert_int_equal(mqtt_publish(&a.m, &qos1, 1, a.now, NULL), ERR_OK);
	feed(&b, BYTES("\x40\2\0\1"));
	assert_int_equal(mqtt_in_flight(&a.m), 1);
	assert_int_equal(b.seen[MQTT_EV_ACKED], 0);
	mqtt_lost(&b.m, ERR_MODEM_CLOSED);
	assert_int_equal(mqtt_state(&a.m), MQTT_UP);
}

/* ---- Time ------------------------------------------------------------------------- */

/* Let time pass in small steps; stops at DOWN. */
static void pass(struct bench *b, uint32_t ms)
{
	for (uint32_t t = 0; t < ms && b->seen[MQTT_EV_DOWN] == 0; t += 10) {
		uint32_t at;
		bool due = mqtt_deadline(&b->m, &at);

		b->now += 10;
		mqtt_step(&b->m, b->now);
		if (mqtt_peek(&b->m) != MQTT_EV_NONE)        /* nothing happens but when it was announced */
			assert_true(due && (int32_t)(b->now - at) >= 0 && (int32_t)(b->now - at) < 10);
		read_events(b);
	}
}

static void a_silent_client_pings_at_three_quarters_of_the_keepalive(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	pass(&b, 44990);
	assert_sent(&b, BYTES(""));
	pass(&b, 10);
	assert_sent(&b, BYTES("\xc0\0"));
	pass(&b, 4000);
	feed(&b, BYTES("\xd0\0"));
	pass(&b, 40990);
	assert_sent(&b, BYTES(""));
	pass(&b, 10);
	assert_sent(&b, BYTES("\xc0\0"));
	feed(&b, BYTES("\xd0\0"));
	pass(&b, 30000);
	assert_int_equal(mqtt_publish(&b.m, &qos0, 0, b.now, NULL), ERR_OK);   /* sending is as good as a ping */
	drain_tx(&b, SIZE_MAX);
	b.sent_len = 0;
	pass(&b, 44990);
	assert_sent(&b, BYTES(""));
	assert_int_equal(b.seen[MQTT_EV_DOWN], 0);
}

static void an_unanswered_ping_ends_the_connection(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	pass(&b, 45000 + 4990);
	assert_int_equal(b.seen[MQTT_EV_DOWN], 0);
	pass(&b, 10);
	assert_int_equal(b.down, ERR_MQTT_PING_TIME);
}

static void a_long_download_is_not_taken_for_a_missing_pong(void **state)
{
	static uint8_t packet[8300];
	size_t size = counted_message(packet, sizeof packet, 5000);
	struct bench b;

	(void)state;
	prepare_up(&b);
	pass(&b, 44990);
	for (size_t i = 0; i < size; i += 100) {
		feed_chunks(&b, (struct bytes){ packet + i, size - i < 100 ? size - i : 100 }, 100);
		pass(&b, 4000);
	}
	assert_int_equal(b.seen[MQTT_EV_DOWN], 0);
	assert_int_equal(b.payload_len, 5000);
}

static void a_ping_that_finds_no_room_is_missed_in_time(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	b.m.tx_len = b.m.cfg.tx_size;                            /* a transport that takes nothing */
	pass(&b, 60000);
	assert_int_equal(b.down, ERR_MQTT_PING_TIME);
}

static void keepalive_zero_is_off(void **state)
{
	struct mqtt_login l = login;
	struct bench b;
	uint32_t at;

	(void)state;
	prepare(&b);
	l.keepalive_s = 0;
	assert_int_equal(mqtt_connect(&b.m, &l, b.now), ERR_OK);
	drain_tx(&b, SIZE_MAX);
	feed(&b, BYTES("\x20\2\0\0"));
	b.sent_len = 0;
	assert_false(mqtt_deadline(&b.m, &at));
	pass(&b, 1000000);
	assert_sent(&b, BYTES(""));
}

static void a_login_without_answer_times_out(void **state)
{
	struct bench b;

	(void)state;
	prepare(&b);
	assert_int_equal(mqtt_connect(&b.m, &login, b.now), ERR_OK);
	pass(&b, 9990);
	assert_int_equal(b.seen[MQTT_EV_DOWN], 0);
	pass(&b, 10);
	assert_int_equal(b.down, ERR_MQTT_CONNACK_TIME);
	assert_sent(&b, BYTES(""));                              /* what was queued is dropped */
}

static void an_unacknowledged_packet_times_out_and_is_never_sent_twice(void **state)
{
	static const struct mqtt_filter filter = { B("a"), 1 };
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 1, b.now, NULL), ERR_OK);
	assert_sent(&b, BYTES("\x32\7\0\1t\0\1hi"));
	pass(&b, 10000);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 2, b.now, NULL), ERR_OK);
	b.sent_len = 0;
	drain_tx(&b, SIZE_MAX);
	b.sent_len = 0;
	pass(&b, 5000);
	feed(&b, BYTES("\x40\2\0\1"));
	pass(&b, 14990);
	assert_int_equal(b.seen[MQTT_EV_DOWN], 0);
	assert_sent(&b, BYTES(""));
	pass(&b, 10);
	assert_int_equal(b.down, ERR_MQTT_ACK_TIME);
	prepare_up(&b);
	assert_int_equal(mqtt_subscribe(&b.m, &filter, 1, b.now, NULL), ERR_OK);
	pass(&b, 20000);
	assert_int_equal(b.down, ERR_MQTT_SUBACK_TIME);
}

/* ---- The end ------------------------------------------------------------------------ */

static void disconnect_ends_when_it_was_sent(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_publish(&b.m, &qos0, 0, b.now, NULL), ERR_OK);
	assert_int_equal(mqtt_disconnect(&b.m, b.now), ERR_OK);
	assert_int_equal(mqtt_disconnect(&b.m, b.now), ERR_STATE);
	assert_int_equal(mqtt_publish(&b.m, &qos0, 0, b.now, NULL), ERR_STATE);
	assert_int_equal(mqtt_feed(&b.m, (const uint8_t *)"garbage", 7, b.now), 7);
	read_events(&b);
	assert_int_equal(b.seen[MQTT_EV_DOWN], 0);
	assert_sent(&b, BYTES("\x30\5\0\1thi" "\xe0\0"));
	read_events(&b);
	assert_int_equal(b.seen[MQTT_EV_DOWN], 1);
	assert_int_equal(b.down, ERR_OK);
}

static void disconnect_does_not_wait_for_ever(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_disconnect(&b.m, b.now), ERR_OK);
	pass(&b, 5000);
	assert_int_equal(b.seen[MQTT_EV_DOWN], 1);
	assert_int_equal(b.down, ERR_OK);
	prepare_up(&b);
	assert_int_equal(mqtt_disconnect(&b.m, b.now), ERR_OK);
	mqtt_lost(&b.m, ERR_MODEM_CLOSED);                       /* it was ours to end */
	read_events(&b);
	assert_int_equal(b.down, ERR_OK);
}

static void the_first_error_sticks(void **state)
{
	struct mqtt_event ev;
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_feed(&b.m, (const uint8_t *)"\x30\4\0\1ta\xff", 7, b.now), 6);
	mqtt_lost(&b.m, ERR_MODEM_CLOSED);
	mqtt_lost(&b.m, ERR_MODEM_REBOOT);
	assert_int_equal(mqtt_connect(&b.m, &login, b.now), ERR_STATE);   /* events are unread */
	assert_true(mqtt_next(&b.m, &ev));
	assert_int_equal(ev.type, MQTT_EV_MESSAGE);
	assert_int_equal(mqtt_connect(&b.m, &login, b.now), ERR_STATE);
	assert_true(mqtt_next(&b.m, &ev));
	assert_int_equal(ev.type, MQTT_EV_DOWN);
	assert_int_equal(ev.err, ERR_MODEM_CLOSED);
	assert_false(mqtt_next(&b.m, &ev));
}

static void a_new_connection_knows_nothing_of_the_old(void **state)
{
	struct mqtt_message again = qos1;
	struct bench b;
	uint16_t id;

	(void)state;
	prepare_up(&b);
	assert_int_equal(mqtt_publish(&b.m, &qos1, 1, b.now, NULL), ERR_OK);
	drain_tx(&b, SIZE_MAX);
	feed(&b, BYTES("\x34\6\0\1t\0\7a" "\x32\x20\0\1"));     /* QoS 2 open, and half a packet */
	mqtt_lost(&b.m, ERR_MODEM_CLOSED);
	read_events(&b);
	assert_int_equal(b.down, ERR_MODEM_CLOSED);
	b.sent_len = 0;
	memset(b.seen, 0, sizeof b.seen);
	bring_up(&b);
	assert_int_equal(mqtt_in_flight(&b.m), 0);
	again.dup = true;
	assert_int_equal(mqtt_publish(&b.m, &again, 1, b.now, &id), ERR_OK);
	assert_sent(&b, BYTES("\x3a\7\0\1t\0\1hi"));
	feed(&b, BYTES("\x34\6\0\1t\0\7a"));
	assert_int_equal(b.seen[MQTT_EV_MESSAGE], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_broker_sends_is_judged_the_same_in_every_chunking),
		cmocka_unit_test(login_subscribe_and_publish_leave_in_one_write),
		cmocka_unit_test(a_transport_that_takes_single_bytes_gets_the_same_stream),
		cmocka_unit_test(a_full_table_or_buffer_refuses_and_changes_nothing),
		cmocka_unit_test(what_is_malformed_is_refused_before_it_is_sent),
		cmocka_unit_test(packet_ids_skip_zero_and_those_in_use),
		cmocka_unit_test(qos_2_goes_out_in_four_steps),
		cmocka_unit_test(a_suback_answers_each_filter),
		cmocka_unit_test(a_suback_with_other_counts_or_codes_ends_the_connection),
		cmocka_unit_test(a_payload_far_larger_than_rx_streams_through),
		cmocka_unit_test(an_unread_event_stops_the_feed),
		cmocka_unit_test(answers_have_room_whatever_is_published),
		cmocka_unit_test(a_topic_longer_than_rx_is_told_cut_and_acknowledged),
		cmocka_unit_test(qos_2_is_given_out_once),
		cmocka_unit_test(more_qos_2_messages_than_slots_end_the_connection),
		cmocka_unit_test(an_owner_acknowledges_when_it_has_taken_the_message),
		cmocka_unit_test(two_clients_share_nothing),
		cmocka_unit_test(a_silent_client_pings_at_three_quarters_of_the_keepalive),
		cmocka_unit_test(an_unanswered_ping_ends_the_connection),
		cmocka_unit_test(a_long_download_is_not_taken_for_a_missing_pong),
		cmocka_unit_test(a_ping_that_finds_no_room_is_missed_in_time),
		cmocka_unit_test(keepalive_zero_is_off),
		cmocka_unit_test(a_login_without_answer_times_out),
		cmocka_unit_test(an_unacknowledged_packet_times_out_and_is_never_sent_twice),
		cmocka_unit_test(disconnect_ends_when_it_was_sent),
		cmocka_unit_test(disconnect_does_not_wait_for_ever),
		cmocka_unit_test(the_first_error_sticks),
		cmocka_unit_test(a_new_connection_knows_nothing_of_the_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
