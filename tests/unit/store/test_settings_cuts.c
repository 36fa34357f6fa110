/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts of the settings: in every flash operation of every change, in
 * every way a cut can end, and again in every operation of the recovery; then
 * thousands of cuts drawn at random, any number of them in a row.
 */
#include "unit/cmocka_all.h"

#include "store/settings.h"
#include "support/flash_model.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 256, PAGES = 8, VALUE_MAX = 96 };

/* The device: its flash, what runs on it, and what must be in it. */
struct value { size_t len; uint8_t bytes[VALUE_MAX]; };   /* len 0: not set */
struct device {
	struct flash_model model;
	struct settings settings;
	struct value expected[SETTINGS_LIMIT];
};

struct step {
	enum settings_key key;   /* 0: erase all */
	size_t len;              /* 0: erase */
	uint8_t fill;            /* first byte; the others count up */
};

static struct tally { unsigned long cuts, nested, checks; } tally;

static struct value value_of(const struct step *step)
{
	struct value v = { .len = step->len };

	for (size_t i = 0; i < step->len; i++)
		v.bytes[i] = (uint8_t)(step->fill + i);
	return v;
}

static enum err do_step(struct device *d, const struct step *step)
{
	struct value v = value_of(step);

	if ((int)step->key == 0)
		return settings_erase_all(&d->settings);
	return v.len == 0 ? settings_erase(&d->settings, step->key)
			  : settings_set(&d->settings, step->key, v.bytes, v.len);
}

static void expect_step(struct device *d, const struct step *step)
{
	if ((int)step->key == 0)
		memset(d->expected, 0, sizeof d->expected);
	else
		d->expected[step->key] = value_of(step);
}

static void copy_device(struct device *to, const struct device *from)
{
	flash_model_copy(&to->model, &from->model);
	to->settings = from->settings;
	to->settings.kv.flash = &to->model.flash;
	memcpy(to->expected, from->expected, sizeof to->expected);
}

static enum err start(struct device *d)
{
	return settings_init(&d->settings, &d->model.flash, 0, PAGES);
}

static bool holds(struct device *d, unsigned key, const struct value *want)
{
	uint8_t buf[VALUE_MAX];
	size_t len;
	enum err e = settings_get(&d->settings, (enum settings_key)key, buf, sizeof buf, &len);

	if (want->len == 0)
		return e == ERR_NOT_FOUND;
	return e == ERR_OK && len == want->len && memcmp(buf, want->bytes, len) == 0;
}

/* Every key but those of STEP is what it was; those of STEP are all old or all
 * new.  What is found becomes what must be from now on. */
static const char *check_and_adopt(struct device *d, const struct step *step)
{
	static struct device after;
	bool old = true, new = true;

	tally.checks++;
	memcpy(after.expected, d->expected, sizeof after.expected);
	if (step != NULL)
		expect_step(&after, step);
	for (unsigned key = 1; key < SETTINGS_LIMIT; key++) {
		if (settings_info((enum settings_key)key) == NULL)
			continue;
		old = old && holds(d, key, &d->expected[key]);
		new = new && holds(d, key, &after.expected[key]);
	}
	if (!old && !new)
		return "a value is neither old nor new";
	if (!old)
		memcpy(d->expected, after.expected, sizeof d->expected);
	if (d->model.violations != 0)
		return "the flash was written against its rules";
	return NULL;
}

/* After the last cut: what the first start decides stays, and new changes work. */
static const char *check_aftermath(struct device *d, const struct step *step)
{
	static const struct step another = { SETTINGS_APN, 11, 0x77 };
	enum err e = start(d);
	const char *wrong;

	if (e != ERR_OK)
		return err_name(e);
	wrong = check_and_adopt(d, step);
	for (unsigned i = 0; i < 3 && wrong == NULL; i++) {
		flash_model_power_on(&d->model);
		if (start(d) != ERR_OK)
			return "does not start again";
		wrong = check_and_adopt(d, NULL);
		if (wrong != NULL)
			return "a value changed after the first start";
		if (i != 1)
			continue;
		if (do_step(d, &another) != ERR_OK)
			return "a change after the cut fails";
		expect_step(d, &another);
	}
	return wrong;
}

static void report(const char *wrong, size_t step, uint32_t op, unsigned cut, uint32_t op2, unsigned cut2)
{
	if (wrong != NULL)
		fail_msg("step %zu, cut in operation %u as %u, then %d as %u: %s", step, op, cut, (int)op2, cut2, wrong);
}

/* D was cut in a step and has power again.  Start it, cut in every operation of
 * the start. */
static void cut_recovery(const struct device *d, const struct step *step, size_t index, uint32_t op, unsigned cut,
			 unsigned every)
{
	static struct device trial;
	uint32_t n;

	copy_device(&trial, d);
	assert_int_equal(start(&trial), ERR_OK);
	n = trial.model.ops;
	copy_device(&trial, d);
	report(check_aftermath(&trial, step), index, op, cut, UINT32_MAX, 0);
	for (uint32_t op2 = 0; op2 < n; op2++)
		for (unsigned cut2 = 0; cut2 < CUT_VARIANTS; cut2++) {
			if ((op + cut + op2 + cut2) % every != 0)
				continue;
			copy_device(&trial, d);
			trial.model.rng += op2 * 977 + cut2;
			flash_model_cut_at(&trial.model, op2, (enum flash_model_cut)cut2);
			if (start(&trial) == ERR_OK && !trial.model.dead)
				continue;   /* a doubtful granule read otherwise: the start had less to do */
			flash_model_power_on(&trial.model);
			tally.nested++;
			report(check_aftermath(&trial, step), index, op, cut, op2, cut2);
		}
}

/* Every cut of one step. */
static void cut_step(const struct device *d, const struct step *step, size_t index, unsigned every)
{
	static struct device trial;
	uint32_t n;

	copy_device(&trial, d);
	trial.model.ops = 0;
	assert_int_equal(do_step(&trial, step), ERR_OK);
	n = trial.model.ops;
	for (uint32_t op = 0; op < n; op++)
		for (unsigned cut = 0; cut < CUT_VARIANTS; cut++) {
			copy_device(&trial, d);
			trial.model.rng += op * 31 + cut;
			flash_model_cut_at(&trial.model, op, (enum flash_model_cut)cut);
			assert_int_not_equal(do_step(&trial, step), ERR_OK);
			flash_model_power_on(&trial.model);
			tally.cuts++;
			cut_recovery(&trial, step, index, op, cut, every);
		}
}

static const struct step workload[] = {
	{ SETTINGS_HOST,       20, 0x61 },
	{ SETTINGS_PORT,        4, 0x10 },
	{ SETTINGS_KEY,        60, 0x80 },
	{ SETTINGS_ROOT_0,     90, 0x20 },
	{ SETTINGS_HOST,       33, 0x41 },   /* replaced */
	{ SETTINGS_KEY,        61, 0x90 },   /* a secret replaced: moves */
	{ SETTINGS_PORT,        4, 0x11 },
	{ SETTINGS_ROOT_0,     96, 0xf0 },   /* has granules that look erased */
	{ SETTINGS_PORT,        0, 0 },      /* erased */
	{ SETTINGS_ROOT_1,     90, 0x31 },
	{ SETTINGS_HOST,       34, 0x42 },
	{ SETTINGS_ROOT_1,     90, 0x32 },
	{ SETTINGS_ROOT_1,     90, 0x33 },   /* full: moves */
	{ SETTINGS_ROOT_1,     90, 0x34 },
	{ SETTINGS_PORT,        4, 0x12 },
	{ SETTINGS_KEY,         0, 0 },      /* a secret erased: moves */
	{ 0,                    0, 0 },      /* factory reset */
	{ SETTINGS_DEVICE,      9, 0x44 },
};

static void run_workload(bool restart_each, uint32_t seed, unsigned every)
{
	static struct device d;

	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, PAGE, PAGES, seed);
	assert_int_equal(start(&d), ERR_OK);
	for (size_t i = 0; i < sizeof workload / sizeof workload[0]; i++) {
		if (restart_each)
			assert_int_equal(start(&d), ERR_OK);
		d.model.rng += 0x1234567u * (uint32_t)i;
		cut_step(&d, &workload[i], i, every);
		assert_int_equal(do_step(&d, &workload[i]), ERR_OK);
		expect_step(&d, &workload[i]);
		assert_null(check_and_adopt(&d, NULL));
	}
	assert_int_equal(d.model.doubtful, 0);
}

/* Of the cuts within a recovery, one in so many: TERN_LONG=1 tries them all. */
static unsigned every(void)
{
	return getenv("TERN_LONG") != NULL ? 1 : 11;
}

static void every_cut_and_every_cut_of_its_recovery(void **state)
{
	(void)state;
	run_workload(false, 1, every());
	print_message("%lu cuts, %lu nested, %lu checks\n", tally.cuts, tally.nested, tally.checks);
}

static void every_cut_when_each_change_is_the_first_of_a_run(void **state)
{
	(void)state;
	run_workload(true, 2, every());
	print_message("%lu cuts, %lu nested, %lu checks\n", tally.cuts, tally.nested, tally.checks);
}

/* A device that is cut at the same operation of every start, again and again,
 * still starts in the end with all it had.  Regression: a reserve that was used
 * up by marks ended every start with ERR_STORE_FULL. */
static void three_hundred_cuts_in_a_row_at_the_same_operation(void **state)
{
	static const struct step replace = { SETTINGS_KEY, 61, 0x90 };
	static struct device d, first, trial;
	uint32_t n;

	(void)state;
	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, PAGE, PAGES, 9);
	assert_int_equal(start(&d), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(do_step(&d, &workload[i]), ERR_OK);
		expect_step(&d, &workload[i]);
	}
	copy_device(&trial, &d);
	trial.model.ops = 0;
	assert_int_equal(do_step(&trial, &replace), ERR_OK);
	n = trial.model.ops;
	for (uint32_t op = 0; op < n; op += 1 + op % 2)
		for (unsigned cut = 0; cut < CUT_VARIANTS; cut++) {
			copy_device(&first, &d);
			flash_model_cut_at(&first.model, op, (enum flash_model_cut)cut);
			assert_int_not_equal(do_step(&first, &replace), ERR_OK);
			for (uint32_t op2 = 0; op2 < 12; op2++) {
				copy_device(&trial, &first);
				for (unsigned i = 0; i < 300; i++) {
					flash_model_power_on(&trial.model);
					flash_model_cut_at(&trial.model, op2, (enum flash_model_cut)cut);
					if (start(&trial) == ERR_OK)
						break;
				}
				flash_model_power_on(&trial.model);
				tally.nested++;
				report(check_aftermath(&trial, &replace), 4, op, cut, op2, cut);
			}
		}
}

/* Cuts at random in changes and starts, with any number in a row. */
static void random_life(uint32_t seed, unsigned changes)
{
	static struct device d;
	static const size_t lens[] = { 0, 1, 7, 8, 9, 40, 64, 65, 90 };
	uint32_t rng = seed * 747796405u | 1u;

	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, PAGE, PAGES, seed);
	assert_int_equal(start(&d), ERR_OK);
	for (unsigned i = 0; i < changes; i++) {
		static const enum settings_key keys[] = { SETTINGS_HOST, SETTINGS_KEY, SETTINGS_ROOT_0, SETTINGS_APN };
		const char *wrong = NULL;
		struct step step;
		unsigned in_a_row = 0;

		rng = rng * 1664525u + 1013904223u;
		step = (struct step){ keys[rng >> 8 & 3], lens[(rng >> 12) % 9], (uint8_t)(rng >> 24) };
		if (rng % 3 == 0)
			flash_model_cut_at(&d.model, (rng >> 16) % (rng % 2 == 0 ? 8 : 60), (enum flash_model_cut)((rng >> 5) % CUT_VARIANTS));
		if (do_step(&d, &step) == ERR_OK) {
			expect_step(&d, &step);
			d.model.cut_at = UINT32_MAX;
			assert_null(check_and_adopt(&d, NULL));
			continue;
		}
		assert_true(d.model.dead);
		do {
			flash_model_power_on(&d.model);
			rng = rng * 1664525u + 1013904223u;
			if (rng >> 28 != 0 && in_a_row++ < 40)
				flash_model_cut_at(&d.model, (rng >> 16) % (rng % 2 == 0 ? 8 : 50), (enum flash_model_cut)((rng >> 5) % CUT_VARIANTS));
			tally.cuts++;
		} while (start(&d) != ERR_OK || d.model.dead);
		d.model.cut_at = UINT32_MAX;
		if (d.settings.kv.failed != ERR_OK)
			wrong = "the store refuses changes after a cut";
		if (wrong == NULL)
			wrong = check_and_adopt(&d, &step);
		if (wrong != NULL)
			fail_msg("life %u, change %u, %u cuts in a row: %s", seed, i, in_a_row, wrong);
	}
}

static void thousands_of_cuts_at_random(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 40; seed++)
		random_life(seed, 500);
	print_message("%lu cuts, %lu nested, %lu checks\n", tally.cuts, tally.nested, tally.checks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_and_every_cut_of_its_recovery),
		cmocka_unit_test(every_cut_when_each_change_is_the_first_of_a_run),
		cmocka_unit_test(three_hundred_cuts_in_a_row_at_the_same_operation),
		cmocka_unit_test(thousands_of_cuts_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
