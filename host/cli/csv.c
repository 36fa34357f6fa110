/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/csv.h"

#include <string.h>

void csv_init(struct csv *c, char *text, size_t len)
{
	size_t first;

	*c = (struct csv){ .at = text, .end = text + len, .separator = ',', .next_line = 1 };
	*c->end = '\0';
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		c->at += 3;
	first = strcspn(c->at, "\n");
	if (memchr(c->at, ',', first) == NULL && memchr(c->at, ';', first) != NULL)
		c->separator = ';';
}

/* The end of a field at AT: '\0' is written over the separator or line end. */
static char end_field(struct csv *c, char *last)
{
	char end = c->at < c->end ? *c->at++ : '\0';

	if (end == '\r' && c->at < c->end && *c->at == '\n')
		end = *c->at++;
	c->next_line += end == '\n';
	*last = '\0';
	return end;
}

/* A field between quotes, moved over them; false: the second is missing. */
static bool quoted(struct csv *c, char **last)
{
	char *to = c->at++;

	for (; c->at < c->end; c->at++) {
		if (*c->at == '"' && c->at + 1 < c->end && c->at[1] == '"') {
			c->at++;
		} else if (*c->at == '"') {
			c->at++;
			*last = to;
			return true;
		}
		c->next_line += *c->at == '\n';
		*to++ = *c->at;
	}
	return false;
}

static bool at_end(const struct csv *c)
{
	return c->at == c->end || *c->at == c->separator || *c->at == '\n' || *c->at == '\r';
}

static enum csv_result wrong(struct csv *c, const char *what)
{
	c->wrong = what;
	c->at = c->end;
	return CSV_WRONG;
}

static enum csv_result read_row(struct csv *c)
{
	char end = c->separator;

	for (c->fields = 0; end == c->separator; ) {
		char *field = c->at, *last = field;

		if (c->fields == CSV_FIELDS)
			return wrong(c, "there are more than 64 fields");
		if (*c->at != '"')
			while (!at_end(c))
				last = ++c->at;
		else if (!quoted(c, &last))
			return wrong(c, "a quote is opened and never closed");
		if (!at_end(c))
			return wrong(c, "text stands behind a closing quote");
		c->field[c->fields++] = field;
		end = end_field(c, last);
		if (memchr(field, '\0', (size_t)(last - field)) != NULL)
			return wrong(c, "there is a zero byte: this is no text");
	}
	return CSV_ROW;
}

enum csv_result csv_next(struct csv *c)
{
	enum csv_result r = CSV_ROW;

	do {
		if (c->at == c->end)
			return CSV_END;
		c->line = c->next_line;
		r = read_row(c);
	} while (r == CSV_ROW && c->fields == 1 && c->field[0][0] == '\0');
	return r;
}

void csv_write(FILE *f, const char *value, char separator)
{
	bool quotes = strpbrk(value, ",;\"\r\n") != NULL;

	if (quotes)
		fputc('"', f);
	for (; *value != '\0'; value++) {
		if (*value == '"')
			fputc('"', f);
		fputc(*value, f);
	}
	if (quotes)
		fputc('"', f);
	fputc(separator, f);
}
