/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name, *phrase;
	uint8_t     rpc, connack;
} rows[REASON_COUNT] = {
#define REASON_ROW(name, rpc, connack, phrase) [REASON_##name] = { #name, phrase, rpc, connack },
	REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

/* What is not ASCII may have come in by a value that nobody quoted. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (!is_printable((unsigned char)*text))
			*text = '?';
}

void reason_set(struct reason *r, enum reason_code code, const char *format, ...)
{
	va_list args;
	int n;

	r->code = code;
	va_start(args, format);
	n = vsnprintf(r->text, sizeof r->text, format, args);
	va_end(args);
	if (n < 0)
		r->text[0] = '\0';
	if (n >= (int)sizeof r->text)
		memcpy(r->text + sizeof r->text - 4, "...", 4);
	make_printable(r->text);
}

static char *put_byte(char *at, uint8_t c)
{
	if (is_printable(c) && c != '\'' && c != '\\') {
		*at++ = (char)c;
		return at;
	}
	return at + sprintf(at, "\\x%02x", c);
}

const char *reason_quote(char *out, struct bytes value, size_t max)
{
	size_t n = value.len < max ? value.len : max;
	char *at = out;

	*at++ = '\'';
	for (size_t i = 0; i < n; i++)
		at = put_byte(at, value.data[i]);
	strcpy(at, n < value.len ? "...'" : "'");
	return out;
}

static const struct row *row_of(enum reason_code code)
{
	return &rows[(unsigned)code < REASON_COUNT ? code : REASON_FAULT];
}

const char *reason_name(enum reason_code code)
{
	return row_of(code)->name;
}

const char *reason_phrase(enum reason_code code)
{
	return row_of(code)->phrase;
}

int reason_rpc(enum reason_code code)
{
	return row_of(code)->rpc;
}

uint8_t reason_connack(enum reason_code code)
{
	return row_of(code)->connack;
}
