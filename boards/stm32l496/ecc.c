/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/ecc.h"

#include "cortex_m/io.h"
#include "stm32l496/registers.h"

/* Not an address of flash: no granule is being read. */
enum { NO_GRANULE = 0 };

static volatile uint32_t reading = NO_GRANULE;
static volatile bool failed;

/* RM0351 3.7.7: an offset in its bank.  System memory is not ours. */
uint32_t ecc_address(uint32_t eccr)
{
	if ((eccr & FLASH_ECCR_SYSF_ECC) != 0)
		return NO_GRANULE;
	return ((eccr & FLASH_ECCR_BK_ECC) != 0 ? FLASH_BANK2_START : FLASH_START) + (eccr & FLASH_ECCR_ADDR_ECC & ~7u);
}

/* Written 1: cleared.  An address is recorded only while both flags are clear. */
static void clear_flags(void)
{
	io_write(&FLASH->ECCR, FLASH_ECCR_ECCD | FLASH_ECCR_ECCC);
}

bool ecc_read(const volatile uint32_t *cell, uint32_t out[2])
{
	clear_flags();
	failed = false;
	reading = (uint32_t)(uintptr_t)cell;
	core_sync();
	out[0] = io_read(&cell[0]);
	out[1] = io_read(&cell[1]);
	core_sync();
	reading = NO_GRANULE;
	return !failed;
}

bool ecc_nmi(void)
{
	uint32_t eccr = io_read(&FLASH->ECCR);

	if ((eccr & FLASH_ECCR_ECCD) == 0 || reading == NO_GRANULE || ecc_address(eccr) != reading)
		return false;
	failed = true;
	clear_flags();
	return true;
}
