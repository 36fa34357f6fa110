/* SPDX-License-Identifier: Apache-2.0 */
/* http_tls_client.h - OpenSSL's part of test_http.c. */
#ifndef TERN_TESTS_HTTP_TLS_CLIENT_H
#define TERN_TESTS_HTTP_TLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct ssl_ctx_st;
struct http_tls_client;

/* A server's context with a fresh certificate for NAME. */
struct ssl_ctx_st *http_tls_client_server(const char *name);
void http_tls_client_release(struct ssl_ctx_st *tls);

/* A client on FD that trusts anybody and sends REQUEST. */
struct http_tls_client *http_tls_client_new(int fd, const char *request);
/* True: the server has closed in order; *ANSWER is what it said, NAME its certificate's. */
bool http_tls_client_step(struct http_tls_client *c, const char **answer, char *name, size_t size);
void http_tls_client_free(struct http_tls_client *c);

#endif
