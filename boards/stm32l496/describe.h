/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h - the chip in one line. */
#ifndef TERN_STM32L496_DESCRIBE_H
#define TERN_STM32L496_DESCRIBE_H

#include "stm32l496/clock.h"

#include <stddef.h>

/*
 * "STM32L496 0x20006461, flash 1024 KB, 80 MHz from HSI16, read-out protection 0,
 *  brown-out level 0, option bytes 0xffeff8aa"
 *
 * At most SIZE bytes, cut if need be; returns how many.
 */
size_t describe(char *buf, size_t size, enum clock_source clock);

#endif
