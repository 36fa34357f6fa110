/* SPDX-License-Identifier: Apache-2.0 */
#include "base/packed.h"

#include <string.h>

enum {
	ASCII     = 0,        /* struct packed.bits of a text that is not packed */
	NONE_LEFT = 0x80,     /* of one of which the last byte has no bit left */
	CHARACTER = 0x3ff,    /* second number of a symbol that is one */
	END       = 0x3ff     /* no symbol */
};

void packed_init(struct packed *p, const char *text)
{
	*p = (struct packed){ .rest = text, .bits = (uint8_t)*text < 0x80 ? ASCII : NONE_LEFT };
	if (p->bits != ASCII)
		p->bits = (uint8_t)((uint8_t)*p->rest++ << 1 | 1);   /* without the bit that says so */
}

/* The next bit in bit 7 of what is left of its byte, a one behind the last; -1 at
 * the text's end.  In a byte that is 1, this 1 is that one: no byte is zero. */
static int next_bit(struct packed *p)
{
	uint8_t bits = p->bits, behind = 0;

	if (bits == NONE_LEFT) {
		if (*p->rest == '\0')
			return -1;
		bits = (uint8_t)*p->rest++;
		behind = bits != 1;
	}
	p->bits = (uint8_t)(bits << 1 | behind);
	return bits >> 7;
}

/* Codes of a length are consecutive numbers, and those of the next length follow. */
static unsigned next_symbol(struct packed *p)
{
	unsigned code = 0, symbol = 0;

	for (const uint16_t *length = packed_lengths;; length++) {
		int bit = next_bit(p);

		if (bit < 0)
			return END;
		code = code * 2 + (unsigned)bit;
		if (code < *length)
			return symbol + code;
		code -= *length;
		symbol += *length;
	}
}

static unsigned number(unsigned i)
{
	const uint8_t *at = packed_numbers + i + i / 4;

	return (unsigned)(at[0] << 8 | at[1]) >> (6 - i % 4 * 2) & 0x3ff;
}

static char next_of_codes(struct packed *p)
{
	unsigned symbol = p->depth > 0 ? p->waiting[--p->depth] : next_symbol(p);
	unsigned second;

	if (symbol == END)
		return '\0';
	while ((second = number(2 * symbol + 1)) != CHARACTER) {
		p->waiting[p->depth++] = (uint16_t)second;
		symbol = number(2 * symbol);
	}
	return (char)number(2 * symbol);
}

char packed_next(struct packed *p)
{
	if (p->bits != ASCII)
		return next_of_codes(p);
	return *p->rest != '\0' ? *p->rest++ : '\0';
}

const char *text_nth(const void *texts, size_t n)
{
	const char *text = texts;

	while (n-- > 0)
		text += strlen(text) + 1;
	return text;
}

void text_say(struct text *t, const char *text)
{
	struct packed p;
	char c;

	packed_init(&p, text);
	while ((c = packed_next(&p)) != '\0')
		text_add_char(t, c);
}
