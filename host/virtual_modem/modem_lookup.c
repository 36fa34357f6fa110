/* SPDX-License-Identifier: Apache-2.0 */
/* modem_lookup.c - names and echo requests: questions to the network outside. */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>

/* A ticket that is not the current one is an answer that came too late. */
static int new_ticket(struct modem *m)
{
	m->ticket = m->ticket % 1000000 + 1;
	return m->ticket;
}

void modem_lookup_reset(struct modem *m)
{
	m->want_resolve = m->resolving = false;
	m->want_ping = m->pinging = false;
	modem_timer_stop(m, TIMER_PING);
	new_ticket(m);
}

bool modem_lookup_next(struct modem *m, struct modem_event *ev)
{
	if (!modem_radio_registered(m) || (!m->want_resolve && !m->want_ping))
		return false;
	ev->type = m->want_resolve ? MODEM_RESOLVE : MODEM_PING;
	ev->id = m->ticket;
	ev->host = m->resolve_host;
	m->want_resolve = m->want_ping = false;
	return true;
}

/* ---- AT+QIDNSGIP ---- */

static void ask(struct modem *m)
{
	new_ticket(m);
	m->resolving = m->want_resolve = true;
}

static bool host_text(const struct call *c, unsigned i, char host[MODEM_HOST_MAX + 1])
{
	return i < c->argc && c->arg[i].quoted && modem_call_text(c, i, host, MODEM_HOST_MAX + 1) && host[0] != '\0';
}

HANDLER(qidnsgip)
{
	char host[MODEM_HOST_MAX + 1];

	if (!host_text(c, 1, host) || c->argc != 2)
		return MODEM_ERR_PARAMETER;
	if (m->resolving || m->pinging)
		return MODEM_ERR_DNS_BUSY;
	memcpy(m->resolve_host, host, sizeof host);
	m->job.after = ask;
	return DONE;
}

/* +QIURC: "dnsgip",<err>,<count>,<ttl>, then one line an address */
void modem_resolved(struct modem *m, int ticket, const char *const *addresses, size_t count, int error, uint32_t now_ms)
{
	enum { TTL_S = 60 };

	modem_step(m, now_ms);
	if (!m->resolving || ticket != m->ticket)
		return;
	m->resolving = false;
	if (count == 0) {
		m->last_error = error;
		modem_urc(m, "+QIURC: \"dnsgip\",%d", error);
	} else {
		modem_urc(m, "+QIURC: \"dnsgip\",0,%u,%d", (unsigned)count, TTL_S);
	}
	for (size_t i = 0; i < count; i++)
		modem_urc(m, "+QIURC: \"dnsgip\",\"%s\"", addresses[i]);
	modem_pump(m);
}

/* ---- AT+QPING ---- */

static void next_ping(struct modem *m)
{
	new_ticket(m);
	m->want_ping = true;
}

static void first_ping(struct modem *m)
{
	m->pinging = true;
	m->ping_sent = m->ping_got = m->ping_max = m->ping_sum = 0;
	m->ping_min = UINT32_MAX;
	next_ping(m);
}

HANDLER(qping)
{
	char host[MODEM_HOST_MAX + 1];
	uint32_t timeout_s = 4, count = 4;

	if (!host_text(c, 1, host) || !modem_call_option(c, 2, 1, 255, &timeout_s) ||
	    !modem_call_option(c, 3, 1, 10, &count))
		return MODEM_ERR_PARAMETER;
	if (m->resolving || m->pinging)
		return MODEM_ERR_DNS_BUSY;
	memcpy(m->resolve_host, host, sizeof host);
	m->ping_left = count;
	m->job.after = first_ping;
	return DONE;
}

/* +QPING: 0,<sent>,<received>,<lost>,<min>,<max>,<avg> */
static void ping_summary(struct modem *m)
{
	bool any = m->ping_got > 0;

	m->pinging = false;
	modem_urc(m, "+QPING: 0,%u,%u,%u,%u,%u,%u", (unsigned)m->ping_sent, (unsigned)m->ping_got,
		  (unsigned)(m->ping_sent - m->ping_got), any ? (unsigned)m->ping_min : 0, (unsigned)m->ping_max,
		  any ? (unsigned)(m->ping_sum / m->ping_got) : 0);
}

void modem_lookup_ping(struct modem *m)
{
	if (m->ping_left > 0)
		next_ping(m);
	else
		ping_summary(m);
}

static void count_ping(struct modem *m, uint32_t ms)
{
	m->ping_got++;
	m->ping_sum += ms;
	m->ping_min = ms < m->ping_min ? ms : m->ping_min;
	m->ping_max = ms > m->ping_max ? ms : m->ping_max;
}

/* +QPING: 0,"127.0.0.1",32,1,64; a name that does not resolve ends it. */
void modem_pinged(struct modem *m, int ticket, const char *address, uint32_t ms, int error, uint32_t now_ms)
{
	enum { BYTES = 32, TTL = 64, INTERVAL_MS = 1000 };

	modem_step(m, now_ms);
	if (!m->pinging || ticket != m->ticket)
		return;
	m->ping_left--;
	m->ping_sent++;
	if (address != NULL) {
		count_ping(m, ms);
		modem_urc(m, "+QPING: 0,\"%s\",%d,%u,%d", address, BYTES, (unsigned)ms, TTL);
	} else {
		modem_urc(m, "+QPING: %d", error);
	}
	if (address == NULL && error == MODEM_ERR_DNS)
		m->pinging = false;
	else
		modem_timer_set(m, TIMER_PING, m->ping_left > 0 ? INTERVAL_MS : 0);
	modem_pump(m);
}
