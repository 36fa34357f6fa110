/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flash_model.h - NOR flash in memory that is stricter and crueller than the
 * part: it refuses a misaligned write and a second one, and power can fail in
 * any operation and leave what a real cut leaves.
 *
 * An operation is the programming of one granule or the erasing of one page.
 * After the cut every call fails until flash_model_power_on().
 */
#ifndef TERN_TESTS_FLASH_MODEL_H
#define TERN_TESTS_FLASH_MODEL_H

#include "store/flash.h"

#include <stdbool.h>

enum {
	FLASH_MODEL_SIZE     = 22 * 2048,
	FLASH_MODEL_GRANULES = FLASH_MODEL_SIZE / FLASH_GRANULE,
	FLASH_MODEL_PAGES    = 256
};

/* What a cut leaves of the granule or page that was being written.  A doubtful
 * one reads as the first word says when power comes back, and from the second
 * power-up on as old, as new, or differently at every read. */
enum flash_model_cut {
	CUT_BEFORE,            /* not begun */
	CUT_AFTER,             /* complete */
	CUT_TORN,              /* program: some half words; erase: some bytes.  For good */
	CUT_BITS,              /* any bits between old and new.  For good */
	CUT_DOUBTFUL_NEW,
	CUT_DOUBTFUL_OLD,
	CUT_DOUBTFUL_EITHER,
	CUT_VARIANTS
};

struct flash_model {
	struct flash flash;
	uint32_t rng;
	uint32_t ops;          /* operations since power came on */
	uint32_t cut_at;       /* the operation in which power fails, counted so; UINT32_MAX: none */
	enum flash_model_cut cut;
	bool     dead;         /* power has failed */
	uint32_t doubtful;     /* granules in doubt */
	uint32_t violations;   /* writes to what could be known to be written, misaligned or outside */
	uint32_t stuck;        /* this granule does not take what is written; UINT32_MAX: none */
	uint32_t bad_page;     /* this page cannot be erased; UINT32_MAX: none */
	uint32_t stain;        /* this granule keeps its bytes when its page is erased; UINT32_MAX: none */
	uint32_t reads;
	uint32_t erases[FLASH_MODEL_PAGES];
	uint8_t  mem[FLASH_MODEL_SIZE];
	uint8_t  alt[FLASH_MODEL_SIZE];          /* the other reading of a doubtful granule */
	uint8_t  state[FLASH_MODEL_GRANULES];
	uint8_t  reading[FLASH_MODEL_GRANULES];  /* of a doubtful granule, while power stays */
};

/* All erased. */
void flash_model_init(struct flash_model *m, uint32_t page_size, uint32_t pages, uint32_t seed);

/* DST becomes what SRC is; only the part in use is copied. */
void flash_model_copy(struct flash_model *dst, const struct flash_model *src);

/* Power fails in operation AT from now (0: the next one). */
void flash_model_cut_at(struct flash_model *m, uint32_t at, enum flash_model_cut cut);

/* Power comes back: counts from zero, no cut planned. */
void flash_model_power_on(struct flash_model *m);

/* True when these bytes can be read anywhere, in any reading. */
bool flash_model_contains(const struct flash_model *m, const void *bytes, size_t len);

#endif
