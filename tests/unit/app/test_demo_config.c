/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "app/demo/demo_config.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { UNSET = -1 };

static const struct row {
	const char *json;
	int         led;            /* 0, 1, UNSET */
	long        interval;       /* or UNSET */
	const char *why;            /* a part of it; NULL: accepted */
} rows[] = {
	{ "", UNSET, UNSET, NULL },
	{ "{}", UNSET, UNSET, NULL },
	{ " { } \r\n", UNSET, UNSET, NULL },
	{ "{\"LedOn\":true}", 1, UNSET, NULL },
	{ "{\"LedOn\":false}", 0, UNSET, NULL },
	{ "{\"TelemetryInterval\":1}", UNSET, 1, NULL },
	{ "{\"TelemetryInterval\":86400,\"LedOn\":true}", 1, 86400, NULL },
	{ "\t{ \"LedOn\" : true ,\n\"TelemetryInterval\" : 10 }\n", 1, 10, NULL },

	{ "{\"LedOn\":1}", 0, 0, "LedOn is 1, not true or false" },
	{ "{\"LedOn\":\"true\"}", 0, 0, "LedOn is true, not true or false" },
	{ "{\"LedOn\":null}", 0, 0, "LedOn is null" },
	{ "{\"LedOn\":True}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":truely}", 0, 0, "LedOn is truely" },
	{ "{\"ledon\":true}", 0, 0, "unknown key ledon" },
	{ "{\"TelemetryInterval\":0}", 0, 0, "TelemetryInterval is 0, not whole seconds from 1 to 86400" },
	{ "{\"TelemetryInterval\":86401}", 0, 0, "is 86401" },
	{ "{\"TelemetryInterval\":4294967297}", 0, 0, "is 4294967297" },
	{ "{\"TelemetryInterval\":-5}", 0, 0, "is -5" },
	{ "{\"TelemetryInterval\":5.0}", 0, 0, "is 5.0" },
	{ "{\"TelemetryInterval\":5e0}", 0, 0, "is 5e0" },
	{ "{\"TelemetryInterval\":007}", 0, 0, "is 007" },
	{ "{\"TelemetryInterval\":\"10\"}", 0, 0, "is 10, not whole seconds" },
	{ "{\"TelemetryInterval\":true}", 0, 0, "is true" },
	{ "{\"LedOn\":true,\"Colour\":\"red\"}", 0, 0, "unknown key Colour; known: LedOn, TelemetryInterval" },
	{ "{\"a-key-that-is-longer-than-the-error\":1}", 0, 0, "unknown key a-key-that-is-longer-tha...;" },
	{ "{\"\\\"\\u0000\x7f\":1}", 0, 0, "unknown key ???u0000?;" },
	{ "{\"\\q\":1}", 0, 0, "not a JSON object" },
	{ "{\"\x01\":1}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\\", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":\"", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true,\"LedOn\":false}", 0, 0, "the key LedOn comes twice" },
	{ "{\"LedOn\":{\"on\":true}}", 0, 0, "object or an array" },
	{ "{\"LedOn\":[true]}", 0, 0, "object or an array" },
	{ "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}", 0, 0, "more members" },

	{ "[]", 0, 0, "not a JSON object" },
	{ "true", 0, 0, "not a JSON object" },
	{ "\"LedOn\"", 0, 0, "not a JSON object" },
	{ "LedOn=true", 0, 0, "not a JSON object" },
	{ "{", 0, 0, "not a JSON object" },
	{ "{\"LedOn\"", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true", 0, 0, "not a JSON object" },
	{ "{\"LedOn\"}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\" true}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\",true}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true,}", 0, 0, "not a JSON object" },
	{ "{,\"LedOn\":true}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true \"TelemetryInterval\":5}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true;\"TelemetryInterval\":5}", 0, 0, "LedOn is true;" },
	{ "{\"LedOn\"::true}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true,,\"TelemetryInterval\":5}", 0, 0, "not a JSON object" },
	{ "{true:\"LedOn\"}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true}}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true}{}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true} x", 0, 0, "not a JSON object" },
	{ "\xef\xbb\xbf{\"LedOn\":true}", 0, 0, "not a JSON object" },
	{ "{\"LedOn\":true}\xff", 0, 0, "not a JSON object" },

	/* X-CUBE-GCP restarted for ever on this one: it comes again at every connect. */
	{ "{\"Reboot\":true}", 0, 0, "send the command reboot" },
	/* What X-CUBE-GCP itself sent as JSON. */
	{ "\"data\":[{\"temp\":20}]}", 0, 0, "not a JSON object" },
};

/* An exact copy on the heap, so that the sanitizer sees a read behind its end. */
static bool parse(const char *json, size_t len, struct demo_config *cfg, char why[DEMO_WHY_SIZE])
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	bool ok;

	assert_non_null(copy);
	memcpy(copy, json, len);
	ok = demo_config_parse((struct bytes){ copy, len }, cfg, why);
	free(copy);
	return ok;
}

static void each_configuration_gets_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct demo_config cfg = { .interval_s = 4711 };
		char why[DEMO_WHY_SIZE] = "";
		bool ok = parse(rows[i].json, strlen(rows[i].json), &cfg, why);

		if (ok != (rows[i].why == NULL) || (!ok && strstr(why, rows[i].why) == NULL))
			fail_msg("%s: %s", rows[i].json, why);
		if (!ok) {
			assert_false(cfg.has_led || cfg.has_interval);
			assert_int_equal(cfg.interval_s, 4711);
			continue;
		}
		assert_int_equal(cfg.has_led ? cfg.led : UNSET, rows[i].led);
		assert_int_equal(cfg.has_interval ? (long)cfg.interval_s : UNSET, rows[i].interval);
	}
}

/* What is accepted is JSON; cut or with any one byte changed it is accepted
 * only as far as another parser of JSON accepts it. */
static void nothing_is_accepted_that_is_not_json(void **state)
{
	static const char json[] = "{\"LedOn\":true,\"TelemetryInterval\":10}";
	char text[sizeof json];
	struct demo_config cfg;
	char why[DEMO_WHY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof json - 1; i++)
		for (unsigned c = 0; c < 256; c++) {
			const char *end;
			cJSON *other;

			memcpy(text, json, sizeof json);
			text[i] = (char)c;
			if (!parse(text, sizeof json - 1, &cfg, why))
				continue;
			other = cJSON_ParseWithOpts(text, &end, 1);
			if (other == NULL)
				fail_msg("accepted: %s", text);
			cJSON_Delete(other);
		}
	for (size_t len = 1; len < sizeof json - 1; len++)
		assert_false(parse(json, len, &cfg, why));
	assert_false(parse("{}\0", 3, &cfg, why));
	assert_false(parse("\0{}", 3, &cfg, why));
	assert_false(parse("{\"LedOn\":true,\0}", 16, &cfg, why));
}

/* X-CUBE-GCP printed payloads, which end where they end, by "%s". */
static void xcube_a_payload_was_taken_to_end_with_a_zero(void **state)
{
	static const char json[] = "{\"TelemetryInterval\":86400}";
	struct demo_config cfg;
	char why[DEMO_WHY_SIZE];

	(void)state;
	assert_true(parse(json, sizeof json - 1, &cfg, why));
	assert_int_equal(cfg.interval_s, 86400);
	for (size_t len = 1; len < sizeof json - 1; len++) {
		assert_false(parse(json, len, &cfg, why));
		assert_true(strlen(why) < sizeof why);
	}
}

static const struct command_row {
	const char *subfolder, *text;
	const char *name, *id;       /* NULL: refused */
	uint32_t    count;
	const char *why;
} commands[] = {
	{ "blink", "", "blink", "", 0, NULL },
	{ "blink", "{}", "blink", "", 0, NULL },
	{ "blink", "{\"count\":3}", "blink", "", 3, NULL },
	{ "reboot", "{\"id\":\"a-1\"}", "reboot", "a-1", 0, NULL },
	{ "", "blink", "blink", "", 0, NULL },
	{ "", "{\"command\":\"blink\",\"count\":100}", "blink", "", 100, NULL },
	{ "", "{\"id\":\"x\",\"command\":\"reboot\"}", "reboot", "x", 0, NULL },
	{ "", "", NULL, NULL, 0, "without a name" },
	{ "", "{\"count\":3}", NULL, NULL, 0, "without a name" },
	{ "", "{\"command\":\"\"}", NULL, NULL, 0, "without a name" },
	{ "", "{\"command\":7}", NULL, NULL, 0, "unknown key command" },
	{ "", "Blink now", NULL, NULL, 0, "not a JSON object" },
	{ "blink", "3", NULL, NULL, 0, "not a JSON object" },
	{ "blink", "{\"count\":0}", NULL, NULL, 0, "count is 0" },
	{ "blink", "{\"count\":101}", NULL, NULL, 0, "count is 101" },
	{ "blink", "{\"command\":\"reboot\"}", NULL, NULL, 0, "unknown key command" },
	{ "reboot", "{\"id\":7}", NULL, NULL, 0, "id is not" },
	{ "reboot", "{\"id\":\"\"}", NULL, NULL, 0, "id is not" },
	{ "reboot", "{\"id\":\"\x7f\"}", NULL, NULL, 0, "id is not" },
	{ "reboot", "{\"id\":\"0123456789012345678901234567890123456789012345678901234567890123X\"}", NULL, NULL, 0,
	  "id is not" },
};

static void each_command_is_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		const struct command_row *row = &commands[i];
		struct demo_command cmd;
		char why[DEMO_WHY_SIZE] = "";
		bool ok = demo_command_parse(bytes_of(row->subfolder), bytes_of(row->text), &cmd, why);

		if (ok != (row->name != NULL) || (!ok && strstr(why, row->why) == NULL))
			fail_msg("%s %s: %s", row->subfolder, row->text, why);
		if (!ok)
			continue;
		assert_true(bytes_equal_text(cmd.name, row->name));
		assert_true(bytes_equal_text(cmd.id, row->id));
		assert_int_equal(cmd.count, row->count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_configuration_gets_its_verdict),
		cmocka_unit_test(nothing_is_accepted_that_is_not_json),
		cmocka_unit_test(xcube_a_payload_was_taken_to_end_with_a_zero),
		cmocka_unit_test(each_command_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
