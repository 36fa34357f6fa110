/* SPDX-License-Identifier: Apache-2.0 */
/* The node: logins, messages to the sinks and their PUBACKs, quotas, ends. */
#include "node_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig g;

static int start(void **state)
{
	(void)state;
	rig_new(&g);
	rig_add(&g, "pump-7");
	rig_add(&g, "pump-8");
	rig_start(&g);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	rig_free(&g);
	return 0;
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("'%s' is in:\n%s", part, text);
}

static size_t occurs(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

static struct node_counts counts(void)
{
	struct node_counts c;

	node_counts(g.node, &c);
	return c;
}

/* ---- logins ---------------------------------------------------------------- */

static void a_login_is_accepted_and_logged(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	has(g.journal, "\"eventType\":\"CONNECT\",\"protocol\":\"MQTT\",\"resourceName\":\"projects/my-project-1/locations/"
		       "europe-west1/registries/fleet/devices/pump-7\"");
	has(g.journal, "\"from\":\"192.0.2.7:51112\",\"status\":{\"code\":0,\"description\":\"OK\"}");
	assert_int_equal(counts().up, 1);
	rig_leave(d);
	has(g.journal, "\"eventType\":\"DISCONNECT\"");
	has(g.journal, "\"disconnectType\":\"CLIENT\"");
	assert_int_equal(counts().connections, 0);
	assert_int_equal(counts().up, 0);
}

static void who_does_not_read_was_ended_by_the_bridge(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");
	struct reason why;

	(void)state;
	reason_set(&why, REASON_NOT_READ, "for 60 s the device took nothing of what it was sent");
	node_end(d->conn, &why, rig_now(&g));
	rig_leave(d);
	has(g.journal, "\"eventType\":\"DISCONNECT\"");
	has(g.journal, "\"disconnectType\":\"SERVER\"");
	has(g.journal, "\"reason\":\"NOT_READ\"");
	has_not(g.journal, "\"disconnectType\":\"CLIENT\"");
}

static const struct refusal {
	const char *name;
	const char *client_id;       /* NULL: pump-7's */
	const char *aud;
	int64_t     iat_s, exp_s;    /* from now */
	enum reason_code code;
	uint8_t     connack;
	const char *says;
} refusals[] = {
	{ "client_id_of_another_form", "pump-7", "my-project-1", 0, 3600, REASON_CLIENT_ID, 2, "pump-7" },
	{ "unknown_project", "projects/other-project/locations/europe-west1/registries/fleet/devices/pump-7", "other-project",
	  0, 3600, REASON_UNKNOWN_DEVICE, 5, "the project 'other-project' is unknown here; a device of that id is in registry "
	  "'fleet', region 'europe-west1', project 'my-project-1'" },
	{ "unknown_region", "projects/my-project-1/locations/us-central1/registries/fleet/devices/pump-7", "my-project-1", 0,
	  3600, REASON_UNKNOWN_DEVICE, 5, "the region 'us-central1' is unknown in project 'my-project-1'; a device of that id" },
	{ "unknown_registry", "projects/my-project-1/locations/europe-west1/registries/float/devices/pump-7", "my-project-1", 0,
	  3600, REASON_UNKNOWN_DEVICE, 5, "the registry 'float' is unknown" },
	{ "unknown_device", RIG_CLIENT "pump-9", "my-project-1", 0, 3600, REASON_UNKNOWN_DEVICE, 5,
	  "the device 'pump-9' is unknown in registry 'fleet' of project 'my-project-1'" },
	{ "unknown_device_number", RIG_CLIENT "17", "my-project-1", 0, 3600, REASON_UNKNOWN_DEVICE, 5,
	  "the device '17' is unknown" },
	{ "audience_of_another_project", NULL, "other-project", 0, 3600, REASON_TOKEN_AUDIENCE, 5, "other-project" },
	{ "expired_661_s_ago", NULL, "my-project-1", -4261, -661, REASON_TOKEN_TIME, 5, "661 s" },
	{ "issued_601_s_ahead", NULL, "my-project-1", 601, 4201, REASON_TOKEN_TIME, 5, "601 s" },
	{ "life_of_two_days", NULL, "my-project-1", 0, 172800, REASON_TOKEN_LIFE, 5, "172800" },
};

static void a_refusal_says_what_is_wrong(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *r = &refusals[i];
		int64_t now_s = rig_now(&g).wall_ms / 1000;
		uint8_t connack[4] = { 0x20, 2, 0, r->connack };
		struct rig_device *d = rig_connect(&g);
		char token[16384];

		rig_token(token, r->aud, now_s + r->iat_s, now_s + r->exp_s);
		g.journal[0] = '\0';
		rig_login_as(d, r->client_id != NULL ? r->client_id : RIG_CLIENT "pump-7", token);
		if (d->end != r->code)
			fail_msg("%s: %s %s", r->name, reason_name(d->end), d->why);
		has(d->why, r->says);
		rig_sent(d, connack, 4);
		has(g.journal, reason_name(r->code));
		has(g.journal, "\"severity\":\"ERROR\",\"eventType\":\"CONNECT\"");
		has_not(g.journal, strrchr(token, '.') + 1);
		rig_leave(d);
	}
	assert_int_equal(counts().refused, sizeof refusals / sizeof *refusals);
}

static void a_device_may_come_by_its_number(void **state)
{
	struct registry_login login;
	struct rig_device *d;
	char number[24];

	(void)state;
	assert_int_equal(login_get(g.registry, rig_path("pump-7"), &login), REGISTRY_OK);
	snprintf(number, sizeof number, "%llu", (unsigned long long)login.num_id);
	login_clear(&login);
	d = rig_up(&g, number);
	rig_publish(d, "/devices/pump-7/events", "x", 0, 0);
	assert_string_equal(g.sinks[0].log, "event pump-7  'x' 0; ");
	rig_leave(d);
}

static void a_token_9_minutes_off_is_good_and_11_is_not(void **state)
{
	static const struct { int64_t age_s, life_s; enum reason_code end; } rows[] = {
		{ -540, 3600, REASON_NONE }, { -660, 3600, REASON_TOKEN_TIME },
		{ 4140, 3600, REASON_NONE }, { 4260, 3600, REASON_TOKEN_TIME },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rig_device *d = rig_connect(&g);

		rig_login(d, "pump-7", rows[i].age_s, rows[i].life_s);
		assert_int_equal(d->end, rows[i].end);
		rig_leave(d);
	}
}

static void a_second_login_replaces_the_first(void **state)
{
	struct rig_device *first = rig_up(&g, "pump-7"), *second;

	(void)state;
	rig_publish(first, "/devices/pump-7/events", "a", 1, 1);
	second = rig_up(&g, "pump-7");
	assert_int_equal(first->end, REASON_REPLACED);
	has(g.journal, "SERVER: The connection was closed because there is another active connection with the same device "
		       "ID.");
	assert_int_equal(second->end, REASON_NONE);
	rig_confirm_all(&g);
	RIG_SENT(first, "");                  /* its PUBACK goes nowhere */
	RIG_SENT(second, "");
	rig_publish(second, "/devices/pump-7/events", "a", 1, 2);
	rig_leave(first);
	rig_confirm_all(&g);
	RIG_SENT(second, "\x40\2\0\2");       /* the first one's end did not take it along */
	assert_int_equal(counts().up, 1);
	rig_leave(second);
}

static void a_connection_ends_when_token_and_tolerance_do(void **state)
{
	struct rig_device *d = rig_connect(&g);

	(void)state;
	rig_login(d, "pump-7", 0, 1200);
	while (g.now_ms < 1000 + 1799 * 1000) {
		rig_pass(&g, 29 * 1000 + 500);
		rig_feed(d, "\xc0\0", 2);             /* alive */
		assert_int_equal(d->end, REASON_NONE);
		if (1000 + 1799 * 1000 - g.now_ms < 30 * 1000)
			rig_pass(&g, 1000 + 1799 * 1000 - g.now_ms);
	}
	rig_pass(&g, 999);
	assert_int_equal(d->end, REASON_NONE);
	rig_pass(&g, 1);
	assert_int_equal(d->end, REASON_TOKEN_EXPIRED);
	has(g.journal, "SERVER: The authorization token expired.");
	rig_leave(d);
}

/* ---- messages -------------------------------------------------------------- */

static void a_puback_waits_for_every_sink_and_keeps_its_order(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	rig_publish(d, "/devices/pump-7/events", "one", 1, 11);
	rig_publish(d, "/devices/pump-7/events/a/b", "two", 1, 12);
	assert_string_equal(g.sinks[0].log, "event pump-7  'one' 1; event pump-7 a/b 'two' 1; ");
	assert_string_equal(g.sinks[1].log, g.sinks[0].log);
	rig_confirm(&g, 0, 0);
	rig_confirm(&g, 0, 1);
	rig_settle(&g);
	RIG_SENT(d, "");
	rig_confirm(&g, 1, 1);
	rig_settle(&g);
	RIG_SENT(d, "");                      /* the second is safe, the first is not */
	rig_confirm(&g, 1, 0);
	rig_settle(&g);
	RIG_SENT(d, "\x40\2\0\x0b\x40\2\0\x0c");
	assert_int_equal(counts().held, 0);
	assert_int_equal(counts().held_bytes, 0);
	rig_leave(d);
}

static void a_state_waits_for_the_registry_too(void **state)
{
	struct registry_state states[REGISTRY_STATES];
	struct rig_device *d = rig_up(&g, "pump-7");
	size_t found, i;

	(void)state;
	assert_int_equal(registry_begin(g.registry), REGISTRY_OK);      /* its writer waits so long */
	rig_publish(d, "/devices/pump-7/state", "on", 1, 1);
	for (i = 0; i < 2; i++)
		rig_confirm(&g, i, 0);
	rig_pass(&g, 100);
	RIG_SENT(d, "");
	assert_int_equal(registry_commit(g.registry), REGISTRY_OK);
	rig_sync(&g);
	RIG_SENT(d, "\x40\2\0\1");
	assert_int_equal(state_list(g.registry, rig_path("pump-7"), states, &found), REGISTRY_OK);
	assert_int_equal(found, 1);
	assert_memory_equal(states[0].data, "on", 2);
	state_clear(&states[0]);
	assert_string_equal(g.sinks[0].log, "state pump-7  'on' 1; ");
	rig_leave(d);
}

static void qos_0_is_delivered_and_nobody_waits(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	rig_publish(d, "/devices/pump-7/events", "a", 0, 0);
	g.sinks[1].room = 0;
	rig_publish(d, "/devices/pump-7/events", "b", 0, 0);
	rig_publish(d, "/devices/pump-7/state", "c", 0, 0);
	assert_string_equal(g.sinks[0].log, "event pump-7  'a' 0; event pump-7  'b' 0; state pump-7  'c' 0; ");
	assert_string_equal(g.sinks[1].log, "event pump-7  'a' 0; ");
	assert_false(node_is_paused(d->conn));
	RIG_SENT(d, "");
	rig_leave(d);
}

static void a_full_sink_pauses_and_loses_nothing(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7"), *e = rig_up(&g, "pump-8");

	(void)state;
	g.sinks[1].room = 1;
	rig_publish(d, "/devices/pump-7/events", "one", 1, 1);
	rig_publish(d, "/devices/pump-7/events", "two", 1, 2);
	assert_true(node_is_paused(d->conn));
	rig_publish(d, "/devices/pump-7/events", "three", 1, 3);
	rig_publish(e, "/devices/pump-8/events", "four", 1, 1);
	assert_true(node_is_paused(e->conn));         /* it waits behind the other */
	assert_int_equal(counts().waiting, 2);
	assert_string_equal(g.sinks[1].log, "event pump-7  'one' 1; ");

	rig_pass(&g, 30 * 1000);                      /* still full */
	assert_true(node_is_paused(d->conn));
	g.sinks[1].room = SIZE_MAX;
	rig_confirm(&g, 1, 0);
	rig_settle(&g);
	assert_string_equal(g.sinks[1].log, "event pump-7  'one' 1; event pump-7  'two' 1; event pump-8  'four' 1; "
					    "event pump-7  'three' 1; ");
	rig_confirm_all(&g);
	RIG_SENT(d, "\x40\2\0\1\x40\2\0\2\x40\2\0\3");
	RIG_SENT(e, "\x40\2\0\1");
	assert_int_equal(counts().waiting, 0);
	rig_leave(d);
	rig_leave(e);
}

static void who_is_not_read_is_not_called_silent(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	g.sinks[0].room = 0;
	rig_publish(d, "/devices/pump-7/events", "one", 1, 1);
	rig_pass(&g, 600 * 1000);                     /* keepalive is 60 s */
	assert_int_equal(d->end, REASON_NONE);
	g.sinks[0].room = SIZE_MAX;
	rig_pass(&g, 100);
	assert_false(node_is_paused(d->conn));
	rig_confirm_all(&g);
	RIG_SENT(d, "\x40\2\0\1");
	rig_pass(&g, 9 * 1000);
	assert_int_equal(d->end, REASON_NONE);
	rig_pass(&g, 120 * 1000);                     /* but now it is read */
	assert_int_equal(d->end, REASON_KEEPALIVE);
	rig_leave(d);
}

static void who_leaves_while_a_sink_is_full_leaves_nothing_behind(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	g.sinks[1].room = 0;
	rig_publish(d, "/devices/pump-7/events", "one", 1, 1);
	assert_int_equal(counts().held, 1);           /* the first sink has it */
	rig_leave(d);
	assert_int_equal(counts().held, 1);
	assert_int_equal(counts().waiting, 0);
	rig_confirm(&g, 0, 0);
	rig_settle(&g);
	assert_int_equal(counts().held, 0);
	assert_int_equal(counts().held_bytes, 0);
}

static void all_connections_together_hold_no_more_than_the_node_may(void **state)
{
	struct rig_device *d, *e;
	char payload[1025];

	(void)state;
	node_free(g.node);
	g.cfg.held_bytes = 1500;
	rig_start(&g);
	d = rig_up(&g, "pump-7");
	e = rig_up(&g, "pump-8");
	memset(payload, 'x', 1024);
	payload[1024] = '\0';
	rig_publish(d, "/devices/pump-7/events", payload, 1, 1);
	rig_publish(e, "/devices/pump-8/events", payload, 1, 1);
	assert_int_equal(counts().held_bytes, 1024);
	assert_true(node_is_paused(e->conn));
	rig_confirm_all(&g);
	rig_confirm_all(&g);
	RIG_SENT(e, "\x40\2\0\1");
	rig_leave(d);
	rig_leave(e);
}

static void without_sinks_the_puback_comes_at_once(void **state)
{
	struct rig_device *d;

	(void)state;
	node_free(g.node);
	g.cfg.sink_count = 0;
	rig_start(&g);
	d = rig_up(&g, "pump-7");
	rig_publish(d, "/devices/pump-7/events", "x", 1, 1);
	RIG_SENT(d, "\x40\2\0\1");
	assert_int_equal(counts().held, 0);
	rig_leave(d);
}

/* ---- quotas ---------------------------------------------------------------- */

static void more_messages_than_allowed_are_read_more_slowly(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");
	uint16_t i;

	(void)state;
	for (i = 1; i <= 300; i++)
		rig_publish(d, "/devices/pump-7/events", "x", 0, 0);
	assert_in_range(g.sinks[0].taken_count, 100, 102);
	rig_pass(&g, 1000);
	has(g.journal, "more than 100 messages a second");
	assert_in_range(g.sinks[0].taken_count, 199, 203);
	rig_pass(&g, 1000);
	assert_int_equal(g.sinks[0].taken_count, 300);
	assert_int_equal(occurs(g.journal, "\"eventType\":\"LIMIT\""), 1);
	assert_int_equal(d->end, REASON_NONE);
	rig_leave(d);
}

static void subscribing_again_and_again_is_slowed_down_too(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");
	int i;

	(void)state;
	for (i = 0; i < 300; i++)
		rig_subscribe(d, "/devices/pump-7/config", 0, 1);
	assert_true(node_is_paused(d->conn));
	assert_int_equal(occurs(g.journal, "\"eventType\":\"CONFIG\""), 1);
	rig_pass(&g, 10000);
	assert_in_range(occurs(g.journal, "\"eventType\":\"CONFIG\""), 2, 5);
	rig_leave(d);
}

static void more_bytes_than_allowed_are_read_more_slowly(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");
	char *payload = malloc(200001);
	uint16_t i;

	(void)state;
	memset(payload, 'x', 200000);
	payload[200000] = '\0';
	for (i = 1; i <= 5; i++)
		rig_publish(d, "/devices/pump-7/events", payload, 0, 0);
	free(payload);
	assert_int_equal(g.sinks[0].taken_count, 3);  /* 600,000 are paid afterwards */
	rig_pass(&g, 2000);
	assert_int_equal(g.sinks[0].taken_count, 5);
	has(g.journal, "more than 524288 bytes a second");
	rig_leave(d);
}

static void states_come_once_a_second(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	rig_publish(d, "/devices/pump-7/state", "1", 1, 1);
	rig_publish(d, "/devices/pump-7/state", "2", 1, 2);
	rig_publish(d, "/devices/pump-7/events", "e", 1, 3);
	assert_string_equal(g.sinks[0].log, "state pump-7  '1' 1; ");
	rig_pass(&g, 999);
	assert_string_equal(g.sinks[0].log, "state pump-7  '1' 1; ");
	rig_pass(&g, 1);
	assert_string_equal(g.sinks[0].log, "state pump-7  '1' 1; state pump-7  '2' 1; event pump-7  'e' 1; ");
	has(g.journal, "\"eventType\":\"LIMIT\"");
	has(g.journal, "states faster than one in 1000 ms");
	rig_leave(d);
}

static void a_state_that_waited_for_room_has_not_come_too_soon(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	node_free(g.node);
	g.cfg.held_bytes = 3;
	rig_start(&g);
	free(d);
	d = rig_up(&g, "pump-7");
	rig_publish(d, "/devices/pump-7/events", "xyz", 1, 1);
	rig_publish(d, "/devices/pump-7/state", "on", 1, 2);
	assert_true(node_is_paused(d->conn));
	rig_confirm_all(&g);
	has_not(g.journal, "states faster");
	rig_confirm_all(&g);
	RIG_SENT(d, "\x40\2\0\1\x40\2\0\2");
	rig_leave(d);
}

/* ---- the registry's times and the log -------------------------------------- */

static void times_and_last_error_are_kept(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7"), *other;
	struct registry_device shown;

	(void)state;
	rig_publish(d, "/devices/pump-7/events", "x", 1, 1);
	rig_pass(&g, 5);
	rig_publish(d, "/devices/pump-7/state", "x", 1, 2);
	rig_pass(&g, 5);
	rig_feed(d, "\xc0\0", 2);
	other = rig_connect(&g);
	rig_login(other, "pump-7", 5000, 3600);
	rig_sync(&g);
	assert_int_equal(device_get(g.registry, rig_path("pump-7"), &shown), REGISTRY_OK);
	assert_int_equal(shown.event_ms, RIG_WALL_MS + 1000);
	assert_int_equal(shown.state_ms, RIG_WALL_MS + 1005);
	assert_int_equal(shown.heartbeat_ms, RIG_WALL_MS + 1010);
	assert_int_equal(shown.error_ms, RIG_WALL_MS + 1010);
	assert_int_equal(shown.error_code, 16);
	assert_int_equal(shown.error_count, 1);
	has(shown.error_text, "mqtt: ");
	has(shown.error_text, "1400 s");
	device_clear(&shown);
	rig_leave(d);
	rig_leave(other);
}

#define TOLD(code, at) "{\"code\":\"" code "\"" at ",\"times\":3,\"line\":\"diagnosis: It failed. [" code "]\"}"

static void check_told(const char *code, int64_t told_ms, int64_t at_ms)
{
	struct registry_device shown;

	rig_sync(&g);
	assert_int_equal(device_get(g.registry, rig_path("pump-7"), &shown), REGISTRY_OK);
	if (code == NULL) {
		assert_null(shown.diagnosis.code);
		assert_int_equal(shown.diagnosis.told_ms, 0);
	} else {
		assert_string_equal(shown.diagnosis.code, code);
		has(shown.diagnosis.line, "diagnosis: It failed. [");
		assert_int_equal(shown.diagnosis.told_ms, told_ms);
		assert_int_equal(shown.diagnosis.at_ms, at_ms);
		assert_int_equal(shown.diagnosis.times, 3);
	}
	device_clear(&shown);
}

/* RIG_WALL_MS is 2027-01-15T08:00:00Z. */
static void what_a_device_tells_of_its_failure_is_telemetry_an_entry_and_kept(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	g.journal[0] = '\0';
	rig_publish(d, "/devices/pump-7/events/diagnosis", TOLD("TLS-ROOT-1", ",\"at\":\"2027-01-15T07:59:00Z\""), 1, 1);
	has(g.sinks[0].log, "event pump-7 diagnosis '{\"code\"");
	has(g.journal, "\"severity\":\"ERROR\",\"eventType\":\"DIAGNOSIS\"");
	has(g.journal, "\"sentence\":\"diagnosis: It failed. [TLS-ROOT-1]\"");
	has_not(g.journal, "\"reason\":");              /* it is no error of the connection */
	has(g.journal, "\"diagnosis\":{\"code\":\"TLS-ROOT-1\",\"at\":\"2027-01-15T07:59:00.000Z\",\"times\":3}");
	check_told("TLS-ROOT-1", RIG_WALL_MS + 1000, RIG_WALL_MS - 60000);

	rig_pass(&g, 2000);                             /* an older one that comes later changes nothing */
	rig_publish(d, "/devices/pump-7/events/diagnosis", TOLD("DNS-1", ",\"at\":\"2027-01-15T07:58:59Z\""), 1, 2);
	has(g.journal, "DNS-1");
	check_told("TLS-ROOT-1", RIG_WALL_MS + 1000, RIG_WALL_MS - 60000);

	rig_publish(d, "/devices/pump-7/events/diagnosis", TOLD("CLOCK-1", ""), 0, 0);
	check_told("CLOCK-1", RIG_WALL_MS + 3000, 0);
	rig_leave(d);
}

static void other_messages_there_are_telemetry_and_nothing_else(void **state)
{
	static const struct { const char *topic, *payload; } rows[] = {
		{ "/devices/pump-7/events/diagnosis", "not JSON" },
		{ "/devices/pump-7/events/diagnosis", "{\"code\":\"\\u001b[31m\",\"line\":\"x\"}" },
		{ "/devices/pump-7/events/diagnosis/x", TOLD("TLS-ROOT-1", "") },
		{ "/devices/pump-7/events/other", TOLD("TLS-ROOT-1", "") },
		{ "/devices/pump-7/events", TOLD("TLS-ROOT-1", "") },
		{ "/devices/pump-7/state", TOLD("TLS-ROOT-1", "") },
	};
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		rig_publish(d, rows[i].topic, rows[i].payload, 1, (uint16_t)(i + 1));
		rig_pass(&g, 1000);
		assert_int_equal(g.sinks[0].taken_count, i + 1);
	}
	has_not(g.journal, "DIAGNOSIS");
	check_told(NULL, 0, 0);
	rig_leave(d);
}

static void a_device_that_tells_too_much_is_still_told_of(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		rig_publish(d, "/devices/pump-7/events/diagnosis", TOLD("TLS-ROOT-1", ""), 0, 0);
	assert_int_equal(occurs(g.journal, "DIAGNOSIS"), 8);
	g.journal[0] = '\0';
	rig_leave(d);
	has(g.journal, "DISCONNECT");                   /* the bridge's own words have a bound of their own */
	check_told("TLS-ROOT-1", RIG_WALL_MS + 1000, 0);
}

static void the_devices_level_counts_before_its_registrys(void **state)
{
	struct registry_device change = { .level = REGISTRY_LEVEL_ERROR };
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	rig_publish(d, "/devices/pump-7/events", "x", 0, 0);
	has(g.journal, "\"eventType\":\"PUBLISH\"");
	has(g.journal, "\"publishFromDeviceTopicType\":\"EVENTS\",\"size\":1,\"qos\":0");
	assert_int_equal(device_update(g.registry, rig_path("pump-7"), DEVICE_LEVEL, &change), REGISTRY_OK);
	node_device_changed(g.node, rig_path("pump-7"), rig_now(&g));
	g.journal[0] = '\0';
	rig_publish(d, "/devices/pump-7/events", "x", 0, 0);
	rig_leave(d);
	assert_string_equal(g.journal, "");
	d = rig_connect(&g);
	rig_login(d, "pump-7", 5000, 3600);
	has(g.journal, "TOKEN_TIME");
	rig_leave(d);
}

static void entries_reach_the_registry(void **state)
{
	struct registry_log_row rows[8];
	struct rig_device *d = rig_up(&g, "pump-7");
	size_t found, i;

	(void)state;
	rig_leave(d);
	rig_sync(&g);
	assert_int_equal(log_list(g.registry, rig_path("").in, "pump-7", 0, rows, 8, &found), REGISTRY_OK);
	assert_int_equal(found, 2);
	has(rows[0].json, "CONNECT");
	has(rows[1].json, "DISCONNECT");
	for (i = 0; i < found; i++)
		log_row_clear(&rows[i]);
}

static void a_flood_of_refusals_is_counted_not_written(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		struct rig_device *d = rig_connect(&g);

		rig_login_as(d, RIG_CLIENT "nobody", "x");
		rig_leave(d);
	}
	assert_in_range(occurs(g.journal, "\"reason\":\"UNKNOWN_DEVICE\""), 150, 250);
	rig_pass(&g, 20 * 1000);
	has(g.journal, "\"eventType\":\"LEFT_OUT\",\"refusals\":800");
}

static void one_noisy_device_does_not_fill_the_log(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		rig_leave(rig_up(&g, "pump-7"));
	assert_in_range(occurs(g.journal, "\"severity\":\"INFO\""), 25, 35);
	rig_leave(rig_up(&g, "pump-8"));
	has(g.journal, "devices/pump-8");
	rig_pass(&g, 60 * 1000);
	has(g.journal, "LEFT_OUT");
}

static void refused_logins_by_anybody_do_not_silence_the_device(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		struct rig_device *d = rig_connect(&g);

		rig_login_as(d, RIG_CLIENT "pump-7", "x");
		rig_leave(d);
	}
	assert_in_range(occurs(g.journal, "\"reason\":\"TOKEN_FORM\""), 25, 35);
	rig_leave(rig_up(&g, "pump-7"));
	has(g.journal, "connected with key");
}

static void count_line(void *to, const struct journal_line *line)
{
	(void)line;
	++*(int *)to;
}

static void a_clock_that_is_set_back_does_not_silence_the_log(void **state)
{
	const int64_t year_ms = 365LL * 86400 * 1000;
	const struct device_log_note note = { .event = LOGGED_CONNECT, .severity = REGISTRY_LEVEL_INFO,
					      .sentence = "here", .size = -1, .qos = -1 };
	const struct device_log_subject who = { .from = "192.0.2.7:1" };
	int written = 0, i;
	struct device_log *l = device_log_new(g.registry, (struct journal){ count_line, &written });

	(void)state;
	assert_non_null(l);
	for (i = 0; i < 1000; i++)
		device_log_write(l, &who, &(struct device_log_note){ .event = LOGGED_CONNECT, .size = -1, .qos = -1,
				 .severity = REGISTRY_LEVEL_ERROR, .sentence = "no" }, RIG_WALL_MS + year_ms);
	device_log_step(l, RIG_WALL_MS + year_ms);
	written = 0;
	device_log_write(l, &who, &note, RIG_WALL_MS);
	device_log_write(l, &who, &(struct device_log_note){ .event = LOGGED_CONNECT, .size = -1, .qos = -1,
			 .severity = REGISTRY_LEVEL_ERROR, .sentence = "no" }, RIG_WALL_MS);
	assert_int_equal(written, 2);
	device_log_free(l);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		T(a_login_is_accepted_and_logged),
		T(who_does_not_read_was_ended_by_the_bridge),
		T(a_refusal_says_what_is_wrong),
		T(a_device_may_come_by_its_number),
		T(a_token_9_minutes_off_is_good_and_11_is_not),
		T(a_second_login_replaces_the_first),
		T(a_connection_ends_when_token_and_tolerance_do),
		T(a_puback_waits_for_every_sink_and_keeps_its_order),
		T(a_state_waits_for_the_registry_too),
		T(qos_0_is_delivered_and_nobody_waits),
		T(a_full_sink_pauses_and_loses_nothing),
		T(who_is_not_read_is_not_called_silent),
		T(who_leaves_while_a_sink_is_full_leaves_nothing_behind),
		T(all_connections_together_hold_no_more_than_the_node_may),
		T(without_sinks_the_puback_comes_at_once),
		T(more_messages_than_allowed_are_read_more_slowly),
		T(subscribing_again_and_again_is_slowed_down_too),
		T(more_bytes_than_allowed_are_read_more_slowly),
		T(states_come_once_a_second),
		T(a_state_that_waited_for_room_has_not_come_too_soon),
		T(times_and_last_error_are_kept),
		T(what_a_device_tells_of_its_failure_is_telemetry_an_entry_and_kept),
		T(other_messages_there_are_telemetry_and_nothing_else),
		T(a_device_that_tells_too_much_is_still_told_of),
		T(the_devices_level_counts_before_its_registrys),
		T(entries_reach_the_registry),
		T(a_flood_of_refusals_is_counted_not_written),
		T(one_noisy_device_does_not_fill_the_log),
		T(refused_logins_by_anybody_do_not_silence_the_device),
		T(a_clock_that_is_set_back_does_not_silence_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, rig_forget_keys);
}
