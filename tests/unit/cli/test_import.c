/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/import.h"
#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEM "-----BEGIN PUBLIC KEY-----\\n" \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnDXo23c1aLSbTiiXHWQX6GfFDcmv\\n" \
	"KgprTwP8Vs0/BFnISdj0SX3OJ+NkOB2Z0N9lHxAWdXWcnSa+VJfZoHcCgQ==\\n-----END PUBLIC KEY-----\\n"
#define KEY "{\"publicKey\":{\"format\":\"ES256_PEM\",\"key\":\"" PEM "\"}}"
#define OTHER(text) "{\"publicKey\":{\"format\":\"ES256_PEM\",\"key\":\"-----BEGIN PUBLIC KEY-----\\n" \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" text "\\n-----END PUBLIC KEY-----\\n\"}}"
#define OTHER_1 OTHER("K0B7dHRss90KiDvQZSL6JhG6ueb6\\nZzhOmUFP5i3uHVF/Qf7hOHfpTii7G/cFGYTNPKqQcgJe+pv33OwSyXHkng==")
#define OTHER_2 OTHER("bEgYhJrV7JXSueYMtFukUDmGWlxn\\nRVDNDsjRiVud0JkqQ1nQO8QqjeELhdQIw8LQVuwM+RBi1A+4gcOOEEl/Fw==")
#define OTHER_3 OTHER("LV1XM3Ff6FWVNud9MffrnI1UuicB\\nWic6a+pEyUOPUU+1HTOdpA4t/elFoRi3fAxvHEr8CSfRnlMNc+DaUrWeNw==")
#define UNTIL(year) ",\"expirationTime\":\"" year "-01-01T00:00:00Z\"}"
#define KEY_UNTIL(year) "{\"publicKey\":{\"format\":\"ES256_PEM\",\"key\":\"" PEM "\"}" UNTIL(year)
#define PLACE "projects/p-12345/locations/us-central1/registries/r-1"

/* IN as it was printed; WANT: the body that is sent, or "!" and a part of the sentence. */
static const struct row {
	const char *name, *in, *want;
	enum import_kind kind;
} rows[] = {
	{ "a device as gcloud describes it",
	  "{\"blocked\":true,\"config\":{\"binaryData\":\"_-8=\",\"cloudUpdateTime\":\"2023-01-01T00:00:00Z\",\"version\":\"3\"},"
	  "\"credentials\":[{\"expirationTime\":\"1970-01-01T00:00:00Z\",\"publicKey\":{\"format\":\"ES256_PEM\",\"key\":\"" PEM
	  "\"}}],\"gatewayConfig\":{\"gatewayType\":\"NON_GATEWAY\"},\"id\":\"pump-7\",\"lastEventTime\":\"2023-08-15T00:00:00Z\","
	  "\"lastErrorStatus\":{\"code\":5,\"message\":\"x\"},\"logLevel\":\"INFO\",\"metadata\":{\"site\":\"north\"},"
	  "\"name\":\"" PLACE "/devices/2873\",\"numId\":\"2873\",\"state\":{\"binaryData\":\"AA==\"}}",
	  "{\"id\":\"pump-7\",\"numId\":\"2873\",\"blocked\":true,\"credentials\":[" KEY "],\"logLevel\":\"INFO\","
	  "\"metadata\":{\"site\":\"north\"},\"config\":{\"binaryData\":\"/+8=\"}}", IMPORT_DEVICE },
	{ "a row of gcloud's list of devices", "{\"id\":\"pump-7\",\"numId\":\"2873\"}",
	  "{\"id\":\"pump-7\",\"numId\":\"2873\",\"blocked\":false,\"credentials\":[]}", IMPORT_DEVICE },
	{ "snake_case",
	  "{\"id\":\"pump-7\",\"num_id\":2873,\"log_level\":\"NONE\",\"config\":{\"binary_data\":\"eA==\"},\"credentials\":[{"
	  "\"public_key\":{\"format\":\"ES256_PEM\",\"key\":\"" PEM "\"},\"expiration_time\":\"2030-01-01T00:00:00Z\"}]}",
	  "{\"id\":\"pump-7\",\"numId\":\"2873\",\"blocked\":false,\"credentials\":[{\"publicKey\":{\"format\":\"ES256_PEM\","
	  "\"key\":\"" PEM "\"},\"expirationTime\":\"2030-01-01T00:00:00Z\"}],\"logLevel\":\"NONE\","
	  "\"config\":{\"binaryData\":\"eA==\"}}", IMPORT_DEVICE },
	{ "what says nothing is left out",
	  "{\"id\":\"pump-7\",\"numId\":\"0\",\"logLevel\":\"LOG_LEVEL_UNSPECIFIED\",\"metadata\":null,\"config\":{\"binaryData\":"
	  "\"\"},\"credentials\":null,\"blocked\":null}",
	  "{\"id\":\"pump-7\",\"blocked\":false,\"credentials\":[]}", IMPORT_DEVICE },
	{ "a format that is not named is found out",
	  "{\"id\":\"pump-7\",\"credentials\":[{\"publicKey\":{\"format\":\"UNSPECIFIED_PUBLIC_KEY_FORMAT\",\"key\":\"" PEM
	  "\"}}]}", "{\"id\":\"pump-7\",\"blocked\":false,\"credentials\":[" KEY "]}", IMPORT_DEVICE },
	{ "a registry as gcloud describes it",
	  "{\"credentials\":[{\"publicKeyCertificate\":{\"certificate\":\"C\",\"format\":\"X509_CERTIFICATE_PEM\",\"x509Details\":{"
	  "\"issuer\":\"x\"}}}],\"eventNotificationConfigs\":[{\"pubsubTopicName\":\"t\",\"subfolderMatches\":\"a\"},{"
	  "\"pubsubTopicName\":\"u\",\"pubsubTopic\":\"old\"}],\"httpConfig\":{\"httpEnabledState\":\"HTTP_DISABLED\"},\"id\":\"r-1\","
	  "\"logLevel\":\"DEBUG\",\"mqttConfig\":{\"mqttEnabledState\":\"MQTT_ENABLED\"},\"name\":\"" PLACE "\","
	  "\"stateNotificationConfig\":{\"pubsubTopicName\":\"s\"}}",
	  "{\"id\":\"r-1\",\"eventNotificationConfigs\":[{\"pubsubTopicName\":\"t\",\"subfolderMatches\":\"a\"},{"
	  "\"pubsubTopicName\":\"u\"}],\"stateNotificationConfig\":{\"pubsubTopicName\":\"s\"},\"mqttConfig\":{\"mqttEnabledState\":"
	  "\"MQTT_ENABLED\"},\"httpConfig\":{\"httpEnabledState\":\"HTTP_DISABLED\"},\"credentials\":[{\"publicKeyCertificate\":{"
	  "\"format\":\"X509_CERTIFICATE_PEM\",\"certificate\":\"C\"}}],\"logLevel\":\"DEBUG\"}", IMPORT_REGISTRY },
	{ "a registry of a name alone", "{\"name\":\"" PLACE "\"}", "{\"id\":\"r-1\"}", IMPORT_REGISTRY },
	{ "no object", "7", "!no object", IMPORT_DEVICE },
	{ "no id", "{\"numId\":\"1\"}", "!no id", IMPORT_DEVICE },
	{ "an id that is no text", "{\"id\":7}", "!no id", IMPORT_DEVICE },
	{ "a key that is none", "{\"id\":\"d\",\"credentials\":[" KEY ",{\"publicKey\":{\"key\":\"x\"}}]}", "!its key 2: ",
	  IMPORT_DEVICE },
	{ "a key without a text", "{\"id\":\"d\",\"credentials\":[{\"publicKey\":{}}]}", "!its key 1: ", IMPORT_DEVICE },
	{ "a key of another format than its own",
	  "{\"id\":\"d\",\"credentials\":[{\"publicKey\":{\"format\":\"RSA_PEM\",\"key\":\"" PEM "\"}}]}", "!its key 1: ",
	  IMPORT_DEVICE },
	{ "a format that nobody knows",
	  "{\"id\":\"d\",\"credentials\":[{\"publicKey\":{\"format\":\"ED25519\",\"key\":\"" PEM "\"}}]}",
	  "!'ED25519' is no format", IMPORT_DEVICE },
	{ "four keys", "{\"id\":\"d\",\"credentials\":[" KEY "," OTHER_1 "," OTHER_2 "," OTHER_3 "]}", "!3 is the most",
	  IMPORT_DEVICE },
	{ "a key that it has twice", "{\"id\":\"d\",\"credentials\":[" KEY "," OTHER_1 "," KEY "," KEY "," OTHER_2 "]}",
	  "{\"id\":\"d\",\"blocked\":false,\"credentials\":[" KEY "," OTHER_1 "," OTHER_2 "]}", IMPORT_DEVICE },
	{ "a key that it has twice lives as long as the longer one",
	  "{\"id\":\"d\",\"credentials\":[" KEY_UNTIL("2030") "," KEY_UNTIL("2031") "," KEY_UNTIL("2029") "]}",
	  "{\"id\":\"d\",\"blocked\":false,\"credentials\":[" KEY_UNTIL("2031") "]}", IMPORT_DEVICE },
	{ "a key that it has twice and once without an end",
	  "{\"id\":\"d\",\"credentials\":[" KEY_UNTIL("2030") "," KEY "," KEY_UNTIL("2031") "]}",
	  "{\"id\":\"d\",\"blocked\":false,\"credentials\":[" KEY "]}", IMPORT_DEVICE },
	{ "metadata that is no text", "{\"id\":\"d\",\"metadata\":{\"a\":{}}}", "!metadata 'a'", IMPORT_DEVICE },
	{ "metadata of two minds", "{\"id\":\"d\",\"metadata\":{\"a\":\"1\",\"a\":\"2\"}}", "!'a' twice", IMPORT_DEVICE },
	{ "config that is no base64", "{\"id\":\"d\",\"config\":{\"binaryData\":\"?\"}}", "!its config", IMPORT_DEVICE },
	{ "a level that is none", "{\"id\":\"d\",\"logLevel\":\"LOUD\"}", "!logLevel 'LOUD'", IMPORT_DEVICE },
	{ "a number that is none", "{\"id\":\"d\",\"numId\":\"12x\"}", "!numId", IMPORT_DEVICE },
	{ "blocked as a text", "{\"id\":\"d\",\"blocked\":\"no\"}", "!'blocked'", IMPORT_DEVICE },
	{ "a registry's credential that is no certificate", "{\"name\":\"" PLACE "\",\"credentials\":[{}]}", "!no certificate",
	  IMPORT_REGISTRY },
};

static void check(const struct row *row)
{
	cJSON *in = cJSON_Parse(row->in), *want = cJSON_Parse(row->want);
	struct import_item item;
	char why[IMPORT_WHY] = "";
	bool ok = import_item_read(&item, in, why);

	if (ok != (row->want[0] != '!'))
		fail_msg("%s: %s", row->name, ok ? "taken" : why);
	if (!ok && strstr(why, row->want + 1) == NULL)
		fail_msg("%s: %s", row->name, why);
	if (ok && !cJSON_Compare(item.body, want, true))
		fail_msg("%s: %s", row->name, cJSON_PrintUnformatted(item.body));
	if (ok)
		assert_int_equal(item.kind, row->kind);
	if (ok)
		import_item_clear(&item);
	cJSON_Delete(want);
	cJSON_Delete(in);
}

static void every_element(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i]);
}

static void its_name_says_where_it_belongs(void **state)
{
	cJSON *in = cJSON_Parse("{\"id\":\"d\",\"name\":\"" PLACE "/devices/1\",\"gatewayConfig\":{\"gatewayType\":\"GATEWAY\"}}");
	struct import_item item;
	char why[IMPORT_WHY];

	(void)state;
	assert_true(import_item_read(&item, in, why));
	assert_string_equal(item.project, "p-12345");
	assert_string_equal(item.region, "us-central1");
	assert_string_equal(item.registry, "r-1");
	assert_true(item.is_gateway);
	import_item_clear(&item);
	cJSON_Delete(in);
}

static void documents_of_all_forms(void **state)
{
	static const struct { const char *text; int count; } forms[] = {
		{ "{\"id\":\"a\"}", 1 },
		{ "\xef\xbb\xbf[{\"id\":\"a\"},{\"id\":\"b\"}]\n", 2 },
		{ "{\"id\":\"a\"}\n{\"id\":\"b\"}\n[{\"id\":\"c\"}]", 3 },
		{ "{\"devices\":[{\"id\":\"a\"}],\"nextPageToken\":\"x\"}", 1 },
		{ "{\"deviceRegistries\":[{\"id\":\"a\"},{}]}", 2 },
		{ "", 0 }, { " \n", 0 }, { "[]", 0 }, { "7", 0 }, { "\"x\"", 0 }, { "{", 0 }, { "[{]", 0 }, { "{}x", 0 },
		{ "{\"devices\":7}", 0 },
	};
	char why[IMPORT_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		cJSON *all = import_parse(forms[i].text, strlen(forms[i].text), why);

		assert_int_equal(all != NULL ? cJSON_GetArraySize(all) : 0, forms[i].count);
		cJSON_Delete(all);
	}
	assert_null(import_parse("{}\n{}\n{x", 8, why));
	assert_non_null(strstr(why, "line 3"));
}

static void differences_are_named(void **state)
{
	static const struct { const char *there, *want; } forms[] = {
		{ "{\"id\":\"d\",\"numId\":\"5\",\"credentials\":[" KEY "],\"metadata\":{\"a\":\"1\"},\"config\":{\"binaryData\":\"eA\"},"
		  "\"lastEventTime\":\"x\"}", "" },
		{ "{\"numId\":\"6\",\"credentials\":[],\"blocked\":true,\"logLevel\":\"NONE\"}",
		  "numeric id, keys, blocked, metadata, config" },
		{ "{\"numId\":\"5\",\"credentials\":[{\"publicKey\":{\"format\":\"ES256_PEM\",\"key\":\"" PEM "\"},"
		  "\"expirationTime\":\"2030-01-01T00:00:00Z\"}],\"metadata\":{\"a\":\"2\"},\"config\":{\"binaryData\":\"eA==\"}}",
		  "keys, metadata" },
	};
	cJSON *wanted = cJSON_Parse("{\"id\":\"d\",\"numId\":\"5\",\"blocked\":false,\"credentials\":[" KEY "],\"metadata\":{"
				    "\"a\":\"1\"},\"config\":{\"binaryData\":\"eA==\"}}");

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		cJSON *there = cJSON_Parse(forms[i].there);
		struct buffer text = { 0 };

		import_compare(wanted, there, &text);
		assert_string_equal(buffer_str(&text), forms[i].want);
		buffer_free(&text);
		cJSON_Delete(there);
	}
	cJSON_Delete(wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_element), cmocka_unit_test(its_name_says_where_it_belongs),
		cmocka_unit_test(documents_of_all_forms), cmocka_unit_test(differences_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
