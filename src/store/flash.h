/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flash.h - the flash contract: what a board gives to the stores.
 *
 * An area of pages, addressed from 0.  No mapped pointers: a part behind a bus
 * fits as well as internal flash.  Every call blocks until the part is done
 * (erase: 20 to 40 ms on the STM32F1, 25 ms on the L4).
 *
 * A granule is written at most once between two erases of its page; an
 * implementation refuses a second write (ERR_FLASH_PROGRAM) and a misaligned
 * one (ERR_FLASH_RANGE).  Erased bytes read 0xff.
 *
 * Power may fail during any call.  An interrupted erase leaves a page of which
 * each byte is old, erased or anything between, also one that reads differently
 * twice; an interrupted program leaves any prefix of its granules written and
 * the next one in doubt.
 */
#ifndef TERN_STORE_FLASH_H
#define TERN_STORE_FLASH_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { FLASH_GRANULE = 8 };   /* bytes; program is in multiples of it, on every board */
enum { FLASH_LIFE = 10000 };  /* erases of a page that a part stands (data sheets of both STM32) */

struct flash;

struct flash_ops {
	enum err (*read)(struct flash *f, uint32_t addr, void *buf, size_t len);
	enum err (*erase)(struct flash *f, uint32_t addr);
	enum err (*program)(struct flash *f, uint32_t addr, const void *data, size_t len);
};

/* First member of whatever implements it. */
struct flash {
	const struct flash_ops *ops;
	uint32_t page_size;   /* bytes, a multiple of FLASH_GRANULE */
	uint32_t page_count;
};

/* Read LEN bytes at ADDR, any alignment.
 *   ERR_FLASH_RANGE  outside the area     ERR_FLASH_IO  uncorrectable error */
MUST_CHECK static inline enum err flash_read(struct flash *f, uint32_t addr, void *buf, size_t len)
{
	return f->ops->read(f, addr, buf, len);
}

/* Erase the page that begins at ADDR. */
MUST_CHECK static inline enum err flash_erase(struct flash *f, uint32_t addr)
{
	return f->ops->erase(f, addr);
}

/* Write LEN bytes at ADDR, both multiples of FLASH_GRANULE.  The caller reads
 * back what matters. */
MUST_CHECK static inline enum err flash_program(struct flash *f, uint32_t addr, const void *data, size_t len)
{
	return f->ops->program(f, addr, data, len);
}

#endif
