/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_explain.c - whatever is pasted: a code with facts, and a log. */
#include "cli/explain_facts.h"
#include "cli/explain_log.h"
#include "diagnosis/rules.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say(enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	char line[DIAGNOSIS_LINE_SIZE];
	struct text t;

	text_init(&t, line, sizeof line);
	diagnosis_line(&t, v, e, next);
	if (t.overflow)
		abort();
	for (const char *c = line; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static void explain_one(char *text)
{
	char why[EXPLAIN_WHY];
	struct explain_facts x;

	if (explain_facts_read(&x, text, why))
		say(x.verdict, &x.evidence, x.next);
	else if (why[0] == '\0')
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct explain_log x;
	char *text = malloc(size + 1), *line, *save = NULL;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	explain_log_init(&x);
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		explain_log_line(&x, line);
		if (strchr(line, '[') != NULL)
			explain_one(line);
	}
	explain_log_end(&x);
	say(rules_decide(&x.evidence, NULL), &x.evidence, (struct diagnosis_next){ DIAGNOSIS_NEXT_UNSAID, 0 });
	free(text);
	return 0;
}
