/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cloud/iotcore.h"
#include "cloud/plausible.h"

#include <string.h>

static const struct row {
	enum plausible_what what;
	const char *value;
	enum plausible_code code;
	const char *words;       /* in the sentence; NULL: any */
} rows[] = {
	/* What works, or may, has nothing said of it. */
	{ PLAUSIBLE_HOST, "iot.pumps.io", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "europe-west1-g5-mqtt.clearblade.com", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "US-CENTRAL1-G5-MQTT.ClearBlade.com", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "acme.clearblade.com", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "mqtt.2030.example-iot.de", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "xn--bcher-kva.example-iot.de", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "googly-eyes.de", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_HOST, "notclearblade.com", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PORT, "8883", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PORT, "443", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PORT, "18883", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PROJECT, "lab-proj", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PROJECT, "example.com:lab-proj-1", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_REGION, "europe-west1", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_REGION, "eu-1", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_REGISTRY, "pumps", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_DEVICE, "Pump%7~+._-x", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_APN, "iot.1nce.net", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_APN, "em", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PIN, "1234", PLAUSIBLE_GOOD, NULL },
	{ PLAUSIBLE_PIN, "0000000", PLAUSIBLE_GOOD, NULL },

	/* Any value. */
	{ PLAUSIBLE_HOST, "", PLAUSIBLE_EMPTY, "host is empty" },
	{ PLAUSIBLE_DEVICE, "  ", PLAUSIBLE_EMPTY, "device id" },
	{ PLAUSIBLE_PROJECT, " lab-proj", PLAUSIBLE_BLANKS, "set 'lab-proj'" },
	{ PLAUSIBLE_HOST, "iot.pumps.io\r\n", PLAUSIBLE_BLANKS, "set 'iot.pumps.io'" },
	{ PLAUSIBLE_PROJECT, "\"lab-proj\"", PLAUSIBLE_QUOTES, "set 'lab-proj'" },
	{ PLAUSIBLE_DEVICE, "<dev1>", PLAUSIBLE_QUOTES, "set 'dev1'" },
	{ PLAUSIBLE_HOST, "iot.example.com", PLAUSIBLE_PLACEHOLDER, "example" },
	{ PLAUSIBLE_PROJECT, "my-project-123456", PLAUSIBLE_PLACEHOLDER, "example" },
	{ PLAUSIBLE_PROJECT, "PROJECT_ID", PLAUSIBLE_PROJECT_NAME, NULL },

	/* Hosts. */
	{ PLAUSIBLE_HOST, "mqtts://iot.pumps.io", PLAUSIBLE_HOST_SCHEME, "set 'iot.pumps.io'" },
	{ PLAUSIBLE_HOST, "https://me@iot.pumps.io:8883/mqtt?x", PLAUSIBLE_HOST_SCHEME, "set 'iot.pumps.io'" },
	{ PLAUSIBLE_HOST, "me@iot.pumps.io", PLAUSIBLE_HOST_USER, "set 'iot.pumps.io'" },
	{ PLAUSIBLE_HOST, "iot.pumps.io/mqtt", PLAUSIBLE_HOST_PATH, "set 'iot.pumps.io'" },
	{ PLAUSIBLE_HOST, "iot.pumps.io:8883", PLAUSIBLE_HOST_PORT, "host 'iot.pumps.io'" },
	{ PLAUSIBLE_HOST, "2001:db8::1", PLAUSIBLE_HOST_IPV6, "IPv6" },
	{ PLAUSIBLE_HOST, "iot pumps.io", PLAUSIBLE_HOST_BLANK, NULL },
	{ PLAUSIBLE_HOST, "iot,pumps.io", PLAUSIBLE_HOST_COMMA, "comma" },
	{ PLAUSIBLE_HOST, "my_host.pumps.io", PLAUSIBLE_HOST_UNDERSCORE, NULL },
	{ PLAUSIBLE_HOST, "iot.pumps.io.", PLAUSIBLE_HOST_DOT, "set 'iot.pumps.io'" },
	{ PLAUSIBLE_HOST, "iot..pumps.io", PLAUSIBLE_HOST_FORM, NULL },
	{ PLAUSIBLE_HOST, "-iot.pumps.io", PLAUSIBLE_HOST_FORM, NULL },
	{ PLAUSIBLE_HOST, "iot.p\xc3\xbcmps.io", PLAUSIBLE_HOST_FORM, "\\xc3" },
	{ PLAUSIBLE_HOST, "256.1.1.1", PLAUSIBLE_HOST_FORM, NULL },
	{ PLAUSIBLE_HOST, "1.2.3", PLAUSIBLE_HOST_FORM, NULL },
	{ PLAUSIBLE_HOST, "8.8.8.8", PLAUSIBLE_HOST_ADDRESS, "certificate" },
	{ PLAUSIBLE_HOST, "192.168.1.10", PLAUSIBLE_HOST_PRIVATE, "mobile" },
	{ PLAUSIBLE_HOST, "172.31.0.1", PLAUSIBLE_HOST_PRIVATE, NULL },
	{ PLAUSIBLE_HOST, "172.32.0.1", PLAUSIBLE_HOST_ADDRESS, NULL },
	{ PLAUSIBLE_HOST, "172.15.0.1", PLAUSIBLE_HOST_ADDRESS, NULL },
	{ PLAUSIBLE_HOST, "100.64.0.1", PLAUSIBLE_HOST_PRIVATE, NULL },
	{ PLAUSIBLE_HOST, "100.128.0.1", PLAUSIBLE_HOST_ADDRESS, NULL },
	{ PLAUSIBLE_HOST, "localhost", PLAUSIBLE_HOST_PRIVATE, NULL },
	{ PLAUSIBLE_HOST, "bridge.local", PLAUSIBLE_HOST_PRIVATE, NULL },
	{ PLAUSIBLE_HOST, "broker", PLAUSIBLE_HOST_ONE_LABEL, "domain" },
	{ PLAUSIBLE_HOST, "mqtt.googleapis.com", PLAUSIBLE_HOST_GOOGLE, "2023-08-16" },
	{ PLAUSIBLE_HOST, "MQTT.GoogleAPIs.com", PLAUSIBLE_HOST_GOOGLE, NULL },
	{ PLAUSIBLE_HOST, "mqtt.2030.ltsapis.goog", PLAUSIBLE_HOST_GOOGLE, NULL },
	{ PLAUSIBLE_HOST, "cloudiotdevice.googleapis.com", PLAUSIBLE_HOST_GOOGLE, NULL },
	{ PLAUSIBLE_HOST, "mqtt.googleapi.com", PLAUSIBLE_HOST_GOOGLE, NULL },
	{ PLAUSIBLE_HOST, "console.cloud.google.com", PLAUSIBLE_HOST_GOOGLE, NULL },
	{ PLAUSIBLE_HOST, "us-central1-mqtt.clearblade.com", PLAUSIBLE_HOST_OLD, "-g5-" },
	{ PLAUSIBLE_HOST, "us-central1.clearblade.com", PLAUSIBLE_HOST_CLEARBLADE, "REGION-g5-mqtt" },
	{ PLAUSIBLE_HOST, "us-west1-mqtt.clearblade.com", PLAUSIBLE_HOST_CLEARBLADE, NULL },
	{ PLAUSIBLE_HOST, "clearblade.com", PLAUSIBLE_HOST_CLEARBLADE, NULL },
	{ PLAUSIBLE_HOST, "europe-west1-mqtt.clearblade.de", PLAUSIBLE_HOST_CLEARBLADE, NULL },
	{ PLAUSIBLE_HOST, "a1b2c3-ats.iot.eu-west-1.amazonaws.com", PLAUSIBLE_HOST_AWS, NULL },
	{ PLAUSIBLE_HOST, "hub.azure-devices.net", PLAUSIBLE_HOST_AZURE, NULL },

	/* Ports. */
	{ PLAUSIBLE_PORT, "0", PLAUSIBLE_PORT_FORM, NULL },
	{ PLAUSIBLE_PORT, "65536", PLAUSIBLE_PORT_FORM, NULL },
	{ PLAUSIBLE_PORT, "88 83", PLAUSIBLE_PORT_FORM, "8883" },
	{ PLAUSIBLE_PORT, "-1", PLAUSIBLE_PORT_FORM, NULL },
	{ PLAUSIBLE_PORT, "1883", PLAUSIBLE_PORT_PLAIN, "8883" },
	{ PLAUSIBLE_PORT, "80", PLAUSIBLE_PORT_HTTP, NULL },
	{ PLAUSIBLE_PORT, "9001", PLAUSIBLE_PORT_WEBSOCKET, NULL },
	{ PLAUSIBLE_PORT, "8333", PLAUSIBLE_PORT_UNUSUAL, "8883" },

	/* Ids. */
	{ PLAUSIBLE_PROJECT, "My First Project", PLAUSIBLE_PROJECT_NAME, "'My First Project' is not an id (capitals or blanks): that is the project's NAME" },
	{ PLAUSIBLE_PROJECT, "123456789012", PLAUSIBLE_PROJECT_NUMBER, "NUMBER" },
	{ PLAUSIBLE_PROJECT, "projects/lab-proj/locations/x", PLAUSIBLE_PROJECT_PATH, "alone, 'lab-proj'" },
	{ PLAUSIBLE_PROJECT, "lab", PLAUSIBLE_PROJECT_LENGTH, "3 characters" },
	{ PLAUSIBLE_PROJECT, "lab_proj", PLAUSIBLE_PROJECT_FORM, NULL },
	{ PLAUSIBLE_PROJECT, "lab-proj-", PLAUSIBLE_PROJECT_FORM, NULL },
	{ PLAUSIBLE_PROJECT, "1lab-proj", PLAUSIBLE_PROJECT_FORM, NULL },
	{ PLAUSIBLE_REGION, "Europe-West1", PLAUSIBLE_REGION_CASE, NULL },
	{ PLAUSIBLE_REGION, "europe-west1-b", PLAUSIBLE_REGION_ZONE, "set 'europe-west1'" },
	{ PLAUSIBLE_REGION, "locations/europe-west1", PLAUSIBLE_REGION_PATH, "'europe-west1'" },
	{ PLAUSIBLE_REGION, "europe", PLAUSIBLE_REGION_FORM, NULL },
	{ PLAUSIBLE_REGION, "europe west1", PLAUSIBLE_REGION_FORM, NULL },
	{ PLAUSIBLE_REGISTRY, "projects/p/locations/l/registries/pumps", PLAUSIBLE_ID_PATH, "alone, 'pumps'" },
	{ PLAUSIBLE_DEVICE, "projects/p/locations/l/registries/r/devices/dev1", PLAUSIBLE_ID_PATH, "'dev1'" },
	{ PLAUSIBLE_DEVICE, "/devices/dev1/", PLAUSIBLE_ID_PATH, "'dev1'" },
	{ PLAUSIBLE_DEVICE, "2799538120493", PLAUSIBLE_ID_NUMBER, NULL },
	{ PLAUSIBLE_DEVICE, "google-1", PLAUSIBLE_ID_GOOG, NULL },
	{ PLAUSIBLE_DEVICE, "d1", PLAUSIBLE_ID_LENGTH, "2 characters" },
	{ PLAUSIBLE_DEVICE, "7pump", PLAUSIBLE_ID_FIRST, NULL },
	{ PLAUSIBLE_DEVICE, "pump#7", PLAUSIBLE_ID_CHARACTER, "'#' as its character 5" },
	{ PLAUSIBLE_REGISTRY, "my pumps", PLAUSIBLE_ID_CHARACTER, "registry id 'my pumps' has U+0020 as its character 3" },

	/* SIM. */
	{ PLAUSIBLE_APN, "http://iot.1nce.net", PLAUSIBLE_APN_URL, NULL },
	{ PLAUSIBLE_APN, "iot 1nce", PLAUSIBLE_APN_CHARACTER, "character 4" },
	{ PLAUSIBLE_PIN, "123", PLAUSIBLE_PIN_FORM, NULL },
	{ PLAUSIBLE_PIN, "12a4", PLAUSIBLE_PIN_FORM, NULL },
	{ PLAUSIBLE_PIN, "123456789", PLAUSIBLE_PIN_FORM, NULL },
	{ PLAUSIBLE_PIN, " 1234", PLAUSIBLE_PIN_FORM, NULL },
	{ PLAUSIBLE_PIN, "12345678", PLAUSIBLE_PIN_PUK, NULL },
};

static const char *say(const struct plausible *p, char *words, size_t size)
{
	struct text t;

	text_init(&t, words, size);
	plausible_say(p, &t);
	assert_false(t.overflow);
	return words;
}

static void says_what_is_odd_about_a_value(void **state)
{
	char words[800];
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plausible p = plausible_check(rows[i].what, bytes_of(rows[i].value));

		if (p.code != rows[i].code || (rows[i].words != NULL && strstr(say(&p, words, sizeof words), rows[i].words) == NULL)) {
			print_error("%s '%s': %s %s\n", plausible_name(rows[i].what), rows[i].value, plausible_info(p.code).code,
				    say(&p, words, sizeof words));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* An error here is one of the contract, and the other way round. */
static void agrees_with_the_contract(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bytes v = bytes_of(rows[i].value);
		struct iotcore_ids ids = { bytes_of("project-1"), bytes_of("registry"), bytes_of("device"), bytes_of("region-1") };
		struct plausible p = plausible_check(rows[i].what, v);

		if (rows[i].what < PLAUSIBLE_PROJECT || rows[i].what > PLAUSIBLE_DEVICE)
			continue;
		*(rows[i].what == PLAUSIBLE_PROJECT ? &ids.project : rows[i].what == PLAUSIBLE_REGION ? &ids.region :
		  rows[i].what == PLAUSIBLE_REGISTRY ? &ids.registry : &ids.device) = v;
		assert_int_equal(iotcore_ids_check(&ids, NULL) == ERR_OK, plausible_info(p.code).weight != WEIGHT_ERROR);
	}
}

static void long_values_are_cut_when_they_are_said(void **state)
{
	static const enum plausible_what whats[] = { PLAUSIBLE_HOST, PLAUSIBLE_DEVICE, PLAUSIBLE_APN, PLAUSIBLE_PROJECT };
	char value[300], words[800];

	(void)state;
	memset(value, 'a', sizeof value);
	for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
		struct plausible p = plausible_check(whats[i], (struct bytes){ (uint8_t *)value, sizeof value });

		assert_int_equal(plausible_info(p.code).weight, WEIGHT_ERROR);
		assert_in_range(strlen(say(&p, words, sizeof words)), 40, 400);
		assert_non_null(strstr(words, "300 characters"));
	}
}

static void a_pin_is_never_said(void **state)
{
	static const char *const pins[] = { "12345678", "987", "98765432109", "'9876'", "98 76" };
	char words[800];

	(void)state;
	for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
		struct plausible p = plausible_check(PLAUSIBLE_PIN, bytes_of(pins[i]));

		assert_int_not_equal(p.code, PLAUSIBLE_GOOD);
		assert_null(strstr(say(&p, words, sizeof words), pins[i]));
		assert_null(strstr(words, "987"));
		assert_int_equal(p.value.len + p.better.len, 0);
	}
}

static void the_host_s_region_is_the_setting_s(void **state)
{
	static const struct { const char *host, *region; enum plausible_code code; } pairs[] = {
		{ "europe-west1-g5-mqtt.clearblade.com", "europe-west1", PLAUSIBLE_GOOD },
		{ "europe-west1-g5-mqtt.clearblade.com", "us-central1", PLAUSIBLE_REGION_HOST },
		{ "us-central1-mqtt.clearblade.com", "asia-east1", PLAUSIBLE_REGION_HOST },
		{ "acme.clearblade.com", "us-central1", PLAUSIBLE_GOOD },
		{ "europe-west1.pumps.io", "us-central1", PLAUSIBLE_GOOD },
		{ "europe-west1-g5-mqtt.clearblade.com", "", PLAUSIBLE_GOOD },
	};
	char words[800];

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct plausible p = plausible_region_of_host(bytes_of(pairs[i].host), bytes_of(pairs[i].region));

		assert_int_equal(p.code, pairs[i].code);
		if (p.code != PLAUSIBLE_GOOD)
			assert_non_null(strstr(say(&p, words, sizeof words), pairs[i].host));
	}
}

/* A sentence names the value or its kind, has an action, and fits 400 characters. */
static void sentences_are_sentences(void **state)
{
	char words[800];

	(void)state;
	for (unsigned i = PLAUSIBLE_GOOD + 1; i < PLAUSIBLE_CODES; i++) {
		struct finding_info info = plausible_info((enum plausible_code)i);
		struct plausible p = { .code = (enum plausible_code)i, .what = PLAUSIBLE_PROJECT,
				       .value = bytes_of("0123456789012345678901234567890123456789012345678901234567890123456789"),
				       .better = bytes_of("0123456789012345678901234567890123456789012345678901234567890123") };
		size_t n = strlen(say(&p, words, sizeof words));

		assert_in_range(n, 20, 400);
		assert_int_equal(words[n - 1], '.');
		assert_true(strchr(words, ':') != NULL || strchr(words, ';') != NULL);
		assert_null(strchr(words, '%') != NULL && i != PLAUSIBLE_ID_CHARACTER ? words : NULL);
		if (info.grade == GRADE_LIKELY)
			assert_non_null(strstr(words, "most likely") != NULL ? words : strstr(words, "PUK"));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(info.code, plausible_info((enum plausible_code)k).code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_odd_about_a_value),
		cmocka_unit_test(agrees_with_the_contract),
		cmocka_unit_test(long_values_are_cut_when_they_are_said),
		cmocka_unit_test(a_pin_is_never_said),
		cmocka_unit_test(the_host_s_region_is_the_setting_s),
		cmocka_unit_test(sentences_are_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
