/* SPDX-License-Identifier: Apache-2.0 */
/* port.c - port.h for Linux. */
#include "port.h"

#include "base/ticks.h"
#include "linux/flash_file.h"
#include "linux/hurry.h"
#include "linux/modem_control.h"
#include "linux/modem_line.h"
#include "linux/noise.h"
#include "linux/options.h"
#include "linux/ram_file.h"
#include "linux/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Tells a program that port_reset() started again so, and where its script goes on. */
enum { STATUS_REFUSED = 2 };

static const char reset_variable[] = "TERN_RESET_SCRIPT_AT";

/* The one board of the process. */
static struct {
	struct options    options;
	struct flash_file flash;
	struct ram_file   ram;
	struct modem_line modem;
	struct modem_control control;
	struct terminal   terminal;
	struct hurry     *hurry;           /* NULL: time goes as it goes */
	uint64_t          begin_us;
	char            **argv;
	enum evidence_reset reset_cause;
	bool              led;
} board;

/* --- signals -------------------------------------------------------------- */

static int wake[2];                          /* a signal writes into it, port_idle() watches it */
static volatile sig_atomic_t asked_to_end;

static void on_end(int number)
{
	int saved = errno;

	if (asked_to_end) {                  /* the second time: the program did not heed the first */
		terminal_restore();
		ram_file_end(&board.ram);
		_exit(128 + number);
	}
	asked_to_end = 1;
	(void)!write(wake[1], "", 1);
	errno = saved;
}

static void on_continue(int number)
{
	int saved = errno;

	(void)number;
	terminal_resume();
	errno = saved;
}

static bool catch_signals(char *why, size_t why_size)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_end, .sa_flags = SA_RESTART };

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		snprintf(why, why_size, "no pipe: %s", strerror(errno));
		return false;
	}
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		sigaction(ends[i], &act, NULL);
	act.sa_handler = on_continue;
	sigaction(SIGCONT, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

/* --- start and end -------------------------------------------------------- */

/* Where the script goes on after port_reset(); 0 otherwise.  What --reset says is the
 * cause of the process, not that of its own restarts. */
static size_t take_reset_cause(void)
{
	const char *at = getenv(reset_variable);
	size_t from = at != NULL ? strtoul(at, NULL, 10) : 0;

	ram_file_open(&board.ram, board.options.flash, board.flash.unique_id);
	board.reset_cause = at != NULL ? EVIDENCE_RESET_SOFTWARE :
			    board.options.reset_text != NULL ? board.options.reset : board.ram.cause;
	unsetenv(reset_variable);
	return from;
}

static bool open_all(char *why, size_t why_size)
{
	const struct options *o = &board.options;

	return catch_signals(why, why_size)
		&& flash_file_open(&board.flash, o->flash, why, why_size)
		&& modem_line_open(&board.modem, o->modem, o->flow_control, why, why_size)
		&& modem_control_open(&board.control, o->modem_control, why, why_size)
		&& terminal_open(&board.terminal, o->script, take_reset_cause(), o->exit_when_done, why, why_size);
}

static bool begin_time(char *why, size_t why_size)
{
	const struct options *o = &board.options;

	if (o->hurry_file != NULL)
		board.hurry = hurry_open(o->hurry_file, why, why_size);
	if (board.hurry != NULL && o->hurry > 1)
		fprintf(stderr, "tern-device: for tests: waiting takes a %uth of its time\n", (unsigned)o->hurry);
	board.begin_us = hurry_us(board.hurry);
	if (board.hurry != NULL)
		board.hurry->sent = board.hurry->taken;    /* what a run before this one left under way */
	return board.hurry != NULL || o->hurry_file == NULL;
}

static void end_in_order(void)
{
	ram_file_end(&board.ram);
}

bool port_init(int argc, char **argv)
{
	char why[512];

	board.argv = argv;
	board.flash.fd = board.modem.fd = board.control.fd = -1;
	switch (options_parse(&board.options, argc, argv, why, sizeof why)) {
	case OPTIONS_HELP:
		options_print_help();
		exit(EXIT_SUCCESS);
	case OPTIONS_VERSION:
		puts("tern-device " TERN_VERSION);
		exit(EXIT_SUCCESS);
	case OPTIONS_RUN:
		if (board.options.no_noise)
			noise_off();
		if (begin_time(why, sizeof why) && open_all(why, sizeof why)) {
			atexit(terminal_restore);
			atexit(end_in_order);
			return true;
		}
		break;
	case OPTIONS_WRONG:
		break;
	}
	terminal_restore();
	fprintf(stderr, "tern-device: %s\n", why);
	return false;
}

bool port_console_waits(void)
{
	return terminal_is_file(&board.terminal);
}

bool port_finished(void)
{
	return asked_to_end != 0 || board.terminal.done;
}

int port_status(void)
{
	return board.terminal.done && board.terminal.errors ? STATUS_REFUSED : 0;
}

_Noreturn void port_reset(void)
{
	char at[24];

	snprintf(at, sizeof at, "%zu", board.terminal.script_at);
	setenv(reset_variable, at, 1);
	ram_file_restart(&board.ram);
	terminal_restore();
	execv("/proc/self/exe", board.argv);     /* all files are closed by it */
	fprintf(stderr, "tern-device: cannot start again: %s\n", strerror(errno));
	_exit(EXIT_FAILURE);
}

enum evidence_reset port_reset_cause(void)
{
	return board.reset_cause;
}

/* --- time ----------------------------------------------------------------- */

uint32_t port_now_ms(void)
{
	return (uint32_t)((hurry_us(board.hurry) - board.begin_us) / 1000);
}

static int wait_ms(uint32_t at_ms)
{
	uint32_t left = ticks_until(port_now_ms(), at_ms);

	return left > INT32_MAX ? INT32_MAX : (int)left;
}

/* A millisecond of sleep, and what may be skipped for it. */
static bool sleep_hurried(struct pollfd *watched, nfds_t n, uint32_t at_ms)
{
	uint64_t left_us = (uint64_t)ticks_until(port_now_ms(), at_ms) * 1000, step_us = board.options.hurry * 1000;

	if (left_us == 0 || poll(watched, n, 1) != 0)
		return false;
	board.hurry->skipped_us += hurry_may(board.hurry, left_us < step_us ? left_us : step_us);
	return true;
}

static void sleep_until(struct pollfd *watched, nfds_t n, uint32_t at_ms)
{
	if (board.hurry == NULL || board.options.hurry == 1)
		(void)poll(watched, n, wait_ms(at_ms));
	else
		while (sleep_hurried(watched, n, at_ms))
			;
}

void port_idle(uint32_t at_ms)
{
	struct pollfd watched[] = {
		{ .fd = board.modem.fd, .events = modem_line_poll_events(&board.modem) },
		{ .fd = terminal_waits_for_input(&board.terminal) ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = board.terminal.full ? STDOUT_FILENO : -1, .events = POLLOUT },
		{ .fd = wake[0], .events = POLLIN },
		{ .fd = board.control.fd, .events = modem_control_poll_events(&board.control) },
	};
	uint32_t retry_ms;
	bool have = true;

	terminal_idle(&board.terminal);
	if (modem_line_deadline(&board.modem, &retry_ms))
		ticks_earliest(&have, &at_ms, retry_ms);
	if (modem_control_deadline(&board.control, &retry_ms))
		ticks_earliest(&have, &at_ms, retry_ms);
	if (!terminal_has_input(&board.terminal) && !port_finished())
		sleep_until(watched, sizeof watched / sizeof watched[0], at_ms);
	modem_line_step(&board.modem, port_now_ms());
	modem_control_step(&board.control, port_now_ms());
}

/* --- lines ---------------------------------------------------------------- */

static size_t sent(size_t n)
{
	if (board.hurry != NULL)
		board.hurry->sent += n;
	return n;
}

size_t port_read(enum port_uart uart, uint8_t *buf, size_t size)
{
	return uart == PORT_MODEM ? modem_line_read(&board.modem, buf, size, port_now_ms())
				  : terminal_read(&board.terminal, buf, size);
}

size_t port_write(enum port_uart uart, const uint8_t *data, size_t len)
{
	return uart == PORT_MODEM ? sent(modem_line_write(&board.modem, data, len, port_now_ms()))
				  : terminal_write(&board.terminal, data, len);
}

/* The driver of a serial line counts; a pty and a socket lose nothing. */
struct port_uart_faults port_uart_faults(enum port_uart uart)
{
	struct port_uart_faults faults = { 0 };
	struct serial_icounter_struct counts;

	if (uart != PORT_MODEM || ioctl(board.modem.fd, TIOCGICOUNT, &counts) != 0)
		return faults;
	faults.overruns = (uint32_t)counts.overrun;
	faults.noise = (uint32_t)counts.frame + (uint32_t)counts.parity;
	faults.dropped = (uint32_t)counts.buf_overrun;
	return faults;
}

/* --- the modem's control lines -------------------------------------------- */

/* A serial line is real, and so is its DTR; the keys have no place in it. */
bool port_modem_has_line(enum port_modem_line line)
{
	return board.control.path != NULL || (line == PORT_MODEM_DTR && modem_line_is_serial(&board.modem));
}

void port_modem_line(enum port_modem_line line, bool on)
{
	int dtr = TIOCM_DTR;

	modem_control_line(&board.control, line, on);
	if (line == PORT_MODEM_DTR && board.modem.fd >= 0)
		(void)ioctl(board.modem.fd, on ? TIOCMBIS : TIOCMBIC, &dtr);   /* a pty and a socket have none */
}

bool port_modem_flow(void)
{
	return board.modem.flow_control;
}

enum port_modem_status port_modem_status(void)
{
	modem_control_step(&board.control, port_now_ms());
	return board.control.status;
}

/* A socket has no speed: the virtual modem is told what it would be. */
bool port_modem_baud(uint32_t baud)
{
	bool could = modem_line_baud(&board.modem, baud);

	if (could && !modem_line_is_serial(&board.modem))
		modem_control_baud(&board.control, baud);
	return could;
}

/* --- the rest ------------------------------------------------------------- */

/* This machine's clock is its owner's business: it is read where that is asked
 * for, and never set. */
bool port_clock_read(int64_t *unix_s)
{
	*unix_s = time(NULL) + hurry_skipped_ms(board.hurry) / 1000;
	return board.options.system_clock;
}

void port_clock_write(int64_t unix_s)
{
	(void)unix_s;
}

/* No watchdog: what starts the program watches it, too. */
void port_alive(void)
{
}

/* A fault ends the process, and the system keeps its core. */
const char *port_last_fault(void)
{
	return "";
}

void *port_retained(size_t size)
{
	return ram_file_bytes(&board.ram, size);
}

size_t port_describe(char *buf, size_t size)
{
	struct utsname name;
	int n;

	if (uname(&name) != 0)
		return 0;
	n = snprintf(buf, size, "%s %s on %s, flash in %s%s", name.sysname, name.release, name.machine,
		     board.options.flash, board.ram.content == NULL ? ", no file for RAM beside it" : "");
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

struct flash *port_flash(void)
{
	return &board.flash.flash;
}

size_t port_unique_id(uint8_t *buf, size_t size)
{
	size_t n = size < FLASH_FILE_ID ? size : FLASH_FILE_ID;

	memcpy(buf, board.flash.unique_id, n);
	return n;
}

bool port_temperature(int *tenths)
{
	FILE *f = fopen("/sys/class/thermal/thermal_zone0/temp", "re");
	int milli;
	bool read = f != NULL && fscanf(f, "%d", &milli) == 1;

	if (f != NULL)
		fclose(f);
	if (read)
		*tenths = milli / 100;
	return read;
}

bool port_button(bool *down)
{
	(void)down;
	return false;
}

void port_led(bool on)
{
	if (board.led == on)
		return;
	board.led = on;
	if (!board.options.no_led)
		fprintf(stderr, "led %s\n", on ? "on" : "off");
}
