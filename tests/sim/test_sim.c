/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole chain in one process: from a modem in whatever state to a PUBACK,
 * and back after every loss.
 */
#include "unit/cmocka_all.h"

#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA "tests/data/"

static struct world_config config_for(unsigned nodes)
{
	return (struct world_config){
		.server = {
			.chain = { DATA "leaf_ec.pem", DATA "int_rsa2048.pem", DATA "root_cross.pem" },
			.key = DATA "leaf_ec.key", .max_version = 0x0304,
		},
		.root = DATA "root_rsa4096.pem", .key = DATA "keys/p256_sec1.pem",
		.seed = 1, .nodes = nodes,
	};
}

/* ---- Conditions ---- */

static unsigned want;

static bool all_acked(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (w->nodes[i].acked < want)
			return false;
	return true;
}

static bool all_online(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (w->nodes[i].device.state != DEVICE_ONLINE)
			return false;
	return true;
}

static bool lost_some(struct world *w)
{
	return w->nodes[0].loss_count >= want;
}

static bool refused_one(struct world *w)
{
	return w->nodes[0].refused == 1;
}

static bool never(struct world *w)
{
	(void)w;
	return false;
}

static bool acked(struct world *w, unsigned count, uint32_t limit_ms)
{
	want = count;
	if (world_run(w, all_acked, limit_ms))
		return true;
	for (unsigned i = 0; i < w->node_count; i++)
		for (unsigned l = 0; l < w->nodes[i].loss_count && l < WORLD_LOSSES; l++)
			print_message("  %s lost: %s\n", w->nodes[i].id, err_name(w->nodes[i].losses[l]));
	return false;
}

static void strike(struct world *w, enum modem_effect what, enum modem_point at, uint32_t ms)
{
	struct modem_fault f = modem_fault_default(what, at);
	char buf[200];
	struct text why;

	text_init(&why, buf, sizeof buf);
	if (ms > 0)
		f.ms = ms;
	if (modem_fault_set(w->nodes[0].modem, &f, w->now_ms, &why) == 0)
		fail_msg("%s", buf);
}

/* ---- The main job ---- */

static void two_devices_from_power_on_to_an_acknowledged_message(void **state)
{
	struct world_config cfg = config_for(2);
	struct world *w = world_new(&cfg);

	(void)state;
	world_publish(w, 0, "{\"from\":0}");
	world_publish(w, 1, "{\"from\":1}");
	assert_true(acked(w, 1, 120000));
	assert_int_equal(w->server.connects, 2);
	assert_int_equal(w->server.message_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct server_message *m = &w->server.messages[i];
		char topic[64], client[128];
		int who = m->payload[8] - '0';

		snprintf(topic, sizeof topic, "/devices/device-%d/events", who);
		snprintf(client, sizeof client,
			 "projects/my-project-123456/locations/europe-west1/registries/field/devices/device-%d", who);
		assert_string_equal(m->topic, topic);
		assert_string_equal(m->client, client);
		assert_int_equal(m->qos, 1);
		assert_false(m->dup);
		assert_int_equal(w->nodes[i].loss_count, 0);
	}
	world_free(w);
}

static void the_same_seed_gives_the_same_run(void **state)
{
	uint32_t taken[2];

	(void)state;
	for (unsigned run = 0; run < 2; run++) {
		struct world_config cfg = config_for(1);
		struct world *w = world_new(&cfg);
		uint32_t begin = w->now_ms;

		world_publish(w, 0, "{}");
		assert_true(acked(w, 1, 120000));
		taken[run] = w->now_ms - begin;
		world_free(w);
	}
	assert_int_equal(taken[0], taken[1]);
}

static void config_and_commands_reach_the_application(void **state)
{
	struct world_config cfg = config_for(1);

	(void)state;
	cfg.server.config = "{\"LedOn\":true}";
	struct world *w = world_new(&cfg);

	assert_true(world_run(w, all_online, 120000));
	world_run(w, never, 2000);
	assert_int_equal(w->nodes[0].configs, 1);
	assert_string_equal(w->nodes[0].config, "{\"LedOn\":true}");
	assert_int_equal(w->server.config_acks, 1);
	assert_true(server_command(world_conn(w, 0), "blink", "3", 1, w->unix_ms));
	world_run(w, never, 2000);
	assert_int_equal(w->server.command_acks, 1);
	assert_int_equal(w->nodes[0].commands, 1);
	assert_string_equal(w->nodes[0].subfolder, "blink");
	assert_string_equal(w->nodes[0].command, "3");
	world_free(w);
}

static void the_uart_may_move_any_number_of_bytes_at_once(void **state)
{
	static const unsigned chunks[] = { 1, 2, 3, 7, 100, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
		struct world_config cfg = config_for(1);
		struct world *w = world_new(&cfg);

		w->nodes[0].uart_chunk = chunks[i];
		world_publish(w, 0, "{}");
		assert_true(acked(w, 1, 120000));
		assert_int_equal(w->nodes[0].loss_count, 0);
		world_free(w);
	}
}

/* ---- Losses ---- */

struct loss_row {
	const char *name;
	void (*act)(struct world *w);
	enum err err;            /* reported first */
	bool resumes;            /* the next TLS session */
};

static void hang_up(struct world *w)
{
	world_hang_up(w, 0);
}

/* The forum thread of 2022: the server is gone without a word, and every
 * AT+QISEND is answered ERROR, 572. */
static void die_silently(struct world *w)
{
	strike(w, MODEM_DO_DEAD, MODEM_AT_TIME, 0);
}

static void deactivate(struct world *w)
{
	strike(w, MODEM_DO_PDPDEACT, MODEM_AT_TIME, 0);
}

static void reboot(struct world *w)
{
	strike(w, MODEM_DO_REBOOT, MODEM_AT_TIME, 0);
}

static void lose_network(struct world *w)
{
	strike(w, MODEM_DO_REGISTER, MODEM_AT_TIME, 20000);
	strike(w, MODEM_DO_PDPDEACT, MODEM_AT_TIME, 0);
}

static void mute(struct world *w)
{
	strike(w, MODEM_DO_MUTE, MODEM_AT_TIME, 60000);
}

static const struct loss_row losses[] = {
	{ "closed_by_the_server_mid_session",      hang_up,      ERR_MODEM_CLOSED,      true },
	{ "send_answers_572_after_a_silent_close", die_silently, ERR_MODEM_SOCKET_DEAD, true },
	{ "pdpdeact",                              deactivate,   ERR_MODEM_PDP_LOST,    true },
	{ "modem_reboots",                         reboot,       ERR_MODEM_REBOOT,      true },
	{ "network_and_context_lost_for_20_s",     lose_network, ERR_MODEM_PDP_LOST,    true },
	{ "modem_mute_for_a_minute",               mute,         ERR_OK,                true },
};

static void one_loss(const struct loss_row *row)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct world_node *n = &w->nodes[0];

	print_message("  %s\n", row->name);
	world_publish(w, 0, "{\"n\":1}");
	assert_true(acked(w, 1, 120000));
	row->act(w);
	world_run(w, never, 1000);
	world_publish(w, 0, "{\"n\":2}");
	assert_true(acked(w, 2, 600000));
	assert_in_range(n->loss_count, 1, 4);
	if (row->err != ERR_OK)
		assert_string_equal(err_name(n->losses[0]), err_name(row->err));
	assert_int_equal(w->server.resumed, row->resumes ? w->server.connects - 1 : 0);
	assert_in_range(w->server.connects, 2, 4);
	world_free(w);
}

static void every_loss_is_told_once_and_healed_with_a_resumed_session(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++)
		one_loss(&losses[i]);
}

/* "C2C_SendData(): send ERROR: 572,operation not allowed", for ever: here the
 * modem says so to every AT+QISEND, on every socket, for ten minutes. */
static void thread_of_2022_error_572_on_every_send_does_not_loop(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct modem_fault f = modem_fault_default(MODEM_DO_ERROR, MODEM_AT_COMMAND);
	char buf[200];
	struct text why;

	(void)state;
	assert_true(world_run(w, all_online, 120000));
	text_init(&why, buf, sizeof buf);
	strcpy(f.command, "QISEND");
	f.error = 572;
	f.count = MODEM_ALWAYS;
	f.for_ms = 600000;
	assert_true(modem_fault_set(w->nodes[0].modem, &f, w->now_ms, &why) != 0);

	uint32_t before = modem_counters(w->nodes[0].modem)->commands;

	world_publish(w, 0, "{}");
	world_run(w, never, 600000);
	assert_in_range(w->nodes[0].loss_count, 1, 20);
	for (unsigned i = 0; i < w->nodes[0].loss_count; i++)
		assert_string_equal(err_name(w->nodes[0].losses[i]), "MODEM_SOCKET_DEAD");
	assert_true(modem_counters(w->nodes[0].modem)->commands - before < 600);
	assert_true(acked(w, 1, 600000));
	world_free(w);
}

static void a_server_that_vanishes_is_noticed_and_the_message_kept(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);

	(void)state;
	assert_true(world_run(w, all_online, 120000));
	w->dark = true;
	world_publish(w, 0, "{\"kept\":true}");
	want = 1;
	assert_true(world_run(w, lost_some, 300000));
	w->dark = false;
	assert_true(acked(w, 1, 900000));
	assert_string_equal(w->server.messages[0].payload, "{\"kept\":true}");
	world_free(w);
}

static void a_message_without_puback_is_sent_again_and_marked(void **state)
{
	struct world_config cfg = config_for(1);

	(void)state;
	cfg.server.mute_puback = true;
	struct world *w = world_new(&cfg);

	world_publish(w, 0, "{\"once\":1}");
	assert_true(world_run(w, all_online, 120000));
	want = 1;
	assert_true(world_run(w, lost_some, 200000));
	assert_string_equal(err_name(w->nodes[0].losses[0]), "MQTT_ACK_TIME");
	w->server.cfg.mute_puback = false;
	assert_true(acked(w, 1, 600000));
	assert_int_equal(w->server.message_count, 2);
	assert_false(w->server.messages[0].dup);
	assert_true(w->server.messages[1].dup);
	world_free(w);
}

/* ---- What sending together saves ---- */

static struct modem_traffic reconnect_cost(bool patient, uint32_t *ms)
{
	struct world_config cfg = config_for(1);

	cfg.patient = patient;
	cfg.server.max_version = 0x0303;
	struct world *w = world_new(&cfg);

	world_publish(w, 0, "{\"n\":1}");
	assert_true(acked(w, 1, 120000));
	world_hang_up(w, 0);
	world_publish(w, 0, "{\"n\":2}");
	want = 1;
	assert_true(world_run(w, lost_some, 60000));
	modem_reset_counters(w->nodes[0].modem);
	while (w->nodes[0].device.state == DEVICE_WAIT)
		world_run(w, never, 1);

	uint32_t begin = w->now_ms;

	assert_true(acked(w, 2, 120000));
	*ms = w->now_ms - begin;
	assert_int_equal(w->server.resumed, 1);

	struct modem_traffic t = modem_counters(w->nodes[0].modem)->all;

	world_free(w);
	return t;
}

/* CONNECT, SUBSCRIBE and the first PUBLISH leave behind TLS's Finished in one
 * piece.  The same device made to wait for CONNACK shows what that saves. */
static void login_and_first_message_together_save_a_round_trip(void **state)
{
	uint32_t together_ms, apart_ms;
	struct modem_traffic together = reconnect_cost(false, &together_ms);
	struct modem_traffic apart = reconnect_cost(true, &apart_ms);

	(void)state;
	print_message("  resumed session, socket open to PUBACK, 40 ms each way:\n"
		      "  together %u round trips, %u AT+QISEND, %llu + %llu bytes, %u ms\n"
		      "  apart    %u round trips, %u AT+QISEND, %llu + %llu bytes, %u ms\n",
		      together.round_trips, together.sends, (unsigned long long)together.up,
		      (unsigned long long)together.down, together_ms, apart.round_trips, apart.sends,
		      (unsigned long long)apart.up, (unsigned long long)apart.down, apart_ms);
	assert_int_equal(apart.round_trips - together.round_trips, 1);
	assert_int_equal(apart.sends - together.sends, 1);
	assert_int_equal(together.sends, 2);   /* ClientHello; the rest */
	assert_true(apart_ms >= together_ms + 80);
}

/* ---- No session, and the cause by its code ---- */

static void each_refused_login_has_its_own_code(void **state)
{
	static const char *const names[] = {
		"MQTT_CONNACK_1", "MQTT_CONNACK_2", "MQTT_CONNACK_3", "MQTT_CONNACK_4", "MQTT_CONNACK_5",
	};

	(void)state;
	for (uint8_t code = 1; code <= 5; code++) {
		struct world_config cfg = config_for(1);

		cfg.server.connack = code;
		struct world *w = world_new(&cfg);

		world_publish(w, 0, "{}");
		want = 1;
		assert_true(world_run(w, lost_some, 120000));
		assert_string_equal(err_name(w->nodes[0].losses[0]), names[code - 1]);
		assert_int_equal(w->nodes[0].acked, 0);
		world_run(w, never, 4 * 3600000);
		assert_in_range(w->nodes[0].loss_count, 4, 16);   /* it backs off: a person has to act first */
		world_free(w);
	}
}

/* Not staged: the token is held against what the server has registered. */
static const struct stranger_row {
	const char *name, *device_key, *registered_key;
	enum reason_code why;
} strangers[] = {
	{ "signed_with_another_p256_key", DATA "keys/p256_sec1.pem", DATA "leaf_ec.key", REASON_NO_KEY },
	{ "signed_with_another_rsa_key", DATA "keys/rsa2048_pkcs1.pem", DATA "keys/rsa4096_pkcs8.pem", REASON_NO_KEY },
	{ "rs256_where_es256_is_registered", DATA "keys/rsa2048_pkcs1.pem", DATA "keys/p256_sec1.pem", REASON_TOKEN_ALGORITHM },
};

static void a_token_of_a_key_that_is_not_registered_is_refused_and_the_server_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
		struct world_config cfg = config_for(1);

		cfg.key = strangers[i].device_key;
		cfg.server.device_key = strangers[i].registered_key;
		struct world *w = world_new(&cfg);

		world_publish(w, 0, "{}");
		want = 1;
		assert_true(world_run(w, lost_some, 120000));
		assert_string_equal(err_name(w->nodes[0].losses[0]), "MQTT_CONNACK_5");
		assert_int_equal(w->server.last_why.code, strangers[i].why);
		assert_int_equal(w->server.message_count, 0);
		print_message("  %s: %s\n", strangers[i].name, w->server.last_why.text);
		world_free(w);
	}
}

static bool sim_is_open(struct world *w)
{
	return quectel_status(&w->nodes[0].device.modem)->sim == CELLULAR_SIM_READY;
}

/* Three wrong ones lock it, and only the operator's PUK opens it again. */
static void a_wrong_pin_does_not_lock_the_sim_however_often_the_device_restarts(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w;

	(void)state;
	cfg.sim_pin = "1234";
	cfg.pin = "4321";
	w = world_new(&cfg);
	for (want = 1; want <= 5; want++) {
		assert_true(world_run(w, lost_some, 120000));
		assert_string_equal(err_name(w->nodes[0].losses[want - 1]), "MODEM_SIM_PIN_BAD");
		world_restart(w, 0);
	}
	device_stop(&w->nodes[0].device, w->now_ms);
	assert_int_equal(settings_set(device_settings(&w->nodes[0].device), SETTINGS_PIN, "1234", 4), ERR_OK);
	world_restart(w, 0);
	assert_true(world_run(w, sim_is_open, 120000));
	world_free(w);
}

static enum device_state awaited;

static bool has_come(struct world *w)
{
	return w->nodes[0].device.state == awaited;
}

/* Asked for, it is neither an error to be told nor a reason to wait longer. */
static void a_stop_is_no_loss(void **state)
{
	static const enum device_state from[] = { DEVICE_OPEN, DEVICE_HANDSHAKE, DEVICE_LOGIN, DEVICE_ONLINE };

	(void)state;
	for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
		struct world_config cfg = config_for(1);
		struct world *w = world_new(&cfg);
		struct world_node *n = &w->nodes[0];
		const char *missing;

		awaited = from[i];
		assert_true(world_run(w, has_come, 60000));
		device_stop(&n->device, w->now_ms);
		(void)world_run(w, never, 5000);
		assert_int_equal(n->device.state, DEVICE_STOPPED);
		assert_int_equal(n->loss_count, 0);
		assert_int_equal(n->device.losses, 0);
		assert_int_equal(device_start(&n->device, &missing, w->now_ms), ERR_OK);
		world_publish(w, 0, "{}");
		assert_true(acked(w, 1, 60000));
		assert_int_equal(n->loss_count, 0);
		world_free(w);
	}
}

struct refusal_row {
	const char *name;
	const char *leaf;          /* of the server; NULL: the usual one */
	const char *root, *host;   /* of the device; NULL: the right ones */
	uint32_t    port;
	bool        plain, deaf;
	const char *err;
};

static const struct refusal_row refusals[] = {
	/* name                            leaf                    root                 host  port  plain  deaf   err */
	{ "a_root_that_vouches_for_nothing", NULL,                 DATA "other_root.pem", NULL, 0,  false, false, "TLS_ROOT" },
	{ "the_right_name_and_another_key",  NULL,                 DATA "other_same_name.pem", NULL, 0, false, false, "TLS_ROOT" },
	{ "certificate_for_another_host",  DATA "leaf_other.pem",  NULL,                NULL, 0,    false, false, "TLS_NAME" },
	{ "certificate_expired_in_july",   DATA "leaf_short.pem",  NULL,                NULL, 0,    false, false, "TLS_EXPIRED" },
	{ "certificate_signed_with_sha1",  DATA "leaf_sha1.pem",   NULL,                NULL, 0,    false, false, "TLS_WEAK" },
	{ "certificate_of_a_client",       DATA "leaf_client.pem", NULL,                NULL, 0,    false, false, "TLS_USAGE" },
	{ "plain_text_port",               NULL,                   NULL,                NULL, 0,    true,  false, "TLS_NOT_TLS" },
	{ "server_that_says_nothing",      NULL,                   NULL,                NULL, 0,    false, true,  "TLS_TIMEOUT" },
	{ "port_that_refuses",             NULL,                   NULL,                NULL, 1884, false, false, "MODEM_CONNECT" },
	{ "host_that_does_not_resolve",    NULL,   NULL,           "mqtt.nowhere.test",      0,     false, false, "MODEM_DNS" },
};

static void one_refusal(const struct refusal_row *row)
{
	struct world_config cfg = config_for(1);

	print_message("  %s\n", row->name);
	if (row->leaf != NULL)
		cfg.server.chain[0] = row->leaf;
	if (row->root != NULL)
		cfg.root = row->root;
	cfg.host = row->host;
	cfg.port = row->port;
	cfg.server.plain = row->plain;
	cfg.server.deaf = row->deaf;

	struct world *w = world_new(&cfg);

	world_publish(w, 0, "{}");
	want = 1;
	assert_true(world_run(w, lost_some, 300000));
	assert_string_equal(err_name(w->nodes[0].losses[0]), row->err);
	world_run(w, never, 3 * 3600000);
	assert_in_range(w->nodes[0].loss_count, 8, 150);   /* it tries again, more and more slowly */
	for (unsigned i = 1; i < w->nodes[0].loss_count; i++)
		assert_string_equal(err_name(w->nodes[0].losses[i]), row->err);
	assert_int_equal(w->server.connects, 0);
	assert_int_equal(w->server.message_count, 0);
	world_free(w);
}

static void nothing_leaves_for_a_server_that_cannot_prove_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		one_refusal(&refusals[i]);
}

/* ---- Chains, keys, sizes ---- */

static const struct chain_row {
	const char *name;
	const char *chain[3], *server_key, *root, *device_key;
} chains[] = {
	{ "ecdsa_leaf_below_rsa_4096", { DATA "leaf_ec.pem", DATA "int_rsa2048.pem" }, DATA "leaf_ec.key",
	  DATA "root_rsa4096.pem", DATA "keys/p256_pkcs8.pem" },
	{ "rsa_leaf_below_rsa_4096", { DATA "leaf_rsa.pem", DATA "int_rsa2048.pem" }, DATA "leaf_rsa.key",
	  DATA "root_rsa4096.pem", DATA "keys/p256_sec1.pem" },
	{ "ecdsa_all_the_way_to_p384", { DATA "leaf_ec256.pem", DATA "int_p256.pem" }, DATA "leaf_ec.key",
	  DATA "root_p384.pem", DATA "keys/p256_sec1.pem" },
	{ "cross_signed_trusting_the_new_root", { DATA "leaf_ec.pem", DATA "int_rsa2048.pem", DATA "root_cross.pem" },
	  DATA "leaf_ec.key", DATA "root_rsa4096.pem", DATA "keys/p256_sec1.pem" },
	{ "cross_signed_trusting_the_old_root", { DATA "leaf_ec.pem", DATA "int_rsa2048.pem", DATA "root_cross.pem" },
	  DATA "leaf_ec.key", DATA "root_old.pem", DATA "keys/p256_sec1.pem" },
	{ "device_with_an_rsa_2048_key", { DATA "leaf_ec.pem", DATA "int_rsa2048.pem" }, DATA "leaf_ec.key",
	  DATA "root_rsa4096.pem", DATA "keys/rsa2048_pkcs1.pem" },
	{ "device_with_an_rsa_4096_key", { DATA "leaf_ec.pem", DATA "int_rsa2048.pem" }, DATA "leaf_ec.key",
	  DATA "root_rsa4096.pem", DATA "keys/rsa4096_pkcs8.pem" },
};

static void every_kind_of_chain_and_key_gets_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
		struct world_config cfg = config_for(1);

		print_message("  %s\n", chains[i].name);
		memcpy(cfg.server.chain, chains[i].chain, sizeof cfg.server.chain);
		cfg.server.key = chains[i].server_key;
		cfg.root = chains[i].root;
		cfg.key = chains[i].device_key;

		struct world *w = world_new(&cfg);

		world_publish(w, 0, "{}");
		assert_true(acked(w, 1, 120000));
		assert_int_equal(w->nodes[0].loss_count, 0);
		world_free(w);
	}
}

static void records_of_16_kb_are_taken_and_a_config_too_large_is_told(void **state)
{
	struct world_config cfg = config_for(1);
	static char large[20001];

	(void)state;
	memset(large, 'x', sizeof large - 1);
	cfg.server.config = large;
	struct world *w = world_new(&cfg);

	world_publish(w, 0, "{}");
	assert_true(acked(w, 1, 120000));
	world_run(w, never, 20000);
	assert_int_equal(w->nodes[0].refused, 1);
	assert_int_equal(w->nodes[0].configs, 0);
	assert_int_equal(w->server.config_acks, 1);
	assert_int_equal(w->nodes[0].loss_count, 0);
	world_free(w);
}

/* One record, and silence behind it: what TLS has decrypted must not wait for
 * something else to happen. */
static void a_long_message_is_read_to_its_end_at_once(void **state)
{
	struct world_config cfg = config_for(1);
	static char payload[15000];

	(void)state;
	cfg.server.max_version = 0x0303;
	struct world *w = world_new(&cfg);

	assert_true(world_run(w, all_online, 120000));
	world_run(w, never, 100000);   /* nothing is under way any more */
	memset(payload, 'x', sizeof payload);
	assert_true(server_command(world_conn(w, 0), "long", payload, sizeof payload, w->unix_ms));
	assert_true(world_run(w, refused_one, 3000));
	world_free(w);
}

static void a_server_that_only_speaks_tls_1_2_is_fine(void **state)
{
	struct world_config cfg = config_for(1);

	(void)state;
	cfg.server.max_version = 0x0303;
	struct world *w = world_new(&cfg);

	world_publish(w, 0, "{}");
	assert_true(acked(w, 1, 120000));
	world_free(w);
}

/* What the driver then says to the modem is unit.quectel's business. */
static void the_driver_is_told_whether_rts_and_cts_are_wired(void **state)
{
	(void)state;
	for (unsigned wired = 0; wired < 2; wired++) {
		struct world_config cfg = config_for(1);

		cfg.modem_flow = wired != 0;
		struct world *w = world_new(&cfg);

		assert_true(world_run(w, all_online, 120000));
		assert_int_equal(w->nodes[0].device.modem.config.flow_control, wired != 0);
		world_free(w);
	}
}

static void a_time_that_cannot_be_is_not_waited_for(void **state)
{
	static const int64_t wrong_s[] = { 1704067200, 3471292800 };   /* 2024, before the build; 2080 */

	(void)state;
	for (size_t i = 0; i < sizeof wrong_s / sizeof wrong_s[0]; i++) {
		struct world_config cfg = config_for(1);
		struct world *w = world_new(&cfg);

		modem_set_clock(w->nodes[0].modem, wrong_s[i] * 1000, w->now_ms);
		for (want = 1; want <= 3; want++) {
			assert_true(world_run(w, lost_some, 600000));
			assert_string_equal(err_name(w->nodes[0].losses[want - 1]), "DEVICE_CLOCK");
		}
		assert_int_equal(w->server.connects, 0);
		modem_set_clock(w->nodes[0].modem, w->unix_ms, w->now_ms);
		assert_true(world_run(w, all_online, 600000));
		world_free(w);
	}
}

static void without_any_time_there_is_no_connection(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct modem_network net = modem_network(w->nodes[0].modem);

	(void)state;
	net.nitz = net.ntp = false;
	modem_set_network(w->nodes[0].modem, &net, w->now_ms);
	want = 1;
	assert_true(world_run(w, lost_some, 600000));
	assert_string_equal(err_name(w->nodes[0].losses[0]), "DEVICE_CLOCK");
	assert_int_equal(w->server.connects, 0);
	assert_int_equal(w->nodes[0].device.err, ERR_DEVICE_CLOCK);
	net = modem_network(w->nodes[0].modem);
	net.ntp = true;
	modem_set_network(w->nodes[0].modem, &net, w->now_ms);
	assert_true(world_run(w, all_online, 900000));
	world_free(w);
}

static void a_kept_time_that_a_server_refuses_is_asked_for_anew(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct device *d = &w->nodes[0].device;
	struct modem_network net = modem_network(w->nodes[0].modem);
	int64_t now_s;

	(void)state;
	net.nitz = false;
	modem_set_network(w->nodes[0].modem, &net, w->now_ms);
	assert_int_equal(device_keep_time(d, w->unix_ms / 1000 + 300 * 86400, w->now_ms), ERR_OK);
	want = 1;
	assert_true(world_run(w, lost_some, 120000));
	assert_string_equal(err_name(w->nodes[0].losses[0]), "MQTT_CONNACK_5");
	assert_int_equal(w->server.last_why.code, REASON_TOKEN_TIME);
	print_message("  %s\n", w->server.last_why.text);
	assert_int_equal(d->clock.source, CLOCK_KEPT);
	assert_int_equal(d->clock.doubt, CLOCK_REFUSED);
	assert_true(world_run(w, all_online, 600000));
	assert_true(clock_now(&d->clock, w->now_ms, &now_s));
	assert_in_range(now_s - w->unix_ms / 1000 + 2, 0, 4);
	assert_int_equal(d->clock.source, CLOCK_NTP);
	world_free(w);
}

/* Whether it is hours or years that the network is wrong: the server refuses, the time server is asked. */
static void a_network_that_tells_a_wrong_time_is_found_out_by_a_second_source(void **state)
{
	static const int32_t off_s[] = { 7200, -8 * 3600, 300 * 86400 };   /* a token lives six hours */

	(void)state;
	for (size_t i = 0; i < sizeof off_s / sizeof off_s[0]; i++) {
		struct world_config cfg = config_for(1);
		struct world *w = world_new(&cfg);
		struct device *d = &w->nodes[0].device;
		struct modem_network net = modem_network(w->nodes[0].modem);
		int64_t now_s;

		net.nitz_s = off_s[i];
		modem_set_network(w->nodes[0].modem, &net, w->now_ms);
		want = 1;
		assert_true(world_run(w, lost_some, 120000));
		assert_int_equal(w->server.last_why.code, REASON_TOKEN_TIME);
		assert_int_equal(d->clock.source, CLOCK_NETWORK);
		assert_true(world_run(w, all_online, 900000));
		assert_true(clock_now(&d->clock, w->now_ms, &now_s));
		assert_in_range(now_s - w->unix_ms / 1000 + 2, 0, 4);
		assert_int_equal(d->clock.source, CLOCK_NTP);
		assert_int_equal(clock_agrees(&d->clock, w->now_ms), EVIDENCE_YES);
		assert_true(w->nodes[0].loss_count <= 3);
		world_free(w);
	}
}

/* The certificates are from January 2026; of firmware from before, so that the floor does not speak first. */
static void certificates_of_the_future_name_the_clock(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct device *d = &w->nodes[0].device;
	struct modem_network net = modem_network(w->nodes[0].modem);
	const char *line;

	(void)state;
	d->clock.floor_s -= 2 * 365 * 86400;
	d->tls.cfg.floor_s = d->clock.floor_s;
	net.nitz_s = -400 * 86400;
	modem_set_network(w->nodes[0].modem, &net, w->now_ms);
	assert_true(world_run(w, all_online, 900000));      /* by the time server */
	assert_string_equal(err_name(w->nodes[0].losses[0]), "TLS_FUTURE");
	assert_int_equal(w->nodes[0].loss_count, 1);
	assert_int_equal(d->clock.source, CLOCK_NTP);
	line = world_line(w, 0, 0, "TLS-FUTURE-1");
	assert_non_null(line);
	print_message("  %s\n", line);
	assert_non_null(strstr(line, "most likely the clock is behind, not the CA wrong"));
	assert_non_null(strstr(line, "clock says 2025-"));
	world_free(w);
}

/* ---- Months ---- */

static void a_token_is_renewed_by_a_planned_reconnect_that_loses_nothing(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	char first[sizeof w->server.last_token];
	unsigned sent = 0;

	(void)state;
	assert_true(world_run(w, all_online, 120000));
	memcpy(first, w->server.last_token, sizeof first);
	while (w->server.connects < 2 && sent < 400) {
		world_publish(w, 0, "{}");
		sent++;
		world_run(w, never, 60000);
	}
	assert_true(acked(w, sent, 60000));
	assert_int_equal(w->server.connects, 2);
	assert_int_equal(w->server.message_count, sent);
	assert_int_equal(w->nodes[0].loss_count, 0);
	assert_string_not_equal(w->server.last_token, first);
	world_free(w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_devices_from_power_on_to_an_acknowledged_message),
		cmocka_unit_test(the_same_seed_gives_the_same_run),
		cmocka_unit_test(config_and_commands_reach_the_application),
		cmocka_unit_test(the_uart_may_move_any_number_of_bytes_at_once),
		cmocka_unit_test(every_loss_is_told_once_and_healed_with_a_resumed_session),
		cmocka_unit_test(thread_of_2022_error_572_on_every_send_does_not_loop),
		cmocka_unit_test(a_server_that_vanishes_is_noticed_and_the_message_kept),
		cmocka_unit_test(a_message_without_puback_is_sent_again_and_marked),
		cmocka_unit_test(login_and_first_message_together_save_a_round_trip),
		cmocka_unit_test(each_refused_login_has_its_own_code),
		cmocka_unit_test(a_token_of_a_key_that_is_not_registered_is_refused_and_the_server_says_why),
		cmocka_unit_test(a_wrong_pin_does_not_lock_the_sim_however_often_the_device_restarts),
		cmocka_unit_test(nothing_leaves_for_a_server_that_cannot_prove_itself),
		cmocka_unit_test(every_kind_of_chain_and_key_gets_through),
		cmocka_unit_test(records_of_16_kb_are_taken_and_a_config_too_large_is_told),
		cmocka_unit_test(a_long_message_is_read_to_its_end_at_once),
		cmocka_unit_test(a_server_that_only_speaks_tls_1_2_is_fine),
		cmocka_unit_test(the_driver_is_told_whether_rts_and_cts_are_wired),
		cmocka_unit_test(a_time_that_cannot_be_is_not_waited_for),
		cmocka_unit_test(without_any_time_there_is_no_connection),
		cmocka_unit_test(a_kept_time_that_a_server_refuses_is_asked_for_anew),
		cmocka_unit_test(a_network_that_tells_a_wrong_time_is_found_out_by_a_second_source),
		cmocka_unit_test(certificates_of_the_future_name_the_clock),
		cmocka_unit_test(a_token_is_renewed_by_a_planned_reconnect_that_loses_nothing),
		cmocka_unit_test(a_stop_is_no_loss),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
