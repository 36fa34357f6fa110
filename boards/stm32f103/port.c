/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include "base/ticks.h"
#include "stm32f103/clock.h"
#include "stm32f103/io.h"
#include "stm32f103/memory_protection.h"
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

	(void)argc;
	(void)argv;
	cause = reset_take_cause();
	reset_watch_start();
	memory_protection_start();
	io_set(&RCC->APB2ENR, RCC_APB2ENR_AFIOEN | RCC_APB2ENR_IOPAEN | RCC_APB2ENR_IOPBEN);
	pins_set(GPIOA, LED_PIN, GPIO_OUTPUT_2MHZ, false);
	serial_start(rates->pclk1_hz);
	clock_tick_start(rates->hclk_hz);
	return part_flash_start();
}

uint32_t port_now_ms(void)
{
	return clock_now_ms();
}

static bool ready(uint32_t at_ms)
{
	return ticks_reached(clock_now_ms(), at_ms) || uart_ready(serial_uart(PORT_MODEM)) ||
	       uart_ready(serial_uart(PORT_CONSOLE));
}

/* Looking and falling asleep happen with interrupts masked, or a byte could
 * come between the two; a pending interrupt ends the sleep all the same and
 * runs once they are unmasked. */
void port_idle(uint32_t at_ms)
{
	uint32_t primask = irq_mask();

	while (!ready(at_ms)) {
		reset_watch();
		core_wait();
		irq_restore(primask);
		core_sync();
		primask = irq_mask();
	}
	irq_restore(primask);
	reset_watch();
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

/* What the console was told comes out first: at most 512 bytes, 45 ms. */
_Noreturn void port_reset(void)
{
	serial_say("");
	reset_note(RESET_NOTE_RESTART);
	core_sync();
	io_write(&SCB->AIRCR, SCB_AIRCR_RESET);
	for (;;)
		;
}

bool port_finished(void)
{
	return false;
}
