/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

#include "base/ticks.h"

#include <string.h>

#define DEAD_MS     30000u   /* silence that is worth a word: a modem boots faster */
#define UP_MS       60000u   /* the data connection held so long: its back-off starts anew */
#define LONG_SYNC_MS 5000u   /* away so long, it may have restarted unheard */
#define STOP_MS     60000u
#define ANSWER_MS   12000u   /* for a modem that is to be switched off and was not heard of */
#define HURRY_MS     3000u
#define HUNG            5u   /* commands and probes in a row without an answer: some seven seconds */

/* ---- telling the owner ---- */

static struct quectel_event *push(struct quectel *q)
{
	unsigned at;

	if (q->event_count == QUECTEL_EVENTS) {   /* feed leaves room; what overflows is oldest news */
		q->event_first = (uint8_t)((q->event_first + 1u) % QUECTEL_EVENTS);
		q->event_count--;
	}
	at = (q->event_first + q->event_count++) % QUECTEL_EVENTS;
	q->events[at] = (struct quectel_event){ .err = ERR_OK };
	return &q->events[at];
}

void quectel_tell(struct quectel *q, enum quectel_event_type type, enum err err)
{
	struct quectel_event *ev = push(q);

	ev->type = type;
	ev->err = err;
}

void quectel_tell_down(struct quectel *q, enum err err)
{
	if (q->told == err)
		return;
	q->told = err;
	quectel_tell(q, QUECTEL_EV_DOWN, err);
}

void quectel_tell_time(struct quectel *q, enum quectel_time_source source, int64_t unix_s)
{
	struct quectel_event *ev = push(q);

	ev->type = QUECTEL_EV_TIME;
	ev->source = source;
	ev->unix_s = unix_s;
}

OUT_OF_LINE bool quectel_next(struct quectel *q, struct quectel_event *event)
{
	if (q->event_count == 0)
		return false;
	*event = q->events[q->event_first];
	q->event_first = (uint8_t)((q->event_first + 1u) % QUECTEL_EVENTS);
	q->event_count--;
	return true;
}

OUT_OF_LINE void quectel_stage(struct quectel *q, enum quectel_stage stage)
{
	if (q->facts.stage < stage)
		q->facts.stage = stage;
}

uint8_t quectel_context(const struct quectel *q)
{
	return q->config.context != 0 ? q->config.context : 1;
}

/* ---- states ---- */

void quectel_sync(struct quectel *q, uint32_t baud)
{
	q->op = NULL;
	q->phase = QUECTEL_SYNC;
	q->resync = q->dead = false;
	q->since_ms = q->now_ms;
	at_switch(&q->at, baud, q->now_ms);
}

void quectel_lose_all(struct quectel *q, enum err err)
{
	q->why = err;
	q->context_active = false;
	if (q->ntp_running)
		quectel_tell(q, QUECTEL_EV_NO_TIME, err);
	q->ntp_running = false;
	quectel_sockets_lose(q, err);
	quectel_tell_down(q, err);
}

void quectel_forget(struct quectel *q)
{
	q->boot_ms = q->now_ms;
	if (!q->resync) {
		at_count(&q->facts.reboots);
		quectel_lose_all(q, q->slept ? ERR_MODEM_ASLEEP : ERR_MODEM_REBOOT);
		quectel_tell(q, QUECTEL_EV_REBOOTED, ERR_OK);
	}
	q->stale_send = q->verify = false;
	q->to_close = 0;
	q->status.iccid[0] = '\0';   /* it may have been for another card */
}

void quectel_rebooted(struct quectel *q)
{
	if (q->phase >= QUECTEL_HALTED)
		return;
	quectel_forget(q);
	quectel_sync(q, at_baud(&q->at));
}

void quectel_pause(struct quectel *q, enum err err, uint32_t wait_ms)
{
	quectel_lose_all(q, err);
	quectel_script_begin(q);
	q->phase = QUECTEL_WAIT;
	q->wait_ms = q->now_ms + wait_ms;
}

void quectel_fail(struct quectel *q, enum recovery_fault fault, enum err err)
{
	static const uint8_t todo[] = {
		[RECOVERY_RETRY]   = 0,
		[RECOVERY_REDIAL]  = QUECTEL_TODO_DEACTIVATE,
		[RECOVERY_RADIO]   = QUECTEL_TODO_RADIO,
		[RECOVERY_RESTART] = QUECTEL_TODO_RESTART,
		[RECOVERY_POWER]   = QUECTEL_TODO_SWITCH,
	};
	struct recovery_step step = recovery_failed(&q->recovery, fault, q->now_ms);

	if (fault == RECOVERY_SOCKET && step.action == RECOVERY_RETRY)
		return;   /* its owner opens it again when it likes */
	q->todo |= todo[step.action];
	quectel_pause(q, err, step.wait_ms);
}

/* ---- events of the engine ---- */

static void on_synced(struct quectel *q, const struct at_event *ev)
{
	q->status.cfun = ev->cfun == AT_CFUN_UNKNOWN ? CELLULAR_UNKNOWN : (int16_t)ev->cfun;
	quectel_stage(q, QUECTEL_STAGE_ANSWERS);
	quectel_on_answer(q, ev->echoed);
	if (ev->echoed && q->phase < QUECTEL_HALTED && q->phase != QUECTEL_SYNC) {   /* its RDY was lost */
		quectel_forget(q);
		q->phase = QUECTEL_SYNC;
	}
	if (q->phase == QUECTEL_SYNC ||
	    (q->phase == QUECTEL_SCRIPT && q->now_ms - q->at.sync_since_ms > LONG_SYNC_MS))
		quectel_script_begin(q);
	else if (q->phase == QUECTEL_UP)
		q->verify = true;
}

static void on_dead(struct quectel *q)
{
	q->dead = true;
	if (q->phase >= QUECTEL_HALTED)
		return;
	q->op = NULL;
	q->phase = QUECTEL_SYNC;
	quectel_lose_all(q, ERR_MODEM_SILENT);
}

static void on_event(struct quectel *q, const struct at_event *ev)
{
	switch (ev->type) {
	case AT_EV_LINE:   quectel_op_line(q, ev); break;
	case AT_EV_URC:    quectel_on_urc(q, ev->line); break;
	case AT_EV_DONE:   quectel_op_done(q, ev); break;
	case AT_EV_SYNCED: on_synced(q, ev); break;
	case AT_EV_DEAD:   on_dead(q); break;
	}
}

/* ---- who may send next ---- */

/* Are they still there?  Asked in UP after the line had to be made sure of. */
static void on_verified_list(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)s;
	if (ev->result == ERR_OK)
		quectel_sockets_compare(q);
}

static void on_verified_context(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)s;
	quectel_context_told(q);
	if (q->phase != QUECTEL_UP || ev->result != ERR_OK)
		return;
	if (!q->context_active) {
		quectel_context_lost(q, ERR_MODEM_PDP_LOST);
		return;
	}
	quectel_run(q, &quectel_op_list, NULL, on_verified_list);
}

static void verify(struct quectel *q)
{
	q->verify = false;
	quectel_run(q, &quectel_op_context, NULL, on_verified_context);
}

static void up_run(struct quectel *q)
{
	if (q->now_ms - q->since_ms >= UP_MS)
		recovery_over(&q->recovery, RECOVERY_CONTEXT);
	if (q->verify)
		verify(q);
	else if (!quectel_sockets_run(q))
		(void)quectel_chores_run(q);
}

static void on_given_back(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)s;
	(void)ev;
	q->context_active = false;
}

static void stop_run(struct quectel *q)
{
	bool late = ticks_reached(q->now_ms, q->wait_ms);
	bool known = q->off == QUECTEL_OFF_NOT;

	if (!late && at_ready(&q->at) && q->to_close != 0)
		quectel_close_one(q);
	else if (!late && at_ready(&q->at) && q->context_active)
		quectel_run(q, &quectel_op_deactivate, NULL, on_given_back);
	if ((q->op != NULL && !late) || quectel_switch_off(q, late))
		return;
	known = known || q->power.down || q->power.status == POWER_OFF;
	q->phase = QUECTEL_STOPPED;
	quectel_tell(q, QUECTEL_EV_STOPPED, known ? ERR_OK : ERR_MODEM_SWITCH);
}

static void wait_run(struct quectel *q)
{
	if (!ticks_reached(q->now_ms, q->wait_ms))
		return;
	if (q->resync) {
		quectel_sync(q, at_baud(&q->at));
	} else {
		q->phase = QUECTEL_SCRIPT;
		quectel_script_run(q);
	}
}

static void schedule(struct quectel *q)
{
	if (q->phase == QUECTEL_STOPPING)
		stop_run(q);
	if (q->op != NULL || !at_ready(&q->at))
		return;
	switch (q->phase) {
	case QUECTEL_WAIT:   wait_run(q); break;
	case QUECTEL_SCRIPT: quectel_script_run(q); break;
	case QUECTEL_SEARCH: quectel_search_run(q); break;
	case QUECTEL_UP:     up_run(q); break;
	case QUECTEL_SYNC:
	case QUECTEL_HALTED:
	case QUECTEL_STOPPING:
	case QUECTEL_STOPPED:
		break;
	}
}

static void settle(struct quectel *q)
{
	struct at_event ev;

	while (at_next(&q->at, &ev))
		on_event(q, &ev);
	quectel_power_run(q);
	if (q->at.counters.unanswered >= HUNG)
		quectel_sockets_hung(q);
	schedule(q);
}

/* ---- the owner's side ---- */

bool quectel_is_plain(const char *s, char least)
{
	for (; s != NULL && *s != '\0'; s++)
		if (*s < least || *s > '~' || *s == '"')
			return false;
	return true;
}

static bool config_is_plain(const struct quectel_config *c)
{
	const char *const strings[] = { c->apn, c->user, c->password, c->pin, c->ntp_server };

	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
		if (!quectel_is_plain(strings[i], ' '))
			return false;
	return true;
}

OUT_OF_LINE void quectel_init(struct quectel *q, const struct quectel_config *config, uint32_t now_ms)
{
	struct at_config at = {
		.entry_max = QUECTEL_FRAME_SIZE, .dead_ms = DEAD_MS, .flow_control = config->flow_control,
		.baud = config->baud, .baud_max = config->baud_max,
	};

	memset(q, 0, sizeof *q);
	q->now_ms = now_ms;
	q->config = *config;
	q->model = config->model != NULL ? config->model : &quectel_bg96;
	q->why = ERR_STATE;
	q->pin_refused = config->pin_refused;
	q->facts.pin_left = QUECTEL_NOT_TOLD;
	q->since_ms = q->boot_ms = now_ms;
	cellular_init(&q->status);
	q->resync = true;
	q->baud = config->baud_wanted < config->baud_max ? config->baud_wanted : config->baud_max;
	recovery_init(&q->recovery, config->jitter_seed, config->wires.pwrkey);
	power_init(&q->power, config->wires, q->model->reset_ms, now_ms);
	quectel_sockets_init(q);
	at_init(&q->at, &at, now_ms);
	if (!config_is_plain(config)) {
		q->phase = QUECTEL_HALTED;
		q->why = ERR_ARG;
		quectel_tell_down(q, ERR_ARG);
	}
}

OUT_OF_LINE size_t quectel_feed(struct quectel *q, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t taken = 0;

	q->now_ms = now_ms;
	while (taken < len && q->event_count <= QUECTEL_EVENTS / 2) {
		taken += at_feed(&q->at, data + taken, len - taken, now_ms);
		settle(q);
	}
	return taken;
}

const uint8_t *quectel_tx_peek(const struct quectel *q, size_t *len)
{
	*len = 0;
	return q->phase == QUECTEL_HALTED ? NULL : at_tx_peek(&q->at, len);
}

void quectel_tx_done(struct quectel *q, size_t n)
{
	at_tx_done(&q->at, n);
}

OUT_OF_LINE void quectel_step(struct quectel *q, uint32_t now_ms)
{
	q->now_ms = now_ms;
	at_step(&q->at, now_ms);
	settle(q);
}

static void phase_deadline(const struct quectel *q, bool *have, uint32_t *at_ms)
{
	switch (q->phase) {
	case QUECTEL_WAIT:
		ticks_earliest(have, at_ms, q->wait_ms);
		break;
	case QUECTEL_SEARCH:
		ticks_earliest(have, at_ms, q->chore_ms);   /* often enough for every other limit of the search */
		break;
	case QUECTEL_UP:
		ticks_earliest(have, at_ms, q->chore_ms);
		quectel_ntp_deadline(q, have, at_ms);
		quectel_sockets_deadline(q, have, at_ms);
		break;
	case QUECTEL_SYNC:
	case QUECTEL_SCRIPT:
	case QUECTEL_HALTED:
	case QUECTEL_STOPPING:
	case QUECTEL_STOPPED:
		break;
	}
}

OUT_OF_LINE bool quectel_deadline(const struct quectel *q, uint32_t *at_ms)
{
	uint32_t power_ms;
	bool have;

	*at_ms = 0;
	if (q->phase == QUECTEL_HALTED || q->phase == QUECTEL_STOPPED)
		return false;
	have = at_deadline(&q->at, at_ms);
	if (!have)
		phase_deadline(q, &have, at_ms);   /* nothing may be sent while a command is in flight */
	if (q->phase == QUECTEL_STOPPING && q->off != QUECTEL_OFF_UNDER_WAY)
		ticks_earliest(&have, at_ms, q->wait_ms);
	if (power_deadline(&q->power, &power_ms))
		ticks_earliest(&have, at_ms, power_ms);
	return have;
}

const struct cellular_status *quectel_status(const struct quectel *q)
{
	return &q->status;
}

const struct quectel_facts *quectel_facts(const struct quectel *q)
{
	return &q->facts;
}

OUT_OF_LINE void quectel_stop(struct quectel *q, uint32_t now_ms)
{
	bool wants_off = q->off == QUECTEL_OFF_WANTED;

	q->now_ms = now_ms;
	if (q->phase == QUECTEL_STOPPING || (q->phase == QUECTEL_STOPPED && !wants_off))
		return;
	bool talks = q->phase != QUECTEL_SYNC && q->phase != QUECTEL_HALTED;

	quectel_sockets_close(q);
	q->why = ERR_STATE;
	q->phase = QUECTEL_STOPPING;
	q->wait_ms = now_ms + (talks ? STOP_MS : wants_off ? ANSWER_MS : 0);
	power_rest(&q->power, now_ms);
	at_hurry(&q->at, now_ms + HURRY_MS);
	settle(q);
}
