/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "bridge/reason.h"
#include "support/sentence_rules.h"

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
	{ { (const uint8_t *)"", 0 }, 8, "nothing" },
	{ { NULL, 0 }, 8, "nothing" },
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
	assert_string_equal(r.text, "a?b?[2J?? 7 - on the device: correct the topic [TOPIC]");
	assert_int_equal(r.said, 11);
	reason_advise(&r, "stop");
	assert_string_equal(r.text, "a?b?[2J?? 7 - stop [TOPIC]");
	reason_advise(&r, NULL);
	assert_string_equal(r.text, "a?b?[2J?? 7");
	for (size_t len = 300; len < sizeof longer; len++) {
		size_t most = REASON_SENTENCE - strlen(" - on the device: correct the topic");

		memset(longer, 'x', len);
		longer[len] = '\0';
		reason_set(&r, REASON_TOPIC, "%s", longer);
		assert_int_equal(r.said, len < most ? len : most);
		assert_int_equal(strncmp(r.text + r.said - 3, "...", 3) == 0, len > most);
		assert_string_equal(r.text + r.said, " - on the device: correct the topic [TOPIC]");
		assert_null(sentence_flaw(r.text));
	}
	reason_set(&r, REASON_DISCONNECT, "the device said DISCONNECT");      /* nothing is to be done */
	assert_string_equal(r.text, "the device said DISCONNECT");
}

static void what_is_to_be_done_is_said_wherever_there_is_something(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		const char *act = reason_act((enum reason_code)i);
		struct reason r;

		assert_int_equal(act == NULL, i == REASON_NONE || i == REASON_DISCONNECT || i == REASON_CLIENT_LEFT);
		if (act == NULL)
			continue;
		if (strncmp(act, "on the device: ", 15) != 0 && strncmp(act, "here: ", 6) != 0 &&
		    strncmp(act, "nothing: ", 9) != 0 && strncmp(act, "if it goes on, ", 15) != 0)
			fail_msg("%s: who is to do it: %s", reason_name((enum reason_code)i), act);
		reason_set(&r, (enum reason_code)i, "this is what failed");
		if (sentence_flaw(r.text) != NULL)
			fail_msg("%s: %s", sentence_flaw(r.text), r.text);
		assert_non_null(strstr(r.text, reason_name((enum reason_code)i)));
	}
	assert_null(reason_act((enum reason_code)9999));
}

static void spans_in_words(void **state)
{
	static const struct { int64_t s; const char *want; } rows[] = {
		{ 0, "0 s" }, { 119, "119 s" }, { 120, "2 min 00 s" }, { 601, "10 min 01 s" }, { 3599, "59 min 59 s" },
		{ 3600, "1 h 00 min" }, { 3720, "1 h 02 min" }, { 172799, "47 h 59 min" }, { 172800, "2 days 0 h" },
		{ 730 * 86400 - 1, "729 days 23 h" }, { 730 * 86400, "2 years 0 days" }, { -3720, "1 h 02 min" },
		{ 1800000000, "57 years 28 days" }, { INT64_MIN, "292471208677 years 195 days" },
	};
	char out[REASON_SPAN];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_ptr_equal(reason_span(out, rows[i].s), out);
		assert_string_equal(out, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_of_its_own_and_a_legal_answer),
		cmocka_unit_test(quoted_values),
		cmocka_unit_test(a_quoted_value_fits_what_is_promised),
		cmocka_unit_test(a_sentence_is_one_printable_line_that_ends),
		cmocka_unit_test(what_is_to_be_done_is_said_wherever_there_is_something),
		cmocka_unit_test(spans_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
