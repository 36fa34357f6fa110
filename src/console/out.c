/* SPDX-License-Identifier: Apache-2.0 */
#include "console/out.h"

#include <string.h>

void out_init(struct out *o, uint8_t *buf, size_t size)
{
	*o = (struct out){ .buf = buf, .size = size };
}

size_t out_room(const struct out *o)
{
	return o->size - o->len;
}

void out_bytes(struct out *o, struct bytes b)
{
	size_t room = out_room(o);
	size_t n = b.len < room ? b.len : room;

	for (size_t i = 0; i < n; i++)
		o->buf[(o->head + o->len++) % o->size] = b.data[i];
	o->lost += (uint32_t)(b.len - n);
}

static void out_char(struct out *o, char c)
{
	out_bytes(o, (struct bytes){ (const uint8_t *)&c, 1 });
}

size_t out_text(struct out *o, const char *text)
{
	struct packed p;
	size_t n = 0;
	char c;

	packed_init(&p, text);
	for (; (c = packed_next(&p)) != '\0'; n++)
		out_char(o, c);
	return n;
}

void out_i64(struct out *o, int64_t value)
{
	char digits[24];
	struct text t;

	text_init(&t, digits, sizeof digits);
	text_add_i64(&t, value);
	out_bytes(o, text_bytes(&t));
}

void out_u32(struct out *o, uint32_t value)
{
	out_i64(o, value);
}

void out_end(struct out *o)
{
	out_text(o, "\r\n");
}

void out_padded(struct out *o, const char *text, size_t width)
{
	for (size_t n = out_text(o, text); n < width; n++)
		out_char(o, ' ');
}

/* Bytes of TEXT that fit into WIDTH columns, up to a blank; at least one word. */
static size_t fitting(const char *text, size_t width)
{
	size_t n = 0, end = 0;

	while (text[n] != '\0' && (n <= width || end == 0)) {
		if (text[n] == ' ')
			end = n;
		n++;
	}
	return text[n] == '\0' && n <= width ? n : end > 0 ? end : n;
}

void out_wrapped(struct out *o, const char *text, size_t at)
{
	size_t n;

	for (;;) {
		n = fitting(text, OUT_WIDTH - at);
		out_bytes(o, (struct bytes){ (const uint8_t *)text, n });
		out_end(o);
		for (text += n; *text == ' '; text++)
			;
		if (*text == '\0')
			return;
		out_padded(o, "", at);
	}
}

static void out_visible(struct out *o, uint8_t c)
{
	char hex[5];
	struct text t;

	if (c >= ' ' && c <= '~') {
		out_char(o, (char)c);
		return;
	}
	text_init(&t, hex, sizeof hex);
	text_add(&t, "\\x");
	text_add_hex(&t, c, 2);
	out_bytes(o, text_bytes(&t));
}

void out_quoted(struct out *o, struct bytes b)
{
	out_text(o, "'");
	for (size_t i = 0; i < b.len && i < OUT_SHOWN_MAX; i++)
		out_visible(o, b.data[i]);
	out_text(o, b.len > OUT_SHOWN_MAX ? "...'" : "'");
}

static void out_foreign(struct out *o, struct bytes b)
{
	out_bytes(o, (struct bytes){ b.data, b.len < OUT_FOREIGN_MAX ? b.len : OUT_FOREIGN_MAX });
}

static void out_argument(struct out *o, char kind, va_list *args)
{
	if (kind == 's')
		out_text(o, va_arg(*args, const char *));
	else if (kind == 'r')
		out_foreign(o, bytes_of(va_arg(*args, const char *)));
	else if (kind == 'u')
		out_u32(o, va_arg(*args, uint32_t));
	else if (kind == 'q')
		out_quoted(o, *va_arg(*args, const struct bytes *));
}

void out_format_list(struct out *o, const char *format, va_list args)
{
	struct packed p;
	va_list rest;
	char c;

	va_copy(rest, args);
	packed_init(&p, format);
	while ((c = packed_next(&p)) != '\0')
		if (c == '%')
			out_argument(o, packed_next(&p), &rest);
		else
			out_char(o, c);
	va_end(rest);
}

void out_format(struct out *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	out_format_list(o, format, args);
	va_end(args);
}

const uint8_t *out_peek(const struct out *o, size_t *len)
{
	size_t to_end = o->size - o->head;

	*len = o->len < to_end ? o->len : to_end;
	return *len > 0 ? o->buf + o->head : NULL;
}

void out_done(struct out *o, size_t n)
{
	o->head = (o->head + n) % o->size;
	o->len -= n;
}
