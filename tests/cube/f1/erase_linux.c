/* SPDX-License-Identifier: Apache-2.0 */
#include "../hal_linux.h"
#include "main.h"

HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef *erase, uint32_t *bad_page)
{
	*bad_page = 0xffffffffu;
	for (uint32_t i = 0; i < erase->NbPages; i++)
		hal_flash_erase(erase->PageAddress + i * 2048);
	return HAL_OK;
}
