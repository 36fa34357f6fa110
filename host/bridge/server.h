/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the node's sockets: listening, TLS, and when a connection is read
 * and written.
 *
 *             its turn (limits.h),     TLS is there        the node has ended it,
 *             a first byte                                 all is written
 *   AT_DOOR ---------------> HANDSHAKE ------------> OPEN ----------------> LINGER ---> closed
 *
 * Nothing waits for ever: the handshake, the login (session.h), a device that
 * does not take what it asked for, and the farewell each have their time.  A
 * connection costs a descriptor before its first byte, TLS after it, and its
 * session only when TLS is there.
 */
#ifndef TERN_BRIDGE_SERVER_H
#define TERN_BRIDGE_SERVER_H

#include "bridge/limits.h"
#include "bridge/node.h"

struct event_base;
struct tls_context;

enum { SERVER_ERROR = 256, SERVER_LISTENERS = 4 };

struct server_config {
	struct event_base  *base;             /* borrowed, all three */
	struct node        *node;
	struct tls_context *tls;              /* asked for each new connection, so that a reload counts at once */
	struct { const char *host; uint16_t port; } listen[SERVER_LISTENERS];     /* port 0: any free one */
	size_t   listens;
	uint32_t connections_max;             /* more are closed as they come */
	uint32_t handshake_ms;                /* from a connection's turn until TLS is there */
	struct limits_config limits;
	struct journal journal;               /* what concerns no device: too many open files */
	void   (*after)(void *to);            /* after each turn; may only schedule.  NULL: none */
	void    *after_to;
};

struct server;

/* Listening, unless NULL: ERROR is one sentence. */
struct server *server_open(const struct server_config *cfg, char error[SERVER_ERROR]);
uint16_t server_port(const struct server *s, size_t listener);

/* Pump the node soon, and write what its connections have.  For node_config.wake, and for whoever called
 * into the node; may be called before server_open() has returned NULL or S, with NULL. */
void server_wake(struct server *s);

/* A descriptor of a sink or of the registry: readable, the node is pumped.  False: no memory. */
bool server_watch(struct server *s, int fd);

struct server_counts { uint64_t connections, accepted, handshakes, resumed, failed, turned_away, waiting_turn; };
void server_counts(const struct server *s, struct server_counts *counts);

/* No connection is accepted any more, and those without a session are closed; the node stops.  DONE is called
 * when the last has gone. */
void server_stop(struct server *s, void (*done)(void *to), void *to);
void server_close(struct server *s);

#endif
