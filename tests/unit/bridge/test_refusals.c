/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each refusal twice: what brings it about, with the words that must stand in its
 * sentence, and what comes as near as can be without being refused for it.  That
 * the sentences keep the rules of tests/support/sentence_rules.h is node_rig's
 * business, in every test.
 */
#include "node_rig.h"

#include "cloud/mqtt_packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig g;

static int start(void **state)
{
	(void)state;
	rig_new(&g);
	rig_add(&g, "pump-7");
	rig_start(&g);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	rig_free(&g);
	return 0;
}

/* ---- what devices do --------------------------------------------------------- */

static void log_in(struct rig_device *d)
{
	rig_login(d, "pump-7", 0, 3600);
}

static void with_token(struct rig_device *d, const char *token)
{
	rig_login_as(d, RIG_CLIENT "pump-7", token);
}

static int64_t now_s(void)
{
	return rig_now(&g).wall_ms / 1000;
}

static void connect_with(struct rig_device *d, struct mqtt_login login)
{
	char token[16384];
	uint8_t packet[20000];

	rig_token(token, "my-project-1", now_s(), now_s() + 3600);
	login.flags = (uint8_t)(login.flags | MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD);
	login.client_id = bytes_of(RIG_CLIENT "pump-7");
	login.user = bytes_of("unused");
	login.password = bytes_of(token);
	rig_feed(d, packet, mqtt_packet_write_connect(packet, sizeof packet, &login));
}

static void alive(struct rig_device *d, unsigned seconds)
{
	for (; seconds >= 30; seconds -= 30) {
		rig_pass(&g, 30000);
		if (d->end == REASON_NONE)
			rig_feed(d, "\xc0\0", 2);
	}
	rig_pass(&g, seconds * 1000);
}

static void beside(struct rig_device *d, const char *id)
{
	struct rig_device *other;

	log_in(d);
	other = rig_connect(&g);
	rig_login(other, id, 0, 3600);
	rig_leave(other);
}

static void block(bool blocked)
{
	struct registry_device change = { .blocked = blocked };

	assert_int_equal(device_update(g.registry, rig_path("pump-7"), DEVICE_BLOCKED, &change), REGISTRY_OK);
}

static void disable(bool disabled)
{
	struct registry_info info = { .mqtt_disabled = disabled };

	assert_int_equal(registry_update(g.registry, rig_path("pump-7").in, &info), REGISTRY_OK);
}

static void publish_long(struct rig_device *d, size_t len)
{
	char *payload = malloc(len + 1);

	assert_non_null(payload);
	memset(payload, 'x', len);
	payload[len] = '\0';
	log_in(d);
	rig_publish(d, "/devices/pump-7/events", payload, 0, 0);
	free(payload);
}

static void spoilt(struct rig_device *d)
{
	char token[16384];

	rig_token(token, "my-project-1", now_s(), now_s() + 3600);
	token[strlen(token) - 20] ^= 1;
	with_token(d, token);
}

static void for_project(struct rig_device *d, const char *aud)
{
	char token[16384];

	rig_token(token, aud, now_s(), now_s() + 3600);
	with_token(d, token);
}

#define DO(name, what) static void name(struct rig_device *d) { (void)d; what; }

DO(second_login,     beside(d, "pump-7"))
DO(another_device,   beside(d, "pump-8"))
DO(past_its_token,   (rig_login(d, "pump-7", 0, 60), alive(d, 690)))
DO(within_its_token, (rig_login(d, "pump-7", 0, 60), alive(d, 630)))
DO(silent_91_s,      (log_in(d), rig_pass(&g, 91000)))
DO(silent_89_s,      (log_in(d), rig_pass(&g, 89000)))
DO(idle_21_min,      (connect_with(d, (struct mqtt_login){ .keepalive_s = 0 }), rig_pass(&g, 21 * 60000)))
DO(idle_19_min,      (connect_with(d, (struct mqtt_login){ .keepalive_s = 0 }), rig_pass(&g, 19 * 60000)))
DO(blocked,          (block(true), log_in(d)))
DO(unblocked,        (block(false), log_in(d)))
DO(mqtt_off,         (disable(true), log_in(d)))
DO(mqtt_on,          (disable(false), log_in(d)))
DO(speaks_http,      rig_feed(d, "GET / HTTP/1.1\r\n\r\n", 18))
DO(speaks_mqtt_5,    rig_feed(d, "\x10\x0c\0\4MQTT\5\2\0\x3c\0\0", 14))
DO(says_nothing,     rig_pass(&g, 11000))
DO(says_it_late,     (rig_pass(&g, 9000), log_in(d)))
DO(short_id,         rig_login_as(d, "dev1", "x"))
DO(project_name,     rig_login_as(d, "projects/My First Project/locations/europe-west1/registries/fleet/devices/pump-7", "x"))
DO(unknown,          rig_login(d, "nobody", 0, 3600))
DO(other_registry,   rig_login_as(d, "projects/my-project-1/locations/europe-west1/registries/other/devices/pump-7", "x"))
DO(no_token,         with_token(d, "unused"))
DO(alg_none,         with_token(d, "eyJhbGciOiJub25lIn0.e30."))
DO(unsigned_token,   with_token(d, "eyJhbGciOiJFUzI1NiJ9.e30."))
DO(for_a_name,       for_project(d, "My Project"))
DO(for_the_id,       for_project(d, "my-project-1"))
DO(hour_ahead,       rig_login(d, "pump-7", -3720, 3600))
DO(minutes_ahead,    rig_login(d, "pump-7", -599, 3600))
DO(hours_behind,     rig_login(d, "pump-7", 3600 + 3720, 3600))
DO(minutes_behind,   rig_login(d, "pump-7", 3600 + 599, 3600))
DO(since_1980,       rig_login(d, "pump-7", now_s() - 315964800, 3600))
DO(two_days,         rig_login(d, "pump-7", 0, 172800))
DO(a_day,            rig_login(d, "pump-7", 0, 86400))
DO(telemetry,        (log_in(d), rig_publish(d, "/devices/pump-7/telemetry", "x", 1, 1)))
DO(other_topic,      (log_in(d), rig_publish(d, "/devices/pump-8/events", "x", 1, 1)))
DO(events,           (log_in(d), rig_publish(d, "/devices/pump-7/events/telemetry", "x", 1, 1)))
DO(with_qos_2,       (log_in(d), rig_publish(d, "/devices/pump-7/events", "x", 2, 1)))
DO(retained,         (log_in(d), rig_feed(d, "\x31\x19\0\x16/devices/pump-7/events" "x", 27)))
DO(not_retained,     (log_in(d), rig_feed(d, "\x30\x19\0\x16/devices/pump-7/events" "x", 27)))
DO(with_will,        connect_with(d, (struct mqtt_login){ .flags = MQTT_LOGIN_WILL, .will_topic = bytes_of("last/words"),
							  .will_payload = bytes_of("x"), .keepalive_s = 60 }))
DO(too_long,         publish_long(d, 262145))
DO(long_enough,      publish_long(d, 262144))
DO(deleted,          (log_in(d), (void)!device_delete(g.registry, rig_path("pump-7")),
		      node_device_changed(g.node, rig_path("pump-7"), rig_now(&g)), rig_settle(&g)))
DO(changed,          (log_in(d), node_device_changed(g.node, rig_path("pump-7"), rig_now(&g)), rig_settle(&g)))

/* ---- and what is said --------------------------------------------------------- */

#define NAMED "'pump-7'"

static const struct row {
	enum reason_code code;
	void (*wrong)(struct rig_device *d);
	const char *words;
	void (*near)(struct rig_device *d);
} rows[] = {
	{ REASON_REPLACED,        second_login,   "192.0.2.7:51112|look for a second board", another_device },
	{ REASON_TOKEN_EXPIRED,   past_its_token, "600 s|new token", within_its_token },
	{ REASON_KEEPALIVE,       silent_91_s,    "keepalive is 60 s|one and a half|signal", silent_89_s },
	{ REASON_IDLE,            idle_21_min,    "1200 s|keepalive that is shorter", idle_19_min },
	{ REASON_BLOCKED,         blocked,        NAMED "|blocked|tern device unblock", unblocked },
	{ REASON_MQTT_DISABLED,   mqtt_off,       NAMED "|switched off|MQTT_ENABLED", mqtt_on },
	{ REASON_PROTOCOL,        speaks_http,    "0x47, 'G'|HTTP|port", log_in },
	{ REASON_LEVEL,           speaks_mqtt_5,  "MQTT 5|3.1.1", log_in },
	{ REASON_LOGIN_TIME,      says_nothing,   "10 s|0 bytes|CONNECT", says_it_late },
	{ REASON_CLIENT_ID,       short_id,       "'dev1'|projects/PROJECT/locations|there is", log_in },
	{ REASON_CLIENT_ID,       project_name,   "'My First Project'|name, not its id|my-first-project-123456", log_in },
	{ REASON_UNKNOWN_DEVICE,  unknown,        "'nobody'|'fleet'|tern device create", log_in },
	{ REASON_UNKNOWN_DEVICE,  other_registry, "'other'|'fleet'", log_in },
	{ REASON_NO_KEY,          spoilt,         "ES256|none of the device's keys|key public|tern credential add", log_in },
	{ REASON_TOKEN_FORM,      no_token,       "6 bytes|header.claims.signature|tern token decode", log_in },
	{ REASON_TOKEN_ALGORITHM, alg_none,       "'none'|ES256|P-256", log_in },
	{ REASON_TOKEN_SIGNATURE, unsigned_token, "0 bytes|never signed", log_in },
	{ REASON_TOKEN_AUDIENCE,  for_a_name,     "'My Project'|'my-project-1'|name", for_the_id },
	{ REASON_TOKEN_TIME,      hour_ahead,     "device's clock is 1 h 02 min ahead of this server's|(3720 s|only the time|set its "
						  "clock", minutes_ahead },
	{ REASON_TOKEN_TIME,      hours_behind,   "expired 1 h 02 min ago|(3720 s|either|2 h 02 min behind|only the time",
	  minutes_behind },
	{ REASON_TOKEN_TIME,      since_1980,     "never set|1980-01-06|2027-01-15|only the time", log_in },
	{ REASON_TOKEN_LIFE,      two_days,       "172800 s|86400 s", a_day },
	{ REASON_TOPIC,           telemetry,      "'/devices/pump-7/telemetry'|'events/SUBFOLDER'", events },
	{ REASON_TOPIC,           other_topic,    "'/devices/pump-8/events'|its id " NAMED, events },
	{ REASON_QOS2,            with_qos_2,     "QoS 2|'/devices/pump-7/events'|QoS 1", events },
	{ REASON_RETAIN,          retained,       "retain|'/devices/pump-7/events'", not_retained },
	{ REASON_WILL,            with_will,      "'last/words'|switch the will off", log_in },
	{ REASON_SIZE,            too_long,       "262145 bytes|262144", long_enough },
	{ REASON_DELETED,         deleted,        NAMED "|deleted|tern device create", NULL },
};

/* Tested where the case can be made: test_node.c, test_server and the e2e tests. */
static const enum reason_code elsewhere[] = {
	REASON_SHUTTING_DOWN, REASON_LOGIN_LIMIT, REASON_BUSY, REASON_RATE, REASON_FAULT, REASON_NOT_READ,
};

static void has_all(const char *text, const char *words)
{
	char list[256], *save = NULL;

	snprintf(list, sizeof list, "%s", words);
	for (char *w = strtok_r(list, "|", &save); w != NULL; w = strtok_r(NULL, "|", &save))
		if (strstr(text, w) == NULL)
			fail_msg("'%s' is not in: %s", w, text);
}

static void end_as(void (*act)(struct rig_device *d), enum reason_code code, const char *words)
{
	struct rig_device *d = rig_connect(&g);

	act(d);
	print_message("  %s\n", d->why);
	assert_string_equal(reason_name(d->end), reason_name(code));
	has_all(d->why, words);
	rig_leave(d);
}

static void each_refusal_and_what_is_none(void **state)
{
	(void)state;
	rig_add(&g, "pump-8");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		end_as(rows[i].wrong, rows[i].code, rows[i].words);
		if (rows[i].near != NULL)
			end_as(rows[i].near, REASON_NONE, "");
	}
	rig_add(&g, "pump-7");
	end_as(changed, REASON_NONE, "");               /* the near miss of DELETED */
}

static void no_code_is_left_out(void **state)
{
	bool seen[REASON_COUNT] = { false };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		seen[rows[i].code] = true;
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
		seen[elsewhere[i]] = true;
	for (int i = 0; i < REASON_COUNT; i++)
		if (!seen[i] && reason_act((enum reason_code)i) != NULL)
			fail_msg("%s has no row", reason_name((enum reason_code)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_refusal_and_what_is_none, start, stop),
		cmocka_unit_test(no_code_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, rig_forget_keys);
}
