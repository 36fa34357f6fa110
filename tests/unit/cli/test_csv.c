/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/csv.h"

#include <stdlib.h>
#include <string.h>

/* Fields between | and rows between /; "!LINE" where it is wrong. */
static const struct row { const char *name, *in, *want; } rows[] = {
	{ "nothing", "", "" },
	{ "one field", "a", "1:a/" },
	{ "two rows", "a,b\nc,d\n", "1:a|b/2:c|d/" },
	{ "CR LF", "a,b\r\nc,d\r\n", "1:a|b/2:c|d/" },
	{ "no line end at the end", "a\nb", "1:a/2:b/" },
	{ "empty fields", ",a,\n,\n", "1:|a|/2:|/" },
	{ "empty lines are passed over", "a\n\n\r\nb\n", "1:a/4:b/" },
	{ "quotes", "\"a,b\",\"c\"\"d\",\"\"\n", "1:a,b|c\"d|/" },
	{ "a quote first within quotes", "\"\"\"a\"\n", "1:\"a/" },
	{ "a line end within quotes", "\"a\nb\",c\nd\n", "1:a\nb|c/3:d/" },
	{ "quotes in the middle are characters", "a\"b\",c\n", "1:a\"b\"|c/" },
	{ "a byte order mark", "\xef\xbb\xbf" "a,b\n", "1:a|b/" },
	{ "semicolons", "a;b\nc,d;e\n", "1:a|b/2:c,d|e/" },
	{ "semicolons in a table of commas", "a,b;c\n", "1:a|b;c/" },
	{ "a quote that is never closed", "a\n\"b,c\n", "1:a/!2" },
	{ "text behind a quote", "\"a\"b\n", "!1" },
	{ "blanks are kept", " a , b \n", "1: a | b /" },
};

static void every_row(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].in), n = 0;
		char *text = malloc(len + 1);     /* so that the sanitizer sees its end */
		enum csv_result r;
		struct csv csv;

		assert_non_null(text);
		memcpy(text, rows[i].in, len);
		csv_init(&csv, text, len);
		out[0] = '\0';
		while ((r = csv_next(&csv)) == CSV_ROW) {
			n += (size_t)snprintf(out + n, sizeof out - n, "%u:", csv.line);
			for (size_t f = 0; f < csv.fields; f++)
				n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", f > 0 ? "|" : "", csv.field[f]);
			n += (size_t)snprintf(out + n, sizeof out - n, "/");
		}
		if (r == CSV_WRONG)
			snprintf(out + n, sizeof out - n, "!%u", csv.line);
		if (strcmp(out, rows[i].want) != 0)
			fail_msg("%s: '%s'", rows[i].name, out);
		free(text);
	}
}

static void too_many_fields_and_zeros_are_wrong(void **state)
{
	char many[2 * CSV_FIELDS + 1], zero[] = "a\0b";
	struct csv csv;

	(void)state;
	memset(many, ',', sizeof many);
	csv_init(&csv, many, CSV_FIELDS - 1);
	assert_int_equal(csv_next(&csv), CSV_ROW);
	memset(many, ',', sizeof many);
	csv_init(&csv, many, CSV_FIELDS);
	assert_int_equal(csv_next(&csv), CSV_WRONG);
	csv_init(&csv, zero, 3);
	assert_int_equal(csv_next(&csv), CSV_WRONG);
}

static void what_is_written_is_read(void **state)
{
	static const char *const values[] = { "a", "", "a,b", "say \"x\"", "two\nlines", "a;b", "\r" };
	char text[128];
	FILE *f = fmemopen(text, sizeof text, "w");
	struct csv csv;
	long len;

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < 7; i++)
		csv_write(f, values[i], i < 6 ? ',' : '\n');
	len = ftell(f);
	fclose(f);
	csv_init(&csv, text, (size_t)len);
	assert_int_equal(csv_next(&csv), CSV_ROW);
	assert_int_equal(csv.fields, 7);
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(csv.field[i], values[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(too_many_fields_and_zeros_are_wrong),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
