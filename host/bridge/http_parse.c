/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/http_parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void wrong(struct http_parser *p, int status, const char *why)
{
	p->state = HTTP_WRONG;
	p->status = status;
	p->why = why;
}

void http_parser_init(struct http_parser *p, size_t body_max)
{
	memset(p, 0, sizeof *p);
	p->body_max = body_max;
}

void http_parser_clear(struct http_parser *p)
{
	size_t body_max = p->body_max;

	if (p->body != NULL)
		bytes_wipe(p->body, p->body_len);
	free(p->body);
	bytes_wipe(p->head, p->head_len);
	http_parser_init(p, body_max);
}

bool http_parser_has_begun(const struct http_parser *p)
{
	return p->state != HTTP_HEAD || p->head_len > 0;
}

/* ---- Values --------------------------------------------------------------- */

static bool is_token_char(uint8_t c)                          /* RFC 9110, 5.6.2 */
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (!is_token_char(b.data[i]))
			return false;
	return b.len > 0;
}

static bool is_name(struct bytes b, const char *name)
{
	return b.len == strlen(name) && strncasecmp((const char *)b.data, name, b.len) == 0;
}

/* B up to the first C, which is skipped; B goes on behind it.  False: there is none, and PART is all of B. */
static bool split(struct bytes *b, char c, struct bytes *part)
{
	const uint8_t *hit = b->len > 0 ? memchr(b->data, c, b->len) : NULL;

	*part = (struct bytes){ b->data, hit != NULL ? (size_t)(hit - b->data) : b->len };
	if (part->len > 0 || hit != NULL) {
		b->data += part->len + (hit != NULL);
		b->len -= part->len + (hit != NULL);
	}
	return hit != NULL;
}

static struct bytes trim(struct bytes b)
{
	while (b.len > 0 && (b.data[0] == ' ' || b.data[0] == '\t')) {
		b.data++;
		b.len--;
	}
	while (b.len > 0 && (b.data[b.len - 1] == ' ' || b.data[b.len - 1] == '\t'))
		b.len--;
	return b;
}

/* ---- Header fields -------------------------------------------------------- */

struct fields {
	bool host, length, chunked, authorization;
	uint32_t content_length;
};

static void on_host(struct http_parser *p, struct fields *f, struct bytes value)
{
	if (f->host)
		wrong(p, 400, "The Host header stands there twice.");
	f->host = true;
	if (p->host.data == NULL)          /* an absolute target has named it (RFC 9112, 3.2.2) */
		p->host = value;
}

static void on_length(struct http_parser *p, struct fields *f, struct bytes value)
{
	if (f->length)
		wrong(p, 400, "Content-Length stands there twice.");
	else if (value.len > 0 && value.len <= 9 && !bytes_to_u32(value, 999999999, &f->content_length))
		wrong(p, 400, "Content-Length is not a number.");
	else if (value.len == 0 || value.len > 9)
		wrong(p, 413, "Content-Length is more than this server takes.");
	f->length = true;
}

static void on_encoding(struct http_parser *p, struct fields *f, struct bytes value)
{
	if (f->chunked || !is_name(value, "chunked"))
		wrong(p, 501, "There is no Transfer-Encoding here but 'chunked'.");
	f->chunked = true;
}

static void on_connection(struct http_parser *p, struct fields *f, struct bytes value)
{
	struct bytes word;
	bool more = true;

	(void)f;
	while (more) {
		more = split(&value, ',', &word);
		if (is_name(trim(word), "close"))
			p->keep_alive = false;
		else if (is_name(trim(word), "keep-alive") && p->is_http10)
			p->keep_alive = true;
	}
}

static void on_expect(struct http_parser *p, struct fields *f, struct bytes value)
{
	(void)f;
	if (!is_name(value, "100-continue"))
		wrong(p, 417, "There is nothing to be expected here but '100-continue'.");
	p->expects_continue = !p->is_http10;
}

static void on_authorization(struct http_parser *p, struct fields *f, struct bytes value)
{
	if (f->authorization)
		wrong(p, 400, "The Authorization header stands there twice.");
	f->authorization = true;
	p->authorization = value;
}

static const struct { const char *name; void (*handle)(struct http_parser *p, struct fields *f, struct bytes value); }
handlers[] = {
	{ "Host", on_host }, { "Content-Length", on_length }, { "Transfer-Encoding", on_encoding },
	{ "Connection", on_connection }, { "Expect", on_expect }, { "Authorization", on_authorization },
};

static void read_field(struct http_parser *p, struct fields *f, struct bytes line)
{
	struct bytes name, value = line;

	if (!split(&value, ':', &name) || !is_token(name)) {
		wrong(p, 400, "A header line has no name before a ':'.");
		return;
	}
	for (size_t i = 0; i < value.len; i++) {
		if ((value.data[i] < 0x20 && value.data[i] != '\t') || value.data[i] == 0x7f) {
			wrong(p, 400, "A header line holds a control character.");
			return;
		}
	}
	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
		if (is_name(name, handlers[i].name))
			handlers[i].handle(p, f, trim(value));
}

/* ---- The request line ----------------------------------------------------- */

static void read_version(struct http_parser *p, struct bytes version)
{
	if (version.len != 8 || !bytes_starts_with(version, "HTTP/"))
		wrong(p, 400, "The request line is not 'METHOD TARGET HTTP/1.1'.");
	else if (!bytes_starts_with(version, "HTTP/1."))
		wrong(p, 505, "This server speaks HTTP/1.1.");
	else if (version.data[7] < '0' || version.data[7] > '9')
		wrong(p, 400, "The request line is not 'METHOD TARGET HTTP/1.1'.");
	else
		p->is_http10 = version.data[7] == '0';
	p->keep_alive = !p->is_http10;
}

/* "/path?query", or "http://host/path?query" (RFC 9112, 3.2.1 and 3.2.2). */
static void read_target(struct http_parser *p, struct bytes target)
{
	static const char *const scheme[] = { "http://", "https://" };

	for (size_t i = 0; i < target.len; i++) {
		if (target.data[i] <= 0x20 || target.data[i] >= 0x7f || target.data[i] == '#') {
			wrong(p, 400, "The request's target holds a character that it must not.");
			return;
		}
	}
	for (size_t i = 0; i < 2; i++) {
		if (!bytes_starts_with(target, scheme[i]))
			continue;
		target.data += strlen(scheme[i]);
		target.len -= strlen(scheme[i]);
		p->host = (struct bytes){ target.data, 0 };
		while (target.len > 0 && target.data[0] != '/' && target.data[0] != '?') {
			target.data++;
			target.len--;
			p->host.len++;
		}
	}
	split(&target, '?', &p->path);
	p->query = target;
	if (p->path.len == 0)
		p->path = bytes_of("/");
}

static void read_request_line(struct http_parser *p, struct bytes line)
{
	struct bytes target;

	if (!split(&line, ' ', &p->method) || !split(&line, ' ', &target) || !is_token(p->method) || target.len == 0) {
		wrong(p, 400, "The request line is not 'METHOD TARGET HTTP/1.1'.");
		return;
	}
	read_version(p, line);
	if (p->state != HTTP_WRONG)
		read_target(p, target);
}

/* ---- The head as a whole -------------------------------------------------- */

/* What the fields say about the body (RFC 9112, 6.3). */
static void judge(struct http_parser *p, const struct fields *f)
{
	if (!f->host && !p->is_http10)
		wrong(p, 400, "There is no Host header.");
	else if (f->chunked && (f->length || p->is_http10))
		wrong(p, 400, "Content-Length and Transfer-Encoding contradict each other.");
	else if (f->content_length > p->body_max)
		wrong(p, 413, "The body is longer than 1 MiB.");
	if (p->state == HTTP_WRONG)
		return;
	p->has_body = f->chunked || f->content_length > 0;
	p->left = f->chunked ? SIZE_MAX : f->content_length;
	p->expects_continue = p->expects_continue && p->has_body;
	p->state = HTTP_HEAD_READY;
}

/* Lines end with CR LF; neither stands alone. */
static void read_head(struct http_parser *p)
{
	struct bytes rest = { (const uint8_t *)p->head, p->head_len - 2 }, line;     /* without the empty line */
	struct fields f = { .content_length = 0 };

	for (bool first = true; rest.len > 0 && p->state != HTTP_WRONG; first = false) {
		split(&rest, '\n', &line);
		if (line.len == 0 || line.data[line.len - 1] != '\r' || memchr(line.data, '\r', line.len - 1) != NULL) {
			wrong(p, 400, "A line does not end with CR LF.");
			return;
		}
		line.len--;
		if (first)
			read_request_line(p, line);
		else
			read_field(p, &f, line);
	}
	if (p->state != HTTP_WRONG)
		judge(p, &f);
}

static size_t feed_head(struct http_parser *p, const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len && p->state == HTTP_HEAD) {
		if (p->head_len == 0 && (data[n] == '\r' || data[n] == '\n')) {     /* 2.2: before a request */
			n++;
			continue;
		}
		if (p->head_len == sizeof p->head) {
			wrong(p, 431, "The request's head is longer than 24 KiB.");
			return n;
		}
		p->head[p->head_len++] = (char)data[n++];
		if (p->head[p->head_len - 1] != '\n')
			continue;
		if (p->head_len >= 4 && memcmp(p->head + p->head_len - 4, "\r\n\r\n", 4) == 0)
			read_head(p);
		else if (p->head_len < 2 || p->head[p->head_len - 2] != '\r')
			wrong(p, 400, "A line does not end with CR LF.");
	}
	return n;
}

/* ---- The body ------------------------------------------------------------- */

void http_parser_go_on(struct http_parser *p)
{
	if (p->left == SIZE_MAX)
		p->state = HTTP_CHUNK_SIZE;
	else
		p->state = p->left > 0 ? HTTP_BODY : HTTP_READY;
}

/* DATA to the body; more than fits is wrong. */
static void keep(struct http_parser *p, const uint8_t *data, size_t len)
{
	if (len > p->body_max - p->body_len) {
		wrong(p, 413, "The body is longer than 1 MiB.");
		return;
	}
	if (p->body_len + len > p->body_size) {
		size_t size = (p->body_len + len) * 2 < p->body_max ? (p->body_len + len) * 2 : p->body_max;
		uint8_t *grown = realloc(p->body, size);

		if (grown == NULL) {
			wrong(p, 503, "There is no memory for the body.");
			return;
		}
		p->body = grown;
		p->body_size = size;
	}
	memcpy(p->body + p->body_len, data, len);
	p->body_len += len;
}

static size_t feed_data(struct http_parser *p, const uint8_t *data, size_t len, enum http_state then)
{
	size_t n = len < p->left ? len : p->left;

	keep(p, data, n);
	p->left -= n;
	if (p->left == 0 && p->state != HTTP_WRONG)
		p->state = then;
	return n;
}

/* The line of a chunk's size: hex digits, then perhaps an extension (RFC 9112, 7.1). */
static void on_chunk_size(struct http_parser *p)
{
	size_t i = 0, size = 0;

	for (; i < p->line_len && i < 8; i++) {
		const char *digits = "0123456789abcdef", *hit;
		char c = p->line[i];

		hit = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, 16);
		if (hit == NULL)
			break;
		size = size << 4 | (size_t)(hit - digits);
	}
	if (i == 0 || (i < p->line_len && strchr("; \t", p->line[i]) == NULL))
		wrong(p, 400, "A chunk's size is not a number in hex.");
	else if (size > p->body_max - p->body_len)
		wrong(p, 413, "The body is longer than 1 MiB.");
	else
		p->state = size > 0 ? HTTP_CHUNK_DATA : HTTP_TRAILER;
	p->left = size;
}

static void on_line(struct http_parser *p)
{
	if (p->state == HTTP_CHUNK_SIZE)
		on_chunk_size(p);
	else if (p->state == HTTP_TRAILER && p->line_len == 0)
		p->state = HTTP_READY;                      /* what trailers said is let pass */
	else if (p->state == HTTP_CHUNK_END && p->line_len == 0)
		p->state = HTTP_CHUNK_SIZE;
	else if (p->state == HTTP_CHUNK_END)
		wrong(p, 400, "A chunk is longer than its size.");
	p->line_len = 0;
}

/* Up to the end of a line. */
static size_t feed_line(struct http_parser *p, const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len) {
		char c = (char)data[n++];

		if (c == '\n' && p->line_len > 0 && p->line[p->line_len - 1] == '\r') {
			p->line_len--;
			on_line(p);
			return n;
		}
		if (c == '\n' || (p->line_len > 0 && p->line[p->line_len - 1] == '\r')) {
			wrong(p, 400, "A line does not end with CR LF.");
			return n;
		}
		if (p->line_len == sizeof p->line || ++p->trailer_len > HTTP_TRAILER_MAX + 8 * p->body_len) {
			wrong(p, 431, "A chunk's line, or all of them, are too long.");
			return n;
		}
		p->line[p->line_len++] = c;
	}
	return n;
}

size_t http_parser_feed(struct http_parser *p, const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len) {
		switch (p->state) {
		case HTTP_HEAD:
			n += feed_head(p, data + n, len - n);
			break;
		case HTTP_BODY:
			n += feed_data(p, data + n, len - n, HTTP_READY);
			break;
		case HTTP_CHUNK_DATA:
			n += feed_data(p, data + n, len - n, HTTP_CHUNK_END);
			break;
		case HTTP_CHUNK_SIZE:
		case HTTP_CHUNK_END:
		case HTTP_TRAILER:
			n += feed_line(p, data + n, len - n);
			break;
		case HTTP_HEAD_READY:
		case HTTP_READY:
		case HTTP_WRONG:
			return n;
		}
	}
	return n;
}
