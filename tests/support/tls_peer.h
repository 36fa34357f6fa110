/* SPDX-License-Identifier: Apache-2.0 */
/* tls_peer.h - a real TLS server (OpenSSL) in the same process, over memory.
 * Certificates and keys are files of tests/data, named without ".pem". */
#ifndef TERN_TESTS_TLS_PEER_H
#define TERN_TESTS_TLS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_peer_config {
	const char *chain[16];    /* leaf first; ends with NULL */
	const char *key;          /* "leaf_ec": tests/data/leaf_ec.key */
	int         min, max;     /* 0x0303, 0x0304 */
	const char *suites;       /* TLS 1.2, OpenSSL's names; NULL: its defaults */
	const char *suites13;
	const char *signature;    /* of the key exchange, OpenSSL's name: "ECDSA+SHA384"; NULL: its defaults */
	const char *only_host;    /* refuses another name in SNI with alert 112; NULL: takes any */
	bool        no_tickets;
	bool        wants_certificate;
};

struct tls_server;   /* what survives connections: keys, tickets, sessions */
struct tls_peer;     /* one connection */

struct tls_server *tls_server_new(const struct tls_peer_config *cfg);
void tls_server_free(struct tls_server *s);

struct tls_peer *tls_peer_new(struct tls_server *s);
void tls_peer_free(struct tls_peer *p);

/* Wire bytes from the client; then what the server does about them. */
void tls_peer_feed(struct tls_peer *p, const void *data, size_t len);
/* Wire bytes for the client. */
size_t tls_peer_take(struct tls_peer *p, void *buf, size_t size);
/* Plain bytes. */
size_t tls_peer_read(struct tls_peer *p, void *buf, size_t size);
void tls_peer_write(struct tls_peer *p, const void *data, size_t len);
/* Send close_notify. */
void tls_peer_close(struct tls_peer *p);

bool tls_peer_up(const struct tls_peer *p);
bool tls_peer_resumed(const struct tls_peer *p);
const char *tls_peer_sni(const struct tls_peer *p);   /* "" if none came */
int tls_peer_alert(const struct tls_peer *p);         /* last one received, or -1 */

#endif
