/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - the protocols as a person reads them: a line for each AT line, TLS
 * record and MQTT packet, with times.
 *
 *   12.401 at > AT+QISEND=0,253
 *   12.403 at > 253 bytes
 *   12.404 tls > application data, 248 bytes
 *   12.404 mqtt > PUBLISH q1 id 7 /devices/f103/events, 72 bytes
 *
 * It looks at bytes on their way and changes nothing.  Secrets are not shown: of
 * AT+CPIN and of AT+QICSGP's login nothing but that they were there, of CONNECT no
 * password, of messages no payload.  Lines wait in a ring until they are read;
 * those that find no room are counted.
 */
#ifndef TERN_DEVICE_TRACE_H
#define TERN_DEVICE_TRACE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum trace_what { TRACE_AT = 1, TRACE_TLS = 2, TRACE_MQTT = 4 };   /* bits */
enum trace_way { TRACE_IN, TRACE_OUT, TRACE_WAYS };                /* from the modem or the server; to it */

enum {
	TRACE_LINE = 112,          /* bytes of a line, times included */
	TRACE_HEAD = 80,           /* of a line or packet that are looked at */
	TRACE_RING = 640
};

/* AT lines, and the counted bytes between them. */
struct trace_at {
	uint8_t  line[TRACE_HEAD];
	uint8_t  len;
	bool     cut;              /* it was longer */
	bool     after_cr;         /* an LF that comes now belongs to it */
	uint32_t data, data_left;  /* bytes of a payload under way */
};

/* RFC 5246, 6.2.1 and 7.4; RFC 8446, 5.1. */
struct trace_tls {
	uint8_t  header[5], header_len;
	uint32_t record_left;
	uint8_t  message[4], message_len;   /* of the handshake; of an alert */
	uint32_t message_left;
	bool     sealed;           /* after ChangeCipherSpec: what follows is encrypted */
};

/* MQTT 3.1.1, 2.2. */
struct trace_mqtt {
	uint8_t  head[TRACE_HEAD];
	uint8_t  len;
	uint32_t left;
	bool     body;             /* the remaining length is known */
};

struct trace {
	uint8_t  on;               /* bits of enum trace_what */
	bool     late;             /* TLS and MQTT from the next connection on */
	uint32_t now_ms;
	struct trace_at   at[TRACE_WAYS];
	struct trace_tls  tls[TRACE_WAYS];
	struct trace_mqtt mqtt[TRACE_WAYS];
	uint32_t lost;             /* lines that found no room */
	uint16_t first, used;      /* of RING */
	char     ring[TRACE_RING]; /* lines, each ended by '\n' */
};

void trace_init(struct trace *t);

/* A new connection: what is under way of the one before is forgotten. */
void trace_connection(struct trace *t);

/* Look at bytes of one layer.  T may be NULL: nothing is traced. */
void trace_at(struct trace *t, enum trace_way way, const void *data, size_t len, uint32_t now_ms);
void trace_tls(struct trace *t, enum trace_way way, const void *data, size_t len, uint32_t now_ms);
void trace_mqtt(struct trace *t, enum trace_way way, const void *data, size_t len, uint32_t now_ms);

/* Append the oldest line to LINE, at least TRACE_LINE bytes, without its end.
 * False: there is none. */
bool trace_next(struct trace *t, struct text *line);

/* For the files of this module: begin a line with time, layer and way; end it. */
void trace_begin(const struct trace *t, struct text *line, char *buf, const char *layer, enum trace_way way);
void trace_end(struct trace *t, struct text *line);
void trace_add(struct text *line, const uint8_t *data, size_t len);   /* as printable ASCII */

#endif
