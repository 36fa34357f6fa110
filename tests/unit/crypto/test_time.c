/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE   /* timegm() */
#include "unit/cmocka_all.h"

#include "crypto/mbed.h"

#include <mbedtls/platform_util.h>
#include <time.h>

/* The calendar against the C library's, from 1950 to 2120 in uneven steps. */
static void dates_are_those_of_the_c_library(void **state)
{
	(void)state;
	for (long long t = -631152000; t < 4733510400; t += 86399 * 5 / 3) {
		time_t same = (time_t)t;
		struct tm ours, theirs;

		assert_non_null(mbedtls_platform_gmtime_r(&t, &ours));
		gmtime_r(&same, &theirs);
		assert_int_equal(ours.tm_year, theirs.tm_year);
		assert_int_equal(ours.tm_mon, theirs.tm_mon);
		assert_int_equal(ours.tm_mday, theirs.tm_mday);
		assert_int_equal(ours.tm_hour, theirs.tm_hour);
		assert_int_equal(ours.tm_min, theirs.tm_min);
		assert_int_equal(ours.tm_sec, theirs.tm_sec);
		assert_true(mbed_time(&(mbedtls_x509_time){ .year = ours.tm_year + 1900, .mon = ours.tm_mon + 1,
							    .day = ours.tm_mday, .hour = ours.tm_hour, .min = ours.tm_min,
							    .sec = ours.tm_sec }) == t);
	}
}

/* What mbedTLS asks is answered by the device whose call it is. */
static void each_device_has_its_own_clock(void **state)
{
	static uint8_t memory[2][64];
	struct crypto a, b;

	(void)state;
	crypto_init(&a, memory[0], 64, "a", 1);
	crypto_init(&b, memory[1], 64, "b", 1);
	crypto_set_time(&a, 1700000000);
	crypto_set_time(&b, 5000000000);   /* beyond 2038 and 2106 */
	crypto_enter(&a);
	assert_true(crypto_hook_time(NULL) == 1700000000);
	crypto_enter(&b);
	assert_true(crypto_hook_time(NULL) == 5000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_those_of_the_c_library),
		cmocka_unit_test(each_device_has_its_own_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
