/* SPDX-License-Identifier: Apache-2.0 */
/* http_tls.h - OpenSSL's part of http.c: its headers and base/err.h have names in common. */
#ifndef TERN_BRIDGE_HTTP_TLS_H
#define TERN_BRIDGE_HTTP_TLS_H

#include <event2/util.h>

struct bufferevent;
struct event_base;
struct ssl_ctx_st;

void http_tls_hold(struct ssl_ctx_st *tls);         /* NULL is let pass, here and below */
void http_tls_release(struct ssl_ctx_st *tls);
struct bufferevent *http_tls_accept(struct event_base *base, evutil_socket_t fd, struct ssl_ctx_st *tls);
void http_tls_say_goodbye(struct bufferevent *bev);   /* close_notify */

#endif
