/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/iotcore.h"

#include "base/ticks.h"

#include <string.h>

/*
 *          iotcore_connect()      85 % of the token's life       nothing waits, or long enough
 *   CLOSED ---------------> OPEN ------------------------> DRAIN --------------> ENDING -> CLOSED
 *     ^                      |                                                              ^
 *     +---- DOWN ------------+---- iotcore_disconnect() ------------------------------------+
 */
enum { CLOSED, OPEN, DRAIN, ENDING };

/* What the message being received is. */
enum { OTHER, CONFIG, COMMAND };

#define STATE_PACE_MS 1000u

/* ---- Names ------------------------------------------------------------------ */

static struct text name_start(const struct iotcore *c)
{
	struct text t;

	text_init(&t, c->cfg.name, c->cfg.name_size);
	return t;
}

/* Append '/devices/ID' and TAIL; the part that was appended. */
static struct bytes add_topic(const struct iotcore *c, struct text *t, const char *tail)
{
	size_t from = t->len;

	text_add(t, "/devices/");
	text_add_bytes(t, c->cfg.ids.device);
	text_add(t, tail);
	return (struct bytes){ (const uint8_t *)t->buf + from, t->len - from };
}

/* ---- Connecting --------------------------------------------------------------- */

/* Topics are case-sensitive and start with a slash; 'commands' only in this form. */
static void make_filters(const struct iotcore *c, struct mqtt_filter filters[2])
{
	struct text t = name_start(c);

	filters[0] = (struct mqtt_filter){ add_topic(c, &t, "/config"), 1 };
	filters[1] = (struct mqtt_filter){ add_topic(c, &t, "/commands/#"), c->cfg.command_qos };
}

/* Whether SUBSCRIBE fits tx at all. */
static bool can_subscribe(const struct iotcore *c)
{
	struct mqtt_filter filters[2];
	size_t size;

	make_filters(c, filters);
	size = mqtt_packet_write_filters(NULL, 0, MQTT_SUBSCRIBE, 1, filters, 2);
	return size + MQTT_TX_RESERVE <= c->cfg.mqtt.tx_size;
}

enum err iotcore_init(struct iotcore *c, const struct iotcore_config *cfg, struct iotcore_bad *bad)
{
	enum err e = iotcore_ids_check(&cfg->ids, bad);

	if (e != ERR_OK)
		return e;
	if (cfg->name_size < iotcore_name_size(&cfg->ids, 0) || cfg->mqtt.rx_size < iotcore_rx_size(&cfg->ids, 0))
		return ERR_TOO_LONG;
	if (cfg->keepalive_s == 0 || cfg->keepalive_s > IOTCORE_IDLE_MAX || cfg->command_qos > 1 ||
	    cfg->mqtt.slot_count < 2)
		return ERR_ARG;
	*c = (struct iotcore){ .cfg = *cfg };
	c->cfg.mqtt.manual_ack = true;
	c->cfg.mqtt.literal_plus = memchr(cfg->ids.device.data, '+', cfg->ids.device.len) != NULL;
	mqtt_init(&c->mqtt, &c->cfg.mqtt);
	return can_subscribe(c) ? ERR_OK : ERR_TOO_LONG;
}

static void send_subscribe(struct iotcore *c)
{
	struct mqtt_filter filters[2];

	make_filters(c, filters);
	if (mqtt_subscribe(&c->mqtt, filters, 2, c->now_ms, NULL) == ERR_OK)
		c->subscribe = false;
}

static struct mqtt_message state_message(const struct iotcore *c, struct bytes payload)
{
	struct text t = name_start(c);

	return (struct mqtt_message){ .topic = add_topic(c, &t, "/state"), .payload = payload, .qos = 1 };
}

/* One at a time: the pace counts from the last acknowledgement. */
static void send_state(struct iotcore *c)
{
	struct mqtt_message msg;

	if (c->state_id != 0 || c->state_wait)
		return;
	msg = state_message(c, (struct bytes){ c->cfg.state, c->state_len });
	if (mqtt_publish(&c->mqtt, &msg, 0, c->now_ms, &c->state_id) == ERR_OK)
		c->state_new = false;
}

static void send_ack(struct iotcore *c)
{
	if (c->ack_id != 0 && !c->held && mqtt_ack(&c->mqtt, c->ack_id, c->now_ms) == ERR_OK)
		c->ack_id = 0;
}

static bool may_subscribe(const struct iotcore *c)
{
	return c->subscribe && c->phase == OPEN && (!c->cfg.patient || mqtt_state(&c->mqtt) == MQTT_UP);
}

/* Whatever is owed and found no room before. */
static void send_owed(struct iotcore *c)
{
	if (mqtt_state(&c->mqtt) == MQTT_UP)
		send_ack(c);
	if (may_subscribe(c))
		send_subscribe(c);
	if (c->phase == OPEN && !c->subscribe && c->state_new)
		send_state(c);
}

enum err iotcore_connect(struct iotcore *c, struct bytes token, uint32_t life_s, uint32_t now_ms)
{
	struct text t = name_start(c);
	struct mqtt_login login = {
		.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD,
		.keepalive_s = c->cfg.keepalive_s,
		.user = bytes_of("unused"),
		.password = token,
	};
	enum err e;

	if (c->phase != CLOSED || c->unread)
		return ERR_STATE;
	if (token.len == 0 || life_s == 0 || life_s > IOTCORE_LIFE_MAX)
		return ERR_ARG;
	iotcore_client_id(&c->cfg.ids, &t);
	login.client_id = text_bytes(&t);
	e = mqtt_connect(&c->mqtt, &login, now_ms);
	if (e != ERR_OK)
		return e;
	c->now_ms = now_ms;
	c->phase = OPEN;
	c->renew_ms = now_ms + life_s * 850u;
	c->subscribe = true;
	send_owed(c);
	return ERR_OK;
}

enum err iotcore_disconnect(struct iotcore *c, uint32_t now_ms)
{
	enum err e = mqtt_disconnect(&c->mqtt, now_ms);

	c->now_ms = now_ms;
	if (e == ERR_OK)
		c->phase = ENDING;
	return e;
}

bool iotcore_renew_at(const struct iotcore *c, uint32_t *at_ms)
{
	*at_ms = c->renew_ms;
	return c->phase == OPEN;
}

void iotcore_lost(struct iotcore *c, enum err why)
{
	mqtt_lost(&c->mqtt, why);
}

/* ---- Sending -------------------------------------------------------------------- */

static enum err events_topic(const struct iotcore *c, struct bytes subfolder, struct bytes *topic)
{
	struct text t = name_start(c);

	if (subfolder.len > IOTCORE_SUBFOLDER_MAX || mqtt_packet_check(subfolder, MQTT_TEXT, false) != ERR_OK)
		return ERR_IOTCORE_SUBFOLDER;
	for (size_t i = 0; i < subfolder.len; i++)
		if (subfolder.data[i] == '+' || subfolder.data[i] == '#')
			return ERR_IOTCORE_SUBFOLDER;
	(void)add_topic(c, &t, subfolder.len > 0 ? "/events/" : "/events");
	text_add_bytes(&t, subfolder);
	*topic = text_bytes(&t);
	return t.overflow ? ERR_IOTCORE_SUBFOLDER : ERR_OK;
}

enum err iotcore_publish(struct iotcore *c, const struct iotcore_message *msg, uint32_t token, uint32_t now_ms)
{
	struct mqtt_message out = { .payload = msg->payload, .qos = msg->qos, .dup = msg->dup };
	enum err e = events_topic(c, msg->subfolder, &out.topic);

	if (e != ERR_OK)
		return e;
	if (msg->payload.len > IOTCORE_EVENT_MAX)
		return ERR_IOTCORE_EVENT_SIZE;
	if (c->phase != OPEN)
		return c->phase == DRAIN ? ERR_AGAIN : ERR_STATE;
	if (c->subscribe)       /* before it goes SUBSCRIBE, lest a flood of events keep it waiting */
		return ERR_FULL;
	e = mqtt_publish(&c->mqtt, &out, token, now_ms, NULL);
	return e == ERR_TOO_LONG ? ERR_IOTCORE_EVENT_SIZE : e;
}

enum err iotcore_set_state(struct iotcore *c, struct bytes payload, uint32_t now_ms)
{
	struct mqtt_message msg = state_message(c, payload);
	size_t room = c->cfg.mqtt.tx_size - MQTT_TX_RESERVE;

	if (payload.len > IOTCORE_STATE_MAX || payload.len > c->cfg.state_size)
		return ERR_IOTCORE_STATE_SIZE;
	if (mqtt_packet_write_publish(NULL, 0, &msg, 1) > room)
		return ERR_IOTCORE_STATE_SIZE;
	c->now_ms = now_ms;
	if (payload.len > 0)
		memmove(c->cfg.state, payload.data, payload.len);
	c->state_len = (uint32_t)payload.len;
	c->state_new = true;
	send_owed(c);
	return ERR_OK;
}

const uint8_t *iotcore_tx_peek(const struct iotcore *c, size_t *len)
{
	return mqtt_tx_peek(&c->mqtt, len);
}

void iotcore_tx_done(struct iotcore *c, size_t n)
{
	mqtt_tx_done(&c->mqtt, n);
}

/* ---- Receiving ------------------------------------------------------------------- */

/* Drop PREFIX from the start of S, if it is there. */
static bool skip(struct bytes *s, struct bytes prefix)
{
	if (s->len < prefix.len || !bytes_equal((struct bytes){ s->data, prefix.len }, prefix))
		return false;
	s->data += prefix.len;
	s->len -= prefix.len;
	return true;
}

/* '/devices/ID/config', '/devices/ID/commands' or '/devices/ID/commands/…' */
static uint8_t kind_of(struct iotcore *c, struct bytes topic)
{
	c->subfolder = topic;
	if (!skip(&topic, bytes_of("/devices/")) || !skip(&topic, c->cfg.ids.device))
		return OTHER;
	if (bytes_equal_text(topic, "/config"))
		return CONFIG;
	if (!skip(&topic, bytes_of("/commands")) || (topic.len > 0 && !skip(&topic, bytes_of("/"))))
		return OTHER;
	c->subfolder = topic;
	return COMMAND;
}

static void start_message(struct iotcore *c, const struct mqtt_event *in)
{
	c->kind = kind_of(c, in->topic);
	c->size = (uint32_t)in->data.len + in->left;
	c->got = 0;
	c->drop = ERR_OK;
	if (in->topic_cut > 0)
		c->drop = ERR_MQTT_HEADER_ROOM;
	else if (c->kind == OTHER)
		c->drop = ERR_IOTCORE_TOPIC;
	else if (c->size > c->cfg.inbox_size)
		c->drop = c->kind == CONFIG ? ERR_IOTCORE_CONFIG_SIZE : ERR_IOTCORE_COMMAND_SIZE;
}

/* The message is whole.  A config is acknowledged when the application has
 * taken it; commands are not kept by the server, and what cannot be taken would
 * come again and again: those are acknowledged at once. */
static void finish_message(struct iotcore *c, const struct mqtt_event *in, struct iotcore_event *ev)
{
	c->ack_id = in->packet_id;
	c->held = c->drop == ERR_OK && c->kind == CONFIG;
	*ev = (struct iotcore_event){ .type = IOTCORE_EV_DROPPED, .err = (enum err)c->drop, .size = c->size };
	if (!c->held)
		ev->subfolder = c->subfolder;
	if (c->drop == ERR_OK) {
		ev->type = c->kind == CONFIG ? IOTCORE_EV_CONFIG : IOTCORE_EV_COMMAND;
		ev->data = (struct bytes){ c->cfg.inbox, c->got };
	}
	send_ack(c);
}

static bool on_part(struct iotcore *c, const struct mqtt_event *in, struct iotcore_event *ev)
{
	if (in->type == MQTT_EV_MESSAGE)
		start_message(c, in);
	if (c->drop == ERR_OK && in->data.len > 0) {
		memcpy(c->cfg.inbox + c->got, in->data.data, in->data.len);
		c->got += (uint32_t)in->data.len;
	}
	if (in->left > 0)
		return false;
	finish_message(c, in, ev);
	return true;
}

static bool on_acked(struct iotcore *c, const struct mqtt_event *in, struct iotcore_event *ev)
{
	if (in->packet_id != c->state_id) {
		*ev = (struct iotcore_event){ .type = IOTCORE_EV_ACKED, .token = in->token };
		return true;
	}
	c->state_id = 0;
	c->state_ms = c->now_ms + STATE_PACE_MS;
	c->state_wait = true;
	*ev = (struct iotcore_event){ .type = IOTCORE_EV_STATE_ACKED, .newer = c->state_new };
	return true;
}

/* A state that was sent and not acknowledged is to be sent again. */
static bool on_down(struct iotcore *c, const struct mqtt_event *in, struct iotcore_event *ev)
{
	*ev = (struct iotcore_event){ .type = IOTCORE_EV_DOWN, .err = in->err };
	if (in->err == ERR_OK && c->renewing)
		ev->err = ERR_IOTCORE_RENEW;
	c->state_new |= c->state_id != 0;
	c->state_id = c->ack_id = 0;
	c->held = c->renewing = c->subscribe = false;
	c->phase = CLOSED;
	return true;
}

static void on_subscribed(struct iotcore *c, const struct mqtt_event *in)
{
	for (size_t i = 0; i < in->data.len; i++)
		if (in->data.data[i] == 0x80)
			mqtt_lost(&c->mqtt, ERR_MQTT_SUBSCRIBE);
}

/* True when *EV was filled. */
static bool translate(struct iotcore *c, const struct mqtt_event *in, struct iotcore_event *ev)
{
	switch (in->type) {
	case MQTT_EV_UP:
		*ev = (struct iotcore_event){ .type = IOTCORE_EV_UP };
		return true;
	case MQTT_EV_ACKED:
		return on_acked(c, in, ev);
	case MQTT_EV_SUBSCRIBED:
		on_subscribed(c, in);
		return false;
	case MQTT_EV_MESSAGE:
	case MQTT_EV_PAYLOAD:
		return on_part(c, in, ev);
	case MQTT_EV_DOWN:
		return on_down(c, in, ev);
	case MQTT_EV_UNSUBSCRIBED:
	case MQTT_EV_NONE:
		break;
	}
	return false;
}

/* The next event that concerns the application, if none waits yet.  What MQTT
 * passes on where it lies is in the inbox after that. */
static void pull(struct iotcore *c)
{
	struct mqtt_event in;

	while (!c->unread && mqtt_next(&c->mqtt, &in))
		c->unread = translate(c, &in, &c->event);
}

/* The inbox is the application's, or its last message is not yet acknowledged. */
static bool inbox_busy(const struct iotcore *c)
{
	return c->held || c->ack_id != 0;
}

size_t iotcore_feed(struct iotcore *c, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t n = 0, taken = 1;

	c->now_ms = now_ms;
	pull(c);
	while (n < len && taken > 0 && !c->unread && !inbox_busy(c)) {
		taken = mqtt_feed(&c->mqtt, data + n, len - n, now_ms);
		n += taken;
		pull(c);
	}
	return n;
}

bool iotcore_next(struct iotcore *c, struct iotcore_event *ev)
{
	pull(c);
	*ev = c->event;
	if (!c->unread)
		return false;
	c->unread = false;
	return true;
}

enum err iotcore_config_done(struct iotcore *c, uint32_t now_ms)
{
	if (!c->held)
		return ERR_STATE;
	c->now_ms = now_ms;
	c->held = false;
	send_owed(c);
	return ERR_OK;
}

/* ---- Time -------------------------------------------------------------------------- */

static bool is_quiet(const struct iotcore *c)
{
	return mqtt_in_flight(&c->mqtt) == 0 && !inbox_busy(c);
}

/* The connection that is to be renewed ends when nothing waits, or in the end anyway. */
static void drain(struct iotcore *c)
{
	bool late = ticks_reached(c->now_ms, c->renew_ms);

	if (!late && !is_quiet(c))
		return;
	if (mqtt_disconnect(&c->mqtt, c->now_ms) == ERR_OK)
		c->phase = ENDING;
	else if (late)
		mqtt_lost(&c->mqtt, ERR_IOTCORE_RENEW);
}

void iotcore_step(struct iotcore *c, uint32_t now_ms)
{
	c->now_ms = now_ms;
	mqtt_step(&c->mqtt, now_ms);
	if (c->state_wait && ticks_reached(now_ms, c->state_ms))
		c->state_wait = false;
	if (mqtt_state(&c->mqtt) == MQTT_CLOSED)
		return;
	send_owed(c);
	if (c->phase == OPEN && mqtt_state(&c->mqtt) == MQTT_UP && ticks_reached(now_ms, c->renew_ms)) {
		c->phase = DRAIN;
		c->renewing = true;
		c->renew_ms = now_ms + c->cfg.renew_wait_s * 1000u;
	}
	if (c->phase == DRAIN)
		drain(c);
}

/* Is something owed that could go at once?  With bytes in tx it is the
 * transport's turn. */
static bool is_due_now(const struct iotcore *c)
{
	size_t queued;

	(void)mqtt_tx_peek(&c->mqtt, &queued);
	if (queued > 0 || (c->phase != OPEN && c->phase != DRAIN))
		return false;
	return may_subscribe(c) || (c->ack_id != 0 && !c->held) || (c->phase == DRAIN && is_quiet(c)) ||
	       (c->phase == OPEN && c->state_new && !c->state_wait && c->state_id == 0);
}

bool iotcore_deadline(const struct iotcore *c, uint32_t *at_ms)
{
	bool have = mqtt_deadline(&c->mqtt, at_ms);

	if (mqtt_state(&c->mqtt) == MQTT_CLOSED)
		return have;
	if (mqtt_state(&c->mqtt) == MQTT_UP && (c->phase == OPEN || c->phase == DRAIN))
		ticks_earliest(&have, at_ms, c->renew_ms);
	if (c->phase == OPEN && c->state_new && c->state_wait)
		ticks_earliest(&have, at_ms, c->state_ms);
	if (is_due_now(c))
		ticks_earliest(&have, at_ms, c->now_ms);
	return have;
}
