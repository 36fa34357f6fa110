/* SPDX-License-Identifier: Apache-2.0 */
/* Registries, devices, keys, configs, states and logins: what is stored, what is refused, and in which words. */
#include "unit/cmocka_all.h"

#include "registry/registry_map.h"
#include "registry/registry_schema.h"
#include "unit/registry/rig.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rig g;

static int set_up(void **state)
{
	(void)state;
	rig_init(&g);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_free(&g);
	return 0;
}

#define assert_ok(call) do { if ((call) != REGISTRY_OK) fail_msg("%s: %s", #call, registry_error(g.r)); } while (0)

/* RESULT, and a sentence that holds TEXT. */
static void check_refused(enum registry_result is, enum registry_result result, const char *text)
{
	if (is != result || strstr(registry_error(g.r), text) == NULL)
		fail_msg("%d: '%s', expected %d with '%s'", (int)is, registry_error(g.r), (int)result, text);
}

/* ---- Registries ----------------------------------------------------------- */

static void a_registry_is_made_read_changed_and_deleted(void **state)
{
	struct registry_info info = { .id = "second", .level = REGISTRY_LEVEL_DEBUG, .http_disabled = true,
				      .extra = (char[]){ "{\"eventNotificationConfigs\":[]}" } }, got;
	const struct registry_path second = { rig_fleet.project, rig_fleet.location, "second" };

	(void)state;
	assert_ok(registry_create(g.r, rig_fleet, &info));
	check_refused(registry_create(g.r, rig_fleet, &info), REGISTRY_EXISTS, "the registry 'second' exists already");
	assert_ok(registry_get(g.r, second, &got));
	assert_string_equal(got.id, "second");
	assert_int_equal(got.level, REGISTRY_LEVEL_DEBUG);
	assert_true(got.http_disabled && !got.mqtt_disabled);
	assert_string_equal(got.extra, "{\"eventNotificationConfigs\":[]}");
	registry_info_clear(&got);

	info.extra = NULL;
	info.mqtt_disabled = true;
	assert_ok(registry_update(g.r, second, &info));
	rig_reopen(&g);
	assert_ok(registry_get(g.r, second, &got));
	assert_true(got.mqtt_disabled && got.extra == NULL);
	registry_info_clear(&got);

	assert_ok(registry_delete(g.r, second));
	check_refused(registry_get(g.r, second, &got), REGISTRY_NOT_FOUND, "the registry 'second' is unknown in project");
	check_refused(registry_delete(g.r, second), REGISTRY_NOT_FOUND, "the registry 'second' is unknown in project");
	check_refused(registry_update(g.r, second, &info), REGISTRY_NOT_FOUND, "the registry 'second' is unknown");
}

static void a_bad_registry_changes_nothing(void **state)
{
	struct registry_info info = { .id = "no good" }, got[4];
	size_t found;
	bool more;

	(void)state;
	check_refused(registry_create(g.r, rig_fleet, &info), REGISTRY_INVALID, "the registry id 'no good'");
	info = (struct registry_info){ .id = "good", .extra = (char[]){ "[1" } };
	check_refused(registry_create(g.r, rig_fleet, &info), REGISTRY_INVALID, "no JSON object");
	info = (struct registry_info){ .id = "good", .level = (enum registry_level)15 };
	check_refused(registry_create(g.r, rig_fleet, &info), REGISTRY_INVALID, "the log level 15");
	info = (struct registry_info){ .id = "good" };
	check_refused(registry_create(g.r, (struct registry_path){ "My Project", "europe-west1", NULL }, &info), REGISTRY_INVALID,
		      "the project id 'My Project'");
	assert_ok(registry_list(g.r, rig_fleet, NULL, got, 4, &found, &more));
	assert_int_equal(found, 1);
	assert_false(more);
	registry_info_clear(&got[0]);
}

static void a_registry_with_devices_stays(void **state)
{
	(void)state;
	rig_add(&g, "pump-7");
	check_refused(registry_delete(g.r, rig_fleet), REGISTRY_PRECONDITION, "the registry 'fleet' has devices");
	assert_ok(device_delete(g.r, rig_path("pump-7")));
	assert_ok(registry_delete(g.r, rig_fleet));
}

static void registries_are_listed_by_page(void **state)
{
	static const char *const order[] = { "Beta", "alpha", "delta", "fleet", "gamma" };
	struct registry_info infos[2];
	const char *after = NULL;
	char last[REGISTRY_ID];
	size_t found, seen = 0;
	bool more = true;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct registry_info info = { .level = REGISTRY_LEVEL_NONE };

		snprintf(info.id, sizeof info.id, "%s", order[4 - i]);
		if (strcmp(info.id, "fleet") != 0)
			assert_ok(registry_create(g.r, rig_fleet, &info));
	}
	while (more) {
		assert_ok(registry_list(g.r, rig_fleet, after, infos, 2, &found, &more));
		for (size_t i = 0; i < found; i++)
			assert_string_equal(infos[i].id, order[seen++]);
		snprintf(last, sizeof last, "%s", infos[found - 1].id);
		after = last;
		for (size_t i = 0; i < found; i++)
			registry_info_clear(&infos[i]);
	}
	assert_int_equal(seen, 5);
	assert_ok(registry_list(g.r, (struct registry_path){ "other-project", "europe-west1", NULL }, NULL, infos, 2, &found,
				&more));
	assert_int_equal(found, 0);
}

/* ---- Devices -------------------------------------------------------------- */

static void a_device_is_stored_whole(void **state)
{
	struct registry_device d = {
		.id = "pump-7", .num_id = 2582332477650079, .blocked = true, .level = REGISTRY_LEVEL_ERROR,
		.metadata = (char[]){ "{\"site\":\"north\"}" }, .extra = (char[]){ "{\"gatewayConfig\":{}}" },
		.credential_count = 2, .config = { .cloud_update_ms = 1234, .data = (uint8_t[]){ 0, 1, 2 }, .len = 3 },
	}, got;
	char ec[1024], rsa[1024];

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	snprintf(rsa, sizeof rsa, "%s", rig_rsa_pem());
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
	d.credentials[1] = (struct registry_credential){ CREDENTIAL_RSA_PEM, 1700000000, rsa };
	assert_ok(device_create(g.r, rig_fleet, &d));
	rig_reopen(&g);
	assert_ok(device_get(g.r, rig_path("2582332477650079"), &got));
	assert_string_equal(got.id, "pump-7");
	assert_true(got.blocked && got.level == REGISTRY_LEVEL_ERROR);
	assert_string_equal(got.metadata, d.metadata);
	assert_string_equal(got.extra, d.extra);
	assert_int_equal(got.credential_count, 2);
	assert_string_equal(got.credentials[0].pem, ec);
	assert_true(got.credentials[0].expires_s == CREDENTIAL_NEVER && got.credentials[1].expires_s == 1700000000);
	assert_int_equal(got.credentials[1].format, CREDENTIAL_RSA_PEM);
	assert_int_equal(got.config.version, 1);
	assert_int_equal(got.config.cloud_update_ms, 1234);
	assert_int_equal(got.config.len, 3);
	assert_memory_equal(got.config.data, d.config.data, 3);
	assert_null(got.state.data);
	assert_true(got.heartbeat_ms == 0 && got.error_text == NULL);
	device_clear(&got);
}

static void what_a_device_may_not_be(void **state)
{
	uint8_t *big = calloc(1, REGISTRY_DATA_MAX + 1);
	struct registry_device d = { .id = "ab" }, got;
	char pem[] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";

	(void)state;
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID, "the device id 'ab'");
	d = (struct registry_device){ .id = "pump-7", .metadata = (char[]){ "{\"a\":1}" } };
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID, "the metadata of key 'a' is no string");
	d = (struct registry_device){ .id = "pump-7", .num_id = UINT64_MAX };
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID, "the numeric id 18446744073709551615");
	d = (struct registry_device){ .id = "pump-7", .credential_count = 4 };
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID, "the device has 4 keys, and may have 3");
	d = (struct registry_device){ .id = "pump-7", .credential_count = 1 };
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, pem };
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID, "credentials[0]: ");
	d = (struct registry_device){ .id = "pump-7", .config = { .data = big, .len = REGISTRY_DATA_MAX + 1 } };
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID, "the config has 65537 bytes, and may have 65536");
	assert_int_equal(d.num_id, 0);
	check_refused(device_get(g.r, rig_path("pump-7"), &got), REGISTRY_NOT_FOUND, "the device 'pump-7' is unknown");
	d.config.len--;
	assert_ok(device_create(g.r, rig_fleet, &d));
	free(big);
}

static void ids_and_numbers_are_unique(void **state)
{
	struct registry_device d = { .id = "pump-7", .num_id = 77 };
	const struct registry_info other = { .id = "other" };
	const struct registry_path in_other = { rig_fleet.project, rig_fleet.location, "other" };
	struct registry_device got;

	(void)state;
	assert_ok(device_create(g.r, rig_fleet, &d));
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_EXISTS, "the device 'pump-7' exists already");
	snprintf(d.id, sizeof d.id, "pump-8");
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_EXISTS, "the numeric id 77 of device 'pump-8' is another");
	assert_ok(registry_create(g.r, rig_fleet, &other));
	check_refused(device_create(g.r, in_other, &d), REGISTRY_EXISTS, "the numeric id 77");
	check_refused(device_get(g.r, (struct registry_device_path){ in_other, "77" }, &got), REGISTRY_NOT_FOUND,
		      "the device '77' is unknown in registry 'other'");
	d.num_id = 0;
	assert_ok(device_create(g.r, rig_fleet, &d));
	assert_true(d.num_id > 0 && d.num_id <= INT64_MAX && d.num_id != 77);
}

static void ids_that_differ_in_case_are_two(void **state)
{
	(void)state;
	rig_add(&g, "pump");
	rig_add(&g, "Pump");
	assert_true(rig_key(&g, "pump") != rig_key(&g, "Pump"));
}

static void only_the_masked_parts_change(void **state)
{
	struct registry_device d = { .id = "pump-7", .level = REGISTRY_LEVEL_DEBUG, .metadata = (char[]){ "{\"a\":\"b\"}" },
				     .credential_count = 1 }, u = { .blocked = true }, got;
	char ec[1024];

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
	assert_ok(device_create(g.r, rig_fleet, &d));
	assert_ok(device_update(g.r, rig_path("pump-7"), DEVICE_BLOCKED, &u));
	assert_ok(device_get(g.r, rig_path("pump-7"), &got));
	assert_true(got.blocked && got.level == REGISTRY_LEVEL_DEBUG && got.credential_count == 1);
	assert_string_equal(got.metadata, "{\"a\":\"b\"}");
	device_clear(&got);
	assert_ok(device_update(g.r, rig_path("pump-7"), DEVICE_METADATA | DEVICE_CREDENTIALS | DEVICE_LEVEL, &u));
	assert_ok(device_get(g.r, rig_path("pump-7"), &got));
	assert_true(got.blocked && got.level == REGISTRY_LEVEL_UNSET && got.credential_count == 0 && got.metadata == NULL);
	device_clear(&got);
	check_refused(device_update(g.r, rig_path("pump-8"), DEVICE_BLOCKED, &u), REGISTRY_NOT_FOUND, "'pump-8'");
}

static void a_refused_key_leaves_the_old_ones(void **state)
{
	struct registry_device d = { .id = "pump-7", .credential_count = 1 }, got;
	char ec[1024], bad[] = "x";

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
	assert_ok(device_create(g.r, rig_fleet, &d));
	d.credential_count = 2;
	d.credentials[1] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, bad };
	check_refused(device_update(g.r, rig_path("pump-7"), DEVICE_CREDENTIALS, &d), REGISTRY_INVALID, "credentials[1]: ");
	assert_ok(device_get(g.r, rig_path("pump-7"), &got));
	assert_int_equal(got.credential_count, 1);
	device_clear(&got);
}

static void the_same_public_key_twice_is_refused(void **state)
{
	struct registry_device d = { .id = "pump-7", .credential_count = 3 }, got;
	char ec[1024], again[1024], rsa[1024];

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	snprintf(again, sizeof again, "\n%s", rig_ec_pem());      /* other bytes, the same key */
	snprintf(rsa, sizeof rsa, "%s", rig_rsa_pem());
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
	d.credentials[1] = (struct registry_credential){ CREDENTIAL_RSA_PEM, CREDENTIAL_NEVER, rsa };
	d.credentials[2] = (struct registry_credential){ CREDENTIAL_ES256_PEM, 1700000000, again };
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_INVALID,
		      "credentials[2]: the same public key as credentials[0]");
	d.credential_count = 2;
	assert_ok(device_create(g.r, rig_fleet, &d));
	d.credential_count = 3;
	check_refused(device_update(g.r, rig_path("pump-7"), DEVICE_CREDENTIALS, &d), REGISTRY_INVALID,
		      "credentials[2]: the same public key as credentials[0]");
	assert_ok(device_get(g.r, rig_path("pump-7"), &got));
	assert_int_equal(got.credential_count, 2);
	device_clear(&got);
}

/* ---- Certificates of the registry ------------------------------------------ */

static EVP_PKEY *new_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

/* A certificate for KEY that SIGNER, named ISSUER, signed. */
static char *certificate(EVP_PKEY *key, const char *name, EVP_PKEY *signer, const char *issuer)
{
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem = calloc(1, 4096);

	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN", MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, signer, EVP_sha256()) > 0);
	PEM_write_bio_X509(bio, x);
	assert_true(BIO_read(bio, pem, 4095) > 0);
	BIO_free(bio);
	X509_free(x);
	return pem;
}

/* The registry's resource with one certificate, its line ends as JSON has them. */
static char *extra_with(const char *pem)
{
	char *extra = calloc(1, 8192), *p = extra;

	p += sprintf(p, "{\"credentials\":[{\"publicKeyCertificate\":{\"format\":\"X509_CERTIFICATE_PEM\",\"certificate\":\"");
	for (; *pem != '\0'; pem++)
		p += sprintf(p, *pem == '\n' ? "\\n" : "%c", *pem);
	sprintf(p, "\"}}]}");
	return extra;
}

static enum registry_result create_with(const char *id, enum credential_format format, char *pem)
{
	struct registry_device d = { .credential_count = 1 };

	snprintf(d.id, sizeof d.id, "%s", id);
	d.credentials[0] = (struct registry_credential){ format, CREDENTIAL_NEVER, pem };
	return device_create(g.r, rig_fleet, &d);
}

static void keys_must_be_signed_by_the_registrys_certificates(void **state)
{
	EVP_PKEY *authority = new_key(), *stranger = new_key(), *key = new_key();
	char *root = certificate(authority, "Fleet CA", authority, "Fleet CA"), *extra = extra_with(root), bare[1024];
	char *good = certificate(key, "dev-1", authority, "Fleet CA"), *bad = certificate(key, "dev-1", stranger, "Fleet CA");
	struct registry_info info = { .id = "fleet", .extra = extra };
	struct registry_device d = { .credential_count = 2 };

	(void)state;
	snprintf(bare, sizeof bare, "%s", rig_ec_pem());
	assert_ok(create_with("before", CREDENTIAL_ES256_PEM, bare));
	assert_ok(registry_update(g.r, rig_fleet, &info));
	check_refused(create_with("dev-1", CREDENTIAL_ES256_PEM, bare), REGISTRY_PRECONDITION,
		      "credentials[0]: the registry has certificates (1), so that a device's key must be an X.509 certificate");
	check_refused(create_with("dev-1", CREDENTIAL_ES256_X509_PEM, bad), REGISTRY_PRECONDITION,
		      "credentials[0]: the certificate, issued by '/CN=Fleet CA', is signed by none of the registry's 1 (the first is "
		      "'/CN=Fleet CA')");
	assert_ok(create_with("dev-1", CREDENTIAL_ES256_X509_PEM, good));

	/* Those from before stay, beside new ones that are signed. */
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, bare };
	d.credentials[1] = (struct registry_credential){ CREDENTIAL_ES256_X509_PEM, CREDENTIAL_NEVER, good };
	assert_ok(device_update(g.r, rig_path("before"), DEVICE_CREDENTIALS, &d));
	d.credentials[1].pem = bad;
	check_refused(device_update(g.r, rig_path("before"), DEVICE_CREDENTIALS, &d), REGISTRY_PRECONDITION, "credentials[1]: ");
	info.extra = NULL;
	assert_ok(registry_update(g.r, rig_fleet, &info));
	assert_ok(device_update(g.r, rig_path("before"), DEVICE_CREDENTIALS, &d));
	EVP_PKEY_free(authority);
	EVP_PKEY_free(stranger);
	EVP_PKEY_free(key);
	free(root);
	free(extra);
	free(good);
	free(bad);
}

/* ---- Paths ---------------------------------------------------------------- */

static void the_part_that_is_unknown_is_named(void **state)
{
	static const struct { struct registry_device_path path; const char *says; } rows[] = {
		{ { { "my-project-2", "europe-west1", "fleet" }, "pump-7" }, "the project 'my-project-2' is unknown here" },
		{ { { "my-project-1", "us-central1", "fleet" }, "pump-7" },
		  "the region 'us-central1' is unknown in project 'my-project-1'" },
		{ { { "my-project-1", "europe-west1", "fleet2" }, "pump-7" }, "the registry 'fleet2' is unknown in project" },
		{ { { "my-project-1", "europe-west1", "fleet" }, "pump-8" },
		  "the device 'pump-8' is unknown in registry 'fleet' of project 'my-project-1'" },
		{ { { "my-project-1", "europe-west1", "fleet" }, "123" }, "the device '123' is unknown" },
		{ { { "my-project-1", "europe-west1", "fleet" }, "99999999999999999999" }, "the device '99999999999999999999'" },
		{ { { "my-project-1", "europe-west1", "fleet" }, "a\001'b" }, "the device 'a\\x01'b' is unknown" },
		{ { { "", "", "" }, "" }, "the project '' is unknown here" },
	};
	struct registry_login login;
	struct registry_device got;

	(void)state;
	rig_add(&g, "pump-7");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_refused(login_get(g.r, rows[i].path, &login), REGISTRY_NOT_FOUND, rows[i].says);
		check_refused(device_get(g.r, rows[i].path, &got), REGISTRY_NOT_FOUND, rows[i].says);
	}
	assert_ok(login_get(g.r, rig_path("pump-7"), &login));
	assert_string_equal(registry_error(g.r), "");
	login_clear(&login);
}

/* ---- Lists ---------------------------------------------------------------- */

static size_t list_ids(const struct device_filter *f, const char *after, size_t count, char ids[][REGISTRY_ID], bool *more)
{
	struct registry_device devices[8];
	size_t found;

	assert_true(count <= 8);
	assert_ok(device_list(g.r, rig_fleet, f, after, devices, count, &found, more));
	for (size_t i = 0; i < found; i++) {
		snprintf(ids[i], REGISTRY_ID, "%.*s", REGISTRY_ID - 1, devices[i].id);
		device_clear(&devices[i]);
	}
	return found;
}

static void devices_are_listed_by_page_and_by_id(void **state)
{
	static const char *const wanted[] = { "dev-4", "nobody", "dev-2", "dev-4" };
	char ids[8][REGISTRY_ID];
	struct registry_login login;
	struct device_filter f = { .ids = wanted, .id_count = 4 };
	uint64_t numbers[2];
	bool more;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		char id[16];

		snprintf(id, sizeof id, "dev-%u", 5 - i);
		rig_add(&g, id);
	}
	assert_int_equal(list_ids(NULL, NULL, 4, ids, &more), 4);
	assert_true(more);
	assert_string_equal(ids[3], "dev-3");
	assert_int_equal(list_ids(NULL, "dev-3", 4, ids, &more), 2);
	assert_false(more);
	assert_string_equal(ids[1], "dev-5");
	assert_int_equal(list_ids(NULL, "dev-33", 2, ids, &more), 2);
	assert_false(more);
	assert_int_equal(list_ids(NULL, "zzz", 2, ids, &more), 0);

	assert_int_equal(list_ids(&f, NULL, 8, ids, &more), 2);
	assert_string_equal(ids[0], "dev-2");
	assert_string_equal(ids[1], "dev-4");
	assert_ok(login_get(g.r, rig_path("dev-0"), &login));
	numbers[0] = login.num_id;
	numbers[1] = UINT64_MAX;
	login_clear(&login);
	f.num_ids = numbers;
	f.num_id_count = 2;
	assert_int_equal(list_ids(&f, NULL, 2, ids, &more), 2);
	assert_true(more);
	assert_string_equal(ids[0], "dev-0");
	assert_int_equal(list_ids(&f, "dev-2", 2, ids, &more), 1);
	assert_false(more);
	f.id_count = f.num_id_count = 0;
	assert_int_equal(list_ids(&f, NULL, 2, ids, &more), 0);
}

static void a_list_holds_the_parts_asked_for(void **state)
{
	struct registry_device d = { .id = "pump-7", .metadata = (char[]){ "{}" }, .extra = (char[]){ "{}" },
				     .credential_count = 1, .config = { .data = (uint8_t[]){ 1 }, .len = 1 } }, got;
	struct device_filter f = { .parts = 0 };
	char ec[1024];
	size_t found;
	bool more;

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
	assert_ok(device_create(g.r, rig_fleet, &d));
	assert_ok(device_list(g.r, rig_fleet, &f, NULL, &got, 1, &found, &more));
	assert_true(got.metadata == NULL && got.extra == NULL && got.credential_count == 0 && got.config.data == NULL);
	device_clear(&got);
	f.parts = DEVICE_METADATA | DEVICE_CONFIG;
	assert_ok(device_list(g.r, rig_fleet, &f, NULL, &got, 1, &found, &more));
	assert_true(got.metadata != NULL && got.extra == NULL && got.credential_count == 0 && got.config.data != NULL);
	device_clear(&got);
}

/* Pages of what is long: 300 devices of 256 KB are more than a page of 32 MB. */
static void a_page_is_bounded_in_bytes(void **state)
{
	struct registry_device *devices = calloc(300, sizeof *devices), d = { .num_id = 0 };
	char *long_value = malloc(32768 + 64), *metadata = malloc(8 * (32768 + 16)), *p = metadata, last[REGISTRY_ID];
	const struct device_filter f = { .parts = DEVICE_METADATA };
	size_t found, seen = 0;
	bool more = true;

	(void)state;
	memset(long_value, 'v', 32000);
	long_value[32000] = '\0';
	*p++ = '{';
	for (int i = 0; i < 8; i++)
		p += sprintf(p, "%s\"k%d\":\"%s\"", i > 0 ? "," : "", i, long_value);
	memcpy(p, "}", 2);
	d.metadata = metadata;
	assert_ok(registry_begin(g.r));
	for (int i = 0; i < 300; i++) {
		snprintf(d.id, sizeof d.id, "dev-%03d", i);
		d.num_id = 0;
		assert_ok(device_create(g.r, rig_fleet, &d));
	}
	assert_ok(registry_commit(g.r));
	for (last[0] = '\0'; more; ) {
		assert_ok(device_list(g.r, rig_fleet, &f, last, devices, 300, &found, &more));
		assert_true(found > 0 && found * strlen(metadata) <= REGISTRY_PAGE_BYTES);
		seen += found;
		snprintf(last, sizeof last, "%s", devices[found - 1].id);
		for (size_t i = 0; i < found; i++)
			device_clear(&devices[i]);
	}
	assert_int_equal(seen, 300);
	free(devices);
	free(long_value);
	free(metadata);
}

/* ---- Configs -------------------------------------------------------------- */

static void configs_have_versions_and_ten_are_kept(void **state)
{
	struct registry_config configs[REGISTRY_CONFIGS];
	uint64_t version = 0;
	char text[16];
	size_t found;

	(void)state;
	rig_add(&g, "pump-7");
	for (unsigned i = 2; i <= 14; i++) {
		snprintf(text, sizeof text, "config %u", i);
		assert_ok(config_set(g.r, rig_path("pump-7"), i % 2 == 0 ? 0 : i - 1, bytes_of(text), 1000 + i, &version));
		assert_int_equal(version, i);
	}
	check_refused(config_set(g.r, rig_path("pump-7"), 13, bytes_of("x"), 1, &version), REGISTRY_PRECONDITION,
		      "the config is of version 14, and not of 13 as expected");
	check_refused(config_set(g.r, rig_path("pump-8"), 0, bytes_of("x"), 1, &version), REGISTRY_NOT_FOUND, "'pump-8'");
	check_refused(config_set(g.r, rig_path("pump-7"), 0, (struct bytes){ (const uint8_t *)text, REGISTRY_DATA_MAX + 1 }, 1,
				 &version), REGISTRY_INVALID, "65537");
	assert_int_equal(version, 14);
	assert_ok(config_list(g.r, rig_path("pump-7"), configs, &found));
	assert_int_equal(found, REGISTRY_CONFIGS);
	for (unsigned i = 0; i < found; i++) {
		assert_int_equal(configs[i].version, 14 - i);
		assert_int_equal(configs[i].cloud_update_ms, 1014 - i);
		config_clear(&configs[i]);
	}
	assert_int_equal(rig_count(&g, "config"), REGISTRY_CONFIGS);
}

static void an_acknowledged_config_is_noted_once(void **state)
{
	struct registry_config configs[REGISTRY_CONFIGS];
	struct registry_login login;
	struct registry_device d;
	uint64_t key, version;
	size_t found;

	(void)state;
	rig_add(&g, "pump-7");
	key = rig_key(&g, "pump-7");
	assert_ok(config_set(g.r, rig_path("pump-7"), 0, bytes_of("two"), 5, &version));
	queue_config_acked(g.r, key, 2, 100);
	queue_config_acked(g.r, key, 1, 200);
	queue_config_acked(g.r, key, 2, 300);
	queue_config_acked(g.r, key, 9, 400);      /* never was */
	assert_true(registry_flush(g.r, 5000));
	assert_ok(config_list(g.r, rig_path("pump-7"), configs, &found));
	assert_int_equal(found, 2);
	assert_int_equal(configs[0].device_ack_ms, 100);
	assert_int_equal(configs[1].device_ack_ms, 200);
	config_clear(&configs[0]);
	config_clear(&configs[1]);
	assert_ok(login_get(g.r, rig_path("pump-7"), &login));
	assert_true(login.config_acked == 2 && login.config_version == 2);
	login_clear(&login);
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_int_equal(d.config_ack_ms, 300);
	device_clear(&d);
}

/* ---- Logins --------------------------------------------------------------- */

static void a_login_reads_all_it_needs(void **state)
{
	struct registry_device d = { .id = "pump-7", .blocked = true, .credential_count = 2 };
	struct registry_login login, again;
	struct registry_config config;
	struct credential parsed;
	char ec[1024], rsa[1024], error[CREDENTIAL_ERROR];

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	snprintf(rsa, sizeof rsa, "%s", rig_rsa_pem());
	d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, 55, ec };
	d.credentials[1] = (struct registry_credential){ CREDENTIAL_RSA_PEM, CREDENTIAL_NEVER, rsa };
	d.config.data = (uint8_t *)ec;
	d.config.len = 5;
	assert_ok(device_create(g.r, rig_fleet, &d));
	assert_ok(login_get(g.r, rig_path("pump-7"), &login));
	assert_string_equal(login.device, "pump-7");
	assert_true(login.num_id == d.num_id && login.blocked && !login.mqtt_disabled);
	assert_int_equal(login.level, REGISTRY_LEVEL_INFO);
	assert_true(login.config_version == 1 && login.config_acked == 0);
	assert_int_equal(login.credential_count, 2);
	assert_true(login.credentials[0].expires_s == 55 && login.credentials[1].format == CREDENTIAL_RSA_PEM);
	for (size_t i = 0; i < 2; i++) {
		assert_true(credential_read(&parsed, d.credentials[i].format, bytes_of(d.credentials[i].pem), error));
		assert_string_equal(login.credentials[i].fingerprint, parsed.fingerprint);
		assert_int_equal(EVP_PKEY_eq(login.credentials[i].key, parsed.key), 1);
		credential_free(&parsed);
	}
	assert_ok(login_config(g.r, login.key, &config));
	assert_true(config.version == 1 && config.len == 5);
	config_clear(&config);

	char number[32];

	snprintf(number, sizeof number, "%llu", (unsigned long long)d.num_id);
	assert_ok(login_get(g.r, rig_path(number), &again));
	assert_int_equal(again.key, login.key);
	assert_int_equal(again.credential_count, 2);
	login_clear(&again);
	login_clear(&login);
}

static void the_level_of_a_login(void **state)
{
	static const struct { enum registry_level registry, device, want; } rows[] = {
		{ REGISTRY_LEVEL_UNSET, REGISTRY_LEVEL_UNSET, REGISTRY_LEVEL_INFO },
		{ REGISTRY_LEVEL_ERROR, REGISTRY_LEVEL_UNSET, REGISTRY_LEVEL_ERROR },
		{ REGISTRY_LEVEL_ERROR, REGISTRY_LEVEL_DEBUG, REGISTRY_LEVEL_DEBUG },
		{ REGISTRY_LEVEL_DEBUG, REGISTRY_LEVEL_NONE,  REGISTRY_LEVEL_NONE },
	};
	struct registry_login login;

	(void)state;
	rig_add(&g, "pump-7");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct registry_info info = { .id = "fleet", .level = rows[i].registry, .mqtt_disabled = true };
		const struct registry_device d = { .level = rows[i].device };

		assert_ok(registry_update(g.r, rig_fleet, &info));
		assert_ok(device_update(g.r, rig_path("pump-7"), DEVICE_LEVEL, &d));
		assert_ok(login_get(g.r, rig_path("pump-7"), &login));
		assert_int_equal(login.level, rows[i].want);
		assert_true(login.mqtt_disabled);
		login_clear(&login);
	}
}

static void a_key_is_never_used_again(void **state)
{
	struct registry_config config;
	struct registry_device d;
	uint64_t before;

	(void)state;
	rig_add(&g, "pump-7");
	before = rig_key(&g, "pump-7");
	assert_ok(device_delete(g.r, rig_path("pump-7")));
	check_refused(login_config(g.r, before, &config), REGISTRY_NOT_FOUND, "the device was deleted");
	rig_reopen(&g);
	rig_add(&g, "pump-7");
	assert_true(rig_key(&g, "pump-7") != before);

	/* What the writer held for the deleted one is confirmed, and does not reach the new one. */
	assert_ok(queue_state(g.r, before, bytes_of("late"), 1, 42));
	queue_config_acked(g.r, before, 1, 1);
	queue_error(g.r, before, 5, "late", 1);
	assert_int_equal(rig_next(&g, 5000), 42);
	assert_true(registry_flush(g.r, 5000));
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.state.data == NULL && d.error_count == 0 && d.config_ack_ms == 0);
	device_clear(&d);
}

/* ---- Owners --------------------------------------------------------------- */

static void the_last_connection_owns_the_device(void **state)
{
	uint64_t before = 99, owner = 0;

	(void)state;
	assert_false(device_owner(g.r, 7, &owner));
	assert_ok(device_claim(g.r, 7, 100, &before));
	assert_int_equal(before, 0);
	assert_ok(device_claim(g.r, 7, 101, &before));
	assert_int_equal(before, 100);
	device_release(g.r, 7, 100);               /* the one that was replaced */
	assert_true(device_owner(g.r, 7, &owner));
	assert_int_equal(owner, 101);
	device_release(g.r, 7, 101);
	assert_false(device_owner(g.r, 7, &owner));
	device_release(g.r, 7, 101);
}

/* Against the plainest model: an array. */
static void a_map_keeps_what_it_was_given(void **state)
{
	enum { KEYS = 500 };
	uint64_t model[KEYS + 1] = { 0 };
	struct map m = { 0 };
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		seed = seed * 1103515245 + 12345;
		const uint64_t key = 1 + (seed >> 8) % KEYS;

		if ((seed >> 28) % 2 == 0) {
			*map_put(&m, key << 40 | key) = i;
			model[key] = i;
		} else {
			map_remove(&m, key << 40 | key);
			model[key] = 0;
		}
		const uint64_t probe = 1 + (seed >> 4) % KEYS, *v = map_get(&m, probe << 40 | probe);

		assert_int_equal(v != NULL ? *v : 0, model[probe]);
	}
	map_clear(&m);
}

/* ---- Transactions --------------------------------------------------------- */

static void an_import_is_all_or_nothing(void **state)
{
	struct registry_device d = { .id = "pump-7" }, got;

	(void)state;
	check_refused(registry_commit(g.r), REGISTRY_PRECONDITION, "no transaction has begun");
	assert_ok(registry_begin(g.r));
	check_refused(registry_begin(g.r), REGISTRY_PRECONDITION, "begun already");
	assert_ok(device_create(g.r, rig_fleet, &d));
	check_refused(device_create(g.r, rig_fleet, &d), REGISTRY_EXISTS, "'pump-7'");     /* undoes itself only */
	check_refused(create_with("half", CREDENTIAL_ES256_PEM, (char[]){ "x" }), REGISTRY_INVALID, "credentials[0]: ");
	check_refused(device_get(g.r, rig_path("half"), &got), REGISTRY_NOT_FOUND, "'half'");
	snprintf(d.id, sizeof d.id, "pump-8");
	d.num_id = 0;
	assert_ok(device_create(g.r, rig_fleet, &d));
	assert_ok(device_get(g.r, rig_path("pump-8"), &got));
	device_clear(&got);
	assert_ok(registry_rollback(g.r));
	check_refused(device_get(g.r, rig_path("pump-7"), &got), REGISTRY_NOT_FOUND, "'pump-7'");

	assert_ok(registry_begin(g.r));
	rig_add(&g, "pump-9");
	assert_ok(registry_commit(g.r));
	assert_ok(registry_begin(g.r));
	rig_add(&g, "pump-10");
	rig_reopen(&g);                            /* closing undoes what was not committed */
	assert_ok(device_get(g.r, rig_path("pump-9"), &got));
	device_clear(&got);
	check_refused(device_get(g.r, rig_path("pump-10"), &got), REGISTRY_NOT_FOUND, "'pump-10'");
}

/* ---- Opening -------------------------------------------------------------- */

static void run_sql(const char *file, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void check_not_opened(const char *says)
{
	g.r = registry_open(g.file, "here", g.error);
	if (g.r != NULL || strstr(g.error, says) == NULL)
		fail_msg("%s", g.r != NULL ? "opened" : g.error);
}

static void a_second_process_is_told_who_has_it(void **state)
{
	char error[REGISTRY_ERROR], who[64];

	(void)state;
	assert_null(registry_open(g.file, "there", error));
	snprintf(who, sizeof who, "is open already, by process %ld (node 'here')", (long)getpid());
	if (strstr(error, who) == NULL)
		fail_msg("%s", error);
}

static void a_newer_version_is_refused_and_left_alone(void **state)
{
	(void)state;
	registry_close(g.r);
	run_sql(g.file, "PRAGMA user_version = 3");
	check_not_opened("its tables are of version 3, and this program knows 1 to 2");
	run_sql(g.file, "PRAGMA user_version = 2");
	rig_open(&g);
}

/* As the tables of version 1 were: `seen` knew no diagnosis. */
static void a_registry_of_version_1_is_brought_up(void **state)
{
	char line[] = "x", code[] = "A";
	struct registry_device d;
	uint64_t key;

	(void)state;
	rig_add(&g, "pump-7");
	key = rig_key(&g, "pump-7");
	queue_error(g.r, key, 5, "before", 7);
	assert_true(registry_flush(g.r, 5000));
	registry_close(g.r);
	run_sql(g.file, "ALTER TABLE seen DROP COLUMN diagnosis_ms; ALTER TABLE seen DROP COLUMN diagnosis_at_ms;"
		"ALTER TABLE seen DROP COLUMN diagnosis_times; ALTER TABLE seen DROP COLUMN diagnosis_code;"
		"ALTER TABLE seen DROP COLUMN diagnosis_line; PRAGMA user_version = 1");
	rig_open(&g);
	queue_diagnosis(g.r, key, &(struct registry_diagnosis){ 9, 8, 1, code, line });
	assert_true(registry_flush(g.r, 5000));
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_string_equal(d.error_text, "before");
	assert_string_equal(d.diagnosis.code, "A");
	device_clear(&d);
}

static void the_database_of_another_is_refused(void **state)
{
	(void)state;
	registry_close(g.r);
	g.r = NULL;
	unlink(g.file);
	run_sql(g.file, "CREATE TABLE dear (diary)");
	check_not_opened("it is the database of another program");
	run_sql(g.file, "INSERT INTO dear VALUES ('still here')");
}

static void what_is_no_database_is_refused(void **state)
{
	FILE *f;

	(void)state;
	registry_close(g.r);
	g.r = NULL;
	f = fopen(g.file, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", f);
	fclose(f);
	check_not_opened("the file is no database");
}

static void a_folder_that_is_not_there(void **state)
{
	struct rig h = { .file = "/tmp/tern-unit-nowhere/registry.db" };

	(void)state;
	assert_null(registry_open(h.file, "here", h.error));
	assert_non_null(strstr(h.error, "No such file or directory"));
}

static void only_its_owner_reads_the_file(void **state)
{
	struct stat s;

	(void)state;
	assert_int_equal(stat(g.file, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
}

/* Every byte of the file damaged, one at a time in big steps: no crash, and an answer or a sentence. */
static void a_damaged_database_crashes_nothing(void **state)
{
	struct registry_device d;
	struct registry_login login;
	struct stat s;
	char ec[1024];

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	for (int i = 0; i < 20; i++) {
		d = (struct registry_device){ .credential_count = 1 };
		d.credentials[0] = (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
		snprintf(d.id, sizeof d.id, "dev-%02d", i);
		assert_ok(device_create(g.r, rig_fleet, &d));
	}
	registry_close(g.r);
	g.r = NULL;
	assert_int_equal(stat(g.file, &s), 0);
	for (off_t at = 16; at < s.st_size; at += 211) {
		FILE *f = fopen(g.file, "r+");
		int was;

		fseek(f, at, SEEK_SET);
		was = fgetc(f);
		fseek(f, at, SEEK_SET);
		fputc(was ^ 0xff, f);
		fclose(f);
		g.r = registry_open(g.file, "here", g.error);
		if (g.r != NULL) {
			if (device_get(g.r, rig_path("dev-07"), &d) == REGISTRY_OK)
				device_clear(&d);
			else
				assert_true(strlen(registry_error(g.r)) > 0);
			if (login_get(g.r, rig_path("dev-13"), &login) == REGISTRY_OK)
				login_clear(&login);
			registry_close(g.r);
			g.r = NULL;
		} else
			assert_true(strlen(g.error) > 0);
		f = fopen(g.file, "r+");
		fseek(f, at, SEEK_SET);
		fputc(was, f);
		fclose(f);
	}
	rig_open(&g);
	assert_ok(device_get(g.r, rig_path("dev-07"), &d));
	device_clear(&d);
}

static void a_backup_is_a_registry(void **state)
{
	struct rig copy = { .r = NULL };
	struct registry_device d;

	(void)state;
	rig_add(&g, "pump-7");
	snprintf(copy.file, sizeof copy.file, "%s/copy.db", g.folder);
	assert_ok(registry_backup(g.r, copy.file));
	check_refused(registry_backup(g.r, copy.file), REGISTRY_EXISTS, "File exists");
	check_refused(registry_backup(g.r, "/tmp/tern-unit-nowhere/copy.db"), REGISTRY_FAULT, "No such file or directory");
	rig_add(&g, "pump-8");
	rig_open(&copy);
	assert_int_equal(device_get(copy.r, rig_path("pump-7"), &d), REGISTRY_OK);
	device_clear(&d);
	assert_int_equal(device_get(copy.r, rig_path("pump-8"), &d), REGISTRY_NOT_FOUND);
	registry_close(copy.r);
}

static void memory_leaves_no_file(void **state)
{
	char error[REGISTRY_ERROR], before[REGISTRY_ERROR];
	struct registry *r = registry_open(":memory:", "here", error), *s = registry_open(":memory:", "here", before);
	const struct registry_info info = { .id = "fleet" };
	static uint8_t data[20000];
	struct registry_device got;

	(void)state;
	assert_true(r != NULL && s != NULL && r != s);
	assert_int_equal(registry_create(r, rig_fleet, &info), REGISTRY_OK);
	assert_int_equal(registry_create(s, rig_fleet, &info), REGISTRY_OK);
	for (uint64_t i = 1; i <= 200; i++) {             /* enough that SQLite's log is moved */
		struct registry_device d = { .config = { .data = data, .len = sizeof data } };

		snprintf(d.id, sizeof d.id, "dev-%u", (unsigned)i);
		assert_int_equal(device_create(r, rig_fleet, &d), REGISTRY_OK);
		assert_int_equal(queue_state(r, i, (struct bytes){ data, sizeof data }, 1, i), REGISTRY_OK);
	}
	assert_true(registry_flush(r, 10000));
	assert_int_equal(device_get(r, rig_path("dev-200"), &got), REGISTRY_OK);
	assert_int_equal(got.state.len, sizeof data);
	device_clear(&got);
	registry_close(r);
	registry_close(s);
	registry_close(NULL);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_rig(a_registry_is_made_read_changed_and_deleted),
		with_rig(a_bad_registry_changes_nothing),
		with_rig(a_registry_with_devices_stays),
		with_rig(registries_are_listed_by_page),
		with_rig(a_device_is_stored_whole),
		with_rig(what_a_device_may_not_be),
		with_rig(ids_and_numbers_are_unique),
		with_rig(ids_that_differ_in_case_are_two),
		with_rig(only_the_masked_parts_change),
		with_rig(a_refused_key_leaves_the_old_ones),
		with_rig(the_same_public_key_twice_is_refused),
		with_rig(keys_must_be_signed_by_the_registrys_certificates),
		with_rig(the_part_that_is_unknown_is_named),
		with_rig(devices_are_listed_by_page_and_by_id),
		with_rig(a_list_holds_the_parts_asked_for),
		with_rig(a_page_is_bounded_in_bytes),
		with_rig(configs_have_versions_and_ten_are_kept),
		with_rig(an_acknowledged_config_is_noted_once),
		with_rig(a_login_reads_all_it_needs),
		with_rig(the_level_of_a_login),
		with_rig(a_key_is_never_used_again),
		with_rig(the_last_connection_owns_the_device),
		cmocka_unit_test(a_map_keeps_what_it_was_given),
		with_rig(an_import_is_all_or_nothing),
		with_rig(a_second_process_is_told_who_has_it),
		with_rig(a_newer_version_is_refused_and_left_alone),
		with_rig(a_registry_of_version_1_is_brought_up),
		with_rig(the_database_of_another_is_refused),
		with_rig(what_is_no_database_is_refused),
		cmocka_unit_test(a_folder_that_is_not_there),
		with_rig(only_its_owner_reads_the_file),
		with_rig(a_damaged_database_crashes_nothing),
		with_rig(a_backup_is_a_registry),
		cmocka_unit_test(memory_leaves_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
