/* SPDX-License-Identifier: Apache-2.0 */
/* test_sockets.c - data both ways: buffers, URCs, order, endings, counters, pace. */
#include "unit/cmocka_all.h"

#include "rig.h"

#include <stdio.h>
#include <string.h>

#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"

static struct rig r;

static int online(void **state)
{
	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true }, 4096);
	rig_connected(&r, 0);
	return 0;
}

static int done(void **state)
{
	(void)state;
	rig_free(&r);
	return 0;
}

static void send(size_t n, const char *result)
{
	static uint8_t data[MODEM_SEND_MAX];
	char text[32];

	memset(data, 'x', sizeof data);
	snprintf(text, sizeof text, "AT+QISEND=0,%zu\r", n);
	rig_says(&r, text, "\r\n> ");
	rig_feed(&r, data, n);
	rig_expects(&r, result);
}

/* ---- receiving ---- */

static void recv_is_said_once_until_the_buffer_was_read_empty(void **state)
{
	(void)state;
	rig_peer_sends(&r, 0, "abc", 3);
	rig_expects(&r, "\r\n+QIURC: \"recv\",0\r\n");
	rig_peer_sends(&r, 0, "def", 3);
	rig_expects(&r, "");
	rig_says(&r, "AT+QIRD=0,4\r", "\r\n+QIRD: 4\r\nabcd\r\n" OK);
	rig_peer_sends(&r, 0, "ghi", 3);
	rig_expects(&r, "");
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 5\r\nefghi\r\n" OK);
	rig_peer_sends(&r, 0, "j", 1);
	rig_expects(&r, "\r\n+QIURC: \"recv\",0\r\n");
}

static void recv_may_wait_for_a_read_of_nothing(void **state)
{
	char buf[80];
	struct text why;

	(void)state;
	text_init(&why, buf, sizeof buf);
	assert_true(modem_set_quirk(r.m, "recv-again", "zero", &why));
	rig_peer_sends(&r, 0, "abc", 3);
	rig_expects(&r, "\r\n+QIURC: \"recv\",0\r\n");
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 3\r\nabc\r\n" OK);
	rig_peer_sends(&r, 0, "def", 3);
	rig_expects(&r, "");
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 3\r\ndef\r\n" OK);
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n" OK);
	rig_peer_sends(&r, 0, "ghi", 3);
	rig_expects(&r, "\r\n+QIURC: \"recv\",0\r\n");
}

static void recv_tells_the_length_where_asked_to(void **state)
{
	(void)state;
	rig_says(&r, "AT+QICFG=\"recvind\",1\r", OK);
	rig_peer_sends(&r, 0, "abc", 3);
	rig_expects(&r, "\r\n+QIURC: \"recv\",0,3\r\n");
}

static void the_window_closes_when_ten_kilobytes_are_unread(void **state)
{
	static uint8_t data[MODEM_BUFFER];
	size_t left = sizeof data;

	(void)state;
	assert_int_equal(modem_socket_room(r.m, 0), MODEM_BUFFER);
	rig_peer_sends(&r, 0, data, sizeof data);
	assert_int_equal(modem_socket_room(r.m, 0), 0);
	rig_clear(&r);
	while (left > 0) {
		rig_type(&r, "AT+QIRD=0,1500\r");
		rig_clear(&r);
		left -= left < 1500 ? left : 1500;
		assert_int_equal(modem_socket_room(r.m, 0), MODEM_BUFFER - left);
	}
	rig_says(&r, "AT+QIRD=0,0\r", "\r\n+QIRD: 10240,10240,0\r\n" OK);
}

static void unread_data_stays_readable_after_closed(void **state)
{
	(void)state;
	rig_peer_sends(&r, 0, "abc", 3);
	rig_clear(&r);
	rig_peer_closes(&r, 0);
	rig_expects(&r, "\r\n+QIURC: \"closed\",0\r\n");
	rig_says(&r, "AT+QISTATE=1,0\r",
		 "\r\n+QISTATE: 0,\"TCP\",\"104.155.82.190\",1883,22742,4,1,0,0,\"uart1\"\r\n" OK);
	rig_says(&r, "AT+QISEND=0,1\r", ERROR);
	rig_says(&r, "AT+QIGETERROR\r", "\r\n+QIGETERROR: 572,operation not allowed\r\n" OK);
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 3\r\nabc\r\n" OK);
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n" OK);
	rig_says(&r, "AT+QIOPEN=1,0,\"TCP\",\"host\",1883\r", OK "\r\n+QIOPEN: 0,563\r\n");
	rig_says(&r, "AT+QICLOSE=0\r", OK);
	rig_says(&r, "AT+QIRD=0,1500\r", ERROR);
	rig_says(&r, "AT+QIOPEN=1,0,\"TCP\",\"host\",1883\r", OK "\r\n+QIOPEN: 0,0\r\n");
}

static void unread_data_is_dropped_where_firmware_does(void **state)
{
	char buf[80];
	struct text why;

	(void)state;
	text_init(&why, buf, sizeof buf);
	assert_true(modem_set_quirk(r.m, "unread", "dropped", &why));
	rig_peer_sends(&r, 0, "abc", 3);
	rig_clear(&r);
	rig_peer_closes(&r, 0);
	rig_expects(&r, "\r\n+QIURC: \"closed\",0\r\n");
	rig_says(&r, "AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n" OK);
}

static void urcs_wait_until_a_payload_is_complete(void **state)
{
	(void)state;
	rig_says(&r, "AT+QISEND=0,4\r", "\r\n> ");
	rig_peer_sends(&r, 0, "abc", 3);
	rig_expects(&r, "");
	rig_type(&r, "da");
	modem_inject_urc(r.m, "+CREG: 1", r.now_ms);
	rig_wait(&r, 10000);
	rig_expects(&r, "");
	rig_says(&r, "ta", "\r\nSEND OK\r\n\r\n+QIURC: \"recv\",0\r\n\r\n+CREG: 1\r\n");
}

static void urcs_wait_while_a_command_is_typed(void **state)
{
	(void)state;
	rig_says(&r, "AT+C", "");
	modem_inject_urc(r.m, "+CREG: 1", r.now_ms);
	rig_wait(&r, 199);
	rig_expects(&r, "");
	rig_wait(&r, 1);
	rig_expects(&r, "\r\n+CREG: 1\r\n");
	rig_says(&r, "SQ\r", "\r\n+CSQ: 20,99\r\n" OK);
}

static void data_for_another_socket_is_told_behind_the_payload(void **state)
{
	(void)state;
	rig_says(&r, "AT+QIOPEN=1,5,\"TCP\",\"host\",80\r", OK "\r\n+QIOPEN: 5,0\r\n");
	rig_says(&r, "AT+QISEND=0,2\r", "\r\n> ");
	rig_peer_sends(&r, 5, "x", 1);
	rig_says(&r, "ab", "\r\nSEND OK\r\n\r\n+QIURC: \"recv\",5\r\n");
	assert_int_equal(r.peer[5].got_len, 0);
	assert_int_equal(r.peer[0].got_len, 2);
}

/* Data and the end arrive before a late +QIOPEN: they are told in order. */
static void what_comes_before_a_late_result_is_told_after_it(void **state)
{
	struct modem_fault f = modem_fault_default(MODEM_DO_DELAY, MODEM_AT_OPEN);

	(void)state;
	f.ms = 1000;
	rig_fault(&r, &f);
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",80\r", OK);
	rig_peer_sends(&r, 1, "abc", 3);
	rig_expects(&r, "");
	rig_peer_closes(&r, 1);
	rig_expects(&r, "\r\n+QIOPEN: 1,0\r\n\r\n+QIURC: \"recv\",1\r\n\r\n+QIURC: \"closed\",1\r\n");
	rig_wait(&r, 2000);
	rig_expects(&r, "");
	rig_says(&r, "AT+QIRD=1\r", "\r\n+QIRD: 3\r\nabc\r\n" OK);
}

/* ---- sending ---- */

static void every_byte_value_is_sent_as_it_is(void **state)
{
	uint8_t data[256];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)i;
	for (r.chunk = 1; r.chunk < 9; r.chunk++) {
		r.peer[0].got_len = 0;
		rig_says(&r, "AT+QISEND=0,256\r", "\r\n> ");
		rig_feed(&r, data, sizeof data);
		rig_expects(&r, "\r\nSEND OK\r\n");
		assert_int_equal(r.peer[0].got_len, sizeof data);
		assert_memory_equal(r.peer[0].got, data, sizeof data);
	}
}

static void the_send_buffer_fills_up_and_empties(void **state)
{
	(void)state;
	r.window = 0;
	for (int i = 0; i < 7; i++)
		send(1460, "\r\nSEND OK\r\n");
	send(1460, "\r\nSEND FAIL\r\n");
	send(20, "\r\nSEND OK\r\n");
	send(1, "\r\nSEND FAIL\r\n");
	rig_says(&r, "AT+QISEND=0,0\r", "\r\n+QISEND: 10240,0,10240\r\n" OK);
	r.window = SIZE_MAX;
	modem_socket_writable(r.m, 0, r.now_ms);
	rig_pump(&r);
	assert_int_equal(r.peer[0].got_len, MODEM_BUFFER);
	rig_says(&r, "AT+QISEND=0,0\r", "\r\n+QISEND: 10240,10240,0\r\n" OK);
	send(1460, "\r\nSEND OK\r\n");
}

static void what_the_peer_has_not_acknowledged_counts(void **state)
{
	(void)state;
	modem_socket_unsent(r.m, 0, 0, r.now_ms);
	send(1000, "\r\nSEND OK\r\n");
	rig_says(&r, "AT+QISEND=0,0\r", "\r\n+QISEND: 1000,0,1000\r\n" OK);
	modem_socket_unsent(r.m, 0, 400, r.now_ms);
	rig_says(&r, "AT+QISEND=0,0\r", "\r\n+QISEND: 1000,600,400\r\n" OK);
	modem_socket_unsent(r.m, 0, 10000, r.now_ms);
	send(241, "\r\nSEND FAIL\r\n");
	send(240, "\r\nSEND OK\r\n");
}

static void payload_is_echoed_only_with_both_echoes_on(void **state)
{
	(void)state;
	rig_says(&r, "ATE1\r", OK);
	rig_says(&r, "AT+QISEND=0,3\r", "AT+QISEND=0,3\r\r\n> ");
	rig_says(&r, "abc", "abc\r\nSEND OK\r\n");
	rig_says(&r, "AT+QISDE=0\r", "AT+QISDE=0\r" OK);
	rig_says(&r, "AT+QISEND=0,3\r", "AT+QISEND=0,3\r\r\n> ");
	rig_says(&r, "abc", "\r\nSEND OK\r\n");
}

static void an_incomplete_payload_waits_for_ever_or_as_long_as_told(void **state)
{
	char buf[80];
	struct text why;

	(void)state;
	rig_says(&r, "AT+QISEND=0,3\r", "\r\n> ");
	rig_wait(&r, 3600000);
	rig_says(&r, "abc", "\r\nSEND OK\r\n");
	text_init(&why, buf, sizeof buf);
	assert_true(modem_set_quirk(r.m, "send-timeout", "5000", &why));
	rig_says(&r, "AT+QISEND=0,3\r", "\r\n> ");
	rig_type(&r, "ab");
	rig_wait(&r, 4999);
	rig_expects(&r, "");
	rig_wait(&r, 1);
	rig_expects(&r, ERROR);
	rig_says(&r, "AT\r", OK);
}

static void prompts_come_in_three_forms(void **state)
{
	static const struct { const char *quirk, *prompt; } rows[] = {
		{ "space", "\r\n> " }, { "bare", "\r\n>" }, { "line", "\r\n>\r\n" },
	};
	char buf[80];
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_init(&why, buf, sizeof buf);
		assert_true(modem_set_quirk(r.m, "prompt", rows[i].quirk, &why));
		rig_says(&r, "AT+QISEND=0,1\r", rows[i].prompt);
		rig_says(&r, "x", "\r\nSEND OK\r\n");
	}
}

/* ---- closing ---- */

static void closing_waits_until_everything_is_sent(void **state)
{
	(void)state;
	r.window = 0;
	send(1000, "\r\nSEND OK\r\n");
	rig_says(&r, "AT+QICLOSE=0\r", "");
	rig_says(&r, "AT\r", "");                  /* the port is blocked meanwhile */
	r.window = SIZE_MAX;
	modem_socket_writable(r.m, 0, r.now_ms);
	rig_pump(&r);
	rig_expects(&r, OK OK);
	assert_int_equal(r.peer[0].got_len, 1000);
	assert_false(r.peer[0].connected);
	assert_false(r.peer[0].was_reset);
}

static void closing_gives_up_after_its_time(void **state)
{
	(void)state;
	r.window = 0;
	send(1000, "\r\nSEND OK\r\n");
	rig_says(&r, "AT+QICLOSE=0,3\r", "");
	rig_wait(&r, 2999);
	rig_expects(&r, "");
	rig_wait(&r, 1);
	rig_expects(&r, OK);
	assert_true(r.peer[0].was_reset);
}

static void closing_does_not_wait_for_a_peer_that_is_gone(void **state)
{
	(void)state;
	r.window = 0;
	send(1000, "\r\nSEND OK\r\n");
	rig_says(&r, "AT+QICLOSE=0\r", "");
	rig_peer_closes(&r, 0);
	rig_wait(&r, 0);
	rig_expects(&r, "\r\n+QIURC: \"closed\",0\r\n" OK);
}

static void closing_with_zero_resets_at_once(void **state)
{
	(void)state;
	r.window = 0;
	send(1000, "\r\nSEND OK\r\n");
	rig_says(&r, "AT+QICLOSE=0,0\r", OK);
	assert_true(r.peer[0].was_reset);
}

/* ---- opening ---- */

static void a_refused_connection_leaves_the_id_to_be_closed(void **state)
{
	(void)state;
	r.refuse = MODEM_ERR_CONNECT;
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",1\r", OK "\r\n+QIOPEN: 1,566\r\n");
	rig_says(&r, "AT+QIGETERROR\r", "\r\n+QIGETERROR: 566,socket connect failed\r\n" OK);
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",1\r", OK "\r\n+QIOPEN: 1,563\r\n");
	rig_says(&r, "AT+QICLOSE=1\r", OK);
	r.refuse = 0;
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",1\r", OK "\r\n+QIOPEN: 1,0\r\n");
}

static void no_answer_for_150_seconds_is_a_time_out(void **state)
{
	(void)state;
	r.deaf = true;
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",1\r", OK);
	rig_wait(&r, 149999);
	rig_expects(&r, "");
	rig_wait(&r, 1);
	rig_expects(&r, "\r\n+QIOPEN: 1,569\r\n");
}

static void an_answer_that_comes_after_qiclose_is_ignored(void **state)
{
	(void)state;
	r.deaf = true;
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",1\r", OK);
	rig_says(&r, "AT+QICLOSE=1\r", OK);
	modem_socket_opened(r.m, 1, "1.2.3.4", 5, r.now_ms);
	modem_socket_data(r.m, 1, (const uint8_t *)"x", 1, r.now_ms);
	modem_socket_closed(r.m, 1, r.now_ms);
	rig_pump(&r);
	rig_expects(&r, "");
	rig_says(&r, "AT+QISTATE=1,1\r", OK);
}

static void twelve_sockets_are_open_at_once(void **state)
{
	char text[64], expect[96];

	(void)state;
	for (int id = 1; id < MODEM_SOCKETS; id++) {
		snprintf(text, sizeof text, "AT+QIOPEN=1,%d,\"TCP\",\"host\",80\r", id);
		snprintf(expect, sizeof expect, OK "\r\n+QIOPEN: %d,0\r\n", id);
		rig_says(&r, text, expect);
	}
	for (int id = 0; id < MODEM_SOCKETS; id++)
		rig_peer_sends(&r, id, "y", 1);
	rig_clear(&r);
	for (int id = 0; id < MODEM_SOCKETS; id++) {
		snprintf(text, sizeof text, "AT+QIRD=%d\r", id);
		rig_says(&r, text, "\r\n+QIRD: 1\r\ny\r\n" OK);
	}
	rig_says(&r, "AT+QIDEACT=1\r", OK);
	for (int id = 0; id < MODEM_SOCKETS; id++)
		assert_false(r.peer[id].connected);
	rig_says(&r, "AT+QISTATE?\r", OK);
}

static void loss_of_registration_holds_traffic_and_denial_ends_it(void **state)
{
	struct modem_network n = modem_network(r.m);

	(void)state;
	n.stat = 4;
	modem_set_network(r.m, &n, r.now_ms);
	assert_int_equal(modem_socket_room(r.m, 0), 0);
	send(10, "\r\nSEND OK\r\n");
	assert_int_equal(r.peer[0].got_len, 0);
	n.stat = 1;
	modem_set_network(r.m, &n, r.now_ms);
	rig_pump(&r);
	assert_int_equal(r.peer[0].got_len, 10);
	assert_int_equal(modem_socket_room(r.m, 0), MODEM_BUFFER);
	n.stat = 3;
	modem_set_network(r.m, &n, r.now_ms);
	rig_pump(&r);
	rig_expects(&r, "\r\n+QIURC: \"pdpdeact\",1\r\n");
	rig_says(&r, "AT+QISEND=0,1\r", ERROR);
	rig_says(&r, "AT+QIGETERROR\r", "\r\n+QIGETERROR: 570,PDP context broken down\r\n" OK);
}

/* ---- counters ---- */

static void traffic_is_counted(void **state)
{
	const struct modem_counters *c = modem_counters(r.m);

	(void)state;
	modem_reset_counters(r.m);
	send(100, "\r\nSEND OK\r\n");
	send(50, "\r\nSEND OK\r\n");
	rig_peer_sends(&r, 0, "abcdef", 6);
	rig_type(&r, "AT+QIRD=0,4\r");
	rig_type(&r, "AT+QIRD=0,4\r");
	rig_type(&r, "AT+QIRD=0,4\r");
	rig_clear(&r);
	send(1, "\r\nSEND OK\r\n");
	rig_peer_sends(&r, 0, "g", 1);
	assert_int_equal(c->all.up, 151);
	assert_int_equal(c->all.down, 7);
	assert_int_equal(c->all.sends, 3);
	assert_int_equal(c->all.reads, 2);
	assert_int_equal(c->all.turns, 3);
	assert_int_equal(c->all.round_trips, 2);
	assert_memory_equal(&c->socket[0], &c->all, sizeof c->all);
	assert_int_equal(c->commands, 6);
	modem_reset_counters(r.m);
	assert_int_equal(c->all.up, 0);
	assert_int_equal(c->commands, 0);
}

/* ---- pace, queues, determinism ---- */

static void bytes_take_their_time_at_a_rate(void **state)
{
	static struct rig p;
	uint32_t begun;

	(void)state;
	rig_init(&p, &(struct modem_config){ .on = true, .baud = 9600 }, 4096);
	begun = p.now_ms;
	rig_type(&p, "AT\r");                       /* 3 bytes in: 3.125 ms; 9 bytes out: 9.375 ms */
	rig_expects(&p, "");
	while (p.len < 9 && p.now_ms - begun < 100)
		rig_wait(&p, 1);
	rig_expects(&p, "AT\r" OK);
	assert_in_range(p.now_ms - begun, 11, 14);
	rig_free(&p);
}

static void a_kilobyte_at_115200_takes_89_ms(void **state)
{
	static struct rig p;
	uint32_t begun;
	uint8_t data[1024] = { 0 };

	(void)state;
	rig_init(&p, &(struct modem_config){ .on = true, .baud = 115200 }, 4096);
	rig_type(&p, "ATE0\r");
	rig_wait(&p, 1000);
	rig_type(&p, "AT+QIACT=1\r");
	rig_wait(&p, 10);
	rig_type(&p, "AT+QIOPEN=1,0,\"TCP\",\"host\",1\r");
	rig_wait(&p, 10);
	rig_type(&p, "AT+QISEND=0,1024\r");
	rig_wait(&p, 10);
	rig_clear(&p);
	begun = p.now_ms;
	rig_feed(&p, data, sizeof data);
	while (p.peer[0].got_len < 1024 && p.now_ms - begun < 1000)
		rig_wait(&p, 1);
	assert_in_range(p.now_ms - begun, 88, 90);
	rig_free(&p);
}

static void a_new_rate_holds_after_its_answer(void **state)
{
	static struct rig p;
	uint32_t begun;

	(void)state;
	rig_init(&p, &(struct modem_config){ .on = true, .baud = 9600 }, 4096);
	rig_type(&p, "ATE0\r");
	rig_wait(&p, 1000);
	rig_clear(&p);
	rig_type(&p, "AT+IPR=115200\r");
	rig_wait(&p, 1000);
	rig_expects(&p, OK);
	begun = p.now_ms;
	rig_type(&p, "AT\r");
	while (p.len < 6 && p.now_ms - begun < 100)
		rig_wait(&p, 1);
	assert_in_range(p.now_ms - begun, 1, 2);
	rig_free(&p);
}

static void latency_is_spread_between_its_bounds(void **state)
{
	uint32_t begun, least = UINT32_MAX, most = 0;

	(void)state;
	assert_true(modem_set_latency(r.m, "CSQ", 10, 30));
	assert_false(modem_set_latency(r.m, "NOSUCH", 10, 30));
	assert_false(modem_set_latency(r.m, "CSQ", 30, 10));
	for (int i = 0; i < 200; i++) {
		begun = r.now_ms;
		rig_type(&r, "AT+CSQ\r");
		while (r.len == 0)
			rig_wait(&r, 1);
		least = r.now_ms - begun < least ? r.now_ms - begun : least;
		most = r.now_ms - begun > most ? r.now_ms - begun : most;
		rig_clear(&r);
	}
	assert_int_equal(least, 10);
	assert_int_equal(most, 30);
	rig_says(&r, "AT\r", OK);
}

static void a_host_that_does_not_wait_gets_its_answers_in_order(void **state)
{
	(void)state;
	modem_set_latency(r.m, "CSQ", 50, 50);
	rig_says(&r, "AT+CSQ\rAT+CFUN?\rAT+CSQ\r", "");
	rig_wait(&r, 100);
	rig_expects(&r, "\r\n+CSQ: 20,99\r\n" OK "\r\n+CFUN: 1\r\n" OK "\r\n+CSQ: 20,99\r\n" OK);
}

static void a_line_that_is_too_long_is_an_error(void **state)
{
	char text[4000];

	(void)state;
	memset(text, 'A', sizeof text - 1);
	text[sizeof text - 2] = '\r';
	text[sizeof text - 1] = '\0';
	rig_says(&r, text, "");                  /* no "AT" in it */
	text[1] = 'T';
	rig_says(&r, text, ERROR);
	rig_says(&r, "AT\r", OK);
}

static void input_is_taken_while_nobody_reads_the_output(void **state)
{
	static char text[60000];
	size_t n;

	(void)state;
	for (size_t i = 0; i + 4 < sizeof text; i += 4)
		memcpy(text + i, "ATI\r", 4);
	modem_feed(r.m, (const uint8_t *)text, sizeof text - 4, r.now_ms);
	modem_tx_peek(r.m, &n);
	assert_true(n > 0);
	assert_true(modem_counters(r.m)->uart_lost > 0);
	rig_pump(&r);
	rig_clear(&r);
	rig_says(&r, "\rAT\r", OK);
}

static void nothing_is_said_before_the_host_speaks(void **state)
{
	static struct rig p;

	(void)state;
	rig_init(&p, &(struct modem_config){ .on = true }, 4096);
	modem_inject_urc(p.m, "+CREG: 1", p.now_ms);
	rig_wait(&p, 100000);
	rig_expects(&p, "");
	rig_says(&p, "AT\r", "AT\r" OK);
	rig_free(&p);
}

static void session(struct rig *p, uint64_t seed)
{
	struct modem_fault f = modem_fault_default(MODEM_DO_CORRUPT, MODEM_AT_DOWN);

	rig_init(p, &(struct modem_config){ .on = true, .seed = seed, .baud = 115200 }, 3);
	f.probability = 50000;
	f.count = MODEM_ALWAYS;
	rig_fault(p, &f);
	modem_set_latency(p->m, "", 0, 20);
	for (int i = 0; i < 20; i++) {
		rig_type(p, "AT+QIACT=1\rAT+QIACT?\rAT+QIDEACT=1\r");
		rig_wait(p, 500);
	}
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
	static struct rig a, b, c;

	(void)state;
	session(&a, 7);
	session(&b, 7);
	session(&c, 8);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.out, b.out, a.len);
	assert_true(a.len != c.len || memcmp(a.out, c.out, a.len) != 0);
	rig_free(&a);
	rig_free(&b);
	rig_free(&c);
}

#define ONLINE(test) cmocka_unit_test_setup_teardown(test, online, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONLINE(recv_is_said_once_until_the_buffer_was_read_empty),
		ONLINE(recv_may_wait_for_a_read_of_nothing),
		ONLINE(recv_tells_the_length_where_asked_to),
		ONLINE(the_window_closes_when_ten_kilobytes_are_unread),
		ONLINE(unread_data_stays_readable_after_closed),
		ONLINE(unread_data_is_dropped_where_firmware_does),
		ONLINE(urcs_wait_until_a_payload_is_complete),
		ONLINE(urcs_wait_while_a_command_is_typed),
		ONLINE(data_for_another_socket_is_told_behind_the_payload),
		ONLINE(what_comes_before_a_late_result_is_told_after_it),
		ONLINE(every_byte_value_is_sent_as_it_is),
		ONLINE(the_send_buffer_fills_up_and_empties),
		ONLINE(what_the_peer_has_not_acknowledged_counts),
		ONLINE(payload_is_echoed_only_with_both_echoes_on),
		ONLINE(an_incomplete_payload_waits_for_ever_or_as_long_as_told),
		ONLINE(prompts_come_in_three_forms),
		ONLINE(closing_waits_until_everything_is_sent),
		ONLINE(closing_gives_up_after_its_time),
		ONLINE(closing_does_not_wait_for_a_peer_that_is_gone),
		ONLINE(closing_with_zero_resets_at_once),
		ONLINE(a_refused_connection_leaves_the_id_to_be_closed),
		ONLINE(no_answer_for_150_seconds_is_a_time_out),
		ONLINE(an_answer_that_comes_after_qiclose_is_ignored),
		ONLINE(twelve_sockets_are_open_at_once),
		ONLINE(loss_of_registration_holds_traffic_and_denial_ends_it),
		ONLINE(traffic_is_counted),
		cmocka_unit_test(bytes_take_their_time_at_a_rate),
		cmocka_unit_test(a_kilobyte_at_115200_takes_89_ms),
		cmocka_unit_test(a_new_rate_holds_after_its_answer),
		ONLINE(latency_is_spread_between_its_bounds),
		ONLINE(a_host_that_does_not_wait_gets_its_answers_in_order),
		ONLINE(a_line_that_is_too_long_is_an_error),
		ONLINE(input_is_taken_while_nobody_reads_the_output),
		cmocka_unit_test(nothing_is_said_before_the_host_speaks),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
