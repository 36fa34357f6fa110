/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that may be packed.  Built twice: with texts as they are (unit.texts) and
 * packed (unit.packed).  What each should be stands here and is not packed.
 */
#include "unit/cmocka_all.h"

#include "base/err.h"
#include "base/packed.h"

#include <string.h>

static const struct { enum err err; const char *name, *text; } rows[] = {
#define ERR_ROW(code, number, text) { code, #code, text },
	ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const char *unpacked(const char *packed)
{
	static char buf[512];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_say(&t, packed);
	assert_false(t.overflow);
	return buf;
}

static void every_error_says_what_its_list_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		assert_string_equal(unpacked(err_name(rows[i].err)), rows[i].name + strlen("ERR_"));
		assert_string_equal(unpacked(err_text(rows[i].err)), rows[i].text);
	}
	assert_string_equal(unpacked(err_name((enum err)99)), "UNLISTED");
	assert_string_equal(unpacked(err_text((enum err)99)), "a number that is not on the list of errors");
}

static void packing_saves_three_bytes_in_five(void **state)
{
	size_t packed = 0, plain = 0;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		packed += strlen(err_text(rows[i].err)) + 1;
		plain += strlen(rows[i].text) + 1;
	}
	if (packed_symbols == 0)
		assert_int_equal(packed, plain);
	else
		assert_true(packed * 5 < plain * 2);
}

static void a_text_that_is_not_packed_stands_for_itself(void **state)
{
	char all[0x7f - ' ' + 1] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof all - 1; i++)
		all[i] = (char)(' ' + i);
	assert_string_equal(unpacked(all), all);
	assert_string_equal(unpacked("\r\n\t\b\x1b[K"), "\r\n\t\b\x1b[K");
	assert_string_equal(unpacked(""), "");
	if (packed_symbols == 0)
		assert_string_equal(unpacked("\xc3\xa9"), "");
}

static unsigned halves_of(unsigned symbol, unsigned which)
{
	unsigned bit = symbol * 20 + which * 10, value = 0;

	for (unsigned end = bit + 10; bit < end; bit++)
		value = value * 2 + (packed_numbers[bit / 8] >> (7 - bit % 8) & 1);
	return value;
}

/* How many codes wait while SYMBOL is unpacked. */
static unsigned depth_of(unsigned symbol)
{
	unsigned first, second;

	assert_true(symbol < packed_symbols);
	if (halves_of(symbol, 1) == 0x3ff) {
		assert_true(halves_of(symbol, 0) < 0x7f);
		return 0;
	}
	first = depth_of(halves_of(symbol, 0)) + 1;
	second = depth_of(halves_of(symbol, 1));
	return first > second ? first : second;
}

static void every_symbol_ends_in_characters(void **state)
{
	(void)state;
	for (unsigned i = 0; i < packed_symbols; i++)
		assert_true(depth_of(i) <= PACKED_DEPTH);
}

/* The shortest code is of zeros, as many as there are bits in a code of that length:
 * the bytes of a row of them would be zero. */
static void a_row_of_zeros_has_no_zero_byte(void **state)
{
	const char row[] = "\x80\x01\x01\x01\x01\x01\x01\x01";      /* 7 + 7 * 7 zeros */
	const char *said = unpacked(row);
	size_t bits = 1, each;

	(void)state;
	if (packed_symbols == 0)
		return;
	while (packed_lengths[bits - 1] == 0)
		bits++;
	assert_true(strlen(said) > 0);
	assert_int_equal(strlen(said) % (56 / bits), 0);
	each = strlen(said) / (56 / bits);
	assert_memory_equal(said, said + each, strlen(said) - each);
}

static void the_end_stays_the_end(void **state)
{
	struct packed p;

	(void)state;
	packed_init(&p, T("the network"));
	for (size_t i = 0; i < strlen("the network"); i++)
		assert_int_equal(packed_next(&p), "the network"[i]);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(packed_next(&p), '\0');
}

static void what_does_not_fit_is_left_out(void **state)
{
	char buf[8];
	struct text t;

	(void)state;
	text_init(&t, buf, sizeof buf);
	text_say(&t, T("the network"));
	assert_string_equal(buf, "the net");
	assert_true(t.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_says_what_its_list_says),
		cmocka_unit_test(packing_saves_three_bytes_in_five),
		cmocka_unit_test(a_text_that_is_not_packed_stands_for_itself),
		cmocka_unit_test(every_symbol_ends_in_characters),
		cmocka_unit_test(a_row_of_zeros_has_no_zero_byte),
		cmocka_unit_test(the_end_stays_the_end),
		cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
