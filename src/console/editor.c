/* SPDX-License-Identifier: Apache-2.0 */
#include "console/editor.h"

#include <string.h>

enum { CTRL_C = 0x03, BACKSPACE = 0x08, CTRL_U = 0x15, ESCAPE = 0x1b, DELETE = 0x7f };

void editor_init(struct editor *e, uint8_t *buf, size_t size)
{
	*e = (struct editor){ .buf = buf, .size = size };
}

struct bytes editor_line(const struct editor *e)
{
	return (struct bytes){ e->buf, e->len };
}

void editor_keep(struct editor *e, size_t keep)
{
	memmove(e->buf, e->buf + e->len - keep, keep);
	bytes_wipe(e->buf + keep, e->len - keep);
	e->len = keep;
	e->echoed = 0;
}

void editor_next(struct editor *e)
{
	editor_keep(e, 0);
}

/* ESC [ parameters letter, or ESC O letter; any other byte after ESC ends it. */
static bool in_escape(struct editor *e, uint8_t byte)
{
	switch (e->escape) {
	case ESCAPE_NONE:
		if (byte == ESCAPE)
			e->escape = ESCAPE_BEGUN;
		return byte == ESCAPE;
	case ESCAPE_BEGUN:
		e->escape = byte == '[' || byte == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE;
		return byte >= ' ';
	case ESCAPE_SEQUENCE:
		if (byte < ' ' || (byte >= '@' && byte <= '~'))
			e->escape = ESCAPE_NONE;
		return byte >= ' ';
	}
	return false;
}

static bool continues_utf8(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* One character less; of UTF-8 all its bytes. */
static void take_back(struct editor *e, struct out *o)
{
	size_t end = e->len;

	if (e->len == 0)
		return;
	while (e->len > 1 && continues_utf8(e->buf[e->len - 1]))
		e->len--;
	e->len--;
	bytes_wipe(e->buf + e->len, end - e->len);
	if (e->len < e->echoed) {
		e->echoed = e->len;
		out_text(o, "\b \b");
	}
}

static enum editor_event add(struct editor *e, uint8_t byte, bool hidden, struct out *o)
{
	if (e->len >= e->size)
		return EDITOR_FULL;
	e->buf[e->len++] = byte;
	if (!hidden) {
		e->echoed = e->len;
		out_bytes(o, (struct bytes){ &byte, 1 });
	}
	return EDITOR_NONE;
}

enum editor_event editor_feed(struct editor *e, uint8_t byte, bool hidden, struct out *o)
{
	bool after_cr = e->after_cr;

	e->after_cr = byte == '\r';
	if (in_escape(e, byte))
		return EDITOR_NONE;
	switch (byte) {
	case '\n':
		return after_cr ? EDITOR_NONE : EDITOR_LINE;
	case '\r':
		return EDITOR_LINE;
	case CTRL_C:
		return EDITOR_CANCEL;
	case BACKSPACE:
	case DELETE:
		take_back(e, o);
		return EDITOR_NONE;
	case CTRL_U:
		return EDITOR_CLEAR;
	case '\t':
		return add(e, ' ', hidden, o);
	default:
		return byte < ' ' ? EDITOR_NONE : add(e, byte, hidden, o);
	}
}
