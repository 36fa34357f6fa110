/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/http.h"

#include "bridge/http_conn.h"
#include "bridge/http_tls.h"

#include <arpa/inet.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 128, PAUSE_MS = 500, FULL_IDLE_MS = 1000, PEER = 80 };

/* ---- Time ----------------------------------------------------------------- */

static uint64_t earliest(const struct http *h)
{
	uint64_t at = rest_deadline(h->cfg.rest);

	if (h->stopping && h->count > 0 && h->stop_ms < at)
		at = h->stop_ms;
	for (const struct http_conn *c = h->all; c != NULL; c = http_conn_next(c))
		if (http_conn_deadline(c) < at)
			at = http_conn_deadline(c);
	return at;
}

void http_rearm(struct http *h)
{
	uint64_t at = earliest(h), now = http_now().now_ms, ms = at > now ? at - now : 0;
	struct timeval tv = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };

	if (at == UINT64_MAX)
		evtimer_del(h->timer);
	else
		evtimer_add(h->timer, &tv);
}

static void tell_ready(struct http *h)
{
	struct rest_exchange *x;

	while ((x = rest_next_ready(h->cfg.rest)) != NULL)
		http_conn_news(x);
	http_rearm(h);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	struct node_time t = http_now();

	(void)fd;
	(void)what;
	if (t.now_ms >= rest_deadline(h->cfg.rest))
		rest_step(h->cfg.rest, t);
	for (struct http_conn *c = h->all, *next; c != NULL; c = next) {
		next = http_conn_next(c);
		if (h->stopping && t.now_ms >= h->stop_ms)
			http_conn_free(c);
		else
			http_conn_step(c, t.now_ms);
	}
	tell_ready(h);
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_ready(arg);
}

static void wake(void *arg)
{
	struct http *h = arg;

	event_active(h->news, EV_TIMEOUT, 0);
}

/* ---- Connections ---------------------------------------------------------- */

void http_has_room(struct http *h)
{
	if (h->listener != NULL && !h->stopping && h->count < h->cfg.connections_max)
		evconnlistener_enable(h->listener);
}

/* All connections are taken: those that have been without a request for a second make room. */
static void close_idle_ones(struct http *h)
{
	uint64_t now_ms = http_now().now_ms, since_ms;

	for (struct http_conn *c = h->all, *next; c != NULL; c = next) {
		next = http_conn_next(c);
		if (http_conn_is_idle(c, &since_ms) && now_ms - since_ms >= FULL_IDLE_MS)
			http_conn_free(c);
	}
}

/* Whoever is without a request that had the right token may be sending one for ever: the one that has been longest, and
 * for a second, makes room. */
static void close_oldest_stranger(struct http *h)
{
	uint64_t now_ms = http_now().now_ms, since_ms;
	struct http_conn *oldest = NULL;

	for (struct http_conn *c = h->all; c != NULL; c = http_conn_next(c))      /* the newest first */
		if (http_conn_is_stranger(c, &since_ms) && now_ms - since_ms >= FULL_IDLE_MS)
			oldest = c;
	if (oldest != NULL)
		http_conn_free(oldest);
}

static void pause_accepting(struct http *h)
{
	struct timeval tv = { 0, PAUSE_MS * 1000 };

	evconnlistener_disable(h->listener);
	evtimer_add(h->pause, &tv);
}

static void look_for_room(struct http *h)
{
	if (h->count >= h->cfg.connections_max)
		close_idle_ones(h);
	if (h->count >= h->cfg.connections_max)
		close_oldest_stranger(h);
	if (h->count >= h->cfg.connections_max)
		pause_accepting(h);
}

static bool is_loopback(const struct sockaddr *address)
{
	static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_in *v4 = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) || memcmp(&v6->sin6_addr, mapped, sizeof mapped) == 0;
}

/* "192.0.2.7:5000", "[2001:db8::1]:5000"; what came over a mapped address is IPv4. */
static void name_peer(char out[PEER], const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_in *v4 = (const void *)address;
	char text[INET6_ADDRSTRLEN] = "?";

	if (address->sa_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
		snprintf(out, PEER, "%s:%u", text, (unsigned)ntohs(v4->sin_port));
	} else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, text, sizeof text);
		snprintf(out, PEER, "%s:%u", text, (unsigned)ntohs(v6->sin6_port));
	} else {
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
		snprintf(out, PEER, "[%s]:%u", text, (unsigned)ntohs(v6->sin6_port));
	}
}

/* One address has at most half of the connections; loopback is everybody's. */
static bool has_its_share(const struct http *h, const struct sockaddr *address, const char *peer)
{
	size_t same = 0;

	for (const struct http_conn *c = h->all; c != NULL; c = http_conn_next(c))
		same += http_conn_is_from(c, peer);
	return !is_loopback(address) && same >= (h->cfg.connections_max + 1) / 2;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len, void *arg)
{
	struct http *h = arg;
	char peer[PEER];

	(void)listener;
	(void)len;
	name_peer(peer, address);
	if (h->stopping || has_its_share(h, address, peer))
		evutil_closesocket(fd);
	else
		http_conn_new(h, fd, peer);
	look_for_room(h);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	if (h->stopping)
		return;
	http_has_room(h);
	look_for_room(h);
}

/* No descriptor left: asking again at once would only burn time. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	pause_accepting(arg);
}

/* ---- Opening and closing -------------------------------------------------- */

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; libevent's own reader takes no port 0. */
static bool read_listen(const char *listen, struct sockaddr_storage *address, int *len)
{
	struct sockaddr_in6 *v6 = (void *)address;
	struct sockaddr_in *v4 = (void *)address;
	const char *colon = strrchr(listen, ':');
	char host[PEER];
	uint32_t port;

	memset(address, 0, sizeof *address);
	if (colon == NULL || (size_t)(colon - listen) >= sizeof host ||
	    !bytes_to_u32(bytes_of(colon + 1), UINT16_MAX, &port))
		return false;
	snprintf(host, sizeof host, "%.*s", (int)(colon - listen), listen);
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
		*len = sizeof *v6;
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
	}
	*v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	*len = sizeof *v4;
	return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &v4->sin_addr) == 1;
}

static bool listen_on(struct http *h, char error[HTTP_ERROR])
{
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	struct sockaddr_storage address;
	int len;

	if (!read_listen(h->cfg.listen, &address, &len)) {
		snprintf(error, HTTP_ERROR, "'%.100s' is not an address and a port, as 127.0.0.1:8080 or [::1]:8080",
			 h->cfg.listen);
		return false;
	}
	if (h->cfg.tls == NULL && !is_loopback((struct sockaddr *)&address)) {
		snprintf(error, HTTP_ERROR, "%.100s can be reached from elsewhere, so the admin interface needs TLS "
					    "there: a certificate and a key, or a loopback address", h->cfg.listen);
		return false;
	}
	h->listener = evconnlistener_new_bind(h->cfg.base, on_accept, h, flags, BACKLOG,
					      (struct sockaddr *)&address, len);
	if (h->listener == NULL) {
		snprintf(error, HTTP_ERROR, "cannot listen on %.100s: %s", h->cfg.listen,
			 evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
		return false;
	}
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	return true;
}

struct http *http_open(const struct http_config *cfg, char error[HTTP_ERROR])
{
	struct http *h = calloc(1, sizeof *h);

	snprintf(error, HTTP_ERROR, "no memory");
	if (h == NULL)
		return NULL;
	h->cfg = *cfg;
	h->cfg.connections_max = cfg->connections_max > 0 ? cfg->connections_max : 128;
	h->cfg.request_ms = cfg->request_ms > 0 ? cfg->request_ms : 10000;
	h->cfg.idle_ms = cfg->idle_ms > 0 ? cfg->idle_ms : 60000;
	http_tls_hold(cfg->tls);
	h->timer = evtimer_new(cfg->base, on_timer, h);
	h->news = event_new(cfg->base, -1, 0, on_news, h);
	h->pause = evtimer_new(cfg->base, on_pause_over, h);
	if (h->timer == NULL || h->news == NULL || h->pause == NULL || !listen_on(h, error)) {
		http_close(h);
		return NULL;
	}
	h->cfg.listen = NULL;                  /* was borrowed for this call */
	rest_set_wake(cfg->rest, wake, h);
	error[0] = '\0';
	return h;
}

uint16_t http_port(const struct http *h)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;

	memset(&address, 0, sizeof address);
	if (getsockname(evconnlistener_get_fd(h->listener), (struct sockaddr *)&address, &len) != 0)
		return 0;
	return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port :
						    ((struct sockaddr_in6 *)&address)->sin6_port);
}

void http_set_tls(struct http *h, struct ssl_ctx_st *tls)
{
	if (h->cfg.tls == NULL || tls == NULL)
		return;                        /* what it is does not change while it runs */
	http_tls_hold(tls);
	http_tls_release(h->cfg.tls);
	h->cfg.tls = tls;
}

void http_stop(struct http *h, uint32_t wait_ms)
{
	struct node_time t = http_now();

	h->stopping = true;
	h->stop_ms = t.now_ms + wait_ms;
	evconnlistener_disable(h->listener);
	for (struct http_conn *c = h->all, *next; c != NULL; c = next) {
		next = http_conn_next(c);
		http_conn_stop(c);
	}
	rest_stop(h->cfg.rest, t);
	tell_ready(h);
}

bool http_stopped(const struct http *h)
{
	return h->stopping && h->count == 0;
}

void http_close(struct http *h)
{
	if (h == NULL)
		return;
	h->stopping = true;
	while (h->all != NULL)
		http_conn_free(h->all);        /* which enables no listener any more */
	if (h->listener != NULL) {
		evconnlistener_free(h->listener);
		rest_set_wake(h->cfg.rest, NULL, NULL);
	}
	if (h->timer != NULL)
		event_free(h->timer);
	if (h->news != NULL)
		event_free(h->news);
	if (h->pause != NULL)
		event_free(h->pause);
	http_tls_release(h->cfg.tls);
	free(h);
}
