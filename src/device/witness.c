/* SPDX-License-Identifier: Apache-2.0 */
#include "device/witness.h"

#include "base/crc.h"
#include "base/ticks.h"
#include "crypto/tls_evidence.h"
#include "device/device_internal.h"

#include <string.h>

enum { DAY_S = 86400 };

/* Texts of the evidence that are made, or read from flash, for one verdict. */
struct witness_scratch {
	struct history_good good;
	char topic[sizeof "/devices//events/" + sizeof ((struct profile *)0)->device + DEVICE_SUBFOLDER_MAX];
};

/* ---- how far it is ---- */

/* What the modem is about, as far as it tells. */
static enum evidence_step modem_step(const struct device *d)
{
	const struct cellular_status *s = quectel_status(&d->modem);

	if (quectel_facts(&d->modem)->stage == QUECTEL_STAGE_NONE || s->model[0] == '\0')
		return EVIDENCE_AT_MODEM;
	if (s->sim != CELLULAR_SIM_READY)
		return EVIDENCE_AT_SIM;
	return cellular_registered(s) ? EVIDENCE_AT_DATA : EVIDENCE_AT_SEARCH;
}

static enum evidence_step step_of(const struct device *d)
{
	static const uint8_t steps[] = {
		[DEVICE_STOPPED] = EVIDENCE_AT_NONE,    [DEVICE_MODEM] = EVIDENCE_AT_NONE,
		[DEVICE_CLOCK] = EVIDENCE_AT_CLOCK,     [DEVICE_OPEN] = EVIDENCE_AT_OPEN,
		[DEVICE_HANDSHAKE] = EVIDENCE_AT_TLS,   [DEVICE_LOGIN] = EVIDENCE_AT_LOGIN,
		[DEVICE_ONLINE] = EVIDENCE_AT_ONLINE,   [DEVICE_WAIT] = EVIDENCE_AT_NONE,
	};

	return d->state == DEVICE_MODEM ? modem_step(d) : (enum evidence_step)steps[d->state];
}

void witness_begin(struct device *d, uint32_t now_ms)
{
	evidence_begin(&d->evidence);
	d->witness.step_ms = d->witness.sent_ms = now_ms;
}

void witness_reach(struct device *d, uint32_t now_ms)
{
	enum evidence_step step = step_of(d);

	if (d->evidence.step >= step)
		return;
	evidence_reach(&d->evidence, step);
	d->witness.step_ms = now_ms;
}

/* A search lasts over the driver's own tries. */
static void watch_search(struct device *d)
{
	struct witness *w = &d->witness;
	bool searching = d->state == DEVICE_MODEM && modem_step(d) == EVIDENCE_AT_SEARCH;

	if (searching && !w->searching)
		w->search_s = w->now_s;
	w->searching = searching;
}

void witness_step(struct device *d, uint32_t now_ms)
{
	struct witness *w = &d->witness;
	uint32_t passed_s = (now_ms - w->tick_ms) / 1000;

	w->now_s += passed_s;
	w->tick_ms += passed_s * 1000;
	if (w->now_s - w->day_s >= DAY_S) {
		w->day_s = w->now_s;
		w->day_bytes = (uint32_t)(d->bytes_up + d->bytes_down);
	}
	if (d->state == DEVICE_STOPPED)
		return;
	watch_search(d);
	witness_reach(d, now_ms);
}

uint32_t witness_search_s(const struct device *d)
{
	return d->witness.searching ? d->witness.now_s - d->witness.search_s : 0;
}

/* ---- the start ---- */

void witness_init(struct device *d, uint32_t now_ms)
{
	evidence_init(&d->evidence);
	d->witness.tick_ms = now_ms;
	d->evidence.keepalive_s = DEVICE_KEEPALIVE_S;
}

void witness_key(struct device *d, const uint8_t fingerprint[32])
{
	struct witness *w = &d->witness;
	struct text t;

	text_init(&t, w->key, sizeof w->key);
	text_add(&t, "SHA256:");
	for (unsigned i = 0; i < 8; i++)
		text_add_hex(&t, fingerprint[i], 2);
	w->who = crc32(0, fingerprint, 32);
}

static void add_who(uint32_t *who, const char *id)
{
	*who = crc32(*who, id, strlen(id) + 1);
}

void witness_start(struct device *d, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;
	const struct profile *p = &d->profile;

	witness_begin(d, now_ms);
	add_who(&d->witness.who, p->project);
	add_who(&d->witness.who, p->region);
	add_who(&d->witness.who, p->registry);
	add_who(&d->witness.who, p->device);
	d->witness.sim_looked = d->witness.online = d->witness.searching = false;
	d->witness.offline_s = d->witness.now_s;
	d->witness.topic_closed = 0;
	e->kicks = e->topic_closes = 0;
	e->state_works = e->token_ok = EVIDENCE_UNKNOWN;
	e->host = p->host;
	e->port = p->port;
	e->apn = p->apn;
	e->project = p->project;
	e->registry = p->registry;
	e->device = p->device;
	e->pin_set = p->pin[0] != '\0' ? EVIDENCE_YES : EVIDENCE_NO;
	e->ids_ok = EVIDENCE_YES;   /* profile_load() has looked */
	e->key = d->witness.key;
}

/* ---- a session ---- */

/* Events in the same place have the same sum. */
static uint32_t topic_sum(struct bytes subfolder)
{
	return crc32(1, subfolder.data, subfolder.len);
}

void witness_publish(struct device *d, const struct outbox_record *r, uint32_t now_ms)
{
	d->witness.publish_ms = now_ms;
	d->witness.publish_seq = r->seq;
	d->witness.topic = topic_sum(r->message.subfolder);
}

void witness_acked(struct device *d, uint32_t seq)
{
	if (seq == d->witness.publish_seq)
		d->witness.topic = 0;
}

static uint32_t given_up(const struct device *d)
{
	struct outbox_counts c = outbox_counts(&d->outbox);

	return c.dropped + c.rejected;
}

void witness_login(struct device *d, uint32_t now_ms)
{
	struct witness *w = &d->witness;

	witness_reach(d, now_ms);
	w->online = true;
	w->online_s = w->now_s;
	w->topic = 0;
}

/* Was the close an answer to what was published last?  Only what is not
 * acknowledged can be to blame. */
static void count_topic(struct device *d, bool closed, uint32_t now_ms)
{
	struct witness *w = &d->witness;
	bool soon = w->topic != 0 && now_ms - w->publish_ms <= WITNESS_TOPIC_MS;

	if (!closed || !soon) {
		d->evidence.topic_closes = 0;
		w->topic_closed = 0;
		return;
	}
	if (w->topic != w->topic_closed)
		d->evidence.topic_closes = 0;
	w->topic_closed = w->topic;
	d->evidence.topic_closes++;
}

static bool is_close(enum err why)
{
	return why == ERR_MODEM_CLOSED || why == ERR_MODEM_SOCKET_DEAD || why == ERR_TLS_CLOSED || why == ERR_TLS_EOF;
}

/* A session that had begun is over. */
static void end_session(struct device *d, enum err why, uint32_t now_ms)
{
	struct witness *w = &d->witness;
	struct evidence *e = &d->evidence;
	bool closed = is_close(why);

	e->up_s = w->now_s - w->online_s;
	if (why == ERR_OK || why == ERR_IOTCORE_RENEW)
		return;
	count_topic(d, closed, now_ms);
	e->kicks = closed && e->up_s < WITNESS_KICK_S && e->topic_closes == 0 ?
			   (uint8_t)(e->kicks < UINT8_MAX ? e->kicks + 1 : UINT8_MAX) : 0;
}

/* ---- gathering ---- */

static void write_modem(struct device *d, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;

	if (!d->modem_used)
		return;
	(void)now_ms;
	e->search_s = witness_search_s(d);
}

static void write_clock(struct device *d, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;

	clock_evidence(&d->clock, e, now_ms);
	if (d->token_exp_s != 0 && e->now != 0 && e->step == EVIDENCE_AT_ONLINE)
		e->token_left_s = (int32_t)(d->token_exp_s - e->now);
}

static void write_store(struct device *d)
{
	struct evidence *e = &d->evidence;
	struct witness *w = &d->witness;

	e->day_bytes = (uint32_t)(d->bytes_up + d->bytes_down) - w->day_bytes;
	e->queued = (uint32_t)outbox_counts(&d->outbox).records;
	e->offline_s = w->online ? 0 : w->now_s - w->offline_s;
	e->seed = d->crypto.rng.state == RNG_READY ? EVIDENCE_YES : EVIDENCE_NO;
}

static uint32_t since_ms(uint32_t now_ms, uint32_t at_ms)
{
	return now_ms != at_ms ? now_ms - at_ms : 1;   /* 0 would be "not known" */
}

void witness_collect(struct device *d, enum err why, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;
	struct witness *w = &d->witness;
	bool sent = e->step >= EVIDENCE_AT_TLS && ticks_reached(w->sent_ms, w->step_ms);

	witness_reach(d, now_ms);
	evidence_fail(e, why);
	if (e->echoes > 0)
		return;   /* what is known of the first one stays */
	e->after_ms = since_ms(now_ms, sent ? w->sent_ms : w->step_ms);
	if (d->state >= DEVICE_HANDSHAKE && d->state <= DEVICE_ONLINE)
		tls_evidence(&d->tls, e);
	if (d->state == DEVICE_LOGIN || d->state == DEVICE_ONLINE)
		e->connack = d->cloud.mqtt.connack;
	write_modem(d, now_ms);
	write_clock(d, now_ms);
	write_store(d);
	if (w->online)
		end_session(d, why, now_ms);
}

/* The end was collected; the session is over. */
void witness_ended(struct device *d)
{
	struct witness *w = &d->witness;

	if (!w->online)
		return;
	w->online = false;
	w->offline_s = w->now_s;
	w->given_up = given_up(d);
}

/* ---- what is remembered, what takes time ---- */

static void recall_topic(struct device *d, struct witness_scratch *s)
{
	struct outbox_record r;
	struct text t;

	if (d->evidence.topic_closes == 0 || !outbox_peek(&d->outbox, 0, &r))
		return;
	text_init(&t, s->topic, sizeof s->topic);
	text_add(&t, "/devices/");
	text_add(&t, d->profile.device);
	text_add(&t, "/events");
	if (r.message.subfolder.len > 0)
		text_add_char(&t, '/');
	text_add_bytes(&t, r.message.subfolder);
	d->evidence.topic = s->topic;
}

/* A refused login may be for a token that is wrong in itself: one made in the
 * same way is held against the own public half. */
static void check_token(struct device *d)
{
	struct evidence *e = &d->evidence;
	char *token;

	if (e->step != EVIDENCE_AT_LOGIN || e->token_ok != EVIDENCE_UNKNOWN || e->now == 0 || d->token_size == 0)
		return;
	token = report_room(d, d->token_size);
	if (token == NULL)
		return;
	switch ((int)secrets_token_check(&d->crypto, &d->settings, d->profile.project, e->now, token, d->token_size)) {
	case ERR_OK:
		e->token_ok = EVIDENCE_YES;
		break;
	case ERR_JWT_SIGNATURE:
	case ERR_JWT_FORMAT:
	case ERR_JWT_ARG:
		e->token_ok = EVIDENCE_NO;
		break;
	default:             /* no memory for it: not known */
		break;
	}
	arena_free(&d->crypto.arena, token);
}

struct witness_scratch *witness_recall(struct device *d, uint32_t now_ms)
{
	struct witness_scratch *s;

	(void)now_ms;
	check_token(d);
	s = report_room(d, sizeof *s);
	if (s == NULL)
		return NULL;
	recall_topic(d, s);
	return s;
}

void witness_forget(struct device *d, struct witness_scratch *s)
{
	d->evidence.topic = d->evidence.good_issuer = d->evidence.iccid_before = NULL;
	arena_free(&d->crypto.arena, s);
}
