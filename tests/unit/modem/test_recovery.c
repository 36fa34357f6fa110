/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "modem/recovery.h"

#define MINUTE 60000u

static void the_data_connection_backs_off_and_climbs(void **state)
{
	static const struct { enum recovery_action action; uint32_t wait_s; } want[] = {
		{ RECOVERY_REDIAL, 2 },  { RECOVERY_REDIAL, 4 },  { RECOVERY_REDIAL, 8 },
		{ RECOVERY_RADIO, 16 },  { RECOVERY_RETRY, 32 },  { RECOVERY_RETRY, 64 },
		{ RECOVERY_RESTART, 64 }, { RECOVERY_RETRY, 128 }, { RECOVERY_RETRY, 256 },
		{ RECOVERY_RESTART, 300 }, { RECOVERY_RETRY, 300 },
	};
	struct recovery r;
	uint32_t now = 0;

	(void)state;
	recovery_init(&r, 7, false);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct recovery_step step = recovery_failed(&r, RECOVERY_CONTEXT, now);

		assert_int_equal(step.action, want[i].action);
		assert_true(step.wait_ms >= want[i].wait_s * 1000);
		assert_true(step.wait_ms <= want[i].wait_s * 1250);
		now += 10 * MINUTE;
	}
	recovery_over(&r, RECOVERY_CONTEXT);
	assert_true(recovery_failed(&r, RECOVERY_CONTEXT, now).wait_ms <= 2500);
}

/* At once, then 10, 30, 60, 60 minutes apart. */
static void restarts_keep_their_distance(void **state)
{
	static const uint32_t gaps_min[] = { 10, 30, 60, 60 };
	struct recovery r;
	uint32_t now = 0xffffff00u, last;
	unsigned restarts = 0;

	(void)state;
	recovery_init(&r, 1, false);
	last = now;
	for (; restarts < 5; now += MINUTE) {
		r.failures[RECOVERY_SOCKET] = 14;
		struct recovery_step step = recovery_failed(&r, RECOVERY_SOCKET, now);

		if (step.action != RECOVERY_RESTART) {
			assert_int_equal(step.action, RECOVERY_RADIO);
			continue;
		}
		if (restarts > 0)
			assert_int_equal(now - last, gaps_min[restarts - 1] * MINUTE);
		last = now;
		restarts++;
	}
	recovery_healthy(&r);
	r.failures[RECOVERY_SOCKET] = 14;
	assert_int_equal(recovery_failed(&r, RECOVERY_SOCKET, now).action, RECOVERY_RESTART);
}

static void no_fault_is_retried_without_end_or_wait(void **state)
{
	(void)state;
	for (unsigned fault = 0; fault < RECOVERY_FAULTS; fault++) {
		struct recovery r;
		uint32_t now = 0, stronger = 0;

		recovery_init(&r, fault, false);
		for (unsigned i = 0; i < 1000; i++) {
			struct recovery_step step = recovery_failed(&r, (enum recovery_fault)fault, now);

			assert_true(step.wait_ms <= 20 * MINUTE);
			if (fault != RECOVERY_SOCKET)   /* whose owner waits */
				assert_true(step.wait_ms >= 1000);
			stronger += step.action != RECOVERY_RETRY;
			now += step.wait_ms + 1000;
		}
		assert_true(stronger > 0);
	}
}

static void two_devices_do_not_dial_in_step(void **state)
{
	struct recovery a, b;
	unsigned same = 0;

	(void)state;
	recovery_init(&a, 1, false);
	recovery_init(&b, 2, false);
	for (unsigned i = 0; i < 20; i++)
		same += recovery_failed(&a, RECOVERY_CONTEXT, 0).wait_ms ==
			recovery_failed(&b, RECOVERY_CONTEXT, 0).wait_ms;
	assert_true(same < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_data_connection_backs_off_and_climbs),
		cmocka_unit_test(restarts_keep_their_distance),
		cmocka_unit_test(no_fault_is_retried_without_end_or_wait),
		cmocka_unit_test(two_devices_do_not_dial_in_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
