/* SPDX-License-Identifier: Apache-2.0 */
/* What the console tells of the device: a diagnosis, "why", "connect --explain", "export". */
#include "unit/cmocka_all.h"

#include "unit/console/rig.h"
#include "unit/console/samples.h"

#include <stdio.h>
#include <string.h>

#define PROMPT "tern> "
#define SEED   "e87d824c9bd78ee2896d2eb08d1c8600095ddb275b56f227e08b4f496576fe18"
#define LINE_1 "diagnosis: No SIM is readable - technician: push it in. [SIM-1 err=MODEM_SIM_MISSING]"
#define LINE_2 "diagnosis: Login refused, CONNACK 5. [LOGIN-2 err=MQTT_CONNACK_5]"

static struct rig rig;

static void expect(const char *said)
{
	if (strcmp(rig.said, said) != 0)
		fail_msg("said\n%s\nand not\n%s", rig.said, said);
	rig_forget(&rig);
}

static void tell(const char *line)
{
	struct device_event ev = { .type = DEVICE_EV_DIAGNOSIS, .data = bytes_of(line) };

	console_event(&rig.console, &ev, rig.now_ms);
}

static void remember(enum verdict v, int64_t at_s, const char *line)
{
	history_add(&rig.device.history, (uint16_t)v, at_s, bytes_of(line));
}

static int set_up(void **state)
{
	(void)state;
	rig_init_history(&rig);
	rig_forget(&rig);
	return 0;
}

static const char everything[] =
	"set host iot.acme.example\rset port 443\rset apn internet\rset apn-user m2m user\rset apn-password open sesame\r"
	"set pin 4711\rset ntp time.acme.example\rset interval 60\r"
	"project-id=acme-iot-123456;registry-id=lab;device-id=pump-7;cloud-region=europe-west1\r"
	"seed " SEED "\r" SAMPLE_EC_KEY SAMPLE_ROOT_1 SAMPLE_ROOT_2;

/* ---- a diagnosis -------------------------------------------------------------- */

static void a_diagnosis_goes_above_what_is_typed(void **state)
{
	(void)state;
	rig_say(&rig, "set po");
	rig_forget(&rig);
	tell(LINE_1);
	rig_wait(&rig, 0);
	expect("\r\n" LINE_1 "\r\n" PROMPT "set po");
	rig_say(&rig, "rt 443\r");
	expect("rt 443\r\nport          443\r\n" PROMPT);
}

static void other_events_are_the_programs(void **state)
{
	struct device_event ev = { .type = DEVICE_EV_LOST, .err = ERR_TLS_ROOT };

	(void)state;
	console_event(&rig.console, &ev, rig.now_ms);
	rig_wait(&rig, 0);
	expect("");
}

/* "export" has filled the output, and goes on. */
static void begin_long_answer(void)
{
	rig_say(&rig, everything);
	rig_forget(&rig);
	(void)console_feed(&rig.console, (const uint8_t *)"export\r", 7, rig.now_ms);
	assert_non_null(rig.console.rows);
}

static void a_diagnosis_does_not_break_an_answer(void **state)
{
	(void)state;
	remember(VERDICT_SIM_1, 0, LINE_1);
	begin_long_answer();
	tell(LINE_1);
	rig_wait(&rig, 1);
	rig_wait(&rig, 1);
	assert_non_null(strstr(rig.said, "-----END CERTIFICATE-----\r\n" PROMPT "\r\n" LINE_1 "\r\n" PROMPT));
	assert_ptr_equal(strstr(rig.said, "diagnosis: "), strstr(rig.said, LINE_1 "\r\n" PROMPT));
	assert_int_equal(rig.console.out.lost, 0);
}

/* It is said that one was lost, and no other in its place. */
static void a_diagnosis_that_is_not_remembered_is_not_mistaken_for_another(void **state)
{
	(void)state;
	remember(VERDICT_SIM_1, 0, LINE_1);
	begin_long_answer();
	tell(LINE_2);
	rig_wait(&rig, 1);
	rig_wait(&rig, 1);
	assert_null(strstr(rig.said, "diagnosis: "));
	assert_non_null(strstr(rig.said, "note: a diagnosis found no room here; 'why' may have it\r\n" PROMPT));
}

static void the_longest_diagnosis_comes_whole_or_later(void **state)
{
	static char line[DIAGNOSIS_LINE_SIZE];

	(void)state;
	for (size_t len = 1; len < sizeof line; len += 13) {
		rig_init_history(&rig);
		rig_forget(&rig);
		memset(line, 'd', len);
		line[len] = '\0';
		remember(VERDICT_SIM_1, 0, line);
		tell(line);
		for (unsigned i = 0; i < 4; i++)
			rig_wait(&rig, 1);
		assert_true(strspn(rig.said + 2, "d") >= (len < HISTORY_LINE_MAX ? len : HISTORY_LINE_MAX));
		assert_int_equal(rig.console.out.lost, 0);
	}
}

/* ---- why ----------------------------------------------------------------------- */

static void why_tells_the_last_one(void **state)
{
	(void)state;
	rig_say(&rig, "why\r");
	expect("why\r\nno failure is remembered; 'check' looks at what is set\r\n" PROMPT);
	remember(VERDICT_SIM_1, 0, LINE_1);
	rig_say(&rig, "why\r");
	expect("why\r\nbefore the clock was set; the cloud was not told yet\r\n" LINE_1 "\r\n" PROMPT);
	remember(VERDICT_LOGIN_2, INT64_C(1795404423), LINE_2);
	history_sent(&rig.device.history, 2);
	rig_say(&rig, "why\r");
	expect("why\r\n2026-11-23 03:27:03 UTC; the cloud was told\r\n" LINE_2 "\r\n" PROMPT);
}

static void why_all_tells_four_the_newest_first_over_restarts(void **state)
{
	static const enum verdict kinds[] = { VERDICT_SIM_1, VERDICT_LOGIN_2, VERDICT_TLS_ROOT_1, VERDICT_CLOCK_1,
					      VERDICT_DATA_1 };
	char line[HISTORY_LINE_MAX + 1], want[5 * HISTORY_LINE_MAX];
	size_t n = 0;

	(void)state;
	rig_say(&rig, "why all\r");
	expect("why all\r\nno failure is remembered; 'check' looks at what is set\r\n" PROMPT);
	for (unsigned i = 0; i < 5; i++) {
		memset(line, 'a' + (int)i, i == 0 ? 10 : i * 200);
		line[i == 0 ? 10 : i * 200] = '\0';
		remember(kinds[i], 0, line);
	}
	rig_restart(&rig);
	rig_forget(&rig);
	n += (size_t)snprintf(want, sizeof want, "why all\r\n");
	for (unsigned i = 4; i > 0; i--) {
		memset(line, 'a' + (int)i, i * 200);
		line[i * 200] = '\0';
		n += (size_t)snprintf(want + n, sizeof want - n, "before the clock was set; the cloud was not told yet\r\n"
				      "%s\r\n", line);
	}
	snprintf(want + n, sizeof want - n, PROMPT);
	rig_say(&rig, "why all\r");
	expect(want);
	rig_say(&rig, "why not\r");
	expect("why not\r\nerror: usage: why | why all\r\n" PROMPT);
}

/* ---- export --------------------------------------------------------------------- */

static void what_is_exported_sets_another_device_up(void **state)
{
	static char exported[RIG_SAID_SIZE];
	static const char *const same[] = {
		"get host\r", "get port\r", "get apn\r", "get apn-user\r", "get ntp\r", "get interval\r", "get project\r",
		"get device\r", "ca list\r",
	};
	char said[1024];

	(void)state;
	rig_say(&rig, everything);
	rig_forget(&rig);
	rig_say(&rig, "export\r");
	assert_int_equal(rig.console.out.lost, 0);
	strcpy(exported, strchr(rig.said, '\n') + 1);
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		rig_init(&rig);
		rig_say(&rig, everything);
		rig_forget(&rig);
		rig_say(&rig, same[i]);
		strcpy(said, rig.said);
		rig_init(&rig);
		rig_say(&rig, exported);
		rig_say(&rig, "\x03");
		rig_forget(&rig);
		rig_say(&rig, same[i]);
		assert_string_equal(rig.said, said);
	}
}

static void nothing_secret_is_exported(void **state)
{
	static const char *const secrets[] = { "open sesame", "4711", SEED, "e87d82", "MHcCAQEE" };

	(void)state;
	rig_say(&rig, everything);
	rig_forget(&rig);
	rig_say(&rig, "export\r");
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		assert_null(strstr(rig.said, secrets[i]));
	assert_non_null(strstr(rig.said, "\r\n# pin: set, not exported\r\n"));
	assert_non_null(strstr(rig.said, "\r\n# key: EC P-256 SHA256:" SAMPLE_EC_FINGERPRINT ", not exported\r\n"));
	assert_non_null(strstr(rig.said, "\r\n# seed: set, not exported\r\n"));
	assert_non_null(strstr(rig.said, "\r\nset apn-user \"m2m user\"\r\n"));
}

/* ---- connect --explain ------------------------------------------------------------ */

static struct cellular_status *cell(void)
{
	return (struct cellular_status *)(uintptr_t)quectel_status(&rig.device.modem);
}

static void after(uint32_t ms, const char *said)
{
	rig_wait(&rig, ms);
	expect(said);
}

static void each_step_is_told_once_with_its_time(void **state)
{
	struct tls_facts *tls = (struct tls_facts *)(uintptr_t)tls_facts(&rig.device.tls);

	(void)state;
	rig_say(&rig, everything);
	rig_say(&rig, "connect --explain\r");
	assert_non_null(strstr(rig.said, "started\r\n" PROMPT));
	rig_forget(&rig);
	after(100, "");
	strcpy(cell()->model, "BG96");
	after(0, "");
	strcpy(cell()->revision, "BG96MAR02A07M1G");
	after(300, "\r\n   0.4 s  modem BG96 answers, firmware BG96MAR02A07M1G\r\n");
	after(100, "");
	cell()->sim = CELLULAR_SIM_READY;
	strcpy(cell()->iccid, "8949020000123450123");
	after(1600, "   2.1 s  SIM ready, ICCID ...0123\r\n");
	cell()->registration = CELLULAR_REG_HOME;
	strcpy(cell()->operator_name, "Telekom.de");
	cell()->act = 8;
	cell()->rssi_dbm = -73;
	after(3200, "   5.3 s  registered at home: Telekom.de (LTE-M); signal -73 dBm\r\n");
	strcpy(cell()->ip, "10.64.0.7");
	rig.device.state = DEVICE_CLOCK;
	after(700, "   6.0 s  data connection, IP 10.64.0.7\r\n");
	assert_int_equal(clock_set(&rig.device.clock, 1795404423, CLOCK_NETWORK, rig.now_ms), ERR_OK);
	after(0, "   6.0 s  clock 2026-11-23 03:27:03 UTC, by network\r\n");
	rig.device.state = DEVICE_HANDSHAKE;
	after(1000, "   7.0 s  TCP connection to iot.acme.example, port 443\r\n");
	rig.device.state = DEVICE_LOGIN;
	tls->version = 0x0303;
	tls->suite = 0xcca9;
	strcpy(tls->names, "iot.acme.example");
	strcpy(tls->issuer, "Example Root 1");
	after(2000, "   9.0 s  TLS 1.2, ECDHE-ECDSA-CHACHA20-POLY1305; certificate for iot.acme.example, by "
	      "Example Root 1\r\n");
	rig.device.state = DEVICE_ONLINE;
	after(800, "   9.8 s  login accepted: online\r\n");
	after(1000, "");
}

static void a_diagnosis_ends_it(void **state)
{
	(void)state;
	rig_say(&rig, everything);
	rig_say(&rig, "connect --explain\r");
	rig_forget(&rig);
	strcpy(cell()->model, "BG96");
	strcpy(cell()->revision, "R1");
	tell(LINE_1);
	rig_wait(&rig, 0);
	expect("\r\n   0.0 s  modem BG96 answers, firmware R1\r\n" LINE_1 "\r\n");
	cell()->sim = CELLULAR_SIM_READY;
	after(1000, "");
}

static void a_start_that_is_refused_is_not_explained(void **state)
{
	(void)state;
	rig_say(&rig, "connect --explain\r");
	expect("connect --explain\r\nerror: nothing is set yet: 'setup' asks for what is needed\r\n" PROMPT);
	after(1000, "");
	rig_say(&rig, "connect me\r");
	expect("connect me\r\nerror: usage: connect | connect --explain\r\n" PROMPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_diagnosis_goes_above_what_is_typed, set_up),
		cmocka_unit_test_setup(other_events_are_the_programs, set_up),
		cmocka_unit_test_setup(a_diagnosis_does_not_break_an_answer, set_up),
		cmocka_unit_test_setup(a_diagnosis_that_is_not_remembered_is_not_mistaken_for_another, set_up),
		cmocka_unit_test_setup(the_longest_diagnosis_comes_whole_or_later, set_up),
		cmocka_unit_test_setup(why_tells_the_last_one, set_up),
		cmocka_unit_test_setup(why_all_tells_four_the_newest_first_over_restarts, set_up),
		cmocka_unit_test_setup(what_is_exported_sets_another_device_up, set_up),
		cmocka_unit_test_setup(nothing_secret_is_exported, set_up),
		cmocka_unit_test_setup(each_step_is_told_once_with_its_time, set_up),
		cmocka_unit_test_setup(a_diagnosis_ends_it, set_up),
		cmocka_unit_test_setup(a_start_that_is_refused_is_not_explained, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
