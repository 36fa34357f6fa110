/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/mqtt.h"

#include "base/ticks.h"
#include "cloud/mqtt_core.h"

#include <string.h>

/* What is in order once CONNACK 0 was received. */
enum {
	ACCEPT_CONNACK = 1u << MQTT_CONNACK,
	ACCEPT_UP      = 1u << MQTT_PUBLISH | 1u << MQTT_PUBACK | 1u << MQTT_PUBREL | 1u << MQTT_SUBACK |
			 1u << MQTT_UNSUBACK | 1u << MQTT_PINGRESP,
	ACCEPT_QOS2    = 1u << MQTT_PUBREC | 1u << MQTT_PUBCOMP
};

static uint32_t in_s(const struct mqtt *m, uint16_t seconds)
{
	return m->now_ms + seconds * 1000u;
}

/* ---- Slots ------------------------------------------------------------ */

enum {
	FREE = 1u << MQTT_CORE_FREE,
	OWN  = 1u << MQTT_PUBACK | 1u << MQTT_PUBREC | 1u << MQTT_PUBCOMP | 1u << MQTT_SUBACK | 1u << MQTT_UNSUBACK,
	IN   = 1u << MQTT_CORE_OWNER | 1u << MQTT_PUBREL
};

struct mqtt_slot *mqtt_core_find(const struct mqtt *m, unsigned kinds, uint16_t id)
{
	for (struct mqtt_slot *s = m->cfg.slots; s < m->cfg.slots + m->cfg.slot_count; s++)
		if ((kinds >> s->kind & 1u) != 0 && s->id == id)
			return s;
	return NULL;
}

static void set_free(struct mqtt_slot *slot)
{
	slot->kind = MQTT_CORE_FREE;
	slot->id = 0;
}

void mqtt_core_wait(struct mqtt *m, struct mqtt_slot *slot, enum mqtt_packet_type type)
{
	slot->kind = (uint8_t)type;
	slot->due_ms = in_s(m, m->cfg.ack_s);
}

unsigned mqtt_in_flight(const struct mqtt *m)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->cfg.slot_count; i++)
		n += OWN >> m->cfg.slots[i].kind & 1u;
	return n;
}

/* 2.3.1: not zero, and of no packet that still waits for its answer. */
static uint16_t next_id(const struct mqtt *m)
{
	uint16_t id = m->last_id;

	do
		id++;
	while (id == 0 || mqtt_core_find(m, OWN, id) != NULL);
	return id;
}

/* ---- Sending ---------------------------------------------------------- */

static size_t tx_room(const struct mqtt *m)
{
	return m->cfg.tx_size - (m->tx_len - m->tx_at);
}

/* Make one run of what is free behind tx_len; its size. */
static size_t make_room(struct mqtt *m)
{
	if (m->tx_at > 0) {
		memmove(m->cfg.tx, m->cfg.tx + m->tx_at, m->tx_len - m->tx_at);
		m->tx_len -= m->tx_at;
		m->tx_at = 0;
	}
	return m->cfg.tx_size - m->tx_len;
}

static size_t own_room(struct mqtt *m)
{
	size_t room = make_room(m);

	return room > MQTT_TX_RESERVE ? room - MQTT_TX_RESERVE : 0;
}

/* SIZE bytes were written behind tx_len if they fitted ROOM. */
static enum err queued(struct mqtt *m, size_t size, size_t room)
{
	if (size == 0 || size + MQTT_TX_RESERVE > m->cfg.tx_size)
		return ERR_TOO_LONG;
	if (size > room)
		return ERR_FULL;
	m->tx_len += size;
	m->sent_ms = m->now_ms;
	return ERR_OK;
}

enum err mqtt_core_short(struct mqtt *m, enum mqtt_packet_type type, uint16_t id)
{
	size_t room = make_room(m);

	return queued(m, mqtt_packet_write_short(m->cfg.tx + m->tx_len, room, type, id), room);
}

static bool is_open(const struct mqtt *m)
{
	return m->state == MQTT_WAIT_CONNACK || m->state == MQTT_UP;
}

/* A packet that is about to be queued, and the slot in which it will wait. */
struct draft {
	struct mqtt_slot *slot;
	uint8_t *at;
	size_t   room;       /* 0 without a free slot: then nothing is written */
	uint16_t id;
};

static enum err begin(struct mqtt *m, struct draft *d, bool waits, uint32_t now_ms)
{
	if (!is_open(m))
		return ERR_STATE;
	m->now_ms = now_ms;
	d->room = own_room(m);
	d->at = m->cfg.tx + m->tx_len;
	d->id = waits ? next_id(m) : 0;
	d->slot = waits ? mqtt_core_find(m, FREE, 0) : NULL;
	if (waits && d->slot == NULL)
		d->room = 0;
	return ERR_OK;
}

static enum err commit(struct mqtt *m, const struct draft *d, size_t size, enum mqtt_packet_type answer,
		       uint32_t token, uint16_t *id)
{
	enum err e = queued(m, size, d->room);

	if (e != ERR_OK)
		return e;
	if (d->slot != NULL) {
		m->last_id = d->slot->id = d->id;
		d->slot->token = token;
		mqtt_core_wait(m, d->slot, answer);
	}
	if (id != NULL)
		*id = d->id;
	return ERR_OK;
}

enum err mqtt_core_publish(struct mqtt *m, const struct mqtt_message *msg, enum mqtt_packet_type answer, uint32_t token,
			   uint32_t now_ms, uint16_t *id)
{
	struct draft d;
	enum err e = begin(m, &d, msg->qos > 0, now_ms);

	if (e == ERR_OK)
		e = mqtt_packet_check(msg->topic, MQTT_TOPIC_NAME, m->in.literal_plus);
	if (e != ERR_OK)
		return e;
	return commit(m, &d, mqtt_packet_write_publish(d.at, d.room, msg, d.id), answer, token, id);
}

enum err mqtt_publish(struct mqtt *m, const struct mqtt_message *msg, uint32_t token, uint32_t now_ms, uint16_t *id)
{
	if (msg->qos > 1)
		return ERR_MQTT_QOS;
	return mqtt_core_publish(m, msg, MQTT_PUBACK, token, now_ms, id);
}

static enum err check_filters(const struct mqtt *m, const struct mqtt_filter *filters, size_t n)
{
	enum err e = n == 0 || n > m->in.size - 2 ? ERR_TOO_LONG : ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < n; i++)
		e = filters[i].qos > 2 ? ERR_MQTT_QOS
				       : mqtt_packet_check(filters[i].topic, MQTT_TOPIC_FILTER, m->in.literal_plus);
	return e;
}

static enum err send_filters(struct mqtt *m, enum mqtt_packet_type type, const struct mqtt_filter *filters, size_t n,
			     uint32_t now_ms, uint16_t *id)
{
	enum mqtt_packet_type answer = type == MQTT_SUBSCRIBE ? MQTT_SUBACK : MQTT_UNSUBACK;
	struct draft d;
	enum err e = begin(m, &d, true, now_ms);

	if (e == ERR_OK)
		e = check_filters(m, filters, n);
	if (e != ERR_OK)
		return e;
	return commit(m, &d, mqtt_packet_write_filters(d.at, d.room, type, d.id, filters, n), answer, (uint32_t)n, id);
}

enum err mqtt_subscribe(struct mqtt *m, const struct mqtt_filter *filters, size_t n, uint32_t now_ms, uint16_t *id)
{
	return send_filters(m, MQTT_SUBSCRIBE, filters, n, now_ms, id);
}

enum err mqtt_unsubscribe(struct mqtt *m, const struct mqtt_filter *filters, size_t n, uint32_t now_ms, uint16_t *id)
{
	return send_filters(m, MQTT_UNSUBSCRIBE, filters, n, now_ms, id);
}

enum err mqtt_ack(struct mqtt *m, uint16_t packet_id, uint32_t now_ms)
{
	struct mqtt_slot *slot = mqtt_core_find(m, 1u << MQTT_CORE_OWNER, packet_id);
	enum err e;

	if (m->state != MQTT_UP)
		return ERR_STATE;
	if (packet_id == 0)
		return ERR_ARG;
	m->now_ms = now_ms;
	e = mqtt_core_short(m, slot != NULL ? MQTT_PUBREC : MQTT_PUBACK, packet_id);
	if (e == ERR_OK && slot != NULL)
		slot->kind = MQTT_PUBREL;
	return e;
}

const uint8_t *mqtt_tx_peek(const struct mqtt *m, size_t *len)
{
	*len = m->tx_len - m->tx_at;
	return *len > 0 ? m->cfg.tx + m->tx_at : NULL;
}

/* ---- The connection ---------------------------------------------------- */

static void forget(struct mqtt *m)
{
	m->tx_at = m->tx_len = 0;
	m->last_id = 0;
	m->pinged = false;
	for (unsigned i = 0; i < m->cfg.slot_count; i++)
		set_free(&m->cfg.slots[i]);
	mqtt_packet_reset(&m->in);
}

static void go_down(struct mqtt *m, enum err e)
{
	if (m->state == MQTT_CLOSED)
		return;
	m->err = (uint16_t)e;
	m->state = MQTT_CLOSED;
	m->down = true;
	forget(m);
}

void mqtt_init(struct mqtt *m, const struct mqtt_config *cfg)
{
	*m = (struct mqtt){ .cfg = *cfg };
	mqtt_packet_init(&m->in, mqtt_packet_from_server, cfg->rx, cfg->rx_size);
	m->in.literal_plus = cfg->literal_plus;
	forget(m);
}

enum mqtt_state mqtt_state(const struct mqtt *m)
{
	return (enum mqtt_state)m->state;
}

enum err mqtt_connect(struct mqtt *m, const struct mqtt_login *login, uint32_t now_ms)
{
	enum err e = mqtt_packet_check_login(login, m->in.literal_plus);
	size_t room;

	if (m->state != MQTT_CLOSED || mqtt_peek(m) != MQTT_EV_NONE)
		return ERR_STATE;
	m->now_ms = now_ms;
	room = own_room(m);
	if (e == ERR_OK && (login->flags & MQTT_LOGIN_CLEAN) == 0)
		e = ERR_MQTT_FLAGS;
	if (e == ERR_OK)
		e = queued(m, mqtt_packet_write_connect(m->cfg.tx, room, login), room);
	if (e != ERR_OK)
		return e;
	m->keepalive_s = login->keepalive_s;
	m->wait_ms = in_s(m, m->cfg.connack_s);
	m->in.accept = ACCEPT_CONNACK;
	m->connack = MQTT_NO_CONNACK;
	m->state = MQTT_WAIT_CONNACK;
	return ERR_OK;
}

enum err mqtt_disconnect(struct mqtt *m, uint32_t now_ms)
{
	enum err e;

	if (m->state != MQTT_UP)
		return ERR_STATE;
	m->now_ms = now_ms;
	e = mqtt_core_short(m, MQTT_DISCONNECT, 0);
	if (e != ERR_OK)
		return e;
	m->wait_ms = in_s(m, m->cfg.pong_s);
	m->state = MQTT_CLOSING;
	return ERR_OK;
}

void mqtt_lost(struct mqtt *m, enum err why)
{
	go_down(m, m->state == MQTT_CLOSING ? ERR_OK : why);
}

void mqtt_tx_done(struct mqtt *m, size_t n)
{
	m->tx_at = n < m->tx_len - m->tx_at ? m->tx_at + n : m->tx_len;
	if (m->tx_at < m->tx_len)
		return;
	m->tx_at = m->tx_len = 0;
	if (m->state == MQTT_CLOSING)
		go_down(m, ERR_OK);
}

/* ---- Receiving --------------------------------------------------------- */

static void tell(struct mqtt *m, enum mqtt_event_type type, uint16_t id)
{
	m->event = (uint8_t)type;
	m->event_id = id;
}

/* 3.2.2: reserved flags; "session present", which cannot be; the return code. */
static enum err on_connack(struct mqtt *m)
{
	uint8_t flags = m->in.buf[0], code = m->in.buf[1];

	if ((flags & 0xfe) != 0)
		return ERR_MQTT_FLAGS;
	m->connack = code;
	if (code > 5)
		return ERR_MQTT_CONNACK;
	if (code > 0)
		return (enum err)(ERR_MQTT_CONNACK_1 + code - 1);
	if (flags != 0)
		return ERR_MQTT_SESSION;
	m->in.accept = ACCEPT_UP | (m->qos2 != NULL ? ACCEPT_QOS2 : 0u);
	m->state = MQTT_UP;
	tell(m, MQTT_EV_UP, 0);
	return ERR_OK;
}

/* A QoS 2 message whose identifier is still open came before: it is not given
 * out again (4.3.3). */
static enum err on_publish_qos2(struct mqtt *m)
{
	struct mqtt_slot *slot = mqtt_core_find(m, IN, m->in.id);

	m->mute = slot != NULL;
	if (slot == NULL)
		slot = mqtt_core_find(m, FREE, 0);
	if (slot == NULL)
		return ERR_MQTT_INBOUND;
	if (!m->mute)
		slot->kind = m->cfg.manual_ack ? MQTT_CORE_OWNER : MQTT_PUBREL;
	slot->id = m->in.id;
	m->answer = slot->kind == MQTT_PUBREL ? MQTT_PUBREC : 0;
	return ERR_OK;
}

static enum err on_publish(struct mqtt *m)
{
	enum err e = ERR_OK;

	m->mute = false;
	m->answer = mqtt_packet_qos(&m->in) == 1 && !m->cfg.manual_ack ? MQTT_PUBACK : 0;
	if (mqtt_packet_qos(&m->in) == 2)
		e = on_publish_qos2(m);
	if (!m->mute && e == ERR_OK)
		tell(m, MQTT_EV_MESSAGE, m->in.id);
	return e;
}

static size_t on_payload(struct mqtt *m, const uint8_t *data, size_t len)
{
	m->part = mqtt_packet_payload(&m->in, data, len);
	if (!m->mute && m->event == MQTT_EV_NONE)
		tell(m, MQTT_EV_PAYLOAD, m->in.id);
	if (m->in.left == 0 && m->answer != 0)
		(void)mqtt_core_short(m, (enum mqtt_packet_type)m->answer, m->in.id);   /* mqtt_feed() saw to room */
	return m->part.len;
}

/* A PUBREL for what is not known any more is answered all the same (4.3.3). */
static enum err on_pubrel(struct mqtt *m)
{
	struct mqtt_slot *slot = mqtt_core_find(m, IN, m->in.id);

	if (slot != NULL)
		set_free(slot);
	return mqtt_core_short(m, MQTT_PUBCOMP, m->in.id);
}

/* 3.9.3: as many codes as filters, each 0, 1, 2 or 0x80. */
static enum err check_suback(const struct mqtt_slot *slot, struct bytes body)
{
	if (body.len != 2 + slot->token)
		return ERR_MQTT_LENGTH;
	for (size_t i = 2; i < body.len; i++)
		if (body.data[i] > 2 && body.data[i] != 0x80)
			return ERR_MQTT_QOS;
	return ERR_OK;
}

/* Answers to nothing known are let pass: a broker may have been slow. */
enum err mqtt_core_end(struct mqtt *m)
{
	enum mqtt_packet_type type = mqtt_packet_type(&m->in);
	struct mqtt_slot *slot = mqtt_core_find(m, 1u << type, m->in.id);
	struct bytes body = mqtt_packet_body(&m->in);
	enum err e = ERR_OK;

	if (slot == NULL)
		return ERR_OK;
	if (type == MQTT_SUBACK)
		e = check_suback(slot, body);
	if (e != ERR_OK)
		return e;
	m->part = (struct bytes){ body.data + 2, body.len - 2 };
	m->token = slot->token;
	tell(m, type == MQTT_SUBACK ? MQTT_EV_SUBSCRIBED : type == MQTT_UNSUBACK ? MQTT_EV_UNSUBSCRIBED : MQTT_EV_ACKED,
	     m->in.id);
	set_free(slot);
	return ERR_OK;
}

/* What is not accepted does not get here; PUBREC and PUBCOMP only with QoS 2. */
static enum err dispatch(struct mqtt *m)
{
	switch (m->in.first >> 4) {
	case MQTT_CONNACK:
		return on_connack(m);
	case MQTT_PUBLISH:
		return on_publish(m);
	case MQTT_PUBREL:
		return on_pubrel(m);
	case MQTT_PINGRESP:
		m->pinged = false;
		return ERR_OK;
	case MQTT_PUBREC:
	case MQTT_PUBCOMP:
		return m->qos2(m);
	default:   /* PUBACK, SUBACK, UNSUBACK */
		return mqtt_core_end(m);
	}
}

/* Up to the end of one packet, or of DATA. */
static size_t take(struct mqtt *m, const uint8_t *data, size_t len)
{
	enum err e = ERR_OK;
	size_t n = 0;

	if (!mqtt_packet_in_payload(&m->in)) {
		e = mqtt_packet_feed(&m->in, data, len, &n);
		if (e == ERR_AGAIN)
			return n;
		if (e == ERR_OK)
			e = dispatch(m);
	}
	if (e == ERR_OK && mqtt_packet_type(&m->in) == MQTT_PUBLISH)
		n += on_payload(m, data + n, len - n);
	if (e != ERR_OK)
		go_down(m, e);
	return n;
}

size_t mqtt_feed(struct mqtt *m, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t n = 0;

	m->now_ms = now_ms;
	if (m->state == MQTT_CLOSING)
		return len;
	while (n < len && is_open(m) && m->event == MQTT_EV_NONE && tx_room(m) >= MQTT_TX_RESERVE)
		n += take(m, data + n, len - n);
	if (n > 0 && m->pinged)
		m->wait_ms = in_s(m, m->cfg.pong_s);
	return n;
}

enum mqtt_event_type mqtt_peek(const struct mqtt *m)
{
	if (m->event != MQTT_EV_NONE)
		return (enum mqtt_event_type)m->event;
	return m->down ? MQTT_EV_DOWN : MQTT_EV_NONE;
}

static void fill_message(const struct mqtt *m, struct mqtt_event *ev)
{
	ev->flags = m->in.first & 0x0f;
	ev->topic_cut = m->in.topic_cut;
	ev->topic = mqtt_packet_topic(&m->in);
	ev->left = m->in.left;
}

bool mqtt_next(struct mqtt *m, struct mqtt_event *ev)
{
	*ev = (struct mqtt_event){ .type = mqtt_peek(m) };
	if (ev->type == MQTT_EV_NONE)
		return false;
	if (ev->type == MQTT_EV_DOWN) {
		ev->err = (enum err)m->err;
		m->down = false;
		return true;
	}
	ev->packet_id = m->event_id;
	ev->token = m->token;
	ev->data = m->part;
	if (ev->type == MQTT_EV_MESSAGE || ev->type == MQTT_EV_PAYLOAD)
		fill_message(m, ev);
	m->event = MQTT_EV_NONE;
	return true;
}

/* ---- Time --------------------------------------------------------------- */

/* When tx is full the ping finds no room; its answer is then missed in time. */
static void ping(struct mqtt *m)
{
	(void)mqtt_core_short(m, MQTT_PINGREQ, 0);
	m->pinged = true;
	m->wait_ms = in_s(m, m->cfg.pong_s);
}

/* What happens next, and when: an error, ERR_AGAIN for a ping, ERR_STATE for
 * nothing.  A quarter of the keepalive is left for the ping's way to the broker
 * (3.1.2.10). */
static enum err next_due(const struct mqtt *m, uint32_t *at_ms)
{
	enum err what = m->pinged ? ERR_MQTT_PING_TIME : m->keepalive_s > 0 ? ERR_AGAIN : ERR_STATE;

	*at_ms = m->wait_ms;
	if (m->state != MQTT_UP)
		return m->state == MQTT_CLOSED ? ERR_STATE : m->state == MQTT_CLOSING ? ERR_OK : ERR_MQTT_CONNACK_TIME;
	if (!m->pinged)
		*at_ms = m->sent_ms + m->keepalive_s * 750u;
	for (const struct mqtt_slot *s = m->cfg.slots; s < m->cfg.slots + m->cfg.slot_count; s++) {
		if ((OWN >> s->kind & 1u) == 0 || (what != ERR_STATE && !ticks_reached(*at_ms, s->due_ms)))
			continue;
		what = s->kind >= MQTT_SUBACK ? ERR_MQTT_SUBACK_TIME : ERR_MQTT_ACK_TIME;
		*at_ms = s->due_ms;
	}
	return what;
}

bool mqtt_deadline(const struct mqtt *m, uint32_t *at_ms)
{
	return next_due(m, at_ms) != ERR_STATE;
}

void mqtt_step(struct mqtt *m, uint32_t now_ms)
{
	uint32_t at_ms;
	enum err what = next_due(m, &at_ms);

	m->now_ms = now_ms;
	if (what == ERR_STATE || !ticks_reached(now_ms, at_ms))
		return;
	if (what == ERR_AGAIN)
		ping(m);
	else
		go_down(m, what);
}
