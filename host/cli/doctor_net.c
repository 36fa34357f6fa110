/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_net.h"

#include "base/bytes.h"
#include "base/ticks.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

uint32_t doctor_net_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

/* ---- maps ------------------------------------------------------------------ */

static bool read_port(const char *text, uint16_t *port)
{
	uint32_t value;

	if (!bytes_to_u32(bytes_of(text), UINT16_MAX, &value) || value == 0)
		return false;
	*port = (uint16_t)value;
	return true;
}

static void set_port(struct doctor_net_address *a, uint16_t port)
{
	if (a->to.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a->to)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&a->to)->sin_port = htons(port);
}

/* A number, "[...]" around it or not; no name server is asked. */
static bool read_address(const char *text, uint16_t port, struct doctor_net_address *a)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	char host[DOCTOR_NET_HOST];
	size_t len = strlen(text);
	struct addrinfo *found;

	if (len >= sizeof host || len == 0)
		return false;
	snprintf(host, sizeof host, "%s", text);
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
	}
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	memcpy(&a->to, found->ai_addr, found->ai_addrlen);
	a->len = found->ai_addrlen;
	freeaddrinfo(found);
	set_port(a, port);
	return true;
}

bool doctor_net_add(struct doctor_net *n, const char *spec, char why[DOCTOR_NET_WHY])
{
	struct doctor_net_map *m = &n->map[n->maps];
	char copy[2 * DOCTOR_NET_HOST], *equals, *from, *to;
	uint16_t port = 0;

	snprintf(copy, sizeof copy, "%s", spec);
	equals = strchr(copy, '=');
	if (equals != NULL)
		*equals = '\0';
	from = strrchr(copy, ':');
	to = equals != NULL ? strrchr(equals + 1, ':') : NULL;
	if (n->maps == DOCTOR_NET_MAPS || strlen(spec) >= sizeof copy || equals == NULL || from == NULL ||
	    to == NULL || from == copy || from - copy >= DOCTOR_NET_HOST) {
		snprintf(why, DOCTOR_NET_WHY, "'%.80s' is not of the form NAME:PORT=ADDRESS:PORT", spec);
		return false;
	}
	*from = *to = '\0';
	if (!read_port(from + 1, &m->port) || !read_port(to + 1, &port) || !read_address(equals + 1, port, &m->to)) {
		snprintf(why, DOCTOR_NET_WHY, "'%.80s': ports are numbers from 1 to 65535, and the address is a number "
			 "such as 127.0.0.1", spec);
		return false;
	}
	snprintf(m->name, sizeof m->name, "%.*s", DOCTOR_NET_HOST - 1, copy);
	n->maps++;
	return true;
}

static bool find_map(const struct doctor_net *n, const char *host, uint16_t port, struct doctor_net_address *a)
{
	bool found = false;

	for (size_t i = 0; i < n->maps; i++) {
		const struct doctor_net_map *m = &n->map[i];

		if (strcasecmp(m->name, host) != 0)
			continue;
		if (m->port == port) {
			*a = m->to;
			return true;
		}
		if (!found) {
			*a = m->to;
			set_port(a, port);
		}
		found = true;
	}
	return found;
}

/* ---- lookups: getaddrinfo() may block for minutes ----------------------------- */

struct doctor_net_lookup {
	pthread_mutex_t lock;
	unsigned users;                  /* who asked, and the thread: the last one frees it */
	bool     done;
	int      result, wake;           /* WAKE: readable when it is done */
	struct addrinfo *found;
	char     host[DOCTOR_NET_HOST];
};

static void drop(struct doctor_net_lookup *l)
{
	unsigned left;

	pthread_mutex_lock(&l->lock);
	left = --l->users;
	pthread_mutex_unlock(&l->lock);
	if (left > 0)
		return;
	if (l->found != NULL)
		freeaddrinfo(l->found);
	close(l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void *look_up(void *lookup)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct doctor_net_lookup *l = lookup;
	struct addrinfo *found = NULL;
	int result = getaddrinfo(l->host, NULL, &hints, &found);

	pthread_mutex_lock(&l->lock);
	l->found = found;
	l->result = result;
	l->done = true;
	pthread_mutex_unlock(&l->lock);
	eventfd_write(l->wake, 1);
	drop(l);
	return NULL;
}

static struct doctor_net_lookup *start_lookup(const char *host)
{
	struct doctor_net_lookup *l = calloc(1, sizeof *l);
	pthread_t thread;

	if (l == NULL)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	snprintf(l->host, sizeof l->host, "%s", host);
	l->users = 2;
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0 || pthread_create(&thread, NULL, look_up, l) != 0) {
		l->users = 1;
		drop(l);
		return NULL;
	}
	pthread_detach(thread);
	return l;
}

static bool lookup_done(struct doctor_net_lookup *l)
{
	bool done;

	pthread_mutex_lock(&l->lock);
	done = l->done;
	pthread_mutex_unlock(&l->lock);
	return done;
}

/* ---- a connection ---------------------------------------------------------------- */

void doctor_net_list(const struct doctor_net_tcp *t, char *out, size_t size)
{
	struct text list;

	text_init(&list, out, size);
	for (size_t i = 0; i < t->addresses; i++) {
		char host[INET6_ADDRSTRLEN + 16];
		const struct doctor_net_address *a = &t->address[i];

		if (getnameinfo((const struct sockaddr *)&a->to, a->len, host, sizeof host, NULL, 0, NI_NUMERICHOST) !=
		    0)
			continue;
		text_add(&list, list.len > 0 ? ", " : "");
		text_add(&list, a->to.ss_family == AF_INET6 ? "[" : "");
		text_add(&list, host);
		text_add(&list, a->to.ss_family == AF_INET6 ? "]" : "");
	}
}

static void note_reached(struct doctor_net_tcp *t)
{
	struct doctor_net_tcp one = *t;
	char host[DOCTOR_NET_TEXT - 8];
	const struct sockaddr_storage *to = &t->address[t->at].to;
	unsigned port = ntohs(to->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)to)->sin6_port
							: ((const struct sockaddr_in *)to)->sin_port);

	one.address[0] = t->address[t->at];
	one.addresses = 1;
	doctor_net_list(&one, host, sizeof host);
	snprintf(t->reached, sizeof t->reached, "%s:%u", host, port);
}

static void lose(struct doctor_net_tcp *t, enum err why)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->why = why;
	t->state = DOCTOR_NET_LOST;
}

/* What a refusal tells is worth more than that nothing came, and that more than a missing route. */
static enum err err_of(int error)
{
	return error == ETIMEDOUT ? ERR_MODEM_OPEN_TIMEOUT : ERR_MODEM_CONNECT;
}

static void connect_next(struct doctor_net_tcp *t, uint32_t now_ms);

static void failed(struct doctor_net_tcp *t, int error, uint32_t now_ms)
{
	if (t->error != ECONNREFUSED && (t->error != ETIMEDOUT || error == ECONNREFUSED))
		t->error = error;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->at++;
	if (t->at < t->addresses && t->limit_ms > now_ms - t->began_ms) {
		connect_next(t, now_ms);
		return;
	}
	t->at = t->addresses > 0 ? t->addresses - 1 : 0;
	t->connect_ms = now_ms - t->began_ms;
	lose(t, err_of(t->error));
}

static void connected(struct doctor_net_tcp *t, uint32_t now_ms)
{
	int on = 1;

	(void)setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	t->connect_ms = now_ms - t->began_ms;
	t->state = DOCTOR_NET_OPEN;
}

static void connect_next(struct doctor_net_tcp *t, uint32_t now_ms)
{
	const struct doctor_net_address *a = &t->address[t->at];

	t->state = DOCTOR_NET_CONNECT;
	note_reached(t);
	t->fd = socket(a->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		failed(t, errno, now_ms);
	else if (connect(t->fd, (const struct sockaddr *)&a->to, a->len) == 0)
		connected(t, now_ms);
	else if (errno != EINPROGRESS)
		failed(t, errno, now_ms);
}

static void start_connecting(struct doctor_net_tcp *t, uint32_t now_ms)
{
	t->resolved = true;
	t->lookup_ms = now_ms - t->began_ms;
	t->began_ms = now_ms;
	t->limit_ms = DOCTOR_NET_CONNECT_MS;
	t->at = 0;
	connect_next(t, now_ms);
}

static void end_lookup(struct doctor_net_tcp *t, uint32_t now_ms)
{
	const struct addrinfo *a = t->lookup->found;

	t->gai = t->lookup->result;
	for (; a != NULL && t->addresses < DOCTOR_NET_ADDRESSES; a = a->ai_next) {
		struct doctor_net_address *to = &t->address[t->addresses];

		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		memcpy(&to->to, a->ai_addr, a->ai_addrlen);
		to->len = a->ai_addrlen;
		set_port(to, t->port);
		t->addresses++;
	}
	drop(t->lookup);
	t->lookup = NULL;
	if (t->addresses > 0) {
		start_connecting(t, now_ms);
		return;
	}
	t->lookup_ms = now_ms - t->began_ms;
	lose(t, ERR_MODEM_DNS);
}

static void in_lookup(struct doctor_net_tcp *t, uint32_t now_ms)
{
	if (lookup_done(t->lookup)) {
		end_lookup(t, now_ms);
		return;
	}
	if (now_ms - t->began_ms < t->limit_ms)
		return;
	drop(t->lookup);
	t->lookup = NULL;
	t->gai = EAI_AGAIN;
	t->lookup_ms = now_ms - t->began_ms;
	lose(t, ERR_MODEM_DNS);
}

/* Each address gets its part of the time. */
static uint32_t part_ms(const struct doctor_net_tcp *t)
{
	return t->limit_ms / (uint32_t)t->addresses * (uint32_t)(t->at + 1);
}

static void in_connect(struct doctor_net_tcp *t, uint32_t now_ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof error;

	if (poll(&p, 1, 0) <= 0) {
		if (now_ms - t->began_ms >= part_ms(t))
			failed(t, ETIMEDOUT, now_ms);
		return;
	}
	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0)
		connected(t, now_ms);
	else
		failed(t, error, now_ms);
}

void doctor_net_step(struct doctor_net_tcp *t, uint32_t now_ms)
{
	if (t->state == DOCTOR_NET_LOOKUP)
		in_lookup(t, now_ms);
	if (t->state == DOCTOR_NET_CONNECT)
		in_connect(t, now_ms);
}

bool doctor_net_deadline(const struct doctor_net_tcp *t, uint32_t *at_ms)
{
	if (t->state != DOCTOR_NET_LOOKUP && t->state != DOCTOR_NET_CONNECT)
		return false;
	*at_ms = t->began_ms + (t->state == DOCTOR_NET_LOOKUP ? t->limit_ms : part_ms(t));
	return true;
}

short doctor_net_poll(const struct doctor_net_tcp *t, int *fd)
{
	*fd = t->state == DOCTOR_NET_LOOKUP ? t->lookup->wake : t->fd;
	return t->state == DOCTOR_NET_CONNECT ? POLLOUT : POLLIN;
}

const char *doctor_net_error(const struct doctor_net_tcp *t)
{
	if (t->why == ERR_MODEM_DNS && t->gai == EAI_NONAME)
		return "there is no such name";
	if (t->why == ERR_MODEM_DNS && t->gai == EAI_AGAIN)
		return "no name server answered";
	if (t->why == ERR_MODEM_DNS)
		return gai_strerror(t->gai);
	if (t->why == ERR_MODEM_CLOSED)
		return t->error == 0 ? "closed by the other end" : strerror(t->error);
	return t->error == ETIMEDOUT ? "no answer" : strerror(t->error);
}

/* ---- link.h -------------------------------------------------------------------------- */

static struct doctor_net_tcp *tcp_of(struct link *l)
{
	return (struct doctor_net_tcp *)(void *)l;   /* its first member */
}

static enum err open_tcp(struct link *l, const char *host, uint16_t port, uint32_t now_ms)
{
	struct doctor_net_tcp *t = tcp_of(l);
	const struct doctor_net *net = t->net;

	if (t->state != DOCTOR_NET_CLOSED)
		return ERR_STATE;
	if (strlen(host) >= DOCTOR_NET_HOST)
		return ERR_TOO_LONG;
	doctor_net_init(t, net);
	t->port = port;
	t->began_ms = now_ms;
	t->limit_ms = DOCTOR_NET_LOOKUP_MS;
	t->mapped = find_map(net, host, port, &t->address[0]);
	t->literal = !t->mapped && read_address(host, port, &t->address[0]);
	if (t->mapped || t->literal) {
		t->addresses = 1;
		start_connecting(t, now_ms);
		return ERR_OK;
	}
	t->lookup = start_lookup(host);
	if (t->lookup == NULL)
		return ERR_CRYPTO_MEMORY;
	t->state = DOCTOR_NET_LOOKUP;
	return ERR_OK;
}

static enum err state_of(const struct link *l)
{
	const struct doctor_net_tcp *t = (const struct doctor_net_tcp *)(const void *)l;

	switch (t->state) {
	case DOCTOR_NET_CLOSED:  return ERR_STATE;
	case DOCTOR_NET_LOOKUP:
	case DOCTOR_NET_CONNECT: return ERR_AGAIN;
	case DOCTOR_NET_OPEN:    return ERR_OK;
	case DOCTOR_NET_LOST:    break;
	}
	return t->why;
}

static enum err ended(struct doctor_net_tcp *t, int error)
{
	t->error = error;
	lose(t, error == ETIMEDOUT ? ERR_MODEM_STALLED : ERR_MODEM_CLOSED);
	return t->why;
}

static bool would_block(int error)
{
	return error == EAGAIN || error == EINTR;
}

static enum err send_tcp(struct link *l, const uint8_t *data, size_t len, size_t *taken, uint32_t now_ms)
{
	struct doctor_net_tcp *t = tcp_of(l);
	ssize_t n;

	(void)now_ms;
	*taken = 0;
	if (t->state != DOCTOR_NET_OPEN)
		return state_of(l);
	n = send(t->fd, data, len, MSG_NOSIGNAL);
	if (n < 0 && would_block(errno))
		return ERR_AGAIN;
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		return ERR_AGAIN;            /* what came before it is read first, and says why */
	if (n <= 0)
		return ended(t, errno);
	*taken = (size_t)n;
	t->bytes_out += (uint32_t)n;
	return ERR_OK;
}

static enum err recv_tcp(struct link *l, uint8_t *buf, size_t size, size_t *got, uint32_t now_ms)
{
	struct doctor_net_tcp *t = tcp_of(l);
	ssize_t n;

	(void)now_ms;
	*got = 0;
	if (t->state != DOCTOR_NET_OPEN)
		return state_of(l);
	n = recv(t->fd, buf, size, 0);
	if (n < 0 && would_block(errno))
		return ERR_AGAIN;
	if (n <= 0)
		return ended(t, n < 0 ? errno : 0);
	*got = (size_t)n;
	t->bytes_in += (uint32_t)n;
	return ERR_OK;
}

static void close_tcp(struct link *l, uint32_t now_ms)
{
	struct doctor_net_tcp *t = tcp_of(l);

	(void)now_ms;
	if (t->lookup != NULL)
		drop(t->lookup);
	t->lookup = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->state = DOCTOR_NET_CLOSED;
}

void doctor_net_init(struct doctor_net_tcp *t, const struct doctor_net *net)
{
	static const struct link_ops ops = { open_tcp, state_of, send_tcp, recv_tcp, close_tcp };

	*t = (struct doctor_net_tcp){ .link = { &ops }, .net = net, .fd = -1 };
}

/* ---- the time -------------------------------------------------------------------------- */

bool doctor_net_synchronised(void)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	return state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

enum { NTP_LEN = 48, NTP_PORT = 123 };

static const int64_t ntp_to_unix_s = 2208988800;   /* from 1900 to 1970 */

/* Within what is left of LIMIT_MS: the lookup alone; no connection is made. */
static bool resolve(const struct doctor_net *n, const char *name, uint32_t limit_ms, struct doctor_net_address *a)
{
	struct doctor_net_lookup *l;
	struct pollfd p = { .events = POLLIN };
	bool found = false;

	if (find_map(n, name, NTP_PORT, a) || read_address(name, NTP_PORT, a))
		return true;
	l = start_lookup(name);
	if (l == NULL)
		return false;
	p.fd = l->wake;
	(void)poll(&p, 1, (int)limit_ms);
	if (lookup_done(l) && l->found != NULL && l->found->ai_addrlen <= sizeof a->to) {
		memcpy(&a->to, l->found->ai_addr, l->found->ai_addrlen);
		a->len = l->found->ai_addrlen;
		set_port(a, NTP_PORT);
		found = true;
	}
	drop(l);
	return found;
}

/* RFC 5905, 7.3: leap indicator 3 and stratum 0 are of a server that does not know the time either. */
static bool read_time(const uint8_t reply[NTP_LEN], const uint8_t cookie[8], int64_t *unix_s)
{
	uint32_t seconds = 0;

	for (unsigned i = 40; i < 44; i++)
		seconds = seconds << 8 | reply[i];
	if ((reply[0] & 7) != 4 || reply[0] >> 6 == 3 || reply[1] == 0 || memcmp(reply + 24, cookie, 8) != 0)
		return false;
	*unix_s = (int64_t)seconds + (seconds < 0x80000000u ? INT64_C(0x100000000) : 0) - ntp_to_unix_s;
	return true;
}

static bool ask(int fd, uint32_t limit_ms, int64_t *unix_s)
{
	uint8_t packet[NTP_LEN] = { 0x23 }, reply[NTP_LEN];     /* version 4, client */
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (getrandom(packet + 40, 8, 0) != 8)                  /* comes back as the origin: a cookie */
		return false;
	if (send(fd, packet, sizeof packet, MSG_NOSIGNAL) != NTP_LEN || poll(&p, 1, (int)limit_ms) <= 0)
		return false;
	return recv(fd, reply, sizeof reply, MSG_DONTWAIT) == NTP_LEN && read_time(reply, packet + 40, unix_s);
}

bool doctor_net_time(const struct doctor_net *n, const char *name, uint32_t limit_ms, int64_t *unix_s,
		     char why[DOCTOR_NET_WHY])
{
	struct doctor_net_address a;
	uint32_t began_ms = doctor_net_now(), spent_ms;
	bool told = false;
	int fd;

	if (!resolve(n, name, limit_ms, &a)) {
		snprintf(why, DOCTOR_NET_WHY, "the time server's name '%.64s' does not resolve", name);
		return false;
	}
	spent_ms = doctor_net_now() - began_ms;
	fd = socket(a.to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&a.to, a.len) == 0)
		told = ask(fd, spent_ms < limit_ms ? limit_ms - spent_ms : 1, unix_s);
	if (fd >= 0)
		close(fd);
	if (!told)
		snprintf(why, DOCTOR_NET_WHY, "the time server '%.64s' did not tell the time", name);
	return told;
}
