/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - what C cannot say: register access and the core's instructions.
 *
 * Every register is reached through these functions, so that the drivers run
 * on the host against a model of the chip (tests/unit/boards has a core.h of its
 * own).
 */
#ifndef TERN_CORTEX_M_CORE_H
#define TERN_CORTEX_M_CORE_H

#include <stdint.h>

static inline uint32_t io_read(const volatile uint32_t *reg)
{
	return *reg;
}

static inline void io_write(volatile uint32_t *reg, uint32_t value)
{
	*reg = value;
}

static inline uint8_t io_read8(const volatile uint8_t *reg)
{
	return *reg;
}

static inline void io_write8(volatile uint8_t *reg, uint8_t value)
{
	*reg = value;
}

static inline uint16_t io_read16(const volatile uint16_t *cell)
{
	return *cell;
}

static inline void io_write16(volatile uint16_t *cell, uint16_t value)
{
	*cell = value;
}

/* Mask interrupts; returns what irq_restore() wants. */
static inline uint32_t irq_mask(void)
{
	uint32_t primask;

	__asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask) : : "memory");
	return primask;
}

static inline void irq_restore(uint32_t primask)
{
	__asm volatile("msr primask, %0" : : "r"(primask) : "memory");
}

/* Sleep until an interrupt is pending, masked or not. */
static inline void core_wait(void)
{
	__asm volatile("dsb\n\twfi" : : : "memory");
}

/* What was written is in effect for what follows. */
static inline void core_sync(void)
{
	__asm volatile("dsb\n\tisb" : : : "memory");
}

/* The program's stack pointer: it runs on the process stack (startup.c). */
static inline uint32_t core_psp(void)
{
	uint32_t psp;

	__asm volatile("mrs %0, psp" : "=r"(psp));
	return psp;
}

static inline uint32_t core_exception(void)
{
	uint32_t ipsr;

	__asm volatile("mrs %0, ipsr" : "=r"(ipsr));
	return ipsr;
}

#endif
