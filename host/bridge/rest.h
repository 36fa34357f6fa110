/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest.h - the admin interface: the IoT Core v1 REST model and what is read by
 * cursor.  Requests in, answers out; no socket and no HTTP server (http.h has
 * those), so that a unit test and a fuzzer link it alone.  Paths and JSON are in
 * SPEC.md, section "The bridge", "Admin interface".
 *
 * One request is one exchange:
 *
 *   rest_begin() --> head there --> body taken piece by piece --> whole --> rest_end()
 *        \__ waits: a command for its PUBACK, a long poll, a stream;
 *            rest_next_ready() says that there is something again
 *
 * All calls come from the loop's thread.  Reads of messages and of lists are
 * bounded (REST_READ_ROWS, REST_READ_BYTES), so that no request holds the loop
 * for long.
 */
#ifndef TERN_BRIDGE_REST_H
#define TERN_BRIDGE_REST_H

#include "bridge/message_log.h"
#include "bridge/node.h"

enum {
	REST_TOKEN_HASH   = 32,           /* SHA-256 of the admin token */
	REST_BODY_MAX     = 1024 * 1024,  /* bytes of a request's body; http.c refuses more before reading it */
	REST_COMMAND_MAX  = 256 * 1024,   /* bytes of a command, decoded */
	REST_WAIT_MAX_S   = 60,           /* a long poll waits at most so long */
	REST_BEAT_MS      = 15 * 1000,    /* a stream without news says at least this often where it is */
	REST_POLL_MS      = 500,          /* how often logs are looked at for who waits, if nobody tells of news */
	REST_COMMAND_MS   = 60 * 1000,    /* a command's outcome is told by then */
	REST_READ_ROWS    = 200,          /* of one read for a stream, a long poll, a page of messages */
	REST_READ_BYTES   = 256 * 1024,   /* of payloads in one such read, about */
	REST_PAGE_BYTES   = 1024 * 1024,  /* of a page of devices or registries, about */
	REST_EXCHANGES    = 1024          /* under way at once; then 503 */
};

struct rest;
struct rest_exchange;

struct rest_config {
	struct node        *node;
	struct registry    *registry;
	struct message_log *messages;     /* a reader of its own; NULL: this node has no message log */
	struct sink *const *sinks;        /* for /healthz; borrowed */
	size_t              sink_count;
	uint8_t             token_hash[REST_TOKEN_HASH];
	const char *const  *hosts;        /* names beside loopback's that Host may bear without TLS; borrowed */
	size_t              host_count;
	uint32_t            config_ms;    /* at least so long between two configs of a device; 0: 1,000 */
	struct journal      journal;      /* the audit log: one line a call */
};

/* Borrowed for the call of rest_begin(). */
struct rest_request {
	struct bytes method;         /* "GET" */
	struct bytes path;           /* as it came, percent-encoded: "/v1/projects/p/locations/…" */
	struct bytes query;          /* as it came, without '?'; empty: none */
	struct bytes host;           /* the Host header; empty: none (HTTP/1.0) */
	struct bytes authorization;  /* the Authorization header: a secret; empty: none */
	struct bytes body;           /* JSON, or empty */
	const char  *peer;           /* "127.0.0.1:51112", "[::1]:51112" */
	bool         tls;            /* the peer has checked a certificate: Host is not ours to judge */
};

struct rest_head {
	int         status;          /* 200, 400, … */
	const char *type;            /* "application/json; charset=UTF-8" */
	bool        stream;          /* the length is not known: JSON lines until the client has enough */
	size_t      length;          /* of the whole body, unless stream */
	bool        authenticate;    /* WWW-Authenticate: Bearer */
	uint32_t    retry_after_s;   /* Retry-After, unless 0 */
	const char *allow;           /* Allow, unless NULL */
};

/* CFG is copied, what it points to is borrowed.  NULL: no memory. */
struct rest *rest_new(const struct rest_config *cfg);
void rest_free(struct rest *r);              /* exchanges that are under way end without an answer */
/* Another token than before ends the streams that were opened with that one. */
void rest_set_token(struct rest *r, const uint8_t hash[REST_TOKEN_HASH]);

/* Would Q be refused whatever its body is (host, token)?  Then the exchange with the refusal, else NULL. */
struct rest_exchange *rest_refuse(struct rest *r, const struct rest_request *q, struct node_time t);

/* What cannot even be read as a request: the exchange with the error object of STATUS (400, 408, 413, 417, 431, 501,
 * 505).  NULL: no memory. */
struct rest_exchange *rest_misread(struct rest *r, int status, const char *message, const char *peer,
				   struct node_time t);

/* NULL: no memory.  Everything of Q is copied that is needed later. */
struct rest_exchange *rest_begin(struct rest *r, const struct rest_request *q, struct node_time t);

bool rest_is_authorised(const struct rest_exchange *x);          /* it came with the right token */

/* NULL: not yet; rest_next_ready() will tell. */
const struct rest_head *rest_head(const struct rest_exchange *x);

/* What is there of the body, and report what was taken of it.  A stream reads on when all was taken, so that a slow
 * client is not read ahead for.  NULL and *LEN = 0: nothing for now. */
const uint8_t *rest_peek(struct rest_exchange *x, size_t *len, struct node_time t);
void rest_done(struct rest_exchange *x, size_t n);
bool rest_whole(const struct rest_exchange *x);   /* all of the body was taken */

/* X is no more, whether its answer was taken or its client has gone. */
void rest_end(struct rest_exchange *x);

void *rest_user(const struct rest_exchange *x);
void  rest_set_user(struct rest_exchange *x, void *user);

/* Exchanges that have a head or more body since they waited; each once. */
struct rest_exchange *rest_next_ready(struct rest *r);
/* Called when rest_next_ready() gets something to say; it may only schedule.  For http.c. */
void rest_set_wake(struct rest *r, void (*wake)(void *to), void *to);

/* The message log has more rows than before: who waits is woken.  For the owner of the log sink. */
void rest_messages_arrived(struct rest *r);

/* Deadlines of what waits.  Call at rest_deadline() (node_time's now_ms; UINT64_MAX: none). */
void rest_step(struct rest *r, struct node_time t);
uint64_t rest_deadline(const struct rest *r);

/* Everything that waits is answered now (503 or, a long poll, with what there is; a stream ends). */
void rest_stop(struct rest *r, struct node_time t);

#endif
