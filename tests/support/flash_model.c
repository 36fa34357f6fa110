/* SPDX-License-Identifier: Apache-2.0 */
#include "support/flash_model.h"

#include <string.h>

enum { ERASED, WRITTEN, DOUBTFUL };             /* state */
enum {
	AS_MEM, AS_ALT, ANEW, READINGS,          /* reading; ANEW: drawn at every read */
	FIRST_MEM = 4, FIRST_ALT, FIRST_ANY      /* what it will be at the next power-up */
};

enum { G = FLASH_GRANULE };

static struct flash_model *model(struct flash *f)
{
	return (struct flash_model *)f;
}

static uint32_t draw(struct flash_model *m)
{
	m->rng ^= m->rng << 13;
	m->rng ^= m->rng >> 17;
	m->rng ^= m->rng << 5;
	return m->rng;
}

static uint32_t size_of(const struct flash_model *m)
{
	return m->flash.page_size * m->flash.page_count;
}

static const uint8_t *reading_of(struct flash_model *m, uint32_t granule)
{
	bool alt = false;

	if (m->state[granule] == DOUBTFUL)
		alt = m->reading[granule] == AS_ALT || (m->reading[granule] == ANEW && draw(m) % 2 == 0);
	return (alt ? m->alt : m->mem) + (size_t)granule * G;
}

static bool outside(struct flash_model *m, uint32_t addr, size_t len)
{
	return addr > size_of(m) || len > size_of(m) - addr;
}

static enum err model_read(struct flash *f, uint32_t addr, void *buf, size_t len)
{
	struct flash_model *m = model(f);
	uint8_t *out = buf;

	if (m->dead)
		return ERR_FLASH_IO;
	if (outside(m, addr, len)) {
		m->violations++;
		return ERR_FLASH_RANGE;
	}
	m->reads++;
	while (len > 0) {
		uint32_t skip = addr % G;
		size_t n = len < G - skip ? len : G - skip;

		memcpy(out, reading_of(m, addr / G) + skip, n);
		out += n;
		addr += (uint32_t)n;
		len -= n;
	}
	return ERR_OK;
}

static void doubt(struct flash_model *m, uint32_t granule, const uint8_t *other, uint8_t first)
{
	memcpy(m->alt + (size_t)granule * G, other, G);
	m->state[granule] = DOUBTFUL;
	m->reading[granule] = first;
	m->doubtful++;
}

static bool blank(const uint8_t *p)
{
	static const uint8_t ff[G] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return memcmp(p, ff, G) == 0;
}

/* True when power fails in this operation. */
static bool fails_now(struct flash_model *m)
{
	m->dead = m->ops++ == m->cut_at;
	return m->dead;
}

static void cut_program(struct flash_model *m, uint32_t granule, const uint8_t *data)
{
	uint8_t *cell = m->mem + (size_t)granule * G;
	uint8_t old[G];

	memcpy(old, cell, G);
	switch (m->cut) {
	case CUT_BEFORE:
		return;
	case CUT_TORN:
		memcpy(cell, data, 2 * (1 + draw(m) % 3));
		break;
	case CUT_BITS:
		for (unsigned i = 0; i < G; i++)
			cell[i] = (uint8_t)(data[i] | (old[i] & draw(m)));
		break;
	case CUT_AFTER:
	case CUT_DOUBTFUL_NEW:
	case CUT_DOUBTFUL_OLD:
	case CUT_DOUBTFUL_EITHER:
	case CUT_VARIANTS:
		memcpy(cell, data, G);
		break;
	}
	m->state[granule] = WRITTEN;
	if (m->cut >= CUT_DOUBTFUL_NEW)
		doubt(m, granule, old, (uint8_t)(FIRST_MEM + (m->cut - CUT_DOUBTFUL_NEW)));
}

static enum err program_granule(struct flash_model *m, uint32_t granule, const uint8_t *data)
{
	uint8_t *cell = m->mem + (size_t)granule * G;

	if (m->state[granule] == WRITTEN) {
		m->violations += !blank(cell);
		return ERR_FLASH_PROGRAM;
	}
	if (m->state[granule] == DOUBTFUL && !blank(reading_of(m, granule)))
		return ERR_FLASH_PROGRAM;
	if (fails_now(m)) {
		if (m->state[granule] == ERASED)
			cut_program(m, granule, data);
		return ERR_FLASH_IO;
	}
	if (granule == m->stuck)
		return ERR_OK;
	if (m->state[granule] == DOUBTFUL) {   /* what was there shines through from the next power-up on */
		for (unsigned i = 0; i < G; i++)
			m->alt[(size_t)granule * G + i] &= m->mem[(size_t)granule * G + i] & data[i];
		m->reading[granule] = AS_MEM;
	} else {
		m->state[granule] = WRITTEN;
	}
	memcpy(cell, data, G);
	return ERR_OK;
}

static enum err model_program(struct flash *f, uint32_t addr, const void *data, size_t len)
{
	struct flash_model *m = model(f);
	const uint8_t *p = data;

	if (m->dead)
		return ERR_FLASH_IO;
	if (addr % G != 0 || len % G != 0 || len == 0 || outside(m, addr, len)) {
		m->violations++;
		return ERR_FLASH_RANGE;
	}
	for (size_t done = 0; done < len; done += G) {
		enum err e = program_granule(m, (addr + (uint32_t)done) / G, p + done);

		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static void cut_erase_granule(struct flash_model *m, uint32_t granule)
{
	uint8_t *cell = m->mem + (size_t)granule * G, old[G];

	memcpy(old, cell, G);
	switch (m->cut) {
	case CUT_BEFORE:
		return;
	case CUT_TORN:
		for (unsigned i = 0; i < G; i++)
			cell[i] = draw(m) % 2 == 0 ? 0xff : old[i];
		break;
	case CUT_BITS:
		for (unsigned i = 0; i < G; i++)
			cell[i] = (uint8_t)(old[i] | draw(m));
		break;
	case CUT_AFTER:
	case CUT_DOUBTFUL_NEW:
	case CUT_DOUBTFUL_OLD:
	case CUT_DOUBTFUL_EITHER:
	case CUT_VARIANTS:
		memset(cell, 0xff, G);
		break;
	}
	m->doubtful -= m->state[granule] == DOUBTFUL;
	m->state[granule] = blank(cell) ? ERASED : WRITTEN;
	if (m->cut >= CUT_DOUBTFUL_NEW && !blank(old))
		doubt(m, granule, old, (uint8_t)(FIRST_MEM + (m->cut - CUT_DOUBTFUL_NEW)));
}

static enum err model_erase(struct flash *f, uint32_t addr)
{
	struct flash_model *m = model(f);
	uint32_t granules = m->flash.page_size / G, first = addr / G, page = addr / m->flash.page_size;

	if (m->dead)
		return ERR_FLASH_IO;
	if (addr % m->flash.page_size != 0 || outside(m, addr, m->flash.page_size)) {
		m->violations++;
		return ERR_FLASH_RANGE;
	}
	m->erases[page]++;
	if (fails_now(m)) {
		for (uint32_t i = 0; i < granules; i++)
			cut_erase_granule(m, first + i);
		return ERR_FLASH_IO;
	}
	if (page == m->bad_page)
		return ERR_FLASH_IO;
	for (uint32_t i = first; i < first + granules; i++) {
		if (i == m->stain && m->state[i] == WRITTEN)
			continue;
		m->doubtful -= m->state[i] == DOUBTFUL;
		m->state[i] = ERASED;
		memset(m->mem + (size_t)i * G, 0xff, G);
		memset(m->alt + (size_t)i * G, 0xff, G);
	}
	return ERR_OK;
}

static const struct flash_ops ops = { model_read, model_erase, model_program };

void flash_model_init(struct flash_model *m, uint32_t page_size, uint32_t pages, uint32_t seed)
{
	memset(m, 0, sizeof *m);
	m->flash = (struct flash){ .ops = &ops, .page_size = page_size, .page_count = pages };
	m->rng = seed * 2654435761u | 1u;
	m->cut_at = m->stuck = m->bad_page = m->stain = UINT32_MAX;
	memset(m->mem, 0xff, sizeof m->mem);
	memset(m->alt, 0xff, sizeof m->alt);
}

void flash_model_copy(struct flash_model *dst, const struct flash_model *src)
{
	size_t size = size_of(src);

	memcpy(dst, src, offsetof(struct flash_model, erases));
	memcpy(dst->erases, src->erases, src->flash.page_count * sizeof src->erases[0]);
	memcpy(dst->mem, src->mem, size);
	memcpy(dst->alt, src->alt, size);
	memcpy(dst->state, src->state, size / G);
	memcpy(dst->reading, src->reading, size / G);
}

void flash_model_cut_at(struct flash_model *m, uint32_t at, enum flash_model_cut cut)
{
	m->cut_at = m->ops + at;
	m->cut = cut;
}

static uint8_t next_reading(struct flash_model *m, uint8_t now)
{
	if (now == FIRST_MEM)
		return AS_MEM;
	if (now == FIRST_ALT)
		return AS_ALT;
	return (uint8_t)(draw(m) % READINGS);
}

void flash_model_power_on(struct flash_model *m)
{
	m->dead = false;
	m->ops = 0;
	m->cut_at = UINT32_MAX;
	if (m->doubtful == 0)
		return;
	for (uint32_t i = 0; i < size_of(m) / G; i++)
		if (m->state[i] == DOUBTFUL)
			m->reading[i] = next_reading(m, m->reading[i]);
}

bool flash_model_contains(const struct flash_model *m, const void *bytes, size_t len)
{
	for (size_t i = 0; i + len <= size_of(m); i++)
		if (memcmp(m->mem + i, bytes, len) == 0 || memcmp(m->alt + i, bytes, len) == 0)
			return true;
	return false;
}
