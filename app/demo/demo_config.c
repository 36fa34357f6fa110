/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_config.h"

#include "base/packed.h"

#include <string.h>

enum { MEMBERS = 8, SHOWN = 24 };   /* an object has at most; bytes of a wrong key that are shown */

enum kind { STRING, PRIMITIVE };    /* number, true, false, null */

/* One member of the object. */
struct member {
	struct bytes key;
	struct bytes value;      /* a string without its quotes */
	enum kind    kind;
};

struct object {
	struct member members[MEMBERS];
	size_t        count;
};

static bool fail(char why[DEMO_WHY_SIZE], const char *a, struct bytes key, const char *b)
{
	struct text t;

	text_init(&t, why, DEMO_WHY_SIZE);
	text_say(&t, a);
	for (size_t i = 0; i < key.len && i < SHOWN; i++) {
		char c = (char)key.data[i];

		text_add_char(&t, c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '?');
	}
	text_add(&t, key.len > SHOWN ? "..." : "");
	text_say(&t, b);
	return false;
}

static bool fail_text(char why[DEMO_WHY_SIZE], const char *text)
{
	return fail(why, text, (struct bytes){ NULL, 0 }, "");
}

/* ---- JSON (RFC 8259), as far as it is a flat object -------------------- */

/* The next byte that is no white space, which stays; '\0' at the end. */
static uint8_t peek(struct bytes *in)
{
	while (in->len > 0 && (*in->data == ' ' || *in->data == '\t' || *in->data == '\r' || *in->data == '\n'))
		*in = (struct bytes){ in->data + 1, in->len - 1 };
	return in->len > 0 ? *in->data : '\0';
}

static bool take(struct bytes *in, char c)
{
	if (peek(in) != c)
		return false;
	*in = (struct bytes){ in->data + 1, in->len - 1 };
	return true;
}

/* The first N bytes. */
static struct bytes cut(struct bytes *in, size_t n)
{
	struct bytes head = { in->data, n };

	*in = (struct bytes){ in->data + n, in->len - n };
	return head;
}

/* Escapes stay as they are written; of \uXXXX only the u is looked at. */
static bool take_string(struct bytes *in, struct bytes *value)
{
	size_t n = 0;

	if (!take(in, '"'))
		return false;
	for (; n < in->len && in->data[n] != '"'; n++)
		if (in->data[n] < ' ' || (in->data[n] == '\\' &&
					  (++n == in->len || memchr("\"\\/bfnrtu", in->data[n], 9) == NULL)))
			return false;
	*value = cut(in, n);
	return take(in, '"');
}

static bool take_primitive(struct bytes *in, struct bytes *value)
{
	size_t n = 0;

	if (in->len == 0 || strchr("-0123456789tfn", *in->data) == NULL)
		return false;
	while (n < in->len && in->data[n] > ' ' && in->data[n] < 0x7f && strchr(",}]", in->data[n]) == NULL)
		n++;
	*value = cut(in, n);
	return n > 0;
}

static bool take_member(struct bytes *in, struct member *m)
{
	if (!take_string(in, &m->key) || !take(in, ':'))
		return false;
	m->kind = peek(in) == '"' ? STRING : PRIMITIVE;
	return m->kind == STRING ? take_string(in, &m->value) : take_primitive(in, &m->value);
}

static bool has(const struct object *o, struct bytes key)
{
	for (size_t i = 0; i < o->count; i++)
		if (bytes_equal(o->members[i].key, key))
			return true;
	return false;
}

static bool take_members(struct bytes *in, struct object *o, char why[DEMO_WHY_SIZE])
{
	struct member m;

	do {
		if (o->count == MEMBERS)
			return fail_text(why, T("more members than this device knows"));
		if (!take_member(in, &m))
			return fail_text(why, in->len > 0 && (*in->data == '{' || *in->data == '[') ?
					 T("a value is an object or an array") : T("not a JSON object"));
		if (has(o, m.key))
			return fail(why, T("the key "), m.key, T(" comes twice"));
		o->members[o->count++] = m;
	} while (take(in, ','));
	return true;
}

static bool parse_object(struct bytes json, struct object *o, char why[DEMO_WHY_SIZE])
{
	o->count = 0;
	if (!take(&json, '{'))
		return fail_text(why, T("not a JSON object"));
	if (peek(&json) != '}' && !take_members(&json, o, why))
		return false;
	return (take(&json, '}') && peek(&json) == '\0' && json.len == 0) || fail_text(why, T("not a JSON object"));
}

/* ---- what the members mean --------------------------------------------- */

static bool is_number(const struct member *m, uint32_t max, uint32_t *value)
{
	return m->kind == PRIMITIVE && bytes_to_u32(m->value, max, value) && *value > 0 &&
	       m->value.data[0] != '0';
}

static bool is_bool(const struct member *m, bool *value)
{
	*value = bytes_equal_text(m->value, "true");
	return m->kind == PRIMITIVE && (*value || bytes_equal_text(m->value, "false"));
}

static bool config_member(const struct member *m, struct demo_config *cfg, char why[DEMO_WHY_SIZE])
{
	if (bytes_equal_text(m->key, "LedOn")) {
		cfg->has_led = true;
		return is_bool(m, &cfg->led) || fail(why, T("LedOn is "), m->value, T(", not true or false"));
	}
	if (bytes_equal_text(m->key, "TelemetryInterval")) {
		cfg->has_interval = true;
		return is_number(m, DEMO_INTERVAL_MAX_S, &cfg->interval_s) ||
		       fail(why, T("TelemetryInterval is "), m->value, T(", not whole seconds from 1 to 86400"));
	}
	if (bytes_equal_text(m->key, "Reboot"))
		return fail_text(why, T("Reboot in a configuration would act at every connect: "
					"send the command reboot"));
	return fail(why, T("unknown key "), m->key, T("; known: LedOn, TelemetryInterval"));
}

bool demo_config_parse(struct bytes json, struct demo_config *cfg, char why[DEMO_WHY_SIZE])
{
	struct demo_config read = { 0 };
	struct object o;

	if (json.len > 0) {
		if (!parse_object(json, &o, why))
			return false;
		for (size_t i = 0; i < o.count; i++)
			if (!config_member(&o.members[i], &read, why))
				return false;
	}
	*cfg = read;
	return true;
}

static bool is_id(const struct member *m)
{
	if (m->kind != STRING || m->value.len == 0 || m->value.len > DEMO_ID_MAX)
		return false;
	for (size_t i = 0; i < m->value.len; i++)
		if (m->value.data[i] < ' ' || m->value.data[i] > '~')
			return false;
	return true;
}

static bool command_member(const struct member *m, struct demo_command *cmd, char why[DEMO_WHY_SIZE])
{
	if (bytes_equal_text(m->key, "id")) {
		cmd->id = m->value;
		return is_id(m) || fail_text(why, T("the command's id is not 1 to 64 printable characters"));
	}
	if (bytes_equal_text(m->key, "count"))
		return is_number(m, DEMO_BLINK_MAX, &cmd->count) ||
		       fail(why, T("count is "), m->value, T(", not a whole number from 1 to 100"));
	if (bytes_equal_text(m->key, "command") && cmd->name.len == 0 && m->kind == STRING) {
		cmd->name = m->value;
		return true;
	}
	return fail(why, T("unknown key "), m->key, T("; known: command, count, id"));
}

static bool is_word(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 'a' || text.data[i] > 'z')
			return false;
	return text.len > 0;
}

bool demo_command_parse(struct bytes subfolder, struct bytes text, struct demo_command *cmd,
			char why[DEMO_WHY_SIZE])
{
	struct object o;

	*cmd = (struct demo_command){ .name = subfolder };
	if (subfolder.len == 0 && is_word(text)) {
		cmd->name = text;
		return true;
	}
	if (text.len > 0) {
		if (!parse_object(text, &o, why))
			return false;
		for (size_t i = 0; i < o.count; i++)
			if (!command_member(&o.members[i], cmd, why))
				return false;
	}
	return cmd->name.len > 0 || fail_text(why, T("a command without a name"));
}
