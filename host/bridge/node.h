/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - the bridge without its sockets: sessions, registry and sinks joined.
 *
 * A device's message goes session -> quota -> every sink (and, a state, the
 * registry) -> session_acknowledge(); node_message.c tells it from top to bottom.
 * The caller (server.c, the simulator, a test) moves bytes and says what time it
 * is: now_ms is monotonic, wall_ms since 1970.  All calls come from one thread,
 * and none of them waits.
 */
#ifndef TERN_BRIDGE_NODE_H
#define TERN_BRIDGE_NODE_H

#include "bridge/device_log.h"
#include "bridge/session.h"
#include "bridge/sink.h"
#include "registry/registry.h"

enum { NODE_SINKS = 4 };

struct node_quota {                   /* of one device; whoever exceeds it is read more slowly, and it is told */
	uint32_t messages_per_s;      /* 100: packets that cause work, a burst of as many */
	uint32_t bytes_per_s;         /* 524,288 of payload, either way, a burst of as many */
	uint32_t state_ms;            /* 1,000 between two states */
	uint32_t config_ms;           /* 1,000 between two configs; the newest is sent */
};

struct node_config {
	struct registry *registry;
	struct sink *sinks[NODE_SINKS];       /* stay the caller's, who closes them after node_free() */
	size_t   sink_count;
	struct session_config session;
	struct node_quota quota;
	uint32_t skew_s, life_max_s;  /* 600, 86,400 */
	bool     strict;              /* refuse tokens that Google took though RFC 7515 and 7519 do not */
	uint64_t held_bytes;          /* of all connections: payloads that wait for sinks; then nobody is read */
	uint32_t connections_max;
	uint32_t command_ms;          /* a command without PUBACK for so long: NO_ANSWER */
	uint32_t stop_ms;             /* over which node_stop() spreads the ends */
	struct journal journal;       /* the device log's lines as they happen */
	/* Somebody is ready, or due earlier: node_pump() soon; it may only schedule.  NULL: none. */
	void   (*wake)(void *to);
	void    *wake_to;
};

struct node;
struct node_conn;

struct node_time { uint64_t now_ms; int64_t wall_ms; };

/* NULL: no memory.  CFG is copied; what it points at stays borrowed. */
struct node *node_new(const struct node_config *cfg);
void node_free(struct node *n);       /* its connections are dropped */

/* A transport came no further than its own greeting (TLS), or was turned away: for the log. */
void node_refused(struct node *n, const char *from, const struct reason *why, struct node_time t);

/* A transport is there.  FROM is for the log ("192.0.2.7:51112").  NULL: too many, or no memory. */
struct node_conn *node_accept(struct node *n, const char *from, struct node_time t);
/* The transport is gone, or is to be: C is no more.  HOW (NULL: nothing to add) is what the transport
 * saw, for the log: "TLS alert bad record MAC". */
void node_drop(struct node_conn *c, const char *how, struct node_time t);
/* The transport ends it, WHY is why.  It is still there, until node_drop(). */
void node_end(struct node_conn *c, const struct reason *why, struct node_time t);

/* Bytes of the device; returns how many were taken.  Fewer than LEN: it is paused (quota, full sinks) or
 * has ended; keep the rest, stop reading, and feed again when node_next_ready() hands it out. */
size_t node_feed(struct node_conn *c, const uint8_t *data, size_t len, struct node_time t);
bool node_is_paused(const struct node_conn *c);
const uint8_t *node_tx_peek(const struct node_conn *c, size_t *len);      /* NULL: nothing */
void node_tx_done(struct node_conn *c, size_t n);
bool node_ended(const struct node_conn *c, struct reason *why);   /* send what tx holds, then close; WHY may be NULL */
bool node_is_up(const struct node_conn *c);                        /* login accepted */

/* Which connections have something to do for their transport (tx, end, room again)?  Each once. */
struct node_conn *node_next_ready(struct node *n);
void *node_conn_user(const struct node_conn *c);
void  node_conn_set_user(struct node_conn *c, void *user);

/* Confirmations of sinks and registry, deadlines; what was fed goes on its way.  Call when node_deadline()
 * is reached, when a fd of sinks or registry is readable, and after a round of node_feed(). */
void node_pump(struct node *n, struct node_time t);
uint64_t node_deadline(const struct node *n);                      /* UINT64_MAX: none */

/* ---- For the admin interface ---------------------------------------------- */

/* The registry has a new config for the device. */
void node_config_changed(struct node *n, struct registry_device_path path, struct node_time t);
/* It was blocked, deleted, its keys or its level changed: what must end, ends at once.  Of a deleted
 * device, PATH is as it was, by id or by number. */
void node_device_changed(struct node *n, struct registry_device_path path, struct node_time t);
/* A registry's level or mqtt_disabled changed, or it was deleted. */
void node_registry_changed(struct node *n, struct registry_path path, struct node_time t);

enum node_command_result {
	NODE_COMMAND_DELIVERED,       /* the device's PUBACK is there */
	NODE_COMMAND_SENT,            /* subscribed with QoS 0: nobody will know */
	NODE_COMMAND_NOT_CONNECTED,
	NODE_COMMAND_NOT_SUBSCRIBED,
	NODE_COMMAND_NO_SUBFOLDERS,   /* it subscribed without '/#', and the command has a subfolder */
	NODE_COMMAND_NO_ANSWER,       /* within command_ms; it may still have been heard */
	NODE_COMMAND_LOST,            /* the connection ended before the PUBACK; it may have been heard */
	NODE_COMMAND_BUSY             /* too many, or too much, on their way to this device */
};
const char *node_command_text(enum node_command_result result);    /* a sentence's end: "the device is not connected" */

/* DONE is called once, from node_pump(), node_feed(), node_drop() or within this call. */
void node_command(struct node *n, struct registry_device_path path, struct bytes subfolder, struct bytes data,
		  void (*done)(void *to, enum node_command_result result), void *to, struct node_time t);
/* The sender has gone: DONE will not be called. */
void node_command_forget(struct node *n, void *to);

struct node_counts {
	uint64_t connections, up;     /* now */
	uint64_t logins, refused;
	uint64_t messages, bytes;     /* taken from devices */
	uint64_t acknowledged;        /* PUBACKs released */
	uint64_t dropped;             /* QoS 0 while a sink was full */
	uint64_t slowed;              /* times a device was read more slowly than it sent */
	uint64_t held, held_bytes;    /* now: QoS 1 not yet confirmed by all */
	uint64_t waiting;             /* now: connections paused because a sink is full */
};
void node_counts(const struct node *n, struct node_counts *counts);

/* No login and no message is taken any more; held messages are still confirmed and acknowledged; all
 * connections end, spread over stop_ms.  node_counts() tells when none is left. */
void node_stop(struct node *n, struct node_time t);

#endif
