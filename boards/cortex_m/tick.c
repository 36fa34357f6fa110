/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/tick.h"

#include "cortex_m/fault.h"
#include "cortex_m/io.h"
#include "cortex_m/registers.h"

static volatile uint32_t now_ms;
static volatile uint32_t alive_ms;

void tick_start(uint32_t hclk_hz)
{
	tick_alive();
	io_write(&SCB->SHPR3, 0x80u << 24);    /* the level of all interrupts (interrupts.h) */
	io_write(&STK->LOAD, hclk_hz / 1000 - 1);
	io_write(&STK->VAL, 0);
	io_write(&STK->CTRL, STK_CTRL_CLKSOURCE | STK_CTRL_TICKINT | STK_CTRL_ENABLE);
}

void tick_count(void)
{
	now_ms = now_ms + 1;
	if (now_ms - alive_ms > TICK_STUCK_MS)
		fault_stuck();
}

uint32_t tick_now_ms(void)
{
	return now_ms;
}

void tick_advance(uint32_t ms)
{
	now_ms = now_ms + ms;
	tick_alive();
}

void tick_alive(void)
{
	alive_ms = now_ms;
}
