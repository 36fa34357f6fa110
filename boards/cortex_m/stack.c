/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/stack.h"

#include "cortex_m/linker.h"

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
