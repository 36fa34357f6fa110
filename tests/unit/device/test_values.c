/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "device/values.h"
#include "support/flash_model.h"

#include <string.h>

/* SAY is a part of what is said; NULL: nothing is. */
struct row {
	enum settings_key key;
	const char *text;
	enum err    err;
	const char *say;
};

static const struct row rows[] = {
	{ SETTINGS_HOST, "iot.acme.example", ERR_OK, NULL },
	{ SETTINGS_HOST, "3com.example", ERR_OK, NULL },
	{ SETTINGS_HOST, "localhost", ERR_OK, "private network" },
	{ SETTINGS_HOST, "bridge-7", ERR_OK, "no dot" },
	{ SETTINGS_HOST, "iot.example.com", ERR_OK, "an example" },
	{ SETTINGS_HOST, "192.0.2.7", ERR_OK, "is an address" },
	{ SETTINGS_HOST, "10.0.0.7", ERR_OK, "private network" },
	{ SETTINGS_HOST, "192.0.2", ERR_FORMAT, "no host name" },
	{ SETTINGS_HOST, "192.0.2.256", ERR_FORMAT, "no host name" },
	{ SETTINGS_HOST, "", ERR_FORMAT, "is empty" },
	{ SETTINGS_HOST, "mqtts://iot.acme.example", ERR_FORMAT, "scheme" },
	{ SETTINGS_HOST, "iot.acme.example:8883", ERR_FORMAT, "'set port'" },
	{ SETTINGS_HOST, "iot.acme.example/path", ERR_FORMAT, "path" },
	{ SETTINGS_HOST, "iot acme.example", ERR_FORMAT, "blank" },
	{ SETTINGS_HOST, "my_host.acme.example", ERR_FORMAT, "underscore" },
	{ SETTINGS_HOST, "iot.acme.example.", ERR_FORMAT, "ends with a dot" },
	{ SETTINGS_HOST, "iot..acme.example", ERR_FORMAT, "no host name" },
	{ SETTINGS_HOST, "caf\xc3\xa9.acme.example", ERR_FORMAT, "no host name" },
	{ SETTINGS_HOST, "\"iot.acme.example\"", ERR_FORMAT, "quotation marks" },

	/* Google's, and what only looks like it; ClearBlade's */
	{ SETTINGS_HOST, "mqtt.googleapis.com", ERR_DEVICE_HOST_DEAD, "2023-08-16" },
	{ SETTINGS_HOST, "MQTT.GoogleAPIs.com", ERR_DEVICE_HOST_DEAD, "2023-08-16" },
	{ SETTINGS_HOST, "mqtt.2030.ltsapis.goog", ERR_DEVICE_HOST_DEAD, "2023-08-16" },
	{ SETTINGS_HOST, "mqtt.googleapis.com.acme.example", ERR_DEVICE_HOST_DEAD, "2023-08-16" },
	{ SETTINGS_HOST, "us-central1-g5-mqtt.clearblade.com", ERR_OK, NULL },
	{ SETTINGS_HOST, "europe-west1-mqtt.clearblade.com", ERR_OK, "being retired" },
	{ SETTINGS_HOST, "mqtt.clearblade.com", ERR_ARG, "REGION-g5-mqtt.clearblade.com" },
	{ SETTINGS_HOST, "us-east1-mqtt.clearblade.com", ERR_ARG, "us-central1" },

	{ SETTINGS_PORT, "8883", ERR_OK, NULL },
	{ SETTINGS_PORT, "1", ERR_OK, NULL },
	{ SETTINGS_PORT, "65535", ERR_OK, NULL },
	{ SETTINGS_PORT, "1883", ERR_OK, "TLS only" },
	{ SETTINGS_PORT, "8833", ERR_OK, "a digit wrong" },
	{ SETTINGS_PORT, "0", ERR_ARG, "1 to 65535" },
	{ SETTINGS_PORT, "65536", ERR_ARG, "1 to 65535" },
	{ SETTINGS_PORT, "4294967297", ERR_ARG, "1 to 65535" },
	{ SETTINGS_PORT, "-1", ERR_ARG, "1 to 65535" },
	{ SETTINGS_PORT, "8883 443", ERR_ARG, "1 to 65535" },
	{ SETTINGS_PORT, "0x22b3", ERR_ARG, "1 to 65535" },

	{ SETTINGS_PROJECT, "acme-iot-123456", ERR_OK, NULL },
	{ SETTINGS_PROJECT, "acme.example:acme-iot-123456", ERR_OK, NULL },
	{ SETTINGS_PROJECT, "my-project-123456", ERR_OK, "an example" },
	{ SETTINGS_PROJECT, "My First Project", ERR_IOTCORE_PROJECT, "'My First Project'" },
	{ SETTINGS_PROJECT, "my first project", ERR_IOTCORE_PROJECT, "project's NAME" },
	{ SETTINGS_PROJECT, "Projekt", ERR_IOTCORE_PROJECT, "project's NAME" },
	{ SETTINGS_PROJECT, "123456789012", ERR_IOTCORE_PROJECT, "project's NUMBER" },
	{ SETTINGS_PROJECT, "projects/acme-iot-123456", ERR_IOTCORE_PROJECT, "set the id alone, 'acme-iot-123456'" },
	{ SETTINGS_PROJECT, "short", ERR_IOTCORE_PROJECT, "6 to 30" },
	{ SETTINGS_PROJECT, "acme-iot-", ERR_IOTCORE_PROJECT, "no hyphen last" },

	{ SETTINGS_REGION, "europe-west1", ERR_OK, NULL },
	{ SETTINGS_REGION, "europe-west1-b", ERR_OK, "a zone" },
	{ SETTINGS_REGION, "europe", ERR_IOTCORE_REGION, "a digit" },
	{ SETTINGS_REGION, "Europe West", ERR_IOTCORE_REGION, "'europe-west1'" },

	{ SETTINGS_REGISTRY, "lab", ERR_OK, NULL },
	{ SETTINGS_REGISTRY, "la", ERR_IOTCORE_REGISTRY, "3 to 255" },
	{ SETTINGS_REGISTRY, "goog-lab", ERR_IOTCORE_GOOG, "'goog'" },
	{ SETTINGS_REGISTRY, "projects/p/registries/lab", ERR_IOTCORE_REGISTRY, "set its last part alone, 'lab'" },
	{ SETTINGS_DEVICE, "a.b_c+d~e%f-1", ERR_OK, NULL },
	{ SETTINGS_DEVICE, "1abc", ERR_IOTCORE_DEVICE, "begin with a letter" },
	{ SETTINGS_DEVICE, "ab c", ERR_IOTCORE_DEVICE, "as its character 3" },

	{ SETTINGS_APN, "iot.1nce.net", ERR_OK, NULL },
	{ SETTINGS_APN, "internet", ERR_OK, NULL },
	{ SETTINGS_APN, "my apn", ERR_FORMAT, "as its character 3" },
	{ SETTINGS_APN, "a\",\"b", ERR_FORMAT, "as its character 2" },
	{ SETTINGS_APN_USER, "user@isp", ERR_OK, NULL },
	{ SETTINGS_APN_USER, "a\"b", ERR_FORMAT, "quote" },
	{ SETTINGS_APN_PASSWORD, "pass word", ERR_OK, NULL },
	{ SETTINGS_APN_PASSWORD, "a\\b", ERR_FORMAT, "backslash" },
	{ SETTINGS_APN_PASSWORD, "p\xc3\xa4ss", ERR_FORMAT, "not ASCII" },
	{ SETTINGS_APN_PASSWORD, "", ERR_FORMAT, "is empty" },

	{ SETTINGS_PIN, "1234", ERR_OK, NULL },
	{ SETTINGS_PIN, "12345678", ERR_OK, "a PUK" },
	{ SETTINGS_PIN, "123", ERR_FORMAT, "4 to 8 digits" },
	{ SETTINGS_PIN, "123456789", ERR_FORMAT, "4 to 8 digits" },
	{ SETTINGS_PIN, "12a4", ERR_FORMAT, "4 to 8 digits" },

	{ SETTINGS_NTP, "time.google.com", ERR_OK, NULL },
	{ SETTINGS_NTP, "192.168.1.1", ERR_OK, NULL },
	{ SETTINGS_NTP, "ntp server", ERR_FORMAT, "time server" },
	{ SETTINGS_NTP, "ntp.acme.example:123", ERR_FORMAT, "no host name" },

	{ SETTINGS_INTERVAL, "1", ERR_OK, NULL },
	{ SETTINGS_INTERVAL, "86400", ERR_OK, NULL },
	{ SETTINGS_INTERVAL, "0", ERR_ARG, "1 to 86400" },
	{ SETTINGS_INTERVAL, "86401", ERR_ARG, "1 to 86400" },
	{ SETTINGS_INTERVAL, "5 s", ERR_ARG, "'5 s'" },
	{ SETTINGS_PROBE, "1.1.1.1", ERR_OK, NULL },
	{ SETTINGS_PROBE, "192.0.2.255:8883", ERR_OK, NULL },
	{ SETTINGS_PROBE, "off", ERR_OK, NULL },
	{ SETTINGS_PROBE, "one.one.one.one", ERR_ARG, "1.1.1.1" },
	{ SETTINGS_PROBE, "1.1.1.256", ERR_ARG, "'off'" },
	{ SETTINGS_PROBE, "1.1.1.1:0", ERR_ARG, "'off'" },
	{ SETTINGS_PROBE, "1.1.1", ERR_ARG, "'1.1.1'" },
	{ SETTINGS_BAUD, "460800", ERR_OK, NULL },
	{ SETTINGS_BAUD, "9600", ERR_ARG, "115200, 230400" },
	{ SETTINGS_BAUD, "500000", ERR_ARG, "115200, 230400" },
	{ SETTINGS_BAUD, "115200 8N1", ERR_ARG, "115200, 230400" },
};

/* One sentence that stands alone, with no value of a secret in it. */
static void expect(const struct row *row, struct remark v, const char *said)
{
	bool secret = settings_info(row->key)->secret;

	if (v.err != row->err || v.said != (row->say != NULL) || v.said != (said[0] != '\0') ||
	    (v.said && strstr(said, row->say) == NULL))
		fail_msg("%s '%s': %s, %s", settings_info(row->key)->name, row->text, err_name(v.err), said);
	if (v.said && (said[strlen(said) - 1] != '.' || strcmp(v.code, "OK") == 0))
		fail_msg("no sentence with a code: %s %s", v.code, said);
	if (secret && row->text[0] != '\0' && strstr(said, row->text) != NULL)
		fail_msg("a secret is said: %s", said);
	assert_int_equal(v.said && v.weight == WEIGHT_ERROR, v.err != ERR_OK);
}

static void each_value_gets_its_verdict(void **state)
{
	char said[VALUES_SAY];
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_init(&t, said, sizeof said);
		expect(&rows[i], values_check(rows[i].key, bytes_of(rows[i].text), &t), said);
		assert_false(t.overflow);
		assert_int_equal(values_check(rows[i].key, bytes_of(rows[i].text), NULL).err, rows[i].err);
	}
}

static void a_value_is_stored_only_when_it_is_good(void **state)
{
	struct flash_model flash;
	char said[VALUES_SAY];
	struct settings s;
	struct text t;

	(void)state;
	flash_model_init(&flash, 2048, 18, 1);
	assert_int_equal(settings_init(&s, &flash.flash, 2, 16), ERR_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_init(&t, said, sizeof said);
		assert_int_equal(settings_erase(&s, rows[i].key), ERR_OK);
		expect(&rows[i], values_set(&s, rows[i].key, bytes_of(rows[i].text), &t), said);
		assert_int_equal(settings_size(&s, rows[i].key) > 0, rows[i].err == ERR_OK);
	}
}

static void an_error_of_the_store_is_no_remark(void **state)
{
	struct flash_model flash;
	char said[VALUES_SAY];
	struct remark remark;
	struct settings s;
	struct text t;

	(void)state;
	flash_model_init(&flash, 2048, 18, 1);
	assert_int_equal(settings_init(&s, &flash.flash, 2, 15), ERR_ARG);   /* an odd number of pages: no store */
	text_init(&t, said, sizeof said);
	remark = values_set(&s, SETTINGS_HOST, bytes_of("localhost"), &t);
	assert_int_not_equal(remark.err, ERR_OK);
	assert_false(remark.said);
}

static struct remark check(enum settings_key key, struct bytes text)
{
	return values_check(key, text, NULL);
}

static void lengths_end_where_the_store_does(void **state)
{
	char label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.";   /* 63 with its dot */
	char host[256 + 1] = "";
	char id[256 + 1];

	(void)state;
	for (int i = 0; i < 4; i++)
		strcat(host, label);
	host[252] = 'a';
	host[253] = '\0';
	assert_int_equal(check(SETTINGS_HOST, bytes_of(host)).err, ERR_OK);
	strcat(host, "a");
	assert_int_equal(check(SETTINGS_HOST, bytes_of(host)).err, ERR_TOO_LONG);

	memset(id, 'd', sizeof id);
	assert_int_equal(check(SETTINGS_DEVICE, (struct bytes){ (uint8_t *)id, 255 }).err, ERR_OK);
	assert_int_equal(check(SETTINGS_DEVICE, (struct bytes){ (uint8_t *)id, 256 }).err, ERR_IOTCORE_DEVICE);
	assert_int_equal(check(SETTINGS_APN, (struct bytes){ (uint8_t *)id, 101 }).err, ERR_TOO_LONG);
	assert_int_equal(check(SETTINGS_APN_USER, (struct bytes){ (uint8_t *)id, 65 }).err, ERR_TOO_LONG);
	assert_int_equal(check(SETTINGS_REGION, (struct bytes){ (uint8_t *)id, 65 }).err == ERR_OK, false);
}

static void setting_a_pin_allows_one_more_try_of_it(void **state)
{
	struct flash_model flash;
	struct settings s;
	uint32_t refused;

	(void)state;
	flash_model_init(&flash, 2048, 18, 1);
	assert_int_equal(settings_init(&s, &flash.flash, 2, 16), ERR_OK);
	assert_int_equal(settings_set_u32(&s, SETTINGS_PIN_REFUSED, 1), ERR_OK);
	assert_int_equal(values_set(&s, SETTINGS_PIN, bytes_of("12"), NULL).err, ERR_FORMAT);
	assert_int_equal(settings_get_u32(&s, SETTINGS_PIN_REFUSED, &refused), ERR_OK);
	assert_int_equal(values_set(&s, SETTINGS_PIN, bytes_of("1234"), NULL).err, ERR_OK);
	assert_int_equal(settings_get_u32(&s, SETTINGS_PIN_REFUSED, &refused), ERR_NOT_FOUND);
}

static void only_the_users_settings_have_names(void **state)
{
	enum settings_key key;
	unsigned n = 0;

	(void)state;
	assert_true(values_find(bytes_of("host"), &key));
	assert_int_equal(key, SETTINGS_HOST);
	assert_true(values_find(bytes_of("APN-Password"), &key));
	assert_int_equal(key, SETTINGS_APN_PASSWORD);
	assert_false(values_find(bytes_of("led"), &key));
	assert_false(values_find(bytes_of("key"), &key));
	assert_false(values_find(bytes_of("command-id"), &key));
	assert_false(values_find(bytes_of(""), &key));
	assert_false(values_find(bytes_of("a-name-longer-than-any-other"), &key));
	while (values_at(n, &key))
		n++;
	assert_int_equal(n, 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_gets_its_verdict),
		cmocka_unit_test(a_value_is_stored_only_when_it_is_good),
		cmocka_unit_test(an_error_of_the_store_is_no_remark),
		cmocka_unit_test(lengths_end_where_the_store_does),
		cmocka_unit_test(setting_a_pin_allows_one_more_try_of_it),
		cmocka_unit_test(only_the_users_settings_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
