/* SPDX-License-Identifier: Apache-2.0 */
/* interrupts.h - the interrupt controller (PM0056 4.3). */
#ifndef TERN_CORTEX_M_INTERRUPTS_H
#define TERN_CORTEX_M_INTERRUPTS_H

#include "cortex_m/io.h"
#include "cortex_m/registers.h"

/* All interrupts have one level, below the faults: none interrupts another. */
static inline void interrupt_enable(unsigned number)
{
	io_write8(&NVIC_IPR[number], 0x80);
	io_write(&NVIC_ISER[number / 32], 1u << number % 32);
}

/* Nor is it pending any more. */
static inline void interrupt_disable(unsigned number)
{
	io_write(&NVIC_ICER[number / 32], 1u << number % 32);
	io_write(&NVIC_ICPR[number / 32], 1u << number % 32);
}

#endif
