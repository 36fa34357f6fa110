/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worked examples of SPEC.md, made by the code that the device runs.
 *
 *   spec_example token KEY.pem PROJECT IAT EXP
 *   spec_example store         set port 8883, forget it, set it again: the first granules, hexadecimal
 *   spec_example login         the bytes that open a session
 */
#include "cloud/iotcore.h"
#include "crypto/jwt.h"
#include "store/layout.h"
#include "store/settings.h"
#include "support/flash_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(8) uint8_t memory[64 * 1024];
static struct crypto crypto;

static int fail(const char *what)
{
	fprintf(stderr, "spec_example: %s\n", what);
	return 1;
}

static bool load_key(const char *path, uint8_t der[KEY_DER_MAX], size_t *len)
{
	static char text[8192];
	struct key_info info;
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(text, 1, sizeof text, f) : 0;

	if (f != NULL)
		fclose(f);
	crypto_init(&crypto, memory, sizeof memory, "example", 7);
	return key_from_pem(&crypto, (struct bytes){ (uint8_t *)text, n }, der, KEY_DER_MAX, len, &info) == ERR_OK;
}

static int token(char **argv)
{
	static uint8_t der[KEY_DER_MAX];
	struct jwt_claims claims = { .iat = atoll(argv[2]), .exp = atoll(argv[3]) };
	char out[2048];
	size_t der_len, len;

	if (!load_key(argv[0], der, &der_len))
		return fail("the key cannot be read");
	snprintf(claims.aud, sizeof claims.aud, "%s", argv[1]);
	if (jwt_sign(&crypto, (struct bytes){ der, der_len }, &claims, out, sizeof out, &len) != ERR_OK)
		return fail("no token");
	puts(out);
	return 0;
}

static void print_hex(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x%s", p[i], i % 8 == 7 || i + 1 == n ? "\n" : " ");
}

static int store(void)
{
	static struct flash_model m;
	static struct settings s;
	size_t used = 0;

	flash_model_init(&m, LAYOUT_PAGE_SIZE, LAYOUT_PAGES_MIN, 1);
	if (settings_init(&s, &m.flash, LAYOUT_SETTINGS_PAGE, LAYOUT_SETTINGS_PAGES) != ERR_OK ||
	    settings_set_u32(&s, SETTINGS_PORT, 8883) != ERR_OK || settings_erase(&s, SETTINGS_PORT) != ERR_OK ||
	    settings_set_u32(&s, SETTINGS_PORT, 443) != ERR_OK)
		return fail("not stored");
	for (size_t i = 0; i < sizeof m.mem; i++)
		if (m.mem[i] != 0xff)
			used = i + 1;
	for (size_t from = LAYOUT_SETTINGS_PAGE * LAYOUT_PAGE_SIZE; from < used; from += LAYOUT_PAGE_SIZE)
		if (m.mem[from] != 0xff)
			print_hex(m.mem + from, used - from);
	return 0;
}

static int login(void)
{
	static uint8_t rx[64], tx[512], inbox[64], state[64];
	static char name[256];
	static struct mqtt_slot slots[4];
	struct iotcore_config cfg = {
		.mqtt = { .rx = rx, .rx_size = sizeof rx, .tx = tx, .tx_size = sizeof tx, .slots = slots,
			  .slot_count = 4, .connack_s = 30, .ack_s = 60, .pong_s = 30 },
		.ids = { .project = bytes_of("my-project-123456"), .region = bytes_of("europe-west1"),
			 .registry = bytes_of("fleet"), .device = bytes_of("dev-1") },
		.name = name, .name_size = sizeof name, .inbox = inbox, .inbox_size = sizeof inbox,
		.state = state, .state_size = sizeof state, .keepalive_s = 240, .command_qos = 1,
	};
	struct iotcore_message m = { .payload = bytes_of("{}"), .qos = 1 };
	static struct iotcore c;
	const uint8_t *out;
	size_t len;

	if (iotcore_init(&c, &cfg, NULL) != ERR_OK || iotcore_connect(&c, bytes_of("TOKEN"), 21600, 0) != ERR_OK ||
	    iotcore_publish(&c, &m, 1, 0) != ERR_OK)
		return fail("no login");
	out = iotcore_tx_peek(&c, &len);
	print_hex(out, len);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "token") == 0)
		return token(argv + 2);
	if (argc == 2 && strcmp(argv[1], "store") == 0)
		return store();
	if (argc == 2 && strcmp(argv[1], "login") == 0)
		return login();
	return fail("usage: token KEY.pem PROJECT IAT EXP | store | login");
}
