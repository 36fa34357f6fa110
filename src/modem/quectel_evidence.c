/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_evidence.h"

#include "modem/quectel_internal.h"

/* ---- why the network refused: AT+CEER (27.007 6.10) ---- */

/* What makers' words for a cause have in common, the first that is found counts:
 *   +CEER: ESM cause 27      +CEER: Missing or unknown APN      +CEER: SM33 (...)
 *   +CEER: EMM_CAUSE_PLMN_NOT_ALLOWED                           +CEER: 5,33 */
static const struct { char word[8]; uint8_t cause; } words[] = {
	/* activation, 24.301 9.9.4.4 */
	{ "SUBSCRI", 33 }, { "APN", 27 }, { "AUTHENT", 29 }, { "BARRING", 8 }, { "REJECTE", 31 },
	/* registration, 9.9.3.9 */
	{ "PLMN", 11 }, { "SUITABL", 15 }, { "ROAMING", 13 }, { "AREA", 12 }, { "ILLEGAL", 3 }, { "IMSI", 2 },
	{ "IMEI", 5 }, { "CONGEST", 22 }, { "EPS", 7 },
};

/* Does TEXT hold WORD, in letters of either size? */
static bool holds(struct bytes text, const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && word[n] != '\0'; i++)
		n = (text.data[i] & ~0x20) == word[n] ? n + 1 : (text.data[i] & ~0x20) == word[0];
	return word[n] == '\0';
}

/* The last number of TEXT, up to 255; else what its words say; else 0. */
static unsigned cause_of(struct bytes text)
{
	unsigned number = 0;
	bool digits = false;

	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = text.data[i] - (unsigned)'0';

		if (digit <= 9 && !(digits && number > UINT8_MAX))
			number = (digits ? number * 10 : 0) + digit;
		digits = digit <= 9;
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0] && number == 0; i++)
		if (holds(text, words[i].word))
			number = words[i].cause;
	return number <= UINT8_MAX ? number : 0;
}

/* Numbers of an activation are 8 and 26 and above, of a registration 2 to 25 and 42:
 * a cause of the other kind is of another day. */
void quectel_on_cause(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	unsigned cause = cause_of((struct bytes){ f->p, (size_t)(f->end - f->p) });
	bool registration = cause <= 25 || cause == 42;

	(void)s;
	if (q->phase == QUECTEL_SCRIPT && (!registration || cause == 8))
		q->facts.esm = (uint8_t)cause;
	else if (q->phase == QUECTEL_SEARCH && registration && cause > 0)
		q->status.reject_cause = (uint8_t)cause;
}

/* ---- the evidence ---- */

static void write_sim(const struct quectel *q, struct evidence *e)
{
	e->sim = (uint8_t)q->status.sim;
	e->pin_tries = q->facts.pin_left;
	e->iccid = q->status.iccid;
}

static void write_radio(const struct quectel *q, struct evidence *e, uint32_t now_ms)
{
	const struct cellular_status *s = &q->status;
	bool searching = q->phase == QUECTEL_SEARCH;

	e->reg = (uint8_t)s->registration;
	e->reject = s->reject_cause;
	e->act = cellular_registered(s) ? s->act : EVIDENCE_NO_OPTION;
	e->rssi_dbm = s->rssi_dbm;
	e->rsrp_dbm = s->rsrp_dbm;
	e->cfun = s->cfun != CELLULAR_UNKNOWN ? (uint8_t)s->cfun : EVIDENCE_NO_OPTION;
	e->search_s = searching ? (now_ms - q->since_ms) / 1000 : 0;
	e->network = s->operator_name;
}

static void write_data(const struct quectel *q, struct evidence *e)
{
	bool asked = q->facts.stage >= QUECTEL_STAGE_REGISTERED;
	bool redials = q->why >= ERR_MODEM_DNS && q->why <= ERR_MODEM_SOCKET;   /* it was there, and of no use */

	e->context = q->context_active || redials ? EVIDENCE_YES : asked ? EVIDENCE_NO : EVIDENCE_UNKNOWN;
	e->context_losses = q->facts.context_losses;
	e->context_s = q->facts.context_s;
	e->esm = q->facts.esm;
}

/* Of the first socket: the device's. */
static void write_socket(const struct quectel_socket *s, struct evidence *e)
{
	e->socket = s->told;
	e->unacked = s->unsure != UINT32_MAX ? s->unsure : 0;   /* MAX: asked, not answered */
}

void quectel_evidence(const struct quectel *q, struct evidence *e, uint32_t now_ms)
{
	const struct quectel_facts *f = &q->facts;

	e->model = q->status.model;
	e->revision = q->status.revision;
	e->modem_up_s = f->stage != QUECTEL_STAGE_NONE ? (now_ms - q->boot_ms) / 1000 : 0;
	e->modem_reboots = f->reboots;
	e->modem_resets = (uint16_t)(f->restarts + f->switched);
	e->modem_pin = (uint8_t)q->power.status;
	e->timeouts = q->at.counters.unanswered;
	e->failed = f->failed;
	e->cme = f->cme != AT_CME_TEXT ? f->cme : 0;
	e->code = f->code;
	write_sim(q, e);
	write_radio(q, e, now_ms);
	write_data(q, e);
	write_socket(q->config.sockets, e);
}

void quectel_evidence_begin(struct quectel *q)
{
	struct quectel_facts *f = &q->facts;

	f->failed[0] = '\0';
	f->failed_err = ERR_OK;
	f->cme = f->code = 0;
	f->esm = 0;
	q->at.counters.unanswered = 0;
}
