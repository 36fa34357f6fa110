/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - rows for people.  Columns are as wide as what is in them; on a
 * terminal that is narrower than a row, the columns that may be cut share what
 * there is.  Into a file or a pipe nothing is cut.
 */
#ifndef TERN_CLI_TABLE_H
#define TERN_CLI_TABLE_H

#include "base/bytes.h"
#include "cli/buffer.h"

#include <stdio.h>

enum { TABLE_COLUMNS = 8 };

struct table_column {
	const char *title;
	size_t      cut;       /* may be cut down to so many characters; 0: never */
};

struct table {
	const struct table_column *column;
	size_t  columns;
	char  **cell;          /* columns of a row one after the other */
	size_t  cells, size;
};

void table_init(struct table *t, const struct table_column *column, size_t columns);

/* The next cell of the row that is being filled: made printable; "-" when it is empty or NULL. */
void table_cell(struct table *t, const char *text);
void table_bytes(struct table *t, struct bytes text);
void table_take(struct table *t, struct buffer *text);   /* printable already; TEXT is empty afterwards */

/* To TO, WIDTH columns wide at most (0: any); BOLD: the titles. */
void table_print(const struct table *t, FILE *to, size_t width, bool bold);
void table_show(const struct table *t);                  /* on standard output, as it is */
void table_free(struct table *t);

#endif
