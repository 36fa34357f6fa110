/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - the least server there can be, to hold the others against: OpenSSL
 * and epoll.  A login costs a handshake and the check of one signature (ES256),
 * and is answered by four bytes.
 */
#include "crowd.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 256, BACKLOG = 4096 };

static EVP_PKEY *devices_key;

struct guest {
	int  fd;
	SSL *ssl;
	bool shaken;
};

static SSL_CTX *context(const char *certificate, const char *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		crowd_fail(certificate);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

static void leave(struct guest *g)
{
	SSL_free(g->ssl);
	close(g->fd);
	free(g);
}

static void welcome(int poll, int listener, SSL_CTX *ctx)
{
	int fd, one = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct guest *g = calloc(1, sizeof *g);
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = g };

		if (g == NULL)
			crowd_fail("memory");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		*g = (struct guest){ fd, SSL_new(ctx), false };
		SSL_set_fd(g->ssl, fd);
		SSL_set_accept_state(g->ssl);
		epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
	}
}

/* 64 bytes at the end of a token as OpenSSL takes them (RFC 7518, 3.4). */
static int der_of(const uint8_t *text, uint8_t *der)
{
	uint8_t raw[96];
	char padded[88];
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len;

	for (int i = 0; i < 86; i++)
		padded[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
	padded[86] = padded[87] = '=';
	EVP_DecodeBlock(raw, (const uint8_t *)padded, sizeof padded);
	ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	len = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	return len;
}

/* The token is the end of CONNECT. */
static bool is_signed(const uint8_t *packet, size_t len)
{
	const uint8_t *token = memmem(packet, len, "eyJ", 3), *dot = memrchr(packet, '.', len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[80];
	bool good;

	if (token == NULL || dot == NULL || packet + len - dot != 87)
		crowd_fail("no token");
	good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, devices_key) == 1 &&
	       EVP_DigestVerify(ctx, der, (size_t)der_of(dot + 1, der), token, (size_t)(dot - token)) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* Packets come in one piece from those who are measured with this. */
static bool answer(struct guest *g)
{
	static const uint8_t connack[] = { 0x20, 2, 0, 0 };
	uint8_t buf[4096];
	int n;

	while ((n = SSL_read(g->ssl, buf, sizeof buf)) > 0)
		if (buf[0] != 0x10 || !is_signed(buf, (size_t)n) || SSL_write(g->ssl, connack, sizeof connack) != sizeof connack)
			return false;
	return SSL_get_error(g->ssl, n) == SSL_ERROR_WANT_READ;
}

static void serve_one(struct guest *g)
{
	int result = g->shaken ? 1 : SSL_do_handshake(g->ssl);

	if (result == 1) {
		g->shaken = true;
		if (!answer(g))
			leave(g);
	} else if (SSL_get_error(g->ssl, result) != SSL_ERROR_WANT_READ) {
		leave(g);
	}
}

static int listen_at(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, BACKLOG) != 0)
		crowd_fail("listen");
	return fd;
}

void crowd_serve(uint16_t port, const char *certificate, const char *key, const char *devices)
{
	SSL_CTX *ctx = context(certificate, key);
	int listener = listen_at(port), poll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[BATCH], e = { .events = EPOLLIN, .data.ptr = NULL };

	devices_key = crowd_key(devices);
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(poll, events, BATCH, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				welcome(poll, listener, ctx);
			else
				serve_one(events[i].data.ptr);
		}
	}
}
