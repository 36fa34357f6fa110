/* SPDX-License-Identifier: Apache-2.0 */
#include "base/packed.h"

#include <stddef.h>

void packed_init(struct packed *p, const char *text)
{
	*p = (struct packed){ .rest = text };
}

/* The pair that BYTE stands for; NULL if it is a character. */
static const uint8_t *pair_of(uint8_t byte)
{
	uint8_t i = (uint8_t)(byte - 0x80);

	return i < packed_count && packed_pairs[i][0] != 0 ? packed_pairs[i] : NULL;
}

static uint8_t take(struct packed *p)
{
	if (p->depth > 0)
		return p->waiting[--p->depth];
	return *p->rest != '\0' ? (uint8_t)*p->rest++ : 0;
}

char packed_next(struct packed *p)
{
	uint8_t byte = take(p);
	const uint8_t *pair;

	while ((pair = pair_of(byte)) != NULL) {
		p->waiting[p->depth++] = pair[1];
		byte = pair[0];
	}
	return (char)byte;
}

void text_say(struct text *t, const char *text)
{
	struct packed p;
	char c;

	packed_init(&p, text);
	while ((c = packed_next(&p)) != '\0')
		text_add_char(t, c);
}
