/* SPDX-License-Identifier: Apache-2.0 */
/* internal_flash.h - the flash contract on the chip's own second bank. */
#ifndef TERN_STM32L496_INTERNAL_FLASH_H
#define TERN_STM32L496_INTERNAL_FLASH_H

#include "store/flash.h"

struct internal_flash {
	struct flash flash;     /* first: what the stores see */
	uint32_t     start;     /* address of the area's first byte */
};

/* Interrupts stay on throughout: nothing here may be executed from the bank
 * that is being written, nor be called from an interrupt. */
void internal_flash_init(struct internal_flash *f, uint32_t start, uint32_t page_size, uint32_t page_count);

/* The rule: the bits of FLASH_CR that say which page begins at ADDRESS. */
uint32_t internal_flash_page_bits(uint32_t address);

#endif
