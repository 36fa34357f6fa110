/* SPDX-License-Identifier: Apache-2.0 */
/* http_conn.h - what http.c (the listener) and http_conn.c (a connection) share. */
#ifndef TERN_BRIDGE_HTTP_CONN_H
#define TERN_BRIDGE_HTTP_CONN_H

#include "bridge/http.h"
#include "bridge/http_parse.h"

#include <event2/event.h>

struct bufferevent;
struct evconnlistener;
struct http_conn;

struct http {
	struct http_config cfg;
	struct evconnlistener *listener;
	struct event *timer;             /* rest's deadline, connections' deadlines */
	struct event *news;              /* rest_set_wake() */
	struct event *pause;             /* after accept() failed */
	struct http_conn *all;
	size_t   count;
	bool     stopping;
	uint64_t stop_ms;                /* stopping: the end of patience */
};

struct node_time http_now(void);

/* NULL: refused, and FD is closed. */
struct http_conn *http_conn_new(struct http *h, evutil_socket_t fd, const char *peer);
void http_conn_free(struct http_conn *c);

uint64_t http_conn_deadline(const struct http_conn *c);
void http_conn_step(struct http_conn *c, uint64_t now_ms);     /* C may be gone afterwards */
bool http_conn_is_idle(const struct http_conn *c, uint64_t *since_ms);   /* between two requests */
/* It has made no request with the right token yet. */
bool http_conn_is_stranger(const struct http_conn *c, uint64_t *since_ms);
void http_conn_stop(struct http_conn *c);                      /* C may be gone afterwards */
void http_conn_news(struct rest_exchange *x);                  /* rest_next_ready() */
struct http_conn *http_conn_next(const struct http_conn *c);
bool http_conn_is_from(const struct http_conn *c, const char *peer);    /* the same address */

/* A connection is no more; its deadline has changed. */
void http_has_room(struct http *h);
void http_rearm(struct http *h);

#endif
