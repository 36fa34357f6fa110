/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/age_clock.h"

enum { SET_MS = 60 * 1000, STEADY_MS = 3600 * 1000 };

void age_clock_begin(struct age_clock *c, int64_t newest_ms, int64_t wall_ms, uint64_t up_ms)
{
	bool ahead = newest_ms < wall_ms - STEADY_MS;

	*c = (struct age_clock){ wall_ms - (int64_t)up_ms, ahead ? up_ms + STEADY_MS : up_ms };
}

int64_t age_clock_now(struct age_clock *c, int64_t wall_ms, uint64_t up_ms)
{
	int64_t offset_ms = wall_ms - (int64_t)up_ms, by_ms = offset_ms - c->offset_ms;

	if (by_ms > SET_MS || by_ms < -SET_MS)
		*c = (struct age_clock){ offset_ms, up_ms + STEADY_MS };
	return up_ms >= c->steady_ms ? wall_ms : 0;
}
