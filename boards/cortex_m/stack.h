/* SPDX-License-Identifier: Apache-2.0 */
/* stack.h - how much of the stacks was ever used. */
#ifndef TERN_CORTEX_M_STACK_H
#define TERN_CORTEX_M_STACK_H

#include <stddef.h>

#define STACK_PAINT 0xc5c5c5c5u

/* The program's: bytes reserved, and bytes never touched since the reset. */
size_t stack_size(void);
size_t stack_unused(void);

/* The interrupts': bytes never touched. */
size_t stack_interrupts_unused(void);

#endif
