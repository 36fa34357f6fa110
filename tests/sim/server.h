/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the bridge's end of the connection without a socket: OpenSSL's TLS,
 * the bridge's own session and token check, and an owner that keeps messages in
 * an array.
 *
 * OpenSSL does the TLS, so that both ends of the wire are never the same code.
 * Bytes in, bytes out, time as an argument; many connections of one server share
 * its session tickets.  The device's clock and the server's are two: the server's
 * is right.
 */
#ifndef TERN_TESTS_SIM_SERVER_H
#define TERN_TESTS_SIM_SERVER_H

#include "bridge/session.h"
#include "registry/credential.h"

/* OpenSSL's SSL_CTX, SSL and BIO: its headers stay out of here. */
struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

enum {
	SERVER_MESSAGES = 4096,
	SERVER_TEXT     = 512,
	SERVER_SKEW_S   = 600     /* 1.3 of the contract */
};

struct server_message {
	char     client[SERVER_TEXT];
	char     topic[SERVER_TEXT];
	char     payload[SERVER_TEXT];
	uint8_t  qos;
	bool     dup;
};

struct server_config {
	const char *chain[3];     /* PEM files: leaf first, intermediates behind it */
	const char *key;          /* PEM file */
	int         max_version;  /* 0x0303: TLS 1.2, 0x0304: TLS 1.3 */
	const char *device_key;   /* PEM file: the devices' key, private or public, against which tokens are held */
	uint8_t     connack;      /* answer to CONNECT, 0: as the token deserves */
	bool        silent;       /* closes the connection on a login that it refuses, without CONNACK */
	const char *close_on;     /* closes it on a message to a topic that ends so; NULL: never */
	bool        mute_puback;  /* never acknowledge a message */
	bool        plain;        /* speaks HTTP instead of TLS */
	bool        deaf;         /* takes the connection and says nothing */
	const char *config;       /* payload sent on a subscription to config; NULL: none */
};

struct server {
	struct server_config cfg;
	struct ssl_ctx_st *tls;
	struct credential credential;   /* of the devices */
	unsigned connects;        /* MQTT logins seen */
	unsigned refused;         /* of them not accepted */
	unsigned resumed;         /* TLS sessions resumed */
	unsigned config_acks, command_acks;
	char     last_token[1024];
	char     last_client[SERVER_TEXT];
	struct reason last_why;   /* why the last connection ended */
	struct server_message messages[SERVER_MESSAGES];
	unsigned message_count;
};

struct server_conn {
	struct server *server;
	struct ssl_st *ssl;
	struct bio_st *in, *out;
	struct session *session;
	uint8_t  plain[4096];     /* decrypted, not yet taken by the session */
	size_t   plain_at, plain_len;
	char     client[SERVER_TEXT];
	char     device[SERVER_TEXT];
	int64_t  expires_ms;      /* of the token, with skew; INT64_MAX: not logged in */
	uint64_t commands;        /* sent */
	bool     ending;          /* it will be closed once what is to be said is said */
	bool     closed;          /* the server has ended this connection */
};

/* False when the files do not load. */
bool server_init(struct server *s, const struct server_config *cfg);
void server_free(struct server *s);

/* The devices' key is another one from now on: cfg.device_key. */
bool server_reload_key(struct server *s);

/* UNIX_MS, here and below: the time, never backwards. */
struct server_conn *server_accept(struct server *s, int64_t unix_ms);
void server_drop(struct server_conn *c);

/* Bytes from the wire. */
void server_feed(struct server_conn *c, const uint8_t *data, size_t len, int64_t unix_ms);

/* Bytes for the wire, at most SIZE. */
size_t server_take(struct server_conn *c, uint8_t *buf, size_t size);

/* Keepalive, idle time, the token's end. */
void server_step(struct server_conn *c, int64_t unix_ms);
int64_t server_deadline(const struct server_conn *c);        /* INT64_MAX: none */

/* Send a command to the client; false when it has not subscribed. */
bool server_command(struct server_conn *c, const char *subfolder, const void *data, size_t len, int64_t unix_ms);

#endif
