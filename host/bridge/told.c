/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/told.h"

#include "base/calendar.h"
#include "bridge/token_json.h"

#include <string.h>

enum { DEPTH = 4, TIMES_MAX = 65535 };

bool told_here(struct bytes subfolder)
{
	return bytes_equal_text(subfolder, "diagnosis");
}

static bool is_code_char(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static bool read_code(struct told *t, const struct token_json_member *m)
{
	if (m->type != TOKEN_JSON_STRING || m->value.len == 0 || m->value.len >= sizeof t->code)
		return false;
	for (size_t i = 0; i < m->value.len; i++) {
		if (!is_code_char(m->value.data[i]))
			return false;
		t->code[i] = (char)m->value.data[i];
	}
	t->code[m->value.len] = '\0';
	return true;
}

/* A device's text, as it may stand on a terminal. */
static bool read_line(struct told *t, const struct token_json_member *m)
{
	size_t n = m->value.len < sizeof t->line ? m->value.len : sizeof t->line - 1;

	if (m->type != TOKEN_JSON_STRING || m->value.len == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		t->line[i] = m->value.data[i] >= ' ' && m->value.data[i] <= '~' ? (char)m->value.data[i] : '?';
	t->line[n] = '\0';
	if (n < m->value.len)
		memcpy(t->line + n - 3, "...", 3);
	return true;
}

static bool digits(const uint8_t *text, size_t n, uint32_t *value)
{
	*value = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (uint32_t)(text[i] - '0');
	}
	return true;
}

static bool exists(const struct calendar *c)
{
	return c->year >= 1970 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= calendar_days_in(c->year, c->month) && c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

/* "2026-11-22T18:30:05Z", to the letter; anything else is no time. */
static int64_t time_of(struct bytes text, int64_t now_ms)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	struct calendar c = { 0 };
	int64_t at_ms;

	if (text.len != sizeof form - 1)
		return 0;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] != '0' && text.data[i] != (uint8_t)form[i])
			return 0;
	if (!digits(text.data, 4, &c.year) || !digits(text.data + 5, 2, &c.month) ||
	    !digits(text.data + 8, 2, &c.day) || !digits(text.data + 11, 2, &c.hour) ||
	    !digits(text.data + 14, 2, &c.minute) || !digits(text.data + 17, 2, &c.second) || !exists(&c))
		return 0;
	at_ms = calendar_to_unix(&c) * 1000;
	return at_ms <= now_ms + TOLD_AHEAD_MS ? at_ms : 0;
}

static uint32_t times_of(const struct token_json_member *m)
{
	uint32_t value = 0;

	if (m->type != TOKEN_JSON_NUMBER || !bytes_to_u32(m->value, TIMES_MAX, &value))
		return 1;
	return value > 0 ? value : 1;
}

bool told_read(struct told *t, struct bytes payload, int64_t now_ms)
{
	struct token_json_member m[] = { { .name = "code" }, { .name = "line" }, { .name = "at" },
					 { .name = "times" } };
	uint8_t copy[TOLD_PAYLOAD];    /* strings are unescaped in place */

	if (payload.len == 0 || payload.len > sizeof copy)
		return false;
	memcpy(copy, payload.data, payload.len);
	if (token_json_read(copy, payload.len, DEPTH, m, sizeof m / sizeof m[0]) != NULL ||
	    !read_code(t, &m[0]) || !read_line(t, &m[1]))
		return false;
	t->at_ms = m[2].type == TOKEN_JSON_STRING ? time_of(m[2].value, now_ms) : 0;
	t->times = times_of(&m[3]);
	return true;
}
