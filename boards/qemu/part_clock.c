/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's netduino2 runs at 120 MHz whatever RCC is told, and has no RCC. */
#include "stm32f103/clock.h"

#define ALWAYS { 120000000, 60000000 }

const struct clock_rates clock_rates[CLOCK_SOURCES] = {
	[CLOCK_HSE_PLL] = ALWAYS,
	[CLOCK_HSI_PLL] = ALWAYS,
	[CLOCK_HSI]     = ALWAYS,
};
