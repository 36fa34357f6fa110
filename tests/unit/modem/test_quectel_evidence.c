/* SPDX-License-Identifier: Apache-2.0 */
/* test_quectel_evidence.c - what the driver asks when something is refused, and what it tells the diagnosis. */
#include "modem/quectel_evidence.h"
#include "script_modem.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct script_modem m;

static struct link *link0(void)
{
	return quectel_link(&m.q, 0);
}

static struct evidence look(void)
{
	struct evidence e;

	evidence_init(&e);
	quectel_evidence(&m.q, &e, m.now);
	return e;
}

static bool is_down(struct script_modem *sm)
{
	return sm->downs > 0;
}

/* ---- SIM ---- */

static void a_refused_pin_is_followed_by_the_question_how_many_are_left(void **state)
{
	struct quectel_config c = { .apn = "a", .pin = "1234" };
	struct evidence e;

	(void)state;
	script_start(&m, &c);
	assert_int_equal(look().pin_tries, EVIDENCE_NO_OPTION);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK" });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "+CME ERROR: 16" });
	script_rule(&m, (struct rule){ .command = "AT+QPINC", .reply = "+QPINC: \"SC\",2,10|OK" });
	assert_true(script_until(&m, is_down, 10000));
	assert_string_equal(m.events, "DOWN(204) ");
	e = look();
	assert_int_equal(e.pin_tries, 2);
	assert_int_equal(e.sim, EVIDENCE_SIM_PIN);
	assert_int_equal(e.cme, 16);
	assert_string_equal(e.failed, "AT+CPIN=");
	script_run(&m, 600000);
	assert_int_equal(script_count(&m, "AT+CPIN="), 1);
	assert_int_equal(script_count(&m, "AT+QPINC=\"SC\""), 11);   /* once a minute */
}

static void tries_are_asked_for_though_the_pin_was_refused_in_an_earlier_run(void **state)
{
	struct quectel_config c = { .apn = "a", .pin = "1234", .pin_refused = true };

	(void)state;
	script_start(&m, &c);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK" });
	script_rule(&m, (struct rule){ .command = "AT+QPINC", .reply = "+QPINC: \"SC\",0,10|OK" });
	assert_true(script_until(&m, is_down, 10000));
	assert_string_equal(m.events, "DOWN(204) ");
	assert_int_equal(script_count(&m, "AT+CPIN="), 0);
	assert_int_equal(look().pin_tries, 0);
}

static void a_modem_that_does_not_tell_the_tries_is_asked_once(void **state)
{
	struct quectel_config c = { .apn = "a", .pin = "1234" };

	(void)state;
	script_start(&m, &c);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK" });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "+CME ERROR: 16" });
	script_rule(&m, (struct rule){ .command = "AT+QPINC", .reply = "ERROR" });
	assert_true(script_until(&m, is_down, 10000));
	assert_int_equal(script_count(&m, "AT+QPINC"), 1);
	assert_int_equal(look().pin_tries, EVIDENCE_NO_OPTION);
	assert_string_equal(look().failed, "AT+CPIN=");
}

/* A PIN was refused once; now the card asks for none. */
static void a_refused_pin_does_not_stop_a_card_that_asks_for_none(void **state)
{
	struct quectel_config c = { .apn = "iot.example", .pin = "1234", .pin_refused = true };

	(void)state;
	script_start(&m, &c);
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(script_count(&m, "AT+QPINC"), 0);
}

/* ---- causes ---- */

static const struct { const char *ceer; unsigned esm; } causes[] = {
	{ "+CEER: ESM cause 27", 27 },
	{ "+CEER: Missing or unknown APN", 27 },
	{ "+CEER: \"missing or unknown APN\"", 27 },
	{ "+CEER: ESM_CAUSE_USER_AUTHENTICATION_FAILED", 29 },
	{ "+CEER: Requested service option not subscribed", 33 },
	{ "+CEER: SM33 (Requested service option not subscribed)", 33 },
	{ "+CEER: 5,33", 33 },
	{ "+CEER: \"No PDP context activated\",\"SM\",\"Cause: 33\"", 33 },
	{ "+CEER: Operator determined barring", 8 },
	{ "+CEER: Request rejected, unspecified", 31 },
	{ "+CEER: EMM cause 15", 0 },                 /* of a registration, some time */
	{ "+CEER: EMM_CAUSE_PLMN_NOT_ALLOWED", 0 },
	{ "+CEER: No cause information available", 0 },
	{ "+CEER: 0,0,5,16,normal call clearing", 0 },
	{ "+CEER: 0,NONE", 0 },
	{ "+CEER: 4294967323", 0 },
	{ "+CEER: ", 0 },
	{ "+CEER: ESM cause 111", 111 },
	{ "+CEER: ESM cause 300", 0 },
	{ "OK", 0 },
	{ "ERROR", 0 },
};

static void a_refused_activation_is_followed_by_the_question_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
		char reply[120];
		struct evidence e;

		strcpy(reply, causes[i].ceer);
		strcat(reply, causes[i].ceer[0] == '+' ? "|OK" : "");
		script_start(&m, NULL);
		m.code = 561;
		script_rule(&m, (struct rule){ .command = "AT+QIACT=1", .reply = "ERROR", .no_effect = true });
		script_rule(&m, (struct rule){ .command = "AT+CEER", .reply = reply });
		assert_true(script_until(&m, is_down, 10000));
		assert_string_equal(m.events, "TIME DOWN(209) ");
		e = look();
		if (e.esm != causes[i].esm)
			fail_msg("%s: %u", causes[i].ceer, e.esm);
		assert_int_equal(e.code, 561);
		assert_int_equal(e.context, EVIDENCE_NO);
		assert_string_equal(e.failed, "AT+QIACT=1");
		assert_int_equal(script_count(&m, "AT+CEER"), 1);
	}
}

/* zephyr PR 31325: QIACT answers ERROR because it is active already. */
static void an_activation_that_was_not_needed_leaves_no_trace(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.active = true;
	script_rule(&m, (struct rule){ .command = "AT+QIACT?", .reply = "OK", .times = 1 });
	script_rule(&m, (struct rule){ .command = "AT+CEER", .reply = "+CEER: No cause information available|OK" });
	assert_true(script_until(&m, script_is_up, 10000));
	assert_int_equal(look().esm, 0);
	assert_int_equal(look().context, EVIDENCE_YES);
}

static void a_cause_is_of_one_refusal(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+QIACT=1", .reply = "ERROR", .times = 1, .no_effect = true });
	script_rule(&m, (struct rule){ .command = "AT+CEER", .reply = "+CEER: ESM cause 27|OK", .times = 1 });
	assert_true(script_until(&m, is_down, 10000));
	assert_int_equal(look().esm, 27);
	assert_true(script_until(&m, script_is_up, 60000));
	assert_int_equal(look().esm, 0);
}

static const struct { const char *ceer; unsigned reject; } rejections[] = {
	{ "+CEER: EMM cause 11|OK", 11 },
	{ "+CEER: EMM_CAUSE_PLMN_NOT_ALLOWED|OK", 11 },
	{ "+CEER: EPS services not allowed|OK", 7 },
	{ "+CEER: No suitable cells in tracking area|OK", 15 },
	{ "+CEER: Illegal ME|OK", 3 },
	{ "+CEER: EMM cause 42|OK", 42 },
	{ "+CEER: Congestion|OK", 22 },
	{ "+CEER: Missing or unknown APN|OK", 0 },    /* of an activation, some time */
	{ "ERROR", 0 },
};

static void a_denied_registration_is_followed_by_the_question_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rejections / sizeof rejections[0]; i++) {
		struct evidence e;

		script_start(&m, NULL);
		script_rule(&m, (struct rule){ .command = "AT+CEREG?", .reply = "+CEREG: 2,3|OK" });
		script_rule(&m, (struct rule){ .command = "AT+CEER", .reply = rejections[i].ceer });
		assert_true(script_until(&m, is_down, 60000));
		assert_string_equal(m.events, "DOWN(208) ");
		e = look();
		if (e.reject != rejections[i].reject)
			fail_msg("%s: %u", rejections[i].ceer, e.reject);
		assert_int_equal(e.reg, EVIDENCE_REG_DENIED);
		assert_int_equal(e.esm, 0);
		assert_true(e.search_s >= 30 && e.search_s < 60);
	}
}

/* ---- radio ---- */

/* W_DISABLE# is low: AT+CFUN=1 is accepted, and the radio stays off. */
static void a_radio_that_does_not_stay_on_is_told_within_two_minutes(void **state)
{
	(void)state;
	script_start(&m, NULL);
	m.registered = false;
	script_rule(&m, (struct rule){ .command = "AT+CFUN?", .reply = "+CFUN: 4|OK" });
	script_rule(&m, (struct rule){ .command = "AT+CEREG?", .reply = "+CEREG: 2,0|OK" });
	assert_true(script_until(&m, is_down, 120000));
	assert_string_equal(m.events, "DOWN(207) ");
	assert_int_equal(look().cfun, 4);
	assert_int_equal(look().reg, EVIDENCE_REG_IDLE);
	script_run(&m, 3600000);
	assert_true(script_count(&m, "AT+CFUN=1,1") <= 4);   /* at once, then 10, 30 and 60 minutes apart */
}

static void a_radio_that_was_off_is_switched_on_without_a_word(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+CFUN?", .reply = "+CFUN: 4|OK", .times = 1 });
	assert_true(script_until(&m, script_is_up, 20000));
	assert_int_equal(m.downs, 0);
	assert_int_equal(script_count(&m, "AT+CFUN=1\n"), 1);
}

static void searching_is_timed_and_levels_are_told(void **state)
{
	struct evidence e;

	(void)state;
	script_start(&m, NULL);
	m.registered = false;
	script_run(&m, 100000);
	e = look();
	assert_true(e.search_s >= 95 && e.search_s <= 100);
	assert_int_equal(e.reg, EVIDENCE_REG_SEARCHING);
	assert_int_equal(e.act, EVIDENCE_NO_OPTION);
	assert_int_equal(e.rsrp_dbm, -91);
	assert_string_equal(e.iccid, "8949227002805216770F");
	m.registered = true;
	assert_true(script_until(&m, script_is_up, 20000));
	e = look();
	assert_int_equal(e.search_s, 0);
	assert_int_equal(e.act, 8);
}

/* ---- time ---- */

/* Who keeps the clock refuses it, and can say what was told. */
static void a_time_that_cannot_be_is_told_and_the_right_one_asked_for(void **state)
{
	(void)state;
	script_start(&m, NULL);
	script_rule(&m, (struct rule){ .command = "AT+QLTS", .times = 1,
				       .reply = "+QLTS: \"1980/01/06,00:00:10+22,0\"|OK" });
	script_rule(&m, (struct rule){ .command = "AT+QNTP", .times = 1,
				       .reply = "OK|+QNTP: 0,\"2080/01/06,00:00:10-14\"" });
	assert_true(script_until(&m, script_is_up, 10000));
	assert_string_equal(m.events, "TIME UP ");
	assert_int_equal(m.time_s, 315964810);
	assert_int_equal(quectel_status(&m.q)->network_unix_s, 0);
	script_run(&m, 20000);
	assert_string_equal(m.events, "TIME UP TIME ");   /* asked again later */
	assert_int_equal(m.time_s, 1768384387);
	assert_int_equal(quectel_status(&m.q)->network_unix_s, 1768384387);
	quectel_ntp(&m.q, m.now);
	script_run(&m, 1000);
	assert_string_equal(m.events, "TIME UP TIME TIME ");
	assert_int_equal(m.time_s, 3471724810 + 14 * 900);
}

/* ---- modem ---- */

static const struct { const char *ati, *model, *revision; bool driven; } modems[] = {
	{ "Quectel|BG96|Revision: BG96MAR02A07M1G|OK", "BG96", "BG96MAR02A07M1G", true },
	{ "Quectel|BG95-M3|Revision: BG95M3LAR02A04|OK", "BG95-M3", "BG95M3LAR02A04", true },
	{ "Manufacturer: Quectel|Model: EG915U|Revision: EG915U|OK", "EG915U", "EG915U", true },
	{ "SIM7000G R1529|OK", "SIM7000G R1529", "", false },
	{ "SIMCOM INCORPORATED|SIM7000G|Revision: R1529|OK", "SIM7000G", "R1529", false },
	{ "Quectel|BC66|Revision: BC66NBR01A06|OK", "BC66", "BC66NBR01A06", true },   /* it may do */
	{ "Manufacturer: u-blox|Model: SARA-R410M-02B|Revision: L0.0|IMEI: 867284061775948|OK",
	  "SARA-R410M-02B", "L0.0", false },
	{ "Manufacturer: INCORPORATED|Model: A7670G-LLSE|Revision: A7670M7_V1.11.1|OK",
	  "A7670G-LLSE", "A7670M7_V1.11.1", false },
};

static void another_makers_modem_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof modems / sizeof modems[0]; i++) {
		struct evidence e;

		script_start(&m, NULL);
		script_rule(&m, (struct rule){ .command = "ATI", .reply = modems[i].ati });
		script_run(&m, 8000);
		e = look();
		assert_string_equal(e.model, modems[i].model);
		assert_string_equal(e.revision, modems[i].revision);
		assert_string_equal(m.events, modems[i].driven ? "TIME UP " : "DOWN(220) ");
	}
}

static void unanswered_commands_and_probes_are_counted(void **state)
{
	(void)state;
	script_start(&m, NULL);
	assert_true(script_until(&m, script_is_up, 10000));
	script_run(&m, 600000);
	assert_int_equal(look().timeouts, 0);
	m.silent = true;
	assert_true(script_until(&m, is_down, 120000));
	assert_non_null(strstr(m.events, "DOWN(200)"));
	assert_true(look().timeouts >= 4);
	assert_true(look().modem_up_s >= 600 && look().modem_up_s < 800);
	m.silent = false;
	assert_true(script_until(&m, script_is_up, 60000));
	assert_int_equal(look().timeouts, 0);
}

/* What was in flight when it fell silent is lost because of that, not for want of an answer. */
static void a_modem_that_hangs_in_a_send_is_the_cause(void **state)
{
	size_t taken;

	(void)state;
	script_open(&m);
	m.silent = true;
	assert_int_equal(link_send(link0(), (const uint8_t *)"1234567", 7, &taken, m.now), ERR_OK);
	script_run(&m, 12000);
	assert_int_equal(link_state(link0()), ERR_OK);      /* no prompt: that alone says nothing */
	script_run(&m, 10000);
	assert_int_equal(link_state(link0()), ERR_AT_TIMEOUT);
	assert_true(look().timeouts >= 5);
	assert_int_equal(m.downs, 0);
	assert_true(script_until(&m, is_down, 120000));
	assert_non_null(strstr(m.events, "DOWN(200)"));
	script_open(&m);
	script_run(&m, 1000);
	m.silent = true;
	script_run(&m, 20000);                              /* nobody waits for it */
	assert_int_equal(link_state(link0()), ERR_OK);
	m.silent = false;
	while (m.q.at.state >= AT_PROBE)
		script_run(&m, 1);
	assert_int_equal(link_send(link0(), (const uint8_t *)"1234567", 7, &taken, m.now), ERR_OK);
	script_run(&m, 1000);                               /* it answers again: that is over */
	assert_int_equal(link_state(link0()), ERR_OK);
	assert_int_equal(m.socket[0].up_len, 7);
	m.silent = true;
	assert_true(script_until(&m, is_down, 120000));
	assert_int_equal(link_state(link0()), ERR_MODEM_SILENT);
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+QISEND=", .reply = "", .times = 1 });   /* the prompt is lost */
	assert_int_equal(link_send(link0(), (const uint8_t *)"1234567", 7, &taken, m.now), ERR_OK);
	script_run(&m, 20000);
	assert_int_equal(link_state(link0()), ERR_AT_NO_PROMPT);
	assert_int_equal(m.downs, 0);
}

static void a_modem_that_sleeps_by_itself_is_told_not_to(void **state)
{
	(void)state;
	script_open(&m);
	script_rule(&m, (struct rule){ .command = "AT+CPSMS=0", .reply = "OK" });
	m.active = m.socket[0].open = false;
	m.echo = true;
	script_say(&m, 0, "PSM POWER DOWN");
	script_say(&m, 20, "RDY");
	script_run(&m, 10);
	assert_int_equal(link_state(link0()), ERR_MODEM_ASLEEP);
	assert_int_equal(link_loss(ERR_MODEM_ASLEEP), LINK_LOSS_MODEM_DOWN);
	assert_true(script_until(&m, script_is_up, 15000));
	assert_non_null(strstr(m.events, "DOWN(223) REBOOTED TIME UP "));
	assert_int_equal(script_count(&m, "AT+CPSMS=0"), 1);
	m.active = m.socket[0].open = false;
	m.echo = true;
	script_say(&m, 0, "RDY");          /* the next restart is one */
	script_run(&m, 10);
	assert_true(script_until(&m, script_is_up, 15000));
	assert_non_null(strstr(m.events, "DOWN(201)"));
	assert_int_equal(script_count(&m, "AT+CPSMS=0"), 1);
}

/* ---- secrets, tries ---- */

static void no_secret_stands_in_what_failed(void **state)
{
	struct quectel_config c = { .apn = "iot.example", .user = "me", .password = "hunter2", .pin = "1234" };

	(void)state;
	script_start(&m, &c);
	script_rule(&m, (struct rule){ .command = "AT+CPIN?", .reply = "+CPIN: SIM PIN|OK", .times = 1 });
	script_rule(&m, (struct rule){ .command = "AT+CPIN=", .reply = "ERROR", .times = 1 });
	script_rule(&m, (struct rule){ .command = "AT+QICSGP=1,", .reply = "ERROR" });
	while (m.downs == 0 && m.now - m.start < 60000) {
		script_run(&m, 10);
		assert_null(strstr(look().failed, "1234"));
		assert_null(strstr(look().failed, "hunter2"));
		assert_null(strstr(look().failed, "me\""));
	}
	assert_int_equal(script_count(&m, "AT+QICSGP=1,1,\"iot.example\",\"me\",\"hunter2\",3"), 2);
	assert_string_equal(look().failed, "AT+QICSGP=");
}

static void a_new_try_begins_with_a_clean_sheet(void **state)
{
	struct evidence e;

	(void)state;
	script_start(&m, NULL);
	m.code = 561;
	script_rule(&m, (struct rule){ .command = "AT+QIACT=1", .reply = "+CME ERROR: 133", .no_effect = true });
	script_rule(&m, (struct rule){ .command = "AT+CEER", .reply = "+CEER: ESM cause 33|OK" });
	assert_true(script_until(&m, is_down, 10000));
	assert_int_equal(look().cme, 133);
	quectel_evidence_begin(&m.q);
	e = look();
	assert_int_equal(e.cme | e.code | e.esm | e.timeouts, 0);
	assert_string_equal(e.failed, "");
	assert_int_equal(quectel_facts(&m.q)->failed_err, ERR_OK);
}

/* ---- data connection, socket ---- */

static void a_context_that_was_taken_away_has_lived_so_long(void **state)
{
	struct evidence e;

	(void)state;
	script_open(&m);
	script_run(&m, 60000);
	m.active = m.socket[0].open = false;
	script_say(&m, 0, "+QIURC: \"pdpdeact\",1");
	script_run(&m, 10);
	e = look();
	assert_int_equal(e.context, EVIDENCE_NO);
	assert_int_equal(e.context_losses, 1);
	assert_true(e.context_s >= 60 && e.context_s <= 65);
	assert_string_equal(e.network, "AT&T 4G");
}

static void a_dead_socket_is_told_with_its_state(void **state)
{
	struct evidence e;
	size_t taken;

	(void)state;
	script_open(&m);
	e = look();
	assert_int_equal(e.socket, EVIDENCE_NO_OPTION);
	m.socket[0].unacked = 7;
	assert_int_equal(link_send(link0(), (const uint8_t *)"1234567", 7, &taken, m.now), ERR_OK);
	script_run(&m, 20000);
	assert_int_equal(look().unacked, 7);
	m.socket[0].closing = true;
	script_rule(&m, (struct rule){ .command = "AT+QIGETERROR", .reply = "+QIGETERROR: 551,x|OK", .times = 1 });
	assert_int_equal(link_send(link0(), (const uint8_t *)"1234567", 7, &taken, m.now), ERR_OK);
	script_run(&m, 1000);
	e = look();
	assert_int_equal(e.code, 551);
	assert_int_equal(e.socket, 4);
	script_run(&m, 5000);
	link_close(link0(), m.now);
	assert_int_equal(link_open(link0(), "mqtt.example", 8883, m.now), ERR_OK);
	e = look();
	assert_int_equal(e.socket, EVIDENCE_NO_OPTION);
	assert_int_equal(e.unacked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_pin_is_followed_by_the_question_how_many_are_left),
		cmocka_unit_test(tries_are_asked_for_though_the_pin_was_refused_in_an_earlier_run),
		cmocka_unit_test(a_modem_that_does_not_tell_the_tries_is_asked_once),
		cmocka_unit_test(a_refused_pin_does_not_stop_a_card_that_asks_for_none),
		cmocka_unit_test(a_refused_activation_is_followed_by_the_question_why),
		cmocka_unit_test(an_activation_that_was_not_needed_leaves_no_trace),
		cmocka_unit_test(a_cause_is_of_one_refusal),
		cmocka_unit_test(a_denied_registration_is_followed_by_the_question_why),
		cmocka_unit_test(a_radio_that_does_not_stay_on_is_told_within_two_minutes),
		cmocka_unit_test(a_radio_that_was_off_is_switched_on_without_a_word),
		cmocka_unit_test(searching_is_timed_and_levels_are_told),
		cmocka_unit_test(a_time_that_cannot_be_is_told_and_the_right_one_asked_for),
		cmocka_unit_test(another_makers_modem_is_named),
		cmocka_unit_test(unanswered_commands_and_probes_are_counted),
		cmocka_unit_test(a_modem_that_hangs_in_a_send_is_the_cause),
		cmocka_unit_test(a_modem_that_sleeps_by_itself_is_told_not_to),
		cmocka_unit_test(no_secret_stands_in_what_failed),
		cmocka_unit_test(a_new_try_begins_with_a_clean_sheet),
		cmocka_unit_test(a_context_that_was_taken_away_has_lived_so_long),
		cmocka_unit_test(a_dead_socket_is_told_with_its_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
