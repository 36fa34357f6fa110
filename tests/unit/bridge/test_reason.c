/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "bridge/reason.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void every_code_has_a_name_of_its_own_and_a_legal_answer(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		assert_true(strlen(reason_name((enum reason_code)i)) > 2);
		assert_in_range(reason_rpc((enum reason_code)i), 0, 16);      /* google.rpc.Code */
		assert_in_range(reason_connack((enum reason_code)i), 0, 5);   /* 3.2.2.3 */
		for (int k = 0; k < i; k++)
			assert_string_not_equal(reason_name((enum reason_code)i), reason_name((enum reason_code)k));
	}
	assert_string_equal(reason_name(REASON_TOKEN_EXPIRED), "TOKEN_EXPIRED");
	assert_int_equal(reason_rpc(REASON_TOKEN_EXPIRED), 16);
	assert_string_equal(reason_phrase(REASON_TOKEN_EXPIRED), "SERVER: The authorization token expired.");
	assert_null(reason_phrase(REASON_TOPIC));
	assert_string_equal(reason_name((enum reason_code)9999), "FAULT");
}

static const struct quote_row {
	struct bytes value;
	size_t       max;
	const char  *want;
} quote_rows[] = {
	{ { (const uint8_t *)"", 0 }, 8, "''" },
	{ { NULL, 0 }, 8, "''" },
	{ { (const uint8_t *)"abc", 3 }, 3, "'abc'" },
	{ { (const uint8_t *)"abcd", 4 }, 3, "'abc...'" },
	{ { (const uint8_t *)"a'b\\c", 5 }, 8, "'a\\x27b\\x5cc'" },
	{ { (const uint8_t *)"\0\n\x7f\xff", 4 }, 8, "'\\x00\\x0a\\x7f\\xff'" },
	{ { (const uint8_t *)"%s%n", 4 }, 8, "'%s%n'" },
	{ { (const uint8_t *)"x", 1 }, 0, "'...'" },
};

static void quoted_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quote_rows); i++) {
		const struct quote_row *r = &quote_rows[i];
		char out[64];

		assert_ptr_equal(reason_quote(out, r->value, r->max), out);
		assert_string_equal(out, r->want);
	}
}

static void a_quoted_value_fits_what_is_promised(void **state)
{
	uint8_t value[20];

	(void)state;
	memset(value, 0xee, sizeof value);
	for (size_t max = 0; max <= sizeof value; max++) {
		char out[4 * sizeof value + 9];

		memset(out, 0x55, sizeof out);
		reason_quote(out, (struct bytes){ value, sizeof value }, max);
		assert_true(strlen(out) < 4 * max + 8);
		assert_int_equal(out[4 * max + 8], 0x55);
	}
}

static void a_sentence_is_one_printable_line_that_ends(void **state)
{
	char longer[2 * REASON_TEXT];
	struct reason r;

	(void)state;
	reason_set(&r, REASON_TOPIC, "a\nb\x1b[2J\xc3\xa9 %d", 7);
	assert_int_equal(r.code, REASON_TOPIC);
	assert_string_equal(r.text, "a?b?[2J?? 7");
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	reason_set(&r, REASON_TOPIC, "%s", longer);
	assert_int_equal(strlen(r.text), REASON_TEXT - 1);
	assert_string_equal(r.text + REASON_TEXT - 6, "xx...");
	longer[REASON_TEXT - 1] = '\0';
	reason_set(&r, REASON_TOPIC, "%s", longer);
	assert_string_equal(r.text, longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_of_its_own_and_a_legal_answer),
		cmocka_unit_test(quoted_values),
		cmocka_unit_test(a_quoted_value_fits_what_is_promised),
		cmocka_unit_test(a_sentence_is_one_printable_line_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
