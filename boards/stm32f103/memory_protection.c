/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/memory_protection.h"

#include "stm32f103/io.h"
#include "stm32f103/part.h"
#include "stm32f103/vectors.h"

/* PM0056 4.2.  Where two regions overlap the later one counts.  The private
 * peripherals of the core (0xe0000000) need none. */
static const struct region {
	const void *base;      /* a multiple of the size */
	uint32_t    size_log2;
	uint32_t    access;
} regions[] = {
	/* program, 1 MB */
	{ (void *)0x08000000, 20, MPU_RASR_AP_RO | MPU_RASR_FLASH },
	/* settings, 128 KB: the controller's programming is a store to the cell */
	{ (void *)PART_FLASH_START, 17, MPU_RASR_AP_RW | MPU_RASR_FLASH | MPU_RASR_XN },
	/* RAM: six eighths of 128 KB are 96 KB */
	{ (void *)0x20000000, 17, MPU_RASR_AP_RW | MPU_RASR_SRAM | MPU_RASR_XN | MPU_RASR_SRD(0xc0) },
	/* between the program's stack and that of the interrupts, which lies above it */
	{ ld_guard_bottom, 8, MPU_RASR_AP_NONE | MPU_RASR_XN },
	/* peripherals up to the flash interface and the DMA controllers, 256 KB */
	{ (void *)0x40000000, 18, MPU_RASR_AP_RW | MPU_RASR_DEVICE | MPU_RASR_XN },
	/* flash size and unique id, 32 B */
	{ (void *)0x1ffff7e0, 5, MPU_RASR_AP_RO | MPU_RASR_FLASH | MPU_RASR_XN },
};

_Static_assert(1u << 8 == LD_GUARD_SIZE, "the region is as large as the gap that the linker script leaves");
_Static_assert(1u << 17 == PART_PAGE_SIZE * PART_PAGE_COUNT, "the region is as large as the area");

void memory_protection_start(void)
{
	for (uint32_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
		io_write(&MPU->RBAR, (uint32_t)(uintptr_t)regions[i].base | MPU_RBAR_VALID | i);
		io_write(&MPU->RASR, regions[i].access | MPU_RASR_SIZE(regions[i].size_log2) | MPU_RASR_ENABLE);
	}
	io_set(&SCB->SHCSR, SCB_SHCSR_MEMFAULTENA | SCB_SHCSR_BUSFAULTENA | SCB_SHCSR_USGFAULTENA);
	io_set(&SCB->CCR, SCB_CCR_DIV_0_TRP);
	io_write(&MPU->CTRL, MPU_CTRL_ENABLE);
	core_sync();
}
