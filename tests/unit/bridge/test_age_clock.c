/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/age_clock.h"

#include "unit/cmocka_all.h"

#define WALL 1800000000000
#define HOUR (3600 * 1000)
#define DAYS (40LL * 24 * HOUR)

static void a_clock_that_is_set_ahead_deletes_nothing_for_an_hour(void **state)
{
	struct age_clock c;

	(void)state;
	age_clock_begin(&c, WALL - 1000, WALL, 1000);
	assert_int_equal(age_clock_now(&c, WALL, 1000), WALL);
	assert_int_equal(age_clock_now(&c, WALL + 1000, 2000), WALL + 1000);
	assert_int_equal(age_clock_now(&c, WALL + DAYS, 3000), 0);
	assert_int_equal(age_clock_now(&c, WALL + 3000, 4000), 0);                  /* right again */
	assert_int_equal(age_clock_now(&c, WALL + HOUR, 1000 + HOUR), 0);
	assert_int_equal(age_clock_now(&c, WALL + 3000 + HOUR, 4000 + HOUR), WALL + 3000 + HOUR);
}

static void a_clock_that_begins_ahead_of_the_log_deletes_nothing_for_an_hour(void **state)
{
	struct age_clock c;

	(void)state;
	age_clock_begin(&c, WALL - DAYS, WALL, 1000);
	assert_int_equal(age_clock_now(&c, WALL, 1000), 0);
	assert_int_equal(age_clock_now(&c, WALL + HOUR - 1, 1000 + HOUR - 1), 0);
	assert_int_equal(age_clock_now(&c, WALL + HOUR, 1000 + HOUR), WALL + HOUR);     /* and not for ever */
}

static void a_clock_that_begins_ahead_and_is_put_right_deletes_nothing(void **state)
{
	struct age_clock c;

	(void)state;
	age_clock_begin(&c, WALL, WALL + DAYS, 1000);
	assert_int_equal(age_clock_now(&c, WALL + DAYS, 1000), 0);
	assert_int_equal(age_clock_now(&c, WALL, 31000), 0);
	assert_int_equal(age_clock_now(&c, WALL + HOUR, 31000 + HOUR), WALL + HOUR);
}

static void a_start_soon_after_the_newest_row_believes_the_clock(void **state)
{
	struct age_clock c;

	(void)state;
	age_clock_begin(&c, WALL - HOUR, WALL, 1000);
	assert_int_equal(age_clock_now(&c, WALL, 1000), WALL);
	age_clock_begin(&c, WALL + DAYS, WALL, 1000);     /* the log was written by a clock ahead */
	assert_int_equal(age_clock_now(&c, WALL, 1000), WALL);
	age_clock_begin(&c, -1, WALL, 1000);              /* nothing in it */
	assert_int_equal(age_clock_now(&c, WALL, 1000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_set_ahead_deletes_nothing_for_an_hour),
		cmocka_unit_test(a_clock_that_begins_ahead_of_the_log_deletes_nothing_for_an_hour),
		cmocka_unit_test(a_clock_that_begins_ahead_and_is_put_right_deletes_nothing),
		cmocka_unit_test(a_start_soon_after_the_newest_row_believes_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
