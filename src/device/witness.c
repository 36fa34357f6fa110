/* SPDX-License-Identifier: Apache-2.0 */
#include "device/witness.h"

#include "base/crc.h"
#include "base/ticks.h"
#include "crypto/tls_evidence.h"
#include "device/device_internal.h"
#include "modem/quectel_evidence.h"

#include <string.h>

enum { DAY_S = 86400 };

/* Texts of the evidence that are made, or read from flash, for one verdict. */
struct witness_scratch {
	struct history_good good;
	struct root_info root;
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

	if (searching && !w->searching) {
		w->search_s = w->now_s;
		w->search_told = 0;
	}
	w->searching = searching;
}

void witness_step(struct device *d, uint32_t now_ms)
{
	struct witness *w = &d->witness;
	uint32_t passed_s = (now_ms - w->tick_ms) / 1000;

	w->now_s += passed_s;
	w->tick_ms += passed_s * 1000;
	retained_step(d->cfg.retained,
		      d->state == DEVICE_STOPPED ? EVIDENCE_AT_NONE : (enum evidence_step)d->evidence.step,
		      (now_ms - w->step_ms) / 1000);
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
	d->witness.tick_ms = d->witness.step_ms = now_ms;
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
	struct witness *w = &d->witness;

	witness_begin(d, now_ms);
	w->sim_looked = w->online = w->searching = false;
	w->offline_s = w->now_s;
	w->topic_closed = 0;
	e->kicks = e->topic_closes = 0;
	e->state_works = EVIDENCE_UNKNOWN;
}

void witness_known(struct device *d)
{
	const struct profile *p = &d->profile;
	struct witness *w = &d->witness;

	add_who(&w->who, p->project);
	add_who(&w->who, p->region);
	add_who(&w->who, p->registry);
	add_who(&w->who, p->device);
	d->evidence.key = w->key;
}

/* ---- the run before this one ---- */

bool witness_before(struct device *d, struct retained *before)
{
	struct evidence *e = &d->evidence;

	if (!retained_begin(d->cfg.retained, d->cfg.reset, before))
		before->step = EVIDENCE_AT_NONE;
	e->reset = (uint8_t)d->cfg.reset;
	e->resets = retained_resets(d->cfg.retained);
	e->last_step = before->step;
	e->last_s = before->step_s;
	e->last_line = d->cfg.fault != NULL && d->cfg.fault[0] != '\0' ? d->cfg.fault : before->line;
	return e->reset != EVIDENCE_RESET_UNKNOWN || e->resets > 0;
}

/* ---- the modem's last line, for the run after this one ---- */

/* What the modem says holds no secret; what it echoes might. */
static void keep_line(struct device *d)
{
	struct witness *w = &d->witness;

	bool number = w->line_len > 0 && w->line[0] >= '0' && w->line[0] <= '9';   /* of the SIM, of the modem */

	if (w->line_len > 2 && memcmp(w->line, "AT", 2) != 0 && !number)   /* "OK" tells nothing */
		retained_line(d->cfg.retained, (struct bytes){ (const uint8_t *)w->line, w->line_len });
}

void witness_modem(struct device *d, const uint8_t *data, size_t len)
{
	struct witness *w = &d->witness;

	d->evidence.modem_bytes += (uint32_t)len;
	if (d->cfg.retained == NULL)
		return;
	for (size_t i = 0; i < len; i++) {
		bool text = data[i] >= ' ' && data[i] <= '~';

		if (text && w->line_len < WITNESS_LINE)
			w->line[w->line_len++] = (char)data[i];
		if (data[i] == '\r' && !w->line_bad)
			keep_line(d);
		w->line_bad = text ? w->line_bad : data[i] != '\r' && data[i] != '\n';
		if (!text)
			w->line_len = 0;
	}
}

/* ---- a session ---- */

/* Events in the same place have the same sum. */
static uint32_t topic_sum(struct bytes subfolder)
{
	return crc32(1, subfolder.data, subfolder.len);
}

void witness_publish(struct device *d, uint32_t now_ms)
{
	d->witness.publish_ms = now_ms;
}

static uint32_t given_up(const struct device *d)
{
	struct outbox_counts c = outbox_counts(&d->outbox);

	return c.dropped + c.rejected;
}

uint32_t witness_given_up(const struct device *d)
{
	return given_up(d) - d->witness.given_up;
}

/* What worked.  The history writes it only if it is news. */
void witness_good(struct device *d, uint32_t now_ms)
{
	const struct tls_facts *f = tls_facts(&d->tls);
	struct history_good good;
	struct text t;

	history_good(&d->history, &good);
	if (!clock_now(&d->clock, now_ms, &good.login_at_s))
		return;
	good.who = d->witness.who;
	if (!f->resumed && f->anchor[0] != '\0') {
		text_init(&t, good.issuer, sizeof good.issuer);
		text_add(&t, f->anchor);
		good.issuer_at_s = good.login_at_s;
	}
	if (quectel_status(&d->modem)->iccid[0] != '\0') {
		text_init(&t, good.iccid, sizeof good.iccid);
		text_add(&t, quectel_status(&d->modem)->iccid);
	}
	history_set_good(&d->history, &good);
}

void witness_login(struct device *d, uint32_t now_ms)
{
	struct witness *w = &d->witness;

	witness_reach(d, now_ms);
	w->online = true;
	w->online_s = w->now_s;
	w->probed = ERR_OK;
	retained_login(d->cfg.retained);
	witness_good(d, now_ms);
}

/* Was the close an answer to a message?  Then to the oldest that is not acknowledged:
 * they are taken in their order. */
static void count_topic(struct device *d, bool closed, uint32_t now_ms)
{
	struct witness *w = &d->witness;
	struct outbox_record r;
	bool soon = closed && now_ms - w->publish_ms <= WITNESS_TOPIC_MS && outbox_peek(&d->outbox, 0, &r) && r.again;
	uint32_t topic = soon ? topic_sum(r.message.subfolder) : 0;

	if (topic != w->topic_closed || topic == 0)
		d->evidence.topic_closes = 0;
	w->topic_closed = topic;
	if (topic != 0 && d->evidence.topic_closes < UINT8_MAX)
		d->evidence.topic_closes++;
}

static bool is_close(enum err why)
{
	return why == ERR_MODEM_CLOSED || why == ERR_MODEM_SOCKET_DEAD || why == ERR_TLS_CLOSED || why == ERR_TLS_EOF;
}

/* A session that had begun is over. */
static void end_session(struct device *d, enum err why, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;
	bool closed = is_close(why);

	if (why == ERR_OK || why == ERR_IOTCORE_RENEW)
		return;
	count_topic(d, closed, now_ms);
	/* One message without an answer is chance; two in a row are the topic's. */
	e->kicks = closed && e->up_s < WITNESS_KICK_S && e->topic_closes < 2 ?
			   (uint8_t)(e->kicks < UINT8_MAX ? e->kicks + 1 : UINT8_MAX) : 0;
}

/* ---- gathering ---- */

static void write_modem(struct device *d, uint32_t now_ms)
{
	if (!d->modem_used)
		return;
	quectel_evidence(&d->modem, &d->evidence, now_ms);
	d->evidence.search_s = witness_search_s(d);
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
	e->noise_bits = (uint16_t)noise_bits(&d->entropy.noise);
}

static uint32_t since_ms(uint32_t now_ms, uint32_t at_ms)
{
	return now_ms != at_ms ? now_ms - at_ms : 1;   /* 0 would be "not known" */
}

void witness_collect(struct device *d, enum err why, uint32_t now_ms)
{
	struct evidence *e = &d->evidence;
	struct witness *w = &d->witness;
	/* A login is the first that its step sends; messages may follow it at once. */
	bool sent = e->step >= EVIDENCE_AT_TLS && e->step != EVIDENCE_AT_LOGIN && ticks_reached(w->sent_ms, w->step_ms);

	witness_reach(d, now_ms);
	evidence_fail(e, why);
	if (e->echoes > 0)
		return;   /* what is known of the first one stays */
	e->after_ms = since_ms(now_ms, sent ? w->sent_ms : w->step_ms);
	if ((d->state >= DEVICE_HANDSHAKE && d->state <= DEVICE_ONLINE) || why == ERR_CRYPTO_MEMORY)
		tls_evidence(&d->tls, e);
	if (d->state == DEVICE_LOGIN || d->state == DEVICE_ONLINE)
		e->connack = d->cloud.mqtt.connack;
	write_modem(d, now_ms);
	write_clock(d, now_ms);
	write_store(d);
	if (w->online)
		e->up_s = w->now_s - w->online_s;
}

void witness_ended(struct device *d, enum err why, uint32_t now_ms)
{
	struct witness *w = &d->witness;

	if (!w->online)
		return;
	end_session(d, why, now_ms);
	w->online = false;
	w->offline_s = w->now_s;
	w->given_up = given_up(d);
}

/* ---- what else works ---- */

bool witness_probes(struct device *d, enum err why)
{
	struct witness *w = &d->witness;
	struct evidence *e = &d->evidence;

	if (w->probed != (uint16_t)why || w->now_s - w->probed_s >= WITNESS_PROBE_S)
		return true;
	e->other_name = w->other[0];
	e->other_port = w->other[1];
	e->other_host = w->other[2];
	return false;
}

void witness_probed(struct device *d)
{
	struct witness *w = &d->witness;
	const struct evidence *e = &d->evidence;

	if (e->other_name == EVIDENCE_UNKNOWN && e->other_port == EVIDENCE_UNKNOWN && e->other_host == EVIDENCE_UNKNOWN)
		return;
	w->probed = e->err;
	w->probed_s = w->now_s;
	w->other[0] = e->other_name;
	w->other[1] = e->other_port;
	w->other[2] = e->other_host;
}

/* ---- what is remembered, what takes time ---- */

static void recall_topic(struct device *d, struct witness_scratch *s)
{
	struct outbox_record r;
	struct text t;

	if (d->witness.topic_closed == 0 || !outbox_peek(&d->outbox, 0, &r))
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
	size_t len;

	if (e->step != EVIDENCE_AT_LOGIN || e->token_ok != EVIDENCE_UNKNOWN || e->now == 0 || d->token_size == 0)
		return;
	token = report_room(d, d->token_size);
	if (token == NULL)
		return;
	switch ((int)secrets_token_proven(&d->crypto, &d->settings, d->profile.project, e->now,
					  e->now + DEVICE_TOKEN_LIFE_S, token, d->token_size, &len)) {
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

/* Both are known, and not the same. */
static bool differs(const char *now, const char *before)
{
	return now != NULL && now[0] != '\0' && before[0] != '\0' && strcmp(now, before) != 0;
}

/* What worked before.  The same issuer as before has not been changed. */
static void recall_good(struct device *d, struct witness_scratch *s)
{
	struct evidence *e = &d->evidence;
	const struct history_good *good = &s->good;

	history_good(&d->history, &s->good);
	e->good_login_at = good->who == d->witness.who ? good->login_at_s : 0;
	e->good_issuer = differs(e->issuer, good->issuer) ? good->issuer : NULL;
	e->good_issuer_at = e->good_issuer != NULL ? good->issuer_at_s : 0;
	e->iccid_before = differs(e->iccid, good->iccid) ? good->iccid : NULL;
}

/* The name of the root that the chain asks for, else of the first that is stored. */
static void recall_root(struct device *d, struct witness_scratch *s)
{
	struct roots *roots = &d->roots.roots;
	size_t len = 0;
	uint8_t *der;

	if (d->evidence.roots_named > 0)
		d->evidence.root = tls_facts(&d->tls)->anchor;
	if (d->evidence.err != ERR_TLS_ROOT || d->evidence.roots_named > 0)
		return;
	der = report_room(d, ROOT_DER_MAX);
	if (der != NULL && roots->read(roots, 0, der, ROOT_DER_MAX, &len) == ERR_OK)
		(void)!root_check(&d->crypto, (struct bytes){ der, len }, &s->root);
	arena_free(&d->crypto.arena, der);
	d->evidence.root = s->root.subject;
}

struct witness_scratch *witness_recall(struct device *d)
{
	struct witness_scratch *s;

	check_token(d);
	s = report_room(d, sizeof *s);
	if (s == NULL)
		return NULL;
	recall_good(d, s);
	recall_topic(d, s);
	recall_root(d, s);
	return s;
}

void witness_forget(struct device *d, struct witness_scratch *s)
{
	struct evidence *e = &d->evidence;

	e->topic = e->good_issuer = e->iccid_before = e->root = NULL;
	arena_free(&d->crypto.arena, s);
}
