/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_facts.h"

#include "base/calendar.h"
#include "diagnosis/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one value ------------------------------------------------------------- */

static bool read_number(const char *text, int64_t *value)
{
	bool hex = strncmp(text, "0x", 2) == 0 || strncmp(text, "-0x", 3) == 0;
	char *end;

	errno = 0;
	*value = strtoll(text, &end, hex ? 16 : 10);
	return errno == 0 && end != text && *end == '\0';
}

bool explain_facts_time(const char *text, int64_t *unix_s)
{
	struct calendar c = { 0 };
	int n = sscanf(text, "%4u-%2u-%2u%*1[T ]%2u:%2u:%2u", &c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second);

	if (n < 3 || c.year < 1970 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > calendar_days_in(c.year, c.month) || c.hour > 23 || c.minute > 59 || c.second > 59)
		return false;
	*unix_s = calendar_to_unix(&c);
	return true;
}

static bool read_word(enum evidence_kind kind, const char *text, int64_t *value)
{
	char buf[32];
	struct text word;

	for (unsigned i = 0; i < 16; i++) {
		text_init(&word, buf, sizeof buf);
		evidence_add_word(&word, kind, i);
		*value = i;
		if (word.len > 0 && strcmp(buf, text) == 0)
			return true;
	}
	return false;
}

static bool read_err(const char *text, int64_t *value)
{
#define ERR_ROW(name, number, meaning) { #name, number },
	static const struct { const char *name; int number; } rows[] = { ERR_LIST(ERR_ROW) };
#undef ERR_ROW

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		*value = rows[i].number;
		if (strcmp(rows[i].name + strlen("ERR_"), text) == 0)
			return true;
	}
	return read_number(text, value);
}

bool explain_facts_set(struct evidence *e, const char *name, const char *value)
{
	enum evidence_kind kind;
	enum evidence_id id;
	int64_t number;
	bool ok;

	if (!evidence_find(bytes_of(name), &id))
		return false;
	kind = evidence_kind(id);
	if (kind == EVIDENCE_TEXT) {
		evidence_set_text(e, id, value);
		return true;
	}
	ok = kind >= EVIDENCE_WORDS ? read_word(kind, value, &number) :
	     kind == EVIDENCE_ERR ? read_err(value, &number) :
	     kind == EVIDENCE_TIME ? explain_facts_time(value, &number) : read_number(value, &number);
	if (ok)
		evidence_set_number(e, id, number);
	return ok;
}

/* ---- all of them ------------------------------------------------------------ */

static bool read_next(struct explain_facts *x, const char *value)
{
	char buf[16];
	struct text word;

	for (int kind = DIAGNOSIS_NEXT_TRY; kind < DIAGNOSIS_NEXT_KINDS; kind++) {
		text_init(&word, buf, sizeof buf);
		diagnosis_add_next(&word, (enum diagnosis_next_kind)kind);
		x->next.kind = (enum diagnosis_next_kind)kind;
		if (strcmp(buf, value) == 0)
			return true;
	}
	x->next.kind = DIAGNOSIS_NEXT_UNSAID;
	return false;
}

static bool take(struct explain_facts *x, const char *name, const char *value)
{
	int64_t s;

	if (strcmp(name, "next") == 0)
		return read_next(x, value);
	if (strcmp(name, "next_s") != 0)
		return explain_facts_set(&x->evidence, name, value);
	if (!read_number(value, &s) || s < 0 || s > UINT32_MAX)
		return false;
	x->next.s = (uint32_t)s;
	return true;
}

/* The next word of *AT, NULL at the end: name="a value" is one. */
static char *word(char **at)
{
	char *start = *at + strspn(*at, " \t\r\n"), *p = start;
	bool quoted = false;

	if (*start == '\0')
		return NULL;
	for (; *p != '\0' && (quoted || strchr(" \t\r\n", *p) == NULL); p++)
		quoted = quoted != (*p == '"');
	*at = *p != '\0' ? p + 1 : p;
	*p = '\0';
	return start;
}

static void unquote(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return;
	memmove(value, value + 1, len - 2);
	value[len - 2] = '\0';
}

/* Without what stands around the brackets. */
static char *inside(char *text)
{
	char *open = strchr(text, '['), *close = strrchr(text, ']');

	if (close != NULL)
		*close = '\0';
	return open != NULL ? open + 1 : text;
}

static bool take_word(struct explain_facts *x, char *fact, char why[EXPLAIN_WHY])
{
	char *equals = strchr(fact, '=');

	if (equals != NULL) {
		*equals = '\0';
		unquote(equals + 1);
	}
	if (equals != NULL && take(x, fact, equals + 1))
		return true;
	snprintf(why, EXPLAIN_WHY, "'%.40s%s%.40s' is no fact that a device prints: name=value", fact,
		 equals != NULL ? "=" : "", equals != NULL ? equals + 1 : "");
	return false;
}

bool explain_facts_read(struct explain_facts *x, char *text, char why[EXPLAIN_WHY])
{
	char *at = inside(text), *code = word(&at), *fact;

	*x = (struct explain_facts){ .verdict = VERDICT_NONE };
	evidence_init(&x->evidence);
	if (code == NULL || !diagnosis_find(bytes_of(code), &x->verdict)) {
		snprintf(why, EXPLAIN_WHY, "'%.40s' is no code of a diagnosis", code != NULL ? code : "");
		return false;
	}
	while ((fact = word(&at)) != NULL)
		if (!take_word(x, fact, why))
			return false;
	return true;
}
