/* SPDX-License-Identifier: Apache-2.0 */
#include "device/trace.h"

#include "base/packed.h"

#include <string.h>

void trace_init(struct trace *t)
{
	*t = (struct trace){ .on = 0 };
}

void trace_connection(struct trace *t)
{
	if (t == NULL)
		return;
	t->late = false;
	memset(t->tls, 0, sizeof t->tls);
	memset(t->mqtt, 0, sizeof t->mqtt);
}

/* ---- lines ---------------------------------------------------------------- */

static void add_ms(struct text *line, uint32_t ms)
{
	text_add_u32(line, ms / 1000);
	text_add_char(line, '.');
	for (uint32_t digit = 100; digit > 0; digit /= 10)
		text_add_char(line, (char)('0' + ms / digit % 10));
}

void trace_begin(const struct trace *t, struct text *line, char *buf, const char *layer, enum trace_way way)
{
	text_init(line, buf, TRACE_LINE);
	add_ms(line, t->now_ms);
	text_add_char(line, ' ');
	text_add(line, layer);
	text_add(line, way == TRACE_OUT ? " > " : " < ");
}

static void put(struct trace *t, char c)
{
	t->ring[(t->first + t->used++) % TRACE_RING] = c;
}

void trace_end(struct trace *t, struct text *line)
{
	struct bytes b = text_bytes(line);

	if (b.len + 1u > (size_t)TRACE_RING - t->used) {
		t->lost++;
		return;
	}
	for (size_t i = 0; i < b.len; i++)
		put(t, (char)b.data[i]);
	put(t, '\n');
}

void trace_add(struct text *line, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_add_char(line, data[i] >= ' ' && data[i] <= '~' ? (char)data[i] : '.');
}

static char take(struct trace *t)
{
	char c = t->ring[t->first];

	t->first = (uint16_t)((t->first + 1) % TRACE_RING);
	t->used--;
	return c;
}

bool trace_next(struct trace *t, struct text *line)
{
	if (t->used == 0 && t->lost > 0) {
		text_say(line, T("trace: lines lost: "));
		text_add_u32(line, t->lost);
		t->lost = 0;
		return true;
	}
	if (t->used == 0)
		return false;
	for (char c = take(t); c != '\n'; c = take(t))
		text_add_char(line, c);
	return true;
}

/* ---- AT --------------------------------------------------------------------- */

/* What is shown of commands that carry secrets, echoed or not: so many of their
 * parameters, counted by commas. */
static const struct { const char *name; uint8_t shown; } masks[] = {
	{ "AT+CPIN=", 0 }, { "AT+CLCK=", 2 }, { "AT+CPWD=", 1 }, { "AT+QICSGP=", 3 }, { "AT+CGAUTH=", 2 },
};

static bool same_head(const uint8_t *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((line[i] >= 'a' && line[i] <= 'z' ? line[i] - 32 : line[i]) != name[i])
			return false;
	return true;
}

/* Bytes of LINE that may be seen. */
static size_t shown(const uint8_t *line, size_t len)
{
	for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
		unsigned commas = masks[m].shown;
		size_t n = strlen(masks[m].name);

		if (!same_head(line, len, masks[m].name))
			continue;
		while (n < len && commas > 0)
			commas -= line[n++] == ',';
		return n;
	}
	return len;
}

/* The number behind the last comma, or behind the blank of "+QIRD: 12". */
static uint32_t last_number(const uint8_t *line, size_t len)
{
	uint32_t value = 0, digit = 1;

	while (len > 0 && line[len - 1] >= '0' && line[len - 1] <= '9' && digit <= 10000) {
		value += digit * (uint32_t)(line[--len] - '0');
		digit *= 10;
	}
	return len > 0 && (line[len - 1] == ',' || line[len - 1] == ' ') ? value : 0;
}

static bool counts_data(const uint8_t *line, size_t len, enum trace_way way)
{
	return way == TRACE_IN ? same_head(line, len, "+QIRD: ") && memchr(line, ',', len) == NULL :
				 same_head(line, len, "AT+QISEND=");
}

static void at_line(struct trace *t, enum trace_way way)
{
	struct trace_at *a = &t->at[way];
	char buf[TRACE_LINE];
	struct text line;
	size_t n = shown(a->line, a->len);

	trace_begin(t, &line, buf, "at", way);
	trace_add(&line, a->line, n);
	text_say(&line, n < a->len ? T("(not shown)") : a->cut ? "..." : "");
	trace_end(t, &line);
	if (way == TRACE_IN && same_head(a->line, a->len, "ERROR"))
		t->at[TRACE_OUT].data_left = 0;
	if (counts_data(a->line, a->len, way))
		a->data = a->data_left = last_number(a->line, a->len);
}

static void at_data(struct trace *t, enum trace_way way)
{
	char buf[TRACE_LINE];
	struct text line;

	trace_begin(t, &line, buf, "at", way);
	text_add_u32(&line, t->at[way].data);
	text_add(&line, " bytes");
	trace_end(t, &line);
}

static void at_byte(struct trace *t, enum trace_way way, uint8_t c)
{
	struct trace_at *a = &t->at[way];
	bool line_feed = a->after_cr && c == '\n';

	a->after_cr = c == '\r' && a->len > 0;
	if (line_feed)
		return;
	if (a->data_left > 0) {
		a->after_cr = false;
		if (--a->data_left == 0)
			at_data(t, way);
	} else if (c != '\r' && c != '\n') {
		a->cut |= a->len == TRACE_HEAD;
		if (a->len < TRACE_HEAD)
			a->line[a->len++] = c;
	} else if (a->len > 0) {
		at_line(t, way);
		a->len = 0;
		a->cut = false;
	}
}

void trace_at(struct trace *t, enum trace_way way, const void *data, size_t len, uint32_t now_ms)
{
	const uint8_t *p = data;

	if (t == NULL || (t->on & TRACE_AT) == 0)
		return;
	t->now_ms = now_ms;
	for (size_t i = 0; i < len; i++)
		at_byte(t, way, p[i]);
}
