/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reason.h - why a login was refused, a connection ended, a message not taken:
 * one code a cause, and one plain sentence with the values that were seen.  It is
 * built as a device's diagnosis is, of at most REASON_SENTENCE characters:
 *
 *   <what failed, with the value that was seen and the form expected, why> - <what to do> [CODE]
 *
 * The contract's own phrases (what IoT Core wrote into lastErrorStatus and its
 * device log) stand in the table beside each code; ours follow them, since
 * Google's said nothing at all about a refused login.
 */
#ifndef TERN_BRIDGE_REASON_H
#define TERN_BRIDGE_REASON_H

#include "base/bytes.h"

#include <stdbool.h>

/*      name               rpc CONNACK  who ended it, in the contract's words (NULL: it had none)            */
#define REASON_LIST(X) \
	X(NONE,              0,  0, NULL) \
	X(DISCONNECT,        0,  0, "The connection broke or was closed by the client.") \
	X(CLIENT_LEFT,       1,  0, "The connection broke or was closed by the client.") \
	X(SHUTTING_DOWN,    14,  3, "SERVER: The connection is closed because the server is shutting down.") \
	X(REPLACED,         10,  0, "SERVER: The connection was closed because there is another active connection " \
				    "with the same device ID.") \
	X(TOKEN_EXPIRED,    16,  5, "SERVER: The authorization token expired.") \
	X(KEEPALIVE,         4,  0, "SERVER: The connection was closed because MQTT keep-alive check failed.") \
	X(IDLE,              4,  0, "SERVER: The connection was closed because it was idle for too long.") \
	X(BLOCKED,           7,  5, "SERVER: The device is blocked.") \
	X(DELETED,           5,  5, "SERVER: The device was deleted.") \
	X(MQTT_DISABLED,     9,  5, NULL) \
	X(PROTOCOL,          3,  0, NULL) \
	X(LEVEL,             3,  1, NULL) \
	X(LOGIN_TIME,        4,  0, NULL) \
	X(CLIENT_ID,         3,  2, NULL) \
	X(UNKNOWN_DEVICE,    5,  5, NULL) \
	X(NO_KEY,           16,  5, NULL) \
	X(TOKEN_FORM,       16,  4, NULL) \
	X(TOKEN_ALGORITHM,  16,  5, NULL) \
	X(TOKEN_SIGNATURE,  16,  5, NULL) \
	X(TOKEN_AUDIENCE,   16,  5, NULL) \
	X(TOKEN_TIME,       16,  5, NULL) \
	X(TOKEN_LIFE,       16,  5, NULL) \
	X(LOGIN_LIMIT,       8,  3, NULL) \
	X(BUSY,             14,  3, NULL) \
	X(TOPIC,             7,  0, NULL) \
	X(QOS2,             12,  0, NULL) \
	X(RETAIN,           12,  0, NULL) \
	X(WILL,             12,  5, NULL) \
	X(SIZE,              3,  0, NULL) \
	X(RATE,              8,  0, NULL) \
	X(FAULT,            13,  3, NULL) \
	X(NOT_READ,          4,  0, NULL)

/* DISCONNECT: the device said so (3.14); CLIENT_LEFT: it went without a word.
 * A CONNACK of 0: none is sent, the connection just ends. */
enum reason_code {
#define REASON_NAME(name, rpc, connack, phrase) REASON_##name,
	REASON_LIST(REASON_NAME)
#undef REASON_NAME
	REASON_COUNT
};

enum { REASON_SENTENCE = 400, REASON_TEXT = 448, REASON_SPAN = 32 };

struct reason {
	enum reason_code code;
	uint16_t said;             /* characters of TEXT that say what failed and why */
	char text[REASON_TEXT];    /* the sentence; values from outside are made printable, secrets never stand in it */
};

/* Write R; FORMAT, what failed and why, as printf's, but outside values go in through
 * reason_quote().  What does not fit is cut, and the cut shown by '...'.  What is to be
 * done about CODE follows; nothing where nobody is to do anything. */
void reason_set(struct reason *r, enum reason_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Better advice than what goes for the code in general: in place of it. */
void reason_advise(struct reason *r, const char *act);

/* SECONDS in words: "45 s", "12 min 05 s", "1 h 02 min", "3 days 4 h", "2 years 31 days". */
const char *reason_span(char out[REASON_SPAN], int64_t seconds);

/* VALUE in quotes, at most MAX bytes of it and '...' for the rest; what is not printable
 * ASCII, a quote or a backslash as \xNN.  No bytes at all are: nothing.  Returns OUT, which holds at least 4 * MAX + 8
 * bytes. */
const char *reason_quote(char *out, struct bytes value, size_t max);

const char *reason_name(enum reason_code code);     /* "TOKEN_EXPIRED" */
const char *reason_phrase(enum reason_code code);   /* the contract's words, or NULL */
const char *reason_act(enum reason_code code);      /* what to do, in general; NULL: nothing */
int  reason_rpc(enum reason_code code);             /* google.rpc.Code */
uint8_t reason_connack(enum reason_code code);      /* the return code of a refused CONNECT (3.2.2.3) */

#endif
