/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/memory_protection.h"

#include "cortex_m/io.h"

void memory_protection_start(const struct region *regions, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		io_write(&MPU->RBAR, (uint32_t)(uintptr_t)regions[i].base | MPU_RBAR_VALID | i);
		io_write(&MPU->RASR, regions[i].access | MPU_RASR_SIZE(regions[i].size_log2) | MPU_RASR_ENABLE);
	}
	io_set(&SCB->SHCSR, SCB_SHCSR_MEMFAULTENA | SCB_SHCSR_BUSFAULTENA | SCB_SHCSR_USGFAULTENA);
	io_set(&SCB->CCR, SCB_CCR_DIV_0_TRP);
	io_write(&MPU->CTRL, MPU_CTRL_ENABLE);
	core_sync();
}
