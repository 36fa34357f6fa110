/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors.h - the part of the vector table that the core defines (PM0056 2.3.4).
 *
 * A board's table has one entry more for each interrupt of its part:
 *
 *   static const struct {
 *           VECTORS_OF_CORE_MEMBERS
 *           void (*interrupts[IRQ_COUNT])(void);
 *   } vectors VECTORS_SECTION = { VECTORS_OF_CORE(fault_entry), { ... } };
 */
#ifndef TERN_CORTEX_M_VECTORS_H
#define TERN_CORTEX_M_VECTORS_H

#include "cortex_m/linker.h"

_Noreturn void Reset_Handler(void);
void fault_entry(void);          /* every fault, and every interrupt that nobody expects */
void SysTick_Handler(void);      /* the board's: calls tick_count() */

#define VECTORS_SECTION __attribute__((section(".vectors"), used))

#define VECTORS_OF_CORE_MEMBERS \
	uint32_t *stack; \
	void (*exceptions[15])(void);

/* The first stack pointer, then the fifteen exceptions.  NMI: what the part
 * makes of it. */
#define VECTORS_OF_CORE(nmi) \
	ld_handler_stack_top, { \
		Reset_Handler, \
		nmi, \
		fault_entry,                            /* HardFault */ \
		fault_entry, fault_entry, fault_entry,  /* MemManage, BusFault, UsageFault */ \
		0, 0, 0, 0, \
		fault_entry, fault_entry, 0,            /* SVCall, debug monitor */ \
		fault_entry, SysTick_Handler            /* PendSV */ \
	}

#define VECTORS_TEN_FAULTS \
	fault_entry, fault_entry, fault_entry, fault_entry, fault_entry, \
	fault_entry, fault_entry, fault_entry, fault_entry, fault_entry

#endif
