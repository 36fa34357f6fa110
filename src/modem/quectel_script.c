/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an answering modem to an active data connection: one table of commands,
 * gone through from the top each time.  What each pass needs is read from the
 * modem, so that a modem that is already connected costs few commands and
 * nothing of what it stores is written twice.
 */
#include "modem/quectel_internal.h"

#include "base/ticks.h"

#include <stddef.h>
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

static void go_on(struct quectel *q)
{
	q->step++;
	q->step_tries = 0;
}

/* ---- modem: restart, speed, identity, settings ---- */

static void judge_switch(struct quectel *q, const struct at_event *ev)
{
	q->todo = 0;
	quectel_power_cycle(q, ev->result == ERR_OK);
}

static void judge_restart(struct quectel *q, const struct at_event *ev)
{
	(void)ev;
	at_count(&q->facts.restarts);
	q->todo = 0;
	q->stale_send = false;
	q->resync = true;
	q->boot_ms = q->now_ms;
	q->phase = QUECTEL_WAIT;
	q->wait_ms = q->now_ms + RESTART_MS;
	quectel_tell(q, QUECTEL_EV_REBOOTED, ERR_OK);
}

/* Answered at the old speed (V.250 6.2.10); refused, and the next slower one is
 * tried. */
static void judge_speed(struct quectel *q, const struct at_event *ev)
{
	uint32_t asked = at_baud_up_to(q->baud);

	if (ev->result != ERR_OK) {
		q->baud = asked - 1;
		q->step_tries = 0;
		return;
	}
	q->baud_asked = asked;
	quectel_sync(q, asked);
}

/* Quectel                           Manufacturer: u-blox
 * BG96                              Model: SARA-R410M-02B
 * Revision: BG96MAR02A07M1G         Revision: ...              other makers' modems,
 * of which some name themselves first: the model comes last */
void quectel_on_identity(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	enum { REVISION, MAKER, NUMBER };
	const uint8_t both = QUECTEL_SEEN_NAME | QUECTEL_SEEN_KNOWN;
	struct bytes line = { f->line, (size_t)(f->end - f->line) };
	const struct quectel_model *model;
	struct at_fields labelled;
	int label = at_name(&labelled, line, "Revision\0" "Manufacturer\0" "IMEI\0" "Model\0");

	(void)s;
	if (label >= 0)
		(void)at_field(&labelled, &line);
	if (label == REVISION) {
		cellular_copy(q->status.revision, sizeof q->status.revision, line);
	} else if (bytes_equal_text(line, "Quectel")) {
		q->seen |= QUECTEL_SEEN_KNOWN;
	} else if (label != MAKER && label != NUMBER && (q->seen & both) != both) {
		cellular_copy(q->status.model, sizeof q->status.model, line);
		q->seen |= QUECTEL_SEEN_NAME;
		model = quectel_model_find(line);
		if (model == NULL)
			return;
		q->seen |= QUECTEL_SEEN_KNOWN;
		if (q->config.model == NULL)
			q->model = model;
		q->power.reset_ms = q->model->reset_ms;
	}
}

static void judge_identity(struct quectel *q, const struct at_event *ev)
{
	bool unknown = (q->seen & (QUECTEL_SEEN_NAME | QUECTEL_SEEN_KNOWN)) == QUECTEL_SEEN_NAME;

	if (ev->result == ERR_OK && unknown && q->config.model == NULL)
		quectel_pause(q, ERR_MODEM_MODEL, OTHER_MODEM_MS);
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
void quectel_on_ifc(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	uint32_t is[2], wanted = q->config.flow_control ? 2 : 0;

	(void)s;
	if (at_scan(f, "nn", is, NULL))
		note_difference(q, is[0] != wanted || is[1] != wanted);
}

/* +QURCCFG: "urcport","uart1" */
void quectel_on_urc_port(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct bytes port;

	(void)s;
	if (at_scan(f, "-t", NULL, &port))
		note_difference(q, !bytes_equal_text(port, "uart1"));
}

/* ---- radio and SIM ---- */

static void judge_radio_off(struct quectel *q, const struct at_event *ev)
{
	(void)ev;
	q->todo &= (uint8_t)~QUECTEL_TODO_RADIO;
	q->status.cfun = 0;
	go_on(q);
}

static void judge_radio_on(struct quectel *q, const struct at_event *ev)
{
	if (ev->result != ERR_OK) {
		quectel_fail(q, RECOVERY_COMMAND, ev->result);
		return;
	}
	q->status.cfun = 1;
	q->sim_ms = q->now_ms;
	go_on(q);
}

/* This step again, a little later. */
static void look_again(struct quectel *q)
{
	q->phase = QUECTEL_WAIT;
	q->wait_ms = q->now_ms + SIM_BUSY_MS;
	q->step_tries = 0;
}

static void wait_for_sim(struct quectel *q)
{
	if (q->now_ms - q->sim_ms > SIM_BUSY_MAX_MS) {
		quectel_fail(q, RECOVERY_SIM, ERR_MODEM_SIM_FAILED);
		return;
	}
	look_again(q);
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

static void judge_sim(struct quectel *q, const struct at_event *ev)
{
	enum err e = sim_err(q, ev);

	if (ev->result != ERR_OK && ev->result != ERR_AT_CME) {
		quectel_fail(q, RECOVERY_COMMAND, ev->result);
		return;
	}
	if (e == ERR_OK) {
		q->pin_tries = 0;   /* a card that opened has all its tries again */
		quectel_stage(q, QUECTEL_STAGE_SIM);
	}
	if (e == ERR_OK || e == ERR_MODEM_SIM_PIN_BAD || (e == ERR_MODEM_SIM_PIN && pin_is_set(q)))
		go_on(q);
	else if (e == ERR_AGAIN)
		wait_for_sim(q);
	else if (e == ERR_MODEM_SIM_MISSING || e == ERR_MODEM_SIM_FAILED)
		quectel_fail(q, RECOVERY_SIM, e);
	else
		quectel_pause(q, e, SIM_LOCKED_MS);
}

/* +QPINC: "SC",2,10      tries that are left of the PIN, of the PUK */
void quectel_on_pin_left(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	uint32_t left;

	(void)s;
	if (at_scan(f, "-n", &left, NULL))
		q->facts.pin_left = (uint8_t)left;
}

/* How many tries are left is known, as far as the modem tells. */
static void judge_pin_left(struct quectel *q, const struct at_event *ev)
{
	(void)ev;
	quectel_pause(q, ERR_MODEM_SIM_PIN_BAD, SIM_LOCKED_MS);
}

/* Three wrong PINs lock the card.  "Incorrect password" (27.007 9.2: 16) is final;
 * after any other failure the SIM is asked whether it still wants the PIN. */
static void judge_pin(struct quectel *q, const struct at_event *ev)
{
	bool wrong = ev->result == ERR_AT_CME && ev->cme == 16;

	q->step--;                /* the question how many are left */
	if (wrong || (ev->result != ERR_OK && q->pin_tries >= PIN_TRIES)) {
		q->pin_refused = true;
		return;
	}
	q->step--;                /* the question before that */
	look_again(q);
}

/* ---- registration ---- */

void quectel_on_status(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	bool was = cellular_registered(&q->status);

	(void)s;
	(void)cellular_line(&q->status, (struct bytes){ f->line, (size_t)(f->end - f->line) });
	if (q->phase == QUECTEL_UP && !was && cellular_registered(&q->status))
		q->verify = true;   /* the context may have gone with the network */
}

static void search_begin(struct quectel *q)
{
	q->phase = QUECTEL_SEARCH;
	q->since_ms = q->denied_ms = q->now_ms;
	quectel_chores_begin(q);
}

/* Longer with each failure, up to an hour. */
static uint32_t denied_limit(const struct quectel *q)
{
	unsigned doublings = q->recovery.failures[RECOVERY_DENIED];

	return doublings > 2 ? 6 * DENIED_MS : DENIED_MS << doublings;
}

static bool search_failed(struct quectel *q)
{
	bool denied = q->status.registration == CELLULAR_REG_DENIED;
	uint32_t denied_for = q->now_ms - q->denied_ms, searched_for = q->now_ms - q->since_ms;

	if (!denied)
		q->denied_ms = q->now_ms;
	else if (denied_for >= denied_limit(q))
		quectel_fail(q, RECOVERY_DENIED, ERR_MODEM_REG_DENIED);
	else if (denied_for >= DENIED_GRACE_MS)
		quectel_tell_down(q, q->why = ERR_MODEM_REG_DENIED);
	if (!denied && searched_for >= SEARCH_MS)
		quectel_fail(q, RECOVERY_SEARCH, ERR_MODEM_NO_NETWORK);
	else if (!denied && searched_for >= SEARCH_TELL_MS)
		quectel_tell_down(q, q->why = ERR_MODEM_NO_NETWORK);
	return q->phase != QUECTEL_SEARCH;
}

void quectel_search_run(struct quectel *q)
{
	bool sim_gone = q->status.sim != CELLULAR_SIM_READY, off = quectel_needs(q, QUECTEL_RADIO_ON);

	if (cellular_registered(&q->status)) {
		q->phase = QUECTEL_SCRIPT;
		quectel_script_run(q);
	} else if (off && q->radio_tries++ > 0) {   /* it was switched on, and does not stay so */
		quectel_fail(q, RECOVERY_SEARCH, ERR_MODEM_NO_NETWORK);
	} else if (sim_gone || off) {
		quectel_script_begin(q);
		quectel_script_run(q);
	} else if (!search_failed(q)) {
		(void)quectel_chores_run(q);
	}
}

/* ---- data connection ---- */

/* +QLTS: "2022/01/14,09:53:07+04,0"    with AT+QLTS=1 the clock is Greenwich's, the zone an extra */
void quectel_on_time(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct bytes text;
	int64_t unix_s;
	int32_t zone_s;
	enum err e = at_field(f, &text) ? cellular_time(text, &unix_s, &zone_s) : ERR_FORMAT;

	(void)s;
	if (e == ERR_FORMAT)
		return;
	if (e == ERR_OK) {
		q->status.network_unix_s = unix_s;
		q->time_wanted = false;
	}
	quectel_tell_time(q, QUECTEL_TIME_NETWORK, unix_s);
}

/* +QIACT: 1,1,1,"10.64.0.7" */
void quectel_on_context(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct bytes ip;
	uint32_t is[2];   /* context, state */

	(void)s;
	if (!at_scan(f, "nn", is, NULL) || is[0] != quectel_context(q) || is[1] != 1)
		return;
	q->seen |= QUECTEL_SEEN_CONTEXT;
	if (at_scan(f, "-t", NULL, &ip))
		cellular_copy(q->status.ip, sizeof q->status.ip, ip);
}

void quectel_context_told(struct quectel *q)
{
	q->context_active = q->dialled = (q->seen & QUECTEL_SEEN_CONTEXT) != 0;
	if (!q->context_active)
		q->status.ip[0] = '\0';
}

static void judge_context(struct quectel *q, const struct at_event *ev)
{
	quectel_context_told(q);
	if (ev->result != ERR_OK)
		quectel_fail(q, RECOVERY_COMMAND, ev->result);
	else
		go_on(q);
}

/* Sockets of an earlier life. */
static void judge_list(struct quectel *q, const struct at_event *ev)
{
	if (ev->result == ERR_OK)
		q->to_close = q->listed;
	go_on(q);
}

static bool is_setting(struct bytes told, const char *wanted)
{
	return bytes_equal_text(told, wanted != NULL ? wanted : "");
}

/* +QICSGP: 1,"internet","","",0 */
void quectel_on_apn(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct bytes is[2];   /* APN, user */

	(void)s;
	if (q->config.apn != NULL && q->config.apn[0] != '\0' && at_scan(f, "-tt", NULL, is) &&
	    (!is_setting(is[0], q->config.apn) || !is_setting(is[1], q->config.user)))
		q->todo |= QUECTEL_TODO_DEACTIVATE;
}

static void judge_deactivate(struct quectel *q, const struct at_event *ev)
{
	(void)ev;
	q->todo &= (uint8_t)~QUECTEL_TODO_DEACTIVATE;
	q->context_active = false;
	go_on(q);
}

static void judge_apn(struct quectel *q, const struct at_event *ev)
{
	q->dialled = false;
	q->code = q->facts.esm = 0;
	if (ev->result != ERR_OK)
		quectel_fail(q, RECOVERY_CONTEXT, ERR_MODEM_PDP_REFUSED);
	else
		go_on(q);
}

static void judge_activate(struct quectel *q, const struct at_event *ev)
{
	q->dialled = ev->result == ERR_OK;
	go_on(q);
}

/* +QIGETERROR: 572,operation not allowed      the number counts, the words vary */
void quectel_on_code(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	uint32_t code;

	(void)s;
	if (at_scan(f, "n", &code, NULL))
		q->code = q->facts.code = (uint16_t)code;
}

/* QIACT answers ERROR, too, when the context is active already: what QIACT?
 * says now decides. */
static void judge_address(struct quectel *q, const struct at_event *ev)
{
	struct quectel_error e = quectel_error_find(q->code);
	bool dialled = q->dialled;

	quectel_context_told(q);
	if (ev->result != ERR_OK && dialled)
		q->context_active = true;
	if (q->context_active)
		go_on(q);
	else
		quectel_fail(q, RECOVERY_CONTEXT, e.cure == QUECTEL_CURE_CONTEXT ? e.err : ERR_MODEM_PDP_REFUSED);
}

void quectel_context_lost(struct quectel *q, enum err err)
{
	if (q->phase != QUECTEL_UP && !(q->phase == QUECTEL_SCRIPT && q->context_active))
		return;
	at_count(&q->facts.context_losses);
	q->facts.context_s = (q->now_ms - q->since_ms) / 1000;
	q->todo |= QUECTEL_TODO_DEACTIVATE;
	quectel_fail(q, RECOVERY_CONTEXT, err);
}

/* ---- the table ---- */

/* What the answer means, the second one if the first was a failure (but not where
 * ONCE); it goes on, waits or fails. */
#define JUDGES(X)                                                                                           \
	X(SWITCH, judge_switch)     X(RESTART, judge_restart)       X(SPEED, judge_speed)                   \
	X(IDENTITY, judge_identity) X(RADIO_OFF, judge_radio_off)   X(RADIO_ON, judge_radio_on)             \
	X(SIM, judge_sim)           X(PIN, judge_pin)               X(CONTEXT, judge_context)               \
	X(LIST, judge_list)         X(DEACTIVATE, judge_deactivate) X(APN, judge_apn)                       \
	X(ACTIVATE, judge_activate) X(ADDRESS, judge_address)       X(PIN_LEFT, judge_pin_left)

#define JUDGE_ENUM(name, function) JUDGE_##name,
enum judge { ANY_WILL_DO, JUDGES(JUDGE_ENUM) JUDGE_COUNT };
_Static_assert((int)JUDGE_COUNT <= 16, "fits its bits");

#define OP(command, time, lines, how, condition, judgement)                             \
	{ .text = command, .seconds = QUECTEL_##time, .line = QUECTEL_##lines,          \
	  .properties = how, .when = QUECTEL_##condition, .judge = judgement }

const struct quectel_op quectel_op_context = OP("+QIACT?", SHORT, CONTEXT, 0, ALWAYS, 0);
const struct quectel_op quectel_op_list = OP("+QISTATE?", SHORT, LISTED, 0, ALWAYS, 0);
const struct quectel_op quectel_op_code = OP("+QIGETERROR", SHORT, CODE, QUECTEL_OPTIONAL, ALWAYS, 0);
const struct quectel_op quectel_op_deactivate = OP("+QIDEACT=%c", DEACT, NO_LINES, 0, ALWAYS, 0);

#define ASKS(command, lines, condition, judgement) OP(command, SHORT, lines, 0, condition, judgement)
#define SETS(command, condition, judgement)  OP(command, SHORT, NO_LINES, QUECTEL_OPTIONAL, condition, judgement)
#define DOES(command, time, how, condition, judgement) OP(command, time, NO_LINES, how, condition, judgement)

enum { OPTIONAL = QUECTEL_OPTIONAL, SECRET = QUECTEL_SECRET, ONCE = QUECTEL_ONCE };

static const struct quectel_op steps[] = {
	DOES("+QPOWD", SHORT, 0,                             TO_SWITCH,      JUDGE_SWITCH),
	DOES("+CFUN=1,1", CFUN, 0,                           TO_RESTART,     JUDGE_RESTART),
	SETS("+IPR=%b",                                      AT_OTHER_SPEED, JUDGE_SPEED),
	SETS("+CMEE=1",                                      ALWAYS,         ANY_WILL_DO),
	OP("I", SHORT, IDENTITY, QUECTEL_BARE,               ALWAYS,         JUDGE_IDENTITY),
	ASKS("+IFC?", IFC,                                   ALWAYS,         ANY_WILL_DO),
	SETS("+IFC=%f,%f",                                   IF_DIFFERENT,   ANY_WILL_DO),
	ASKS("+QURCCFG=\"urcport\"", URC_PORT,               ALWAYS,         ANY_WILL_DO),
	SETS("+QURCCFG=\"urcport\",\"uart1\"",               IF_DIFFERENT,   ANY_WILL_DO),
	SETS("+QISDE=0",                                     ALWAYS,         ANY_WILL_DO),
	SETS("+QICFG=\"viewmode\",0",                        ALWAYS,         ANY_WILL_DO),
	SETS("+QICFG=\"dataformat\",0,0",                    ALWAYS,         ANY_WILL_DO),
	SETS("+QICFG=\"tcp/keepalive\",1,%k,25,3",           ALWAYS,         ANY_WILL_DO),

	SETS("+CPSMS=0",                                     HAS_SLEPT,      ANY_WILL_DO),
	DOES("+CFUN=0", CFUN, 0,                             RADIO_OFF,      JUDGE_RADIO_OFF),
	DOES("+CFUN=1", CFUN, 0,                             RADIO_ON,       JUDGE_RADIO_ON),
	ASKS("+CPIN?", STATUS,                               ALWAYS,         JUDGE_SIM),
	OP("+QPINC=\"SC\"", SHORT, PIN_LEFT, OPTIONAL | ONCE, PIN_REFUSED,   JUDGE_PIN_LEFT),
	DOES("+CPIN=\"%s\"", SHORT, SECRET | ONCE,           PIN_ASKED,      JUDGE_PIN),

	SETS("+CEREG=2",                                     ALWAYS,         ANY_WILL_DO),
	SETS("+CGREG=2",                                     ALWAYS,         ANY_WILL_DO),
	SETS("+CREG=2",                                      ALWAYS,         ANY_WILL_DO),
	ASKS("+CEREG?", STATUS,                              ALWAYS,         ANY_WILL_DO),
	ASKS("+CGREG?", STATUS,                              UNREGISTERED,   ANY_WILL_DO),
	ASKS("+CREG?", STATUS,                               UNREGISTERED,   ANY_WILL_DO),
	{ .text = NULL, .when = QUECTEL_UNREGISTERED },      /* the gate of registration */

	ASKS("+QLTS=1", TIME,                                ALWAYS,         ANY_WILL_DO),
	ASKS("+QIACT?", CONTEXT,                             ALWAYS,         JUDGE_CONTEXT),
	ASKS("+QISTATE?", LISTED,                            ACTIVE,         JUDGE_LIST),
	ASKS("+QICSGP=%c", APN,                              ACTIVE,         ANY_WILL_DO),
	DOES("+QIDEACT=%c", DEACT, OPTIONAL,                 TO_DEACTIVATE,  JUDGE_DEACTIVATE),
	DOES("+QICSGP=%c,1,\"%a\"%u", SHORT, SECRET,         INACTIVE,       JUDGE_APN),
	DOES("+QIACT=%c", ACT, ONCE,                         INACTIVE,       JUDGE_ACTIVATE),
	ASKS("+QIGETERROR", CODE,                            NOT_DIALLED,    ANY_WILL_DO),
	OP("+CEER", SHORT, CAUSE, OPTIONAL | ONCE,            NOT_DIALLED,    ANY_WILL_DO),
	ASKS("+QIACT?", CONTEXT,                             INACTIVE,       JUDGE_ADDRESS),
};

enum { STEPS = sizeof steps / sizeof steps[0] };

/* A condition is that of a byte of struct quectel the bits MASK are IS. */
#define BYTE(member, bits, value) { offsetof(struct quectel, member), bits, value }

static const struct condition {
	uint16_t at;
	uint8_t  mask, is;
} conditions[] = {
	[QUECTEL_ALWAYS]        = BYTE(todo, 0, 0),
	[QUECTEL_TO_DEACTIVATE] = BYTE(todo, QUECTEL_TODO_DEACTIVATE, QUECTEL_TODO_DEACTIVATE),
	[QUECTEL_RADIO_OFF]     = BYTE(todo, QUECTEL_TODO_RADIO, QUECTEL_TODO_RADIO),
	[QUECTEL_TO_RESTART]    = BYTE(todo, QUECTEL_TODO_RESTART, QUECTEL_TODO_RESTART),
	[QUECTEL_TO_SWITCH]     = BYTE(todo, QUECTEL_TODO_SWITCH, QUECTEL_TODO_SWITCH),
	[QUECTEL_IF_DIFFERENT]  = BYTE(seen, QUECTEL_SEEN_DIFFERENT, QUECTEL_SEEN_DIFFERENT),
	[QUECTEL_PIN_ASKED]     = BYTE(status.sim, 0xff, CELLULAR_SIM_PIN),
	[QUECTEL_DENIED]        = BYTE(status.registration, 0xff, CELLULAR_REG_DENIED),
	[QUECTEL_HAS_SLEPT]     = BYTE(slept, 1, 1),
	[QUECTEL_UNREGISTERED]  = BYTE(status.registration, CELLULAR_REG_HOME & CELLULAR_REG_ROAMING, 0),
	[QUECTEL_ACTIVE]        = BYTE(context_active, 1, 1),
	[QUECTEL_INACTIVE]      = BYTE(context_active, 1, 0),
	[QUECTEL_NOT_DIALLED]   = BYTE(dialled, 1, 0),
	[QUECTEL_NO_IMEI]       = BYTE(status.imei, 0xff, '\0'),
	[QUECTEL_NO_ICCID]      = BYTE(status.iccid, 0xff, '\0'),
	[QUECTEL_NO_TIME]       = BYTE(time_wanted, 1, 1),
	[QUECTEL_IN_UP]         = BYTE(phase, 0xff, QUECTEL_UP),
	[QUECTEL_IN_SEARCH]     = BYTE(phase, 0xff, QUECTEL_SEARCH),
};

_Static_assert((CELLULAR_REG_HOME & CELLULAR_REG_ROAMING) == 4 && CELLULAR_REG_DENIED < 4, "one bit tells");
_Static_assert(sizeof(enum cellular_sim) == sizeof(enum quectel_phase), "enumerations of one size");

bool quectel_needs(const struct quectel *q, unsigned condition)
{
	const struct condition *c = &conditions[condition];

	if (condition == QUECTEL_AT_OTHER_SPEED)
		return at_baud(&q->at) != at_baud_up_to(q->baud);
	if (condition == QUECTEL_RADIO_ON)
		return q->status.cfun != 1 && q->status.cfun != CELLULAR_UNKNOWN;
	if (condition == QUECTEL_PIN_REFUSED)
		return q->status.sim == CELLULAR_SIM_PIN && q->pin_refused;
	return (((const uint8_t *)q)[c->at] & c->mask) == c->is;
}

static void script_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	static void (*const judges[])(struct quectel *q, const struct at_event *ev) = {
#define JUDGE(name, function) [JUDGE_##name] = function,
		JUDGES(JUDGE)
#undef JUDGE
	};
	const struct quectel_op *step = &steps[q->step];
	bool any = step->judge == ANY_WILL_DO;
	bool told = ev->result == ERR_OK || (!any && ev->result == ERR_AT_CME);   /* a number is an answer, too */

	(void)s;
	if (q->phase != QUECTEL_SCRIPT)
		return;
	if (!told && (step->properties & QUECTEL_ONCE) == 0 && q->step_tries++ == 0)
		return;   /* once more */
	if (any)
		go_on(q);
	else
		judges[step->judge](q, ev);
}

static void up(struct quectel *q)
{
	q->phase = QUECTEL_UP;
	q->why = q->told = ERR_OK;
	q->since_ms = q->now_ms;
	q->verify = q->slept = false;
	q->radio_tries = 0;
	recovery_over(&q->recovery, RECOVERY_COMMAND);
	recovery_over(&q->recovery, RECOVERY_SIM);
	recovery_over(&q->recovery, RECOVERY_SEARCH);
	recovery_over(&q->recovery, RECOVERY_DENIED);
	quectel_stage(q, QUECTEL_STAGE_CONTEXT);
	quectel_chores_begin(q);
	quectel_tell(q, QUECTEL_EV_UP, ERR_OK);
}

void quectel_script_begin(struct quectel *q)
{
	q->phase = QUECTEL_SCRIPT;
	q->step = q->step_tries = 0;
	q->sim_ms = q->now_ms;
}

void quectel_script_run(struct quectel *q)
{
	if (q->context_active && q->to_close != 0) {   /* sockets of an earlier life, before anything else */
		quectel_close_one(q);
		return;
	}
	while (q->step < STEPS && !quectel_needs(q, steps[q->step].when))
		go_on(q);
	if (cellular_registered(&q->status))
		quectel_stage(q, QUECTEL_STAGE_REGISTERED);
	if (q->step >= STEPS)
		up(q);
	else if (steps[q->step].text == NULL)
		search_begin(q);
	else
		quectel_run(q, &steps[q->step], NULL, script_done);
}
