/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part.c - what QEMU's machine has instead of the chip's flash interface, its
 * factory data and its DMA controller, none of which it knows.  Its RCC, pins
 * and USARTs are the chip's.
 */
#include "stm32l496/part.h"

#include "qemu/file_flash.h"

_Static_assert((int)FILE_FLASH_PAGE_SIZE == (int)PART_PAGE_SIZE && (int)FILE_FLASH_PAGE_COUNT == (int)PART_PAGE_COUNT,
	       "the file is as large as the chip's area");

const bool part_has_dma = false;
const char part_last_port = 'H';

bool part_flash_wait_states(uint32_t n)
{
	(void)n;
	return true;
}

bool part_flash_start(void)
{
	return file_flash_start();
}

struct flash *part_flash(void)
{
	return file_flash();
}

bool part_flash_nmi(void)
{
	return false;
}

uint32_t part_unique_id(uint32_t word)
{
	return 0x51454d55 + word;    /* "QEMU" */
}

uint32_t part_factory(enum part_factory what)
{
	return what == PART_FLASH_KB ? 1024 : 0;
}

/* QEMU shows the same two flags at every start. */
uint32_t part_reset_flags(void)
{
	return 0;
}
