/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.c - the vector table (RM0351 13.3, table 58). */
#include "stm32l496/vectors.h"

#include "cortex_m/vectors.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

static const struct {
	VECTORS_OF_CORE_MEMBERS
	void (*interrupts[IRQ_COUNT])(void);
} vectors VECTORS_SECTION = {
	VECTORS_OF_CORE(NMI_Handler),
	{
		VECTORS_TEN_FAULTS,                                             /* 0 to 9 */
		fault_entry, fault_entry, fault_entry, fault_entry, fault_entry,
		DMA1_Channel5_IRQHandler,                                       /* 15 */
		fault_entry, fault_entry, fault_entry, fault_entry,             /* 16 to 19 */
		VECTORS_TEN_FAULTS,                                             /* 20 to 29 */
		fault_entry, fault_entry, fault_entry, fault_entry,
		fault_entry, fault_entry, fault_entry,                          /* 30 to 36 */
		USART1_IRQHandler, USART2_IRQHandler, fault_entry,              /* 37 to 39 */
		VECTORS_TEN_FAULTS, VECTORS_TEN_FAULTS, VECTORS_TEN_FAULTS,     /* 40 to 69 */
		VECTORS_TEN_FAULTS, VECTORS_TEN_FAULTS,                         /* 70 to 89 */
		fault_entry                                                     /* 90 */
	}
};

_Static_assert(sizeof vectors == 4 * (16 + IRQ_COUNT), "a word for each");

static __attribute__((used)) uint32_t nmi_is_foreseen(void)
{
	return part_flash_nmi();
}

/* To the fault handler the registers are as they were when the exception began. */
__attribute__((naked)) void NMI_Handler(void)
{
	__asm volatile(
		"push {r4, lr}\n\t"
		"bl nmi_is_foreseen\n\t"
		"pop {r4, lr}\n\t"
		"cbz r0, 1f\n\t"
		"bx lr\n"
		"1:\n\t"
		"b fault_entry");
}
