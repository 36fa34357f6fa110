/* SPDX-License-Identifier: Apache-2.0 */
/* What protects the server: buckets, addresses, deadlines. */
#include "unit/cmocka_all.h"

#include "bridge/limits.h"
#include "bridge/node_deadlines.h"
#include "bridge/quota.h"

#include <string.h>

static const struct limits_config cfg = { .bad_per_minute = 60, .connections = 0 };

static struct limits_ip v4(uint8_t last)
{
	return (struct limits_ip){ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last } };
}

static struct limits_ip v6(uint8_t net, uint8_t host)
{
	return (struct limits_ip){ { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, net, 0, 0, 0, 0, 0, 0, 0, host } };
}

/* One connection with a bad (or good) login; by how much it had to wait. */
static uint64_t visit(struct limits *l, struct limits_ip ip, uint64_t now_ms, bool good)
{
	struct limits_address *a;
	uint64_t turn_ms;

	assert_int_equal(limits_enter(l, &ip, now_ms, &a, &turn_ms), LIMITS_WELCOME);
	if (good)
		limits_good(l, a, now_ms);
	else
		limits_bad(l, a, now_ms);
	limits_leave(l, a, now_ms);
	return turn_ms - now_ms;
}

static void an_allowance_of_bad_logins_is_free(void **state)
{
	struct limits *l = limits_new(&cfg);
	int i;

	(void)state;
	for (i = 0; i < 60; i++)
		assert_int_equal(visit(l, v4(1), 1000, false), 0);
	visit(l, v4(1), 1000, false);
	assert_int_equal(visit(l, v4(1), 1000, true), 0);             /* the first turn is now */
	assert_int_equal(visit(l, v4(2), 1000, true), 0);
	assert_int_equal(visit(l, v4(1), 1000 + 60000, true), 0);     /* forgiven */
	limits_free(l);
}

static void a_flood_takes_turns_and_others_do_not_notice(void **state)
{
	struct limits *l = limits_new(&cfg);
	uint64_t wait = 0;
	int i;

	(void)state;
	for (i = 0; i < 300; i++)
		wait = visit(l, v4(1), 1000, false);
	assert_in_range(wait, 238 * LIMITS_TURN_MS, 240 * LIMITS_TURN_MS);
	assert_int_equal(visit(l, v4(2), 1000, true), 0);
	assert_in_range(visit(l, v4(1), 1000, true), 238 * LIMITS_TURN_MS, 241 * LIMITS_TURN_MS);   /* a good one among them */
	limits_free(l);
}

static void who_would_wait_too_long_is_turned_away(void **state)
{
	struct limits *l = limits_new(&cfg);
	struct limits_ip ip = v4(1);
	struct limits_address *a;
	uint64_t turn_ms;
	int i, away = 0;

	(void)state;
	for (i = 0; i < 3000; i++) {
		enum limits_verdict v = limits_enter(l, &ip, 1000, &a, &turn_ms);

		if (v == LIMITS_WELCOME) {
			assert_true(turn_ms <= 1000 + LIMITS_WAIT_MS);
			limits_bad(l, a, 1000);
			limits_leave(l, a, 1000);
		} else {
			assert_int_equal(v, LIMITS_TOO_FAST);
			away++;
		}
	}
	assert_in_range(away, 3000 - 61 - LIMITS_WAIT_MS / LIMITS_TURN_MS - 2, 3000 - 61 - LIMITS_WAIT_MS / LIMITS_TURN_MS + 2);
	assert_int_equal(visit(l, ip, 1000 + 2 * 60000, true), 0);    /* two minutes later all is forgiven */
	limits_free(l);
}

static void good_logins_of_a_crowd_pay_for_a_bad_one(void **state)
{
	struct limits *l = limits_new(&cfg);
	int i;

	(void)state;
	for (i = 0; i < 10000; i++)
		assert_int_equal(visit(l, v4(1), 1000, i % 2 == 0), 0);
	limits_free(l);
}

static void ipv6_counts_by_network(void **state)
{
	struct limits *l = limits_new(&cfg);
	int i;

	(void)state;
	for (i = 0; i < 200; i++)
		visit(l, v6(1, (uint8_t)i), 1000, false);
	assert_true(visit(l, v6(1, 201), 1000, true) > 0);
	assert_int_equal(visit(l, v6(2, 1), 1000, true), 0);
	limits_free(l);
}

static void connections_of_one_address_are_counted(void **state)
{
	const struct limits_config two = { .bad_per_minute = 0, .connections = 2 };
	struct limits *l = limits_new(&two);
	struct limits_ip ip = v4(1), other = v4(2);
	struct limits_address *a[3];
	uint64_t turn_ms;

	(void)state;
	assert_int_equal(limits_enter(l, &ip, 0, &a[0], &turn_ms), LIMITS_WELCOME);
	assert_int_equal(limits_enter(l, &ip, 0, &a[1], &turn_ms), LIMITS_WELCOME);
	assert_int_equal(limits_enter(l, &ip, 0, &a[2], &turn_ms), LIMITS_TOO_MANY);
	assert_int_equal(limits_enter(l, &other, 0, &a[2], &turn_ms), LIMITS_WELCOME);
	limits_leave(l, a[0], 0);
	assert_int_equal(limits_enter(l, &ip, 0, &a[0], &turn_ms), LIMITS_WELCOME);
	limits_leave(l, a[0], 0);
	limits_leave(l, a[1], 0);
	limits_leave(l, a[2], 0);
	limits_free(l);
}

static void no_more_addresses_are_remembered_than_fit(void **state)
{
	struct limits *l = limits_new(&cfg);
	struct limits_ip ip = v6(0, 0);
	uint32_t i;

	(void)state;
	for (i = 0; i < LIMITS_KNOWN_MAX + 1000u; i++) {
		memcpy(ip.bytes + 4, &i, sizeof i);
		visit(l, ip, 1000, false);
	}
	limits_free(l);                       /* the sanitizer tells whether all are gone */
}

static void a_bucket_is_paid_afterwards(void **state)
{
	struct quota q;
	int i;

	(void)state;
	quota_init(&q, 100, 1000);
	for (i = 0; i < 100; i++)
		assert_int_equal(quota_pay(&q, 100, 1, 1000), 0);
	assert_int_equal(quota_pay(&q, 100, 1, 1000), 10);
	assert_int_equal(quota_debt_ms(&q, 100, 1009), 1);
	assert_int_equal(quota_debt_ms(&q, 100, 1010), 0);
	assert_int_equal(quota_pay(&q, 100, 300, 1010), 3000);
	assert_int_equal(quota_debt_ms(&q, 100, 1000000000), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(quota_pay(&q, 100, 1, 1000000000), 0);       /* never more than one second's */
	assert_int_equal(quota_pay(&q, 100, 1, 1000000000), 10);
	assert_int_equal(quota_pay(&q, 0, 1000, 1000000000), 0);              /* no limit */
}

static void deadlines_come_in_order_whatever_happens(void **state)
{
	static struct deadline d[500];
	struct deadlines h = { 0 };
	uint32_t seed = 1, i, k;
	uint64_t last = 0;

	(void)state;
	assert_true(deadlines_reserve(&h, 500));
	for (i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		k = (seed >> 8) % 500;
		if ((seed >> 24) % 4 == 0)
			deadlines_remove(&h, &d[k]);
		else
			deadlines_set(&h, &d[k], seed >> 10);
	}
	while (deadlines_first(&h) != NULL) {
		assert_true(deadlines_first(&h)->at_ms >= last);
		last = deadlines_first(&h)->at_ms;
		deadlines_remove(&h, deadlines_first(&h));
	}
	for (i = 0; i < 500; i++)
		assert_int_equal(d[i].place, 0);
	deadlines_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_allowance_of_bad_logins_is_free),
		cmocka_unit_test(a_flood_takes_turns_and_others_do_not_notice),
		cmocka_unit_test(who_would_wait_too_long_is_turned_away),
		cmocka_unit_test(good_logins_of_a_crowd_pay_for_a_bad_one),
		cmocka_unit_test(ipv6_counts_by_network),
		cmocka_unit_test(connections_of_one_address_are_counted),
		cmocka_unit_test(no_more_addresses_are_remembered_than_fit),
		cmocka_unit_test(a_bucket_is_paid_afterwards),
		cmocka_unit_test(deadlines_come_in_order_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
