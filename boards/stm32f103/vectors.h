/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.h - what the core calls; the table is in startup.c. */
#ifndef TERN_STM32F103_VECTORS_H
#define TERN_STM32F103_VECTORS_H

#include <stdint.h>

_Noreturn void Reset_Handler(void);
void fault_entry(void);          /* every fault, and every interrupt that nobody expects */
void SysTick_Handler(void);
void USART2_IRQHandler(void);
void USART3_IRQHandler(void);

/* The linker script's names for the memory.  Only the addresses mean anything. */
extern uint32_t ld_stack_bottom[], ld_stack_top[];
extern uint32_t ld_guard_bottom[];
extern uint32_t ld_handler_stack_top[], ld_fault_stack_top[];
extern uint32_t ld_data_load[], ld_data_start[], ld_data_end[], ld_bss_start[], ld_bss_end[];
extern uint32_t ld_ram_end[];

enum { LD_GUARD_SIZE = 256 };    /* bytes; the linker script asserts it */

#endif
