/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT packets; section numbers are of MQTT 3.1.1. */
#include "device/trace.h"

#include "base/packed.h"

static const char *const types[16] = {   /* 2.2.1 */
	T("(type 0)"), "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", T("SUBSCRIBE"),
	"SUBACK", T("UNSUBSCRIBE"), "UNSUBACK", "PINGREQ", "PINGRESP", T("DISCONNECT"), T("(type 15)"),
};

enum { CONNECT = 1, CONNACK = 2, PUBLISH = 3, SUBSCRIBE = 8, SUBACK = 9, UNSUBSCRIBE = 10, PINGREQ = 12 };

/* What is left of a packet's head, from AT on. */
struct cursor {
	const uint8_t *p;
	size_t         n;
};

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static uint16_t take_u16(struct cursor *c)
{
	uint16_t value = c->n >= 2 ? u16(c->p) : 0;
	size_t n = c->n >= 2 ? 2 : c->n;

	c->p += n;
	c->n -= n;
	return value;
}

/* Add a string (1.5.3), as far as it was looked at; returns its whole length. */
static uint32_t take_string(struct cursor *c, struct text *line)
{
	uint16_t whole = take_u16(c);
	size_t n = whole < c->n ? whole : c->n;

	trace_add(line, c->p, n);
	text_add(line, n < whole ? ".." : "");
	c->p += n;
	c->n -= n;
	return whole;
}

static void add_id(struct text *line, uint16_t id)
{
	text_add(line, " id ");
	text_add_u32(line, id);
}

static void add_u32(struct text *line, const char *before, uint32_t value, const char *after)
{
	text_say(line, before);
	text_add_u32(line, value);
	text_say(line, after);
}

/* 3.1: protocol name, level, flags, keepalive, client id; the rest is secret. */
static void connect(struct text *line, struct cursor c)
{
	size_t name = take_u16(&c);
	uint8_t flags;
	uint16_t keepalive_s;

	if (c.n < name + 2)
		return;
	c.p += name;
	flags = c.p[1];
	c = (struct cursor){ c.p + 2, c.n - name - 2 };
	keepalive_s = take_u16(&c);
	add_u32(line, T(" keepalive "), keepalive_s, " s");
	text_say(line, (flags & 0x40) != 0 ? T(", password (not shown), ") : ", ");
	take_string(&c, line);
}

static void connack(struct text *line, struct cursor c)
{
	if (c.n >= 2)
		add_u32(line, T(" code "), c.p[1], (c.p[0] & 1) != 0 ? T(", session present") : "");
}

static void publish(struct text *line, uint8_t flags, struct cursor c, uint32_t body)
{
	unsigned qos = flags >> 1 & 3u;
	const uint8_t *begin = c.p;
	uint16_t topic_len = c.n >= 2 ? u16(c.p) : 0;
	uint32_t head = 2u + topic_len + (qos > 0 ? 2u : 0u);

	add_u32(line, " q", qos, (flags & 8) != 0 ? " dup" : "");
	if (qos > 0 && head <= c.n)
		add_id(line, u16(begin + 2 + topic_len));
	text_add(line, " ");
	take_string(&c, line);
	add_u32(line, ", ", body > head ? body - head : 0, " bytes");
}

static void subscribe(struct text *line, struct cursor c)
{
	add_id(line, take_u16(&c));
	text_add(line, " ");
	take_string(&c, line);
}

static void suback(struct text *line, struct cursor c)
{
	add_id(line, take_u16(&c));
	text_say(line, T(" codes"));
	for (size_t i = 0; i < c.n; i++)
		add_u32(line, " ", c.p[i], "");
}

/* The packet's first bytes, of BODY behind its fixed header. */
static void describe(struct text *line, uint8_t first, struct cursor c, uint32_t body)
{
	uint8_t type = first >> 4;

	text_say(line, types[type]);
	if (type == CONNECT)
		connect(line, c);
	else if (type == CONNACK)
		connack(line, c);
	else if (type == PUBLISH)
		publish(line, first & 15, c, body);
	else if (type == SUBSCRIBE || type == UNSUBSCRIBE)
		subscribe(line, c);
	else if (type == SUBACK)
		suback(line, c);
	else if (type < PINGREQ && c.n >= 2)
		add_id(line, take_u16(&c));
}

/* Bytes of the fixed header, 2.2.3; 0: not complete.  *BODY is what it says. */
static size_t fixed_header(const struct trace_mqtt *m, uint32_t *body)
{
	unsigned shift = 0;

	*body = 0;
	for (size_t i = 1; i < m->len && i <= 4; i++, shift += 7) {
		*body |= (uint32_t)(m->head[i] & 127) << shift;
		if ((m->head[i] & 128) == 0 || i == 4)
			return i + 1;
	}
	return 0;
}

static void end_packet(struct trace *t, enum trace_way way, struct trace_mqtt *m)
{
	char buf[TRACE_LINE];
	struct text line;
	uint32_t body;
	size_t n = fixed_header(m, &body);

	trace_begin(t, &line, buf, "mqtt", way);
	describe(&line, m->head[0], (struct cursor){ m->head + n, m->len - n }, body);
	trace_end(t, &line);
	*m = (struct trace_mqtt){ .len = 0 };
}

static void packet_byte(struct trace *t, enum trace_way way, uint8_t c)
{
	struct trace_mqtt *m = &t->mqtt[way];

	if (m->len < TRACE_HEAD)
		m->head[m->len++] = c;
	if (m->body)
		m->left--;
	else if (m->len > 1)
		m->body = fixed_header(m, &m->left) > 0;
	if (m->body && m->left == 0)
		end_packet(t, way, m);
}

void trace_mqtt(struct trace *t, enum trace_way way, const void *data, size_t len, uint32_t now_ms)
{
	const uint8_t *p = data;

	if (t == NULL || t->late || (t->on & TRACE_MQTT) == 0)
		return;
	t->now_ms = now_ms;
	for (size_t i = 0; i < len; i++)
		packet_byte(t, way, p[i]);
}
