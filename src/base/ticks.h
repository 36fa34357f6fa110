/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticks.h - comparing times of a millisecond counter that wraps.
 *
 * A time is a uint32_t of milliseconds since an arbitrary start; it wraps
 * after 49.7 days.  Two times that are compared lie less than 24.8 days apart.
 */
#ifndef TERN_BASE_TICKS_H
#define TERN_BASE_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* True when NOW has reached AT. */
static inline bool ticks_reached(uint32_t now_ms, uint32_t at_ms)
{
	return (int32_t)(now_ms - at_ms) >= 0;
}

/* Milliseconds from NOW until AT; 0 when it is reached. */
static inline uint32_t ticks_until(uint32_t now_ms, uint32_t at_ms)
{
	return ticks_reached(now_ms, at_ms) ? 0 : at_ms - now_ms;
}

/* Keep the earlier of two deadlines: for modules that join those of others. */
static inline void ticks_earliest(bool *have, uint32_t *at_ms, uint32_t other_ms)
{
	if (!*have || ticks_reached(*at_ms, other_ms))
		*at_ms = other_ms;
	*have = true;
}

#endif
