/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include "base/packed.h"

#include <stddef.h>
#include <stdint.h>

/* Name and text of each error in the order of the list: text_nth(). */
static const struct words {
#define ERR_WORDS(name, number, text) char name##_[sizeof T(#name)], name##_text[sizeof T(text)];
	ERR_LIST(ERR_WORDS)
#undef ERR_WORDS
} words = {
#define ERR_WORDS(name, number, text) T(#name), T(text),
	ERR_LIST(ERR_WORDS)
#undef ERR_WORDS
};

static const uint16_t numbers[] = {
#define ERR_NUMBER(name, number, text) number,
	ERR_LIST(ERR_NUMBER)
#undef ERR_NUMBER
};

enum { PREFIX_LEN = sizeof T("ERR_") - 1 };   /* of no byte where names are packed, without it */

_Static_assert(sizeof(struct words) >= 2 * sizeof numbers / sizeof numbers[0], "no padding between strings");

/* The name of E with its prefix, in front of its text; NULL if it is not on the list. */
static const char *find(enum err e)
{
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (numbers[i] == (unsigned)e)
			return text_nth(&words, 2 * i);
	return NULL;
}

const char *err_name(enum err e)
{
	const char *name = find(e);

	return name != NULL ? name + PREFIX_LEN : T("UNLISTED");
}

const char *err_text(enum err e)
{
	const char *name = find(e);

	return name != NULL ? text_nth(name, 1) : T("a number that is not on the list of errors");
}
