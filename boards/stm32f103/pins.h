/* SPDX-License-Identifier: Apache-2.0 */
/* pins.h - one pin at a time. */
#ifndef TERN_STM32F103_PINS_H
#define TERN_STM32F103_PINS_H

#include "cortex_m/io.h"
#include "stm32f103/registers.h"

#include <stdbool.h>

/* BSRR's lower half sets, its upper half clears (RM0008 9.2.5). */
static inline void pins_write(struct gpio *port, unsigned pin, bool level)
{
	io_write(&port->BSRR, 1u << (level ? pin : pin + 16));
}

/* LEVEL is the output's first level, or whether an input is pulled up or down. */
static inline void pins_set(struct gpio *port, unsigned pin, enum gpio_mode mode, bool level)
{
	volatile uint32_t *cr = pin < 8 ? &port->CRL : &port->CRH;
	unsigned shift = pin % 8 * 4;

	pins_write(port, pin, level);
	io_write(cr, (io_read(cr) & ~(0xfu << shift)) | (uint32_t)mode << shift);
}

#endif
