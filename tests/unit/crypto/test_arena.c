/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/arena.h"

#include <stdbool.h>
#include <string.h>

static uint8_t mem[4096 + 8];

static void blocks_are_aligned_zeroed_and_apart(void **state)
{
	struct arena a;
	uint8_t *p[8];

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		memset(mem, 0xee, sizeof mem);
		arena_init(&a, mem + shift, 4096);
		for (size_t i = 0; i < 8; i++) {
			p[i] = arena_alloc(&a, 10 + i);
			assert_non_null(p[i]);
			assert_int_equal((uintptr_t)p[i] % 8, 0);
			for (size_t k = 0; k < 10 + i; k++)
				assert_int_equal(p[i][k], 0);
			memset(p[i], (int)i + 1, 10 + i);
		}
		for (size_t i = 0; i < 8; i++)
			for (size_t k = 0; k < 10 + i; k++)
				assert_int_equal(p[i][k], i + 1);
		for (size_t i = 0; i < 8; i++)
			arena_free(&a, p[i]);
		assert_int_equal(a.used, 0);
		assert_true(arena_largest(&a) >= 4096 - 8 - 8 - shift);
		assert_int_equal(mem[4096 + 7], 0xee);
	}
}

static void what_is_given_back_is_wiped_and_joined(void **state)
{
	struct arena a;

	(void)state;
	/* In every order of freeing three neighbours. */
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (size_t o = 0; o < 6; o++) {
		void *p[3];

		arena_init(&a, mem, 4096);
		for (size_t i = 0; i < 3; i++) {
			p[i] = arena_alloc(&a, 100);
			memset(p[i], 0x5a, 100);
		}
		for (size_t i = 0; i < 3; i++)
			arena_free(&a, p[orders[o][i]]);
		assert_int_equal(a.used, 0);
		assert_int_equal(a.peak, 3 * 112);
		assert_int_equal(arena_largest(&a), 4096 - 8);
		for (size_t i = 8; i < 4096; i++)
			assert_int_equal(mem[i], 0);
	}
}

static void no_room_is_counted_and_harmless(void **state)
{
	static const size_t sizes[] = { 4089, 4096, 65536, SIZE_MAX / 2, SIZE_MAX - 3, SIZE_MAX };
	struct arena a;
	void *p;

	(void)state;
	arena_init(&a, mem, 4096);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		assert_null(arena_alloc(&a, sizes[i]));
	assert_int_equal(a.refused, sizeof sizes / sizeof sizes[0]);
	p = arena_alloc(&a, 4088);
	assert_non_null(p);
	assert_int_equal(arena_largest(&a), 0);
	assert_null(arena_alloc(&a, 0));
	assert_int_equal(a.refused_size, 0);
	arena_free(&a, p);
	assert_non_null(arena_alloc(&a, 0));
	for (size_t size = 0; size < 64; size++) {   /* none of them may write outside */
		memset(mem, 0xee, sizeof mem);
		arena_init(&a, mem + 1, size);
		(void)arena_alloc(&a, 1);
		assert_int_equal(mem[0], 0xee);
		assert_int_equal(mem[size + 1], 0xee);
	}
}

static void a_block_can_give_back_its_end(void **state)
{
	struct arena a;
	uint8_t *p, *q;

	(void)state;
	for (size_t keep = 0; keep <= 200; keep++) {
		arena_init(&a, mem, 4096);
		p = arena_alloc(&a, 200);
		q = arena_alloc(&a, 8);
		memset(p, 0x5a, 200);
		arena_shrink(&a, p, keep);
		for (size_t i = 0; i < keep; i++)
			assert_int_equal(p[i], 0x5a);
		for (size_t i = (keep + 15) / 8 * 8; i < 200 && keep < 184; i++)
			assert_int_equal(p[i], 0);
		arena_free(&a, p);
		assert_int_equal(a.used, 16);
		arena_free(&a, q);
		assert_int_equal(a.used + a.misused, 0);
		assert_int_equal(arena_largest(&a), 4096 - 8);
	}
}

static void frees_of_strangers_are_counted_and_harmless(void **state)
{
	struct arena a;
	uint8_t *p;
	int outside;

	(void)state;
	arena_init(&a, mem, 4096);
	p = arena_alloc(&a, 64);
	arena_free(&a, NULL);
	assert_int_equal(a.misused, 0);
	arena_free(&a, &outside);
	arena_free(&a, mem + sizeof mem - 1);
	arena_free(&a, p + 1);
	arena_free(&a, p + 8);
	assert_int_equal(a.misused, 4);
	arena_free(&a, p);
	arena_free(&a, p);
	assert_int_equal(a.misused, 5);
	assert_int_equal(a.used, 0);
	assert_int_equal(arena_largest(&a), 4096 - 8);
}

/* Random use for long, against a model that knows what lies where. */
static void random_use_never_overlaps_and_never_leaks(void **state)
{
	struct { uint8_t *p; size_t n; uint8_t mark; } live[40] = { { NULL, 0, 0 } };
	uint32_t random = 12345;
	struct arena a;

	(void)state;
	arena_init(&a, mem, 4096);
	for (unsigned step = 0; step < 100000; step++) {
		random = random * 1664525u + 1013904223u;
		size_t i = (random >> 8) % 40;

		if (live[i].p != NULL) {
			for (size_t k = 0; k < live[i].n; k++)
				assert_int_equal(live[i].p[k], live[i].mark);
			arena_free(&a, live[i].p);
			live[i].p = NULL;
		} else {
			live[i].n = (random >> 16) % 300;
			live[i].p = random & 1 << 12 ? arena_alloc(&a, live[i].n) : arena_alloc_back(&a, live[i].n);
			live[i].mark = (uint8_t)(random >> 24);
			for (size_t k = 0; live[i].p != NULL && k < live[i].n; k++) {
				assert_int_equal(live[i].p[k], 0);
				live[i].p[k] = live[i].mark;
			}
		}
	}
	for (size_t i = 0; i < 40; i++)
		arena_free(&a, live[i].p);
	assert_true(a.refused > 0);   /* it was really full at times */
	assert_int_equal(a.used, 0);
	assert_int_equal(a.misused, 0);
	assert_int_equal(arena_largest(&a), 4096 - 8);
}

/* What is large comes and goes at the back; what stays gathers at the front. */
static void the_back_keeps_room_for_what_comes_and_goes(void **state)
{
	struct arena a;
	uint8_t *back, *stay;

	(void)state;
	arena_init(&a, mem, 4096);
	for (unsigned i = 0; i < 10; i++) {
		back = arena_alloc_back(&a, 3000);
		assert_non_null(back);
		assert_true(back + 3000 + 8 > mem + 4096);
		memset(back, 0x5a, 3000);
		stay = arena_alloc(&a, 50);
		assert_non_null(stay);
		assert_true(stay < mem + 1024);
		arena_free(&a, back);
	}
	assert_null(arena_alloc_back(&a, 4000));
	assert_int_equal(a.refused, 1);
	/* The only hole is taken whole. */
	assert_non_null(arena_alloc_back(&a, arena_largest(&a)));
	assert_null(arena_alloc_back(&a, 0));
	assert_int_equal(a.misused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_aligned_zeroed_and_apart),
		cmocka_unit_test(what_is_given_back_is_wiped_and_joined),
		cmocka_unit_test(no_room_is_counted_and_harmless),
		cmocka_unit_test(a_block_can_give_back_its_end),
		cmocka_unit_test(frees_of_strangers_are_counted_and_harmless),
		cmocka_unit_test(the_back_keeps_room_for_what_comes_and_goes),
		cmocka_unit_test(random_use_never_overlaps_and_never_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
