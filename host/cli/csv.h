/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.h - tables as text (RFC 4180): a row a line, fields between commas, quotes
 * around a field that holds a comma, a quote (doubled) or a line end.
 *
 * Spreadsheets' habits are taken as well: a byte order mark, LF alone, and
 * semicolons where the first line has no comma.
 */
#ifndef TERN_CLI_CSV_H
#define TERN_CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CSV_FIELDS = 64 };

struct csv {
	char    *at, *end;              /* of the text that is left */
	char     separator;
	unsigned line;                  /* of the row read last, from 1 */
	unsigned next_line;
	char    *field[CSV_FIELDS];     /* of that row, terminated */
	size_t   fields;
	const char *wrong;              /* after CSV_WRONG: what, after "line N: " */
};

enum csv_result { CSV_ROW, CSV_END, CSV_WRONG };

/* Read LEN bytes at TEXT, which are changed; one byte behind them is written. */
void csv_init(struct csv *c, char *text, size_t len);

/* The next row that is not empty; its fields stay valid. */
enum csv_result csv_next(struct csv *c);

/* Write VALUE as a field, and SEPARATOR (',' or '\n') behind it. */
void csv_write(FILE *f, const char *value, char separator);

#endif
