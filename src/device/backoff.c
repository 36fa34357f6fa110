/* SPDX-License-Identifier: Apache-2.0 */
#include "device/backoff.h"

#include "base/ticks.h"

/* The ceiling of the first failure and of the last, and which part of it is waited
 * in any case. */
static const struct pace {
	uint32_t first_ms, last_ms;
	uint32_t least_ms, part;      /* LEAST_MS, or where PART is not 0 the PART-th part of the ceiling */
} paces[BACKOFF_CLASSES] = {
	/*                    first            last                least     part */
	[BACKOFF_USUAL] = { BACKOFF_FIRST_MS, BACKOFF_CEILING_MS,   1000,    0 },
	[BACKOFF_BUSY]  = { 60000,            3600000,              0,       2 },
	[BACKOFF_LOGIN] = { 120000,           3600000,              0,       2 },
	[BACKOFF_TWIN]  = { 900000,           900000,               300000,  0 },
	[BACKOFF_SLOW]  = { 1200000,          1200000,              900000,  0 },
};

void backoff_init(struct backoff *b, uint32_t seed)
{
	*b = (struct backoff){ .random = seed != 0 ? seed : 1 };
}

static uint32_t draw(struct backoff *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 17;
	b->random ^= b->random << 5;
	return b->random;
}

static uint32_t ceiling_ms(const struct pace *p, uint32_t failures)
{
	uint32_t ceiling = p->first_ms;

	while (--failures > 0 && ceiling < p->last_ms)
		ceiling *= 2;
	return ceiling < p->last_ms ? ceiling : p->last_ms;
}

uint32_t backoff_failed(struct backoff *b, enum backoff_class what, uint32_t now_ms)
{
	const struct pace *p = &paces[what];
	uint32_t ceiling, least;

	backoff_step(b, now_ms);
	b->up = false;
	if (what != b->last && what != BACKOFF_USUAL)
		b->failures = 0;
	b->last = what;
	if (b->failures < UINT32_MAX)
		b->failures++;
	ceiling = ceiling_ms(p, b->failures);
	least = p->part > 0 ? ceiling / p->part : p->least_ms;
	return least + draw(b) % (ceiling - least + 1);
}

void backoff_forget(struct backoff *b)
{
	b->failures = 0;
	b->last = BACKOFF_USUAL;
	b->up = false;
}

void backoff_succeeded(struct backoff *b, uint32_t now_ms)
{
	b->up = true;
	b->up_ms = now_ms;
}

void backoff_step(struct backoff *b, uint32_t now_ms)
{
	if (!b->up || !ticks_reached(now_ms, b->up_ms + BACKOFF_HEALTHY_MS))
		return;
	b->up = false;
	b->failures = 0;
}
