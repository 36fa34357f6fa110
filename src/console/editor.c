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
	e->echoed = e->row = 0;
}

void editor_next(struct editor *e)
{
	editor_keep(e, 0);
}

void editor_draw(struct editor *e, struct out *o)
{
	e->row = e->echoed > EDITOR_ROW ? e->echoed - EDITOR_ROW : 0;
	out_bytes(o, (struct bytes){ e->buf + e->row, e->echoed - e->row });
}

void editor_put(struct editor *e, struct bytes text)
{
	editor_next(e);
	if (text.len > e->size)
		text.len = e->size;
	memcpy(e->buf, text.data, text.len);
	e->len = e->echoed = text.len;
}

/* ESC [ parameters letter, or ESC O letter; any other byte after ESC ends it. */
static bool in_escape(struct editor *e, uint8_t byte, enum editor_event *ev)
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
		*ev = byte == 'A' ? EDITOR_OLDER : byte == 'B' ? EDITOR_NEWER : EDITOR_NONE;
		return byte >= ' ';
	}
	return false;
}

static bool continues_utf8(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* One character less; of UTF-8 all its bytes. */
static enum editor_event take_back(struct editor *e, struct out *o)
{
	size_t end = e->len;
	bool at_edge = e->echoed - e->row > EDITOR_ROW || (e->echoed == e->row && e->row > 0);

	if (e->len == 0)
		return EDITOR_NONE;
	while (e->len > 1 && continues_utf8(e->buf[e->len - 1]))
		e->len--;
	e->len--;
	bytes_wipe(e->buf + e->len, end - e->len);
	if (e->len >= e->echoed)
		return EDITOR_NONE;
	e->echoed = e->len;
	if (at_edge)
		return EDITOR_REDRAW;
	out_text(o, "\b \b");
	return EDITOR_NONE;
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
	enum editor_event ev = EDITOR_NONE;

	e->after_cr = byte == '\r';
	if (in_escape(e, byte, &ev))
		return hidden ? EDITOR_NONE : ev;
	switch (byte) {
	case '\n':
		return after_cr ? EDITOR_NONE : EDITOR_LINE;
	case '\r':
		return EDITOR_LINE;
	case CTRL_C:
		return EDITOR_CANCEL;
	case BACKSPACE:
	case DELETE:
		return take_back(e, o);
	case CTRL_U:
		return EDITOR_CLEAR;
	case '\t':
		return hidden ? add(e, ' ', hidden, o) : EDITOR_TAB;
	default:
		return byte < ' ' ? EDITOR_NONE : add(e, byte, hidden, o);
	}
}
