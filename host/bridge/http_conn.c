/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/http_conn.h"

#include "bridge/http_tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { READ_AHEAD = 64 * 1024, WRITE_AHEAD = 64 * 1024, LINGER_MS = 2000, PEER = 80 };

/*
 *   REQUEST ---> WAITING ---> ANSWERING ---> REQUEST, or LINGERING ---> gone
 *      \____________________/
 *
 * LINGERING: all was sent and the sending side shut; what the client still sends
 * is read and dropped, since a reset would take the answer from it.
 */
enum state { REQUEST, WAITING, ANSWERING, LINGERING };

struct http_conn {
	struct http *http;
	struct http_conn *next, **self;
	struct bufferevent *bev;
	enum state state;
	struct http_parser parser;
	struct rest_exchange *x;         /* WAITING, ANSWERING */
	bool     chunked, headless;      /* the answer's body in chunks; none at all (HEAD) */
	bool     last;                   /* no request behind this one */
	bool     head_sent, all_put;     /* ANSWERING */
	bool     closed_by_peer;         /* it will send nothing more */
	uint64_t due_ms, idle_since_ms, accepted_ms;
	bool     known;                  /* it has had a request with the right token */
	bool     tls;
	char     peer[PEER];
};

struct node_time http_now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct node_time){ (uint64_t)mono.tv_sec * 1000 + (uint64_t)mono.tv_nsec / 1000000,
				   (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000 };
}

static void set_due(struct http_conn *c, uint64_t ms)
{
	c->due_ms = ms != UINT64_MAX ? http_now().now_ms + ms : UINT64_MAX;
	http_rearm(c->http);
}

/* ---- The answer ----------------------------------------------------------- */

static const char *phrase(int status)
{
	static const struct { int status; const char *phrase; } rows[] = {
		{ 200, "OK" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" },
		{ 413, "Content Too Large" }, { 417, "Expectation Failed" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 501, "Not Implemented" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return rows[i].phrase;
	return "Status";
}

static void put_head(struct http_conn *c, const struct rest_head *head)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	time_t now = time(NULL);
	char date[64];
	struct tm tm;

	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
	evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
				 "X-Content-Type-Options: nosniff\r\n",
			    head->status, phrase(head->status), date, head->type);
	if (head->authenticate)
		evbuffer_add_printf(out, "WWW-Authenticate: Bearer\r\n");
	if (head->retry_after_s > 0)
		evbuffer_add_printf(out, "Retry-After: %u\r\n", (unsigned)head->retry_after_s);
	if (head->allow != NULL)
		evbuffer_add_printf(out, "Allow: %s\r\n", head->allow);
	c->chunked = head->stream && !c->parser.is_http10;
	c->last |= head->stream && c->parser.is_http10;
	if (!head->stream)
		evbuffer_add_printf(out, "Content-Length: %zu\r\n", head->length);
	else if (c->chunked)
		evbuffer_add_printf(out, "Transfer-Encoding: chunked\r\n");
	if (c->last)
		evbuffer_add_printf(out, "Connection: close\r\n");
	else if (c->parser.is_http10)
		evbuffer_add_printf(out, "Connection: keep-alive\r\n");
	evbuffer_add(out, "\r\n", 2);
	c->head_sent = true;
	c->all_put = c->headless;
}

/* As much of the body as the client is read ahead for. */
static void put_body(struct http_conn *c, struct node_time t)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	while (!c->all_put && evbuffer_get_length(out) < WRITE_AHEAD) {
		size_t len;
		const uint8_t *data = rest_peek(c->x, &len, t);

		len = len < WRITE_AHEAD ? len : WRITE_AHEAD;
		if (data != NULL && c->chunked)
			evbuffer_add_printf(out, "%zx\r\n", len);
		if (data != NULL)
			evbuffer_add(out, data, len);
		if (data != NULL && c->chunked)
			evbuffer_add(out, "\r\n", 2);
		rest_done(c->x, len);
		c->all_put = rest_whole(c->x);
		if (c->all_put && c->chunked)
			evbuffer_add(out, "0\r\n\r\n", 5);
		if (data == NULL)
			return;
	}
}

static void answer(struct http_conn *c, struct node_time t)
{
	const struct rest_head *head = rest_head(c->x);

	if (head == NULL) {
		c->state = WAITING;
		set_due(c, UINT64_MAX);
		return;
	}
	c->state = ANSWERING;
	if (!c->head_sent)
		put_head(c, head);
	put_body(c, t);
	/* A stream without news owes nothing, and rest ends its patience by a beat. */
	set_due(c, evbuffer_get_length(bufferevent_get_output(c->bev)) > 0 ? c->http->cfg.idle_ms : UINT64_MAX);
}

/* ---- Requests ------------------------------------------------------------- */

static void no_memory(struct http_conn *c)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

	c->last = c->head_sent = c->all_put = true;
	c->state = ANSWERING;
	bufferevent_write(c->bev, text, sizeof text - 1);
}

static void begin(struct http_conn *c, struct rest_exchange *x, struct node_time t)
{
	c->x = x;
	c->head_sent = c->all_put = false;
	c->headless = c->parser.state != HTTP_WRONG && bytes_equal_text(c->parser.method, "HEAD");
	if (x == NULL) {
		no_memory(c);
		return;
	}
	c->known |= rest_is_authorised(x);
	rest_set_user(x, c);
	answer(c, t);
}

static struct rest_request request_of(const struct http_conn *c)
{
	const struct http_parser *p = &c->parser;

	return (struct rest_request){ p->method, p->path, p->query, p->host, p->authorization, { p->body, p->body_len },
				      c->peer, c->tls };
}

/* The head is there: who may not, is not read further. */
static void on_head(struct http_conn *c, struct node_time t)
{
	struct rest_request q = request_of(c);
	struct rest_exchange *x = c->parser.has_body ? rest_refuse(c->http->cfg.rest, &q, t) : NULL;

	c->last |= !c->parser.keep_alive || c->http->stopping;
	if (x != NULL) {
		c->last = true;
		begin(c, x, t);
		return;
	}
	c->known |= c->parser.has_body && c->parser.authorization.len > 0;   /* without one it may ask for /healthz */
	if (c->parser.expects_continue)
		bufferevent_write(c->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	http_parser_go_on(&c->parser);
}

static void on_parsed(struct http_conn *c)
{
	struct node_time t = http_now();
	struct rest_request q;

	if (c->parser.state == HTTP_HEAD_READY)
		on_head(c, t);
	if (c->state != REQUEST)
		return;
	if (c->parser.state == HTTP_READY) {
		q = request_of(c);
		begin(c, rest_begin(c->http->cfg.rest, &q, t), t);
	} else if (c->parser.state == HTTP_WRONG) {
		c->last = true;
		begin(c, rest_misread(c->http->cfg.rest, c->parser.status, c->parser.why, c->peer, t), t);
	}
}

/* The answer is on its way whole: the next request, or the end.  False: C is gone. */
static bool finish(struct http_conn *c)
{
	if (c->x != NULL)
		rest_end(c->x);
	c->x = NULL;
	if (c->last || c->closed_by_peer) {
		if (c->closed_by_peer) {
			http_conn_free(c);
			return false;
		}
		c->state = LINGERING;
		set_due(c, LINGER_MS);
		if (c->tls)
			http_tls_say_goodbye(c->bev);
		shutdown(bufferevent_getfd(c->bev), SHUT_WR);
		return true;
	}
	http_parser_clear(&c->parser);
	c->state = REQUEST;
	c->idle_since_ms = http_now().now_ms;
	set_due(c, c->http->cfg.idle_ms);
	return true;
}

static bool is_sent(const struct http_conn *c)
{
	return c->state == ANSWERING && c->all_put && evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
}

/* What is there of input, as far as it may be read now. */
static void take_requests(struct http_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	while (c->state == REQUEST && evbuffer_get_length(in) > 0) {
		size_t len = evbuffer_get_contiguous_space(in), n;
		bool began = http_parser_has_begun(&c->parser);

		n = http_parser_feed(&c->parser, evbuffer_pullup(in, (ev_ssize_t)len), len);
		on_parsed(c);
		evbuffer_drain(in, n);
		if (!began && c->state == REQUEST && http_parser_has_begun(&c->parser))
			set_due(c, c->http->cfg.request_ms);
	}
	if (c->state == LINGERING)
		evbuffer_drain(in, evbuffer_get_length(in));
}

/* ---- Events --------------------------------------------------------------- */

static void on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_requests(arg);
}

/* All that was put is sent. */
static void on_writable(struct bufferevent *bev, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	if (c->state == ANSWERING && !c->all_put)
		answer(c, http_now());
	if (is_sent(c) && finish(c))
		take_requests(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		return;                        /* the TLS handshake is done */
	if ((what & BEV_EVENT_EOF) && c->state == ANSWERING && !c->closed_by_peer) {
		c->closed_by_peer = true;      /* half closed, perhaps: it may still listen */
		c->last = true;
		return;
	}
	http_conn_free(c);
}

/* ---- From and to http.c --------------------------------------------------- */

struct http_conn *http_conn_new(struct http *h, evutil_socket_t fd, const char *peer)
{
	struct http_conn *c = calloc(1, sizeof *c);
	struct bufferevent *bev = NULL;

	if (c != NULL && h->cfg.tls == NULL)
		bev = bufferevent_socket_new(h->cfg.base, fd, BEV_OPT_CLOSE_ON_FREE);
	else if (c != NULL)
		bev = http_tls_accept(h->cfg.base, fd, h->cfg.tls);
	if (bev == NULL) {
		evutil_closesocket(fd);
		free(c);
		return NULL;
	}
	c->http = h;
	c->bev = bev;
	c->tls = h->cfg.tls != NULL;
	snprintf(c->peer, sizeof c->peer, "%s", peer);
	http_parser_init(&c->parser, REST_BODY_MAX);
	c->next = h->all;
	c->self = &h->all;
	if (c->next != NULL)
		c->next->self = &c->next;
	h->all = c;
	h->count++;
	bufferevent_setwatermark(bev, EV_READ, 0, READ_AHEAD);
	bufferevent_setcb(bev, on_readable, on_writable, on_event, c);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	c->idle_since_ms = c->accepted_ms = http_now().now_ms;
	set_due(c, h->cfg.request_ms);
	return c;
}

void http_conn_free(struct http_conn *c)
{
	struct http *h = c->http;

	if (c->x != NULL)
		rest_end(c->x);
	http_parser_clear(&c->parser);
	bufferevent_free(c->bev);
	*c->self = c->next;
	if (c->next != NULL)
		c->next->self = c->self;
	h->count--;
	free(c);
	http_has_room(h);
}

void http_conn_news(struct rest_exchange *x)
{
	struct http_conn *c = rest_user(x);

	if (c == NULL || c->x != x)
		return;
	answer(c, http_now());
	if (is_sent(c) && finish(c))
		take_requests(c);
}

uint64_t http_conn_deadline(const struct http_conn *c)
{
	return c->due_ms;
}

/* Its time is over. */
void http_conn_step(struct http_conn *c, uint64_t now_ms)
{
	struct node_time t = http_now();

	if (now_ms < c->due_ms)
		return;
	if (c->state != REQUEST || !http_parser_has_begun(&c->parser)) {
		http_conn_free(c);
		return;
	}
	c->last = true;
	begin(c, rest_misread(c->http->cfg.rest, 408, "The request was not there in time.", c->peer, t), t);
}

bool http_conn_is_idle(const struct http_conn *c, uint64_t *since_ms)
{
	*since_ms = c->idle_since_ms;
	return c->state == REQUEST && !http_parser_has_begun(&c->parser);
}

bool http_conn_is_stranger(const struct http_conn *c, uint64_t *since_ms)
{
	*since_ms = c->accepted_ms;
	return !c->known;
}

void http_conn_stop(struct http_conn *c)
{
	uint64_t since_ms;

	c->last = true;
	if (http_conn_is_idle(c, &since_ms))
		http_conn_free(c);
}

struct http_conn *http_conn_next(const struct http_conn *c)
{
	return c->next;
}

bool http_conn_is_from(const struct http_conn *c, const char *peer)
{
	const char *a = strrchr(c->peer, ':'), *b = strrchr(peer, ':');

	return a != NULL && b != NULL && a - c->peer == b - peer && memcmp(c->peer, peer, (size_t)(b - peer)) == 0;
}
