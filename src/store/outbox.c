/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.c - records one behind the other in the caller's buffer, oldest first:
 *
 *   head (8 bytes) | subfolder | payload
 *
 * A record that goes is closed over by moving what lies behind it, so records
 * are always in one piece and order never changes.
 */
#include "store/outbox.h"

#include <string.h>

enum { WAITING, IN_FLIGHT };

struct head {
	uint32_t seq;
	uint16_t len;             /* payload, bytes */
	uint8_t  subfolder_len;   /* bytes */
	uint8_t  cls : 1;
	uint8_t  qos : 1;
	uint8_t  state : 1;
	uint8_t  again : 1;
};

_Static_assert(sizeof(struct head) == OUTBOX_OVERHEAD, "what outbox.h says of a record's overhead");
_Static_assert(OUTBOX_SUBFOLDER_MAX <= UINT8_MAX, "fits its member");

static size_t record_size(const struct head *h)
{
	return sizeof *h + h->subfolder_len + h->len;
}

static struct head head_at(const struct outbox *o, size_t at)
{
	struct head h;

	memcpy(&h, o->cfg.buf + at, sizeof h);
	return h;
}

static void set_head(struct outbox *o, size_t at, const struct head *h)
{
	memcpy(o->cfg.buf + at, h, sizeof *h);
}

/* Walk: AT is the place of a record until it equals the bytes in use. */
#define EACH_RECORD(o, at, h) \
	size_t at = 0; at < (o)->counts.bytes && (h = head_at(o, at), true); at += record_size(&h)

static void drop(struct outbox *o, size_t at)
{
	struct head h = head_at(o, at);
	size_t size = record_size(&h);

	memmove(o->cfg.buf + at, o->cfg.buf + at + size, o->counts.bytes - at - size);
	o->counts.bytes -= size;
	o->counts.records--;
	o->counts.in_flight -= h.state == IN_FLIGHT;
}

static size_t room(const struct outbox *o)
{
	return o->cfg.size - o->counts.bytes;
}

void outbox_init(struct outbox *o, const struct outbox_config *cfg)
{
	memset(o, 0, sizeof *o);
	o->cfg = *cfg;
	o->next_seq = cfg->first_seq;
}

static enum err check(const struct outbox *o, const struct outbox_message *m)
{
	if ((m->cls != OUTBOX_EVENT && m->cls != OUTBOX_STATE) || m->qos > 1)
		return ERR_ARG;
	if (m->subfolder.len > OUTBOX_SUBFOLDER_MAX || m->payload.len > UINT16_MAX)
		return ERR_TOO_LONG;
	return sizeof(struct head) + m->subfolder.len + m->payload.len > o->cfg.size ? ERR_TOO_LONG : ERR_OK;
}

static enum err make_room(struct outbox *o, size_t size)
{
	if (size > room(o) && o->cfg.policy == OUTBOX_REJECT_NEW)
		return ERR_OUTBOX_FULL;
	while (size > room(o)) {
		drop(o, 0);
		o->counts.dropped++;
	}
	return ERR_OK;
}

static void copy(struct outbox *o, struct bytes b)
{
	if (b.len > 0)
		memcpy(o->cfg.buf + o->counts.bytes, b.data, b.len);
	o->counts.bytes += b.len;
}

static void store(struct outbox *o, const struct outbox_message *m)
{
	struct head h = {
		.seq = o->next_seq++, .cls = m->cls == OUTBOX_STATE, .qos = m->qos & 1u,
		.len = (uint16_t)m->payload.len, .subfolder_len = (uint8_t)m->subfolder.len,
	};

	copy(o, (struct bytes){ (const uint8_t *)&h, sizeof h });
	copy(o, m->subfolder);
	copy(o, m->payload);
	o->counts.records++;
	o->counts.put++;
	if (o->counts.bytes > o->counts.high_water)
		o->counts.high_water = o->counts.bytes;
}

enum err outbox_put(struct outbox *o, const struct outbox_message *m, uint32_t *seq)
{
	enum err e = check(o, m);

	if (e == ERR_OK)
		e = make_room(o, sizeof(struct head) + m->subfolder.len + m->payload.len);
	if (e != ERR_OK) {
		o->counts.rejected += e != ERR_ARG;
		return e;
	}
	if (seq != NULL)
		*seq = o->next_seq;
	store(o, m);
	return ERR_OK;
}

static void describe(const struct outbox *o, size_t at, const struct head *h, struct outbox_record *r)
{
	const uint8_t *p = o->cfg.buf + at + sizeof *h;

	*r = (struct outbox_record){
		.seq = h->seq,
		.again = h->again,
		.message = {
			.cls = (enum outbox_class)h->cls, .qos = h->qos,
			.subfolder = { p, h->subfolder_len }, .payload = { p + h->subfolder_len, h->len },
		},
	};
}

bool outbox_peek(const struct outbox *o, size_t n, struct outbox_record *r)
{
	struct head h;

	for (EACH_RECORD(o, at, h))
		if (h.state == WAITING && n-- == 0) {
			describe(o, at, &h, r);
			return true;
		}
	return false;
}

static bool find(const struct outbox *o, uint32_t seq, unsigned state, size_t *where, struct head *found)
{
	struct head h;

	for (EACH_RECORD(o, at, h))
		if (h.state == state && h.seq == seq) {
			*where = at;
			*found = h;
			return true;
		}
	return false;
}

enum err outbox_sent(struct outbox *o, uint32_t seq)
{
	struct head h;
	size_t at;

	if (!find(o, seq, WAITING, &at, &h))
		return ERR_NOT_FOUND;
	o->counts.sent++;
	if (h.qos == 0) {
		drop(o, at);
		return ERR_OK;
	}
	h.state = IN_FLIGHT;
	set_head(o, at, &h);
	o->counts.in_flight++;
	return ERR_OK;
}

enum err outbox_acked(struct outbox *o, uint32_t seq)
{
	struct head h;
	size_t at;

	if (!find(o, seq, IN_FLIGHT, &at, &h))
		return ERR_NOT_FOUND;
	drop(o, at);
	o->counts.acked++;
	return ERR_OK;
}

void outbox_rewind(struct outbox *o)
{
	struct head h;

	for (EACH_RECORD(o, at, h))
		if (h.state == IN_FLIGHT) {
			h.state = WAITING;
			h.again = 1;
			set_head(o, at, &h);
			o->counts.resent++;
		}
	o->counts.in_flight = 0;
}

struct outbox_counts outbox_counts(const struct outbox *o)
{
	return o->counts;
}

size_t outbox_room(const struct outbox *o)
{
	return room(o) > sizeof(struct head) ? room(o) - sizeof(struct head) : 0;
}

uint32_t outbox_next_seq(const struct outbox *o)
{
	return o->next_seq;
}
