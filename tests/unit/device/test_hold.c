/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A start that is held back after restarts in a row: the modem is not spoken to
 * before the time is over, and a person has it at once.
 */
#include "unit/cmocka_all.h"

#include "device/device.h"
#include "store/layout.h"
#include "support/flash_model.h"
#include "unit/console/samples.h"

#include <string.h>

static struct flash_model flash;
static struct device device;
static struct retained kept;
static _Alignas(8) uint8_t arena[DEVICE_ARENA_SIZE * sizeof(void *) / 4];
static uint8_t outbox[1024];
static char line[DIAGNOSIS_LINE_SIZE];   /* the last diagnosis */

static void begin(enum evidence_reset why)
{
	struct device_config cfg = {
		.flash = &flash.flash, .arena = arena, .arena_size = sizeof arena, .outbox = outbox,
		.outbox_size = sizeof outbox, .unique_id = bytes_of("test"), .retained = &kept, .reset = why,
	};

	assert_int_equal(device_init(&device, &cfg, 0), ERR_OK);
}

static void set(enum settings_key key, const char *value)
{
	assert_int_equal(settings_set(device_settings(&device), key, value, strlen(value)), ERR_OK);
}

static int set_up(void **state)
{
	static const uint8_t seed[32] = {
		0xe8, 0xb2, 0x2d, 0x83, 0xb4, 0x17, 0xe8, 0x5b, 0xa4, 0xf2, 0x41, 0x01, 0xa4, 0x9a, 0x49, 0xcc,
		0x32, 0x46, 0xa5, 0xe5, 0xe4, 0xce, 0x65, 0x74, 0x62, 0x30, 0x63, 0xe4, 0xe3, 0x28, 0x01, 0xe0,
	};

	(void)state;
	flash_model_init(&flash, LAYOUT_PAGE_SIZE, LAYOUT_PAGES_MIN, 1);
	memset(&kept, 0xa5, sizeof kept);
	begin(EVIDENCE_RESET_POWER_ON);
	set(SETTINGS_HOST, "iot.example.com");
	set(SETTINGS_PROJECT, "my-project-123456");
	set(SETTINGS_REGION, "europe-west1");
	set(SETTINGS_REGISTRY, "fleet");
	set(SETTINGS_DEVICE, "dev-1");
	assert_int_equal(device_set_seed(&device, seed), ERR_OK);
	assert_int_equal(device_make_key(&device), ERR_OK);
	assert_int_equal(secrets_add_root(device_crypto(&device), device_settings(&device), bytes_of(SAMPLE_ROOT_1)), ERR_OK);
	return 0;
}

static void start(uint32_t now_ms)
{
	const char *missing;

	assert_int_equal(device_start(&device, &missing, now_ms), ERR_OK);
}

/* As the main loop does: what is read, and what the device would send to the modem. */
static bool step(uint32_t now_ms)
{
	struct device_event ev;
	size_t len;

	device_step(&device, now_ms);
	while (device_next(&device, &ev))
		if (ev.type == DEVICE_EV_DIAGNOSIS) {
			assert_in_range(ev.data.len, 1, sizeof line - 1);
			memcpy(line, ev.data.data, ev.data.len);
			line[ev.data.len] = '\0';
		}
	(void)device_modem_tx_peek(&device, &len);
	return len > 0;
}

/* A run that is cut short while it searches. */
static void run(enum evidence_reset end)
{
	retained_step(&kept, EVIDENCE_AT_SEARCH, 55);
	begin(end);
	line[0] = '\0';
	(void)step(0);
}

static uint32_t deadline(uint32_t now_ms)
{
	uint32_t at_ms = 0;

	assert_true(device_deadline(&device, now_ms, &at_ms));
	return at_ms;
}

static void the_third_restart_while_searching_is_told_and_holds_the_modem_back(void **state)
{
	(void)state;
	for (unsigned n = 1; n < RETAINED_FEW; n++) {
		run(EVIDENCE_RESET_UNKNOWN);
		assert_string_equal(line, "");
		start(0);
		assert_int_equal(device.state, DEVICE_MODEM);
	}
	run(EVIDENCE_RESET_UNKNOWN);
	assert_non_null(strstr(line, "Restarted 3 times while still searching"));
	assert_non_null(strstr(line, "next try in 30 s. [RESET-2 "));
	start(1000);
	assert_int_equal(device.state, DEVICE_WAIT);
	assert_false(step(1000));
	assert_int_equal(deadline(1000), 31000);
	assert_false(step(30999));
	assert_int_equal(device.state, DEVICE_WAIT);
	(void)step(31000);
	assert_int_equal(device.state, DEVICE_MODEM);
	assert_true(step(60000));
}

static void a_person_who_stops_and_starts_it_has_the_modem_at_once(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5; n++)
		run(EVIDENCE_RESET_WATCHDOG);
	start(0);
	assert_int_equal(device.state, DEVICE_WAIT);
	device_stop(&device, 10);
	assert_int_equal(device.state, DEVICE_STOPPED);
	(void)step(10);
	start(20);
	assert_int_equal(device.state, DEVICE_MODEM);
}

static void a_device_that_is_held_takes_messages_and_a_state(void **state)
{
	uint32_t seq;

	(void)state;
	for (unsigned n = 0; n < 3; n++)
		run(EVIDENCE_RESET_WATCHDOG);
	start(0);
	assert_int_equal(device_publish(&device, NULL, bytes_of("21.5"), &seq), ERR_OK);
	assert_int_equal(device_report_state(&device, bytes_of("{}"), 0), ERR_OK);
	assert_false(step(100));
}

static void a_developer_who_reboots_three_times_is_told_nothing(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5; n++) {
		retained_asked(&kept);
		run(EVIDENCE_RESET_SOFTWARE);
		assert_string_equal(line, "");
		start(0);
		assert_int_equal(device.state, DEVICE_MODEM);
	}
}

static void power_on_is_no_reason(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5; n++)
		run(EVIDENCE_RESET_POWER_ON);
	assert_string_equal(line, "");
	start(0);
	assert_int_equal(device.state, DEVICE_MODEM);
}

static void three_brown_outs_with_the_radio_on_hold_it_back(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 3; n++)
		run(EVIDENCE_RESET_BROWN_OUT);
	assert_non_null(strstr(line, "next try in 30 s. [POWER-1 reset=brown-out resets=3 "));
	start(0);
	assert_int_equal(device.state, DEVICE_WAIT);
}

static void a_modem_that_is_to_be_switched_off_is_not_held(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 3; n++)
		run(EVIDENCE_RESET_WATCHDOG);
	start(0);
	device_modem_off(&device, 10);
	assert_int_equal(device.state, DEVICE_STOPPED);
	(void)step(20);
}

static void a_board_without_such_memory_is_never_held(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5; n++)
		run(EVIDENCE_RESET_WATCHDOG);
	device.cfg.retained = NULL;
	start(0);
	assert_int_equal(device.state, DEVICE_MODEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_third_restart_while_searching_is_told_and_holds_the_modem_back, set_up),
		cmocka_unit_test_setup(a_person_who_stops_and_starts_it_has_the_modem_at_once, set_up),
		cmocka_unit_test_setup(a_device_that_is_held_takes_messages_and_a_state, set_up),
		cmocka_unit_test_setup(a_developer_who_reboots_three_times_is_told_nothing, set_up),
		cmocka_unit_test_setup(power_on_is_no_reason, set_up),
		cmocka_unit_test_setup(three_brown_outs_with_the_radio_on_hold_it_back, set_up),
		cmocka_unit_test_setup(a_modem_that_is_to_be_switched_off_is_not_held, set_up),
		cmocka_unit_test_setup(a_board_without_such_memory_is_never_held, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
