/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

enum { GAP = 2 };

void table_init(struct table *t, const struct table_column *column, size_t columns)
{
	*t = (struct table){ .column = column, .columns = columns };
}

static void add(struct table *t, char *owned)
{
	char **cell;

	if (t->cells == t->size) {
		t->size = t->size > 0 ? t->size * 2 : 64;
		cell = memory(t->size * sizeof *cell);
		if (t->cells > 0)
			memcpy(cell, t->cell, t->cells * sizeof *cell);
		free(t->cell);
		t->cell = cell;
	}
	t->cell[t->cells++] = owned;
}

void table_bytes(struct table *t, struct bytes text)
{
	struct buffer plain = { 0 };

	say_plain(&plain, text);
	table_take(t, &plain);
}

void table_cell(struct table *t, const char *text)
{
	table_bytes(t, bytes_of(text != NULL ? text : ""));
}

void table_take(struct table *t, struct buffer *text)
{
	add(t, memory_text(text->len > 0 ? text->data : "-"));
	buffer_free(text);
}

static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void measure(const struct table *t, size_t width[TABLE_COLUMNS])
{
	size_t n;

	for (size_t c = 0; c < t->columns; c++)
		width[c] = width_of(t->column[c].title);
	for (size_t i = 0; i < t->cells; i++) {
		n = width_of(t->cell[i]);
		if (n > width[i % t->columns])
			width[i % t->columns] = n;
	}
}

/* Take from the widest that may give, one character at a time, until a row fits or none can give. */
static void fit(const struct table *t, size_t width[TABLE_COLUMNS], size_t all)
{
	size_t sum = GAP * (t->columns - 1), widest;

	for (size_t c = 0; c < t->columns; c++)
		sum += width[c];
	for (; sum > all; sum--) {
		widest = t->columns;
		for (size_t c = 0; c < t->columns; c++)
			if (t->column[c].cut > 0 && width[c] > t->column[c].cut &&
			    (widest == t->columns || width[c] > width[widest]))
				widest = c;
		if (widest == t->columns)
			return;
		width[widest]--;
	}
}

/* The last cell of a row is not filled up. */
static void print_cell(FILE *to, const char *text, size_t width, bool last)
{
	size_t n = width_of(text), shown = n > width ? width - 3 : n;

	for (size_t left = shown; *text != '\0' && (left > 0 || ((unsigned char)*text & 0xc0) == 0x80); text++) {
		left -= ((unsigned char)*text & 0xc0) != 0x80;
		fputc(*text, to);
	}
	if (n > width)
		fputs("...", to);
	if (!last)
		fprintf(to, "%*s", (int)((n > width ? 0 : width - n) + GAP), "");
}

void table_print(const struct table *t, FILE *to, size_t all, bool bold)
{
	size_t width[TABLE_COLUMNS];

	measure(t, width);
	if (all > 0)
		fit(t, width, all);
	if (bold)
		fputs("\033[1m", to);
	for (size_t c = 0; c < t->columns; c++)
		print_cell(to, t->column[c].title, width[c], c + 1 == t->columns);
	fputs(bold ? "\033[0m\n" : "\n", to);
	for (size_t i = 0; i < t->cells; i++) {
		print_cell(to, t->cell[i], width[i % t->columns], (i + 1) % t->columns == 0);
		if ((i + 1) % t->columns == 0)
			fputc('\n', to);
	}
}

void table_show(const struct table *t)
{
	table_print(t, stdout, say_width(stdout), say_colours(stdout));
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){ 0 };
}
