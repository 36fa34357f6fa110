/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt_packet.h - the packets of MQTT 3.1.1, read and written, for both ends.
 *
 * Nothing here knows of connections or of time: a client and a server are made
 * of these functions and a state.  Section numbers are those of OASIS MQTT
 * 3.1.1.  All pieces of packets are borrowed from the caller's bytes.
 */
#ifndef TERN_CLOUD_MQTT_PACKET_H
#define TERN_CLOUD_MQTT_PACKET_H

#include "base/bytes.h"
#include "base/err.h"

/* 2.2.1 */
enum mqtt_packet_type {
	MQTT_CONNECT = 1,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT
};

/* Flags of PUBLISH, in its first byte (3.3.1). */
enum { MQTT_PACKET_RETAIN = 0x01, MQTT_PACKET_QOS = 0x06, MQTT_PACKET_DUP = 0x08 };

/* The connect flags, 3.1.2.3, as they are sent; the QoS of the will is bits 3 and 4. */
enum {
	MQTT_LOGIN_CLEAN       = 0x02,
	MQTT_LOGIN_WILL        = 0x04,
	MQTT_LOGIN_WILL_RETAIN = 0x20,
	MQTT_LOGIN_PASSWORD    = 0x40,
	MQTT_LOGIN_USER        = 0x80
};

/* What CONNECT says (3.1).  A flag decides whether a field is there at all:
 * there and empty is not the same as absent. */
struct mqtt_login {
	uint8_t      flags;          /* MQTT_LOGIN_… */
	uint16_t     keepalive_s;    /* seconds, 0: off (3.1.2.10) */
	union {
		struct {
			struct bytes client_id;
			struct bytes will_topic;
			struct bytes will_payload;
			struct bytes user;
			struct bytes password;   /* any bytes; a secret */
		};
		struct bytes fields[5];      /* the same, in the order of 3.1.3 */
	};
};

/* One topic filter of SUBSCRIBE or UNSUBSCRIBE; the latter has no QoS. */
struct mqtt_filter {
	struct bytes topic;
	uint8_t      qos;
};

/* 3.3: what a PUBLISH says. */
struct mqtt_message {
	struct bytes topic;
	struct bytes payload;
	uint8_t      qos;            /* 0, 1, 2 */
	bool         retain;
	bool         dup;            /* an earlier connection may have delivered it (3.3.1.1) */
};

/* ---- Reading ---------------------------------------------------------- */

enum { MQTT_PACKET_OPEN = 0x80 };

/* What a packet must look like. */
struct mqtt_packet_rule {
	uint8_t first;    /* its first byte (2.2.2), of PUBLISH without flags; 0: may not be sent */
	uint8_t len;      /* bytes behind the fixed header; MQTT_PACKET_OPEN | n: n or more */
};

extern const struct mqtt_packet_rule mqtt_packet_from_server[16];
extern const struct mqtt_packet_rule mqtt_packet_from_client[16];

/*
 * BETWEEN -> LENGTH -> BODY -----------------> BETWEEN, a packet is there
 *                 \--> TOPIC_LEN --> BODY -/           (PUBLISH; then its payload)
 */
enum mqtt_packet_state { MQTT_PACKET_BETWEEN, MQTT_PACKET_LENGTH, MQTT_PACKET_TOPIC_LEN, MQTT_PACKET_BODY };

/*
 * The packet being received.  BUF takes everything behind the fixed header but
 * the payload of a PUBLISH, which is passed on where it lies.
 */
struct mqtt_packet {
	uint8_t  state;        /* enum mqtt_packet_state */
	uint8_t  first;        /* type << 4 | flags (2.2) */
	uint8_t  shift;        /* of the next 7 bits of the remaining length (2.2.3) */
	bool     literal_plus; /* '+' in topics is a character like others; set by the owner */
	uint16_t accept;       /* types that are in order now: bit 1 << type; set by the owner */
	uint16_t tail;         /* the last two bytes taken, as a number */
	uint16_t id;           /* packet identifier (2.3.1), 0 where there is none */
	uint16_t topic_cut;    /* PUBLISH: bytes of the topic that found no room in buf */
	uint32_t have, need;   /* bytes behind the fixed header: taken, to be taken before it can be judged */
	uint32_t left;         /* remaining length while it is read; then bytes of payload still to come */
	size_t   size;         /* of buf, bytes, at least 4 */
	uint8_t *buf;
	const struct mqtt_packet_rule *rules;
};

/* RULES is mqtt_packet_from_server or mqtt_packet_from_client: who sends.
 * BUF stays borrowed.  Nothing is accepted until P->accept is set. */
void mqtt_packet_init(struct mqtt_packet *p, const struct mqtt_packet_rule *rules, uint8_t *buf, size_t size);

/* Forget a packet half received, for a new connection. */
void mqtt_packet_reset(struct mqtt_packet *p);

/*
 * Take bytes until one packet is there: *TAKEN of LEN are done with.
 *   ERR_AGAIN   all of them are taken, the packet is not whole
 *   ERR_OK      a packet is whole; of a PUBLISH all but the payload, of which
 *               P->left bytes follow: take them by mqtt_packet_payload()
 *   ERR_MQTT_…  a violation of the protocol; P is of no use until reset
 * The flags, lengths, identifiers and topics have been checked (2.2.2, 2.2.3,
 * 2.3.1, 1.5.3, 3.3.2.1).  A topic that is longer than BUF is cut, not refused.
 */
MUST_CHECK enum err mqtt_packet_feed(struct mqtt_packet *p, const uint8_t *data, size_t len, size_t *taken);

/* A PUBLISH is there and not all of its payload has been taken. */
static inline bool mqtt_packet_in_payload(const struct mqtt_packet *p)
{
	return p->state == MQTT_PACKET_BETWEEN && p->left > 0;
}

/* The part of the payload that stands at the start of DATA; lowers P->left. */
static inline struct bytes mqtt_packet_payload(struct mqtt_packet *p, const uint8_t *data, size_t len)
{
	size_t n = len < p->left ? len : p->left;

	p->left -= (uint32_t)n;
	return (struct bytes){ data, n };
}

static inline enum mqtt_packet_type mqtt_packet_type(const struct mqtt_packet *p)
{
	return (enum mqtt_packet_type)(p->first >> 4);
}

/* PUBLISH only */
static inline uint8_t mqtt_packet_qos(const struct mqtt_packet *p)
{
	return p->first >> 1 & 3u;
}

/* The topic of a PUBLISH: without its last P->topic_cut bytes. */
static inline struct bytes mqtt_packet_topic(const struct mqtt_packet *p)
{
	return (struct bytes){ p->buf + 2, (size_t)(p->buf[0] << 8 | p->buf[1]) - p->topic_cut };
}

/* Everything behind the fixed header, of any other type. */
static inline struct bytes mqtt_packet_body(const struct mqtt_packet *p)
{
	return (struct bytes){ p->buf, p->need };
}

/* What a whole CONNECT says (3.1).
 *   ERR_MQTT_LEVEL   not protocol "MQTT", level 4: answer CONNACK 1 (3.1.2.2)
 *   ERR_MQTT_FLAGS   reserved or contradictory connect flags (3.1.2.3)
 *   ERR_MQTT_LENGTH  fields and length disagree
 *   ERR_MQTT_UTF8, ERR_MQTT_TOPIC  a field is not what 1.5.3, 4.7.3 ask for */
MUST_CHECK enum err mqtt_packet_read_connect(const struct mqtt_packet *p, struct mqtt_login *login);

/* The next filter of a whole SUBSCRIBE or UNSUBSCRIBE (3.8.3, 3.10.3).  *AT is
 * 0 before the first.
 *   ERR_NOT_FOUND  there are no more
 *   ERR_MQTT_LENGTH, ERR_MQTT_UTF8, ERR_MQTT_TOPIC, ERR_MQTT_QOS  malformed */
MUST_CHECK enum err mqtt_packet_next_filter(const struct mqtt_packet *p, size_t *at, struct mqtt_filter *filter);

/* ---- Checking --------------------------------------------------------- */

/* What '+' and '#' are in a text. */
enum mqtt_packet_text {
	MQTT_TEXT,            /* characters like others */
	MQTT_TOPIC_NAME,      /* forbidden (3.3.2.1) */
	MQTT_TOPIC_FILTER     /* '+' alone in its level, '#' alone in the last (4.7.1) */
};

/* ERR_OK, or
 *   ERR_MQTT_UTF8   not well-formed, or with U+0000, a control or a
 *                   non-character: a receiver may close for those (1.5.3)
 *   ERR_MQTT_TOPIC  name or filter, and empty or with a wildcard where none may be
 * With LITERAL_PLUS '+' is a character like others in all three. */
enum err mqtt_packet_check(struct bytes text, enum mqtt_packet_text what, bool literal_plus);

/* The flags and texts of a login (3.1.2.3, 3.1.3): ERR_MQTT_FLAGS when a
 * reserved or contradictory flag is set, else as above. */
enum err mqtt_packet_check_login(const struct mqtt_login *login, bool literal_plus);

/* ---- Writing ---------------------------------------------------------- */

/*
 * Each returns the size of the packet in bytes.  When that exceeds ROOM nothing
 * was written.  0: the packet cannot exist, a field being longer than 65535
 * bytes or the whole longer than 268,435,455 (2.2.3).  Contents are not
 * checked, see above.
 */
size_t mqtt_packet_write_connect(uint8_t *at, size_t room, const struct mqtt_login *login);
size_t mqtt_packet_write_connack(uint8_t *at, size_t room, bool session_present, uint8_t code);
size_t mqtt_packet_write_publish(uint8_t *at, size_t room, const struct mqtt_message *msg, uint16_t id);

/* PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK: four bytes.  PINGREQ, PINGRESP,
 * DISCONNECT: two, without ID. */
size_t mqtt_packet_write_short(uint8_t *at, size_t room, enum mqtt_packet_type type, uint16_t id);

/* SUBSCRIBE or UNSUBSCRIBE of N > 0 filters. */
size_t mqtt_packet_write_filters(uint8_t *at, size_t room, enum mqtt_packet_type type, uint16_t id,
				 const struct mqtt_filter *filters, size_t n);

/* SUBACK: one byte a filter, the granted QoS or 0x80 (3.9.3). */
size_t mqtt_packet_write_suback(uint8_t *at, size_t room, uint16_t id, struct bytes codes);

#endif
