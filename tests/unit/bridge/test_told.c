/* SPDX-License-Identifier: Apache-2.0 */
/* What devices tell on events/diagnosis, and what anybody else might put there. */
#include "unit/cmocka_all.h"

#include "bridge/told.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS 1795372205000LL   /* 2026-11-22T18:30:05Z */
#define LINE   "diagnosis: The server's certificate was issued by 'X': add it. [TLS-ROOT-1 err=TLS_ROOT]"

static bool read_text(struct told *t, const char *json)
{
	memset(t, 0x5a, sizeof *t);
	return told_read(t, bytes_of(json), NOW_MS);
}

static void what_a_device_tells_is_taken(void **state)
{
	static const struct { const char *name, *json, *code, *line; int64_t at_ms; uint32_t times; } rows[] = {
		{ "whole", "{\"code\":\"TLS-ROOT-1\",\"at\":\"2026-11-22T18:30:05Z\",\"times\":3,\"line\":\"" LINE "\"}",
		  "TLS-ROOT-1", LINE, NOW_MS, 3 },
		{ "without a time", "{\"code\":\"CLOCK-1\",\"times\":3,\"line\":\"x\"}", "CLOCK-1", "x", 0, 3 },
		{ "without a count", "{\"code\":\"CLOCK-1\",\"line\":\"x\"}", "CLOCK-1", "x", 0, 1 },
		{ "in another order, with spaces and more members",
		  "{ \"line\" : \"x\" , \"more\" : [1,{}], \"code\":\"A\" }", "A", "x", 0, 1 },
		{ "escapes", "{\"code\":\"A\",\"line\":\"say \\\"x\\\" \\\\ \\u0041\"}", "A", "say \"x\" \\ A", 0, 1 },
		{ "control characters, escaped", "{\"code\":\"A\",\"line\":\"a\\n\\u001b[31mb\\u0000c\\u007f\"}", "A",
		  "a??[31mb?c?", 0, 1 },
		{ "what is not ASCII", "{\"code\":\"A\",\"line\":\"\xc3\xa9\\u202e\"}", "A", "?????", 0, 1 },
		{ "ten minutes ahead of here", "{\"code\":\"A\",\"at\":\"2026-11-22T18:40:05Z\",\"line\":\"x\"}", "A", "x",
		  NOW_MS + 600000, 1 },
		{ "a clock that was wrong", "{\"code\":\"A\",\"at\":\"2026-11-22T18:40:06Z\",\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "a day that does not exist", "{\"code\":\"A\",\"at\":\"2026-02-29T18:40:06Z\",\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "another form of time", "{\"code\":\"A\",\"at\":\"2026-11-22 18:30:05Z\",\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "a time of letters", "{\"code\":\"A\",\"at\":\"yyyy-11-22T18:30:05Z\",\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "a time that is a number", "{\"code\":\"A\",\"at\":1795372205,\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "a count that is none", "{\"code\":\"A\",\"times\":-1,\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "a count of nothing", "{\"code\":\"A\",\"times\":0,\"line\":\"x\"}", "A", "x", 0, 1 },
		{ "a count beyond all", "{\"code\":\"A\",\"times\":1e9,\"line\":\"x\"}", "A", "x", 0, 1 },
	};
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("  %s\n", rows[i].name);
		assert_true(read_text(&t, rows[i].json));
		assert_string_equal(t.code, rows[i].code);
		assert_string_equal(t.line, rows[i].line);
		assert_int_equal(t.at_ms, rows[i].at_ms);
		assert_int_equal(t.times, rows[i].times);
	}
}

static void anything_else_is_telemetry(void **state)
{
	static const struct { const char *name, *payload; } rows[] = {
		{ "nothing",                     "" },
		{ "text",                        "diagnosis: x [A]" },
		{ "an array",                    "[\"TLS-ROOT-1\"]" },
		{ "cut off",                     "{\"code\":\"TLS-ROOT-1\",\"line\":\"x" },
		{ "something behind",            "{\"code\":\"TLS-ROOT-1\",\"line\":\"x\"}{}" },
		{ "no code",                     "{\"line\":\"x\"}" },
		{ "no line",                     "{\"code\":\"TLS-ROOT-1\"}" },
		{ "an empty code",               "{\"code\":\"\",\"line\":\"x\"}" },
		{ "an empty line",               "{\"code\":\"A\",\"line\":\"\"}" },
		{ "a code in small letters",     "{\"code\":\"tls-root-1\",\"line\":\"x\"}" },
		{ "a code with a quote",         "{\"code\":\"A\\\"B\",\"line\":\"x\"}" },
		{ "a code that is too long",     "{\"code\":\"ABCDEFGHIJKLMNOPQRSTUVWX\",\"line\":\"x\"}" },
		{ "a code that is a number",     "{\"code\":1,\"line\":\"x\"}" },
		{ "a line that is an object",    "{\"code\":\"A\",\"line\":{}}" },
		{ "the same member twice",       "{\"code\":\"A\",\"code\":\"B\",\"line\":\"x\"}" },
		{ "deeper than anybody needs",   "{\"code\":\"A\",\"line\":\"x\",\"m\":[[[[[[[[1]]]]]]]]}" },
	};
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("  %s\n", rows[i].name);
		assert_false(read_text(&t, rows[i].payload));
	}
}

static void long_lines_are_cut_and_long_payloads_not_looked_at(void **state)
{
	char json[TOLD_PAYLOAD + 64];
	struct told t;

	(void)state;
	for (size_t len = TOLD_LINE - 3; len <= TOLD_LINE + 3; len++) {
		sprintf(json, "{\"code\":\"A\",\"line\":\"%0*d\"}", (int)len, 0);
		assert_true(read_text(&t, json));
		assert_int_equal(strlen(t.line), len < TOLD_LINE ? len : TOLD_LINE - 1);
		assert_int_equal(strcmp(t.line + strlen(t.line) - 3, "...") == 0, len >= TOLD_LINE);
	}
	sprintf(json, "{\"code\":\"A\",\"line\":\"%0*d\"}", TOLD_PAYLOAD - 22, 0);
	assert_int_equal(strlen(json), TOLD_PAYLOAD);
	assert_true(read_text(&t, json));
	sprintf(json, "{\"code\":\"A\",\"line\":\"%0*d\"}", TOLD_PAYLOAD - 21, 0);
	assert_false(read_text(&t, json));
}

static void only_this_subfolder_is_looked_at(void **state)
{
	(void)state;
	assert_true(told_here(bytes_of("diagnosis")));
	assert_false(told_here(bytes_of("diagnosis/x")));
	assert_false(told_here(bytes_of("Diagnosis")));
	assert_false(told_here(bytes_of("")));
	assert_false(told_here((struct bytes){ NULL, 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_device_tells_is_taken),
		cmocka_unit_test(anything_else_is_telemetry),
		cmocka_unit_test(long_lines_are_cut_and_long_payloads_not_looked_at),
		cmocka_unit_test(only_this_subfolder_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
