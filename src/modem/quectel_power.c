/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

#define OFF_MS     2000u     /* of silence, where STATUS says why: long enough for a modem that answers after all */
#define CYCLE_MS 300000u     /* more than the switch ever takes */

/* A modem that is found at another speed than it was told has restarted, or the
 * line does not carry it: then the next one down is aimed at.  One that was never
 * proven is given up in either case, or it would be told again and again. */
static void judge_speed(struct quectel *q, bool restarted)
{
	bool holds = at_baud(&q->at) == q->baud_asked;

	if (!holds && q->baud_asked != 0 && !(q->baud_proven && restarted)) {
		q->baud = q->baud_asked - 1;
		at_count(&q->facts.baud_losses);
	}
	if (!holds)
		q->baud_asked = 0;
	q->baud_proven = holds;
}

void quectel_on_answer(struct quectel *q, bool restarted)
{
	q->dead = q->resync = false;
	power_alive(&q->power, q->now_ms);
	judge_speed(q, restarted);
}

void quectel_power_cycle(struct quectel *q, bool told)
{
	at_count(&q->facts.switched);
	q->resync = true;
	q->phase = QUECTEL_WAIT;
	q->wait_ms = q->now_ms + (power_begin(&q->power, POWER_TO_CYCLE, told, q->now_ms) ? CYCLE_MS : 0);
}

/* So long at every speed that it counts as dead, or STATUS says why. */
static bool is_mute(const struct quectel *q)
{
	bool off = q->power.status == POWER_OFF && q->now_ms - q->at.sync_since_ms >= OFF_MS;

	return q->at.state >= AT_PROBE && (q->dead || off);
}

static void switch_on(struct quectel *q)
{
	if (q->phase != QUECTEL_SYNC) {
		q->op = NULL;
		q->phase = QUECTEL_SYNC;
		quectel_lose_all(q, ERR_MODEM_SILENT);
	}
	if (power_can(&q->power) && recovery_may_switch(&q->recovery, q->now_ms) &&
	    power_begin(&q->power, POWER_TO_ON, false, q->now_ms))
		at_count(&q->facts.switched);
}

void quectel_power_run(struct quectel *q)
{
	enum power_event ev = power_step(&q->power, q->now_ms);

	if (q->phase >= QUECTEL_HALTED)
		return;
	if (ev == POWER_OVER)
		quectel_lose_all(q, ERR_MODEM_SWITCH);
	if (ev != POWER_NOTHING) {
		q->resync = true;   /* its RDY is no news */
		q->boot_ms = q->now_ms;
		quectel_sync(q, AT_BAUD);
	}
	if (q->power.state == POWER_REST && is_mute(q))
		switch_on(q);
}

/* ---- off for good ---- */

static void on_powd(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)s;
	(void)power_begin(&q->power, POWER_TO_OFF, ev->result == ERR_OK, q->now_ms);
}

/* LATE: it does not listen.  Then its key is pressed only if STATUS says that it
 * is on: of an unknown one the same pulse might switch it on. */
bool quectel_switch_off(struct quectel *q, bool late)
{
	static const struct quectel_op op = { .text = "+QPOWD", .seconds = QUECTEL_SHORT };
	bool wanted = q->off == QUECTEL_OFF_WANTED;

	if (wanted && !late && !at_ready(&q->at))
		return true;
	if (wanted)
		q->off = QUECTEL_OFF_UNDER_WAY;
	if (wanted && !late)
		quectel_run(q, &op, NULL, on_powd);
	else if (wanted && q->power.status == POWER_ON)
		(void)power_begin(&q->power, POWER_TO_OFF, false, q->now_ms);
	return (q->op != NULL && !late) || q->power.state != POWER_REST;
}

OUT_OF_LINE void quectel_off(struct quectel *q, uint32_t now_ms)
{
	if (q->off == QUECTEL_OFF_NOT || q->phase == QUECTEL_STOPPED)
		q->off = QUECTEL_OFF_WANTED;
	quectel_stop(q, now_ms);
}

/* ---- the board's part ---- */

struct power_lines quectel_lines(const struct quectel *q)
{
	return power_lines(&q->power);
}

void quectel_power(struct quectel *q, enum power_status status)
{
	power_tell(&q->power, status);
}

uint32_t quectel_baud(const struct quectel *q)
{
	return at_baud(&q->at);
}

void quectel_baud_set(struct quectel *q, bool could)
{
	at_baud_set(&q->at, could);
}
