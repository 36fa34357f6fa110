/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/arena.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <string.h>

/*
 * Blocks lie one behind the other from mem to mem + size, each with a header:
 * its length, header included and a multiple of 8, and that of the block
 * before it (0: the first).  Bit 0 of the length says that the block is used.
 */
struct block {
	uint32_t len_used;
	uint32_t before;
};

enum { ALIGN = 8, HEADER = sizeof(struct block), USED = 1 };

_Static_assert(HEADER == ALIGN, "a payload is aligned as its header is");

static struct block *block_at(const struct arena *a, uint32_t offset)
{
	return (struct block *)(void *)(a->mem + offset);
}

static uint32_t block_len(const struct block *b)
{
	return b->len_used & ~(uint32_t)USED;
}

static bool block_used(const struct block *b)
{
	return (b->len_used & USED) != 0;
}

/* Make the block at OFFSET LEN bytes long and tell the one behind it. */
static void set_block(struct arena *a, uint32_t offset, uint32_t len, uint32_t used)
{
	block_at(a, offset)->len_used = len | used;
	if (offset + len < a->size)
		block_at(a, offset + len)->before = len;
}

void arena_init(struct arena *a, void *mem, size_t size)
{
	size_t skip = (ALIGN - (uintptr_t)mem % ALIGN) % ALIGN;

	memset(a, 0, sizeof *a);
	if (size < skip + HEADER + ALIGN)
		return;
	a->mem = (uint8_t *)mem + skip;
	a->size = size - skip > INT32_MAX ? INT32_MAX / ALIGN * ALIGN : (uint32_t)((size - skip) / ALIGN * ALIGN);
	bytes_wipe(a->mem, a->size);
	set_block(a, 0, a->size, 0);
}

/* Offset of the first free block of at least LEN bytes; size if none. */
static uint32_t find(struct arena *a, uint32_t len)
{
	bool lowest = true;
	uint32_t at = a->low;

	for (; at < a->size; at += block_len(block_at(a, at))) {
		if (block_used(block_at(a, at)))
			continue;
		if (lowest)
			a->low = at;
		lowest = false;
		if (block_len(block_at(a, at)) >= len)
			break;
	}
	return at;
}

/* The same of the last one. */
static uint32_t find_back(const struct arena *a, uint32_t len)
{
	uint32_t found = a->size;

	for (uint32_t at = a->low; at < a->size; at += block_len(block_at(a, at)))
		if (!block_used(block_at(a, at)) && block_len(block_at(a, at)) >= len)
			found = at;
	return found;
}

static void *refuse(struct arena *a, size_t n)
{
	a->refused++;
	a->refused_size = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	a->refused_used = a->used;
	a->refused_largest = (uint32_t)arena_largest(a);
	return NULL;
}

static void *give(struct arena *a, size_t n, bool back)
{
	if (n >= a->size)
		return refuse(a, n);

	uint32_t len = ((uint32_t)n + HEADER + ALIGN - 1) / ALIGN * ALIGN;
	uint32_t at = back ? find_back(a, len) : find(a, len);

	if (at >= a->size)
		return refuse(a, n);

	uint32_t rest = block_len(block_at(a, at)) - len;

	if (rest <= HEADER) {
		len += rest;
		rest = 0;
	}
	if (rest > 0)
		set_block(a, back ? at : at + len, rest, 0);
	at += back ? rest : 0;
	set_block(a, at, len, USED);
	a->used += len;
	if (a->used > a->peak)
		a->peak = a->used;
	return a->mem + at + HEADER;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return give(a, n, false);
}

void *arena_alloc_back(struct arena *a, size_t n)
{
	return give(a, n, true);
}

/* True when P is the payload of a used block. */
static bool given_out(const struct arena *a, const uint8_t *p)
{
	if (a->size == 0 || (uintptr_t)p < (uintptr_t)a->mem + HEADER || (uintptr_t)p > (uintptr_t)a->mem + a->size)
		return false;

	uint32_t at = (uint32_t)(p - a->mem) - HEADER;

	return at % ALIGN == 0 && block_used(block_at(a, at)) && block_len(block_at(a, at)) <= a->size - at &&
	       block_at(a, at)->before <= at;
}

void arena_free(struct arena *a, void *p)
{
	if (p == NULL)
		return;
	if (!given_out(a, p)) {
		a->misused++;
		return;
	}

	uint32_t at = (uint32_t)((uint8_t *)p - a->mem) - HEADER;
	uint32_t len = block_len(block_at(a, at));
	uint32_t before = block_at(a, at)->before;

	a->used -= len;
	bytes_wipe(p, len - HEADER);
	if (at + len < a->size && !block_used(block_at(a, at + len))) {
		uint32_t behind = at + len;

		len += block_len(block_at(a, behind));
		bytes_wipe(block_at(a, behind), HEADER);
	}
	if (before > 0 && !block_used(block_at(a, at - before))) {
		bytes_wipe(block_at(a, at), HEADER);
		at -= before;
		len += before;
	}
	set_block(a, at, len, 0);
	if (at < a->low)
		a->low = at;
}

void arena_shrink(struct arena *a, void *p, size_t n)
{
	if (!given_out(a, p) || n > UINT32_MAX - 2 * HEADER)
		return;

	uint32_t at = (uint32_t)((uint8_t *)p - a->mem) - HEADER;
	uint32_t len = block_len(block_at(a, at));
	uint32_t keep = ((uint32_t)n + HEADER + ALIGN - 1) / ALIGN * ALIGN;

	if (keep + HEADER >= len)
		return;
	bytes_wipe(a->mem + at + keep, HEADER);
	set_block(a, at, keep, USED);
	set_block(a, at + keep, len - keep, USED);
	arena_free(a, a->mem + at + keep + HEADER);
}

size_t arena_largest(const struct arena *a)
{
	uint32_t most = HEADER;

	for (uint32_t at = 0; at < a->size; at += block_len(block_at(a, at))) {
		const struct block *b = block_at(a, at);

		if (!block_used(b) && block_len(b) > most)
			most = block_len(b);
	}
	return most - HEADER;
}
