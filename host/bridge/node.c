/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/node_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	PATIENCE_MS = 10 * 1000,     /* who was not read may be silent for so long when it is read again */
	STOP_EACH_MS = 2             /* between the ends of two connections: their devices come back together */
};

/* ---- rings: a head, and members that know whether they are in one ---------- */

static void ring_add(struct node_conn *head, struct node_conn *c)
{
	c->ready_before = head->ready_before;
	c->ready_next = head;
	head->ready_before->ready_next = c;
	head->ready_before = c;
}

static void ring_remove(struct node_conn *c)
{
	if (c->ready_before == NULL)
		return;
	c->ready_before->ready_next = c->ready_next;
	c->ready_next->ready_before = c->ready_before;
	c->ready_before = NULL;
}

void node_wake(struct node *n)
{
	if (n->cfg.wake != NULL)
		n->cfg.wake(n->cfg.wake_to);
}

void conn_ready(struct node_conn *c)
{
	if (c->ready_before != NULL)
		return;
	if (c->node->ready.ready_next == &c->node->ready)
		node_wake(c->node);
	ring_add(&c->node->ready, c);
}

struct node_conn *node_next_ready(struct node *n)
{
	struct node_conn *c = n->ready.ready_next;

	if (c == &n->ready)
		return NULL;
	ring_remove(c);
	return c;
}

/* ---- the node -------------------------------------------------------------- */

struct node *node_new(const struct node_config *cfg)
{
	struct node *n = calloc(1, sizeof *n);

	if (n == NULL)
		return NULL;
	n->cfg = *cfg;
	n->ready.ready_next = n->ready.ready_before = &n->ready;
	n->waiting.waiting_next = n->waiting.waiting_before = &n->waiting;
	n->commands.next = n->commands.before = &n->commands;
	n->held_free = HELD_NONE;
	n->retry_ms = n->stopped_ms = NEVER;
	n->log = device_log_new(cfg->registry, cfg->journal);
	if (n->log != NULL && places_new(n) && deadlines_reserve(&n->deadlines, n->slot_count))
		return n;
	node_free(n);
	return NULL;
}

void node_free(struct node *n)
{
	uint32_t i;

	if (n == NULL)
		return;
	for (i = 0; i < n->slot_count; i++)
		if (n->slots[i].conn != NULL)
			node_drop(n->slots[i].conn, "the bridge ends", n->now);
	deadlines_free(&n->deadlines);
	device_log_free(n->log);
	free(n->held);
	places_free(n);
	free(n);
}

/* ---- a connection ---------------------------------------------------------- */

struct node_conn *node_accept(struct node *n, const char *from, struct node_time t)
{
	struct node_conn *c;

	n->now = t;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	c->node = n;
	c->held_first = HELD_NONE;
	c->expires_ms = c->stop_ms = c->config_due_ms = NEVER;
	snprintf(c->from, sizeof c->from, "%s", from);
	c->session = n->stopped_ms == NEVER ? session_new(&n->cfg.session, t.now_ms) : NULL;
	if (c->session == NULL || !slot_take(c)) {
		session_free(c->session);
		free(c);
		return NULL;
	}
	n->counts.connections++;
	conn_due(c);
	return c;
}

void node_refused(struct node *n, const char *from, const struct reason *why, struct node_time t)
{
	struct device_log_subject who = { .from = from };
	struct device_log_note note = { .event = LOGGED_CONNECT, .severity = REGISTRY_LEVEL_ERROR, .why = why,
					.size = -1, .qos = -1 };

	n->counts.refused++;
	device_log_write(n->log, &who, &note, t.wall_ms);
}

bool conn_notes(const struct node_conn *c, enum registry_level severity)
{
	struct device_log_subject who = { .key = c->key, .level = c->level };

	return device_log_wants(&who, severity);
}

void conn_note(struct node_conn *c, const struct device_log_note *note)
{
	struct device_log_subject who = {
		.path = c->path, .key = c->key, .num_id = c->num_id, .level = c->level, .from = c->from
	};

	device_log_write(c->node->log, &who, note, c->node->now.wall_ms);
}

/* Those ends that nobody needs to look at. */
static bool is_ordinary(enum reason_code code)
{
	return code == REASON_NONE || code == REASON_DISCONNECT || code == REASON_CLIENT_LEFT ||
	       code == REASON_SHUTTING_DOWN;
}

/* It was up: CONNECT was told, so is DISCONNECT.  It was not: that is a refused login. */
static void tell_end(struct node_conn *c, const struct reason *why)
{
	struct device_log_note note = {
		.event = c->state == CONN_UP ? LOGGED_DISCONNECT : LOGGED_CONNECT,
		.severity = is_ordinary(why->code) ? REGISTRY_LEVEL_INFO : REGISTRY_LEVEL_ERROR,
		.why = why, .size = -1, .qos = -1
	};

	if (c->state == CONN_LOGIN && why->code == REASON_CLIENT_LEFT)
		note.severity = REGISTRY_LEVEL_DEBUG;
	conn_note(c, &note);
}

static void leave(struct node_conn *c)
{
	struct node *n = c->node;

	if (c->state == CONN_UP) {
		n->counts.up--;
		node_unplace(c);
		device_release(n->cfg.registry, c->key, c->id);
	} else {
		n->counts.refused++;
	}
	c->state = CONN_ENDED;
	messages_forget(c);
	commands_lost(c);
	deadlines_remove(&n->deadlines, &c->due);
	conn_ready(c);
}

static const char *const topic_types[] = {
	[SESSION_EVENTS] = "EVENTS", [SESSION_STATE] = "STATE", [SESSION_CONFIG] = "CONFIG",
	[SESSION_COMMANDS] = "COMMANDS", [SESSION_ERRORS] = "ERRORS"
};

static void on_filter(struct node_conn *c, const struct session_event *ev)
{
	bool refused = ev->type == SESSION_EV_REFUSED;
	struct device_log_note note = {
		.event = ev->type == SESSION_EV_UNSUBSCRIBED ? LOGGED_UNSUBSCRIBE : LOGGED_SUBSCRIBE,
		.severity = refused ? REGISTRY_LEVEL_ERROR : REGISTRY_LEVEL_DEBUG, .size = -1,
		.why = refused ? ev->why : NULL,
		.topic_type = refused ? NULL : topic_types[ev->topic],
		.qos = ev->type == SESSION_EV_SUBSCRIBED ? ev->qos : -1
	};

	message_charge(c, 0);
	conn_note(c, &note);
	if (ev->type == SESSION_EV_SUBSCRIBED && ev->topic == SESSION_CONFIG)
		config_subscribed(c);
}

static void on_heartbeat(struct node_conn *c)
{
	message_charge(c, 0);
	queue_time(c->node->cfg.registry, c->key, REGISTRY_HEARTBEAT, c->node->now.wall_ms);
	conn_note(c, &(struct device_log_note){ .event = LOGGED_HEARTBEAT, .severity = REGISTRY_LEVEL_DEBUG,
						.size = -1, .qos = -1 });
}

static void handle(struct node_conn *c, const struct session_event *ev)
{
	switch (ev->type) {
	case SESSION_EV_LOGIN:
		login_decide(c, ev);
		break;
	case SESSION_EV_PUBLISH:
		message_take(c, ev);
		break;
	case SESSION_EV_SUBSCRIBED:
	case SESSION_EV_UNSUBSCRIBED:
	case SESSION_EV_REFUSED:
		on_filter(c, ev);
		break;
	case SESSION_EV_CONFIG_ACKED:
		config_acked(c, ev->version);
		break;
	case SESSION_EV_COMMAND_ACKED:
		command_acked(c, ev->ticket);
		break;
	case SESSION_EV_HEARTBEAT:
		on_heartbeat(c);
		break;
	case SESSION_EV_END:
		break;                        /* conn_look() sees that it has ended, however it did */
	}
}

void conn_look(struct node_conn *c)
{
	struct session_event ev;
	const struct reason *why;
	size_t len;

	while (c->state != CONN_ENDED && c->pending == NULL && session_next(c->session, &ev))
		handle(c, &ev);
	why = session_why(c->session);
	if (why != NULL && c->state != CONN_ENDED) {
		tell_end(c, why);
		leave(c);
	}
	if (session_tx_peek(c->session, &len) != NULL)
		conn_ready(c);
}

void conn_end(struct node_conn *c, const struct reason *why)
{
	if (c->state == CONN_ENDED)
		return;
	session_close(c->session, why);
	conn_look(c);
}

void node_end(struct node_conn *c, const struct reason *why, struct node_time t)
{
	c->node->now = t;
	conn_end(c, why);
}

void node_drop(struct node_conn *c, const char *how, struct node_time t)
{
	struct reason why;

	c->node->now = t;
	if (c->state != CONN_ENDED) {
		reason_set(&why, REASON_CLIENT_LEFT, "the connection broke or was closed by the device%s%s",
			   how != NULL ? ": " : "", how != NULL ? how : "");
		tell_end(c, &why);
		leave(c);
	}
	ring_remove(c);
	slot_give(c);
	c->node->counts.connections--;
	session_free(c->session);
	free(c->names);
	free(c);
}

bool conn_is_paused(const struct node_conn *c)
{
	return c->pending != NULL || c->resume_ms > c->node->now.now_ms || c->stop_ms != NEVER ||
	       session_is_full(c->session);
}

bool node_is_paused(const struct node_conn *c)
{
	return c->state != CONN_ENDED && conn_is_paused(c);
}

size_t node_feed(struct node_conn *c, const uint8_t *data, size_t len, struct node_time t)
{
	size_t taken = 0, n = 1, before = 1;

	c->node->now = t;
	/* Once it may take nothing because an event waits, which is read then. */
	while (c->state != CONN_ENDED && !conn_is_paused(c) && taken < len && (n > 0 || before > 0)) {
		before = n;
		n = session_feed(c->session, data + taken, len - taken, t.now_ms);
		taken += n;
		conn_look(c);
	}
	if (c->state != CONN_ENDED)
		conn_due(c);
	return taken;
}

const uint8_t *node_tx_peek(const struct node_conn *c, size_t *len)
{
	return session_tx_peek(c->session, len);
}

void node_tx_done(struct node_conn *c, size_t n)
{
	session_tx_done(c->session, n);
}

bool node_ended(const struct node_conn *c, struct reason *why)
{
	const struct reason *r = session_why(c->session);

	if (c->state != CONN_ENDED)
		return false;
	if (why != NULL && r != NULL)
		*why = *r;
	return true;
}

bool node_is_up(const struct node_conn *c)
{
	return c->state == CONN_UP;
}

void *node_conn_user(const struct node_conn *c)
{
	return c->user;
}

void node_conn_set_user(struct node_conn *c, void *user)
{
	c->user = user;
}

/* ---- deadlines ------------------------------------------------------------- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_due(const struct node_conn *c)
{
	uint64_t due = earlier(c->expires_ms, earlier(c->stop_ms, c->config_due_ms)), silence;

	if (c->pending != NULL && c->pending->due_ms != 0)
		due = earlier(due, c->pending->due_ms);
	if (c->resume_ms != 0)
		due = earlier(due, c->resume_ms);
	if (conn_is_paused(c))
		return due;
	silence = session_deadline(c->session);
	return earlier(due, silence > c->patience_ms ? silence : c->patience_ms);
}

/* A place in the heap may be too early, never too late: then the connection is looked at for nothing, once.
 * So a device that sends does not move its place with every packet. */
void conn_due(struct node_conn *c)
{
	uint64_t due = next_due(c);

	if (c->due.place != 0 && due >= c->due.at_ms)
		return;
	deadlines_set(&c->node->deadlines, &c->due, due);
	if (c->due.place == 1)
		node_wake(c->node);
}

static void expire(struct node_conn *c)
{
	struct reason why;
	uint64_t up_s = (c->node->now.now_ms - c->since_ms) / 1000;

	reason_set(&why, REASON_TOKEN_EXPIRED, "the token expired %" PRIu32 " s ago, which is the tolerance; the "
		   "connection was up for %" PRIu64 " s", c->node->cfg.skew_s, up_s);
	conn_end(c, &why);
}

static void stop_one(struct node_conn *c)
{
	struct reason why;

	if (c->held_count > 0 && c->node->now.now_ms < c->node->stopped_ms) {
		c->stop_ms = c->node->stopped_ms;     /* its PUBACKs are on their way */
		return;
	}
	reason_set(&why, REASON_SHUTTING_DOWN, "the bridge is stopping");
	conn_end(c, &why);
}

void conn_be_patient(struct node_conn *c)
{
	c->patience_ms = c->node->now.now_ms + PATIENCE_MS;
}

static void resume(struct node_conn *c)
{
	c->resume_ms = 0;
	conn_be_patient(c);
	conn_ready(c);
}

static void on_due(struct node_conn *c, uint64_t now_ms)
{
	if (now_ms >= c->expires_ms)
		expire(c);
	else if (now_ms >= c->stop_ms)
		stop_one(c);
	if (c->state == CONN_ENDED)
		return;
	if (now_ms >= c->config_due_ms)
		config_send(c);
	if (c->pending != NULL && c->pending->due_ms != 0 && now_ms >= c->pending->due_ms)
		message_retry(c);
	if (c->resume_ms != 0 && now_ms >= c->resume_ms)
		resume(c);
	if (c->state != CONN_ENDED && !conn_is_paused(c) && now_ms >= c->patience_ms)
		session_step(c->session, now_ms);
	conn_look(c);
	if (c->state != CONN_ENDED)
		deadlines_set(&c->node->deadlines, &c->due, next_due(c));
}

void node_pump(struct node *n, struct node_time t)
{
	struct deadline *d;

	n->now = t;
	messages_pump(n);
	while ((d = deadlines_first(&n->deadlines)) != NULL && d->at_ms <= t.now_ms)
		on_due((struct node_conn *)d, t.now_ms);
	commands_pump(n);
	device_log_step(n->log, t.wall_ms);
}

uint64_t node_deadline(const struct node *n)
{
	const struct deadline *d = deadlines_first(&n->deadlines);

	return earlier(earlier(d != NULL ? d->at_ms : NEVER, n->retry_ms), commands_due(n));
}

void node_counts(const struct node *n, struct node_counts *counts)
{
	*counts = n->counts;
}

void node_stop(struct node *n, struct node_time t)
{
	uint64_t spread = earlier(n->cfg.stop_ms, n->counts.connections * STOP_EACH_MS), done = 0;
	uint32_t i;

	n->now = t;
	if (n->stopped_ms != NEVER)
		return;
	n->stopped_ms = t.now_ms + n->cfg.stop_ms;
	for (i = 0; i < n->slot_count; i++) {
		struct node_conn *c = n->slots[i].conn;

		if (c == NULL || c->state == CONN_ENDED)
			continue;
		c->stop_ms = t.now_ms + spread * done++ / n->counts.connections;
		conn_due(c);
	}
}
