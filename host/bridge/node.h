/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - the bridge without its sockets: sessions, registry and sinks joined.
 *
 * A device's message goes session -> quota -> every sink (and, a state, the
 * registry) -> session_acknowledge(); read node_pump.c from top to bottom.  The
 * caller (server.c, the simulator, a test) moves bytes and says what time it is:
 * now_ms is monotonic, wall_ms since 1970.
 */
#ifndef TERN_BRIDGE_NODE_H
#define TERN_BRIDGE_NODE_H

#include "bridge/session.h"
#include "bridge/sink.h"
#include "registry/registry.h"

enum { NODE_SINKS = 4 };

struct node_quota {                   /* of one device; SPEC.md, section of the bridge */
	uint32_t messages_per_s;      /* 100 */
	uint32_t bytes_per_s;         /* 524,288 */
	uint32_t state_ms;            /* 1,000 between two states */
	uint32_t config_ms;           /* 1,000 between two configs from the admin */
};

struct node_config {
	struct registry *registry;
	struct sink *sinks[NODE_SINKS];
	size_t   sink_count;
	struct session_config session;
	struct node_quota quota;
	uint32_t skew_s, life_max_s;  /* 600, 86,400 */
	bool     strict;
	uint64_t held_bytes;          /* of all connections: payloads that wait for sinks */
	uint32_t connections_max;
	void   (*journal)(void *to, const char *json_line);   /* device log and audit; NULL: none */
	void    *journal_to;
};

struct node;
struct node_conn;

struct node_time { uint64_t now_ms; int64_t wall_ms; };

struct node *node_new(const struct node_config *cfg);
void node_free(struct node *n);

/* A transport is there.  FROM is for the log ("192.0.2.7:51112").  NULL: too many, or no memory. */
struct node_conn *node_accept(struct node *n, const char *from, struct node_time t);
/* The transport is gone, or is to be: C is no more. */
void node_drop(struct node_conn *c, struct node_time t);

size_t node_feed(struct node_conn *c, const uint8_t *data, size_t len, struct node_time t);  /* fewer: paused; feed again after node_pump() */
const uint8_t *node_tx_peek(const struct node_conn *c, size_t *len);
void node_tx_done(struct node_conn *c, size_t n);
bool node_ended(const struct node_conn *c, struct reason *why);   /* send what tx holds, then close */
bool node_is_up(const struct node_conn *c);                        /* login accepted */

/* Which connections have something to do for their transport (tx, end, room again)?  Each once. */
struct node_conn *node_next_ready(struct node *n);
void *node_conn_user(struct node_conn *c);
void  node_conn_set_user(struct node_conn *c, void *user);

/* Confirmations of sinks and registry, deadlines.  Call when node_deadline() is reached or a fd of sinks or registry is readable. */
void node_pump(struct node *n, struct node_time t);
uint64_t node_deadline(const struct node *n);

/* ---- For the admin interface ---------------------------------------------- */

/* The registry has a new config for the device, or it was blocked, deleted, its keys changed. */
void node_config_changed(struct node *n, struct registry_device_path path, struct node_time t);
void node_device_changed(struct node *n, struct registry_device_path path, struct node_time t);

enum node_command_result { NODE_COMMAND_DELIVERED, NODE_COMMAND_SENT /* QoS 0 */, NODE_COMMAND_NOT_CONNECTED,
			   NODE_COMMAND_NOT_SUBSCRIBED, NODE_COMMAND_NO_ANSWER, NODE_COMMAND_BUSY };
/* DONE is called once, from node_pump(), node_drop() or within this call. */
void node_command(struct node *n, struct registry_device_path path, struct bytes subfolder, struct bytes data,
		  void (*done)(void *to, enum node_command_result result), void *to, struct node_time t);
/* The sender has gone: DONE will not be called. */
void node_command_forget(struct node *n, void *to);

struct node_counts { uint64_t connections, logins, refused, messages, bytes, acknowledged; };
void node_counts(const struct node *n, struct node_counts *counts);

/* End all connections, spread over the time that is left; no more are accepted. */
void node_stop(struct node *n, struct node_time t);

#endif
