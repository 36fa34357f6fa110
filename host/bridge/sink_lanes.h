/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_lanes.h - messages on their way to a server that takes or refuses each of
 * them by itself: one lane a device, in order, one message of it under way.
 *
 *            sink_lanes_take()            sink_lanes_done(): gone, or again
 *    READY ------------------> UNDER WAY -----------------------------------> READY
 *      ^  ^                     |     |
 *      |  '--- sink_lanes_lost()      | sink_lanes_rest()
 *      '------------- time ----- RESTING
 *
 * After sink_lanes_lost() a lane may be a suspect: its message was under way when
 * the server hung up.  A suspect goes first and alone; when the server hangs up
 * again it was this one, and it rests while the others go on.
 *
 * Pure: no lock, no clock.
 */
#ifndef TERN_BRIDGE_SINK_LANES_H
#define TERN_BRIDGE_SINK_LANES_H

#include "bridge/sink_held.h"

#include <sys/queue.h>

enum {
	SINK_LANE_MAX   = 256,           /* messages that one device may hold */
	SINK_LANES_HASH = 1 << 14
};

struct sink_lane {
	TAILQ_ENTRY(sink_lane) list;     /* of READY, UNDER WAY or RESTING */
	struct sink_lane *next;          /* of those with the same hash */
	struct sink_queue queue;         /* the first is the one that is under way; never empty */
	uint32_t hash;
	bool     suspect;
	struct sink_retry retry;
	uint64_t until_ms;               /* RESTING */
};

TAILQ_HEAD(sink_lane_list, sink_lane);

struct sink_lanes {
	struct sink_lane_list ready, under_way, resting;
	size_t count, ready_count, under_way_count, resting_count;
	uint64_t under_way_bytes;
	uint64_t wake_ms;                /* when the first of RESTING has rested; UINT64_MAX: none rests */
	uint32_t rest_first_ms, rest_most_ms;
	struct sink_lane **hash;
};

bool sink_lanes_init(struct sink_lanes *l, uint32_t rest_first_ms, uint32_t rest_most_ms);
void sink_lanes_free(struct sink_lanes *l);

/* The lane of M, or NULL: nothing of that device is held. */
struct sink_lane *sink_lanes_find(const struct sink_lanes *l, const struct sink_message *m);
/* HELD goes behind the others of LANE (as found just before; NULL: a lane is made).  False: no memory. */
bool sink_lanes_push(struct sink_lanes *l, struct sink_lane *lane, struct sink_held *held);

/* The next lane whose first message may go out now, with at most WINDOW under way; NULL: none. */
struct sink_lane *sink_lanes_take(struct sink_lanes *l, size_t window, uint64_t now_ms);
/* LANE's message, which was under way, is where it should be: it is moved to SAFE. */
void sink_lanes_done(struct sink_lanes *l, struct sink_lane *lane, struct sink_queue *safe);
/* LANE's message, which was under way, was refused.  Returns the pause. */
uint32_t sink_lanes_rest(struct sink_lanes *l, struct sink_lane *lane, uint64_t now_ms);
/* Nothing is under way any more.  SUSPICIOUS: one of the messages may have been the reason.  Returns the lane that
 * was found guilty and rests, or NULL. */
struct sink_lane *sink_lanes_lost(struct sink_lanes *l, bool suspicious, uint64_t now_ms);

#endif
