/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "device/retained.h"

#include <string.h>

static struct retained kept, before;

static bool begin(enum evidence_reset why)
{
	return retained_begin(&kept, why, &before);
}

/* Runs of the board, one after another: each came to STEP and ended because of END. */
static void run(enum evidence_step step, enum evidence_reset end)
{
	retained_step(&kept, step, 41);
	begin(end);
}

static void power_on(void)
{
	memset(&kept, 0xa5, sizeof kept);
	begin(EVIDENCE_RESET_POWER_ON);
}

static void what_a_run_leaves_the_next_one_finds(void **unused)
{
	(void)unused;
	power_on();
	retained_step(&kept, EVIDENCE_AT_TLS, 41);
	retained_line(&kept, bytes_of("+QIURC: \"recv\",0"));
	assert_true(begin(EVIDENCE_RESET_WATCHDOG));
	assert_int_equal(before.step, EVIDENCE_AT_TLS);
	assert_int_equal(before.step_s, 41);
	assert_string_equal(before.line, "+QIURC: \"recv\",0");
	assert_true(begin(EVIDENCE_RESET_WATCHDOG));
	assert_int_equal(before.step, EVIDENCE_AT_NONE);
	assert_string_equal(before.line, "");
}

static void a_line_is_cut(void **unused)
{
	(void)unused;
	power_on();
	retained_line(&kept, bytes_of("0123456789012345678901234567890123456789 and more"));
	begin(EVIDENCE_RESET_PIN);
	assert_string_equal(before.line, "012345678901234567890123456789012345678");
	retained_line(&kept, (struct bytes){ NULL, 0 });
	begin(EVIDENCE_RESET_PIN);
	assert_string_equal(before.line, "");
}

static void memory_that_holds_anything_is_not_believed(void **unused)
{
	uint32_t random = 1;

	(void)unused;
	for (unsigned n = 0; n < 10000; n++) {
		for (size_t i = 0; i < sizeof kept; i++) {
			random = random * 1664525 + 1013904223;
			((uint8_t *)&kept)[i] = (uint8_t)(random >> 24);
		}
		assert_false(begin(EVIDENCE_RESET_WATCHDOG));
		assert_int_equal(before.step, 0);
		assert_int_equal(kept.resets, 0);
	}
	memset(&kept, 0, sizeof kept);
	assert_false(begin(EVIDENCE_RESET_WATCHDOG));
	memset(&kept, 0xff, sizeof kept);
	assert_false(begin(EVIDENCE_RESET_WATCHDOG));
}

static void a_bit_that_changed_is_noticed(void **unused)
{
	struct retained good;

	(void)unused;
	power_on();
	retained_step(&kept, EVIDENCE_AT_SEARCH, 41);
	retained_line(&kept, bytes_of("+CEREG: 2"));
	good = kept;
	for (size_t bit = 0; bit < 8 * sizeof kept; bit++) {
		kept = good;
		((uint8_t *)&kept)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(begin(EVIDENCE_RESET_WATCHDOG));
	}
}

static void after_power_on_even_what_is_whole_is_old(void **unused)
{
	(void)unused;
	power_on();
	run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	retained_step(&kept, EVIDENCE_AT_SEARCH, 41);
	assert_false(begin(EVIDENCE_RESET_POWER_ON));
	assert_int_equal(before.step, 0);
	assert_int_equal(kept.resets, 0);
}

static void restarts_that_count(void **unused)
{
	static const struct row {
		const char *name;
		enum evidence_step step;
		enum evidence_reset why;
		unsigned resets;
	} rows[] = {
		{ "watchdog while searching",            EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG,  3 },
		{ "watchdog while the modem starts",     EVIDENCE_AT_MODEM,  EVIDENCE_RESET_WATCHDOG,  3 },
		{ "a program's own restart",             EVIDENCE_AT_SEARCH, EVIDENCE_RESET_SOFTWARE,  3 },
		{ "a watchdog outside, by the reset pin", EVIDENCE_AT_SEARCH, EVIDENCE_RESET_PIN,      3 },
		{ "nobody knows why",                    EVIDENCE_AT_SEARCH, EVIDENCE_RESET_UNKNOWN,   3 },
		{ "fault while searching",               EVIDENCE_AT_SEARCH, EVIDENCE_RESET_FAULT,     3 },
		{ "brown-out as the radio starts",       EVIDENCE_AT_MODEM,  EVIDENCE_RESET_BROWN_OUT, 3 },
		{ "brown-out while connecting",          EVIDENCE_AT_TLS,    EVIDENCE_RESET_BROWN_OUT, 3 },
		{ "brown-out before the modem is on",    EVIDENCE_AT_NONE,   EVIDENCE_RESET_BROWN_OUT, 0 },
		{ "watchdog before the modem is on",     EVIDENCE_AT_NONE,   EVIDENCE_RESET_WATCHDOG,  0 },
		{ "watchdog in the handshake",           EVIDENCE_AT_TLS,    EVIDENCE_RESET_WATCHDOG,  0 },
		{ "watchdog when online",                EVIDENCE_AT_ONLINE, EVIDENCE_RESET_WATCHDOG,  0 },
		{ "power-on while searching",            EVIDENCE_AT_SEARCH, EVIDENCE_RESET_POWER_ON,  0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		power_on();
		for (unsigned n = 0; n < 3; n++)
			run(rows[i].step, rows[i].why);
		if (kept.resets != rows[i].resets || (retained_hold_s(&kept) > 0) != (rows[i].resets == 3))
			fail_msg("%s: %u, held for %u s", rows[i].name, kept.resets, retained_hold_s(&kept));
	}
}

static void a_login_begins_a_new_count(void **unused)
{
	(void)unused;
	power_on();
	for (unsigned n = 0; n < 5; n++)
		run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	retained_login(&kept);
	run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	assert_int_equal(kept.resets, 1);
	assert_int_equal(retained_hold_s(&kept), 0);
}

static void a_run_that_came_further_begins_a_new_count(void **unused)
{
	(void)unused;
	power_on();
	for (unsigned n = 0; n < 5; n++)
		run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	run(EVIDENCE_AT_OPEN, EVIDENCE_RESET_WATCHDOG);
	assert_int_equal(kept.resets, 0);
	run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	assert_int_equal(kept.resets, 1);
}

/* A developer at the console, who types `reboot`. */
static void restarts_that_were_asked_for_do_not_count(void **unused)
{
	(void)unused;
	power_on();
	for (unsigned n = 0; n < 9; n++) {
		retained_asked(&kept);
		run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_SOFTWARE);
		assert_int_equal(before.step, EVIDENCE_AT_SEARCH);
		assert_int_equal(kept.resets, 0);
	}
	for (unsigned n = 0; n < 4; n++)
		run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	assert_int_equal(kept.resets, 4);
	assert_int_equal(retained_hold_s(&kept), 60);
	retained_asked(&kept);
	run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_SOFTWARE);
	assert_int_equal(kept.resets, 4);
	assert_int_equal(retained_resets(&kept), 0);
	assert_int_equal(retained_hold_s(&kept), 0);
	run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	assert_int_equal(kept.resets, 5);
	assert_int_equal(retained_hold_s(&kept), 120);
}

static void a_start_is_held_back_twice_as_long_each_time_up_to_a_bound(void **unused)
{
	static const uint32_t want_s[] = { 0, 0, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800 };

	(void)unused;
	power_on();
	assert_int_equal(retained_hold_s(&kept), 0);
	for (size_t i = 0; i < sizeof want_s / sizeof want_s[0]; i++) {
		run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
		assert_int_equal(retained_hold_s(&kept), want_s[i]);
		assert_int_equal(retained_resets(&kept), i + 1);
	}
}

static void the_count_stays_at_its_largest_value(void **unused)
{
	(void)unused;
	power_on();
	for (unsigned n = 0; n < UINT16_MAX + 10u; n++)
		run(EVIDENCE_AT_SEARCH, EVIDENCE_RESET_WATCHDOG);
	assert_int_equal(kept.resets, UINT16_MAX);
	assert_int_equal(retained_resets(&kept), UINT8_MAX);
	assert_int_equal(retained_hold_s(&kept), RETAINED_HOLD_MAX_S);
}

static void a_board_without_such_memory_knows_nothing(void **unused)
{
	(void)unused;
	memset(&before, 0xff, sizeof before);
	assert_false(retained_begin(NULL, EVIDENCE_RESET_WATCHDOG, &before));
	assert_int_equal(before.step, 0);
	assert_string_equal(before.line, "");
	retained_step(NULL, EVIDENCE_AT_SEARCH, 1);
	retained_line(NULL, bytes_of("OK"));
	retained_login(NULL);
	retained_asked(NULL);
	assert_int_equal(retained_hold_s(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_run_leaves_the_next_one_finds),
		cmocka_unit_test(a_line_is_cut),
		cmocka_unit_test(memory_that_holds_anything_is_not_believed),
		cmocka_unit_test(a_bit_that_changed_is_noticed),
		cmocka_unit_test(after_power_on_even_what_is_whole_is_old),
		cmocka_unit_test(restarts_that_count),
		cmocka_unit_test(a_login_begins_a_new_count),
		cmocka_unit_test(a_run_that_came_further_begins_a_new_count),
		cmocka_unit_test(restarts_that_were_asked_for_do_not_count),
		cmocka_unit_test(a_start_is_held_back_twice_as_long_each_time_up_to_a_bound),
		cmocka_unit_test(the_count_stays_at_its_largest_value),
		cmocka_unit_test(a_board_without_such_memory_knows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
