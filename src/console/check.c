/* SPDX-License-Identifier: Apache-2.0 */
#include "console/check.h"

#include "console/console.h"
#include "console/credentials.h"
#include "device/clock.h"
#include "device/device.h"
#include "device/secrets.h"
#include "store/settings.h"

static void board_row(struct console *c)
{
	struct bytes id = device_unique_id(c->device);
	char hex[2 * 32 + 1];
	struct text t;

	text_init(&t, hex, sizeof hex);
	for (size_t i = 0; i < id.len; i++)
		text_add_hex(&t, id.data[i], 2);
	console_say(c, T("board %s"), hex);
}

/* What a device cannot be without; each that is missing is named. */
static void settings_row(struct console *c)
{
	static const uint8_t needed[] = { SETTINGS_HOST, SETTINGS_PROJECT, SETTINGS_REGION, SETTINGS_REGISTRY,
					  SETTINGS_DEVICE };
	bool all = true;

	for (size_t i = 0; i < sizeof needed; i++) {
		enum settings_key key = (enum settings_key)needed[i];

		if (settings_size(device_settings(c->device), key) > 0)
			continue;
		out_text(&c->out, all ? T("error: not set: ") : ", ");
		out_text(&c->out, settings_info(key)->name);
		all = false;
	}
	console_say(c, all ? T("ok: settings") : "");
}

static void key_row(struct console *c)
{
	credentials_show_key(c, true);
}

static void seed_row(struct console *c)
{
	bool makes = noise_hope(entropy_noise(c->device)) >= RNG_LIVE_BITS;

	out_text(&c->out, device_has_seed(c->device) ? T("ok: seed: ") :
			  makes ? T("note: seed, made from noise when needed: ") : T("error: seed: "));
	credentials_show_seed(c);
}

static void clock_row(struct console *c)
{
	struct device_status s;

	device_status(c->device, &s, c->now_ms);
	console_say(c, s.clock_source == CLOCK_UNSET ? T("note: clock: not set; a start asks the network") :
		    T("ok: clock"));
}

static void no_root_row(struct console *c)
{
	if (secrets_root_count(device_settings(c->device)) == 0)
		console_say(c, T("error: root: not set"));
}

bool check_row(struct console *c, unsigned row)
{
	static void (*const rows[])(struct console *c) = {
		board_row, settings_row, key_row, seed_row, no_root_row, clock_row,
	};
	enum { ROWS = sizeof rows / sizeof rows[0] };

	if (row < ROWS)
		rows[row](c);
	else
		(void)credentials_show_root(c, row - ROWS, true);
	return row + 1 < ROWS + SETTINGS_ROOTS;
}
