/* SPDX-License-Identifier: Apache-2.0 */
/* part.c - the chip itself: its flash, and what the factory wrote into it. */
#include "cortex_m/board.h"
#include "cortex_m/io.h"
#include "stm32l496/ecc.h"
#include "stm32l496/internal_flash.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

static struct internal_flash area;

const bool part_has_dma = true;
const char part_last_port = 'I';

/* RM0351 3.3.3: go on only when the new number is read back.  No prefetch: the
 * instruction cache makes up for it, and ES0335 has a case where it fails. */
bool part_flash_wait_states(uint32_t n)
{
	io_write(&FLASH->ACR, FLASH_ACR_ICEN | FLASH_ACR_DCEN | n);
	return (io_read(&FLASH->ACR) & FLASH_ACR_LATENCY) == n;
}

uint32_t part_factory(enum part_factory what)
{
	static volatile uint16_t *const at[] = {
		[PART_FLASH_KB] = FLASH_SIZE_KB, [PART_TS_CAL1] = TS_CAL1, [PART_TS_CAL2] = TS_CAL2,
		[PART_VREFINT_CAL] = VREFINT_CAL,
	};

	return io_read16(at[what]);
}

uint32_t part_unique_id(uint32_t word)
{
	return io_read(&UNIQUE_ID[word]);
}

/* A part with less flash has its second bank elsewhere; BFB2 makes the chip
 * start from the second bank, and FB_MODE says that the banks have changed
 * places: page numbers would then be those of the program. */
static const char *refusal(void)
{
	if (part_factory(PART_FLASH_KB) < 1024)
		return "flash: this part has less than 1024 KB, the image is for an STM32L496xG\r\n";
	if ((io_read(&FLASH->OPTR) & FLASH_OPTR_BFB2) != 0)
		return "flash: option bit BFB2 is set, the image needs it clear\r\n";
	if ((io_read(SYSCFG_MEMRMP) & SYSCFG_MEMRMP_FB_MODE) != 0)
		return "flash: the banks have changed places (FB_MODE)\r\n";
	return NULL;
}

bool part_flash_start(void)
{
	const char *why;

	io_set(&RCC->APB2ENR, RCC_APB2ENR_SYSCFGEN);
	why = refusal();
	if (why != NULL) {
		board_say(why);
		return false;
	}
	internal_flash_init(&area, PART_FLASH_START, PART_PAGE_SIZE, PART_PAGE_COUNT);
	return true;
}

struct flash *part_flash(void)
{
	return &area.flash;
}

bool part_flash_nmi(void)
{
	return ecc_nmi();
}

uint32_t part_reset_flags(void)
{
	return io_read(&RCC->CSR);
}
