/* SPDX-License-Identifier: Apache-2.0 */
/*
 * startup.c - from the reset vector to main().
 *
 * The program runs on the process stack, which lies at the very bottom of RAM:
 * running out of it faults, whatever the size of the frame, and overwrites
 * nothing.  Interrupts have a small stack of their own, faults another.
 */
#include "stm32f103/io.h"
#include "stm32f103/part.h"
#include "stm32f103/stack.h"
#include "stm32f103/vectors.h"

#include <string.h>

int main(int argc, char **argv);

#define TEN_FAULTS \
	fault_entry, fault_entry, fault_entry, fault_entry, fault_entry, \
	fault_entry, fault_entry, fault_entry, fault_entry, fault_entry

/* PM0056 2.3.4 and RM0008 10.1.2: the first stack pointer, 15 exceptions, then
 * the interrupts by number. */
static const struct {
	uint32_t *stack;
	void (*handlers[15 + IRQ_COUNT])(void);
} vectors __attribute__((section(".vectors"), used)) = {
	ld_handler_stack_top, {
		Reset_Handler,
		fault_entry,                            /* NMI */
		fault_entry,                            /* HardFault */
		fault_entry, fault_entry, fault_entry,  /* MemManage, BusFault, UsageFault */
		0, 0, 0, 0,
		fault_entry, fault_entry, 0,            /* SVCall, debug monitor */
		fault_entry, SysTick_Handler,           /* PendSV */
		TEN_FAULTS, TEN_FAULTS, TEN_FAULTS,     /* 0 to 29 */
		fault_entry, fault_entry, fault_entry, fault_entry,
		fault_entry, fault_entry, fault_entry, fault_entry,
		USART2_IRQHandler, USART3_IRQHandler,   /* 38, 39 */
		TEN_FAULTS, TEN_FAULTS                  /* 40 to 59 */
	}
};

static _Noreturn __attribute__((used)) void start(void)
{
	memcpy(ld_data_start, ld_data_load, (size_t)((char *)ld_data_end - (char *)ld_data_start));
	memset(ld_bss_start, 0, (size_t)((char *)ld_bss_end - (char *)ld_bss_start));
	io_write(&SCB->VTOR, (uint32_t)(uintptr_t)&vectors);    /* also when a boot loader came before */
	part_exit(main(0, NULL));
}

/* Paint the stacks, so that stack_unused() can tell how deep they went, then
 * change over to the program's: the process stack, CONTROL.SPSEL (PM0056 2.1.3). */
__attribute__((naked)) void Reset_Handler(void)
{
	__asm volatile(
		"ldr r0, =ld_stack_bottom\n\t"
		"ldr r1, =ld_fault_stack_top\n\t"
		"ldr r2, =%c0\n"
		"1:\n\t"
		"str r2, [r0], #4\n\t"
		"cmp r0, r1\n\t"
		"blo 1b\n\t"
		"ldr r1, =ld_stack_top\n\t"
		"msr psp, r1\n\t"
		"movs r0, #2\n\t"
		"msr control, r0\n\t"
		"isb\n\t"
		"b start\n\t"
		".ltorg"
		: : "i"(STACK_PAINT));
}

size_t stack_size(void)
{
	return (size_t)((char *)ld_stack_top - (char *)ld_stack_bottom);
}

static size_t painted(const uint32_t *bottom, const uint32_t *top)
{
	const uint32_t *p = bottom;

	while (p < top && *p == STACK_PAINT)
		p++;
	return (size_t)((const char *)p - (const char *)bottom);
}

size_t stack_unused(void)
{
	return painted(ld_stack_bottom, ld_stack_top);
}

size_t stack_interrupts_unused(void)
{
	return painted(ld_guard_bottom + LD_GUARD_SIZE / 4, ld_handler_stack_top);
}
