/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/net.h"

#include "base/ticks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADDRESSES = 4, PARTING_MS = 10000, UNSENT_MS = 10, PING_MS = 4000 };

enum purpose { FOR_OPEN, FOR_RESOLVE, FOR_PING };

/* What a thread is given, and writes back through the pipe: less than PIPE_BUF,
 * so that it arrives in one piece. */
struct lookup {
	enum purpose purpose;
	int      id;
	unsigned generation;
	int      answer_fd;
	size_t   count;
	struct in_addr address[ADDRESSES];
	char     host[MODEM_HOST_MAX + 1];
};

static void warn(struct net *n, const char *format, const char *host, unsigned port)
{
	char text[MODEM_HOST_MAX + 160];

	snprintf(text, sizeof text, format, host, port);
	n->warn(text);
}

/* ---- where to ---- */

static bool is_loopback(struct in_addr a)
{
	return ntohl(a.s_addr) >> 24 == 127;
}

/* PORT 0: by name alone, for a lookup. */
static const struct options_map *find_map(const struct net *n, const char *host, uint16_t port)
{
	for (size_t i = 0; i < n->options->maps; i++) {
		const struct options_map *m = &n->options->map[i];

		if (m->name_len == strlen(host) && strncasecmp(m->name, host, m->name_len) == 0 &&
		    (port == 0 || m->port == port))
			return m;
	}
	return NULL;
}

static bool may_reach(struct net *n, struct in_addr a, unsigned port)
{
	char text[INET_ADDRSTRLEN];

	if (n->options->allow_network || is_loopback(a))
		return true;
	inet_ntop(AF_INET, &a, text, sizeof text);
	warn(n, "refused to connect to %s:%u: it is beyond loopback (--map it, or give --allow-network)", text, port);
	return false;
}

/* ---- lookups ---- */

static void *look_up(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *list = NULL;

	if (getaddrinfo(l->host, NULL, &hints, &list) == 0)
		for (const struct addrinfo *a = list; a != NULL && l->count < ADDRESSES; a = a->ai_next)
			l->address[l->count++] = ((const struct sockaddr_in *)(const void *)a->ai_addr)->sin_addr;
	if (list != NULL)
		freeaddrinfo(list);
	if (write(l->answer_fd, l, sizeof *l) < 0)
		perror("tern-modem: resolver");
	free(l);
	return NULL;
}

static bool start_lookup(struct net *n, enum purpose purpose, int id, unsigned generation, const char *host)
{
	struct lookup *l = n->looking < NET_LOOKUPS ? malloc(sizeof *l) : NULL;
	pthread_t thread;

	if (l == NULL)
		return false;
	*l = (struct lookup){ .purpose = purpose, .id = id, .generation = generation, .answer_fd = n->lookup_fd };
	snprintf(l->host, sizeof l->host, "%s", host);
	if (pthread_create(&thread, NULL, look_up, l) != 0) {
		free(l);
		return false;
	}
	pthread_detach(thread);
	n->looking++;
	return true;
}

/* HOST without any asking: an address, or a mapped name. */
static bool known_address(const struct net *n, const char *host, struct in_addr *a)
{
	const struct options_map *m = find_map(n, host, 0);

	if (m != NULL) {
		*a = m->to.sin_addr;
		return true;
	}
	return inet_pton(AF_INET, host, a) == 1;
}

static void warn_name(struct net *n, const char *host, unsigned port)
{
	if (port != 0)
		warn(n, "%s:%u does not resolve: no --map has it, and --allow-network is not given", host, port);
	else
		warn(n, "%s does not resolve: no --map has it, and --allow-network is not given", host, port);
}

/* ---- TCP sockets of the modem ---- */

static struct net_socket *socket_of(struct watch *w)
{
	return w->owner;
}

static void drop(struct net_socket *s)
{
	loop_close(s->net->loop, &s->watch);
	s->generation++;
	s->connecting = s->want_write = false;
	s->unsent = 0;
}

static void fail(struct net_socket *s, int error)
{
	drop(s);
	modem_socket_failed(s->net->modem, s->id, error, s->net->now_ms());
}

static void connected(struct net_socket *s)
{
	struct sockaddr_in local = { 0 }, peer = { 0 };
	socklen_t len = sizeof local, peer_len = sizeof peer;
	char address[INET_ADDRSTRLEN] = "";

	s->connecting = false;
	getsockname(s->watch.fd, (struct sockaddr *)&local, &len);
	getpeername(s->watch.fd, (struct sockaddr *)&peer, &peer_len);
	inet_ntop(AF_INET, &peer.sin_addr, address, sizeof address);
	modem_socket_opened(s->net->modem, s->id, address, ntohs(local.sin_port), s->net->now_ms());
}

static void connect_to(struct net_socket *s, const struct sockaddr_in *to)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		fail(s, MODEM_ERR_CREATE);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	s->watch.fd = fd;
	if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0) {
		connected(s);
	} else if (errno == EINPROGRESS) {
		s->connecting = true;
		loop_want(s->net->loop, &s->watch, EPOLLOUT);
	} else {
		fail(s, MODEM_ERR_CONNECT);
	}
}

static void open_address(struct net_socket *s, struct in_addr a, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = a };

	if (may_reach(s->net, a, port))
		connect_to(s, &to);
	else
		fail(s, MODEM_ERR_CONNECT);
}

/* Neither this port of it is mapped, nor may the system be asked. */
static int unreachable(struct net *n, const struct modem_event *ev)
{
	if (find_map(n, ev->host, 0) == NULL) {
		warn_name(n, ev->host, ev->port);
		return MODEM_ERR_DNS;
	}
	warn(n, "refused to connect to %s:%u: --map has other ports of it", ev->host, ev->port);
	return MODEM_ERR_CONNECT;
}

static void on_open(struct net *n, const struct modem_event *ev)
{
	struct net_socket *s = &n->socket[ev->id];
	const struct options_map *m = find_map(n, ev->host, ev->port);
	struct in_addr a;

	drop(s);
	s->port = ev->port;
	if (m != NULL) {
		connect_to(s, &m->to);
	} else if (inet_pton(AF_INET, ev->host, &a) == 1) {
		open_address(s, a, ev->port);
	} else if (!n->options->allow_network) {
		fail(s, unreachable(n, ev));
	} else if (!start_lookup(n, FOR_OPEN, s->id, s->generation, ev->host)) {
		fail(s, MODEM_ERR_DNS_BUSY);
	}
}

static void on_data(struct net *n, const struct modem_event *ev)
{
	struct net_socket *s = &n->socket[ev->id];
	ssize_t sent = send(s->watch.fd, ev->data.data, ev->data.len, MSG_NOSIGNAL);
	bool dead = sent < 0 && errno != EAGAIN && errno != EINTR;

	if (sent < (ssize_t)ev->data.len)
		s->want_write = true;
	modem_socket_taken(n->modem, s->id, sent > 0 ? (size_t)sent : 0, n->now_ms());
	if (dead) {
		drop(s);
		modem_socket_closed(n->modem, s->id, n->now_ms());
	}
}

static void read_socket(struct net_socket *s)
{
	struct net *n = s->net;
	uint8_t buf[4096];
	size_t room = modem_socket_room(n->modem, s->id);
	ssize_t got;

	if (room == 0)
		return;
	got = recv(s->watch.fd, buf, room < sizeof buf ? room : sizeof buf, 0);
	if (got > 0) {
		modem_socket_data(n->modem, s->id, buf, (size_t)got, n->now_ms());
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		drop(s);
		modem_socket_closed(n->modem, s->id, n->now_ms());
	}
}

static void finish_connect(struct net_socket *s)
{
	int error = 0;
	socklen_t len = sizeof error;

	getsockopt(s->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == 0)
		connected(s);
	else
		fail(s, MODEM_ERR_CONNECT);
}

static void socket_ready(struct watch *w, uint32_t events)
{
	struct net_socket *s = socket_of(w);

	if (s->connecting) {
		finish_connect(s);
		return;
	}
	if (events & (EPOLLOUT | EPOLLERR)) {
		s->want_write = false;
		modem_socket_writable(s->net->modem, s->id, s->net->now_ms());
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_socket(s);
}

/* ---- closing ---- */

static void parting_ready(struct watch *w, uint32_t events)
{
	struct net_parting *p = w->owner;
	char buf[4096];
	ssize_t n = recv(w->fd, buf, sizeof buf, 0);

	(void)events;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		loop_close(p->net->loop, w);
}

static struct net_parting *parting_slot(struct net *n)
{
	struct net_parting *oldest = &n->parting[0];

	for (size_t i = 0; i < NET_PARTING; i++) {
		struct net_parting *p = &n->parting[i];

		if (p->watch.fd < 0)
			return p;
		if (ticks_reached(oldest->until_ms, p->until_ms))
			oldest = p;
	}
	loop_close(n->loop, &oldest->watch);
	return oldest;
}

/* Closing with unread bytes would reset the connection, and could take bytes
 * away from the peer that were sent before. */
static void part(struct net *n, struct net_socket *s)
{
	struct net_parting *p = parting_slot(n);

	loop_want(n->loop, &s->watch, 0);
	shutdown(s->watch.fd, SHUT_WR);
	p->watch.fd = s->watch.fd;
	p->watch.events = 0;
	p->until_ms = n->now_ms() + PARTING_MS;
	s->watch.fd = -1;
	loop_want(n->loop, &p->watch, EPOLLIN);
}

static void on_close(struct net *n, const struct modem_event *ev)
{
	struct net_socket *s = &n->socket[ev->id];
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (s->watch.fd >= 0 && !s->connecting && !ev->abort)
		part(n, s);
	else if (s->watch.fd >= 0)
		setsockopt(s->watch.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	drop(s);
}

/* ---- names and echo requests ---- */

static void tell_addresses(struct net *n, int ticket, const struct in_addr *a, size_t count)
{
	char text[ADDRESSES][INET_ADDRSTRLEN];
	const char *list[ADDRESSES];

	for (size_t i = 0; i < count; i++)
		list[i] = inet_ntop(AF_INET, &a[i], text[i], sizeof text[i]);
	modem_resolved(n->modem, ticket, list, count, MODEM_ERR_DNS, n->now_ms());
}

static void on_resolve(struct net *n, const struct modem_event *ev)
{
	struct in_addr a;

	if (known_address(n, ev->host, &a)) {
		tell_addresses(n, ev->id, &a, 1);
	} else if (!n->options->allow_network) {
		warn_name(n, ev->host, 0);
		tell_addresses(n, ev->id, NULL, 0);
	} else if (!start_lookup(n, FOR_RESOLVE, ev->id, 0, ev->host)) {
		tell_addresses(n, ev->id, NULL, 0);
	}
}

static void end_ping(struct net *n, const char *address, uint32_t ms, int error)
{
	int ticket = n->ping_ticket;

	n->ping_ticket = 0;
	loop_close(n->loop, &n->ping);
	modem_pinged(n->modem, ticket, address, ms, error, n->now_ms());
}

static void ping_ready(struct watch *w, uint32_t events)
{
	struct net *n = w->owner;
	struct icmphdr reply;
	ssize_t got = recv(w->fd, &reply, sizeof reply, 0);

	(void)events;
	if (n->ping_ticket != 0 && got == (ssize_t)sizeof reply && reply.type == ICMP_ECHOREPLY)
		end_ping(n, n->ping_address, n->now_ms() - n->ping_sent_ms, 0);
}

/* An unprivileged echo socket; net.ipv4.ping_group_range says who may have one. */
static void ping_address(struct net *n, int ticket, struct in_addr a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = a };
	uint8_t packet[sizeof(struct icmphdr) + 32] = { ICMP_ECHO };

	n->ping_ticket = ticket;
	n->ping_sent_ms = n->now_ms();
	n->ping_until_ms = n->ping_sent_ms + PING_MS;
	inet_ntop(AF_INET, &a, n->ping_address, sizeof n->ping_address);
	n->ping.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (n->ping.fd < 0)
		warn(n, "cannot ping %s: this system gives no echo socket (sysctl net.ipv4.ping_group_range)",
		     n->ping_address, 0);
	if (n->ping.fd < 0 || !may_reach(n, a, 0) ||
	    sendto(n->ping.fd, packet, sizeof packet, 0, (const struct sockaddr *)&to, sizeof to) < 0) {
		end_ping(n, NULL, 0, MODEM_ERR_TIMEOUT);
		return;
	}
	loop_want(n->loop, &n->ping, EPOLLIN);
}

static void on_ping(struct net *n, const struct modem_event *ev)
{
	struct in_addr a;

	if (known_address(n, ev->host, &a)) {
		ping_address(n, ev->id, a);
		return;
	}
	if (!n->options->allow_network)
		warn_name(n, ev->host, 0);
	if (!n->options->allow_network || !start_lookup(n, FOR_PING, ev->id, 0, ev->host))
		modem_pinged(n->modem, ev->id, NULL, 0, MODEM_ERR_DNS, n->now_ms());
}

static void lookup_done(struct net *n, const struct lookup *l)
{
	if (l->purpose == FOR_RESOLVE) {
		tell_addresses(n, l->id, l->address, l->count);
	} else if (l->purpose == FOR_PING) {
		if (l->count > 0)
			ping_address(n, l->id, l->address[0]);
		else
			modem_pinged(n->modem, l->id, NULL, 0, MODEM_ERR_DNS, n->now_ms());
	} else if (n->socket[l->id].generation == l->generation) {
		if (l->count > 0)
			open_address(&n->socket[l->id], l->address[0], n->socket[l->id].port);
		else
			fail(&n->socket[l->id], MODEM_ERR_DNS);
	}
}

static void lookups_ready(struct watch *w, uint32_t events)
{
	struct net *n = w->owner;
	struct lookup l;

	(void)events;
	while (read(w->fd, &l, sizeof l) == (ssize_t)sizeof l) {
		n->looking--;
		lookup_done(n, &l);
	}
}

/* ---- the whole ---- */

bool net_init(struct net *n)
{
	int ends[2];

	for (int id = 0; id < MODEM_SOCKETS; id++)
		n->socket[id] = (struct net_socket){
			.watch = { .fd = -1, .ready = socket_ready, .owner = &n->socket[id] }, .net = n, .id = id };
	for (size_t i = 0; i < NET_PARTING; i++)
		n->parting[i] = (struct net_parting){
			.watch = { .fd = -1, .ready = parting_ready, .owner = &n->parting[i] }, .net = n };
	n->ping = (struct watch){ .fd = -1, .ready = ping_ready, .owner = n };
	if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
		return false;
	n->lookups = (struct watch){ .fd = ends[0], .ready = lookups_ready, .owner = n };
	n->lookup_fd = ends[1];
	loop_want(n->loop, &n->lookups, EPOLLIN);
	return true;
}

void net_event(struct net *n, const struct modem_event *ev)
{
	switch (ev->type) {
	case MODEM_OPEN:
		on_open(n, ev);
		break;
	case MODEM_DATA:
		on_data(n, ev);
		break;
	case MODEM_CLOSE:
		on_close(n, ev);
		break;
	case MODEM_RESOLVE:
		on_resolve(n, ev);
		break;
	case MODEM_PING:
		on_ping(n, ev);
		break;
	case MODEM_NOTE:
		break;
	}
}

static void count_unsent(struct net_socket *s)
{
	int unsent = 0;

	if (s->watch.fd < 0 || s->connecting || ioctl(s->watch.fd, SIOCOUTQ, &unsent) != 0)
		return;
	s->unsent = (size_t)unsent;
	modem_socket_unsent(s->net->modem, s->id, s->unsent, s->net->now_ms());
}

void net_count_unsent(struct net *n)
{
	for (int id = 0; id < MODEM_SOCKETS; id++)
		count_unsent(&n->socket[id]);
}

void net_refresh(struct net *n)
{
	for (int id = 0; id < MODEM_SOCKETS; id++) {
		struct net_socket *s = &n->socket[id];
		uint32_t events = s->want_write ? EPOLLOUT : 0;

		if (s->watch.fd < 0 || s->connecting)
			continue;
		if (modem_socket_room(n->modem, id) > 0)
			events |= EPOLLIN;
		loop_want(n->loop, &s->watch, events);
	}
}

bool net_deadline(const struct net *n, uint32_t *at_ms)
{
	bool have = false;

	for (int id = 0; id < MODEM_SOCKETS; id++)
		if (n->socket[id].watch.fd >= 0 && n->socket[id].unsent > 0)
			ticks_earliest(&have, at_ms, n->now_ms() + UNSENT_MS);
	for (size_t i = 0; i < NET_PARTING; i++)
		if (n->parting[i].watch.fd >= 0)
			ticks_earliest(&have, at_ms, n->parting[i].until_ms);
	if (n->ping_ticket != 0)
		ticks_earliest(&have, at_ms, n->ping_until_ms);
	return have;
}

void net_step(struct net *n)
{
	uint32_t now_ms = n->now_ms();

	for (size_t i = 0; i < NET_PARTING; i++)
		if (n->parting[i].watch.fd >= 0 && ticks_reached(now_ms, n->parting[i].until_ms))
			loop_close(n->loop, &n->parting[i].watch);
	if (n->ping_ticket != 0 && ticks_reached(now_ms, n->ping_until_ms))
		end_ping(n, NULL, 0, MODEM_ERR_TIMEOUT);
}

void net_close(struct net *n)
{
	for (int id = 0; id < MODEM_SOCKETS; id++)
		loop_close(n->loop, &n->socket[id].watch);
	for (size_t i = 0; i < NET_PARTING; i++)
		loop_close(n->loop, &n->parting[i].watch);
	loop_close(n->loop, &n->ping);
}
