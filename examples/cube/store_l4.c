/* SPDX-License-Identifier: Apache-2.0 */
/* STM32L4: pages of 2 KB, double words. */
#include "store.h"

#include "main.h"

#include <string.h>

/* The last 128 KB of an STM32L4 with 1 MB: in the second bank, so that the program in
 * the first one goes on during an erase. */
enum { BANK2 = 0x08080000, START = 0x080e0000, PAGE = 2048, PAGES = 64 };

/* A flag that an earlier operation left behind would be taken for an error of this one. */
static void unlock(void)
{
	HAL_FLASH_Unlock();
	__HAL_FLASH_CLEAR_FLAG(FLASH_FLAG_ALL_ERRORS);
}

static int store_read(void *ctx, uint32_t addr, void *buf, size_t len)
{
	(void)ctx;
	memcpy(buf, (const void *)(uintptr_t)(START + addr), len);
	return 0;
}

static int store_erase(void *ctx, uint32_t addr)
{
	FLASH_EraseInitTypeDef erase = {
		.TypeErase = FLASH_TYPEERASE_PAGES, .Banks = FLASH_BANK_2,
		.Page = (START - BANK2 + addr) / PAGE, .NbPages = 1,
	};
	uint32_t bad_page;
	HAL_StatusTypeDef status;

	(void)ctx;
	unlock();
	status = HAL_FLASHEx_Erase(&erase, &bad_page);
	HAL_FLASH_Lock();
	return status != HAL_OK;
}

static int store_program(void *ctx, uint32_t addr, const void *data, size_t len)
{
	HAL_StatusTypeDef status = HAL_OK;

	(void)ctx;
	unlock();
	for (uint32_t i = 0; status == HAL_OK && i < len; i += 8) {
		uint64_t word;

		memcpy(&word, (const uint8_t *)data + i, sizeof word);
		status = HAL_FLASH_Program(FLASH_TYPEPROGRAM_DOUBLEWORD, START + addr + i, word);
	}
	HAL_FLASH_Lock();
	return status != HAL_OK;
}

const struct tern_flash store = {
	.page_size = PAGE, .page_count = PAGES, .read = store_read, .erase = store_erase, .program = store_program,
};
