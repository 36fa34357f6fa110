/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL has a type called ERR_STATE, Tern an error. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/pem.h>
#include <openssl/ssl.h>
#undef ERR_STATE

#include "sim/server.h"

#include "bridge/token.h"
#include "bridge/topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Files ---- */

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

/* The public half, as somebody would register it. */
static bool read_public(struct credential *c, EVP_PKEY *key)
{
	BIO *mem = BIO_new(BIO_s_mem());
	enum credential_format format;
	char error[CREDENTIAL_ERROR];
	struct bytes pem;
	char *data;
	bool ok;

	PEM_write_bio_PUBKEY(mem, key);
	pem.len = (size_t)BIO_get_mem_data(mem, &data);
	pem.data = (const uint8_t *)data;
	ok = credential_guess(pem, &format, error) && credential_read(c, format, pem, error);
	BIO_free(mem);
	return ok;
}

static bool load_device_key(struct server *s)
{
	BIO *file = BIO_new_file(s->cfg.device_key, "r");
	EVP_PKEY *key = file != NULL ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
	bool ok;

	if (key == NULL && file != NULL && BIO_reset(file) == 0)
		key = PEM_read_bio_PUBKEY(file, NULL, NULL, NULL);
	ok = key != NULL && read_public(&s->credential, key);
	EVP_PKEY_free(key);
	BIO_free(file);
	return ok;
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
	return load_chain(s) && load_device_key(s);
}

bool server_reload_key(struct server *s)
{
	credential_free(&s->credential);
	return load_device_key(s);
}

void server_free(struct server *s)
{
	SSL_CTX_free(s->tls);
	s->tls = NULL;
	credential_free(&s->credential);
}

/* ---- Connections ---- */

struct server_conn *server_accept(struct server *s, int64_t unix_ms)
{
	struct server_conn *c = calloc(1, sizeof *c);
	struct session_config cfg = session_config_default();

	cfg.login_ms = 60000;   /* a TLS handshake on a chip is part of it here */
	if (c == NULL)
		abort();
	c->server = s;
	c->expires_ms = INT64_MAX;
	c->session = session_new(&cfg, (uint64_t)unix_ms);
	if (c->session == NULL)
		abort();
	c->ssl = SSL_new(s->tls);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	SSL_set_bio(c->ssl, c->in, c->out);
	SSL_set_accept_state(c->ssl);
	return c;
}

void server_drop(struct server_conn *c)
{
	SSL_free(c->ssl);
	session_free(c->session);
	free(c);
}

static void copy_text(char to[SERVER_TEXT], struct bytes from)
{
	snprintf(to, SERVER_TEXT, "%.*s", (int)from.len, (const char *)from.data);
}

/* ---- What the session asks ---- */

/* A reason that has the code that the test wants. */
static bool is_staged(const struct server *s, struct reason *why)
{
	for (int code = 1; code < REASON_COUNT; code++) {
		if (s->cfg.connack == 0 || reason_connack((enum reason_code)code) != s->cfg.connack)
			continue;
		reason_set(why, (enum reason_code)code, "because the test wants CONNACK %u", s->cfg.connack);
		return true;
	}
	return false;
}

static bool is_welcome(struct server_conn *c, const struct session_event *ev, int64_t unix_ms, struct reason *why)
{
	struct iotcore_ids ids;
	struct token_claims claims;
	struct token_rules rules = {
		.now_s = unix_ms / 1000, .skew_s = SERVER_SKEW_S, .life_max_s = IOTCORE_LIFE_MAX, .strict = true
	};

	if (is_staged(c->server, why) || !topics_client_id(ev->client_id, &ids, why))
		return false;
	rules.audience = ids.project;
	if (!token_verify(ev->token, &c->server->credential, 1, &rules, &claims, why))
		return false;
	c->expires_ms = (claims.exp_s + SERVER_SKEW_S) * 1000;
	copy_text(c->device, ids.device);
	return true;
}

static void on_login(struct server_conn *c, const struct session_event *ev, int64_t unix_ms)
{
	struct server *s = c->server;
	struct reason why;

	copy_text(c->client, ev->client_id);
	copy_text(s->last_client, ev->client_id);
	snprintf(s->last_token, sizeof s->last_token, "%.*s", (int)ev->token.len, (const char *)ev->token.data);
	s->connects++;
	s->resumed += (unsigned)SSL_session_reused(c->ssl);
	if (is_welcome(c, ev, unix_ms, &why)) {
		session_accept(c->session, bytes_of(c->device), 1, (uint64_t)unix_ms);
		return;
	}
	s->refused++;
	s->last_why = why;
	c->closed = s->cfg.silent;
	session_refuse(c->session, &why);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void on_publish(struct server_conn *c, const struct session_event *ev, int64_t unix_ms)
{
	struct server *s = c->server;
	struct server_message *m = &s->messages[s->message_count++ % SERVER_MESSAGES];

	strcpy(m->client, c->client);
	snprintf(m->topic, sizeof m->topic, "/devices/%.200s/%s%s%.*s", c->device,
		 ev->topic == SESSION_STATE ? "state" : "events", ev->subfolder.len > 0 ? "/" : "",
		 (int)ev->subfolder.len, (const char *)ev->subfolder.data);
	copy_text(m->payload, ev->payload);
	m->qos = ev->qos;
	m->dup = ev->dup;
	c->ending = s->cfg.close_on != NULL && ends_with(m->topic, s->cfg.close_on);
	if (c->ending)
		return;
	if (ev->qos == 1 && !s->cfg.mute_puback)
		session_acknowledge(c->session, ev->ticket, (uint64_t)unix_ms);
}

static void on_event(struct server_conn *c, const struct session_event *ev, int64_t unix_ms)
{
	struct server *s = c->server;

	switch (ev->type) {
	case SESSION_EV_LOGIN:
		on_login(c, ev, unix_ms);
		break;
	case SESSION_EV_PUBLISH:
		on_publish(c, ev, unix_ms);
		break;
	case SESSION_EV_SUBSCRIBED:
		if (ev->topic == SESSION_CONFIG && s->cfg.config != NULL)
			(void)session_config(c->session, 1, bytes_of(s->cfg.config), (uint64_t)unix_ms);
		break;
	case SESSION_EV_CONFIG_ACKED:
		s->config_acks++;
		break;
	case SESSION_EV_COMMAND_ACKED:
		s->command_acks++;
		break;
	case SESSION_EV_END:
		s->last_why = *ev->why;
		break;
	case SESSION_EV_UNSUBSCRIBED:
	case SESSION_EV_HEARTBEAT:
	case SESSION_EV_REFUSED:
		break;
	}
}

/* Events, and what is to be said about them. */
static void pump(struct server_conn *c, int64_t unix_ms)
{
	struct session_event ev;
	const uint8_t *data;
	size_t len;

	while (!c->ending && session_next(c->session, &ev))
		on_event(c, &ev, unix_ms);
	while (!c->closed && (data = session_tx_peek(c->session, &len)) != NULL) {
		if (SSL_write(c->ssl, data, (int)len) == (int)len)
			session_tx_done(c->session, len);
		else
			c->closed = true;
	}
	c->closed |= c->ending || session_why(c->session) != NULL;
}

/* ---- Bytes ---- */

/* More of the device's bytes: decrypted, unless the session does not take what is there. */
static bool have_plain(struct server_conn *c)
{
	int n;

	if (c->plain_at < c->plain_len)
		return true;
	n = SSL_read(c->ssl, c->plain, sizeof c->plain);
	c->plain_at = 0;
	c->plain_len = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return true;
	n = SSL_get_error(c->ssl, n);
	if (n != SSL_ERROR_WANT_READ && n != SSL_ERROR_WANT_WRITE)
		c->closed = true;
	return false;
}

static void take_plain(struct server_conn *c, int64_t unix_ms)
{
	size_t taken = 1;

	while (!c->closed && taken > 0 && have_plain(c)) {
		taken = session_feed(c->session, c->plain + c->plain_at, c->plain_len - c->plain_at, (uint64_t)unix_ms);
		c->plain_at += taken;
		pump(c, unix_ms);
	}
	if (c->closed)
		SSL_shutdown(c->ssl);
}

void server_feed(struct server_conn *c, const uint8_t *data, size_t len, int64_t unix_ms)
{
	if (c->closed || c->server->cfg.deaf)
		return;
	if (c->server->cfg.plain) {
		BIO_puts(c->out, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
		c->closed = true;
		return;
	}
	BIO_write(c->in, data, (int)len);
	take_plain(c, unix_ms);
}

size_t server_take(struct server_conn *c, uint8_t *buf, size_t size)
{
	int n = BIO_read(c->out, buf, (int)size);

	return n > 0 ? (size_t)n : 0;
}

bool server_command(struct server_conn *c, const char *subfolder, const void *data, size_t len, int64_t unix_ms)
{
	struct bytes payload = { data, len };
	bool later, sent;

	sent = session_command(c->session, ++c->commands, bytes_of(subfolder), payload, &later, (uint64_t)unix_ms);
	pump(c, unix_ms);
	return sent;
}

/* ---- Time ---- */

int64_t server_deadline(const struct server_conn *c)
{
	uint64_t at = session_deadline(c->session);

	if (c->closed || c->server->cfg.deaf)
		return INT64_MAX;
	return at < (uint64_t)c->expires_ms ? (int64_t)at : c->expires_ms;
}

void server_step(struct server_conn *c, int64_t unix_ms)
{
	struct reason why;

	if (c->closed || unix_ms < server_deadline(c))
		return;
	if (unix_ms >= c->expires_ms) {
		reason_set(&why, REASON_TOKEN_EXPIRED, "the token expired %d s ago", SERVER_SKEW_S);
		session_close(c->session, &why);
	}
	session_step(c->session, (uint64_t)unix_ms);
	pump(c, unix_ms);
	if (c->closed)
		SSL_shutdown(c->ssl);
}
