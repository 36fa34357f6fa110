/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_deadlines.h - who is due next: a binary heap of what its members carry
 * in them.  To put, move or take one costs the logarithm of how many there are.
 */
#ifndef TERN_BRIDGE_NODE_DEADLINES_H
#define TERN_BRIDGE_NODE_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
	uint64_t at_ms;
	size_t   place;          /* in the heap, from 1; 0: not in it */
};

struct deadlines {
	struct deadline **heap;  /* [1 … count] */
	size_t count, room;
};

/* Room for COUNT members, so that deadlines_set() never fails.  False: no memory. */
bool deadlines_reserve(struct deadlines *h, size_t count);
void deadlines_free(struct deadlines *h);

void deadlines_set(struct deadlines *h, struct deadline *d, uint64_t at_ms);
void deadlines_remove(struct deadlines *h, struct deadline *d);
struct deadline *deadlines_first(const struct deadlines *h);      /* NULL: none */

#endif
