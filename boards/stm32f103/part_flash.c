/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/board.h"
#include "stm32f103/identity.h"
#include "stm32f103/internal_flash.h"
#include "stm32f103/part.h"

static struct internal_flash area;

/* RM0008 30.1.1.  The parts with less flash have no second bank. */
bool part_flash_start(void)
{
	if (identity_flash_kb() < 1024) {
		board_say("flash: the image is for an STM32F103xG with 1024 KB, this part has less\r\n");
		return false;
	}
	internal_flash_init(&area, PART_FLASH_START, PART_PAGE_SIZE, PART_PAGE_COUNT);
	return true;
}

struct flash *part_flash(void)
{
	return &area.flash;
}
