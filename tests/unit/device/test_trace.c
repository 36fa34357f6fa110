/* SPDX-License-Identifier: Apache-2.0 */
/* The protocols as a person reads them: in pieces of every size, without secrets. */
#include "unit/cmocka_all.h"

#include "device/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT = 4096, CHUNKS = 40 };

typedef void tracer(struct trace *, enum trace_way, const void *, size_t, uint32_t);

static void read_all(struct trace *t, char *out)
{
	char buf[TRACE_LINE];
	struct text line;

	for (text_init(&line, buf, sizeof buf); trace_next(t, &line); text_init(&line, buf, sizeof buf)) {
		strcat(out, buf);
		strcat(out, "\n");
	}
}

/* What is fed, and what is shown of it: the same for every size of pieces. */
static void expect(tracer *feed, uint8_t on, enum trace_way way, const void *data, size_t len, const char *want)
{
	for (size_t chunk = 1; chunk <= CHUNKS; chunk++) {
		char out[OUTPUT] = "";
		struct trace t;

		trace_init(&t);
		t.on = on;
		for (size_t at = 0; at < len; at += chunk) {
			feed(&t, way, (const uint8_t *)data + at, len - at < chunk ? len - at : chunk, 12401);
			read_all(&t, out);
		}
		assert_string_equal(out, want);
		assert_int_equal(t.lost, 0);
	}
}

#define AT(way, data, want)   expect(trace_at, TRACE_AT, way, data, sizeof (data) - 1, want)
#define TLS(way, data, want)  expect(trace_tls, TRACE_TLS, way, data, sizeof (data) - 1, want)
#define MQTT(way, data, want) expect(trace_mqtt, TRACE_MQTT, way, data, sizeof (data) - 1, want)

static void at_lines_and_counted_bytes(void **state)
{
	(void)state;
	AT(TRACE_IN, "\r\nRDY\r\n\r\n+CEREG: 0,5\r\n\r\nOK\r\n",
	   "12.401 at < RDY\n12.401 at < +CEREG: 0,5\n12.401 at < OK\n");
	AT(TRACE_IN, "+QIRD: 7\r\n\n+A\r\nB\n\r\nOK\r\n",
	   "12.401 at < +QIRD: 7\n12.401 at < 7 bytes\n12.401 at < OK\n");
	AT(TRACE_IN, "+QIRD: 120,100,20\r\nOK\r\n", "12.401 at < +QIRD: 120,100,20\n12.401 at < OK\n");
	AT(TRACE_OUT, "AT+QISEND=0,4\r\r\n\x16\x03""AT+QISEND=0,0\rAT\r",
	   "12.401 at > AT+QISEND=0,4\n12.401 at > 4 bytes\n12.401 at > AT+QISEND=0,0\n12.401 at > AT\n");
	AT(TRACE_IN, "\r\n+COPS: 0,0,\"T\xc3\xa9l\x1b[2J\",8\r\n", "12.401 at < +COPS: 0,0,\"T..l.[2J\",8\n");
}

static void secrets_of_at_commands_are_not_shown_echoed_or_not(void **state)
{
	(void)state;
	AT(TRACE_OUT, "AT+CPIN=\"1234\"\r", "12.401 at > AT+CPIN=(not shown)\n");
	AT(TRACE_IN, "AT+CPIN=\"1234\"\r\r\nOK\r\n", "12.401 at < AT+CPIN=(not shown)\n12.401 at < OK\n");
	AT(TRACE_OUT, "at+cpin=\"00000000\",\"1234\"\r", "12.401 at > at+cpin=(not shown)\n");
	AT(TRACE_OUT, "AT+QICSGP=1,1,\"iot\",\"me\",\"hidden\",1\r",
	   "12.401 at > AT+QICSGP=1,1,\"iot\",(not shown)\n");
	AT(TRACE_OUT, "AT+CLCK=\"SC\",1,\"1234\"\r", "12.401 at > AT+CLCK=\"SC\",1,(not shown)\n");
	AT(TRACE_OUT, "AT+CPIN?\r", "12.401 at > AT+CPIN?\n");
}

static void tls_records_and_the_handshake_in_clear(void **state)
{
	(void)state;
	TLS(TRACE_OUT, "\x16\x03\x01\x00\x06\x01\x00\x00\x02\xaa\xbb", "12.401 tls > ClientHello (1), 2 bytes\n");
	TLS(TRACE_IN,
	    "\x16\x03\x03\x00\x0a\x02\x00\x00\x01\x00\x0e\x00\x00\x00\x0b"     /* two messages, one begun */
	    "\x16\x03\x03\x00\x04\x00\x00\x01\x77"                            /* its rest */
	    "\x14\x03\x03\x00\x01\x01" "\x16\x03\x03\x00\x03\x01\x02\x03" "\x17\x03\x03\x00\x02\xff\xff"
	    "\x15\x03\x03\x00\x02\x99\x99",
	    "12.401 tls < ServerHello (2), 1 bytes\n12.401 tls < ServerHelloDone (14), 0 bytes\n"
	    "12.401 tls < Certificate (11), 1 bytes\n12.401 tls < ChangeCipherSpec, 1 bytes\n"
	    "12.401 tls < handshake, encrypted, 3 bytes\n12.401 tls < application data, 2 bytes\n"
	    "12.401 tls < alert, encrypted, 2 bytes\n");
	TLS(TRACE_IN, "\x15\x03\x03\x00\x02\x02\x30", "12.401 tls < fatal alert unknown_ca (48)\n");
	TLS(TRACE_IN, "HTTP/1.1 400 Bad Request", "12.401 tls < no TLS, it begins with HTTP/\n");
}

static void mqtt_packets_without_passwords_and_payloads(void **state)
{
	(void)state;
	MQTT(TRACE_OUT, "\x10\x1f\x00\x04MQTT\x04\xc2\x00\xf0\x00\x02""d1\x00\x06unused\x00\x07secret!\xc0\x00",
	     "12.401 mqtt > CONNECT keepalive 240 s, password (not shown), d1\n12.401 mqtt > PINGREQ\n");
	MQTT(TRACE_IN, "\x20\x02\x00\x05\xd0\x00", "12.401 mqtt < CONNACK code 5\n12.401 mqtt < PINGRESP\n");
	MQTT(TRACE_OUT, "\x3a\x0c\x00\x03""a/b\x00\x07hello\x30\x04\x00\x01x!",
	     "12.401 mqtt > PUBLISH q1 dup id 7 a/b, 5 bytes\n12.401 mqtt > PUBLISH q0 x, 1 bytes\n");
	MQTT(TRACE_OUT, "\x82\x08\x00\x02\x00\x03""a/b\x01", "12.401 mqtt > SUBSCRIBE id 2 a/b\n");
	MQTT(TRACE_IN, "\x90\x04\x00\x02\x01\x80\x40\x02\x00\x07",
	     "12.401 mqtt < SUBACK id 2 codes 1 128\n12.401 mqtt < PUBACK id 7\n");
}

static void a_long_payload_is_counted_and_passed(void **state)
{
	static uint8_t packet[3 + 3 + 20000] = { 0x30, 0xa3, 0x9c, 0x01 };
	char want[64];

	(void)state;
	packet[4] = 0;   /* 20003 bytes: a topic of one character, and the rest */
	packet[5] = 1;
	packet[6] = 'x';
	(void)snprintf(want, sizeof want, "12.401 mqtt < PUBLISH q0 x, %u bytes\n", 20003u - 3u);
	expect(trace_mqtt, TRACE_MQTT, TRACE_IN, packet, 4, "");
	{
		uint8_t *all = calloc(1, 4 + 20003);

		memcpy(all, packet, 7);
		expect(trace_mqtt, TRACE_MQTT, TRACE_IN, all, 4 + 20003, want);
		free(all);
	}
}

static void lines_without_room_are_counted(void **state)
{
	char out[OUTPUT] = "";
	struct trace t;

	(void)state;
	trace_init(&t);
	t.on = TRACE_AT;
	for (unsigned i = 0; i < 100; i++)
		trace_at(&t, TRACE_IN, "0123456789012345678901234567\r\n", 30, i);
	assert_true(t.lost > 80);
	read_all(&t, out);
	assert_non_null(strstr(out, "trace: lines lost: 8"));
	out[0] = '\0';
	read_all(&t, out);
	assert_string_equal(out, "");
}

static void nothing_is_shown_that_was_not_asked_for(void **state)
{
	char out[OUTPUT] = "";
	struct trace t;

	(void)state;
	trace_init(&t);
	trace_at(&t, TRACE_IN, "OK\r\n", 4, 0);
	t.on = TRACE_TLS | TRACE_MQTT;
	t.late = true;   /* a connection is up: where its records begin is not known */
	trace_tls(&t, TRACE_IN, "\x15\x03\x03\x00\x02\x02\x30", 7, 0);
	trace_mqtt(&t, TRACE_IN, "\xd0\x00", 2, 0);
	read_all(&t, out);
	assert_string_equal(out, "");
	trace_connection(&t);
	trace_mqtt(&t, TRACE_IN, "\xd0\x00", 2, 0);
	read_all(&t, out);
	assert_string_equal(out, "0.000 mqtt < PINGRESP\n");
	trace_at(NULL, TRACE_IN, "OK\r\n", 4, 0);
	trace_connection(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_lines_and_counted_bytes),
		cmocka_unit_test(secrets_of_at_commands_are_not_shown_echoed_or_not),
		cmocka_unit_test(tls_records_and_the_handshake_in_clear),
		cmocka_unit_test(mqtt_packets_without_passwords_and_payloads),
		cmocka_unit_test(a_long_payload_is_counted_and_passed),
		cmocka_unit_test(lines_without_room_are_counted),
		cmocka_unit_test(nothing_is_shown_that_was_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
