/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_bench.h - a session, an owner who answers its events, and all that was
 * seen: events as text, bytes as they left.
 */
#ifndef TERN_TESTS_SESSION_BENCH_H
#define TERN_TESTS_SESSION_BENCH_H

#include "unit/cmocka_all.h"

#include "bridge/session.h"

#define B(s) { (const uint8_t *)(s), sizeof(s) - 1 }
#define BYTES(s) ((struct bytes)B(s))
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define BENCH_CLIENT "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev-1"
#define BENCH_NUM_ID 2582332477650079

/* CONNECT of BENCH_CLIENT, keepalive 60 s, user 'unused', password 'TOKEN'. */
#define BENCH_CONNECT \
	"\x10\x6b\0\4MQTT\4\xc2\0\x3c\0\x50" BENCH_CLIENT "\0\6unused\0\5TOKEN"

struct bench {
	struct session *s;
	struct session_config cfg;
	uint64_t now_ms;
	bool     silent;             /* QoS 1 messages are not acknowledged */
	bool     undecided;          /* logins are not answered */
	const char *config;          /* sent on a subscription, as version 7; NULL: none */
	struct reason refusal;       /* of logins; NONE: they are accepted */
	char     events[4096];       /* 'login … publish … ' */
	uint8_t  sent[1 << 16];
	size_t   sent_len;
	enum reason_code end;        /* of END */
	char     why[REASON_TEXT];
	char     refused[REASON_TEXT];   /* of REFUSED */
	uint64_t ticket;             /* of the last PUBLISH */
	size_t   payload_len;        /* likewise */
};

void bench_start(struct bench *b);           /* a new session; the settings stay */
void bench_up(struct bench *b);              /* and log it in, forgetting what was seen */
void bench_stop(struct bench *b);

/* Feed in pieces of CHUNK bytes of memory that ends with them; read the events and
 * what is sent after each.  The bytes taken. */
size_t bench_feed(struct bench *b, struct bytes in, size_t chunk);

void bench_read(struct bench *b);            /* events */
void bench_drain(struct bench *b);           /* bytes */
void bench_forget(struct bench *b);          /* what was seen */

/* Exactly WANT was sent since the last time. */
void bench_sent(struct bench *b, struct bytes want);
void bench_saw(struct bench *b, const char *events);

#endif
