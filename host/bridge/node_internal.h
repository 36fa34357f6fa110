/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_internal.h - what the node's files share.
 *
 *   node.c          connections come, are fed, go; who is ready, who is due
 *   node_places.c   which connection is a device's
 *   node_login.c    who is it, may it come in
 *   node_message.c  a message's way to the sinks, and its PUBACK's way back
 *   node_config.c   configs, and what the admin changes
 *   node_command.c  commands and their outcome
 */
#ifndef TERN_BRIDGE_NODE_INTERNAL_H
#define TERN_BRIDGE_NODE_INTERNAL_H

#include "bridge/node.h"
#include "bridge/node_deadlines.h"
#include "bridge/quota.h"

#define NEVER UINT64_MAX

/* A QoS 1 message that not all have confirmed.  Lives in a slot; its ticket is
 * the slot's number and how often the slot was used, so that a late confirmation
 * finds either its message or nothing. */
enum {
	HELD_REGISTRY = NODE_SINKS,          /* a state's bit, beside the sinks' */
	HELD_TAKING   = 1u << (NODE_SINKS + 1)   /* not everybody has taken it yet */
};

struct held {
	struct node_conn *conn;              /* NULL: it has gone, nobody waits for a PUBACK */
	uint64_t ticket;                     /* the session's */
	uint32_t uses;                       /* of this slot; 0: never */
	uint32_t len;                        /* bytes of payload */
	uint8_t  waits;                      /* bit K: sink K has not confirmed; 0: the slot is free */
	uint32_t next, before;               /* of the same connection, or free slots; HELD_NONE: no more */
};
#define HELD_NONE UINT32_MAX

/* A message that waits at the door: a sink is full, or its time has not come.
 * The session keeps its bytes, since it is not fed meanwhile. */
struct pending {
	struct session_event ev;
	uint64_t held;                       /* its ticket; 0: none yet */
	uint8_t  todo;                       /* bit K: sink K has not taken it */
	uint64_t due_ms;                     /* a state that came too soon; 0: it waits for room */
	bool     in_time;                    /* it has not come too soon, or has waited */
};

struct command {
	struct command *next, *before;       /* all of the node, oldest first */
	struct command *beside;              /* the next of the same connection */
	struct node_conn *conn;
	uint64_t ticket, due_ms;
	void   (*done)(void *to, enum node_command_result result);      /* NULL: the sender has gone */
	void    *to;
};

/* A device is found by its id and by its number. */
struct place {
	struct place *next;
	struct node_conn *conn;
	uint64_t hash;
};

enum conn_state { CONN_LOGIN, CONN_UP, CONN_ENDED };

struct node_conn {
	struct deadline due;                 /* first: the heap's members are connections */
	struct node    *node;
	struct session *session;
	void           *user;
	uint64_t        id;                  /* of this node, never used twice: slot and uses */
	enum conn_state state;
	bool            by_server;           /* the end was our will */

	/* Who it is: one piece of memory, "project\0location\0registry\0device\0"; NULL before the login. */
	char       *names;
	struct registry_device_path path;    /* into NAMES */
	uint64_t    key, num_id;
	uint64_t    fingerprint;             /* the first 8 bytes of the key's that was shown */
	enum registry_level level;
	struct place by_id, by_number;
	char        from[56];

	uint64_t    since_ms, expires_ms;    /* up since; the token and the tolerance end */
	uint64_t    stop_ms;                 /* NEVER, or when it is to end because the node stops */
	uint64_t    patience_ms;             /* until then silence is not held against it: it was not read */
	uint64_t    resume_ms;               /* not read until then: over its quota; 0: is read */
	uint64_t    told_ms;                 /* when an excess was last told */
	uint64_t    state_due_ms;            /* the next state is taken from then on */
	uint64_t    config_due_ms;           /* NEVER: nothing to send */
	uint64_t    config_next_ms;          /* not before */
	struct quota messages, up_bytes, down_bytes;

	struct pending *pending;             /* NULL: none */
	uint32_t    held_first, held_count;
	struct command *commands;
	struct node_conn *ready_next, *ready_before;     /* ready_before NULL: not in the list (it has a head) */
	struct node_conn *waiting_next, *waiting_before; /* likewise: those that wait for room */
};

struct slot { struct node_conn *conn; uint32_t uses; };

struct node {
	struct node_config cfg;
	struct device_log *log;
	struct node_time   now;              /* as the last call said */

	struct slot *slots;                  /* [slot_count], of them [first free …] in FREE_SLOTS */
	uint32_t    *free_slots;
	uint32_t     slot_count, free_count;

	struct place **places;               /* [place_count], a power of two */
	size_t       place_count;

	struct held *held;
	uint32_t     held_room, held_free;

	struct node_conn ready, waiting;     /* heads of rings */
	struct command  commands;            /* head of a ring */
	struct deadlines deadlines;
	uint64_t     command_tickets;
	uint64_t     retry_ms;               /* when those that wait try again in any case; NEVER: nobody waits */
	uint64_t     stopped_ms;             /* NEVER, or when the last connection ends at the latest */
	struct node_counts counts;
};

/* ---- node.c ---- */
void node_wake(struct node *n);
void conn_ready(struct node_conn *c);
void conn_due(struct node_conn *c);                    /* something that ends a wait has changed */
bool conn_is_paused(const struct node_conn *c);
void conn_end(struct node_conn *c, const struct reason *why);
void conn_be_patient(struct node_conn *c);             /* it was not read for a while: its silence is ours */
void conn_look(struct node_conn *c);                   /* after any call into its session: events, its end */
void conn_note(struct node_conn *c, const struct device_log_note *note);
bool conn_notes(const struct node_conn *c, enum registry_level severity);

/* ---- node_places.c ---- */
bool places_new(struct node *n);
void places_free(struct node *n);
struct node_conn *node_find(struct node *n, struct registry_device_path path);
struct node_conn *node_by_id(struct node *n, uint64_t id);
void node_place(struct node_conn *c);
void node_unplace(struct node_conn *c);
bool slot_take(struct node_conn *c);                   /* false: as many as there may be */
void slot_give(struct node_conn *c);

/* ---- node_login.c ---- */
void login_decide(struct node_conn *c, const struct session_event *ev);
uint64_t login_fingerprint(const char *hex);           /* its first 8 bytes */
bool login_is_barred(const struct registry_login *login, struct reason *why);

/* ---- node_message.c ---- */
void message_take(struct node_conn *c, const struct session_event *ev);
void message_charge(struct node_conn *c, size_t payload);          /* a packet, against the quota */
void message_retry(struct node_conn *c);                           /* its state's time has come */
void messages_pump(struct node *n);                                /* confirmations, those that wait, flush */
void messages_forget(struct node_conn *c);                         /* nobody waits for its PUBACKs */

/* ---- node_config.c ---- */
void config_subscribed(struct node_conn *c);
void config_send(struct node_conn *c);
void config_acked(struct node_conn *c, uint64_t version);

/* ---- node_command.c ---- */
void command_acked(struct node_conn *c, uint64_t ticket);
void commands_lost(struct node_conn *c);
void commands_pump(struct node *n);
uint64_t commands_due(const struct node *n);

#endif
