/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/session_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far fewer than there are packet identifiers: one is always free. */
enum { SENT_MAX = 32767 };

#define NO_MEMORY "the bridge has no memory left for this connection"

static const struct reason no_memory = {
	REASON_FAULT, sizeof NO_MEMORY - 1,
	NO_MEMORY " - here: give it more, or set connections_max lower [FAULT]"
};

struct session_config session_config_default(void)
{
	return (struct session_config){
		.login_ms = 10 * 1000, .idle_ms = IOTCORE_IDLE_MAX * 1000,
		.event_max = IOTCORE_EVENT_MAX, .state_max = IOTCORE_STATE_MAX,
		.held_max = 64, .held_bytes = 2 * IOTCORE_EVENT_MAX, .sent_max = 32,
	};
}

struct session *session_new(const struct session_config *cfg, uint64_t now_ms)
{
	struct session *s = malloc(sizeof *s);

	if (s == NULL)
		return NULL;
	*s = (struct session){ .cfg = *cfg, .held_first = 1, .now_ms = now_ms, .start_ms = now_ms };
	if (s->cfg.sent_max > SENT_MAX)
		s->cfg.sent_max = SENT_MAX;
	mqtt_packet_init(&s->packet, mqtt_packet_from_client, NULL, SESSION_LOGIN_SIZE);
	s->packet.accept = 1u << MQTT_CONNECT;
	s->packet.literal_plus = true;       /* ids may have it; topics.c decides */
	return s;
}

static void free_lists(struct session *s)
{
	session_drop_waiting(s);
	free(s->held);
	free(s->sent);
	s->held = NULL;
	s->sent = NULL;
	s->held_count = s->held_size = s->sent_count = s->sent_size = 0;
	s->held_bytes = 0;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_buffer_clear(&s->in);
	session_buffer_clear(&s->tx);
	free_lists(s);
	free(s->names);
	free(s->refusal);
	free(s->why);
	free(s);
}

/* ---- Login ------------------------------------------------------------------ */

struct topics_device session_names(const struct session *s)
{
	const uint8_t *id = (const uint8_t *)s->names;

	return (struct topics_device){ { id, s->id_len }, { id + s->id_len, s->num_id_len } };
}

static bool keep_names(struct session *s, struct bytes device, uint64_t num_id)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRIu64, num_id);

	s->names = malloc(device.len + (size_t)n);
	if (s->names == NULL)
		return false;
	s->id_len = device.len;
	s->num_id_len = (size_t)n;
	if (device.len > 0)
		memcpy(s->names, device.data, device.len);
	memcpy(s->names + device.len, digits, (size_t)n);
	return true;
}

void session_accept(struct session *s, struct bytes device, uint64_t num_id, uint64_t now_ms)
{
	bool kept;

	if (s->state != SESSION_DECIDE)
		return;
	kept = keep_names(s, device, num_id);    /* DEVICE may be a part of what is cleared */
	session_clear_in(s);
	s->pending = 0;
	if (!kept) {
		session_no_memory(s);
		return;
	}
	s->state = SESSION_UP;
	s->now_ms = s->heard_ms = s->packet_ms = now_ms;
	s->packet.size = SESSION_PACKET_SIZE;
	s->packet.accept = 1u << MQTT_PUBLISH | 1u << MQTT_PUBACK | 1u << MQTT_SUBSCRIBE | 1u << MQTT_UNSUBSCRIBE |
			   1u << MQTT_PINGREQ | 1u << MQTT_DISCONNECT;
	session_say_connack(s, 0);
}

void session_refuse(struct session *s, const struct reason *why)
{
	if (s->state != SESSION_DECIDE)
		return;
	if (reason_connack(why->code) != 0)
		session_say_connack(s, reason_connack(why->code));
	session_end(s, why);
}

/* ---- The end ------------------------------------------------------------------ */

/* What has happened and is still of use when the connection is not. */
enum {
	OUTLIVES = 1u << PENDING_PUBLISH | 1u << PENDING_CONFIG_ACKED | 1u << PENDING_COMMAND_ACKED |
		   1u << PENDING_HEARTBEAT
};

static void set_ended(struct session *s)
{
	s->state = SESSION_ENDED;
	s->pending &= OUTLIVES;
	session_raise(s, PENDING_END);
	if ((s->pending & 1u << PENDING_PUBLISH) == 0)
		session_clear_in(s);
	free_lists(s);
}

void session_no_memory(struct session *s)
{
	if (s->state != SESSION_ENDED)
		set_ended(s);
}

void session_end(struct session *s, const struct reason *why)
{
	if (s->state == SESSION_ENDED)
		return;
	s->why = malloc(sizeof *s->why);
	if (s->why != NULL)
		*s->why = *why;
	set_ended(s);
}

void session_close(struct session *s, const struct reason *why)
{
	session_end(s, why);
}

const struct reason *session_why(const struct session *s)
{
	if (s->state != SESSION_ENDED)
		return NULL;
	return s->why != NULL ? s->why : &no_memory;
}

/* ---- Events ------------------------------------------------------------------- */

void session_raise(struct session *s, enum session_pending what)
{
	s->pending |= (uint16_t)(1u << what);
}

static const struct event_row {
	enum session_event_type type;
	enum session_topic      topic;
} event_rows[PENDING_COUNT] = {
	[PENDING_LOGIN]          = { SESSION_EV_LOGIN,         SESSION_EVENTS },
	[PENDING_PUBLISH]        = { SESSION_EV_PUBLISH,       SESSION_EVENTS },
	[PENDING_SUB_CONFIG]     = { SESSION_EV_SUBSCRIBED,    SESSION_CONFIG },
	[PENDING_SUB_COMMANDS]   = { SESSION_EV_SUBSCRIBED,    SESSION_COMMANDS },
	[PENDING_SUB_ERRORS]     = { SESSION_EV_SUBSCRIBED,    SESSION_ERRORS },
	[PENDING_UNSUB_CONFIG]   = { SESSION_EV_UNSUBSCRIBED,  SESSION_CONFIG },
	[PENDING_UNSUB_COMMANDS] = { SESSION_EV_UNSUBSCRIBED,  SESSION_COMMANDS },
	[PENDING_UNSUB_ERRORS]   = { SESSION_EV_UNSUBSCRIBED,  SESSION_ERRORS },
	[PENDING_CONFIG_ACKED]   = { SESSION_EV_CONFIG_ACKED,  SESSION_CONFIG },
	[PENDING_COMMAND_ACKED]  = { SESSION_EV_COMMAND_ACKED, SESSION_COMMANDS },
	[PENDING_HEARTBEAT]      = { SESSION_EV_HEARTBEAT,     SESSION_EVENTS },
	[PENDING_REFUSED]        = { SESSION_EV_REFUSED,       SESSION_EVENTS },
	[PENDING_END]            = { SESSION_EV_END,           SESSION_EVENTS },
};

/* The packet is still there: it has been read without error once. */
static void fill_login(const struct session *s, struct session_event *ev)
{
	struct mqtt_login login;

	if (session_read_connect(s, &login) != ERR_OK)
		return;
	ev->client_id = login.client_id;
	ev->user = login.user;
	ev->token = login.password;
	ev->keepalive_s = s->keepalive_s;
}

static void fill_publish(const struct session *s, struct session_event *ev)
{
	struct bytes topic = mqtt_packet_topic(&s->packet);

	ev->topic = (enum session_topic)s->topic;
	ev->subfolder = (struct bytes){ topic.data + topic.len - s->subfolder_len, s->subfolder_len };
	ev->payload = (struct bytes){ s->in.data + s->packet.need, s->payload_len };
	ev->qos = mqtt_packet_qos(&s->packet);
	ev->dup = (s->packet.first & MQTT_PACKET_DUP) != 0;
	ev->ticket = s->word;
}

static void fill(const struct session *s, struct session_event *ev)
{
	switch (ev->type) {
	case SESSION_EV_LOGIN:
		fill_login(s, ev);
		break;
	case SESSION_EV_PUBLISH:
		fill_publish(s, ev);
		break;
	case SESSION_EV_SUBSCRIBED:
		ev->qos = s->sub[ev->topic - SESSION_CONFIG].qos;
		break;
	case SESSION_EV_CONFIG_ACKED:
		ev->version = s->word;
		break;
	case SESSION_EV_COMMAND_ACKED:
		ev->ticket = s->word;
		break;
	case SESSION_EV_REFUSED:
		ev->why = s->refusal;
		break;
	case SESSION_EV_END:
		ev->why = session_why(s);
		break;
	case SESSION_EV_UNSUBSCRIBED:
	case SESSION_EV_HEARTBEAT:
		break;
	}
}

bool session_next(struct session *s, struct session_event *ev)
{
	unsigned what = 0;

	if (s->pending == 0)
		return false;
	while ((s->pending & 1u << what) == 0)
		what++;
	s->pending &= (uint16_t)~(1u << what);
	*ev = (struct session_event){ .type = event_rows[what].type, .topic = event_rows[what].topic };
	fill(s, ev);
	return true;
}

/* ---- Time --------------------------------------------------------------------- */

static bool is_held_full(const struct session *s)
{
	return s->held_count >= s->cfg.held_max || (s->held_count > 0 && s->held_bytes >= s->cfg.held_bytes);
}

bool session_is_full(const struct session *s)
{
	return s->state == SESSION_UP && (is_held_full(s) || session_tx_len(s) > SESSION_TX_FULL);
}

static uint64_t keepalive_at(const struct session *s)
{
	return s->keepalive_s == 0 ? UINT64_MAX : s->heard_ms + s->keepalive_s * UINT64_C(1500);
}

uint64_t session_deadline(const struct session *s)
{
	uint64_t keepalive = keepalive_at(s), idle = s->packet_ms + s->cfg.idle_ms;

	if (s->state == SESSION_LOGIN)
		return s->start_ms + s->cfg.login_ms;
	if (s->state != SESSION_UP || is_held_full(s))
		return UINT64_MAX;
	return keepalive < idle ? keepalive : idle;
}

static void say_late(struct session *s)
{
	struct reason why;

	if (s->state == SESSION_LOGIN)
		reason_set(&why, REASON_LOGIN_TIME, "no CONNECT within %" PRIu32 " s: %" PRIu32 " bytes of it came",
			   s->cfg.login_ms / 1000, s->packet.have);
	else if (s->now_ms >= keepalive_at(s))
		reason_set(&why, REASON_KEEPALIVE,
			   "nothing came for %" PRIu64 " s: the device's keepalive is %u s, and "
			   "one and a half times that were waited (3.1.2.10)",
			   (s->now_ms - s->heard_ms) / 1000, s->keepalive_s);
	else
		reason_set(&why, REASON_IDLE, "no packet came or went for %" PRIu64 " s; %" PRIu32 " s are allowed",
			   (s->now_ms - s->packet_ms) / 1000, s->cfg.idle_ms / 1000);
	session_end(s, &why);
}

void session_step(struct session *s, uint64_t now_ms)
{
	s->now_ms = now_ms;
	if (now_ms >= session_deadline(s))
		say_late(s);
}
