/* SPDX-License-Identifier: Apache-2.0 */
/* test_rest_json.c - JSON, times and base64 of the admin interface; paths and queries. */
#include "unit/cmocka_all.h"

#include "bridge/rest_json.h"
#include "bridge/rest_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *in; bool fine; } texts[] = {
	{ "{}", true }, { " {\"a\" : [1, -2.5e+3, 0, true, null, \"\\u00e4\\n\xc3\xa4\"]}\r\n", true },
	{ "{\"a\":\"\\\\u0000\"}", true },                    /* a backslash and u0000, no zero */
	{ "", false }, { "[]", false }, { "1", false }, { "{", false }, { "{}{}", false }, { "{\"a\":1,}", false },
	{ "{\"a\":01}", false }, { "{\"a\":1.}", false }, { "{\"a\":.5}", false }, { "{\"a\":+1}", false },
	  { "{\"a\":1e}", false },
	{ "{\"a\":--1}", false }, { "{\"a\":-}", false }, { "{\"a\":0x1}", false }, { "{\"a\":NaN}", false },
	  { "{'a':1}", false },
	{ "{\"a\":\"\x01\"}", false }, { "{\"a\":\"\\u0000\"}", false }, { "{\"a\":\"\xc0\x80\"}", false },
	{ "{\"a\":\"\xed\xa0\x80\"}", false }, { "{\"a\":\"\xf5\x80\x80\x80\"}", false }, { "{\"a\":\"\xc3\"}", false },
	{ "{\"a\":\"", false }, { "{\"a\":\"\\", false }, { "\xef\xbb\xbf{}", false }, { "{\"a\":\"\\q\"}", false },
	{ "{\"a\":1,\"b\":2,\"a\":3}", false }, { "{\"a\":[{\"b\":1,\"b\":1}]}", false },
	{ "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", true }, { "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", false },
	{ "{\"a\":1}/* */", false }, { "{\"a\" 1}", false },
};

static void texts_are_json_or_are_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		size_t len = strlen(texts[i].in);
		uint8_t *in = malloc(len + !len);     /* so that the sanitizer sees its end */
		char error[JSON_ERROR] = "";
		cJSON *json;

		memcpy(in, texts[i].in, len);
		json = json_read((struct bytes){ in, len }, error);
		if ((json != NULL) != texts[i].fine || (json == NULL && error[strlen(error) - 1] != '.'))
			fail_msg("'%s': '%s'", texts[i].in, error);
		cJSON_Delete(json);
		free(in);
	}
}

static void an_object_has_an_end(void **state)
{
	char *text = malloc(20 * 2000), error[JSON_ERROR] = "";
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 1001; i++)
		n += (size_t)sprintf(text + n, "%c\"m%d\":1", i == 0 ? '{' : ',', i);
	text[n++] = '}';
	assert_null(json_read((struct bytes){ (uint8_t *)text, n }, error));
	assert_non_null(strstr(error, "1000 members"));
	free(text);
}

static void names_are_camel_or_snake(void **state)
{
	static const struct { const char *name, *camel; bool is; } rows[] = {
		{ "logLevel", "logLevel", true }, { "log_level", "logLevel", true }, { "log_Level", "logLevel", false },
		{ "loglevel", "logLevel", false }, { "log_", "logLevel", false }, { "log_leve", "logLevel", false },
		{ "logLevels", "logLevel", false }, { "", "logLevel", false }, { "id", "id", true }, { "_id", "id",
		  false },
		{ "x509_details", "x509Details", true }, { "num_id", "numId", true }, { "log__level", "logLevel",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (json_is(rows[i].name, rows[i].camel) != rows[i].is)
			fail_msg("'%s'", rows[i].name);
}

static void base64_both_ways(void **state)
{
	static const struct { const char *in, *out; } wrong_or[] = {
		{ "", "" }, { "Zg==", "f" }, { "Zg", "f" }, { "Zm8=", "fo" }, { "Zm8", "fo" }, { "Zm9v", "foo" },
		  { "Zm9vYmFy", "foobar" },
		{ "_-8=", "\xff\xef" }, { "/+8", "\xff\xef" },
		{ "Z", NULL }, { "Zg=", NULL }, { "Zg===", NULL }, { "=", NULL }, { "====", NULL }, { "Zm 9v", NULL },
		  { "Zm9v\n", NULL },
		{ "Zm=v", NULL }, { "Z*", NULL },
	};
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof wrong_or / sizeof wrong_or[0]; i++) {
		uint8_t *out = json_base64_read(wrong_or[i].in, &len);

		if ((out != NULL) != (wrong_or[i].out != NULL) ||
		    (out != NULL && (len != strlen(wrong_or[i].out) || memcmp(out, wrong_or[i].out, len) != 0)))
			fail_msg("'%s'", wrong_or[i].in);
		free(out);
	}
	for (size_t n = 0; n < 300; n++) {
		uint8_t *data = malloc(n + !n), *back;
		char *text;

		for (size_t i = 0; i < n; i++)
			data[i] = (uint8_t)(i * 37 + n);
		text = json_base64(data, n);
		back = json_base64_read(text, &len);
		assert_int_equal(len, n);
		assert_memory_equal(back, data, n);
		free(data);
		free(text);
		free(back);
	}
}

static void times_both_ways(void **state)
{
	static const struct { const char *in; int64_t ms; const char *out; } rows[] = {
		{ "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z" },
		{ "2023-11-14T22:13:20.5Z", 1700000000500, "2023-11-14T22:13:20.500Z" },
		{ "2023-11-14T22:13:20.123456789z", 1700000000123, "2023-11-14T22:13:20.123Z" },
		{ "2023-11-15t03:43:20+05:30", 1700000000000, "2023-11-14T22:13:20Z" },
		{ "1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z" },
		{ "2024-02-29T00:00:00Z", 1709164800000, "2024-02-29T00:00:00Z" },
		{ "9999-12-31T23:59:59Z", 253402300799000, "9999-12-31T23:59:59Z" },
		{ "0001-01-01T00:00:00Z", -62135596800000, "0001-01-01T00:00:00Z" },
	};
	static const char *const wrong[] = {
		"", "now", "2023-11-14", "2023-11-14 22:13:20Z", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z",
			"2023-02-29T00:00:00Z",
		"2023-11-14T24:00:00Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20+5:30",
			"2023-11-14T22:13:20+24:00",
		"2023-11-14T22:13:20Zx", "0000-01-01T00:00:00Z", "+023-11-14T22:13:20Z", "2023-11-00T22:13:20Z",
			"2023-11-14T22:60:20Z",
	};
	char out[JSON_TIME];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!json_time_read(rows[i].in, &ms) || ms != rows[i].ms)
			fail_msg("'%s'", rows[i].in);
		assert_string_equal(json_time(out, ms), rows[i].out);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (json_time_read(wrong[i], &ms))
			fail_msg("'%s'", wrong[i]);
	json_time(out, INT64_MAX);
	json_time(out, INT64_MIN);
}

static void integers_as_numbers_or_text(void **state)
{
	static const struct { const char *json; bool fine; uint64_t value; } rows[] = {
		{ "0", true, 0 }, { "\"18446744073709551615\"", true, UINT64_MAX }, { "9007199254740992", true,
		  9007199254740992 },
		{ "\"18446744073709551616\"", false, 0 }, { "9007199254740994", false, 0 }, { "1.5", false, 0 }, { "-1",
		  false, 0 },
		{ "\"-1\"", false, 0 }, { "\"\"", false, 0 }, { "\" 1\"", false, 0 }, { "\"0x1\"", false, 0 }, { "true",
		  false, 0 }, { "1e400", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cJSON *item = cJSON_Parse(rows[i].json);
		uint64_t value = 0;

		if (json_to_u64(item, &value) != rows[i].fine || (rows[i].fine && value != rows[i].value))
			fail_msg("%s", rows[i].json);
		cJSON_Delete(item);
	}
}

/* Segments between '|', the verb behind '!'; NULL: wrong. */
static const struct { const char *in, *want; } paths[] = {
	{ "/", "" }, { "/a", "a" }, { "/a/b", "a|b" }, { "/a%2fb/c%3Ad", "a/b|c:d" }, { "/a%2525", "a%25" }, { "/a:b",
	  "a!b" },
	{ "/a:b/c", "a:b|c" }, { "/a:b:c", "a:b!c" }, { "/a+b~c.d", "a+b~c.d" }, { "/a//b", "a||b" }, { "/a/", "a|" },
	  { "/a:", "a!" },
	{ "/..%2f..", "../.." },
	{ "", NULL }, { "a", NULL }, { "/%", NULL }, { "/%4", NULL }, { "/%zz", NULL }, { "/%00", NULL }, { "/%7f",
	  NULL }, { "/%c3%a4", NULL },
	{ "/1/2/3/4/5/6/7/8/9/10/11/12/13", NULL }, { "/a:%zz", NULL },
};

static void paths_are_decoded_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		char error[PATH_ERROR], out[256] = "";
		struct path p;
		bool fine = path_read(&p, bytes_of(paths[i].in), error);
		size_t n = 0;

		for (size_t k = 0; fine && k < p.count; k++)
			n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", k > 0 ? "|" : "", p.segment[k]);
		if (fine && p.verb != NULL)
			snprintf(out + n, sizeof out - n, "!%s", p.verb);
		if (fine != (paths[i].want != NULL) || (fine && strcmp(out, paths[i].want) != 0))
			fail_msg("'%s': '%s'", paths[i].in, out);
	}
}

static void a_pattern_fits_or_does_not(void **state)
{
	static const struct { const char *path, *pattern; bool fits; } rows[] = {
		{ "/v1/projects/x", "v1/projects/P", true }, { "/v1/projects/", "v1/projects/P", false },
		{ "/v1/projects", "v1/projects/P", false }, { "/v1/projects/x/y", "v1/projects/P", false },
		{ "/v2/projects/x", "v1/projects/P", false }, { "/", "v1", false }, { "/v1%2Fprojects/x",
		  "v1/projects/P", false },
	};
	char error[PATH_ERROR];
	struct path p;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(path_read(&p, bytes_of(rows[i].path), error));
		if (path_is(&p, rows[i].pattern) != rows[i].fits)
			fail_msg("'%s'", rows[i].path);
	}
}

static void queries_are_pairs(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "", "" }, { "a=b", "a=b;" }, { "page_size=1&x=%26%3D+", "pageSize=1;x=&=+;" }, { "a&b=", "a=;b=;" },
		  { "a=b=c", "a=b=c;" },
		{ "&&", "=;=;" }, { "a=\xc3\xa4", "a=\xc3\xa4;" }, { "%zz", NULL }, { "a=%", NULL }, { "a=1&b=%00",
		  NULL }, { "a%0a=1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[PATH_ERROR], out[256] = "";
		struct query q;
		bool fine = query_read(&q, bytes_of(rows[i].in), error);
		size_t n = 0;

		for (size_t k = 0; fine && k < q.count; k++)
			n += (size_t)snprintf(out + n, sizeof out - n, "%s=%s;", q.param[k].name, q.param[k].value);
		if (fine != (rows[i].want != NULL) || (fine && strcmp(out, rows[i].want) != 0))
			fail_msg("'%s': '%s'", rows[i].in, out);
		query_clear(&q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_json_or_are_not),
		cmocka_unit_test(an_object_has_an_end),
		cmocka_unit_test(names_are_camel_or_snake),
		cmocka_unit_test(base64_both_ways),
		cmocka_unit_test(times_both_ways),
		cmocka_unit_test(integers_as_numbers_or_text),
		cmocka_unit_test(paths_are_decoded_once),
		cmocka_unit_test(a_pattern_fits_or_does_not),
		cmocka_unit_test(queries_are_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
