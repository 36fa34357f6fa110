/* SPDX-License-Identifier: Apache-2.0 */
/* modem_context.c - PDP contexts. */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>

enum { IPV4 = 1, IPV6 = 2, IPV4V6 = 3 };

/* Definitions survive power-off, activation does not. */
void modem_context_reset(struct modem *m)
{
	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		struct context *x = &m->context[id];

		if (x->type == 0)
			x->type = IPV4;
		x->defined = x->defined || id == 1;
		x->state = CONTEXT_OFF;
	}
}

/* A new address from 10.0.0.0/8 each time, as networks do. */
static void activate(struct modem *m, uint32_t id)
{
	struct context *x = &m->context[id];

	x->state = CONTEXT_ACTIVE;
	x->ip[0] = 10;
	for (int i = 1; i < 4; i++)
		x->ip[i] = (uint8_t)(1 + modem_random(m, 254));
	for (int i = 0; i < 2; i++)
		snprintf(x->dns[i], sizeof x->dns[i], "10.0.0.%d", i + 1);
	modem_note(m, "context", "%u active", (unsigned)id);
}

static void format_ip(const struct context *x, char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", x->ip[0], x->ip[1], x->ip[2], x->ip[3]);
}

void modem_context_lose(struct modem *m, uint32_t id, bool tell)
{
	if (m->context[id].state != CONTEXT_ACTIVE)
		return;
	m->context[id].state = CONTEXT_BROKEN;
	modem_note(m, "context", "%u taken away by the network", (unsigned)id);
	modem_socket_drop_context(m, id, false);
	if (tell)
		modem_urc(m, "+QIURC: \"pdpdeact\",%u", (unsigned)id);
}

void modem_context_lose_all(struct modem *m, bool tell)
{
	for (uint32_t id = 1; id <= CONTEXTS; id++)
		modem_context_lose(m, id, tell);
}

/* ---- what the network accepts ---- */

enum { ESM_APN = 27, ESM_LOGIN = 29 };

void modem_set_apn(struct modem *m, const char *apn, const char *user, const char *password)
{
	m->any_apn = apn == NULL;
	snprintf(m->apn, sizeof m->apn, "%s", apn != NULL ? apn : "");
	snprintf(m->apn_user, sizeof m->apn_user, "%s", user);
	snprintf(m->apn_password, sizeof m->apn_password, "%s", password);
}

/* The ESM cause against context X, 0 if it may be activated. */
static unsigned refusal(const struct modem *m, const struct context *x)
{
	if (m->net.esm != 0)
		return m->net.esm;
	if (!m->any_apn && strcmp(x->apn, m->apn) != 0)
		return ESM_APN;
	if (m->apn_user[0] != '\0' && (strcmp(x->user, m->apn_user) != 0 || strcmp(x->password, m->apn_password) != 0))
		return ESM_LOGIN;
	return 0;
}

/* ---- commands ---- */

static bool context_id(const struct modem *m, const struct call *c, uint32_t *id)
{
	return modem_call_number(c, 0, 1, m->quirk[QUIRK_CONTEXTS], id);
}

/* An optional text; false: too long, or not given as text. */
static bool option_text(const struct call *c, unsigned i, char text[APN_SIZE])
{
	text[0] = '\0';
	return i >= c->argc || !c->arg[i].given || (c->arg[i].quoted && modem_call_text(c, i, text, APN_SIZE));
}

/* +QICSGP: <type>,"apn","user","password",<auth> */
HANDLER(qicsgp)
{
	struct context x = { .auth = 0 };
	uint32_t id;

	if (!context_id(m, c, &id))
		return MODEM_ERR_PARAMETER;
	if (c->argc == 1) {
		const struct context *now = &m->context[id];

		modem_info(m, "+QICSGP: %u,\"%s\",\"%s\",\"%s\",%u", (unsigned)now->type, now->apn, now->user,
			   now->password, (unsigned)now->auth);
		return DONE;
	}
	if (!modem_call_number(c, 1, IPV4, IPV4V6, &x.type) || !option_text(c, 2, x.apn) ||
	    !option_text(c, 3, x.user) || !option_text(c, 4, x.password) || !modem_call_option(c, 5, 0, 3, &x.auth))
		return MODEM_ERR_PARAMETER;
	x.state = m->context[id].state;
	memcpy(x.ip, m->context[id].ip, sizeof x.ip);
	memcpy(x.dns, m->context[id].dns, sizeof x.dns);
	x.defined = true;
	m->context[id] = x;
	return DONE;
}

static const char *const types[] = { [IPV4] = "IP", [IPV6] = "IPV6", [IPV4V6] = "IPV4V6" };

static void list_cgdcont(struct modem *m)
{
	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		const struct context *x = &m->context[id];

		if (!x->defined)
			continue;
		modem_info(m, "+CGDCONT: %u,\"%s\",\"%s\",\"%s\",%u,%u,%u,%u", (unsigned)id, types[x->type], x->apn,
			   x->type == IPV4 ? "0.0.0.0" : "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", (unsigned)x->extra[0],
			   (unsigned)x->extra[1], (unsigned)x->extra[2], (unsigned)x->extra[3]);
	}
}

static uint32_t type_of(const struct call *c, unsigned i)
{
	for (uint32_t type = IPV4; type <= IPV4V6; type++)
		if (modem_call_is(c, i, types[type]))
			return type;
	return 0;
}

/* +CGDCONT: <cid>,"IP","apn","0.0.0.0",0,0,0,0.  The type alone undefines it. */
HANDLER(cgdcont)
{
	struct context x;
	uint32_t id;

	if (c->form == FORM_READ) {
		list_cgdcont(m);
		return DONE;
	}
	if (!context_id(m, c, &id))
		return CME(CME_PARAMETER);
	x = m->context[id];
	x.defined = c->argc > 1;
	memset(x.extra, 0, sizeof x.extra);
	if (c->argc > 1 && (x.type = type_of(c, 1)) == 0)
		return CME(CME_PARAMETER);
	if (c->argc > 2 && !option_text(c, 2, x.apn))
		return CME(CME_PARAMETER);
	for (unsigned i = 0; i < 4; i++)
		if (!modem_call_option(c, 4 + i, 0, 4, &x.extra[i]))
			return CME(CME_PARAMETER);
	m->context[id] = x;
	return DONE;
}

/* +QIACT: 1,1,1,"10.a.b.c" for each that is active */
static void list_active(struct modem *m)
{
	char ip[16];

	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		if (m->context[id].state != CONTEXT_ACTIVE)
			continue;
		format_ip(&m->context[id], ip);
		modem_info(m, "+QIACT: %u,1,%u,\"%s\"", (unsigned)id, (unsigned)m->context[id].type, ip);
	}
}

HANDLER(qiact)
{
	uint32_t id;

	if (c->form == FORM_READ) {
		list_active(m);
		return DONE;
	}
	if (!context_id(m, c, &id))
		return MODEM_ERR_PARAMETER;
	if (m->context[id].state != CONTEXT_OFF)      /* active already; or broken, and QIDEACT must come first */
		return m->context[id].state == CONTEXT_BROKEN ? MODEM_ERR_PDP : MODEM_ERR_CONTEXT;
	if (!modem_radio_registered(m) || m->context[id].type == IPV6)
		return MODEM_ERR_CONTEXT;
	m->refused = refusal(m, &m->context[id]);
	if (m->refused != 0) {
		modem_note(m, "context", "APN \"%s\" refused: ESM cause %u", m->context[id].apn, m->refused);
		return MODEM_ERR_CONTEXT;
	}
	activate(m, id);
	return DONE;
}

HANDLER(qideact)
{
	uint32_t id;

	if (!context_id(m, c, &id))
		return MODEM_ERR_PARAMETER;
	modem_socket_drop_context(m, id, true);
	if (m->context[id].state != CONTEXT_OFF)
		modem_note(m, "context", "%u off", (unsigned)id);
	m->context[id].state = CONTEXT_OFF;
	return DONE;
}

HANDLER(qidnscfg)
{
	struct context *x;
	uint32_t id = 0;

	modem_call_number(c, 0, 1, CONTEXTS, &id);      /* checked by the table */
	x = &m->context[id];
	if (c->argc == 1) {
		modem_info(m, "+QIDNSCFG: %u,\"%s\",\"%s\"", (unsigned)id, x->dns[0], x->dns[1]);
		return DONE;
	}
	for (unsigned i = 0; i < 2 && i + 1 < c->argc; i++)
		if (!c->arg[i + 1].quoted || c->arg[i + 1].text.len >= ADDRESS_SIZE)
			return MODEM_ERR_PARAMETER;
	for (unsigned i = 0; i < 2 && i + 1 < c->argc; i++)
		modem_call_text(c, i + 1, x->dns[i], ADDRESS_SIZE);
	return DONE;
}

HANDLER(cgact)
{
	(void)c;
	for (uint32_t id = 1; id <= CONTEXTS; id++)
		if (m->context[id].defined)
			modem_info(m, "+CGACT: %u,%d", (unsigned)id, m->context[id].state == CONTEXT_ACTIVE);
	return DONE;
}

/* +CGPADDR: <cid>[,<address>] */
HANDLER(cgpaddr)
{
	uint32_t only = 0;
	char ip[16];

	if (c->form == FORM_SET && !context_id(m, c, &only))
		return CME(CME_PARAMETER);
	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		const struct context *x = &m->context[id];

		if (!x->defined || (only != 0 && id != only))
			continue;
		format_ip(x, ip);
		modem_info(m, "+CGPADDR: %u,%s", (unsigned)id, x->state == CONTEXT_ACTIVE ? ip : "0.0.0.0");
	}
	return DONE;
}
