/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/sink_lanes.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

enum { REST_MS = 100, REST_MOST_MS = 1600, MANY = 1000 };

static struct sink_lanes lanes;
static struct sink_hold hold;

static int set_up(void **state)
{
	(void)state;
	assert_true(sink_hold_init(&hold, 0));
	assert_true(sink_lanes_init(&lanes, REST_MS, REST_MOST_MS));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sink_lanes_free(&lanes);
	sink_hold_free(&hold);
	return 0;
}

static void push(const char *device, uint64_t ticket)
{
	struct sink_message m = { .project = "p", .location = "l", .registry = "r", .device = device, .qos = 1, .ticket = ticket };
	struct sink_lane *lane = sink_lanes_find(&lanes, &m);
	bool refused;

	assert_true(sink_lanes_push(&lanes, lane, sink_hold_take(&hold, &m, &refused)));
}

static uint64_t ticket_of(const struct sink_lane *lane)
{
	return lane->queue.first->message.ticket;
}

static struct sink_lane *take(uint64_t ticket, uint64_t now_ms)
{
	struct sink_lane *lane = sink_lanes_take(&lanes, MANY, now_ms);

	assert_non_null(lane);
	assert_int_equal(ticket_of(lane), ticket);
	return lane;
}

static void take_none(uint64_t now_ms)
{
	assert_null(sink_lanes_take(&lanes, MANY, now_ms));
}

static void done(struct sink_lane *lane)
{
	struct sink_queue safe = { 0 };
	uint64_t ticket = ticket_of(lane);
	struct sink_confirmation c;

	sink_lanes_done(&lanes, lane, &safe);
	sink_hold_safe(&hold, &safe);
	assert_true(sink_hold_next(&hold, &c));
	assert_int_equal(c.ticket, ticket);
}

static void one_message_of_a_device_is_under_way(void **state)
{
	struct sink_lane *a, *b;

	(void)state;
	push("a", 1);
	push("a", 2);
	push("b", 3);
	a = take(1, 0);
	b = take(3, 0);
	take_none(0);
	done(a);
	take(2, 0);
	done(b);
	assert_int_equal(lanes.count, 1);
}

static void devices_take_turns(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 9; i++)
		push(i < 6 ? "greedy" : i == 6 ? "x" : i == 7 ? "y" : "z", i);
	done(take(0, 0));
	done(take(6, 0));
	done(take(7, 0));
	done(take(8, 0));
	done(take(1, 0));
	done(take(2, 0));
}

static void the_window_bounds_what_is_under_way(void **state)
{
	(void)state;
	push("a", 1);
	push("b", 2);
	push("c", 3);
	assert_non_null(sink_lanes_take(&lanes, 2, 0));
	assert_non_null(sink_lanes_take(&lanes, 2, 0));
	assert_null(sink_lanes_take(&lanes, 2, 0));
}

static void who_is_refused_rests_longer_each_time_and_keeps_its_order(void **state)
{
	uint64_t now = 0, pause = 0, before;

	(void)state;
	push("a", 1);
	push("a", 2);
	push("b", 3);
	for (int i = 0; i < 8; i++) {
		before = pause;
		pause = sink_lanes_rest(&lanes, take(1, now), now);
		assert_in_range(pause, REST_MS / 2, REST_MOST_MS);
		assert_true(i < 4 ? 2 * pause + 1 >= before : pause >= REST_MOST_MS / 2);
		if (i == 0)
			done(take(3, now));
		take_none(now + pause - 1);
		assert_int_equal(lanes.wake_ms, now + pause);
		now += pause;
	}
	done(take(1, now));
	assert_in_range(sink_lanes_rest(&lanes, take(2, now), now), REST_MS / 2, REST_MS);
}

static void what_was_under_way_goes_again_in_its_order(void **state)
{
	(void)state;
	push("a", 1);
	push("b", 2);
	push("c", 3);
	push("a", 4);
	take(1, 0);
	take(2, 0);
	assert_null(sink_lanes_lost(&lanes, false, 0));
	assert_int_equal(lanes.under_way_bytes, 0);
	done(take(1, 0));
	take(2, 0);
	take(3, 0);
	take(4, 0);
}

static void a_suspect_goes_alone_and_the_guilty_rests(void **state)
{
	struct sink_lane *lane;

	(void)state;
	push("good", 1);
	push("evil", 2);
	push("other", 3);
	take(1, 0);
	take(2, 0);
	take(3, 0);
	assert_null(sink_lanes_lost(&lanes, true, 0));
	lane = take(1, 0);
	take_none(0);                    /* alone */
	done(lane);
	lane = take(2, 0);
	take_none(0);
	assert_ptr_equal(sink_lanes_lost(&lanes, true, 0), lane);
	done(take(3, 0));
	push("good", 4);
	push("other", 5);
	done(take(4, 0));
	done(take(5, 0));
	take_none(0);                    /* evil rests */
	push("good", 6);
	lane = take(2, REST_MS);         /* first of all, and alone */
	take_none(REST_MS);
	done(lane);
	push("evil", 7);
	take(6, REST_MS);
	take(7, REST_MS);                /* acquitted: beside others again */
}

static void a_suspect_waits_until_it_can_be_alone(void **state)
{
	struct sink_lane *evil, *good;

	(void)state;
	push("evil", 1);
	take(1, 0);
	sink_lanes_lost(&lanes, true, 0);
	evil = take(1, 0);
	assert_ptr_equal(sink_lanes_lost(&lanes, true, 0), evil);
	push("good", 2);
	good = take(2, 0);
	push("more", 3);
	take_none(REST_MS);
	done(good);
	take(1, REST_MS);
	take_none(REST_MS);
}

static void devices_of_one_name_in_two_registries_are_two(void **state)
{
	struct sink_message m = { .project = "p", .location = "l", .registry = "r2", .device = "a" };
	struct sink_message shifted = { .project = "p", .location = "l", .registry = "ra", .device = "" };

	(void)state;
	push("a", 1);
	assert_null(sink_lanes_find(&lanes, &m));
	assert_null(sink_lanes_find(&lanes, &shifted));
	m.registry = "r";
	assert_non_null(sink_lanes_find(&lanes, &m));
}

/* A hundred thousand steps by chance against the one rule: each device's messages are confirmed once, in order, and
 * in the end all. */
static void order_holds_whatever_happens(void **state)
{
	enum { DEVICES = 20, STEPS = 100000 };
	uint64_t pushed[DEVICES] = { 0 }, confirmed[DEVICES] = { 0 }, now = 0;
	uint32_t chance = 1;

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		struct sink_lane *lane = TAILQ_FIRST(&lanes.under_way);
		unsigned device;
		char name[] = "device-a";

		chance = chance * 1664525u + 1013904223u;
		device = (chance >> 8) % DEVICES;
		name[7] = (char)('a' + device);
		now += chance >> 30;
		switch (chance >> 28) {
		case 0: case 1: case 2: case 3: case 4:
			push(name, device * 1000000 + pushed[device]++);
			break;
		case 5: case 6: case 7: case 8: case 9:
			(void)sink_lanes_take(&lanes, 8, now);
			break;
		case 10:
			if (lane != NULL)
				sink_lanes_rest(&lanes, lane, now);
			break;
		case 11:
			sink_lanes_lost(&lanes, (chance & 64) != 0, now);
			break;
		default:
			if (lane == NULL)
				break;
			device = (unsigned)(ticket_of(lane) / 1000000);
			assert_int_equal(ticket_of(lane) % 1000000, confirmed[device]++);
			done(lane);
		}
		assert_true(lanes.under_way_count <= 8);
	}
	sink_lanes_lost(&lanes, false, now);
	for (struct sink_lane *lane; (lane = sink_lanes_take(&lanes, 8, now += REST_MOST_MS)) != NULL; done(lane))
		confirmed[ticket_of(lane) / 1000000]++;
	assert_memory_equal(pushed, confirmed, sizeof pushed);
	assert_int_equal(lanes.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_message_of_a_device_is_under_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(devices_take_turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_window_bounds_what_is_under_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_refused_rests_longer_each_time_and_keeps_its_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_under_way_goes_again_in_its_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_suspect_goes_alone_and_the_guilty_rests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_suspect_waits_until_it_can_be_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(devices_of_one_name_in_two_registries_are_two, set_up, tear_down),
		cmocka_unit_test_setup_teardown(order_holds_whatever_happens, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
