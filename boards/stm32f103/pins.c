/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/pins.h"

#include "cortex_m/io.h"
#include "stm32f103/pin_map.h"

/* Four bits a pin. */
static volatile uint32_t *mode_register(const struct pin_place *p)
{
	return p->number < 8 ? &p->port->CRL : &p->port->CRH;
}

static unsigned mode_shift(const struct pin_place *p)
{
	return p->number % 8 * 4;
}

/* BSRR's lower half sets, its upper half clears (RM0008 9.2.5). */
void pin_write(enum pin pin, bool on)
{
	const struct pin_place *p = &pin_map[pin];

	io_write(&p->port->BSRR, 1u << (on != p->inverted ? p->number : p->number + 16u));
}

bool pin_read(enum pin pin)
{
	const struct pin_place *p = &pin_map[pin];

	return ((io_read(&p->port->IDR) >> p->number & 1u) != 0) != p->inverted;
}

bool pin_present(enum pin pin)
{
	const struct pin_place *p = &pin_map[pin];

	return p->wired && (io_read(mode_register(p)) >> mode_shift(p) & 0xfu) == p->mode;
}

/* The level first: an input's is its pull (RM0008 table 20). */
static void start(enum pin pin)
{
	const struct pin_place *p = &pin_map[pin];
	volatile uint32_t *reg = mode_register(p);

	pin_write(pin, p->on);
	io_write(reg, (io_read(reg) & ~(0xfu << mode_shift(p))) | (uint32_t)p->mode << mode_shift(p));
}

void pins_start(void)
{
	io_set(&RCC->APB2ENR, RCC_APB2ENR_AFIOEN | RCC_APB2ENR_IOPAEN | RCC_APB2ENR_IOPBEN);
	for (enum pin pin = 0; pin < PIN_COUNT; pin++)
		if (pin_map[pin].wired)
			start(pin);
}
