/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device says when it cannot connect: whole devices, a real modem's core
 * and a real server, hours of virtual time.
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
	assert_true(world_run(w, online, 2 * 3600000));
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_is_said_once_and_sent_once_and_its_end_announced),
		cmocka_unit_test(a_long_search_is_spoken_of_before_it_has_failed),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
