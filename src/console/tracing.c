/* SPDX-License-Identifier: Apache-2.0 */
#include "console/tracing.h"

#include "base/packed.h"
#include "console/console.h"
#include "device/device.h"
#include "device/trace.h"

static const struct {
	const char     *name;
	enum trace_what what;
} layers[] = {
	{ "at", TRACE_AT }, { "tls", TRACE_TLS }, { "mqtt", TRACE_MQTT },
};

enum { LAYERS = sizeof layers / sizeof layers[0], ALL = TRACE_AT | TRACE_TLS | TRACE_MQTT };

static void say_what(struct console *c)
{
	unsigned on = device_traced(c->device);

	out_text(&c->out, on == 0 ? T("nothing is traced") : T("traced:"));
	for (size_t i = 0; i < LAYERS; i++)
		if ((on & layers[i].what) != 0)
			out_format(&c->out, " %s", layers[i].name);
	out_end(&c->out);
}

static void set(struct console *c, unsigned what, bool on)
{
	enum err err = device_trace(c->device, what, on);

	if (err == ERR_CRYPTO_MEMORY) {
		console_say(c, T("error: no memory for it now; try again when nothing is connected"));
		return;
	}
	if (err == ERR_STATE)
		console_say(c, T("note: a connection is up: TLS and MQTT are shown from the next one on"));
	say_what(c);
}

/* The layer named by WORD; 0: none. */
static unsigned layer(struct bytes word)
{
	for (size_t i = 0; i < LAYERS; i++)
		if (bytes_equal_text(word, layers[i].name))
			return layers[i].what;
	return bytes_equal_text(word, "all") ? ALL : 0;
}

void tracing_run(struct console *c, struct bytes args)
{
	size_t n = 0;

	while (n < args.len && args.data[n] != ' ')
		n++;

	struct bytes first = { args.data, n };
	struct bytes second = { args.data + n, args.len - n };

	while (second.len > 0 && *second.data == ' ')
		second = (struct bytes){ second.data + 1, second.len - 1 };
	if (args.len == 0)
		say_what(c);
	else if (second.len == 0 && bytes_equal_text(first, "off"))
		set(c, ALL, false);
	else if (layer(first) != 0 && bytes_equal_text(second, "on"))
		set(c, layer(first), true);
	else if (layer(first) != 0 && bytes_equal_text(second, "off"))
		set(c, layer(first), false);
	else
		console_say(c, T("error: usage: trace at|tls|mqtt|all on|off"));
}

void tracing_step(struct console *c)
{
	char buf[TRACE_LINE];
	struct text line;

	while (out_room(&c->out) >= TRACE_LINE + CONSOLE_ROOM) {
		text_init(&line, buf, sizeof buf);
		if (!device_trace_next(c->device, &line))
			return;
		(void)console_print(c, "%s", buf);   /* printable ASCII: nothing in it is packed */
	}
}
