/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   link_open()            QIOPEN            +QIOPEN: id,0
 *   CLOSED, LOST --> WANTED -----> OPENING ----------------> OPEN
 *     ^                ^              | 563: another id       |  "closed", or a send that
 *     |                +--------------+                       |  shows the socket dead
 *     |                               | any failure           v
 *     +-- link_close() ---- LOST <----+------------------ DRAINING
 *                             ^                               | +QIRD: 0, or ERROR
 *                             +-------------------------------+
 *
 * The connection id changes with every open, so that what the modem still says
 * of an earlier connection is never taken for the present one.  Ids to be freed
 * are kept in to_close, apart from the sockets.
 */
#include "modem/quectel_internal.h"

#include "base/ticks.h"

#include <string.h>

#define POLL_MS        30000u   /* a lost "recv" is made up for by then */
#define LOOK_MS        20000u   /* without +QIOPEN:, between questions for the state */
#define CHECK_MS       15000u   /* after a send, and between questions for the counters */
#define STALL_MS       60000u   /* unacknowledged without progress: dead */
#define FULL_MS          250u   /* after SEND FAIL, doubled up to */
#define FULL_MAX_MS     4000u
#define REFUSED_MS       500u   /* after a refusal that may pass */
#define HEALTHY_MS    300000u   /* up so long and still receiving: all is well */
#define TRIES              3u
#define NOT_LISTED         9u
#define ABANDON_MS      3000u   /* what a closed link's command in flight may still take */

static struct quectel_socket *of(struct link *l)
{
	return (struct quectel_socket *)l;   /* its first member */
}

static const struct quectel_socket *of_const(const struct link *l)
{
	return (const struct quectel_socket *)l;
}

static bool is_connected(const struct quectel_socket *s)
{
	return s->state == QUECTEL_SOCKET_OPEN || s->state == QUECTEL_SOCKET_DRAINING;
}

static bool has_id(const struct quectel_socket *s)
{
	return s->state == QUECTEL_SOCKET_OPENING || s->state == QUECTEL_SOCKET_OPEN ||
	       s->state == QUECTEL_SOCKET_DRAINING;
}

static uint16_t bit(unsigned id)
{
	return (uint16_t)(1u << id);
}

static bool has(uint16_t set, unsigned id)
{
	return ((unsigned)set >> id & 1u) != 0;
}

static struct quectel_socket *find(struct quectel *q, uint32_t id)
{
	struct quectel_socket *s = q->config.sockets;

	while (s != NULL && !(has_id(s) && s->id == id))
		s = s->next;
	return s;
}

static void close_later(struct quectel *q, uint32_t id)
{
	if (id < QUECTEL_SOCKETS)
		q->to_close |= bit(id);
}

/* ---- the end of a connection ---- */

static const struct quectel_op op_read = { .text = "+QIRD=%i,%m", .seconds = QUECTEL_READ };

static bool in_flight(const struct quectel_socket *s)
{
	return s->modem->op != NULL && s->modem->op_socket == s && s->modem->op_life == s->life;
}

static void forget_sending(struct quectel_socket *s)
{
	s->trouble = QUECTEL_NO_TROUBLE;
	s->unacked = s->confirm = false;
	s->tx_len = 0;
	s->sealed = false;
}

/* Nobody waits for the command that is in flight for S: it may be waiting for a
 * modem that will not answer. */
static void abandon(struct quectel_socket *s)
{
	if (in_flight(s))
		at_hurry(&s->modem->at, s->modem->now_ms + ABANDON_MS);
	s->life++;
	s->poll = false;
	forget_sending(s);
}

static void lose(struct quectel_socket *s, enum err why)
{
	if (s->state == QUECTEL_SOCKET_LOST && why == ERR_MODEM_ASLEEP)
		s->why = why;   /* before it sleeps it tells of the data connection */
	if (s->state == QUECTEL_SOCKET_CLOSED || s->state == QUECTEL_SOCKET_LOST)
		return;
	if (has_id(s))
		close_later(s->modem, s->id);
	if (s->state != QUECTEL_SOCKET_DRAINING)   /* whose cause is known already */
		s->why = why;
	s->state = QUECTEL_SOCKET_LOST;
	at_count(&s->modem->facts.losses);
	abandon(s);
}

/* Lost by no doing of the peer: too often, and the ladder is climbed. */
static void lose_badly(struct quectel_socket *s, enum err why)
{
	lose(s, why);
	quectel_fail(s->modem, RECOVERY_SOCKET, why);
}

/* A command of S was not answered.  Whether the modem hangs, has restarted or only missed
 * a byte, the line shows: what it finds is the cause then. */
static void lose_later(struct quectel_socket *s, enum err why)
{
	s->why = why;
	s->trouble = QUECTEL_LOSE;
}

/* No more sending; what the modem still holds is read first.  It may hold the
 * peer's last word: the reason. */
static void drain(struct quectel_socket *s, enum err why)
{
	if (s->state != QUECTEL_SOCKET_OPEN)
		return;
	s->state = QUECTEL_SOCKET_DRAINING;
	s->why = why;
	if (in_flight(s) && s->modem->op == &op_read)   /* it brings bytes that count */
		forget_sending(s);
	else
		abandon(s);
	s->poll = true;
}

static void drain_badly(struct quectel_socket *s, enum err why)
{
	drain(s, why);
	quectel_fail(s->modem, RECOVERY_SOCKET, why);
}

void quectel_sockets_lose(struct quectel *q, enum err why)
{
	for (struct quectel_socket *s = q->config.sockets; s != NULL; s = s->next)
		lose(s, why);
}

void quectel_sockets_hung(struct quectel *q)
{
	for (struct quectel_socket *s = q->config.sockets; s != NULL; s = s->next)
		if (s->trouble == QUECTEL_LOSE || s->tx_len > 0)
			lose(s, ERR_AT_TIMEOUT);
}

void quectel_sockets_close(struct quectel *q)
{
	for (struct quectel_socket *s = q->config.sockets; s != NULL; s = s->next)
		link_close(&s->link, q->now_ms);
}

/* ---- AT+QICLOSE, AT+QISTATE ---- */

/* Answers OK for an id that is not open, too. */
void quectel_close_one(struct quectel *q)
{
	static const struct quectel_op op = {
		.text = "+QICLOSE=%o,3", .seconds = QUECTEL_CLOSE, .properties = QUECTEL_OPTIONAL,
	};

	q->close_id = (uint8_t)__builtin_ctz(q->to_close);
	q->to_close &= (uint16_t)~bit(q->close_id);   /* one try: if it was lost, AT+QISTATE? will show it */
	quectel_run(q, &op, NULL, NULL);
}

/* +QISTATE: 0,"TCP","104.155.82.190",1883,22742,2,1,0,0,"uart1"
 * The sixth field: 0 initial, 1 opening, 2 connected, 3 listening (some
 * firmware says so of a connected client), 4 closing. */
enum { ID, STATE };

static bool take_state(struct at_fields *f, uint32_t is[2])
{
	return at_scan(f, "n----n", is, NULL);
}

void quectel_on_listed(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	uint32_t is[2];

	(void)s;
	if (!take_state(f, is) || is[ID] >= QUECTEL_SOCKETS)
		return;
	q->listed |= bit(is[ID]);
	if (is[STATE] >= 1 && is[STATE] <= 3)
		q->alive |= bit(is[ID]);
}

void quectel_sockets_compare(struct quectel *q)
{
	uint16_t ours = 0;

	for (struct quectel_socket *s = q->config.sockets; s != NULL; s = s->next) {
		bool alive = has(q->alive, s->id);

		if (!has_id(s))
			continue;
		ours |= bit(s->id);
		if (s->trouble == QUECTEL_LOSE)
			continue;   /* lost anyhow */
		s->poll = true;   /* a "recv" may have gone by unheard */
		if (!alive && s->state == QUECTEL_SOCKET_OPEN)
			drain(s, ERR_MODEM_SOCKET_DEAD);
		else if (!alive && s->state == QUECTEL_SOCKET_OPENING)
			lose_badly(s, ERR_MODEM_CONNECT);
	}
	q->to_close |= (uint16_t)(q->listed & ~ours);
}

/* ---- a command was refused: why, and does the socket live? ---- */

/* What is refused is the last command of S. */
static uint8_t *tries_of(struct quectel_socket *s)
{
	return s->read_last ? &s->read_tries : &s->tries;
}

static void judge_code(struct quectel_socket *s)
{
	struct quectel_error e = quectel_error_find(s->modem->code);

	s->trouble = QUECTEL_NO_TROUBLE;
	if (e.cure == QUECTEL_CURE_CONTEXT)
		quectel_context_lost(s->modem, e.err);
	else if (s->state == QUECTEL_SOCKET_OPENING)
		lose_badly(s, e.err);
	else if (s->state == QUECTEL_SOCKET_DRAINING)
		lose(s, e.err);
	else if (e.cure == QUECTEL_CURE_ASK && *tries_of(s) < TRIES)
		s->trouble = QUECTEL_ASK_STATE;
	else if (e.cure == QUECTEL_CURE_REOPEN)
		drain_badly(s, e.err);
	else
		lose_badly(s, e.err);
}

static void on_code_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)q;
	(void)ev;
	judge_code(s);
}

static void ask_code(struct quectel *q, struct quectel_socket *s)
{
	q->code = 0;
	quectel_run(q, &quectel_op_code, s, on_code_done);
}

void quectel_on_state(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	uint32_t is[2];

	(void)q;
	if (take_state(f, is) && is[ID] == s->id)
		s->told = (uint8_t)is[STATE];
}

static OUT_OF_LINE void opened(struct quectel_socket *s)
{
	s->state = QUECTEL_SOCKET_OPEN;
	s->tries = s->read_tries = s->fulls = 0;
	s->sent = s->acked = 0;
	s->read_last = false;
	s->poll = true;
	s->retry_ms = s->progress_ms = s->modem->now_ms;
	quectel_stage(s->modem, QUECTEL_STAGE_SOCKET);
}

static void on_state_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	bool connected = s->told == 2 || s->told == 3;

	s->trouble = QUECTEL_NO_TROUBLE;
	if (s->state == QUECTEL_SOCKET_OPENING) {   /* is its +QIOPEN: lost? */
		s->check_ms = q->now_ms + LOOK_MS;
		if (connected)
			opened(s);
		else if (ev->result == ERR_OK && s->told != 1)
			lose_badly(s, ERR_MODEM_CONNECT);
		return;
	}
	if (!connected) {
		enum err e = quectel_error_find(q->code).err;

		drain_badly(s, e != ERR_MODEM_SOCKET ? e : ERR_MODEM_SOCKET_DEAD);
		return;
	}
	s->retry_ms = q->now_ms + (REFUSED_MS << ++*tries_of(s));
	s->poll_ms = s->retry_ms;
	s->sealed = false;
}

static void ask_state(struct quectel *q, struct quectel_socket *s)
{
	static const struct quectel_op op = {
		.text = "+QISTATE=1,%i", .line = QUECTEL_STATE, .seconds = QUECTEL_SHORT,
		.properties = QUECTEL_OPTIONAL,
	};

	s->told = NOT_LISTED;
	quectel_run(q, &op, s, on_state_done);
}

/* ---- AT+QIOPEN ---- */

static void take_id(struct quectel *q, struct quectel_socket *s)
{
	do {
		s->id = q->next_id;
		q->next_id = (uint8_t)(q->next_id + 1u < QUECTEL_SOCKETS ? q->next_id + 1u : 0);
	} while (has(q->to_close, s->id) || find(q, s->id) != NULL);
}

static void on_open_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	(void)q;
	if (ev->result == ERR_OK || s->state != QUECTEL_SOCKET_OPENING)
		return;
	if (ev->result == ERR_AT_ERROR || ev->result == ERR_AT_CME)
		s->trouble = QUECTEL_ASK_CODE;
	else
		lose_later(s, ERR_MODEM_OPEN_TIMEOUT);
}

static void open_now(struct quectel *q, struct quectel_socket *s)
{
	/* local port by the modem, buffer access mode */
	static const struct quectel_op op = {
		.text = "+QIOPEN=%c,%i,\"TCP\",\"%h\",%p,0,0", .seconds = QUECTEL_OPEN,
	};

	take_id(q, s);
	s->state = QUECTEL_SOCKET_OPENING;
	s->open_ms = q->now_ms + QUECTEL_OPENED_MS;
	s->check_ms = q->now_ms + LOOK_MS;
	quectel_run(q, &op, s, on_open_done);
}

static void not_opened(struct quectel_socket *s, uint32_t code)
{
	struct quectel_error e = quectel_error_find(code);

	s->modem->facts.code = (uint16_t)code;
	close_later(s->modem, s->id);
	if (code == 563 && ++s->tries < TRIES)   /* the id is used: left over from an earlier life */
		s->state = QUECTEL_SOCKET_WANTED;
	else if (e.cure == QUECTEL_CURE_CONTEXT)
		quectel_context_lost(s->modem, e.err);
	else
		lose_badly(s, e.err);
}

void quectel_socket_opened(struct quectel *q, uint32_t id, uint32_t code)
{
	struct quectel_socket *s = find(q, id);

	if (s != NULL && s->state == QUECTEL_SOCKET_OPENING && code == 0)
		opened(s);
	else if (s != NULL && s->state == QUECTEL_SOCKET_OPENING)
		not_opened(s, code);
	else if (s == NULL && code == 0)
		close_later(q, id);   /* one that was given up meanwhile */
}

/* ---- AT+QISEND ---- */

static OUT_OF_LINE void send_accepted(struct quectel_socket *s)
{
	if (!s->unacked) {
		s->unacked = true;
		s->progress_ms = s->modem->now_ms;
		s->check_ms = s->modem->now_ms + CHECK_MS;
	}
	s->sent += s->tx_len;
	s->tx_len = 0;
	s->sealed = s->confirm = false;
	s->tries = s->fulls = 0;
	s->poll = true;   /* a "recv" is not repeated: look */
}

/* The modem's buffer is full.  The same frame later, after a look at the
 * counters: no progress for long enough means that the path is dead. */
static void send_refused_full(struct quectel_socket *s)
{
	uint32_t wait_ms = FULL_MS << (s->fulls < 4 ? s->fulls : 4);

	if (s->fulls == 0 && !s->unacked)
		s->progress_ms = s->modem->now_ms;
	if (s->fulls < UINT8_MAX)
		s->fulls++;
	s->unacked = true;
	s->check_ms = s->retry_ms = s->modem->now_ms + (wait_ms < FULL_MAX_MS ? wait_ms : FULL_MAX_MS);
	at_count(&s->modem->facts.send_fulls);
}

static void on_send_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	switch ((int)ev->result) {
	case ERR_OK:
		if (q->stale_send)
			s->confirm = true;
		else
			send_accepted(s);
		break;
	case ERR_FULL:
		send_refused_full(s);
		break;
	case ERR_AT_ERROR:
	case ERR_AT_CME:
		if (ev->prompted)   /* after the payload: its fate is unknown, it is not sent again */
			s->tries = TRIES;
		s->trouble = QUECTEL_ASK_CODE;
		break;
	default:
		lose_later(s, ev->result == ERR_AT_NO_PROMPT ? ERR_AT_NO_PROMPT : ERR_MODEM_SEND_UNKNOWN);
		break;
	}
}

static void send_now(struct quectel *q, struct quectel_socket *s)
{
	static const struct quectel_op op = { .text = "+QISEND=%i,%l", .seconds = QUECTEL_SEND };
	struct at_command *c = quectel_prepare(q, &op, s, on_send_done);

	c->payload = s->tx;
	c->payload_len = s->tx_len;
	c->prompt_ms = QUECTEL_PROMPT_MS;
	c->done = "SEND OK";
	c->full = "SEND FAIL";
	s->sealed = true;
	s->read_last = false;
	quectel_start(q);
}

/* ---- AT+QISEND=<id>,0: the counters ---- */

/* +QISEND: 9,5,4      bytes sent, acknowledged, not acknowledged */
void quectel_on_count(struct quectel *q, struct quectel_socket *s, struct at_fields *f)
{
	uint32_t is[3];

	if (!at_scan(f, "www", is, NULL))
		return;
	s->total = is[0];
	s->unsure = is[2];
	if (is[1] != s->acked)
		s->progress_ms = q->now_ms;
	s->acked = is[1];
}

static void on_count_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	if (s->confirm) {   /* a late SEND OK of another frame is told from ours by the total */
		q->stale_send = false;
		if (ev->result == ERR_OK && s->total == s->sent + s->tx_len)
			send_accepted(s);
		else
			lose_badly(s, ERR_MODEM_SEND_UNKNOWN);
		return;
	}
	s->check_ms = q->now_ms + CHECK_MS;
	if (ev->result == ERR_OK && s->unsure == 0 && s->fulls == 0)
		s->unacked = false;
	else if (q->now_ms - s->progress_ms >= STALL_MS)
		lose_badly(s, ERR_MODEM_STALLED);
	else if (ev->result == ERR_AT_ERROR || ev->result == ERR_AT_CME)
		s->trouble = QUECTEL_ASK_CODE;
}

static void count_now(struct quectel *q, struct quectel_socket *s)
{
	static const struct quectel_op op = { .text = "+QISEND=%i,0", .line = QUECTEL_COUNT, .seconds = QUECTEL_SHORT };

	s->total = s->sent - 1;   /* neither the one nor the other number, should no answer come */
	s->unsure = UINT32_MAX;
	quectel_run(q, &op, s, on_count_done);
}

/* ---- AT+QIRD ---- */

static void read_got(struct quectel *q, struct quectel_socket *s, size_t n)
{
	s->rx_len = (uint16_t)(s->rx_len + n);
	s->poll = n > 0;   /* until it says 0 */
	s->poll_ms = q->now_ms + POLL_MS;
	s->read_tries = 0;
	if (n > 0) {
		recovery_over(&q->recovery, RECOVERY_SOCKET);
		if (q->now_ms - q->since_ms >= HEALTHY_MS)
			recovery_healthy(&q->recovery);
	} else if (s->state == QUECTEL_SOCKET_DRAINING) {
		lose(s, s->why);
	}
}

static void on_read_done(struct quectel *q, struct quectel_socket *s, const struct at_event *ev)
{
	if (ev->result == ERR_OK) {
		read_got(q, s, ev->data_len);
	} else if (s->state == QUECTEL_SOCKET_DRAINING) {
		lose(s, s->why);
	} else if (ev->result == ERR_AT_ERROR || ev->result == ERR_AT_CME) {
		s->poll = false;
		s->trouble = QUECTEL_ASK_CODE;
	} else {   /* bytes may be missing from the stream */
		lose_later(s, ev->result);
	}
}

static void read_now(struct quectel *q, struct quectel_socket *s)
{
	struct at_command *c;

	s->rx_len = (uint16_t)(s->rx_len - s->rx_off);
	memmove(s->rx, s->rx + s->rx_off, s->rx_len);
	s->rx_off = 0;
	s->asked = (uint16_t)(sizeof s->rx - s->rx_len);
	s->read_last = true;
	c = quectel_prepare(q, &op_read, s, on_read_done);
	c->answer = AT_NAMED;
	c->data = s->rx + s->rx_len;
	c->data_size = s->asked;
	quectel_start(q);
}

void quectel_socket_readable(struct quectel *q, uint32_t id)
{
	struct quectel_socket *s = find(q, id);

	if (s != NULL)
		s->poll = true;
}

void quectel_socket_ended(struct quectel *q, uint32_t id)
{
	struct quectel_socket *s = find(q, id);

	if (s == NULL)
		return;   /* of an earlier life: its id is freed or about to be */
	if (s->state == QUECTEL_SOCKET_OPENING)
		lose_badly(s, ERR_MODEM_CONNECT);
	else
		drain(s, ERR_MODEM_CLOSED);
}

/* ---- whose turn it is ---- */

/* A few bytes of room are not worth a command while the owner is reading. */
static bool has_room(const struct quectel_socket *s)
{
	size_t unread = (size_t)(s->rx_len - s->rx_off);

	return unread == 0 || sizeof s->rx - unread >= sizeof s->rx / 4;
}

static bool send_is_due(const struct quectel_socket *s)
{
	return s->state == QUECTEL_SOCKET_OPEN && s->tx_len > 0 && !s->confirm &&
	       ticks_reached(s->modem->now_ms, s->retry_ms);
}

static void wake(struct quectel_socket *s)
{
	if (is_connected(s) && !s->poll && ticks_reached(s->modem->now_ms, s->poll_ms)) {
		s->poll = true;
		s->poll_ms = s->modem->now_ms + POLL_MS;
	}
	if (s->state == QUECTEL_SOCKET_OPENING && ticks_reached(s->modem->now_ms, s->open_ms))
		lose_badly(s, ERR_MODEM_OPEN_TIMEOUT);
}

static bool run_one(struct quectel *q, struct quectel_socket *s)
{
	bool read = is_connected(s) && s->poll && has_room(s);
	bool send = send_is_due(s);

	if (s->state == QUECTEL_SOCKET_WANTED)
		open_now(q, s);
	else if (s->state == QUECTEL_SOCKET_OPENING && ticks_reached(q->now_ms, s->check_ms))
		ask_state(q, s);
	else if (s->confirm || (s->unacked && ticks_reached(q->now_ms, s->check_ms)))
		count_now(q, s);
	else if (send && !(read && !s->read_last))
		send_now(q, s);
	else if (read)
		read_now(q, s);
	else
		return false;
	return true;
}

/* The last error number belongs to the last command, so it is asked for first. */
static bool run_trouble(struct quectel *q)
{
	struct quectel_socket *s = q->config.sockets;

	while (s != NULL && s->trouble == QUECTEL_NO_TROUBLE)
		s = s->next;
	if (s == NULL)
		return false;
	if (s->trouble == QUECTEL_LOSE)
		lose_badly(s, s->why);
	else if (s->trouble == QUECTEL_ASK_CODE)
		ask_code(q, s);
	else
		ask_state(q, s);
	return true;
}

bool quectel_sockets_run(struct quectel *q)
{
	struct quectel_socket *first = q->turn;

	for (struct quectel_socket *s = q->config.sockets; s != NULL; s = s->next)
		wake(s);
	if (q->phase != QUECTEL_UP)
		return true;   /* the ladder was climbed */
	if (run_trouble(q))
		return true;
	if (q->to_close != 0) {
		quectel_close_one(q);
		return true;
	}
	do {
		struct quectel_socket *s = q->turn;

		q->turn = s->next != NULL ? s->next : q->config.sockets;
		if (run_one(q, s))
			return true;
	} while (q->turn != first);
	return false;
}

static void at_time(bool is_due, uint32_t due_ms, bool *have, uint32_t *at_ms)
{
	if (is_due)
		ticks_earliest(have, at_ms, due_ms);
}

void quectel_sockets_deadline(const struct quectel *q, bool *have, uint32_t *at_ms)
{
	for (const struct quectel_socket *s = q->config.sockets; s != NULL; s = s->next) {
		bool opening = s->state == QUECTEL_SOCKET_OPENING, open = s->state == QUECTEL_SOCKET_OPEN;

		at_time(opening, s->open_ms, have, at_ms);
		at_time(opening || (open && s->unacked), s->check_ms, have, at_ms);
		at_time(open && !s->poll, s->poll_ms, have, at_ms);
		at_time(open && s->tx_len > 0, s->retry_ms, have, at_ms);
	}
}

/* ---- the links ---- */

static enum err copy_host(struct quectel_socket *s, const char *host)
{
	size_t n = strlen(host);

	if (n == 0 || !quectel_is_plain(host, '!'))
		return ERR_ARG;
	if (n >= sizeof s->host)
		return ERR_TOO_LONG;
	memcpy(s->host, host, n + 1);
	return ERR_OK;
}

static enum err not_up(const struct quectel *q)
{
	if (q->phase != QUECTEL_UP)
		return q->why != ERR_OK ? q->why : ERR_STATE;
	if (cellular_registered(&q->status))
		return ERR_OK;
	return q->status.registration == CELLULAR_REG_DENIED ? ERR_MODEM_REG_DENIED : ERR_MODEM_NO_NETWORK;
}

static enum err socket_open(struct link *l, const char *host, uint16_t port, uint32_t now_ms)
{
	struct quectel_socket *s = of(l);
	enum err e = not_up(s->modem);

	(void)now_ms;
	if (s->state != QUECTEL_SOCKET_CLOSED && s->state != QUECTEL_SOCKET_LOST)
		return ERR_STATE;
	if (e != ERR_OK)
		return e;
	e = port == 0 ? ERR_ARG : copy_host(s, host);
	if (e != ERR_OK)
		return e;
	s->port = port;
	s->rx_off = s->rx_len = 0;
	s->tries = 0;
	s->told = QUECTEL_NOT_TOLD;
	s->unsure = 0;
	s->state = QUECTEL_SOCKET_WANTED;
	return ERR_OK;
}

static bool has_unread(const struct quectel_socket *s)
{
	return s->rx_len > s->rx_off;
}

static enum err socket_state(const struct link *l)
{
	const struct quectel_socket *s = of_const(l);

	switch (s->state) {
	case QUECTEL_SOCKET_WANTED:
	case QUECTEL_SOCKET_OPENING:
		return ERR_AGAIN;
	case QUECTEL_SOCKET_OPEN:
	case QUECTEL_SOCKET_DRAINING:
		return ERR_OK;
	case QUECTEL_SOCKET_LOST:
		return has_unread(s) ? ERR_OK : s->why;
	case QUECTEL_SOCKET_CLOSED:
		break;
	}
	return ERR_STATE;
}

static enum err socket_send(struct link *l, const uint8_t *data, size_t len, size_t *taken, uint32_t now_ms)
{
	struct quectel_socket *s = of(l);
	size_t room = s->sealed ? 0 : sizeof s->tx - s->tx_len;

	(void)now_ms;
	*taken = 0;
	if (s->state == QUECTEL_SOCKET_DRAINING || s->state == QUECTEL_SOCKET_LOST)
		return s->why;
	if (s->state != QUECTEL_SOCKET_OPEN)
		return socket_state(l);
	if (room == 0 || len == 0)
		return ERR_AGAIN;
	*taken = len < room ? len : room;
	memcpy(s->tx + s->tx_len, data, *taken);
	s->tx_len = (uint16_t)(s->tx_len + *taken);
	return ERR_OK;
}

static enum err socket_recv(struct link *l, uint8_t *buf, size_t size, size_t *got, uint32_t now_ms)
{
	struct quectel_socket *s = of(l);
	size_t unread = (size_t)(s->rx_len - s->rx_off);

	(void)now_ms;
	*got = unread < size ? unread : size;
	if (*got == 0) {
		enum err e = socket_state(l);

		return e == ERR_OK ? ERR_AGAIN : e;
	}
	memcpy(buf, s->rx + s->rx_off, *got);
	s->rx_off = (uint16_t)(s->rx_off + *got);
	return ERR_OK;
}

static void socket_close(struct link *l, uint32_t now_ms)
{
	struct quectel_socket *s = of(l);

	s->modem->now_ms = now_ms;
	if (has_id(s))
		close_later(s->modem, s->id);
	abandon(s);
	s->state = QUECTEL_SOCKET_CLOSED;
	s->rx_off = s->rx_len = 0;
}

static const struct link_ops ops = {
	.open = socket_open, .state = socket_state, .send = socket_send, .recv = socket_recv, .close = socket_close,
};

void quectel_sockets_init(struct quectel *q)
{
	struct quectel_socket *s = q->config.sockets + q->config.socket_count;

	for (q->turn = NULL; s > q->config.sockets; q->turn = s) {
		s--;
		memset(s, 0, sizeof *s);
		s->link.ops = &ops;
		s->modem = q;
		s->next = q->turn;
	}
}

struct link *quectel_link(struct quectel *q, unsigned index)
{
	return &q->config.sockets[index].link;
}
