/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"
#include "probe.h"
#include "talk.h"

#include "base/ticks.h"

#include <string.h>

enum { LINE = 256, EDGE = 4, MARK = 0x5a, ID_MAX = 32, RETAINED = 64 };

static char line[LINE + EDGE];

static bool edge_kept(const char *end)
{
	for (size_t i = 0; i < EDGE; i++)
		if (end[i] != MARK)
			return false;
	return true;
}

/* What WRITE put into SIZE bytes, as NAME; "beyond 1" if it took more. */
static void tell_line(const char *name, size_t (*write)(char *, size_t), size_t size)
{
	size_t n;

	memset(line, MARK, sizeof line);
	n = write(line, size);
	talk_u32("beyond", n > size || !edge_kept(line + size));
	talk_u32("len", (uint32_t)n);
	line[n < size ? n : size] = '\0';
	talk_text(name, line);
}

static void tell_cause(void)
{
	struct text t;

	text_init(&t, line, sizeof line);
	evidence_add_word(&t, EVIDENCE_RESETS, port_reset_cause());
	talk_text("reset", line);
}

void board_facts(const uint32_t arg[PROBE_ARGS])
{
	int tenths = 0;
	bool down = false;

	(void)arg;
	port_led(true);
	if (port_button(&down))
		talk_u32("button", down);
	if (port_temperature(&tenths))
		talk_i32("tenths", tenths);
	port_led(false);
	tell_cause();
	talk_u32("waits", port_console_waits());
	tell_line("board", port_describe, LINE);
}

void board_last_fault(const uint32_t arg[PROBE_ARGS])
{
	(void)arg;
	talk_text("fault", port_last_fault());
}

void board_id(const uint32_t arg[PROBE_ARGS])
{
	size_t size = arg[0] < ID_MAX ? arg[0] : ID_MAX, n;

	memset(line, MARK, sizeof line);
	n = port_unique_id((uint8_t *)line, size);
	talk_u32("beyond", n > size || !edge_kept(line + size));
	talk_hex("id", (const uint8_t *)line, n < size ? n : size);
}

/* Writes a pattern from SEED into the retained bytes, or says whether it is there. */
static uint8_t *retained(void)
{
	return port_retained(RETAINED);
}

void board_retain(const uint32_t arg[PROBE_ARGS])
{
	struct pattern p = pattern_of(arg[0]);

	if (retained() != NULL)
		pattern_fill(&p, retained(), RETAINED);
}

void board_retained(const uint32_t arg[PROBE_ARGS])
{
	struct pattern p = pattern_of(arg[0]);
	uint32_t right = 0;

	talk_u32("has", retained() != NULL);
	talk_u32("aligned", (uintptr_t)retained() % 8 == 0);
	while (retained() != NULL && right < RETAINED && retained()[right] == pattern_byte(&p))
		right++;
	talk_u32("right", right);
}

void board_clock(const uint32_t arg[PROBE_ARGS])
{
	int64_t unix_s = 0;
	bool set = port_clock_read(&unix_s);
	char buf[24];
	struct text t;

	(void)arg;
	text_init(&t, buf, sizeof buf);
	text_add_i64(&t, unix_s);
	talk_u32("set", set);
	talk_text("unix", buf);
}

void board_clock_set(const uint32_t arg[PROBE_ARGS])
{
	port_clock_write((int64_t)arg[0]);
}

static void try_line(const char *name, enum port_modem_line which)
{
	talk_u32(name, port_modem_has_line(which));
	if (!port_modem_has_line(which))
		port_modem_line(which, true);    /* ignored, says port.h */
}

/* Lines that are wired are left alone: the modem behind them is not ours to switch. */
void board_modem(const uint32_t arg[PROBE_ARGS])
{
	(void)arg;
	try_line("has-pwrkey", PORT_MODEM_PWRKEY);
	try_line("has-reset", PORT_MODEM_RESET);
	try_line("has-dtr", PORT_MODEM_DTR);
	talk_u32("flow", port_modem_flow());
	talk_u32("status", (uint32_t)port_modem_status());
}

void board_reset(const uint32_t arg[PROBE_ARGS])
{
	(void)arg;
	talk("going\n");
	port_reset();
}

void board_fault(const uint32_t arg[PROBE_ARGS])
{
	(void)arg;
	talk("going\n");
	port_idle(port_now_ms() + 100);
	__builtin_trap();
}

/* For the watchdog: the main loop is dead, the tick goes on. */
void board_hang(const uint32_t arg[PROBE_ARGS])
{
	uint32_t start = port_now_ms();

	talk("going\n");
	while (!ticks_reached(port_now_ms(), start + arg[0]))
		;
}
