/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the clock tree. */
#ifndef TERN_STM32L496_CLOCK_H
#define TERN_STM32L496_CLOCK_H

#include <stdint.h>

/* Best first: what the core runs from, depending on what started. */
enum clock_source {
	CLOCK_HSI_PLL,    /* internal 16 MHz, within 1 % from 0 to 85 degrees (data sheet 6.3.8) */
	CLOCK_MSI_PLL,    /* internal 4 MHz, within 3.5 % over the same range: UARTs may suffer */
	CLOCK_MSI,        /* the same without the PLL, as after reset */
	CLOCK_SOURCES
};

/* Core, tick, both buses and both UARTs run at one rate. */
uint32_t clock_hz(enum clock_source source);
const char *clock_name(enum clock_source source);    /* may be packed */

/* Switch to the best source that starts.  Every wait is bounded: 0.1 s in all. */
enum clock_source clock_start(void);

#endif
