/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed.h - texts for people, in half the flash.
 *
 * T("...") is such a text.  Built for a chip, tools/pack_text.py stands before
 * the compiler and packs what is between the quotes; everywhere else T("...") is
 * the literal itself.  A packed text is a const char * with a terminating zero
 * as any other, in a table or wherever else, but most of its bytes are codes:
 * each stands for two bytes, which may be codes again.  ASCII stands for itself,
 * so a text may be packed or not wherever one is taken.
 *
 * Who takes texts says so: text_say(), out_say(), console_say() and its %t.  To
 * strlen(), strcmp() and text_add() a packed text is gibberish, and what others
 * have written may look like codes: neither belongs to the other.
 */
#ifndef TERN_BASE_PACKED_H
#define TERN_BASE_PACKED_H

#include "base/bytes.h"

#include <stdint.h>

/* The empty strings are how pack_text.py tells a text from other literals. */
#define T(text) "" text ""

/* text_add() for a text that may be packed. */
void text_say(struct text *t, const char *text);

enum { PACKED_DEPTH = 8 };   /* codes within codes */

struct packed {
	const char *rest;
	uint8_t     waiting[PACKED_DEPTH];   /* second halves, the next one last */
	uint8_t     depth;
};

/* The characters of TEXT one by one; '\0' at its end, and from then on. */
void packed_init(struct packed *p, const char *text);
char packed_next(struct packed *p);

/* What the codes stand for: 0x80 to 0xff, then 0x00 up.  0, 0: no code.  Made by
 * tools/pack_text.py where texts are packed, else none (packed_none.c). */
extern const uint8_t packed_pairs[][2];
extern const uint8_t packed_count;

#endif
