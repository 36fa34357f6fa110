/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "port.h"

static uint8_t buf[512];
static size_t at, len;

void source_open(void)
{
	say("open\n");
}

void source_phase(enum source_phase phase)
{
	static const char *const names[SOURCE_PHASES] = {
		[SOURCE_FULL] = "phase full\n",
		[SOURCE_FULL_PUBLISH] = "phase full_publish\n",
		[SOURCE_RESUMED] = "phase resumed\n",
	};

	say(names[phase]);
}

static void say_received(void)
{
	char hex[2 * sizeof buf + 8];
	struct text t;

	text_init(&t, hex, sizeof hex);
	text_add(&t, "rx ");
	for (size_t i = 0; i < len; i++)
		text_add_hex(&t, buf[i], 2);
	text_add(&t, "\n");
	say(hex);
}

struct bytes source_peek(void)
{
	if (at == len) {
		port_idle(port_now_ms() + 10);
		at = 0;
		len = port_read(PORT_MODEM, buf, sizeof buf);
		if (len > 0)
			say_received();
	}
	return (struct bytes){ buf + at, len - at };
}

void source_done(size_t n)
{
	at += n;
}

void source_send(const uint8_t *data, size_t n)
{
	while (n > 0) {
		size_t taken = port_write(PORT_MODEM, data, n);

		data += taken;
		n -= taken;
		if (n > 0)
			port_idle(port_now_ms() + 10);
	}
}
