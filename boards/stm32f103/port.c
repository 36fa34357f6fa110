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
#include "stm32f103/clock.h"
#include "stm32f103/memory_map.h"
#include "stm32f103/part.h"
#include "stm32f103/pins.h"
#include "stm32f103/reset.h"
#include "stm32f103/serial.h"
#include "stm32f103/temperature.h"

enum { LED_PIN = 5 };      /* PA5, active high: LD2 of the Nucleo-64 boards */

static const char *cause;

bool port_init(int argc, char **argv)
{
	const struct clock_rates *rates = &clock_rates[clock_start()];
	enum note note;

	(void)argc;
	(void)argv;
	note = note_take();
	cause = reset_take_cause(note);
	fault_take(note == NOTE_FAULT);
	reset_watch_start();
	memory_protection_start(memory_map, sizeof memory_map / sizeof memory_map[0]);
	io_set(&RCC->APB2ENR, RCC_APB2ENR_AFIOEN | RCC_APB2ENR_IOPAEN | RCC_APB2ENR_IOPBEN);
	pins_set(GPIOA, LED_PIN, GPIO_OUTPUT_2MHZ, false);
	serial_start(rates->pclk1_hz);
	tick_start(rates->hclk_hz);
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

struct port_uart_faults port_uart_faults(enum port_uart uart)
{
	return serial_uart(uart)->faults;
}

struct flash *port_flash(void)
{
	return part_flash();
}

size_t port_unique_id(uint8_t *buf, size_t size)
{
	size_t n = 0;

	for (; n < size && n < 12; n++)
		buf[n] = (uint8_t)(io_read(&UNIQUE_ID[n / 4]) >> n % 4 * 8);
	return n;
}

bool port_temperature(int *tenths)
{
	return temperature_read(tenths);
}

void port_led(bool on)
{
	pins_write(GPIOA, LED_PIN, on);
}

const char *port_reset_cause(void)
{
	return cause;
}

size_t port_last_fault(char *buf, size_t size)
{
	return fault_last(buf, size);
}

size_t port_memory_noise(uint8_t *buf, size_t size)
{
	return memory_noise_take(buf, size);
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

bool port_finished(void)
{
	return false;
}
