/* SPDX-License-Identifier: Apache-2.0 */
/* modem_nv.c - settings, and which of them survive power-off. */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum keep {
	KEEP_NOT,     /* the default after each power-on */
	KEEP_SAVED,   /* what AT&W saved */
	KEEP_NOW      /* saved as soon as it is set */
};

static const struct { uint32_t value; enum keep keep; } defaults[SET_COUNT] = {
	[SET_ECHO]    = { 1, KEEP_SAVED },    [SET_QUIET]    = { 0, KEEP_SAVED },
	[SET_VERBOSE] = { 1, KEEP_SAVED },    [SET_RESULTS]  = { 4, KEEP_SAVED },
	[SET_DCD]     = { 1, KEEP_SAVED },    [SET_DTR]      = { 0, KEEP_SAVED },
	[SET_S0]      = { 0, KEEP_SAVED },    [SET_S3]       = { 13, KEEP_NOT },
	[SET_S4]      = { 10, KEEP_NOT },     [SET_S5]       = { 8, KEEP_NOT },
	[SET_S6]      = { 2, KEEP_NOT },      [SET_S7]       = { 0, KEEP_SAVED },
	[SET_S8]      = { 2, KEEP_NOT },      [SET_S10]      = { 15, KEEP_SAVED },
	[SET_CMEE]    = { 0, KEEP_SAVED },    [SET_IFC_IN]   = { 0, KEEP_NOW },
	[SET_IFC_OUT] = { 0, KEEP_NOW },      [SET_IPR]      = { 115200, KEEP_SAVED },
	[SET_CREG]    = { 0, KEEP_SAVED },    [SET_CGREG]    = { 0, KEEP_SAVED },
	[SET_CEREG]   = { 0, KEEP_SAVED },    [SET_CTZR]     = { 0, KEEP_SAVED },
	[SET_CTZU]    = { 0, KEEP_NOW },      [SET_QISDE]    = { 1, KEEP_NOT },
	[SET_QSCLK]   = { 0, KEEP_NOT },      [SET_CPSMS]    = { 0, KEEP_NOW },
	[SET_COPS_FORMAT] = { 0, KEEP_NOT },  [SET_QSIMSTAT] = { 0, KEEP_NOW },
};

static uint32_t default_of(const struct modem *m, enum setting s)
{
	if (s == SET_QISDE)
		return m->quirk[QUIRK_QISDE];
	if (s == SET_IPR && m->config.baud != 0)
		return m->config.baud;
	return defaults[s].value;
}

static void load_qicfg(struct modem *m);
static void factory_qcfg(struct modem *m);

void modem_nv_factory(struct modem *m)
{
	for (enum setting s = 0; s < SET_COUNT; s++)
		m->set[s] = m->saved[s] = default_of(m, s);
	factory_qcfg(m);
	load_qicfg(m);
}

void modem_nv_load(struct modem *m)
{
	for (enum setting s = 0; s < SET_COUNT; s++)
		m->set[s] = defaults[s].keep == KEEP_NOT ? default_of(m, s) : m->saved[s];
	load_qicfg(m);
}

/* AT&F leaves alone what is saved at once. */
void modem_nv_reset(struct modem *m)
{
	for (enum setting s = 0; s < SET_COUNT; s++)
		if (defaults[s].keep != KEEP_NOW)
			m->set[s] = default_of(m, s);
}

void modem_nv_save(struct modem *m)
{
	for (enum setting s = 0; s < SET_COUNT; s++)
		if (defaults[s].keep == KEEP_SAVED)
			m->saved[s] = m->set[s];
}

void modem_nv_set(struct modem *m, enum setting s, uint32_t value)
{
	m->set[s] = value;
	if (defaults[s].keep == KEEP_NOW)
		m->saved[s] = value;
}

/* ---- named values: AT+QCFG="nwscanseq"[,value...] ---- */

struct named {
	const char *name, *value;
	uint32_t    max;        /* of each value, where they are decimal; 0 = text */
	unsigned    values;     /* at most */
};

/* "nwscanseq",<scanseq>,<effect>: the effect (1 = at once) is not kept. */
static const struct named qcfg[] = {
	{ "nwscanseq",     "020301",               0,    1 },
	{ "nwscanmode",    "0",                    3,    1 },
	{ "iotopmode",     "2",                    2,    1 },
	{ "band",          "0xf,0x400a0e189f,0xa0e189f", 0, 3 },
	{ "servicedomain", "1",                    2,    1 },
	{ "roamservice",   "255",                  255,  1 },
	{ "psm/urc",       "0",                    1,    1 },
	{ "psm/enter",     "0",                    1,    1 },
	{ "urc/ri/other",  "\"pulse\",120",        0,    4 },
	{ "apready",       "0,0,500",              3000, 3 },
	{ "ledmode",       "0",                    3,    1 },
	{ "urc/delay",     "0",                    1,    1 },
};
_Static_assert(COUNT_OF(qcfg) <= CONFIG_TEXTS, "each has a place");

static const struct named qicfg[] = {
	{ "transpktsize",  "1024",                 1460, 1 },
	{ "transwaittm",   "2",                    20,   1 },
	{ "dataformat",    "0,0",                  1,    2 },
	{ "viewmode",      "0",                    1,    1 },
	{ "passiveclosed", "0",                    1,    1 },
	{ "recvind",       "0",                    1,    1 },
	{ "tcp/retranscfg", "3,20",                20,   2 },
	{ "tcp/keepalive", "0,30,25,3",            1800, 4 },
	{ "udp/sendmode",  "0",                    1,    1 },
	{ "close/mode",    "0",                    1,    1 },
	{ "tcp/accept",    "1",                    1,    1 },
};
_Static_assert(COUNT_OF(qicfg) <= CONFIG_TEXTS, "each has a place");

static void factory_qcfg(struct modem *m)
{
	for (size_t i = 0; i < COUNT_OF(qcfg); i++)
		snprintf(m->qcfg[i], CONFIG_TEXT_SIZE, "%s", qcfg[i].value);
}

enum { QICFG_RECVIND = 5 };

static void load_qicfg(struct modem *m)
{
	for (size_t i = 0; i < COUNT_OF(qicfg); i++)
		snprintf(m->qicfg[i], CONFIG_TEXT_SIZE, "%s", qicfg[i].value);
	m->qicfg[QICFG_RECVIND][0] = m->quirk[QUIRK_RECV_LENGTH] ? '1' : '0';
}

/* A quirk that is the default of a setting has changed. */
void modem_nv_quirk(struct modem *m)
{
	m->set[SET_QISDE] = m->quirk[QUIRK_QISDE];
	m->qicfg[QICFG_RECVIND][0] = m->quirk[QUIRK_RECV_LENGTH] ? '1' : '0';
}

bool modem_nv_recv_length(const struct modem *m)
{
	return m->qicfg[QICFG_RECVIND][0] == '1';
}

/* The values that were given, as one text; false: one does not fit. */
static bool join(const struct call *c, const struct named *n, char text[CONFIG_TEXT_SIZE])
{
	struct text t;
	uint32_t number;

	text_init(&t, text, CONFIG_TEXT_SIZE);
	for (unsigned i = 1; i < c->argc && i <= n->values; i++) {
		if (!c->arg[i].given || (n->max != 0 && !modem_call_number(c, i, 0, n->max, &number)))
			return false;
		text_add(&t, i > 1 ? "," : "");
		text_add(&t, c->arg[i].quoted ? "\"" : "");
		text_add_bytes(&t, c->arg[i].text);
		text_add(&t, c->arg[i].quoted ? "\"" : "");
	}
	return !t.overflow;
}

/* Fewer values than there are leave the last ones as they were.  False, and
 * nothing changed: too long. */
static bool merge(char *kept, const char *given)
{
	char merged[CONFIG_TEXT_SIZE];
	const char *tail = kept;
	struct text t;

	for (const char *p = given; tail != NULL && p != NULL; p = strchr(p + 1, ','))
		tail = strchr(tail + (tail != kept), ',');
	text_init(&t, merged, sizeof merged);
	text_add(&t, given);
	text_add(&t, tail != NULL ? tail : "");
	if (!t.overflow)
		memcpy(kept, merged, sizeof merged);
	return !t.overflow;
}

static int named_value(struct modem *m, const struct call *c, const struct named *rows, size_t count,
		       char (*kept)[CONFIG_TEXT_SIZE], size_t *which)
{
	char text[CONFIG_TEXT_SIZE];
	size_t i = 0;

	while (i < count && !(c->arg[0].quoted && modem_call_is(c, 0, rows[i].name)))
		i++;
	if (i == count)
		return MODEM_ERR_PARAMETER;
	*which = i;
	if (c->argc == 1) {
		modem_info(m, "+%s: \"%s\",%s", c->command->name, rows[i].name, kept[i]);
		return DONE;
	}
	return join(c, &rows[i], text) && merge(kept[i], text) ? DONE : MODEM_ERR_PARAMETER;
}

int modem_nv_qcfg(struct modem *m, const struct call *c)
{
	size_t which;
	int result = named_value(m, c, qcfg, COUNT_OF(qcfg), m->qcfg, &which);

	if (result != DONE)
		return FAILED;
	if (which == 0 && c->argc > 1 && m->quirk[QUIRK_SCANSEQ] > 0)
		modem_timer_set(m, TIMER_SCAN, m->quirk[QUIRK_SCANSEQ]);
	return DONE;
}

int modem_nv_qicfg(struct modem *m, const struct call *c)
{
	size_t which;

	return named_value(m, c, qicfg, COUNT_OF(qicfg), m->qicfg, &which);
}
