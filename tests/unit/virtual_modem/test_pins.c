/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pins.c - what a board does with a modem's pins and with the speed of its
 * UART, and what it then sees.  A row is a list of steps, one character each:
 *
 *   K k  PWRKEY pressed, let go     R r  RESET likewise
 *   0-9  wait that many hundred ms  W    wait 10 s
 *   + -  STATUS is on, off          Y N  RDY was said since the last Y or N, or not
 *   D    POWERED DOWN was said likewise
 */
#include "unit/cmocka_all.h"

#include "rig.h"

#include "virtual_modem/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK "\r\nOK\r\n"

static struct rig rig;

static void fault(const char *json)
{
	char line[200];
	bool events = false;
	char *answer;

	snprintf(line, sizeof line, "{\"cmd\":\"fault\",%s", json + 1);
	for (char *p = line; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	answer = control_run(rig.m, line, strlen(line), rig.now_ms, &events);
	if (strncmp(answer, "{\"ok\":true", 10) != 0)
		fail_msg("%s: %s", line, answer);
	free(answer);
}

static void pin(enum modem_pin which, bool on)
{
	modem_pin(rig.m, which, on, rig.now_ms);
	rig_pump(&rig);
}

static bool said(const char *word)
{
	char out[4096];
	bool found;

	snprintf(out, sizeof out, "%.*s", (int)rig.len, (const char *)rig.out);
	found = strstr(out, word) != NULL;
	rig_clear(&rig);
	return found;
}

static void do_step(const char *sentence, const char *steps, size_t i)
{
	bool ok = true;

	switch (steps[i]) {
	case 'K': pin(MODEM_PIN_PWRKEY, true); break;
	case 'k': pin(MODEM_PIN_PWRKEY, false); break;
	case 'R': pin(MODEM_PIN_RESET, true); break;
	case 'r': pin(MODEM_PIN_RESET, false); break;
	case 'W': rig_wait(&rig, 10000); break;
	case '+': ok = modem_status(rig.m); break;
	case '-': ok = !modem_status(rig.m); break;
	case 'Y': ok = said("\r\nRDY\r\n"); break;
	case 'N': ok = !said("\r\nRDY\r\n"); break;
	case 'D': ok = said("\r\nPOWERED DOWN\r\n"); break;
	default:  rig_wait(&rig, 100u * (uint32_t)(steps[i] - '0')); break;
	}
	if (!ok)
		fail_msg("%s: '%c', step %zu of %s, is not so", sentence, steps[i], i, steps);
}

static const struct {
	const char *sentence, *profile;
	bool        on;
	const char *fault, *steps;
} rows[] = {
	{ "half a second switches it on, and it boots", NULL, false, NULL, "-K5-k99999-9+9Y+" },
	{ "STATUS comes with four fifths of the boot time", NULL, false, NULL, "K5k99999-2-2+N93Y" },
	{ "400 ms are too short", NULL, false, NULL, "K4kWN-" },
	{ "a long press switches it on once", NULL, false, NULL, "KWYWk+WN+" },
	{ "PWRKEY is a toggle: the same pulse switches a running one off", NULL, true, NULL, "+K7kWD-" },
	{ "600 ms switch it on, but not off", NULL, true, NULL, "K6kW+" },
	{ "off and on again", NULL, true, NULL, "K7kWD-K7kWY+" },
	{ "a pulse while it goes down is ignored", NULL, true, NULL, "K7k1K7kWD-" },
	{ "a pulse while it boots switches it off", NULL, false, NULL, "K7k999K7kWD-N" },
	{ "RESET restarts it", NULL, true, NULL, "R2rWY+" },
	{ "RESET for 100 ms is too short", NULL, true, NULL, "R1rWN+" },
	{ "RESET does nothing to one that is off", NULL, false, NULL, "R3rWN-" },
	{ "RESET of a BG95 wants two seconds", "bg95", true, NULL, "R99rWNR999rWY" },
	{ "PWRKEY is ignored once", NULL, false, "{'what':'lost','at':'key'}", "K7kWN-K7kWY+" },
	{ "it hangs while booting, with STATUS on; a pulse and another help", NULL, false,
	  "{'what':'lost','at':'boot'}", "K7kWWN+K7kWD-K7kWY" },
	{ "it boots twice", NULL, false, "{'what':'reboot','at':'boot'}", "K7k99999999Y9999999Y" },
	{ "it boots late", NULL, false, "{'what':'delay','at':'boot','ms':20000}", "K7kWWNWY" },
	{ "STATUS is stuck off", NULL, true, "{'what':'status-off'}", "-K7kWD-K7kWY-" },
	{ "STATUS is stuck on", NULL, false, "{'what':'status-on','ms':60000}", "+K7kWY+WWWWW+" },
	{ "STATUS is stuck on for a while", NULL, false, "{'what':'status-on','ms':3000}", "+9999-" },
};

static void pulses_do_what_their_length_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct modem_config cfg = { .seed = 1, .profile = rows[i].profile, .on = rows[i].on };

		rig_init(&rig, &cfg, 64);
		if (rows[i].fault != NULL)
			fault(rows[i].fault);
		for (size_t n = 0; rows[i].steps[n] != '\0'; n++)
			do_step(rows[i].sentence, rows[i].steps, n);
		rig_free(&rig);
	}
}

static void status_is_told_as_it_changes(void **state)
{
	static const struct modem_config cfg = { .seed = 1 };
	char *events;

	(void)state;
	rig_init(&rig, &cfg, 64);
	for (const char *p = "K7kW"; *p != '\0'; p++)
		do_step("note", p, 0);
	assert_non_null(strstr(rig.notes, "status: on"));
	events = control_event("status", "on", 7);
	assert_non_null(strstr(events, "\"status\":\"on\""));
	free(events);
	rig_free(&rig);
}

/* ---- speed ---- */

static bool answers(void)
{
	rig_clear(&rig);
	rig_type(&rig, "AT\r");
	return rig.len >= 6 && memcmp(rig.out + rig.len - 6, OK, 6) == 0;
}

static void another_speed_garbles_both_ways(void **state)
{
	static const struct modem_config cfg = { .seed = 1, .on = true };

	(void)state;
	rig_init(&rig, &cfg, 64);
	assert_true(answers());
	modem_set_host_baud(rig.m, 460800, rig.now_ms);
	assert_false(answers());
	modem_set_host_baud(rig.m, 115200, rig.now_ms);
	assert_true(answers());
	rig_type(&rig, "ATE0\r");
	rig_clear(&rig);
	rig_says(&rig, "AT+IPR=460800\r", OK);   /* answered at the old rate */
	assert_false(answers());
	modem_set_host_baud(rig.m, 460800, rig.now_ms);
	assert_true(answers());
	modem_set_host_baud(rig.m, 0, rig.now_ms);
	assert_true(answers());
	rig_free(&rig);
}

static void the_speed_survives_only_what_was_saved(void **state)
{
	static const struct modem_config cfg = { .seed = 1, .on = true };

	(void)state;
	rig_init(&rig, &cfg, 64);
	rig_type(&rig, "ATE0\r");
	rig_clear(&rig);
	rig_says(&rig, "AT+IPR=460800\r", OK);
	modem_power(rig.m, MODEM_SWITCH_RESET, rig.now_ms);
	rig_wait(&rig, 10000);
	modem_set_host_baud(rig.m, 115200, rig.now_ms);
	assert_true(answers());
	rig_type(&rig, "AT+IPR=230400\r");
	modem_set_host_baud(rig.m, 230400, rig.now_ms);
	rig_type(&rig, "AT&W\r");
	modem_power(rig.m, MODEM_SWITCH_OFF, rig.now_ms);
	modem_power(rig.m, MODEM_SWITCH_ON, rig.now_ms);
	rig_clear(&rig);
	rig_wait(&rig, 10000);
	assert_true(said("\r\nRDY\r\n"));   /* at the saved rate */
	assert_true(answers());
	modem_set_host_baud(rig.m, 115200, rig.now_ms);
	assert_false(answers());
	rig_free(&rig);
}

static void a_line_may_be_too_slow_for_a_speed(void **state)
{
	static const struct modem_config cfg = { .seed = 1, .on = true };

	(void)state;
	rig_init(&rig, &cfg, 64);
	fault("{'what':'slow-line','baud':230400}");
	rig_type(&rig, "AT+IPR=230400\r");
	assert_true(answers());
	rig_type(&rig, "AT+IPR=460800\r");
	assert_false(answers());
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pulses_do_what_their_length_says),
		cmocka_unit_test(status_is_told_as_it_changes),
		cmocka_unit_test(another_speed_garbles_both_ways),
		cmocka_unit_test(the_speed_survives_only_what_was_saved),
		cmocka_unit_test(a_line_may_be_too_slow_for_a_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
