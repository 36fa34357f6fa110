/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/sink_lanes.h"

#include <stdlib.h>
#include <string.h>

bool sink_lanes_init(struct sink_lanes *l, uint32_t rest_first_ms, uint32_t rest_most_ms)
{
	*l = (struct sink_lanes){ .rest_first_ms = rest_first_ms, .rest_most_ms = rest_most_ms, .wake_ms = UINT64_MAX };
	TAILQ_INIT(&l->ready);
	TAILQ_INIT(&l->under_way);
	TAILQ_INIT(&l->resting);
	l->hash = calloc(SINK_LANES_HASH, sizeof(struct sink_lane *));
	return l->hash != NULL;
}

/* ---- Whose lane ------------------------------------------------------------- */

static uint32_t add_hash(uint32_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 16777619u;    /* FNV-1a, terminators too */
	while (*text++ != '\0');
	return hash;
}

static uint32_t hash_of(const struct sink_message *m)
{
	return add_hash(add_hash(add_hash(add_hash(2166136261u, m->device), m->registry), m->location), m->project);
}

static bool is_same_device(const struct sink_message *a, const struct sink_message *b)
{
	return strcmp(a->device, b->device) == 0 && strcmp(a->registry, b->registry) == 0 &&
	       strcmp(a->location, b->location) == 0 && strcmp(a->project, b->project) == 0;
}

struct sink_lane *sink_lanes_find(const struct sink_lanes *l, const struct sink_message *m)
{
	struct sink_lane *lane = l->hash[hash_of(m) % SINK_LANES_HASH];

	while (lane != NULL && !is_same_device(&lane->queue.first->message, m))
		lane = lane->next;
	return lane;
}

static void add(struct sink_lanes *l, struct sink_lane *lane)
{
	struct sink_lane **place = &l->hash[lane->hash % SINK_LANES_HASH];

	lane->next = *place;
	*place = lane;
	l->count++;
}

static void drop(struct sink_lanes *l, struct sink_lane *lane)
{
	struct sink_lane **place = &l->hash[lane->hash % SINK_LANES_HASH];

	while (*place != lane)
		place = &(*place)->next;
	*place = lane->next;
	l->count--;
	sink_queue_free(&lane->queue);
	free(lane);
}

/* ---- From list to list ------------------------------------------------------ */

static void to_ready(struct sink_lanes *l, struct sink_lane *lane, bool first)
{
	if (first)
		TAILQ_INSERT_HEAD(&l->ready, lane, list);
	else
		TAILQ_INSERT_TAIL(&l->ready, lane, list);
	l->ready_count++;
}

static void from_under_way(struct sink_lanes *l, struct sink_lane *lane)
{
	TAILQ_REMOVE(&l->under_way, lane, list);
	l->under_way_count--;
	l->under_way_bytes -= lane->queue.first->size;
}

bool sink_lanes_push(struct sink_lanes *l, struct sink_lane *lane, struct sink_held *held)
{
	if (lane == NULL) {
		lane = calloc(1, sizeof *lane);
		if (lane == NULL)
			return false;
		lane->hash = hash_of(&held->message);
		lane->retry = (struct sink_retry){ l->rest_first_ms, l->rest_most_ms, 0 };
		add(l, lane);
		to_ready(l, lane, false);
	}
	sink_queue_push(&lane->queue, held);
	return true;
}

/* Suspects first. */
static void wake(struct sink_lanes *l, uint64_t now_ms)
{
	struct sink_lane *lane, *next;

	l->wake_ms = UINT64_MAX;
	for (lane = TAILQ_FIRST(&l->resting); lane != NULL; lane = next) {
		next = TAILQ_NEXT(lane, list);
		if (lane->until_ms > now_ms) {
			l->wake_ms = lane->until_ms < l->wake_ms ? lane->until_ms : l->wake_ms;
			continue;
		}
		TAILQ_REMOVE(&l->resting, lane, list);
		l->resting_count--;
		to_ready(l, lane, lane->suspect);
	}
}

struct sink_lane *sink_lanes_take(struct sink_lanes *l, size_t window, uint64_t now_ms)
{
	struct sink_lane *lane, *ahead = TAILQ_FIRST(&l->under_way);

	if (now_ms >= l->wake_ms)
		wake(l, now_ms);
	lane = TAILQ_FIRST(&l->ready);
	if (lane == NULL || l->under_way_count >= window || (ahead != NULL && (lane->suspect || ahead->suspect)))
		return NULL;
	TAILQ_REMOVE(&l->ready, lane, list);
	l->ready_count--;
	TAILQ_INSERT_TAIL(&l->under_way, lane, list);
	l->under_way_count++;
	l->under_way_bytes += lane->queue.first->size;
	return lane;
}

void sink_lanes_done(struct sink_lanes *l, struct sink_lane *lane, struct sink_queue *safe)
{
	from_under_way(l, lane);
	lane->suspect = false;
	sink_retry_reset(&lane->retry);
	sink_queue_push(safe, sink_queue_pop(&lane->queue));
	if (lane->queue.first != NULL)
		to_ready(l, lane, false);
	else
		drop(l, lane);
}

uint32_t sink_lanes_rest(struct sink_lanes *l, struct sink_lane *lane, uint64_t now_ms)
{
	uint32_t pause = sink_retry_pause(&lane->retry);

	from_under_way(l, lane);
	lane->until_ms = now_ms + pause;
	l->wake_ms = lane->until_ms < l->wake_ms ? lane->until_ms : l->wake_ms;
	TAILQ_INSERT_TAIL(&l->resting, lane, list);
	l->resting_count++;
	return pause;
}

struct sink_lane *sink_lanes_lost(struct sink_lanes *l, bool suspicious, uint64_t now_ms)
{
	struct sink_lane *lane = TAILQ_FIRST(&l->under_way);

	if (suspicious && lane != NULL && lane->suspect) {       /* it was alone */
		sink_lanes_rest(l, lane, now_ms);
		return lane;
	}
	while ((lane = TAILQ_LAST(&l->under_way, sink_lane_list)) != NULL) {
		from_under_way(l, lane);
		lane->suspect = lane->suspect || suspicious;
		to_ready(l, lane, true);
	}
	return NULL;
}

void sink_lanes_free(struct sink_lanes *l)
{
	for (size_t i = 0; l->hash != NULL && i < SINK_LANES_HASH; i++)
		while (l->hash[i] != NULL)
			drop(l, l->hash[i]);
	free(l->hash);
}
