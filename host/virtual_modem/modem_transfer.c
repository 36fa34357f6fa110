/* SPDX-License-Identifier: Apache-2.0 */
/* modem_transfer.c - AT+QISEND, AT+QISENDEX, AT+QIRD: the data of a socket. */
#include "virtual_modem/modem_state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool socket_id(const struct call *c, uint32_t *id)
{
	return modem_call_number(c, 0, 0, MODEM_SOCKETS - 1, id);
}

static uint32_t unacknowledged(const struct socket *s)
{
	return (uint32_t)(s->tx.len + s->unsent);
}

static size_t room(const struct socket *s)
{
	size_t used = unacknowledged(s);

	return used < MODEM_BUFFER ? MODEM_BUFFER - used : 0;
}

/* ---- prompt ---- */

static const char *const prompts[] = {
	[PROMPT_SPACE] = "\r\n> ", [PROMPT_BARE] = "\r\n>", [PROMPT_LINE] = "\r\n>\r\n",
};

static void say(struct modem *m, const char *text)
{
	if (!m->mute_at)
		modem_out_text(m, text);
}

/* The prompt, or its last byte, comes late. */
void modem_transfer_prompt(struct modem *m)
{
	if (m->stage != STAGE_PAYLOAD || m->payload.rest == NULL)
		return;
	say(m, m->payload.rest);
	m->payload.rest = NULL;
	modem_fault_point(m, MODEM_AT_PROMPT, m->payload.socket);
}

static void split_prompt(struct modem *m, const char *prompt, uint32_t ms)
{
	size_t n = strlen(prompt) - 1;

	if (!m->mute_at)
		modem_out(m, prompt, n);
	m->payload.rest = prompt + n;
	modem_timer_set(m, TIMER_PROMPT, ms);
}

/* Events at this point come right behind the prompt, also in the same write. */
static void prompt(struct modem *m, int id)
{
	const char *text = prompts[m->quirk[QUIRK_PROMPT]];
	const struct modem_fault *split;
	uint32_t ms;

	if (modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_PROMPT, id) != NULL)
		return;
	ms = modem_fault_delay(m, MODEM_AT_PROMPT, id);
	split = modem_fault_hit(m, MODEM_DO_SPLIT, MODEM_AT_PROMPT, id);
	if (ms > 0) {
		m->payload.rest = text;
		modem_timer_set(m, TIMER_PROMPT, ms);
	} else if (split != NULL) {
		split_prompt(m, text, split->ms);
	} else {
		say(m, text);
		modem_fault_point(m, MODEM_AT_PROMPT, id);
	}
}

/* ---- payload ---- */

static void count_send(struct modem *m, int id)
{
	m->counters.socket[id].sends++;
	m->counters.all.sends++;
}

/* The payload is complete: SEND OK, SEND FAIL or an error. */
static void send_ok(struct modem *m)
{
	m->last_error = 0;
	modem_line_finish_text(m, "SEND OK");
}

static void accept_payload(struct modem *m, int id)
{
	struct socket *s = &m->socket[id];
	struct payload *p = &m->payload;

	count_send(m, id);
	s->sent += (uint32_t)p->got;
	if (modem_fault_hit(m, MODEM_DO_FREEZE, MODEM_AT_ACCEPTED, id) != NULL)
		s->frozen = true;
	if (modem_fault_hit(m, MODEM_DO_DISCARD, MODEM_AT_ACCEPTED, id) == NULL)
		modem_ring_put(&s->tx, p->data, p->got);
}

static void conclude_send(struct modem *m, int id)
{
	uint32_t ms;

	if (!modem_fault_point(m, MODEM_AT_ACCEPTED, id))
		return;
	if (modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_ACCEPTED, id) != NULL) {
		modem_line_reset(m);
		return;
	}
	ms = modem_fault_delay(m, MODEM_AT_ACCEPTED, id);
	if (ms > 0)
		modem_line_wait(m, ms, send_ok);
	else
		send_ok(m);
}

static void send_payload(struct modem *m, int id)
{
	const struct modem_fault *f;
	int error;

	m->stage = STAGE_BUSY;
	modem_timer_stop(m, TIMER_PROMPT);
	modem_timer_stop(m, TIMER_PAYLOAD);
	f = modem_fault_hit(m, MODEM_DO_ERROR, MODEM_AT_ACCEPTED, id);
	if (f != NULL) {
		modem_line_finish(m, f->cme != MODEM_ANY ? CME(f->cme) : f->error);
	} else if (!modem_socket_sendable(m, id, &error)) {
		modem_line_finish(m, error);
	} else if (room(&m->socket[id]) < m->payload.got ||
		   modem_fault_hit(m, MODEM_DO_FAIL, MODEM_AT_ACCEPTED, id) != NULL) {
		modem_line_finish_text(m, "SEND FAIL");
	} else {
		accept_payload(m, id);
		conclude_send(m, id);
	}
}

static void payload_echo(struct modem *m, uint8_t byte)
{
	if (m->set[SET_ECHO] && m->set[SET_QISDE] && !m->mute_at)
		modem_out(m, &byte, 1);
}

/* Ctrl-Z sends and ESC cancels where no length was given. */
static bool ends_open_payload(struct modem *m, uint8_t byte)
{
	enum { CTRL_Z = 0x1a, ESC = 0x1b, CANCELLED = 571 };

	if (m->payload.want != 0)
		return false;
	if (byte == CTRL_Z)
		send_payload(m, m->payload.socket);
	else if (byte == ESC)
		modem_line_finish(m, CANCELLED);
	return byte == CTRL_Z || byte == ESC;
}

void modem_transfer_byte(struct modem *m, uint8_t byte)
{
	struct payload *p = &m->payload;

	if (ends_open_payload(m, byte))
		return;
	payload_echo(m, byte);
	if (p->got < sizeof p->data)
		p->data[p->got++] = byte;
	if (!modem_fault_payload(m, p->socket, p->got))
		return;
	if (p->want != 0 && p->got == p->want)
		send_payload(m, p->socket);
}

void modem_transfer_timeout(struct modem *m)
{
	if (m->stage == STAGE_PAYLOAD)
		modem_line_finish(m, MODEM_ERR_TIMEOUT);
}

static int begin_payload(struct modem *m, int id, size_t want)
{
	m->stage = STAGE_PAYLOAD;
	m->payload.socket = id;
	m->payload.want = want;
	m->payload.got = 0;
	m->payload.rest = NULL;
	if (m->quirk[QUIRK_SEND_TIMEOUT] > 0)
		modem_timer_set(m, TIMER_PAYLOAD, m->quirk[QUIRK_SEND_TIMEOUT]);
	prompt(m, id);
	return PENDING;
}

/* AT+QISEND=<id>,0: +QISEND: <total>,<acknowledged>,<unacknowledged> */
static int send_query(struct modem *m, int id)
{
	const struct socket *s = &m->socket[id];
	uint32_t open = unacknowledged(s);

	if (s->state == SOCKET_INITIAL)
		return MODEM_ERR_STATE;
	modem_info(m, "+QISEND: %u,%u,%u", (unsigned)s->sent, (unsigned)(s->sent - open), (unsigned)open);
	return DONE;
}

/* AT+QISEND=<id>[,<length>]; the form with an address is for UDP SERVICE. */
HANDLER(qisend)
{
	uint32_t id, len = 0;
	int error;

	if (!socket_id(c, &id) || !modem_call_option(c, 1, 0, MODEM_SEND_MAX, &len) || c->argc > 4)
		return MODEM_ERR_PARAMETER;
	if (c->argc > 2)
		return MODEM_ERR_SUPPORT;
	if (c->argc == 2 && len == 0)
		return send_query(m, (int)id);
	if (!modem_socket_sendable(m, (int)id, &error))
		return error;
	return begin_payload(m, (int)id, len);
}

static bool unhex(struct payload *p, struct bytes hex)
{
	static const char digits[] = "0123456789abcdef";

	p->got = 0;
	if (hex.len == 0 || hex.len % 2 != 0)
		return false;
	for (size_t i = 0; i < hex.len; i += 2) {
		const char *high = memchr(digits, tolower(hex.data[i]), 16);
		const char *low = memchr(digits, tolower(hex.data[i + 1]), 16);

		if (high == NULL || low == NULL)
			return false;
		p->data[p->got++] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	return true;
}

/* AT+QISENDEX=<id>,"3132": at most 512 bytes, no prompt */
HANDLER(qisendex)
{
	enum { HEX_MAX = 512 };
	uint32_t id;
	int error;

	if (!socket_id(c, &id) || c->argc != 2 || !c->arg[1].quoted || c->arg[1].text.len > 2 * HEX_MAX ||
	    !unhex(&m->payload, c->arg[1].text))
		return MODEM_ERR_PARAMETER;
	if (!modem_socket_sendable(m, (int)id, &error))
		return error;
	m->payload.socket = (int)id;
	m->payload.want = m->payload.got;
	send_payload(m, (int)id);
	return PENDING;
}

/* ---- AT+QIRD ---- */

static int read_query(struct modem *m, const struct socket *s)
{
	modem_info(m, "+QIRD: %u,%u,%u", (unsigned)s->received, (unsigned)s->read, (unsigned)s->rx.len);
	return DONE;
}

static void after_read(struct modem *m, struct socket *s, size_t n)
{
	if (n == 0 || (s->rx.len == 0 && m->quirk[QUIRK_RECV_AGAIN] == AGAIN_EMPTY))
		s->recv_told = false;
}

/* "\r\n+QIRD: 4\r\n" data "\r\n" "\r\nOK\r\n" */
static int read_data(struct modem *m, int id, size_t max)
{
	struct socket *s = &m->socket[id];
	uint8_t data[MODEM_READ_MAX];
	size_t n;

	if (!modem_fault_point(m, MODEM_AT_READ, id))
		return PENDING;
	n = modem_ring_get(&s->rx, data, max);
	after_read(m, s, n);
	modem_info(m, "+QIRD: %u", (unsigned)n);
	if (n == 0)
		return DONE;
	s->read += (uint32_t)n;
	m->counters.socket[id].reads++;
	m->counters.all.reads++;
	if (!modem_fault_point(m, MODEM_AT_DATA, id))
		return PENDING;
	if (!m->mute_at) {
		modem_out(m, data, n);
		modem_out_text(m, "\r\n");
	}
	return DONE;
}

/* AT+QIRD=<id>[,<length>]; 0: +QIRD: <total>,<read>,<unread> */
HANDLER(qird)
{
	uint32_t id, len = MODEM_READ_MAX;

	if (!socket_id(c, &id) || !modem_call_option(c, 1, 0, MODEM_READ_MAX, &len) || c->argc > 2)
		return MODEM_ERR_PARAMETER;
	if (m->socket[id].state == SOCKET_INITIAL || m->socket[id].state == SOCKET_OPENING)
		return MODEM_ERR_STATE;
	if (len == 0)
		return read_query(m, &m->socket[id]);
	return read_data(m, (int)id, len);
}
