/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - HTTP/1.1 (RFC 9112) on the loop, for rest.h: one listener, with or
 * without TLS, its connections and their limits.  http_parse.h reads requests.
 *
 * It needs nothing from its owner between http_open() and http_close(): timers,
 * answers that come later and streams are its own business, rest's included.
 */
#ifndef TERN_BRIDGE_HTTP_H
#define TERN_BRIDGE_HTTP_H

#include "bridge/rest.h"

struct event_base;
struct ssl_ctx_st;

enum { HTTP_ERROR = 256 };

struct http_config {
	struct event_base *base;          /* borrowed */
	struct rest       *rest;          /* borrowed; freed after http_close() */
	const char        *listen;        /* "127.0.0.1:8080", "[::1]:8080"; port 0: any free one */
	struct ssl_ctx_st *tls;           /* a reference is taken; NULL: plain text, on a loopback address only */
	uint32_t connections_max;         /* 0: 128; more wait in the kernel's queue */
	uint32_t request_ms;              /* 0: 10,000: a request, TLS handshake included, is there whole by then */
	uint32_t idle_ms;                 /* 0: 60,000: without a request, and without taking anything of an answer */
};

struct http;

/* NULL: ERROR says why in one sentence. */
struct http *http_open(const struct http_config *cfg, char error[HTTP_ERROR]);
uint16_t http_port(const struct http *h);

/* New connections use another certificate (a reference is taken); those that are there stay as they are.  Without
 * effect where it was opened without TLS. */
void http_set_tls(struct http *h, struct ssl_ctx_st *tls);

/* No more connections and requests; what waits is answered (rest_stop()), connections close when their answer is
 * taken, at the latest WAIT_MS later.  http_stopped(): none is left. */
void http_stop(struct http *h, uint32_t wait_ms);
bool http_stopped(const struct http *h);

/* All connections are closed at once. */
void http_close(struct http *h);

#endif
