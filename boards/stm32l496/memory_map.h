/* SPDX-License-Identifier: Apache-2.0 */
/* memory_map.h - what the program may touch on this part (RM0351 2.2). */
#ifndef TERN_STM32L496_MEMORY_MAP_H
#define TERN_STM32L496_MEMORY_MAP_H

#include "cortex_m/linker.h"
#include "cortex_m/memory_protection.h"
#include "stm32l496/part.h"

static const struct region memory_map[] = {
	/* program, 1 MB */
	{ (void *)0x08000000, 20, MPU_RASR_AP_RO | MPU_RASR_FLASH },
	/* settings, 128 KB: the controller's programming is a store to the cell */
	{ (void *)PART_FLASH_START, 17, MPU_RASR_AP_RW | MPU_RASR_FLASH | MPU_RASR_XN },
	/* SRAM1, 256 KB */
	{ (void *)0x20000000, 18, MPU_RASR_AP_RW | MPU_RASR_SRAM | MPU_RASR_XN },
	/* between the program's stack and that of the interrupts, which lies above it */
	{ ld_guard_bottom, 8, MPU_RASR_AP_NONE | MPU_RASR_XN },
	/* peripherals on both APB and on AHB1: DMA, RCC, flash interface; 256 KB */
	{ (void *)0x40000000, 18, MPU_RASR_AP_RW | MPU_RASR_DEVICE | MPU_RASR_XN },
	/* pins, 16 KB */
	{ (void *)0x48000000, 14, MPU_RASR_AP_RW | MPU_RASR_DEVICE | MPU_RASR_XN },
	/* ADC and RNG, 256 KB */
	{ (void *)0x50040000, 18, MPU_RASR_AP_RW | MPU_RASR_DEVICE | MPU_RASR_XN },
	/* unique id, calibration, flash size, 256 B */
	{ (void *)0x1fff7500, 8, MPU_RASR_AP_RO | MPU_RASR_FLASH | MPU_RASR_XN },
};

_Static_assert(1u << 8 == LD_GUARD_SIZE, "the region is as large as the gap that the linker script leaves");
_Static_assert(1u << 17 == PART_PAGE_SIZE * PART_PAGE_COUNT, "the region is as large as the area");

#endif
