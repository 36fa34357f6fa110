/* SPDX-License-Identifier: Apache-2.0 */
/* words.h - a line of the console, word by word.  Case does not matter in names. */
#ifndef TERN_CONSOLE_WORDS_H
#define TERN_CONSOLE_WORDS_H

#include "base/bytes.h"

#include <stdbool.h>

/* B without the blanks around it. */
struct bytes words_trim(struct bytes b);

/* Take the first word off B; empty if there is none. */
struct bytes words_next(struct bytes *b);

/* A value may stand between quotes. */
struct bytes words_unquote(struct bytes b);

bool words_same(struct bytes a, struct bytes b);
bool words_are(struct bytes word, const char *s);
bool words_begin(struct bytes start, struct bytes word);    /* WORD begins with START */

#endif
