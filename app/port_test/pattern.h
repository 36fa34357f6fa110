/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.h - bytes that look random and that both ends can make (xorshift32). */
#ifndef TERN_PORT_TEST_PATTERN_H
#define TERN_PORT_TEST_PATTERN_H

#include <stddef.h>
#include <stdint.h>

struct pattern {
	uint32_t state;      /* never 0 */
};

static inline struct pattern pattern_of(uint32_t seed)
{
	return (struct pattern){ seed * 2654435761u | 1u };
}

static inline uint8_t pattern_byte(struct pattern *p)
{
	p->state ^= p->state << 13;
	p->state ^= p->state >> 17;
	p->state ^= p->state << 5;
	return (uint8_t)(p->state >> 24);
}

static inline void pattern_fill(struct pattern *p, uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = pattern_byte(p);
}

#endif
