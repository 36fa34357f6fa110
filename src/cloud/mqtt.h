/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt.h - MQTT 3.1.1 client: bytes in, bytes out.
 *
 * No socket, no clock, no heap: the caller moves the bytes and says what time
 * it is.  Section numbers are those of OASIS MQTT 3.1.1.  One client is used
 * from one context only; two clients share nothing.
 *
 * QoS 0 and 1 out, 0, 1 and 2 in; QoS 2 out is mqtt_qos2.h.  The session is
 * always clean: what was not acknowledged when the connection ended is to be
 * published again by whoever stores it.  On a live connection nothing is ever
 * sent twice (4.4).
 */
#ifndef TERN_CLOUD_MQTT_H
#define TERN_CLOUD_MQTT_H

#include "cloud/mqtt_packet.h"

/* One packet that waits for its answer.  To be had in an array, not to be looked into. */
struct mqtt_slot {
	uint32_t token;
	uint32_t due_ms;
	uint16_t id;
	uint8_t  kind;
};

/* Kept free in tx, so that what is published never blocks what is received. */
#define MQTT_TX_RESERVE 4u

struct mqtt_config {
	uint8_t *rx;               /* variable header of one packet; payload is passed on as it comes */
	size_t   rx_size;          /* bytes, at least 4; a longer topic is cut */
	uint8_t *tx;               /* packets not yet taken by the transport */
	size_t   tx_size;          /* bytes; the largest packet sent, and MQTT_TX_RESERVE */
	struct mqtt_slot *slots;   /* packets waiting for an answer, and QoS 2 messages coming in */
	uint8_t  slot_count;       /* 0: QoS 0 only */
	uint16_t connack_s;        /* seconds to wait for CONNACK, at least 1 */
	uint16_t ack_s;            /* seconds to wait for PUBACK, SUBACK, UNSUBACK; more than connack_s */
	uint16_t pong_s;           /* seconds without a byte from the broker after PINGREQ, likewise */
	bool     manual_ack;       /* incoming QoS 1, 2: the owner calls mqtt_ack() */
	bool     literal_plus;     /* '+' in topics is a plain character (IoT Core allows it in ids) */
};

/*
 *            mqtt_connect()          CONNACK 0       mqtt_disconnect()
 *   CLOSED ------------------> WAIT_CONNACK ------> UP ------> CLOSING
 *     ^                              |               |            |
 *     +------- any error, 4.8 -------+---------------+-- sent ----+
 */
enum { MQTT_NO_CONNACK = 255 };

enum mqtt_state { MQTT_CLOSED, MQTT_WAIT_CONNACK, MQTT_UP, MQTT_CLOSING };

enum mqtt_event_type {
	MQTT_EV_NONE,
	MQTT_EV_UP,            /* CONNACK 0 (3.2) */
	MQTT_EV_ACKED,         /* a QoS 1 (2) message has arrived: PUBACK (PUBCOMP) */
	MQTT_EV_SUBSCRIBED,    /* SUBACK (3.9) */
	MQTT_EV_UNSUBSCRIBED,  /* UNSUBACK (3.11) */
	MQTT_EV_MESSAGE,       /* a message begins */
	MQTT_EV_PAYLOAD,       /* its next bytes */
	MQTT_EV_DOWN           /* the connection is of no use any more; close the transport */
};

struct mqtt_event {
	enum mqtt_event_type type;
	uint16_t     packet_id;    /* ACKED, SUBSCRIBED, UNSUBSCRIBED; MESSAGE, PAYLOAD with QoS > 0 */
	uint8_t      flags;        /* MESSAGE, PAYLOAD: MQTT_PACKET_RETAIN, MQTT_PACKET_QOS, MQTT_PACKET_DUP */
	uint16_t     topic_cut;    /* MESSAGE: bytes missing at the end of a topic longer than rx */
	uint32_t     token;        /* ACKED: as given to mqtt_publish() */
	struct bytes topic;        /* MESSAGE: borrowed until the next mqtt_feed() */
	struct bytes data;         /* MESSAGE, PAYLOAD: the part that has arrived, where it was fed from;
	                              SUBSCRIBED: granted QoS or 0x80 for each filter (3.9.3), borrowed likewise */
	uint32_t     left;         /* MESSAGE, PAYLOAD: payload bytes still to come */
	enum err     err;          /* DOWN: the first error, which stays; ERR_OK after mqtt_disconnect() */
};

/* The members are mqtt.c's own. */
struct mqtt {
	uint8_t   state;           /* enum mqtt_state */
	uint8_t   event;           /* enum mqtt_event_type: not yet read */
	bool      down;            /* DOWN is not yet read */
	bool      pinged;          /* PINGRESP is owed */
	bool      mute;            /* the message being received was received before */
	uint8_t   answer;          /* to it, when it is whole: enum mqtt_packet_type, 0: none */
	uint8_t   connack;         /* code of this connection's CONNACK, MQTT_NO_CONNACK: none came */
	uint16_t  err;             /* enum err, of DOWN */
	uint16_t  event_id;
	uint16_t  last_id;
	uint16_t  keepalive_s;
	uint32_t  now_ms;
	uint32_t  sent_ms;         /* when a packet was last queued */
	uint32_t  wait_ms;         /* CONNACK, PINGRESP or the end of sending is due */
	uint32_t  token;           /* of the event */
	struct bytes part;         /* of the event */
	size_t    tx_at;           /* cfg.tx[tx_at .. tx_len): what the transport has not taken */
	size_t    tx_len;
	struct mqtt_packet in;
	struct mqtt_config cfg;
	enum err (*qos2)(struct mqtt *m);   /* PUBREC and PUBCOMP; set by mqtt_qos2_attach() */
};

/* Prepare M, closed.  CFG is copied; its buffers stay borrowed until M is no
 * longer used.  There is nothing to close or free. */
void mqtt_init(struct mqtt *m, const struct mqtt_config *cfg);

enum mqtt_state mqtt_state(const struct mqtt *m);

/* Queue CONNECT (3.1), of a clean session; the strings are copied.
 * SUBSCRIBE and PUBLISH may follow at once, before CONNACK (3.1.4).  Packet
 * identifiers start again at 1.
 *   ERR_STATE      not closed, or DOWN is still unread
 *   ERR_TOO_LONG   does not fit tx_size: mqtt_packet_write_connect() tells what it needs
 *   ERR_MQTT_UTF8, ERR_MQTT_TOPIC  client id, user name or will topic malformed
 *   ERR_MQTT_FLAGS MQTT_LOGIN_CLEAN missing, a password without user name
 *                  (3.1.2.9), or contradictory will flags */
MUST_CHECK enum err mqtt_connect(struct mqtt *m, const struct mqtt_login *login, uint32_t now_ms);

/* Queue SUBSCRIBE (3.8) or UNSUBSCRIBE (3.10) for N >= 1 filters; *ID may be
 * NULL.  The answer is an event.
 *   ERR_STATE      neither connecting nor connected
 *   ERR_FULL       no room now: in tx, or no free slot
 *   ERR_TOO_LONG   can never fit tx, or the answer rx
 *   ERR_MQTT_UTF8, ERR_MQTT_TOPIC, ERR_MQTT_QOS  a filter is malformed */
MUST_CHECK enum err mqtt_subscribe(struct mqtt *m, const struct mqtt_filter *filters, size_t n, uint32_t now_ms,
				   uint16_t *id);
MUST_CHECK enum err mqtt_unsubscribe(struct mqtt *m, const struct mqtt_filter *filters, size_t n, uint32_t now_ms,
				     uint16_t *id);

/* Queue PUBLISH (3.3), copied.  With QoS 1 the event ACKED brings TOKEN back;
 * if the connection ends first it never comes, and MSG is to be published again
 * on the next one, with dup set.  *ID may be NULL.
 *   ERR_STATE      neither connecting nor connected
 *   ERR_FULL       no room now: in tx, or no free slot
 *   ERR_TOO_LONG   can never fit tx
 *   ERR_MQTT_UTF8, ERR_MQTT_TOPIC  the topic is malformed
 *   ERR_MQTT_QOS   QoS 2 and above */
MUST_CHECK enum err mqtt_publish(struct mqtt *m, const struct mqtt_message *msg, uint32_t token, uint32_t now_ms,
				 uint16_t *id);

/* With manual_ack: a message of QoS 1 or 2, received whole, is taken.  Call it
 * once for each, soon: a broker may hold back the next ones.
 *   ERR_STATE  not connected        ERR_FULL  no room in tx now
 *   ERR_ARG    ID is 0 */
MUST_CHECK enum err mqtt_ack(struct mqtt *m, uint16_t packet_id, uint32_t now_ms);

/* Queue DISCONNECT (3.14).  DOWN with ERR_OK follows when the transport has
 * taken everything, or after pong_s.
 *   ERR_STATE  not connected        ERR_FULL  no room in tx now */
MUST_CHECK enum err mqtt_disconnect(struct mqtt *m, uint32_t now_ms);

/* The transport is lost, or its owner gives up: DOWN with WHY, unless an
 * earlier error stands. */
void mqtt_lost(struct mqtt *m, enum err why);

/* Take bytes from the broker; returns how many.  Fewer than LEN: an event
 * waits (mqtt_next), or an answer finds no room in tx.  Feed the rest then.
 * After a violation of the protocol nothing more is taken (4.8). */
size_t mqtt_feed(struct mqtt *m, const uint8_t *data, size_t len, uint32_t now_ms);

/* The next event, or false.  Read all of them before feeding again. */
bool mqtt_next(struct mqtt *m, struct mqtt_event *ev);

/* Which event mqtt_next() would give; MQTT_EV_NONE: none. */
enum mqtt_event_type mqtt_peek(const struct mqtt *m);

/* Bytes owed to the broker: NULL and *LEN = 0 if none; always to the end of a
 * packet, so that one packet is one TLS record.  Report what was taken,
 * 0 < N <= *LEN. */
const uint8_t *mqtt_tx_peek(const struct mqtt *m, size_t *len);
void mqtt_tx_done(struct mqtt *m, size_t n);

/* Own packets that wait for an answer. */
unsigned mqtt_in_flight(const struct mqtt *m);

/* Keepalive and time-outs.  Call at the latest when mqtt_deadline() is reached. */
void mqtt_step(struct mqtt *m, uint32_t now_ms);
bool mqtt_deadline(const struct mqtt *m, uint32_t *at_ms);   /* false: nothing is due */

#endif
