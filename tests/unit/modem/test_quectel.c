/* SPDX-License-Identifier: Apache-2.0 */
#include "script_modem.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static struct script_modem m;

static struct link *link0(void)
{
	return quectel_link(&m.q, 0);
}

static void reopen(struct link *l)
{
	enum err e = link_open(l, "mqtt.example", 8883, m.now);

	(void)e;   /* not possible now: the next turn tries again */
}

static void send_all(struct link *l, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (unsigned turns = 0; len > 0 && turns < 1000; turns++) {
		size_t taken;
		enum err e = link_send(l, p, len, &taken, m.now);

		if (e == ERR_AGAIN) {
			assert_int_equal(taken, 0);
			script_run(&m, 50);
			continue;
		}
		assert_int_equal(e, ERR_OK);
		assert_true(taken > 0);
		p += taken;
		len -= taken;
	}
	assert_int_equal(len, 0);
}

static size_t recv_all(struct link *l, uint8_t *buf, size_t size)
{
	size_t total = 0, got;

	while (total < size && link_recv(l, buf + total, size - total, &got, m.now) == ERR_OK)
		total += got;
	return total;
}

/* ---- the way up ---- */

static void a_fresh_modem_comes_up_and_everything_is_known(void **state)
{
	const struct cellular_status *st = quectel_status(&m.q);

	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	assert_string_equal(m.events, "TIME UP ");
	assert_int_equal(m.time_s, 1768384387);   /* Greenwich: the zone is not applied */
	assert_int_equal(script_count(&m, "AT+QIACT=1"), 1);
	script_run(&m, 30000);
	assert_string_equal(st->ip, "10.64.0.7");
	assert_string_equal(st->model, "BG96");
	assert_string_equal(st->revision, "BG96MAR02A07M1G");
	assert_string_equal(st->imei, "866425030012345");
	assert_string_equal(st->iccid, "8949227002805216770F");
	assert_string_equal(st->operator_name, "AT&T 4G");
	assert_int_equal(st->registration, CELLULAR_REG_ROAMING);
	assert_int_equal(st->act, 8);
	assert_int_equal(st->rsrp_dbm, -91);
	assert_int_equal(st->sinr_db, 19);
	assert_int_equal(quectel_facts(&m.q)->stage, QUECTEL_STAGE_CONTEXT);
	assert_int_equal(quectel_facts(&m.q)->failed[0], '\0');
	assert_true(m.fastest_20_ms >= 190);
}

/* zephyr PR 31325: QIACT answers ERROR since the context is active from before. */
static void a_warm_modem_costs_few_commands_and_loses_its_old_sockets(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.active = true;
	m.socket[3].open = m.socket[11].open = true;
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+QIACT=1"), 0);
	assert_int_equal(script_count(&m, "AT+QIDEACT"), 0);
	assert_int_equal(script_count(&m, "AT+QICLOSE=3,"), 1);
	assert_int_equal(script_count(&m, "AT+QICLOSE=11,"), 1);
	assert_true(m.commands <= 22);
}

static void a_warm_modem_with_another_apn_is_dialled_anew(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.active = true;
	m.apn = "other";
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+QIDEACT=1"), 1);
	assert_int_equal(script_count(&m, "AT+QICSGP=1,1,\"iot.example\""), 1);
	assert_int_equal(script_count(&m, "AT+QIACT=1"), 1);
}

static void an_active_context_that_is_not_listed_is_tolerated(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.active = true;
	script_rule(&m, (struct rule){ .command = "AT+QIACT?", .reply = "OK", .times = 1 });
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+QIACT=1"), 1);
	assert_int_equal(m.downs, 0);
}

/* Stored settings are read first and written only when they differ (D25). */
static void stored_settings_are_written_only_when_they_differ(void **state)
{
	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+IFC="), 0);
	assert_int_equal(script_count(&m, "AT+QURCCFG=\"urcport\",\""), 0);
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+IFC?", .reply = "+IFC: 2,2|OK" });
	script_rule(&m, (struct rule){ .command = "AT+QURCCFG=\"urcport\"", .times = 1,
				       .reply = "+QURCCFG: \"urcport\",\"usbat\"|OK" });
	script_rule(&m, (struct rule){ .command = "AT+IFC=0,0", .reply = "OK" });
	script_rule(&m, (struct rule){ .command = "AT+QURCCFG=", .reply = "OK" });
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+IFC=0,0"), 1);
	assert_int_equal(script_count(&m, "AT+QURCCFG=\"urcport\",\"uart1\""), 1);
	script_start(&m, NULL);   /* not told: left alone */
	script_rule(&m, (struct rule){ .command = "AT+IFC", .reply = "ERROR" });
	script_rule(&m, (struct rule){ .command = "AT+QURCCFG", .reply = "ERROR" });
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+IFC="), 0);
}

static void another_maker_s_modem_is_named_not_driven(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "ATI", .reply = "SIMCOM_Ltd|SIM7000G|R1529|OK" });
	script_run(&m, 300000);
	assert_string_equal(m.events, "DOWN(220) ");
	assert_int_equal(script_count(&m, "AT+QIACT"), 0);
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_MODEM_MODEL);
}

static void strings_that_would_break_out_of_a_command_are_refused(void **state)
{
	const char *const bad[] = { "a\"b", "a\rb", "\x7f", "\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct quectel_config c = { .apn = bad[i] };

		script_start(&m, &c);
		script_run(&m, 60000);
		assert_string_equal(m.events, "DOWN(4) ");
		assert_int_equal(m.commands, 0);
	}
}

static void the_echo_and_a_payload_entry_of_an_earlier_life_are_left(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.entry_left = 1460;   /* AT+QISEND=0,1460 was cut off by a reset of the host */
	assert_true(script_until(&m, script_is_up, 15000));
	assert_int_equal(m.echo, false);
}

static void a_modem_that_boots_for_25_s_is_waited_for(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.silent = true;
	script_run(&m, 25000);
	assert_string_equal(m.events, "");
	m.silent = false;
	script_say(&m, 0, "RDY");
	script_say(&m, 3000, "APP RDY");
	assert_true(script_until(&m, script_is_up, 10000));
	assert_string_equal(m.events, "TIME UP ");
}

static void silence_is_reported_once_and_overcome(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.silent = true;
	script_run(&m, 600000);
	assert_string_equal(m.events, "DOWN(200) ");
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_MODEM_SILENT);
	assert_int_equal(quectel_facts(&m.q)->stage, QUECTEL_STAGE_NONE);
	m.silent = false;
	assert_true(script_until(&m, script_is_up, 60000));
}

/* ---- SIM ---- */

static void a_wrong_pin_is_sent_once_and_never_again(void **state)
{
	struct quectel_config c = { .apn = "a", .pin = "1234" };

	(void)state;
	script_start(&m, &c);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK" });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "+CME ERROR: 16" });
	script_run(&m, 3600000);
	assert_int_equal(script_count(&m, "AT+CPIN=\"1234\""), 1);
	assert_string_equal(m.events, "DOWN(204) ");
	assert_null(strstr(quectel_facts(&m.q)->failed, "1234"));
	assert_string_equal(quectel_facts(&m.q)->failed, "AT+CPIN=");
	m.silent = true;   /* nor after a restart of the modem */
	script_run(&m, 100000);
	m.silent = false;
	m.log_len = 0;
	memset(m.log, 0, sizeof m.log);
	script_run(&m, 100000);
	assert_int_equal(script_count(&m, "AT+CPIN="), 0);
}

static void the_pin_is_entered_and_the_sim_waited_for(void **state)
{
	struct quectel_config c = { .apn = "iot.example", .pin = "1234" };

	(void)state;
	script_start(&m, &c);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK", .times = 1 });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "OK" });
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CME ERROR: 14", .times = 3 });
	assert_true(script_until(&m, script_is_up, 20000));
	assert_int_equal(script_count(&m, "AT+CPIN=\"1234\""), 1);
	assert_int_equal(m.downs, 0);
}

/* Each restart of the modem asks for it again: that is no try that failed. */
static void a_right_pin_may_be_entered_any_number_of_times(void **state)
{
	struct quectel_config c = { .apn = "a", .pin = "1234" };

	(void)state;
	script_start(&m, &c);
	for (unsigned i = 0; i < 4; i++) {
		memset(m.rules, 0, sizeof m.rules);
		script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK", .times = 1 });
		script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "OK" });
		script_say(&m, 0, "RDY");
		script_run(&m, 1000);
		assert_true(script_until(&m, script_is_up, 60000));
	}
	memset(m.rules, 0, sizeof m.rules);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK", .times = 2 });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "+CME ERROR: 14", .times = 1 });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "OK" });
	script_say(&m, 0, "RDY");
	script_run(&m, 1000);
	assert_true(script_until(&m, script_is_up, 60000));
}

static void sim_troubles_are_named_and_never_a_flood(void **state)
{
	static const struct { const char *reply, *events; } rows[] = {
		{ "+CME ERROR: 10", "DOWN(202) " },
		{ "+CPIN: SIM PIN|OK", "DOWN(203) " },
		{ "+CPIN: SIM PUK|OK", "DOWN(205) " },
		{ "+CME ERROR: 13", "DOWN(206) " },
		{ "+CME ERROR: 14", "DOWN(206) " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		script_start(&m, NULL);
		script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = rows[i].reply });
		script_run(&m, 120000);
		assert_string_equal(m.events, rows[i].events);
		assert_true(m.commands < 150);
		m.rules[0].command = NULL;
		assert_true(script_until(&m, script_is_up, 120000));
	}
}

/* ---- registration ---- */

static void registration_is_waited_for_by_urc(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.registered = false;
	script_run(&m, 60000);
	assert_string_equal(m.events, "");
	m.registered = true;
	script_say(&m, 0, "+CEREG: 5,\"1A2B\",\"01A2D001\",8");
	assert_true(script_until(&m, script_is_up, 1000));
}

static void a_denial_and_its_cause_are_reported_once(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+CEREG?", .reply = "+CEREG: 2,3,,,,0,11|OK" });
	script_run(&m, 25000);
	assert_string_equal(m.events, "");   /* another network may still accept */
	script_run(&m, 300000);
	assert_string_equal(m.events, "DOWN(208) ");
	assert_int_equal(quectel_status(&m.q)->reject_cause, 11);
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_MODEM_REG_DENIED);
	script_run(&m, 1000000);
	assert_int_equal(script_count(&m, "AT+CFUN=0"), 1);
}

static void a_search_goes_on_undisturbed_for_20_minutes(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.registered = false;
	script_run(&m, 1190000);
	assert_string_equal(m.events, "DOWN(207) ");
	assert_int_equal(script_count(&m, "AT+CFUN=0"), 0);
	assert_int_equal(script_count(&m, "AT+COPS=?"), 0);
	m.log_len = 0;
	script_run(&m, 30000);
	assert_int_equal(script_count(&m, "AT+CFUN=0"), 1);
}

static void a_radio_that_is_off_is_switched_on(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+CFUN?", .reply = "+CFUN: 4|OK", .times = 1 });
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+CFUN=1"), 1);
}

/* ---- the data connection ---- */

static void a_refused_activation_backs_off(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+QIACT=1", .reply = "ERROR", .no_effect = true });
	m.code = 561;
	script_run(&m, 600000);
	assert_int_equal(m.downs, 1);
	assert_non_null(strstr(m.events, "DOWN(209)"));
	assert_int_equal(quectel_facts(&m.q)->restarts, 1);
	assert_int_equal(quectel_facts(&m.q)->code, 561);
	assert_true(script_count(&m, "AT+QIACT=1") < 12);
}

static void an_apn_that_is_missing_is_named(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+QIACT=1", .reply = "ERROR", .no_effect = true });
	m.code = 573;
	script_run(&m, 10000);
	assert_non_null(strstr(m.events, "DOWN(221)"));
}

static void pdpdeact_takes_the_links_at_once_and_is_redialled(void **state)
{
	uint32_t before;
	uint8_t byte = 1;
	size_t taken;

	(void)state;
	script_open(&m);
	m.active = false;
	m.socket[0].open = false;
	script_say(&m, 0, "+QIURC: \"pdpdeact\",1");
	script_run(&m, 1);
	assert_int_equal(link_state(link0()), ERR_MODEM_PDP_LOST);
	assert_int_equal(link_loss(link_state(link0())), LINK_LOSS_NET_DOWN);
	assert_int_equal(link_send(link0(), &byte, 1, &taken, m.now), ERR_MODEM_PDP_LOST);
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_MODEM_PDP_LOST);
	before = m.now;
	assert_true(script_until(&m, script_is_up, 10000));
	assert_true(m.now - before >= 2000);
	assert_int_equal(script_count(&m, "AT+QIDEACT=1"), 1);
	assert_string_equal(m.events, "TIME UP DOWN(210) TIME UP ");
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 1000));
}

static void other_ways_to_say_that_the_context_is_gone(void **state)
{
	static const struct { const char *urc; bool gone; } rows[] = {
		{ "+QIURC: \"pdpdeact\",1", true },  { "+CGEV: NW PDN DEACT 1", true },
		{ "+CGEV: NW DEACT \"IP\",\"10.64.0.7\",1", true }, { "+CGEV: ME PDN DEACT 1", true },
		{ "+QIURC: \"pdpdeact\",2", false }, { "+CGEV: NW PDN DEACT 11", false },
		{ "+CGEV: ME PDN ACT 1", false },    { "+CGEV: NW PDN DEACT", false },
		{ "+QIURC: \"pdpdeact\"", false },   { "+QIURC:", false }, { "+QIURC: \"recv\",99", false },
		{ "+QIURC: \"closed\",x", false },   { "+QIOPEN: 99,0", false }, { "+QNTP: 0", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		script_open(&m);
		script_say(&m, 0, rows[i].urc);
		script_run(&m, 500);
		assert_int_equal(link_state(link0()) == ERR_MODEM_PDP_LOST, rows[i].gone);
	}
}

/* botletics 182: exactly every 60 minutes; and a network that takes it away at once. */
static void a_flapping_context_is_not_a_flood(void **state)
{
	(void)state;
	script_open(&m);
	for (unsigned i = 0; i < 50; i++) {
		m.active = false;
		script_say(&m, 0, "+QIURC: \"pdpdeact\",1");
		script_run(&m, 10);
		(void)script_until(&m, script_is_up, 2000000);
	}
	assert_true(m.now - m.start > 30 * 60000);
}

/* ---- restarts of the modem ---- */

static void a_restart_of_the_modem_is_noticed_and_overcome(void **state)
{
	static const char *const words[] = { "RDY", "POWERED DOWN", "NORMAL POWER DOWN" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		script_open(&m);
		m.active = m.socket[0].open = false;
		m.echo = true;
		script_say(&m, 0, words[i]);
		script_say(&m, 20, "APP RDY");
		script_run(&m, 10);
		assert_int_equal(link_state(link0()), ERR_MODEM_REBOOT);
		assert_int_equal(link_loss(ERR_MODEM_REBOOT), LINK_LOSS_MODEM_DOWN);
		assert_true(script_until(&m, script_is_up, 15000));
		assert_string_equal(m.events, "TIME UP DOWN(201) REBOOTED TIME UP ");
		assert_int_equal(quectel_facts(&m.q)->reboots, 1);
		assert_int_equal(m.echo, false);
	}
}

/* APP RDY follows RDY by seconds: the same restart.  Alone and late it is another. */
static void app_rdy_counts_only_when_it_comes_alone(void **state)
{
	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	script_say(&m, 5000, "APP RDY");
	script_run(&m, 10000);
	assert_int_equal(quectel_facts(&m.q)->reboots, 0);
	script_run(&m, 60000);
	script_say(&m, 0, "APP RDY");
	script_run(&m, 10);
	assert_int_equal(quectel_facts(&m.q)->reboots, 1);
}

static bool up_twice(struct script_modem *sm)
{
	return sm->ups == 2;
}

/* The RDY fell into the resynchronisation: what was there is checked after it. */
static void a_restart_that_went_unheard_is_found(void **state)
{
	(void)state;
	script_open(&m);
	m.active = m.socket[0].open = false;
	m.silent = true;
	script_run(&m, 45000);
	m.silent = false;
	m.echo = true;
	assert_true(script_until(&m, up_twice, 60000));
	assert_true(script_is_lost(&m));
}

static void mute_for_a_moment_keeps_the_connection(void **state)
{
	uint8_t buf[16];

	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+CEREG?", .reply = "", .times = 1 });
	script_run(&m, 40000);
	assert_true(script_is_open(&m));
	assert_int_equal(m.downs, 0);
	assert_int_equal(script_count(&m, "AT+QISTATE?"), 1);
	script_peer(&m, 0, "hello", 5);
	script_run(&m, 100);
	assert_int_equal(recv_all(link0(), buf, sizeof buf), 5);
}

/* ---- sockets: opening ---- */

static void a_link_opens_only_when_up_and_with_a_proper_name(void **state)
{
	char longest[200];

	(void)state;
	script_start(&m, NULL);
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_STATE);
	assert_int_equal(link_state(link0()), ERR_STATE);
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(link_open(link0(), "a\"b", 1, m.now), ERR_ARG);
	assert_int_equal(link_open(link0(), "a b", 1, m.now), ERR_ARG);
	assert_int_equal(link_open(link0(), "", 1, m.now), ERR_ARG);
	assert_int_equal(link_open(link0(), "h", 0, m.now), ERR_ARG);
	memset(longest, 'h', sizeof longest);
	longest[127] = '\0';
	assert_int_equal(link_open(link0(), longest, 65535, m.now), ERR_OK);
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_STATE);
	assert_true(script_until(&m, script_is_open, 1000));
	memset(longest, 'h', sizeof longest);
	longest[128] = '\0';
	link_close(link0(), m.now);
	assert_int_equal(link_open(link0(), longest, 65535, m.now), ERR_TOO_LONG);
	assert_int_equal(link_state(link0()), ERR_STATE);
}

static void every_open_error_is_named(void **state)
{
	static const struct { unsigned code; enum err want; } rows[] = {
		{ 565, ERR_MODEM_DNS }, { 566, ERR_MODEM_CONNECT }, { 569, ERR_MODEM_OPEN_TIMEOUT },
		{ 554, ERR_MODEM_SOCKET }, { 550, ERR_MODEM_SOCKET_DEAD }, { 570, ERR_MODEM_PDP_LOST },
		{ 561, ERR_MODEM_PDP_REFUSED }, { 552, ERR_MODEM_SOCKET }, { 579, ERR_MODEM_SOCKET },
	};
	char urc[32];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		script_start(&m, NULL);
		assert_true(script_until(&m, script_is_up, 10000));
		snprintf(urc, sizeof urc, "OK|+QIOPEN: 0,%u", rows[i].code);
		script_rule(&m, (struct rule){ .command = "AT+QIOPEN=", .reply = urc, .times = 1, .no_effect = true });
		assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_OK);
		assert_true(script_until(&m, script_is_lost, 1000));
		assert_int_equal(link_state(link0()), rows[i].want);
		assert_int_equal(quectel_facts(&m.q)->code, rows[i].code);
		/* mbed-os PR 10579: and the next one opens */
		assert_true(script_until(&m, script_is_up, 20000));
		assert_int_equal(link_open(quectel_link(&m.q, 1), "h", 1, m.now), ERR_OK);
		script_run(&m, 1000);
		assert_int_equal(link_state(quectel_link(&m.q, 1)), ERR_OK);
	}
}

static void qiopen_answers_in_any_order_or_never(void **state)
{
	static const struct { const char *reply; uint32_t delay_ms; enum err want; uint32_t within_ms; } rows[] = {
		{ "OK|+QIOPEN: 0,0", 0, ERR_OK, 1000 },
		{ "+QIOPEN: 0,0|OK", 0, ERR_OK, 1000 },
		{ "OK", 0, ERR_MODEM_CONNECT, 21000 },     /* and AT+QISTATE does not list it */
		{ "ERROR", 0, ERR_MODEM_SOCKET_DEAD, 1000 },
		{ "", 0, ERR_MODEM_OPEN_TIMEOUT, 20000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		script_start(&m, NULL);
		assert_true(script_until(&m, script_is_up, 10000));
		m.code = 572;
		script_rule(&m, (struct rule){ .command = "AT+QIOPEN=", .reply = rows[i].reply, .times = 1,
					       .no_effect = rows[i].want != ERR_OK });
		assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_OK);
		script_run(&m, rows[i].within_ms);
		assert_int_equal(link_state(link0()), rows[i].want);
		if (rows[i].want != ERR_OK)
			assert_int_equal(script_count(&m, "AT+QICLOSE=0,"), 1);
	}
}

static void qiopen_after_149_seconds_still_counts(void **state)
{
	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	script_rule(&m, (struct rule){ .command = "AT+QIOPEN=", .reply = "OK", .times = 1 });
	script_rule(&m, (struct rule){ .command = "AT+QISTATE=1,0",
				       .reply = "+QISTATE: 0,\"TCP\",\"10.0.0.1\",1,2222,1,1,0,0,\"uart1\"|OK" });
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_OK);
	script_run(&m, 149000);
	assert_int_equal(link_state(link0()), ERR_AGAIN);
	script_say(&m, 0, "+QIOPEN: 0,0");
	script_run(&m, 10);
	assert_int_equal(link_state(link0()), ERR_OK);
}

static void a_lost_qiopen_is_made_up_for(void **state)
{
	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	script_rule(&m, (struct rule){ .command = "AT+QIOPEN=", .reply = "OK", .times = 1 });
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_OK);
	script_run(&m, 21000);
	assert_int_equal(link_state(link0()), ERR_OK);
}

/* geolink/opentracker 28: 563, the id is still used. */
static void a_used_id_is_closed_and_another_taken(void **state)
{
	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	m.socket[0].open = true;
	assert_int_equal(link_open(link0(), "h", 1, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 1000));
	assert_int_equal(script_count(&m, "AT+QICLOSE=0,"), 1);
	assert_int_equal(script_count(&m, "AT+QIOPEN=1,1,"), 1);
}

/* FreeRTOS-Cellular PR 75, ubxlib 217: URCs of an earlier connection. */
static void late_urcs_of_an_earlier_connection_do_not_touch_the_next(void **state)
{
	(void)state;
	script_open(&m);
	link_close(link0(), m.now);
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 1000));
	script_say(&m, 0, "+QIURC: \"closed\",0|+QIURC: \"recv\",0|+QIURC: \"closed\",7|+QIOPEN: 0,0");
	script_run(&m, 1000);
	assert_int_equal(link_state(link0()), ERR_OK);
	assert_int_equal(script_count(&m, "AT+QICLOSE=0,"), 2);   /* the late +QIOPEN: nobody's, closed */
}

static void two_links_live_side_by_side(void **state)
{
	uint8_t buf[16];

	(void)state;
	script_open(&m);
	assert_int_equal(link_open(quectel_link(&m.q, 1), "other.example", 80, m.now), ERR_OK);
	script_run(&m, 100);
	send_all(quectel_link(&m.q, 1), "one", 3);
	send_all(link0(), "zero", 4);
	script_run(&m, 200);
	assert_memory_equal(m.socket[0].up, "zero", 4);
	assert_memory_equal(m.socket[1].up, "one", 3);
	script_peer(&m, 1, "for one", 7);
	m.socket[0].closing = true;
	script_say(&m, 0, "+QIURC: \"closed\",0");
	script_run(&m, 200);
	assert_int_equal(link_state(link0()), ERR_MODEM_CLOSED);
	assert_int_equal(recv_all(quectel_link(&m.q, 1), buf, sizeof buf), 7);
	assert_int_equal(link_state(quectel_link(&m.q, 1)), ERR_OK);
}

/* ---- sockets: sending ---- */

/* The forum thread: the socket dies in silence, every AT+QISEND is answered
 * ERROR, AT+QIGETERROR says 572.  Reported once, by a code that stays; no
 * further command; opened again by its owner. */
static void the_loop_of_the_forum_thread(void **state)
{
	unsigned sends, commands;
	uint8_t data[100] = { 0 };
	size_t taken;

	(void)state;
	script_open(&m);
	script_run(&m, 5000);
	m.socket[0].open = false;
	assert_int_equal(link_send(link0(), data, sizeof data, &taken, m.now), ERR_OK);
	assert_int_equal(taken, sizeof data);
	assert_true(script_until(&m, script_is_lost, 1000));
	assert_int_equal(link_state(link0()), ERR_MODEM_SOCKET_DEAD);
	assert_int_equal(link_loss(ERR_MODEM_SOCKET_DEAD), LINK_LOSS_CLOSED);
	assert_int_equal(quectel_facts(&m.q)->code, 572);
	script_run(&m, 100);
	sends = script_count(&m, "AT+QISEND");
	commands = m.commands;
	assert_int_equal(sends, 1);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(link_send(link0(), data, sizeof data, &taken, m.now), ERR_MODEM_SOCKET_DEAD);
		assert_int_equal(taken, 0);
		script_run(&m, 1);
	}
	assert_int_equal(m.commands, commands);
	assert_int_equal(m.downs, 0);
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 1000));
	send_all(link0(), "again", 5);
	script_run(&m, 100);
	assert_memory_equal(m.socket[1].up, "again", 5);
}

/* ... and when every connection dies so, the ladder is climbed, with bounded traffic. */
static void a_modem_whose_sockets_all_die_climbs_the_ladder(void **state)
{
	(void)state;
	script_open(&m);
	m.code = 572;
	script_rule(&m, (struct rule){ .command = "AT+QISEND=", .reply = "ERROR", .no_effect = true });
	for (unsigned i = 0; i < 400; i++) {
		uint8_t byte = 0;
		size_t taken;

		if (link_send(link0(), &byte, 1, &taken, m.now) != ERR_OK)
			reopen(link0());
		script_run(&m, 2000);
	}
	assert_true(script_count(&m, "AT+QIDEACT=1") >= 1);
	assert_true(script_count(&m, "AT+CFUN=0") >= 1);
	assert_in_range(quectel_facts(&m.q)->restarts, 1, 3);
	assert_true(m.fastest_20_ms >= 150);
	m.rules[0].command = NULL;
	assert_true(script_until(&m, script_is_up, 400000));
}

static void an_error_with_a_living_socket_is_retried(void **state)
{
	static const unsigned codes[] = { 0, 551, 553, 568, 575 };

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		script_open(&m);
		m.code = (uint16_t)codes[i];
		script_rule(&m, (struct rule){ .command = "AT+QISEND=0,5", .reply = "ERROR", .times = 2,
					       .no_effect = true });
		send_all(link0(), "hello", 5);
		script_run(&m, 10000);
		assert_int_equal(m.socket[0].up_len, 5);
		assert_memory_equal(m.socket[0].up, "hello", 5);
		assert_int_equal(script_count(&m, "AT+QIGETERROR"), 2);
		assert_int_equal(script_count(&m, "AT+QISTATE=1,0"), 2);
		assert_int_equal(link_state(link0()), ERR_OK);
	}
}

static void an_error_for_ever_ends(void **state)
{
	(void)state;
	script_open(&m);
	m.code = 551;
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0,5", .reply = "ERROR", .no_effect = true });
	send_all(link0(), "hello", 5);
	script_run(&m, 30000);
	assert_int_equal(link_state(link0()), ERR_MODEM_SOCKET);
	assert_in_range(script_count(&m, "AT+QISEND=0,5"), 2, 5);
}

/* Some firmware lists a connected client as 3. */
static void state_3_counts_as_connected(void **state)
{
	(void)state;
	script_open(&m);
	m.code = 551;
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0,5", .reply = "ERROR", .times = 1, .no_effect = true });
	script_rule(&m, (struct rule){ .command = "AT+QISTATE=1,0",
				       .reply = "+QISTATE: 0,\"TCP\",\"10.0.0.1\",1883,22742,3,1,0,0,\"uart1\"|OK" });
	send_all(link0(), "hello", 5);
	script_run(&m, 5000);
	assert_int_equal(m.socket[0].up_len, 5);
}

static void send_fail_is_back_pressure_not_death(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "SEND FAIL", .times = 6,
				       .after_payload = true });
	send_all(link0(), "hello", 5);
	script_run(&m, 20000);
	assert_int_equal(link_state(link0()), ERR_OK);
	assert_int_equal(m.socket[0].up_len, 35);   /* seven tries of the same frame: this modem keeps them all */
	assert_memory_equal(m.socket[0].up + 30, "hello", 5);
	assert_int_equal(quectel_facts(&m.q)->send_fulls, 6);
}

static void send_fail_for_ever_is_a_stall(void **state)
{
	uint32_t before;

	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "SEND FAIL", .after_payload = true });
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0,0", .reply = "+QISEND: 0,0,0|OK" });
	send_all(link0(), "hello", 5);
	before = m.now;
	assert_true(script_until(&m, script_is_lost, 90000));
	assert_int_equal(link_state(link0()), ERR_MODEM_STALLED);
	assert_in_range(m.now - before, 59000, 70000);
}

/* SEND OK, but nothing is ever acknowledged. */
static void frozen_acknowledgements_are_a_stall(void **state)
{
	(void)state;
	script_open(&m);
	m.socket[0].unacked = 5;
	send_all(link0(), "hello", 5);
	assert_true(script_until(&m, script_is_lost, 90000));
	assert_int_equal(link_state(link0()), ERR_MODEM_STALLED);
	script_open(&m);   /* the near miss: acknowledged late */
	m.socket[0].unacked = 5;
	send_all(link0(), "hello", 5);
	script_run(&m, 50000);
	m.socket[0].unacked = 0;
	script_run(&m, 200000);
	assert_int_equal(link_state(link0()), ERR_OK);
	assert_true(script_count(&m, "AT+QISEND=0,0") <= 6);
}

/* zephyr PR 43495 */
static void send_ok_may_take_119_seconds(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "SEND OK", .times = 1, .delay_ms = 119000,
				       .after_payload = true });
	send_all(link0(), "hello", 5);
	script_run(&m, 125000);
	assert_int_equal(link_state(link0()), ERR_OK);
	assert_int_equal(m.socket[0].up_len, 5);
}

static void a_send_without_result_closes_the_socket_and_sends_nothing_twice(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "", .times = 1, .after_payload = true });
	send_all(link0(), "hello", 5);
	assert_true(script_until(&m, script_is_lost, 130000));
	assert_int_equal(link_state(link0()), ERR_MODEM_SEND_UNKNOWN);
	script_run(&m, 5000);
	assert_int_equal(m.socket[0].up_len, 5);
	assert_int_equal(script_count(&m, "AT+QICLOSE=0,"), 1);
}

/* A SEND OK that comes long after its send was given up must not confirm the next. */
static void a_late_send_ok_does_not_confirm_the_next_send(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "", .times = 1, .after_payload = true });
	script_rule(&m, (struct rule){ .command = "AT+QISEND=1", .reply = "", .times = 1, .after_payload = true });
	send_all(link0(), "hello", 5);
	assert_true(script_until(&m, script_is_lost, 130000));
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 10000));
	send_all(link0(), "world", 5);
	script_run(&m, 30);
	m.socket[1].up_len = 0;   /* the modem has not taken it */
	script_say(&m, 0, "SEND OK");
	script_run(&m, 1000);
	assert_int_equal(link_state(link0()), ERR_MODEM_SEND_UNKNOWN);
}

/* The owner need not wait 120 s for a send whose connection it has given up. */
static void closing_a_link_ends_its_send_soon(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "", .times = 1, .after_payload = true });
	send_all(link0(), "hello", 5);
	script_run(&m, 1000);
	link_close(link0(), m.now);
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 6000));
	send_all(link0(), "again", 5);
	script_run(&m, 500);
	assert_memory_equal(m.socket[1].up, "again", 5);
	assert_int_equal(link_state(link0()), ERR_OK);
}

static void no_prompt_no_payload(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0,5", .reply = "", .no_effect = true, .times = 1 });
	send_all(link0(), "hello", 5);
	assert_true(script_until(&m, script_is_lost, 20000));
	assert_int_equal(link_state(link0()), ERR_AT_NO_PROMPT);
	assert_int_equal(m.socket[0].up_len, 0);
	assert_null(strstr(m.log, "hello"));
	script_run(&m, 5000);
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 5000));
}

static void a_payload_refused_after_it_was_sent_is_not_sent_again(void **state)
{
	(void)state;
	script_open(&m);
	m.code = 551;
	script_rule(&m, (struct rule){ .command = "AT+QISEND=0", .reply = "ERROR", .after_payload = true, .times = 1 });
	send_all(link0(), "hello", 5);
	assert_true(script_until(&m, script_is_lost, 5000));
	script_run(&m, 5000);
	assert_int_equal(m.socket[0].up_len, 5);
}

static void small_writes_share_a_frame(void **state)
{
	(void)state;
	script_open(&m);
	script_run(&m, 1000);
	for (unsigned i = 0; i < 10; i++)
		send_all(link0(), "abc", 3);
	script_run(&m, 200);
	assert_int_equal(m.socket[0].up_len, 30);
	assert_int_equal(script_count(&m, "AT+QISEND=0,30"), 1);
}

/* ---- sockets: receiving ---- */

/* particle PR 1530: no "recv" for what arrives while the buffer is not empty. */
static void bytes_without_a_recv_urc_are_found(void **state)
{
	uint8_t buf[16];

	(void)state;
	script_open(&m);
	script_run(&m, 1000);
	memcpy(m.socket[0].down, "lost", 4);
	m.socket[0].down_len = 4;
	script_run(&m, 30000);
	assert_int_equal(recv_all(link0(), buf, sizeof buf), 4);
	memcpy(m.socket[0].down + 4, "more", 4);   /* and at once after a send */
	m.socket[0].down_len = 8;
	send_all(link0(), "hello", 5);
	script_run(&m, 100);
	assert_int_equal(recv_all(link0(), buf, sizeof buf), 4);
}

static void received_bytes_come_before_the_end(void **state)
{
	static uint8_t sent[4000], got[5000];
	size_t n = 0, part;
	enum err e = ERR_OK;

	(void)state;
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 7);
	script_open(&m);
	script_peer(&m, 0, sent, sizeof sent);
	m.socket[0].closing = true;
	script_say(&m, 0, "+QIURC: \"closed\",0");
	for (unsigned turns = 0; turns < 1000 && (e == ERR_OK || e == ERR_AGAIN); turns++) {
		e = link_recv(link0(), got + n, 100, &part, m.now);
		n += part;
		script_run(&m, 10);
	}
	assert_int_equal(n, sizeof sent);
	assert_memory_equal(got, sent, n);
	assert_int_equal(e, ERR_MODEM_CLOSED);
	assert_int_equal(link_state(link0()), ERR_MODEM_CLOSED);
	script_run(&m, 100);
	assert_int_equal(script_count(&m, "AT+QICLOSE=0,"), 1);
}

/* What comes after the first cause is an echo of it. */
static void the_first_cause_sticks(void **state)
{
	static uint8_t sent[4000];
	uint8_t buf[1500];
	size_t n;

	(void)state;
	script_open(&m);
	script_peer(&m, 0, sent, sizeof sent);
	m.socket[0].closing = true;
	script_say(&m, 0, "+QIURC: \"closed\",0");
	script_run(&m, 1000);   /* the owner does not read: the rest stays in the modem */
	script_say(&m, 0, "+QIURC: \"pdpdeact\",1");
	script_run(&m, 10);
	while (link_recv(link0(), buf, sizeof buf, &n, m.now) == ERR_OK)
		assert_true(n > 0);
	assert_int_equal(link_state(link0()), ERR_MODEM_CLOSED);
}

/* mbed-os 14719: the end is the end, not "nothing now". */
static void an_end_without_data_is_an_end(void **state)
{
	uint8_t byte;
	size_t got;
	uint32_t before;

	(void)state;
	script_open(&m);
	assert_int_equal(link_recv(link0(), &byte, 1, &got, m.now), ERR_AGAIN);
	m.socket[0].closing = true;
	script_say(&m, 0, "+QIURC: \"closed\",0");
	before = m.now;
	assert_true(script_until(&m, script_is_lost, 1000));
	assert_true(m.now - before <= 100);
	assert_int_equal(link_recv(link0(), &byte, 1, &got, m.now), ERR_MODEM_CLOSED);
	assert_int_equal(got, 0);
}

static void a_send_after_closed_is_refused_at_once(void **state)
{
	uint8_t byte = 0;
	size_t taken;

	(void)state;
	script_open(&m);
	script_run(&m, 1000);
	m.socket[0].closing = true;
	script_say(&m, 0, "+QIURC: \"closed\",0");
	script_run(&m, 1);
	assert_int_equal(link_send(link0(), &byte, 1, &taken, m.now), ERR_MODEM_CLOSED);
	assert_int_equal(taken, 0);
}

static void a_slow_reader_stops_the_modem_not_the_bytes(void **state)
{
	static uint8_t sent[20000], got[20000];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i >> 8 ^ i);
	script_open(&m);
	script_peer(&m, 0, sent, sizeof sent);
	script_run(&m, 60000);
	assert_true(script_count(&m, "AT+QIRD=0,") < 10);
	while (n < sizeof sent) {
		size_t part = 0;

		if (link_recv(link0(), got + n, 333, &part, m.now) == ERR_AGAIN)
			script_run(&m, 20);
		n += part;
		assert_true(m.now - m.start < 600000);
	}
	assert_memory_equal(got, sent, n);
}

static void a_lying_header_costs_the_connection_and_nothing_else(void **state)
{
	(void)state;
	script_open(&m);
	script_run(&m, 1000);
	script_rule(&m, (struct rule){ .command = "AT+QIRD=0,1500", .reply = "+QIRD: 5|OK", .times = 1 });
	script_say(&m, 0, "+QIURC: \"recv\",0");
	assert_true(script_until(&m, script_is_lost, 20000));
	assert_true(link_state(link0()) == ERR_AT_TIMEOUT || link_state(link0()) == ERR_AT_PROTOCOL);
	script_run(&m, 3000);
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	assert_true(script_until(&m, script_is_open, 5000));
}

/* SeeedJP 34, ubxlib 168: no endless polling of an idle or a dead socket. */
static void an_idle_link_is_polled_twice_a_minute(void **state)
{
	(void)state;
	script_open(&m);
	script_run(&m, 600000);
	assert_in_range(script_count(&m, "AT+QIRD="), 19, 23);
	m.socket[0].open = false;   /* ubxlib 76: closed without any URC */
	assert_true(script_until(&m, script_is_lost, 31000));
	assert_int_equal(link_state(link0()), ERR_MODEM_SOCKET_DEAD);
}

/* ---- time ---- */

static void the_time_server_is_asked_and_may_fail(void **state)
{
	(void)state;
	script_start(&m, NULL);
	quectel_ntp(&m.q, m.now);
	assert_true(script_until(&m, script_is_up, 10000));
	m.time_s = 0;
	script_run(&m, 100);
	assert_int_equal(m.time_s, 1768384388);   /* the zone is applied: 10:53:08+04 is 09:53:08 */
	script_rule(&m, (struct rule){ .command = "AT+QNTP", .reply = "OK|+QNTP: 569", .times = 1 });
	quectel_ntp(&m.q, m.now);
	script_run(&m, 100);
	assert_non_null(strstr(m.events, "NO_TIME(219)"));
	m.events_len = 0;
	m.events[0] = '\0';
	script_rule(&m, (struct rule){ .command = "AT+QNTP", .reply = "OK" });
	quectel_ntp(&m.q, m.now);
	script_run(&m, 120000);
	assert_null(strstr(m.events, "NO_TIME"));
	script_run(&m, 6000);
	assert_non_null(strstr(m.events, "NO_TIME(219)"));
}

/* ---- the end ---- */

static void stop_closes_and_gives_back(void **state)
{
	(void)state;
	script_open(&m);
	quectel_stop(&m.q, m.now);
	script_run(&m, 1000);
	assert_non_null(strstr(m.events, "STOPPED"));
	assert_int_equal(m.socket[0].open, false);
	assert_int_equal(m.active, false);
	script_open(&m);
	m.silent = true;
	quectel_stop(&m.q, m.now);
	script_run(&m, 61000);
	assert_non_null(strstr(m.events, "STOPPED"));
}

/* ---- systematically: each command of the happy path fails once (F18) ---- */

static bool exchange_done(struct script_modem *sm)
{
	static uint8_t buf[64];
	struct link *l = quectel_link(&sm->q, 0);
	enum err e = link_state(l);
	size_t n;

	if (e != ERR_OK && e != ERR_AGAIN)
		reopen(l);
	if (e != ERR_OK)
		return false;
	if (l != NULL && sm->sockets[0].sent == 0 && sm->sockets[0].tx_len == 0)
		(void)!link_send(l, (const uint8_t *)"ping", 4, &n, sm->now);
	unsigned id = sm->sockets[0].id;

	if (sm->socket[id].up_len == 4 && sm->socket[id].down_len == 0)
		script_peer(sm, id, "pong", 4);
	return link_recv(l, buf, sizeof buf, &n, sm->now) == ERR_OK && n == 4 && memcmp(buf, "pong", 4) == 0;
}

static unsigned happy_path(char lines[64][64])
{
	unsigned n = 0;

	script_start(&m, NULL);
	assert_true(script_until(&m, exchange_done, 60000));
	for (char *p = m.log; *p != '\0' && n < 64; n++) {
		char *end = strchr(p, '\n');

		snprintf(lines[n], 64, "%.*s", (int)(end - p), p);
		p = end + 1;
	}
	return n;
}

static void whatever_command_fails_once_the_exchange_is_made(void **state)
{
	static const struct { const char *reply; bool no_effect; } ways[] = {
		{ "ERROR", true }, { "+CME ERROR: 100", true }, { "+CME ERROR: 3", true }, { "", true },
		{ "ERROR", false }, { "", false },
	};
	static char lines[64][64];
	unsigned count = happy_path(lines);
	uint32_t worst = 0;

	(void)state;
	assert_true(count > 20);
	for (unsigned i = 0; i < count; i++)
		for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
			bool slow = strncmp(lines[i], "AT+QIACT=1", 10) == 0 && ways[w].reply[0] == '\0';

			script_start(&m, NULL);
			script_rule(&m, (struct rule){ .command = lines[i], .reply = ways[w].reply, .times = 1,
						       .no_effect = ways[w].no_effect });
			if (!script_until(&m, exchange_done, slow ? 220000 : 60000))
				fail_msg("%s answered '%s' once: no exchange in time\n%s\n%s", lines[i], ways[w].reply,
					 m.events, m.log);
			if (!slow && m.now - m.start > worst)
				worst = m.now - m.start;
			if (m.fastest_20_ms < 150)
				fail_msg("%s answered '%s' once: 20 commands in %u ms", lines[i], ways[w].reply,
					 m.fastest_20_ms);
		}
	print_message("%u commands, each failed in 6 ways: worst %u ms\n", count, worst);
}

/* The same run gives the same commands however the bytes are cut. */
static void the_driver_behaves_the_same_in_every_chunk_size(void **state)
{
	static char want[65536];
	static const size_t pieces[] = { 4096, 1, 2, 3, 5, 7, 16, 64 };

	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
			script_start(&m, NULL);
			m.rx_piece = pieces[i];
			m.tx_piece = pieces[j];
			assert_true(script_until(&m, exchange_done, 60000));
			m.log[m.log_len] = '\0';
			if (i == 0 && j == 0)
				strcpy(want, m.log);
			assert_string_equal(m.log, want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_modem_comes_up_and_everything_is_known),
		cmocka_unit_test(a_warm_modem_costs_few_commands_and_loses_its_old_sockets),
		cmocka_unit_test(a_warm_modem_with_another_apn_is_dialled_anew),
		cmocka_unit_test(an_active_context_that_is_not_listed_is_tolerated),
		cmocka_unit_test(stored_settings_are_written_only_when_they_differ),
		cmocka_unit_test(another_maker_s_modem_is_named_not_driven),
		cmocka_unit_test(strings_that_would_break_out_of_a_command_are_refused),
		cmocka_unit_test(the_echo_and_a_payload_entry_of_an_earlier_life_are_left),
		cmocka_unit_test(a_modem_that_boots_for_25_s_is_waited_for),
		cmocka_unit_test(silence_is_reported_once_and_overcome),
		cmocka_unit_test(a_wrong_pin_is_sent_once_and_never_again),
		cmocka_unit_test(a_right_pin_may_be_entered_any_number_of_times),
		cmocka_unit_test(the_pin_is_entered_and_the_sim_waited_for),
		cmocka_unit_test(sim_troubles_are_named_and_never_a_flood),
		cmocka_unit_test(registration_is_waited_for_by_urc),
		cmocka_unit_test(a_denial_and_its_cause_are_reported_once),
		cmocka_unit_test(a_search_goes_on_undisturbed_for_20_minutes),
		cmocka_unit_test(a_radio_that_is_off_is_switched_on),
		cmocka_unit_test(a_refused_activation_backs_off),
		cmocka_unit_test(an_apn_that_is_missing_is_named),
		cmocka_unit_test(pdpdeact_takes_the_links_at_once_and_is_redialled),
		cmocka_unit_test(other_ways_to_say_that_the_context_is_gone),
		cmocka_unit_test(a_flapping_context_is_not_a_flood),
		cmocka_unit_test(a_restart_of_the_modem_is_noticed_and_overcome),
		cmocka_unit_test(app_rdy_counts_only_when_it_comes_alone),
		cmocka_unit_test(a_restart_that_went_unheard_is_found),
		cmocka_unit_test(mute_for_a_moment_keeps_the_connection),
		cmocka_unit_test(a_link_opens_only_when_up_and_with_a_proper_name),
		cmocka_unit_test(every_open_error_is_named),
		cmocka_unit_test(qiopen_answers_in_any_order_or_never),
		cmocka_unit_test(qiopen_after_149_seconds_still_counts),
		cmocka_unit_test(a_lost_qiopen_is_made_up_for),
		cmocka_unit_test(a_used_id_is_closed_and_another_taken),
		cmocka_unit_test(late_urcs_of_an_earlier_connection_do_not_touch_the_next),
		cmocka_unit_test(two_links_live_side_by_side),
		cmocka_unit_test(the_loop_of_the_forum_thread),
		cmocka_unit_test(a_modem_whose_sockets_all_die_climbs_the_ladder),
		cmocka_unit_test(an_error_with_a_living_socket_is_retried),
		cmocka_unit_test(an_error_for_ever_ends),
		cmocka_unit_test(state_3_counts_as_connected),
		cmocka_unit_test(send_fail_is_back_pressure_not_death),
		cmocka_unit_test(send_fail_for_ever_is_a_stall),
		cmocka_unit_test(frozen_acknowledgements_are_a_stall),
		cmocka_unit_test(send_ok_may_take_119_seconds),
		cmocka_unit_test(a_send_without_result_closes_the_socket_and_sends_nothing_twice),
		cmocka_unit_test(a_late_send_ok_does_not_confirm_the_next_send),
		cmocka_unit_test(closing_a_link_ends_its_send_soon),
		cmocka_unit_test(no_prompt_no_payload),
		cmocka_unit_test(a_payload_refused_after_it_was_sent_is_not_sent_again),
		cmocka_unit_test(small_writes_share_a_frame),
		cmocka_unit_test(bytes_without_a_recv_urc_are_found),
		cmocka_unit_test(received_bytes_come_before_the_end),
		cmocka_unit_test(the_first_cause_sticks),
		cmocka_unit_test(an_end_without_data_is_an_end),
		cmocka_unit_test(a_send_after_closed_is_refused_at_once),
		cmocka_unit_test(a_slow_reader_stops_the_modem_not_the_bytes),
		cmocka_unit_test(a_lying_header_costs_the_connection_and_nothing_else),
		cmocka_unit_test(an_idle_link_is_polled_twice_a_minute),
		cmocka_unit_test(the_time_server_is_asked_and_may_fail),
		cmocka_unit_test(stop_closes_and_gives_back),
		cmocka_unit_test(whatever_command_fails_once_the_exchange_is_made),
		cmocka_unit_test(the_driver_behaves_the_same_in_every_chunk_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
