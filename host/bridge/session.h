/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - the bridge's end of one device's MQTT connection: the contract as
 * a protocol, bytes in, bytes out.
 *
 * Sans-IO: no socket, no thread, no database, no clock.  Who the device is and
 * what becomes of its messages is its owner's business (node.h): the session
 * asks by events and is told by calls.  Section numbers are those of OASIS
 * MQTT 3.1.1; the contract's rules are in SPEC.md.
 *
 *   LOGIN ----> DECIDE ----> UP ----> ENDED        DECIDE: waits for session_accept() or session_refuse()
 *     \___________\___________\_______/
 *
 * Every outcome is the same in whatever pieces the bytes come.  Memory: a few
 * hundred bytes while idle; what is in flight is on the heap and grows as bytes
 * arrive, never as lengths are claimed.
 */
#ifndef TERN_BRIDGE_SESSION_H
#define TERN_BRIDGE_SESSION_H

#include "bridge/reason.h"
#include "cloud/iotcore.h"
#include "cloud/mqtt_packet.h"

struct session_config {
	uint32_t login_ms;        /* CONNECT must be there by then */
	uint32_t idle_ms;         /* without any packet either way (1.7 of the contract: 20 minutes) */
	uint32_t event_max;       /* bytes of payload: 262,144 */
	uint32_t state_max;       /* bytes of payload: 65,536 */
	uint16_t held_max;        /* PUBLISHes not yet acknowledged; then session_feed() takes nothing more */
	uint32_t held_bytes;      /* likewise, bytes of payload; one message may exceed it */
	uint16_t sent_max;        /* commands without PUBACK; then session_command() is refused */
};

/* The contract's limits: 10 s to log in, 20 idle minutes, 64 messages and 512 KiB held, 32 commands. */
struct session_config session_config_default(void);

enum session_event_type {
	SESSION_EV_LOGIN,         /* CONNECT: answer by session_accept() or session_refuse() before feeding again */
	SESSION_EV_PUBLISH,       /* telemetry or state; QoS 1: answer by session_acknowledge() when it is safe */
	SESSION_EV_SUBSCRIBED,    /* to config: answer by session_config(); or to commands, errors */
	SESSION_EV_UNSUBSCRIBED,
	SESSION_EV_CONFIG_ACKED,  /* version: also one that a newer has superseded meanwhile */
	SESSION_EV_COMMAND_ACKED, /* ticket */
	SESSION_EV_HEARTBEAT,     /* PINGREQ */
	SESSION_EV_REFUSED,       /* why: a filter was answered 0x80 and the connection goes on; for the log */
	SESSION_EV_END            /* why; the last.  The transport closes when session_tx_peek() is empty */
};

/* ERRORS: of gateways; may be subscribed to, nothing is ever sent there yet. */
enum session_topic { SESSION_EVENTS, SESSION_STATE, SESSION_CONFIG, SESSION_COMMANDS, SESSION_ERRORS };

struct session_event {
	enum session_event_type type;
	enum session_topic topic;       /* PUBLISH, SUBSCRIBED, UNSUBSCRIBED */
	struct bytes client_id, user, token;  /* LOGIN: borrowed until it is answered; TOKEN is a secret */
	uint16_t     keepalive_s;       /* LOGIN */
	struct bytes subfolder;         /* PUBLISH: behind 'events/', empty: none; borrowed until the next feed */
	struct bytes payload;           /* PUBLISH: whole; borrowed likewise */
	uint8_t      qos;               /* PUBLISH, SUBSCRIBED (granted) */
	bool         dup;               /* PUBLISH */
	uint64_t     ticket;            /* PUBLISH with QoS 1, COMMAND_ACKED */
	uint64_t     version;           /* CONFIG_ACKED */
	const struct reason *why;       /* REFUSED: borrowed until the next session_feed(); END: until session_free() */
};

struct session;                         /* opaque; a few hundred bytes and what is in flight */

/* NULL: no memory.  CFG is copied. */
struct session *session_new(const struct session_config *cfg, uint64_t now_ms);
void session_free(struct session *s);   /* the token and all payloads are wiped */

/* Take bytes of the device; returns how many.  Fewer than LEN: an event waits, a
 * login is undecided, or session_is_full().  After the end all are taken and
 * ignored. */
size_t session_feed(struct session *s, const uint8_t *data, size_t len, uint64_t now_ms);

/* The next event, or false.  Read all of them before feeding again: what an event
 * borrows is gone then. */
bool   session_next(struct session *s, struct session_event *ev);

/* Nothing is taken: too much waits for session_acknowledge(), or the device does
 * not read its answers (session_tx_done()).  Keepalive and idle time stand still
 * in the first case: the silence is ours. */
bool   session_is_full(const struct session *s);

/* The answer to LOGIN, within session_next()'s loop or later; the token is wiped.
 * DEVICE and NUM_ID are what topics may name: '/devices/DEVICE/…' or
 * '/devices/NUM_ID/…'; both are copied.  Without an undecided login: no effect. */
void session_accept(struct session *s, struct bytes device, uint64_t num_id, uint64_t now_ms);

/* CONNACK with the code that WHY has in reason.h (0: none), then END. */
void session_refuse(struct session *s, const struct reason *why);

/* The message of TICKET is where it should be.  PUBACKs leave in the order of the
 * PUBLISHes (4.6), whatever the order of these calls.  Tickets are 1, 2, … of this
 * session; unknown ones, and calls after the end, have no effect. */
void session_acknowledge(struct session *s, uint64_t ticket, uint64_t now_ms);

/* Send config VERSION, if it is subscribed to.  It takes the place of one that found
 * no room yet, and does not wait for the PUBACK of one that is under way.  Subscribed
 * to with QoS 0 it is sent, and CONFIG_ACKED never comes.  Not sent again on this
 * connection (4.4): TCP does that.  DATA is copied.  False: not subscribed. */
bool session_config(struct session *s, uint64_t version, struct bytes data, uint64_t now_ms);
bool session_takes_config(const struct session *s);

/* Send a command.  False: not subscribed, or too many unacknowledged or unread.
 * *ACKED_LATER: QoS 1, COMMAND_ACKED with TICKET will tell; else it is only known to be
 * sent.  A device that subscribed to '/devices/ID/commands' without '/#' gets only those
 * without subfolder.  SUBFOLDER is a valid one: see topics_check_subfolder(). */
bool session_command(struct session *s, uint64_t ticket, struct bytes subfolder, struct bytes data, bool *acked_later,
		     uint64_t now_ms);
bool session_takes_commands(const struct session *s);
bool session_takes_subfolders(const struct session *s);      /* of commands: it subscribed with '/#' */

/* End it: 3.1.1 has no word for why, so the reason is for logs only.  In LOGIN and
 * DECIDE likewise; the first end stays. */
void session_close(struct session *s, const struct reason *why);
const struct reason *session_why(const struct session *s);   /* NULL: not ended */

const uint8_t *session_tx_peek(const struct session *s, size_t *len);
void session_tx_done(struct session *s, size_t n);

/* Keepalive x 1.5, idle time, login time.  Call at the latest at session_deadline(). */
void session_step(struct session *s, uint64_t now_ms);
uint64_t session_deadline(const struct session *s);          /* UINT64_MAX: none */

#endif
