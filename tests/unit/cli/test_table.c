/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

static const struct table_column two[] = { { "NAME", 6 }, { "N", 0 } };
static const struct table_column both[] = { { "NAME", 6 }, { "WHY", 8 } };

/* CELLS: fields between |, NULL at the end. */
static const struct row {
	const char *name;
	const struct table_column *column;
	const char *cells[9];
	size_t width;
	const char *want;
} rows[] = {
	{ "only titles", two, { NULL }, 0, "NAME  N\n" },
	{ "as wide as the widest", two, { "a", "1", "abcdefgh", "22", NULL }, 0,
	  "NAME      N\na         1\nabcdefgh  22\n" },
	{ "nothing is a dash", two, { "", "", NULL }, 0, "NAME  N\n-     -\n" },
	{ "fits exactly", two, { "abcdefghij", "1", NULL }, 13, "NAME        N\nabcdefghij  1\n" },
	{ "cut by one", two, { "abcdefghij", "1", NULL }, 12, "NAME       N\nabcdef...  1\n" },
	{ "never less than it may be cut to", two, { "abcdefghij", "123456", NULL }, 4, "NAME    N\nabc...  123456\n" },
	{ "the wider one gives first", both, { "abcdefgh", "abcdefghijklmnop", NULL }, 22,
	  "NAME      WHY\nabcdefgh  abcdefghi...\n" },
	{ "characters of more than a byte", two, { "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac" "efghij", "1", NULL }, 12,
	  "NAME       N\n\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac" "ef...  1\n" },
	{ "control characters", two, { "a\x1b[31mb", "1\n", NULL }, 0, "NAME        N\na\\x1b[31mb  1\\n\n" },
};

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);
		struct table t;

		table_init(&t, rows[i].column, 2);
		for (size_t k = 0; rows[i].cells[k] != NULL; k++)
			table_cell(&t, rows[i].cells[k]);
		table_print(&t, f, rows[i].width, false);
		fclose(f);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s:\n%swanted:\n%s", rows[i].name, text, rows[i].want);
		table_free(&t);
		free(text);
	}
}

/* Whatever the width: each line ends, and no line is wider unless no column can give. */
static void every_width(void **state)
{
	(void)state;
	for (size_t width = 1; width < 60; width++) {
		char *text = NULL, *line, *save = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);
		struct table t;

		table_init(&t, both, 2);
		for (size_t k = 0; k < 40; k++)
			table_cell(&t, "a cell that is rather long" + k % 20);
		table_print(&t, f, width, false);
		fclose(f);
		for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
			assert_true(strlen(line) <= (width > 16 ? width : 16));
		table_free(&t);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_row), cmocka_unit_test(every_width) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
