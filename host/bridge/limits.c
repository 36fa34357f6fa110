/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/limits.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 16384 };            /* a power of two */

struct limits_address {
	struct limits_address *next;                  /* in its bucket */
	struct limits_address *older, *newer;         /* in the ring of those without connections; NULL: has some */
	struct limits_ip ip;
	uint32_t connections;
	uint64_t paid_ms;            /* when all its bad logins are forgiven */
	uint64_t turn_ms;            /* the next that is free */
};

struct limits {
	struct limits_config cfg;
	struct limits_address *buckets[BUCKETS];
	struct limits_address idle;                   /* head of the ring, the oldest next to it */
	uint32_t idle_count;
};

/* What one bad login costs, in milliseconds of the allowance's filling. */
static uint64_t cost_ms(const struct limits *l)
{
	return 60000 / l->cfg.bad_per_minute;
}

static struct limits_address **bucket(struct limits *l, const struct limits_ip *ip)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < sizeof ip->bytes; i++)
		hash = (hash ^ ip->bytes[i]) * 0x100000001b3;
	return &l->buckets[hash >> 32 & (BUCKETS - 1)];
}

static void leave_ring(struct limits *l, struct limits_address *a)
{
	a->older->newer = a->newer;
	a->newer->older = a->older;
	a->older = a->newer = NULL;
	l->idle_count--;
}

static void enter_ring(struct limits *l, struct limits_address *a)
{
	a->older = l->idle.older;
	a->newer = &l->idle;
	l->idle.older->newer = a;
	l->idle.older = a;
	l->idle_count++;
}

static void forget(struct limits *l, struct limits_address *a)
{
	struct limits_address **link = bucket(l, &a->ip);

	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	leave_ring(l, a);
	free(a);
}

/* IPv4 is known by all of its bytes, IPv6 by the network. */
static struct limits_ip known_by(const struct limits_ip *ip)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct limits_ip key = *ip;

	if (memcmp(ip->bytes, mapped, sizeof mapped) != 0)
		memset(key.bytes + 8, 0, 8);
	return key;
}

static struct limits_address *find(struct limits *l, const struct limits_ip *key)
{
	struct limits_address *a = *bucket(l, key);

	while (a != NULL && memcmp(&a->ip, key, sizeof *key) != 0)
		a = a->next;
	return a;
}

static struct limits_address *make(struct limits *l, const struct limits_ip *key)
{
	struct limits_address *a = calloc(1, sizeof *a), **first = bucket(l, key);

	if (a == NULL)
		return NULL;
	a->ip = *key;
	a->next = *first;
	*first = a;
	return a;
}

struct limits *limits_new(const struct limits_config *cfg)
{
	struct limits *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->cfg = *cfg;
	l->idle.older = l->idle.newer = &l->idle;
	return l;
}

void limits_free(struct limits *l)
{
	if (l == NULL)
		return;
	while (l->idle.newer != &l->idle)
		forget(l, l->idle.newer);
	free(l);
}

bool limits_takes_turns(const struct limits *l, const struct limits_address *a, uint64_t now_ms)
{
	return l->cfg.bad_per_minute != 0 && a->paid_ms > now_ms + 60000;
}

/* The turns are given out at the door: no queue is kept. */
static bool give_turn(const struct limits *l, struct limits_address *a, uint64_t now_ms, uint64_t *turn_ms)
{
	uint64_t turn = a->turn_ms > now_ms ? a->turn_ms : now_ms;

	*turn_ms = now_ms;
	if (!limits_takes_turns(l, a, now_ms))
		return true;
	if (turn - now_ms > LIMITS_WAIT_MS)
		return false;
	a->turn_ms = turn + LIMITS_TURN_MS;
	*turn_ms = turn;
	return true;
}

enum limits_verdict limits_enter(struct limits *l, const struct limits_ip *ip, uint64_t now_ms,
				 struct limits_address **address, uint64_t *turn_ms)
{
	struct limits_ip key = known_by(ip);
	struct limits_address *a = find(l, &key);

	if (a == NULL)
		a = make(l, &key);
	else if (a->connections == 0)
		leave_ring(l, a);
	if (a == NULL)
		return LIMITS_NO_MEMORY;
	*address = a;
	a->connections++;
	if (l->cfg.connections != 0 && a->connections > l->cfg.connections) {
		limits_leave(l, a, now_ms);
		return LIMITS_TOO_MANY;
	}
	if (!give_turn(l, a, now_ms, turn_ms)) {
		limits_leave(l, a, now_ms);
		return LIMITS_TOO_FAST;
	}
	return LIMITS_WELCOME;
}

void limits_leave(struct limits *l, struct limits_address *a, uint64_t now_ms)
{
	if (--a->connections > 0)
		return;
	enter_ring(l, a);
	if (a->paid_ms <= now_ms)
		forget(l, a);
	else if (l->idle_count > LIMITS_KNOWN_MAX)
		forget(l, l->idle.newer);
}

/* The debt is bounded: when the flood ends, a minute later all is forgiven but what the allowance is. */
void limits_bad(struct limits *l, struct limits_address *a, uint64_t now_ms)
{
	uint64_t from = a->paid_ms > now_ms ? a->paid_ms : now_ms;

	if (l->cfg.bad_per_minute == 0)
		return;
	a->paid_ms = from + cost_ms(l);
	if (a->paid_ms > now_ms + 2 * 60000)
		a->paid_ms = now_ms + 2 * 60000;
}

void limits_good(struct limits *l, struct limits_address *a, uint64_t now_ms)
{
	if (l->cfg.bad_per_minute == 0 || a->paid_ms <= now_ms)
		return;
	a->paid_ms = a->paid_ms > now_ms + cost_ms(l) ? a->paid_ms - cost_ms(l) : now_ms;
}
