/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_protection.h - only what the program needs may be touched, and only as
 * it needs it.  Everything else, NULL and the end of the stack included, is a
 * fault that says where.
 */
#ifndef TERN_STM32F103_MEMORY_PROTECTION_H
#define TERN_STM32F103_MEMORY_PROTECTION_H

void memory_protection_start(void);

#endif
