/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device says when it cannot connect: whole devices, a real modem's core
 * and a real server, hours of virtual time.
 */
#include "unit/cmocka_all.h"

#include "sim/world.h"

#include "base/ticks.h"

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

/* ---- conditions ---- */

static const char *want_code;
static unsigned want_from, want_losses;

static bool never(struct world *w)
{
	(void)w;
	return false;
}

static bool online(struct world *w)
{
	return w->nodes[0].device.state == DEVICE_ONLINE;
}

static bool said(struct world *w)
{
	return world_line(w, 0, want_from, want_code) != NULL;
}

static bool lost(struct world *w)
{
	return w->nodes[0].loss_count >= want_losses;
}

static void print_lines(const struct world *w, unsigned from)
{
	for (unsigned i = from; i < w->nodes[0].line_count; i++)
		print_message("    %s\n", w->nodes[0].lines[i % WORLD_LINES]);
	for (unsigned i = 0; i < w->nodes[0].loss_count && i < 8; i++)
		print_message("    lost: %s\n", err_name(w->nodes[0].losses[i]));
}

/* The line with CODE, said within LIMIT_MS after line FROM. */
static const char *hear(struct world *w, const char *code, unsigned from, uint32_t limit_ms)
{
	want_code = code;
	want_from = from;
	if (!world_run(w, said, limit_ms)) {
		print_lines(w, from);
		fail_msg("%s was not said", code);
	}
	return world_line(w, 0, from, code);
}

static void must_hold(const char *line, const char *words)
{
	if (strstr(line, words) == NULL)
		fail_msg("'%s' is not in: %s", words, line);
}

/* ---- one cause ---- */

static void set_network(struct world *w, void (*change)(struct modem_network *net))
{
	struct modem_network net = modem_network(w->nodes[0].modem);

	change(&net);
	modem_set_network(w->nodes[0].modem, &net, w->now_ms);
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

static void wrong_root(struct world_config *cfg)
{
	cfg->root = DATA "other_root.pem";
}

static void same_name(struct world_config *cfg)
{
	cfg->root = DATA "other_same_name.pem";
}

static void add_root(struct world *w)
{
	static char text[16384];
	FILE *f = fopen(DATA "root_rsa4096.pem", "rb");
	struct device *d = &w->nodes[0].device;
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	assert_int_equal(secrets_add_root(device_crypto(d), device_settings(d),
					  (struct bytes){ (const uint8_t *)text, n }), ERR_OK);
}

static void other_key(struct world_config *cfg)
{
	cfg->server.device_key = DATA "leaf_ec.key";
}

static void other_key_silent(struct world_config *cfg)
{
	other_key(cfg);
	cfg->server.silent = true;
}

static void right_key(struct world *w)
{
	w->server.cfg.device_key = DATA "keys/p256_sec1.pem";
	assert_true(server_reload_key(&w->server));
}

static void connack_3(struct world_config *cfg)
{
	cfg->server.connack = 3;
}

static void connack_1(struct world_config *cfg)
{
	cfg->server.connack = 1;
}

static void as_deserved(struct world *w)
{
	w->server.cfg.connack = 0;
}

static void web_server(struct world_config *cfg)
{
	cfg->server.plain = true;
}

static void no_web_server(struct world *w)
{
	w->server.cfg.plain = false;
}

static void deaf(struct world_config *cfg)
{
	cfg->server.deaf = true;
}

static void not_deaf(struct world *w)
{
	w->server.cfg.deaf = false;
}

static void wrong_name(struct world_config *cfg)
{
	cfg->server.chain[0] = DATA "leaf_other.pem";
}

static void expired(struct world_config *cfg)
{
	cfg->server.chain[0] = DATA "leaf_short.pem";
}

static void other_pin(struct world_config *cfg)
{
	cfg->sim_pin = "1234";
	cfg->pin = "4321";
}

static void no_pin(struct world_config *cfg)
{
	cfg->sim_pin = "1234";
}

static void no_time(struct modem_network *net)
{
	net->nitz = net->ntp = false;
}

static void time_server(struct modem_network *net)
{
	net->ntp = true;
}

static void tell_no_time(struct world *w)
{
	set_network(w, no_time);
}

static void tell_time(struct world *w)
{
	set_network(w, time_server);
}

static void deny(struct modem_network *net)
{
	net->stat = 3;
	net->cause = 11;
}

static void accept_home(struct modem_network *net)
{
	net->stat = 1;
	net->cause = 0;
}

static void refuse_plmn(struct world *w)
{
	set_network(w, deny);
}

static void let_in(struct world *w)
{
	set_network(w, accept_home);
}

static void hide(struct modem_network *net)
{
	net->rssi = 99;
	net->heard = false;
}

static void run_script(struct world *w, const char *script)
{
	char buf[200];
	struct text why;

	text_init(&why, buf, sizeof buf);
	if (!modem_set_script(w->nodes[0].modem, script, w->now_ms, &why))
		fail_msg("%s", buf);
}

static void no_signal(struct world *w)
{
	run_script(w, "0:searching");
	set_network(w, hide);
}

static void signal_again(struct world *w)
{
	run_script(w, "0:home");
}

static void other_apn(struct world *w)
{
	modem_set_apn(w->nodes[0].modem, "other.example", "", "");
}

static void this_apn(struct world *w)
{
	modem_set_apn(w->nodes[0].modem, "iot.example", "", "");
}

static void take_out(struct modem_network *net)
{
	net->sim = MODEM_SIM_ABSENT;
}

static void put_in(struct modem_network *net)
{
	net->sim = MODEM_SIM_READY;
}

static void other_host(struct world_config *cfg)
{
	cfg->host = "mqtt.nowhere.test";
}

static void no_dns(struct world *w)
{
	w->nameless = true;
}

static void dns_again(struct world *w)
{
	w->nameless = false;
}

static void no_data(struct world *w)
{
	w->nameless = w->lone = true;
}

static void data_again(struct world *w)
{
	w->nameless = w->lone = false;
}

static void other_port(struct world *w)
{
	w->port = 443;
}

static void this_port(struct world *w)
{
	w->port = 8883;
}

static void server_down(struct world *w)
{
	w->port = 1;
	w->deserted = true;
}

static void server_up(struct world *w)
{
	w->port = 8883;
	w->deserted = false;
}

static void no_sim(struct world *w)
{
	set_network(w, take_out);
}

static void sim_again(struct world *w)
{
	set_network(w, put_in);
}

static void mute(struct world *w)
{
	strike(w, MODEM_DO_MUTE, MODEM_AT_TIME, MODEM_ALWAYS);
}

/* A refusal: what is wrong, what is said, and how it is put right. */
static const struct row {
	const char *name;
	void (*prepare)(struct world_config *cfg);
	void (*act)(struct world *w);
	const char *code;
	const char *words[3];
	void (*heal)(struct world *w);   /* NULL: only a person at the device can */
} rows[] = {
	{ "wrong_root", wrong_root, NULL, "TLS-ROOT-1", { "no such root is stored", "root=", "next=try" }, add_root },
	{ "root_of_the_same_name", same_name, NULL, "TLS-ROOT-2", { "did not sign", "roots_named=1" }, NULL },
	{ "certificate_for_another_host", wrong_name, NULL, "TLS-NAME-1", { "is for", "mqtt.tern.test" }, NULL },
	{ "certificate_expired", expired, NULL, "TLS-EXPIRED-1", { "not_after=", "now=" }, NULL },
	{ "unset_clock", NULL, tell_no_time, "CLOCK-1", { "clock was never set", "next=try" }, tell_time },
	{ "key_not_registered", other_key, NULL, "LOGIN-2",
	  { "CONNACK 5", "(ours is SHA256:", "ruled out" }, right_key },
	{ "key_not_registered_and_no_word", other_key_silent, NULL, "LOGIN-4",
	  { "after the login was sent", "no modem fault", "(ours is SHA256:" }, right_key },
	{ "server_is_busy", connack_3, NULL, "LOGIN-BUSY-1", { "CONNACK 3", "next=try" }, as_deserved },
	{ "mqtt_version", connack_1, NULL, "LOGIN-VERSION-1", { "CONNACK 1" }, as_deserved },
	{ "captive_portal", web_server, NULL, "TLS-PORTAL-1", { "HTTP/1.1 400 Bad Request", "captive portal" },
	  no_web_server },
	{ "deaf_port", deaf, NULL, "TLS-SILENT-1", { "said nothing to TLS" }, not_deaf },
	{ "host_misspelled", other_host, NULL, "DNS-HOST-1", { "does not resolve while others do", "other_name=yes" }, NULL },
	{ "no_dns_at_all", NULL, no_dns, "DNS-NONE-1", { "No name resolves at all", "other_host=yes" }, dns_again },
	{ "no_data_at_all", NULL, no_data, "DATA-PLAN-2", { "not even DNS" }, data_again },
	{ "port_blocked", NULL, other_port, "TCP-PORT-1", { "8883", "another one does" }, this_port },
	{ "server_down", NULL, server_down, "TCP-HOST-1", { "while another host does" }, server_up },
	{ "no_sim", NULL, no_sim, "SIM-1", { "No SIM is readable" }, sim_again },
	{ "refused_pin", other_pin, NULL, "SIM-PIN-2", { "not tried again", "next=setting" }, NULL },
	{ "pin_not_set", no_pin, NULL, "SIM-PIN-1", { "none is configured", "next=setting" }, NULL },
	{ "registration_denied", NULL, refuse_plmn, "REG-DENIED-1", { "cause 11" }, let_in },
	{ "nothing_heard", NULL, no_signal, "RADIO-SIGNAL-1", { "No network is heard" }, signal_again },
	{ "apn_refused", NULL, other_apn, "DATA-APN-2", { "iot.example", "27" }, this_apn },
	{ "modem_mute", NULL, mute, "MODEM-SILENT-1", { "No byte at all" }, NULL },
};

static unsigned letters(const struct world *w, const char *words)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->server.message_count; i++)
		count += strstr(w->server.messages[i].topic, "/events/diagnosis") != NULL &&
			 strstr(w->server.messages[i].payload, words) != NULL;
	return count;
}

/* Once, however often it fails. */
static void stays_quiet(struct world *w, const char *code)
{
	unsigned lines = w->nodes[0].line_count;

	want_losses = w->nodes[0].loss_count + 8;
	(void)world_run(w, lost, 4 * 3600000);
	if (w->nodes[0].line_count != lines)
		print_lines(w, 0);
	assert_int_equal(w->nodes[0].line_count, lines);
	assert_non_null(world_line(w, 0, 0, code));
}

static void recovers(struct world *w, const struct row *row)
{
	char words[64];
	const char *line;

	row->heal(w);
	assert_true(world_run(w, online, row->heal == add_root ? 30000 : 2 * 3600000));   /* a setting is acted on at once */
	line = hear(w, "OK", 0, 1000);
	must_hold(line, "connected again");
	must_hold(line, row->code);
	world_run(w, never, 60000);
	snprintf(words, sizeof words, "{\"code\":\"%s\"", row->code);
	assert_int_equal(letters(w, words), 1);
	assert_int_equal(letters(w, "\"line\":\"diagnosis: "), letters(w, "code"));
	world_restart(w, 0);
	assert_true(world_run(w, online, 600000));
	world_run(w, never, 60000);
	assert_int_equal(letters(w, words), 1);   /* and not again */
}

static void one_row(const struct row *row)
{
	struct world_config cfg = config_for(1);
	struct history_verdict v;
	char kept[HISTORY_LINE_MAX];
	const char *line;
	struct world *w;
	size_t len;

	print_message("  %s\n", row->name);
	if (row->prepare != NULL)
		row->prepare(&cfg);
	w = world_new(&cfg);
	if (row->act != NULL)
		row->act(w);
	line = hear(w, row->code, 0, 1800000);
	if (getenv("TERN_SIM_SHOW") != NULL)
		print_message("    %s\n", line);
	for (size_t i = 0; i < 3 && row->words[i] != NULL; i++)
		must_hold(line, row->words[i]);
	stays_quiet(w, row->code);
	assert_true(device_why(&w->nodes[0].device, 0, &v, kept, sizeof kept, &len));
	if (row->heal != NULL)
		recovers(w, row);
	world_free(w);
}

static void a_cause_is_said_once_and_sent_once_and_its_end_announced(void **state)
{
	const char *only = getenv("TERN_SIM_ROW");

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (only == NULL || strcmp(only, rows[i].name) == 0)
			one_row(&rows[i]);
}

/* "Still searching" comes first, and is no failure yet. */
static void a_long_search_is_spoken_of_before_it_has_failed(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);

	(void)state;
	no_signal(w);
	must_hold(hear(w, "RADIO-SEARCH-1", 0, 245000), "may take 20 min");
	assert_int_equal(w->nodes[0].line_count, 1);
	world_run(w, never, 30000);
	signal_again(w);
	assert_true(world_run(w, online, 60000));
	assert_non_null(world_line(w, 0, 1, "OK"));
	assert_int_equal(w->nodes[0].line_count, 2);
	world_free(w);
}

static void wrong_by_two_hours(struct modem_network *net)
{
	net->nitz_s = 7200;
}

static void a_refused_login_with_two_clocks_that_differ_names_the_clock(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	const char *line;

	(void)state;
	set_network(w, wrong_by_two_hours);
	line = hear(w, "LOGIN-CLOCK-1", 0, 300000);
	must_hold(line, "two time sources differ");
	must_hold(line, "clock_agrees=no");
	assert_true(world_run(w, online, 300000));   /* by what the time server says */
	must_hold(hear(w, "OK", 0, 1000), "LOGIN-CLOCK-1");
	world_free(w);
}

/* ---- the thread of 2022 ---- */

/* Every AT+QISEND is answered ERROR, 572, from the login on: it is the server that has not
 * accepted it, and closed.  Said once, counted, and no word of the modem. */
static void a_dead_socket_after_a_refused_login_names_the_login_and_not_the_modem(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w;
	const char *line;

	(void)state;
	other_key_silent(&cfg);
	w = world_new(&cfg);
	line = hear(w, "LOGIN-4", 0, 300000);
	must_hold(line, "80 ms after the login was sent");
	must_hold(line, "no modem fault");
	must_hold(line, "token (self-check passed)");
	assert_null(strstr(line, "MODEM"));
	want_losses = 50;
	assert_true(world_run(w, lost, UINT32_MAX / 2 - 1));
	assert_int_equal(w->nodes[0].line_count, 1);
	right_key(w);
	assert_true(world_run(w, online, 2 * 3600000));
	must_hold(hear(w, "OK", 0, 1000), "failed tries before: 50");
	world_run(w, never, 60000);
	assert_int_equal(letters(w, "\"code\":\"LOGIN-4\""), 1);
	assert_int_equal(letters(w, "\"times\":50"), 1);
	world_free(w);
}

static void five_seventy_two_in_a_session_is_said_once_however_often_it_comes(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct modem_fault f = modem_fault_default(MODEM_DO_ERROR, MODEM_AT_COMMAND);
	char buf[200];
	struct text why;

	(void)state;
	assert_true(world_run(w, online, 120000));
	text_init(&why, buf, sizeof buf);
	strcpy(f.command, "QISEND");
	f.error = 572;
	f.count = MODEM_ALWAYS;
	f.for_ms = 3600000;
	assert_true(modem_fault_set(w->nodes[0].modem, &f, w->now_ms, &why) != 0);
	world_publish(w, 0, "{}");
	want_losses = 8;
	assert_true(world_run(w, lost, 3600000));
	assert_in_range(w->nodes[0].line_count, 1, 2);   /* of the session, and of the handshakes that follow */
	assert_true(world_run(w, online, 2 * 3600000));
	must_hold(hear(w, "OK", 0, 1000), "connected again");
	world_free(w);
}

/* ---- nothing is wrong ---- */

static void roam(struct modem_network *net)
{
	net->stat = 5;
}

static void go_home(struct modem_network *net)
{
	net->stat = 1;
}

static void healthy_day(uint32_t latency_ms)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);

	w->latency_ms = latency_ms;
	set_network(w, roam);
	for (unsigned hour = 0; hour < 26; hour++) {
		world_publish(w, 0, "{}");
		set_network(w, hour % 4 < 2 ? roam : go_home);
		if (hour % 5 == 0)
			modem_inject_urc(w->nodes[0].modem, "+QIND: \"csq\",99,99", w->now_ms);
		world_run(w, never, 3600000);
	}
	assert_true(w->server.connects >= 5);
	assert_int_equal(w->nodes[0].loss_count, 0);
	if (w->nodes[0].line_count > 0)
		print_lines(w, 0);
	assert_int_equal(w->nodes[0].line_count, 0);
	assert_int_equal(letters(w, ""), 0);
	world_free(w);
}

static void a_day_of_planned_renewals_roaming_and_odd_reports_says_nothing(void **state)
{
	static const uint32_t latencies[] = { 40, 2500 };

	(void)state;
	for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++)
		healthy_day(latencies[i]);
}

static void a_stop_and_a_start_say_nothing(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	const char *missing;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(world_run(w, online, 120000));
		device_stop(&w->nodes[0].device, w->now_ms);
		world_run(w, never, 90000);
		assert_int_equal(device_start(&w->nodes[0].device, &missing, w->now_ms), ERR_OK);
		world_run(w, never, i * 700);
	}
	device_stop(&w->nodes[0].device, w->now_ms);   /* in the middle of it */
	world_run(w, never, 90000);
	assert_int_equal(w->nodes[0].line_count, 0);
	world_free(w);
}

/* ---- a session that ends ---- */

static void hang_up_after(struct world *w, uint32_t ms)
{
	assert_true(world_run(w, online, 3600000));
	world_run(w, never, ms);
	world_hang_up(w, 0);
	world_run(w, never, 1000);
}

static void good_sessions_that_end_soon_one_after_another_are_another_client(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	const char *line;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		hang_up_after(w, 7000);
	line = hear(w, "MQTT-TWIN-1", 0, 1000);
	must_hold(line, "'device-0'");
	must_hold(line, "probably");
	assert_in_range(ticks_until(w->now_ms, w->nodes[0].device.wait_ms), 290000, 900000);   /* both do not fight */
	world_free(w);
}

/* The near miss: as many, but each after some minutes. */
static void good_sessions_that_end_later_are_not(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		hang_up_after(w, 90000);
	assert_null(world_line(w, 0, 0, "MQTT-TWIN-1"));
	assert_non_null(world_line(w, 0, 0, "MQTT-CLOSED-1"));
	world_free(w);
}

static bool is_told(struct world *w)
{
	return world_line(w, 0, 0, "MQTT-TOPIC-1") != NULL || world_line(w, 0, 0, "MQTT-TOPIC-2") != NULL;
}

static void a_topic_that_the_server_answers_by_closing_is_named(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w;
	unsigned said_before;
	uint32_t seq;

	(void)state;
	cfg.server.close_on = "/events/alarm";
	w = world_new(&cfg);
	assert_true(world_run(w, online, 120000));
	assert_int_equal(device_publish(&w->nodes[0].device, "alarm", bytes_of("{}"), &seq), ERR_OK);
	assert_true(world_run(w, is_told, 600000));
	must_hold(hear(w, "MQTT-TOPIC-1", 0, 1000), "'/devices/device-0/events/alarm'");
	said_before = w->nodes[0].line_count;
	world_run(w, never, 600000);   /* logins without end, and each is good */
	assert_int_equal(w->nodes[0].line_count, said_before);
	world_free(w);
}

static void a_connection_lost_while_other_messages_are_acknowledged_does_not_blame_a_topic(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(world_run(w, online, 3600000));
		world_run(w, never, 70000);
		world_publish(w, 0, "{}");
		world_run(w, never, 1000);   /* acknowledged by now */
		world_hang_up(w, 0);
		world_run(w, never, 1000);
	}
	assert_false(is_told(w));
	world_free(w);
}

/* ---- notices ---- */

static void another_sim_is_spoken_of_before_it_fails(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct modem_card card = modem_card(w->nodes[0].modem);
	const char *line;

	(void)state;
	assert_true(world_run(w, online, 120000));
	world_run(w, never, 300000);   /* the card is read by now */
	strcpy(card.iccid, "8949000000000000456F");
	modem_set_card(w->nodes[0].modem, &card, w->now_ms);
	modem_power(w->nodes[0].modem, MODEM_SWITCH_RESET, w->now_ms);
	world_restart(w, 0);
	line = hear(w, "SIM-CHANGED-1", 0, 600000);
	must_hold(line, "now 8949000000000000456F");
	must_hold(line, "'iot.example'");
	assert_true(world_run(w, online, 600000));
	world_run(w, never, 400000);
	world_restart(w, 0);
	world_run(w, never, 600000);
	assert_null(world_line(w, 0, 0, "OK"));        /* nothing had failed */
	world_free(w);
}

static void messages_that_found_no_room_while_offline_are_counted(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	unsigned refused = 0;
	uint32_t seq;

	(void)state;
	assert_true(world_run(w, online, 120000));
	w->dark = true;
	for (unsigned i = 0; i < 400; i++) {
		refused += device_publish(&w->nodes[0].device, NULL, bytes_of("{\"a\":12345678901234567890}"), &seq) != ERR_OK;
		world_run(w, never, 60000);
	}
	assert_true(refused > 100);
	w->dark = false;
	assert_true(world_run(w, online, 3600000));
	must_hold(hear(w, "QUEUE-1", 0, 1000), "offline");
	world_free(w);
}

/* Two days in which a program stores a secret every so many minutes: how often is it told? */
static unsigned told_of_wear(uint32_t minutes)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	unsigned told = 0;

	assert_true(world_run(w, online, 120000));
	for (unsigned n = 0; n < 50 * 60 / minutes; n++) {
		char password[12];

		snprintf(password, sizeof password, "%u", n);
		assert_int_equal(settings_set(device_settings(&w->nodes[0].device), SETTINGS_APN_PASSWORD, password,
					      strlen(password)), ERR_OK);
		world_run(w, never, minutes * 60000);
	}
	for (unsigned i = 0; i < w->nodes[0].line_count && i < WORLD_LINES; i++)
		if (strstr(w->nodes[0].lines[i], "WEAR-1") != NULL) {
			must_hold(w->nodes[0].lines[i], " times a day and stands that for ");
			told++;
		}
	assert_int_equal(w->nodes[0].loss_count, 0);
	world_free(w);
	return told;
}

static void settings_that_are_stored_too_often_are_told_once_a_day(void **state)
{
	(void)state;
	assert_in_range(told_of_wear(20), 1, 2);
	assert_int_equal(told_of_wear(180), 0);
}

static void jump(struct modem_network *net)
{
	net->nitz_s = -3600;
}

static void time_that_jumps_in_a_session_is_a_notice(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);

	(void)state;
	assert_true(world_run(w, online, 120000));
	world_run(w, never, 60000);
	set_network(w, jump);
	strike(w, MODEM_DO_PDPDEACT, MODEM_AT_TIME, 0);   /* the time is asked for with the new data connection */
	must_hold(hear(w, "CLOCK-3", 0, 300000), "timers are not affected");
	world_free(w);
}

/* ---- starts ---- */

static void a_restart_by_the_watchdog_is_told_with_what_was_under_way(void **state)
{
	static struct retained ram;
	struct world_config cfg = config_for(1);
	struct world *w;
	const char *line;

	(void)state;
	memset(&ram, 0x5a, sizeof ram);
	cfg.retained = &ram;
	cfg.reset = EVIDENCE_RESET_WATCHDOG;
	w = world_new(&cfg);
	line = hear(w, "RESET-3", 0, 1000);
	assert_null(strstr(line, "in step"));        /* nothing is known of the run before */
	assert_true(world_run(w, online, 120000));
	world_run(w, never, 10000);
	world_restart(w, 0);
	line = hear(w, "RESET-3", 1, 1000);
	must_hold(line, "in step 'online', ");
	must_hold(line, "last modem line: +");
	assert_true(world_run(w, online, 120000));
	world_run(w, never, 60000);
	assert_int_equal(letters(w, "\"code\":\"RESET-3\""), 2);
	assert_null(world_line(w, 0, 0, "OK"));
	world_free(w);
}

static void a_project_name_is_named_before_a_byte_goes_on_the_air(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct device *d = &w->nodes[0].device;
	const char *missing, *line;
	uint32_t commands;

	(void)state;
	device_stop(d, w->now_ms);
	world_run(w, never, 90000);
	commands = modem_counters(w->nodes[0].modem)->commands;
	assert_int_equal(settings_set(device_settings(d), SETTINGS_PROJECT, "My First Project", 16), ERR_OK);
	assert_int_equal(device_start(d, &missing, w->now_ms), ERR_IOTCORE_PROJECT);
	assert_string_equal(missing, "project");
	line = hear(w, "ID-PROJECT-1", 0, 1000);
	must_hold(line, "'My First Project'");
	must_hold(line, "next=setting");
	world_run(w, never, 600000);
	assert_int_equal(modem_counters(w->nodes[0].modem)->commands, commands);
	assert_int_equal(w->nodes[0].line_count, 1);
	world_free(w);
}

/* ---- what is kept ---- */

static void verdicts_outlive_a_restart_and_are_sent_when_there_is_a_connection(void **state)
{
	struct world_config cfg = config_for(1);
	struct history_verdict v;
	char line[HISTORY_LINE_MAX];
	struct world *w;
	size_t len;

	(void)state;
	wrong_root(&cfg);
	w = world_new(&cfg);
	(void)hear(w, "TLS-ROOT-1", 0, 300000);
	for (unsigned i = 0; i < 5; i++) {
		world_restart(w, 0);
		world_run(w, never, 300000);
	}
	assert_true(device_why(&w->nodes[0].device, 0, &v, line, sizeof line, &len));
	assert_int_equal(v.code, VERDICT_TLS_ROOT_1);
	assert_int_equal(v.number, 1);                 /* once, though each run has said it */
	assert_false(v.sent);
	assert_true(len > 100 && memcmp(line, "diagnosis: ", 11) == 0);
	add_root(w);
	assert_true(world_run(w, online, 3600000));
	world_run(w, never, 60000);
	assert_int_equal(letters(w, "\"code\":\"TLS-ROOT-1\",\"at\":\"2026-09-22T"), 1);
	assert_true(device_why(&w->nodes[0].device, 0, &v, line, sizeof line, &len));
	assert_true(v.sent);
	world_free(w);
}

static void a_verdict_waits_for_room_in_the_outbox_and_is_cut_rather_than_lost(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w;
	struct device *d;

	(void)state;
	wrong_root(&cfg);
	cfg.outbox_size = 400;
	w = world_new(&cfg);
	d = &w->nodes[0].device;
	(void)hear(w, "TLS-ROOT-1", 0, 300000);
	add_root(w);
	assert_true(world_run(w, online, 3600000));
	world_run(w, never, 120000);
	assert_int_equal(letters(w, "\"code\":\"TLS-ROOT-1\""), 1);
	assert_int_equal(letters(w, "..\"}"), 1);
	assert_true(d->report.number == 0);
	world_free(w);
}

static void without_memory_for_a_line_its_code_is_said(void **state)
{
	struct world_config cfg = config_for(1);
	struct world *w = world_new(&cfg);
	struct device *d = &w->nodes[0].device;
	const char *missing;

	(void)state;
	device_stop(d, w->now_ms);
	world_run(w, never, 90000);
	assert_non_null(arena_alloc(&d->crypto.arena, arena_largest(&d->crypto.arena)));
	assert_int_equal(device_start(d, &missing, w->now_ms), ERR_CRYPTO_MEMORY);
	assert_string_equal(hear(w, "TLS-MEMORY-2", 0, 1000), "diagnosis: [TLS-MEMORY-2]");
	world_free(w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_is_said_once_and_sent_once_and_its_end_announced),
		cmocka_unit_test(a_long_search_is_spoken_of_before_it_has_failed),
		cmocka_unit_test(a_refused_login_with_two_clocks_that_differ_names_the_clock),
		cmocka_unit_test(a_dead_socket_after_a_refused_login_names_the_login_and_not_the_modem),
		cmocka_unit_test(five_seventy_two_in_a_session_is_said_once_however_often_it_comes),
		cmocka_unit_test(a_day_of_planned_renewals_roaming_and_odd_reports_says_nothing),
		cmocka_unit_test(a_stop_and_a_start_say_nothing),
		cmocka_unit_test(good_sessions_that_end_soon_one_after_another_are_another_client),
		cmocka_unit_test(good_sessions_that_end_later_are_not),
		cmocka_unit_test(a_topic_that_the_server_answers_by_closing_is_named),
		cmocka_unit_test(a_connection_lost_while_other_messages_are_acknowledged_does_not_blame_a_topic),
		cmocka_unit_test(another_sim_is_spoken_of_before_it_fails),
		cmocka_unit_test(messages_that_found_no_room_while_offline_are_counted),
		cmocka_unit_test(settings_that_are_stored_too_often_are_told_once_a_day),
		cmocka_unit_test(time_that_jumps_in_a_session_is_a_notice),
		cmocka_unit_test(a_restart_by_the_watchdog_is_told_with_what_was_under_way),
		cmocka_unit_test(a_project_name_is_named_before_a_byte_goes_on_the_air),
		cmocka_unit_test(verdicts_outlive_a_restart_and_are_sent_when_there_is_a_connection),
		cmocka_unit_test(a_verdict_waits_for_room_in_the_outbox_and_is_cut_rather_than_lost),
		cmocka_unit_test(without_memory_for_a_line_its_code_is_said),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
