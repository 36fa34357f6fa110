/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h - what part this is, and what its option bytes make of it. */
#ifndef TERN_STM32F103_IDENTITY_H
#define TERN_STM32F103_IDENTITY_H

#include "base/bytes.h"
#include "stm32f103/clock.h"

/* Flash in KB; 0 where there is no part (QEMU). */
uint32_t identity_flash_kb(void);

size_t identity_unique(uint8_t *buf, size_t size);

/* One line: part, flash, CLOCK's source and rate, the clock that lasts, option
 * bytes. */
void identity_describe(struct text *t, enum clock_source clock);

#endif
