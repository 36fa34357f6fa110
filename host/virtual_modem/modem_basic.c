/* SPDX-License-Identifier: Apache-2.0 */
/* modem_basic.c - basic commands (V.250 5.3.1), and those about the line itself. */
#include "virtual_modem/modem_state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int identify(struct modem *m, uint32_t value)
{
	(void)value;
	switch (m->quirk[QUIRK_ATI]) {
	case ATI_ONE_LINE:
		modem_info(m, "%s %s", m->model, m->revision);
		break;
	case ATI_LABELLED:
		modem_info(m, "Manufacturer: %s", m->maker);
		modem_info(m, "Model: %s", m->model);
		modem_info(m, "Revision: %s", m->revision);
		break;
	default:
		modem_info(m, "%s", m->maker);
		modem_info(m, "%s", m->model);
		modem_info(m, "Revision: %s", m->revision);
		break;
	}
	return DONE;
}

static int load_profile(struct modem *m, uint32_t value)
{
	(void)value;
	modem_nv_load(m);
	return DONE;
}

static int factory(struct modem *m, uint32_t value)
{
	(void)value;
	modem_nv_reset(m);
	return DONE;
}

static int save(struct modem *m, uint32_t value)
{
	(void)value;
	modem_nv_save(m);
	return DONE;
}

static int view(struct modem *m, uint32_t value)
{
	(void)value;
	modem_info(m, "&C: %u", (unsigned)m->set[SET_DCD]);
	modem_info(m, "&D: %u", (unsigned)m->set[SET_DTR]);
	modem_info(m, "E: %u", (unsigned)m->set[SET_ECHO]);
	modem_info(m, "Q: %u", (unsigned)m->set[SET_QUIET]);
	modem_info(m, "V: %u", (unsigned)m->set[SET_VERBOSE]);
	modem_info(m, "X: %u", (unsigned)m->set[SET_RESULTS]);
	return DONE;
}

/* There is no call to answer, to make or to return to. */
static int no_carrier(struct modem *m, uint32_t value)
{
	(void)value;
	modem_line_finish_text(m, "NO CARRIER");
	return PENDING;
}

static int nothing(struct modem *m, uint32_t value)
{
	(void)m, (void)value;
	return DONE;
}

static const struct basic {
	const char  *name;
	int          setting;      /* or -1 */
	uint32_t     max;          /* of the number behind the name; 0 if left out */
	int        (*handle)(struct modem *m, uint32_t value);
} basics[] = {   /* longer names first: the first that matches is it */
	{ "&C", SET_DCD,     1, NULL },          { "&D", SET_DTR,     2, NULL },
	{ "&F", -1,          0, factory },       { "&W", -1,          0, save },
	{ "&V", -1,          0, view },          { "E",  SET_ECHO,    1, NULL },
	{ "Q",  SET_QUIET,   1, NULL },          { "V",  SET_VERBOSE, 1, NULL },
	{ "X",  SET_RESULTS, 4, NULL },          { "I",  -1,          0, identify },
	{ "Z",  -1,          0, load_profile },  { "H",  -1,          0, nothing },
	{ "O",  -1,          0, no_carrier },    { "A",  -1,          0, no_carrier },
};

static const struct { uint32_t number; enum setting setting; } registers[] = {
	{ 0, SET_S0 }, { 3, SET_S3 }, { 4, SET_S4 }, { 5, SET_S5 },
	{ 6, SET_S6 }, { 7, SET_S7 }, { 8, SET_S8 }, { 10, SET_S10 },
};

static const struct basic *find(struct bytes line, char name[3])
{
	size_t n = line.len > 1 && line.data[0] == '&' ? 2 : 1;

	if (line.len == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		name[i] = (char)toupper(line.data[i]);
	name[n] = '\0';
	for (size_t i = 0; i < COUNT_OF(basics); i++)
		if (strcmp(basics[i].name, name) == 0)
			return &basics[i];
	return NULL;
}

/* "ATE" of "E0V1": how faults and latencies name it. */
bool modem_basic_name(struct bytes line, char name[20])
{
	char letters[3] = "";

	find(line, letters);
	snprintf(name, 20, "AT%s", letters);
	return true;
}

static size_t digits(struct bytes line, size_t at)
{
	size_t n = 0;

	while (at + n < line.len && isdigit(line.data[at + n]))
		n++;
	return n;
}

static int set_register(struct modem *m, enum setting s, struct bytes line, size_t at, size_t *used)
{
	size_t n = digits(line, at + 1);
	bool character = s == SET_S3 || s == SET_S4 || s == SET_S5;
	uint32_t value;

	if (line.len > at && line.data[at] == '?') {
		modem_info(m, "%03u", (unsigned)m->set[s]);
		*used = at + 1;
		return DONE;
	}
	if (line.len <= at || line.data[at] != '=' ||
	    !bytes_to_u32((struct bytes){ line.data + at + 1, n }, character ? 127 : 255, &value))
		return FAILED;
	modem_nv_set(m, s, value);
	*used = at + 1 + n;
	return DONE;
}

/* S3=13, S3? */
static int run_register(struct modem *m, struct bytes line, size_t *used)
{
	size_t n = digits(line, 1);
	uint32_t number;

	if (!bytes_to_u32((struct bytes){ line.data + 1, n }, 255, &number))
		return FAILED;
	for (size_t i = 0; i < COUNT_OF(registers); i++)
		if (registers[i].number == number)
			return set_register(m, registers[i].setting, line, 1 + n, used);
	return FAILED;
}

int modem_basic_run(struct modem *m, struct bytes line, size_t *used)
{
	char name[3];
	const struct basic *b;
	uint32_t value = 0;
	size_t n, at;

	if (line.len == 0)
		return DONE;
	if (toupper(line.data[0]) == 'S')
		return run_register(m, line, used);
	b = find(line, name);
	if (b == NULL)
		return FAILED;
	at = strlen(b->name);
	n = digits(line, at);
	if (n > 0 && !bytes_to_u32((struct bytes){ line.data + at, n }, b->max, &value))
		return FAILED;
	*used = at + n;
	if (b->handle != NULL)
		return b->handle(m, value);
	modem_nv_set(m, (enum setting)b->setting, value);
	return DONE;
}

/* ---- extended commands about the line ---- */

/* One number: read, or set within 0 to MAX. */
static int one_setting(struct modem *m, const struct call *c, enum setting s, uint32_t max)
{
	uint32_t value;

	if (c->form == FORM_READ) {
		modem_info(m, "+%s: %u", c->command->name, (unsigned)m->set[s]);
		return DONE;
	}
	if (c->argc != 1 || !modem_call_number(c, 0, 0, max, &value))
		return CME(CME_PARAMETER);
	modem_nv_set(m, s, value);
	return DONE;
}

HANDLER(cmee)
{
	return one_setting(m, c, SET_CMEE, 2);
}

HANDLER(qsclk)
{
	return one_setting(m, c, SET_QSCLK, 1);
}

HANDLER(qisde)
{
	int result = one_setting(m, c, SET_QISDE, 1);

	return result == DONE ? DONE : MODEM_ERR_PARAMETER;
}

/* +IFC: 0,0.  Kept, but without effect: the line here has no RTS and CTS. */
HANDLER(ifc)
{
	uint32_t in = m->set[SET_IFC_IN], out = m->set[SET_IFC_OUT];

	if (c->form == FORM_READ) {
		modem_info(m, "+IFC: %u,%u", (unsigned)in, (unsigned)out);
		return DONE;
	}
	if (!modem_call_option(c, 0, 0, 2, &in) || !modem_call_option(c, 1, 0, 2, &out) || in == 1 || out == 1)
		return CME(CME_PARAMETER);
	modem_nv_set(m, SET_IFC_IN, in);
	modem_nv_set(m, SET_IFC_OUT, out);
	return DONE;
}

HANDLER(ipr)
{
	static const uint32_t rates[] = { 0, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600 };
	uint32_t rate;

	if (c->form == FORM_READ)
		return one_setting(m, c, SET_IPR, 0);
	if (!modem_call_number(c, 0, 0, 921600, &rate))
		return CME(CME_PARAMETER);
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		if (rates[i] == rate) {
			modem_nv_set(m, SET_IPR, rate);
			return DONE;
		}
	}
	return CME(CME_PARAMETER);
}

/* The multiplexer is not modelled. */
HANDLER(cmux)
{
	(void)m, (void)c;
	return CME(4);
}

/* Settings of which nothing here depends: any value will do, none is kept. */
HANDLER(accept)
{
	(void)m, (void)c;
	return DONE;
}
