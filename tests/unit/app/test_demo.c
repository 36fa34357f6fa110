/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo on a real device that is stopped: its events are given by hand,
 * what it stores and prints is looked at.
 */
#include "unit/cmocka_all.h"

#include "app/demo/demo.h"
#include "store/settings.h"
#include "unit/console/rig.h"

#include <cjson/cJSON.h>
#include <string.h>

static struct rig rig;
static struct demo demo;

/* Power on; also again, on the same flash. */
static void power_on(bool blank)
{
	if (blank)
		rig_init(&rig);
	else
		rig_restart(&rig);
	demo_init(&demo, &rig.device, &rig.console, "0.0.0", rig.now_ms);
	rig_forget(&rig);
}

static void drain(void)
{
	rig_wait(&rig, 0);
}

static void pass(uint32_t ms)
{
	rig.now_ms += ms;
	demo_step(&demo, rig.now_ms);
	drain();
}

static void event(struct device_event ev)
{
	demo_event(&demo, &ev, rig.now_ms);
	drain();
}

static void state(enum device_state to)
{
	event((struct device_event){ .type = DEVICE_EV_STATE, .state = to });
}

static void lost(enum err err)
{
	event((struct device_event){ .type = DEVICE_EV_LOST, .err = err, .retry_ms = 3999 });
}

static void config(const char *json)
{
	rig_forget(&rig);
	event((struct device_event){ .type = DEVICE_EV_CONFIG, .data = bytes_of(json) });
}

static void command(const char *name, const char *text)
{
	rig_forget(&rig);
	event((struct device_event){ .type = DEVICE_EV_COMMAND, .subfolder = bytes_of(name), .data = bytes_of(text) });
}

static void expect_said(const char *part)
{
	if (strstr(rig.said, part) == NULL)
		fail_msg("not said: %s\nbut: %s", part, rig.said);
}

static void expect_state(const char *want)
{
	char buf[DEMO_STATE_SIZE];
	struct text json;
	cJSON *parsed;

	text_init(&json, buf, sizeof buf);
	demo_state(&demo, &json);
	assert_false(json.overflow);
	assert_string_equal(buf, want);
	parsed = cJSON_ParseWithOpts(buf, NULL, 1);
	assert_non_null(parsed);
	cJSON_Delete(parsed);
}

static uint32_t stored(enum settings_key key)
{
	uint32_t value;

	return settings_get_u32(device_settings(&rig.device), key, &value) == ERR_OK ? value : UINT32_MAX;
}

/* ---- telemetry ---------------------------------------------------------- */

static void xcube_telemetry_was_not_json(void **unused)
{
	static const struct { int temperature; int dbm; const char *want; } rows[] = {
		{ 234, -71, "{\"seq\":7,\"uptime_s\":12,\"temperature_c\":23.4,\"signal_dbm\":-71}" },
		{ 0, -113, "{\"seq\":7,\"uptime_s\":12,\"temperature_c\":0.0,\"signal_dbm\":-113}" },
		{ -5, 0, "{\"seq\":7,\"uptime_s\":12,\"temperature_c\":-0.5,\"signal_dbm\":null}" },
		{ -400, -51, "{\"seq\":7,\"uptime_s\":12,\"temperature_c\":-40.0,\"signal_dbm\":-51}" },
	};
	char buf[DEMO_TELEMETRY_SIZE];
	struct text json;

	(void)unused;
	power_on(true);
	demo.seq = 7;
	demo.uptime_ms = 12999;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *parsed;

		demo_temperature(&demo, rows[i].temperature);
		text_init(&json, buf, sizeof buf);
		demo_telemetry(&demo, rows[i].dbm, &json);
		assert_string_equal(buf, rows[i].want);
		parsed = cJSON_ParseWithOpts(buf, NULL, 1);
		assert_non_null(parsed);
		cJSON_Delete(parsed);
	}
	demo.has_temperature = false;
	text_init(&json, buf, sizeof buf);
	demo_telemetry(&demo, -71, &json);
	assert_string_equal(buf, "{\"seq\":7,\"uptime_s\":12,\"temperature_c\":null,\"signal_dbm\":-71}");
}

static void the_longest_telemetry_fits(void **unused)
{
	char buf[DEMO_TELEMETRY_SIZE];
	struct text json;

	(void)unused;
	power_on(true);
	demo.seq = UINT32_MAX;
	demo.uptime_ms = UINT64_MAX;
	demo_temperature(&demo, -12345);
	text_init(&json, buf, sizeof buf);
	demo_telemetry(&demo, -32768, &json);
	assert_false(json.overflow);
}

static void nothing_is_published_while_stopped(void **unused)
{
	(void)unused;
	power_on(true);
	for (unsigned i = 0; i < 20; i++)
		pass(1000);
	assert_string_equal(rig.said, "");
	assert_int_equal(demo.seq, 0);
	assert_int_equal(demo.uptime_ms, 20000);
}

static void the_next_publish_follows_the_setting_at_once(void **unused)
{
	uint32_t at_ms;

	(void)unused;
	power_on(true);
	assert_true(demo_deadline(&demo, &at_ms));
	assert_int_equal(at_ms, 5000);
	rig_say(&rig, "set interval 60\r");
	assert_true(demo_deadline(&demo, &at_ms));
	assert_int_equal(at_ms, 60000);
	config("{\"TelemetryInterval\":7}");
	assert_true(demo_deadline(&demo, &at_ms));
	assert_int_equal(at_ms, 7000);
}

static void the_button_publishes_at_once_and_the_interval_counts_from_there(void **unused)
{
	uint32_t at_ms;

	(void)unused;
	power_on(true);
	pass(1000);
	demo_button(&demo, 1000);
	assert_true(demo_deadline(&demo, &at_ms));
	assert_int_equal(at_ms, 1000);
	pass(0);
	assert_true(demo_deadline(&demo, &at_ms));
	assert_int_equal(at_ms, 6000);
}

/* ---- configuration ------------------------------------------------------ */

static void a_configuration_is_stored_and_survives(void **unused)
{
	(void)unused;
	power_on(true);
	config("{\"LedOn\":true,\"TelemetryInterval\":10}");
	expect_said("config applied\r\n");
	assert_true(demo_led(&demo));
	expect_state("{\"LedOn\":true,\"TelemetryInterval\":10,\"version\":\"0.0.0\"}");
	power_on(false);
	assert_true(demo_led(&demo));
	expect_state("{\"LedOn\":true,\"TelemetryInterval\":10,\"version\":\"0.0.0\"}");
}

static void a_wrong_configuration_is_reported_and_changes_nothing(void **unused)
{
	(void)unused;
	power_on(true);
	config("{\"LedOn\":true,\"TelemetryInterval\":10}");
	config("{\"LedOn\":false,\"TelemetryInterval\":\"fast\"}");
	expect_said("config refused: TelemetryInterval is fast, not whole seconds from 1 to 86400\r\n");
	expect_state("{\"LedOn\":true,\"TelemetryInterval\":10,\"version\":\"0.0.0\","
		     "\"error\":\"TelemetryInterval is fast, not whole seconds from 1 to 86400\"}");
	assert_int_equal(stored(SETTINGS_LED), 1);
	assert_int_equal(stored(SETTINGS_INTERVAL), 10);
	config("{\"LedOn\":false}");
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":10,\"version\":\"0.0.0\"}");
}

static void the_cause_of_the_restart_and_the_last_fault_are_reported(void **unused)
{
	static const char fault[] = "read or write not allowed at 0x00000010, pc 0x08000432, lr 0x0800042f";
	char longer[200];

	(void)unused;
	power_on(true);
	demo_started(&demo, "fault", fault);
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":5,\"version\":\"0.0.0\",\"restart\":\"fault\",\"fault\":"
		     "\"read or write not allowed at 0x00000010, pc 0x08000432, lr 0x0800042f\"}");
	config("{\"TelemetryInterval\":0}");   /* what is wrong now goes before */
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":5,\"version\":\"0.0.0\",\"restart\":\"fault\",\"error\":"
		     "\"TelemetryInterval is 0, not whole seconds from 1 to 86400\"}");
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	power_on(true);
	demo_started(&demo, "low power", longer);
	assert_int_equal(strlen(demo.fault), sizeof demo.fault - 1);
}

/* What IoT Core delivers for a device that was never configured. */
static void an_empty_configuration_is_none(void **unused)
{
	(void)unused;
	power_on(true);
	config("");
	assert_string_equal(rig.said, "");
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":5,\"version\":\"0.0.0\"}");
}

static void a_configuration_that_flash_does_not_take_is_reported(void **unused)
{
	(void)unused;
	power_on(true);
	flash_model_cut_at(&rig.flash, 0, CUT_BEFORE);
	config("{\"LedOn\":true}");
	expect_said("config refused: ");
	assert_false(demo_led(&demo));
}

static void the_longest_error_fits_the_state(void **unused)
{
	char json[128];

	(void)unused;
	power_on(true);
	memset(json, 'x', sizeof json);
	memcpy(json, "{\"TelemetryInterval\":\"", 22);
	memcpy(json + 125, "\"}", 3);
	config(json);
	assert_true(strlen(demo.why) < sizeof demo.why - 1);
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":5,\"version\":\"0.0.0\",\"error\":\"TelemetryInterval is "
		     "xxxxxxxxxxxxxxxxxxxxxxxx..., not whole seconds from 1 to 86400\"}");
}

static void a_message_that_could_not_be_taken_is_reported(void **unused)
{
	(void)unused;
	power_on(true);
	event((struct device_event){ .type = DEVICE_EV_REFUSED, .err = ERR_IOTCORE_CONFIG_SIZE, .size = 65536 });
	expect_said("error: configuration from the cloud is larger than the device can hold (65536 bytes)\r\n");
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":5,\"version\":\"0.0.0\",\"error\":\"configuration from the cloud "
		     "is larger than the device can hold (65536 bytes)\"}");
}

/* ---- commands ----------------------------------------------------------- */

static void blink_takes_its_time_and_gives_the_led_back(void **unused)
{
	unsigned changes = 0;
	bool on;

	(void)unused;
	power_on(true);
	config("{\"LedOn\":true}");
	command("blink", "{\"count\":3}");
	expect_said("command blink\r\n");
	on = demo_led(&demo);
	for (unsigned i = 0; i < 300; i++) {
		pass(10);
		changes += demo_led(&demo) != on;
		on = demo_led(&demo);
	}
	assert_true(on);
	assert_true(changes >= 4 && changes <= 6);
	assert_int_equal(demo.blinks_left, 0);
}

static void an_unknown_command_is_reported(void **unused)
{
	(void)unused;
	power_on(true);
	command("explode", "");
	expect_said("command explode refused: unknown command; known: blink, reboot\r\n");
	expect_state("{\"LedOn\":false,\"TelemetryInterval\":5,\"version\":\"0.0.0\","
		     "\"error\":\"unknown command; known: blink, reboot\"}");
	command("\x1b[2J", "");
	expect_said("command ?[2J refused");
}

/* Let a reboot come to its end, if one was accepted. */
static bool reboots(void)
{
	for (unsigned i = 0; i < 50; i++) {
		pass(100);
		if (demo_reboot_due(&demo, rig.now_ms))
			return true;
	}
	return false;
}

static void power_on_and_log_in(void)
{
	power_on(false);
	state(DEVICE_ONLINE);
}

static void xcube_a_reboot_was_repeated_for_ever(void **unused)
{
	(void)unused;
	power_on(true);
	config("{\"Reboot\":true}");
	expect_said("config refused: Reboot in a configuration would act at every connect: send the command reboot\r\n");
	assert_false(reboots());
}

static void a_reboot_with_an_id_acts_once(void **unused)
{
	(void)unused;
	power_on(true);
	state(DEVICE_ONLINE);
	command("reboot", "{\"id\":\"a1\"}");
	command("reboot", "{\"id\":\"a1\"}");     /* again, before it is done */
	assert_true(reboots());
	for (unsigned i = 0; i < 3; i++) {
		power_on_and_log_in();
		pass(60000);
		command("reboot", "{\"id\":\"a1\"}");
		expect_said("command reboot refused: this reboot has acted already\r\n");
		assert_false(reboots());
	}
	command("reboot", "{\"id\":\"a2\"}");
	assert_true(reboots());
}

static void a_reboot_without_an_id_is_not_repeated_at_login(void **unused)
{
	(void)unused;
	power_on(true);
	state(DEVICE_ONLINE);
	command("reboot", "");
	assert_true(reboots());
	power_on_and_log_in();
	for (unsigned i = 0; i < 3; i++) {
		command("reboot", "");
		expect_said("command reboot refused: reboot without id just after the login");
		assert_false(reboots());
		state(DEVICE_WAIT);
		state(DEVICE_ONLINE);
		pass(DEMO_FRESH_MS - 1);
	}
	pass(1);
	command("reboot", "");
	assert_true(reboots());
}

/* Power fails at each operation of the flash on the way to a reboot: after it
 * the command either never acted or never acts again. */
static void a_power_cut_does_not_repeat_a_reboot(void **unused)
{
	(void)unused;
	for (uint32_t at = 0; at < 12; at++) {
		bool accepted;

		power_on(true);
		state(DEVICE_ONLINE);
		flash_model_cut_at(&rig.flash, at, CUT_AFTER);
		command("reboot", "{\"id\":\"a1\"}");
		accepted = demo.reboot != DEMO_RUNNING;
		power_on_and_log_in();
		command("reboot", "{\"id\":\"a1\"}");
		if (accepted)
			assert_false(reboots());
	}
}

static void a_reboot_that_cannot_be_remembered_is_not_done(void **unused)
{
	(void)unused;
	power_on(true);
	state(DEVICE_ONLINE);
	flash_model_cut_at(&rig.flash, 0, CUT_BEFORE);
	command("reboot", "{\"id\":\"a1\"}");
	expect_said("command reboot refused: reboot not remembered in flash, so not done\r\n");
	assert_false(reboots());
}

/* ---- lines -------------------------------------------------------------- */

static unsigned count_said(const char *part)
{
	unsigned n = 0;

	for (const char *at = rig.said; (at = strstr(at, part)) != NULL; at++)
		n++;
	return n;
}

/* The console says the diagnosis, which tells all of it. */
static void of_a_failure_only_its_end_is_told(void **unused)
{
	(void)unused;
	power_on(true);
	state(DEVICE_MODEM);
	state(DEVICE_ONLINE);
	expect_said("device: modem\r\ndevice: online\r\n");
	rig_forget(&rig);
	for (unsigned i = 0; i < 340; i++) {
		lost(i % 2 == 0 ? ERR_MODEM_SOCKET_DEAD : ERR_TLS_ROOT);
		state(DEVICE_WAIT);
		state(DEVICE_OPEN);
	}
	assert_string_equal(rig.said, "");
	state(DEVICE_ONLINE);
	assert_string_equal(rig.said, "device: online\r\n");
	state(DEVICE_OPEN);
	assert_int_equal(count_said("device: open\r\n"), 1);
}

static void who_stops_and_starts_after_a_failure_sees_each_step(void **unused)
{
	(void)unused;
	power_on(true);
	rig_forget(&rig);
	lost(ERR_MODEM_SIM_PUK);
	state(DEVICE_STOPPED);
	state(DEVICE_MODEM);
	expect_said("device: stopped\r\ndevice: modem\r\n");
}

static void a_wait_without_a_failure_tells_its_time(void **unused)
{
	(void)unused;
	power_on(true);
	rig_forget(&rig);
	state(DEVICE_WAIT);
	expect_said("device: wait, next try in 0 s\r\n");
}

static void a_planned_reconnect_is_no_error(void **unused)
{
	(void)unused;
	power_on(true);
	state(DEVICE_ONLINE);
	rig_forget(&rig);
	lost(ERR_IOTCORE_RENEW);
	assert_int_equal(count_said("error"), 0);
	assert_int_equal(count_said("note: "), 1);
}

static void lines_that_find_no_room_are_counted(void **unused)
{
	(void)unused;
	power_on(true);
	for (uint32_t i = 0; i < 100; i++) {
		struct device_event ev = { .type = DEVICE_EV_ACKED, .seq = i };

		demo_event(&demo, &ev, rig.now_ms);      /* nobody drains */
	}
	assert_true(demo.unsaid > 10);
	drain();
	event((struct device_event){ .type = DEVICE_EV_ACKED, .seq = 100 });
	expect_said(" lines not shown)\r\nacknowledged 100\r\n");
	assert_int_equal(demo.unsaid, 0);
	assert_int_equal(rig.console.out.lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xcube_telemetry_was_not_json),
		cmocka_unit_test(the_longest_telemetry_fits),
		cmocka_unit_test(nothing_is_published_while_stopped),
		cmocka_unit_test(the_button_publishes_at_once_and_the_interval_counts_from_there),
		cmocka_unit_test(the_next_publish_follows_the_setting_at_once),
		cmocka_unit_test(a_configuration_is_stored_and_survives),
		cmocka_unit_test(a_wrong_configuration_is_reported_and_changes_nothing),
		cmocka_unit_test(the_cause_of_the_restart_and_the_last_fault_are_reported),
		cmocka_unit_test(an_empty_configuration_is_none),
		cmocka_unit_test(a_configuration_that_flash_does_not_take_is_reported),
		cmocka_unit_test(the_longest_error_fits_the_state),
		cmocka_unit_test(a_message_that_could_not_be_taken_is_reported),
		cmocka_unit_test(blink_takes_its_time_and_gives_the_led_back),
		cmocka_unit_test(an_unknown_command_is_reported),
		cmocka_unit_test(xcube_a_reboot_was_repeated_for_ever),
		cmocka_unit_test(a_reboot_with_an_id_acts_once),
		cmocka_unit_test(a_reboot_without_an_id_is_not_repeated_at_login),
		cmocka_unit_test(a_power_cut_does_not_repeat_a_reboot),
		cmocka_unit_test(a_reboot_that_cannot_be_remembered_is_not_done),
		cmocka_unit_test(of_a_failure_only_its_end_is_told),
		cmocka_unit_test(who_stops_and_starts_after_a_failure_sees_each_step),
		cmocka_unit_test(a_wait_without_a_failure_tells_its_time),
		cmocka_unit_test(a_planned_reconnect_is_no_error),
		cmocka_unit_test(lines_that_find_no_room_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
