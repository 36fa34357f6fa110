/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.h - numbered values in flash that survive a power cut at any moment: what
 * the settings and the seed are made of.
 *
 * Two areas of several pages.  Changes are appended to the one in use; when it
 * is full, what still counts is copied into the other one, and the first is
 * erased.  The bytes and the order of writing are told in kv.c.
 *
 * A change is atomic: after a power cut the value is the old or the new one,
 * all others are what they were, and what the first kv_init() after the cut
 * decided stays decided.  A call that returned ERR_OK is not undone by anything
 * later.
 */
#ifndef TERN_STORE_KV_H
#define TERN_STORE_KV_H

#include "base/bytes.h"
#include "store/flash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KV_LIMIT = 32, KV_VALUE_MAX = 4096 };   /* keys are 1 to KV_LIMIT - 1; bytes */

/* Where a value lies in the area in use. */
struct kv_entry {
	uint16_t at;     /* granule of its record, 0 = none */
	uint16_t len;    /* bytes */
};

/* Set up by kv_init(); no member is for users. */
struct kv {
	struct flash *flash;
	uint32_t first_page;
	uint32_t area_pages;
	struct kv_log {
		uint32_t base;         /* address */
		uint32_t generation;   /* 0: this area holds nothing that counts */
		uint32_t next;         /* generation of the next area */
		uint16_t tail;         /* granule at which the next one is written */
		bool     fresh;        /* what lies beyond tail is known to be erased */
	} log;                         /* the area in use */
	struct kv_entry entries[KV_LIMIT];
	enum err failed;               /* the part failed: nothing can be changed any more */
};

enum kv_how {
	KV_APPEND,          /* old bytes stay in their area until it is full */
	KV_LEAVE_NO_COPY    /* old bytes are erased before the call returns: both areas are */
};

/* Take PAGES pages of FLASH from FIRST_PAGE on, an even number of at least two,
 * and finish what a power cut may have left undone.  FLASH stays borrowed.
 * Blank flash is an empty store.
 *   ERR_ARG            pages do not exist, are not an even number, or too few
 *   ERR_STORE_CORRUPT  something was stored and no area is readable: the store
 *                      is empty and usable
 *   ERR_FLASH_*        the part fails: what could be read is readable, every
 *                      change is refused with this code */
MUST_CHECK enum err kv_init(struct kv *kv, struct flash *flash, uint32_t first_page, uint32_t pages);

/* The length of a value.
 *   ERR_NOT_FOUND  not set     ERR_ARG  no such key
 *   ERR_STORE_CORRUPT  its bytes in flash no longer verify */
MUST_CHECK enum err kv_find(const struct kv *kv, unsigned key, size_t *len);

/* Copy the value to BUF; *LEN is its length.  Errors as kv_find(), and
 *   ERR_TOO_LONG  larger than SIZE (*LEN says how much)     ERR_FLASH_*  the part fails */
MUST_CHECK enum err kv_get(struct kv *kv, unsigned key, void *buf, size_t size, size_t *len);

/* Copy N bytes of the value from OFFSET on, not verified again.  Errors as
 * kv_find(), and ERR_ARG for a part beyond the end. */
MUST_CHECK enum err kv_read(struct kv *kv, unsigned key, size_t offset, void *buf, size_t n);

/* Store LEN bytes.  Returns after they are verified in flash; storing what is
 * stored already writes nothing.
 *   ERR_ARG      no such key, or LEN is 0      ERR_TOO_LONG  longer than KV_VALUE_MAX
 *   ERR_STORE_FULL  no room: nothing changed
 *   ERR_FLASH_*  the part fails: the value is the old or the new one */
MUST_CHECK enum err kv_set(struct kv *kv, unsigned key, const void *data, size_t len, enum kv_how how);

/* The same of a value that lies in two parts. */
MUST_CHECK enum err kv_set_two(struct kv *kv, unsigned key, struct bytes first, struct bytes second, enum kv_how how);

/* Forget one value; ERR_OK also when it was not set.  Forget all of them, in
 * one step and without a copy. */
MUST_CHECK enum err kv_erase(struct kv *kv, unsigned key, enum kv_how how);
MUST_CHECK enum err kv_erase_all(struct kv *kv);

/* Bytes that one more value may have now. */
size_t kv_free(const struct kv *kv);

/* Bytes that all values together may take; each takes KV_OVERHEAD more than its length,
 * rounded up to whole granules. */
enum { KV_OVERHEAD = 2 * FLASH_GRANULE };
size_t kv_capacity(const struct kv *kv);

/* How often each of its pages was erased so far; what a power cut repeats is not counted. */
uint32_t kv_erases(const struct kv *kv);

#endif
