/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/internal_flash.h"

#include "cortex_m/io.h"
#include "stm32l496/ecc.h"
#include "stm32l496/registers.h"

#include <stdbool.h>

/* One poll takes at least 8 cycles, so this is 0.1 s or more at 80 MHz; an erase
 * takes 25 ms at most, a granule 0.1 ms (data sheet 6.3.10). */
enum { POLL_LIMIT = 1000000 };

enum { PAGE_SIZE = 2048 };

static struct internal_flash *self(struct flash *f)
{
	return (struct internal_flash *)f;
}

static bool in_area(const struct flash *f, uint32_t addr, size_t len)
{
	uint32_t size = f->page_size * f->page_count;

	return addr <= size && len <= size - addr;
}

static volatile uint32_t *cell(const struct internal_flash *f, uint32_t addr)
{
	return (volatile uint32_t *)(uintptr_t)(f->start + addr);
}

/* ES0335: a cached word may be corrupted when one bank is read while the other
 * is written; so the data cache is off meanwhile, and emptied before it is used
 * again.  It is off for reading too, so that what is read is what is in flash. */
static void cache_off(void)
{
	io_clear(&FLASH->ACR, FLASH_ACR_DCEN);
}

static void cache_on(void)
{
	io_set(&FLASH->ACR, FLASH_ACR_DCRST);
	io_clear(&FLASH->ACR, FLASH_ACR_DCRST);
	io_set(&FLASH->ACR, FLASH_ACR_DCEN);
}

/* Bytes of the granule at ADDR from OFFSET on. */
static enum err read_part(const struct internal_flash *f, uint32_t addr, size_t offset, uint8_t *out, size_t len)
{
	uint32_t words[2];

	if (!ecc_read(cell(f, addr), words))
		return ERR_FLASH_IO;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(words[(offset + i) / 4] >> (offset + i) % 4 * 8);
	return ERR_OK;
}

static enum err flash_area_read(struct flash *flash, uint32_t addr, void *buf, size_t len)
{
	uint8_t *out = buf;
	enum err e = ERR_OK;

	if (!in_area(flash, addr, len))
		return ERR_FLASH_RANGE;
	cache_off();
	while (len > 0 && e == ERR_OK) {
		size_t offset = addr % FLASH_GRANULE;
		size_t n = FLASH_GRANULE - offset < len ? FLASH_GRANULE - offset : len;

		e = read_part(self(flash), addr - (uint32_t)offset, offset, out, n);
		addr += (uint32_t)n;
		out += n;
		len -= n;
	}
	cache_on();
	return e;
}

/* PROGERR: the granule was not erased, its check bits included.  The rest: the
 * option bytes protect it, or the order of things was wrong (RM0351 3.3.7). */
static enum err finish(void)
{
	uint32_t sr = FLASH_SR_BSY;

	for (uint32_t n = 0; n < POLL_LIMIT && (sr & FLASH_SR_BSY) != 0; n++)
		sr = io_read(&FLASH->SR);
	io_write(&FLASH->SR, FLASH_SR_ERRORS | FLASH_SR_EOP);    /* written 1: cleared */
	if ((sr & FLASH_SR_PROGERR) != 0)
		return ERR_FLASH_PROGRAM;
	return (sr & (FLASH_SR_BSY | FLASH_SR_ERRORS)) != 0 ? ERR_FLASH_IO : ERR_OK;
}

/* RM0351 3.3.5: two keys open CR, anything else locks it until the next reset.
 * A flag that is left over from earlier would refuse all that follows. */
static enum err unlock(void)
{
	if ((io_read(&FLASH->CR) & FLASH_CR_LOCK) != 0) {
		io_write(&FLASH->KEYR, FLASH_KEY1);
		io_write(&FLASH->KEYR, FLASH_KEY2);
	}
	cache_off();
	if (!io_wait(&FLASH->SR, FLASH_SR_BSY, 0, POLL_LIMIT))
		return ERR_FLASH_IO;
	io_write(&FLASH->SR, FLASH_SR_ERRORS | FLASH_SR_EOP);
	return (io_read(&FLASH->CR) & FLASH_CR_LOCK) != 0 ? ERR_FLASH_IO : ERR_OK;
}

static void lock(void)
{
	io_write(&FLASH->CR, FLASH_CR_LOCK);
	cache_on();
}

uint32_t internal_flash_page_bits(uint32_t address)
{
	if (address >= FLASH_BANK2_START)
		return FLASH_CR_BKER | FLASH_CR_PNB((address - FLASH_BANK2_START) / PAGE_SIZE);
	return FLASH_CR_PNB((address - FLASH_START) / PAGE_SIZE);
}

/* RM0351 3.3.6, page erase */
static enum err flash_area_erase(struct flash *flash, uint32_t addr)
{
	uint32_t page = FLASH_CR_PER | internal_flash_page_bits(self(flash)->start + addr);
	enum err e;

	if (addr % flash->page_size != 0 || !in_area(flash, addr, flash->page_size))
		return ERR_FLASH_RANGE;
	e = unlock();
	if (e == ERR_OK) {
		io_write(&FLASH->CR, page);
		io_write(&FLASH->CR, page | FLASH_CR_STRT);
		e = finish();
	}
	lock();
	return e;
}

/* What the controller knows better, since it sees the check bits, it says by
 * PROGERR; but for a granule of zeros, which it would let through (RM0351 3.3.7). */
static bool is_erased(const struct internal_flash *f, uint32_t addr, size_t len)
{
	bool erased = true;

	cache_off();
	for (uint32_t i = 0; i < len && erased; i += FLASH_GRANULE) {
		uint32_t words[2];

		erased = ecc_read(cell(f, addr + i), words) && words[0] == UINT32_MAX && words[1] == UINT32_MAX;
	}
	cache_on();
	return erased;
}

static uint32_t word_of(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* RM0351 3.3.7, standard programming: two words one after the other */
static enum err program_granule(const struct internal_flash *f, uint32_t addr, const uint8_t *data)
{
	volatile uint32_t *at = cell(f, addr);

	io_write(&FLASH->CR, FLASH_CR_PG);
	io_write(&at[0], word_of(data));
	core_sync();
	io_write(&at[1], word_of(data + 4));
	return finish();
}

static enum err flash_area_program(struct flash *flash, uint32_t addr, const void *data, size_t len)
{
	struct internal_flash *f = self(flash);
	enum err e;

	if (addr % FLASH_GRANULE != 0 || len % FLASH_GRANULE != 0 || !in_area(flash, addr, len))
		return ERR_FLASH_RANGE;
	if (!is_erased(f, addr, len))
		return ERR_FLASH_PROGRAM;
	e = unlock();
	for (uint32_t i = 0; i < len && e == ERR_OK; i += FLASH_GRANULE)
		e = program_granule(f, addr + i, (const uint8_t *)data + i);
	lock();
	return e;
}

void internal_flash_init(struct internal_flash *f, uint32_t start, uint32_t page_size, uint32_t page_count)
{
	static const struct flash_ops ops = { flash_area_read, flash_area_erase, flash_area_program };

	f->flash = (struct flash){ &ops, page_size, page_count };
	f->start = start;
}
