/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part.h - what differs between the chip and QEMU's machine.
 *
 * Beside clock_rates (clock.h) and board_exit() (cortex_m/board.h) this is all: boards/stm32f103 and boards/qemu
 * each have their own part_*.c and share every other object.
 */
#ifndef TERN_STM32F103_PART_H
#define TERN_STM32F103_PART_H

#include "store/flash.h"
#include "store/layout.h"
#include "stm32f103/uart.h"

#include <stdbool.h>

/* The last 128 KB of the second flash bank: the program in the first bank goes
 * on while these pages are erased and programmed (RM0008 3.3.3, XL density). */
enum { PART_FLASH_START = 0x080e0000, PART_PAGE_SIZE = 2048, PART_PAGE_COUNT = 64 };

_Static_assert((int)PART_PAGE_SIZE == (int)LAYOUT_PAGE_SIZE && (int)PART_PAGE_COUNT >= (int)LAYOUT_PAGES_MIN,
	       "the area holds what the layout shares out");

/* Make the flash ready; false after saying why not on the console. */
bool part_flash_start(void);
struct flash *part_flash(void);

/* How the modem's bytes reach its ring: by DMA, in QEMU by the USART's interrupt.
 * part_receive_look() is for the interrupts and the tick. */
void part_receive_start(struct uart *modem);
void part_receive_look(struct uart *modem);
size_t part_receive_read(struct uart *modem, uint8_t *buf, size_t size);

#endif
