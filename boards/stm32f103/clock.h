/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the clock tree. */
#ifndef TERN_STM32F103_CLOCK_H
#define TERN_STM32F103_CLOCK_H

#include <stdint.h>

/* Best first: what the core runs from, depending on what started. */
enum clock_source {
	CLOCK_HSE_PLL,    /* crystal of 8 MHz, times 9 */
	CLOCK_HSI_PLL,    /* internal 8 MHz oscillator / 2, times 16 */
	CLOCK_HSI,        /* internal 8 MHz oscillator */
	CLOCK_SOURCES
};

struct clock_rates {
	uint32_t hclk_hz;     /* core and tick */
	uint32_t pclk1_hz;    /* USART2 and USART3 */
};

/* The part's constant: its rate from each source. */
extern const struct clock_rates clock_rates[CLOCK_SOURCES];

/* Switch to the best source that starts.  Every wait is bounded: 0.1 s for the
 * crystal, less for the rest. */
enum clock_source clock_start(void);

#endif
