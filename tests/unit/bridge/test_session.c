/* SPDX-License-Identifier: Apache-2.0 */
/* What a device sends, row by row, in every chunk size; what the bridge makes of it. */
#include "session_bench.h"

#include <string.h>

enum start { AT_LOGIN, AT_UP };

/* 32 NN: PUBLISH with QoS 1; 30 NN: with QoS 0. */
#define EVENTS  "/devices/dev-1/events"             /* 21 bytes */
#define STATE   "/devices/dev-1/state"              /* 20 */
#define CONFIG  "/devices/dev-1/config"             /* 21 */
#define ALL     "/devices/dev-1/commands/#"         /* 25 */
#define NUM     "/devices/2582332477650079/"        /* 26 */

static const struct row {
	const char  *name;
	enum start   start;
	struct bytes in;
	struct bytes out;            /* what it answers */
	const char  *events;
	const char  *says;           /* a part of the sentence; NULL: no end */
} rows[] = {
	/* ---- CONNECT ---- */
	{ "login", AT_LOGIN, B(BENCH_CONNECT), B("\x20\2\0\0"), "login(" BENCH_CLIENT " unused TOKEN 60) ", NULL },
	{ "login_subscribe_publish_in_one_go", AT_LOGIN,
	  B(BENCH_CONNECT "\x82\x1a\0\1\0\x15" CONFIG "\1" "\x32\x1b\0\x15" EVENTS "\0\2{}"),
	  B("\x20\2\0\0" "\x90\3\0\1\1" "\x32\x1c\0\x15" CONFIG "\0\1cfg" "\x40\2\0\2"),
	  "login(" BENCH_CLIENT " unused TOKEN 60) subscribed(config 1) publish(events '' '{}' 1) ", NULL },
	{ "login_without_user_and_password", AT_LOGIN, B("\x10\x0f\0\4MQTT\4\2\0\0\0\3abc"), B("\x20\2\0\0"),
	  "login(abc   0) ", NULL },
	{ "login_with_empty_client_id_is_for_the_owner_to_refuse", AT_LOGIN, B("\x10\x0c\0\4MQTT\4\2\0\0\0\0"),
	  B("\x20\2\0\0"), "login(   0) ", NULL },
	{ "login_without_clean_session_gets_a_clean_one", AT_LOGIN, B("\x10\x0f\0\4MQTT\4\0\0\0\0\3abc"), B("\x20\2\0\0"),
	  "login(abc   0) ", NULL },
	{ "mqtt_5", AT_LOGIN, B("\x10\x10\0\4MQTT\5\2\0\x3c\0\0\3abc"), B("\x20\2\0\1"), "end(LEVEL) ",
	  "the device speaks MQTT 5 (protocol level 5); the contract is MQTT 3.1.1 (level 4)" },
	{ "mqtt_3_1", AT_LOGIN, B("\x10\x11\0\6MQIsdp\3\2\0\x3c\0\3abc"), B("\x20\2\0\1"), "end(LEVEL) ",
	  "MQTT 3.1 (protocol 'MQIsdp', level 3)" },
	{ "bridge_of_mosquitto", AT_LOGIN, B("\x10\x0f\0\4MQTT\x84\2\0\0\0\3abc"), B("\x20\2\0\1"), "end(LEVEL) ",
	  "protocol 'MQTT', level 132" },
	{ "another_protocol_name", AT_LOGIN, B("\x10\x0f\0\4mqtt\4\2\0\0\0\3abc"), B("\x20\2\0\1"), "end(LEVEL) ",
	  "protocol 'mqtt', level 4" },
	{ "will", AT_LOGIN, B("\x10\x16\0\4MQTT\4\6\0\0\0\3abc\0\1w\0\2by"), B("\x20\2\0\5"), "end(WILL) ",
	  "CONNECT of 'abc' has a will, for topic 'w'" },
	{ "will_with_a_wildcard_is_a_will", AT_LOGIN, B("\x10\x16\0\4MQTT\4\6\0\0\0\3abc\0\1#\0\2by"), B("\x20\2\0\5"),
	  "end(WILL) ", "for topic '#'" },
	{ "will_with_qos_3_is_a_will", AT_LOGIN, B("\x10\x16\0\4MQTT\4\x1e\0\0\0\3abc\0\1w\0\2by"), B("\x20\2\0\5"),
	  "end(WILL) ", "has a will" },
	{ "password_without_user", AT_LOGIN, B("\x10\x16\0\4MQTT\4\x42\0\0\0\3abc\0\5TOKEN"), B(""), "end(PROTOCOL) ",
	  "CONNECT of 'abc' has a password and no user name" },
	{ "reserved_connect_flag", AT_LOGIN, B("\x10\x0f\0\4MQTT\4\3\0\0\0\3abc"), B(""), "end(PROTOCOL) ",
	  "CONNECT (flags 0x03) with flags that MQTT 3.1.1 reserves" },
	{ "connect_cut_short", AT_LOGIN, B("\x10\x0e\0\4MQTT\4\2\0\0\0\3ab"), B(""), "end(PROTOCOL) ", "with a length" },
	{ "connect_with_more_behind", AT_LOGIN, B("\x10\x10\0\4MQTT\4\2\0\0\0\3abcd"), B(""), "end(PROTOCOL) ",
	  "with a length" },
	{ "connect_client_id_not_utf_8", AT_LOGIN, B("\x10\x0e\0\4MQTT\4\2\0\0\0\2\xc0\x80"), B(""), "end(PROTOCOL) ",
	  "not UTF-8" },
	{ "connect_client_id_with_a_control", AT_LOGIN, B("\x10\x0e\0\4MQTT\4\2\0\0\0\2a\n"), B(""), "end(PROTOCOL) ",
	  "CONNECT (flags 0x02) with a text that has a control character in it" },
	{ "connect_of_8193_bytes", AT_LOGIN, B("\x10\x81\x40"), B(""), "end(SIZE) ",
	  "CONNECT of 8193 bytes; 8192 are allowed" },
	{ "connect_of_256_mb", AT_LOGIN, B("\x10\xff\xff\xff\x7f"), B(""), "end(SIZE) ", "CONNECT of 268435455 bytes" },
	{ "connect_length_of_five_bytes", AT_LOGIN, B("\x10\x80\x80\x80\x80"), B(""), "end(PROTOCOL) ", "with a length" },
	{ "connect_with_flags", AT_LOGIN, B("\x11"), B(""), "end(PROTOCOL) ", "the first packet is CONNECT (first byte 0x11)" },
	{ "publish_before_connect", AT_LOGIN, B("\x30\x02\0\0"), B(""), "end(PROTOCOL) ",
	  "the first packet is PUBLISH (first byte 0x30), not CONNECT" },
	{ "pingreq_before_connect", AT_LOGIN, B("\xc0\0"), B(""), "end(PROTOCOL) ", "PINGREQ" },
	{ "disconnect_before_connect", AT_LOGIN, B("\xe0\0"), B(""), "end(PROTOCOL) ", "DISCONNECT" },
	{ "http", AT_LOGIN, B("GET / HTTP/1.1\r\n"), B(""), "end(PROTOCOL) ", "0x47, 'G': this is not MQTT, it may be HTTP" },
	{ "tls_in_tls", AT_LOGIN, B("\x16\3\1"), B(""), "end(PROTOCOL) ", "TLS within TLS" },
	{ "zero", AT_LOGIN, B("\0"), B(""), "end(PROTOCOL) ", "the first byte is 0x00, not that of CONNECT, 0x10" },
	{ "second_connect", AT_UP, B("\x10\x0f\0\4MQTT\4\2\0\0\0\3abc"), B(""), "end(PROTOCOL) ", "a second CONNECT" },
	{ "second_connect_pipelined", AT_LOGIN, B(BENCH_CONNECT BENCH_CONNECT), B("\x20\2\0\0"),
	  "login(" BENCH_CLIENT " unused TOKEN 60) end(PROTOCOL) ", "a second CONNECT" },

	/* ---- PUBLISH ---- */
	{ "event_qos_0", AT_UP, B("\x30\x19\0\x15" EVENTS "hi"), B(""), "publish(events '' 'hi' 0) ", NULL },
	{ "event_qos_1", AT_UP, B("\x32\x1b\0\x15" EVENTS "\x12\x34hi"), B("\x40\2\x12\x34"),
	  "publish(events '' 'hi' 1) ", NULL },
	{ "event_empty", AT_UP, B("\x32\x19\0\x15" EVENTS "\0\1"), B("\x40\2\0\1"), "publish(events '' '' 1) ", NULL },
	{ "event_dup_is_said", AT_UP, B("\x3a\x1b\0\x15" EVENTS "\0\1hi"), B("\x40\2\0\1"),
	  "publish(events '' 'hi' 1 dup) ", NULL },
	{ "event_qos_0_with_dup_is_tolerated", AT_UP, B("\x38\x19\0\x15" EVENTS "hi"), B(""),
	  "publish(events '' 'hi' 0 dup) ", NULL },
	{ "event_in_a_subfolder", AT_UP, B("\x30\x1e\0\x1a" EVENTS "/a/bc" "hi"), B(""),
	  "publish(events 'a/bc' 'hi' 0) ", NULL },
	{ "event_slash_without_subfolder", AT_UP, B("\x30\x1a\0\x16" EVENTS "/" "hi"), B(""),
	  "publish(events '' 'hi' 0) ", NULL },
	{ "event_by_numeric_id", AT_UP, B("\x30\x24\0\x20" NUM "events" "hi"), B(""), "publish(events '' 'hi' 0) ", NULL },
	{ "state", AT_UP, B("\x32\x1a\0\x14" STATE "\0\1hi"), B("\x40\2\0\1"), "publish(state '' 'hi' 1) ", NULL },
	{ "state_with_a_subfolder", AT_UP, B("\x30\x18\0\x16" STATE "/a"), B(""), "end(TOPIC) ", "a state has no subfolders" },
	{ "two_events_and_a_ping", AT_UP, B("\x32\x19\0\x15" EVENTS "\0\1" "\xc0\0" "\x32\x19\0\x15" EVENTS "\0\2"),
	  B("\x40\2\0\1" "\xd0\0" "\x40\2\0\2"), "publish(events '' '' 1) heartbeat publish(events '' '' 1) ", NULL },
	{ "qos_2", AT_UP, B("\x34\x19\0\x15" EVENTS "\0\1"), B(""), "end(QOS2) ",
	  "PUBLISH with QoS 2 for topic '/devices/dev-1/events'" },
	{ "qos_2_is_refused_before_its_payload", AT_UP, B("\x34\x80\x80\x10\0\x15" EVENTS "\0\1"), B(""), "end(QOS2) ", "QoS 2" },
	{ "qos_3", AT_UP, B("\x36"), B(""), "end(PROTOCOL) ", "PUBLISH (first byte 0x36) with a QoS above 2" },
	{ "retain", AT_UP, B("\x31\x19\0\x15" EVENTS "hi"), B(""), "end(RETAIN) ", "PUBLISH with the retain flag for topic" },
	{ "pubrel", AT_UP, B("\x62\2\0\1"), B(""), "end(QOS2) ", "PUBREL belongs to QoS 2" },
	{ "pubrec", AT_UP, B("\x50\2\0\1"), B(""), "end(QOS2) ", "PUBREC" },
	{ "pubcomp", AT_UP, B("\x70\2\0\1"), B(""), "end(QOS2) ", "PUBCOMP" },
	{ "topic_of_another_device", AT_UP, B("\x30\x19\0\x15" "/devices/dev-2/events" "hi"), B(""), "end(TOPIC) ",
	  "topic '/devices/dev-2/events' is not of this device: its topics begin with '/devices/' and its id 'dev-1'" },
	{ "topic_without_its_slash", AT_UP, B("\x30\x16\0\x14" "devices/dev-1/events"), B(""), "end(TOPIC) ",
	  "lacks the slash at its start" },
	{ "topic_of_gateways", AT_UP, B("\x30\x17\0\x15" "/devices/dev-1/attach"), B(""), "end(TOPIC) ", "for gateways" },
	{ "topic_config_is_not_to_be_written", AT_UP, B("\x30\x17\0\x15" CONFIG), B(""), "end(TOPIC) ",
	  "none that a device may publish to" },
	{ "topic_eventsx", AT_UP, B("\x30\x18\0\x16" EVENTS "x"), B(""), "end(TOPIC) ", "none that a device may publish to" },
	{ "topic_in_capitals", AT_UP, B("\x30\x17\0\x15" "/devices/DEV-1/events"), B(""), "end(TOPIC) ", "'/devices/DEV-1/events'" },
	{ "topic_with_plus_in_its_subfolder", AT_UP, B("\x30\x19\0\x17" EVENTS "/+"), B(""), "end(TOPIC) ", "'+' or '#'" },
	{ "topic_with_hash", AT_UP, B("\x30\x19\0\x17" EVENTS "/#"), B(""), "end(PROTOCOL) ",
	  "has a wildcard where none may be: '/devices/dev-1/events/#'" },
	{ "topic_empty", AT_UP, B("\x30\x02\0\0"), B(""), "end(PROTOCOL) ", "(first byte 0x30) with a topic that is empty" },
	{ "topic_with_a_zero", AT_UP, B("\x30\x03\0\1\0"), B(""), "end(PROTOCOL) ",
	  "with a text that has a control character in it: '\\x00'" },
	{ "topic_with_a_wildcard_is_not_called_empty", AT_UP, B("\x30\x03\0\1#"), B(""), "end(PROTOCOL) ",
	  "(first byte 0x30) with a topic that has a wildcard where none may be: '#'" },
	{ "topic_with_a_c1_control", AT_UP, B("\x30\x07\0\5\xc3\xbc" "a\xc2\x85"), B(""), "end(PROTOCOL) ",
	  "with a text that has a control character in it: " },
	{ "topic_with_a_non_character", AT_UP, B("\x30\x06\0\4a\xef\xbf\xbe"), B(""), "end(PROTOCOL) ",
	  "with a text that has a Unicode non-character in it: " },
	{ "topic_with_a_non_character_of_the_last_plane", AT_UP, B("\x30\x06\0\4\xf4\x8f\xbf\xbf"), B(""), "end(PROTOCOL) ",
	  "with a text that has a Unicode non-character in it: " },
	{ "topic_not_utf_8", AT_UP, B("\x30\x04\0\2a\xff"), B(""), "end(PROTOCOL) ", "with a text that is not UTF-8: 'a\\xff'" },
	{ "topic_cut_within_a_character", AT_UP, B("\x30\x04\0\2\xe2\x82"), B(""), "end(PROTOCOL) ",
	  "with a text that is not UTF-8: " },
	{ "filter_empty", AT_UP, B("\x82\x05\0\1\0\0\1"), B(""), "end(PROTOCOL) ", "with a topic that is empty" },
	{ "filter_with_a_misplaced_wildcard", AT_UP, B("\x82\x07\0\1\0\2a#\1"), B(""), "end(PROTOCOL) ",
	  "with a topic that has a wildcard where none may be: 'a#'" },
	{ "filter_with_a_zero", AT_UP, B("\x82\x07\0\1\0\2a\0\1"), B(""), "end(PROTOCOL) ",
	  "with a text that has a control character in it: 'a\\x00'" },
	{ "topic_longer_than_its_packet", AT_UP, B("\x30\x05\0\xff"), B(""), "end(PROTOCOL) ", "with a length" },
	{ "packet_identifier_0", AT_UP, B("\x32\x19\0\x15" EVENTS "\0\0"), B(""), "end(PROTOCOL) ", "packet identifier 0" },
	{ "length_above_all_is_refused_at_once", AT_UP, B("\x32\x97\x84\x10"), B(""), "end(SIZE) ",
	  "PUBLISH of 262679 bytes; 262678 are allowed, 262144 of them payload" },
	{ "length_that_a_long_topic_would_explain", AT_UP, B("\x32\x96\x84\x10"), B(""), "", NULL },
	{ "event_one_byte_too_large", AT_UP, B("\x30\x98\x80\x10\0\x15" EVENTS), B(""), "end(SIZE) ",
	  "262145 bytes for topic '/devices/dev-1/events'; 262144 are allowed" },
	{ "event_as_large_as_may_be_waits_for_its_payload", AT_UP, B("\x30\x97\x80\x10\0\x15" EVENTS), B(""), "", NULL },
	{ "state_one_byte_too_large", AT_UP, B("\x30\x97\x80\4\0\x14" STATE), B(""), "end(SIZE) ",
	  "65537 bytes for topic '/devices/dev-1/state'; 65536 are allowed" },

	/* ---- SUBSCRIBE, UNSUBSCRIBE ---- */
	{ "subscribe_config_qos_0", AT_UP, B("\x82\x1a\0\1\0\x15" CONFIG "\0"),
	  B("\x90\3\0\1\0" "\x30\x1a\0\x15" CONFIG "cfg"), "subscribed(config 0) ", NULL },
	{ "subscribe_config_qos_2_is_granted_1", AT_UP, B("\x82\x1a\0\1\0\x15" CONFIG "\2"),
	  B("\x90\3\0\1\1" "\x32\x1c\0\x15" CONFIG "\0\1cfg"), "subscribed(config 1) ", NULL },
	{ "subscribe_config_by_numeric_id_is_answered_by_it", AT_UP, B("\x82\x25\0\1\0\x20" NUM "config" "\0"),
	  B("\x90\3\0\1\0" "\x30\x25\0\x20" NUM "config" "cfg"), "subscribed(config 0) ", NULL },
	{ "subscribe_both", AT_UP, B("\x82\x36\0\1\0\x15" CONFIG "\1\0\x19" ALL "\0"),
	  B("\x90\4\0\1\1\0" "\x32\x1c\0\x15" CONFIG "\0\1cfg"), "subscribed(config 1) subscribed(commands 0) ", NULL },
	{ "subscribe_commands_without_hash", AT_UP, B("\x82\x1c\0\1\0\x17" "/devices/dev-1/commands" "\1"),
	  B("\x90\3\0\1\1"), "subscribed(commands 1) ", NULL },
	{ "subscribe_errors", AT_UP, B("\x82\x1a\0\1\0\x15" "/devices/dev-1/errors" "\1"), B("\x90\3\0\1\1"),
	  "subscribed(errors 1) ", NULL },
	{ "subscribe_commands_subfolder_is_answered_0x80", AT_UP, B("\x82\x1e\0\1\0\x19" "/devices/dev-1/commands/a" "\1"),
	  B("\x90\3\0\1\x80"), "refused ", NULL },
	{ "subscribe_own_events_is_answered_0x80_and_config_granted", AT_UP,
	  B("\x82\x32\0\1\0\x15" EVENTS "\1\0\x15" CONFIG "\1"),
	  B("\x90\4\0\1\x80\1" "\x32\x1c\0\x15" CONFIG "\0\1cfg"), "subscribed(config 1) refused ", NULL },
	{ "subscribe_all_of_ones_own_is_answered_0x80", AT_UP, B("\x82\x15\0\1\0\x10" "/devices/dev-1/#" "\1"),
	  B("\x90\3\0\1\x80"), "refused ", NULL },
	{ "subscribe_plus_below_commands_is_answered_0x80", AT_UP, B("\x82\x1e\0\1\0\x19" "/devices/dev-1/commands/+" "\1"),
	  B("\x90\3\0\1\x80"), "refused ", NULL },
	{ "subscribe_everything_ends", AT_UP, B("\x82\x06\0\1\0\1#\1"), B("\x90\3\0\1\x80"), "end(TOPIC) ",
	  "filter '#' is not of this device" },
	{ "subscribe_config_of_all_devices_ends", AT_UP, B("\x82\x16\0\1\0\x11" "/devices/+/config" "\1"), B("\x90\3\0\1\x80"),
	  "end(TOPIC) ", "filter '/devices/+/config' is not of this device" },
	{ "subscribe_config_of_another_ends", AT_UP, B("\x82\x1a\0\1\0\x15" "/devices/dev-2/config" "\1"),
	  B("\x90\3\0\1\x80"), "end(TOPIC) ", "'/devices/dev-2/config'" },
	{ "subscribe_foreign_and_config_ends_without_config", AT_UP,
	  B("\x82\x1e\0\1\0\1#\0\0\x15" CONFIG "\1"), B("\x90\4\0\1\x80\1"), "end(TOPIC) ", "'#'" },
	{ "subscribe_hash_within_a_level", AT_UP, B("\x82\x1e\0\1\0\x19" "/devices/dev-1/commands#/" "\1"), B(""),
	  "end(PROTOCOL) ", "'/devices/dev-1/commands#/'" },
	{ "subscribe_qos_3", AT_UP, B("\x82\x1a\0\1\0\x15" CONFIG "\3"), B(""), "end(PROTOCOL) ", "QoS above 2: '/devices/dev-1/config'" },
	{ "subscribe_qos_3_behind_a_good_one_has_no_effect", AT_UP, B("\x82\x36\0\1\0\x15" CONFIG "\1\0\x19" ALL "\3"), B(""),
	  "end(PROTOCOL) ", "QoS above 2" },
	{ "subscribe_nothing", AT_UP, B("\x82\x02\0\1"), B(""), "end(PROTOCOL) ", "SUBSCRIBE (first byte 0x82) with a length" },
	{ "subscribe_cut_short", AT_UP, B("\x82\x19\0\1\0\x15" CONFIG), B(""), "end(PROTOCOL) ", "with a length" },
	{ "subscribe_id_0", AT_UP, B("\x82\x1a\0\0\0\x15" CONFIG "\1"), B(""), "end(PROTOCOL) ", "packet identifier 0" },
	{ "subscribe_flags", AT_UP, B("\x80"), B(""), "end(PROTOCOL) ", "SUBSCRIBE (first byte 0x80) with flags" },
	{ "subscribe_of_4097_bytes", AT_UP, B("\x82\x81\x20"), B(""), "end(SIZE) ", "SUBSCRIBE of 4097 bytes; 4096 are allowed" },
	{ "unsubscribe_what_is_not", AT_UP, B("\xa2\x19\0\1\0\x15" CONFIG), B("\xb0\2\0\1"), "", NULL },
	{ "unsubscribe_foreign", AT_UP, B("\xa2\x05\0\1\0\1#"), B("\xb0\2\0\1"), "", NULL },
	{ "subscribe_and_unsubscribe", AT_UP, B("\x82\x1e\0\1\0\x19" ALL "\1" "\xa2\x1d\0\2\0\x19" ALL),
	  B("\x90\3\0\1\1" "\xb0\2\0\2"), "subscribed(commands 1) unsubscribed(commands) ", NULL },

	/* ---- The others ---- */
	{ "ping", AT_UP, B("\xc0\0"), B("\xd0\0"), "heartbeat ", NULL },
	{ "ping_with_a_body", AT_UP, B("\xc0\1"), B(""), "end(PROTOCOL) ", "PINGREQ (first byte 0xc0) with a length" },
	{ "puback_for_nothing", AT_UP, B("\x40\2\0\1"), B(""), "", NULL },
	{ "puback_for_0", AT_UP, B("\x40\2\0\0"), B(""), "end(PROTOCOL) ", "packet identifier 0" },
	{ "config_acknowledged", AT_UP, B("\x82\x1a\0\1\0\x15" CONFIG "\1" "\x40\2\0\1"),
	  B("\x90\3\0\1\1" "\x32\x1c\0\x15" CONFIG "\0\1cfg"), "subscribed(config 1) config_acked(7) ", NULL },
	{ "config_acknowledged_twice", AT_UP, B("\x82\x1a\0\1\0\x15" CONFIG "\1" "\x40\2\0\1" "\x40\2\0\1"),
	  B("\x90\3\0\1\1" "\x32\x1c\0\x15" CONFIG "\0\1cfg"), "subscribed(config 1) config_acked(7) ", NULL },
	{ "disconnect", AT_UP, B("\xe0\0"), B(""), "end(DISCONNECT) ", "the device said DISCONNECT" },
	{ "nothing_counts_behind_disconnect", AT_UP, B("\xe0\0\xc0\0\x34"), B(""), "end(DISCONNECT) ", "DISCONNECT" },
	{ "connack", AT_UP, B("\x20"), B(""), "end(PROTOCOL) ", "CONNACK (first byte 0x20) which no device may send" },
	{ "reserved_type_0", AT_UP, B("\x00"), B(""), "end(PROTOCOL) ", "a packet of a reserved type (first byte 0x00)" },
	{ "reserved_type_15", AT_UP, B("\xf0"), B(""), "end(PROTOCOL) ", "a packet of a reserved type (first byte 0xf0)" },
};

static void one(const struct row *r, size_t chunk)
{
	struct bench b = { .config = "cfg" };

	if (r->start == AT_UP)
		bench_up(&b);
	else
		bench_start(&b);
	assert_int_equal(bench_feed(&b, r->in, chunk), r->in.len);
	bench_saw(&b, r->events);
	bench_sent(&b, r->out);
	assert_int_equal(session_why(b.s) != NULL, r->says != NULL);
	if (r->says != NULL && strstr(b.why, r->says) == NULL)
		fail_msg("%s: '%s' does not say '%s'", r->name, b.why, r->says);
	assert_int_equal(bench_feed(&b, BYTES("\xc0\0"), chunk), 2);    /* the end stays */
	assert_int_equal(strlen(b.events) == 0, r->says != NULL || strstr(r->name, "waits") || strstr(r->name, "explain"));
	bench_stop(&b);
}

static void every_row_in_every_chunk_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("  %s\n", rows[i].name);
		for (size_t chunk = 1; chunk <= rows[i].in.len; chunk++)
			one(&rows[i], chunk);
	}
}

/* ---- A whole connection, cut anywhere ---- */

static const char whole[] = BENCH_CONNECT
	"\x82\x36\0\1\0\x15" CONFIG "\1\0\x19" ALL "\1" "\x40\2\0\1" "\x32\x1b\0\x15" EVENTS "\0\2hi" "\xc0\0"
	"\x30\x18\0\x14" STATE "on" "\x3a\x1b\0\x15" EVENTS "\0\3hi" "\xa2\x1d\0\4\0\x19" ALL "\xe0\0";

static void a_connection_in_two_pieces_cut_anywhere(void **state)
{
	struct bytes all = BYTES(whole);
	char first[4096] = "";

	(void)state;
	for (size_t cut = 0; cut <= all.len; cut++) {
		struct bench b = { .config = "cfg" };

		bench_start(&b);
		bench_feed(&b, (struct bytes){ all.data, cut }, SIZE_MAX);
		bench_feed(&b, (struct bytes){ all.data + cut, all.len - cut }, SIZE_MAX);
		if (cut == 0)
			strcpy(first, b.events);
		assert_string_equal(b.events, first);
		assert_int_equal(b.end, REASON_DISCONNECT);
		bench_stop(&b);
	}
	assert_non_null(strstr(first, "config_acked(7) publish(events '' 'hi' 1) heartbeat publish(state '' 'on' 0) "));
}

/* ---- Every first byte ---- */

/* In both states: an end, or a packet that may come.  Nothing else happens. */
static void every_first_byte_and_length(void **state)
{
	(void)state;
	for (unsigned up = 0; up < 2; up++) {
		for (unsigned first = 0; first < 256; first++) {
			for (unsigned len = 0; len < 128; len++) {
				struct bench b = { 0 };
				uint8_t in[130] = { (uint8_t)first, (uint8_t)len };

				if (up)
					bench_up(&b);
				else
					bench_start(&b);
				bench_feed(&b, (struct bytes){ in, 2 + len }, SIZE_MAX);
				if (session_why(b.s) != NULL)
					assert_true(strlen(b.why) > 10);
				else
					assert_true(first == 0x10 || first == 0xc0 || first == 0x40 || first >> 4 == 3);
				bench_stop(&b);
			}
		}
	}
}

/* ---- Login: the answer ---- */

static void a_login_waits_for_its_answer(void **state)
{
	struct bench b = { .undecided = true };
	struct bytes in = BYTES(BENCH_CONNECT "\xc0\0");

	(void)state;
	bench_start(&b);
	assert_int_equal(bench_feed(&b, in, SIZE_MAX), in.len - 2);
	assert_int_equal(session_feed(b.s, in.data, 1, b.now_ms), 0);
	bench_sent(&b, BYTES(""));
	assert_int_equal(session_deadline(b.s), UINT64_MAX);
	session_accept(b.s, BYTES("dev-1"), 1, b.now_ms);
	bench_sent(&b, BYTES("\x20\2\0\0"));
	bench_feed(&b, (struct bytes){ in.data + in.len - 2, 2 }, 1);
	bench_sent(&b, BYTES("\xd0\0"));
	bench_stop(&b);
}

static void a_refused_login_is_answered_by_the_code_of_its_reason(void **state)
{
	(void)state;
	for (int code = 1; code < REASON_COUNT; code++) {
		struct bench b = { 0 };
		uint8_t connack[] = { 0x20, 2, 0, reason_connack((enum reason_code)code) };

		reason_set(&b.refusal, (enum reason_code)code, "no, because of %d", code);
		bench_start(&b);
		bench_feed(&b, BYTES(BENCH_CONNECT "\xc0\0"), SIZE_MAX);
		bench_sent(&b, (struct bytes){ connack, connack[3] != 0 ? 4 : 0 });
		assert_int_equal(b.end, code);
		assert_string_equal(b.why, b.refusal.text);
		bench_stop(&b);
	}
}

static void answers_to_no_login_have_no_effect(void **state)
{
	struct bench b = { 0 };
	struct reason why;

	(void)state;
	reason_set(&why, REASON_NO_KEY, "none");
	bench_start(&b);
	session_accept(b.s, BYTES("dev-1"), 1, b.now_ms);
	session_refuse(b.s, &why);
	bench_sent(&b, BYTES(""));
	assert_null(session_why(b.s));
	bench_stop(&b);
	bench_up(&b);
	session_refuse(b.s, &why);
	session_accept(b.s, BYTES("dev-2"), 1, b.now_ms);
	bench_sent(&b, BYTES(""));
	assert_null(session_why(b.s));
	bench_feed(&b, BYTES("\x30\x19\0\x15" EVENTS "hi"), SIZE_MAX);
	bench_saw(&b, "publish(events '' 'hi' 0) ");
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_in_every_chunk_size),
		cmocka_unit_test(a_connection_in_two_pieces_cut_anywhere),
		cmocka_unit_test(every_first_byte_and_length),
		cmocka_unit_test(a_login_waits_for_its_answer),
		cmocka_unit_test(a_refused_login_is_answered_by_the_code_of_its_reason),
		cmocka_unit_test(answers_to_no_login_have_no_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
