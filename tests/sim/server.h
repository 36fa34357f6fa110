/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - a TLS server with a small MQTT peer behind it, without a socket.
 *
 * OpenSSL does the TLS, so that both ends of the wire are never the same code.
 * The peer speaks as much MQTT 3.1.1 as a device of the contract needs.  Bytes
 * in, bytes out; many connections of one server share its session tickets.
 */
#ifndef TERN_TESTS_SIM_SERVER_H
#define TERN_TESTS_SIM_SERVER_H

#include "cloud/mqtt_packet.h"

#include <stdbool.h>
#include <stdint.h>

/* OpenSSL's SSL_CTX, SSL and BIO: its headers stay out of here. */
struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

enum {
	SERVER_MESSAGES = 4096,
	SERVER_TEXT     = 512
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
	uint8_t     connack;      /* answer to CONNECT */
	bool        mute_puback;  /* never acknowledge a message */
	bool        plain;        /* speaks HTTP instead of TLS */
	bool        deaf;         /* takes the connection and says nothing */
	const char *config;       /* payload sent on a subscription to config; NULL: none */
};

struct server {
	struct server_config cfg;
	struct ssl_ctx_st *tls;
	unsigned connects;        /* MQTT logins seen */
	unsigned resumed;         /* TLS sessions resumed */
	unsigned config_acks;
	char     last_token[1024];
	char     last_client[SERVER_TEXT];
	struct server_message messages[SERVER_MESSAGES];
	unsigned message_count;
};

struct server_conn {
	struct server *server;
	struct ssl_st *ssl;
	struct bio_st *in, *out;
	struct mqtt_packet packet;
	uint8_t packet_buf[2048];
	char    payload[SERVER_TEXT];
	size_t  payload_len;
	char    client[SERVER_TEXT];
	uint16_t config_id;       /* of the config that waits for PUBACK */
	bool    closed;           /* the server has ended this connection */
};

/* False when the files do not load. */
bool server_init(struct server *s, const struct server_config *cfg);
void server_free(struct server *s);

struct server_conn *server_accept(struct server *s);
void server_drop(struct server_conn *c);

/* Bytes from the wire. */
void server_feed(struct server_conn *c, const uint8_t *data, size_t len);

/* Bytes for the wire, at most SIZE. */
size_t server_take(struct server_conn *c, uint8_t *buf, size_t size);

/* Send a command, or any message, to the client at once. */
void server_publish(struct server_conn *c, const char *topic, const void *data, size_t len, uint8_t qos);

#endif
