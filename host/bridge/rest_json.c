/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/rest_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- What cJSON would let pass -------------------------------------------- */

struct scan {
	const uint8_t *p, *end, *start;
	char *error;
};

static bool wrong(const struct scan *s, const char *what)
{
	snprintf(s->error, JSON_ERROR, "The body is not JSON as RFC 8259 has it: %s at byte %zu.", what,
		 (size_t)(s->p - s->start));
	return false;
}

/* Bytes of the UTF-8 sequence at P (RFC 3629, section 4); 0: none. */
static size_t utf8_len(const uint8_t *p, const uint8_t *end)
{
	static const struct { uint8_t first, last, low, high, len; } form[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
		if (p[0] < form[i].first || p[0] > form[i].last)
			continue;
		if ((size_t)(end - p) < form[i].len)
			return 0;
		if (form[i].len > 1 && (p[1] < form[i].low || p[1] > form[i].high))
			return 0;
		for (size_t k = 2; k < form[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return form[i].len;
	}
	return 0;
}

static bool scan_string(struct scan *s)
{
	s->p++;
	while (s->p < s->end && *s->p != '"') {
		size_t n = utf8_len(s->p, s->end);

		if (n == 0)
			return wrong(s, "what is not UTF-8");
		if (*s->p < 0x20)
			return wrong(s, "a control character in a string");
		if (*s->p == '\\' && s->end - s->p >= 6 && memcmp(s->p + 1, "u0000", 5) == 0)
			return wrong(s, "a zero character");
		s->p += *s->p == '\\' && s->end - s->p > 1 ? 2 : n;
	}
	return s->p < s->end || wrong(s, "a string without end");
}

/* Digits at P; NULL: none. */
static const uint8_t *digits(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *start = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > start ? p : NULL;
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?  (RFC 8259, section 6); P is left at its last byte. */
static bool scan_number(struct scan *s)
{
	const uint8_t *p = s->p + (*s->p == '-'), *first = p;

	p = digits(p, s->end);
	if (p == NULL || (*first == '0' && p - first > 1))
		return wrong(s, "a number of no form");
	if (p < s->end && *p == '.')
		p = digits(p + 1, s->end);
	if (p != NULL && p < s->end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < s->end && (*p == '+' || *p == '-'))
			p++;
		p = digits(p, s->end);
	}
	if (p == NULL)
		return wrong(s, "a number of no form");
	s->p = p - 1;
	return true;
}

/* Depth, strings and numbers; what stands between them cJSON judges. */
static bool scan(struct bytes text, char error[JSON_ERROR])
{
	struct scan s = { text.data, text.data + text.len, text.data, error };
	unsigned depth = 0;

	for (; s.p < s.end; s.p++) {
		if (*s.p == '"' && !scan_string(&s))
			return false;
		if (((*s.p >= '0' && *s.p <= '9') || *s.p == '-') && !scan_number(&s))
			return false;
		if (*s.p == '\0' || *s.p >= 0x80 || (*s.p < 0x20 && strchr("\t\r\n", *s.p) == NULL))
			return wrong(&s, "a byte of no meaning");
		if ((*s.p == '{' || *s.p == '[') && ++depth > JSON_DEPTH)
			return wrong(&s, "more than 16 levels");
		if ((*s.p == '}' || *s.p == ']') && depth > 0)
			depth--;
	}
	return true;
}

bool json_is(const char *name, const char *camel)
{
	for (; *name != '\0'; name++, camel++) {
		char want = *camel;

		if (*name == '_' && want >= 'A' && want <= 'Z') {
			name++;
			want = (char)(want - 'A' + 'a');
		}
		if (*name != want || *name == '\0')
			return false;
	}
	return *camel == '\0';
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool members_once(const cJSON *object, char error[JSON_ERROR])
{
	const char *name[JSON_MEMBERS];
	size_t count = 0;

	for (const cJSON *m = object->child; m != NULL; m = m->next) {
		if (count == JSON_MEMBERS) {
			snprintf(error, JSON_ERROR, "The body has an object of more than %d members.", JSON_MEMBERS);
			return false;
		}
		name[count++] = m->string;
	}
	qsort(name, count, sizeof name[0], by_name);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(name[i - 1], name[i]) == 0) {
			snprintf(error, JSON_ERROR, "The body has the member '%.128s' twice in one object.", name[i]);
			return false;
		}
	}
	return true;
}

/* No deeper than JSON_DEPTH. */
static bool all_members_once(const cJSON *item, char error[JSON_ERROR])
{
	if (cJSON_IsObject(item) && !members_once(item, error))
		return false;
	if (cJSON_IsObject(item) || cJSON_IsArray(item))
		for (const cJSON *m = item->child; m != NULL; m = m->next)
			if (!all_members_once(m, error))
				return false;
	return true;
}

cJSON *json_read(struct bytes text, char error[JSON_ERROR])
{
	char *copy = text.len > 0 && scan(text, error) ? malloc(text.len + 1) : NULL;
	cJSON *json = NULL;

	if (text.len == 0)
		snprintf(error, JSON_ERROR, "The body is empty: a JSON object is needed.");
	if (copy == NULL)
		return NULL;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	json = cJSON_ParseWithOpts(copy, NULL, 1);
	bytes_wipe(copy, text.len);
	free(copy);
	if (json == NULL)
		snprintf(error, JSON_ERROR, "The body is not JSON.");
	else if (!cJSON_IsObject(json))
		snprintf(error, JSON_ERROR, "The body is JSON, but not an object.");
	else if (all_members_once(json, error))
		return json;
	cJSON_Delete(json);
	return NULL;
}

/* ---- Integers ------------------------------------------------------------- */

bool json_text_to_u64(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return v <= max;
}

bool json_to_u64(const cJSON *item, uint64_t *value)
{
	if (cJSON_IsString(item))
		return json_text_to_u64(item->valuestring, UINT64_MAX, value);
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= 9007199254740992.0))
		return false;
	*value = (uint64_t)item->valuedouble;      /* a double holds integers up to 2^53 */
	return (double)*value >= item->valuedouble;
}

void json_add_u64(cJSON *object, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	cJSON_AddStringToObject(object, name, text);
}

/* ---- Times ---------------------------------------------------------------- */

const char *json_time(char out[JSON_TIME], int64_t ms)
{
	time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
	int rest = (int)(ms - (int64_t)s * 1000);
	struct tm tm;
	size_t n;

	if (gmtime_r(&s, &tm) == NULL || tm.tm_year + 1900 > 9999 || tm.tm_year + 1900 < 1)
		return "9999-12-31T23:59:59Z";
	n = (size_t)snprintf(out, JSON_TIME, "%04d-%02d-%02dT%02d:%02d:%02d", (tm.tm_year + 1900) % 10000,
			     (tm.tm_mon + 1) % 100, tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
			     tm.tm_sec % 100);
	snprintf(out + n, JSON_TIME - n, rest > 0 ? ".%03dZ" : "Z", rest % 1000);
	return out;
}

/* The two digits at P; -1: they are none. */
static int two(const char *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* "Z" or "+hh:mm", the end of TEXT; minutes east. */
static bool read_zone(const char *text, int *minutes)
{
	*minutes = 0;
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return true;
	if ((text[0] != '+' && text[0] != '-') || strlen(text) != 6 || text[3] != ':')
		return false;
	if (two(text + 1) < 0 || two(text + 1) > 23 || two(text + 4) < 0 || two(text + 4) > 59)
		return false;
	*minutes = (two(text + 1) * 60 + two(text + 4)) * (text[0] == '-' ? -1 : 1);
	return true;
}

/* "2026-01-02T03:04:05", the length was checked. */
static bool read_date(const char *t, struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = two(t) * 100 + two(t + 2), leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	*tm = (struct tm){ .tm_year = year - 1900, .tm_mon = two(t + 5) - 1, .tm_mday = two(t + 8),
			   .tm_hour = two(t + 11), .tm_min = two(t + 14), .tm_sec = two(t + 17) };
	if (two(t) < 0 || two(t + 2) < 0 || year < 1 || t[4] != '-' || t[7] != '-' || strchr("Tt", t[10]) == NULL ||
	    t[13] != ':' || t[16] != ':')
		return false;
	if (tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1 ||
	    tm->tm_mday > days[tm->tm_mon] + (tm->tm_mon == 1 && leap))
		return false;
	return tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 &&
	       tm->tm_sec <= 60;
}

bool json_time_read(const char *text, int64_t *ms)
{
	int minutes, fraction = 0, weight = 100;
	struct tm tm;

	if (strlen(text) < 20 || !read_date(text, &tm))
		return false;
	text += 19;
	if (*text == '.') {
		if (text[1] < '0' || text[1] > '9')
			return false;
		for (text++; *text >= '0' && *text <= '9'; text++, weight /= 10)
			fraction += (*text - '0') * weight;
	}
	if (!read_zone(text, &minutes))
		return false;
	*ms = ((int64_t)timegm(&tm) - minutes * 60) * 1000 + fraction;
	return true;
}

/* ---- Base64 (RFC 4648, sections 4 and 5) ---------------------------------- */

char *json_base64(const uint8_t *data, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(len / 3 * 4 + 5), *q = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)data[i] << 16;

		v |= i + 1 < len ? (uint32_t)data[i + 1] << 8 : 0;
		v |= i + 2 < len ? data[i + 2] : 0;
		*q++ = digit[v >> 18];
		*q++ = digit[v >> 12 & 63];
		*q++ = i + 1 < len ? digit[v >> 6 & 63] : '=';
		*q++ = i + 2 < len ? digit[v & 63] : '=';
	}
	*q = '\0';
	return out;
}

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

uint8_t *json_base64_read(const char *text, size_t *len)
{
	size_t n = strlen(text), padding = 0;
	uint32_t bits = 0;
	uint8_t *out;

	while (padding < 2 && n > 0 && text[n - 1] == '=') {
		n--;
		padding++;
	}
	if (n % 4 == 1 || (padding > 0 && (n + padding) % 4 != 0))
		return NULL;
	out = malloc(n / 4 * 3 + 3);
	*len = 0;
	for (size_t i = 0; out != NULL && i < n; i++) {
		int d = digit_of(text[i]);

		if (d < 0) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)d;
		if (i % 4 > 0)
			out[(*len)++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return out;
}

/* ---- Text that grows ------------------------------------------------------ */

void json_text_free(struct json_text *t)
{
	free(t->text);
	*t = (struct json_text){ .failed = t->failed };
}

void json_add_text(struct json_text *t, const char *text, size_t len)
{
	if (t->failed)
		return;
	if (t->len + len + 1 > t->size) {
		size_t size = (t->len + len + 1) * 2;
		char *grown = realloc(t->text, size);

		if (grown == NULL) {
			t->failed = true;
			json_text_free(t);
			return;
		}
		t->text = grown;
		t->size = size;
	}
	memcpy(t->text + t->len, text, len);
	t->len += len;
	t->text[t->len] = '\0';
}

void json_add_json(struct json_text *t, const cJSON *item)
{
	char *text = item != NULL ? cJSON_PrintUnformatted(item) : NULL;

	if (text == NULL) {
		json_text_free(t);
		t->failed = true;
		return;
	}
	json_add_text(t, text, strlen(text));
	cJSON_free(text);
}
