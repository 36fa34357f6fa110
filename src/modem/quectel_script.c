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
	struct quectel_op op;                            /* neither text nor compose(): the gate of registration */
	bool (*needed)(const struct quectel *q);         /* NULL: always */
	/* What the answer means, the second one if the first was a failure (but not
	 * where ONCE); it goes on, waits or fails.  NULL: any answer will do. */
	void (*judge)(struct quectel *q, const struct at_event *ev, uint32_t now_ms);
	bool once;
};

static void go_on(struct quectel *q)
{
	q->step++;
	q->step_tries = 0;
}

/* ---- modem: restart, identity, settings ---- */

static bool restart_needed(const struct quectel *q)
{
	return (q->todo & QUECTEL_TODO_RESTART) != 0;
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

static void compose_identity(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->model_line = 0;
	q->matches = q->config.model != NULL;
	text_add(t, "I");
}

/* Quectel
 * BG96
 * Revision: BG96MAR02A07M1G */
static void on_identity(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	static const char revision[] = "Revision: ";
	const struct quectel_model *model = quectel_model_find(line);

	(void)s;
	(void)now_ms;
	if (bytes_equal_text(line, "Quectel")) {
		q->matches = true;
	} else if (bytes_starts_with(line, revision)) {
		line = (struct bytes){ line.data + sizeof revision - 1, line.len - (sizeof revision - 1) };
		cellular_copy(q->status.revision, sizeof q->status.revision, line);
	} else if (q->model_line++ == 0) {
		cellular_copy(q->status.model, sizeof q->status.model, line);
		q->matches = q->matches || model != NULL;
		if (q->config.model == NULL && model != NULL)
			q->model = model;
	}
}

static void judge_identity(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	if (ev->result == ERR_OK && q->model_line > 0 && !q->matches)
		quectel_pause(q, ERR_MODEM_MODEL, OTHER_MODEM_MS, now_ms);
	else
		go_on(q);
}

/* A setting that is not told, or not in a form that is understood, is left alone. */
static void compose_ifc_question(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->matches = true;
	text_add(t, "+IFC?");
}

/* +IFC: 0,0 */
static void on_ifc(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	uint32_t in, out, wanted = q->config.flow_control ? 2 : 0;

	(void)s;
	(void)now_ms;
	if (at_fields_after(&f, line, "+IFC:") && at_field_u32(&f, 9, &in) && at_field_u32(&f, 9, &out))
		q->matches = in == wanted && out == wanted;
}

static void compose_ifc(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	text_add(t, q->config.flow_control ? "+IFC=2,2" : "+IFC=0,0");
}

static void compose_urc_question(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->matches = true;
	text_add(t, "+QURCCFG=\"urcport\"");
}

/* +QURCCFG: "urcport","uart1" */
static void on_urc_port(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	struct bytes port;

	(void)s;
	(void)now_ms;
	if (at_fields_after(&f, line, "+QURCCFG:") && at_field_skip(&f, 1) && at_field(&f, &port, NULL))
		q->matches = bytes_equal_text(port, "uart1");
}

static bool differs(const struct quectel *q)
{
	return !q->matches;
}

static void compose_keepalive(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	text_add(t, "+QICFG=\"tcp/keepalive\",");
	text_add(t, q->model->keepalive);
}

/* ---- radio and SIM ---- */

static bool radio_off_needed(const struct quectel *q)
{
	return (q->todo & QUECTEL_TODO_RADIO) != 0;
}

static void judge_radio_off(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)ev;
	(void)now_ms;
	q->todo &= (uint8_t)~QUECTEL_TODO_RADIO;
	q->status.cfun = 0;
	go_on(q);
}

static bool radio_on_needed(const struct quectel *q)
{
	return q->status.cfun != 1 && q->status.cfun != CELLULAR_UNKNOWN;
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

static void compose_pin_question(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->status.sim = CELLULAR_SIM_UNKNOWN;
	text_add(t, "+CPIN?");
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

static void judge_sim(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	enum err e;

	if (ev->result == ERR_AT_CME)
		(void)cellular_sim_error(&q->status, ev->cme);
	else if (ev->result != ERR_OK) {
		quectel_fail(q, RECOVERY_COMMAND, ev->result, now_ms);
		return;
	}
	e = cellular_sim_err(q->status.sim);
	if (e == ERR_MODEM_SIM_PIN && q->pin_refused)
		e = ERR_MODEM_SIM_PIN_BAD;
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

static bool pin_needed(const struct quectel *q)
{
	return q->status.sim == CELLULAR_SIM_PIN;
}

static void compose_pin(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->pin_tries++;
	text_add(t, "+CPIN=\"");
	text_add(t, q->config.pin);
	text_add_char(t, '"');
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

static bool not_registered(const struct quectel *q)
{
	return !cellular_registered(&q->status);
}

void quectel_on_status(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	bool was = cellular_registered(&q->status);

	(void)s;
	(void)now_ms;
	(void)cellular_line(&q->status, line);
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
	} else if (sim_gone || radio_on_needed(q)) {
		quectel_script_begin(q, now_ms);
		quectel_script_run(q, now_ms);
	} else if (!search_failed(q, now_ms)) {
		(void)quectel_chores_run(q, now_ms);
	}
}

void quectel_search_deadline(const struct quectel *q, bool *have, uint32_t *at_ms)
{
	ticks_earliest(have, at_ms, q->chore_ms);   /* often enough for every other limit of the search */
}

/* ---- data connection ---- */

/* +QLTS: "2022/01/14,09:53:07+04,0"    with AT+QLTS=1 the clock is Greenwich's, the zone an extra */
void quectel_on_time(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	struct bytes text;
	int64_t unix_s;
	int32_t zone_s;

	(void)s;
	(void)now_ms;
	if (!at_fields_after(&f, line, "+QLTS:") || !at_field(&f, &text, NULL) ||
	    cellular_time(text, &unix_s, &zone_s) != ERR_OK)
		return;
	q->status.network_unix_s = unix_s;
	quectel_tell_time(q, QUECTEL_TIME_NETWORK, unix_s);
}

static void compose_context_question(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->context_active = false;
	q->status.ip[0] = '\0';
	text_add(t, "+QIACT?");
}

void quectel_on_context(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	struct bytes ip;
	uint32_t context, state;

	(void)s;
	(void)now_ms;
	if (!at_fields_after(&f, line, "+QIACT:") || !at_field_u32(&f, 255, &context) ||
	    context != quectel_context(q) || !at_field_u32(&f, 1, &state) || state != 1)
		return;
	q->context_active = true;
	if (at_field_skip(&f, 1) && at_field(&f, &ip, NULL))
		cellular_copy(q->status.ip, sizeof q->status.ip, ip);
}

static void judge_must(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	if (ev->result != ERR_OK)
		quectel_fail(q, RECOVERY_COMMAND, ev->result, now_ms);
	else
		go_on(q);
}

static bool context_is_active(const struct quectel *q)
{
	return q->context_active;
}

static bool context_is_inactive(const struct quectel *q)
{
	return !q->context_active;
}

static void compose_list(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->listed = q->alive = 0;
	text_add(t, "+QISTATE?");
}

/* Sockets of an earlier life. */
static void judge_list(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	if (ev->result == ERR_OK)
		q->to_close = q->listed;
	go_on(q);
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static void compose_apn_question(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	text_add(t, "+QICSGP=");
	text_add_u32(t, quectel_context(q));
}

/* +QICSGP: 1,"internet","","",0 */
static void on_apn(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	struct bytes apn, user;

	(void)s;
	(void)now_ms;
	if (at_fields_after(&f, line, "+QICSGP:") && at_field_skip(&f, 1) && at_field(&f, &apn, NULL) &&
	    at_field(&f, &user, NULL) &&
	    (!bytes_equal_text(apn, or_empty(q->config.apn)) || !bytes_equal_text(user, or_empty(q->config.user))))
		q->todo |= QUECTEL_TODO_DEACTIVATE;
}

static bool apn_question_needed(const struct quectel *q)
{
	return q->context_active && or_empty(q->config.apn)[0] != '\0';
}

static bool deactivate_needed(const struct quectel *q)
{
	return (q->todo & QUECTEL_TODO_DEACTIVATE) != 0;
}

void quectel_compose_deactivate(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	text_add(t, "+QIDEACT=");
	text_add_u32(t, quectel_context(q));
	c->timeout_ms = q->model->deact_ms;
}

static void judge_deactivate(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)ev;
	(void)now_ms;
	q->todo &= (uint8_t)~QUECTEL_TODO_DEACTIVATE;
	q->context_active = false;
	go_on(q);
}

static void add_quoted(struct text *t, const char *s)
{
	text_add(t, ",\"");
	text_add(t, or_empty(s));
	text_add_char(t, '"');
}

/* AT+QICSGP=<ctx>,<1 = IPv4>,"apn"[,"user","password",<3 = PAP or CHAP>] */
static void compose_apn(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	(void)c;
	q->dialled = false;
	q->code = 0;
	text_add(t, "+QICSGP=");
	text_add_u32(t, quectel_context(q));
	text_add(t, ",1");
	add_quoted(t, q->config.apn);
	if (or_empty(q->config.user)[0] == '\0')
		return;
	add_quoted(t, q->config.user);
	add_quoted(t, q->config.password);
	text_add(t, ",3");
}

static void judge_apn(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	if (ev->result != ERR_OK)
		quectel_fail(q, RECOVERY_CONTEXT, ERR_MODEM_PDP_REFUSED, now_ms);
	else
		go_on(q);
}

static void compose_activate(struct quectel *q, struct quectel_socket *s, struct text *t, struct at_command *c)
{
	(void)s;
	text_add(t, "+QIACT=");
	text_add_u32(t, quectel_context(q));
	c->timeout_ms = q->model->act_ms;
}

static void judge_activate(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	q->dialled = ev->result == ERR_OK;
	go_on(q);
}

static bool activation_failed(const struct quectel *q)
{
	return !q->context_active && !q->dialled;
}

void quectel_on_code(struct quectel *q, struct quectel_socket *s, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	uint32_t code;

	(void)s;
	(void)now_ms;
	if (at_fields_after(&f, line, "+QIGETERROR:") && at_field_u32(&f, UINT16_MAX, &code))
		q->code = q->facts.code = (uint16_t)code;
}

/* QIACT answers ERROR, too, when the context is active already: what QIACT?
 * says now decides. */
static void judge_address(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	const struct quectel_error *e = quectel_error_find(q->code);

	if (ev->result != ERR_OK && q->dialled)
		q->context_active = true;
	if (q->context_active)
		go_on(q);
	else
		quectel_fail(q, RECOVERY_CONTEXT, e->cure == QUECTEL_CURE_CONTEXT ? e->err : ERR_MODEM_PDP_REFUSED,
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

static void script_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms);

#define SHORT .done = script_done, .timeout_ms = QUECTEL_SHORT_MS

#define ASK(command, answer, handler) .op = { .text = command, .prefix = answer, .line = handler, SHORT }
#define ASK_BY(composer, answer, handler) .op = { .compose = composer, .prefix = answer, .line = handler, SHORT }
#define SET(command)                  .op = { .text = command, SHORT, .optional = true }
#define SET_BY(composer)              .op = { .compose = composer, SHORT, .optional = true }
#define DO_BY(composer)               .op = { .compose = composer, SHORT, .secret = true }
#define RADIO(command)                .op = { .text = command, .done = script_done, .timeout_ms = QUECTEL_RADIO_MS }

static const struct step steps[] = {
	{ RADIO("+CFUN=1,1"),                                restart_needed,      judge_restart, false },
	{ SET("+CMEE=1"),                                    NULL,                NULL, false },
	{ ASK_BY(compose_identity, "", on_identity),         NULL,                judge_identity, false },
	{ ASK_BY(compose_ifc_question, "+IFC:", on_ifc),     NULL,                NULL, false },
	{ SET_BY(compose_ifc),                               differs,             NULL, false },
	{ ASK_BY(compose_urc_question, "+QURCCFG:", on_urc_port), NULL,           NULL, false },
	{ SET("+QURCCFG=\"urcport\",\"uart1\""),             differs,             NULL, false },
	{ SET("+QISDE=0"),                                   NULL,                NULL, false },
	{ SET("+QICFG=\"viewmode\",0"),                      NULL,                NULL, false },
	{ SET("+QICFG=\"dataformat\",0,0"),                  NULL,                NULL, false },
	{ SET_BY(compose_keepalive),                         NULL,                NULL, false },

	{ RADIO("+CFUN=0"),                                  radio_off_needed,    judge_radio_off, false },
	{ RADIO("+CFUN=1"),                                  radio_on_needed,     judge_radio_on, false },
	{ ASK_BY(compose_pin_question, "+CPIN:", quectel_on_status), NULL,        judge_sim, false },
	{ DO_BY(compose_pin),                                pin_needed,          judge_pin, true },

	{ SET("+CEREG=2"),                                   NULL,                NULL, false },
	{ SET("+CGREG=2"),                                   NULL,                NULL, false },
	{ SET("+CREG=2"),                                    NULL,                NULL, false },
	{ ASK("+CEREG?", "+CEREG:", quectel_on_status),      NULL,                NULL, false },
	{ ASK("+CGREG?", "+CGREG:", quectel_on_status),      not_registered,      NULL, false },
	{ ASK("+CREG?", "+CREG:", quectel_on_status),        not_registered,      NULL, false },
	{ .needed = not_registered },

	{ ASK("+QLTS=1", "+QLTS:", quectel_on_time),         NULL,                NULL, false },
	{ ASK_BY(compose_context_question, "+QIACT:", quectel_on_context), NULL,  judge_must, false },
	{ ASK_BY(compose_list, "+QISTATE:", quectel_on_listed), context_is_active, judge_list, false },
	{ ASK_BY(compose_apn_question, "+QICSGP:", on_apn),  apn_question_needed, NULL, false },
	{ SET_BY(quectel_compose_deactivate),                deactivate_needed,   judge_deactivate, false },
	{ DO_BY(compose_apn),                                context_is_inactive, judge_apn, false },
	{ DO_BY(compose_activate),                           context_is_inactive, judge_activate, true },
	{ ASK("+QIGETERROR", "+QIGETERROR:", quectel_on_code),       activation_failed,   NULL, false },
	{ ASK_BY(compose_context_question, "+QIACT:", quectel_on_context), context_is_inactive, judge_address, false },
};

enum { STEPS = sizeof steps / sizeof steps[0] };

static void script_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms)
{
	const struct step *step = &steps[q->step];
	bool told = ev->result == ERR_OK || ev->result == ERR_AT_CME;   /* a number is an answer, too */

	(void)s;
	if (q->phase != QUECTEL_SCRIPT)
		return;
	if (step->judge == NULL && ev->result == ERR_OK)
		go_on(q);
	else if (!(step->judge != NULL && told) && !step->once && q->step_tries++ == 0)
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

static bool is_gate(const struct step *step)
{
	return step->op.text == NULL && step->op.compose == NULL;
}

void quectel_script_run(struct quectel *q, uint32_t now_ms)
{
	if (q->context_active && q->to_close != 0) {   /* sockets of an earlier life, before anything else */
		quectel_run(q, &quectel_op_close, NULL, now_ms);
		return;
	}
	while (q->step < STEPS && steps[q->step].needed != NULL && !steps[q->step].needed(q))
		go_on(q);
	if (cellular_registered(&q->status))
		quectel_stage(q, QUECTEL_STAGE_REGISTERED);
	if (q->step >= STEPS)
		up(q, now_ms);
	else if (is_gate(&steps[q->step]))
		search_begin(q, now_ms);
	else
		quectel_run(q, &steps[q->step].op, NULL, now_ms);
}
