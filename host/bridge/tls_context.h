/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_context.h - the server's end of TLS 1.2 and 1.3: certificates, ciphers,
 * tickets, and their change while connections are open.
 */
#ifndef TERN_BRIDGE_TLS_CONTEXT_H
#define TERN_BRIDGE_TLS_CONTEXT_H

#include "bridge/tickets.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLS_CONTEXT_CERTIFICATES = 2, TLS_CONTEXT_ERROR = 512 };

struct ssl_ctx_st;

struct tls_context_config {
	/* One, or an RSA and an ECDSA one; NULL: none.  A file of certificates begins with the server's own, the
	 * authorities follow in order; the key may stand in the same file. */
	const char *certificate[TLS_CONTEXT_CERTIFICATES], *key[TLS_CONTEXT_CERTIFICATES];
	const char *ciphers;          /* OpenSSL's list for TLS 1.2; NULL: ECDHE with AES-GCM, ChaCha20, AES-CCM */
	struct tickets *tickets;      /* borrowed, outlives all connections; NULL: no resumption */
};

struct tls_context;

/* The strings of CFG are copied.  NULL: ERROR names file and cause.  An expired certificate is served
 * (a device without a clock may still come); tls_context_notice() says so. */
struct tls_context *tls_context_open(const struct tls_context_config *cfg, int64_t now_s,
				     char error[TLS_CONTEXT_ERROR]);
void tls_context_close(struct tls_context *t);     /* connections keep what they have */

/* What new connections are made of: borrowed until the next call here; SSL_new() takes its own reference. */
struct ssl_ctx_st *tls_context_ssl(const struct tls_context *t);

/* Read the files again.  False: the old certificates stay in use, and ERROR says why; an expired certificate
 * is refused here.  Connections that are open are not touched. */
bool tls_context_reload(struct tls_context *t, int64_t now_s, char error[TLS_CONTEXT_ERROR]);

/* When the first certificate of those in use expires, seconds since 1970. */
int64_t tls_context_expires(const struct tls_context *t);

/* What is served, for the log, or what is wrong with it: "certificate for bridge.example.com (ECDSA P-256),
 * expires in 42 days". */
const char *tls_context_notice(const struct tls_context *t);

#endif
