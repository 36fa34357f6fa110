/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/root_lint.h"

#include <string.h>

enum { DAY = 86400 };

static const int64_t now = 1795392000;    /* 2026-11-23 */

static struct root_info root(const char *subject, int64_t from, int64_t to)
{
	struct root_info info = { .not_before = from, .not_after = to, .key_bits = 2048, .self_signed = true };

	strcpy(info.subject, subject);
	strcpy(info.issuer, subject);
	return info;
}

static void warns_in_time(void **state)
{
	static const struct { int64_t from, to; enum root_lint_code code; const char *words; } rows[] = {
		{ -DAY, 181 * DAY, ROOT_GOOD, "" },            { -DAY, 180 * DAY, ROOT_ENDS_180, "in 180 days" },
		{ -DAY, 91 * DAY, ROOT_ENDS_180, "in 91 days" }, { -DAY, 90 * DAY, ROOT_ENDS_90, "in 90 days" },
		{ -DAY, 31 * DAY, ROOT_ENDS_90, "in 31 days" }, { -DAY, 30 * DAY, ROOT_ENDS_30, "in 30 days" },
		{ -DAY, 0, ROOT_ENDS_30, "2026-11-23" },       { -9 * DAY, -1, ROOT_EXPIRED, "0 days ago" },
		{ -9 * DAY, -3 * DAY, ROOT_EXPIRED, "3 days ago" }, { 0, 999 * DAY, ROOT_GOOD, "" },
		{ 2 * DAY, 999 * DAY, ROOT_FUTURE, "clock is wrong" },
	};
	char words[800];
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct root_info info = root("R", now + rows[i].from, now + rows[i].to);

		assert_int_equal(root_lint(ERR_OK, &info, now), rows[i].code);
		assert_int_equal(root_lint(ERR_OK, &info, 0), ROOT_GOOD);    /* no clock, no dates */
		text_init(&t, words, sizeof words);
		root_lint_say(rows[i].code, "Root 1 ('R')", &info, now, &t);
		assert_non_null(strstr(words, rows[i].words));
		assert_non_null(strstr(words, "Root 1 ('R')"));
	}
}

static void says_what_a_certificate_is_instead(void **state)
{
	static const struct { enum err err; enum root_lint_code code; } rows[] = {
		{ ERR_CERT_NOT_CA, ROOT_NOT_CA }, { ERR_CERT_KEY, ROOT_KEY }, { ERR_CERT_FORMAT, ROOT_FORMAT },
		{ ERR_TOO_LONG, ROOT_LONG },      { ERR_CRYPTO_MEMORY, ROOT_FORMAT },
	};
	struct root_info info = root("R", now - DAY, now + 999 * DAY);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(root_lint(rows[i].err, &info, now), rows[i].code);
	info.self_signed = false;
	assert_int_equal(root_lint(ERR_OK, &info, now), ROOT_CROSS);
}

static void knows_the_usual_roots_of_hosts(void **state)
{
	static const struct { const char *host, *roots[3]; enum root_lint_code code; } rows[] = {
		{ "us-central1-g5-mqtt.clearblade.com", { "DigiCert TLS RSA4096 Root G5 (DigiCert, Inc.)" }, ROOT_GOOD },
		{ "us-central1-g5-mqtt.clearblade.com", { "DigiCert Global Root CA (DigiCert Inc)" }, ROOT_HOST },
		{ "us-central1-mqtt.clearblade.com", { "DigiCert Global Root CA (DigiCert Inc)" }, ROOT_GOOD },
		{ "us-central1-mqtt.clearblade.com", { "COMODO RSA Certification Authority (COMODO CA Limited)" }, ROOT_HOST },
		{ "US-CENTRAL1-MQTT.clearblade.com", { "GTS Root R1 (Google Trust Services LLC)", "DigiCert Global Root CA (DigiCert Inc)" }, ROOT_GOOD },
		{ "x-ats.iot.eu-west-1.amazonaws.com", { "Amazon Root CA 1 (Amazon)" }, ROOT_GOOD },
		{ "x-ats.iot.eu-west-1.amazonaws.com", { "Starfield Services Root Certificate Authority - G2 (Starfiel" }, ROOT_HOST_OLD },
		{ "x-ats.iot.eu-west-1.amazonaws.com", { "Amazon Root CA 17 (Nobody)" }, ROOT_HOST },
		{ "hub.azure-devices.net", { "Baltimore CyberTrust Root (Baltimore)" }, ROOT_HOST_OLD },
		{ "oauth2.googleapis.com", { "GlobalSign Root CA (GlobalSign nv-sa)" }, ROOT_HOST_OLD },
		{ "iot.pumps.io", { "Anything (At all)" }, ROOT_GOOD },
		{ "", { "Anything (At all)" }, ROOT_GOOD },
		{ "iot.pumps.io", { NULL }, ROOT_NONE },
		{ "evilclearblade.com", { "Anything (At all)" }, ROOT_GOOD },
	};
	char words[800];
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct root_lint_set s;

		root_lint_set(&s, bytes_of(rows[i].host));
		for (size_t k = 0; k < 3 && rows[i].roots[k] != NULL; k++) {
			struct root_info info = root(rows[i].roots[k], 0, 0);

			root_lint_add(&s, &info);
		}
		assert_int_equal(root_lint_judge(&s), rows[i].code);
		if (rows[i].code != ROOT_HOST && rows[i].code != ROOT_HOST_OLD)
			continue;
		text_init(&t, words, sizeof words);
		root_lint_say_set(&s, rows[i].code, &t);
		assert_non_null(strstr(words, rows[i].host));
		assert_non_null(strstr(words, s.wanted));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns_in_time),
		cmocka_unit_test(says_what_a_certificate_is_instead),
		cmocka_unit_test(knows_the_usual_roots_of_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
