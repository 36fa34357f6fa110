/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/clock.h"

#include "cortex_m/io.h"
#include "stm32f103/registers.h"

#include <stdbool.h>

/* One poll takes at least 8 cycles of the 8 MHz on which the chip starts, so
 * this is 0.1 s or more; a crystal needs 2 ms, the PLL 0.2 ms (data sheet
 * 5.3.6, 5.3.8). */
enum { POLL_LIMIT = 100000 };

/* The multiplier may be changed only while the PLL is off (RM0008 7.3.2). */
static bool pll_start(uint32_t source_and_multiplier)
{
	io_clear(&RCC->CR, RCC_CR_PLLON);
	io_write(&RCC->CFGR, source_and_multiplier | RCC_CFGR_PPRE1_DIV2 | RCC_CFGR_ADCPRE_DIV6);
	io_set(&RCC->CR, RCC_CR_PLLON);
	if (!io_wait(&RCC->CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, POLL_LIMIT))
		return false;
	io_set(&RCC->CFGR, RCC_CFGR_SW_PLL);
	return io_wait(&RCC->CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL, POLL_LIMIT);
}

/* HSI stays on: the flash interface needs it to erase and program (PM0075 2). */
enum clock_source clock_start(void)
{
	io_write(FLASH_ACR, FLASH_ACR_PRFTBE | FLASH_ACR_LATENCY_2);    /* 48 to 72 MHz: two wait states */
	io_set(&RCC->CR, RCC_CR_HSEON);
	if (io_wait(&RCC->CR, RCC_CR_HSERDY, RCC_CR_HSERDY, POLL_LIMIT) &&
	    pll_start(RCC_CFGR_PLLSRC_HSE | RCC_CFGR_PLLMUL(9u)))
		return CLOCK_HSE_PLL;
	io_clear(&RCC->CR, RCC_CR_HSEON);
	if (pll_start(RCC_CFGR_PLLMUL(16u)))
		return CLOCK_HSI_PLL;
	io_write(&RCC->CFGR, 0);
	return CLOCK_HSI;
}
