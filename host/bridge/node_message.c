/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_message.c - the way of a message, from top to bottom:
 *
 *   message_take()    it is there whole; the quota is paid
 *   ask_time()        a state that comes too soon waits at the door
 *   ask_room()        so does everything while too much is held
 *   deliver()         every sink takes it, and a state the registry, or it waits at the door
 *   confirmed()       one of them has it safe
 *   release()         all have: the session owes a PUBACK
 *
 * Whoever waits at the door is not read.  Quotas are paid afterwards (quota.h), so
 * they, too, only mean that a device is read more slowly: TCP tells it, nothing is
 * lost, and a device that stays within the contract never notices.
 */
#include "bridge/node_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RETRY_MS = 50,               /* those that wait try again even when no confirmation came */
	TELL_MS  = 60 * 1000         /* an excess is told once in so long */
};

/* ---- held messages: slots, and a list for each connection ------------------ */

static bool grow_held(struct node *n)
{
	uint32_t room = n->held_room == 0 ? 256 : n->held_room * 2, i;
	struct held *held = realloc(n->held, room * sizeof *held);

	if (held == NULL)
		return false;
	for (i = room; i-- > n->held_room; n->held_free = i)
		held[i] = (struct held){ .next = n->held_free };
	n->held = held;
	n->held_room = room;
	return true;
}

static uint64_t hold(struct node_conn *c, const struct session_event *ev, uint8_t waits)
{
	struct node *n = c->node;
	uint32_t slot;
	struct held *h;

	if (n->held_free == HELD_NONE && !grow_held(n))
		return 0;
	slot = n->held_free;
	h = &n->held[slot];
	n->held_free = h->next;
	*h = (struct held){ .conn = c, .ticket = ev->ticket, .len = (uint32_t)ev->payload.len, .waits = waits,
			    .uses = h->uses + 1, .before = HELD_NONE, .next = c->held_first };
	if (c->held_first != HELD_NONE)
		n->held[c->held_first].before = slot;
	c->held_first = slot;
	c->held_count++;
	n->counts.held++;
	n->counts.held_bytes += h->len;
	return (uint64_t)h->uses << 32 | slot;
}

static struct held *held_of(struct node *n, uint64_t ticket)
{
	uint64_t slot = ticket & UINT32_MAX;

	if (slot >= n->held_room || n->held[slot].uses != ticket >> 32 || n->held[slot].waits == 0)
		return NULL;
	return &n->held[slot];
}

static void unlink_held(struct node *n, struct held *h)
{
	if (h->conn == NULL)
		return;
	if (h->before != HELD_NONE)
		n->held[h->before].next = h->next;
	else
		h->conn->held_first = h->next;
	if (h->next != HELD_NONE)
		n->held[h->next].before = h->before;
	h->conn->held_count--;
	h->conn = NULL;
}

/* All have it. */
static void release(struct node *n, struct held *h)
{
	struct node_conn *c = h->conn;

	if (c != NULL) {
		n->counts.acknowledged++;
		session_acknowledge(c->session, h->ticket, n->now.now_ms);
		unlink_held(n, h);
		if (c->stop_ms == n->stopped_ms && c->held_count == 0 && c->stop_ms != NEVER)
			c->stop_ms = n->now.now_ms;   /* nothing is on its way any more: it may end */
		conn_ready(c);
		conn_due(c);
	}
	n->counts.held--;
	n->counts.held_bytes -= h->len;
	h->next = n->held_free;
	n->held_free = (uint32_t)(h - n->held);
}

static void clear_waits(struct node *n, struct held *h, unsigned bits)
{
	h->waits = (uint8_t)(h->waits & ~bits);
	if (h->waits == 0)
		release(n, h);
}

static void confirmed(struct node *n, unsigned by, uint64_t ticket)
{
	struct held *h = held_of(n, ticket);

	if (h != NULL)
		clear_waits(n, h, 1u << by);
}

/* ---- at the door ----------------------------------------------------------- */

static void wait_for_room(struct node_conn *c)
{
	struct node_conn *head = &c->node->waiting;

	if (c->waiting_before != NULL)
		return;
	c->waiting_before = head->waiting_before;
	c->waiting_next = head;
	head->waiting_before->waiting_next = c;
	head->waiting_before = c;
	c->node->counts.waiting++;
	if (c->node->retry_ms == NEVER)
		c->node->retry_ms = c->node->now.now_ms + RETRY_MS;
}

static void stop_waiting(struct node_conn *c)
{
	if (c->waiting_before == NULL)
		return;
	c->waiting_before->waiting_next = c->waiting_next;
	c->waiting_next->waiting_before = c->waiting_before;
	c->waiting_before = NULL;
	c->node->counts.waiting--;
	if (c->node->counts.waiting == 0)
		c->node->retry_ms = NEVER;
}

static bool nobody_before(const struct node_conn *c)
{
	const struct node_conn *first = c->node->waiting.waiting_next;

	return first == &c->node->waiting || first == c;
}

static void end_for_fault(struct node_conn *c, const char *what)
{
	struct reason why;

	reason_set(&why, REASON_FAULT, "the bridge cannot take this message: %s", what);
	conn_end(c, &why);
}

/* An excess is told in the device's log, once a minute. */
static void tell_slow(struct node_conn *c, const char *sentence)
{
	struct node *n = c->node;
	struct reason why;

	n->counts.slowed++;
	if (c->told_ms != 0 && n->now.now_ms < c->told_ms + TELL_MS)
		return;
	c->told_ms = n->now.now_ms;
	reason_set(&why, REASON_RATE, "%s", sentence);
	conn_note(c, &(struct device_log_note){ .event = LOGGED_LIMIT, .severity = REGISTRY_LEVEL_ERROR, .why = &why,
						.size = -1, .qos = -1 });
}

/* ---- quotas ---------------------------------------------------------------- */

void message_charge(struct node_conn *c, size_t payload)
{
	const struct node_quota *q = &c->node->cfg.quota;
	uint64_t now_ms = c->node->now.now_ms, packets, bytes;
	char sentence[160];

	packets = quota_pay(&c->messages, q->messages_per_s, 1, now_ms);
	bytes = quota_pay(&c->up_bytes, q->bytes_per_s, (uint32_t)payload, now_ms);
	if (packets == 0 && bytes == 0)
		return;
	c->resume_ms = now_ms + (packets > bytes ? packets : bytes);
	snprintf(sentence, sizeof sentence, packets > bytes ?
		 "the device sends more than %" PRIu32 " messages a second: it is read more slowly" :
		 "the device sends more than %" PRIu32 " bytes a second: it is read more slowly",
		 packets > bytes ? q->messages_per_s : q->bytes_per_s);
	tell_slow(c, sentence);
}

static bool ask_time(struct node_conn *c, struct pending *p)
{
	uint64_t now_ms = c->node->now.now_ms;
	char sentence[160];

	p->due_ms = 0;
	if (p->ev.topic != SESSION_STATE || p->in_time)
		return true;
	if (now_ms >= c->state_due_ms) {
		c->state_due_ms = now_ms + c->node->cfg.quota.state_ms;
		p->in_time = true;
		return true;
	}
	p->due_ms = c->state_due_ms;
	snprintf(sentence, sizeof sentence, "the device sends states faster than one in %" PRIu32 " ms: it is read "
		 "more slowly", c->node->cfg.quota.state_ms);
	tell_slow(c, sentence);
	return false;
}

static bool ask_room(struct node_conn *c, const struct pending *p)
{
	const struct node *n = c->node;

	if (p->ev.qos == 0)
		return true;                  /* nobody waits for it: it is taken, or dropped and counted */
	return nobody_before(c) &&
	       (n->counts.held == 0 || n->counts.held_bytes + p->ev.payload.len <= n->cfg.held_bytes);
}

/* ---- to the sinks ---------------------------------------------------------- */

static bool to_registry(struct node_conn *c, const struct pending *p)
{
	struct registry *r = c->node->cfg.registry;
	enum registry_result result = queue_state(r, c->key, p->ev.payload, c->node->now.wall_ms, p->held);

	if (result == REGISTRY_FULL && p->ev.qos == 0) {
		c->node->counts.dropped++;
		return true;
	}
	if (result != REGISTRY_OK && result != REGISTRY_FULL)
		end_for_fault(c, registry_error(r));
	return result == REGISTRY_OK;
}

static bool to_sink(struct node_conn *c, const struct pending *p, struct sink *sink)
{
	struct sink_message m = {
		.kind = p->ev.topic == SESSION_STATE ? SINK_STATE : SINK_EVENT,
		.project = c->path.in.project, .location = c->path.in.location, .registry = c->path.in.registry,
		.device = c->path.device, .num_id = c->num_id, .subfolder = p->ev.subfolder, .payload = p->ev.payload,
		.at_ms = c->node->now.wall_ms, .qos = p->ev.qos, .dup = p->ev.dup, .ticket = p->held
	};

	return sink->ops->deliver(sink, &m) || p->ev.qos == 0;
}

/* True: all that are still to take it have taken it. */
static bool to_all(struct node_conn *c, struct pending *p)
{
	unsigned by;

	for (by = 0; by <= HELD_REGISTRY; by++) {
		if ((p->todo >> by & 1) == 0)
			continue;
		if (by == HELD_REGISTRY ? !to_registry(c, p) : !to_sink(c, p, c->node->cfg.sinks[by]))
			return false;
		p->todo = (uint8_t)(p->todo & ~(1u << by));
	}
	return true;
}

/* On events/diagnosis a device says why it could not connect: for its log, and kept as its last diagnosis. */
static void tell_diagnosis(struct node_conn *c, const struct session_event *ev)
{
	int64_t now_ms = c->node->now.wall_ms;
	struct told told;

	if (!told_here(ev->subfolder) || !told_read(&told, ev->payload, now_ms))
		return;
	queue_diagnosis(c->node->cfg.registry, c->key, &(struct registry_diagnosis){
			.told_ms = now_ms, .at_ms = told.at_ms, .times = told.times, .code = told.code,
			.line = told.line });
	conn_note(c, &(struct device_log_note){ .event = LOGGED_DIAGNOSIS, .severity = REGISTRY_LEVEL_ERROR,
						.sentence = told.line, .told = &told, .size = -1, .qos = -1 });
}

static void tell_taken(struct node_conn *c, const struct session_event *ev)
{
	struct node *n = c->node;
	bool state = ev->topic == SESSION_STATE;

	n->counts.messages++;
	n->counts.bytes += ev->payload.len;
	queue_time(n->cfg.registry, c->key, state ? REGISTRY_STATE : REGISTRY_EVENT, n->now.wall_ms);
	if (conn_notes(c, REGISTRY_LEVEL_DEBUG))
		conn_note(c, &(struct device_log_note){
			.event = LOGGED_PUBLISH, .severity = REGISTRY_LEVEL_DEBUG, .qos = ev->qos,
			.topic_type = state ? "STATE" : "EVENTS", .subfolder = ev->subfolder,
			.size = (int64_t)ev->payload.len });
	if (!state)
		tell_diagnosis(c, ev);
}

static bool begin(struct node_conn *c, struct pending *p)
{
	if (p->ev.qos == 0 || p->held != 0)
		return true;
	p->held = hold(c, &p->ev, (uint8_t)(p->todo | HELD_TAKING));
	if (p->held == 0)
		end_for_fault(c, "no memory");
	return p->held != 0;
}

/* Those that have not taken it never will. */
static void give_up(struct node *n, const struct pending *p)
{
	struct held *h = held_of(n, p->held);

	if (h == NULL)
		return;
	unlink_held(n, h);
	clear_waits(n, h, p->todo | HELD_TAKING);
}

/* False: it waits at the door, or the connection has ended. */
static bool deliver(struct node_conn *c, struct pending *p)
{
	struct held *h;

	if (!ask_time(c, p))
		return false;
	if (!ask_room(c, p)) {
		wait_for_room(c);
		return false;
	}
	if (!begin(c, p))
		return false;
	if (!to_all(c, p)) {
		if (c->state != CONN_ENDED)
			wait_for_room(c);
		return false;
	}
	tell_taken(c, &p->ev);
	h = held_of(c->node, p->held);
	if (h != NULL)
		clear_waits(c->node, h, HELD_TAKING);
	return true;
}

void message_take(struct node_conn *c, const struct session_event *ev)
{
	struct pending p = { .ev = *ev, .todo = (uint8_t)((1u << c->node->cfg.sink_count) - 1) };

	if (ev->topic == SESSION_STATE)
		p.todo |= 1u << HELD_REGISTRY;
	message_charge(c, ev->payload.len);
	if (deliver(c, &p))
		return;
	if (c->state != CONN_ENDED)
		c->pending = malloc(sizeof *c->pending);
	if (c->pending == NULL) {
		give_up(c->node, &p);
		end_for_fault(c, "no memory");
		return;
	}
	*c->pending = p;
	conn_due(c);
}

/* What it waited for may be there. */
void message_retry(struct node_conn *c)
{
	if (!deliver(c, c->pending))
		return;
	stop_waiting(c);
	free(c->pending);
	c->pending = NULL;
	conn_be_patient(c);
	conn_look(c);
	conn_ready(c);
	conn_due(c);
}

static void retry_those_that_wait(struct node *n)
{
	struct node_conn *c;

	while ((c = n->waiting.waiting_next) != &n->waiting) {
		message_retry(c);
		if (c == n->waiting.waiting_next)
			break;                /* still no room */
	}
	n->retry_ms = n->counts.waiting > 0 ? n->now.now_ms + RETRY_MS : NEVER;
}

void messages_pump(struct node *n)
{
	struct sink_confirmation c;
	uint64_t ticket;
	bool room = n->now.now_ms >= n->retry_ms;
	size_t i;

	for (i = 0; i < n->cfg.sink_count; i++)
		for (; n->cfg.sinks[i]->ops->next(n->cfg.sinks[i], &c); room = true)
			confirmed(n, (unsigned)i, c.ticket);
	for (; registry_next(n->cfg.registry, &ticket); room = true)
		confirmed(n, HELD_REGISTRY, ticket);
	if (room && n->counts.waiting > 0)
		retry_those_that_wait(n);
	for (i = 0; i < n->cfg.sink_count; i++)
		n->cfg.sinks[i]->ops->flush(n->cfg.sinks[i]);
}

/* The connection has ended.  What sinks took they will confirm; what they did not take they never will. */
void messages_forget(struct node_conn *c)
{
	stop_waiting(c);
	if (c->pending != NULL)
		give_up(c->node, c->pending);
	free(c->pending);
	c->pending = NULL;
	while (c->held_first != HELD_NONE)
		unlink_held(c->node, &c->node->held[c->held_first]);
}
