/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The switch against a modem of a few lines: every combination of wired lines,
 * of what the modem is doing and of what is broken, for every goal.  Whatever it
 * is: nothing goes on for ever, keys keep their lengths and distances, and a
 * modem that could be brought to the goal is brought there.
 */
#include "unit/cmocka_all.h"

#include "base/ticks.h"
#include "modem/power.h"

#include <stdio.h>
#include <string.h>

#define STEP_MS 10u

enum doing { OFF, BOOTING, ON, FALLING };

struct bench {
	struct power p;
	uint32_t now, start;

	/* the modem */
	enum doing doing;
	uint32_t until;            /* BOOTING, FALLING */
	bool hangs;                /* on, but does not answer; what boots does not hang any more */
	bool key, reset;           /* as they were */
	uint32_t key_ms, reset_ms; /* since when */
	unsigned ignores;          /* so many pulses of PWRKEY do nothing */
	bool dead_key, dead_reset; /* do nothing at all */
	bool never_boots, no_word; /* POWERED DOWN is not said */
	bool has_status, stuck, stuck_on;

	/* what was seen */
	unsigned keys, resets, events;
	uint32_t released_ms;
	bool over;
};

static void boot(struct bench *b)
{
	b->doing = BOOTING;
	b->until = b->now + 6000;
	b->hangs = b->never_boots;
}

static void fall(struct bench *b)
{
	b->doing = FALLING;
	b->until = b->now + 3000;
}

static void on_key(struct bench *b, uint32_t held)
{
	assert_in_range(held, 650, 1000);   /* on: 500 to 1000 ms, off: 650 to 1500 ms */
	b->keys++;
	if (b->dead_key || b->doing == FALLING)
		return;
	if (b->ignores > 0)
		b->ignores--;
	else if (b->doing == OFF)
		boot(b);
	else
		fall(b);
}

static void on_reset(struct bench *b, uint32_t held)
{
	assert_in_range(held, 150, 460);
	b->resets++;
	if (!b->dead_reset && b->doing != OFF)
		boot(b);
}

static void begin_press(struct bench *b)
{
	if (b->keys + b->resets > 0)
		assert_true(b->now - b->released_ms >= 2000);
}

static void drive(struct bench *b)
{
	struct power_lines l = power_lines(&b->p);

	assert_false(l.pwrkey && l.reset);
	assert_true(b->p.wires.pwrkey || !l.pwrkey);
	assert_true(b->p.wires.reset || !l.reset);
	if ((l.pwrkey && !b->key) || (l.reset && !b->reset)) {
		begin_press(b);
		b->key_ms = b->now;
	}
	if (b->key && !l.pwrkey) {
		on_key(b, b->now - b->key_ms);
		b->released_ms = b->now;
	}
	if (b->reset && !l.reset) {
		on_reset(b, b->now - b->key_ms);
		b->released_ms = b->now;
	}
	b->key = l.pwrkey;
	b->reset = l.reset;
}

static enum power_status status(const struct bench *b)
{
	if (!b->has_status)
		return POWER_UNKNOWN;
	if (b->stuck)
		return b->stuck_on ? POWER_ON : POWER_OFF;
	return b->doing == OFF || (b->doing == BOOTING && b->until - b->now > 1200) ? POWER_OFF : POWER_ON;
}

static void modem_step(struct bench *b)
{
	if (b->doing == BOOTING && ticks_reached(b->now, b->until)) {
		b->doing = ON;
	} else if (b->doing == FALLING && ticks_reached(b->now, b->until)) {
		b->doing = OFF;
		if (!b->no_word)
			power_down(&b->p);
	}
	if (b->doing == ON && !b->hangs && b->p.goal != POWER_TO_OFF && b->p.state == POWER_WAIT)
		power_alive(&b->p, b->now);   /* the driver asks all the time */
}

static void turn(struct bench *b)
{
	uint32_t at;
	enum power_event ev;

	modem_step(b);
	power_tell(&b->p, status(b));
	ev = power_step(&b->p, b->now);
	b->over = b->over || ev == POWER_OVER;
	b->events += ev != POWER_NOTHING;
	if (power_deadline(&b->p, &at))   /* a deadline that has passed would keep the main loop busy */
		assert_true(!ticks_reached(b->now, at) || b->p.state != POWER_WAIT || at == b->now);
	drive(b);
	b->now += STEP_MS;
}

static void start(struct bench *b, struct power_wires wires, bool has_status)
{
	memset(b, 0, sizeof *b);
	b->now = b->start = 0xffffc000u;
	b->has_status = has_status;
	power_init(&b->p, wires, 300, b->now);
}

static uint32_t run(struct bench *b)
{
	power_tell(&b->p, status(b));
	drive(b);
	while (b->p.state != POWER_REST) {
		turn(b);
		if (b->now - b->start > 600000)
			fail_msg("it goes on for ever");
	}
	drive(b);
	return b->now - b->start;
}

/* ---- the table: each failure with what it takes ---- */

enum { KEY = 1, RESET = 2, STATUS = 4 };

static const struct row {
	const char *name;
	unsigned    wired;
	enum doing  doing;
	bool        hangs;
	struct { unsigned ignores; bool dead_key, dead_reset, never_boots, no_word, stuck, stuck_on; } broken;
	enum power_goal goal;
	bool        told;
	/* afterwards */
	enum doing  after;
	bool        answers;
	unsigned    keys, resets;
	uint32_t    max_ms;
} rows[] = {
	/* mute, to be on */
	{ "off: one pulse", KEY | RESET | STATUS, OFF, false, { 0 }, POWER_TO_ON, false, ON, true, 1, 0, 8000 },
	{ "off, STATUS not wired: one pulse", KEY, OFF, false, { 0 }, POWER_TO_ON, false, ON, true, 1, 0, 8000 },
	{ "hangs: off and on", KEY | RESET | STATUS, ON, true, { 0 }, POWER_TO_ON, false, ON, true, 2, 0, 15000 },
	{ "hangs, STATUS not wired: off and on, without a word", KEY, ON, true, { .no_word = true }, POWER_TO_ON, false,
	  ON, true, 2, 0, 40000 },
	{ "hangs, STATUS not wired: POWERED DOWN tells", KEY, ON, true, { 0 }, POWER_TO_ON, false, ON, true, 2, 0, 15000 },
	{ "off, one pulse is ignored", KEY | STATUS, OFF, false, { .ignores = 1 }, POWER_TO_ON, false,
	  ON, true, 2, 0, 25000 },
	{ "off, one pulse is ignored, STATUS not wired", KEY, OFF, false, { .ignores = 1 }, POWER_TO_ON, false,
	  ON, true, 2, 0, 40000 },
	{ "hangs, one pulse is ignored: RESET would come, but a pulse is enough", KEY | STATUS, ON, true,
	  { .ignores = 1 }, POWER_TO_ON, false, ON, true, 3, 0, 90000 },
	{ "hangs, PWRKEY is dead: RESET", KEY | RESET | STATUS, ON, true, { .dead_key = true }, POWER_TO_ON, false,
	  ON, true, 2, 1, 150000 },
	{ "hangs, PWRKEY is dead, STATUS not wired: RESET", KEY | RESET, ON, true, { .dead_key = true }, POWER_TO_ON,
	  false, ON, true, 2, 1, 80000 },
	{ "hangs, only RESET is wired", RESET, ON, true, { 0 }, POWER_TO_ON, false, ON, true, 0, 1, 8000 },
	{ "STATUS is stuck on, the modem is off", KEY | RESET | STATUS, OFF, false, { .stuck = true, .stuck_on = true },
	  POWER_TO_ON, false, ON, true, 1, 0, 8000 },
	{ "STATUS is stuck off, the modem hangs", KEY | RESET | STATUS, ON, true, { .stuck = true }, POWER_TO_ON, false,
	  ON, true, 2, 0, 25000 },
	{ "never boots: given up after four presses", KEY | RESET | STATUS, OFF, false, { .never_boots = true },
	  POWER_TO_ON, false, ON, false, 3, 1, 150000 },
	{ "everything is dead: given up", KEY | RESET | STATUS, OFF, false, { .dead_key = true, .dead_reset = true },
	  POWER_TO_ON, false, OFF, false, 3, 1, 90000 },
	{ "everything is dead, STATUS not wired: given up", KEY | RESET, OFF, false,
	  { .dead_key = true, .dead_reset = true }, POWER_TO_ON, false, OFF, false, 3, 1, 150000 },

	/* AT+QPOWD was accepted, to be off and on again */
	{ "goes down, comes back", KEY | STATUS, FALLING, false, { 0 }, POWER_TO_CYCLE, true, ON, true, 1, 0, 15000 },
	{ "goes down, comes back, STATUS not wired", KEY, FALLING, false, { 0 }, POWER_TO_CYCLE, true,
	  ON, true, 1, 0, 15000 },
	{ "goes down without a word, STATUS not wired", KEY, FALLING, false, { .no_word = true }, POWER_TO_CYCLE, true,
	  ON, true, 1, 0, 80000 },
	{ "does not go down after all: the key does it", KEY | STATUS, ON, true, { 0 }, POWER_TO_CYCLE, true,
	  ON, true, 2, 0, 85000 },

	/* to be off for good */
	{ "told, and off", KEY | STATUS, FALLING, false, { 0 }, POWER_TO_OFF, true, OFF, false, 0, 0, 4000 },
	{ "told, and off, STATUS not wired", KEY, FALLING, false, { 0 }, POWER_TO_OFF, true, OFF, false, 0, 0, 4000 },
	{ "told, and off, nothing wired", 0, FALLING, false, { 0 }, POWER_TO_OFF, true, OFF, false, 0, 0, 4000 },
	{ "told, off without a word, nothing wired: waited for, no pulse", KEY, FALLING, false, { .no_word = true },
	  POWER_TO_OFF, true, OFF, false, 0, 0, 66000 },
	{ "told, but it stays on: the key", KEY | STATUS, ON, true, { 0 }, POWER_TO_OFF, true, OFF, false, 1, 0, 75000 },
	{ "not told: the key", KEY | STATUS, ON, true, { 0 }, POWER_TO_OFF, false, OFF, false, 1, 0, 5000 },
	{ "the key is dead: given up after one pulse, and no RESET", KEY | RESET | STATUS, ON, true,
	  { .dead_key = true }, POWER_TO_OFF, false, ON, false, 1, 0, 70000 },
	{ "STATUS is stuck on: POWERED DOWN is believed", KEY | STATUS, FALLING, false,
	  { .stuck = true, .stuck_on = true }, POWER_TO_OFF, true, OFF, false, 0, 0, 66000 },
};

static void set_up(struct bench *b, const struct row *row)
{
	start(b, (struct power_wires){ (row->wired & KEY) != 0, (row->wired & RESET) != 0 }, (row->wired & STATUS) != 0);
	b->doing = row->doing;
	b->until = b->now + 3000;
	b->hangs = row->hangs;
	b->ignores = row->broken.ignores;
	b->dead_key = row->broken.dead_key;
	b->dead_reset = row->broken.dead_reset;
	b->never_boots = row->broken.never_boots;
	b->no_word = row->broken.no_word;
	b->stuck = row->broken.stuck;
	b->stuck_on = row->broken.stuck_on;
	power_tell(&b->p, status(b));
}

static void each_failure_has_its_way_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct bench b;
		uint32_t ms;

		set_up(&b, row);
		assert_true(power_begin(&b.p, row->goal, row->told, b.now));
		ms = run(&b);
		if (b.doing != row->after || (b.doing == ON && !b.hangs) != row->answers || b.keys != row->keys ||
		    b.resets != row->resets || ms > row->max_ms)
			fail_msg("%s: doing %d, hangs %d, keys %u, resets %u, %u ms", row->name, b.doing, b.hangs, b.keys,
				 b.resets, ms);
	}
}

/* ---- every combination ---- */

static bool can_succeed(const struct bench *b, bool was_off)
{
	if (b->never_boots || (b->has_status && b->stuck && !b->stuck_on && !b->p.wires.pwrkey))
		return false;
	if (b->p.wires.pwrkey && !b->dead_key)
		return true;
	return b->p.wires.reset && !b->dead_reset && !was_off;
}

static void combination(unsigned wired, unsigned doing, unsigned broken)
{
	struct bench b;
	bool was_off = doing == 0, expected;

	start(&b, (struct power_wires){ (wired & KEY) != 0, (wired & RESET) != 0 }, (wired & STATUS) != 0);
	b.doing = was_off ? OFF : ON;
	b.hangs = true;
	b.dead_key = broken & 1;
	b.dead_reset = broken & 2;
	b.never_boots = broken & 4;
	b.no_word = broken & 8;
	b.stuck = broken & 16;
	b.stuck_on = broken & 32;
	b.ignores = broken & 64 ? 1 : 0;
	power_tell(&b.p, status(&b));
	expected = can_succeed(&b, was_off);
	if (power_begin(&b.p, POWER_TO_ON, false, b.now))
		(void)run(&b);
	assert_true(b.keys + b.resets <= 4);
	if ((b.doing == ON && !b.hangs) != expected)
		fail_msg("wired %u, off %d, broken 0x%x: doing %d, keys %u, resets %u", wired, was_off, broken, b.doing,
			 b.keys, b.resets);
}

static void every_combination_ends_and_helps_where_help_is_possible(void **state)
{
	(void)state;
	for (unsigned wired = 0; wired < 8; wired++)
		for (unsigned doing = 0; doing < 2; doing++)
			for (unsigned broken = 0; broken < 128; broken++)
				combination(wired, doing, broken);
}

/* ---- what must not happen ---- */

static void an_answer_during_the_press_ends_it_too_early_to_count(void **state)
{
	struct bench b;

	(void)state;
	start(&b, (struct power_wires){ true, true }, false);
	b.doing = ON;
	assert_true(power_begin(&b.p, POWER_TO_ON, false, b.now));
	assert_int_equal(power_step(&b.p, b.now), POWER_NOTHING);
	assert_true(power_lines(&b.p).pwrkey);
	power_alive(&b.p, b.now + 300);   /* let go after 300 ms: on wants 500, off 650 */
	assert_false(power_lines(&b.p).pwrkey);
	assert_int_equal(b.p.state, POWER_REST);
}

static void nothing_is_pressed_that_is_not_wired(void **state)
{
	struct bench b;

	(void)state;
	start(&b, (struct power_wires){ false, false }, true);
	assert_false(power_can(&b.p));
	assert_false(power_begin(&b.p, POWER_TO_ON, false, b.now));
	assert_false(power_begin(&b.p, POWER_TO_CYCLE, true, b.now));
	assert_false(power_begin(&b.p, POWER_TO_OFF, false, b.now));
	start(&b, (struct power_wires){ false, true }, true);
	power_tell(&b.p, POWER_OFF);   /* RESET does nothing for a modem that is off */
	assert_false(power_can(&b.p));
}

static void a_status_that_contradicts_the_modem_is_not_believed_any_more(void **state)
{
	struct bench b;

	(void)state;
	start(&b, (struct power_wires){ true, true }, true);
	power_tell(&b.p, POWER_OFF);
	assert_int_equal(b.p.status, POWER_OFF);
	power_alive(&b.p, b.now);
	assert_int_equal(b.p.status, POWER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_failure_has_its_way_out),
		cmocka_unit_test(every_combination_ends_and_helps_where_help_is_possible),
		cmocka_unit_test(an_answer_during_the_press_ends_it_too_early_to_count),
		cmocka_unit_test(nothing_is_pressed_that_is_not_wired),
		cmocka_unit_test(a_status_that_contradicts_the_modem_is_not_believed_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
