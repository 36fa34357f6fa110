/* SPDX-License-Identifier: Apache-2.0 */
#include "device/backoff.h"

#include "base/ticks.h"

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

static uint32_t ceiling_ms(uint32_t failures)
{
	uint32_t ceiling = BACKOFF_FIRST_MS;

	while (--failures > 0 && ceiling < BACKOFF_CEILING_MS)
		ceiling *= 2;
	return ceiling < BACKOFF_CEILING_MS ? ceiling : BACKOFF_CEILING_MS;
}

uint32_t backoff_failed(struct backoff *b, uint32_t now_ms)
{
	backoff_step(b, now_ms);
	b->up = false;
	if (b->failures < UINT32_MAX)
		b->failures++;
	return 1000 + draw(b) % (ceiling_ms(b->failures) - 999);
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
