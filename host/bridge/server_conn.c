/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_conn.c - one connection.  OpenSSL reads and writes its socket itself:
 * between two packets a connection then owns no buffer of ours and, since
 * server_tls.c asks for that, none of OpenSSL's.
 */
#include "bridge/server_internal.h"
#include "bridge/tls_context.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FROM_SIZE = 56,
	HOW_SIZE  = 256,
	STALL_MS  = 60 * 1000,       /* without the device taking a byte of what it is to get */
	LINGER_MS = 2 * 1000         /* for the last bytes to arrive: closing earlier would take them back (RST) */
};

static const char *from(const struct server_conn *c, char text[FROM_SIZE])
{
	const struct in6_addr *ip = &c->peer.sin6_addr;
	char address[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(ip))
		inet_ntop(AF_INET, &ip->s6_addr[12], address, sizeof address);
	else
		inet_ntop(AF_INET6, ip, address, sizeof address);
	snprintf(text, FROM_SIZE, IN6_IS_ADDR_V4MAPPED(ip) ? "%s:%u" : "[%s]:%u", address, ntohs(c->peer.sin6_port));
	return text;
}

/* ---- what it waits for ----------------------------------------------------- */

static void on_event(evutil_socket_t fd, short what, void *arg);

static void wait_for(struct server_conn *c, short what)
{
	if (what == c->wanted)
		return;
	if (c->wanted != 0)
		event_del(&c->event);
	c->wanted = what;
	if (what == 0)
		return;
	event_assign(&c->event, c->server->cfg.base, c->fd, (short)(what | EV_PERSIST), on_event, c);
	event_add(&c->event, NULL);
}

static void set_due(struct server_conn *c, uint64_t at_ms)
{
	deadlines_set(&c->server->deadlines, &c->due, at_ms);
	server_wake(c->server);
}

/* ---- the end --------------------------------------------------------------- */

static void join_strangers(struct server_conn *c)
{
	struct server_conn *head = &c->server->strangers;

	c->older = head->older;
	c->newer = head;
	head->older->newer = c;
	head->older = c;
}

static void leave_strangers(struct server_conn *c)
{
	if (c->newer == NULL)
		return;
	c->older->newer = c->newer;
	c->newer->older = c->older;
	c->newer = c->older = NULL;
}

static void judge(struct server_conn *c, bool good)
{
	if (c->judged)
		return;
	c->judged = true;
	leave_strangers(c);
	if (good)
		limits_good(c->server->limits, c->address, server_now().now_ms);
	else
		limits_bad(c->server->limits, c->address, server_now().now_ms);
}

void conn_close(struct server_conn *c, const char *how)
{
	struct server *s = c->server;

	wait_for(c, 0);
	deadlines_remove(&s->deadlines, &c->due);
	if (c->node != NULL)
		judge(c, node_is_up(c->node));        /* who left before its login cost as much as who failed */
	leave_strangers(c);
	if (c->node != NULL)
		node_drop(c->node, how, server_now());
	server_tls_free(c->tls);
	close(c->fd);
	free(c->rest);
	limits_leave(s->limits, c->address, server_now().now_ms);
	c->before->next = c->next;
	c->next->before = c->before;
	s->counts.connections--;
	free(c);
	server_wake(s);
}

/* Not even TLS came to be.  ACT: what to do; NULL: what goes for CODE. */
static void fail(struct server_conn *c, enum reason_code code, const char *how, const char *act)
{
	struct reason why;
	char text[FROM_SIZE];

	c->server->counts.failed++;
	judge(c, false);
	reason_set(&why, code, "TLS was not established: %s", how);
	if (act != NULL)
		reason_advise(&why, act);
	node_refused(c->server->cfg.node, from(c, text), &why, server_now());
	conn_close(c, NULL);
}

bool conn_make_room(struct server *s)
{
	static const char why[] = "it made room for another, since connections_max is reached and it waited longest";
	struct server_conn *c = s->strangers.newer;
	struct reason busy;

	if (c == &s->strangers)
		return false;
	if (c->node == NULL) {
		fail(c, REASON_BUSY, why, NULL);
		return true;
	}
	reason_set(&busy, REASON_BUSY, "no login came: %s", why);
	node_end(c->node, &busy, server_now());
	conn_close(c, NULL);
	return true;
}

/* All is said.  What the device still sends is read and forgotten, so that what it was sent reaches it. */
static void linger(struct server_conn *c)
{
	server_tls_farewell(c->tls);
	server_tls_free(c->tls);
	c->tls = NULL;
	node_drop(c->node, NULL, server_now());
	c->node = NULL;
	free(c->rest);
	c->rest = NULL;
	shutdown(c->fd, SHUT_WR);
	c->stage = LINGER;
	wait_for(c, EV_READ);
	set_due(c, server_now().now_ms + LINGER_MS);
}

static void listen_to_the_end(struct server_conn *c)
{
	ssize_t n = recv(c->fd, c->server->buf, sizeof c->server->buf, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		conn_close(c, NULL);
}

/* ---- bytes ----------------------------------------------------------------- */

/* What the node did not take is kept until it does; nothing is read meanwhile. */
static bool keep_rest(struct server_conn *c, const uint8_t *data, size_t len)
{
	uint8_t *rest = NULL;

	if (len > 0 && (rest = malloc(len)) == NULL)
		return false;
	if (len > 0)
		memcpy(rest, data, len);
	free(c->rest);
	c->rest = rest;
	c->rest_len = len;
	return true;
}

static bool feed(struct server_conn *c, const uint8_t *data, size_t len)
{
	size_t taken = node_feed(c->node, data, len, server_now());

	server_wake(c->server);               /* what was fed is to go on to the sinks */
	return taken == len || keep_rest(c, data + taken, len - taken);
}

static void broken(struct server_conn *c)
{
	const char *act;
	char how[HOW_SIZE];

	conn_close(c, server_tls_why(how, sizeof how, &act));
}

static bool may_read(const struct server_conn *c)
{
	return c->rest == NULL && !node_is_paused(c->node) && !node_ended(c->node, NULL);
}

/* TLS may have to write in order to read, and the other way round.  False: C is gone. */
static bool blocked(struct server_conn *c, enum server_tls_result result, bool reading)
{
	if (result == SERVER_TLS_ENDED) {
		broken(c);
		return false;
	}
	if (result == SERVER_TLS_WANTS_WRITE)
		c->write_blocked = true;
	if (reading)
		c->read_blocked = result == SERVER_TLS_WANTS_WRITE;
	return true;
}

/* False: C is gone. */
static bool read_some(struct server_conn *c)
{
	enum server_tls_result result;
	unsigned round;
	size_t len;

	for (round = 0; (round < SERVER_ROUNDS || server_tls_has_more(c->tls)) && may_read(c); round++) {
		len = sizeof c->server->buf;
		result = server_tls_read(c->tls, c->server->buf, &len);
		if (result != SERVER_TLS_DONE)
			return blocked(c, result, true);
		c->read_blocked = false;
		if (!feed(c, c->server->buf, len)) {
			conn_close(c, "no memory");
			return false;
		}
	}
	return true;
}

/* False: C is gone. */
static bool write_some(struct server_conn *c)
{
	enum server_tls_result result;
	const uint8_t *data;
	size_t len, taken;

	while ((data = node_tx_peek(c->node, &len)) != NULL) {
		result = server_tls_write(c->tls, data, len, &taken);
		if (result != SERVER_TLS_DONE) {
			if (c->due.place == 0)
				set_due(c, server_now().now_ms + STALL_MS);
			return blocked(c, result, false);
		}
		c->write_blocked = false;
		deadlines_remove(&c->server->deadlines, &c->due);
		node_tx_done(c->node, taken);
	}
	return true;
}

static void feed_rest(struct server_conn *c)
{
	size_t taken;

	if (c->rest == NULL || node_is_paused(c->node))
		return;
	taken = node_feed(c->node, c->rest, c->rest_len, server_now());
	server_wake(c->server);
	memmove(c->rest, c->rest + taken, c->rest_len - taken);
	c->rest_len -= taken;
	if (c->rest_len == 0) {
		free(c->rest);
		c->rest = NULL;
	}
}

static void want_again(struct server_conn *c)
{
	bool reading = may_read(c);
	short what = 0;

	if (reading && !c->read_blocked)
		what |= EV_READ;
	if (c->write_blocked)
		what |= EV_WRITE;
	wait_for(c, what);
}

/* What is inside OpenSSL already, no event of the socket will tell. */
static bool read_what_is_inside(struct server_conn *c)
{
	return !server_tls_has_more(c->tls) || read_some(c);
}

void conn_serve(struct server_conn *c)
{
	if (c->stage != OPEN)
		return;
	do {                                  /* what is written may make room for what was not taken */
		feed_rest(c);
		if (!read_what_is_inside(c) || !write_some(c))
			return;
	} while (c->rest != NULL && !node_is_paused(c->node) && !node_ended(c->node, NULL));
	if (node_is_up(c->node))
		judge(c, true);
	if (node_ended(c->node, NULL) && !c->write_blocked) {
		judge(c, false);
		linger(c);
		return;
	}
	want_again(c);
}

/* ---- TLS ------------------------------------------------------------------- */

static void established(struct server_conn *c)
{
	struct server *s = c->server;
	char text[FROM_SIZE];

	s->counts.handshakes++;
	deadlines_remove(&s->deadlines, &c->due);
	c->stage = OPEN;
	c->node = node_accept(s->cfg.node, from(c, text), server_now());
	if (c->node == NULL) {
		conn_close(c, NULL);
		return;
	}
	node_conn_set_user(c->node, c);
	if (read_some(c))
		conn_serve(c);
}

static void shake_hands(struct server_conn *c)
{
	char how[HOW_SIZE];
	const char *act;
	bool resumed;

	switch (server_tls_accept(c->tls, &resumed)) {
	case SERVER_TLS_DONE:
		c->server->counts.resumed += resumed;
		established(c);
		break;
	case SERVER_TLS_WANTS_READ:
		wait_for(c, EV_READ);
		break;
	case SERVER_TLS_WANTS_WRITE:
		wait_for(c, EV_WRITE);
		break;
	case SERVER_TLS_ENDED:
		server_tls_why(how, sizeof how, &act);
		fail(c, REASON_PROTOCOL, how, act);
		break;
	}
}

/* Those that look whether somebody listens (balancers do) send nothing and have done nothing wrong. */
static bool has_gone(const struct server_conn *c)
{
	uint8_t byte;

	return recv(c->fd, &byte, 1, MSG_PEEK) == 0;
}

/* The first byte is there. */
static void begin_tls(struct server_conn *c)
{
	if (has_gone(c)) {
		conn_close(c, NULL);
		return;
	}
	c->tls = server_tls_new(tls_context_ssl(c->server->cfg.tls), c->fd);
	if (c->tls == NULL) {
		conn_close(c, NULL);
		return;
	}
	c->stage = HANDSHAKE;
	shake_hands(c);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct server_conn *c = arg;

	(void)fd;
	switch (c->stage) {
	case AT_DOOR:
		begin_tls(c);
		break;
	case HANDSHAKE:
		shake_hands(c);
		break;
	case OPEN:
		if (what & EV_WRITE)
			c->read_blocked = c->write_blocked = false;
		if (read_some(c))
			conn_serve(c);
		break;
	case LINGER:
		listen_to_the_end(c);
		break;
	}
}

/* ---- time ------------------------------------------------------------------ */

/* A connection at the door with nothing to wait for: its turn has come. */
static void let_begin(struct server_conn *c)
{
	wait_for(c, EV_READ);
	set_due(c, server_now().now_ms + c->server->cfg.handshake_ms);
}

static void stalled(struct server_conn *c)
{
	struct reason why;

	reason_set(&why, REASON_NOT_READ, "for %d s the device took nothing of what it was sent", STALL_MS / 1000);
	node_end(c->node, &why, server_now());
	conn_close(c, NULL);
}

void conn_is_due(struct server_conn *c)
{
	switch (c->stage) {
	case AT_DOOR:
		if (c->wanted == 0)
			let_begin(c);
		else
			fail(c, REASON_LOGIN_TIME, "not one byte came in time", "on the device: look at its uplink");
		break;
	case HANDSHAKE:
		fail(c, REASON_LOGIN_TIME, "it was not done in time", "on the device: look at its uplink and signal");
		break;
	case OPEN:
		stalled(c);
		break;
	case LINGER:
		conn_close(c, NULL);
		break;
	}
}

void conn_open(struct server *s, int fd, const struct sockaddr_in6 *peer, struct limits_address *address,
	       uint64_t turn_ms)
{
	struct server_conn *c = calloc(1, sizeof *c);
	uint64_t now_ms = server_now().now_ms;

	if (c == NULL || !deadlines_reserve(&s->deadlines, s->counts.connections + 1)) {
		free(c);
		close(fd);
		limits_leave(s->limits, address, now_ms);
		return;
	}
	c->server = s;
	c->fd = fd;
	c->peer = *peer;
	c->address = address;
	c->before = s->all.before;
	c->next = &s->all;
	s->all.before->next = c;
	s->all.before = c;
	join_strangers(c);
	s->counts.connections++;
	if (turn_ms > now_ms)
		set_due(c, turn_ms);
	else
		let_begin(c);
}
