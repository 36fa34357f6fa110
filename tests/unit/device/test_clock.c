/* SPDX-License-Identifier: Apache-2.0 */
/* The clock's trust rules, its text, and the pauses between tries. */
#define _POSIX_C_SOURCE 200809L   /* gmtime_r */
#include "unit/cmocka_all.h"

#include "device/backoff.h"
#include "device/clock.h"

#include <string.h>
#include <time.h>

#define BUILT ((int64_t)1790000000)   /* 2026-09-21 */

static void times_that_cannot_be_are_refused(void **state)
{
	static const struct { const char *name; int64_t offer; enum err want; } rows[] = {
		{ "an RTC that never ran: 1970",           0,                     ERR_ARG },
		{ "a modem's default date: 1980-01-06",    315964800,             ERR_ARG },
		{ "one second before the image was built", BUILT - 1,             ERR_ARG },
		{ "the second in which it was built",      BUILT,                 ERR_OK  },
		{ "fifteen years on",                      BUILT + CLOCK_SPAN_S,  ERR_OK  },
		{ "a modem's overflow: 2080",              3471292800,            ERR_ARG },
		{ "negative",                              -1,                    ERR_ARG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct clock c;
		int64_t now;

		clock_init(&c, BUILT);
		print_message("  %s\n", rows[i].name);
		assert_int_equal(clock_set(&c, rows[i].offer, CLOCK_NETWORK, 7), rows[i].want);
		assert_int_equal(clock_now(&c, 7, &now), rows[i].want == ERR_OK);
	}
}

static void a_worse_source_waits_until_the_better_one_is_stale(void **state)
{
	struct clock c;
	int64_t now;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_NTP, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 100, CLOCK_NETWORK, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 900, CLOCK_NTP, 1000), ERR_STATE);
	assert_true(clock_now(&c, 2000, &now));
	assert_int_equal(now, BUILT + 102);
	assert_int_equal(clock_set(&c, BUILT + 99999, CLOCK_NTP, CLOCK_STALE_S * 1000u), ERR_OK);
}

static void a_kept_time_serves_until_a_better_source_tells_or_a_server_doubts_it(void **state)
{
	struct clock c;
	int64_t now;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT - 1, CLOCK_KEPT, 0), ERR_ARG);
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_KEPT, 0), ERR_OK);
	assert_true(clock_now(&c, 1000, &now));
	assert_int_equal(now, BUILT + 51);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_true(clock_now(&c, 1000, &now));    /* what the try was made with can still be told */
	assert_false(clock_settle(&c, 1000));
	assert_false(clock_now(&c, 1000, &now));
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_KEPT, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 100, CLOCK_NTP, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_KEPT, 0), ERR_STATE);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_false(clock_settle(&c, 0));
	assert_true(clock_now(&c, 0, &now));
}

static void the_clock_runs_on_across_many_wraps(void **state)
{
	struct clock c;
	int64_t now;
	uint32_t ms = 0xffff0000u;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT, CLOCK_NETWORK, ms), ERR_OK);
	for (unsigned day = 0; day < 200; day++) {
		ms += 86400000u;
		clock_step(&c, ms);
	}
	assert_true(clock_now(&c, ms, &now));
	assert_int_equal(now, BUILT + 200 * 86400);
	assert_int_equal(clock_age_s(&c, ms), 200 * 86400);
}

static void dates_agree_with_the_c_library_for_every_day_until_2120(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 54800; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;
		char want[32], got[CLOCK_TEXT_SIZE];

		assert_non_null(gmtime_r(&t, &tm));
		strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
		clock_text(t, got);
		assert_string_equal(got, want);
	}
}

static void pauses_grow_to_the_ceiling_and_differ_between_devices(void **state)
{
	struct backoff a, b;
	uint32_t longest = 0, same = 0;

	(void)state;
	backoff_init(&a, 1);
	backoff_init(&b, 2);
	for (unsigned i = 0; i < 200; i++) {
		uint32_t x = backoff_failed(&a, 0), y = backoff_failed(&b, 0);

		assert_in_range(x, 1000, i == 0 ? BACKOFF_FIRST_MS : BACKOFF_CEILING_MS);
		longest = x > longest ? x : longest;
		same += x == y;
	}
	assert_true(longest > BACKOFF_CEILING_MS * 9 / 10);
	assert_true(same < 10);
}

static void a_login_that_is_dropped_at_once_does_not_reset_the_pause(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 3);
	for (unsigned i = 0; i < 9; i++) {
		backoff_succeeded(&b, 1000);
		(void)backoff_failed(&b, 1000 + BACKOFF_HEALTHY_MS - 1);
	}
	assert_int_equal(b.failures, 9);
	backoff_succeeded(&b, 1000);
	assert_in_range(backoff_failed(&b, 1000 + BACKOFF_HEALTHY_MS), 1000, BACKOFF_FIRST_MS);
	assert_int_equal(b.failures, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_that_cannot_be_are_refused),
		cmocka_unit_test(a_worse_source_waits_until_the_better_one_is_stale),
		cmocka_unit_test(a_kept_time_serves_until_a_better_source_tells_or_a_server_doubts_it),
		cmocka_unit_test(the_clock_runs_on_across_many_wraps),
		cmocka_unit_test(dates_agree_with_the_c_library_for_every_day_until_2120),
		cmocka_unit_test(pauses_grow_to_the_ceiling_and_differ_between_devices),
		cmocka_unit_test(a_login_that_is_dropped_at_once_does_not_reset_the_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
