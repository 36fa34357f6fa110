/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed.c - the bytes in flash.  A page is a row of slots of seven granules:
 *
 *   PAD | generation, its inverted CRC-32 | seed, four granules | CRC-32 of the five, the same inverted
 *
 * A generation is above all that can be seen, whether their entry verifies or
 * not, so an entry whose writing was cut and that reads as valid only now and
 * then never ranks above one that was finished later.  Handing out such an
 * entry once is harmless: nothing was given out in the run that was cut.
 *
 * A cut may leave a granule that looks erased and is not; only the first one of
 * a slot can be taken for free, and its content never matters: PAD.
 */
#include "store/seed.h"

#include "base/bytes.h"
#include "base/crc.h"

#include <string.h>

enum { G = FLASH_GRANULE, BODY = G + SEED_SIZE + G, SLOT = G + BODY, PAGES = 2 };

static const uint8_t pad[G] = { 'T', 'e', 'r', 'n', 's', 'e', 'e', 'd' };

/* What a walk over both pages finds. */
struct found {
	bool     valid;
	uint32_t page;                 /* of the newest valid entry */
	uint32_t generation;           /* of it */
	uint32_t highest;              /* generation of any entry */
	uint8_t  seed[SEED_SIZE];
};

static void put_u32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t slots(const struct seed *s)
{
	return s->flash->page_size / SLOT;
}

static uint32_t slot_addr(const struct seed *s, uint32_t page, uint32_t slot)
{
	return (s->first_page + page) * s->flash->page_size + slot * SLOT;
}

static bool all_same(const uint8_t *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

static void encode(uint8_t body[BODY], uint32_t generation, const uint8_t seed[SEED_SIZE])
{
	uint32_t crc;

	put_u32(body, generation);
	put_u32(body + 4, ~crc32(0, body, 4));   /* inverted: erased bytes are a CRC of themselves */
	memcpy(body + G, seed, SEED_SIZE);
	crc = crc32(0, body, G + SEED_SIZE);
	put_u32(body + G + SEED_SIZE, crc);
	put_u32(body + G + SEED_SIZE + 4, ~crc);
}

static bool head_verifies(const uint8_t body[BODY])
{
	return get_u32(body + 4) == ~crc32(0, body, 4);
}

static bool entry_verifies(const uint8_t body[BODY])
{
	uint32_t crc = crc32(0, body, G + SEED_SIZE);
	const uint8_t *end = body + G + SEED_SIZE;

	return get_u32(end) == crc && get_u32(end + 4) == ~crc && !all_same(body + G, SEED_SIZE);
}

static void look_at(struct seed *s, uint32_t page, uint32_t slot, struct found *f)
{
	uint8_t body[BODY];
	uint32_t generation;

	if (flash_read(s->flash, slot_addr(s, page, slot) + G, body, sizeof body) != ERR_OK || !head_verifies(body))
		return;
	generation = get_u32(body);
	if (generation > f->highest)
		f->highest = generation;
	if (entry_verifies(body) && (!f->valid || generation > f->generation)) {
		f->valid = true;
		f->page = page;
		f->generation = generation;
		memcpy(f->seed, body + G, SEED_SIZE);
	}
	bytes_wipe(body, sizeof body);
}

static void find_newest(struct seed *s, struct found *f)
{
	memset(f, 0, sizeof *f);
	for (uint32_t page = 0; page < PAGES; page++)
		for (uint32_t slot = 0; slot < slots(s); slot++)
			look_at(s, page, slot, f);
}

/* The slot behind the last one in which anything can be seen. */
static uint32_t first_free(struct seed *s, uint32_t page)
{
	uint32_t slot = slots(s);
	uint8_t b[SLOT];
	bool used = false;

	while (slot > 0 && !used) {
		slot--;
		used = flash_read(s->flash, slot_addr(s, page, slot), b, sizeof b) != ERR_OK || b[0] != 0xff
			|| !all_same(b, sizeof b);
	}
	bytes_wipe(b, sizeof b);
	return used ? slot + 1 : slot;
}

static enum err program_verified(struct seed *s, uint32_t addr, const uint8_t *data, size_t n)
{
	uint8_t back[BODY];
	enum err e = flash_program(s->flash, addr, data, n);

	if (e == ERR_OK)
		e = flash_read(s->flash, addr, back, n);
	if (e == ERR_OK && memcmp(back, data, n) != 0)
		e = ERR_FLASH_VERIFY;
	bytes_wipe(back, n);
	return e;
}

/* The end of the entry is written after the rest was read back, so that an
 * entry that verifies now and then has at least its generation for certain. */
static enum err write_slot(struct seed *s, uint32_t addr, const uint8_t body[BODY])
{
	enum err e = program_verified(s, addr, pad, sizeof pad);

	if (e == ERR_OK)
		e = program_verified(s, addr + G, body, BODY - G);
	return e == ERR_OK ? program_verified(s, addr + SLOT - G, body + BODY - G, G) : e;
}

/* Into the first free slot that takes it. */
static enum err write_page(struct seed *s, uint32_t page, const uint8_t body[BODY])
{
	enum err e = ERR_FULL;

	for (uint32_t slot = first_free(s, page); e != ERR_OK && slot < slots(s); slot++)
		e = write_slot(s, slot_addr(s, page, slot), body);
	return e;
}

static enum err erase(struct seed *s, uint32_t page)
{
	return flash_erase(s->flash, slot_addr(s, page, 0));
}

static enum err append(struct seed *s, const struct found *now, const uint8_t body[BODY])
{
	enum err e = now->valid ? write_page(s, now->page, body) : erase(s, 0);

	if (e == ERR_OK && now->valid)
		return ERR_OK;
	e = erase(s, !now->page);      /* nothing valid in it, or nothing newer than NOW */
	return e == ERR_OK ? write_page(s, !now->page, body) : e;
}

enum err seed_init(struct seed *s, struct flash *flash, uint32_t first_page)
{
	if (flash->page_size < SLOT || flash->page_count < PAGES || first_page > flash->page_count - PAGES)
		return ERR_ARG;
	*s = (struct seed){ flash, first_page };
	return ERR_OK;
}

enum err seed_read(struct seed *s, uint8_t out[SEED_SIZE])
{
	struct found f;
	bool valid;

	find_newest(s, &f);
	valid = f.valid;
	memcpy(out, f.seed, SEED_SIZE);
	bytes_wipe(&f, sizeof f);
	return valid ? ERR_OK : ERR_RNG_UNSEEDED;
}

enum err seed_write(struct seed *s, const uint8_t next[SEED_SIZE])
{
	uint8_t body[BODY];
	struct found f;
	enum err e;

	if (all_same(next, SEED_SIZE))
		return ERR_ARG;
	find_newest(s, &f);
	encode(body, f.highest + 1, next);
	e = append(s, &f, body);
	bytes_wipe(body, sizeof body);
	bytes_wipe(&f, sizeof f);
	return e;
}

enum err seed_erase(struct seed *s)
{
	struct found f;
	uint32_t last;
	enum err e;

	find_newest(s, &f);
	last = f.page;
	bytes_wipe(&f, sizeof f);
	e = erase(s, !last);           /* the newest goes last: an older one must not come to count */
	return e == ERR_OK ? erase(s, last) : e;
}
