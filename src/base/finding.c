/* SPDX-License-Identifier: Apache-2.0 */
#include "base/finding.h"

#include "base/packed.h"

enum { NO_CHARACTER = 0x110000 };

static void add_value(struct text *t, struct bytes value)
{
	for (size_t i = 0; i < value.len && i < FINDING_VALUE_MAX; i++) {
		if (value.data[i] >= ' ' && value.data[i] <= '~') {
			text_add_char(t, (char)value.data[i]);
		} else {
			text_add(t, "\\x");
			text_add_hex(t, value.data[i], 2);
		}
	}
	if (value.len > FINDING_VALUE_MAX)
		text_add(t, "...");
}

static void add_capital_hex(struct text *t, uint32_t value, unsigned digits)
{
	while (digits-- > 0)
		text_add_char(t, "0123456789ABCDEF"[value >> 4 * digits & 15]);
}

static void add_character(struct text *t, uint32_t c)
{
	if (c > ' ' && c <= '~') {
		text_add_char(t, '\'');
		text_add_char(t, (char)c);
		text_add_char(t, '\'');
	} else if (c >= NO_CHARACTER) {
		text_add(t, "byte 0x");
		text_add_hex(t, c - NO_CHARACTER, 2);
	} else {
		text_add(t, "U+");
		add_capital_hex(t, c, c > 0xffff ? 5 : 4);
	}
}

static void add(struct text *t, char key, const struct finding_values *v)
{
	if (key == 'w')
		text_add(t, v->what);
	else if (key == 'v')
		add_value(t, v->value);
	else if (key == 'o')
		add_value(t, v->other);
	else if (key == 'c')
		add_character(t, v->number[0]);
	else if (key >= '1' && key <= '3')
		text_add_u32(t, v->number[key - '1']);
	else
		text_add_char(t, key);
}

void finding_say(struct text *t, const char *say, const struct finding_values *v)
{
	struct packed p;
	char c;

	packed_init(&p, say);
	while ((c = packed_next(&p)) != '\0') {
		if (c == '%')
			add(t, packed_next(&p), v);
		else
			text_add_char(t, c);
	}
}

static void add_quoted(struct text *t, struct bytes value)
{
	text_add(t, " '");
	add_value(t, value);
	text_add_char(t, '\'');
}

struct finding_info finding_info_of(const void *words, const uint8_t *weights, unsigned index)
{
	const char *code = text_nth(words, 2 * (size_t)index);

	return (struct finding_info){ code, text_nth(code, 1), weights[index] >> 4, weights[index] & 15 };
}

void finding_tell(struct text *t, struct finding_info info, const struct finding_values *v)
{
	if (info.say[0] != '\0') {
		finding_say(t, info.say, v);
		return;
	}
	text_add_char(t, '[');
	text_say(t, info.code);
	if (v->value.len > 0)
		add_quoted(t, v->value);
	if (v->other.len > 0)
		add_quoted(t, v->other);
	for (size_t i = 0; i < sizeof v->number / sizeof v->number[0]; i++)
		if (v->number[i] != 0) {
			text_add_char(t, ' ');
			text_add_u32(t, v->number[i]);
		}
	text_add_char(t, ']');
}

const char *finding_weight_name(enum weight w)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[w];
}

const char *finding_grade_name(enum grade g)
{
	static const char *const names[] = { "is", "most likely", "one of" };

	return names[g];
}
