/* SPDX-License-Identifier: Apache-2.0 */
/* modem_info.c - who the modem is, and its SIM. */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>

/* Test numbers: a type allocation code and a PLMN that nobody has. */
#define IMEI  "001010123456789"
#define IMSI  "001010123456789"
#define ICCID "8900101012345678901F"
#define PUK   "12345678"

enum { PIN_TRIES = 3, PUK_TRIES = 10 };

void modem_set_identity(struct modem *m, const char *maker, const char *model, const char *revision)
{
	snprintf(m->maker, sizeof m->maker, "%s", maker);
	snprintf(m->model, sizeof m->model, "%s", model);
	snprintf(m->revision, sizeof m->revision, "%s", revision);
}

HANDLER(identity)
{
	static const struct { const char *name; enum { MAKER, MODEL, REVISION, FIRMWARE, SERIAL } what; } rows[] = {
		{ "CGMI", MAKER }, { "GMI", MAKER }, { "CGMM", MODEL }, { "GMM", MODEL }, { "CGMR", REVISION },
		{ "GMR", REVISION }, { "QGMR", FIRMWARE }, { "CGSN", SERIAL }, { "GSN", SERIAL },
	};
	const char *texts[] = { m->maker, m->model, m->revision, m->profile->firmware, IMEI };

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, c->command->name) == 0)
			modem_info(m, "%s", texts[rows[i].what]);
	return DONE;
}

HANDLER(sim_identity)
{
	if (c->command->name[0] == 'C')
		modem_info(m, "%s", m->card.imsi);
	else
		modem_info(m, "+QCCID: %s", m->card.iccid);
	return DONE;
}

static const int sim_errors[] = {
	[MODEM_SIM_READY]   = DONE,               [MODEM_SIM_PIN]    = CME(CME_PIN),
	[MODEM_SIM_PUK]     = CME(CME_PUK),       [MODEM_SIM_ABSENT] = CME(CME_NO_SIM),
	[MODEM_SIM_FAILURE] = CME(CME_SIM_FAILURE), [MODEM_SIM_BUSY] = CME(CME_SIM_BUSY),
};

int modem_radio_sim_error(const struct modem *m)
{
	return sim_errors[m->net.sim];
}

/* The sum of 1 (SIM), 2 (SMS) and 4 (phone book): all or nothing here. */
HANDLER(qinistat)
{
	(void)c;
	modem_info(m, "+QINISTAT: %d", m->net.sim == MODEM_SIM_READY ? 7 : 0);
	return DONE;
}

/* +QSIMSTAT: <reported>,<inserted> */
HANDLER(qsimstat)
{
	uint32_t value;

	if (c->form == FORM_READ) {
		modem_info(m, "+QSIMSTAT: %u,%d", (unsigned)m->set[SET_QSIMSTAT], m->net.sim != MODEM_SIM_ABSENT);
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, 1, &value))
		return CME(CME_PARAMETER);
	modem_nv_set(m, SET_QSIMSTAT, value);
	return DONE;
}

static int unlock(struct modem *m)
{
	m->card.tries = PIN_TRIES;
	m->card.puk_tries = PUK_TRIES;
	modem_radio_set_sim(m, MODEM_SIM_READY);
	return DONE;
}

/* Three wrong PINs lock the SIM until its PUK is given. */
static int try_pin(struct modem *m, const char *pin)
{
	if (strcmp(pin, m->card.pin) == 0)
		return unlock(m);
	if (--m->card.tries == 0)
		modem_radio_set_sim(m, MODEM_SIM_PUK);
	return CME(CME_PASSWORD);
}

static bool is_pin(const char *s)
{
	size_t n = strlen(s);

	return n >= 4 && n <= 8 && strspn(s, "0123456789") == n;
}

/* Ten wrong PUKs destroy the SIM. */
static int try_puk(struct modem *m, const struct call *c, const char *puk)
{
	char pin[9];

	if (!modem_call_text(c, 1, pin, sizeof pin) || !is_pin(pin))
		return CME(CME_PARAMETER);
	if (strcmp(puk, PUK) == 0) {
		memcpy(m->card.pin, pin, sizeof pin);
		return unlock(m);
	}
	if (--m->card.puk_tries == 0)
		modem_radio_set_sim(m, MODEM_SIM_FAILURE);
	return CME(CME_PASSWORD);
}

/* +CPIN: SIM PIN */
static int cpin_state(struct modem *m)
{
	static const char *const words[] = {
		[MODEM_SIM_READY] = "READY", [MODEM_SIM_PIN] = "SIM PIN", [MODEM_SIM_PUK] = "SIM PUK",
	};

	if (m->net.sim > MODEM_SIM_PUK)
		return modem_radio_sim_error(m);
	modem_info(m, "+CPIN: %s", words[m->net.sim]);
	return DONE;
}

HANDLER(cpin)
{
	char code[9];

	if (c->form == FORM_READ)
		return cpin_state(m);
	if (!modem_call_text(c, 0, code, sizeof code) || !is_pin(code))
		return CME(CME_PARAMETER);
	if (m->net.sim == MODEM_SIM_PIN)
		return try_pin(m, code);
	if (m->net.sim == MODEM_SIM_PUK)
		return try_puk(m, c, code);
	return m->net.sim == MODEM_SIM_READY ? CME(CME_NOT_ALLOWED) : modem_radio_sim_error(m);
}

/* +QPINC: "SC",3,10      of PIN and PUK; "P2": of PIN2 and PUK2, which nobody tries here */
HANDLER(qpinc)
{
	bool all = c->form == FORM_READ;
	bool pin = all || modem_call_is(c, 0, "SC"), pin2 = all || modem_call_is(c, 0, "P2");

	if (m->net.sim > MODEM_SIM_PUK)
		return modem_radio_sim_error(m);
	if (pin)
		modem_info(m, "+QPINC: \"SC\",%u,%u", m->card.tries, m->card.puk_tries);
	if (pin2)
		modem_info(m, "+QPINC: \"P2\",%d,%d", PIN_TRIES, PUK_TRIES);
	return pin || pin2 ? DONE : CME(CME_PARAMETER);
}

/* ---- the card ---- */

void modem_card_init(struct modem *m)
{
	m->card.tries = PIN_TRIES;
	m->card.puk_tries = PUK_TRIES;
	snprintf(m->card.iccid, sizeof m->card.iccid, ICCID);
	snprintf(m->card.imsi, sizeof m->card.imsi, IMSI);
}

struct modem_card modem_card(const struct modem *m)
{
	return m->card;
}

void modem_set_card(struct modem *m, const struct modem_card *card, uint32_t now_ms)
{
	bool other_pin = strcmp(m->card.pin, card->pin) != 0;

	modem_step(m, now_ms);
	m->card = *card;
	if (m->net.sim > MODEM_SIM_PUK)   /* no card that could be asked */
		return;
	if (card->pin[0] != '\0' && card->tries == 0)
		modem_radio_set_sim(m, MODEM_SIM_PUK);
	else if (card->pin[0] == '\0')
		modem_radio_set_sim(m, MODEM_SIM_READY);
	else if (other_pin || m->net.sim == MODEM_SIM_PUK)
		modem_radio_set_sim(m, MODEM_SIM_PIN);
	modem_pump(m);
}
