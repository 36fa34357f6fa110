/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/recovery.h"

#include "base/ticks.h"

#include <string.h>

#define MINUTES 60u

/*
 * What the nth failure in a row leads to.  A row holds from its number to the
 * next row's of the same fault; the last one for ever.  EVERY: the row's action
 * comes at its first number and every so many failures, a plain retry between.
 */
static const struct rung {
	uint8_t  fault;
	uint8_t  from;      /* failures in a row, at least 1 */
	uint8_t  every;
	uint8_t  action;
	uint16_t wait_s;    /* doubled with each failure within the row, */
	uint16_t max_s;     /* but no longer than this */
} rungs[] = {
	/* fault             from every action             wait          max */
	{ RECOVERY_COMMAND,     1, 1, RECOVERY_RETRY,         1,            4 },
	{ RECOVERY_COMMAND,     4, 3, RECOVERY_RADIO,         4,           30 },
	{ RECOVERY_COMMAND,     7, 3, RECOVERY_RESTART,      10, 10 * MINUTES },
	{ RECOVERY_SIM,         1, 1, RECOVERY_RETRY,        30,           30 },
	{ RECOVERY_SIM,        10, 1, RECOVERY_RADIO,        30,           30 },
	{ RECOVERY_SIM,        11, 1, RECOVERY_RETRY,   15 * MINUTES, 15 * MINUTES },
	{ RECOVERY_SEARCH,      1, 1, RECOVERY_RADIO,         1,            1 },
	{ RECOVERY_SEARCH,      2, 2, RECOVERY_RESTART,       1,            1 },
	{ RECOVERY_DENIED,      1, 1, RECOVERY_RADIO,         1,            1 },
	{ RECOVERY_CONTEXT,     1, 1, RECOVERY_REDIAL,        2,            8 },
	{ RECOVERY_CONTEXT,     4, 3, RECOVERY_RADIO,        16,          300 },
	{ RECOVERY_CONTEXT,     7, 3, RECOVERY_RESTART,      64,          300 },
	{ RECOVERY_SOCKET,      1, 1, RECOVERY_RETRY,         0,            0 },
	{ RECOVERY_SOCKET,      5, 5, RECOVERY_REDIAL,        0,            0 },
	{ RECOVERY_SOCKET,     10, 5, RECOVERY_RADIO,         0,            0 },
	{ RECOVERY_SOCKET,     15, 5, RECOVERY_RESTART,       0,            0 },
};

/* Minutes to the next restart of the modem, by restarts so far. */
static const uint8_t restart_gap_min[] = { 0, 10, 30, 60 };

static const struct rung *find(enum recovery_fault fault, unsigned failures)
{
	const struct rung *found = NULL;

	for (size_t i = 0; i < sizeof rungs / sizeof rungs[0]; i++)
		if (rungs[i].fault == fault && rungs[i].from <= failures)
			found = &rungs[i];
	return found;
}

static uint32_t wait_of(const struct rung *rung, unsigned failures)
{
	uint32_t wait_s = rung->wait_s;

	for (unsigned n = rung->from; n < failures && wait_s < rung->max_s; n++)
		wait_s *= 2;
	return 1000u * (wait_s < rung->max_s ? wait_s : rung->max_s);
}

/* Up to a quarter more, so that a thousand devices do not dial in step. */
static uint32_t jitter(struct recovery *r, uint32_t wait_ms)
{
	r->random ^= r->random << 13;   /* xorshift32, Marsaglia 2003 */
	r->random ^= r->random >> 17;
	r->random ^= r->random << 5;
	return wait_ms / 4 * (r->random >> 24) / 255;
}

bool recovery_may_switch(struct recovery *r, uint32_t now_ms)
{
	size_t last = sizeof restart_gap_min - 1;
	uint32_t gap_min = restart_gap_min[r->restarts < last ? r->restarts : last];

	if (r->restarts > 0 && now_ms - r->restart_ms < gap_min * 60000u)
		return false;
	r->restart_ms = now_ms;
	if (r->restarts < UINT8_MAX)
		r->restarts++;
	return true;
}

void recovery_init(struct recovery *r, uint32_t seed, bool has_switch)
{
	memset(r, 0, sizeof *r);
	r->has_switch = has_switch;
	r->random = seed != 0 ? seed : 1;
}

struct recovery_step recovery_failed(struct recovery *r, enum recovery_fault fault, uint32_t now_ms)
{
	struct recovery_step step = { RECOVERY_RETRY, 0 };
	unsigned failures;
	const struct rung *rung;

	if (r->failures[fault] < UINT8_MAX)
		r->failures[fault]++;
	failures = r->failures[fault];
	rung = find(fault, failures);
	if ((failures - rung->from) % rung->every == 0)
		step.action = (enum recovery_action)rung->action;
	if (step.action == RECOVERY_RESTART && !recovery_may_switch(r, now_ms))
		step.action = RECOVERY_RADIO;
	else if (step.action == RECOVERY_RESTART && r->has_switch && r->restarts > 1)
		step.action = RECOVERY_POWER;
	step.wait_ms = wait_of(rung, failures);
	step.wait_ms += jitter(r, step.wait_ms);
	return step;
}

void recovery_over(struct recovery *r, enum recovery_fault fault)
{
	r->failures[fault] = 0;
}

void recovery_healthy(struct recovery *r)
{
	memset(r->failures, 0, sizeof r->failures);
	r->restarts = 0;
}
