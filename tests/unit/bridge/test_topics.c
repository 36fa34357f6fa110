/* SPDX-License-Identifier: Apache-2.0 */
/* Names: which are refused and why, and that no name of one device is another's. */
#include "unit/cmocka_all.h"

#include "bridge/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct bytes text(const char *s)
{
	return bytes_of(s);
}

/* ---- The client id ---- */

#define LONG_ID \
	"a234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890" \
	"1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890" \
	"1234567890123456789012345678901234567890123456789012345"

static const struct client_row {
	const char *id;
	const char *says;        /* NULL: taken */
} client_rows[] = {
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev-1", NULL },
	{ "projects/my-project-123456/locations/us-central1/registries/fleet/devices/2582332477650079", NULL },
	{ "projects/my-project-123456/locations/local/registries/fleet/devices/dev-1", NULL },
	{ "projects/my-project-123456/locations/1/registries/fleet/devices/dev-1", NULL },
	{ "projects/example.com:my-project/locations/europe-west1/registries/a.b_c~d%2F+e/devices/a+b%23~c", NULL },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/" LONG_ID, NULL },
	{ "", "the client id is empty; it must be projects/PROJECT/" },
	{ "dev-1", "client id 'dev-1' is not of the form projects/PROJECT/locations/REGION/registries/REGISTRY/devices/DEVICE: "
		   "there is 'dev-1' where 'projects' belongs" },
	{ "/projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev-1", "there is nothing where 'projects' belongs" },
	{ "projects/my-project-123456/location/europe-west1/registries/fleet/devices/dev-1",
	  "there is 'location' where 'locations' belongs" },
	{ "projects/my-project-123456/locations/europe-west1/registry/fleet/devices/dev-1",
	  "there is 'registry' where 'registries' belongs" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/device/dev-1",
	  "there is 'device' where 'devices' belongs" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet", "there is nothing where 'devices' belongs" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices", "device id nothing in the client id" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev-1/", "there is more behind the device" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev-1/x", "there is more behind the device" },
	{ "projects/My First Project/locations/europe-west1/registries/fleet/devices/dev-1",
	  "project 'My First Project' in the client id looks like the project's name, not its id: a project id has 6 to 30 "
	  "lower-case letters, digits and hyphens and starts with a letter, like 'my-first-project-123456'" },
	{ "projects/MyProject/locations/europe-west1/registries/fleet/devices/dev-1", "looks like the project's name" },
	{ "projects/482640279251/locations/europe-west1/registries/fleet/devices/dev-1",
	  "project '482640279251' in the client id is a project's number, not its id" },
	{ "projects/short/locations/europe-west1/registries/fleet/devices/dev-1", "project 'short' in the client id is not an id" },
	{ "projects//locations/europe-west1/registries/fleet/devices/dev-1", "project nothing in the client id is not an id" },
	{ "projects/my-project-/locations/europe-west1/registries/fleet/devices/dev-1", "project 'my-project-'" },
	{ "projects/my-project-123456/locations/Europe/registries/fleet/devices/dev-1", "region 'Europe' in the client id" },
	{ "projects/my-project-123456/locations//registries/fleet/devices/dev-1", "region nothing in the client id" },
	{ "projects/my-project-123456/locations/europe-west1/registries/ab/devices/dev-1",
	  "registry id 'ab' in the client id is not a letter followed by 2 to 254 letters, digits and -._+~%" },
	{ "projects/my-project-123456/locations/europe-west1/registries/google-fleet/devices/dev-1",
	  "registry id 'google-fleet' in the client id starts with 'goog'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/goog1",
	  "device id 'goog1' in the client id starts with 'goog'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/12345/devices/dev-1", "registry id '12345'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/0123", "device id '0123'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/123456789012345678901",
	  "device id '123456789012345678901'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/1dev", "device id '1dev'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev 1", "device id 'dev 1'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/d\xc3\xa9v", "device id 'd\\xc3\\xa9v'" },
	{ "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/" LONG_ID "6",
	  "device id 'a23456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456...'" },
};

static void client_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(client_rows); i++) {
		const struct client_row *r = &client_rows[i];
		struct iotcore_ids ids = { .device = text("untouched") };
		struct reason why = { 0 };

		print_message("  %.100s\n", r->id);
		assert_int_equal(topics_client_id(text(r->id), &ids, &why), r->says == NULL);
		if (r->says == NULL)
			continue;
		assert_int_equal(why.code, REASON_CLIENT_ID);
		if (strstr(why.text, r->says) == NULL)
			fail_msg("'%s' does not say '%s'", why.text, r->says);
		assert_true(bytes_equal_text(ids.device, "untouched"));
	}
}

static void the_parts_of_a_client_id(void **state)
{
	struct iotcore_ids ids;
	struct reason why;

	(void)state;
	assert_true(topics_client_id(text(client_rows[0].id), &ids, &why));
	assert_true(bytes_equal_text(ids.project, "my-project-123456"));
	assert_true(bytes_equal_text(ids.region, "europe-west1"));
	assert_true(bytes_equal_text(ids.registry, "fleet"));
	assert_true(bytes_equal_text(ids.device, "dev-1"));
}

/* Every byte of a good one replaced by every other: taken apart as it is written, or refused. */
static void a_client_id_that_is_taken_is_the_path_of_its_parts(void **state)
{
	char id[] = "projects/my-project-123456/locations/europe-west1/registries/fleet/devices/dev-1";
	unsigned taken = 0;

	(void)state;
	for (size_t at = 0; at < sizeof id - 1; at++) {
		char was = id[at];

		for (unsigned c = 0; c < 256; c++) {
			struct bytes in = { (const uint8_t *)id, sizeof id - 1 };
			struct iotcore_ids ids;
			struct reason why;
			char buf[128];
			struct text t;

			id[at] = (char)c;
			if (!topics_client_id(in, &ids, &why))
				continue;
			taken++;
			text_init(&t, buf, sizeof buf);
			iotcore_client_id(&ids, &t);
			assert_string_equal(buf, id);
		}
		id[at] = was;
	}
	assert_in_range(taken, 500, 3000);
}

/* ---- No topic is two devices' ---- */

/* Ids that are alike: as prefixes, as patterns, as escapes, as numbers.  The first FEW are most alike. */
enum { FEW = 8 };
static const char *const ids[] = {
	"dev", "dev1", "dev.1", "dev+", "dev%2F", "dev%2f", "dev~", "Dev",
	"dev-1", "dev%", "dev%2Fevents", "dev%23", "dev..", "a++", "a+b", "a.b", "a%b", "a~b", "a+.", "events", "state", "config", "commands", "devices", "dev-1.", "dev+dev",
};

struct who {
	struct topics_device names;
	char num[24];
};

static void make(struct who *w, size_t i)
{
	snprintf(w->num, sizeof w->num, "%" PRIu64, UINT64_C(1) + i * 11);   /* 1, 12, 23, … : prefixes of each other */
	w->names = (struct topics_device){ text(ids[i]), text(w->num) };
}

/* How many of the devices may publish to, subscribe to TOPIC. */
static unsigned writers(const struct who *devices, size_t count, struct bytes topic, size_t *last)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		enum session_topic is;
		struct bytes sub;
		struct reason why;

		if (!topics_publish(devices[i].names, topic, &is, &sub, &why))
			continue;
		n++;
		*last = i;
	}
	return n;
}

static unsigned readers(const struct who *devices, size_t count, struct bytes filter, size_t *last)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		struct topics_grant grant;
		struct reason why;

		if (topics_subscribe(devices[i].names, filter, &grant, &why) != TOPICS_GRANTED)
			continue;
		n++;
		*last = i;
	}
	return n;
}

/* TOPIC begins with '/devices/' and ID or NUM, and a slash. */
static bool is_below(struct bytes topic, const struct who *w, const char *id)
{
	char own[64], num[64];

	snprintf(own, sizeof own, "/devices/%s/", id);
	snprintf(num, sizeof num, "/devices/%s/", w->num);
	return bytes_starts_with(topic, own) || bytes_starts_with(topic, num);
}

static void check_one(const struct who *devices, size_t count, struct bytes topic, unsigned *written, unsigned *read)
{
	size_t who = 0;
	unsigned w = writers(devices, count, topic, &who);

	assert_true(w <= 1);
	if (w == 1)
		assert_true(is_below(topic, &devices[who], ids[who]));
	*written += w;
	w = readers(devices, count, topic, &who);
	assert_true(w <= 1);
	if (w == 1)
		assert_true(is_below(topic, &devices[who], ids[who]));
	*read += w;
}

/* Every id and every pattern in its place, every end. */
static void topics_from_parts(void **state)
{
	static const char *const starts[] = { "/devices/", "devices/", "//devices/", "/devices//", "/device/", "/Devices/", "/", "", "/+/",
					      "/#/", "/devices/+/", "/devices/dev/", "/devices/../" };
	static const char *const others[] = { "+", "#", "*", "", ".", "..", "dev/", "1", "12", "01", "123", "$SYS", "%" };
	static const char *const ends[] = {
		"/events", "/events/", "/events/a", "/events/a/b", "/events/../config", "/state", "/state/", "/config", "/commands",
		"/commands/#", "/commands/+", "/commands/a", "/errors", "/#", "/+", "", "/", "/events/+", "/events/#", "/attach",
		"/events/../../dev1/config", "//events", "/Events",
	};
	struct who devices[COUNT(ids)];
	unsigned written = 0, read = 0, tried = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++)
		make(&devices[i], i);
	for (size_t s = 0; s < COUNT(starts); s++) {
		for (size_t m = 0; m < COUNT(ids) * 2 + COUNT(others); m++) {
			const char *middle = m < COUNT(ids) ? ids[m] : m < 2 * COUNT(ids) ? devices[m - COUNT(ids)].num :
					     others[m - 2 * COUNT(ids)];

			for (size_t e = 0; e < COUNT(ends); e++) {
				char topic[128];

				snprintf(topic, sizeof topic, "%s%s%s", starts[s], middle, ends[e]);
				check_one(devices, COUNT(ids), text(topic), &written, &read);
				tried++;
			}
		}
	}
	print_message("  %u topics: %u may be written, %u read\n", tried, written, read);
	assert_in_range(written, 2 * COUNT(ids) * 7, tried / 10);   /* the seven ends that may be written, under both names */
	assert_in_range(read, 2 * COUNT(ids) * 4, tried / 10);
}

/* Of every good topic and filter: every byte replaced by every other, left out, doubled. */
static void topics_with_one_byte_changed(void **state)
{
	static const char *const ends[] = { "/events", "/events/a", "/state", "/config", "/commands/#", "/commands", "/errors" };
	struct who devices[FEW];
	unsigned written = 0, read = 0;

	(void)state;
	for (size_t i = 0; i < FEW; i++)
		make(&devices[i], i);
	for (size_t i = 0; i < FEW; i++) {
		for (size_t e = 0; e < COUNT(ends); e++) {
			char good[64], topic[64];
			size_t len = (size_t)snprintf(good, sizeof good, "/devices/%s%s", i % 2 ? ids[i] : devices[i].num, ends[e]);

			for (size_t at = 0; at < len; at++) {
				for (unsigned c = 0; c < 256; c++) {
					memcpy(topic, good, len);
					topic[at] = (char)c;
					check_one(devices, FEW, (struct bytes){ (const uint8_t *)topic, len }, &written, &read);
				}
				memmove(topic + at, good + at + 1, len - at - 1);
				check_one(devices, FEW, (struct bytes){ (const uint8_t *)topic, len - 1 }, &written, &read);
				memcpy(topic, good, at + 1);
				memcpy(topic + at + 1, good + at, len - at);
				check_one(devices, FEW, (struct bytes){ (const uint8_t *)topic, len + 1 }, &written, &read);
			}
		}
	}
	print_message("  %u may be written, %u read\n", written, read);
	assert_true(written > 1000 && read > 500);
}

/* All texts of up to five characters of this alphabet, behind '/devices/'. */
static void all_short_topics(void **state)
{
	static const char alphabet[] = "ab+%/#1";
	static const char *const few[] = { "a", "b", "+", "%", "1", "a+", "a+b", "ab" };
	unsigned tried = 0;

	(void)state;
	for (unsigned len = 0; len <= 5; len++) {
		unsigned all = 1;

		for (unsigned i = 0; i < len; i++)
			all *= sizeof alphabet - 1;
		for (unsigned code = 0; code < all; code++) {
			char topic[64] = "/devices/";
			size_t at = 9;
			unsigned may = 0;

			for (unsigned i = 0, rest = code; i < len; i++, rest /= sizeof alphabet - 1)
				topic[at++] = alphabet[rest % (sizeof alphabet - 1)];
			memcpy(topic + at, "/events/x", 10);
			for (size_t i = 0; i < COUNT(few); i++) {
				struct topics_device who = { text(few[i]), { 0 } };
				enum session_topic is;
				struct bytes sub;
				struct reason why;
				bool ok = topics_publish(who, text(topic), &is, &sub, &why);
				size_t n = strlen(few[i]);

				assert_int_equal(ok, (len == n && memcmp(topic + 9, few[i], n) == 0) ||
						     (ok && len > n && memcmp(topic + 9, few[i], n) == 0 && topic[9 + n] == '/'));
				may += ok;
			}
			assert_true(may <= 1);
			tried++;
		}
	}
	print_message("  %u topics\n", tried);
}

/* ---- Subfolders ---- */

static void subfolders(void **state)
{
	static char at_most[TOPICS_SUBFOLDER_MAX + 2];
	static const struct { const char *sub; bool ok; } rows[] = {
		{ "", true }, { "a", true }, { "a/b/c", true }, { "/", true }, { "a//b", true }, { "\xc3\xa9", true }, { "a b", true },
		{ "+", false }, { "a/#", false }, { "a+b", false }, { "\n", false }, { "\x7f", false }, { "\xff", false },
	};
	struct reason why;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(topics_check_subfolder(text(rows[i].sub), &why), rows[i].ok);
	assert_false(topics_check_subfolder((struct bytes){ (const uint8_t *)"a\0b", 3 }, &why));
	memset(at_most, 'x', sizeof at_most - 1);
	assert_false(topics_check_subfolder(text(at_most), &why));
	assert_non_null(strstr(why.text, "has 257 bytes; 256 are allowed"));
	at_most[TOPICS_SUBFOLDER_MAX] = '\0';
	assert_true(topics_check_subfolder(text(at_most), &why));
}

/* A device without a name has no topics: not '/devices//events'. */
static void nobody_has_no_topics(void **state)
{
	static const char *const topics[] = { "/devices//events", "/devices/events", "/devices///events", "/devices/" };
	struct topics_device nobody = { { 0 }, { 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(topics); i++) {
		enum session_topic is;
		struct topics_grant grant;
		struct bytes sub;
		struct reason why;

		assert_false(topics_publish(nobody, text(topics[i]), &is, &sub, &why));
		assert_int_equal(topics_subscribe(nobody, text(topics[i]), &grant, &why), TOPICS_FOREIGN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_ids),
		cmocka_unit_test(the_parts_of_a_client_id),
		cmocka_unit_test(a_client_id_that_is_taken_is_the_path_of_its_parts),
		cmocka_unit_test(topics_from_parts),
		cmocka_unit_test(topics_with_one_byte_changed),
		cmocka_unit_test(all_short_topics),
		cmocka_unit_test(subfolders),
		cmocka_unit_test(nobody_has_no_topics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
