/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - 80 MHz.
 *
 * The board has no crystal for the core but one of 32 kHz, which needs up to two
 * seconds to start: too long to wait for, and HSI16 is good enough for a UART.
 */
#include "stm32l496/clock.h"

#include "base/packed.h"
#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

#include <stdbool.h>

/* One poll takes at least 8 cycles of the 4 MHz on which the chip starts, so
 * this is 20 ms or more; an oscillator needs 10 us, the PLL 40 us (data sheet
 * 6.3.8, 6.3.9), the regulator 50 us. */
enum { POLL_LIMIT = 10000 };

enum { WAIT_STATES = 4 };      /* RM0351 3.3.3: 64 to 80 MHz in range 1 */

/* RM0351 6.2.5: PLL input 4 to 16 MHz, VCO 64 to 344 MHz, here 160; R halves it. */
static const struct source {
	uint32_t    hz;
	uint32_t    pllcfgr;
	const char *name;
} sources[CLOCK_SOURCES] = {
	[CLOCK_HSI_PLL] = { 80000000, RCC_PLLCFGR_HSI | RCC_PLLCFGR_M(2u) | RCC_PLLCFGR_N(20), T("HSI16") },
	[CLOCK_MSI_PLL] = { 80000000, RCC_PLLCFGR_MSI | RCC_PLLCFGR_M(1u) | RCC_PLLCFGR_N(40), T("MSI") },
	[CLOCK_MSI]     = {  4000000, 0, T("MSI, without PLL") },
};

uint32_t clock_hz(enum clock_source source)
{
	return sources[source].hz;
}

const char *clock_name(enum clock_source source)
{
	return sources[source].name;
}

/* RM0351 5.1.7: more than 26 MHz needs range 1. */
static bool raise_voltage(void)
{
	io_set(&RCC->APB1ENR1, RCC_APB1ENR1_PWREN);
	io_write(&PWR->CR1, (io_read(&PWR->CR1) & ~PWR_CR1_VOS) | PWR_CR1_VOS_RANGE1);
	return io_wait(&PWR->SR2, PWR_SR2_VOSF, 0, POLL_LIMIT);
}

/* The factors may be changed only while the PLL is off (RM0351 6.4.4). */
static bool pll_start(enum clock_source source)
{
	io_clear(&RCC->CR, RCC_CR_PLLON);
	if (!io_wait(&RCC->CR, RCC_CR_PLLRDY, 0, POLL_LIMIT))
		return false;
	io_write(&RCC->PLLCFGR, sources[source].pllcfgr | RCC_PLLCFGR_R2 | RCC_PLLCFGR_REN);
	io_set(&RCC->CR, RCC_CR_PLLON);
	if (!io_wait(&RCC->CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, POLL_LIMIT))
		return false;
	io_set(&RCC->CFGR, RCC_CFGR_SW_PLL);
	return io_wait(&RCC->CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL, POLL_LIMIT);
}

static bool hsi_start(void)
{
	io_set(&RCC->CR, RCC_CR_HSION);
	return io_wait(&RCC->CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY, POLL_LIMIT);
}

enum clock_source clock_start(void)
{
	if (raise_voltage() && part_flash_wait_states(WAIT_STATES)) {
		if (hsi_start() && pll_start(CLOCK_HSI_PLL))
			return CLOCK_HSI_PLL;
		if (pll_start(CLOCK_MSI_PLL))
			return CLOCK_MSI_PLL;
	}
	io_clear(&RCC->CFGR, RCC_CFGR_SW);
	return CLOCK_MSI;
}
