/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"
#include "talk.h"

#include "base/ticks.h"

/* A counter that stands still, or a sleep that returns at once, must not hold the test up. */
enum { LOOKS_MAX = 20000000, CALLS_MAX = 1000000 };

void time_now(const uint32_t arg[PROBE_ARGS])
{
	(void)arg;
	talk_u32("now", port_now_ms());
}

void time_steps(const uint32_t arg[PROBE_ARGS])
{
	uint32_t start = port_now_ms(), last = start, steps = 0, back = 0, largest = 0;

	for (uint32_t looks = 0; looks < LOOKS_MAX && !ticks_reached(last, start + arg[0]); looks++) {
		uint32_t now = port_now_ms();

		if (!ticks_reached(now, last))
			back++;
		else if (now - last > largest)
			largest = now - last;
		steps += now != last;
		last = now;
		if (looks % 65536 == 0)
			port_alive();
	}
	talk_u32("elapsed", last - start);
	talk_u32("steps", steps);
	talk_u32("back", back);
	talk_u32("largest", largest);
}

void time_idle(const uint32_t arg[PROBE_ARGS])
{
	uint32_t start = port_now_ms(), calls = 0;

	for (; calls < CALLS_MAX && !ticks_reached(port_now_ms(), start + arg[0]); calls++) {
		port_idle(start + arg[0]);
		port_alive();
	}
	talk_u32("elapsed", port_now_ms() - start);
	talk_u32("calls", calls);
}

void time_past(const uint32_t arg[PROBE_ARGS])
{
	uint32_t start = port_now_ms();

	port_idle(start - arg[0]);
	talk_u32("elapsed", port_now_ms() - start);
}

/* The modem's byte is our own, sent just before: it comes back while we sleep. */
void time_wake(const uint32_t arg[PROBE_ARGS])
{
	enum port_uart uart = arg[0] == PORT_MODEM ? PORT_MODEM : PORT_CONSOLE;
	uint32_t start, calls = 0;
	uint8_t byte = 'U';
	size_t n = 0;

	if (uart == PORT_MODEM)
		(void)port_write(PORT_MODEM, &byte, 1);
	else
		talk("waiting\n");
	start = port_now_ms();
	for (; n == 0 && calls < CALLS_MAX && !ticks_reached(port_now_ms(), start + arg[1]); calls++) {
		port_idle(start + arg[1]);
		port_alive();
		n = port_read(uart, &byte, 1);
	}
	talk_u32("slept", port_now_ms() - start);
	talk_u32("came", (uint32_t)n);
	talk_u32("calls", calls);
}
