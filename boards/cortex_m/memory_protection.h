/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_protection.h - only what the program needs may be touched, and only as
 * it needs it.  Everything else, NULL and the end of the stack included, is a
 * fault that says where.
 */
#ifndef TERN_CORTEX_M_MEMORY_PROTECTION_H
#define TERN_CORTEX_M_MEMORY_PROTECTION_H

#include "cortex_m/registers.h"

#include <stddef.h>

/* PM0056 4.2.  Where two regions overlap the later one counts.  The private
 * peripherals of the core (0xe0000000) need none. */
struct region {
	const void *base;      /* a multiple of the size */
	uint32_t    size_log2;
	uint32_t    access;    /* MPU_RASR_... */
};

/* At most eight. */
void memory_protection_start(const struct region *regions, size_t count);

#endif
