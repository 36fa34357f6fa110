/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_internal.h - what the files of a session share: session.c has its life,
 * its events and its times, session_in.c what comes from the device, session_out.c
 * what goes to it, session_buffer.c the memory of both.
 */
#ifndef TERN_BRIDGE_SESSION_INTERNAL_H
#define TERN_BRIDGE_SESSION_INTERNAL_H

#include "bridge/session.h"
#include "bridge/topics.h"

enum {
	SESSION_LOGIN_SIZE  = 8192,      /* bytes of a CONNECT: a token of RSA 4096 has about 900 */
	SESSION_PACKET_SIZE = 4096,      /* bytes of any other packet without its payload; more than TOPICS_MAX */
	SESSION_TX_FULL     = 81920,     /* bytes not taken by the transport: the device does not read */
	SESSION_CONFIGS     = 4          /* configs under way whose PUBACK would still be understood */
};

enum session_state { SESSION_LOGIN, SESSION_DECIDE, SESSION_UP, SESSION_ENDED };

/* ---- session_buffer.c ------------------------------------------------------- */

/* Bytes that grow; all memory that is given back has been wiped. */
struct session_buffer {
	uint8_t *data;
	size_t   len, size;      /* bytes in use, allocated */
};

/* Room for WANT bytes in all, at most twice that, and not for more than LIMIT.  False:
 * no memory. */
bool session_buffer_reserve(struct session_buffer *b, size_t want, size_t limit);

/* Empty it; its memory is given back. */
void session_buffer_clear(struct session_buffer *b);

/* ---- The session -------------------------------------------------------------- */

/* What waits for session_next(), in this order. */
enum session_pending {
	PENDING_LOGIN, PENDING_PUBLISH,
	PENDING_SUB_CONFIG, PENDING_SUB_COMMANDS, PENDING_SUB_ERRORS,
	PENDING_UNSUB_CONFIG, PENDING_UNSUB_COMMANDS, PENDING_UNSUB_ERRORS,
	PENDING_CONFIG_ACKED, PENDING_COMMAND_ACKED, PENDING_HEARTBEAT, PENDING_REFUSED, PENDING_END,
	PENDING_COUNT
};

/* A PUBLISH with QoS 1 that is not acknowledged; its ticket is its place. */
struct session_held {
	uint32_t bytes;
	uint16_t id;
	uint8_t  topic;          /* enum session_topic */
	bool     safe;           /* session_acknowledge() was there; one before it was not */
};

/* A PUBLISH with QoS 1 to the device, without PUBACK. */
struct session_sent {
	uint64_t word;           /* version, or ticket */
	uint16_t id;
	bool     is_config;
};

/* A config that found no room in tx.  Until there is some nothing is read, so its subscription stays. */
struct session_waiting {
	uint64_t version;
	size_t   len;
	uint8_t  data[];
};

struct session_subscription {
	bool    on, by_num_id, exact;
	uint8_t qos;
};

enum { SESSION_READABLE = SESSION_ERRORS - SESSION_CONFIG + 1 };

struct session {
	struct session_config cfg;
	uint8_t  state;                  /* enum session_state */
	uint8_t  topic;                  /* of the PUBLISH being received, enum session_topic */
	bool     borrowed;               /* an event has lent IN: it is cleared by the next feed */
	uint16_t pending;                /* bit: enum session_pending */
	uint16_t keepalive_s;
	uint16_t subfolder_len;          /* of the PUBLISH being received: the end of its topic */
	uint16_t last_id;                /* packet identifier given out last */
	struct session_subscription sub[SESSION_READABLE];
	uint64_t start_ms, heard_ms, packet_ms;   /* began; any byte came; a whole packet came or went */
	uint64_t now_ms;
	uint64_t word;                   /* of the event that waits: ticket, or version */

	struct mqtt_packet packet;
	struct session_buffer in;        /* the packet being received; a payload stands behind its head */
	size_t   payload_len;

	struct session_buffer tx;
	size_t   tx_taken;               /* bytes of tx that the transport has already */

	struct session_held *held;       /* in order of arrival */
	uint64_t held_first;             /* ticket of held[0] */
	uint32_t held_bytes, held_count, held_size;

	uint32_t sent_count, sent_size;
	struct session_sent *sent;       /* in order of departure */
	struct session_waiting *waiting;

	char    *names;                  /* the device's id, then its numeric id */
	size_t   id_len, num_id_len;
	struct reason *refusal;          /* of a filter, until the next feed */
	struct reason *why;              /* of the end; NULL there: no memory for it */
};

/* session.c */
void session_raise(struct session *s, enum session_pending what);
/* Read the CONNECT that is in the buffer (session_in.c). */
enum err session_read_connect(const struct session *s, struct mqtt_login *login);
void session_end(struct session *s, const struct reason *why);
void session_no_memory(struct session *s);          /* the end, because there is none */
struct topics_device session_names(const struct session *s);

/* session_in.c */
void session_clear_in(struct session *s);

/* session_out.c */
void session_say_connack(struct session *s, uint8_t code);
void session_say_suback(struct session *s, uint16_t id, struct bytes codes);
void session_say_short(struct session *s, enum mqtt_packet_type type, uint16_t id);
bool session_hold(struct session *s, uint16_t id);  /* the PUBLISH that has arrived; false: no memory */
bool session_is_repeat(const struct session *s, uint16_t id);
bool session_take_sent(struct session *s, uint16_t id, struct session_sent *sent);
size_t session_tx_len(const struct session *s);
void session_drop_waiting(struct session *s);

#endif
