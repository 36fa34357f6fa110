/* SPDX-License-Identifier: Apache-2.0 */
/* server_internal.h - server.c (listening, the loop's turns) and server_conn.c (one connection) between them. */
#ifndef TERN_BRIDGE_SERVER_INTERNAL_H
#define TERN_BRIDGE_SERVER_INTERNAL_H

#include "bridge/node_deadlines.h"
#include "bridge/server.h"
#include "bridge/server_tls.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>

enum {
	SERVER_ROUNDS = 4            /* TLS records of one connection before the others have their turn */
};

enum conn_stage { AT_DOOR, HANDSHAKE, OPEN, LINGER };

struct server_conn {
	struct deadline due;         /* first: the heap's members are connections */
	struct server  *server;
	struct server_conn *next, *before;   /* all of the server */
	struct server_conn *newer, *older;   /* the strangers: not judged yet; NULL: is none */
	struct event    event;
	short           wanted;      /* what EVENT waits for: EV_READ, EV_WRITE */
	enum conn_stage stage;
	bool            read_blocked;        /* TLS must write before it can read, or the node does not take more */
	bool            write_blocked;
	bool            judged;      /* limits.h knows whether the login was good */
	int             fd;
	struct ssl_st  *tls;         /* NULL before the first byte, and at the end */
	struct node_conn *node;
	struct limits_address *address;
	struct sockaddr_in6 peer;
	uint8_t        *rest;        /* decrypted, but not taken by the node; NULL: nothing */
	size_t          rest_len;
};

struct server {
	struct server_config cfg;
	struct event *listener[SERVER_LISTENERS];
	int      fd[SERVER_LISTENERS];
	struct event work, timer, retry;
	struct { struct event event; bool used; } watch[NODE_SINKS + 2];
	struct limits *limits;
	struct deadlines deadlines;
	struct server_conn all, strangers;   /* heads of rings */
	struct server_counts counts;
	uint64_t told_ms;            /* when it was last told that descriptors are used up */
	bool     scheduled, stopping;
	void   (*done)(void *to);
	void    *done_to;
	uint8_t  buf[SERVER_TLS_RECORD];
};

struct node_time server_now(void);

/* A connection of FD.  It owns FD from here on, also when there is no memory. */
void conn_open(struct server *s, int fd, const struct sockaddr_in6 *peer, struct limits_address *address,
	       uint64_t turn_ms);
void conn_close(struct server_conn *c, const char *how);
/* The connection that has waited longest without a login ends for another.  False: all have logged in. */
bool conn_make_room(struct server *s);
void conn_serve(struct server_conn *c);        /* the node has something for it: tx, room, an end */
void conn_is_due(struct server_conn *c);

#endif
