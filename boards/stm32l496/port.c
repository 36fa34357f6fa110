/* SPDX-License-Identifier: Apache-2.0 */
/* Not yet run on silicon; what ran in QEMU and on the host: docs/stm32l496.md. */
#include "port.h"

#include "base/ticks.h"
#include "cortex_m/board.h"
#include "cortex_m/fault.h"
#include "cortex_m/io.h"
#include "cortex_m/memory_noise.h"
#include "cortex_m/note.h"
#include "cortex_m/tick.h"
#include "cortex_m/vectors.h"
#include "stm32l496/analog.h"
#include "stm32l496/clock.h"
#include "stm32l496/describe.h"
#include "stm32l496/memory_map.h"
#include "stm32l496/part.h"
#include "stm32l496/pins.h"
#include "stm32l496/reset.h"
#include "stm32l496/rng.h"
#include "stm32l496/rtc.h"
#include "stm32l496/serial.h"

static enum evidence_reset cause;
static enum clock_source clock;

bool port_init(int argc, char **argv)
{
	enum note note = note_take();

	(void)argc;
	(void)argv;
	clock = clock_start();
	cause = reset_take_cause(note);
	fault_take(note);
	reset_watch_start();
	memory_protection_start(memory_map, sizeof memory_map / sizeof memory_map[0]);
	pins_start();
	rtc_start();
	serial_start(clock_hz(clock));
	tick_start(clock_hz(clock));
	return part_flash_start();
}

void SysTick_Handler(void)
{
	tick_count();
}

void port_alive(void)
{
	tick_alive();
	reset_watch();
}

uint32_t port_now_ms(void)
{
	return tick_now_ms();
}

static bool ready(uint32_t at_ms)
{
	return ticks_reached(tick_now_ms(), at_ms) || uart_ready(serial_uart(PORT_MODEM)) ||
	       uart_ready(serial_uart(PORT_CONSOLE));
}

/* Looking and falling asleep happen with interrupts masked, or a byte could
 * come between the two; a pending interrupt ends the sleep all the same and
 * runs once they are unmasked. */
void port_idle(uint32_t at_ms)
{
	uint32_t primask = irq_mask();

	while (!ready(at_ms)) {
		port_alive();
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

size_t port_read(enum port_uart uart, uint8_t *buf, size_t size)
{
	return uart_read(serial_uart(uart), buf, size);
}

size_t port_write(enum port_uart uart, const uint8_t *data, size_t len)
{
	return uart_write(serial_uart(uart), data, len);
}

bool port_modem_baud(uint32_t baud)
{
	return uart_baud(serial_uart(PORT_MODEM), baud);
}

struct port_uart_faults port_uart_faults(enum port_uart uart)
{
	return serial_uart(uart)->faults;
}

bool port_modem_has_line(enum port_modem_line line)
{
	(void)line;
	return true;
}

void port_modem_line(enum port_modem_line line, bool on)
{
	static const enum pin pins[] = {
		[PORT_MODEM_PWRKEY] = PIN_MODEM_PWRKEY, [PORT_MODEM_RESET] = PIN_MODEM_RESET,
		[PORT_MODEM_DTR] = PIN_MODEM_DTR,
	};

	pin_write(pins[line], on);
}

/* The adapter does not pass STATUS on (pin_map.h). */
bool port_modem_flow(void)
{
	return TERN_MODEM_FLOW;
}

enum port_modem_status port_modem_status(void)
{
	return PORT_MODEM_UNKNOWN;
}

struct flash *port_flash(void)
{
	return part_flash();
}

size_t port_unique_id(uint8_t *buf, size_t size)
{
	size_t n = 0;

	for (; n < size && n < 12; n++)
		buf[n] = (uint8_t)(part_unique_id((uint32_t)n / 4) >> n % 4 * 8);
	return n;
}

bool port_has_noise(enum port_noise source)
{
	return source != PORT_NOISE_OSCILLATOR;
}

size_t port_noise(enum port_noise source, uint8_t *samples, size_t n)
{
	switch (source) {
	case PORT_NOISE_ADC:
		return analog_noise(samples, n);
	case PORT_NOISE_HARDWARE:
		return rng_read(samples, n);
	case PORT_NOISE_OSCILLATOR:
		break;
	}
	return 0;
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
	*down = pin_read(PIN_BUTTON);
	return true;
}

void port_led(bool on)
{
	pin_write(PIN_LED, on);
}

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

size_t port_describe(char *buf, size_t size)
{
	return describe(buf, size, clock);
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
