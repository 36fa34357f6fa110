/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

#include "base/ticks.h"

#define FIRST_MS   2000u    /* after UP: the sockets come first */
#define QUICK_MS    250u    /* then each question once, */
#define SLOW_MS   10000u    /* then for ever in turn: also the proof that the modem still answers */
#define SEARCH_MS  3000u

/* The next field, if it is a level that can be: three digits at most. */
static int16_t level(struct at_fields *f)
{
	struct bytes field = { NULL, 0 };
	uint32_t magnitude;
	bool negative;

	(void)at_field(f, &field);
	negative = field.len > 0 && field.data[0] == '-';
	if (!bytes_to_u32((struct bytes){ field.data + negative, field.len - negative }, 250, &magnitude))
		return CELLULAR_UNKNOWN;
	return (int16_t)(negative ? -(int32_t)magnitude : (int32_t)magnitude);
}

/* +QCSQ: "CAT-M1",-62,-91,195,-9     rssi, rsrp, sinr in fifths of a dB above -20, rsrq */
void quectel_on_signal(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct cellular_status *st = &q->status;
	struct bytes mode;

	(void)s;
	if (!at_field(f, &mode))
		return;
	st->rssi_dbm = level(f);
	st->rsrp_dbm = level(f);
	st->sinr_db = level(f);
	if (st->sinr_db != CELLULAR_UNKNOWN)
		st->sinr_db = (int16_t)(st->sinr_db / 5 - 20);
	st->rsrq_db = level(f);
}

/* 866425030012345 */
void quectel_on_imei(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct bytes number;

	(void)s;
	if (at_field(f, &number) && number.data[0] >= '0' && number.data[0] <= '9')
		cellular_copy(q->status.imei, sizeof q->status.imei, number);
}

/* +QCCID: 8949227002805216770F */
void quectel_on_iccid(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	struct bytes number;

	(void)s;
	if (at_field(f, &number))
		cellular_copy(q->status.iccid, sizeof q->status.iccid, number);
}

#define ASK(command, lines, condition) \
	{ .text = command, .line = QUECTEL_##lines, .seconds = QUECTEL_SHORT, .when = QUECTEL_##condition, \
	  .properties = QUECTEL_OPTIONAL }

static const struct quectel_op chores[] = {
	ASK("+CEREG?", STATUS, ALWAYS),
	ASK("+QCSQ",   SIGNAL, ALWAYS),
	ASK("+CEER",   CAUSE,  DENIED),
	ASK("+COPS?",  STATUS, IN_UP),
	ASK("+CGREG?", STATUS, ALWAYS),
	ASK("+QLTS=1", TIME,   NO_TIME),
	ASK("+CSQ",    STATUS, ALWAYS),
	{ .text = "+GSN", .line = QUECTEL_IMEI, .seconds = QUECTEL_SHORT, .when = QUECTEL_NO_IMEI,
	  .properties = QUECTEL_OPTIONAL | QUECTEL_BARE },
	ASK("+QCCID",  ICCID,  NO_ICCID),
	ASK("+CREG?",  STATUS, IN_SEARCH),
	ASK("+CFUN?",  STATUS, IN_SEARCH),
};

enum { CHORES = sizeof chores / sizeof chores[0] };

void quectel_chores_begin(struct quectel *q)
{
	bool up = q->phase == QUECTEL_UP;

	q->time_wanted = up && q->status.network_unix_s == 0;
	q->next_chore = 0;
	q->quick_chores = up ? CHORES : 0;
	q->chore_ms = q->now_ms + (up ? FIRST_MS : SEARCH_MS);
}

/* The next one that this phase asks for; there always is one. */
static const struct quectel_op *choose(struct quectel *q)
{
	const struct quectel_op *c;

	do {
		c = &chores[q->next_chore];
		q->next_chore = (uint8_t)(q->next_chore + 1u < CHORES ? q->next_chore + 1u : 0);
		if (q->quick_chores > 0)
			q->quick_chores--;
	} while (!quectel_needs(q, c->when));
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
void quectel_on_ntp(struct quectel *q, struct at_fields *f)
{
	struct bytes text;
	uint32_t code;
	int64_t unix_s;
	int32_t zone_s;

	if (!q->ntp_running || !at_scan(f, "n", &code, NULL))
		return;
	if (code != 0)
		q->facts.code = (uint16_t)code;
	if (code != 0 || !at_field(f, &text) || cellular_time(text, &unix_s, &zone_s) == ERR_FORMAT) {
		ntp_over(q, ERR_MODEM_NTP);
		return;
	}
	ntp_over(q, ERR_OK);
	quectel_tell_time(q, QUECTEL_TIME_NTP, unix_s - zone_s);
}

static void ntp_started(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)s;
	if (q->ntp_running && ev->result != ERR_OK)
		ntp_over(q, ERR_MODEM_NTP);
}

static bool ntp_run(struct quectel *q)
{
	static const struct quectel_op op = { .text = "+QNTP=%c,\"%n\",123", .seconds = QUECTEL_SHORT };

	if (q->ntp_running && ticks_reached(q->now_ms, q->ntp_ms))
		ntp_over(q, ERR_MODEM_NTP);
	if (!q->ntp_wanted || q->ntp_running)
		return false;
	q->ntp_wanted = false;
	q->ntp_running = true;
	q->ntp_ms = q->now_ms + QUECTEL_NTP_MS;
	quectel_run(q, &op, NULL, ntp_started);
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

void quectel_network_time(struct quectel *q, uint32_t now_ms)
{
	q->time_wanted = true;
	q->quick_chores = CHORES;    /* it is one of them */
	q->chore_ms = now_ms;
	quectel_step(q, now_ms);
}

bool quectel_chores_run(struct quectel *q)
{
	const struct quectel_op *c;

	if (q->phase == QUECTEL_UP && ntp_run(q))
		return true;
	if (!ticks_reached(q->now_ms, q->chore_ms))
		return false;
	c = choose(q);
	q->chore_ms = q->now_ms + (q->phase == QUECTEL_SEARCH ? SEARCH_MS : q->quick_chores > 0 ? QUICK_MS : SLOW_MS);
	quectel_run(q, c, NULL, NULL);
	return true;
}
