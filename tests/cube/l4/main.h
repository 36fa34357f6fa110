/* SPDX-License-Identifier: Apache-2.0 */
/* main.h - a stand-in for what CubeMX generates for an STM32L4; see hal.h. */
#ifndef TERN_TESTS_CUBE_L4_MAIN_H
#define TERN_TESTS_CUBE_L4_MAIN_H

#include "../hal.h"

#define FLASH_TYPEERASE_PAGES         0u
#define FLASH_TYPEPROGRAM_DOUBLEWORD  0u
#define FLASH_BANK_2                  2u
#define FLASH_FLAG_ALL_ERRORS         0xc3fau
#define __HAL_FLASH_CLEAR_FLAG(flags) standin_clear_flash_flags(flags)

typedef struct {
	uint32_t TypeErase, Banks, Page, NbPages;
} FLASH_EraseInitTypeDef;

HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef *erase, uint32_t *bad_page);
void standin_clear_flash_flags(uint32_t flags);

#endif
