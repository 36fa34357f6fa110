/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, metadata and the rest, as section 1.8 of the contract has them: what is taken, and what a refusal says. */
#include "unit/cmocka_all.h"

#include "registry/names.h"
#include "registry/registry_ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct { const char *name, *project, *location, *registry, *device, *says; } ids[] = {
	{ "all_good",             "my-project-1", "europe-west1", "fleet", "pump-7", NULL },
	{ "domain_scoped",        "example.com:my-project", "us-central1", "fleet", "pump-7", NULL },
	{ "every_character",      "my-project-1", "europe-west1", "a-._+~%9", "Z-._+~%0", NULL },
	{ "three_characters",     "my-project-1", "europe-west1", "abc", "abc", NULL },
	{ "255_characters",       "my-project-1", "europe-west1", "abc", A64 A64 A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	{ "256_characters",       "my-project-1", "europe-west1", "abc", A64 A64 A64 A64, "the device id 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'... is not of its form" },
	{ "two_characters",       "my-project-1", "europe-west1", "abc", "ab", "the device id 'ab' is not of its form: a letter, then 2 to 254" },
	{ "a_number",             "my-project-1", "europe-west1", "abc", "12345", "the device id '12345' is not of its form: a letter" },
	{ "a_slash",              "my-project-1", "europe-west1", "abc", "a/b", "the device id 'a/b'" },
	{ "a_control_character",  "my-project-1", "europe-west1", "abc", "ab\nc", "the device id 'ab\\x0ac'" },
	{ "no_id",                "my-project-1", "europe-west1", "abc", "", "the device id ''" },
	{ "goog",                 "my-project-1", "europe-west1", "abc", "google-pump", "the device id 'google-pump' begins with 'goog'" },
	{ "goog_alone",           "my-project-1", "europe-west1", "goog", "abc", "the registry id 'goog' begins with 'goog'" },
	{ "Goog_is_not_goog",     "my-project-1", "europe-west1", "abc", "Google-pump", NULL },
	{ "a_space",              "my-project-1", "europe-west1", "my fleet", "abc", "the registry id 'my fleet'" },
	{ "project_in_capitals",  "My-Project",   "europe-west1", "abc", "abc", "the project id 'My-Project' is not of its form: 6 to 30 small letters" },
	{ "project_too_short",    "short",        "europe-west1", "abc", "abc", "the project id 'short'" },
	{ "region_in_capitals",   "my-project-1", "Europe-West1", "abc", "abc", "the region 'Europe-West1'" },
};

static void ids_are_of_their_form(void **state)
{
	char error[REGISTRY_ERROR];

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		const struct registry_path path = { ids[i].project, ids[i].location, ids[i].registry };
		bool good = names_check(path, ids[i].device, error);

		if (good != (ids[i].says == NULL))
			fail_msg("%s: %s", ids[i].name, good ? "taken" : error);
		if (!good && strncmp(error, ids[i].says, strlen(ids[i].says)) != 0)
			fail_msg("%s: %s", ids[i].name, error);
	}
}

static const struct { const char *name, *text; uint64_t number; } numbers[] = {
	{ "one",            "1",                    1 },
	{ "the_largest",    "9223372036854775807",  INT64_MAX },
	{ "one_more",       "9223372036854775808",  0 },
	{ "far_more",       "92233720368547758070", 0 },
	{ "zero",           "0",                    0 },
	{ "nothing",        "",                     0 },
	{ "a_sign",         "+1",                   0 },
	{ "digits_and_more", "12a",                 0 },
};

static void numbers_are_no_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		uint64_t n = 0;

		if (names_number(numbers[i].text, &n) != (numbers[i].number != 0) ||
		    (numbers[i].number != 0 && n != numbers[i].number))
			fail_msg("%s", numbers[i].name);
	}
}

static const struct { const char *name, *json, *says; } metadata[] = {
	{ "empty",               "{}",                       NULL },
	{ "a_pair",              "{\"site\":\"north\"}",     NULL },
	{ "an_empty_value",      "{\"site\":\"\"}",          NULL },
	{ "every_character",     "{\"a-._+~%9\":\"x\"}",     NULL },
	{ "no_object",           "[\"site\"]",               "the metadata is no JSON object" },
	{ "no_json",             "site=north",               "the metadata is no JSON object" },
	{ "more_behind",         "{} {}",                    "the metadata is no JSON object" },
	{ "a_number",            "{\"site\":1}",             "the metadata of key 'site' is no string" },
	{ "nested",              "{\"site\":{}}",            "the metadata of key 'site' is no string" },
	{ "an_empty_key",        "{\"\":\"x\"}",             "the metadata key '' (0 bytes) is not of its form" },
	{ "a_digit_first",       "{\"1a\":\"x\"}",           "the metadata key '1a' (2 bytes) is not of its form" },
	{ "a_space_in_a_key",    "{\"a b\":\"x\"}",          "the metadata key 'a b'" },
	{ "twice",               "{\"a\":\"x\",\"b\":\"\",\"a\":\"y\"}", "the metadata has the key 'a' twice" },
	{ "key_of_128",          "{\"" A64 A64 "\":\"x\"}",  NULL },
	{ "key_of_129",          "{\"" A64 A64 "a\":\"x\"}", "the metadata key 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'... (129 bytes)" },
};

static void metadata_is_pairs_of_strings(void **state)
{
	char error[REGISTRY_ERROR];

	(void)state;
	for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++) {
		bool good = names_metadata(metadata[i].json, error);

		if (good != (metadata[i].says == NULL) ||
		    (!good && strncmp(error, metadata[i].says, strlen(metadata[i].says)) != 0))
			fail_msg("%s: %s", metadata[i].name, good ? "taken" : error);
	}
}

/* PAIRS of keys of 4 bytes, each with a value of LEN bytes. */
static char *many(unsigned pairs, size_t len)
{
	char *json = malloc(pairs * (len + 16) + 3), *p = json;

	*p++ = '{';
	for (unsigned i = 0; i < pairs; i++) {
		p += sprintf(p, "%s\"k%03u\":\"", i > 0 ? "," : "", i);
		memset(p, 'v', len);
		p += len;
		*p++ = '"';
	}
	memcpy(p, "}", 2);
	return json;
}

static const struct { const char *name; unsigned pairs; size_t len; bool good; } sizes[] = {
	{ "500_pairs",               500, 1,     true  },
	{ "501_pairs",               501, 1,     false },
	{ "a_value_of_32768_bytes",  1,   32768, true  },
	{ "a_value_of_32769_bytes",  1,   32769, false },
	{ "262144_bytes_in_all",     8,   32764, true  },
	{ "262152_bytes_in_all",     8,   32765, false },
};

static void metadata_is_bounded(void **state)
{
	char error[REGISTRY_ERROR] = "";

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *json = many(sizes[i].pairs, sizes[i].len);

		if (names_metadata(json, error) != sizes[i].good)
			fail_msg("%s: %s", sizes[i].name, error);
		free(json);
	}
}

static const struct { const char *name, *extra; bool good; } extras[] = {
	{ "nothing_of_it",      "{\"eventNotificationConfigs\":[]}", true },
	{ "none",               "{\"credentials\":[]}",              true },
	{ "no_array",           "{\"credentials\":{}}",              false },
	{ "no_certificate",     "{\"credentials\":[{}]}",            false },
	{ "no_object",          "{\"credentials\":[1]}",             false },
	{ "a_number",           "{\"credentials\":[{\"publicKeyCertificate\":{\"certificate\":1}}]}", false },
	{ "no_pem",             "{\"credentials\":[{\"publicKeyCertificate\":{\"certificate\":\"x\"}}]}", false },
	{ "empty_pem",
	  "{\"credentials\":[{\"publicKeyCertificate\":{\"certificate\":\"-----BEGIN CERTIFICATE-----\\n-----END CERTIFICATE-----\"}}]}", false },
	{ "padding_only",
	  "{\"credentials\":[{\"publicKeyCertificate\":{\"certificate\":\"-----BEGIN CERTIFICATE-----\\n====\\n-----END\"}}]}", false },
	{ "no_der",
	  "{\"credentials\":[{\"publicKeyCertificate\":{\"certificate\":\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END\"}}]}", false },
};

static void certificates_of_a_registry_are_read(void **state)
{
	char error[REGISTRY_ERROR];

	(void)state;
	for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++)
		if (ca_check_list(extras[i].extra, error) != extras[i].good)
			fail_msg("%s", extras[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_of_their_form),
		cmocka_unit_test(numbers_are_no_ids),
		cmocka_unit_test(metadata_is_pairs_of_strings),
		cmocka_unit_test(metadata_is_bounded),
		cmocka_unit_test(certificates_of_a_registry_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
