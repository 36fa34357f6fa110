/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_socket.c - TCP client sockets: open, close, state, and what the network
 * outside says of them.
 *
 *   INITIAL -- QIOPEN, OK --> OPENING -- +QIOPEN: id,0 --> CONNECTED
 *      ^                         |                             | peer ends, context lost
 *      |                         +-- +QIOPEN: id,err --+       v
 *      +------------------- QICLOSE -------------------+--- CLOSING
 *
 * A socket that DIED (fault) looks CONNECTED: only errors betray it.
 */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>

enum { OPEN_MAX_MS = 150000 };   /* "+QIOPEN" comes within 150 s */
enum { RESULT_OPEN = -1 };

static void clear(struct socket *s)
{
	bool want_close = s->want_close, abort = s->abort;

	memset(s, 0, offsetof(struct socket, tx));
	s->want_close = want_close;     /* the network outside has yet to hear of it */
	s->abort = abort;
	s->open_result = RESULT_OPEN;
	modem_ring_init(&s->tx, s->tx_data, sizeof s->tx_data);
	modem_ring_init(&s->rx, s->rx_data, sizeof s->rx_data);
}

void modem_socket_init(struct modem *m)
{
	for (int id = 0; id < MODEM_SOCKETS; id++)
		clear(&m->socket[id]);
}

/* The network outside forgets it, if it knows it. */
static void disconnect(struct socket *s, bool abort)
{
	s->want_open = false;
	if (!s->known)
		return;
	s->known = false;
	s->want_close = true;
	s->abort = abort;
}

void modem_socket_free(struct modem *m, int id, bool abort)
{
	disconnect(&m->socket[id], abort);
	modem_timer_stop(m, TIMER_OPEN + (unsigned)id);
	clear(&m->socket[id]);
}

static void close_timeout(struct modem *m);

/* A QICLOSE that waits for the last bytes of this socket waits in vain. */
static void hurry_close(struct modem *m, int id)
{
	if (m->stage == STAGE_BUSY && m->job.resume == close_timeout && m->job.socket == id)
		modem_timer_set(m, TIMER_JOB, 0);
}

void modem_socket_drop_context(struct modem *m, uint32_t context, bool freed)
{
	for (int id = 0; id < MODEM_SOCKETS; id++) {
		struct socket *s = &m->socket[id];

		if (s->state == SOCKET_INITIAL || s->context != context)
			continue;
		if (freed) {
			modem_socket_free(m, id, true);
			continue;
		}
		disconnect(s, true);
		modem_timer_stop(m, TIMER_OPEN + (unsigned)id);
		s->state = SOCKET_CLOSING;
		hurry_close(m, id);
	}
}

/* ---- opening ---- */

static void tell_received(struct modem *m, int id)
{
	struct socket *s = &m->socket[id];

	if (s->recv_told || s->rx.len == 0 || s->state != SOCKET_CONNECTED)
		return;
	s->recv_told = true;
	if (modem_nv_recv_length(m))
		modem_urc(m, "+QIURC: \"recv\",%d,%u", id, (unsigned)s->rx.len);
	else
		modem_urc(m, "+QIURC: \"recv\",%d", id);
}

/* Say "+QIOPEN: id,err", and have the state that belongs to it. */
static void report_open(struct modem *m, int id)
{
	struct socket *s = &m->socket[id];

	s->state = s->open_result == 0 ? SOCKET_CONNECTED : SOCKET_CLOSING;
	modem_note(m, "socket", s->open_result == 0 ? "%d open: %s:%u at %s" : "%d not open: %s:%u: %s", id, s->host,
		   s->port, s->open_result == 0 ? s->address : modem_error_text(s->open_result));
	if (s->open_result != 0)
		m->last_error = s->open_result;
	if (!s->open_lost)
		modem_urc(m, "+QIOPEN: %d,%d", id, s->open_result);
	tell_received(m, id);
}

/* QIOPEN waited for its result: "OK" and "+QIOPEN" in one write, in the usual
 * order or in the other. */
static void report_held(struct modem *m, int id)
{
	struct socket *s = &m->socket[id];

	s->open_held = false;
	if (s->open_early) {
		report_open(m, id);
		modem_urc_flush(m);
		modem_line_finish(m, DONE);
	} else {
		modem_line_finish(m, DONE);
		report_open(m, id);
		modem_urc_flush(m);
	}
}

void modem_socket_open_due(struct modem *m, int id)
{
	struct socket *s = &m->socket[id];

	if (s->open_result == RESULT_OPEN) {       /* nothing was heard for 150 s */
		disconnect(s, true);
		s->open_result = MODEM_ERR_TIMEOUT;
	}
	if (s->open_held)
		report_held(m, id);
	else
		report_open(m, id);
}

static void open_result(struct modem *m, int id, int result)
{
	struct socket *s = &m->socket[id];

	s->open_result = result;
	if (s->open_delay_ms > 0)
		modem_timer_set(m, TIMER_OPEN + (unsigned)id, s->open_delay_ms);
	else
		modem_socket_open_due(m, id);
}

/* After OK. */
static void start_open(struct modem *m)
{
	int id = m->job.socket;
	struct socket *s = &m->socket[id];
	const struct modem_fault *f;

	if (!modem_fault_point(m, MODEM_AT_OPEN, id) || s->state != SOCKET_OPENING)
		return;
	s->open_lost = modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_OPEN, id) != NULL;
	s->open_delay_ms = modem_fault_delay(m, MODEM_AT_OPEN, id);
	f = modem_fault_hit(m, MODEM_DO_ERROR, MODEM_AT_OPEN, id);
	if (f != NULL) {
		open_result(m, id, f->error);
		return;
	}
	s->want_open = true;
	modem_timer_set(m, TIMER_OPEN + (unsigned)id, OPEN_MAX_MS);
}

static void id_used(struct modem *m)
{
	m->last_error = MODEM_ERR_ID_USED;
	modem_urc(m, "+QIOPEN: %d,%d", m->job.socket, MODEM_ERR_ID_USED);
}

static const char *const other_services[] = { "UDP", "TCP LISTENER", "UDP SERVICE" };

static int check_service(const struct call *c)
{
	if (modem_call_is(c, 2, "TCP"))
		return DONE;
	for (size_t i = 0; i < COUNT_OF(other_services); i++)
		if (modem_call_is(c, 2, other_services[i]))
			return MODEM_ERR_SUPPORT;
	return MODEM_ERR_PARAMETER;
}

/* AT+QIOPEN=<ctx>,<id>,"TCP","host",<port>[,<local port>[,<mode>]] */
HANDLER(qiopen)
{
	struct socket *s;
	uint32_t context = 0, id, port, local = 0, mode = 0;
	char host[MODEM_HOST_MAX + 1];
	int result = check_service(c);

	modem_call_number(c, 0, 1, CONTEXTS, &context);      /* checked by the table */
	if (result != DONE)
		return result;
	if (!modem_call_number(c, 1, 0, MODEM_SOCKETS - 1, &id) || !modem_call_text(c, 3, host, sizeof host) ||
	    host[0] == '\0' || !modem_call_number(c, 4, 1, 65535, &port) ||
	    !modem_call_option(c, 5, 0, 65535, &local) || !modem_call_option(c, 6, 0, 2, &mode) || c->argc > 7)
		return MODEM_ERR_PARAMETER;
	if (mode != 0)
		return MODEM_ERR_SUPPORT;
	m->job.socket = (int)id;
	s = &m->socket[id];
	if (s->state != SOCKET_INITIAL) {
		m->job.after = id_used;
		return DONE;
	}
	clear(s);
	s->state = SOCKET_OPENING;
	s->context = context;
	s->port = (uint16_t)port;
	s->local_port = (uint16_t)local;
	memcpy(s->host, host, sizeof host);
	m->counters.socket[id] = (struct modem_traffic){ 0 };
	s->open_early = modem_fault_hit(m, MODEM_DO_EARLY, MODEM_AT_OPEN, (int)id) != NULL;
	s->open_held = s->open_early || modem_fault_hit(m, MODEM_DO_GLUED, MODEM_AT_OPEN, (int)id) != NULL;
	if (!s->open_held) {
		m->job.after = start_open;
		return DONE;
	}
	start_open(m);
	return s->state == SOCKET_OPENING || m->stage != STAGE_BUSY ? PENDING : DONE;
}

/* ---- what the network outside says ---- */

static bool is_known(const struct modem *m, int id)
{
	return id >= 0 && id < MODEM_SOCKETS && m->socket[id].known;
}

void modem_socket_opened(struct modem *m, int id, const char *address, uint16_t local_port, uint32_t now_ms)
{
	struct socket *s;

	modem_step(m, now_ms);
	if (!is_known(m, id) || m->socket[id].open_result != RESULT_OPEN)
		return;
	s = &m->socket[id];
	snprintf(s->address, sizeof s->address, "%s", address);
	s->local_port = local_port;
	modem_timer_stop(m, TIMER_OPEN + (unsigned)id);
	open_result(m, id, 0);
	modem_pump(m);
}

void modem_socket_failed(struct modem *m, int id, int error, uint32_t now_ms)
{
	modem_step(m, now_ms);
	if (!is_known(m, id) || m->socket[id].open_result != RESULT_OPEN)
		return;
	m->socket[id].known = false;
	modem_timer_stop(m, TIMER_OPEN + (unsigned)id);
	open_result(m, id, error);
	modem_pump(m);
}

static void count(struct modem *m, int id, bool up, size_t n)
{
	struct socket *s = &m->socket[id];
	struct modem_traffic *both[] = { &m->counters.socket[id], &m->counters.all };
	bool turn = s->has_traffic && s->last_up != up;

	for (size_t i = 0; i < COUNT_OF(both); i++) {
		*(up ? &both[i]->up : &both[i]->down) += n;
		both[i]->turns += turn;
		both[i]->round_trips += turn && !up;
	}
	s->has_traffic = true;
	s->last_up = up;
}

/* Without registration nothing flows, and nothing is lost by that. */
size_t modem_socket_room(const struct modem *m, int id)
{
	if (!is_known(m, id) || !modem_radio_registered(m))
		return 0;
	return modem_ring_free(&m->socket[id].rx);
}

void modem_socket_data(struct modem *m, int id, const uint8_t *data, size_t len, uint32_t now_ms)
{
	struct socket *s;
	size_t n;

	modem_step(m, now_ms);
	if (!is_known(m, id) || len == 0)
		return;
	s = &m->socket[id];
	n = modem_ring_put(&s->rx, data, len);
	s->received += (uint32_t)n;
	count(m, id, false, n);
	tell_received(m, id);
	modem_pump(m);
}

/* ---- ending ---- */

static void say_closed(struct modem *m, int id)
{
	m->socket[id].closed_due = false;
	modem_urc(m, "+QIURC: \"closed\",%d", id);
}

/* A "recv" was said when the bytes came, so before. */
void modem_socket_end(struct modem *m, int id, bool tell_now)
{
	struct socket *s = &m->socket[id];

	if (s->state == SOCKET_OPENING && s->open_result == 0)      /* open, but not yet told */
		modem_socket_open_due(m, id);
	if (s->state != SOCKET_CONNECTED && s->state != SOCKET_OPENING)
		return;
	modem_note(m, "socket", "%d ended by its peer", id);
	disconnect(s, false);
	modem_timer_stop(m, TIMER_OPEN + (unsigned)id);
	s->state = SOCKET_CLOSING;
	hurry_close(m, id);
	if (m->quirk[QUIRK_UNREAD] == UNREAD_DROPPED)
		modem_ring_drop(&s->rx, s->rx.len);
	s->closed_due = true;
	if (tell_now)
		say_closed(m, id);
}

void modem_socket_tell_closed(struct modem *m)
{
	for (int id = 0; id < MODEM_SOCKETS; id++)
		if (m->socket[id].closed_due)
			say_closed(m, id);
}

void modem_socket_closed(struct modem *m, int id, uint32_t now_ms)
{
	modem_step(m, now_ms);
	if (!is_known(m, id))
		return;
	m->socket[id].known = false;
	modem_socket_end(m, id, false);
	modem_pump(m);
}

void modem_socket_die(struct modem *m, int id, int error)
{
	struct socket *s = &m->socket[id];

	if (s->state != SOCKET_CONNECTED || s->dead != 0)
		return;
	modem_note(m, "socket", "%d died silently", id);
	disconnect(s, true);
	s->dead = error;
	hurry_close(m, id);
}

/* May it send?  If not, with which error does QISEND fail? */
bool modem_socket_sendable(const struct modem *m, int id, int *error)
{
	const struct socket *s = &m->socket[id];

	*error = s->dead != 0 ? s->dead : MODEM_ERR_STATE;
	if (s->state == SOCKET_CLOSING && m->context[s->context].state == CONTEXT_BROKEN)
		*error = MODEM_ERR_PDP;
	return s->state == SOCKET_CONNECTED && s->dead == 0;
}

static void close_now(struct modem *m, bool abort)
{
	modem_note(m, "socket", "%d closed", m->job.socket);
	modem_socket_free(m, m->job.socket, abort);
	modem_line_finish(m, DONE);
}

static void close_timeout(struct modem *m)
{
	close_now(m, true);
}

/* AT+QICLOSE=<id>[,<timeout s>]: what is still to be sent goes first; 0 resets.
 * OK also where there is nothing to close. */
HANDLER(qiclose)
{
	struct socket *s;
	uint32_t id, timeout_s = 10;

	if (!modem_call_number(c, 0, 0, MODEM_SOCKETS - 1, &id) || !modem_call_option(c, 1, 0, 65535, &timeout_s))
		return MODEM_ERR_PARAMETER;
	m->job.socket = (int)id;
	if (!modem_fault_point(m, MODEM_AT_CLOSE, (int)id))
		return PENDING;
	s = &m->socket[id];
	if (s->known && s->state == SOCKET_CONNECTED && s->tx.len > 0 && timeout_s > 0) {
		modem_line_wait(m, timeout_s * 1000, close_timeout);
		return PENDING;
	}
	if (s->state != SOCKET_INITIAL)
		modem_note(m, "socket", "%u closed", (unsigned)id);
	modem_socket_free(m, (int)id, timeout_s == 0);
	return DONE;
}

/* ---- bytes to the network outside ---- */

static bool has_data(const struct modem *m, const struct socket *s)
{
	return s->known && s->state == SOCKET_CONNECTED && s->tx.len > 0 && !s->offered && !s->frozen &&
	       modem_radio_registered(m);
}

static bool next_of(struct modem *m, int id, struct modem_event *ev)
{
	struct socket *s = &m->socket[id];

	ev->id = id;
	if (s->want_close) {
		ev->type = MODEM_CLOSE;
		ev->abort = s->abort;
		s->want_close = s->abort = false;
	} else if (s->want_open && modem_radio_registered(m)) {
		ev->type = MODEM_OPEN;
		ev->host = s->host;
		ev->port = s->port;
		s->want_open = false;
		s->known = true;
	} else if (has_data(m, s)) {
		ev->type = MODEM_DATA;
		ev->data.data = modem_ring_peek(&s->tx, &ev->data.len);
		s->offered = true;
		s->offered_len = ev->data.len;
	} else {
		return false;
	}
	return true;
}

bool modem_socket_next(struct modem *m, struct modem_event *ev)
{
	for (int id = 0; id < MODEM_SOCKETS; id++)
		if (next_of(m, id, ev))
			return true;
	return false;
}

void modem_socket_taken(struct modem *m, int id, size_t n, uint32_t now_ms)
{
	struct socket *s;

	modem_step(m, now_ms);
	if (!is_known(m, id) || !m->socket[id].offered)
		return;
	s = &m->socket[id];
	s->offered = n < s->offered_len;
	modem_ring_drop(&s->tx, n);
	if (s->counts_unsent)
		s->unsent += n;
	if (n > 0)
		count(m, id, true, n);
	if (s->tx.len == 0 && m->stage == STAGE_BUSY && m->job.resume == close_timeout && m->job.socket == id)
		close_now(m, false);
	modem_pump(m);
}

void modem_socket_writable(struct modem *m, int id, uint32_t now_ms)
{
	modem_step(m, now_ms);
	if (is_known(m, id))
		m->socket[id].offered = false;
}

void modem_socket_unsent(struct modem *m, int id, size_t n, uint32_t now_ms)
{
	modem_step(m, now_ms);
	if (!is_known(m, id))
		return;
	m->socket[id].counts_unsent = true;
	m->socket[id].unsent = n;
}

/* ---- state and errors ---- */

static void describe(struct modem *m, int id)
{
	const struct socket *s = &m->socket[id];
	unsigned state = s->state == SOCKET_CONNECTED ? m->quirk[QUIRK_CONNECTED] : (unsigned)s->state;

	modem_info(m, "+QISTATE: %d,\"TCP\",\"%s\",%u,%u,%u,%u,0,0,\"uart1\"", id,
		   s->address[0] != '\0' ? s->address : s->host, s->port, s->local_port, state, (unsigned)s->context);
}

/* AT+QISTATE?, =0,<context>, =1,<id>; what does not exist gives no line. */
HANDLER(qistate)
{
	uint32_t by = 0, which = 0;

	if (c->form == FORM_SET && (!modem_call_number(c, 0, 0, 1, &by) ||
				    !modem_call_number(c, 1, by == 0, by == 0 ? CONTEXTS : MODEM_SOCKETS - 1, &which)))
		return MODEM_ERR_PARAMETER;
	for (int id = 0; id < MODEM_SOCKETS; id++) {
		const struct socket *s = &m->socket[id];

		if (s->state == SOCKET_INITIAL ||
		    (c->form == FORM_SET && (by == 0 ? s->context : (uint32_t)id) != which))
			continue;
		describe(m, id);
	}
	return DONE;
}

/* +QIGETERROR: 552,invalid parameters */
HANDLER(qigeterror)
{
	const char *text = modem_error_text(m->last_error);
	bool acronym = text[1] >= 'A' && text[1] <= 'Z';      /* "DNS busy", "PDP context ..." */
	char first = text[0];

	(void)c;
	if (m->quirk[QUIRK_ERROR_TEXT] == 0 && !acronym)
		first = (char)(first - 'A' + 'a');
	modem_info(m, "+QIGETERROR: %d,%c%s", m->last_error, first, text + 1);
	return DONE;
}

/* Only buffer access mode is modelled. */
HANDLER(qiswtmd)
{
	uint32_t id, mode;

	if (!modem_call_number(c, 0, 0, MODEM_SOCKETS - 1, &id) || !modem_call_number(c, 1, 0, 2, &mode))
		return MODEM_ERR_PARAMETER;
	if (m->socket[id].state != SOCKET_CONNECTED)
		return MODEM_ERR_STATE;
	return mode == 0 ? DONE : MODEM_ERR_SUPPORT;
}
