/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_config.h"

#include "base/packed.h"

#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>

#include <string.h>

enum { TOKENS = 17, SHOWN = 24 };   /* an object with eight members; bytes of a wrong key */

/* One member of the object. */
struct member {
	struct bytes key;
	struct bytes value;      /* a string without its quotes */
	jsmntype_t   type;
};

struct object {
	struct member members[(TOKENS - 1) / 2];
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

/* Between two tokens stands white space and, unless it is 0, SEPARATOR once.
 * jsmn does not look. */
static bool gap(struct bytes json, size_t from, size_t to, char separator)
{
	for (; from < to; from++) {
		char c = (char)json.data[from];

		if (c == separator && c != '\0')
			separator = '\0';
		else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return false;
	}
	return separator == '\0';
}

static size_t token_start(const jsmntok_t *t)
{
	return (size_t)t->start - (t->type == JSMN_STRING ? 1 : 0);
}

static size_t token_end(const jsmntok_t *t)
{
	return (size_t)t->end + (t->type == JSMN_STRING ? 1 : 0);
}

static struct bytes token_text(struct bytes json, const jsmntok_t *t)
{
	return (struct bytes){ json.data + t->start, (size_t)(t->end - t->start) };
}

/* Tokens 1 to COUNT - 1 are the keys and values of the object in token 0, and
 * between them stands what JSON asks for (RFC 8259, 4). */
static bool is_well_formed(struct bytes json, const jsmntok_t *tokens, size_t count)
{
	size_t at = (size_t)tokens[0].start + 1;

	if (tokens[0].type != JSMN_OBJECT || !gap(json, 0, (size_t)tokens[0].start, '\0'))
		return false;
	for (size_t i = 1; i < count; i++) {
		bool key = i % 2 == 1;

		if (key && (tokens[i].type != JSMN_STRING || tokens[i].size != 1))
			return false;
		if (!gap(json, at, token_start(&tokens[i]), key ? (i == 1 ? '\0' : ',') : ':'))
			return false;
		at = token_end(&tokens[i]);
	}
	return count % 2 == 1 && gap(json, at, (size_t)tokens[0].end - 1, '\0') &&
	       gap(json, (size_t)tokens[0].end, json.len, '\0');
}

static bool has_nested(const jsmntok_t *tokens, size_t count)
{
	for (size_t i = 1; i < count && tokens[i].start < tokens[0].end; i++)
		if (tokens[i].type == JSMN_OBJECT || tokens[i].type == JSMN_ARRAY)
			return true;
	return false;
}

static bool has_twice(const struct object *o, struct bytes *key)
{
	for (size_t i = 0; i < o->count; i++) {
		*key = o->members[i].key;
		for (size_t k = 0; k < i; k++)
			if (bytes_equal(*key, o->members[k].key))
				return true;
	}
	return false;
}

static bool parse_object(struct bytes json, struct object *o, char why[DEMO_WHY_SIZE])
{
	jsmntok_t tokens[TOKENS];
	jsmn_parser parser;
	struct bytes key;
	int n;

	jsmn_init(&parser);
	n = jsmn_parse(&parser, (const char *)json.data, json.len, tokens, TOKENS);
	if (n == JSMN_ERROR_NOMEM)
		return fail_text(why, T("more members than this device knows"));
	if (n > 0 && tokens[0].type == JSMN_OBJECT && has_nested(tokens, (size_t)n))
		return fail_text(why, T("a value is an object or an array"));
	if (n <= 0 || !is_well_formed(json, tokens, (size_t)n))
		return fail_text(why, T("not a JSON object"));
	o->count = (size_t)n / 2;
	for (size_t i = 0; i < o->count; i++)
		o->members[i] = (struct member){ token_text(json, &tokens[2 * i + 1]),
						 token_text(json, &tokens[2 * i + 2]), tokens[2 * i + 2].type };
	if (has_twice(o, &key))
		return fail(why, T("the key "), key, T(" comes twice"));
	return true;
}

static bool is_number(const struct member *m, uint32_t max, uint32_t *value)
{
	return m->type == JSMN_PRIMITIVE && bytes_to_u32(m->value, max, value) && *value > 0 &&
	       m->value.data[0] != '0';
}

static bool is_bool(const struct member *m, bool *value)
{
	*value = bytes_equal_text(m->value, "true");
	return m->type == JSMN_PRIMITIVE && (*value || bytes_equal_text(m->value, "false"));
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
	if (m->type != JSMN_STRING || m->value.len == 0 || m->value.len > DEMO_ID_MAX)
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
	if (bytes_equal_text(m->key, "command") && cmd->name.len == 0 && m->type == JSMN_STRING) {
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
