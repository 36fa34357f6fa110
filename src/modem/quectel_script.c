/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an answering modem to an active data connection: one table of commands,
 * gone through from the top each time.  What each pass needs is read from the
 * modem, so that a modem that is already connected costs few commands and
 * nothing of what it stores is written twice.
 */
#include "modem/quectel_internal.h"

#include "base/ticks.h"

#include <string.h>

#define RESTART_MS         2000u    /* from the OK of AT+CFUN=1,1 until the modem is really down */
#define SIM_BUSY_MS        1000u
#define SIM_BUSY_MAX_MS   20000u
#define SIM_LOCKED_MS     60000u    /* a lock is only looked at again, never tried */
#define OTHER_MODEM_MS    60000u
#define PIN_TRIES             2u    /* of the three that a SIM allows */
#define DENIED_GRACE_MS   30000u    /* one network's refusal, while others may accept */
#define DENIED_MS        600000u    /* then radio off and on; longer each time */
#define SEARCH_TELL_MS   300000u
#define SEARCH_MS       1200000u    /* a first NB-IoT scan takes up to 20 minutes */

struct step {
	struct quectel_op op;   /* no text: the gate of registration */
	/* What the answer means, the second one if the first was a failure (but not
	 * where ONCE); it goes on, waits or fails.  NULL: any answer will do. */
	void (*judge)(struct quectel *q, const struct at_event *ev, uint32_t now_ms);
};

static void go_on(struct quectel *q)
{
	q->step++;
	q->step_tries = 0;
}

/* ---- modem: restart, speed, identity, settings ---- */

static void judge_switch(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	q->todo = 0;
	quectel_power_cycle(q, ev->result == ERR_OK, now_ms);
}

static void judge_restart(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)ev;
	quectel_count(&q->facts.restarts);
	q->todo = 0;
	q->stale_send = false;
	q->resync = true;
	q->boot_ms = now_ms;
	q->phase = QUECTEL_WAIT;
	q->wait_ms = now_ms + RESTART_MS;
	quectel_tell(q, QUECTEL_EV_REBOOTED, ERR_OK);
}

/* Answered at the old speed (V.250 6.2.10); refused, and the next slower one is
 * tried. */
static void judge_speed(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	uint32_t asked = at_baud_up_to(q->baud);

	if (ev->result != ERR_OK) {
		q->baud = asked - 1;
		q->step_tries = 0;
		return;
	}
	q->baud_asked = asked;
	quectel_sync(q, asked, now_ms);
}

/* Quectel
 * BG96
 * Revision: BG96MAR02A07M1G */
static void on_identity(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	static const char revision[] = "Revision: ";
	struct bytes line = f->line;
	const struct quectel_model *model = quectel_model_find(line);

	(void)s;
	(void)now_ms;
	if (bytes_equal_text(line, "Quectel")) {
		q->seen |= QUECTEL_SEEN_KNOWN;
	} else if (bytes_starts_with(line, revision)) {
		line = (struct bytes){ line.data + sizeof revision - 1, line.len - (sizeof revision - 1) };
		cellular_copy(q->status.revision, sizeof q->status.revision, line);
	} else if ((q->seen & QUECTEL_SEEN_NAME) == 0) {
		cellular_copy(q->status.model, sizeof q->status.model, line);
		q->seen |= QUECTEL_SEEN_NAME;
		if (model == NULL)
			return;
		q->seen |= QUECTEL_SEEN_KNOWN;
		if (q->config.model == NULL)
			q->model = model;
		q->power.reset_ms = q->model->reset_ms;
	}
}

static void judge_identity(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	bool unknown = (q->seen & (QUECTEL_SEEN_NAME | QUECTEL_SEEN_KNOWN)) == QUECTEL_SEEN_NAME;

	if (ev->result == ERR_OK && unknown && q->config.model == NULL)
		quectel_pause(q, ERR_MODEM_MODEL, OTHER_MODEM_MS, now_ms);
	else
		go_on(q);
}

/* A setting that is not told, or not in a form that is understood, is left alone. */
static void note_difference(struct quectel *q, bool differs)
{
	if (differs)
		q->seen |= QUECTEL_SEEN_DIFFERENT;
}

/* +IFC: 0,0 */
static void on_ifc(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	uint32_t in, out, wanted = q->config.flow_control ? 2 : 0;

	(void)s;
	(void)now_ms;
	if (at_field_u32(f, 9, &in) && at_field_u32(f, 9, &out))
		note_difference(q, in != wanted || out != wanted);
}

/* +QURCCFG: "urcport","uart1" */
static void on_urc_port(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	struct bytes port;

	(void)s;
	(void)now_ms;
	if (at_field_skip(f, 1) && at_field(f, &port, NULL))
		note_difference(q, !bytes_equal_text(port, "uart1"));
}

/* ---- radio and SIM ---- */

static void judge_radio_off(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)ev;
	(void)now_ms;
	q->todo &= (uint8_t)~QUECTEL_TODO_RADIO;
	q->status.cfun = 0;
	go_on(q);
}

static void judge_radio_on(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	if (ev->result != ERR_OK) {
		quectel_fail(q, RECOVERY_COMMAND, ev->result, now_ms);
		return;
	}
	q->status.cfun = 1;
	q->sim_ms = now_ms;
	go_on(q);
}

/* This step again, a little later. */
static void look_again(struct quectel *q, uint32_t now_ms)
{
	q->phase = QUECTEL_WAIT;
	q->wait_ms = now_ms + SIM_BUSY_MS;
	q->step_tries = 0;
}

static void wait_for_sim(struct quectel *q, uint32_t now_ms)
{
	if (now_ms - q->sim_ms > SIM_BUSY_MAX_MS) {
		quectel_fail(q, RECOVERY_SIM, ERR_MODEM_SIM_FAILED, now_ms);
		return;
	}
	look_again(q, now_ms);
}

static bool pin_is_set(const struct quectel *q)
{
	return q->config.pin != NULL && q->config.pin[0] != '\0';
}

/* What the answer to AT+CPIN? says of the SIM. */
static enum err sim_err(struct quectel *q, const struct at_event *ev)
{
	enum err e;

	if (ev->result != ERR_OK || q->seen == 0)
		q->status.sim = CELLULAR_SIM_UNKNOWN;
	if (ev->result == ERR_AT_CME)
		(void)cellular_sim_error(&q->status, ev->cme);
	e = cellular_sim_err(q->status.sim);
	return e == ERR_MODEM_SIM_PIN && q->pin_refused ? ERR_MODEM_SIM_PIN_BAD : e;
}

static void judge_sim(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	enum err e = sim_err(q, ev);

	if (ev->result != ERR_OK && ev->result != ERR_AT_CME) {
		quectel_fail(q, RECOVERY_COMMAND, ev->result, now_ms);
		return;
	}
	if (e == ERR_OK) {
		q->pin_tries = 0;   /* a card that opened has all its tries again */
		quectel_stage(q, QUECTEL_STAGE_SIM);
	}
	if (e == ERR_OK || (e == ERR_MODEM_SIM_PIN && pin_is_set(q)))
		go_on(q);
	else if (e == ERR_AGAIN)
		wait_for_sim(q, now_ms);
	else if (e == ERR_MODEM_SIM_MISSING || e == ERR_MODEM_SIM_FAILED)
		quectel_fail(q, RECOVERY_SIM, e, now_ms);
	else
		quectel_pause(q, e, SIM_LOCKED_MS, now_ms);
}

/* Three wrong PINs lock the card.  "Incorrect password" (27.007 9.2: 16) is final;
 * after any other failure the SIM is asked whether it still wants the PIN. */
static void judge_pin(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	bool wrong = ev->result == ERR_AT_CME && ev->cme == 16;

	if (wrong || (ev->result != ERR_OK && q->pin_tries >= PIN_TRIES)) {
		q->pin_refused = true;
		quectel_pause(q, ERR_MODEM_SIM_PIN_BAD, SIM_LOCKED_MS, now_ms);
		return;
	}
	q->step--;   /* the question before */
	look_again(q, now_ms);
}

/* ---- registration ---- */

void quectel_on_status(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	bool was = cellular_registered(&q->status);

	(void)s;
	(void)now_ms;
	(void)cellular_line(&q->status, f->line);
	if (q->phase == QUECTEL_UP && !was && cellular_registered(&q->status))
		q->verify = true;   /* the context may have gone with the network */
}

static void search_begin(struct quectel *q, uint32_t now_ms)
{
	q->phase = QUECTEL_SEARCH;
	q->since_ms = q->denied_ms = now_ms;
	quectel_chores_begin(q, now_ms);
}

/* Longer with each failure, up to an hour. */
static uint32_t denied_limit(const struct quectel *q)
{
	unsigned doublings = q->recovery.failures[RECOVERY_DENIED];

	return doublings > 2 ? 6 * DENIED_MS : DENIED_MS << doublings;
}

static bool search_failed(struct quectel *q, uint32_t now_ms)
{
	bool denied = q->status.registration == CELLULAR_REG_DENIED;
	uint32_t denied_for = now_ms - q->denied_ms, searched_for = now_ms - q->since_ms;

	if (!denied)
		q->denied_ms = now_ms;
	else if (denied_for >= denied_limit(q))
		quectel_fail(q, RECOVERY_DENIED, ERR_MODEM_REG_DENIED, now_ms);
	else if (denied_for >= DENIED_GRACE_MS)
		quectel_tell_down(q, q->why = ERR_MODEM_REG_DENIED);
	if (!denied && searched_for >= SEARCH_MS)
		quectel_fail(q, RECOVERY_SEARCH, ERR_MODEM_NO_NETWORK, now_ms);
	else if (!denied && searched_for >= SEARCH_TELL_MS)
		quectel_tell_down(q, q->why = ERR_MODEM_NO_NETWORK);
	return q->phase != QUECTEL_SEARCH;
}

void quectel_search_run(struct quectel *q, uint32_t now_ms)
{
	bool sim_gone = q->status.sim != CELLULAR_SIM_READY;

	if (cellular_registered(&q->status)) {
		q->phase = QUECTEL_SCRIPT;
		quectel_script_run(q, now_ms);
	} else if (sim_gone || quectel_needs(q, QUECTEL_RADIO_ON)) {
		quectel_script_begin(q, now_ms);
		quectel_script_run(q, now_ms);
	} else if (!search_failed(q, now_ms)) {
		(void)quectel_chores_run(q, now_ms);
	}
}

/* ---- data connection ---- */

/* +QLTS: "2022/01/14,09:53:07+04,0"    with AT+QLTS=1 the clock is Greenwich's, the zone an extra */
void quectel_on_time(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	struct bytes text;
	int64_t unix_s;
	int32_t zone_s;

	(void)s;
	(void)now_ms;
	if (!at_field(f, &text, NULL) || cellular_time(text, &unix_s, &zone_s) != ERR_OK)
		return;
	q->status.network_unix_s = unix_s;
	quectel_tell_time(q, QUECTEL_TIME_NETWORK, unix_s);
}

/* +QIACT: 1,1,1,"10.64.0.7" */
static void on_context(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	struct bytes ip;
	uint32_t context, state;

	(void)s;
	(void)now_ms;
	if (!at_field_u32(f, 255, &context) || context != quectel_context(q) || !at_field_u32(f, 1, &state) ||
	    state != 1)
		return;
	q->seen |= QUECTEL_SEEN_CONTEXT;
	if (at_field_skip(f, 1) && at_field(f, &ip, NULL))
		cellular_copy(q->status.ip, sizeof q->status.ip, ip);
}

void quectel_context_told(struct quectel *q)
{
	q->context_active = (q->seen & QUECTEL_SEEN_CONTEXT) != 0;
	if (!q->context_active)
		q->status.ip[0] = '\0';
}

static void judge_context(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	quectel_context_told(q);
	if (ev->result != ERR_OK)
		quectel_fail(q, RECOVERY_COMMAND, ev->result, now_ms);
	else
		go_on(q);
}

/* Sockets of an earlier life. */
static void judge_list(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	if (ev->result == ERR_OK)
		q->to_close = q->listed;
	go_on(q);
}

static bool is_setting(struct bytes told, const char *wanted)
{
	return bytes_equal_text(told, wanted != NULL ? wanted : "");
}

/* +QICSGP: 1,"internet","","",0 */
static void on_apn(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	struct bytes apn, user;

	(void)s;
	(void)now_ms;
	if (at_field_skip(f, 1) && at_field(f, &apn, NULL) && at_field(f, &user, NULL) &&
	    (!is_setting(apn, q->config.apn) || !is_setting(user, q->config.user)))
		q->todo |= QUECTEL_TODO_DEACTIVATE;
}

static void judge_deactivate(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)ev;
	(void)now_ms;
	q->todo &= (uint8_t)~QUECTEL_TODO_DEACTIVATE;
	q->context_active = false;
	go_on(q);
}

static void judge_apn(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	q->dialled = false;
	q->code = 0;
	if (ev->result != ERR_OK)
		quectel_fail(q, RECOVERY_CONTEXT, ERR_MODEM_PDP_REFUSED, now_ms);
	else
		go_on(q);
}

static void judge_activate(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	q->dialled = ev->result == ERR_OK;
	go_on(q);
}

/* +QIGETERROR: 572,operation not allowed      the number counts, the words vary */
static void on_code(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	uint32_t code;

	(void)s;
	(void)now_ms;
	if (at_field_u32(f, UINT16_MAX, &code))
		q->code = q->facts.code = (uint16_t)code;
}

/* QIACT answers ERROR, too, when the context is active already: what QIACT?
 * says now decides. */
static void judge_address(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	struct quectel_error e = quectel_error_find(q->code);

	quectel_context_told(q);
	if (ev->result != ERR_OK && q->dialled)
		q->context_active = true;
	if (q->context_active)
		go_on(q);
	else
		quectel_fail(q, RECOVERY_CONTEXT, e.cure == QUECTEL_CURE_CONTEXT ? e.err : ERR_MODEM_PDP_REFUSED,
			     now_ms);
}

void quectel_context_lost(struct quectel *q, enum err err, uint32_t now_ms)
{
	if (q->phase != QUECTEL_UP && !(q->phase == QUECTEL_SCRIPT && q->context_active))
		return;
	quectel_count(&q->facts.context_losses);
	q->todo |= QUECTEL_TODO_DEACTIVATE;
	quectel_fail(q, RECOVERY_CONTEXT, err, now_ms);
}

/* ---- the table ---- */

#define ASKS(command, handler)   .text = command, .line = handler, .tenths = QUECTEL_SHORT
#define SETS(command)            .text = command, .tenths = QUECTEL_SHORT, .properties = QUECTEL_OPTIONAL
#define TAKES(command, time)     .text = command, .tenths = time
#define WHEN(condition)          .when = QUECTEL_##condition

const struct quectel_op quectel_op_context = { ASKS("+QIACT?", on_context) };
const struct quectel_op quectel_op_list = { ASKS("+QISTATE?", quectel_on_listed) };
const struct quectel_op quectel_op_code = { ASKS("+QIGETERROR", on_code), .properties = QUECTEL_OPTIONAL };
const struct quectel_op quectel_op_deactivate = { TAKES("+QIDEACT=%c", QUECTEL_DEACT) };

static const struct step steps[] = {
	{ { TAKES("+QPOWD", QUECTEL_SHORT), WHEN(TO_SWITCH) },                   judge_switch },
	{ { TAKES("+CFUN=1,1", QUECTEL_CFUN), WHEN(TO_RESTART) },                judge_restart },
	{ { SETS("+IPR=%b"), WHEN(AT_OTHER_SPEED) },                             judge_speed },
	{ { SETS("+CMEE=1") },                                                   NULL },
	{ { ASKS("I", on_identity), .properties = QUECTEL_BARE },                judge_identity },
	{ { ASKS("+IFC?", on_ifc) },                                             NULL },
	{ { SETS("+IFC=%f,%f"), WHEN(IF_DIFFERENT) },                            NULL },
	{ { ASKS("+QURCCFG=\"urcport\"", on_urc_port) },                         NULL },
	{ { SETS("+QURCCFG=\"urcport\",\"uart1\""), WHEN(IF_DIFFERENT) },        NULL },
	{ { SETS("+QISDE=0") },                                                  NULL },
	{ { SETS("+QICFG=\"viewmode\",0") },                                     NULL },
	{ { SETS("+QICFG=\"dataformat\",0,0") },                                 NULL },
	{ { SETS("+QICFG=\"tcp/keepalive\",1,%k,25,3") },                        NULL },

	{ { TAKES("+CFUN=0", QUECTEL_CFUN), WHEN(RADIO_OFF) },                   judge_radio_off },
	{ { TAKES("+CFUN=1", QUECTEL_CFUN), WHEN(RADIO_ON) },                    judge_radio_on },
	{ { ASKS("+CPIN?", quectel_on_status) },                                 judge_sim },
	{ { TAKES("+CPIN=\"%s\"", QUECTEL_SHORT), WHEN(PIN_ASKED), .properties = QUECTEL_SECRET | QUECTEL_ONCE },
	                                                                         judge_pin },

	{ { SETS("+CEREG=2") },                                                  NULL },
	{ { SETS("+CGREG=2") },                                                  NULL },
	{ { SETS("+CREG=2") },                                                   NULL },
	{ { ASKS("+CEREG?", quectel_on_status) },                                NULL },
	{ { ASKS("+CGREG?", quectel_on_status), WHEN(UNREGISTERED) },            NULL },
	{ { ASKS("+CREG?", quectel_on_status), WHEN(UNREGISTERED) },             NULL },
	{ { WHEN(UNREGISTERED) },                                                NULL },

	{ { ASKS("+QLTS=1", quectel_on_time) },                                  NULL },
	{ { ASKS("+QIACT?", on_context) },                                       judge_context },
	{ { ASKS("+QISTATE?", quectel_on_listed), WHEN(ACTIVE) },                judge_list },
	{ { ASKS("+QICSGP=%c", on_apn), WHEN(ACTIVE_BY_APN) },                   NULL },
	{ { TAKES("+QIDEACT=%c", QUECTEL_DEACT), WHEN(TO_DEACTIVATE), .properties = QUECTEL_OPTIONAL },
	                                                                         judge_deactivate },
	{ { TAKES("+QICSGP=%c,1,\"%a\"%u", QUECTEL_SHORT), WHEN(INACTIVE), .properties = QUECTEL_SECRET }, judge_apn },
	{ { TAKES("+QIACT=%c", QUECTEL_ACT), WHEN(INACTIVE), .properties = QUECTEL_SECRET | QUECTEL_ONCE },
	                                                                         judge_activate },
	{ { ASKS("+QIGETERROR", on_code), WHEN(NOT_DIALLED) },                   NULL },
	{ { ASKS("+QIACT?", on_context), WHEN(INACTIVE) },                       judge_address },
};

enum { STEPS = sizeof steps / sizeof steps[0] };

bool quectel_needs(const struct quectel *q, enum quectel_when when)
{
	switch (when) {
	case QUECTEL_ALWAYS:         break;
	case QUECTEL_TO_SWITCH:      return (q->todo & QUECTEL_TODO_SWITCH) != 0;
	case QUECTEL_TO_RESTART:     return (q->todo & QUECTEL_TODO_RESTART) != 0;
	case QUECTEL_AT_OTHER_SPEED: return q->config.baud_max != 0 && at_baud(&q->at) != at_baud_up_to(q->baud);
	case QUECTEL_IF_DIFFERENT:   return (q->seen & QUECTEL_SEEN_DIFFERENT) != 0;
	case QUECTEL_RADIO_OFF:      return (q->todo & QUECTEL_TODO_RADIO) != 0;
	case QUECTEL_RADIO_ON:       return q->status.cfun != 1 && q->status.cfun != CELLULAR_UNKNOWN;
	case QUECTEL_PIN_ASKED:      return q->status.sim == CELLULAR_SIM_PIN;
	case QUECTEL_UNREGISTERED:   return !cellular_registered(&q->status);
	case QUECTEL_ACTIVE:         return q->context_active;
	case QUECTEL_ACTIVE_BY_APN:  return q->context_active && q->config.apn != NULL && q->config.apn[0] != '\0';
	case QUECTEL_INACTIVE:       return !q->context_active;
	case QUECTEL_TO_DEACTIVATE:  return (q->todo & QUECTEL_TODO_DEACTIVATE) != 0;
	case QUECTEL_NOT_DIALLED:    return !q->context_active && !q->dialled;
	case QUECTEL_NO_IMEI:        return q->status.imei[0] == '\0';
	case QUECTEL_NO_ICCID:       return q->status.iccid[0] == '\0';
	case QUECTEL_NO_TIME:        return q->status.network_unix_s == 0;
	}
	return true;
}

static void script_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms)
{
	const struct step *step = &steps[q->step];
	bool once = (step->op.properties & QUECTEL_ONCE) != 0;
	bool told = ev->result == ERR_OK || ev->result == ERR_AT_CME;   /* a number is an answer, too */

	(void)s;
	if (q->phase != QUECTEL_SCRIPT)
		return;
	if (step->judge == NULL && ev->result == ERR_OK)
		go_on(q);
	else if (!(step->judge != NULL && told) && !once && q->step_tries++ == 0)
		return;   /* once more */
	else if (step->judge != NULL)
		step->judge(q, ev, now_ms);
	else
		go_on(q);
}

static void up(struct quectel *q, uint32_t now_ms)
{
	q->phase = QUECTEL_UP;
	q->why = q->told = ERR_OK;
	q->since_ms = now_ms;
	q->verify = false;
	recovery_over(&q->recovery, RECOVERY_COMMAND);
	recovery_over(&q->recovery, RECOVERY_SIM);
	recovery_over(&q->recovery, RECOVERY_SEARCH);
	recovery_over(&q->recovery, RECOVERY_DENIED);
	quectel_stage(q, QUECTEL_STAGE_CONTEXT);
	quectel_chores_begin(q, now_ms);
	quectel_tell(q, QUECTEL_EV_UP, ERR_OK);
}

void quectel_script_begin(struct quectel *q, uint32_t now_ms)
{
	q->phase = QUECTEL_SCRIPT;
	q->step = q->step_tries = 0;
	q->sim_ms = now_ms;
}

void quectel_script_run(struct quectel *q, uint32_t now_ms)
{
	if (q->context_active && q->to_close != 0) {   /* sockets of an earlier life, before anything else */
		quectel_close_one(q, now_ms);
		return;
	}
	while (q->step < STEPS && !quectel_needs(q, (enum quectel_when)steps[q->step].op.when))
		go_on(q);
	if (cellular_registered(&q->status))
		quectel_stage(q, QUECTEL_STAGE_REGISTERED);
	if (q->step >= STEPS)
		up(q, now_ms);
	else if (steps[q->step].op.text == NULL)
		search_begin(q, now_ms);
	else
		quectel_run(q, &steps[q->step].op, NULL, script_done, now_ms);
}
