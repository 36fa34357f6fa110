/* SPDX-License-Identifier: Apache-2.0 */
/*
 * age_clock.h - the wall clock by which what a log holds is old.
 *
 * For an hour after it was set, or after a start at which it is more than an
 * hour ahead of the newest that the log holds, it is not believed: it is 0, and
 * nothing is old.  So a clock that is set wrong, or begins wrong, and is put
 * right within that hour deletes nothing; and nothing is kept for ever.
 */
#ifndef TERN_BRIDGE_AGE_CLOCK_H
#define TERN_BRIDGE_AGE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct age_clock {
	int64_t  offset_ms;          /* of the wall clock to the one that is never set */
	uint64_t steady_ms;          /* from then on, on the latter, it is believed */
};

/* NEWEST_MS: when the newest row of the log was written; any time of the past when it has none. */
void age_clock_begin(struct age_clock *c, int64_t newest_ms, int64_t wall_ms, uint64_t up_ms);
int64_t age_clock_now(struct age_clock *c, int64_t wall_ms, uint64_t up_ms);

#endif
