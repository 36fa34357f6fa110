/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/identity.h"

#include "base/packed.h"
#include "cortex_m/io.h"
#include "stm32f103/registers.h"
#include "stm32f103/rtc.h"

enum { UNIQUE_SIZE = 12 };

/* RM0008 30.1.1 */
uint32_t identity_flash_kb(void)
{
	return io_read16(FLASH_SIZE_KB);
}

/* RM0008 30.2 */
size_t identity_unique(uint8_t *buf, size_t size)
{
	size_t n = 0;

	for (; n < size && n < UNIQUE_SIZE; n++)
		buf[n] = (uint8_t)(io_read(&UNIQUE_ID[n / 4]) >> n % 4 * 8);
	return n;
}

static void add_u32(struct text *t, const char *name, uint32_t value)
{
	text_say(t, name);
	text_add_u32(t, value);
}

static void add_hex(struct text *t, const char *name, uint32_t value, unsigned digits)
{
	text_say(t, name);
	text_add_hex(t, value, digits);
}

/* The device's code reads as 0 without a debugger on most revisions. */
static void add_part(struct text *t)
{
	uint32_t id = io_read(DBGMCU_IDCODE);

	add_hex(t, T("STM32F103, device 0x"), id & 0xfffu, 3);
	add_hex(t, T(" revision 0x"), id >> 16, 4);
	add_u32(t, T(", flash "), identity_flash_kb());
	text_say(t, T(" KB"));
}

static void add_clocks(struct text *t, enum clock_source clock)
{
	add_u32(t, T(", "), clock_rates[clock].hclk_hz / 1000000);
	text_say(t, clock == CLOCK_HSE_PLL ? T(" MHz from HSE, RTC from ") : T(" MHz from HSI, RTC from "));
	text_add(t, rtc_source());
}

static void add_options(struct text *t)
{
	uint32_t obr = io_read(FLASH_OBR);

	text_say(t, (obr & FLASH_OBR_RDPRT) != 0 ? T(", read-out protected") : T(", not read-out protected"));
	add_hex(t, T(", WRP 0x"), io_read(FLASH_WRPR), 8);
	text_say(t, (obr & FLASH_OBR_WDG_SW) != 0 ? T(", watchdog by software") : T(", watchdog from power-on"));
}

void identity_describe(struct text *t, enum clock_source clock)
{
	if (identity_flash_kb() == 0) {
		text_say(t, T("an emulated STM32F103"));
		return;
	}
	add_part(t);
	add_clocks(t, clock);
	add_options(t);
}
