/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/writer_pending.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

static bool grow(struct pending_set *set)
{
	size_t size = set->size > 0 ? 2 * set->size : FIRST_SIZE;
	struct pending *more = realloc(set->all, size * sizeof *more);

	if (more == NULL)
		return false;
	set->all = more;
	set->size = size;
	return true;
}

struct pending *pending_of(struct pending_set *set, uint64_t key, size_t max)
{
	uint64_t *at = map_get(&set->map, key);

	if (at != NULL)
		return &set->all[*at - 1];
	if (set->count == max || (set->count == set->size && !grow(set)))
		return NULL;
	at = map_put(&set->map, key);
	if (at == NULL)
		return NULL;
	set->all[set->count] = (struct pending){ .key = key };
	*at = ++set->count;
	return &set->all[set->count - 1];
}

void pending_clear(struct pending_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->all[i].error_text);
		free(set->all[i].diagnosis.code);
		free(set->all[i].diagnosis.line);
	}
	free(set->all);
	map_clear(&set->map);
	*set = (struct pending_set){ 0 };
}
