/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/json.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static const struct row {
	const char *name;
	struct bytes in;
	const char *plain, *payload;
} rows[] = {
	{ "text", BYTES("{\"t\":21.5}"), "{\"t\":21.5}", "{\"t\":21.5}" },
	{ "nothing", BYTES(""), "", "" },
	{ "more than ASCII", BYTES("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"), "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
	  "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "lines", BYTES("a\tb\r\n"), "a\\tb\\r\\n", "a\\tb\\r\\n" },
	{ "a terminal's sequence", BYTES("\x1b]0;x\a"), "\\x1b]0;x\\x07", "base64:G10wO3gH" },
	{ "zero", BYTES("a\0b"), "a\\x00b", "base64:YQBi" },
	{ "DEL", BYTES("\x7f"), "\\x7f", "base64:fw==" },
	{ "C1 as UTF-8", BYTES("\xc2\x9b" "31m"), "\\xc2\\x9b31m", "base64:wpszMW0=" },
	{ "C1 raw", BYTES("\x9b" "31m"), "\\x9b31m", "base64:mzMxbQ==" },
	{ "right to left", BYTES("\xe2\x80\xae" "x"), "\\xe2\\x80\\xaex", "base64:4oCueA==" },
	{ "UTF-8 cut short", BYTES("a\xe2\x82"), "a\\xe2\\x82", "base64:YeKC" },
	{ "overlong", BYTES("\xc0\x9b"), "\\xc0\\x9b", "base64:wJs=" },
	{ "overlong of three", BYTES("\xe0\x80\x9b"), "\\xe0\\x80\\x9b", "base64:4ICb" },
	{ "surrogate", BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80", "base64:7aCA" },
	{ "beyond Unicode", BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", "base64:9JCAgA==" },
	{ "five bytes", BYTES("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80", "base64:+IiAgIA=" },
};

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t *copy = malloc(rows[i].in.len + 1);     /* so that the sanitizer sees its end */
		struct buffer plain = { 0 }, payload = { 0 };

		memcpy(copy, rows[i].in.data, rows[i].in.len);
		say_plain(&plain, (struct bytes){ copy, rows[i].in.len });
		say_payload(&payload, (struct bytes){ copy, rows[i].in.len }, 0);
		if (strcmp(buffer_str(&plain), rows[i].plain) != 0)
			fail_msg("%s: '%s'", rows[i].name, buffer_str(&plain));
		if (strcmp(buffer_str(&payload), rows[i].payload) != 0)
			fail_msg("%s: payload '%s'", rows[i].name, buffer_str(&payload));
		buffer_free(&plain);
		buffer_free(&payload);
		free(copy);
	}
}

static void payload_is_cut_between_characters(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	say_payload(&b, bytes_of("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"), 5);
	assert_string_equal(b.data, "\xc3\xa4\xc3\xb6...");
	buffer_free(&b);
	buffer_text(&b, "before ");
	say_payload(&b, bytes_of("0123456789"), 10);
	assert_string_equal(b.data, "before 0123456789");
	buffer_free(&b);
}

/* What is printed is the same JSON. */
static void json_keeps_its_meaning(void **state)
{
	static const char json[] = "{\"a\":\"\x7f \xc2\x9b \xe2\x80\xae \x1b\",\n\t\"b\":\"\xc3\xa4\"}";
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	cJSON *before, *after;

	(void)state;
	say_json(f, bytes_of(json));
	fclose(f);
	for (size_t i = 0; i < size; i++)
		assert_true((unsigned char)text[i] >= 0x20 || strchr("\n\t", text[i]) != NULL);
	assert_null(strstr(text, "\xc2\x9b"));
	before = cJSON_Parse(json);
	after = cJSON_Parse(text);
	assert_true(cJSON_Compare(before, after, true));
	cJSON_Delete(before);
	cJSON_Delete(after);
	free(text);
}

static void numbers_bytes_and_times_of_json(void **state)
{
	cJSON *o = cJSON_Parse("{\"a\":\"18446744073709551615\",\"b\":17,\"c\":\"18446744073709551616\",\"d\":-1,\"e\":\"-1\","
			       "\"f\":\" 1\",\"g\":\"_-8=\",\"h\":\"/+8\",\"i\":\"x\",\"last_event\":{\"some_time\":"
			       "\"2026-11-23T00:43:10.123456Z\"},\"k\":\"1970-01-01T00:00:00Z\",\"l\":\"\\u001b[31m 2026-11-23\"}");
	struct buffer b = { 0 };
	uint64_t n = 5;
	char time[24];

	(void)state;
	assert_true(json_number(o, "a", &n) && n == UINT64_MAX);
	assert_true(json_number(o, "b", &n) && n == 17);
	for (const char *name = "c\0d\0e\0f\0g\0z\0"; *name != '\0'; name += 2)
		assert_false(json_number(o, name, &n));
	assert_true(n == 17);
	assert_true(json_bytes(o, "g", &b) && json_bytes(o, "h", &b) && b.len == 4);
	assert_memory_equal(b.data, "\xff\xef\xff\xef", 4);
	assert_false(json_bytes(o, "i", &b));
	assert_int_equal(b.len, 4);
	json_time(o, "lastEvent.someTime", time);
	assert_string_equal(time, "2026-11-23T00:43:10Z");
	json_time(o, "k", time);
	assert_string_equal(time, "");
	json_time(o, "l", time);
	assert_string_equal(time, "");
	buffer_free(&b);
	cJSON_Delete(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row), cmocka_unit_test(payload_is_cut_between_characters),
		cmocka_unit_test(json_keeps_its_meaning), cmocka_unit_test(numbers_bytes_and_times_of_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
