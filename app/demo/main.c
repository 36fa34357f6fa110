/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - where a board and a device meet.
 *
 * One loop moves bytes between the two UARTs, the device and the console, lets
 * everything act, and sleeps until the earliest deadline or the next byte.
 */
#include "config.h"
#include "demo.h"

#include "base/packed.h"
#include "base/ticks.h"
#include "console/console.h"
#include "device/device.h"
#include "port.h"

enum { IDLE_MS = 60000, MEASURE_MS = 1000, BUTTON_MS = 50, UNIQUE_ID_SIZE = 32 };
enum { BOARD_LINE_SIZE = 192, RESTART_SIZE = 16 };
enum { NOISE_TURNS = 40 };   /* 36 turns for the ADC: 60 ms */

_Static_assert((int)PORT_NOISE_ADC == (int)NOISE_ADC && (int)PORT_NOISE_OSCILLATOR == (int)NOISE_OSCILLATOR &&
	       (int)PORT_NOISE_HARDWARE == (int)NOISE_HARDWARE, "one numbering of the sources");

/* Bytes read from a UART that their reader has not taken yet. */
struct inlet {
	uint8_t buf[CONFIG_MODEM_CHUNK];
	size_t  off, len;
};

static struct device  device;
static struct console console;
static struct demo    demo;
static struct inlet   from_modem, from_line;
static uint32_t faults_told[2];   /* by enum port_uart */
static uint32_t line_faults;      /* of the console, for which its line was given up */
static uint32_t measure_ms, button_ms, modem_baud;
static bool button_down = true;   /* one that is down from the start on was not pressed */
static _Alignas(8) uint8_t arena[CONFIG_ARENA_SIZE];
static uint8_t outbox[CONFIG_OUTBOX_SIZE];
static uint8_t unique_id[UNIQUE_ID_SIZE];
static char restart[RESTART_SIZE];

static struct bytes inlet_fill(struct inlet *in, enum port_uart uart, size_t size)
{
	if (in->off == in->len) {
		in->off = 0;
		in->len = port_read(uart, in->buf, size);
	}
	return (struct bytes){ in->buf + in->off, in->len - in->off };
}

/* Each true when bytes moved. */
static bool move_modem_in(uint32_t now_ms)
{
	struct bytes b = inlet_fill(&from_modem, PORT_MODEM, CONFIG_MODEM_CHUNK);
	size_t n = b.len > 0 ? device_modem_feed(&device, b.data, b.len, now_ms) : 0;

	from_modem.off += n;
	return n > 0;
}

static bool move_modem_out(void)
{
	size_t len;
	const uint8_t *data = device_modem_tx_peek(&device, &len);
	size_t n = len > 0 ? port_write(PORT_MODEM, data, len) : 0;

	if (n > 0)
		device_modem_tx_done(&device, n);
	return n > 0;
}

static bool move_line_in(uint32_t now_ms)
{
	struct bytes b = inlet_fill(&from_line, PORT_CONSOLE, CONFIG_LINE_CHUNK);
	size_t n = b.len > 0 ? console_feed(&console, b.data, b.len, now_ms) : 0;

	bytes_wipe(from_line.buf + from_line.off, n);
	from_line.off += n;
	return n > 0;
}

static bool move_line_out(void)
{
	size_t len;
	const uint8_t *data = console_tx_peek(&console, &len);
	size_t n = len > 0 ? port_write(PORT_CONSOLE, data, len) : 0;

	if (n > 0)
		console_tx_done(&console, n);
	return n > 0;
}

/* The samples that the device wants, as far as the board has them. */
static bool move_noise(uint32_t now_ms)
{
	uint8_t buf[CONFIG_NOISE_CHUNK];
	bool moved = false;

	for (unsigned s = 0; s < NOISE_SOURCES; s++) {
		size_t n = device_noise_wanted(&device, (enum noise_source)s);

		if (n > 0)
			n = port_noise((enum port_noise)s, buf, n < sizeof buf ? n : sizeof buf);
		device_noise(&device, (enum noise_source)s, buf, n, now_ms);
		moved |= n > 0;
	}
	bytes_wipe(buf, sizeof buf);
	return moved;
}

/* Keys, STATUS and speed of the modem. */
static void drive_modem(void)
{
	struct power_lines lines;
	uint32_t baud;

	device_modem_status(&device, (enum power_status)port_modem_status());
	lines = device_modem_lines(&device);
	port_modem_line(PORT_MODEM_PWRKEY, lines.pwrkey);
	port_modem_line(PORT_MODEM_RESET, lines.reset);
	baud = device_modem_baud(&device);
	if (baud == modem_baud)
		return;
	device_modem_baud_set(&device, port_modem_baud(baud));
	modem_baud = device_modem_baud(&device);
}

/* The board's own clock carries the time over a restart. */
static void keep_time(uint32_t now_ms)
{
	struct device_status status;

	device_status(&device, &status, now_ms);
	port_clock_write(status.unix_s);
}

static bool read_events(uint32_t now_ms)
{
	struct device_event ev;
	bool any = false;

	for (; device_next(&device, &ev); any = true) {
		if (ev.type == DEVICE_EV_TIME)
			keep_time(now_ms);
		console_event(&console, &ev, now_ms);
		demo_event(&demo, &ev, now_ms);
	}
	return any;
}

/* Bytes that a line has lost are told as soon as they are more. */
static void tell_faults(enum port_uart uart, const char *name)
{
	struct port_uart_faults f = port_uart_faults(uart);
	uint32_t sum = f.overruns + f.noise + f.dropped;

	if (sum == faults_told[uart])
		return;
	if (uart == PORT_MODEM)
		device_modem_faults(&device, f.overruns + f.dropped, f.noise);
	if (console_print(&console, T("error: bytes lost on the line of the %s: overruns %u, noise %u, dropped %u"),
			  name, f.overruns, f.noise, f.dropped))
		faults_told[uart] = sum;
}

/* Bytes that were lost before those that are read next. */
static void mend_line(uint32_t now_ms)
{
	struct port_uart_faults f = port_uart_faults(PORT_CONSOLE);
	uint32_t sum = f.overruns + f.noise + f.dropped;

	if (sum != line_faults)
		console_lost(&console, now_ms);
	line_faults = sum;
	console_hold(&console, !port_console_waits());
}

static uint32_t next_deadline(uint32_t now_ms)
{
	uint32_t at_ms = now_ms + IDLE_MS, other_ms;
	bool have = true, down;

	if (device_deadline(&device, now_ms, &other_ms))
		ticks_earliest(&have, &at_ms, other_ms);
	if (console_deadline(&console, &other_ms))
		ticks_earliest(&have, &at_ms, other_ms);
	if (demo_deadline(&demo, &other_ms))
		ticks_earliest(&have, &at_ms, other_ms);
	if (port_button(&down))
		ticks_earliest(&have, &at_ms, button_ms);
	return at_ms;
}

/* What the modem's UART can be set to, at most; it is left at the usual speed. */
static uint32_t fastest(void)
{
	uint32_t max = 921600;

	while (max > AT_BAUD && !port_modem_baud(max))
		max = at_baud_up_to(max - 1);
	modem_baud = AT_BAUD;
	return port_modem_baud(AT_BAUD) ? max : 0;
}

/* A clock that stood still, or was never set, is no news: better sources follow. */
static void take_kept_time(uint32_t now_ms)
{
	int64_t unix_s;

	if (port_clock_read(&unix_s) && device_keep_time(&device, unix_s, now_ms) != ERR_OK)
		(void)console_print(&console, T("note: the board's clock is not believed"));
}

static void say_board(void)
{
	char buf[BOARD_LINE_SIZE];
	struct text t;

	text_init(&t, restart, sizeof restart);
	evidence_add_word(&t, EVIDENCE_RESETS, port_reset_cause());
	if (port_describe(buf, sizeof buf) > 0)
		(void)console_print(&console, T("board: %r"), buf);
	(void)console_print(&console, T("started after: %s"), restart);
	if (port_last_fault()[0] != '\0')
		(void)console_print(&console, T("before that: %r"), port_last_fault());
	demo_started(&demo, restart, port_last_fault());
}

static void start(void)
{
	struct device_config cfg = {
		.flash = port_flash(), .arena = arena, .arena_size = sizeof arena,
		.outbox = outbox, .outbox_size = sizeof outbox,
		.modem_wires = { port_modem_has_line(PORT_MODEM_PWRKEY), port_modem_has_line(PORT_MODEM_RESET) },
		.modem_flow = port_modem_flow(), .modem_baud_max = fastest(),
		.retained = port_retained(sizeof *cfg.retained),
		.reset = port_reset_cause(), .fault = port_last_fault(),
	};
	uint32_t now_ms = port_now_ms();
	uint8_t memory[32];
	enum err err;

	for (unsigned s = 0; s < NOISE_SOURCES; s++)
		cfg.noise |= port_has_noise((enum port_noise)s) ? 1u << s : 0;
	cfg.unique_id = (struct bytes){ unique_id, port_unique_id(unique_id, sizeof unique_id) };
	err = device_init(&device, &cfg, now_ms);
	device_stir(&device, memory, port_memory_noise(memory, sizeof memory));
	for (unsigned i = 0; i < NOISE_TURNS && move_noise(now_ms); i++)
		;   /* a source which is dead is known before the device starts */
	console_init(&console, &device, TERN_VERSION, now_ms);
	demo_init(&demo, &device, &console, TERN_VERSION, now_ms);
	say_board();
	if (err != ERR_OK)
		(void)console_print(&console, T("error: settings: %s"), err_text(err));
	take_kept_time(now_ms);
	measure_ms = button_ms = now_ms;
	console_start(&console, now_ms);
}

static void measure(uint32_t now_ms)
{
	int tenths;

	if (!ticks_reached(now_ms, measure_ms))
		return;
	measure_ms = now_ms + MEASURE_MS;
	if (port_temperature(&tenths))
		demo_temperature(&demo, tenths);
}

/* Looked at so seldom that its bouncing is not seen. */
static void look_at_button(uint32_t now_ms)
{
	bool down;

	if (!ticks_reached(now_ms, button_ms) || !port_button(&down))
		return;
	button_ms = now_ms + BUTTON_MS;
	if (down && !button_down)
		demo_button(&demo, now_ms);
	button_down = down;
}

/* One pass; true when there may be more to do at once. */
static bool pass(void)
{
	uint32_t now_ms = port_now_ms();
	bool moved = move_modem_in(now_ms);

	mend_line(now_ms);
	moved |= move_line_in(now_ms);
	moved |= move_noise(now_ms);
	device_step(&device, now_ms);
	drive_modem();
	moved |= read_events(now_ms);
	console_step(&console, now_ms);
	measure(now_ms);
	look_at_button(now_ms);
	demo_step(&demo, now_ms);
	port_led(demo_led(&demo));
	tell_faults(PORT_MODEM, "modem");
	tell_faults(PORT_CONSOLE, "console");
	moved |= move_modem_out();
	moved |= move_line_out();
	return moved;
}

int main(int argc, char **argv)
{
	if (!port_init(argc, argv))
		return 1;
	start();
	while (!port_finished() || console_waits(&console)) {
		bool moved = pass();
		uint32_t now_ms = port_now_ms();

		port_alive();
		if (console_reboot_asked(&console) || demo_reboot_due(&demo, now_ms)) {
			retained_asked(port_retained(sizeof(struct retained)));
			port_reset();
		}
		if (!moved)
			port_idle(next_deadline(now_ms));
	}
	console_end(&console, port_now_ms());
	while (move_line_out())
		;
	return port_status();
}
