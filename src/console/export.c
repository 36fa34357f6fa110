/* SPDX-License-Identifier: Apache-2.0 */
#include "console/export.h"

#include "console/console.h"
#include "crypto/base64.h"
#include "crypto/roots.h"
#include "device/device.h"
#include "device/secrets.h"
#include "device/values.h"

#include <string.h>

enum {
	LINE = 48,                     /* bytes that a line of PEM holds */
	ROW  = 8 * LINE,
	ROOT_ROWS = (ROOT_DER_MAX + ROW - 1) / ROW,
	VALUE_MAX = 256
};

static void value_row(struct console *c, enum settings_key key)
{
	const struct settings_info *info = settings_info(key);
	struct settings *s = device_settings(c->device);
	char value[VALUE_MAX];
	const char *quote;
	uint32_t number;

	if (settings_size(s, key) == 0)
		return;
	if (info->secret) {
		console_say(c, T("# %s: set, not exported"), info->name);
	} else if (info->kind == SETTINGS_U32) {
		if (settings_get_u32(s, key, &number) == ERR_OK)
			console_say(c, "set %s %u", info->name, number);
	} else if (settings_get_text(s, key, value, sizeof value, NULL) == ERR_OK) {
		quote = strchr(value, ' ') != NULL ? "\"" : "";
		console_say(c, "set %s %s%r%s", info->name, quote, value, quote);
	}
}

static void key_row(struct console *c)
{
	struct key_info info;
	char hex[2 * sizeof info.fingerprint + 1];
	struct text t;

	if (secrets_key_info(device_crypto(c->device), device_settings(c->device), &info) != ERR_OK) {
		console_say(c, T("# key: none that can be used"));
		return;
	}
	text_init(&t, hex, sizeof hex);
	for (size_t i = 0; i < sizeof info.fingerprint; i++)
		text_add_hex(&t, info.fingerprint[i], 2);
	if (info.alg == KEY_ES256)
		out_text(&c->out, "# key: EC P-256");
	else
		out_format(&c->out, "# key: RSA %u", (uint32_t)info.bits);
	console_say(c, T(" SHA256:%s, not exported"), hex);
}

static void pem_line(struct console *c, const uint8_t *data, size_t n)
{
	char text[BASE64_STD_LEN(LINE)];

	out_bytes(&c->out, (struct bytes){ (const uint8_t *)text, base64_encode(BASE64_STD, data, n, text) });
	out_end(&c->out);
}

/* Part PART of root SLOT, in PEM. */
static void root_row(struct console *c, unsigned slot, unsigned part)
{
	enum settings_key key = (enum settings_key)(SETTINGS_ROOT_0 + (int)slot);
	size_t len = settings_size(device_settings(c->device), key), at = (size_t)part * ROW, n;
	uint8_t der[LINE];

	if (at >= len)
		return;
	if (part == 0)
		console_say(c, "-----BEGIN CERTIFICATE-----");
	for (size_t end = at + ROW; at < len && at < end; at += n) {
		n = len - at < LINE ? len - at : LINE;
		if (settings_read(device_settings(c->device), key, at, der, n) != ERR_OK)
			memset(der, 0, n);      /* and it does not parse: nothing is exported in silence */
		pem_line(c, der, n);
	}
	if (at == len)
		console_say(c, "-----END CERTIFICATE-----");
}

bool export_row(struct console *c, unsigned row)
{
	enum settings_key key;
	unsigned values = 0;

	if (values_at(row, &key)) {
		value_row(c, key);
		return true;
	}
	while (values_at(values, &key))
		values++;
	row -= values;
	if (row == 0)
		key_row(c);
	else if (row == 1)
		console_say(c, device_has_seed(c->device) ? T("# seed: set, not exported") : T("# seed: none"));
	else
		root_row(c, (row - 2) / ROOT_ROWS, (row - 2) % ROOT_ROWS);
	return row + 1 < 2 + SETTINGS_ROOTS * ROOT_ROWS;
}
