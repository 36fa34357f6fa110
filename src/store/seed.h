/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed.h - the 32-byte random seed of a device.
 *
 * The seed is provisioned once, or made by the device from live noise, then
 * replaced at every start before the first random byte is given out:
 *
 *   seed_read(); next = one-way function of it; seed_write(next); only then output
 *
 * Two pages take turns as the areas of a store (kv.h) with this one value; a
 * page of 2 KB serves 16 starts, so the flash stands 160 000.  After a power
 * cut at any moment there is the last seed or the next one; once seed_write()
 * returned ERR_OK, no earlier seed is ever read again.
 *
 * Seeds that were replaced stay in their page until it is erased.  They are of
 * no use for what comes later, but who reads the chip and has recorded the
 * traffic could recompute the keys of up to 16 starts before: read-out
 * protection belongs to a product.
 *
 * With the seed goes the number of seeds stored so far.  It is stirred into
 * the generator, so that a seed which is provisioned a second time does not
 * repeat what came out the first time; forgetting the seed keeps it.
 */
#ifndef TERN_STORE_SEED_H
#define TERN_STORE_SEED_H

#include "store/kv.h"

enum { SEED_SIZE = 32, SEED_PAGES = 2 };

enum seed_origin { SEED_PROVISIONED, SEED_SELF_MADE };

struct seed {
	struct kv kv;
	uint32_t  count;            /* seeds stored so far; with ORIGIN, as seed_read() found it */
	enum seed_origin origin;
};

/* Take two pages of FLASH from FIRST_PAGE on; FLASH stays borrowed.  Blank or
 * damaged pages hold no seed.
 *   ERR_ARG  the pages do not exist, or are too small     ERR_FLASH_*  the part fails */
MUST_CHECK enum err seed_init(struct seed *s, struct flash *flash, uint32_t first_page);

/* The seed; sets COUNT and ORIGIN.  Wipe OUT after use.
 *   ERR_RNG_UNSEEDED  there is none, or its bytes no longer verify */
MUST_CHECK enum err seed_read(struct seed *s, uint8_t out[SEED_SIZE]);

/* Store the next seed, or the first one; returns after it was read back.
 *   ERR_ARG      all its bytes are the same: erased flash, not a seed
 *   ERR_FLASH_*  the part fails: give out no random byte */
MUST_CHECK enum err seed_write(struct seed *s, const uint8_t next[SEED_SIZE], enum seed_origin origin);

/* Forget the seed and those before it, but for their number: factory reset. */
MUST_CHECK enum err seed_erase(struct seed *s);

#endif
