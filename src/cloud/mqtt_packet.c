/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/mqtt_packet.h"

#include <string.h>

enum { OPEN = MQTT_PACKET_OPEN };

#define FIELD_MAX  65535u        /* 1.5.3 */
#define LENGTH_MAX 268435455u    /* 2.2.3 */

/* What may be sent, and how long it is behind the fixed header. */
const struct mqtt_packet_rule mqtt_packet_from_server[16] = {
	[MQTT_CONNACK]     = { 0x20, 2 },          /* 3.2  */
	[MQTT_PUBLISH]     = { 0x30, OPEN | 2 },   /* 3.3  */
	[MQTT_PUBACK]      = { 0x40, 2 },          /* 3.4  */
	[MQTT_PUBREC]      = { 0x50, 2 },          /* 3.5  */
	[MQTT_PUBREL]      = { 0x62, 2 },          /* 3.6  */
	[MQTT_PUBCOMP]     = { 0x70, 2 },          /* 3.7  */
	[MQTT_SUBACK]      = { 0x90, OPEN | 3 },   /* 3.9  */
	[MQTT_UNSUBACK]    = { 0xb0, 2 },          /* 3.11 */
	[MQTT_PINGRESP]    = { 0xd0, 0 },          /* 3.13 */
};

const struct mqtt_packet_rule mqtt_packet_from_client[16] = {
	[MQTT_CONNECT]     = { 0x10, OPEN | 6 },   /* 3.1; the shortest is of another protocol */
	[MQTT_PUBLISH]     = { 0x30, OPEN | 2 },   /* 3.3  */
	[MQTT_PUBACK]      = { 0x40, 2 },          /* 3.4  */
	[MQTT_PUBREC]      = { 0x50, 2 },          /* 3.5  */
	[MQTT_PUBREL]      = { 0x62, 2 },          /* 3.6  */
	[MQTT_PUBCOMP]     = { 0x70, 2 },          /* 3.7  */
	[MQTT_SUBSCRIBE]   = { 0x82, OPEN | 5 },   /* 3.8  */
	[MQTT_UNSUBSCRIBE] = { 0xa2, OPEN | 4 },   /* 3.10 */
	[MQTT_PINGREQ]     = { 0xc0, 0 },          /* 3.12 */
	[MQTT_DISCONNECT]  = { 0xe0, 0 },          /* 3.14 */
};

/* ---- Checking --------------------------------------------------------- */

/* Bytes of the character at S[0..n), 0 if MQTT does not allow it (1.5.3): not
 * well-formed, a control or a non-character. */
static size_t char_len(const uint8_t *s, size_t n)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = s[0] & 0x7fu >> len;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] < 0xc0 || s[0] >= 0xf8 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < 0xa0 || c < 1u << (5 * len - 4))       /* controls; 3 bytes from 0x800, 4 from 0x10000 on */
		return 0;
	if (c > 0x10ffff || c - 0xd800 < 0x800)
		return 0;
	return (c & 0xfffe) != 0xfffe && c - 0xfdd0 >= 0x20 ? len : 0;
}

/* May a wildcard stand at S[i] of a filter? */
static bool wildcard_ok(const uint8_t *s, size_t i, size_t len)
{
	bool starts = i == 0 || s[i - 1] == '/';

	return starts && (i + 1 == len || (s[i] == '+' && s[i + 1] == '/'));
}

enum err mqtt_packet_check(struct bytes text, enum mqtt_packet_text what, bool literal_plus)
{
	const uint8_t *s = text.data;
	size_t i = 0;

	if (what != MQTT_TEXT && text.len == 0)
		return ERR_MQTT_TOPIC;
	while (i < text.len && s[i] - 0x2cu < 0x53u)   /* ',' to '~': most texts hold nothing else */
		i++;
	while (i < text.len) {
		uint8_t c = s[i];
		bool wild = (c & 0xf7) == '#';     /* '#' is 0x23, '+' is 0x2b */
		size_t n = 1;

		if (c - 0x20u >= 0x5f)
			n = char_len(s + i, text.len - i);
		else if (wild && what != MQTT_TEXT && !(literal_plus && c == '+') &&
			 (what == MQTT_TOPIC_NAME || !wildcard_ok(s, i, text.len)))
			return ERR_MQTT_TOPIC;
		if (n == 0)
			return ERR_MQTT_UTF8;
		i += n;
	}
	return ERR_OK;
}

/* Without a will no QoS and no retain of it (3.1.2.6, 3.1.2.7); no password
 * without a user name (3.1.2.9). */
enum err mqtt_packet_check_login(const struct mqtt_login *l, bool literal_plus)
{
	bool will = (l->flags & MQTT_LOGIN_WILL) != 0;
	enum err e = ERR_OK;

	if ((l->flags & 0x01) != 0 || (l->flags & 0x18) == 0x18 || (!will && (l->flags & 0x38) != 0) ||
	    (l->flags & (MQTT_LOGIN_PASSWORD | MQTT_LOGIN_USER)) == MQTT_LOGIN_PASSWORD)
		return ERR_MQTT_FLAGS;
	if (will)
		e = mqtt_packet_check(l->will_topic, MQTT_TOPIC_NAME, literal_plus);
	if (e == ERR_OK)
		e = mqtt_packet_check(l->client_id, MQTT_TEXT, false);
	if (e == ERR_OK && (l->flags & MQTT_LOGIN_USER) != 0)
		e = mqtt_packet_check(l->user, MQTT_TEXT, false);
	return e;
}

/* ---- Reading ---------------------------------------------------------- */

static uint16_t get_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

void mqtt_packet_init(struct mqtt_packet *p, const struct mqtt_packet_rule *rules, uint8_t *buf, size_t size)
{
	*p = (struct mqtt_packet){ .rules = rules, .buf = buf, .size = size };
}

void mqtt_packet_reset(struct mqtt_packet *p)
{
	p->state = MQTT_PACKET_BETWEEN;
	p->left = 0;
}

static bool is_publish(const struct mqtt_packet *p)
{
	return mqtt_packet_type(p) == MQTT_PUBLISH;
}

/* 2.3.1: PUBLISH above QoS 0, and every type from PUBACK to UNSUBACK. */
static bool has_id(const struct mqtt_packet *p)
{
	return is_publish(p) ? mqtt_packet_qos(p) > 0 : p->first >= 0x40 && p->first < 0xc0;
}

/* PUBLISH with QoS 0 may carry DUP against 3.3.1.1: every broker tolerates it. */
static enum err on_type(struct mqtt_packet *p, uint8_t byte)
{
	const struct mqtt_packet_rule *rule = &p->rules[byte >> 4];

	p->first = byte;
	p->left = p->have = 0;
	p->shift = 0;
	p->id = p->topic_cut = 0;
	p->state = MQTT_PACKET_LENGTH;
	if (rule->first == 0)
		return ERR_MQTT_TYPE;
	if (is_publish(p) ? mqtt_packet_qos(p) == 3 : byte != rule->first)
		return is_publish(p) ? ERR_MQTT_QOS : ERR_MQTT_FLAGS;
	return (p->accept & 1u << (byte >> 4)) != 0 ? ERR_AGAIN : ERR_MQTT_ORDER;
}

/* Everything but the payload is in the buffer. */
static enum err on_whole(struct mqtt_packet *p)
{
	p->state = MQTT_PACKET_BETWEEN;
	p->left -= p->need;
	if (has_id(p)) {
		p->id = is_publish(p) ? p->tail : get_u16(p->buf);
		if (p->id == 0)
			return ERR_MQTT_ID;
	}
	if (is_publish(p) && p->topic_cut == 0)
		return mqtt_packet_check(mqtt_packet_topic(p), MQTT_TOPIC_NAME, p->literal_plus);
	return ERR_OK;
}

static enum err on_length(struct mqtt_packet *p, uint8_t byte)
{
	const struct mqtt_packet_rule *rule = &p->rules[p->first >> 4];
	uint8_t len = rule->len & (OPEN - 1);

	p->left |= (uint32_t)(byte & 0x7f) << p->shift;
	p->shift = (uint8_t)(p->shift + 7);
	if ((byte & 0x80) != 0)
		return p->shift < 28 ? ERR_AGAIN : ERR_MQTT_LENGTH;
	if (p->left < len || (p->left > len && rule->len == len) || (p->left > p->size && !is_publish(p)))
		return ERR_MQTT_LENGTH;
	p->state = is_publish(p) ? MQTT_PACKET_TOPIC_LEN : MQTT_PACKET_BODY;
	p->need = is_publish(p) ? 2 : p->left;
	return p->need > 0 ? ERR_AGAIN : on_whole(p);
}

static enum err on_topic_len(struct mqtt_packet *p)
{
	uint32_t end = 2u + p->tail;

	p->state = MQTT_PACKET_BODY;
	p->need = end + (mqtt_packet_qos(p) > 0 ? 2u : 0u);
	if (p->need > p->left)
		return ERR_MQTT_LENGTH;
	p->topic_cut = (uint16_t)(end > p->size ? end - p->size : 0);
	return p->need > p->have ? ERR_AGAIN : on_whole(p);
}

/* What finds no room is counted, and its last two bytes remembered: behind a
 * topic that is too long comes the packet identifier. */
static size_t collect(struct mqtt_packet *p, const uint8_t *data, size_t len)
{
	size_t n = len < p->need - p->have ? len : p->need - p->have;
	size_t room = p->have < p->size ? p->size - p->have : 0;

	if (room > 0)
		memcpy(p->buf + p->have, data, n < room ? n : room);
	p->tail = (uint16_t)(n > 1 ? get_u16(data + n - 2) : p->tail << 8 | data[0]);
	p->have += (uint32_t)n;
	return n;
}

enum err mqtt_packet_feed(struct mqtt_packet *p, const uint8_t *data, size_t len, size_t *taken)
{
	enum err e = ERR_AGAIN;
	size_t n = 0;

	while (e == ERR_AGAIN && n < len) {
		if (p->state == MQTT_PACKET_BETWEEN) {
			e = on_type(p, data[n++]);
		} else if (p->state == MQTT_PACKET_LENGTH) {
			e = on_length(p, data[n++]);
		} else {
			n += collect(p, data + n, len - n);
			if (p->have == p->need)
				e = p->state == MQTT_PACKET_TOPIC_LEN ? on_topic_len(p) : on_whole(p);
		}
	}
	*taken = n;
	return e;
}

/* A run of bytes that is taken apart from its start; bad: it was too short. */
struct cursor {
	const uint8_t *at, *end;
	bool           bad;
};

static const uint8_t *take(struct cursor *c, size_t n)
{
	const uint8_t *at = c->at;

	if ((size_t)(c->end - c->at) < n) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return at;
}

static uint8_t take_u8(struct cursor *c)
{
	const uint8_t *at = take(c, 1);

	return at != NULL ? *at : 0;
}

static uint16_t take_u16(struct cursor *c)
{
	const uint8_t *at = take(c, 2);

	return at != NULL ? get_u16(at) : 0;
}

static struct bytes take_field(struct cursor *c)
{
	size_t n = take_u16(c);
	const uint8_t *at = take(c, n);

	return at != NULL ? (struct bytes){ at, n } : (struct bytes){ 0 };
}

/* The payload of CONNECT, in order, and by which flag a field is there (3.1.3). */
enum { FIELDS = 5 };
static const uint8_t field_flag[FIELDS] = { 0, MQTT_LOGIN_WILL, MQTT_LOGIN_WILL, MQTT_LOGIN_USER, MQTT_LOGIN_PASSWORD };

static bool has_field(const struct mqtt_login *l, size_t i)
{
	return field_flag[i] == 0 || (l->flags & field_flag[i]) != 0;
}

enum err mqtt_packet_read_connect(const struct mqtt_packet *p, struct mqtt_login *l)
{
	struct cursor c = { p->buf, p->buf + p->need, false };
	bool mqtt = bytes_equal_text(take_field(&c), "MQTT");
	uint8_t level = take_u8(&c);

	*l = (struct mqtt_login){ 0 };
	if (c.bad)
		return ERR_MQTT_LENGTH;
	if (!mqtt || level != 4)
		return ERR_MQTT_LEVEL;
	l->flags = take_u8(&c);
	l->keepalive_s = take_u16(&c);
	for (size_t i = 0; i < FIELDS; i++)
		if (has_field(l, i))
			l->fields[i] = take_field(&c);
	if (c.bad || c.at != c.end)
		return ERR_MQTT_LENGTH;
	return mqtt_packet_check_login(l, p->literal_plus);
}

enum err mqtt_packet_next_filter(const struct mqtt_packet *p, size_t *at, struct mqtt_filter *filter)
{
	size_t from = *at == 0 ? 2 : *at;
	struct cursor c = { p->buf + from, p->buf + p->need, false };

	if (c.at == c.end)
		return ERR_NOT_FOUND;
	filter->topic = take_field(&c);
	filter->qos = mqtt_packet_type(p) == MQTT_SUBSCRIBE ? take_u8(&c) : 0;
	if (c.bad)
		return ERR_MQTT_LENGTH;
	if (filter->qos > 2)
		return ERR_MQTT_QOS;
	*at = (size_t)(c.at - p->buf);
	return mqtt_packet_check(filter->topic, MQTT_TOPIC_FILTER, p->literal_plus);
}

/* ---- Writing ---------------------------------------------------------- */

/* What stands behind the fixed header is told twice: first it is counted, AT
 * being NULL, then written. */
struct sink {
	uint8_t *at;
	size_t   len;
	uint16_t word;       /* packet identifier; CONNACK: flags and code */
	bool     bad;        /* something cannot be represented */
};

static void put(struct sink *s, const void *data, size_t n)
{
	s->bad |= n > LENGTH_MAX;
	s->len += n;
	if (s->at == NULL || n == 0)
		return;
	memcpy(s->at, data, n);
	s->at += n;
}

static void put_u16(struct sink *s, size_t value)
{
	uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(s, b, sizeof b);
}

static void put_field(struct sink *s, const struct bytes *b)
{
	s->bad |= b->len > FIELD_MAX;
	put_u16(s, b->len);
	put(s, b->data, b->len);
}

static size_t write(uint8_t *at, size_t room, unsigned first, uint16_t word,
		    void (*tell)(struct sink *, const void *), const void *what)
{
	struct sink s = { .word = word };
	uint8_t head[5];
	size_t n = 1, rest, size;

	tell(&s, what);
	if (s.bad || s.len > LENGTH_MAX)
		return 0;
	head[0] = (uint8_t)first;
	for (rest = s.len; rest > 127; rest >>= 7)
		head[n++] = (uint8_t)(rest | 0x80);
	head[n++] = (uint8_t)rest;
	size = n + s.len;
	if (size > room)
		return size;
	s.at = at;
	put(&s, head, n);
	tell(&s, what);
	return size;
}

static void tell_connect(struct sink *s, const void *login)
{
	const struct mqtt_login *l = login;
	const uint8_t head[] = { 0, 4, 'M', 'Q', 'T', 'T', 4, l->flags };

	put(s, head, sizeof head);
	put_u16(s, l->keepalive_s);
	for (size_t i = 0; i < FIELDS; i++)
		if (has_field(l, i))
			put_field(s, &l->fields[i]);
}

size_t mqtt_packet_write_connect(uint8_t *at, size_t room, const struct mqtt_login *l)
{
	return write(at, room, 0x10, 0, tell_connect, l);
}

static void tell_publish(struct sink *s, const void *message)
{
	const struct mqtt_message *m = message;

	put_field(s, &m->topic);
	if (m->qos > 0)
		put_u16(s, s->word);
	put(s, m->payload.data, m->payload.len);
}

size_t mqtt_packet_write_publish(uint8_t *at, size_t room, const struct mqtt_message *m, uint16_t id)
{
	unsigned flags = (unsigned)m->qos << 1;

	flags |= (m->dup ? MQTT_PACKET_DUP : 0u) | (m->retain ? MQTT_PACKET_RETAIN : 0u);
	return write(at, room, 0x30 | flags, id, tell_publish, m);
}

struct list {
	const struct mqtt_filter *at, *end;
	bool with_qos;
};

static void tell_filters(struct sink *s, const void *list)
{
	const struct list *l = list;

	put_u16(s, s->word);
	for (const struct mqtt_filter *f = l->at; f < l->end; f++) {
		put_field(s, &f->topic);
		put(s, &f->qos, l->with_qos);
	}
}

size_t mqtt_packet_write_filters(uint8_t *at, size_t room, enum mqtt_packet_type type, uint16_t id,
				 const struct mqtt_filter *filters, size_t n)
{
	struct list list = { filters, filters + n, type == MQTT_SUBSCRIBE };

	return write(at, room, (unsigned)type << 4 | 2, id, tell_filters, &list);
}

/* A word, and what may stand behind it. */
static void tell_word(struct sink *s, const void *codes)
{
	const struct bytes *c = codes;

	put_u16(s, s->word);
	if (c != NULL)
		put(s, c->data, c->len);
}

static void tell_nothing(struct sink *s, const void *what)
{
	(void)s;
	(void)what;
}

size_t mqtt_packet_write_short(uint8_t *at, size_t room, enum mqtt_packet_type type, uint16_t id)
{
	unsigned first = (unsigned)type << 4 | (type == MQTT_PUBREL ? 2u : 0u);

	return write(at, room, first, id, type <= MQTT_UNSUBACK ? tell_word : tell_nothing, NULL);
}

size_t mqtt_packet_write_connack(uint8_t *at, size_t room, bool session_present, uint8_t code)
{
	return write(at, room, 0x20, (uint16_t)((session_present ? 0x100u : 0u) | code), tell_word, NULL);
}

size_t mqtt_packet_write_suback(uint8_t *at, size_t room, uint16_t id, struct bytes codes)
{
	return write(at, room, 0x90, id, tell_word, &codes);
}
