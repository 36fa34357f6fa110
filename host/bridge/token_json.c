/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/token_json.h"

#include <string.h>

struct json {
	uint8_t    *p, *end;
	unsigned    depth;       /* levels that may still be opened */
	const char *wrong;       /* the first thing; then nothing more is read */
};

static bool fail(struct json *j, const char *what)
{
	if (j->wrong == NULL)
		j->wrong = what;
	return false;
}

static void space(struct json *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'))
		j->p++;
}

static bool next_is(const struct json *j, char c)
{
	return j->p < j->end && *j->p == (uint8_t)c;
}

static bool take(struct json *j, char c)
{
	bool is = next_is(j, c);

	j->p += is;
	return is;
}

/* ---- strings (section 7) -------------------------------------------------- */

static bool hex4(struct json *j, uint32_t *value)
{
	static const char digits[] = "0123456789abcdef";

	*value = 0;
	for (int i = 0; i < 4; i++, j->p++) {
		const char *d = j->p < j->end && *j->p != '\0' ? strchr(digits, *j->p | ((*j->p & 0x40) >> 1)) : NULL;

		if (d == NULL)
			return fail(j, "has a \\u without four digits");
		*value = *value << 4 | (uint32_t)(d - digits);
	}
	return true;
}

static uint8_t *put_utf8(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (uint8_t)c;
		return out;
	}
	if (c < 0x800)
		*out++ = (uint8_t)(0xc0 | c >> 6);
	else {
		if (c < 0x10000)
			*out++ = (uint8_t)(0xe0 | c >> 12);
		else {
			*out++ = (uint8_t)(0xf0 | c >> 18);
			*out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (uint8_t)(0x80 | (c & 0x3f));
	return out;
}

/* Behind \u: one unit of UTF-16, or a pair of surrogates. */
static bool unicode(struct json *j, uint8_t **out)
{
	uint32_t c, low;

	if (!hex4(j, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (!take(j, '\\') || !take(j, 'u') || !hex4(j, &low) || low < 0xdc00 || low > 0xdfff)
			return fail(j, "has half a surrogate pair");
		c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
	} else if (c >= 0xdc00 && c < 0xe000)
		return fail(j, "has half a surrogate pair");
	*out = put_utf8(*out, c);
	return true;
}

static bool escape(struct json *j, uint8_t **out)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (take(j, 'u'))
		return unicode(j, out);
	at = j->p < j->end && *j->p != '\0' ? strchr(names, *j->p) : NULL;
	if (at == NULL)
		return fail(j, "has an unknown escape");
	*(*out)++ = (uint8_t)means[at - names];
	j->p++;
	return true;
}

/* Never longer without its escapes, so it is written where it is read. */
static bool string(struct json *j, struct bytes *value)
{
	uint8_t *start = ++j->p, *out = start;

	while (j->p < j->end && *j->p != '"') {
		if (*j->p < ' ')
			return fail(j, "has a control character in a string");
		if (!take(j, '\\'))
			*out++ = *j->p++;
		else if (!escape(j, &out))
			return false;
	}
	if (!take(j, '"'))
		return fail(j, "ends within a string");
	*value = (struct bytes){ start, (size_t)(out - start) };
	return true;
}

/* ---- numbers and words (sections 6 and 3) --------------------------------- */

static bool digits(struct json *j)
{
	const uint8_t *start = j->p;

	while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		j->p++;
	return j->p > start;
}

static bool number(struct json *j)
{
	bool ok;

	(void)take(j, '-');
	ok = take(j, '0') || digits(j);
	if (ok && take(j, '.'))
		ok = digits(j);
	if (ok && (take(j, 'e') || take(j, 'E'))) {
		(void)(take(j, '+') || take(j, '-'));
		ok = digits(j);
	}
	return ok || fail(j, "has something that is no value");
}

bool token_json_is_number(struct bytes text)
{
	uint8_t copy[64];
	struct json j = { copy, copy + text.len, 0, NULL };

	if (text.len == 0 || text.len > sizeof copy)
		return false;
	memcpy(copy, text.data, text.len);
	return number(&j) && j.p == j.end;
}

static bool word(struct json *j, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, w, n) != 0)
		return fail(j, "has something that is no value");
	j->p += n;
	return true;
}

/* ---- values (sections 2 to 5) --------------------------------------------- */

static bool any_value(struct json *j, enum token_json_type *type, struct bytes *value);

static bool item(struct json *j, bool object)
{
	enum token_json_type type;
	struct bytes unused;

	space(j);
	if (object) {
		if (!next_is(j, '"') || !string(j, &unused))
			return fail(j, "lacks a name");
		space(j);
		if (!take(j, ':'))
			return fail(j, "lacks a ':'");
	}
	return any_value(j, &type, &unused);
}

static bool nested(struct json *j, bool object)
{
	const char close = object ? '}' : ']';
	bool ok;

	j->p++;
	if (j->depth == 0)
		return fail(j, "is nested too deep");
	j->depth--;
	space(j);
	ok = take(j, close);
	while (!ok && item(j, object)) {
		space(j);
		ok = take(j, close);
		if (!ok && !take(j, ','))
			return fail(j, "lacks a ',' or its end");
	}
	j->depth++;
	return ok;
}

static bool any_value(struct json *j, enum token_json_type *type, struct bytes *value)
{
	const uint8_t *start;
	bool ok;

	space(j);
	start = j->p;
	switch (j->p < j->end ? *j->p : '\0') {
	case '"': *type = TOKEN_JSON_STRING; return string(j, value);
	case '{': *type = TOKEN_JSON_OBJECT; ok = nested(j, true);    break;
	case '[': *type = TOKEN_JSON_ARRAY;  ok = nested(j, false);   break;
	case 't': *type = TOKEN_JSON_BOOL;   ok = word(j, "true");    break;
	case 'f': *type = TOKEN_JSON_BOOL;   ok = word(j, "false");   break;
	case 'n': *type = TOKEN_JSON_NULL;   ok = word(j, "null");    break;
	default:  *type = TOKEN_JSON_NUMBER; ok = number(j);          break;
	}
	*value = (struct bytes){ start, (size_t)(j->p - start) };
	return ok;
}

/* ---- the object ----------------------------------------------------------- */

struct names {
	struct bytes name[TOKEN_JSON_MEMBERS];
	size_t       count;
};

static bool add_name(struct json *j, struct names *n, struct bytes name)
{
	for (size_t i = 0; i < n->count; i++)
		if (bytes_equal(n->name[i], name))
			return fail(j, "has a name twice");
	if (n->count == TOKEN_JSON_MEMBERS)
		return fail(j, "has more than 64 members");
	n->name[n->count++] = name;
	return true;
}

static bool member(struct json *j, struct names *names, struct token_json_member *wanted, size_t count)
{
	enum token_json_type type;
	struct bytes name, value;

	space(j);
	if (!next_is(j, '"'))
		return fail(j, "lacks a name");
	if (!string(j, &name) || !add_name(j, names, name))
		return false;
	space(j);
	if (!take(j, ':'))
		return fail(j, "lacks a ':'");
	if (!any_value(j, &type, &value))
		return false;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal_text(name, wanted[i].name)) {
			wanted[i].type = type;
			wanted[i].value = value;
		}
	space(j);
	return true;
}

const char *token_json_read(uint8_t *data, size_t len, unsigned depth, struct token_json_member *wanted, size_t count)
{
	struct json j = { data, data + len, depth, NULL };
	struct names names = { .count = 0 };
	bool done;

	for (size_t i = 0; i < count; i++)
		wanted[i].type = TOKEN_JSON_ABSENT;
	space(&j);
	if (!take(&j, '{'))
		return "is no JSON object";
	space(&j);
	done = take(&j, '}');
	while (!done && member(&j, &names, wanted, count)) {
		done = take(&j, '}');
		if (!done && !take(&j, ','))
			(void)fail(&j, "lacks a ',' or its end");
		done = done || j.wrong != NULL;
	}
	space(&j);
	if (j.wrong == NULL && j.p != j.end)
		(void)fail(&j, "goes on behind its end");
	return j.wrong;
}

const char *token_json_type_name(enum token_json_type type)
{
	static const char *const names[] = {
		[TOKEN_JSON_ABSENT] = "missing",  [TOKEN_JSON_STRING] = "a string", [TOKEN_JSON_NUMBER] = "a number",
		[TOKEN_JSON_BOOL] = "a boolean",  [TOKEN_JSON_NULL] = "null",       [TOKEN_JSON_ARRAY] = "an array",
		[TOKEN_JSON_OBJECT] = "an object"
	};
	return names[type];
}
