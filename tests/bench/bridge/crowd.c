/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd.c - devices by the thousand, on one thread: epoll and OpenSSL.
 *
 *   CLOSED --> TCP --> TLS --> LOGIN --> UP
 *
 * Packets of the server: CONNACK and PUBACK have four bytes each and nothing else
 * is sent to who has not subscribed, so four bytes are one packet.
 */
#include "crowd.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 256, PACKET = 4, HISTOGRAM = 1 << 22 };

enum stage { CLOSED, TCP, TLS, LOGIN, UP };

struct member {
	enum stage stage;
	uint32_t   number;           /* device-NUMBER */
	int        fd;
	SSL       *ssl;
	uint8_t    packet[PACKET];   /* of the server, as far as it is there */
	uint32_t   have;
	uint16_t   next_id, oldest_id;
	uint32_t   waiting;          /* messages without their PUBACK */
	uint64_t  *since_us;         /* when they were sent, by their id modulo CROWD_IN_FLIGHT */
	uint8_t   *message;
	size_t     message_len, id_at;
};

struct crowd {
	const struct crowd_config *cfg;
	SSL_CTX  *ctx;
	EVP_PKEY *key;
	int       poll;
	struct member *members;
	uint32_t  making, up;        /* connections on their way; logged in */
	uint64_t  started_us, ends_us, measures_us;      /* counted from MEASURES_US on */
	uint64_t  logins, messages, failures, sent;
	uint32_t *histogram;         /* microseconds from PUBLISH to PUBACK */
	void    (*on_up)(struct crowd *c, struct member *m);
	void    (*on_puback)(struct crowd *c, struct member *m);
};

_Noreturn void crowd_fail(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, errno != 0 ? strerror(errno) : "failed");
	exit(1);
}

uint64_t crowd_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- one connection -------------------------------------------------------- */

static void watch(struct crowd *c, struct member *m, uint32_t events, int how)
{
	struct epoll_event e = { .events = events, .data.ptr = m };

	if (epoll_ctl(c->poll, how, m->fd, &e) != 0)
		crowd_fail("epoll_ctl");
}

static void open_member(struct crowd *c, struct member *m)
{
	int one = 1;

	m->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		crowd_fail("socket");
	setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(m->fd, (const struct sockaddr *)&c->cfg->to, sizeof c->cfg->to) != 0 && errno != EINPROGRESS)
		crowd_fail("connect");
	m->stage = TCP;
	m->have = m->waiting = 0;
	m->next_id = m->oldest_id = 1;
	c->making++;
	watch(c, m, EPOLLOUT, EPOLL_CTL_ADD);
}

static void close_member(struct crowd *c, struct member *m, bool well)
{
	if (m->stage == UP)
		c->up--;
	else
		c->making--;
	if (!well)
		c->failures++;
	SSL_free(m->ssl);
	m->ssl = NULL;
	close(m->fd);
	m->stage = CLOSED;
}

/* What OpenSSL waits for is watched.  False: it is over. */
static bool wait_again(struct crowd *c, struct member *m, int result)
{
	int error = SSL_get_error(m->ssl, result);

	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		return false;
	watch(c, m, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT, EPOLL_CTL_MOD);
	return true;
}

/* Small packets find room in the socket; what does not is an overload that is a failure here. */
static bool put(struct member *m, const uint8_t *data, size_t len)
{
	return SSL_write(m->ssl, data, (int)len) == (int)len;
}

static bool begin_tls(struct crowd *c, struct member *m)
{
	m->ssl = SSL_new(c->ctx);
	SSL_set_fd(m->ssl, m->fd);
	SSL_set_connect_state(m->ssl);
	m->stage = TLS;
	return true;
}

static bool shake_hands(struct crowd *c, struct member *m)
{
	int result = SSL_do_handshake(m->ssl);
	uint8_t packet[2048];

	if (result != 1)
		return wait_again(c, m, result);
	m->stage = LOGIN;
	watch(c, m, EPOLLIN, EPOLL_CTL_MOD);
	return put(m, packet, crowd_connect(c->cfg, c->key, m->number, packet));
}

static bool on_connack(struct crowd *c, struct member *m)
{
	if (m->packet[0] != 0x20 || m->packet[3] != 0) {
		fprintf(stderr, "crowd: device-%u: CONNACK %u\n", m->number, m->packet[3]);
		return false;
	}
	m->stage = UP;
	c->making--;
	c->up++;
	if (c->on_up != NULL)
		c->on_up(c, m);
	return true;
}

static bool on_packet(struct crowd *c, struct member *m)
{
	if (m->stage == LOGIN)
		return on_connack(c, m);
	if (m->packet[0] != 0x40)
		return false;
	c->on_puback(c, m);
	return true;
}

static bool read_packets(struct crowd *c, struct member *m)
{
	int n = 0;

	while (m->ssl != NULL && (n = SSL_read(m->ssl, m->packet + m->have, (int)(PACKET - m->have))) > 0) {
		m->have += (uint32_t)n;
		if (m->have < PACKET)
			continue;
		m->have = 0;
		if (!on_packet(c, m))
			return false;
	}
	return m->ssl == NULL || SSL_get_error(m->ssl, n) == SSL_ERROR_WANT_READ;
}

static void on_event(struct crowd *c, struct member *m)
{
	bool well = true;

	if (m->stage == TCP)
		well = begin_tls(c, m);
	if (m->stage == TLS)
		well = shake_hands(c, m);
	else if (m->stage >= LOGIN)
		well = read_packets(c, m);
	if (!well && m->stage != CLOSED)
		close_member(c, m, false);
}

/* ---- all of them ------------------------------------------------------------ */

static void open_crowd(struct crowd *c, const struct crowd_config *cfg)
{
	*c = (struct crowd){ .cfg = cfg, .ctx = SSL_CTX_new(TLS_client_method()), .key = crowd_key(cfg->key) };
	c->poll = epoll_create1(EPOLL_CLOEXEC);
	c->members = calloc(cfg->devices, sizeof *c->members);
	c->histogram = calloc(HISTOGRAM, sizeof *c->histogram);
	if (c->members == NULL || c->histogram == NULL || c->poll < 0)
		crowd_fail("memory");
	SSL_CTX_set_mode(c->ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	if (cfg->ca != NULL && SSL_CTX_load_verify_file(c->ctx, cfg->ca) != 1)
		crowd_fail(cfg->ca);
	if (cfg->ca != NULL)
		SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, NULL);
	for (uint32_t i = 0; i < cfg->devices; i++)
		c->members[i].number = cfg->first + i;
	c->started_us = c->measures_us = crowd_now_us();
}

/* Events until none is there for WAIT_MS. */
static void turn(struct crowd *c, int wait_ms)
{
	struct epoll_event events[BATCH];
	int n = epoll_wait(c->poll, events, BATCH, wait_ms);

	for (int i = 0; i < n; i++)
		on_event(c, events[i].data.ptr);
}

static void close_crowd(struct crowd *c)
{
	for (uint32_t i = 0; i < c->cfg->devices; i++) {
		struct member *m = &c->members[i];

		if (m->stage != CLOSED)
			close_member(c, m, true);
		free(m->message);
		free(m->since_us);
	}
	close(c->poll);
	free(c->members);
	free(c->histogram);
	SSL_CTX_free(c->ctx);
	EVP_PKEY_free(c->key);
}

static void connect_all(struct crowd *c)
{
	uint32_t next = 0;

	while (c->up < c->cfg->devices) {
		while (next < c->cfg->devices && c->making < c->cfg->at_once)
			open_member(c, &c->members[next++]);
		turn(c, 1000);
		if (c->failures > 0)
			crowd_fail("a connection was not made");
	}
}

/* ---- logins ------------------------------------------------------------------ */

static void leave_at_once(struct crowd *c, struct member *m)
{
	static const uint8_t disconnect[] = { 0xe0, 0 };

	c->logins++;
	put(m, disconnect, sizeof disconnect);
	close_member(c, m, true);
}

void crowd_logins(const struct crowd_config *cfg)
{
	struct crowd c;
	uint32_t next = 0;
	double seconds;

	open_crowd(&c, cfg);
	c.on_up = leave_at_once;
	c.ends_us = c.started_us + (uint64_t)(cfg->seconds * 1e6);
	while (crowd_now_us() < c.ends_us) {
		while (c.making < cfg->at_once) {
			while (c.members[next % cfg->devices].stage != CLOSED)
				next++;
			open_member(&c, &c.members[next++ % cfg->devices]);
		}
		turn(&c, 100);
	}
	seconds = (double)(crowd_now_us() - c.started_us) / 1e6;
	printf("{\"logins\":%llu,\"failures\":%llu,\"seconds\":%.3f}\n", (unsigned long long)c.logins,
	       (unsigned long long)c.failures, seconds);
	close_crowd(&c);
}

/* ---- idle --------------------------------------------------------------------- */

void crowd_idle(const struct crowd_config *cfg)
{
	struct crowd c;
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	open_crowd(&c, cfg);
	connect_all(&c);
	printf("{\"up\":%u,\"seconds\":%.3f}\n", c.up, (double)(crowd_now_us() - c.started_us) / 1e6);
	fflush(stdout);
	while (poll(&in, 1, 0) == 0)
		turn(&c, 200);
	printf("{\"up\":%u,\"failures\":%llu}\n", c.up, (unsigned long long)c.failures);
	close_crowd(&c);
}

/* ---- publishers ----------------------------------------------------------------- */

static bool may_send(const struct crowd *c, uint64_t now_us)
{
	if (c->cfg->rate == 0)
		return true;
	return c->sent < (now_us - c->started_us) * c->cfg->rate / 1000000 + 1;
}

static void publish(struct crowd *c, struct member *m, uint64_t now_us)
{
	m->message[m->id_at] = (uint8_t)(m->next_id >> 8);
	m->message[m->id_at + 1] = (uint8_t)m->next_id;
	m->since_us[m->next_id % CROWD_IN_FLIGHT] = now_us;
	m->next_id = (uint16_t)(m->next_id == UINT16_MAX ? 1 : m->next_id + 1);
	m->waiting++;
	c->sent++;
	if (!put(m, m->message, m->message_len))
		c->failures++;
}

static void fill(struct crowd *c, struct member *m)
{
	uint64_t now_us = crowd_now_us();

	while (m->waiting < c->cfg->in_flight && now_us < c->ends_us && may_send(c, now_us))
		publish(c, m, now_us);
}

static void count_puback(struct crowd *c, struct member *m)
{
	uint16_t id = (uint16_t)(m->packet[2] << 8 | m->packet[3]);
	uint64_t now_us = crowd_now_us(), us = now_us - m->since_us[id % CROWD_IN_FLIGHT];

	m->waiting--;
	if (now_us >= c->measures_us && now_us < c->ends_us) {
		c->messages++;
		c->histogram[us < HISTOGRAM ? us : HISTOGRAM - 1]++;
	}
	if (c->cfg->rate == 0)
		fill(c, m);
}

static uint32_t percentile(const struct crowd *c, double part)
{
	uint64_t want = (uint64_t)((double)c->messages * part), seen = 0;

	for (uint32_t us = 0; us < HISTOGRAM; us++)
		if ((seen += c->histogram[us]) > want)
			return us;
	return 0;
}

static void prepare_messages(struct crowd *c)
{
	size_t size = c->cfg->size + 256;

	for (uint32_t i = 0; i < c->cfg->devices; i++) {
		struct member *m = &c->members[i];

		m->message = malloc(size);
		m->since_us = calloc(CROWD_IN_FLIGHT, sizeof *m->since_us);
		if (m->message == NULL || m->since_us == NULL)
			crowd_fail("memory");
		m->message_len = crowd_publish(c->cfg, m->number, m->message, size, &m->id_at);
	}
}

/* A fifth of the time is for warming up, and not counted. */
void crowd_publishers(const struct crowd_config *cfg)
{
	struct crowd c;
	uint64_t us = (uint64_t)(cfg->seconds * 1e6), waiting = 1;

	open_crowd(&c, cfg);
	prepare_messages(&c);
	c.on_puback = count_puback;
	connect_all(&c);
	c.started_us = crowd_now_us();
	c.measures_us = c.started_us + us / 5;
	c.ends_us = c.measures_us + us;
	while (crowd_now_us() < c.ends_us + 2000000 && waiting > 0) {
		waiting = crowd_now_us() < c.ends_us;
		for (uint32_t i = 0; i < cfg->devices; i++) {
			fill(&c, &c.members[i]);
			waiting += c.members[i].waiting;
		}
		turn(&c, 1);
	}
	printf("{\"messages\":%llu,\"failures\":%llu,\"seconds\":%.3f,\"p50_us\":%u,\"p99_us\":%u,\"lost\":%llu}\n",
	       (unsigned long long)c.messages, (unsigned long long)c.failures, cfg->seconds, percentile(&c, 0.5),
	       percentile(&c, 0.99), (unsigned long long)(waiting > 0 ? waiting : 0));
	close_crowd(&c);
}
