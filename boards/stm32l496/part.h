/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part.h - what differs between the chip and QEMU's machine of its family
 * (boards/qemu_l475): the flash, factory data and reset flags, which QEMU does
 * not have, the way received bytes come, because it has no DMA, and port I.
 */
#ifndef TERN_STM32L496_PART_H
#define TERN_STM32L496_PART_H

#include "store/flash.h"
#include "store/layout.h"

#include <stdbool.h>
#include <stdint.h>

/* The last 128 KB of the second flash bank: the program in the first bank goes
 * on while these pages are erased and programmed (RM0351 3.3.2). */
enum { PART_FLASH_START = 0x080e0000, PART_PAGE_SIZE = 2048, PART_PAGE_COUNT = 64 };

_Static_assert((int)PART_PAGE_SIZE == (int)LAYOUT_PAGE_SIZE && (int)PART_PAGE_COUNT >= (int)LAYOUT_PAGES_MIN,
	       "the area holds what the layout shares out");

/* Let the flash answer after N cycles more; false if it does not take that in. */
bool part_flash_wait_states(uint32_t n);

/* Make the flash ready; false after saying why not on the console. */
bool part_flash_start(void);
struct flash *part_flash(void);

/* The flash interface has stopped the program: true if that was foreseen. */
bool part_flash_nmi(void);

/* What the factory wrote: a word of the unique id, 0 to 2; a half word of these. */
enum part_factory { PART_FLASH_KB, PART_TS_CAL1, PART_TS_CAL2, PART_VREFINT_CAL };
uint32_t part_unique_id(uint32_t word);
uint32_t part_factory(enum part_factory what);

/* Why the chip started: RCC_CSR. */
uint32_t part_reset_flags(void);

/* Received bytes of the modem are stored by the DMA controller. */
extern const bool part_has_dma;

/* Pins of later ports are left out. */
extern const char part_last_port;

#endif
