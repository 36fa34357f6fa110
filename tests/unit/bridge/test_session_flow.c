/* SPDX-License-Identifier: Apache-2.0 */
/* What happens over time: what is held, sent, superseded, waited for. */
#include "session_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS "/devices/dev-1/events"
#define CONFIG "/devices/dev-1/config"
#define ALL    "/devices/dev-1/commands/#"
#define NUM    "/devices/2582332477650079/"

static void feed(struct bench *b, struct bytes in)
{
	assert_int_equal(bench_feed(b, in, SIZE_MAX), in.len);
}

/* PUBLISH with QoS 1 of 'hi' and packet identifier ID. */
static size_t publish(struct bench *b, uint8_t first, uint8_t id, size_t chunk)
{
	uint8_t in[] = "\x32\x1b\0\x15" EVENTS "\0?hi";

	in[0] = first;
	in[sizeof in - 4] = id;
	return bench_feed(b, (struct bytes){ in, sizeof in - 1 }, chunk);
}

static void subscribe(struct bench *b, const char *filter, uint8_t qos)
{
	uint8_t buf[256];
	struct mqtt_filter f = { bytes_of(filter), qos };
	size_t n = mqtt_packet_write_filters(buf, sizeof buf, MQTT_SUBSCRIBE, 1, &f, 1);

	feed(b, (struct bytes){ buf, n });
	bench_drain(b);
	bench_forget(b);
}

static bool command(struct bench *b, uint64_t ticket, const char *subfolder, const char *data)
{
	bool later;

	return session_command(b->s, ticket, bytes_of(subfolder), bytes_of(data), &later, b->now_ms);
}

static bool config(struct bench *b, uint64_t version, const char *data)
{
	return session_config(b->s, version, bytes_of(data), b->now_ms);
}

/* ---- PUBACKs ---- */

static const uint8_t pubacks_of_4[] = { 0x40, 2, 0, 11, 0x40, 2, 0, 12, 0x40, 2, 0, 13, 0x40, 2, 0, 14 };

/* All 24 orders in which four messages can be confirmed. */
static void pubacks_leave_in_the_order_of_the_messages(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 256; code++) {
		unsigned order[] = { code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 };
		unsigned seen = 1u << order[0] | 1u << order[1] | 1u << order[2] | 1u << order[3];
		struct bench b = { .silent = true };
		unsigned safe = 0, leave = 0;

		if (seen != 15)
			continue;
		bench_up(&b);
		for (uint8_t i = 0; i < 4; i++)
			publish(&b, 0x32, (uint8_t)(11 + i), SIZE_MAX);
		assert_int_equal(b.ticket, 4);
		for (unsigned i = 0; i < 4; i++) {
			session_acknowledge(b.s, 1 + order[i], b.now_ms);
			session_acknowledge(b.s, 1 + order[i], b.now_ms);     /* twice is once */
			safe |= 1u << order[i];
			while ((safe & 1u << leave) != 0)
				leave++;
			bench_drain(&b);
			assert_int_equal(b.sent_len, 4 * leave);
		}
		bench_sent(&b, (struct bytes){ pubacks_of_4, sizeof pubacks_of_4 });
		bench_stop(&b);
	}
}

static void unknown_tickets_mean_nothing(void **state)
{
	struct bench b = { .silent = true };

	(void)state;
	bench_up(&b);
	publish(&b, 0x32, 11, SIZE_MAX);
	session_acknowledge(b.s, 0, b.now_ms);
	session_acknowledge(b.s, 2, b.now_ms);
	session_acknowledge(b.s, UINT64_MAX, b.now_ms);
	bench_sent(&b, BYTES(""));
	session_acknowledge(b.s, 1, b.now_ms);
	session_acknowledge(b.s, 1, b.now_ms);
	bench_sent(&b, BYTES("\x40\2\0\x0b"));
	bench_stop(&b);
}

/* 4.3.2: until its PUBACK the same identifier is the same message, if the device says so. */
static void a_message_sent_again_while_it_is_held_is_one_message(void **state)
{
	(void)state;
	for (size_t chunk = 1; chunk < 32; chunk++) {
		struct bench b = { .silent = true };

		bench_up(&b);
		publish(&b, 0x32, 11, chunk);
		publish(&b, 0x3a, 11, chunk);
		publish(&b, 0x3a, 11, chunk);
		bench_saw(&b, "publish(events '' 'hi' 1) ");
		session_acknowledge(b.s, 1, b.now_ms);
		bench_sent(&b, BYTES("\x40\2\0\x0b"));
		publish(&b, 0x3a, 11, chunk);
		bench_saw(&b, "publish(events '' 'hi' 1 dup) ");
		session_acknowledge(b.s, 2, b.now_ms);
		bench_sent(&b, BYTES("\x40\2\0\x0b"));
		bench_stop(&b);
	}
}

/* Small clients give every message the same identifier. */
static void new_messages_under_one_identifier_are_acknowledged_one_by_one(void **state)
{
	struct bench b = { .silent = true };

	(void)state;
	bench_up(&b);
	publish(&b, 0x32, 1, SIZE_MAX);
	publish(&b, 0x32, 1, SIZE_MAX);
	bench_saw(&b, "publish(events '' 'hi' 1) publish(events '' 'hi' 1) ");
	session_acknowledge(b.s, 1, b.now_ms);
	bench_sent(&b, BYTES("\x40\2\0\1"));
	session_acknowledge(b.s, 2, b.now_ms);
	bench_sent(&b, BYTES("\x40\2\0\1"));
	bench_stop(&b);
}

static void a_repeat_that_differs_is_another_message(void **state)
{
	struct bench b = { .silent = true };

	(void)state;
	bench_up(&b);
	publish(&b, 0x32, 1, SIZE_MAX);
	feed(&b, BYTES("\x3a\x1a\0\x15" EVENTS "\0\1h"));
	feed(&b, BYTES("\x3a\x1a\0\x14" "/devices/dev-1/state" "\0\1hi"));
	bench_saw(&b, "publish(events '' 'hi' 1) publish(events '' 'h' 1 dup) publish(state '' 'hi' 1 dup) ");
	bench_stop(&b);
}

/* ---- What is held is bounded ---- */

static void nothing_is_read_while_too_many_messages_are_held(void **state)
{
	struct bench b = { .silent = true, .cfg = session_config_default() };

	(void)state;
	b.cfg.held_max = 3;
	bench_up(&b);
	for (uint8_t i = 1; i <= 3; i++) {
		assert_false(session_is_full(b.s));
		assert_int_equal(publish(&b, 0x32, i, 1), 31 - 2);
	}
	assert_true(session_is_full(b.s));
	assert_int_equal(publish(&b, 0x32, 4, SIZE_MAX), 0);
	session_acknowledge(b.s, 2, b.now_ms);
	assert_true(session_is_full(b.s));
	session_acknowledge(b.s, 1, b.now_ms);
	assert_false(session_is_full(b.s));
	bench_sent(&b, BYTES("\x40\2\0\1\x40\2\0\2"));
	assert_int_equal(publish(&b, 0x32, 4, SIZE_MAX), 29);
	bench_stop(&b);
}

static void nothing_is_read_while_too_many_bytes_are_held(void **state)
{
	struct bench b = { .silent = true, .cfg = session_config_default() };

	(void)state;
	b.cfg.held_bytes = 4;
	bench_up(&b);
	publish(&b, 0x32, 1, SIZE_MAX);
	assert_false(session_is_full(b.s));
	publish(&b, 0x32, 2, SIZE_MAX);
	assert_true(session_is_full(b.s));
	session_acknowledge(b.s, 1, b.now_ms);
	assert_false(session_is_full(b.s));
	bench_stop(&b);
}

/* A sink that is slow is not the device's silence. */
static void times_stand_still_while_the_bridge_does_not_read(void **state)
{
	struct bench b = { .silent = true, .cfg = session_config_default() };

	(void)state;
	b.cfg.held_max = 1;
	bench_up(&b);
	publish(&b, 0x32, 1, SIZE_MAX);
	assert_int_equal(session_deadline(b.s), UINT64_MAX);
	b.now_ms += 3600 * 1000;
	session_step(b.s, b.now_ms);
	assert_null(session_why(b.s));
	session_acknowledge(b.s, 1, b.now_ms);
	assert_int_equal(session_deadline(b.s), b.now_ms + 90000);
	bench_stop(&b);
}

/* A device that asks and asks and reads no answer: 100,000 pings. */
static void answers_that_nobody_reads_are_bounded(void **state)
{
	struct bench b = { 0 };
	size_t n = 0, len, taken;

	(void)state;
	bench_up(&b);
	do {
		taken = session_feed(b.s, (const uint8_t *)"\xc0\0", 2, b.now_ms);
		bench_read(&b);
		b.events[0] = '\0';
		n += taken;
	} while (taken > 0 && n < 200000);
	(void)session_tx_peek(b.s, &len);
	assert_in_range(len, 60000, 100000);
	assert_int_equal(len, n);
	assert_true(session_is_full(b.s));
	assert_int_equal(session_deadline(b.s), b.now_ms + 90000);    /* this silence is the device's */
	session_tx_done(b.s, len);
	assert_false(session_is_full(b.s));
	bench_stop(&b);
}

/* ---- Config ---- */

static void config_only_when_subscribed(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_start(&b);
	assert_false(config(&b, 1, "{}"));
	bench_stop(&b);
	bench_up(&b);
	assert_false(session_takes_config(b.s));
	assert_false(config(&b, 1, "{}"));
	subscribe(&b, ALL, 1);
	assert_false(config(&b, 1, "{}"));
	bench_sent(&b, BYTES(""));
	subscribe(&b, CONFIG, 1);
	assert_true(session_takes_config(b.s));
	assert_true(config(&b, 1, "{}"));
	bench_sent(&b, BYTES("\x32\x1b\0\x15" CONFIG "\0\1{}"));
	feed(&b, BYTES("\xa2\x19\0\1\0\x15" CONFIG));
	assert_false(config(&b, 2, "{}"));
	bench_stop(&b);
}

static void a_newer_config_does_not_wait_and_each_is_acknowledged_as_itself(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	subscribe(&b, CONFIG, 1);
	assert_true(config(&b, 3, "a"));
	assert_true(config(&b, 4, "b"));
	bench_sent(&b, BYTES("\x32\x1a\0\x15" CONFIG "\0\1a" "\x32\x1a\0\x15" CONFIG "\0\2b"));
	feed(&b, BYTES("\x40\2\0\2" "\x40\2\0\1" "\x40\2\0\1"));
	bench_saw(&b, "config_acked(4) config_acked(3) ");
	bench_stop(&b);
}

static void an_empty_config_is_one(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	subscribe(&b, CONFIG, 1);
	assert_true(config(&b, 1, ""));
	bench_sent(&b, BYTES("\x32\x19\0\x15" CONFIG "\0\1"));
	feed(&b, BYTES("\x40\2\0\1"));
	bench_saw(&b, "config_acked(1) ");
	bench_stop(&b);
}

/* The newest four are remembered; what came before them is acknowledged in vain. */
static void a_device_that_never_acknowledges_does_not_fill_memory(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	subscribe(&b, CONFIG, 1);
	for (uint64_t version = 1; version <= 1000; version++) {
		assert_true(config(&b, version, "x"));
		bench_drain(&b);
		b.sent_len = 0;
	}
	feed(&b, BYTES("\x40\2\x03\xe4" "\x40\2\x03\xe5" "\x40\2\x03\xe8"));   /* 996, 997, 1000 */
	bench_saw(&b, "config_acked(997) config_acked(1000) ");
	bench_stop(&b);
}

static void take_tx(struct bench *b, size_t n)
{
	size_t len;

	assert_non_null(session_tx_peek(b->s, &len));
	assert_true(n <= len);
	session_tx_done(b->s, n);
}

static void of_configs_that_find_no_room_only_the_newest_is_sent(void **state)
{
	static char large[60001];
	struct bench b = { 0 };
	size_t len, left;

	(void)state;
	memset(large, 'x', sizeof large - 1);
	bench_up(&b);
	subscribe(&b, CONFIG, 1);
	assert_true(config(&b, 1, large));
	assert_true(config(&b, 2, large));
	assert_true(config(&b, 3, "three"));
	assert_true(config(&b, 4, "four"));
	(void)session_tx_peek(b.s, &len);
	assert_in_range(len, 120000, 121000);
	take_tx(&b, 30000);
	(void)session_tx_peek(b.s, &left);
	assert_int_equal(left, len - 30000);      /* still too much: it waits */
	take_tx(&b, 30000);
	assert_true(config(&b, 5, "five"));       /* there is room again: 4 has left before */
	take_tx(&b, 60000);
	bench_drain(&b);
	assert_non_null(memmem(b.sent, b.sent_len, "four", 4));
	assert_non_null(memmem(b.sent, b.sent_len, "five", 4));
	assert_null(memmem(b.sent, b.sent_len, "three", 5));
	feed(&b, BYTES("\x40\2\0\3" "\x40\2\0\4"));
	bench_saw(&b, "config_acked(4) config_acked(5) ");
	bench_stop(&b);
}

/* ---- Commands ---- */

static void commands_and_their_tickets(void **state)
{
	struct bench b = { 0 };
	bool later;

	(void)state;
	bench_up(&b);
	assert_false(session_takes_commands(b.s));
	assert_false(command(&b, 1, "", "x"));
	subscribe(&b, ALL, 1);
	assert_true(session_takes_commands(b.s));
	assert_true(session_command(b.s, 1001, BYTES(""), BYTES("on"), &later, b.now_ms));
	assert_true(later);
	assert_true(session_command(b.s, 1002, BYTES("a/b"), BYTES(""), &later, b.now_ms));
	bench_sent(&b, BYTES("\x32\x1d\0\x17" "/devices/dev-1/commands" "\0\1on" "\x32\x1f\0\x1b" "/devices/dev-1/commands/a/b" "\0\2"));
	feed(&b, BYTES("\x40\2\0\2" "\x40\2\0\1"));
	bench_saw(&b, "command_acked(1002) command_acked(1001) ");
	subscribe(&b, ALL, 0);
	assert_true(session_command(b.s, 1003, BYTES(""), BYTES("on"), &later, b.now_ms));
	assert_false(later);
	bench_sent(&b, BYTES("\x30\x1b\0\x17" "/devices/dev-1/commands" "on"));
	bench_stop(&b);
}

static void commands_by_the_id_that_was_subscribed_to(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	subscribe(&b, NUM "commands/#", 0);
	assert_true(command(&b, 1, "a", "on"));
	bench_sent(&b, BYTES("\x30\x28\0\x24" NUM "commands/a" "on"));
	feed(&b, BYTES("\xa2\x1d\0\2\0\x19" ALL));        /* another subscription: not this one */
	assert_true(session_takes_commands(b.s));
	feed(&b, BYTES("\xa2\x28\0\2\0\x24" NUM "commands/#"));
	assert_false(session_takes_commands(b.s));
	bench_stop(&b);
}

static void without_hash_only_commands_without_subfolder(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	subscribe(&b, "/devices/dev-1/commands", 0);
	assert_true(command(&b, 1, "", "x"));
	assert_false(command(&b, 1, "a", "x"));
	subscribe(&b, ALL, 0);
	assert_true(command(&b, 1, "a", "x"));
	subscribe(&b, "/devices/dev-1/commands", 0);
	assert_true(command(&b, 1, "a", "x"));            /* the wider one is still there */
	bench_stop(&b);
}

static void commands_without_puback_are_bounded(void **state)
{
	struct bench b = { .cfg = session_config_default() };

	(void)state;
	b.cfg.sent_max = 2;
	bench_up(&b);
	subscribe(&b, ALL, 1);
	subscribe(&b, CONFIG, 1);
	assert_true(command(&b, 1, "", "x"));
	assert_true(command(&b, 2, "", "x"));
	assert_false(command(&b, 3, "", "x"));
	assert_true(config(&b, 1, "{}"));                 /* that is another matter */
	feed(&b, BYTES("\x40\2\0\1"));
	assert_true(command(&b, 4, "", "x"));
	bench_stop(&b);
}

/* 65,535 identifiers, one of them never acknowledged. */
static void an_identifier_in_use_is_not_given_out_again(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	subscribe(&b, ALL, 1);
	assert_true(command(&b, 7777, "", "x"));
	bench_drain(&b);
	for (unsigned i = 2; i < 65536 + 10; i++) {
		unsigned want = i < 65536 ? i : i - 65536 + 2;   /* neither 0 nor 1 */
		uint8_t puback[] = { 0x40, 2, (uint8_t)(want >> 8), (uint8_t)want };

		b.sent_len = 0;
		assert_true(command(&b, i, "", "x"));
		bench_drain(&b);
		assert_memory_equal(b.sent + b.sent_len - 3, puback + 2, 2);
		feed(&b, (struct bytes){ puback, 4 });
		b.events[0] = '\0';
	}
	feed(&b, BYTES("\x40\2\0\1"));
	bench_saw(&b, "command_acked(7777) ");
	bench_stop(&b);
}

static void a_command_for_a_device_that_does_not_read_is_refused(void **state)
{
	static char large[90001];
	struct bench b = { 0 };

	(void)state;
	memset(large, 'x', sizeof large - 1);
	bench_up(&b);
	subscribe(&b, ALL, 0);
	assert_true(command(&b, 1, "", large));
	assert_false(command(&b, 2, "", "x"));
	take_tx(&b, 10000);
	assert_true(command(&b, 3, "", "x"));
	bench_stop(&b);
}

/* ---- Time ---- */

static void ends_at(struct bench *b, uint64_t at_ms, enum reason_code code, const char *says)
{
	assert_int_equal(session_deadline(b->s), at_ms);
	session_step(b->s, at_ms - 1);
	assert_null(session_why(b->s));
	session_step(b->s, at_ms);
	bench_read(b);
	assert_int_equal(b->end, code);
	if (strstr(b->why, says) == NULL)
		fail_msg("'%s' does not say '%s'", b->why, says);
	assert_int_equal(session_deadline(b->s), UINT64_MAX);
	bench_stop(b);
}

static void who_does_not_log_in_is_ended(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_start(&b);
	ends_at(&b, 1000000 + 10000, REASON_LOGIN_TIME, "no CONNECT within 10 s: 0 bytes of it came");
}

/* The flood of 2009 that Apache is remembered for: a byte now and then. */
static void who_logs_in_byte_by_byte_is_ended_as_soon(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_start(&b);
	for (size_t i = 0; i < 20; i++) {
		session_step(b.s, b.now_ms);
		assert_int_equal(session_feed(b.s, (const uint8_t *)BENCH_CONNECT + i, 1, b.now_ms), 1);
		b.now_ms += 499;
	}
	ends_at(&b, 1000000 + 10000, REASON_LOGIN_TIME, "18 bytes of it came");
}

static void keepalive_is_waited_for_one_and_a_half_times(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	b.now_ms += 50000;
	feed(&b, BYTES("\xc0\0"));
	ends_at(&b, 1000000 + 50000 + 90000, REASON_KEEPALIVE, "nothing came for 90 s: the device's keepalive is 60 s");
}

/* A message over a slow network may take longer than the keepalive. */
static void a_byte_of_a_message_is_a_sign_of_life(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	feed(&b, BYTES("\x32\x97\x80\x08\0\x15" EVENTS "\0\1"));
	for (size_t i = 0; i < 10; i++) {
		b.now_ms += 89999;
		session_step(b.s, b.now_ms);
		feed(&b, BYTES("x"));
		assert_null(session_why(b.s));
	}
	ends_at(&b, b.now_ms + 90000, REASON_KEEPALIVE, "keepalive");
}

static void bring_up_without_keepalive(struct bench *b)
{
	bench_start(b);
	feed(b, BYTES("\x10\x0f\0\4MQTT\4\2\0\0\0\3abc"));
	bench_forget(b);
}

static void twenty_idle_minutes_end_it_without_keepalive(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bring_up_without_keepalive(&b);
	b.now_ms += 1199999;
	feed(&b, BYTES("\xc0\0"));
	ends_at(&b, 1000000 + 1199999 + 1200000, REASON_IDLE, "no packet came or went for 1200 s; 1200 s are allowed");
}

/* Bytes are no packet: nobody holds a connection by a message that never ends. */
static void a_message_that_never_ends_is_idle(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bring_up_without_keepalive(&b);
	feed(&b, BYTES("\x32\x97\x80\x08\0\x15" EVENTS "\0\1"));
	b.now_ms += 600000;
	feed(&b, BYTES("x"));
	ends_at(&b, 1000000 + 1200000, REASON_IDLE, "no packet");
}

static void a_command_is_no_idleness(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bring_up_without_keepalive(&b);
	subscribe(&b, ALL, 0);
	b.now_ms += 600000;
	assert_true(command(&b, 1, "", "x"));
	assert_int_equal(session_deadline(b.s), b.now_ms + 1200000);
	bench_stop(&b);
}

static void a_keepalive_longer_than_the_idle_time_does_not_help(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_start(&b);
	feed(&b, BYTES("\x10\x0f\0\4MQTT\4\2\xff\xff\0\3abc"));
	ends_at(&b, 1000000 + 1200000, REASON_IDLE, "1200 s");
}

/* ---- The end ---- */

static void the_first_end_stays(void **state)
{
	struct bench b = { 0 };
	struct reason first, second;

	(void)state;
	reason_set(&first, REASON_REPLACED, "replaced by 192.0.2.7");
	reason_set(&second, REASON_SHUTTING_DOWN, "the bridge stops");
	bench_up(&b);
	session_close(b.s, &first);
	session_close(b.s, &second);
	session_step(b.s, b.now_ms + 10000000);
	bench_saw(&b, "end(REPLACED) ");
	assert_int_equal(strncmp(b.why, "replaced by 192.0.2.7 - ", 24), 0);
	assert_false(config(&b, 1, "{}"));
	assert_false(command(&b, 1, "", "x"));
	assert_false(session_is_full(b.s));
	bench_stop(&b);
}

/* It was whole when the end came: a QoS 0 message would be lost in silence. */
static void a_message_that_was_whole_is_told_before_the_end(void **state)
{
	struct bench b = { 0 };
	struct reason why;
	const struct bytes in = BYTES("\x32\x1b\0\x15" EVENTS "\0\1hi");

	(void)state;
	reason_set(&why, REASON_REPLACED, "replaced");
	bench_up(&b);
	assert_int_equal(session_feed(b.s, in.data, in.len, b.now_ms), in.len);
	session_close(b.s, &why);
	bench_saw(&b, "publish(events '' 'hi' 1) end(REPLACED) ");
	bench_sent(&b, BYTES(""));
	bench_stop(&b);
}

static void what_was_owed_before_the_end_can_still_leave(void **state)
{
	struct bench b = { 0 };
	struct reason why;
	const struct bytes in = BYTES("\xc0\0");

	(void)state;
	reason_set(&why, REASON_TOKEN_EXPIRED, "expired");
	bench_up(&b);
	assert_int_equal(session_feed(b.s, in.data, in.len, b.now_ms), in.len);
	bench_read(&b);
	session_close(b.s, &why);
	bench_sent(&b, BYTES("\xd0\0"));
	bench_stop(&b);
}

static void several_refused_filters_are_said_to_be_several(void **state)
{
	struct bench b = { 0 };

	(void)state;
	bench_up(&b);
	feed(&b, BYTES("\x82\x32\0\1\0\x15" EVENTS "\1\0\x15" "/devices/dev-1/events" "\1"));
	assert_non_null(strstr(b.refused, "filter '/devices/dev-1/events' is none that a device may subscribe to"));
	assert_non_null(strstr(b.refused, "(and others of the same SUBSCRIBE)"));
	bench_sent(&b, BYTES("\x90\4\0\1\x80\x80"));
	feed(&b, BYTES("\xc0\0"));
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pubacks_leave_in_the_order_of_the_messages),
		cmocka_unit_test(unknown_tickets_mean_nothing),
		cmocka_unit_test(a_message_sent_again_while_it_is_held_is_one_message),
		cmocka_unit_test(new_messages_under_one_identifier_are_acknowledged_one_by_one),
		cmocka_unit_test(a_repeat_that_differs_is_another_message),
		cmocka_unit_test(nothing_is_read_while_too_many_messages_are_held),
		cmocka_unit_test(nothing_is_read_while_too_many_bytes_are_held),
		cmocka_unit_test(times_stand_still_while_the_bridge_does_not_read),
		cmocka_unit_test(answers_that_nobody_reads_are_bounded),
		cmocka_unit_test(config_only_when_subscribed),
		cmocka_unit_test(a_newer_config_does_not_wait_and_each_is_acknowledged_as_itself),
		cmocka_unit_test(an_empty_config_is_one),
		cmocka_unit_test(a_device_that_never_acknowledges_does_not_fill_memory),
		cmocka_unit_test(of_configs_that_find_no_room_only_the_newest_is_sent),
		cmocka_unit_test(commands_and_their_tickets),
		cmocka_unit_test(commands_by_the_id_that_was_subscribed_to),
		cmocka_unit_test(without_hash_only_commands_without_subfolder),
		cmocka_unit_test(commands_without_puback_are_bounded),
		cmocka_unit_test(an_identifier_in_use_is_not_given_out_again),
		cmocka_unit_test(a_command_for_a_device_that_does_not_read_is_refused),
		cmocka_unit_test(who_does_not_log_in_is_ended),
		cmocka_unit_test(who_logs_in_byte_by_byte_is_ended_as_soon),
		cmocka_unit_test(keepalive_is_waited_for_one_and_a_half_times),
		cmocka_unit_test(a_byte_of_a_message_is_a_sign_of_life),
		cmocka_unit_test(twenty_idle_minutes_end_it_without_keepalive),
		cmocka_unit_test(a_message_that_never_ends_is_idle),
		cmocka_unit_test(a_command_is_no_idleness),
		cmocka_unit_test(a_keepalive_longer_than_the_idle_time_does_not_help),
		cmocka_unit_test(the_first_end_stays),
		cmocka_unit_test(a_message_that_was_whole_is_told_before_the_end),
		cmocka_unit_test(what_was_owed_before_the_end_can_still_leave),
		cmocka_unit_test(several_refused_filters_are_said_to_be_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
