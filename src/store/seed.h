/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed.h - the 32-byte random seed of a device without a hardware generator.
 *
 * The seed is provisioned once, then replaced at every start before the first
 * random byte is given out:
 *
 *   seed_read(); next = one-way function of it; seed_write(next); only then output
 *
 * Two pages take turns; each start appends one entry of 56 bytes, so a page of
 * 2 KB serves 36 starts before the other one is erased.  After a power cut at
 * any moment the newest valid entry is found; once seed_write() returned
 * ERR_OK, no earlier seed is ever read again.
 *
 * Entries that were replaced stay in their page until it is erased.  They are
 * of no use for what comes later, but who reads the chip and has recorded the
 * traffic could recompute the keys of the last 36 to 72 starts: read-out
 * protection belongs to a product.
 */
#ifndef TERN_STORE_SEED_H
#define TERN_STORE_SEED_H

#include "store/flash.h"

enum { SEED_SIZE = 32 };

struct seed {
	struct flash *flash;
	uint32_t first_page;    /* of two */
};

/* Use two pages of FLASH from FIRST_PAGE on; FLASH stays borrowed.  Nothing is
 * read yet.   ERR_ARG  the pages do not exist, or are too small */
MUST_CHECK enum err seed_init(struct seed *s, struct flash *flash, uint32_t first_page);

/* The newest valid seed.  Wipe OUT after use.
 *   ERR_RNG_UNSEEDED  there is none */
MUST_CHECK enum err seed_read(struct seed *s, uint8_t out[SEED_SIZE]);

/* Store the next seed, or the first one; returns after it was read back.
 *   ERR_ARG      all its bytes are the same: erased flash, not a seed
 *   ERR_FLASH_*  the part fails: give out no random byte */
MUST_CHECK enum err seed_write(struct seed *s, const uint8_t next[SEED_SIZE]);

/* Forget every seed: factory reset. */
MUST_CHECK enum err seed_erase(struct seed *s);

#endif
