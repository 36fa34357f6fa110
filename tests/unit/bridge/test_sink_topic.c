/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/sink_topic.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct row { const char *name, *device; enum sink_kind kind; const char *subfolder, *topic; } rows[] = {
	{ "an event without a subfolder",           "lamp-1",    SINK_EVENT, "",         "tern/p/eu/r/lamp-1/events" },
	{ "an event with one",                      "lamp-1",    SINK_EVENT, "alarm",    "tern/p/eu/r/lamp-1/events/alarm" },
	{ "a subfolder of levels stays levels",     "lamp-1",    SINK_EVENT, "a/b/c",    "tern/p/eu/r/lamp-1/events/a/b/c" },
	{ "empty levels stay, too",                 "lamp-1",    SINK_EVENT, "/a//b/",   "tern/p/eu/r/lamp-1/events//a//b/" },
	{ "a state",                                "lamp-1",    SINK_STATE, "",         "tern/p/eu/r/lamp-1/state" },
	{ "all that an id may have and a topic too", "aZ09-._~", SINK_STATE, "",         "tern/p/eu/r/aZ09-._~/state" },
	{ "a plus in an id is no wildcard",         "a+b",       SINK_STATE, "",         "tern/p/eu/r/a%2Bb/state" },
	{ "an id that is a wildcard",               "+",         SINK_STATE, "",         "tern/p/eu/r/%2B/state" },
	{ "a percent in an id",                     "a%2Bb",     SINK_STATE, "",         "tern/p/eu/r/a%252Bb/state" },
	{ "a hash in an id",                        "#",         SINK_STATE, "",         "tern/p/eu/r/%23/state" },
	{ "a slash in an id is no level",           "a/state",   SINK_EVENT, "",         "tern/p/eu/r/a%2Fstate/events" },
	{ "a wildcard in a subfolder",              "d",         SINK_EVENT, "a/+/#",    "tern/p/eu/r/d/events/a/%2B/%23" },
	{ "UTF-8 byte by byte",                     "d",         SINK_EVENT, "t\xc3\xbcr", "tern/p/eu/r/d/events/t%C3%BCr" },
	{ "what is no UTF-8",                       "d",         SINK_EVENT, "\xff\xc0", "tern/p/eu/r/d/events/%FF%C0" },
	{ "control characters and DEL",             "d",         SINK_EVENT, "\x01\n\x7f", "tern/p/eu/r/d/events/%01%0A%7F" },
	{ "a blank and punctuation stay",           "d",         SINK_EVENT, "a b!$&'()*,;=:@~", "tern/p/eu/r/d/events/a b!$&'()*,;=:@~" },
	{ "16 levels are levels",                   "d",         SINK_EVENT, "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
	  "tern/p/eu/r/d/events/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16" },
	{ "the 17th is in the 16th",                "d",         SINK_EVENT, "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18",
	  "tern/p/eu/r/d/events/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16%2F17%2F18" },
};

static struct sink_message message_of(const char *device, enum sink_kind kind, const char *subfolder)
{
	return (struct sink_message){ .kind = kind, .project = "p", .location = "eu", .registry = "r", .device = device,
				      .subfolder = bytes_of(subfolder) };
}

static void topics_are_as_written(void **state)
{
	static char topic[SINK_TOPIC];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sink_message m = message_of(rows[i].device, rows[i].kind, rows[i].subfolder);

		print_message("%s\n", rows[i].name);
		assert_true(sink_topic_write(topic, &m));
		assert_string_equal(topic, rows[i].topic);
	}
}

static void names_are_encoded_in_each_place(void **state)
{
	static char topic[SINK_TOPIC];
	struct sink_message m = { .project = "+", .location = "#", .registry = "a/b", .device = "%", .kind = SINK_STATE };

	(void)state;
	assert_true(sink_topic_write(topic, &m));
	assert_string_equal(topic, "tern/%2B/%23/a%2Fb/%25/state");
}

static void a_zero_byte_does_not_end_a_subfolder(void **state)
{
	static char topic[SINK_TOPIC];
	struct sink_message m = message_of("d", SINK_EVENT, "");

	(void)state;
	m.subfolder = (struct bytes){ (const uint8_t *)"a\0b", 3 };
	assert_true(sink_topic_write(topic, &m));
	assert_string_equal(topic, "tern/p/eu/r/d/events/a%00b");
}

/* "tern/p/eu/r/d/events/" and 3 bytes for each of the subfolder. */
static void a_topic_has_at_most_65535_bytes(void **state)
{
	static char topic[SINK_TOPIC], plus[SINK_TOPIC];
	struct sink_message m = message_of("d", SINK_EVENT, "");
	size_t most = (65535 - strlen("tern/p/eu/r/d/events/")) / 3;

	(void)state;
	memset(plus, '+', sizeof plus);
	m.subfolder = (struct bytes){ (const uint8_t *)plus, most };
	assert_true(sink_topic_write(topic, &m));
	assert_int_equal(strlen(topic), 21 + 3 * most);
	m.subfolder.len++;
	assert_false(sink_topic_write(topic, &m));
}

/* All pairs of two bytes as a name: 65,025 topics, each of its own, none a wildcard, each three levels more. */
static void no_two_names_share_a_topic(void **state)
{
	static char seen[65536][8];
	size_t n = 0;

	(void)state;
	for (unsigned a = 1; a < 256; a++) {
		for (unsigned b = 1; b < 256; b++) {
			char name[3] = { (char)a, (char)b, 0 };
			struct sink_message m = message_of(name, SINK_STATE, "");
			static char topic[SINK_TOPIC];
			size_t slashes = 0, len;

			assert_true(sink_topic_write(topic, &m));
			assert_null(strpbrk(topic, "+#"));
			for (const char *c = topic; *c != '\0'; c++)
				slashes += *c == '/';
			assert_int_equal(slashes, 5);
			len = strlen(topic) - strlen("tern/p/eu/r/") - strlen("/state");
			assert_in_range(len, 2, 6);
			memcpy(seen[n++], topic + strlen("tern/p/eu/r/"), len);
		}
	}
	qsort(seen, n, sizeof *seen, (int (*)(const void *, const void *))strcmp);
	for (size_t i = 1; i < n; i++)
		assert_string_not_equal(seen[i - 1], seen[i]);
}

static const struct clean { const char *name, *text; bool clean; } cleans[] = {
	{ "empty",                    "",                 true },
	{ "ASCII",                    "a b~",             true },
	{ "two, three, four bytes",   "\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xa6", true },
	{ "a control character",      "a\nb",             false },
	{ "DEL",                      "\x7f",             false },
	{ "C1",                       "\xc2\x85",         false },
	{ "a byte that only follows", "\x80",             false },
	{ "cut off",                  "a\xe2\x82",        false },
	{ "not followed",             "\xc3z",            false },
	{ "too long for what it is",  "\xc0\xaf",         false },
	{ "the same in three bytes",  "\xe0\x80\xaf",     false },
	{ "a surrogate",              "\xed\xa0\x80",     false },
	{ "U+FFFE",                   "\xef\xbf\xbe",     false },
	{ "U+FDD0",                   "\xef\xb7\x90",     false },
	{ "U+1FFFF",                  "\xf0\x9f\xbf\xbf", false },
	{ "behind U+10FFFF",          "\xf4\x90\x80\x80", false },
	{ "0xff",                     "\xff",             false },
};

static void clean_text_is_what_every_broker_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cleans / sizeof *cleans; i++) {
		print_message("%s\n", cleans[i].name);
		assert_int_equal(sink_topic_is_clean(bytes_of(cleans[i].text)), cleans[i].clean);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_are_as_written),
		cmocka_unit_test(names_are_encoded_in_each_place),
		cmocka_unit_test(a_zero_byte_does_not_end_a_subfolder),
		cmocka_unit_test(a_topic_has_at_most_65535_bytes),
		cmocka_unit_test(no_two_names_share_a_topic),
		cmocka_unit_test(clean_text_is_what_every_broker_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
