/* SPDX-License-Identifier: Apache-2.0 */
/* core.h - the model's: every access goes to chip.c. */
#ifndef TERN_TESTS_MODEL_CORE_H
#define TERN_TESTS_MODEL_CORE_H

#include <stdint.h>

uint32_t io_read(const volatile uint32_t *reg);
void io_write(volatile uint32_t *reg, uint32_t value);
uint8_t io_read8(const volatile uint8_t *reg);
void io_write8(volatile uint8_t *reg, uint8_t value);
uint16_t io_read16(const volatile uint16_t *cell);
void io_write16(volatile uint16_t *cell, uint16_t value);

uint32_t irq_mask(void);
void irq_restore(uint32_t primask);
void core_wait(void);
void core_sync(void);
uint32_t core_psp(void);
uint32_t core_exception(void);

#endif
