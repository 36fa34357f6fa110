/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnosis/render.h"

#include "base/calendar.h"
#include "base/packed.h"

#include <string.h>

#define HIDDEN "(hidden)"

/* Tokens, PEM and PINs have no field, but a log may carry them into one. */
static bool looks_secret(const char *text)
{
	return strstr(text, "eyJ") != NULL || strstr(text, "-----") != NULL || strstr(text, "CPIN=") != NULL;
}

static char plain(char c)
{
	if (c < ' ' || c > '~')
		return '?';
	return c == '[' || c == '{' ? '(' : c == ']' || c == '}' ? ')' : c == '"' ? '\'' : c;
}

void render_text(struct text *t, const char *text, size_t cut)
{
	size_t len, shown;

	if (text == NULL)
		return;
	if (looks_secret(text))
		text = HIDDEN;
	len = strlen(text);
	shown = len <= cut ? len : cut - 2;
	for (size_t i = 0; i < shown; i++)
		text_add_char(t, plain(text[i]));
	if (shown < len)
		text_add(t, "..");
}

static void add_two(struct text *t, char before, uint32_t value)
{
	text_add_char(t, before);
	text_add_char(t, (char)('0' + value / 10 % 10));
	text_add_char(t, (char)('0' + value % 10));
}

void render_time(struct text *t, int64_t unix_s)
{
	struct calendar c;

	if (unix_s < 0 || unix_s > 253402300799)
		return;
	c = calendar_from_unix(unix_s);
	text_add_u32(t, c.year);
	add_two(t, '-', c.month);
	add_two(t, '-', c.day);
	add_two(t, 'T', c.hour);
	add_two(t, ':', c.minute);
	add_two(t, ':', c.second);
	text_add_char(t, 'Z');
}

static void add_hex(struct text *t, uint32_t value)
{
	unsigned digits = 1;

	while (digits < 8 && value >> 4 * digits != 0)
		digits++;
	text_add(t, "0x");
	text_add_hex(t, value, digits);
}

void render_fact(struct text *t, enum evidence_kind kind, int64_t value)
{
	if (kind >= EVIDENCE_WORDS) {
		evidence_add_word(t, kind, (unsigned)value);
	} else if (kind == EVIDENCE_ERR) {
		text_say(t, err_name((enum err)value));
	} else if (kind == EVIDENCE_TIME) {
		render_time(t, value);
	} else if (kind == EVIDENCE_HEX) {
		add_hex(t, (uint32_t)value);
	} else if (kind == EVIDENCE_LIBRARY) {
		text_add(t, value < 0 ? "-" : "");
		add_hex(t, (uint32_t)(value < 0 ? -value : value));
	} else {
		text_add_i64(t, value);
	}
}
