/* SPDX-License-Identifier: Apache-2.0 */
/* The node: configs, commands, what the admin changes, and stopping. */
#include "node_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig g;

#define CONFIG_TOPIC   "/devices/pump-7/config"           /* 22 bytes */
#define COMMANDS_TOPIC "/devices/pump-7/commands/#"
#define COMMAND_TOPIC  "/devices/pump-7/commands/led"     /* 28 bytes */

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

static struct node_counts counts(void)
{
	struct node_counts c;

	node_counts(g.node, &c);
	return c;
}

/* ---- configs --------------------------------------------------------------- */

static void set_config(const char *data)
{
	uint64_t version;

	assert_int_equal(config_set(g.registry, rig_path("pump-7"), 0, bytes_of(data), rig_now(&g).wall_ms, &version),
			 REGISTRY_OK);
	node_config_changed(g.node, rig_path("pump-7"), rig_now(&g));
	rig_settle(&g);
}

static struct rig_device *subscribed(const char *topic)
{
	static const uint8_t suback[] = { 0x90, 3, 0, 9, 1 };
	struct rig_device *d = rig_up(&g, "pump-7");

	rig_subscribe(d, topic, 1, 9);
	assert_true(d->out_len >= sizeof suback);
	assert_memory_equal(d->out, suback, sizeof suback);
	memmove(d->out, d->out + sizeof suback, d->out_len -= sizeof suback);
	return d;
}

static void a_config_comes_on_subscribing_and_its_puback_is_kept(void **state)
{
	struct registry_config configs[REGISTRY_CONFIGS];
	struct registry_device shown;
	struct rig_device *d;
	size_t found, i;

	(void)state;
	set_config("fast");
	d = subscribed(CONFIG_TOPIC);
	RIG_SENT(d, "\x32\x1e\0\x16" CONFIG_TOPIC "\0\1" "fast");
	rig_pass(&g, 50);
	rig_feed(d, "\x40\2\0\1", 4);
	rig_sync(&g);
	assert_int_equal(config_list(g.registry, rig_path("pump-7"), configs, &found), REGISTRY_OK);
	assert_int_equal(configs[0].version, 2);
	assert_int_equal(configs[0].device_ack_ms, RIG_WALL_MS + 1050);
	for (i = 0; i < found; i++)
		config_clear(&configs[i]);
	assert_int_equal(device_get(g.registry, rig_path("pump-7"), &shown), REGISTRY_OK);
	assert_int_equal(shown.config_send_ms, RIG_WALL_MS + 1000);
	assert_int_equal(shown.config_ack_ms, RIG_WALL_MS + 1050);
	device_clear(&shown);
	has(g.journal, "\"eventType\":\"PUBACK\"");
	rig_leave(d);
}

static void configs_come_at_most_once_a_second_and_the_newest_counts(void **state)
{
	struct rig_device *d = subscribed(CONFIG_TOPIC);

	(void)state;
	d->out_len = 0;                       /* version 1, empty */
	set_config("a");
	set_config("b");
	rig_pass(&g, 999);
	RIG_SENT(d, "");
	rig_pass(&g, 1);
	RIG_SENT(d, "\x32\x1b\0\x16" CONFIG_TOPIC "\0\2" "b");
	rig_pass(&g, 5000);
	set_config("c");
	RIG_SENT(d, "\x32\x1b\0\x16" CONFIG_TOPIC "\0\3" "c");
	rig_leave(d);
}

static void a_config_for_who_is_not_there_waits_in_the_registry(void **state)
{
	struct rig_device *d;

	(void)state;
	set_config("a");
	d = rig_up(&g, "pump-7");
	set_config("b");
	RIG_SENT(d, "");                      /* not subscribed */
	rig_subscribe(d, CONFIG_TOPIC, 0, 9);
	RIG_SENT(d, "\x90\3\0\x9\0\x30\x19\0\x16" CONFIG_TOPIC "b");
	rig_leave(d);
}

/* ---- commands -------------------------------------------------------------- */

static int outcome;          /* -1: none yet */

static void on_done(void *to, enum node_command_result result)
{
	assert_ptr_equal(to, &outcome);
	assert_int_equal(outcome, -1);        /* once */
	outcome = (int)result;
}

static void command(const char *device, const char *data)
{
	outcome = -1;
	node_command(g.node, rig_path(device), bytes_of("led"), bytes_of(data), on_done, &outcome, rig_now(&g));
	rig_settle(&g);
}

static void a_command_is_delivered_when_its_puback_is_there(void **state)
{
	struct rig_device *d = subscribed(COMMANDS_TOPIC);

	(void)state;
	command("pump-7", "on");
	RIG_SENT(d, "\x32\x22\0\x1c" COMMAND_TOPIC "\0\1" "on");
	assert_int_equal(outcome, -1);
	rig_feed(d, "\x40\2\0\1", 4);
	assert_int_equal(outcome, NODE_COMMAND_DELIVERED);
	has(g.journal, "\"eventType\":\"COMMAND\"");
	rig_leave(d);
	assert_int_equal(outcome, NODE_COMMAND_DELIVERED);
}

static void a_command_without_receiver_is_told_at_once(void **state)
{
	struct rig_device *d;

	(void)state;
	command("pump-7", "on");
	assert_int_equal(outcome, NODE_COMMAND_NOT_CONNECTED);
	d = rig_up(&g, "pump-7");
	command("pump-7", "on");
	assert_int_equal(outcome, NODE_COMMAND_NOT_SUBSCRIBED);
	command("nobody", "on");
	assert_int_equal(outcome, NODE_COMMAND_NOT_CONNECTED);
	rig_subscribe(d, COMMANDS_TOPIC, 0, 9);
	command("pump-7", "on");
	assert_int_equal(outcome, NODE_COMMAND_SENT);
	rig_leave(d);
}

static void a_command_without_answer_is_told_in_time(void **state)
{
	struct rig_device *d = subscribed(COMMANDS_TOPIC);

	(void)state;
	command("pump-7", "on");
	rig_pass(&g, 9999);
	assert_int_equal(outcome, -1);
	rig_pass(&g, 1);
	assert_int_equal(outcome, NODE_COMMAND_NO_ANSWER);
	rig_feed(d, "\x40\2\0\1", 4);         /* too late, and no harm */
	assert_int_equal(d->end, REASON_NONE);
	rig_leave(d);
}

static void a_command_is_lost_with_its_connection(void **state)
{
	struct rig_device *d = subscribed(COMMANDS_TOPIC);

	(void)state;
	command("pump-7", "on");
	rig_leave(d);
	assert_int_equal(outcome, NODE_COMMAND_LOST);
}

static void a_sender_who_has_gone_is_told_nothing(void **state)
{
	struct rig_device *d = subscribed(COMMANDS_TOPIC);

	(void)state;
	command("pump-7", "on");
	node_command_forget(g.node, &outcome);
	rig_pass(&g, 20000);
	rig_leave(d);
	assert_int_equal(outcome, -1);
}

static void too_many_commands_are_refused(void **state)
{
	struct rig_device *d = subscribed(COMMANDS_TOPIC);
	int i;

	(void)state;
	for (i = 0; i < 32; i++) {
		command("pump-7", "on");
		assert_int_equal(outcome, -1);
	}
	command("pump-7", "on");
	assert_int_equal(outcome, NODE_COMMAND_BUSY);
	outcome = -1;
	node_command_forget(g.node, &outcome);
	rig_leave(d);
}

static void a_subfolder_for_a_device_that_takes_none_is_told_as_that(void **state)
{
	struct rig_device *d = subscribed("/devices/pump-7/commands");

	(void)state;
	command("pump-7", "on");              /* in subfolder 'led' */
	assert_int_equal(outcome, NODE_COMMAND_NO_SUBFOLDERS);
	rig_leave(d);
}

static void every_outcome_has_words(void **state)
{
	int i;

	(void)state;
	for (i = NODE_COMMAND_DELIVERED; i <= NODE_COMMAND_BUSY; i++)
		assert_true(strlen(node_command_text((enum node_command_result)i)) > 10);
}

/* ---- what the admin changes ------------------------------------------------ */

static void changed(const char *device)
{
	node_device_changed(g.node, rig_path(device), rig_now(&g));
	rig_settle(&g);
}

static void blocking_cuts_at_once(void **state)
{
	struct registry_device change = { .blocked = true };
	struct rig_device *d = rig_up(&g, "pump-7"), *again;

	(void)state;
	assert_int_equal(device_update(g.registry, rig_path("pump-7"), DEVICE_BLOCKED, &change), REGISTRY_OK);
	changed("pump-7");
	assert_int_equal(d->end, REASON_BLOCKED);
	again = rig_connect(&g);
	rig_login(again, "pump-7", 0, 3600);
	assert_int_equal(again->end, REASON_BLOCKED);
	RIG_SENT(again, "\x20\2\0\5");
	rig_leave(d);
	rig_leave(again);
}

static void deleting_cuts_at_once_by_id_and_by_number(void **state)
{
	static const char *const ids[] = { "pump-7", "pump-8" };
	struct registry_login login;
	char number[24];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct rig_device *d = rig_up(&g, ids[i]);

		assert_int_equal(login_get(g.registry, rig_path(ids[i]), &login), REGISTRY_OK);
		snprintf(number, sizeof number, "%llu", (unsigned long long)login.num_id);
		login_clear(&login);
		assert_int_equal(device_delete(g.registry, rig_path(ids[i])), REGISTRY_OK);
		changed(i == 0 ? ids[i] : number);
		assert_int_equal(d->end, REASON_DELETED);
		rig_leave(d);
	}
	assert_int_equal(counts().up, 0);
}

static void a_device_made_anew_is_another_device(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	assert_int_equal(device_delete(g.registry, rig_path("pump-7")), REGISTRY_OK);
	rig_add(&g, "pump-7");
	changed("pump-7");
	assert_int_equal(d->end, REASON_DELETED);
	rig_leave(d);
}

static void a_key_that_is_taken_away_cuts_and_one_that_is_added_does_not(void **state)
{
	struct registry_device change = {
		.credential_count = 2,
		.credentials = { { CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, (char *)(uintptr_t)rig_pem() },
				 { CREDENTIAL_RSA_PEM, CREDENTIAL_NEVER, (char *)(uintptr_t)rig_other_pem() } }
	};
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	assert_int_equal(device_update(g.registry, rig_path("pump-7"), DEVICE_CREDENTIALS, &change), REGISTRY_OK);
	changed("pump-7");
	assert_int_equal(d->end, REASON_NONE);
	change.credentials[0].expires_s = RIG_WALL_MS / 1000 - 1;
	assert_int_equal(device_update(g.registry, rig_path("pump-7"), DEVICE_CREDENTIALS, &change), REGISTRY_OK);
	changed("pump-7");
	assert_int_equal(d->end, REASON_NONE);        /* expired: only new logins are refused */
	change.credentials[0] = change.credentials[1];
	change.credential_count = 1;
	assert_int_equal(device_update(g.registry, rig_path("pump-7"), DEVICE_CREDENTIALS, &change), REGISTRY_OK);
	changed("pump-7");
	assert_int_equal(d->end, REASON_NO_KEY);
	has(d->why, "was taken away");
	rig_leave(d);
}

static void switching_mqtt_off_cuts_the_registrys_devices(void **state)
{
	struct registry_info info = { .id = "fleet", .mqtt_disabled = true };
	struct rig_device *d = rig_up(&g, "pump-7"), *e = rig_up(&g, "pump-8");

	(void)state;
	assert_int_equal(registry_update(g.registry, rig_path("").in, &info), REGISTRY_OK);
	node_registry_changed(g.node, rig_path("").in, rig_now(&g));
	rig_settle(&g);
	assert_int_equal(d->end, REASON_MQTT_DISABLED);
	has(d->why, "MQTT is switched off");
	has(e->why, "MQTT is switched off");
	rig_leave(d);
	rig_leave(e);
}

static void a_change_of_somebody_else_changes_nothing(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7");

	(void)state;
	changed("pump-8");
	changed("nobody");
	node_config_changed(g.node, rig_path("nobody"), rig_now(&g));
	assert_int_equal(d->end, REASON_NONE);
	rig_leave(d);
}

/* ---- stopping -------------------------------------------------------------- */

static void stopping_confirms_what_is_held_first(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7"), *e = rig_up(&g, "pump-8");

	(void)state;
	rig_publish(d, "/devices/pump-7/events", "x", 1, 1);
	node_stop(g.node, rig_now(&g));
	rig_publish(d, "/devices/pump-7/events", "y", 1, 2);
	rig_pass(&g, 100);
	assert_int_equal(e->end, REASON_SHUTTING_DOWN);
	assert_int_equal(d->end, REASON_NONE);
	rig_confirm_all(&g);
	rig_pass(&g, 1);
	assert_int_equal(d->end, REASON_SHUTTING_DOWN);
	RIG_SENT(d, "\x40\2\0\1");
	has(g.journal, "SERVER: The connection is closed because the server is shutting down.");
	assert_null(node_accept(g.node, "192.0.2.8:1", rig_now(&g)));
	rig_leave(d);
	rig_leave(e);
	assert_int_equal(counts().connections, 0);
}

static void stopping_does_not_wait_for_ever(void **state)
{
	struct rig_device *d = rig_up(&g, "pump-7"), *e = rig_connect(&g);

	(void)state;
	rig_publish(d, "/devices/pump-7/events", "x", 1, 1);
	node_stop(g.node, rig_now(&g));
	rig_pass(&g, 4999);
	assert_int_equal(d->end, REASON_NONE);
	rig_pass(&g, 1);
	assert_int_equal(d->end, REASON_SHUTTING_DOWN);
	assert_int_equal(e->end, REASON_SHUTTING_DOWN);
	rig_leave(d);
	rig_leave(e);
}

/* ---- everything at once, in any order -------------------------------------- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void confirm_some(void)
{
	size_t k = draw(2);

	if (g.sinks[k].taken_count > 0)
		rig_confirm(&g, k, draw((uint32_t)g.sinks[k].taken_count));
	rig_settle(&g);
}

static void ignore(void *to, enum node_command_result result)
{
	(void)to, (void)result;
}

static void step(struct rig_device **d, uint16_t id)
{
	static const char *const topics[] = { "/devices/pump-7/events", "/devices/pump-7/state", "/devices/pump-8/state",
					      "/devices/pump-8/events/sub" };

	switch (draw(10)) {
	case 0:
		if (*d != NULL)
			rig_leave(*d);
		*d = NULL;
		break;
	case 1:
		g.sinks[draw(2)].room = draw(3);
		break;
	case 2:
		node_command(g.node, rig_path(draw(2) ? "pump-7" : "pump-8"), bytes_of(""), bytes_of("x"), ignore, NULL,
			     rig_now(&g));
		break;
	case 3:
		rig_pass(&g, draw(3000));
		break;
	case 4:
		node_device_changed(g.node, rig_path("pump-7"), rig_now(&g));
		break;
	case 5:
		if (*d != NULL)
			rig_subscribe(*d, draw(2) ? CONFIG_TOPIC : COMMANDS_TOPIC, (uint8_t)draw(2), 1);
		break;
	case 6:
		confirm_some();
		break;
	default:
		if (*d == NULL) {
			*d = rig_connect(&g);
			rig_login(*d, draw(2) ? "pump-7" : "pump-8", 0, 3600);
		} else {
			rig_publish(*d, topics[draw(4)], "payload", (uint8_t)draw(2), id);
		}
	}
	rig_settle(&g);
}

/* Whatever happens, every held message is released once everybody has confirmed. */
static void nothing_is_held_when_all_is_confirmed(void **state)
{
	struct rig_device *devices[6] = { NULL };
	uint16_t i;
	int round;

	(void)state;
	seed = 4711;
	for (round = 0; round < 30; round++) {
		for (i = 1; i <= 200; i++)
			step(&devices[draw(6)], i);
		g.sinks[0].room = g.sinks[1].room = SIZE_MAX;
		for (i = 0; i < 6 && (counts().waiting > 0 || counts().held > 0); i++) {
			rig_confirm_all(&g);
			rig_pass(&g, 3000);
		}
		for (i = 0; i < 6; i++)
			if (devices[i] != NULL)
				rig_leave(devices[i]);
		memset(devices, 0, sizeof devices);
		rig_confirm_all(&g);
		assert_int_equal(counts().held, 0);
		assert_int_equal(counts().held_bytes, 0);
		assert_int_equal(counts().waiting, 0);
		assert_int_equal(counts().connections, 0);
		assert_int_equal(counts().up, 0);
		g.journal[0] = g.sinks[0].log[0] = g.sinks[1].log[0] = '\0';
		g.sinks[0].taken_count = g.sinks[1].taken_count = 0;
		g.sinks[0].confirmed_count = g.sinks[1].confirmed_count = 0;
		g.sinks[0].read_count = g.sinks[1].read_count = 0;
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		T(a_config_comes_on_subscribing_and_its_puback_is_kept),
		T(configs_come_at_most_once_a_second_and_the_newest_counts),
		T(a_config_for_who_is_not_there_waits_in_the_registry),
		T(a_command_is_delivered_when_its_puback_is_there),
		T(a_command_without_receiver_is_told_at_once),
		T(a_command_without_answer_is_told_in_time),
		T(a_command_is_lost_with_its_connection),
		T(a_sender_who_has_gone_is_told_nothing),
		T(too_many_commands_are_refused),
		T(a_subfolder_for_a_device_that_takes_none_is_told_as_that),
		T(every_outcome_has_words),
		T(blocking_cuts_at_once),
		T(deleting_cuts_at_once_by_id_and_by_number),
		T(a_device_made_anew_is_another_device),
		T(a_key_that_is_taken_away_cuts_and_one_that_is_added_does_not),
		T(switching_mqtt_off_cuts_the_registrys_devices),
		T(a_change_of_somebody_else_changes_nothing),
		T(stopping_confirms_what_is_held_first),
		T(stopping_does_not_wait_for_ever),
		T(nothing_is_held_when_all_is_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, rig_forget_keys);
}
