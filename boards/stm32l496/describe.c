/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/describe.h"

#include "base/packed.h"
#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

/* RM0351 3.5.1: two values have a meaning, all others are level 1. */
static uint32_t protection_level(uint32_t optr)
{
	uint32_t rdp = optr & FLASH_OPTR_RDP;

	return rdp == 0xaa ? 0 : rdp == 0xcc ? 2 : 1;
}

static void add(struct text *t, const char *name, uint32_t value, const char *unit)
{
	text_say(t, name);
	text_add_u32(t, value);
	text_say(t, unit);
}

/* DBGMCU_IDCODE: part 0x461 in the lower half, revision in the upper (RM0351 48.6.1). */
size_t describe(char *buf, size_t size, enum clock_source clock)
{
	uint32_t optr = io_read(&FLASH->OPTR);
	struct text t;

	if (size == 0)
		return 0;
	text_init(&t, buf, size);
	text_say(&t, T("STM32L496 0x"));
	text_add_hex(&t, io_read(DBGMCU_IDCODE), 8);
	add(&t, T(", flash "), part_factory(PART_FLASH_KB), T(" KB"));
	add(&t, T(", "), clock_hz(clock) / 1000000, T(" MHz from "));
	text_say(&t, clock_name(clock));
	add(&t, T(", read-out protection "), protection_level(optr), "");
	add(&t, T(", brown-out level "), optr >> FLASH_OPTR_BOR_LEV_SHIFT & 7u, "");
	text_say(&t, T(", option bytes 0x"));
	text_add_hex(&t, optr, 8);
	return t.len;
}
