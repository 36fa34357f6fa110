/* SPDX-License-Identifier: Apache-2.0 */
#include "../hal_linux.h"
#include "main.h"

HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef *erase, uint32_t *bad_page)
{
	*bad_page = 0xffffffffu;
	if (erase->Banks != FLASH_BANK_2)
		return HAL_ERROR;
	for (uint32_t i = 0; i < erase->NbPages; i++)
		hal_flash_erase(0x08080000u + (erase->Page + i) * 2048);
	return HAL_OK;
}

void standin_clear_flash_flags(uint32_t flags)
{
	(void)flags;
}
