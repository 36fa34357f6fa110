/* SPDX-License-Identifier: Apache-2.0 */
/*
 * startup.c - from the reset vector to main(), and from a fault to its report.
 *
 * The program runs on the process stack, which lies at the very bottom of RAM:
 * running out of it faults, whatever the size of the frame, and overwrites
 * nothing.  Interrupts have a small stack of their own, faults another.
 */
#include "cortex_m/board.h"
#include "cortex_m/io.h"
#include "cortex_m/registers.h"
#include "cortex_m/stack.h"
#include "cortex_m/vectors.h"

#include <string.h>

int main(int argc, char **argv);

static _Noreturn __attribute__((used)) void start(void)
{
	memcpy(ld_data_start, ld_data_load, (size_t)((char *)ld_data_end - (char *)ld_data_start));
	memset(ld_bss_start, 0, (size_t)((char *)ld_bss_end - (char *)ld_bss_start));
	io_write(&SCB->VTOR, (uint32_t)(uintptr_t)ld_vectors);    /* also when a boot loader came before */
	board_exit(main(0, NULL));
}

/* Look at RAM as it is, paint the stacks, so that stack_unused() can tell how
 * deep they went, then change over to the program's: the process stack,
 * CONTROL.SPSEL (PM0056 2.1.3). */
__attribute__((naked)) void Reset_Handler(void)
{
	__asm volatile(
		"bl memory_noise_gather\n\t"
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

/* On a stack of its own: the one in use may be the reason. */
__attribute__((naked)) void fault_entry(void)
{
	__asm volatile(
		"cpsid i\n\t"
		"mov r0, lr\n\t"
		"mrs r1, psp\n\t"
		"mrs r2, msp\n\t"
		"ldr r3, =ld_fault_stack_top\n\t"
		"msr msp, r3\n\t"
		"b fault_report\n\t"
		".ltorg");
}
