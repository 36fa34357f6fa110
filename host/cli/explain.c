/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - tern explain: a code with its facts, or a log, in words. */
#include "cli/command.h"
#include "cli/explain_facts.h"
#include "cli/explain_log.h"
#include "cli/families.h"
#include "cli/files.h"
#include "diagnosis/render.h"
#include "diagnosis/rules.h"

#include <string.h>

enum { LOG_MAX = 16 * 1024 * 1024 };

static void print_sentence(enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	char said[DIAGNOSIS_SENTENCE_MAX + 1], facts[DIAGNOSIS_FACTS_MAX + 1];
	struct text s, f;

	text_init(&s, said, sizeof said);
	text_init(&f, facts, sizeof facts);
	diagnosis_sentence(&s, v, e, next);
	diagnosis_facts(&f, v, e, next);
	printf("%s %s\n", said, facts);
}

/* ---- CODE fact=value ... -------------------------------------------------- */

/* An argument that the shell has unquoted is quoted again. */
static void add_argument(struct buffer *b, const char *argument)
{
	const char *equals = strchr(argument, '=');

	if (equals != NULL && argument + strcspn(argument, " \t") > equals && strpbrk(equals, " \t") != NULL)
		buffer_format(b, "%.*s=\"%s\" ", (int)(equals - argument), argument, equals + 1);
	else
		buffer_format(b, "%s ", argument);
}

static int explain_facts(struct call *call)
{
	struct buffer text = { 0 };
	struct explain_facts x;
	char why[EXPLAIN_WHY];
	bool ok;

	add_argument(&text, call->argument[0]);
	for (size_t i = 0; i < call->rest_count; i++)
		add_argument(&text, call->rest[i]);
	ok = explain_facts_read(&x, text.data, why);
	if (ok)
		print_sentence(x.verdict, &x.evidence, x.next);
	buffer_free(&text);
	return ok ? CLI_OK : say_error(CLI_USAGE, "%s", why);
}

/* ---- a log ------------------------------------------------------------------ */

/* A line that a device of ours has printed, or only the bracket of one. */
static bool explain_own(const char *line)
{
	const char *own = line[strspn(line, " \t")] == '[' ? line : strstr(line, "diagnosis: ");
	const char *facts = own != NULL ? strrchr(own, '[') : NULL;
	char copy[DIAGNOSIS_LINE_SIZE], why[EXPLAIN_WHY];
	struct explain_facts x;

	if (facts == NULL || strlen(facts) >= sizeof copy)
		return false;
	snprintf(copy, sizeof copy, "%s", facts);
	if (!explain_facts_read(&x, copy, why))
		return false;
	print_sentence(x.verdict, &x.evidence, x.next);
	return true;
}

static int tell(const struct explain_log *x, unsigned own)
{
	enum verdict v = rules_decide(&x->evidence, NULL);
	char line[81];
	struct text t;

	if (v == VERDICT_NONE && own == 0)
		return say_error(CLI_REFUSED,
				 "no failure that is known here is in this log (lines: %u); what modem and TLS said "
				 "first may be in the part before it", x->lines);
	if (v == VERDICT_NONE)
		return CLI_OK;
	print_sentence(v, &x->evidence, (struct diagnosis_next){ DIAGNOSIS_NEXT_UNSAID, 0 });
	text_init(&t, line, sizeof line);
	render_text(&t, x->said, sizeof line - 1);
	if (x->line > 0)
		say_note("line %u decides: %s", x->line, line);
	if (x->evidence.echoes > 0)
		say_note("errors that follow from it, or tell less: %u", x->evidence.echoes);
	return CLI_OK;
}

static int explain_log(void)
{
	static struct explain_log x;
	struct buffer log = { 0 };
	char why[FILES_WHY], *line, *save = NULL;
	unsigned own = 0;
	int status;

	if (!files_read("-", LOG_MAX, &log, why))
		return say_error(CLI_USAGE, "%s", why);
	for (size_t i = 0; i < log.len; i++)
		if (log.data[i] == '\0')
			log.data[i] = '?';
	explain_log_init(&x);
	line = log.len > 0 ? strtok_r(log.data, "\n", &save) : NULL;
	for (; line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (explain_own(line))
			own++;
		else
			explain_log_line(&x, line);
	}
	explain_log_end(&x);
	status = tell(&x, own);
	buffer_free(&log);
	return status;
}

int run_explain(struct call *call)
{
	return call->argument[0] != NULL ? explain_facts(call) : explain_log();
}
