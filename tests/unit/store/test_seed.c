/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "store/layout.h"
#include "store/seed.h"
#include "support/flash_model.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 1024, MAX_STARTS = 4096 };   /* a page serves six starts */

/* A device that starts again and again, and which seeds it has given output from. */
struct device {
	struct flash_model model;
	uint32_t counter;             /* makes each next seed another one */
	bool     deterministic;       /* the next seed comes of the last one alone */
	bool     provisioned;         /* seed_write() said ERR_OK once */
	unsigned used_count;
	uint8_t  used[MAX_STARTS][SEED_SIZE];
};

static struct tally { unsigned long cuts, nested; } tally;

static void seed_of(uint32_t n, uint8_t seed[SEED_SIZE])
{
	for (unsigned i = 0; i < SEED_SIZE; i++) {
		n = n * 1664525u + 1013904223u;
		seed[i] = (uint8_t)(n >> 24);
	}
}

static void next_seed(struct device *d, const uint8_t now[SEED_SIZE], uint8_t next[SEED_SIZE])
{
	uint32_t n = d->deterministic ? 0 : ++d->counter;

	for (unsigned i = 0; i < SEED_SIZE; i++)
		n = n * 31 + now[i];
	seed_of(n, next);
}

/* What a device does at power-on; NULL or what was wrong. */
static const char *boot(struct device *d)
{
	uint8_t now[SEED_SIZE], next[SEED_SIZE];
	struct seed s;

	if (seed_init(&s, &d->model.flash, 0) != ERR_OK)
		return d->model.dead ? NULL : "the store does not start";
	if (seed_read(&s, now) != ERR_OK)
		return d->model.dead || !d->provisioned ? NULL : "there was a seed, and now there is none";
	next_seed(d, now, next);
	if (seed_write(&s, next, SEED_PROVISIONED) != ERR_OK)
		return d->model.dead ? NULL : "the next seed could not be written";
	d->provisioned = true;
	for (unsigned i = 0; i < d->used_count; i++)
		if (memcmp(d->used[i], now, SEED_SIZE) == 0)
			return "a seed was used a second time";
	memcpy(d->used[d->used_count++], now, SEED_SIZE);
	return NULL;
}

static enum err provision(struct device *d, uint32_t n)
{
	uint8_t first[SEED_SIZE];
	struct seed s;
	enum err e = seed_init(&s, &d->model.flash, 0);

	seed_of(n, first);
	if (e == ERR_OK)
		e = seed_write(&s, first, SEED_PROVISIONED);
	d->provisioned = d->provisioned || e == ERR_OK;
	return e;
}

static void copy_device(struct device *to, const struct device *from)
{
	flash_model_copy(&to->model, &from->model);
	memcpy(&to->counter, &from->counter, offsetof(struct device, used) - offsetof(struct device, counter));
	memcpy(to->used, from->used, from->used_count * SEED_SIZE);
}

static const char *five_boots(struct device *d)
{
	const char *wrong = NULL;

	for (unsigned i = 0; i < 5 && wrong == NULL; i++) {
		flash_model_power_on(&d->model);
		wrong = boot(d);
	}
	return wrong == NULL && d->model.violations > 0 ? "the flash was written against its rules" : wrong;
}

/* Boot a copy of D with a cut in operation OP; false when there are not so many. */
static bool cut_boot(struct device *copy, const struct device *d, uint32_t op, unsigned cut)
{
	const char *wrong;

	copy_device(copy, d);
	flash_model_power_on(&copy->model);
	copy->model.rng += op * 131 + cut;
	flash_model_cut_at(&copy->model, op, (enum flash_model_cut)cut);
	wrong = boot(copy);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	return copy->model.dead;
}

/* Of the second cuts, one in so many: TERN_LONG=1 tries them all. */
static unsigned every(void)
{
	return getenv("TERN_LONG") != NULL ? 1 : 11;
}

static void cut_again(const struct device *once, unsigned boots, uint32_t op, unsigned cut)
{
	static struct device twice;
	uint32_t n;

	(void)cut_boot(&twice, once, UINT32_MAX, CUT_BEFORE);
	n = twice.model.ops;
	for (uint32_t op2 = 0; op2 < n; op2++)
		for (unsigned cut2 = 0; cut2 < CUT_VARIANTS; cut2++) {
			const char *wrong;

			if ((op + cut + op2 + cut2) % every() != 0 || !cut_boot(&twice, once, op2, cut2))
				continue;
			tally.nested++;
			wrong = five_boots(&twice);
			if (wrong != NULL)
				fail_msg("boot %u, op %u as %u, then op %u as %u: %s", boots, op, cut, op2, cut2, wrong);
		}
}

static void cut_every_boot(struct device *d, unsigned boots)
{
	static struct device once;

	for (unsigned i = 0; i < boots; i++) {
		for (unsigned cut = 0; cut < CUT_VARIANTS; cut++)
			for (uint32_t op = 0; cut_boot(&once, d, op, cut); op++) {
				tally.cuts++;
				cut_again(&once, i, op, cut);
				assert_null(five_boots(&once));
			}
		flash_model_power_on(&d->model);
		assert_null(boot(d));
	}
}

static void every_cut_of_every_start_twice(void **state)
{
	static struct device d;

	(void)state;
	for (unsigned deterministic = 0; deterministic < 2; deterministic++) {
		memset(&d, 0, sizeof d);
		flash_model_init(&d.model, PAGE, 2, 3);
		d.deterministic = deterministic != 0;
		assert_int_equal(provision(&d, 77), ERR_OK);
		cut_every_boot(&d, 14);       /* through both pages, and into the first again */
	}
	print_message("%lu cuts, %lu nested\n", tally.cuts, tally.nested);
}

static void cuts_at_random_for_many_starts(void **state)
{
	static struct device d;

	(void)state;
	for (uint32_t life = 1; life <= 12; life++) {
		uint32_t rng = life * 2654435761u;

		memset(&d, 0, sizeof d);
		flash_model_init(&d.model, PAGE, 2, life);
		assert_int_equal(provision(&d, life), ERR_OK);
		for (unsigned i = 0; i < 1500; i++) {
			const char *wrong;

			flash_model_power_on(&d.model);
			rng = rng * 1664525u + 1013904223u;
			if (rng >> 30 != 0)
				flash_model_cut_at(&d.model, (rng >> 8) % 20, (enum flash_model_cut)((rng >> 16) % CUT_VARIANTS));
			wrong = boot(&d);
			if (wrong != NULL)
				fail_msg("life %u, start %u: %s", life, i, wrong);
		}
		assert_true(d.used_count > 300);
	}
}

static void a_cut_while_provisioning_anew_leaves_the_old_seed_or_the_new_one(void **state)
{
	static struct device d, copy;

	(void)state;
	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, PAGE, 2, 5);
	assert_int_equal(provision(&d, 1), ERR_OK);
	for (unsigned cut = 0; cut < CUT_VARIANTS; cut++)
		for (uint32_t op = 0;; op++) {
			copy_device(&copy, &d);
			flash_model_cut_at(&copy.model, op, (enum flash_model_cut)cut);
			if (provision(&copy, 2) == ERR_OK)
				break;
			assert_null(five_boots(&copy));
			assert_int_equal(copy.used_count, 5);
		}
}

static void blank_torn_and_uniform_bytes_are_no_seed(void **state)
{
	static struct flash_model m;
	uint8_t out[SEED_SIZE], same[SEED_SIZE];
	struct seed s;

	(void)state;
	for (unsigned fill = 0; fill < 256; fill++) {
		flash_model_init(&m, LAYOUT_PAGE_SIZE, 2, 1);
		memset(m.mem, (int)fill, 2 * LAYOUT_PAGE_SIZE);
		assert_int_equal(seed_init(&s, &m.flash, 0), ERR_OK);
		assert_int_equal(seed_read(&s, out), ERR_RNG_UNSEEDED);
		memset(same, (int)fill, sizeof same);
		assert_int_equal(seed_write(&s, same, SEED_PROVISIONED), ERR_ARG);
		assert_int_equal(m.ops, 0);
	}
	flash_model_init(&m, 256, 2, 1);
	assert_int_equal(seed_init(&s, &m.flash, 0), ERR_ARG);
	flash_model_init(&m, 2048, 2, 1);
	assert_int_equal(seed_init(&s, &m.flash, 1), ERR_ARG);
}

static void a_flipped_bit_leaves_the_seed_or_none(void **state)
{
	static struct device d, copy;
	uint8_t want[SEED_SIZE], out[SEED_SIZE];
	struct seed s;

	(void)state;
	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, PAGE, 2, 5);
	assert_int_equal(provision(&d, 9), ERR_OK);
	seed_of(9, want);
	for (uint32_t bit = 0; bit < 8 * 2 * PAGE; bit++) {
		enum err e;

		copy_device(&copy, &d);
		copy.model.mem[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(seed_init(&s, &copy.model.flash, 0), ERR_OK);
		e = seed_read(&s, out);
		assert_true(e == ERR_RNG_UNSEEDED || (e == ERR_OK && memcmp(out, want, SEED_SIZE) == 0));
	}
}

static void erasing_never_brings_an_older_seed_back(void **state)
{
	static struct device d, copy;
	uint8_t before[SEED_SIZE], after[SEED_SIZE];
	struct seed s;

	(void)state;
	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, PAGE, 2, 6);
	assert_int_equal(provision(&d, 1), ERR_OK);
	for (unsigned i = 0; i < 9; i++)
		assert_null(boot(&d));
	assert_int_equal(seed_init(&s, &d.model.flash, 0), ERR_OK);
	assert_int_equal(seed_read(&s, before), ERR_OK);
	for (uint32_t op = 0;; op++) {
		copy_device(&copy, &d);
		assert_int_equal(seed_init(&s, &copy.model.flash, 0), ERR_OK);
		flash_model_cut_at(&copy.model, op, (enum flash_model_cut)(op % CUT_VARIANTS));
		if (seed_erase(&s) == ERR_OK)
			break;
		flash_model_power_on(&copy.model);
		assert_int_equal(seed_init(&s, &copy.model.flash, 0), ERR_OK);
		if (seed_read(&s, after) == ERR_OK)
			assert_memory_equal(before, after, SEED_SIZE);
	}
	assert_int_equal(seed_read(&s, after), ERR_RNG_UNSEEDED);
	assert_false(flash_model_contains(&copy.model, before, SEED_SIZE));
	flash_model_power_on(&copy.model);
	assert_int_equal(provision(&copy, 2), ERR_OK);
	assert_null(boot(&copy));
}

static void a_page_serves_16_starts(void **state)
{
	static struct device d;

	(void)state;
	memset(&d, 0, sizeof d);
	flash_model_init(&d.model, LAYOUT_PAGE_SIZE, 2, 6);
	assert_int_equal(provision(&d, 1), ERR_OK);
	for (unsigned i = 0; i < 16 * 40; i++)
		assert_null(boot(&d));
	print_message("640 starts: %u and %u erases\n", d.model.erases[0], d.model.erases[1]);
	assert_in_range(d.model.erases[0], 30, 43);
	assert_in_range(d.model.erases[1], 30, 43);
}

static void a_granule_that_does_not_take_is_passed_over(void **state)
{
	static struct device d;

	(void)state;
	for (uint32_t stuck = 0; stuck < 2 * PAGE / FLASH_GRANULE; stuck++) {
		memset(&d, 0, sizeof d);
		flash_model_init(&d.model, PAGE, 2, 6);
		d.model.stuck = stuck;
		assert_int_equal(provision(&d, 1), ERR_OK);
		for (unsigned i = 0; i < 20; i++)
			assert_null(boot(&d));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut_of_every_start_twice),
		cmocka_unit_test(cuts_at_random_for_many_starts),
		cmocka_unit_test(a_cut_while_provisioning_anew_leaves_the_old_seed_or_the_new_one),
		cmocka_unit_test(blank_torn_and_uniform_bytes_are_no_seed),
		cmocka_unit_test(a_flipped_bit_leaves_the_seed_or_none),
		cmocka_unit_test(erasing_never_brings_an_older_seed_back),
		cmocka_unit_test(a_page_serves_16_starts),
		cmocka_unit_test(a_granule_that_does_not_take_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
