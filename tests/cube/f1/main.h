/* SPDX-License-Identifier: Apache-2.0 */
/* main.h - a stand-in for what CubeMX generates for an STM32F1; see hal.h. */
#ifndef TERN_TESTS_CUBE_F1_MAIN_H
#define TERN_TESTS_CUBE_F1_MAIN_H

#include "../hal.h"

#define FLASH_TYPEERASE_PAGES         0u
#define FLASH_TYPEPROGRAM_DOUBLEWORD  3u

typedef struct {
	uint32_t TypeErase, Banks, PageAddress, NbPages;
} FLASH_EraseInitTypeDef;

HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef *erase, uint32_t *bad_page);

#endif
