/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "base/bytes.h"
#include "base/calendar.h"
#include "base/crc.h"
#include "base/err.h"
#include "base/finding.h"
#include "base/link.h"
#include "base/ticks.h"

#include <string.h>

#define ERR_CODE(name, number, text) name,
static const enum err all[] = { ERR_LIST(ERR_CODE) };

static void every_error_has_its_own_name_and_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		assert_string_not_equal(err_name(all[i]), "UNLISTED");
		assert_true(strlen(err_text(all[i])) > 5);
		if (i > 0)
			assert_true(all[i] > all[i - 1]);
	}
	assert_string_equal(err_name(ERR_TLS_ROOT), "TLS_ROOT");
	assert_string_equal(err_name((enum err)99), "UNLISTED");
}

static void crc_matches_the_published_check_value(void **state)
{
	(void)state;
	assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32(crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
}

static void a_number_in_flash_begins_with_its_lowest_byte(void **state)
{
	uint8_t p[6] = { 0xaa, 0, 0, 0, 0, 0xbb };
	static const uint8_t want[6] = { 0xaa, 0x78, 0x56, 0x34, 0xf2, 0xbb };

	(void)state;
	bytes_put_u32(p + 1, 0xf2345678);
	assert_memory_equal(p, want, sizeof p);
	assert_int_equal(bytes_get_u32(p + 1), 0xf2345678);
}

static void numbers_are_read_up_to_their_limit(void **state)
{
	static const struct { const char *text; uint32_t max; bool ok; uint32_t value; } rows[] = {
		{ "0", 0, true, 0 },
		{ "1", 0, false, 0 },
		{ "65535", 65535, true, 65535 },
		{ "65536", 65535, false, 0 },
		{ "4294967295", UINT32_MAX, true, UINT32_MAX },
		{ "4294967296", UINT32_MAX, false, 0 },
		{ "99999999999", UINT32_MAX, false, 0 },
		{ "", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "007", 9, true, 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t v = 0;

		assert_int_equal(bytes_to_u32(bytes_of(rows[i].text), rows[i].max, &v), rows[i].ok);
		assert_int_equal(v, rows[i].value);
	}
}

static void text_stops_at_its_buffer_and_says_so(void **state)
{
	char buf[8];
	struct text t;

	(void)state;
	text_init(&t, buf, sizeof buf);
	text_add(&t, "ab");
	text_add_i64(&t, -12);
	assert_false(t.overflow);
	text_add_hex(&t, 0xbeef, 4);
	assert_true(t.overflow);
	assert_string_equal(buf, "ab-12be");
	text_init(&t, buf, sizeof buf);
	text_add_u32(&t, 0);
	assert_string_equal(buf, "0");
}

static void times_compare_across_the_wrap(void **state)
{
	(void)state;
	assert_true(ticks_reached(5, 0xfffffff0u));
	assert_false(ticks_reached(0xfffffff0u, 5));
	assert_int_equal(ticks_until(0xfffffff0u, 4), 20);
	assert_int_equal(ticks_until(4, 0xfffffff0u), 0);
}

static void every_day_from_year_1_to_9999_is_there_and_back(void **state)
{
	struct calendar before = { 0 };

	(void)state;
	for (int64_t day = -719162; day <= 2932896; day++) {
		int64_t unix_s = day * 86400 + (day & 0xffff);
		struct calendar c = calendar_from_unix(unix_s);

		assert_int_equal(calendar_to_unix(&c), unix_s);
		if (c.day == 1 && before.day != 0)
			assert_int_equal(before.day, calendar_days_in(before.year, before.month));
		else if (before.day != 0)
			assert_int_equal(c.day, before.day + 1);
		before = c;
	}
	assert_int_equal(before.year * 10000 + before.month * 100 + before.day, 99991231);
}

static void secrets_compare_and_vanish(void **state)
{
	char a[4] = "abc";

	(void)state;
	assert_true(bytes_equal_secret(a, "abc", 4));
	assert_false(bytes_equal_secret(a, "abd", 4));
	bytes_wipe(a, sizeof a);
	assert_true(bytes_equal_secret(a, "\0\0\0", 4));
}

static void a_lost_link_names_its_layer(void **state)
{
	(void)state;
	assert_int_equal(link_loss(ERR_MODEM_CLOSED), LINK_LOSS_CLOSED);
	assert_int_equal(link_loss(ERR_MODEM_PDP_LOST), LINK_LOSS_NET_DOWN);
	assert_int_equal(link_loss(ERR_MODEM_SILENT), LINK_LOSS_MODEM_DOWN);
}

static void a_finding_without_its_sentence_says_code_and_values(void **state)
{
	static const struct finding_info whole = { "HOST-PORT", "The %w '%v': set '%o', %1.", WEIGHT_ERROR, GRADE_IS },
					 bare = { "HOST-PORT", "", WEIGHT_ERROR, GRADE_IS };
	const struct finding_values v = { .what = "host", .value = bytes_of("a:1\x01"), .other = bytes_of("a"),
					  .number = { 7, 0, 9 } };
	char buf[80];
	struct text t;

	(void)state;
	text_init(&t, buf, sizeof buf);
	finding_tell(&t, whole, &v);
	assert_string_equal(buf, "The host 'a:1\\x01': set 'a', 7.");
	text_init(&t, buf, sizeof buf);
	finding_tell(&t, bare, &v);
	assert_string_equal(buf, "[HOST-PORT 'a:1\\x01' 'a' 7 9]");
	text_init(&t, buf, sizeof buf);
	finding_tell(&t, bare, &(struct finding_values){ .what = "pin" });
	assert_string_equal(buf, "[HOST-PORT]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_its_own_name_and_text),
		cmocka_unit_test(crc_matches_the_published_check_value),
		cmocka_unit_test(a_number_in_flash_begins_with_its_lowest_byte),
		cmocka_unit_test(numbers_are_read_up_to_their_limit),
		cmocka_unit_test(text_stops_at_its_buffer_and_says_so),
		cmocka_unit_test(times_compare_across_the_wrap),
		cmocka_unit_test(every_day_from_year_1_to_9999_is_there_and_back),
		cmocka_unit_test(secrets_compare_and_vanish),
		cmocka_unit_test(a_lost_link_names_its_layer),
		cmocka_unit_test(a_finding_without_its_sentence_says_code_and_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
