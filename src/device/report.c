/* SPDX-License-Identifier: Apache-2.0 */
#include "device/report.h"

#include "base/calendar.h"
#include "base/ticks.h"
#include "device/device_internal.h"
#include "diagnosis/rules.h"

enum {
	SEARCH_NOTE_S = 240,     /* a search that has heard nothing so far is worth a word */
	SEARCH_FAIL_S = 300,     /* and has failed, whatever the modem's driver tries */
	RADIO_OFF_S   = 30,      /* a radio that stays off so long was switched on in vain */
	YIELD_MS      = 2000,    /* after a login the application's messages go first */
	RETRY_MS      = 10000,   /* no memory, no room in the outbox */
	PATIENCE      = 6,       /* so often: then a message is cut to the room there is */
	JSON_LEAST    = 200,     /* bytes: with less room it waits */
	JSON_MOST     = HISTORY_LINE_MAX + 160
};

static const char subfolder[] = "diagnosis";

/* ---- memory ---- */

/* What TLS has left over; never a refused allocation, which TLS would take for its own. */
void *report_room(struct device *d, size_t size)
{
	return arena_largest(&d->crypto.arena) >= size ? arena_alloc(&d->crypto.arena, size) : NULL;
}

void report_read(struct device *d, const struct device_event *ev)
{
	arena_free(&d->crypto.arena, d->report.line);
	d->report.line = NULL;
	if (ev != NULL && ev->type == DEVICE_EV_DIAGNOSIS && ev->data.data != (const uint8_t *)d->report.small)
		d->report.line = (void *)(uintptr_t)ev->data.data;
}

/* ---- a line ---- */

struct line {
	struct text text;
	char *buf;
	bool  whole;       /* there is memory for all of it */
};

static void line_begin(struct device *d, struct line *l)
{
	char *buf = report_room(d, DIAGNOSIS_LINE_SIZE);

	l->whole = buf != NULL;
	l->buf = l->whole ? buf : d->report.small;
	text_init(&l->text, l->buf, l->whole ? (size_t)DIAGNOSIS_LINE_SIZE : sizeof d->report.small);
}

static void line_code(struct line *l, enum verdict v)
{
	text_add(&l->text, "diagnosis: [");
	diagnosis_code(&l->text, v);
	text_add_char(&l->text, ']');
}

static void line_end(struct device *d, struct line *l)
{
	struct device_event ev = { .type = DEVICE_EV_DIAGNOSIS, .data = text_bytes(&l->text) };

	if (l->whole)
		arena_shrink(&d->crypto.arena, l->buf, l->text.len + 1);
	if (d->event_count < DEVICE_EVENTS)
		device_tell(d, &ev);
	else if (l->whole)
		arena_free(&d->crypto.arena, l->buf);
}

/* ---- what the device does next ---- */

/* A person has to do something first; the modem is asked again meanwhile. */
static bool waits_for_setting(const struct device *d, enum err err)
{
	return d->state == DEVICE_STOPPED || err == ERR_MODEM_SIM_PIN || err == ERR_MODEM_SIM_PIN_BAD ||
	       err == ERR_MODEM_SIM_PUK || err == ERR_MODEM_MODEL || err == ERR_ARG;
}

static struct diagnosis_next in_ms(uint32_t now_ms, uint32_t at_ms)
{
	return (struct diagnosis_next){ DIAGNOSIS_NEXT_TRY, (ticks_until(now_ms, at_ms) + 999) / 1000 };
}

static struct diagnosis_next next_of(const struct device *d, uint32_t now_ms)
{
	uint32_t hold_s = retained_hold_s(d->cfg.retained);

	if (d->evidence.subject == EVIDENCE_START)
		return (struct diagnosis_next){ hold_s > 0 ? DIAGNOSIS_NEXT_TRY : DIAGNOSIS_NEXT_GO, hold_s };
	if (d->evidence.subject == EVIDENCE_NOTICE)
		return (struct diagnosis_next){ DIAGNOSIS_NEXT_GO, 0 };
	if (waits_for_setting(d, (enum err)d->evidence.err))
		return (struct diagnosis_next){ DIAGNOSIS_NEXT_SETTING, 0 };
	if (d->state == DEVICE_WAIT || d->state == DEVICE_CLOCK)
		return in_ms(now_ms, d->wait_ms);
	if (d->modem_used && d->modem.phase == QUECTEL_WAIT)
		return in_ms(now_ms, d->modem.wait_ms);
	return (struct diagnosis_next){ DIAGNOSIS_NEXT_GO, 0 };
}

/* ---- saying ---- */

/* A device that restarts again and again without a login has one verdict to keep. */
static bool is_kept(struct device *d, enum verdict v)
{
	struct history_verdict last;
	size_t len;

	return history_verdict(&d->history, 0, &last, NULL, 0, &len) && last.code == v && !last.sent;
}

static void keep(struct device *d, enum verdict v, struct bytes line, uint32_t now_ms)
{
	int64_t now_s;

	if (d->state == DEVICE_STOPPED && d->evidence.subject == EVIDENCE_CONNECTION)
		return;   /* somebody is setting it up, and has seen it */
	if (is_kept(d, v))
		return;
	if (!clock_now(&d->clock, now_ms, &now_s))
		now_s = 0;
	history_add(&d->history, (uint16_t)v, now_s, line);
	d->report.unsent = true;
}

static void say(struct device *d, enum verdict v, uint32_t now_ms)
{
	struct line l;

	line_begin(d, &l);
	if (l.whole)
		diagnosis_line(&l.text, v, &d->evidence, next_of(d, now_ms));
	else
		line_code(&l, v);
	keep(d, v, text_bytes(&l.text), now_ms);
	line_end(d, &l);
}

static void judge(struct device *d, uint32_t now_ms)
{
	struct witness_scratch *scratch = witness_recall(d);
	enum verdict v;
	bool fresh;

	clock_evidence(&d->clock, &d->evidence, now_ms);   /* a second source may have told since */
	fresh = diagnosis_failed(&d->report.diagnosis, &d->evidence, &v);

	if (fresh || (d->report.again && v != VERDICT_NONE)) {
		d->report.again = false;
		say(d, v, now_ms);
	}
	witness_forget(d, scratch);
}

/* Of what is no failure of a connection: nothing is counted, nothing recovers. */
static void judge_aside(struct device *d, enum evidence_subject subject, uint32_t now_ms)
{
	struct witness_scratch *scratch = witness_recall(d);
	uint16_t tries = d->evidence.tries;
	enum verdict v;

	d->evidence.subject = (uint8_t)subject;
	d->evidence.tries = 0;
	v = rules_decide(&d->evidence, NULL);
	if (v != VERDICT_NONE)
		say(d, v, now_ms);
	d->evidence.subject = EVIDENCE_CONNECTION;
	d->evidence.tries = tries;
	witness_forget(d, scratch);
}

/* ---- what happened ---- */

void report_start(struct device *d, uint32_t now_ms)
{
	struct retained before;

	if (witness_before(d, &before))
		judge_aside(d, EVIDENCE_START, now_ms);
	d->evidence.last_line = NULL;
}

void report_refused(struct device *d, enum err why, uint32_t now_ms)
{
	bool bare = why == ERR_DEVICE_SETTING && d->evidence.host[0] == '\0';   /* nobody has begun to set it up */

	evidence_fail(&d->evidence, why);
	if (!bare)
		judge_aside(d, EVIDENCE_CONNECTION, now_ms);
}

void report_failed(struct device *d, enum err why, uint32_t now_ms)
{
	if (why != ERR_OK && d->evidence.echoes == 0)
		judge(d, now_ms);
}

/* Messages found no room while there was no connection. */
static void notice_queue(struct device *d, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;

	e->dropped = witness_given_up(d);
	if (e->dropped == 0)
		return;
	e->queued = (uint32_t)outbox_counts(&d->outbox).records;
	e->offline_s = d->witness.now_s - d->witness.offline_s;
	report_notice(d, now_ms);
	e->dropped = 0;
}

/* The settings are erased too often to last for years. */
static void notice_wear(struct device *d, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;
	uint32_t per_day;
	int64_t now_s;

	if (!clock_now(&d->clock, now_ms, &now_s) ||
	    !history_wear(&d->history, settings_erases(&d->settings), now_s, &per_day) || per_day == 0)
		return;
	e->erases_day = (uint16_t)(per_day < UINT16_MAX ? per_day : UINT16_MAX);
	e->have = FLASH_LIFE / per_day;
	report_notice(d, now_ms);
	e->erases_day = 0;
	e->have = 0;
}

/* What ends good sessions is not over with the next login. */
static bool ends_sessions(enum verdict v)
{
	return v == VERDICT_MQTT_TOPIC_1 || v == VERDICT_MQTT_TOPIC_2 || v == VERDICT_MQTT_TWIN_1;
}

static void say_recovered(struct device *d, uint32_t offline_s)
{
	struct report *r = &d->report;
	struct line l;

	if (!diagnosis_succeeded(&r->diagnosis, &r->recovered, &r->times))
		return;
	line_begin(d, &l);
	if (l.whole)
		diagnosis_recovered(&l.text, r->recovered, r->times, offline_s);
	else
		text_add(&l.text, "diagnosis: connected again [OK]");
	line_end(d, &l);
}

/* A session lasts longer than those that ended. */
static void watch_session(struct device *d)
{
	const struct witness *w = &d->witness;

	if (ends_sessions(d->report.diagnosis.said) && w->now_s - w->online_s >= WITNESS_KICK_S)
		say_recovered(d, w->online_s - w->offline_s);
}

void report_login(struct device *d, uint32_t now_ms)
{
	struct report *r = &d->report;

	r->again = false;
	r->unsent = true;
	r->retry_ms = now_ms + YIELD_MS;
	if (!ends_sessions(r->diagnosis.said))
		say_recovered(d, d->witness.now_s - d->witness.offline_s);
	notice_queue(d, now_ms);
	notice_wear(d, now_ms);
}

void report_notice(struct device *d, uint32_t now_ms)
{
	clock_evidence(&d->clock, &d->evidence, now_ms);
	judge_aside(d, EVIDENCE_NOTICE, now_ms);
	d->evidence.clock_jump_s = EVIDENCE_NO_SPAN;   /* said */
}

void report_dropped(struct device *d, enum err why, uint32_t size, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;
	uint16_t failed = e->err;

	e->err = (uint16_t)why;
	e->need = size;
	e->have = sizeof d->inbox;
	report_notice(d, now_ms);
	e->err = failed;
	e->need = e->have = 0;
}

/* ---- what goes on too long ---- */

/* The driver tells a search that has failed; before that, how it goes. */
static void watch_search(struct device *d, uint32_t now_ms)
{
	uint32_t s = witness_search_s(d);
	const struct cellular_status *status = quectel_status(&d->modem);
	bool off = status->cfun == 0 || status->cfun == 4;
	bool unheard = status->rssi_dbm == CELLULAR_UNKNOWN && status->registration == CELLULAR_REG_SEARCHING;
	uint8_t told = s >= SEARCH_FAIL_S ? 2 : (off && s >= RADIO_OFF_S) || (unheard && s >= SEARCH_NOTE_S) ? 1 : 0;

	if (told <= d->witness.search_told || d->evidence.err != ERR_OK)
		return;
	d->witness.search_told = told;
	witness_collect(d, ERR_MODEM_NO_NETWORK, now_ms);
	report_failed(d, ERR_MODEM_NO_NETWORK, now_ms);
	if (told == 1)
		d->evidence.err = ERR_OK;   /* it goes on: the failure is still to come */
}

/* Another SIM than at the last login is seen as soon as it is read. */
static void look_at_sim(struct device *d, uint32_t now_ms)
{
	const struct cellular_status *status = quectel_status(&d->modem);
	struct history_good good;

	if (d->witness.sim_looked || status->iccid[0] == '\0')
		return;
	d->witness.sim_looked = true;
	history_good(&d->history, &good);
	if (good.iccid[0] != '\0' && !bytes_equal_text(bytes_of(good.iccid), status->iccid)) {
		d->evidence.iccid = status->iccid;
		report_notice(d, now_ms);
	}
	if (d->state == DEVICE_ONLINE)
		witness_good(d, now_ms);
}

/* ---- to those who run the fleet ---- */

static void add_time(struct text *t, int64_t unix_s)
{
	char at[CLOCK_TEXT_SIZE];

	clock_text(unix_s, at);
	at[10] = 'T';
	text_add(t, at);
	text_add_char(t, 'Z');
}

/* LINE as far as it goes in SIZE bytes, as a JSON string; what is cut ends with "..". */
static void add_line(struct text *t, struct bytes line, size_t size)
{
	size_t at = 0, end = t->len + size - 2;

	text_add_char(t, '"');
	for (; at < line.len && t->len + 4 <= end; at++) {
		if (line.data[at] == '"' || line.data[at] == '\\')
			text_add_char(t, '\\');
		text_add_char(t, line.data[at] >= ' ' && line.data[at] <= '~' ? (char)line.data[at] : '?');
	}
	text_add(t, at < line.len ? ".." : "");
	text_add_char(t, '"');
}

static bool is_newest(struct device *d, const struct history_verdict *v)
{
	struct history_verdict last;
	size_t len;

	return history_verdict(&d->history, 0, &last, NULL, 0, &len) && last.number == v->number;
}

/* {"code":"TLS-ROOT-1","at":"2026-11-22T18:30:05Z","times":3,"line":"..."} */
static void add_json(struct device *d, struct text *t, const struct history_verdict *v, struct bytes line)
{
	text_add(t, "{\"code\":\"");
	diagnosis_code(t, (enum verdict)v->code);
	if (v->at_s != 0) {
		text_add(t, "\",\"at\":\"");
		add_time(t, v->at_s);
	}
	text_add(t, "\",");
	if (is_newest(d, v) && (enum verdict)v->code == d->report.recovered) {
		text_add(t, "\"times\":");
		text_add_u32(t, d->report.times);
		text_add_char(t, ',');
	}
	text_add(t, "\"line\":");
	add_line(t, line, t->size - 1 - t->len - 1);
	text_add_char(t, '}');
}

/* Bytes that the message may have: as the connection can carry; and once it has
 * waited long enough, what room the outbox has. */
static size_t json_size(const struct device *d, size_t line_len)
{
	size_t most = device_event_max(d, sizeof subfolder - 1), room = outbox_room(&d->outbox);
	size_t want = 2 * line_len < JSON_MOST - 160 ? 2 * line_len + 160 : JSON_MOST;

	room = room > sizeof subfolder - 1 ? room - (sizeof subfolder - 1) : 0;
	if (want > most)
		want = most;
	if (want <= room)
		return want;
	return d->report.waited >= PATIENCE && room >= JSON_LEAST ? room : 0;
}

struct letter {
	struct history_verdict verdict;
	size_t line_len;
	char   line[HISTORY_LINE_MAX];
	char   json[JSON_MOST + 1];
};

static bool send_letter(struct device *d, struct letter *m)
{
	struct report *r = &d->report;
	size_t size = json_size(d, m->line_len);
	struct text t;

	if (size == 0)
		return false;
	text_init(&t, m->json, size + 1);
	add_json(d, &t, &m->verdict, (struct bytes){ (const uint8_t *)m->line, m->line_len });
	if (device_publish(d, subfolder, text_bytes(&t), &r->seq) != ERR_OK)
		return false;
	r->number = m->verdict.number;
	return true;
}

/* One at a time, the oldest first. */
static void send_next(struct device *d, uint32_t now_ms)
{
	struct report *r = &d->report;
	struct letter *m = report_room(d, sizeof *m);
	bool sent = m == NULL;

	if (m != NULL) {
		r->unsent = history_unsent(&d->history, &m->verdict, m->line, sizeof m->line, &m->line_len);
		sent = r->unsent && send_letter(d, m);
		arena_free(&d->crypto.arena, m);
	}
	r->waited = sent ? 0 : (uint8_t)(r->waited < PATIENCE ? r->waited + 1 : PATIENCE);
	r->retry_ms = now_ms + RETRY_MS;
}

static bool wants_to_send(const struct device *d)
{
	return d->state == DEVICE_ONLINE && d->report.unsent && d->report.number == 0;
}

bool report_deadline(const struct device *d, uint32_t *at_ms)
{
	*at_ms = d->report.retry_ms;
	return wants_to_send(d);
}

void report_step(struct device *d, uint32_t now_ms)
{
	if (d->state == DEVICE_MODEM)
		watch_search(d, now_ms);
	if (d->state == DEVICE_ONLINE)
		watch_session(d);
	if (d->state != DEVICE_STOPPED)
		look_at_sim(d, now_ms);
	if (wants_to_send(d) && ticks_reached(now_ms, d->report.retry_ms))
		send_next(d, now_ms);
}

bool report_acked(struct device *d, uint32_t seq, uint32_t now_ms)
{
	struct report *r = &d->report;

	if (r->number == 0 || r->seq != seq)
		return false;
	history_sent(&d->history, r->number);
	r->number = 0;
	r->retry_ms = now_ms;
	return true;
}
