/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/internal_flash.h"

#include "cortex_m/io.h"

#include <stdbool.h>

/* One poll takes at least 8 cycles, so this is more than 0.1 s at 72 MHz; an
 * erase takes 40 ms at most, a half word 70 us (data sheet 5.3.9). */
enum { POLL_LIMIT = 1000000 };

static struct internal_flash *self(struct flash *f)
{
	return (struct internal_flash *)f;
}

static bool in_area(const struct flash *f, uint32_t addr, size_t len)
{
	uint32_t size = f->page_size * f->page_count;

	return addr <= size && len <= size - addr;
}

static volatile uint16_t *cell(const struct internal_flash *f, uint32_t addr)
{
	return (volatile uint16_t *)(uintptr_t)(f->start + addr);
}

static enum err flash_area_read(struct flash *flash, uint32_t addr, void *buf, size_t len)
{
	const struct internal_flash *f = self(flash);
	uint8_t *out = buf;

	if (!in_area(flash, addr, len))
		return ERR_FLASH_RANGE;
	for (size_t i = 0; i < len; i++) {
		uint32_t at = addr + (uint32_t)i;
		uint16_t half = io_read16(cell(f, at & ~1u));

		out[i] = (uint8_t)((at & 1u) != 0 ? half >> 8 : half);
	}
	return ERR_OK;
}

static void clear_flags(struct flash_bank *bank)
{
	io_write(&bank->SR, FLASH_SR_PGERR | FLASH_SR_WRPRTERR | FLASH_SR_EOP);    /* written 1: cleared */
}

/* PM0075 2.3.1: two keys open CR, anything else locks it until the next reset. */
static enum err unlock(struct flash_bank *bank)
{
	if ((io_read(&bank->CR) & FLASH_CR_LOCK) != 0) {
		io_write(&bank->KEYR, FLASH_KEY1);
		io_write(&bank->KEYR, FLASH_KEY2);
	}
	clear_flags(bank);
	return (io_read(&bank->CR) & FLASH_CR_LOCK) != 0 ? ERR_FLASH_IO : ERR_OK;
}

static void lock(struct flash_bank *bank)
{
	io_write(&bank->CR, FLASH_CR_LOCK);
}

/* PGERR: the cell was not erased.  WRPRTERR: the option bytes protect it.  Without
 * EOP nothing has begun. */
static enum err finish(struct flash_bank *bank)
{
	uint32_t sr = FLASH_SR_BSY;

	for (uint32_t n = 0; n < POLL_LIMIT && (sr & FLASH_SR_BSY) != 0; n++)
		sr = io_read(&bank->SR);
	clear_flags(bank);
	if ((sr & FLASH_SR_PGERR) != 0)
		return ERR_FLASH_PROGRAM;
	return (sr & (FLASH_SR_BSY | FLASH_SR_WRPRTERR | FLASH_SR_EOP)) == FLASH_SR_EOP ? ERR_OK : ERR_FLASH_IO;
}

/* The controller refuses all but 0x0000 on a written cell (PM0075 2.3.3), so
 * that one exception, and 0xffff over anything, are refused here. */
static bool is_erased(const struct internal_flash *f, uint32_t addr, size_t len)
{
	for (uint32_t i = 0; i < len; i += 2)
		if (io_read16(cell(f, addr + i)) != 0xffff)
			return false;
	return true;
}

/* PM0075 2.3.4, page erase */
static enum err flash_area_erase(struct flash *flash, uint32_t addr)
{
	struct internal_flash *f = self(flash);
	enum err e;

	if (addr % flash->page_size != 0 || !in_area(flash, addr, flash->page_size))
		return ERR_FLASH_RANGE;
	e = unlock(f->bank);
	if (e == ERR_OK) {
		io_write(&f->bank->CR, FLASH_CR_PER);
		io_write(&f->bank->AR, f->start + addr);
		io_write(&f->bank->CR, FLASH_CR_PER | FLASH_CR_STRT);
		e = finish(f->bank);
	}
	lock(f->bank);
	return e == ERR_OK && !is_erased(f, addr, flash->page_size) ? ERR_FLASH_VERIFY : e;
}

/* PM0075 2.3.3: half word by half word, in order of address, each read back */
static enum err program_cells(struct internal_flash *f, uint32_t addr, const uint8_t *data, size_t len)
{
	enum err e = ERR_OK;

	for (uint32_t i = 0; i < len && e == ERR_OK; i += 2) {
		uint16_t value = (uint16_t)(data[i] | data[i + 1] << 8);

		io_write(&f->bank->CR, FLASH_CR_PG);
		io_write16(cell(f, addr + i), value);
		e = finish(f->bank);
		if (e == ERR_OK && io_read16(cell(f, addr + i)) != value)
			e = ERR_FLASH_VERIFY;
	}
	return e;
}

static enum err flash_area_program(struct flash *flash, uint32_t addr, const void *data, size_t len)
{
	struct internal_flash *f = self(flash);
	enum err e;

	if (addr % FLASH_GRANULE != 0 || len % FLASH_GRANULE != 0 || !in_area(flash, addr, len))
		return ERR_FLASH_RANGE;
	if (!is_erased(f, addr, len))
		return ERR_FLASH_PROGRAM;
	e = unlock(f->bank);
	if (e == ERR_OK)
		e = program_cells(f, addr, data, len);
	lock(f->bank);
	return e;
}

void internal_flash_init(struct internal_flash *f, uint32_t start, uint32_t page_size, uint32_t page_count)
{
	static const struct flash_ops ops = { flash_area_read, flash_area_erase, flash_area_program };

	f->flash = (struct flash){ &ops, page_size, page_count };
	f->bank = start >= FLASH_BANK2_START ? FLASH_BANK2 : FLASH_BANK1;
	f->start = start;
}
