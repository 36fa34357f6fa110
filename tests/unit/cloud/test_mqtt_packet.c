/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cloud/mqtt_packet.h"

#include <stdlib.h>
#include <string.h>

/* A literal with its length; may hold zeros. */
#define B(s) { (const uint8_t *)(s), sizeof(s) - 1 }
#define BYTES(s) ((struct bytes)B(s))

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* ---- Writing ---------------------------------------------------------- */

static const struct mqtt_filter two[] = { { B("a/+"), 1 }, { B("#"), 0 } };

static size_t w_connect_bare(uint8_t *at, size_t room)
{
	return mqtt_packet_write_connect(at, room, &(struct mqtt_login){
		.flags = MQTT_LOGIN_CLEAN, .keepalive_s = 60, .client_id = B("id") });
}

static size_t w_connect_all(uint8_t *at, size_t room)
{
	return mqtt_packet_write_connect(at, room, &(struct mqtt_login){
		.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_WILL | 0x10 | MQTT_LOGIN_WILL_RETAIN | MQTT_LOGIN_USER |
			 MQTT_LOGIN_PASSWORD,
		.keepalive_s = 0x1234, .client_id = B("id"), .will_topic = B("w"), .will_payload = B("\0\xff"),
		.user = B("u"), .password = B("pw") });
}

static size_t w_connect_empty_user(uint8_t *at, size_t room)
{
	return mqtt_packet_write_connect(at, room, &(struct mqtt_login){
		.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD, .password = B("p"),
		.will_topic = B("not sent") });
}

static size_t w_connack_5(uint8_t *at, size_t room)
{
	return mqtt_packet_write_connack(at, room, false, 5);
}

static size_t w_connack_present(uint8_t *at, size_t room)
{
	return mqtt_packet_write_connack(at, room, true, 0);
}

static size_t w_publish_0(uint8_t *at, size_t room)
{
	return mqtt_packet_write_publish(at, room, &(struct mqtt_message){ .topic = B("a/b"), .payload = B("hi") }, 0);
}

static size_t w_publish_2_all(uint8_t *at, size_t room)
{
	return mqtt_packet_write_publish(at, room, &(struct mqtt_message){
		.topic = B("t"), .qos = 2, .retain = true, .dup = true }, 0xfffe);
}

static size_t w_pubrel(uint8_t *at, size_t room)
{
	return mqtt_packet_write_short(at, room, MQTT_PUBREL, 0x0102);
}

static size_t w_unsuback(uint8_t *at, size_t room)
{
	return mqtt_packet_write_short(at, room, MQTT_UNSUBACK, 7);
}

static size_t w_pingreq(uint8_t *at, size_t room)
{
	return mqtt_packet_write_short(at, room, MQTT_PINGREQ, 7);
}

static size_t w_disconnect(uint8_t *at, size_t room)
{
	return mqtt_packet_write_short(at, room, MQTT_DISCONNECT, 0);
}

static size_t w_subscribe(uint8_t *at, size_t room)
{
	return mqtt_packet_write_filters(at, room, MQTT_SUBSCRIBE, 10, two, 2);
}

static size_t w_unsubscribe(uint8_t *at, size_t room)
{
	return mqtt_packet_write_filters(at, room, MQTT_UNSUBSCRIBE, 10, two, 2);
}

static size_t w_suback(uint8_t *at, size_t room)
{
	return mqtt_packet_write_suback(at, room, 10, BYTES("\x01\x80"));
}

static const struct written {
	const char  *name;
	size_t     (*write)(uint8_t *at, size_t room);
	struct bytes want;
} written[] = {
	{ "connect_with_client_id_only",  w_connect_bare,       B("\x10\x0e\0\4MQTT\4\2\0\x3c\0\2id") },
	{ "connect_with_every_field",     w_connect_all,
	  B("\x10\x1c\0\4MQTT\4\xf6\x12\x34\0\2id\0\1w\0\2\0\xff\0\1u\0\2pw") },
	{ "an_empty_user_name_is_sent",   w_connect_empty_user, B("\x10\x11\0\4MQTT\4\xc2\0\0\0\0\0\0\0\1p") },
	{ "connack_refusing",             w_connack_5,          B("\x20\2\0\5") },
	{ "connack_session_present",      w_connack_present,    B("\x20\2\1\0") },
	{ "publish_qos_0_has_no_id",      w_publish_0,          B("\x30\7\0\3a/bhi") },
	{ "publish_flags_and_no_payload", w_publish_2_all,      B("\x3d\5\0\1t\xff\xfe") },
	{ "pubrel_has_flag_2",            w_pubrel,             B("\x62\2\1\2") },
	{ "unsuback",                     w_unsuback,           B("\xb0\2\0\7") },
	{ "pingreq_is_two_bytes",         w_pingreq,            B("\xc0\0") },
	{ "disconnect_is_two_bytes",      w_disconnect,         B("\xe0\0") },
	{ "subscribe_two_filters",        w_subscribe,          B("\x82\x0c\0\x0a\0\3a/+\1\0\1#\0") },
	{ "unsubscribe_has_no_qos",       w_unsubscribe,        B("\xa2\x0a\0\x0a\0\3a/+\0\1#") },
	{ "suback_codes",                 w_suback,             B("\x90\4\0\x0a\1\x80") },
};

static void packets_are_written_byte_by_byte_as_specified(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(written); i++) {
		const struct written *r = &written[i];
		uint8_t buf[64];

		for (size_t room = 0; room < sizeof buf; room++) {
			memset(buf, 0xa5, sizeof buf);
			assert_int_equal(r->write(buf, room), r->want.len);
			if (room >= r->want.len)
				assert_memory_equal(buf, r->want.data, r->want.len);
			else
				assert_int_equal(buf[0], 0xa5);   /* too little room: nothing is written */
			assert_int_equal(buf[room >= r->want.len ? r->want.len : room], 0xa5);
		}
	}
}

static void what_cannot_be_represented_has_no_size(void **state)
{
	static uint8_t zeros[65536];
	struct mqtt_message m = { .topic = { zeros, 65536 } };
	struct mqtt_filter f = { .topic = { zeros, 65536 } };
	struct mqtt_login l = { .flags = MQTT_LOGIN_USER, .user = { zeros, 65536 } };

	(void)state;
	assert_int_equal(mqtt_packet_write_publish(NULL, 0, &m, 1), 0);
	assert_int_equal(mqtt_packet_write_filters(NULL, 0, MQTT_SUBSCRIBE, 1, &f, 1), 0);
	assert_int_equal(mqtt_packet_write_connect(NULL, 0, &l), 0);
	m.topic.len = f.topic.len = l.user.len = 65535;
	assert_int_equal(mqtt_packet_write_publish(NULL, 0, &m, 1), 1 + 3 + 2 + 65535);
	assert_int_equal(mqtt_packet_write_filters(NULL, 0, MQTT_SUBSCRIBE, 1, &f, 1), 1 + 3 + 2 + 2 + 65535 + 1);
	assert_int_equal(mqtt_packet_write_connect(NULL, 0, &l), 1 + 3 + 10 + 2 + 2 + 65535);
	m = (struct mqtt_message){ .topic = B("t"), .payload = { zeros, 268435452 } };
	assert_int_equal(mqtt_packet_write_publish(NULL, 0, &m, 1), 1 + 4 + 268435455);
	m.payload.len++;
	assert_int_equal(mqtt_packet_write_publish(NULL, 0, &m, 1), 0);
	m.payload.len = SIZE_MAX;
	assert_int_equal(mqtt_packet_write_publish(NULL, 0, &m, 1), 0);
}

/* ---- Reading ---------------------------------------------------------- */

static const struct row {
	const char  *name;
	bool         client;      /* the sender is one */
	struct bytes in;
	enum err     want;
	uint16_t     id;
	const char  *topic;
	uint32_t     left;
} rows[] = {
	{ "connack",                         false, B("\x20\2\0\0"),             .want = ERR_OK },
	{ "connack_with_flags",              false, B("\x21"),                   .want = ERR_MQTT_FLAGS },
	{ "connack_too_long",                false, B("\x20\3"),                 .want = ERR_MQTT_LENGTH },
	{ "connack_too_short",               false, B("\x20\1"),                 .want = ERR_MQTT_LENGTH },
	{ "type_0",                          false, B("\0"),                     .want = ERR_MQTT_TYPE },
	{ "type_15",                         false, B("\xf0"),                   .want = ERR_MQTT_TYPE },
	{ "a_server_does_not_connect",       false, B("\x10"),                   .want = ERR_MQTT_TYPE },
	{ "a_server_does_not_subscribe",     false, B("\x82"),                   .want = ERR_MQTT_TYPE },
	{ "a_server_does_not_ping",          false, B("\xc0"),                   .want = ERR_MQTT_TYPE },
	{ "a_server_does_not_disconnect",    false, B("\xe0"),                   .want = ERR_MQTT_TYPE },
	{ "length_of_five_bytes",            false, B("\x30\x80\x80\x80\x80"),   .want = ERR_MQTT_LENGTH },
	{ "length_of_four_bytes",            false, B("\x30\xff\xff\xff\x7f\0\1t"), ERR_OK, 0, "t", 268435455 - 3 },
	{ "publish_qos_0",                   false, B("\x30\3\0\1t"),            ERR_OK, 0, "t", 0 },
	{ "publish_leaves_the_payload",      false, B("\x30\5\0\1t"),            ERR_OK, 0, "t", 2 },
	{ "publish_qos_1",                   false, B("\x32\7\0\1t\x12\x34"),    ERR_OK, 0x1234, "t", 2 },
	{ "publish_qos_2_dup_retain",        false, B("\x3d\5\0\1t\0\1"),        ERR_OK, 1, "t", 0 },
	{ "publish_qos_3",                   false, B("\x36"),                   .want = ERR_MQTT_QOS },
	{ "publish_qos_1_id_0",              false, B("\x32\5\0\1t\0\0"),        .want = ERR_MQTT_ID },
	{ "publish_topic_beyond_the_packet", false, B("\x30\3\0\2"),             .want = ERR_MQTT_LENGTH },
	{ "publish_no_room_for_the_id",      false, B("\x32\4\0\1"),             .want = ERR_MQTT_LENGTH },
	{ "publish_without_topic_length",    false, B("\x30\1"),                 .want = ERR_MQTT_LENGTH },
	{ "publish_empty_topic",             false, B("\x30\2\0\0"),             .want = ERR_MQTT_TOPIC },
	{ "publish_to_plus",                 false, B("\x30\5\0\3a/+"),          .want = ERR_MQTT_TOPIC },
	{ "publish_to_hash",                 false, B("\x30\3\0\1#"),            .want = ERR_MQTT_TOPIC },
	{ "publish_topic_not_utf8",          false, B("\x30\3\0\1\xff"),         .want = ERR_MQTT_UTF8 },
	{ "publish_topic_with_zero",         false, B("\x30\4\0\2a\0"),          .want = ERR_MQTT_UTF8 },
	{ "puback",                          false, B("\x40\2\xff\xff"),         .want = ERR_OK, .id = 0xffff },
	{ "puback_id_0",                     false, B("\x40\2\0\0"),             .want = ERR_MQTT_ID },
	{ "puback_too_long",                 false, B("\x40\3"),                 .want = ERR_MQTT_LENGTH },
	{ "pubrel_needs_flag_2",             false, B("\x60"),                   .want = ERR_MQTT_FLAGS },
	{ "pubrel",                          false, B("\x62\2\0\1"),             .want = ERR_OK, .id = 1 },
	{ "pubcomp",                         false, B("\x70\2\0\1"),             .want = ERR_OK, .id = 1 },
	{ "suback",                          false, B("\x90\3\0\5\x80"),         .want = ERR_OK, .id = 5 },
	{ "suback_without_code",             false, B("\x90\2"),                 .want = ERR_MQTT_LENGTH },
	{ "suback_longer_than_the_buffer",   false, B("\x90\x7f"),               .want = ERR_MQTT_LENGTH },
	{ "unsuback",                        false, B("\xb0\2\0\5"),             .want = ERR_OK, .id = 5 },
	{ "pingresp",                        false, B("\xd0\0"),                 .want = ERR_OK },
	{ "pingresp_with_body",              false, B("\xd0\1"),                 .want = ERR_MQTT_LENGTH },
	{ "pingresp_length_in_two_bytes",    false, B("\xd0\x80\0"),             .want = ERR_OK },
	{ "connect",                         true,  B("\x10\x0c\0\4MQTT\4\2\0\0\0\0"), .want = ERR_OK },
	{ "a_client_does_not_connack",       true,  B("\x20"),                   .want = ERR_MQTT_TYPE },
	{ "a_client_does_not_suback",        true,  B("\x90"),                   .want = ERR_MQTT_TYPE },
	{ "client_puback",                   true,  B("\x40\2\0\1"),             .want = ERR_OK, .id = 1 },
	{ "client_pubrec",                   true,  B("\x50\2\0\1"),             .want = ERR_OK, .id = 1 },
	{ "client_pubrel",                   true,  B("\x62\2\0\1"),             .want = ERR_OK, .id = 1 },
	{ "client_pubcomp",                  true,  B("\x70\2\0\1"),             .want = ERR_OK, .id = 1 },
	{ "client_publish",                  true,  B("\x32\5\0\1t\0\1"),        .want = ERR_OK, .id = 1 },
	{ "subscribe",                       true,  B("\x82\6\0\5\0\1a\0"),      .want = ERR_OK, .id = 5 },
	{ "subscribe_needs_flag_2",          true,  B("\x80"),                   .want = ERR_MQTT_FLAGS },
	{ "subscribe_id_0",                  true,  B("\x82\6\0\0\0\1a\0"),      .want = ERR_MQTT_ID },
	{ "unsubscribe",                     true,  B("\xa2\5\0\5\0\1a"),        .want = ERR_OK, .id = 5 },
	{ "pingreq",                         true,  B("\xc0\0"),                 .want = ERR_OK },
	{ "disconnect",                      true,  B("\xe0\0"),                 .want = ERR_OK },
	{ "disconnect_with_body",            true,  B("\xe0\1"),                 .want = ERR_MQTT_LENGTH },
};

static void start(struct mqtt_packet *p, bool client, uint8_t *buf, size_t size)
{
	mqtt_packet_init(p, client ? mqtt_packet_from_client : mqtt_packet_from_server, buf, size);
	p->accept = 0xffff;
}

static enum err feed_chunks(struct mqtt_packet *p, struct bytes in, size_t chunk, size_t *done)
{
	enum err e = ERR_AGAIN;

	for (*done = 0; e == ERR_AGAIN && *done < in.len; ) {
		size_t n = in.len - *done < chunk ? in.len - *done : chunk, taken;
		uint8_t *exact = malloc(n);              /* so that the sanitizer sees its end */

		memcpy(exact, in.data + *done, n);
		e = mqtt_packet_feed(p, exact, n, &taken);
		free(exact);
		assert_true(taken <= n && (e != ERR_AGAIN || taken == n));
		*done += taken;
	}
	return e;
}

static void every_packet_is_judged_the_same_in_every_chunking(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];

		for (size_t chunk = 1; chunk <= r->in.len; chunk++) {
			uint8_t buf[16];
			struct mqtt_packet p;
			size_t done;
			enum err e;

			start(&p, r->client, buf, sizeof buf);
			e = feed_chunks(&p, r->in, chunk, &done);
			if (e != r->want)
				fail_msg("%s, chunk %zu: %s", r->name, chunk, err_name(e));
			assert_int_equal(done, r->in.len);
			if (e != ERR_OK)
				continue;
			assert_int_equal(p.id, r->id);
			assert_int_equal(p.left, r->left);
			if (r->topic != NULL)
				assert_true(bytes_equal_text(mqtt_packet_topic(&p), r->topic));
		}
	}
}

static void a_type_that_is_not_accepted_now_is_out_of_order(void **state)
{
	uint8_t buf[8];
	struct mqtt_packet p;
	size_t taken;

	(void)state;
	start(&p, false, buf, sizeof buf);
	p.accept = 1u << MQTT_CONNACK;
	assert_int_equal(mqtt_packet_feed(&p, (const uint8_t *)"\x40", 1, &taken), ERR_MQTT_ORDER);
	mqtt_packet_reset(&p);
	assert_int_equal(mqtt_packet_feed(&p, (const uint8_t *)"\x20", 1, &taken), ERR_AGAIN);
}

static void a_topic_longer_than_the_buffer_is_cut_and_its_id_found(void **state)
{
	static const char topic[] = "0123456789";

	(void)state;
	for (size_t size = 4; size <= 16; size++)
		for (size_t chunk = 1; chunk <= 20; chunk++) {
			struct bytes in = B("\x32\x11\0\x0a" "0123456789" "\xab\xcd" "pay");
			uint8_t *buf = malloc(size);
			struct mqtt_packet p;
			size_t done;
			struct bytes t;

			start(&p, false, buf, size);
			in.len -= 3;
			assert_int_equal(feed_chunks(&p, in, chunk, &done), ERR_OK);
			t = mqtt_packet_topic(&p);
			assert_int_equal(t.len + p.topic_cut, 10);
			assert_int_equal(t.len, size >= 12 ? 10 : size - 2);
			assert_memory_equal(t.data, topic, t.len);
			assert_int_equal(p.id, 0xabcd);
			assert_int_equal(p.left, 3);
			free(buf);
		}
}

/* ---- Texts -------------------------------------------------------------- */

static const struct text_row {
	const char  *name;
	struct bytes text;
	enum mqtt_packet_text what;
	enum err     want;
	bool         literal_plus;
} text_rows[] = {
	{ "ascii",                       B("abc ~"),              MQTT_TEXT, .want = ERR_OK },
	{ "empty_text",                  B(""),                   MQTT_TEXT, .want = ERR_OK },
	{ "wildcards_in_a_text",         B("+#"),                 MQTT_TEXT, .want = ERR_OK },
	{ "zero",                        B("a\0"),                MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "control_1",                   B("\1"),                 MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "control_1f",                  B("\x1f"),               MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "space_is_fine",               B("\x20"),               MQTT_TEXT, .want = ERR_OK },
	{ "delete",                      B("\x7f"),               MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "control_80",                  B("\xc2\x80"),           MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "control_9f",                  B("\xc2\x9f"),           MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "a0_is_fine",                  B("\xc2\xa0"),           MQTT_TEXT, .want = ERR_OK },
	{ "7ff",                         B("\xdf\xbf"),           MQTT_TEXT, .want = ERR_OK },
	{ "800",                         B("\xe0\xa0\x80"),       MQTT_TEXT, .want = ERR_OK },
	{ "overlong_7ff",                B("\xe0\x9f\xbf"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "overlong_slash",              B("\xc0\xaf"),           MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "overlong_c1",                 B("\xc1\xbf"),           MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "overlong_ffff_in_four",       B("\xf0\x8f\xbf\xbf"),   MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "d7ff",                        B("\xed\x9f\xbf"),       MQTT_TEXT, .want = ERR_OK },
	{ "surrogate_d800",              B("\xed\xa0\x80"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "surrogate_dfff",              B("\xed\xbf\xbf"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "e000",                        B("\xee\x80\x80"),       MQTT_TEXT, .want = ERR_OK },
	{ "byte_order_mark_is_kept",     B("\xef\xbb\xbf"),       MQTT_TEXT, .want = ERR_OK },
	{ "non_character_fdd0",          B("\xef\xb7\x90"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "non_character_fdef",          B("\xef\xb7\xaf"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "fdf0",                        B("\xef\xb7\xb0"),       MQTT_TEXT, .want = ERR_OK },
	{ "non_character_fffe",          B("\xef\xbf\xbe"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "replacement_fffd",            B("\xef\xbf\xbd"),       MQTT_TEXT, .want = ERR_OK },
	{ "10000",                       B("\xf0\x90\x80\x80"),   MQTT_TEXT, .want = ERR_OK },
	{ "non_character_1ffff",         B("\xf0\x9f\xbf\xbf"),   MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "2a6d4_of_1_5_3_1",            B("A\xf0\xaa\x9b\x94"),  MQTT_TEXT, .want = ERR_OK },
	{ "10fffd_is_the_last",          B("\xf4\x8f\xbf\xbd"),   MQTT_TEXT, .want = ERR_OK },
	{ "beyond_10ffff",               B("\xf4\x90\x80\x80"),   MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "lead_byte_f5",                B("\xf5\x80\x80\x80"),   MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "lead_byte_ff",                B("\xff\x80\x80\x80"),   MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "continuation_alone",          B("\x80"),               MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "cut_in_two_bytes",            B("a\xc3"),              MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "cut_in_four_bytes",           B("\xf0\x90\x80"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "ascii_where_continuation",    B("\xe2\x82" "A"),       MQTT_TEXT, .want = ERR_MQTT_UTF8 },
	{ "empty_name",                  B(""),                   MQTT_TOPIC_NAME, .want = ERR_MQTT_TOPIC },
	{ "name",                        B("/a//b "),             MQTT_TOPIC_NAME, .want = ERR_OK },
	{ "name_with_plus",              B("a+b"),                MQTT_TOPIC_NAME, .want = ERR_MQTT_TOPIC },
	{ "name_with_literal_plus",      B("a+b"),                MQTT_TOPIC_NAME, ERR_OK, true },
	{ "name_with_hash",              B("a#"),                 MQTT_TOPIC_NAME, ERR_MQTT_TOPIC, true },
	{ "empty_filter",                B(""),                   MQTT_TOPIC_FILTER, .want = ERR_MQTT_TOPIC },
	{ "filter_hash",                 B("#"),                  MQTT_TOPIC_FILTER, .want = ERR_OK },
	{ "filter_ends_in_hash",         B("a/#"),                MQTT_TOPIC_FILTER, .want = ERR_OK },
	{ "filter_hash_in_a_level",      B("a#"),                 MQTT_TOPIC_FILTER, .want = ERR_MQTT_TOPIC },
	{ "filter_hash_not_last",        B("#/a"),                MQTT_TOPIC_FILTER, .want = ERR_MQTT_TOPIC },
	{ "filter_two_hashes",           B("##"),                 MQTT_TOPIC_FILTER, .want = ERR_MQTT_TOPIC },
	{ "filter_plus",                 B("+"),                  MQTT_TOPIC_FILTER, .want = ERR_OK },
	{ "filter_plus_levels",          B("+/a/+/+"),            MQTT_TOPIC_FILTER, .want = ERR_OK },
	{ "filter_plus_then_hash",       B("+/#"),                MQTT_TOPIC_FILTER, .want = ERR_OK },
	{ "filter_plus_in_a_level",      B("a+"),                 MQTT_TOPIC_FILTER, .want = ERR_MQTT_TOPIC },
	{ "filter_plus_starts_a_level",  B("+a"),                 MQTT_TOPIC_FILTER, .want = ERR_MQTT_TOPIC },
	{ "filter_literal_plus",         B("/d/a+b/#"),           MQTT_TOPIC_FILTER, ERR_OK, true },
	{ "filter_hash_beside_literal",  B("/d/a+b#"),            MQTT_TOPIC_FILTER, ERR_MQTT_TOPIC, true },
};

static void texts_names_and_filters_are_checked_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(text_rows); i++) {
		const struct text_row *r = &text_rows[i];
		uint8_t *exact = malloc(r->text.len + 1);
		enum err e;

		memcpy(exact + 1, r->text.data, r->text.len);
		e = mqtt_packet_check((struct bytes){ exact + 1, r->text.len }, r->what, r->literal_plus);
		free(exact);
		if (e != r->want)
			fail_msg("%s: %s", r->name, err_name(e));
	}
}

/* ---- What only a server reads --------------------------------------------- */

static const struct connect_row {
	const char  *name;
	struct bytes body;
	enum err     want;
} connect_rows[] = {
	{ "bare",                          B("\0\4MQTT\4\2\0\x3c\0\2id"),                       ERR_OK },
	{ "everything",                    B("\0\4MQTT\4\xf6\0\0\0\2id\0\1w\0\2\0\xff\0\1u\0\2pw"), ERR_OK },
	{ "empty_client_id",               B("\0\4MQTT\4\2\0\0\0\0"),                           ERR_OK },
	{ "level_5",                       B("\0\4MQTT\5\2\0\0\0\0\0"),                         ERR_MQTT_LEVEL },
	{ "version_3_1",                   B("\0\6MQIsdp\3\2\0\0\0\1p"),                        ERR_MQTT_LEVEL },
	{ "name_in_lower_case",            B("\0\4mqtt\4\2\0\0\0\0"),                           ERR_MQTT_LEVEL },
	{ "no_name",                       B("\0\0\4\2\0\0\0\0"),                               ERR_MQTT_LEVEL },
	{ "name_beyond_the_packet",        B("\0\x20MQTT"),                                     ERR_MQTT_LENGTH },
	{ "reserved_flag",                 B("\0\4MQTT\4\3\0\0\0\0"),                           ERR_MQTT_FLAGS },
	{ "will_qos_without_will",         B("\0\4MQTT\4\x0a\0\0\0\0"),                         ERR_MQTT_FLAGS },
	{ "will_retain_without_will",      B("\0\4MQTT\4\x22\0\0\0\0"),                         ERR_MQTT_FLAGS },
	{ "will_qos_3",                    B("\0\4MQTT\4\x1e\0\0\0\0\0\1w\0\0"),                ERR_MQTT_FLAGS },
	{ "password_without_user",         B("\0\4MQTT\4\x42\0\0\0\0\0\1p"),                    ERR_MQTT_FLAGS },
	{ "empty_will_topic",              B("\0\4MQTT\4\6\0\0\0\0\0\0\0\0"),                   ERR_MQTT_TOPIC },
	{ "client_id_not_utf8",            B("\0\4MQTT\4\2\0\0\0\1\xff"),                       ERR_MQTT_UTF8 },
	{ "user_not_utf8",                 B("\0\4MQTT\4\x82\0\0\0\0\0\1\xff"),                 ERR_MQTT_UTF8 },
	{ "password_is_any_bytes",         B("\0\4MQTT\4\xc2\0\0\0\0\0\0\0\2\0\xff"),           ERR_OK },
	{ "bytes_behind_the_last_field",   B("\0\4MQTT\4\2\0\0\0\0x"),                          ERR_MQTT_LENGTH },
	{ "client_id_cut",                 B("\0\4MQTT\4\2\0\0\0\2i"),                          ERR_MQTT_LENGTH },
	{ "user_missing",                  B("\0\4MQTT\4\x82\0\0\0\0"),                         ERR_MQTT_LENGTH },
	{ "keepalive_cut",                 B("\0\4MQTT\4\2\0"),                                 ERR_MQTT_LENGTH },
};

/* A packet of one length byte, whole in P; its buffer ends with the body. */
static void whole(struct mqtt_packet *p, uint8_t first, struct bytes body, uint8_t *buf)
{
	uint8_t head[2] = { first, (uint8_t)body.len };
	size_t taken;

	start(p, true, buf, body.len);
	assert_int_equal(mqtt_packet_feed(p, head, 2, &taken), ERR_AGAIN);
	assert_int_equal(mqtt_packet_feed(p, body.data, body.len, &taken), ERR_OK);
}

static void connect_is_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(connect_rows); i++) {
		const struct connect_row *r = &connect_rows[i];
		uint8_t *buf = malloc(r->body.len);
		struct mqtt_packet p;
		struct mqtt_login l;
		enum err e;

		whole(&p, 0x10, r->body, buf);
		e = mqtt_packet_read_connect(&p, &l);
		if (e != r->want)
			fail_msg("%s: %s", r->name, err_name(e));
		free(buf);
	}
}

static const struct filter_row {
	const char  *name;
	uint8_t      first;
	struct bytes body;
	size_t       good;      /* filters before the end or the error */
	enum err     end;
} filter_rows[] = {
	{ "one",                     0x82, B("\0\1\0\1a\0"),             1, ERR_NOT_FOUND },
	{ "two",                     0x82, B("\0\1\0\1a\0\0\2/#\2"),     2, ERR_NOT_FOUND },
	{ "qos_3",                   0x82, B("\0\1\0\1a\3"),             0, ERR_MQTT_QOS },
	{ "reserved_bit_of_the_qos", 0x82, B("\0\1\0\1a\x80"),           0, ERR_MQTT_QOS },
	{ "qos_missing",             0x82, B("\0\1\0\1a\0\0\1b"),        1, ERR_MQTT_LENGTH },
	{ "filter_cut",              0x82, B("\0\1\0\4a\0"),             0, ERR_MQTT_LENGTH },
	{ "length_cut",              0x82, B("\0\1\0\1a\0\0"),           1, ERR_MQTT_LENGTH },
	{ "empty",                   0x82, B("\0\1\0\0\0"),              0, ERR_MQTT_TOPIC },
	{ "bad_wildcard",            0x82, B("\0\1\0\2a#\0"),            0, ERR_MQTT_TOPIC },
	{ "not_utf8",                0x82, B("\0\1\0\1\xff\0"),          0, ERR_MQTT_UTF8 },
	{ "unsubscribe_two",         0xa2, B("\0\1\0\1a\0\1b"),          2, ERR_NOT_FOUND },
	{ "unsubscribe_empty",       0xa2, B("\0\1\0\0"),                0, ERR_MQTT_TOPIC },
};

static void filters_are_read_one_by_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filter_rows); i++) {
		const struct filter_row *r = &filter_rows[i];
		uint8_t *buf = malloc(r->body.len);
		struct mqtt_filter f;
		struct mqtt_packet p;
		size_t at = 0, n = 0;
		enum err e;

		whole(&p, r->first, r->body, buf);
		while ((e = mqtt_packet_next_filter(&p, &at, &f)) == ERR_OK)
			n++;
		if (e != r->end || n != r->good)
			fail_msg("%s: %zu filters, then %s", r->name, n, err_name(e));
		free(buf);
	}
}

/* ---- Round trips ---------------------------------------------------------- */

static uint32_t dice_state;

static uint32_t dice(uint32_t sides)
{
	dice_state = dice_state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)dice_state * sides >> 32);
}

static struct bytes some_text(uint8_t *buf, size_t min, size_t max)
{
	size_t n = min + dice((uint32_t)(max - min + 1));

	for (size_t i = 0; i < n; i++)
		buf[i] = (uint8_t)('a' + dice(26));
	return (struct bytes){ buf, n };
}

static void any_publish_comes_back_as_it_was(void **state)
{
	static uint8_t topic[400], payload[20000], packet[21000], buf[402];

	(void)state;
	for (dice_state = 0; dice(4000) != 0; ) {
		struct mqtt_message m = { .topic = some_text(topic, 1, sizeof topic), .qos = (uint8_t)dice(3),
					  .retain = dice(2) != 0, .dup = dice(2) != 0 };
		uint16_t id = (uint16_t)(1 + dice(65535));
		struct mqtt_packet p;
		struct bytes back;
		size_t size, done;

		m.payload = some_text(payload, 0, dice(2) != 0 ? 300 : sizeof payload);
		size = mqtt_packet_write_publish(packet, sizeof packet, &m, id);
		start(&p, dice(2) != 0, buf, sizeof buf);
		assert_int_equal(feed_chunks(&p, (struct bytes){ packet, size }, 1 + dice(500), &done), ERR_OK);
		assert_int_equal(mqtt_packet_qos(&p), m.qos);
		assert_int_equal((p.first & MQTT_PACKET_RETAIN) != 0, m.retain);
		assert_int_equal((p.first & MQTT_PACKET_DUP) != 0, m.dup);
		assert_int_equal(p.id, m.qos > 0 ? id : 0);
		assert_true(bytes_equal(mqtt_packet_topic(&p), m.topic));
		assert_int_equal(done + p.left, size);
		back = mqtt_packet_payload(&p, packet + done, size - done);
		assert_true(bytes_equal(back, m.payload));
		assert_false(mqtt_packet_in_payload(&p));
	}
}

static uint8_t some_login_flags(void)
{
	static const uint8_t user[] = { 0, MQTT_LOGIN_USER, MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD };
	uint32_t will = dice(2) != 0 ? MQTT_LOGIN_WILL | dice(3) << 3 | dice(2) << 5 : 0;

	return (uint8_t)(user[dice(3)] | will | dice(2) << 1);
}

static void any_login_comes_back_as_it_was(void **state)
{
	static uint8_t text[5][300], packet[1600], buf[1600];

	(void)state;
	for (dice_state = 1; dice(2000) != 0; ) {
		struct mqtt_login l = { .flags = some_login_flags(), .keepalive_s = (uint16_t)dice(65536) }, back;
		struct mqtt_packet p;
		size_t size, done;

		l.client_id = some_text(text[0], 0, 299);
		if ((l.flags & MQTT_LOGIN_WILL) != 0) {
			l.will_topic = some_text(text[1], 1, 299);
			l.will_payload = some_text(text[2], 0, 299);
		}
		if ((l.flags & MQTT_LOGIN_USER) != 0)
			l.user = some_text(text[3], 0, 299);
		if ((l.flags & MQTT_LOGIN_PASSWORD) != 0)
			l.password = some_text(text[4], 0, 299);
		size = mqtt_packet_write_connect(packet, sizeof packet, &l);
		start(&p, true, buf, sizeof buf);
		assert_int_equal(feed_chunks(&p, (struct bytes){ packet, size }, 1 + dice(100), &done), ERR_OK);
		assert_int_equal(mqtt_packet_read_connect(&p, &back), ERR_OK);
		assert_int_equal(back.flags, l.flags);
		assert_int_equal(back.keepalive_s, l.keepalive_s);
		for (size_t i = 0; i < COUNT(l.fields); i++)
			assert_true(bytes_equal(back.fields[i], l.fields[i]));
	}
}

static void the_length_takes_as_few_bytes_as_it_can(void **state)
{
	static const struct { uint32_t body; size_t head; } lengths[] = {
		{ 3, 2 }, { 127, 2 }, { 128, 3 }, { 16383, 3 }, { 16384, 4 }, { 2097151, 4 }, { 2097152, 5 },
		{ 268435455, 5 },
	};
	static uint8_t payload[2100000], packet[2100000];

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct mqtt_message m = { .topic = B("t"), .payload = { payload, lengths[i].body - 3 } };
		size_t size = mqtt_packet_write_publish(packet, sizeof packet, &m, 0), done;
		struct mqtt_packet p;
		uint8_t buf[8];

		assert_int_equal(size, lengths[i].head + lengths[i].body);
		if (size > sizeof packet)
			continue;
		start(&p, false, buf, sizeof buf);
		assert_int_equal(feed_chunks(&p, (struct bytes){ packet, lengths[i].head + 3 }, 1, &done), ERR_OK);
		assert_int_equal(p.left, lengths[i].body - 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_written_byte_by_byte_as_specified),
		cmocka_unit_test(what_cannot_be_represented_has_no_size),
		cmocka_unit_test(every_packet_is_judged_the_same_in_every_chunking),
		cmocka_unit_test(a_type_that_is_not_accepted_now_is_out_of_order),
		cmocka_unit_test(a_topic_longer_than_the_buffer_is_cut_and_its_id_found),
		cmocka_unit_test(texts_names_and_filters_are_checked_strictly),
		cmocka_unit_test(connect_is_read_strictly),
		cmocka_unit_test(filters_are_read_one_by_one),
		cmocka_unit_test(any_publish_comes_back_as_it_was),
		cmocka_unit_test(any_login_comes_back_as_it_was),
		cmocka_unit_test(the_length_takes_as_few_bytes_as_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
