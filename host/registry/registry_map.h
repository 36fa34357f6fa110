/* SPDX-License-Identifier: Apache-2.0 */
/* registry_map.h - numbers by number: open addressing, nothing moves but when it grows. */
#ifndef TERN_REGISTRY_REGISTRY_MAP_H
#define TERN_REGISTRY_REGISTRY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot { uint64_t key, value; };   /* key 0: empty */

/* All zero: empty, and ready. */
struct map {
	struct map_slot *slots;
	size_t size, count;           /* size is 0 or a power of two */
};

/* KEY is not 0.  The value's place until the next map_put() or map_remove(); NULL: not there. */
uint64_t *map_get(const struct map *m, uint64_t key);
/* NULL: no memory.  A new value is 0. */
uint64_t *map_put(struct map *m, uint64_t key);
void map_remove(struct map *m, uint64_t key);
void map_clear(struct map *m);        /* and give the memory back */

#endif
