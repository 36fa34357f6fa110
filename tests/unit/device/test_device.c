/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "device/device.h"
#include "store/layout.h"
#include "support/flash_model.h"

#include <string.h>

static struct flash_model flash;
static struct device device;
static _Alignas(8) uint8_t arena[DEVICE_ARENA_SIZE * sizeof(void *) / 4];
static uint8_t outbox[256];

static void set(enum settings_key key, const char *value)
{
	assert_int_equal(settings_set(device_settings(&device), key, value, strlen(value)), ERR_OK);
}

static int set_up(void **state)
{
	struct device_config cfg = {
		.flash = &flash.flash, .arena = arena, .arena_size = sizeof arena, .outbox = outbox,
		.outbox_size = sizeof outbox, .unique_id = bytes_of("test"),
	};

	(void)state;
	flash_model_init(&flash, LAYOUT_PAGE_SIZE, LAYOUT_PAGES_MIN, 1);
	assert_int_equal(device_init(&device, &cfg, 0), ERR_OK);
	set(SETTINGS_HOST, "iot.example.com");
	set(SETTINGS_PROJECT, "my-project-123456");
	set(SETTINGS_REGION, "europe-west1");
	set(SETTINGS_REGISTRY, "fleet");
	set(SETTINGS_DEVICE, "dev-1");
	return 0;
}

static bool holds(const char *secret)
{
	const uint8_t *p = (const uint8_t *)&device;
	size_t n = strlen(secret);

	for (size_t i = 0; i + n <= sizeof device; i++)
		if (memcmp(p + i, secret, n) == 0)
			return true;
	return false;
}

static void a_start_that_fails_leaves_no_secret_in_memory(void **state)
{
	const char *missing;

	(void)state;
	set(SETTINGS_PIN, "73519264");
	set(SETTINGS_APN_PASSWORD, "open-sesame");
	assert_int_equal(device_start(&device, &missing, 0), ERR_KEY_MISSING);
	assert_false(holds("73519264"));
	assert_false(holds("open-sesame"));
}

static void a_host_that_the_modem_cannot_take_is_named_at_the_start(void **state)
{
	char host[QUECTEL_HOST_SIZE + 1];
	const char *missing = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof host; i++)
		host[i] = i % 16 == 15 && i + 2 < sizeof host ? '.' : 'a';   /* labels have 63 characters at most */
	host[QUECTEL_HOST_SIZE] = '\0';
	set(SETTINGS_HOST, host);
	assert_int_equal(device_start(&device, &missing, 0), ERR_TOO_LONG);
	assert_string_equal(missing, "host");
	host[QUECTEL_HOST_SIZE - 1] = '\0';
	set(SETTINGS_HOST, host);
	assert_int_equal(device_start(&device, &missing, 0), ERR_KEY_MISSING);
}

static void what_is_not_set_is_named(void **state)
{
	static const struct { enum settings_key key; const char *name; } rows[] = {
		{ SETTINGS_HOST, "host" },         { SETTINGS_PROJECT, "project" }, { SETTINGS_REGION, "region" },
		{ SETTINGS_REGISTRY, "registry" }, { SETTINGS_DEVICE, "device" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *missing = NULL;

		(void)set_up(state);
		assert_int_equal(settings_erase(device_settings(&device), rows[i].key), ERR_OK);
		assert_int_equal(device_start(&device, &missing, 0), ERR_DEVICE_SETTING);
		assert_string_equal(missing, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_start_that_fails_leaves_no_secret_in_memory, set_up),
		cmocka_unit_test_setup(a_host_that_the_modem_cannot_take_is_named_at_the_start, set_up),
		cmocka_unit_test(what_is_not_set_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
