/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL has a type called ERR_STATE, Tern an error. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/pem.h>
#include <openssl/ssl.h>
#undef ERR_STATE

#include "sim/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool load_chain(struct server *s)
{
	const char *const *chain = s->cfg.chain;

	if (SSL_CTX_use_certificate_file(s->tls, chain[0], SSL_FILETYPE_PEM) != 1)
		return false;
	for (unsigned i = 1; i < 3 && chain[i] != NULL; i++) {
		BIO *file = BIO_new_file(chain[i], "r");
		X509 *cert = file != NULL ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

		BIO_free(file);
		if (cert == NULL || SSL_CTX_add_extra_chain_cert(s->tls, cert) != 1)
			return false;
	}
	return SSL_CTX_use_PrivateKey_file(s->tls, s->cfg.key, SSL_FILETYPE_PEM) == 1;
}

bool server_init(struct server *s, const struct server_config *cfg)
{
	static const unsigned char context[] = "tern-sim";

	memset(s, 0, sizeof *s);
	s->cfg = *cfg;
	s->tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(s->tls, 0);   /* weak certificates are for the device to refuse */
	SSL_CTX_set_min_proto_version(s->tls, TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(s->tls, cfg->max_version);
	SSL_CTX_set_session_id_context(s->tls, context, sizeof context - 1);
	return load_chain(s);
}

void server_free(struct server *s)
{
	SSL_CTX_free(s->tls);
	s->tls = NULL;
}

struct server_conn *server_accept(struct server *s)
{
	struct server_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		abort();
	c->server = s;
	c->ssl = SSL_new(s->tls);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	SSL_set_bio(c->ssl, c->in, c->out);
	SSL_set_accept_state(c->ssl);
	mqtt_packet_init(&c->packet, mqtt_packet_from_client, c->packet_buf, sizeof c->packet_buf);
	c->packet.accept = 1u << MQTT_CONNECT;
	return c;
}

void server_drop(struct server_conn *c)
{
	SSL_free(c->ssl);
	free(c);
}

static void copy_text(char to[SERVER_TEXT], struct bytes from)
{
	snprintf(to, SERVER_TEXT, "%.*s", (int)from.len, (const char *)from.data);
}

static void say(struct server_conn *c, const uint8_t *data, size_t len)
{
	if (len > 0 && SSL_write(c->ssl, data, (int)len) != (int)len)
		c->closed = true;
}

void server_publish(struct server_conn *c, const char *topic, const void *data, size_t len, uint8_t qos)
{
	static uint8_t buf[1 << 17];
	struct mqtt_message m = { .topic = bytes_of(topic), .payload = { data, len }, .qos = qos };
	uint16_t id = qos > 0 ? ++c->config_id : 0;

	say(c, buf, mqtt_packet_write_publish(buf, sizeof buf, &m, id));
}

/* ---- One function a packet that the client may send ---- */

static void on_connect(struct server_conn *c)
{
	struct mqtt_login login;
	uint8_t out[4];

	if (mqtt_packet_read_connect(&c->packet, &login) != ERR_OK) {
		c->closed = true;
		return;
	}
	copy_text(c->client, login.client_id);
	copy_text(c->server->last_client, login.client_id);
	snprintf(c->server->last_token, sizeof c->server->last_token, "%.*s", (int)login.password.len,
		 (const char *)login.password.data);
	c->server->connects++;
	c->server->resumed += (unsigned)SSL_session_reused(c->ssl);
	c->packet.accept = 0xffff & ~(1u << MQTT_CONNECT);
	say(c, out, mqtt_packet_write_connack(out, sizeof out, false, c->server->cfg.connack));
	c->closed = c->server->cfg.connack != 0;
}

static void on_subscribe(struct server_conn *c)
{
	uint8_t codes[8], out[32];
	size_t at = 0, n = 0;
	struct mqtt_filter filter;
	char config_topic[SERVER_TEXT] = "";

	while (n < sizeof codes && mqtt_packet_next_filter(&c->packet, &at, &filter) == ERR_OK) {
		codes[n++] = filter.qos > 1 ? 1 : filter.qos;
		if (filter.topic.len > 7 && memcmp(filter.topic.data + filter.topic.len - 7, "/config", 7) == 0)
			copy_text(config_topic, filter.topic);
	}
	say(c, out, mqtt_packet_write_suback(out, sizeof out, c->packet.id, (struct bytes){ codes, n }));
	if (config_topic[0] != '\0' && c->server->cfg.config != NULL)
		server_publish(c, config_topic, c->server->cfg.config, strlen(c->server->cfg.config), 1);
}

static void on_publish(struct server_conn *c)
{
	struct server *s = c->server;
	struct server_message *m = &s->messages[s->message_count % SERVER_MESSAGES];
	uint8_t out[4];

	snprintf(m->client, sizeof m->client, "%s", c->client);
	copy_text(m->topic, mqtt_packet_topic(&c->packet));
	copy_text(m->payload, (struct bytes){ (const uint8_t *)c->payload, c->payload_len });
	m->qos = mqtt_packet_qos(&c->packet);
	m->dup = (c->packet.first & MQTT_PACKET_DUP) != 0;
	s->message_count++;
	if (m->qos == 1 && !s->cfg.mute_puback)
		say(c, out, mqtt_packet_write_short(out, sizeof out, MQTT_PUBACK, c->packet.id));
}

static void on_pingreq(struct server_conn *c)
{
	uint8_t out[2];

	say(c, out, mqtt_packet_write_short(out, sizeof out, MQTT_PINGRESP, 0));
}

static void on_puback(struct server_conn *c)
{
	c->server->config_acks++;
}

static void on_disconnect(struct server_conn *c)
{
	c->closed = true;
}

static void on_packet(struct server_conn *c)
{
	static void (*const handlers[16])(struct server_conn *) = {
		[MQTT_CONNECT] = on_connect,   [MQTT_SUBSCRIBE] = on_subscribe, [MQTT_PUBLISH] = on_publish,
		[MQTT_PINGREQ] = on_pingreq,   [MQTT_PUBACK] = on_puback,       [MQTT_DISCONNECT] = on_disconnect,
	};
	void (*handle)(struct server_conn *) = handlers[mqtt_packet_type(&c->packet)];

	if (handle != NULL)
		handle(c);
	else
		c->closed = true;
}

static size_t take_payload(struct server_conn *c, const uint8_t *data, size_t len)
{
	struct bytes part = mqtt_packet_payload(&c->packet, data, len);
	size_t room = sizeof c->payload - c->payload_len;
	size_t n = part.len < room ? part.len : room;

	memcpy(c->payload + c->payload_len, part.data, n);
	c->payload_len += n;
	if (!mqtt_packet_in_payload(&c->packet))
		on_packet(c);
	return part.len;
}

static void take_plain(struct server_conn *c, const uint8_t *data, size_t len)
{
	while (len > 0 && !c->closed) {
		size_t taken = 0;
		enum err e = ERR_OK;

		if (mqtt_packet_in_payload(&c->packet)) {
			taken = take_payload(c, data, len);
		} else {
			e = mqtt_packet_feed(&c->packet, data, len, &taken);
			c->payload_len = 0;
			if (e == ERR_OK && !mqtt_packet_in_payload(&c->packet))
				on_packet(c);
		}
		if (e != ERR_OK && e != ERR_AGAIN)
			c->closed = true;
		data += taken;
		len -= taken;
	}
}

void server_feed(struct server_conn *c, const uint8_t *data, size_t len)
{
	uint8_t plain[4096];
	int n;

	if (c->closed || c->server->cfg.deaf)
		return;
	if (c->server->cfg.plain) {
		BIO_puts(c->out, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
		c->closed = true;
		return;
	}
	BIO_write(c->in, data, (int)len);
	while ((n = SSL_read(c->ssl, plain, sizeof plain)) > 0)
		take_plain(c, plain, (size_t)n);
	n = SSL_get_error(c->ssl, n);
	if (n != SSL_ERROR_WANT_READ && n != SSL_ERROR_WANT_WRITE)
		c->closed = true;
	if (c->closed)
		SSL_shutdown(c->ssl);
}

size_t server_take(struct server_conn *c, uint8_t *buf, size_t size)
{
	int n = BIO_read(c->out, buf, (int)size);

	return n > 0 ? (size_t)n : 0;
}
