/* SPDX-License-Identifier: Apache-2.0 */
/* The STM32F103: at most 72 MHz for the core, 36 MHz for APB1 (RM0008 7.2). */
#include "stm32f103/clock.h"

const struct clock_rates clock_rates[CLOCK_SOURCES] = {
	/*                  hclk_hz   pclk1_hz */
	[CLOCK_HSE_PLL] = { 72000000, 36000000 },
	[CLOCK_HSI_PLL] = { 64000000, 32000000 },
	[CLOCK_HSI]     = {  8000000,  8000000 },
};
