/* SPDX-License-Identifier: Apache-2.0 */
/* test_http_parse.c - requests in every chunk size. */
#include "unit/cmocka_all.h"

#include "bridge/http_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: h\r\n"

/* WANT: "METHOD|PATH|QUERY|HOST|AUTHORIZATION|BODY|flags", k: kept alive, c: 100-continue; or the status. */
static const struct row { const char *name, *in, *want; } rows[] = {
	{ "a plain request", "GET /a?b=c HTTP/1.1\r\nHost: h:1\r\n\r\n", "GET|/a|b=c|h:1|||k" },
	{ "fields in any case, blanks around values",
	  "GET / HTTP/1.1\r\nhOsT: \t h \t\r\nAUTHORIZATION:Bearer x\r\n\r\n", "GET|/||h|Bearer x||k" },
	{ "closed when asked for", "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, Close\r\n\r\n", "GET|/||h|||" },
	{ "HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", "GET|/|||||" },
	{ "HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET|/|||||k" },
	{ "an absolute target", "GET http://other:8/x?y HTTP/1.1\r\n" HOST "\r\n", "GET|/x|y|other:8|||k" },
	{ "an absolute target without path", "GET http://other HTTP/1.1\r\n" HOST "\r\n", "GET|/||other|||k" },
	{ "empty lines before a request", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "GET|/||h|||k" },
	{ "a body by length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "POST|/||h||hello|k" },
	{ "an empty body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "POST|/||h|||k" },
	{ "a body in chunks", "POST / HTTP/1.1\r\n"
	  HOST "Transfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", "POST|/||h||hello|k" },
	{ "trailers are let pass", "POST / HTTP/1.1\r\n"
	  HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n", "POST|/||h||a|k" },
	{ "expects to be told to go on", "POST / HTTP/1.1\r\n"
	  HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx", "POST|/||h||x|kc" },
	{ "expects it without a body", "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", "GET|/||h|||k" },
	{ "other fields are let pass", "GET / HTTP/1.1\r\n" HOST "User-Agent: x/1 (y; z)\r\nAccept: */*\r\n\r\n",
	  "GET|/||h|||k" },

	{ "no Host", "GET / HTTP/1.1\r\n\r\n", "400" },
	{ "Host twice", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", "400" },
	{ "Authorization twice", "GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n", "400" },
	{ "LF alone", "GET / HTTP/1.1\nHost: h\n\n", "400" },
	{ "LF alone later", "GET / HTTP/1.1\r\nHost: h\n\r\n", "400" },
	{ "CR alone in a line", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "400" },
	{ "a folded line", "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", "400" },
	{ "a blank before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400" },
	{ "a field without name", "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", "400" },
	{ "no colon", "GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", "400" },
	{ "a control character in a value", "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", "400" },
	{ "length and chunks", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
	  "400" },
	{ "length twice", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", "400" },
	{ "length of no number", "POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\n", "400" },
	{ "length of two numbers", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\n", "400" },
	{ "length beyond all", "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", "413" },
	{ "length beyond the limit", "POST / HTTP/1.1\r\n" HOST "Content-Length: 65\r\n\r\n", "413" },
	{ "chunks beyond the limit", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n41\r\n", "413" },
	{ "a chunk of no size", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nx\r\n", "400" },
	{ "a chunk with a sign", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "400" },
	{ "a chunk's size beyond all", "POST / HTTP/1.1\r\n"
	  HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n", "400" },
	{ "a chunk longer than its size", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
	  "400" },
	{ "another encoding", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", "501" },
	{ "encoded twice", "POST / HTTP/1.1\r\n"
	  HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "501" },
	{ "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
	{ "another expectation", "POST / HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n", "417" },
	{ "HTTP/2", "PRI * HTTP/2.0\r\n\r\n", "505" },
	{ "no version", "GET /\r\n\r\n", "400" },
	{ "two blanks", "GET  / HTTP/1.1\r\n" HOST "\r\n", "400" },
	{ "a blank in the target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", "400" },
	{ "a fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", "400" },
	{ "UTF-8 in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", "400" },
	{ "a method of no form", "G(T / HTTP/1.1\r\n" HOST "\r\n", "400" },
	{ "TLS to a plain port", "\x16\x03\x01\x02\x0a\n", "400" },
};

enum { BODY_MAX = 64 };

static void describe(const struct http_parser *p, char *out, size_t size)
{
	if (p->state == HTTP_WRONG)
		snprintf(out, size, "%d", p->status);
	else if (p->state == HTTP_READY)
		snprintf(out, size, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%s%s", (int)p->method.len,
			(const char *)p->method.data,
			 (int)p->path.len, (const char *)p->path.data, (int)p->query.len, (const char *)p->query.data,
			 (int)p->host.len, (const char *)p->host.data, (int)p->authorization.len,
			 (const char *)p->authorization.data, (int)p->body_len, (const char *)p->body,
			 p->keep_alive ? "k" : "", p->expects_continue ? "c" : "");
	else
		snprintf(out, size, "unfinished");
}

/* IN in pieces of CHUNK bytes; what was taken. */
static size_t feed(struct http_parser *p, const uint8_t *in, size_t len, size_t chunk)
{
	size_t n = 0, taken;

	do {
		taken = http_parser_feed(p, in + n, len - n < chunk ? len - n : chunk);
		n += taken;
		if (p->state == HTTP_HEAD_READY) {
			http_parser_go_on(p);
			taken = 1;
		}
	} while (taken > 0 && n < len);
	return n;
}

static void every_row_in_every_chunk_size(void **state)
{
	static struct http_parser p;
	char out[256];

	(void)state;
	http_parser_init(&p, BODY_MAX);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].in);
		uint8_t *in = malloc(len);       /* so that the sanitizer sees its end */

		memcpy(in, rows[i].in, len);
		for (size_t chunk = 1; chunk <= len; chunk++) {
			size_t taken = feed(&p, in, len, chunk);

			describe(&p, out, sizeof out);
			if (strcmp(out, rows[i].want) != 0 || (p.state == HTTP_READY && taken != len))
				fail_msg("%s, in pieces of %zu: '%s'", rows[i].name, chunk, out);
			if (p.state == HTTP_WRONG && (p.why == NULL || p.why[strlen(p.why) - 1] != '.'))
				fail_msg("%s: no sentence", rows[i].name);
			http_parser_clear(&p);
		}
		free(in);
	}
}

static void requests_behind_each_other(void **state)
{
	static const char in[] = "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab" "GET /2 HTTP/1.1\r\n"
		HOST "\r\n";
	static struct http_parser p;
	size_t n;

	(void)state;
	http_parser_init(&p, BODY_MAX);
	n = feed(&p, (const uint8_t *)in, sizeof in - 1, sizeof in);
	assert_true(bytes_equal_text(p.path, "/1"));
	http_parser_clear(&p);
	assert_false(http_parser_has_begun(&p));
	assert_int_equal(n + feed(&p, (const uint8_t *)in + n, sizeof in - 1 - n, sizeof in), sizeof in - 1);
	assert_true(bytes_equal_text(p.path, "/2"));
	assert_int_equal(p.body_len, 0);
	http_parser_clear(&p);
}

static void heads_and_lines_without_end_are_refused(void **state)
{
	static const char chunked[] = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
	static struct http_parser p;
	size_t n = 0;

	(void)state;
	http_parser_init(&p, BODY_MAX);
	while (p.state == HTTP_HEAD && n <= HTTP_HEAD_MAX)
		n += http_parser_feed(&p, (const uint8_t *)"a", 1);
	assert_int_equal(p.status, 431);
	http_parser_clear(&p);
	feed(&p, (const uint8_t *)chunked, sizeof chunked - 1, sizeof chunked);
	feed(&p, (const uint8_t *)"0\r\n", 3, 3);
	for (n = 0; p.state == HTTP_TRAILER && n < 2 * HTTP_TRAILER_MAX; n++)
		feed(&p, (const uint8_t *)"a: b\r\n", 6, 6);
	assert_int_equal(p.status, 431);
	http_parser_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_in_every_chunk_size),
		cmocka_unit_test(requests_behind_each_other),
		cmocka_unit_test(heads_and_lines_without_end_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
