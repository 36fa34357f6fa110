/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - reads commands from the console and runs them (probe.h). */
#include "probe.h"
#include "talk.h"

enum { LINE_MAX = 80, IDLE_MS = 1000 };

static const struct row {
	const char    *name;
	probe_command *run;
} rows[] = {
	{ "loop",      lines_loop },
	{ "sink",      lines_sink },
	{ "source",    lines_source },
	{ "away",      lines_away },
	{ "baud",      lines_baud },
	{ "faults",    lines_faults },
	{ "now",       time_now },
	{ "steps",     time_steps },
	{ "idle",      time_idle },
	{ "past",      time_past },
	{ "wake",      time_wake },
	{ "shape",     pages_shape },
	{ "erase",     pages_erase },
	{ "program",   pages_program },
	{ "read",      pages_read },
	{ "noise",     noise_gather },
	{ "memory",    noise_memory },
	{ "facts",     board_facts },
	{ "id",        board_id },
	{ "clock",     board_clock },
	{ "clock-set", board_clock_set },
	{ "fault?",    board_last_fault },
	{ "retain",    board_retain },
	{ "retained",  board_retained },
	{ "modem",     board_modem },
	{ "reset",     board_reset },
	{ "fault",     board_fault },
	{ "hang",      board_hang },
};

/* The word up to the next space, which is taken off LINE. */
static struct bytes next_word(struct bytes *line)
{
	struct bytes word = { line->data, 0 };

	while (word.len < line->len && word.data[word.len] != ' ')
		word.len++;
	line->data += word.len;
	line->len -= word.len;
	if (line->len > 0) {
		line->data++;
		line->len--;
	}
	return word;
}

static bool read_numbers(struct bytes line, uint32_t arg[PROBE_ARGS])
{
	for (size_t i = 0; i < PROBE_ARGS && line.len > 0; i++)
		if (!bytes_to_u32(next_word(&line), UINT32_MAX, &arg[i]))
			return false;
	return line.len == 0;
}

static void run_line(struct bytes line)
{
	uint32_t arg[PROBE_ARGS] = { 0 };
	struct bytes name = next_word(&line);

	if (name.len == 0)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!bytes_equal_text(name, rows[i].name))
			continue;
		if (read_numbers(line, arg))
			rows[i].run(arg);
		else
			talk("error not numbers\n");
		talk("ok\n");
		return;
	}
	talk("error no such command\nok\n");
}

/* The line being typed. */
static uint8_t typed[LINE_MAX];
static size_t typed_len;

static void take_console(void)
{
	uint8_t c;

	while (port_read(PORT_CONSOLE, &c, 1) == 1) {
		if (c == '\n') {
			struct bytes whole = { typed, typed_len };

			typed_len = 0;
			run_line(whole);
		} else if (typed_len < sizeof typed) {
			typed[typed_len++] = c;
		}
	}
}

int main(int argc, char **argv)
{
	if (!port_init(argc, argv))
		return 1;
	talk("\ntern port test\n");
	while (!port_finished()) {
		take_console();
		port_alive();
		port_idle(port_now_ms() + IDLE_MS);
	}
	return port_status();
}
