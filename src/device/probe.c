/* SPDX-License-Identifier: Apache-2.0 */
#include "device/probe.h"

#include "base/ticks.h"

#include <stddef.h>
#include <string.h>

enum { PORT_HTTPS = 443, PORT_MQTT = 8883 };

/* In the order in which they are asked. */
enum question { NAME, PORT, HOST, QUESTIONS };

enum { ASK_NAME = 1 << NAME, ASK_PORT = 1 << PORT, ASK_HOST = 1 << HOST };

/* ---- the setting ---- */

/* "1.1.1.1" of "1.1.1.1:443": four numbers up to 255. */
static bool is_address(struct bytes text)
{
	unsigned numbers = 0;
	size_t from = 0;
	uint32_t number;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && text.data[i] != '.')
			continue;
		if (i - from > 3 || !bytes_to_u32((struct bytes){ text.data + from, i - from }, 255, &number))
			return false;
		numbers++;
		from = i + 1;
	}
	return numbers == 4;
}

bool probe_address(struct bytes text, char address[PROBE_ADDRESS_SIZE], uint16_t *port)
{
	const uint8_t *colon = text.len > 0 ? memchr(text.data, ':', text.len) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - text.data) : text.len;
	uint32_t number = PORT_HTTPS;

	if (!is_address((struct bytes){ text.data, n }))
		return false;
	if (colon != NULL && (!bytes_to_u32((struct bytes){ colon + 1, text.len - n - 1 }, 65535, &number) ||
			      number == 0))
		return false;
	memcpy(address, text.data, n);
	address[n] = '\0';
	*port = (uint16_t)number;
	return true;
}

/* ---- the questions ---- */

/* A name that does not resolve: is it this name?  A port that does not open: is it this port, or
 * this host?  The last one in both cases: does anything work? */
static uint8_t questions(enum err why)
{
	if (why == ERR_MODEM_DNS)
		return ASK_NAME | ASK_HOST;
	return why == ERR_MODEM_CONNECT || why == ERR_MODEM_OPEN_TIMEOUT ? ASK_PORT | ASK_HOST : 0;
}

static enum question current(const struct probe *p)
{
	return (enum question)__builtin_ctz(p->todo);
}

/* 443 of a host with a name shows that it resolves; most time servers refuse it, and that is an answer. */
static enum err open_link(struct probe *p, uint32_t now_ms)
{
	const struct probe_config *c = &p->cfg;
	char address[PROBE_ADDRESS_SIZE];
	uint16_t port;

	switch (current(p)) {
	case NAME:
		return link_open(c->link, c->name, PORT_HTTPS, now_ms);
	case PORT:
		return link_open(c->link, c->host, c->port != PORT_HTTPS ? PORT_HTTPS : PORT_MQTT, now_ms);
	case HOST:
	case QUESTIONS:
		break;
	}
	if (!probe_address(bytes_of(c->elsewhere), address, &port))
		return ERR_ARG;
	return link_open(c->link, address, port, now_ms);   /* which copies it */
}

/* What the end of an open says: E is ERR_OK, or why it failed. */
static enum evidence_answer answer(enum question q, enum err e)
{
	switch ((int)e) {
	case ERR_OK:
	case ERR_MODEM_CLOSED:         /* it was open */
		return EVIDENCE_YES;
	case ERR_MODEM_DNS:
		return q == NAME ? EVIDENCE_NO : EVIDENCE_UNKNOWN;
	case ERR_MODEM_CONNECT:
	case ERR_MODEM_OPEN_TIMEOUT:   /* a name that is connected to resolves */
		return q == NAME ? EVIDENCE_YES : EVIDENCE_NO;
	default:
		return EVIDENCE_UNKNOWN;
	}
}

static void note(struct evidence *e, enum question q, enum evidence_answer a)
{
	uint8_t *const fields[] = { [NAME] = &e->other_name, [PORT] = &e->other_port, [HOST] = &e->other_host };

	*fields[q] = (uint8_t)a;
}

/* What works needs no further question: the fault lies with what does not. */
static void next(struct probe *p, struct evidence *e, enum evidence_answer a, uint32_t now_ms)
{
	note(e, current(p), a);
	link_close(p->cfg.link, now_ms);
	p->asked = false;
	p->todo = a != EVIDENCE_YES ? p->todo & (uint8_t)(p->todo - 1u) : 0;
}

/* ---- the way through ---- */

static const char *or_usual(const char *set, const char *usual)
{
	return set != NULL && set[0] != '\0' ? set : usual;
}

bool probe_begin(struct probe *p, const struct probe_config *cfg, enum err why, uint32_t now_ms)
{
	*p = (struct probe){ .cfg = *cfg, .end_ms = now_ms + PROBE_MS };
	p->cfg.name = or_usual(cfg->name, PROBE_NAME);
	p->cfg.elsewhere = or_usual(cfg->elsewhere, PROBE_HOST);
	if (strcmp(p->cfg.elsewhere, PROBE_OFF) != 0)
		p->todo = questions(why);
	if (is_address(bytes_of(p->cfg.name)) || strcmp(p->cfg.name, cfg->host) == 0)
		p->todo &= (uint8_t)~ASK_NAME;
	return p->todo != 0;
}

static void ask(struct probe *p, struct evidence *e, uint32_t now_ms)
{
	enum err err = open_link(p, now_ms);

	if (err == ERR_OK) {
		p->asked = true;
		p->one_end_ms = now_ms + PROBE_ONE_MS;
	} else if (err == ERR_ARG || err == ERR_TOO_LONG) {
		next(p, e, EVIDENCE_UNKNOWN, now_ms);
	} else {   /* the modem has no network, or the link is not ours: nothing is to be learned now */
		p->todo = 0;
	}
}

/* The link's answer to the question that is under way. */
static void hear(struct probe *p, struct evidence *e, uint32_t now_ms)
{
	enum err err = link_state(p->cfg.link);

	if (err != ERR_AGAIN && link_loss(err) != LINK_LOSS_CLOSED)
		probe_stop(p, now_ms);
	else if (err != ERR_AGAIN)
		next(p, e, answer(current(p), err), now_ms);
	else if (ticks_reached(now_ms, p->one_end_ms))   /* no answer: what a wall says */
		next(p, e, current(p) == NAME ? EVIDENCE_UNKNOWN : EVIDENCE_NO, now_ms);
}

bool probe_step(struct probe *p, struct evidence *e, uint32_t now_ms)
{
	if (p->todo != 0 && ticks_reached(now_ms, p->end_ms))
		probe_stop(p, now_ms);
	if (p->asked)
		hear(p, e, now_ms);
	if (p->todo != 0 && !p->asked)
		ask(p, e, now_ms);
	return p->todo != 0;
}

bool probe_deadline(const struct probe *p, uint32_t *at_ms)
{
	bool have = p->todo != 0;

	*at_ms = p->end_ms;
	if (have && p->asked)
		ticks_earliest(&have, at_ms, p->one_end_ms);
	return have;
}

void probe_stop(struct probe *p, uint32_t now_ms)
{
	if (p->asked)
		link_close(p->cfg.link, now_ms);
	p->asked = false;
	p->todo = 0;
}
