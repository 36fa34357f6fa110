/* SPDX-License-Identifier: Apache-2.0 */
#include "node_rig.h"

#include "cloud/mqtt_packet.h"
#include "support/sentence_rules.h"
#include "support/token_maker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct evp_pkey_st *key, *other_key;      /* of the whole program */
static char *pem, *other_pem;

static void make_keys(void)
{
	if (key != NULL)
		return;
	key = token_maker_key("p256_sec1");
	pem = token_maker_public(key);
	other_key = token_maker_key("rsa2048_pkcs1");
	other_pem = token_maker_public(other_key);
}

int rig_forget_keys(void **state)
{
	(void)state;
	free(pem);
	free(other_pem);
	token_maker_free(key);
	token_maker_free(other_key);
	return 0;
}

const char *rig_pem(void)
{
	make_keys();
	return pem;
}

const char *rig_other_pem(void)
{
	make_keys();
	return other_pem;
}

static void append(char *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *log, const char *format, ...)
{
	size_t len = strlen(log);
	va_list args;

	va_start(args, format);
	assert_in_range(vsnprintf(log + len, RIG_TEXT - len, format, args), 0, RIG_TEXT - len - 1);
	va_end(args);
}

/* ---- sinks ----------------------------------------------------------------- */

static bool deliver(struct sink *s, const struct sink_message *m)
{
	struct rig_sink *k = (struct rig_sink *)s;

	if (k->room == 0)
		return m->qos == 0;
	k->room--;
	assert_true(k->taken_count < RIG_TAKEN);
	k->taken[k->taken_count++] = m->qos > 0 ? m->ticket : 0;
	append(k->log, "%s %s %.*s '%.*s' %u; ", m->kind == SINK_STATE ? "state" : "event", m->device,
	       (int)m->subfolder.len, (const char *)m->subfolder.data, (int)(m->payload.len < 32 ? m->payload.len : 32),
	       (const char *)m->payload.data, m->qos);
	return true;
}

static void flush(struct sink *s)
{
	(void)s;
}

static bool next(struct sink *s, struct sink_confirmation *c)
{
	struct rig_sink *k = (struct rig_sink *)s;

	if (k->read_count == k->confirmed_count)
		return false;
	*c = (struct sink_confirmation){ .ticket = k->confirmed[k->read_count++] };
	return true;
}

static const struct sink_ops ops = { .name = "rig", .deliver = deliver, .flush = flush, .next = next };

void rig_confirm(struct rig *g, size_t sink, size_t which)
{
	struct rig_sink *k = &g->sinks[sink];

	assert_true(which < k->taken_count);
	if (k->taken[which] == 0)
		return;
	k->confirmed[k->confirmed_count++] = k->taken[which];
	k->taken[which] = 0;
}

void rig_confirm_all(struct rig *g)
{
	size_t i, k;

	for (i = 0; i < g->cfg.sink_count; i++)
		for (k = 0; k < g->sinks[i].taken_count; k++)
			rig_confirm(g, i, k);
	rig_sync(g);
}

void rig_sync(struct rig *g)
{
	assert_true(registry_flush(g->registry, 5000));
	rig_settle(g);
}

/* ---- the node -------------------------------------------------------------- */

static void journal(void *to, const struct journal_line *line)
{
	struct rig *g = to;

	append(g->journal, "%s\n", line->json);
	assert_null(strchr(line->plain, '\n'));
}

struct node_time rig_now(const struct rig *g)
{
	return (struct node_time){ g->now_ms, RIG_WALL_MS + (int64_t)g->now_ms };
}

static const struct registry_path fleet = { "my-project-1", "europe-west1", "fleet" };

struct registry_device_path rig_path(const char *device)
{
	return (struct registry_device_path){ fleet, device };
}

void rig_new(struct rig *g)
{
	struct registry_info info = { .id = "fleet", .level = REGISTRY_LEVEL_DEBUG };
	char error[REGISTRY_ERROR];
	size_t i;

	memset(g, 0, sizeof *g);
	make_keys();
	g->registry = registry_open(":memory:", "node-1", error);
	if (g->registry == NULL)
		fail_msg("%s", error);
	assert_int_equal(registry_create(g->registry, fleet, &info), REGISTRY_OK);
	for (i = 0; i < 2; i++) {
		g->sinks[i].sink.ops = &ops;
		g->sinks[i].room = SIZE_MAX;
	}
	g->now_ms = 1000;
	g->cfg = (struct node_config){
		.registry = g->registry, .sinks = { &g->sinks[0].sink, &g->sinks[1].sink }, .sink_count = 2,
		.session = session_config_default(), .quota = { 100, 524288, 1000, 1000 }, .skew_s = 600,
		.life_max_s = 86400, .held_bytes = 1 << 20, .connections_max = 64, .command_ms = 10000,
		.stop_ms = 5000, .journal = { journal, g }
	};
}

void rig_start(struct rig *g)
{
	g->node = node_new(&g->cfg);
	assert_non_null(g->node);
}

void rig_free(struct rig *g)
{
	node_free(g->node);
	registry_close(g->registry);
}

void rig_add(struct rig *g, const char *device)
{
	struct registry_device d = {
		.credential_count = 1,
		.credentials = { { CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, (char *)(uintptr_t)rig_pem() } }
	};

	snprintf(d.id, sizeof d.id, "%s", device);
	if (device_create(g->registry, fleet, &d) != REGISTRY_OK)
		fail_msg("%s", registry_error(g->registry));
}

static void collect(struct rig_device *d)
{
	struct reason why = { 0 };
	const uint8_t *data;
	size_t len;

	while ((data = node_tx_peek(d->conn, &len)) != NULL) {
		assert_true(d->out_len + len <= sizeof d->out);
		memcpy(d->out + d->out_len, data, len);
		d->out_len += len;
		node_tx_done(d->conn, len);
	}
	if (d->end == REASON_NONE && node_ended(d->conn, &why)) {
		d->end = why.code;
		snprintf(d->why, sizeof d->why, "%s", why.text);
		if (reason_act(why.code) != NULL && sentence_flaw(why.text) != NULL)
			fail_msg("%s: %s: %s", reason_name(why.code), sentence_flaw(why.text), why.text);
	}
}

static void feed_rest(struct rig_device *d)
{
	size_t taken;

	if (d->rest_len == 0 || node_is_paused(d->conn))
		return;
	taken = node_feed(d->conn, d->rest, d->rest_len, rig_now(d->rig));
	memmove(d->rest, d->rest + taken, d->rest_len - taken);
	d->rest_len -= taken;
}

void rig_settle(struct rig *g)
{
	struct node_conn *c;

	node_pump(g->node, rig_now(g));
	while ((c = node_next_ready(g->node)) != NULL) {
		feed_rest(node_conn_user(c));
		collect(node_conn_user(c));
		node_pump(g->node, rig_now(g));
	}
}

void rig_pass(struct rig *g, uint64_t ms)
{
	uint64_t end = g->now_ms + ms;

	while (node_deadline(g->node) <= end) {
		if (node_deadline(g->node) > g->now_ms)
			g->now_ms = node_deadline(g->node);
		rig_settle(g);
		if (node_deadline(g->node) <= g->now_ms)
			g->now_ms++;          /* a deadline that does not move would be a loop without a pause */
	}
	g->now_ms = end;
	rig_settle(g);
}

/* ---- devices --------------------------------------------------------------- */

struct rig_device *rig_connect(struct rig *g)
{
	struct rig_device *d = calloc(1, sizeof *d);

	assert_non_null(d);
	d->rig = g;
	d->conn = node_accept(g->node, "192.0.2.7:51112", rig_now(g));
	assert_non_null(d->conn);
	node_conn_set_user(d->conn, d);
	return d;
}

void rig_leave(struct rig_device *d)
{
	node_drop(d->conn, NULL, rig_now(d->rig));
	rig_settle(d->rig);
	free(d);
}

void rig_feed(struct rig_device *d, const void *bytes, size_t len)
{
	assert_true(d->rest_len + len <= sizeof d->rest);
	memcpy(d->rest + d->rest_len, bytes, len);
	d->rest_len += len;
	feed_rest(d);
	rig_settle(d->rig);
	collect(d);
}

void rig_token(char token[16384], const char *aud, int64_t iat_s, int64_t exp_s)
{
	char claims[256];

	snprintf(claims, sizeof claims, "{\"iat\":%" PRId64 ",\"exp\":%" PRId64 ",\"aud\":\"%s\"}", iat_s, exp_s, aud);
	token_make(token, key, "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", claims, 0);
}

void rig_login_as(struct rig_device *d, const char *client_id, const char *token)
{
	uint8_t packet[20000];
	struct mqtt_login login = {
		.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD, .keepalive_s = 60,
	};

	login.client_id = bytes_of(client_id);
	login.user = bytes_of("unused");
	login.password = bytes_of(token);
	rig_feed(d, packet, mqtt_packet_write_connect(packet, sizeof packet, &login));
}

void rig_login(struct rig_device *d, const char *id, int64_t age_s, int64_t life_s)
{
	int64_t iat_s = rig_now(d->rig).wall_ms / 1000 - age_s;
	char token[16384], client_id[512];

	rig_token(token, "my-project-1", iat_s, iat_s + life_s);
	snprintf(client_id, sizeof client_id, RIG_CLIENT "%s", id);
	rig_login_as(d, client_id, token);
}

struct rig_device *rig_up(struct rig *g, const char *id)
{
	struct rig_device *d = rig_connect(g);

	rig_login(d, id, 0, 3600);
	if (!node_is_up(d->conn))
		fail_msg("%s", d->why);
	RIG_SENT(d, "\x20\2\0\0");
	return d;
}

void rig_publish(struct rig_device *d, const char *topic, const char *payload, uint8_t qos, uint16_t id)
{
	struct mqtt_message m = { .topic = bytes_of(topic), .payload = bytes_of(payload), .qos = qos };
	size_t size = strlen(topic) + strlen(payload) + 16, len;
	uint8_t *packet = malloc(size);

	assert_non_null(packet);
	len = mqtt_packet_write_publish(packet, size, &m, id);
	rig_feed(d, packet, len);
	free(packet);
}

void rig_subscribe(struct rig_device *d, const char *topic, uint8_t qos, uint16_t id)
{
	struct mqtt_filter filter = { bytes_of(topic), qos };
	uint8_t packet[600];

	rig_feed(d, packet, mqtt_packet_write_filters(packet, sizeof packet, MQTT_SUBSCRIBE, id, &filter, 1));
}

void rig_sent(struct rig_device *d, const void *bytes, size_t len)
{
	collect(d);
	assert_int_equal(d->out_len, len);
	assert_memory_equal(d->out, bytes, len);
	d->out_len = 0;
}
