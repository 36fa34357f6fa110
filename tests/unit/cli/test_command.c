/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of the table of commands, which is read in order by its first words. */
#include "unit/cmocka_all.h"

#include "cli/command.h"

#include <ctype.h>
#include <string.h>

_Static_assert(OPTIONS <= 64, "a command's options are bits of one number");

static bool same_first_word(const char *a, const char *b)
{
	size_t n = strcspn(a, " ");

	return strncmp(a, b, n) == 0 && strcspn(b, " ") == n;
}

static void commands_are_told_apart(void **state)
{
	const struct command *a, *b;

	(void)state;
	for (size_t i = 0; (a = command_at(i)) != NULL; i++)
		for (size_t k = 0; (b = command_at(k)) != NULL; k++) {
			if (i == k)
				continue;
			assert_string_not_equal(a->words, b->words);
			/* no family is a command of its own, which would hide the others */
			assert_false(same_first_word(a->words, b->words) && strchr(a->words, ' ') == NULL);
		}
}

static void families_stand_together(void **state)
{
	const struct command *c;

	(void)state;
	for (size_t i = 2; (c = command_at(i)) != NULL; i++)
		if (!same_first_word(c->words, command_at(i - 1)->words))
			for (size_t k = 0; k + 1 < i; k++)
				assert_false(same_first_word(c->words, command_at(k)->words));
}

static void every_option_has_a_command_and_a_text(void **state)
{
	uint64_t used = OPT(OPT_HELP);
	const struct command *c;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		used |= c->options;
		assert_true(islower((unsigned char)c->help[0]) && c->help[strlen(c->help) - 1] != '.');
		assert_non_null(c->run);
	}
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_info *o = option_info((enum option_id)i);

		assert_true((used & OPT(i)) != 0);
		assert_true(o->name != NULL && o->help != NULL);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(o->name, option_info((enum option_id)k)->name);
	}
}

static void numbers_of_options(void **state)
{
	static const struct { const char *text; bool ok; uint64_t value; } rows[] = {
		{ "0", true, 0 }, { "100", true, 100 }, { "101", false, 0 }, { "", false, 0 }, { "-1", false, 0 },
		{ "+1", false, 0 }, { " 1", false, 0 }, { "1 ", false, 0 }, { "0x1", false, 0 },
		{ "99999999999999999999999", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct call call = { .given = { { OPT_LIMIT, rows[i].text } }, .given_count = 1 };
		uint64_t value = 7;

		assert_int_equal(call_number(&call, OPT_LIMIT, 100, &value), rows[i].ok);
		assert_true(value == (rows[i].ok ? rows[i].value : 7));
		assert_true(call_number(&call, OPT_WAIT, 100, &value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_told_apart), cmocka_unit_test(families_stand_together),
		cmocka_unit_test(every_option_has_a_command_and_a_text), cmocka_unit_test(numbers_of_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
