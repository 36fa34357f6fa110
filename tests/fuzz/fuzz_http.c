/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_http.c - bytes to the admin interface's HTTP parser: in one piece, byte by byte and
 * in pieces of the first byte's size it must read the same. */
#include "bridge/http_parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1000 };

static void check(bool fine)
{
	if (!fine)
		abort();
}

static size_t feed(struct http_parser *p, const uint8_t *data, size_t len, size_t chunk)
{
	size_t n = 0, taken;

	http_parser_init(p, BODY_MAX);
	do {
		size_t before = (size_t)p->state;

		taken = http_parser_feed(p, data + n, len - n < chunk ? len - n : chunk);
		check(taken <= len - n);
		n += taken;
		if (p->state == HTTP_HEAD_READY)
			http_parser_go_on(p);
		else if (taken == 0 && (size_t)p->state == before)
			break;
	} while (n < len && p->state != HTTP_READY && p->state != HTTP_WRONG);
	return n;
}

static bool same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void compare(const struct http_parser *a, const struct http_parser *b)
{
	check(a->state == b->state && a->body_len == b->body_len && a->status == b->status);
	check(same(a->method, b->method) && same(a->path, b->path) && same(a->query, b->query));
	check(same(a->host, b->host));
	check(same(a->authorization, b->authorization) && a->keep_alive == b->keep_alive);
	check(a->body_len <= BODY_MAX && (a->body_len == 0 || memcmp(a->body, b->body, a->body_len) == 0));
	check((a->state == HTTP_WRONG) == (a->why != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_parser whole, other;
	size_t n;

	if (size < 1)
		return 0;
	n = feed(&whole, data + 1, size - 1, size);
	for (size_t chunk = 1; chunk <= 1u + data[0]; chunk += data[0] > 0 ? data[0] : 1u) {
		check(feed(&other, data + 1, size - 1, chunk) == n || whole.state == HTTP_WRONG);
		compare(&whole, &other);
		http_parser_clear(&other);
	}
	http_parser_clear(&whole);
	return 0;
}
