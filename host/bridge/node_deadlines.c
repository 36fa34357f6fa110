/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/node_deadlines.h"

#include <stdlib.h>

bool deadlines_reserve(struct deadlines *h, size_t count)
{
	struct deadline **heap;
	size_t room = h->room;

	if (count + 1 <= room)
		return true;
	while (room < count + 1)
		room = room == 0 ? 64 : room * 2;
	heap = realloc(h->heap, room * sizeof *heap);
	if (heap == NULL)
		return false;
	h->heap = heap;
	h->room = room;
	return true;
}

void deadlines_free(struct deadlines *h)
{
	free(h->heap);
	*h = (struct deadlines){ 0 };
}

static void put(struct deadlines *h, size_t place, struct deadline *d)
{
	h->heap[place] = d;
	d->place = place;
}

static void rise(struct deadlines *h, struct deadline *d)
{
	size_t place = d->place;

	for (; place > 1 && h->heap[place / 2]->at_ms > d->at_ms; place /= 2)
		put(h, place, h->heap[place / 2]);
	put(h, place, d);
}

static void sink(struct deadlines *h, struct deadline *d)
{
	size_t place = d->place, child;

	while ((child = place * 2) <= h->count) {
		if (child < h->count && h->heap[child + 1]->at_ms < h->heap[child]->at_ms)
			child++;
		if (h->heap[child]->at_ms >= d->at_ms)
			break;
		put(h, place, h->heap[child]);
		place = child;
	}
	put(h, place, d);
}

void deadlines_set(struct deadlines *h, struct deadline *d, uint64_t at_ms)
{
	bool earlier = d->place == 0 || at_ms < d->at_ms;

	if (d->place == 0)
		put(h, ++h->count, d);
	d->at_ms = at_ms;
	if (earlier)
		rise(h, d);
	else
		sink(h, d);
}

void deadlines_remove(struct deadlines *h, struct deadline *d)
{
	struct deadline *last;

	if (d->place == 0)
		return;
	last = h->heap[h->count--];
	if (last != d) {
		put(h, d->place, last);
		rise(h, last);
		sink(h, last);
	}
	d->place = 0;
}

struct deadline *deadlines_first(const struct deadlines *h)
{
	return h->count == 0 ? NULL : h->heap[1];
}
