/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include "base/ticks.h"
#include "cortex_m/board.h"
#include "cortex_m/fault.h"
#include "cortex_m/io.h"
#include "cortex_m/memory_noise.h"
#include "cortex_m/note.h"
#include "cortex_m/tick.h"
#include "cortex_m/vectors.h"
#include "stm32f103/analog.h"
#include "stm32f103/clock.h"
#include "stm32f103/identity.h"
#include "stm32f103/memory_map.h"
#include "stm32f103/oscillator.h"
#include "stm32f103/part.h"
#include "stm32f103/pins.h"
#include "stm32f103/reset.h"
#include "stm32f103/rtc.h"
#include "stm32f103/serial.h"
#include "stm32f103/stop.h"

enum { BAUD_WAIT_MS = 500, STAY_AWAKE_MS = 60000 };

static enum evidence_reset cause;
static enum clock_source clock;
static uint32_t awake_ms;     /* no Stop mode before then: somebody types */
static bool status_works;     /* STATUS was once on, so its wire is there */

bool port_init(int argc, char **argv)
{
	enum note note = note_take();

	(void)argc;
	(void)argv;
	clock = clock_start();
	fault_take(note);
	rtc_start(reset_power_on());
	cause = reset_take_cause(note);
	reset_watch_start();
	memory_protection_start(memory_map, sizeof memory_map / sizeof memory_map[0]);
	pins_start();
	serial_start(clock_rates[clock].pclk1_hz);
	tick_start(clock_rates[clock].hclk_hz);
	awake_ms = STAY_AWAKE_MS;
	return part_flash_start();
}

void SysTick_Handler(void)
{
	tick_count();
	serial_tick();
}

uint32_t port_now_ms(void)
{
	return tick_now_ms();
}

void port_alive(void)
{
	tick_alive();
	reset_watch();
}

static bool ready(uint32_t at_ms)
{
	return ticks_reached(tick_now_ms(), at_ms) || uart_ready(serial_uart(PORT_MODEM)) ||
	       uart_ready(serial_uart(PORT_CONSOLE));
}

static const bool stop_wanted = TERN_STOP;    /* the build's choice */

static bool may_stop(uint32_t at_ms)
{
	return stop_wanted && status_works && port_modem_status() == PORT_MODEM_OFF &&
	       ticks_until(tick_now_ms(), at_ms) >= STOP_LEAST_MS &&
	       ticks_reached(tick_now_ms(), awake_ms) &&
	       uart_idle(serial_uart(PORT_MODEM)) && uart_idle(serial_uart(PORT_CONSOLE));
}

/* Awake before its time: somebody types.  On another clock than before, all
 * speeds would be wrong: begin anew. */
static bool stop(uint32_t at_ms)
{
	uint32_t ms = ticks_until(tick_now_ms(), at_ms);
	uint32_t slept_ms = stop_for(ms);

	if (slept_ms == 0)
		return false;
	if (clock_start() != clock)
		port_reset();
	tick_advance(slept_ms);
	if (slept_ms + 1000 < (ms < STOP_MOST_MS ? ms / 1000 * 1000 : STOP_MOST_MS))
		awake_ms = tick_now_ms() + STAY_AWAKE_MS;
	return true;
}

/* Looking and falling asleep happen with interrupts masked, or a byte could
 * come between the two; a pending interrupt ends the sleep all the same and
 * runs once they are unmasked. */
void port_idle(uint32_t at_ms)
{
	uint32_t primask = irq_mask();

	while (!ready(at_ms)) {
		port_alive();
		if (!may_stop(at_ms) || !stop(at_ms))
			core_wait();
		irq_restore(primask);
		core_sync();
		primask = irq_mask();
	}
	irq_restore(primask);
	port_alive();
	serial_uart(PORT_MODEM)->short_write = false;
	serial_uart(PORT_CONSOLE)->short_write = false;
}

/* --- serial lines --- */

size_t port_read(enum port_uart uart, uint8_t *buf, size_t size)
{
	size_t n = serial_read(uart, buf, size);

	if (uart == PORT_CONSOLE && n > 0)
		awake_ms = tick_now_ms() + STAY_AWAKE_MS;
	return n;
}

size_t port_write(enum port_uart uart, const uint8_t *data, size_t len)
{
	return uart_write(serial_uart(uart), data, len);
}

/* 256 bytes take 22 ms at 115200 baud; a modem that holds CTS takes for ever. */
bool port_modem_baud(uint32_t baud)
{
	uint32_t start = tick_now_ms();
	struct uart *modem = serial_uart(PORT_MODEM);

	while (!uart_idle(modem))
		if (ticks_reached(tick_now_ms(), start + BAUD_WAIT_MS))
			return false;
	return uart_baud(modem, baud);
}

struct port_uart_faults port_uart_faults(enum port_uart uart)
{
	return serial_uart(uart)->faults;
}

/* --- the modem's control lines --- */

static const enum pin line_pins[] = {
	[PORT_MODEM_PWRKEY] = PIN_MODEM_PWRKEY,
	[PORT_MODEM_RESET]  = PIN_MODEM_RESET,
	[PORT_MODEM_DTR]    = PIN_MODEM_DTR,
};

bool port_modem_has_line(enum port_modem_line line)
{
	return pin_present(line_pins[line]);
}

void port_modem_line(enum port_modem_line line, bool on)
{
	if (port_modem_has_line(line))
		pin_write(line_pins[line], on);
}

bool port_modem_flow(void)
{
	return TERN_MODEM_FLOW;
}

enum port_modem_status port_modem_status(void)
{
	if (!pin_present(PIN_MODEM_STATUS))
		return PORT_MODEM_UNKNOWN;
	status_works |= pin_read(PIN_MODEM_STATUS);
	return pin_read(PIN_MODEM_STATUS) ? PORT_MODEM_ON : PORT_MODEM_OFF;
}

/* --- what the board has --- */

struct flash *port_flash(void)
{
	return part_flash();
}

size_t port_unique_id(uint8_t *buf, size_t size)
{
	return identity_unique(buf, size);
}

bool port_has_noise(enum port_noise source)
{
	return source == PORT_NOISE_ADC ? analog_present() :
	       source == PORT_NOISE_OSCILLATOR ? oscillator_present() : false;
}

size_t port_noise(enum port_noise source, uint8_t *samples, size_t n)
{
	return source == PORT_NOISE_ADC ? analog_noise(samples, n) :
	       source == PORT_NOISE_OSCILLATOR ? oscillator_noise(samples, n) : 0;
}

size_t port_memory_noise(uint8_t *buf, size_t size)
{
	return memory_noise_take(buf, size);
}

bool port_clock_read(int64_t *unix_s)
{
	return rtc_read(unix_s);
}

void port_clock_write(int64_t unix_s)
{
	rtc_write(unix_s);
}

bool port_temperature(int *tenths)
{
	return analog_temperature(tenths);
}

bool port_button(bool *down)
{
	(void)down;
	return false;
}

void port_led(bool on)
{
	pin_write(PIN_LED, on);
}

size_t port_describe(char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	identity_describe(&t, clock);
	return t.len;
}

/* --- how it began and ends --- */

enum evidence_reset port_reset_cause(void)
{
	return cause;
}

const char *port_last_fault(void)
{
	return fault_last();
}

void *port_retained(size_t size)
{
	return note_bytes(size);
}

/* What the console was told comes out first: at most 512 bytes, 45 ms. */
_Noreturn void port_reset(void)
{
	board_say("");
	note_write(NOTE_RESTART);
	core_sync();
	io_write(&SCB->AIRCR, SCB_AIRCR_RESET);
	for (;;)
		;
}

bool port_console_waits(void)
{
	return false;
}

bool port_finished(void)
{
	return false;
}

int port_status(void)
{
	return 0;
}
