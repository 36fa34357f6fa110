/* SPDX-License-Identifier: Apache-2.0 */
/* io.h - what is done to a register more than once. */
#ifndef TERN_CORTEX_M_IO_H
#define TERN_CORTEX_M_IO_H

#include "cortex_m/core.h"

#include <stdbool.h>

static inline void io_set(volatile uint32_t *reg, uint32_t bits)
{
	io_write(reg, io_read(reg) | bits);
}

static inline void io_clear(volatile uint32_t *reg, uint32_t bits)
{
	io_write(reg, io_read(reg) & ~bits);
}

static inline void io_change(volatile uint32_t *reg, uint32_t bits, bool on)
{
	uint32_t rest = io_read(reg) & ~bits;

	io_write(reg, on ? rest | bits : rest);
}

/* Poll until the bits of MASK are as in WANT; false when they are not after
 * POLLS.  A poll takes 8 cycles or more. */
static inline bool io_wait(const volatile uint32_t *reg, uint32_t mask, uint32_t want, uint32_t polls)
{
	while (polls-- > 0)
		if ((io_read(reg) & mask) == want)
			return true;
	return false;
}

#endif
