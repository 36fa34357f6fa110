/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed.h - texts for people, in two fifths of the flash.
 *
 * T("...") is such a text.  Built for a chip, tools/pack_text.py stands before
 * the compiler and packs what is between the quotes; everywhere else T("...") is
 * the literal itself.  A packed text is a const char * with a terminating zero
 * as any other, in a table or wherever else, but its bytes are a row of Huffman
 * codes, each for a symbol: a character, or a phrase made of two symbols.  Its
 * first bit is a one, which no ASCII character has there: a text may be packed or
 * not wherever one is taken.
 *
 * Who takes texts says so: text_say(), out_text(), console_say() and its %s.  To
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

enum { PACKED_DEPTH = 8 };   /* phrases within phrases */

struct packed {
	const char *rest;
	uint16_t    waiting[PACKED_DEPTH];   /* second halves, the next one last */
	uint8_t     depth;
	uint8_t     bits;                    /* packed.c */
};

/* The characters of TEXT one by one; '\0' at its end, and from then on. */
void packed_init(struct packed *p, const char *text);
char packed_next(struct packed *p);

/* Text N of several, packed or not, one behind the other: they take no pointers. */
const char *text_nth(const void *texts, size_t n);

/* How many symbols have a code of 1, 2, 3... bits; and, the shortest code first, what
 * each symbol is: two numbers of ten bits, its halves, or a character and 0x3ff.  Made
 * by tools/pack_text.py where texts are packed, else none (packed_none.c). */
extern const uint16_t packed_lengths[];
extern const uint8_t  packed_numbers[];
extern const uint16_t packed_symbols;

#endif
