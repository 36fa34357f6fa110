/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - listening, and the turns of the loop: events feed the node, then one
 * round of work() pumps it and writes to all that have something.  So the PUBACKs
 * of one round leave in one TLS record a connection, and sinks get what arrived
 * together in one group.
 */
#include "bridge/server_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	ACCEPT_ROUNDS = 64,          /* connections before the others have their turn */
	BACK_OFF_MS   = 250,         /* without accepting, when descriptors or memory are used up */
	TELL_MS       = 60 * 1000,
	BACKLOG       = 4096,
	KEEPIDLE_S    = 300,         /* a peer that is silent for so long is asked for a sign … */
	KEEPINTVL_S   = 30,          /* … so often … */
	KEEPCNT       = 4            /* … and so many times */
};

struct node_time server_now(void)
{
	struct timespec up, wall;

	clock_gettime(CLOCK_MONOTONIC, &up);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct node_time){
		(uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000,
		(int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000
	};
}

/* ---- the loop's turns ------------------------------------------------------ */

void server_wake(struct server *s)
{
	if (s == NULL || s->scheduled)
		return;
	s->scheduled = true;
	event_active(&s->work, 0, 0);
}

static void set_timer(struct server *s, uint64_t now_ms)
{
	const struct deadline *d = deadlines_first(&s->deadlines);
	uint64_t due = node_deadline(s->cfg.node), left;
	struct timeval wait;

	if (d != NULL && d->at_ms < due)
		due = d->at_ms;
	left = due > now_ms ? due - now_ms : 0;
	if (left > 60 * 1000)
		left = 60 * 1000;
	wait = (struct timeval){ (time_t)(left / 1000), (suseconds_t)(left % 1000 * 1000) };
	event_add(&s->timer, &wait);
}

static void serve_ready(struct server *s)
{
	struct node_conn *n;

	while ((n = node_next_ready(s->cfg.node)) != NULL)
		conn_serve(node_conn_user(n));
}

static void look_whether_stopped(struct server *s)
{
	void (*done)(void *to) = s->done;

	if (!s->stopping || s->counts.connections > 0 || done == NULL)
		return;
	s->done = NULL;
	done(s->done_to);
}

static void work(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	struct node_time t = server_now();
	struct deadline *d;

	(void)fd, (void)what;
	s->scheduled = false;                 /* who finds something to do from here on has another turn */
	while ((d = deadlines_first(&s->deadlines)) != NULL && d->at_ms <= t.now_ms)
		conn_is_due((struct server_conn *)d);
	node_pump(s->cfg.node, t);
	serve_ready(s);
	if (node_deadline(s->cfg.node) <= t.now_ms)
		server_wake(s);
	set_timer(s, t.now_ms);
	if (s->cfg.after != NULL)
		s->cfg.after(s->cfg.after_to);
	look_whether_stopped(s);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	server_wake(arg);
}

bool server_watch(struct server *s, int fd)
{
	size_t i;

	for (i = 0; i < sizeof s->watch / sizeof *s->watch; i++) {
		if (s->watch[i].used)
			continue;
		s->watch[i].used = true;
		event_assign(&s->watch[i].event, s->cfg.base, fd, EV_READ | EV_PERSIST, on_readable, s);
		return event_add(&s->watch[i].event, NULL) == 0;
	}
	return false;
}

/* ---- accepting ------------------------------------------------------------- */

static void say(struct server *s, const char *sentence)
{
	struct node_time t = server_now();

	if (s->told_ms != 0 && t.now_ms < s->told_ms + TELL_MS)
		return;
	s->told_ms = t.now_ms;
	journal_say(&s->cfg.journal, REGISTRY_LEVEL_ERROR, "SERVER", sentence, t.wall_ms);
}

static void set_listening(struct server *s, bool on)
{
	size_t i;

	for (i = 0; i < s->cfg.listens; i++) {
		if (s->listener[i] == NULL)
			continue;
		if (on)
			event_add(s->listener[i], NULL);
		else
			event_del(s->listener[i]);
	}
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd, (void)what;
	if (!s->stopping)
		set_listening(s, true);
}

static void back_off(struct server *s, int error)
{
	struct timeval wait = { 0, BACK_OFF_MS * 1000 };
	char sentence[256];

	snprintf(sentence, sizeof sentence, "no connection can be accepted now: %s; trying again every %d ms",
		 strerror(error), BACK_OFF_MS);
	say(s, sentence);
	set_listening(s, false);
	event_add(&s->retry, &wait);
}

static void prepare(int fd)
{
	int on = 1, idle = KEEPIDLE_S, interval = KEEPINTVL_S, count = KEEPCNT;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

/* IPv4 as IPv6, so that there is one form of it. */
static struct sockaddr_in6 as_ipv6(const struct sockaddr_storage *from)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;

	if (from->ss_family == AF_INET6)
		return *(const struct sockaddr_in6 *)from;
	to.sin6_port = v4->sin_port;
	to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&to.sin6_addr.s6_addr[12], &v4->sin_addr, 4);
	return to;
}

static void turn_away(struct server *s, int fd, const char *sentence)
{
	s->counts.turned_away++;
	close(fd);
	say(s, sentence);
}

/* Who says nothing holds a place only until somebody needs it. */
static bool has_room(struct server *s)
{
	if (s->counts.connections < s->cfg.connections_max)
		return true;
	if (!conn_make_room(s))
		return false;
	say(s, "there are as many connections as connections_max allows: for each new one, the one that has waited "
	       "longest without a login ends");
	return true;
}

static void welcome(struct server *s, int fd, const struct sockaddr_storage *from)
{
	static const char *const sentences[] = {
		[LIMITS_TOO_MANY]  = "connections are turned away: one address has too many (connections_per_address)",
		[LIMITS_TOO_FAST]  = "connections are turned away: one address has had too many bad logins "
				     "(bad_logins_per_minute), and too many of its connections wait for their turn",
		[LIMITS_NO_MEMORY] = "connections are turned away: no memory is left",
	};
	struct sockaddr_in6 peer = as_ipv6(from);
	struct limits_address *address;
	enum limits_verdict verdict;
	struct limits_ip ip;
	uint64_t turn_ms;

	if (!has_room(s)) {
		turn_away(s, fd, "connections are turned away: there are as many as connections_max allows");
		return;
	}
	memcpy(ip.bytes, &peer.sin6_addr, sizeof ip.bytes);
	verdict = limits_enter(s->limits, &ip, server_now().now_ms, &address, &turn_ms);
	if (verdict != LIMITS_WELCOME) {
		turn_away(s, fd, sentences[verdict]);
		return;
	}
	prepare(fd);
	s->counts.accepted++;
	conn_open(s, fd, &peer, address, turn_ms);
}

/* Those that have gone again while they waited to be accepted are no reason to stop accepting. */
static bool is_passing(int error)
{
	return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM || error == ENETDOWN ||
	       error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
	       error == EOPNOTSUPP || error == ENETUNREACH || error == ETIMEDOUT;
}

static void on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct sockaddr_storage from;
	struct server *s = arg;
	unsigned round;

	(void)what;
	for (round = 0; round < ACCEPT_ROUNDS; round++) {
		socklen_t len = sizeof from;
		int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			welcome(s, fd, &from);
		} else if (errno == EAGAIN) {
			return;
		} else if (!is_passing(errno)) {
			back_off(s, errno);
			return;
		}
	}
}

/* ---- listening ------------------------------------------------------------- */

/* Both families on one socket, where the address is '::'. */
static int listen_at(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, off = 0, error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int listen_on(const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *found, *a;
	char service[8];
	int fd = -1, error;

	snprintf(service, sizeof service, "%u", port);
	error = getaddrinfo(host, service, &hints, &found);
	if (error != 0) {
		errno = error == EAI_SYSTEM ? errno : EADDRNOTAVAIL;
		return -1;
	}
	for (a = found; a != NULL && fd < 0; a = a->ai_next)
		fd = listen_at(a);
	error = errno;
	freeaddrinfo(found);
	errno = error;
	return fd;
}

/* A machine without IPv6 listens at 0.0.0.0 where '::' was asked for. */
static int listen_on_any(const char *host, uint16_t port)
{
	int fd = listen_on(host, port);

	if (fd < 0 && errno == EAFNOSUPPORT && strcmp(host, "::") == 0)
		fd = listen_on("0.0.0.0", port);
	return fd;
}

static bool open_listener(struct server *s, size_t i, char error[SERVER_ERROR])
{
	const char *host = s->cfg.listen[i].host;
	uint16_t port = s->cfg.listen[i].port;

	s->fd[i] = listen_on_any(host, port);
	if (s->fd[i] < 0) {
		snprintf(error, SERVER_ERROR, "cannot listen on %s port %u: %s", host, port, strerror(errno));
		return false;
	}
	s->listener[i] = event_new(s->cfg.base, s->fd[i], EV_READ | EV_PERSIST, on_connection, s);
	if (s->listener[i] != NULL && event_add(s->listener[i], NULL) == 0)
		return true;
	snprintf(error, SERVER_ERROR, "no memory");
	return false;
}

uint16_t server_port(const struct server *s, size_t listener)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof at;

	getsockname(s->fd[listener], (struct sockaddr *)&at, &len);
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port :
						((struct sockaddr_in *)&at)->sin_port);
}

struct server *server_open(const struct server_config *cfg, char error[SERVER_ERROR])
{
	struct server *s = calloc(1, sizeof *s);
	size_t i;

	snprintf(error, SERVER_ERROR, "no memory");
	if (s == NULL)
		return NULL;
	s->cfg = *cfg;
	s->all.next = s->all.before = &s->all;
	s->strangers.newer = s->strangers.older = &s->strangers;
	for (i = 0; i < SERVER_LISTENERS; i++)
		s->fd[i] = -1;
	event_assign(&s->work, cfg->base, -1, 0, work, s);
	event_assign(&s->timer, cfg->base, -1, 0, work, s);
	event_assign(&s->retry, cfg->base, -1, 0, on_retry, s);
	s->limits = limits_new(&cfg->limits);
	for (i = 0; s->limits != NULL && i < cfg->listens && open_listener(s, i, error); i++)
		;
	if (s->limits == NULL || i < cfg->listens) {
		server_close(s);
		return NULL;
	}
	server_wake(s);
	return s;
}

void server_counts(const struct server *s, struct server_counts *counts)
{
	*counts = s->counts;
}

/* ---- the end --------------------------------------------------------------- */

static void stop_listening(struct server *s)
{
	size_t i;

	for (i = 0; i < SERVER_LISTENERS; i++) {
		if (s->listener[i] != NULL)
			event_free(s->listener[i]);
		s->listener[i] = NULL;
		if (s->fd[i] >= 0)
			close(s->fd[i]);
		s->fd[i] = -1;
	}
}

static void close_those(struct server *s, bool all)
{
	struct server_conn *c, *next;

	for (c = s->all.next; c != &s->all; c = next) {
		next = c->next;
		if (all || c->node == NULL)
			conn_close(c, NULL);
	}
}

void server_stop(struct server *s, void (*done)(void *to), void *to)
{
	s->stopping = true;
	s->done = done;
	s->done_to = to;
	stop_listening(s);
	close_those(s, false);
	node_stop(s->cfg.node, server_now());
	server_wake(s);
}

void server_close(struct server *s)
{
	size_t i;

	if (s == NULL)
		return;
	close_those(s, true);
	stop_listening(s);
	event_del(&s->work);
	event_del(&s->timer);
	event_del(&s->retry);
	for (i = 0; i < sizeof s->watch / sizeof *s->watch; i++)
		if (s->watch[i].used)
			event_del(&s->watch[i].event);
	limits_free(s->limits);
	deadlines_free(&s->deadlines);
	free(s);
}
