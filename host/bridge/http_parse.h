/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_parse.h - one HTTP/1.1 request after the other out of bytes (RFC 9112).
 *
 * Stricter than most: what two readers of the same bytes could take for two
 * different requests (a bare LF, a folded line, Content-Length beside chunks or
 * twice) is refused.  No socket and no clock.
 *
 *   HEAD ---> HEAD_READY --http_parser_go_on()--> BODY, CHUNK_… ---> READY        any ---> WRONG
 */
#ifndef TERN_BRIDGE_HTTP_PARSE_H
#define TERN_BRIDGE_HTTP_PARSE_H

#include "base/bytes.h"

#include <stdbool.h>

enum { HTTP_HEAD_MAX = 24 * 1024, HTTP_TRAILER_MAX = 4096, HTTP_CHUNK_LINE = 256 };

enum http_state { HTTP_HEAD, HTTP_HEAD_READY, HTTP_BODY, HTTP_CHUNK_SIZE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_TRAILER,
		  HTTP_READY, HTTP_WRONG };

struct http_parser {
	enum http_state state;
	size_t body_max;
	char   head[HTTP_HEAD_MAX];      /* from the request line to the empty line */
	size_t head_len;
	char   line[HTTP_CHUNK_LINE];    /* of a chunk's size, of a trailer */
	size_t line_len, trailer_len;
	size_t left;                     /* of the body or chunk */
	uint8_t *body;
	size_t body_len, body_size;

	/* From HEAD_READY on; they lie in head. */
	struct bytes method, path, query, host, authorization;
	bool   has_body, expects_continue, keep_alive, is_http10;

	/* WRONG */
	int    status;
	const char *why;
};

void http_parser_init(struct http_parser *p, size_t body_max);
void http_parser_clear(struct http_parser *p);      /* for the next request; the head is wiped: a token stood in it */

/* Returns the bytes taken; it stops at HEAD_READY, READY and WRONG. */
size_t http_parser_feed(struct http_parser *p, const uint8_t *data, size_t len);
void http_parser_go_on(struct http_parser *p);      /* HEAD_READY: now the body */
bool http_parser_has_begun(const struct http_parser *p);

#endif
