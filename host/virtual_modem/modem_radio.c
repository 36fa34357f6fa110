/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_radio.c - SIM, registration, signal and operator, and the script by
 * which they change.
 *
 * Registered at home or roaming, traffic flows.  Searching or out of coverage,
 * it stands still and contexts stay.  Idle or denied, the network has let go
 * of the modem, and of its contexts.
 *
 * WORLD is what the network would grant: script, faults and control set it.
 * NET.STAT is what the modem has of it: nothing without SIM and radio.
 */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE = 0, HOME = 1, SEARCHING = 2, DENIED = 3, UNKNOWN = 4, ROAMING = 5 };

static bool registered(unsigned stat)
{
	return stat == HOME || stat == ROAMING;
}

bool modem_radio_registered(const struct modem *m)
{
	return registered(m->net.stat);
}

/* ---- +CREG, +CGREG, +CEREG ---- */

/* GSM counts for CGREG, LTE for CEREG; on LTE a BG96 says +CGREG: 0,4. */
static unsigned stat_of(const struct modem *m, enum setting domain)
{
	bool lte = m->net.act >= 7;

	if (registered(m->net.stat) && ((domain == SET_CGREG && lte) || (domain == SET_CEREG && !lte)))
		return UNKNOWN;
	return m->net.stat;
}

/* 1,"5650","29A7DF4",8 or 3,,,,0,15: what the mode N adds (27.007 10.1.22). */
static void describe(const struct modem *m, enum setting domain, char *text, size_t size)
{
	unsigned stat = stat_of(m, domain), mode = (unsigned)m->set[domain];

	if (mode >= 2 && registered(stat))
		snprintf(text, size, "%u,\"%s\",\"%s\",%u", stat, m->net.tac, m->net.cell, m->net.act);
	else if ((mode == 3 || mode == 5) && m->net.cause != 0)
		snprintf(text, size, "%u,,,,0,%u", stat, m->net.cause);
	else
		snprintf(text, size, "%u", stat);
}

static const struct { enum setting set; const char *name; } domains[] = {
	{ SET_CREG, "CREG" }, { SET_CGREG, "CGREG" }, { SET_CEREG, "CEREG" },
};

static void tell_registration(struct modem *m)
{
	char text[64];

	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		if (m->set[domains[i].set] == 0)
			continue;
		describe(m, domains[i].set, text, sizeof text);
		modem_urc(m, "+%s: %s", domains[i].name, text);
	}
}

static enum setting domain_of(const struct call *c)
{
	for (size_t i = 0; i < COUNT_OF(domains); i++)
		if (strcmp(domains[i].name, c->command->name) == 0)
			return domains[i].set;
	return SET_CREG;
}

HANDLER(registration)
{
	enum setting domain = domain_of(c);
	char text[64];
	uint32_t mode;

	if (c->form == FORM_READ) {
		describe(m, domain, text, sizeof text);
		modem_info(m, "+%s: %u,%s", c->command->name, (unsigned)m->set[domain], text);
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, 5, &mode) || (mode == 3 && !m->quirk[QUIRK_REG_CAUSE]) ||
	    (mode == 5 && !m->quirk[QUIRK_REG_CAUSE]))
		return CME(CME_PARAMETER);
	modem_nv_set(m, domain, mode);
	return DONE;
}

/* ---- changes ---- */

static void apply(struct modem *m, unsigned stat)
{
	static const char *const stats[] = { "idle", "home", "searching", "denied", "unknown", "roaming" };
	bool was = registered(m->net.stat);

	if (m->net.stat == stat)
		return;
	m->net.stat = stat;
	modem_note(m, "network", "registration: %s", stats[stat]);
	tell_registration(m);
	if (stat == IDLE || stat == DENIED)
		modem_context_lose_all(m, true);
	if (!was && registered(stat))
		modem_clock_nitz(m);
}

/* As AT+CFUN? has it.  W_DISABLE is flight mode, whatever was asked for. */
static unsigned cfun_is(const struct modem *m)
{
	return m->cfun == 1 && m->pin[MODEM_PIN_W_DISABLE] ? 4 : m->cfun;
}

static bool usable(const struct modem *m)
{
	return m->power == MODEM_ON && m->net.sim == MODEM_SIM_READY && cfun_is(m) == 1 && !m->detached;
}

void modem_radio_update(struct modem *m)
{
	modem_timer_stop(m, TIMER_SCAN_END);
	apply(m, usable(m) ? m->world : IDLE);
}

void modem_radio_set_stat(struct modem *m, unsigned stat)
{
	m->world = stat;
	modem_radio_update(m);
}

/* Away for a moment: the network has to be found again. */
static void search(struct modem *m, uint32_t ms)
{
	apply(m, SEARCHING);
	modem_timer_set(m, TIMER_SCAN_END, ms);
}

/* SIM, CFUN or COPS changed whether the radio can be used. */
static void usability_changed(struct modem *m)
{
	enum { FOUND_AFTER_MS = 300 };

	if (usable(m) && !registered(m->net.stat) && registered(m->world))
		search(m, FOUND_AFTER_MS);
	else
		modem_radio_update(m);
}

void modem_radio_allow(struct modem *m)
{
	usability_changed(m);
}

static void set_cell(struct modem *m, const char *cell)
{
	snprintf(m->net.cell, sizeof m->net.cell, "%s", cell);
	modem_note(m, "network", "cell: %s", m->net.cell);
	tell_registration(m);
}

void modem_radio_set_sim(struct modem *m, enum modem_sim sim)
{
	static const char *const words[] = { "ready", "PIN", "PUK", "absent", "failure", "busy" };
	bool inserted = sim != MODEM_SIM_ABSENT, was_inserted = m->net.sim != MODEM_SIM_ABSENT;

	if (m->net.sim == sim)
		return;
	m->net.sim = sim;
	modem_note(m, "network", "SIM: %s", words[sim]);
	if (inserted != was_inserted && m->set[SET_QSIMSTAT])
		modem_urc(m, "+QSIMSTAT: 1,%d", inserted);
	if (sim == MODEM_SIM_READY)
		modem_urc(m, "+CPIN: READY");
	else if (!inserted)
		modem_urc(m, "+CPIN: NOT INSERTED");
	usability_changed(m);
}

void modem_set_network(struct modem *m, const struct modem_network *n, uint32_t now_ms)
{
	struct modem_network old;
	bool moved;

	modem_step(m, now_ms);
	old = m->net;
	moved = strcmp(old.tac, n->tac) != 0 || strcmp(old.cell, n->cell) != 0 || old.act != n->act;
	m->net = *n;
	m->net.stat = old.stat;
	m->net.sim = old.sim;
	if (n->stat != old.stat) {
		modem_timer_stop(m, TIMER_SCRIPT);   /* whoever sets it knows better */
		modem_radio_set_stat(m, n->stat);
	} else if (moved) {
		tell_registration(m);
	}
	modem_radio_set_sim(m, n->sim);
	if (n->nitz && !old.nitz && registered(m->net.stat))
		modem_clock_nitz(m);
	modem_pump(m);
}

/* ---- script ---- */

static void step_stat(struct modem *m, const char *value)
{
	modem_radio_set_stat(m, (unsigned)(value[0] - '0'));
}

static void step_tac(struct modem *m, const char *value)
{
	snprintf(m->net.tac, sizeof m->net.tac, "%s", value);
}

static void step_rssi(struct modem *m, const char *value)
{
	m->net.rssi = (unsigned)strtoul(value, NULL, 10);
}

static void step_cause(struct modem *m, const char *value)
{
	m->net.cause = (unsigned)strtoul(value, NULL, 10);
}

static const char *const sim_words[] = { "ready", "pin", "puk", "absent", "failure", "busy" };

static int sim_of(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(sim_words); i++)
		if (strcmp(sim_words[i], word) == 0)
			return (int)i;
	return -1;
}

static void step_sim(struct modem *m, const char *value)
{
	modem_radio_set_sim(m, (enum modem_sim)sim_of(value));
}

static void step_nitz(struct modem *m, const char *value)
{
	(void)value;
	modem_clock_nitz(m);
}

static void step_sleep(struct modem *m, const char *value)
{
	(void)value;
	modem_power_sleep(m);
}

static void step_wake(struct modem *m, const char *value)
{
	(void)value;
	if (m->power == MODEM_ASLEEP)
		modem_power_boot(m, m->config.boot_ms);
}

static void step_pdpdeact(struct modem *m, const char *value)
{
	modem_context_lose(m, (uint32_t)strtoul(value, NULL, 10), true);
}

static bool is_sim(const char *value)
{
	return sim_of(value) >= 0;
}

static bool is_hex(const char *value)
{
	size_t n = strlen(value);

	return n > 0 && n < sizeof ((struct modem_network *)0)->cell && strspn(value, "0123456789ABCDEFabcdef") == n;
}

static bool is_rssi(const char *value)
{
	uint32_t rssi;

	return bytes_to_u32(bytes_of(value), 99, &rssi) && (rssi <= 31 || rssi == 99);
}

static bool is_cause(const char *value)
{
	uint32_t cause;

	return bytes_to_u32(bytes_of(value), 255, &cause);
}

static bool is_context(const char *value)
{
	uint32_t context;

	return bytes_to_u32(bytes_of(value), CONTEXTS, &context) && context > 0;
}

static const struct word {
	const char *word;      /* "x=": a value follows, which FITS */
	void      (*run)(struct modem *m, const char *value);
	const char *value;     /* of a word without one */
	bool      (*fits)(const char *value);
} words[] = {
	{ "idle",      step_stat,  "0", NULL },       { "home",     step_stat,     "1",  NULL },
	{ "searching", step_stat,  "2", NULL },       { "denied",   step_stat,     "3",  NULL },
	{ "unknown",   step_stat,  "4", NULL },       { "roaming",  step_stat,     "5",  NULL },
	{ "cell=",     set_cell,   NULL, is_hex },    { "tac=",     step_tac,      NULL, is_hex },
	{ "rssi=",     step_rssi,  NULL, is_rssi },   { "cause=",   step_cause,    NULL, is_cause },
	{ "sim=",      step_sim,   NULL, is_sim },    { "nitz",     step_nitz,     "",   NULL },
	{ "sleep",     step_sleep, "",   NULL },      { "wake",     step_wake,     "",   NULL },
	{ "pdpdeact=", step_pdpdeact, NULL, is_context },
};

const char *modem_script_help(void)
{
	return "MS:WHAT,MS:WHAT,... with MS counted from power-on, never less than before, and WHAT one of: idle, "
	       "home, searching, denied, unknown, roaming, cell=HEX, tac=HEX, rssi=0..31 or 99, cause=0..255, "
	       "sim=ready|pin|puk|absent|failure|busy, nitz, sleep, wake, pdpdeact=1..16";
}

static bool parse_word(struct bytes what, struct step *s)
{
	for (s->word = 0; s->word < COUNT_OF(words); s->word++) {
		const struct word *w = &words[s->word];
		size_t n = strlen(w->word);

		if (w->fits == NULL && bytes_equal_text(what, w->word)) {
			snprintf(s->value, sizeof s->value, "%s", w->value);
			return true;
		}
		if (w->fits != NULL && bytes_starts_with(what, w->word) && what.len - n < sizeof s->value) {
			snprintf(s->value, sizeof s->value, "%.*s", (int)(what.len - n), (const char *)what.data + n);
			return w->fits(s->value);
		}
	}
	return false;
}

/* "300:home" */
static bool parse_step(struct bytes text, struct step *s)
{
	const uint8_t *colon = memchr(text.data, ':', text.len);
	size_t n;

	if (colon == NULL)
		return false;
	n = (size_t)(colon - text.data);
	return bytes_to_u32((struct bytes){ text.data, n }, 2000000000, &s->at_ms) &&
	       parse_word((struct bytes){ colon + 1, text.len - n - 1 }, s);
}

static bool bad_step(struct text *why, const char *what, struct bytes step)
{
	text_add(why, what);
	text_add_bytes(why, step);
	return false;
}

bool modem_radio_load(struct modem *m, const char *script, struct text *why)
{
	struct step step[STEP_COUNT];
	size_t count = 0;

	for (const char *p = script; *p != '\0';) {
		struct bytes text = { (const uint8_t *)p, strcspn(p, ",") };

		p += text.len + (p[text.len] == ',');
		if (count == STEP_COUNT)
			return bad_step(why, "network script: one step too many: ", text);
		if (!parse_step(text, &step[count]))
			return bad_step(why, "network script: not a step: ", text);
		if (count > 0 && step[count].at_ms < step[count - 1].at_ms)
			return bad_step(why, "network script: earlier than the step before it: ", text);
		count++;
	}
	memcpy(m->step, step, count * sizeof step[0]);
	m->steps = count;
	m->next_step = 0;
	return true;
}

static void schedule(struct modem *m)
{
	uint32_t at_ms;

	if (m->next_step >= m->steps)
		return;
	at_ms = m->script_ms + m->step[m->next_step].at_ms;
	modem_timer_set(m, TIMER_SCRIPT, ticks_until(m->now_ms, at_ms));
}

/* All steps that are due: those at 0 take no time. */
void modem_radio_script(struct modem *m)
{
	while (m->next_step < m->steps && ticks_reached(m->now_ms, m->script_ms + m->step[m->next_step].at_ms)) {
		const struct step *s = &m->step[m->next_step++];

		words[s->word].run(m, s->value);
	}
	schedule(m);
}

static void begin_script(struct modem *m)
{
	modem_timer_stop(m, TIMER_SCRIPT);
	m->script_ms = m->now_ms;
	m->next_step = 0;
	modem_radio_script(m);
}

bool modem_set_script(struct modem *m, const char *script, uint32_t now_ms, struct text *why)
{
	modem_step(m, now_ms);
	if (!modem_radio_load(m, script, why))
		return false;
	begin_script(m);
	modem_pump(m);
	return true;
}

void modem_radio_init(struct modem *m)
{
	m->net = (struct modem_network){
		.sim = m->card.pin[0] != '\0' ? MODEM_SIM_PIN : MODEM_SIM_READY,
		.act = 8, .rssi = 20, .ber = 99, .rsrp = -95, .rsrq = -10, .sinr = 125,
		.tac = "1A2B", .cell = "1A2B3C4", .operator_name = "Tern Test", .plmn = "00101",
		.nitz = true, .ntp = true,
	};
	m->cfun = m->quirk[QUIRK_CFUN];
}

/* Power-on: searches, unless the script has another beginning. */
void modem_radio_start(struct modem *m)
{
	m->world = SEARCHING;
	m->cfun = m->quirk[QUIRK_CFUN];
	m->detached = false;
	if (m->card.pin[0] != '\0' && m->net.sim == MODEM_SIM_READY)
		m->net.sim = MODEM_SIM_PIN;
	begin_script(m);
	modem_radio_update(m);
}

/* Power-off. */
void modem_radio_stop(struct modem *m)
{
	modem_timer_stop(m, TIMER_SCRIPT);
	modem_timer_stop(m, TIMER_SCAN);
	modem_timer_stop(m, TIMER_REGISTER_BACK);
	modem_radio_update(m);
}

/* Writing "nwscanseq" makes some firmware leave the network and come back. */
void modem_radio_scan(struct modem *m)
{
	enum { AWAY_MS = 5000 };

	if (registered(m->net.stat))
		search(m, AWAY_MS);
}

/* ---- commands ---- */

static bool is_heard(const struct modem *m)
{
	return registered(m->net.stat) || (m->net.heard && usable(m));
}

HANDLER(csq)
{
	bool heard = is_heard(m) || m->net.stat == DENIED;

	(void)c;
	modem_info(m, "+CSQ: %u,%u", heard ? m->net.rssi : 99, heard ? m->net.ber : 99);
	return DONE;
}

static const char *technology(const struct modem *m)
{
	return m->net.act == 8 ? "CAT-M1" : m->net.act == 9 ? "CAT-NB1" : m->net.act == 7 ? "LTE" : "GSM";
}

/* +QCSQ: "CAT-M1",-65,-95,125,-10 */
HANDLER(qcsq)
{
	int dbm = m->net.rssi <= 31 ? -113 + 2 * (int)m->net.rssi : -113;

	(void)c;
	if (!is_heard(m))
		modem_info(m, "+QCSQ: \"NOSERVICE\"");
	else if (m->net.act < 7)
		modem_info(m, "+QCSQ: \"GSM\",%d", dbm);
	else
		modem_info(m, "+QCSQ: \"%s\",%d,%d,%u,%d", technology(m), dbm, m->net.rsrp, m->net.sinr, m->net.rsrq);
	return DONE;
}

HANDLER(qnwinfo)
{
	(void)c;
	if (!registered(m->net.stat))
		modem_info(m, "+QNWINFO: No Service");
	else if (m->net.act < 7)
		modem_info(m, "+QNWINFO: \"EDGE\",\"%s\",\"GSM 900\",66", m->net.plmn);
	else
		modem_info(m, "+QNWINFO: \"%s\",\"%s\",\"LTE BAND 4\",2250", technology(m), m->net.plmn);
	return DONE;
}

/* +QSPN: <full name>,<short name>,<SPN>,<alphabet>,<PLMN> */
HANDLER(qspn)
{
	(void)c;
	if (!registered(m->net.stat))
		return CME(CME_NO_NETWORK);
	modem_info(m, "+QSPN: \"%s\",\"%s\",\"\",0,\"%s\"", m->net.operator_name, m->net.operator_name, m->net.plmn);
	return DONE;
}

static int read_cops(struct modem *m)
{
	if (!registered(m->net.stat))
		modem_info(m, "+COPS: %d", m->detached ? 2 : 0);
	else
		modem_info(m, "+COPS: 0,%u,\"%s\",%u", (unsigned)m->set[SET_COPS_FORMAT],
			   m->set[SET_COPS_FORMAT] == 2 ? m->net.plmn : m->net.operator_name, m->net.act);
	return DONE;
}

static void detach(struct modem *m, bool detached)
{
	if (m->detached == detached)
		return;
	m->detached = detached;
	usability_changed(m);
}

HANDLER(cops)
{
	enum { CURRENT = 2, FORBIDDEN = 3 };
	uint32_t mode, format = m->set[SET_COPS_FORMAT];
	const char *name = m->net.operator_name, *plmn = m->net.plmn;

	if (c->form == FORM_READ)
		return read_cops(m);
	if (c->form == FORM_TEST) {
		modem_info(m, "+COPS: (%d,\"%s\",\"%s\",\"%s\",%u),,(0-4),(0-2)",
			   m->net.stat == DENIED ? FORBIDDEN : CURRENT, name, name, plmn, m->net.act);
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, 4, &mode) || !modem_call_option(c, 1, 0, 2, &format))
		return CME(CME_PARAMETER);
	m->set[SET_COPS_FORMAT] = format;
	if (mode != 3)
		detach(m, mode == 2);
	return DONE;
}

HANDLER(cgatt)
{
	uint32_t attach;

	if (c->form == FORM_READ) {
		modem_info(m, "+CGATT: %d", registered(m->net.stat));
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, 1, &attach))
		return CME(CME_PARAMETER);
	detach(m, attach == 0);
	if (attach && m->net.stat == DENIED)
		return CME(CME_NO_NETWORK);
	return DONE;
}

void modem_set_cfun(struct modem *m, uint32_t fun, uint32_t now_ms)
{
	modem_step(m, now_ms);
	m->cfun = fun;
	usability_changed(m);
	modem_pump(m);
}

/* CFUN=0 and 4 switch the radio off; CFUN=<fun>,1 restarts the modem. */
HANDLER(cfun)
{
	uint32_t fun, restart = 0;

	if (c->form == FORM_READ) {
		modem_info(m, "+CFUN: %u", cfun_is(m));
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, 4, &fun) || !modem_call_option(c, 1, 0, 1, &restart) || fun == 2 || fun == 3)
		return CME(CME_PARAMETER);
	if (restart) {
		m->job.after = modem_power_restart;
		return DONE;
	}
	m->cfun = fun;
	usability_changed(m);
	return DONE;
}
