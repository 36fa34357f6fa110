/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_tls.h - TLS of one connection, on its socket, which it does not own.
 * OpenSSL stays behind this header (its ERR_STATE is not the one of err.h).
 *
 * Every call that ends in ENDED says why by server_tls_why(): OpenSSL's queue of
 * errors turned into a sentence for people.
 */
#ifndef TERN_BRIDGE_SERVER_TLS_H
#define TERN_BRIDGE_SERVER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVER_TLS_RECORD = 16384 };      /* bytes: the most that one record holds */

enum server_tls_result {
	SERVER_TLS_DONE,
	SERVER_TLS_WANTS_READ,           /* call again when the socket is readable */
	SERVER_TLS_WANTS_WRITE,          /* … writable */
	SERVER_TLS_ENDED
};

struct ssl_st;
struct ssl_ctx_st;

struct ssl_st *server_tls_new(struct ssl_ctx_st *ctx, int fd);     /* NULL: no memory */
void server_tls_free(struct ssl_st *t);

enum server_tls_result server_tls_accept(struct ssl_st *t, bool *resumed);

/* At most *LEN bytes; DONE: *LEN are there. */
enum server_tls_result server_tls_read(struct ssl_st *t, uint8_t *buf, size_t *len);

/* Of LEN bytes at most one record; DONE: *TAKEN went.  After WANTS_…: the same bytes again, or more. */
enum server_tls_result server_tls_write(struct ssl_st *t, const uint8_t *data, size_t len, size_t *taken);

bool server_tls_has_more(const struct ssl_st *t);      /* decrypted or not, it is no more in the socket */
void server_tls_farewell(struct ssl_st *t);            /* close_notify, if the socket takes it */

/* Why the last call ENDED; TEXT is returned, and *ACT is what to do. */
const char *server_tls_why(char *text, size_t size, const char **act);

#endif
