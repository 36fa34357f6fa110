/* SPDX-License-Identifier: Apache-2.0 */
/* tls_pair.h - a TLS client and a server in one process, bytes carried by hand: OpenSSL on both ends. */
#ifndef TERN_TESTS_TLS_PAIR_H
#define TERN_TESTS_TLS_PAIR_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_pair_client {
	int         version;         /* TLS1_2_VERSION; 0: any */
	const char *ciphers;         /* for 1.2; NULL: OpenSSL's */
	const char *suites;          /* for 1.3 */
	const char *groups;
	const char *signatures;      /* "ECDSA+SHA256" */
	const char *root, *host;     /* checked, unless NULL */
	SSL_SESSION *session;        /* to be resumed */
	int         fragment;        /* max_fragment_length's code; 0: not asked for */
};

struct tls_pair {
	SSL_CTX *client_ctx;
	SSL     *client, *server;
	SSL_SESSION *ticket;         /* the newest that the client got */
	char     error[256];
};

/* The handshake is done, both ways, tickets included.  False: P->error; tls_pair_close() all the same. */
bool tls_pair_open(struct tls_pair *p, SSL_CTX *server, const struct tls_pair_client *how);
/* TEXT arrives whole at the server, and comes back. */
bool tls_pair_echo(struct tls_pair *p, const char *text);
void tls_pair_close(struct tls_pair *p);

#endif
