/* SPDX-License-Identifier: Apache-2.0 */
#include "qemu/file_flash.h"
#include "stm32f103/part.h"

_Static_assert((int)FILE_FLASH_PAGE_SIZE == (int)PART_PAGE_SIZE && (int)FILE_FLASH_PAGE_COUNT == (int)PART_PAGE_COUNT,
	       "the file is as large as the chip's area");

bool part_flash_start(void)
{
	return file_flash_start();
}

struct flash *part_flash(void)
{
	return file_flash();
}
