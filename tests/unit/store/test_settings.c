/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "base/bytes.h"
#include "store/layout.h"
#include "store/settings.h"
#include "support/flash_model.h"

#include <string.h>

static struct flash_model model;
static struct settings s;
static uint8_t buf[SETTINGS_MAX_SIZE];
static size_t len;

/* The real layout, or SMALL pages: two areas of 1 KB. */
enum { REAL, SMALL };

static enum err start(int layout)
{
	return layout == REAL ? settings_init(&s, &model.flash, LAYOUT_SETTINGS_PAGE, LAYOUT_SETTINGS_PAGES)
			      : settings_init(&s, &model.flash, 0, 8);
}

static void fresh(int layout)
{
	if (layout == REAL)
		flash_model_init(&model, LAYOUT_PAGE_SIZE, LAYOUT_PAGES_MIN, 1);
	else
		flash_model_init(&model, 256, 8, 1);
	assert_int_equal(start(layout), ERR_OK);
}

static enum err set_text(enum settings_key key, const char *text)
{
	return settings_set(&s, key, text, strlen(text));
}

static void assert_text(enum settings_key key, const char *want)
{
	char text[SETTINGS_MAX_SIZE];

	assert_int_equal(settings_get_text(&s, key, text, sizeof text, &len), ERR_OK);
	assert_string_equal(text, want);
	assert_int_equal(len, strlen(want));
	assert_int_equal(settings_size(&s, key), len);
}

static const uint8_t *pattern(unsigned first, size_t n)
{
	static uint8_t p[SETTINGS_MAX_SIZE + 1];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(first + 7 * i + i / 256);
	return p;
}

static void numbers_and_names_are_what_they_have_always_been(void **state)
{
	static const struct { unsigned number; const char *name; } rows[] = {
		{ 1, "host" }, { 2, "port" }, { 3, "project" }, { 4, "region" }, { 5, "registry" }, { 6, "device" },
		{ 7, "apn" }, { 8, "apn-user" }, { 9, "apn-password" }, { 10, "pin" }, { 11, "ntp" },
		{ 12, "interval" }, { 13, "led" }, { 14, "key" }, { 15, "root-0" }, { 16, "root-1" },
		{ 17, "root-2" }, { 18, "root-3" }, { 19, "config-id" }, { 20, "command-id" },
		{ 21, "clock-floor" }, { 22, "outbox-seq" }, { 23, "pin-refused" }, { 24, "baud" },
	};
	enum settings_key key;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(settings_find(rows[i].name, strlen(rows[i].name), &key));
		assert_int_equal(key, rows[i].number);
		assert_string_equal(settings_info(key)->name, rows[i].name);
	}
	assert_false(settings_find("hos", 3, &key));
	assert_false(settings_find("", 0, &key));
	assert_null(settings_info((enum settings_key)0));
	assert_null(settings_info((enum settings_key)SETTINGS_LIMIT));
	assert_true(settings_info(SETTINGS_KEY)->secret && settings_info(SETTINGS_PIN)->secret
		    && settings_info(SETTINGS_APN_PASSWORD)->secret);
}

static void wrong_arguments_change_nothing(void **state)
{
	static const struct { const char *name; unsigned key; size_t len; enum err want; } rows[] = {
		{ "number 0", 0, 4, ERR_ARG },
		{ "number that is not on the list", 31, 4, ERR_ARG },
		{ "number beyond the limit", 32, 4, ERR_ARG },
		{ "number far beyond", 4000, 4, ERR_ARG },
		{ "empty text", SETTINGS_HOST, 0, ERR_ARG },
		{ "text one too long", SETTINGS_HOST, 254, ERR_TOO_LONG },
		{ "u32 of three bytes", SETTINGS_PORT, 3, ERR_ARG },
		{ "u32 of eight bytes", SETTINGS_PORT, 8, ERR_ARG },
		{ "i64 of four bytes", SETTINGS_CLOCK_FLOOR, 4, ERR_ARG },
		{ "key one too long", SETTINGS_KEY, 2401, ERR_TOO_LONG },
		{ "root one too long", SETTINGS_ROOT_3, 2049, ERR_TOO_LONG },
	};
	uint32_t ops;

	(void)state;
	fresh(REAL);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	ops = model.ops;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (settings_set(&s, (enum settings_key)rows[i].key, pattern(1, rows[i].len), rows[i].len) != rows[i].want)
			fail_msg("%s", rows[i].name);
	assert_int_equal(settings_erase(&s, (enum settings_key)31), ERR_ARG);
	assert_int_equal(settings_get(&s, (enum settings_key)32, buf, sizeof buf, &len), ERR_ARG);
	assert_int_equal(settings_get(&s, SETTINGS_HOST, buf, 8, &len), ERR_TOO_LONG);
	assert_int_equal(len, 9);
	assert_int_equal(settings_get_text(&s, SETTINGS_HOST, (char *)buf, 9, &len), ERR_TOO_LONG);
	assert_int_equal(buf[0], 0);
	assert_int_equal(settings_read(&s, SETTINGS_HOST, 8, buf, 2), ERR_ARG);
	assert_int_equal(settings_read(&s, SETTINGS_HOST, SIZE_MAX, buf, 2), ERR_ARG);
	assert_int_equal(settings_read(&s, SETTINGS_HOST, 10, buf, 0), ERR_ARG);
	assert_int_equal(settings_get(&s, SETTINGS_APN, buf, sizeof buf, &len), ERR_NOT_FOUND);
	assert_int_equal(settings_size(&s, SETTINGS_APN), 0);
	assert_text(SETTINGS_HOST, "a.example");
	assert_int_equal(model.ops, ops);
}

static void areas_that_do_not_exist_are_refused(void **state)
{
	static const struct { uint32_t first, pages; enum err want; } rows[] = {
		{ 0, 18, ERR_OK }, { 0, 20, ERR_ARG }, { 2, 18, ERR_ARG }, { 17, 2, ERR_ARG }, { 16, 2, ERR_OK },
		{ 0, 3, ERR_ARG }, { 0, 0, ERR_ARG }, { 4000000000u, 2, ERR_ARG }, { 1, UINT32_MAX - 1, ERR_ARG },
	};

	(void)state;
	flash_model_init(&model, 2048, 18, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(settings_init(&s, &model.flash, rows[i].first, rows[i].pages), rows[i].want);
	flash_model_init(&model, 256, 8, 1);
	assert_int_equal(settings_init(&s, &model.flash, 0, 2), ERR_ARG);
	assert_int_equal(settings_set_u32(&s, SETTINGS_PORT, 1), ERR_ARG);
}

static void values_survive_a_restart(void **state)
{
	uint32_t port;
	int64_t floor_s;

	(void)state;
	fresh(REAL);
	assert_int_equal(set_text(SETTINGS_HOST, "first.example"), ERR_OK);
	assert_int_equal(settings_set_u32(&s, SETTINGS_PORT, 0xfffefdfcu), ERR_OK);
	assert_int_equal(settings_set_i64(&s, SETTINGS_CLOCK_FLOOR, -2), ERR_OK);
	assert_int_equal(set_text(SETTINGS_HOST, "second.example"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_APN, "iot"), ERR_OK);
	assert_int_equal(settings_erase(&s, SETTINGS_APN), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_text(SETTINGS_HOST, "second.example");
		assert_int_equal(settings_get_u32(&s, SETTINGS_PORT, &port), ERR_OK);
		assert_int_equal(port, 0xfffefdfcu);
		assert_int_equal(settings_get_i64(&s, SETTINGS_CLOCK_FLOOR, &floor_s), ERR_OK);
		assert_int_equal(floor_s, -2);
		assert_int_equal(settings_get(&s, SETTINGS_APN, buf, sizeof buf, &len), ERR_NOT_FOUND);
		assert_int_equal(settings_get_u32(&s, SETTINGS_HOST, &port), ERR_ARG);
		assert_int_equal(start(REAL), ERR_OK);
	}
}

static void starting_writes_nothing_when_nothing_was_cut(void **state)
{
	(void)state;
	fresh(REAL);
	assert_int_equal(model.ops, 0);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	flash_model_power_on(&model);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(start(REAL), ERR_OK);
	assert_int_equal(model.ops, 0);
	assert_int_equal(settings_set(&s, SETTINGS_HOST, "a.example", 9), ERR_OK);
	assert_int_equal(settings_erase(&s, SETTINGS_APN), ERR_OK);
	assert_int_equal(model.ops, 0);
}

static void every_setting_at_its_largest_fits_at_once(void **state)
{
	(void)state;
	fresh(REAL);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned key = 1; key < SETTINGS_LIMIT; key++) {
			const struct settings_info *info = settings_info((enum settings_key)key);

			if (info != NULL)
				assert_int_equal(settings_set(&s, (enum settings_key)key, pattern(key + 50 * round, info->max),
							      info->max), ERR_OK);
		}
		assert_int_equal(start(REAL), ERR_OK);
		for (unsigned key = 1; key < SETTINGS_LIMIT; key++) {
			const struct settings_info *info = settings_info((enum settings_key)key);

			if (info == NULL)
				continue;
			assert_int_equal(settings_get(&s, (enum settings_key)key, buf, sizeof buf, &len), ERR_OK);
			assert_int_equal(len, info->max);
			assert_memory_equal(buf, pattern(key + 50 * round, len), len);
			assert_int_equal(settings_read(&s, (enum settings_key)key, len / 2, buf, len - len / 2), ERR_OK);
			assert_memory_equal(buf, pattern(key + 50 * round, len) + len / 2, len - len / 2);
		}
	}
	assert_true(settings_free(&s) >= 2048);
	assert_int_equal(model.violations, 0);
}

static void a_full_store_says_so_and_keeps_what_it_has(void **state)
{
	(void)state;
	fresh(SMALL);
	assert_int_equal(settings_set(&s, SETTINGS_ROOT_0, pattern(1, 300), 300), ERR_OK);
	assert_int_equal(settings_set(&s, SETTINGS_ROOT_1, pattern(2, settings_free(&s) + 1), settings_free(&s) + 1),
			 ERR_STORE_FULL);
	len = settings_free(&s);
	assert_int_equal(settings_set(&s, SETTINGS_ROOT_1, pattern(2, len), len), ERR_OK);
	assert_int_equal(settings_free(&s), 0);
	assert_int_equal(settings_set_u32(&s, SETTINGS_PORT, 1), ERR_STORE_FULL);
	assert_int_equal(settings_set(&s, SETTINGS_ROOT_0, pattern(3, 300), 300), ERR_OK);
	assert_int_equal(settings_set(&s, SETTINGS_ROOT_0, pattern(3, 305), 305), ERR_STORE_FULL);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_int_equal(settings_get(&s, SETTINGS_ROOT_0, buf, sizeof buf, &len), ERR_OK);
	assert_memory_equal(buf, pattern(3, 300), 300);
	assert_int_equal(settings_erase(&s, SETTINGS_ROOT_1), ERR_OK);
	assert_int_equal(settings_set_u32(&s, SETTINGS_PORT, 1), ERR_OK);
}

static void a_secret_that_is_replaced_leaves_no_copy(void **state)
{
	static const char *const keys[] = { "old secret number one", "the second secret", "and a third one, longer" };

	(void)state;
	fresh(REAL);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(set_text(SETTINGS_KEY, keys[i]), ERR_OK);
		assert_true(flash_model_contains(&model, keys[i], strlen(keys[i])));
		for (size_t old = 0; old < i; old++)
			assert_false(flash_model_contains(&model, keys[old], strlen(keys[old])));
	}
	assert_int_equal(settings_erase(&s, SETTINGS_KEY), ERR_OK);
	assert_false(flash_model_contains(&model, keys[2], strlen(keys[2])));
	assert_text(SETTINGS_HOST, "a.example");
}

static void factory_reset_leaves_nothing(void **state)
{
	(void)state;
	fresh(REAL);
	assert_int_equal(settings_erase_all(&s), ERR_OK);
	assert_int_equal(set_text(SETTINGS_HOST, "some.host.example"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_PIN, "90210"), ERR_OK);
	assert_int_equal(settings_erase_all(&s), ERR_OK);
	assert_int_equal(start(REAL), ERR_OK);
	assert_false(flash_model_contains(&model, "some.host", 9));
	assert_false(flash_model_contains(&model, "90210", 5));
	for (unsigned key = 1; key < SETTINGS_LIMIT; key++)
		assert_int_equal(settings_size(&s, (enum settings_key)key), 0);
	assert_int_equal(set_text(SETTINGS_HOST, "next.example"), ERR_OK);
}

static void wear_is_even_and_small(void **state)
{
	uint32_t most = 0, least = UINT32_MAX;

	(void)state;
	fresh(REAL);
	for (uint32_t i = 0; i < 4000; i++) {
		assert_int_equal(settings_set_i64(&s, SETTINGS_CLOCK_FLOOR, i), ERR_OK);
		if (i % 10 == 0)
			assert_int_equal(start(REAL), ERR_OK);
	}
	for (uint32_t page = LAYOUT_SETTINGS_PAGE; page < LAYOUT_SETTINGS_PAGE + LAYOUT_SETTINGS_PAGES; page++) {
		most = model.erases[page] > most ? model.erases[page] : most;
		least = model.erases[page] < least ? model.erases[page] : least;
	}
	print_message("4000 changes: %u to %u erases a page\n", least, most);
	assert_true(most <= 12);              /* a page stands 10 000 erases: over three million changes */
	assert_true(most - least <= 2);
}

/* --- bytes that change by themselves --------------------------------------- */

static void flip(uint32_t byte, unsigned bit)
{
	model.mem[byte] ^= (uint8_t)(1u << bit);
}

static void a_flipped_bit_never_makes_a_wrong_value(void **state)
{
	static const enum settings_key keys[] = { SETTINGS_HOST, SETTINGS_APN, SETTINGS_KEY, SETTINGS_DEVICE };
	static const char *const values[] = { "a.example", "internet", "not a real key", "device-1" };
	static struct flash_model good;
	unsigned damaged = 0, gone = 0;

	(void)state;
	fresh(SMALL);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(set_text(keys[i], values[i]), ERR_OK);
	flash_model_copy(&good, &model);
	for (uint32_t bit = 0; bit < 8 * 2048; bit++) {
		unsigned wrong = 0;

		flash_model_copy(&model, &good);
		flip(bit / 8, bit % 8);
		assert_int_equal(start(SMALL), ERR_OK);
		for (size_t i = 0; i < 4; i++) {
			enum err e = settings_get(&s, keys[i], buf, sizeof buf, &len);

			if (e == ERR_OK) {
				assert_int_equal(len, strlen(values[i]));
				assert_memory_equal(buf, values[i], len);
				continue;
			}
			assert_true(e == ERR_STORE_CORRUPT || e == ERR_NOT_FOUND);
			damaged += e == ERR_STORE_CORRUPT;
			gone += e == ERR_NOT_FOUND;
			wrong++;
		}
		assert_true(wrong <= 1);
	}
	print_message("of 16384 bits, %u damage a value, %u hide one\n", damaged, gone);
	assert_true(damaged > 8 * 40 && gone > 0);
}

static uint32_t find_bytes(const char *text)
{
	for (uint32_t i = 0; i + strlen(text) <= 2048; i++)
		if (memcmp(model.mem + i, text, strlen(text)) == 0)
			return i;
	fail_msg("'%s' is not in flash", text);
	return 0;
}

static void a_damaged_value_is_not_replaced_by_an_older_one(void **state)
{
	(void)state;
	fresh(SMALL);
	assert_int_equal(set_text(SETTINGS_HOST, "older.example"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_HOST, "newer.example"), ERR_OK);
	flip(find_bytes("newer"), 3);
	assert_int_equal(settings_get(&s, SETTINGS_HOST, buf, sizeof buf, &len), ERR_STORE_CORRUPT);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_int_equal(settings_get(&s, SETTINGS_HOST, buf, sizeof buf, &len), ERR_STORE_CORRUPT);
	assert_int_equal(settings_size(&s, SETTINGS_HOST), 0);

	/* nor when everything moves */
	assert_int_equal(set_text(SETTINGS_PIN, "1234"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_PIN, "1235"), ERR_OK);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_int_equal(settings_get(&s, SETTINGS_HOST, buf, sizeof buf, &len), ERR_STORE_CORRUPT);
	assert_int_equal(set_text(SETTINGS_HOST, "repaired.example"), ERR_OK);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_text(SETTINGS_HOST, "repaired.example");
}

static void damage_after_the_start_is_noticed_when_everything_moves(void **state)
{
	(void)state;
	fresh(SMALL);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_PIN, "1234"), ERR_OK);
	flip(find_bytes("a.example"), 0);
	assert_int_equal(set_text(SETTINGS_PIN, "1235"), ERR_OK);
	assert_int_equal(settings_get(&s, SETTINGS_HOST, buf, sizeof buf, &len), ERR_STORE_CORRUPT);
	assert_text(SETTINGS_PIN, "1235");
}

static void flash_full_of_something_else_is_reported_and_taken(void **state)
{
	(void)state;
	flash_model_init(&model, 256, 8, 1);
	memset(model.mem, 0x5a, 2048);
	memset(model.state, 1, 2048 / FLASH_GRANULE);
	assert_int_equal(start(SMALL), ERR_STORE_CORRUPT);
	assert_int_equal(settings_get(&s, SETTINGS_HOST, buf, sizeof buf, &len), ERR_NOT_FOUND);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_text(SETTINGS_HOST, "a.example");
}

static void what_was_found_unreadable_cannot_come_back_later(void **state)
{
	(void)state;
	fresh(SMALL);
	assert_int_equal(set_text(SETTINGS_HOST, "before.example"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_PIN, "1111"), ERR_OK);
	assert_int_equal(set_text(SETTINGS_PIN, "2222"), ERR_OK);   /* now in the other area, generation 2 */
	for (uint32_t byte = 1024; byte < 1024 + 2 * FLASH_GRANULE; byte++)
		flip(byte, 0);
	assert_int_equal(start(SMALL), ERR_STORE_CORRUPT);
	assert_int_equal(set_text(SETTINGS_APN, "internet"), ERR_OK);
	assert_false(flash_model_contains(&model, "before.example", 14));
	assert_int_equal(start(SMALL), ERR_OK);
	assert_text(SETTINGS_APN, "internet");
}

/* A value may hold anything, also a copy of what lies in flash. */
static void a_value_that_looks_like_a_record_is_not_taken_for_one(void **state)
{
	uint32_t at;

	(void)state;
	fresh(SMALL);
	assert_int_equal(set_text(SETTINGS_HOST, "first.example"), ERR_OK);
	at = find_bytes("first.example") - FLASH_GRANULE;
	memcpy(buf, model.mem + at, 4 * FLASH_GRANULE);
	assert_int_equal(set_text(SETTINGS_HOST, "second.example"), ERR_OK);
	model.stuck = UINT32_MAX;
	flash_model_cut_at(&model, 5, CUT_BEFORE);                  /* the commit of what follows */
	assert_int_equal(settings_set(&s, SETTINGS_ROOT_0, buf, 4 * FLASH_GRANULE), ERR_FLASH_IO);
	flash_model_power_on(&model);
	assert_int_equal(find_bytes("first.example") - FLASH_GRANULE, at);
	memcpy(buf + 100, model.mem + at, 4 * FLASH_GRANULE);
	assert_memory_equal(buf, buf + 100, 4 * FLASH_GRANULE);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_text(SETTINGS_HOST, "second.example");
	assert_int_equal(settings_size(&s, SETTINGS_ROOT_0), 0);
}

static void a_cut_never_leaves_two_secrets_readable(void **state)
{
	static struct flash_model good;
	static const char old[] = "the old secret", new[] = "one that is new";

	(void)state;
	fresh(SMALL);
	assert_int_equal(set_text(SETTINGS_KEY, old), ERR_OK);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	flash_model_copy(&good, &model);
	for (uint32_t op = 0;; op++) {
		flash_model_copy(&model, &good);
		assert_int_equal(start(SMALL), ERR_OK);
		flash_model_cut_at(&model, op, op % 2 == 0 ? CUT_BEFORE : CUT_AFTER);
		if (set_text(SETTINGS_KEY, new) == ERR_OK)
			break;
		flash_model_power_on(&model);
		assert_int_equal(start(SMALL), ERR_OK);
		assert_true(flash_model_contains(&model, old, sizeof old - 1)
			    != flash_model_contains(&model, new, sizeof new - 1));
	}
}

/* --- parts that wear out --------------------------------------------------- */

static void a_granule_that_does_not_take_is_passed_over(void **state)
{
	(void)state;
	for (uint32_t stuck = 0; stuck < 2048 / FLASH_GRANULE; stuck++) {
		flash_model_init(&model, 256, 8, 1);
		model.stuck = stuck;
		assert_int_equal(start(SMALL), ERR_OK);
		assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
		assert_int_equal(set_text(SETTINGS_KEY, "a secret"), ERR_OK);
		assert_int_equal(set_text(SETTINGS_KEY, "another secret"), ERR_OK);
		assert_int_equal(settings_set_u32(&s, SETTINGS_PORT, stuck), ERR_OK);
		assert_int_equal(start(SMALL), ERR_OK);
		assert_text(SETTINGS_HOST, "a.example");
		assert_text(SETTINGS_KEY, "another secret");
	}
}

static void a_page_that_cannot_be_erased_loses_no_value(void **state)
{
	(void)state;
	for (uint32_t bad = 0; bad < 8; bad++) {
		fresh(SMALL);
		assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
		assert_int_equal(set_text(SETTINGS_KEY, "a secret"), ERR_OK);
		model.bad_page = bad;
		assert_int_equal(set_text(SETTINGS_KEY, "another secret"), ERR_FLASH_IO);
		assert_text(SETTINGS_HOST, "a.example");
		assert_int_equal(settings_get(&s, SETTINGS_KEY, buf, sizeof buf, &len), ERR_OK);
		assert_int_equal(set_text(SETTINGS_HOST, "b.example"), ERR_OK);
		assert_int_equal(start(SMALL), ERR_OK);
		assert_text(SETTINGS_HOST, "b.example");
	}
}

static void a_granule_that_does_not_erase_is_noticed_before_it_is_relied_on(void **state)
{
	(void)state;
	for (uint32_t stain = 0; stain < 2048 / FLASH_GRANULE; stain++) {
		fresh(SMALL);
		model.stain = stain;
		assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
		for (char c = 'a'; c < 'h'; c++) {
			char secret[] = "a secret of some length, number _";

			secret[32] = c;
			if (set_text(SETTINGS_KEY, secret) != ERR_OK)
				break;
			assert_text(SETTINGS_KEY, secret);
		}
		assert_text(SETTINGS_HOST, "a.example");
		assert_int_equal(start(SMALL), ERR_OK);
		assert_text(SETTINGS_HOST, "a.example");
		assert_int_equal(model.violations, 0);
	}
}

static void a_part_that_fails_altogether_stays_failed(void **state)
{
	(void)state;
	fresh(SMALL);
	assert_int_equal(set_text(SETTINGS_HOST, "a.example"), ERR_OK);
	flash_model_cut_at(&model, 1, CUT_TORN);
	assert_int_equal(set_text(SETTINGS_HOST, "b.example"), ERR_FLASH_IO);
	flash_model_power_on(&model);
	assert_text(SETTINGS_HOST, "a.example");
	assert_int_equal(set_text(SETTINGS_HOST, "c.example"), ERR_FLASH_IO);
	assert_int_equal(settings_erase(&s, SETTINGS_HOST), ERR_FLASH_IO);
	assert_int_equal(settings_erase_all(&s), ERR_FLASH_IO);
	assert_int_equal(start(SMALL), ERR_OK);
	assert_int_equal(set_text(SETTINGS_HOST, "c.example"), ERR_OK);
}

static void starting_reads_a_bounded_number_of_times(void **state)
{
	(void)state;
	fresh(REAL);
	for (unsigned key = SETTINGS_ROOT_0; key <= SETTINGS_ROOT_3; key++)
		assert_int_equal(settings_set(&s, (enum settings_key)key, pattern(key, 2048), 2048), ERR_OK);
	model.reads = 0;
	assert_int_equal(start(REAL), ERR_OK);
	print_message("a start reads flash %u times\n", model.reads);
	assert_true(model.reads <= 4200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_names_are_what_they_have_always_been),
		cmocka_unit_test(wrong_arguments_change_nothing),
		cmocka_unit_test(areas_that_do_not_exist_are_refused),
		cmocka_unit_test(values_survive_a_restart),
		cmocka_unit_test(starting_writes_nothing_when_nothing_was_cut),
		cmocka_unit_test(every_setting_at_its_largest_fits_at_once),
		cmocka_unit_test(a_full_store_says_so_and_keeps_what_it_has),
		cmocka_unit_test(a_secret_that_is_replaced_leaves_no_copy),
		cmocka_unit_test(factory_reset_leaves_nothing),
		cmocka_unit_test(wear_is_even_and_small),
		cmocka_unit_test(a_flipped_bit_never_makes_a_wrong_value),
		cmocka_unit_test(a_damaged_value_is_not_replaced_by_an_older_one),
		cmocka_unit_test(damage_after_the_start_is_noticed_when_everything_moves),
		cmocka_unit_test(flash_full_of_something_else_is_reported_and_taken),
		cmocka_unit_test(what_was_found_unreadable_cannot_come_back_later),
		cmocka_unit_test(a_value_that_looks_like_a_record_is_not_taken_for_one),
		cmocka_unit_test(a_cut_never_leaves_two_secrets_readable),
		cmocka_unit_test(a_granule_that_does_not_take_is_passed_over),
		cmocka_unit_test(a_page_that_cannot_be_erased_loses_no_value),
		cmocka_unit_test(a_granule_that_does_not_erase_is_noticed_before_it_is_relied_on),
		cmocka_unit_test(a_part_that_fails_altogether_stays_failed),
		cmocka_unit_test(starting_reads_a_bounded_number_of_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
