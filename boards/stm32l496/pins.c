/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/pins.h"

#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/pin_map.h"
#include "stm32l496/registers.h"

enum { ALTERNATE_USART = 7 };

static void set_field(volatile uint32_t *reg, unsigned width, unsigned index, uint32_t value)
{
	uint32_t mask = ((1u << width) - 1) << width * index;

	io_write(reg, (io_read(reg) & ~mask) | value << width * index);
}

/* BSRR's lower half sets, its upper half clears (RM0351 8.5.7). */
void pin_write(enum pin pin, bool on)
{
	const struct pin_place *p = &pin_map[pin];

	io_write(&GPIO(p->port)->BSRR, 1u << (on != p->inverted ? p->number : p->number + 16u));
}

bool pin_read(enum pin pin)
{
	const struct pin_place *p = &pin_map[pin];

	return ((io_read(&GPIO(p->port)->IDR) >> p->number & 1u) != 0) != p->inverted;
}

/* The mode last, when all else is as it is to be. */
static void start(enum pin pin)
{
	const struct pin_place *p = &pin_map[pin];
	struct gpio *port = GPIO(p->port);

	pin_write(pin, p->on);
	set_field(&port->AFR[p->number / 8], 4, p->number % 8, ALTERNATE_USART);
	set_field(&port->PUPDR, 2, p->number, (uint32_t)p->pull);
	set_field(&port->MODER, 2, p->number, (uint32_t)p->mode);
}

/* PG2 to PG15 have a supply of their own, isolated after a reset (RM0351 5.1.3). */
void pins_start(void)
{
	io_set(&RCC->APB1ENR1, RCC_APB1ENR1_PWREN);
	io_set(&PWR->CR2, PWR_CR2_IOSV);
	io_set(&RCC->AHB2ENR, RCC_AHB2ENR_GPIOS);
	(void)io_read(&RCC->AHB2ENR);    /* RM0351 6.2.17: two cycles until a clock runs */
	for (enum pin pin = 0; pin < PIN_COUNT; pin++)
		if (pin_map[pin].port <= part_last_port)
			start(pin);
}
