/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/json.h"
#include "cli/public_key.h"

#include <string.h>

static const char pem[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnDXo23c1aLSbTiiXHWQX6GfFDcmv\n"
	"KgprTwP8Vs0/BFnISdj0SX3OJ+NkOB2Z0N9lHxAWdXWcnSa+VJfZoHcCgQ==\n"
	"-----END PUBLIC KEY-----\n";
/* 2026-11-23T00:00:00Z */
#define NOW ((int64_t)1795392000)

static void times_of_expiry(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "2027-12-31", "2027-12-31T23:59:59Z" },
		{ "2028-02-29", "2028-02-29T23:59:59Z" },
		{ "2027-12-31T12:00:01Z", "2027-12-31T12:00:01Z" },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
		{ "90d", "2027-02-21T00:00:00Z" },
		{ "12h", "2026-11-23T12:00:00Z" },
		{ "2026-11-23", "2026-11-23T23:59:59Z" },
		{ "2026-11-22", NULL },
		{ "2027-02-29", NULL },
		{ "2027-13-01", NULL },
		{ "2027-00-01", NULL },
		{ "2027-1-1", NULL },
		{ "2027-12-31T24:00:00Z", NULL },
		{ "2027-12-31T12:00:01", NULL },
		{ "2027-12-31T12:00:01Zx", NULL },
		{ "2027-12-31 12:00:01Z", NULL },
		{ "2027-12-31x", NULL },
		{ "2027-12-31T", NULL },
		{ "0d", NULL },
		{ "-1d", NULL },
		{ "d", NULL },
		{ "99999999d", NULL },
		{ "never", NULL },
		{ "", NULL },
	};
	char why[PUBLIC_KEY_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct public_key k = { .expires = "" };
		bool ok = public_key_expiry(&k, rows[i].text, NOW, why);

		if (ok != (rows[i].want != NULL) || strcmp(k.expires, ok ? rows[i].want : "") != 0)
			fail_msg("%s: '%s'", rows[i].text, k.expires);
	}
}

static void there_and_back_as_json(void **state)
{
	struct public_key k, again;
	char why[PUBLIC_KEY_WHY];
	cJSON *json;

	(void)state;
	assert_true(public_key_read(&k, pem, why));
	assert_string_equal(k.fingerprint, "d3d0871e3aa2f70573d00288a84dfbe0b366fedf46d4c3afd228887ccd7148c5");
	assert_int_equal(k.format, CREDENTIAL_ES256_PEM);
	assert_true(public_key_expiry(&k, "90d", NOW, why));
	json = public_key_to_json(&k);
	assert_string_equal(json_text(json, "publicKey.format"), "ES256_PEM");
	assert_string_equal(json_text(json, "publicKey.key"), pem);
	assert_true(public_key_from_json(&again, json, why));
	assert_string_equal(again.expires, k.expires);
	assert_string_equal(again.fingerprint, k.fingerprint);
	cJSON_Delete(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(times_of_expiry), cmocka_unit_test(there_and_back_as_json) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
