/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.c - the vector table (RM0008 10.1.2, table 63). */
#include "stm32f103/vectors.h"

#include "cortex_m/vectors.h"
#include "stm32f103/registers.h"

static const struct {
	VECTORS_OF_CORE_MEMBERS
	void (*interrupts[IRQ_COUNT])(void);
} vectors VECTORS_SECTION = {
	VECTORS_OF_CORE(fault_entry),               /* NMI: the clock security system is off */
	{
		VECTORS_TEN_FAULTS,                         /* 0 to 9 */
		fault_entry, fault_entry, fault_entry, fault_entry, fault_entry,
		fault_entry, DMA1_Channel6_IRQHandler,      /* 16 */
		fault_entry, fault_entry, fault_entry,
		VECTORS_TEN_FAULTS,                         /* 20 to 29 */
		fault_entry, fault_entry, fault_entry, fault_entry,
		fault_entry, fault_entry, fault_entry, fault_entry,
		USART2_IRQHandler, USART3_IRQHandler,       /* 38, 39 */
		VECTORS_TEN_FAULTS,                         /* 40 to 49 */
		TIM5_IRQHandler,                            /* 50 */
		fault_entry, fault_entry, fault_entry, fault_entry, fault_entry,
		fault_entry, fault_entry, fault_entry, fault_entry
	}
};
