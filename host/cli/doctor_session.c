/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_session.h"

#include "base/ticks.h"
#include "cli/doctor_net.h"

#include <string.h>

enum { KEEPALIVE_S = 60, END_MS = 1000, CONFIG_MS = 300, SPARE_MS = 2000, NAME = 4 * 256 + 64 };

void doctor_session_init(struct doctor_session *s, struct doctor_carrier *carrier, struct crypto *c,
			 struct roots *roots, uint32_t handshake_ms, uint32_t answer_ms, int64_t floor_s)
{
	const struct tls_config tls = {
		.crypto = c, .roots = roots, .tx = s->tls_tx, .tx_size = sizeof s->tls_tx,
		.handshake_ms = handshake_ms > 0 ? handshake_ms : 1, .floor_s = floor_s,
	};
	uint16_t answer_s = (uint16_t)(answer_ms / 1000 + 1);
	const struct mqtt_config mqtt = {
		.rx = s->rx, .rx_size = sizeof s->rx, .tx = s->tx, .tx_size = sizeof s->tx,
		.slots = s->slots, .slot_count = DOCTOR_SESSION_SLOTS,
		.connack_s = answer_s, .ack_s = (uint16_t)(answer_s + 1), .pong_s = answer_s,
		.manual_ack = true,      /* a config stays the device's to acknowledge */
		.literal_plus = true,
	};

	memset(s, 0, sizeof *s);
	s->carrier = carrier;
	tls_init(&s->tls, &tls);
	mqtt_init(&s->mqtt, &mqtt);
}

/* ---- one round: bytes up and down, as far as they go -------------------------- */

static bool wire_down(struct doctor_session *s, uint32_t now_ms)
{
	size_t taken;

	if (s->wire_off == s->wire_len) {
		size_t got = 0;
		enum err e = link_recv(s->carrier->link, s->wire, sizeof s->wire, &got, now_ms);

		if (e != ERR_OK && e != ERR_AGAIN)
			tls_link_lost(&s->tls, e);
		s->wire_off = 0;
		s->wire_len = got;
	}
	taken = tls_feed(&s->tls, s->wire + s->wire_off, s->wire_len - s->wire_off);
	s->wire_off += taken;
	return taken > 0;
}

static bool plain_down(struct doctor_session *s, uint32_t now_ms)
{
	size_t taken;

	if (tls_state(&s->tls) == TLS_HANDSHAKE || tls_state(&s->tls) == TLS_CLOSED)
		return false;
	if (s->plain_off == s->plain_len) {
		size_t got = 0;
		enum err e = tls_read(&s->tls, s->plain, sizeof s->plain, &got);

		if (e != ERR_OK && e != ERR_AGAIN)
			mqtt_lost(&s->mqtt, e);
		s->plain_off = 0;
		s->plain_len = got;
	}
	taken = mqtt_feed(&s->mqtt, s->plain + s->plain_off, s->plain_len - s->plain_off, now_ms);
	s->plain_off += taken;
	return taken > 0;
}

/* "/devices/ID/config" */
static bool is_config(struct bytes topic)
{
	static const char tail[] = "/config";
	const size_t n = sizeof tail - 1;

	return topic.len > n && memcmp(topic.data + topic.len - n, tail, n) == 0;
}

static void on_event(struct doctor_session *s, const struct mqtt_event *ev)
{
	if (ev->type == MQTT_EV_UP)
		s->up = true;
	if (ev->type == MQTT_EV_DOWN)
		s->err = ev->err;
	if (ev->type == MQTT_EV_MESSAGE && is_config(ev->topic)) {
		s->config = true;
		s->config_size = ev->data.len + ev->left;
	}
	if (ev->type != MQTT_EV_SUBSCRIBED)
		return;
	s->subscribed = true;
	s->granted_len = ev->data.len < sizeof s->granted ? ev->data.len : sizeof s->granted;
	memcpy(s->granted, ev->data.data, s->granted_len);
}

static bool events(struct doctor_session *s)
{
	struct mqtt_event ev;
	bool any = false;

	while (mqtt_next(&s->mqtt, &ev)) {
		on_event(s, &ev);
		any = true;
	}
	return any;
}

static bool plain_up(struct doctor_session *s, uint32_t now_ms)
{
	size_t len, taken = 0;
	const uint8_t *data = mqtt_tx_peek(&s->mqtt, &len);

	if (data == NULL || tls_write(&s->tls, data, len, &taken) != ERR_OK)
		return false;
	mqtt_tx_done(&s->mqtt, taken);
	s->sent_ms = now_ms;
	return true;
}

static bool wire_up(struct doctor_session *s, uint32_t now_ms)
{
	size_t len, taken = 0;
	const uint8_t *data = tls_tx_peek(&s->tls, &len);

	if (data == NULL || link_send(s->carrier->link, data, len, &taken, now_ms) != ERR_OK)
		return false;
	tls_tx_done(&s->tls, taken);
	return true;
}

static bool move(struct doctor_session *s, uint32_t now_ms)
{
	bool moved;

	s->carrier->step(s->carrier, now_ms);
	tls_step(&s->tls, now_ms);
	mqtt_step(&s->mqtt, now_ms);
	moved = wire_down(s, now_ms);
	moved |= plain_down(s, now_ms);
	moved |= events(s);
	moved |= plain_up(s, now_ms);
	moved |= wire_up(s, now_ms);
	return moved;
}

/* ---- until something is the case -------------------------------------------------- */

static bool shaken(const struct doctor_session *s)
{
	return tls_state(&s->tls) != TLS_HANDSHAKE;
}

static bool answered(const struct doctor_session *s)
{
	return s->up || s->err != ERR_OK;
}

static bool granted(const struct doctor_session *s)
{
	return s->subscribed || s->err != ERR_OK;
}

static bool configured(const struct doctor_session *s)
{
	return s->config || s->err != ERR_OK;
}

static bool drained(const struct doctor_session *s)
{
	size_t len;

	return tls_tx_peek(&s->tls, &len) == NULL && mqtt_tx_peek(&s->mqtt, &len) == NULL;
}

/* False: LIMIT_MS is over. */
static bool until(struct doctor_session *s, bool (*done)(const struct doctor_session *), uint32_t limit_ms)
{
	uint32_t now_ms = doctor_net_now(), end_ms = now_ms + limit_ms, at_ms, wake_ms;
	bool have;

	while (!done(s) && !ticks_reached(now_ms, end_ms)) {
		bool moved = move(s, now_ms);

		have = true;
		wake_ms = end_ms;
		if (tls_deadline(&s->tls, now_ms, &at_ms))
			ticks_earliest(&have, &wake_ms, at_ms);
		if (mqtt_deadline(&s->mqtt, &at_ms))
			ticks_earliest(&have, &wake_ms, at_ms);
		if (!moved && !done(s))
			s->carrier->wait(s->carrier, wake_ms);
		now_ms = doctor_net_now();
	}
	return done(s);
}

enum err doctor_session_handshake(struct doctor_session *s, const char *host)
{
	enum err e = tls_open(&s->tls, host, doctor_net_now());
	uint8_t none;
	size_t got;

	if (e != ERR_OK)
		return e;
	if (!until(s, shaken, s->tls.cfg.handshake_ms + SPARE_MS))
		return ERR_TLS_TIMEOUT;
	if (tls_state(&s->tls) == TLS_UP)
		return ERR_OK;
	e = tls_read(&s->tls, &none, sizeof none, &got);
	(void)until(s, drained, END_MS);      /* the alert that says why */
	return e;
}

enum err doctor_session_login(struct doctor_session *s, const struct iotcore_ids *ids, const char *token)
{
	char name[NAME];
	struct text t;
	struct mqtt_login login = {
		.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD, .keepalive_s = KEEPALIVE_S,
		.user = bytes_of("unused"), .password = bytes_of(token),
	};
	enum err e;

	text_init(&t, name, sizeof name);
	iotcore_client_id(ids, &t);
	login.client_id = text_bytes(&t);
	s->sent_ms = doctor_net_now();
	e = mqtt_connect(&s->mqtt, &login, s->sent_ms);
	if (e != ERR_OK)
		return e;
	if (!until(s, answered, s->mqtt.cfg.connack_s * 1000u + SPARE_MS))
		return ERR_MQTT_CONNACK_TIME;
	return s->up ? ERR_OK : s->err;
}

static struct bytes topic(char *out, size_t size, const struct iotcore_ids *ids, const char *tail)
{
	struct text t;

	text_init(&t, out, size);
	text_add(&t, "/devices/");
	text_add_bytes(&t, ids->device);
	text_add(&t, tail);
	return text_bytes(&t);
}

enum err doctor_session_subscribe(struct doctor_session *s, const struct iotcore_ids *ids)
{
	char config[300], commands[300];
	const struct mqtt_filter filters[2] = {
		{ topic(config, sizeof config, ids, "/config"), 1 },
		{ topic(commands, sizeof commands, ids, "/commands/#"), 1 },
	};
	enum err e = mqtt_subscribe(&s->mqtt, filters, 2, doctor_net_now(), NULL);

	if (e != ERR_OK)
		return e;
	if (!until(s, granted, s->mqtt.cfg.ack_s * 1000u + SPARE_MS))
		return ERR_MQTT_SUBACK_TIME;
	if (!s->subscribed)
		return s->err;
	for (size_t i = 0; i < s->granted_len; i++)
		if (s->granted[i] > 2)
			return ERR_MQTT_SUBSCRIBE;
	(void)until(s, configured, CONFIG_MS);      /* it follows at once, if there is one */
	return ERR_OK;
}

void doctor_session_end(struct doctor_session *s)
{
	if (s->up && s->err == ERR_OK && mqtt_disconnect(&s->mqtt, doctor_net_now()) == ERR_OK)
		(void)until(s, drained, END_MS);
	tls_close(&s->tls);
	(void)until(s, drained, END_MS);
	link_close(s->carrier->link, doctor_net_now());
}
