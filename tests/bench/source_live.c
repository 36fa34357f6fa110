/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "base/ticks.h"
#include "port.h"

enum { QUIET_MS = 100 };

static uint8_t buf[512];
static size_t at, len;

/* The line is quiet for a while: nothing of the last connection is on its way. */
static void wait_for_quiet(void)
{
	uint32_t until = port_now_ms() + QUIET_MS;

	while (!ticks_reached(port_now_ms(), until)) {
		port_idle(until);
		if (port_read(PORT_MODEM, buf, sizeof buf) > 0)
			until = port_now_ms() + QUIET_MS;
	}
	at = len = 0;
}

void source_open(void)
{
	wait_for_quiet();
	say("open\n");
}

void source_phase(enum source_phase phase)
{
	static const char *const names[SOURCE_PHASES] = {
		[SOURCE_FULL] = "phase full\n",
		[SOURCE_FULL_PUBLISH] = "phase full_publish\n",
		[SOURCE_LARGE] = "phase large\n",
		[SOURCE_RESUMED] = "phase resumed\n",
		[SOURCE_FLIGHT] = "phase flight\n",
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

/* Asked for on the console: two bytes of its length, then it. */
struct bytes source_root(void)
{
	static uint8_t root[2 + 2048];
	static size_t have;
	size_t want = have < 2 ? 2 : 2 + ((size_t)root[0] << 8 | root[1]);

	if (have == 0)
		say("root\n");
	while (have < want) {
		port_idle(port_now_ms() + 10);
		have += port_read(PORT_CONSOLE, root + have, want - have);
		want = have < 2 ? 2 : 2 + ((size_t)root[0] << 8 | root[1]);
	}
	return (struct bytes){ root + 2, want - 2 };
}
