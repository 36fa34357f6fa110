/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stddef.h>

static const struct row {
	enum err    code;
	const char *name;
	const char *text;
} rows[] = {
#define ERR_ROW(name, number, text) { name, &#name[4], text },
	ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static const struct row *find(enum err e)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == e)
			return &rows[i];
	return NULL;
}

const char *err_name(enum err e)
{
	const struct row *row = find(e);

	return row != NULL ? row->name : "UNLISTED";
}

const char *err_text(enum err e)
{
	const struct row *row = find(e);

	return row != NULL ? row->text : "a number that is not on the list of errors";
}
