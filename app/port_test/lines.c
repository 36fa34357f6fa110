/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"
#include "probe.h"
#include "talk.h"

#include "base/crc.h"
#include "base/ticks.h"

enum { CHUNK = 64, SILENCE_MS = 2000 };

/* One way of a line: what is left of a chunk to be sent. */
struct outlet {
	enum port_uart uart;
	struct pattern pattern;
	uint8_t  chunk[CHUNK];
	size_t   off, len;
	uint32_t unmade;         /* bytes still to be made */
};

struct inlet {
	enum port_uart uart;
	struct pattern pattern;
	uint32_t expected, got, crc;
	uint32_t right;          /* bytes from the first on that are as they were sent */
};

static struct outlet outlet_of(enum port_uart uart, uint32_t len, uint32_t seed)
{
	return (struct outlet){ .uart = uart, .pattern = pattern_of(seed), .unmade = len };
}

static struct inlet inlet_of(enum port_uart uart, uint32_t len, uint32_t seed)
{
	return (struct inlet){ .uart = uart, .pattern = pattern_of(seed), .expected = len };
}

static bool is_sent(const struct outlet *o)
{
	return o->off == o->len && o->unmade == 0;
}

/* Both: true when bytes moved. */
static bool send_some(struct outlet *o)
{
	size_t n;

	if (is_sent(o))
		return false;
	if (o->off == o->len) {
		o->off = 0;
		o->len = o->unmade < CHUNK ? o->unmade : CHUNK;
		o->unmade -= (uint32_t)o->len;
		pattern_fill(&o->pattern, o->chunk, o->len);
	}
	n = port_write(o->uart, o->chunk + o->off, o->len - o->off);
	o->off += n;
	return n > 0;
}

static bool take_some(struct inlet *in)
{
	uint8_t buf[CHUNK];
	uint32_t left = in->expected - in->got;
	size_t n = port_read(in->uart, buf, left < CHUNK ? left : CHUNK);

	in->crc = crc32(in->crc, buf, n);
	for (size_t i = 0; i < n; i++, in->got++)
		if (buf[i] == pattern_byte(&in->pattern) && in->right == in->got)
			in->right++;
	return n > 0;
}

/* Until all has moved, or nothing for SILENCE_MS.  Returns how long it took, without the silence. */
static uint32_t run(struct outlet *out, struct inlet *in)
{
	uint32_t start_ms = port_now_ms(), moved_ms = start_ms;

	while ((!is_sent(out) || in->got < in->expected) && !port_finished()) {
		bool moved = send_some(out);

		moved |= take_some(in);
		port_alive();
		if (moved)
			moved_ms = port_now_ms();
		else if (ticks_reached(port_now_ms(), moved_ms + SILENCE_MS))
			break;
		else
			port_idle(moved_ms + SILENCE_MS);
	}
	return moved_ms - start_ms;
}

static void tell(const struct inlet *in, uint32_t took_ms)
{
	talk_u32("got", in->got);
	talk_u32("right", in->right);
	talk_u32("crc", in->crc);
	talk_u32("ms", took_ms);
}

void lines_loop(const uint32_t arg[PROBE_ARGS])
{
	struct outlet out = outlet_of(PORT_MODEM, arg[0], arg[1]);
	struct inlet in = inlet_of(PORT_MODEM, arg[0], arg[1]);
	uint8_t old[CHUNK];

	for (unsigned i = 0; i < 64 && port_read(PORT_MODEM, old, sizeof old) > 0; i++)   /* of an earlier test */
		;
	tell(&in, run(&out, &in));
	talk_u32("sent", arg[0] - out.unmade - (uint32_t)(out.len - out.off));
}

void lines_sink(const uint32_t arg[PROBE_ARGS])
{
	struct outlet none = outlet_of(PORT_CONSOLE, 0, 0);
	struct inlet in = inlet_of(PORT_CONSOLE, arg[0], arg[1]);

	talk("ready\n");
	tell(&in, run(&none, &in));
}

void lines_source(const uint32_t arg[PROBE_ARGS])
{
	struct outlet out = outlet_of(PORT_CONSOLE, arg[0], arg[1]);
	struct inlet none = inlet_of(PORT_CONSOLE, 0, 0);

	talk("data\n");
	(void)run(&out, &none);
}

void lines_away(const uint32_t arg[PROBE_ARGS])
{
	struct outlet none = outlet_of(PORT_MODEM, 0, 0);
	struct inlet in = inlet_of(PORT_MODEM, arg[1], arg[2]);
	uint32_t back_ms;

	talk("away\n");
	back_ms = port_now_ms() + arg[0];
	while (!ticks_reached(port_now_ms(), back_ms))
		;
	tell(&in, run(&none, &in));
}

void lines_baud(const uint32_t arg[PROBE_ARGS])
{
	talk_u32("done", port_modem_baud(arg[0]));
}

void lines_faults(const uint32_t arg[PROBE_ARGS])
{
	struct port_uart_faults f = port_uart_faults(arg[0] == PORT_MODEM ? PORT_MODEM : PORT_CONSOLE);

	talk_u32("overruns", f.overruns);
	talk_u32("noise", f.noise);
	talk_u32("dropped", f.dropped);
}
