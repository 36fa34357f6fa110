/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

#include "base/ticks.h"

#define FIRST_MS   2000u    /* after UP: the sockets come first */
#define QUICK_MS    250u    /* then each question once, */
#define SLOW_MS   10000u    /* then for ever in turn: also the proof that the modem still answers */
#define SEARCH_MS  3000u

/* The next field, if it is a level that can be. */
static int16_t level(struct at_fields *f, int32_t min, int32_t max)
{
	int32_t value;

	return at_field_i32(f, &value) && value >= min && value <= max ? (int16_t)value : CELLULAR_UNKNOWN;
}

/* +QCSQ: "CAT-M1",-62,-91,195,-9     rssi, rsrp, sinr in fifths of a dB above -20, rsrq */
static void on_qcsq(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	struct cellular_status *st = &q->status;
	int16_t fifths;

	(void)s;
	(void)now_ms;
	if (!at_field_skip(f, 1))
		return;
	st->rssi_dbm = level(f, -150, 0);
	st->rsrp_dbm = level(f, -200, 0);
	fifths = level(f, 0, 250);
	st->sinr_db = CELLULAR_UNKNOWN;
	if (fifths >= 0)
		st->sinr_db = (int16_t)(fifths / 5 - 20);
	st->rsrq_db = level(f, -50, 20);
}

/* 866425030012345 */
static void on_imei(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	(void)s;
	(void)now_ms;
	if (f->line.data[0] >= '0' && f->line.data[0] <= '9')
		cellular_copy(q->status.imei, sizeof q->status.imei, f->line);
}

/* +QCCID: 8949227002805216770F */
static void on_iccid(struct quectel *q, struct quectel_socket *s, struct at_fields *f, uint32_t now_ms)
{
	struct bytes number;

	(void)s;
	(void)now_ms;
	if (at_field(f, &number, NULL))
		cellular_copy(q->status.iccid, sizeof q->status.iccid, number);
}

#define ASK(command, handler, condition, phases) \
	{ .text = command, .line = handler, .tenths = QUECTEL_SHORT, .when = QUECTEL_##condition, \
	  .properties = QUECTEL_OPTIONAL | (phases) }

enum { SEARCH = QUECTEL_IN_SEARCH, UP = QUECTEL_IN_UP, BARE = QUECTEL_BARE };

static const struct quectel_op chores[] = {
	ASK("+CEREG?", quectel_on_status, ALWAYS,   SEARCH | UP),
	ASK("+QCSQ",   on_qcsq,           ALWAYS,   SEARCH | UP),
	ASK("+COPS?",  quectel_on_status, ALWAYS,   UP),
	ASK("+CGREG?", quectel_on_status, ALWAYS,   SEARCH | UP),
	ASK("+QLTS=1", quectel_on_time,   NO_TIME,  UP),
	ASK("+CSQ",    quectel_on_status, ALWAYS,   SEARCH | UP),
	ASK("+GSN",    on_imei,           NO_IMEI,  SEARCH | UP | BARE),
	ASK("+QCCID",  on_iccid,          NO_ICCID, SEARCH | UP),
	ASK("+CREG?",  quectel_on_status, ALWAYS,   SEARCH),
	ASK("+CFUN?",  quectel_on_status, ALWAYS,   SEARCH),
};

enum { CHORES = sizeof chores / sizeof chores[0] };

void quectel_chores_begin(struct quectel *q, uint32_t now_ms)
{
	bool up = q->phase == QUECTEL_UP;

	q->next_chore = 0;
	q->quick_chores = up ? CHORES : 0;
	q->chore_ms = now_ms + (up ? FIRST_MS : SEARCH_MS);
}

/* The next one that this phase asks for; there always is one. */
static const struct quectel_op *choose(struct quectel *q)
{
	unsigned phase = q->phase == QUECTEL_UP ? UP : SEARCH;
	const struct quectel_op *c;

	do {
		c = &chores[q->next_chore];
		q->next_chore = (uint8_t)(q->next_chore + 1u < CHORES ? q->next_chore + 1u : 0);
		if (q->quick_chores > 0)
			q->quick_chores--;
	} while ((c->properties & phase) == 0 || !quectel_needs(q, (enum quectel_when)c->when));
	return c;
}

/* ---- the time server ---- */

static void ntp_over(struct quectel *q, enum err err)
{
	q->ntp_running = false;
	if (err != ERR_OK)
		quectel_tell(q, QUECTEL_EV_NO_TIME, err);
}

/* +QNTP: 0,"2022/01/14,09:53:07+00"      the clock of the zone that follows it
 * +QNTP: 569 */
void quectel_on_ntp(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	struct bytes text;
	uint32_t code;
	int64_t unix_s;
	int32_t zone_s;

	(void)now_ms;
	if (!q->ntp_running || !at_field_u32(f, UINT16_MAX, &code))
		return;
	if (code != 0)
		q->facts.code = (uint16_t)code;
	if (code != 0 || !at_field(f, &text, NULL) || cellular_time(text, &unix_s, &zone_s) != ERR_OK) {
		ntp_over(q, ERR_MODEM_NTP);
		return;
	}
	ntp_over(q, ERR_OK);
	quectel_tell_time(q, QUECTEL_TIME_NTP, unix_s - zone_s);
}

static void ntp_started(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms)
{
	(void)s;
	(void)now_ms;
	if (q->ntp_running && ev->result != ERR_OK)
		ntp_over(q, ERR_MODEM_NTP);
}

static bool ntp_run(struct quectel *q, uint32_t now_ms)
{
	static const struct quectel_op op = { .text = "+QNTP=%c,\"%n\",123", .tenths = QUECTEL_SHORT };

	if (q->ntp_running && ticks_reached(now_ms, q->ntp_ms))
		ntp_over(q, ERR_MODEM_NTP);
	if (!q->ntp_wanted || q->ntp_running)
		return false;
	q->ntp_wanted = false;
	q->ntp_running = true;
	q->ntp_ms = now_ms + QUECTEL_NTP_MS;
	quectel_run(q, &op, NULL, ntp_started, now_ms);
	return true;
}

void quectel_ntp_deadline(const struct quectel *q, bool *have, uint32_t *at_ms)
{
	if (q->ntp_running)
		ticks_earliest(have, at_ms, q->ntp_ms);
}

void quectel_ntp(struct quectel *q, uint32_t now_ms)
{
	if (q->config.ntp_server == NULL || q->config.ntp_server[0] == '\0')
		quectel_tell(q, QUECTEL_EV_NO_TIME, ERR_MODEM_NTP);
	else
		q->ntp_wanted = true;
	quectel_step(q, now_ms);
}

bool quectel_chores_run(struct quectel *q, uint32_t now_ms)
{
	const struct quectel_op *c;

	if (q->phase == QUECTEL_UP && ntp_run(q, now_ms))
		return true;
	if (!ticks_reached(now_ms, q->chore_ms))
		return false;
	c = choose(q);
	q->chore_ms = now_ms + (q->phase == QUECTEL_SEARCH ? SEARCH_MS : q->quick_chores > 0 ? QUICK_MS : SLOW_MS);
	quectel_run(q, c, NULL, NULL, now_ms);
	return true;
}
