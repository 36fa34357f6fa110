/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - an allocator over a caller's memory.
 *
 * First fit (or last, on request), neighbours joined on free, 8-byte aligned, 8
 * bytes of overhead a block.  Blocks are zeroed when given out and wiped when given back: keys pass
 * through here.  One arena is used from one context only.
 */
#ifndef TERN_CRYPTO_ARENA_H
#define TERN_CRYPTO_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *mem;
	uint32_t size;          /* bytes, overhead included */
	uint32_t used;          /* now, overhead included */
	uint32_t peak;          /* most of it that was ever used at once */
	uint32_t refused;       /* allocations that found no room */
	uint32_t refused_size;  /* bytes that the last of them asked for */
	uint32_t refused_used;  /* then in use */
	uint32_t refused_largest; /* bytes of the largest block that could have been had then */
	uint32_t misused;       /* frees of what this arena did not give out */
	uint32_t low;           /* no free block begins below this offset */
};

/* Take over SIZE bytes at MEM, any alignment.  They stay borrowed. */
void arena_init(struct arena *a, void *mem, size_t size);

/* N zeroed bytes, aligned to 8, or NULL; never NULL for N = 0 while there is room. */
void *arena_alloc(struct arena *a, size_t n);

/* The same, as far back in memory as there is room: for what comes and goes and
 * is large, so that what stays does not settle behind it. */
void *arena_alloc_back(struct arena *a, size_t n);

/* Wipe and give back; NULL is nothing.  What does not come from this arena or
 * is free already is left alone and counted. */
void arena_free(struct arena *a, void *p);

/* Keep the first N bytes of P, N at most what it was made for, and give back
 * the rest. */
void arena_shrink(struct arena *a, void *p, size_t n);

/* Bytes of the largest block that can be had now. */
size_t arena_largest(const struct arena *a);

#endif
