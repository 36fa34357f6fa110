/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each row spoils a device that is ready, and says what `check` shows about it,
 * what a start refuses it with, and the code of the diagnosis.
 */
#include "unit/cmocka_all.h"

#include "device/device.h"
#include "device/preflight.h"
#include "device/secrets.h"
#include "diagnosis/rules.h"
#include "store/layout.h"
#include "support/flash_model.h"
#include "unit/console/samples.h"

#include <string.h>

#define BUILT   INT64_C(1956528000)   /* 2032-01-01 */
#define YEAR    (INT64_C(365) * 86400)
#define ROOT_END INT64_C(2426074921)  /* of SAMPLE_ROOT_1: 2046-11-17 */

static struct flash_model flash;
static struct device device;
static _Alignas(8) uint8_t arena[DEVICE_ARENA_SIZE * sizeof(void *) / 4];
static uint8_t outbox[256];

static void set_text(enum settings_key key, const char *value)
{
	if (value == NULL)
		assert_int_equal(settings_erase(device_settings(&device), key), ERR_OK);
	else
		assert_int_equal(settings_set(device_settings(&device), key, value, strlen(value)), ERR_OK);
}

static void set_key(const char *pem)
{
	assert_int_equal(secrets_set_key(device_crypto(&device), device_settings(&device), bytes_of(pem)), ERR_OK);
}

static void add_root(const char *pem)
{
	assert_int_equal(secrets_add_root(device_crypto(&device), device_settings(&device), bytes_of(pem)), ERR_OK);
}

static void make_ready(void)
{
	struct device_config cfg = {
		.flash = &flash.flash, .arena = arena, .arena_size = sizeof arena, .outbox = outbox,
		.outbox_size = sizeof outbox, .unique_id = bytes_of("test"), .build_s = BUILT,
	};
	uint8_t seed[32];

	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)(i * 37 ^ i >> 1 ^ 0xa5);
	flash_model_init(&flash, LAYOUT_PAGE_SIZE, LAYOUT_PAGES_MIN, 1);
	assert_int_equal(device_init(&device, &cfg, 0), ERR_OK);
	assert_int_equal(device_set_seed(&device, seed), ERR_OK);
	set_text(SETTINGS_HOST, "iot.acme.example");
	set_text(SETTINGS_PROJECT, "acme-iot-123456");
	set_text(SETTINGS_REGION, "europe-west1");
	set_text(SETTINGS_REGISTRY, "fleet");
	set_text(SETTINGS_DEVICE, "pump-7");
	set_text(SETTINGS_APN, "internet");
	set_key(SAMPLE_EC_KEY);
	add_root(SAMPLE_ROOT_1);
}

/* ---- ways to spoil it ---------------------------------------------------------- */

static void nothing(void)
{
}

static void spoil_value(enum settings_key key, size_t at)
{
	uint8_t value[SETTINGS_MAX_SIZE];
	size_t len;

	assert_int_equal(settings_get(device_settings(&device), key, value, sizeof value, &len), ERR_OK);
	value[at] ^= 1;
	assert_int_equal(settings_set(device_settings(&device), key, value, len), ERR_OK);
}

static void long_ids(void)
{
	char id[256];

	memset(id, 'd', 255);
	id[255] = '\0';
	set_text(SETTINGS_REGISTRY, id);
	set_text(SETTINGS_DEVICE, id);
}

static void long_host(void)
{
	char host[QUECTEL_HOST_SIZE + 1];

	memset(host, 'a', sizeof host);
	for (size_t i = 9; i < sizeof host; i += 10)
		host[i] = '.';
	host[QUECTEL_HOST_SIZE] = '\0';
	set_text(SETTINGS_HOST, host);
}

static void set_clock(int64_t unix_s, enum clock_source source)
{
	assert_int_equal(clock_set(&device.clock, unix_s, source, 0), ERR_OK);
}

#define SPOIL(name, ...) static void name(void) { __VA_ARGS__; }
SPOIL(no_host, set_text(SETTINGS_HOST, NULL))
SPOIL(dead_host, set_text(SETTINGS_HOST, "mqtt.googleapis.com"))
SPOIL(old_clearblade, set_text(SETTINGS_HOST, "europe-west1-mqtt.clearblade.com"))
SPOIL(new_clearblade, set_text(SETTINGS_HOST, "europe-west1-g5-mqtt.clearblade.com"))
SPOIL(other_region, set_text(SETTINGS_HOST, "us-central1-g5-mqtt.clearblade.com"))
SPOIL(example_host, set_text(SETTINGS_HOST, "iot.example.com"))
SPOIL(plain_port, assert_int_equal(settings_set_u32(device_settings(&device), SETTINGS_PORT, 1883), ERR_OK))
SPOIL(no_port, assert_int_equal(settings_set_u32(device_settings(&device), SETTINGS_PORT, 70000), ERR_OK))
SPOIL(project_name, set_text(SETTINGS_PROJECT, "My First Project"))
SPOIL(project_number, set_text(SETTINGS_PROJECT, "123456789012"))
SPOIL(project_path, set_text(SETTINGS_PROJECT, "projects/acme-iot-123456"))
SPOIL(region_form, set_text(SETTINGS_REGION, "europe"))
SPOIL(no_registry, set_text(SETTINGS_REGISTRY, NULL))
SPOIL(device_form, set_text(SETTINGS_DEVICE, "7"))
SPOIL(apn_form, set_text(SETTINGS_APN, "my apn"))
SPOIL(no_apn, set_text(SETTINGS_APN, NULL))
SPOIL(pin_form, set_text(SETTINGS_PIN, "47x1"))
SPOIL(pin_good, set_text(SETTINGS_PIN, "4711"))
SPOIL(pin_refused, set_text(SETTINGS_PIN, "4711"); secrets_pin_remember_refused(device_settings(&device), "4711"))
SPOIL(other_pin_refused, set_text(SETTINGS_PIN, "4711"); secrets_pin_remember_refused(device_settings(&device), "4712"))
SPOIL(ntp_form, set_text(SETTINGS_NTP, "time server"))
SPOIL(no_key, set_text(SETTINGS_KEY, NULL))
SPOIL(halves, spoil_value(SETTINGS_KEY, 20))
SPOIL(no_der, set_text(SETTINGS_KEY, "garbage"))
SPOIL(rsa, set_key(SAMPLE_RSA2048_KEY))
SPOIL(long_login, long_ids(); set_key(SAMPLE_RSA4096_KEY))
SPOIL(longest_login, long_ids(); set_key(SAMPLE_RSA2048_KEY))
SPOIL(no_root, set_text(SETTINGS_ROOT_0, NULL))
SPOIL(bad_root, spoil_value(SETTINGS_ROOT_0, 1))
SPOIL(one_bad_root, bad_root(); add_root(SAMPLE_ROOT_2))
SPOIL(ends_soon, set_clock(ROOT_END - 20 * 86400, CLOCK_NETWORK))
SPOIL(ends_later, set_clock(ROOT_END - 100 * 86400, CLOCK_NETWORK))
SPOIL(ended, set_clock(ROOT_END + 86400, CLOCK_NETWORK))
SPOIL(ended_by_kept, set_clock(ROOT_END + 86400, CLOCK_KEPT))
SPOIL(google_root, set_text(SETTINGS_HOST, "broker.azure-devices.net"))
SPOIL(no_seed, assert_int_equal(seed_erase(&device.seed), ERR_OK))
SPOIL(clock_set_well, set_clock(BUILT + YEAR, CLOCK_NTP))
SPOIL(clock_early, set_clock(BUILT + YEAR, CLOCK_NTP); device.clock.floor_s = BUILT + 2 * YEAR)
SPOIL(small_arena, device.crypto.arena.size -= 8)

/* ---- the rows --------------------------------------------------------------------- */

enum { GOOD = -1 };

static const struct row {
	const char *name;
	void      (*spoil)(void);
	const char *what;       /* the check that shows it ... */
	int         weight;     /* enum weight or GOOD */
	const char *code;
	const char *text;       /* ... with these words */
	enum err    err;        /* of the gate */
	const char *setting;    /* E's; NULL: none */
	const char *verdict;    /* NULL with ERR_OK */
} rows[] = {
	{ "ready", nothing, "host", GOOD, "OK", "iot.acme.example", ERR_OK, NULL, NULL },
	{ "a default is shown", nothing, "port", GOOD, "OK", "8883 (default)", ERR_OK, NULL, NULL },
	{ "no host", no_host, "host", WEIGHT_ERROR, "SETTING-1", "set host", ERR_DEVICE_SETTING, "host", "SETTING-1" },
	{ "Google's dead host", dead_host, "host", WEIGHT_ERROR, "HOST-GOOGLE", "2023-08-16", ERR_DEVICE_HOST_DEAD,
	  "host", "HOST-DEAD-1" },
	{ "ClearBlade's old host works still", old_clearblade, "host", WEIGHT_WARNING, "HOST-OLD", "retired", ERR_OK,
	  NULL, NULL },
	{ "ClearBlade's new host", new_clearblade, "host", GOOD, "OK", "-g5-", ERR_OK, NULL, NULL },
	{ "ClearBlade's new host, without its root", new_clearblade, "roots", WEIGHT_WARNING, "ROOT-HOST",
	  "'DigiCert TLS RSA4096 Root G5'", ERR_OK, NULL, NULL },
	{ "the host's region is another", other_region, "region", WEIGHT_WARNING, "REGION-HOST", "us-central1", ERR_OK,
	  NULL, NULL },
	{ "an example as the host", example_host, "host", WEIGHT_WARNING, "SET-EXAMPLE", "example", ERR_OK, NULL, NULL },
	{ "a host that the modem cannot take", long_host, "host", WEIGHT_ERROR, "ID-1", "'set host VALUE'", ERR_TOO_LONG,
	  "host", "ID-1" },
	{ "a port without TLS", plain_port, "port", WEIGHT_WARNING, "PORT-PLAIN", "8883", ERR_OK, NULL, NULL },
	{ "no port", no_port, "port", WEIGHT_ERROR, "PORT-FORM", "'70000'", ERR_ARG, "port", "ID-2" },
	{ "the project's name", project_name, "project", WEIGHT_ERROR, "PROJECT-NAME", "'My First Project'",
	  ERR_IOTCORE_PROJECT, "project", "ID-PROJECT-1" },
	{ "the project's number", project_number, "project", WEIGHT_ERROR, "PROJECT-NUMBER", "NUMBER", ERR_IOTCORE_PROJECT,
	  "project", "ID-PROJECT-2" },
	{ "a path", project_path, "project", WEIGHT_ERROR, "PROJECT-PATH", "'acme-iot-123456'", ERR_IOTCORE_PROJECT,
	  "project", "ID-PATH-1" },
	{ "no region", region_form, "region", WEIGHT_ERROR, "REGION-FORM", "'europe-west1'", ERR_IOTCORE_REGION, "region",
	  "ID-1" },
	{ "no registry", no_registry, "registry", WEIGHT_ERROR, "SETTING-1", "set registry", ERR_DEVICE_SETTING,
	  "registry", "SETTING-1" },
	{ "a number as the device", device_form, "device", WEIGHT_ERROR, "ID-NUMBER", "'7'", ERR_IOTCORE_DEVICE, "device",
	  "ID-1" },
	{ "no APN is a note", no_apn, "apn", WEIGHT_NOTE, "APN-NONE", "not set", ERR_OK, NULL, NULL },
	{ "an APN with a blank", apn_form, "apn", WEIGHT_ERROR, "APN-CHARACTER", "character 3", ERR_FORMAT, "apn", "ID-1" },
	{ "a PIN is not shown", pin_good, "pin", GOOD, "OK", "set", ERR_OK, NULL, NULL },
	{ "a PIN of letters", pin_form, "pin", WEIGHT_ERROR, "PIN-FORM", "4 to 8 digits", ERR_FORMAT, "pin", "ID-2" },
	{ "a PIN that the SIM refused", pin_refused, "pin", WEIGHT_WARNING, "SIM-PIN-2", "not sent again", ERR_OK, NULL,
	  NULL },
	{ "another PIN was refused", other_pin_refused, "pin", GOOD, "OK", "set", ERR_OK, NULL, NULL },
	{ "a time server with a blank", ntp_form, "ntp", WEIGHT_ERROR, "HOST-BLANK", "time server", ERR_FORMAT, "ntp",
	  "ID-1" },
	{ "a key", nothing, "key", GOOD, "OK", "EC P-256 (ES256), sha256 d3d0871e3aa2f705...", ERR_OK, NULL, NULL },
	{ "no key", no_key, "key", WEIGHT_ERROR, "KEY-NONE-1", "'key new'", ERR_KEY_MISSING, NULL, "KEY-NONE-1" },
	{ "a key of two halves", halves, "key", WEIGHT_ERROR, "KEY-PAIR-1", "do not belong together", ERR_KEY_PAIR, NULL,
	  "KEY-PAIR-1" },
	{ "no key at all", no_der, "key", WEIGHT_ERROR, "KEY-PEM-2", "does not parse", ERR_KEY_FORMAT, NULL, "KEY-PEM-2" },
	{ "a token of an EC key", nothing, "login", GOOD, "OK", "verified", ERR_OK, NULL, NULL },
	{ "a token of an RSA key", rsa, "login", GOOD, "OK", "verified", ERR_OK, NULL, NULL },
	{ "the longest login with RSA 2048", longest_login, "login", GOOD, "OK", "of 1120 bytes", ERR_OK, NULL, NULL },
	{ "a login that is too long", long_login, "login", WEIGHT_ERROR, "SIZE-LOGIN-1", "of 1120", ERR_TOO_LONG, "device",
	  "SIZE-LOGIN-1" },
	{ "a root", nothing, "root 1", GOOD, "OK", "Example Root 1 (Example Trust), until 2046-11-17, sha256 e986",
	  ERR_OK, NULL, NULL },
	{ "no root", no_root, "roots", WEIGHT_ERROR, "TLS-ROOT-7", "not set", ERR_ROOTS_EMPTY, NULL, "TLS-ROOT-7" },
	{ "a root that is damaged", bad_root, "root 1", WEIGHT_ERROR, "ROOT-FORMAT", "does not parse", ERR_TLS_ROOT, NULL,
	  "TLS-ROOT-6" },
	{ "a damaged root beside a good one", one_bad_root, "root 1", WEIGHT_ERROR, "ROOT-FORMAT", "does not parse",
	  ERR_OK, NULL, NULL },
	{ "a root that ends in 20 days", ends_soon, "root 1", WEIGHT_WARNING, "ROOT-ENDS-30", "It ends on 2046-11-17, in 20",
	  ERR_OK, NULL, NULL },
	{ "a root that ends in 100 days", ends_later, "root 1", WEIGHT_NOTE, "ROOT-ENDS-180", "in 100 days", ERR_OK, NULL,
	  NULL },
	{ "a root that has ended", ended, "root 1", WEIGHT_ERROR, "ROOT-EXPIRED", "It ended on 2046-11-17",
	  ERR_DEVICE_ROOTS_ENDED, NULL, "TLS-ROOT-9" },
	{ "all roots have ended", ended, "roots", WEIGHT_ERROR, "TLS-ROOT-9", "all ended", ERR_DEVICE_ROOTS_ENDED, NULL,
	  "TLS-ROOT-9" },
	{ "a time that was only kept ends no root", ended_by_kept, "root 1", WEIGHT_ERROR, "ROOT-EXPIRED", "ended", ERR_OK,
	  NULL, NULL },
	{ "a host with roots of its own", google_root, "roots", WEIGHT_WARNING, "ROOT-HOST", "'DigiCert Global Root G2'",
	  ERR_OK, NULL, NULL },
	{ "no seed", no_seed, "seed", WEIGHT_ERROR, "RANDOM-1", "openssl rand", ERR_RNG_UNSEEDED, NULL, "RANDOM-1" },
	{ "an unset clock", nothing, "clock", WEIGHT_NOTE, "CLOCK-UNSET", "not set", ERR_OK, NULL, NULL },
	{ "a clock", clock_set_well, "clock", GOOD, "OK", "2032-12-31 00:00:00 UTC, set 0 s ago by ntp", ERR_OK, NULL, NULL },
	{ "a clock before the firmware", clock_early, "clock", WEIGHT_ERROR, "CLOCK-2", "earlier than this firmware", ERR_OK,
	  NULL, NULL },
	{ "memory", nothing, "memory", GOOD, "OK", "bytes for TLS", ERR_OK, NULL, NULL },
	{ "too little memory", small_arena, "memory", WEIGHT_WARNING, "TLS-MEMORY-2", "arena_size", ERR_OK, NULL, NULL },
};

static bool find(const char *what, struct preflight *p, struct text *t)
{
	for (unsigned i = 0; text_init(t, t->buf, t->size), preflight_check(&device, i, p, t, 0); i++)
		if (p->what != NULL && strcmp(p->what, what) == 0)
			return true;
	return false;
}

static void expect_shown(const struct row *row)
{
	char text[PREFLIGHT_TEXT];
	struct text t = { .buf = text, .size = sizeof text };
	struct preflight p;

	if (!find(row->what, &p, &t))
		fail_msg("%s: no %s", row->name, row->what);
	if (p.good != (row->weight == GOOD) || (!p.good && (int)p.weight != row->weight) ||
	    strcmp(p.code, row->code) != 0 || strstr(text, row->text) == NULL || t.overflow)
		fail_msg("%s: %s %s: %s", row->name, p.good ? "ok" : finding_weight_name(p.weight), p.code, text);
}

static void expect_gate(const struct row *row)
{
	char code[24];
	struct evidence e;
	struct text t;
	enum err err;

	evidence_init(&e);
	err = preflight_gate(&device, &e, 0);
	if (err != row->err || e.err != err)
		fail_msg("%s: %s, %s", row->name, err_name(err), err_name((enum err)e.err));
	if ((e.setting == NULL) != (row->setting == NULL) || (e.setting != NULL && strcmp(e.setting, row->setting) != 0))
		fail_msg("%s: setting %s", row->name, e.setting != NULL ? e.setting : "none");
	assert_string_equal(e.host, device.profile.host);
	text_init(&t, code, sizeof code);
	diagnosis_code(&t, rules_decide(&e, NULL));
	if (err != ERR_OK && strcmp(code, row->verdict) != 0)
		fail_msg("%s: %s", row->name, code);
	assert_true(err != ERR_OK || (e.ids_ok == EVIDENCE_YES && e.token_ok == EVIDENCE_UNKNOWN));
}

static void each_fault_is_shown_and_what_cannot_work_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		make_ready();
		rows[i].spoil();
		expect_shown(&rows[i]);
		expect_gate(&rows[i]);
	}
}

/* A device that is ready is not talked about: no false alarm. */
static void a_device_that_is_ready_has_no_findings(void **state)
{
	char text[PREFLIGHT_TEXT];
	struct preflight p;
	struct text t;

	(void)state;
	make_ready();
	clock_set_well();
	for (unsigned i = 0; text_init(&t, text, sizeof text), preflight_check(&device, i, &p, &t, 0); i++)
		if (p.what != NULL && !p.good)
			fail_msg("%s: %s", p.what, text);
}

static bool shown(const char *secret)
{
	char text[PREFLIGHT_TEXT];
	struct preflight p;
	struct text t;
	bool any = false;

	for (unsigned i = 0; text_init(&t, text, sizeof text), preflight_check(&device, i, &p, &t, 0); i++)
		any |= strstr(text, secret) != NULL;
	return any;
}

static void no_secret_is_shown(void **state)
{
	(void)state;
	make_ready();
	set_text(SETTINGS_PIN, "73519264");
	set_text(SETTINGS_APN_PASSWORD, "open\\sesame");
	assert_false(shown("73519264"));
	assert_false(shown("sesame"));
	set_text(SETTINGS_PIN, "7351x");
	assert_false(shown("7351x"));
	assert_true(shown("acme-iot-123456"));
}

/* With the memory in use by a connection nothing is said to be wrong. */
static void what_finds_no_memory_while_connected_is_not_looked_at(void **state)
{
	char text[PREFLIGHT_TEXT];
	struct text t = { .buf = text, .size = sizeof text };
	static const char *const whats[] = { "key", "login", "root 1" };
	struct preflight p;

	(void)state;
	make_ready();
	device.state = DEVICE_ONLINE;
	assert_non_null(arena_alloc(&device.crypto.arena, arena_largest(&device.crypto.arena)));
	for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
		assert_true(find(whats[i], &p, &t));
		assert_int_equal(p.weight, WEIGHT_NOTE);
		assert_string_equal(p.code, "BUSY");
	}
	assert_false(find("roots", &p, &t));
	device.state = DEVICE_STOPPED;
	assert_true(find("key", &p, &t));
	assert_int_equal(p.weight, WEIGHT_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_shown_and_what_cannot_work_is_refused),
		cmocka_unit_test(a_device_that_is_ready_has_no_findings),
		cmocka_unit_test(no_secret_is_shown),
		cmocka_unit_test(what_finds_no_memory_while_connected_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
