/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every example of docs/console.md in a block that is marked "tern" is typed at
 * a console, in order, and must be what the console says.  What is not echoed
 * stands here.
 */
#include "unit/cmocka_all.h"

#include "unit/console/rig.h"
#include "unit/console/samples.h"

#include <stdio.h>
#include <string.h>

#define SEED "e87d824c9bd78ee2896d2eb08d1c8600095ddb275b56f227e08b4f496576fe18"

static struct rig rig;
static char want[RIG_SAID_SIZE];

static const struct { const char *shown, *typed; } hidden[] = {
	{ "ca> -----BEGIN", SAMPLE_ROOT_1 },
	{ "key>", SAMPLE_EC_KEY },
	{ "ca>", "\r" },
	{ "port>", "\r" },
	{ "pin>", "\r" },
	{ "seed>", SEED "\r" },
};

static const char *const prompts[] = { "tern> ", "ca> ", "yes/no> ", "erase> ", "host> ", "connection> ", "apn> " };

/* Type what stands in LINE behind a prompt. */
static void type(const char *line)
{
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (strcmp(line, hidden[i].shown) == 0) {
			rig_say(&rig, hidden[i].typed);
			return;
		}
	for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++)
		if (strncmp(line, prompts[i], strlen(prompts[i])) == 0) {
			rig_say(&rig, line + strlen(prompts[i]));
			rig_say(&rig, "\r");
		}
}

/* What was said, with LF for CR LF and no blanks before it. */
static void normalise(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\r')
			continue;
		while (*at == '\n' && to > text && to[-1] == ' ')
			to--;
		*to++ = *at;
	}
	*to = '\0';
}

/* The block goes from the prompt that stands already to the next one. */
static void compare(void)
{
	normalise(rig.said);
	strcat(want, "tern> ");
	assert_string_equal(rig.said, want);
	want[0] = '\0';
	rig_forget(&rig);
	strcpy(rig.said, "tern> ");
	rig.said_len = strlen(rig.said);
}

static void every_example_of_the_documentation_is_true(void **state)
{
	FILE *f = fopen("docs/console.md", "r");
	bool inside = false;
	unsigned blocks = 0;
	char line[512];

	(void)state;
	assert_non_null(f);
	rig_init(&rig);
	strcpy(rig.said, "tern> ");
	rig.said_len = strlen(rig.said);
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "```", 3) == 0) {
			if (inside)
				compare();
			inside = strcmp(line, "```tern") == 0;
			blocks += inside;
			continue;
		}
		if (!inside)
			continue;
		strcat(strcat(want, line), "\n");
		type(line);
	}
	fclose(f);
	assert_true(blocks >= 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_of_the_documentation_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
