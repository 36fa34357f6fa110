/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry_map.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

static size_t home(const struct map *m, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (m->size - 1);
}

/* Where KEY is, or would be. */
static struct map_slot *slot_of(const struct map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->slots[i].key != 0 && m->slots[i].key != key)
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

static bool grow(struct map *m)
{
	struct map more = { .size = m->size > 0 ? 2 * m->size : FIRST_SIZE, .count = m->count };

	more.slots = calloc(more.size, sizeof *more.slots);
	if (more.slots == NULL)
		return false;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].key != 0)
			*slot_of(&more, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = more;
	return true;
}

uint64_t *map_get(const struct map *m, uint64_t key)
{
	struct map_slot *s = m->size > 0 ? slot_of(m, key) : NULL;

	return s != NULL && s->key == key ? &s->value : NULL;
}

uint64_t *map_put(struct map *m, uint64_t key)
{
	uint64_t *there = map_get(m, key);
	struct map_slot *s;

	if (there != NULL)
		return there;
	if (4 * (m->count + 1) > 3 * m->size && !grow(m))
		return NULL;
	s = slot_of(m, key);
	*s = (struct map_slot){ .key = key };
	m->count++;
	return &s->value;
}

/* What stands behind the hole is moved into it, unless it would come to stand before its home. */
void map_remove(struct map *m, uint64_t key)
{
	size_t hole, i, mask = m->size - 1;

	if (map_get(m, key) == NULL)
		return;
	hole = i = (size_t)(slot_of(m, key) - m->slots);
	for (;;) {
		i = (i + 1) & mask;
		if (m->slots[i].key == 0)
			break;
		if (((i - home(m, m->slots[i].key)) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_slot){ 0 };
	m->count--;
}

void map_clear(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}
