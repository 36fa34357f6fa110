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

static void packing_saves_two_bytes_in_five(void **state)
{
	size_t packed = 0, plain = 0;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		packed += strlen(err_text(rows[i].err)) + 1;
		plain += strlen(rows[i].text) + 1;
	}
	if (packed_count == 0)
		assert_int_equal(packed, plain);
	else
		assert_true(packed * 5 < plain * 3);
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
}

static void every_code_ends_in_characters(void **state)
{
	(void)state;
	for (unsigned i = 0; i < packed_count; i++) {
		const char code[2] = { (char)(uint8_t)(0x80 + i), '\0' };
		struct packed p;
		size_t n = 0;
		char c;

		if (packed_pairs[i][0] == 0)
			continue;
		packed_init(&p, code);
		for (; (c = packed_next(&p)) != '\0'; n++) {
			assert_true(c >= ' ' && c <= '~');
			assert_true(p.depth <= PACKED_DEPTH);
		}
		assert_true(n >= 2);
	}
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
		cmocka_unit_test(packing_saves_two_bytes_in_five),
		cmocka_unit_test(a_text_that_is_not_packed_stands_for_itself),
		cmocka_unit_test(every_code_ends_in_characters),
		cmocka_unit_test(the_end_stays_the_end),
		cmocka_unit_test(what_does_not_fit_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
