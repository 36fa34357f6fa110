/* SPDX-License-Identifier: Apache-2.0 */
/* linker.h - the names that sections.ld gives to the memory.  Only the addresses mean anything. */
#ifndef TERN_CORTEX_M_LINKER_H
#define TERN_CORTEX_M_LINKER_H

#include <stdint.h>

extern uint32_t ld_vectors[];
extern uint32_t ld_stack_bottom[], ld_stack_top[];
extern uint32_t ld_guard_bottom[];
extern uint32_t ld_handler_stack_top[], ld_fault_stack_top[];
extern uint32_t ld_data_load[], ld_data_start[], ld_data_end[], ld_bss_start[], ld_bss_end[];
extern uint32_t ld_ram_end[];

enum { LD_GUARD_SIZE = 256 };    /* bytes; sections.ld asserts it */

#endif
