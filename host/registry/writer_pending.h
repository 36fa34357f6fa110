/* SPDX-License-Identifier: Apache-2.0 */
/* writer_pending.h - what is merged per device until it is written: times, the last error, dropped entries. */
#ifndef TERN_REGISTRY_WRITER_PENDING_H
#define TERN_REGISTRY_WRITER_PENDING_H

#include "registry/registry.h"
#include "registry/registry_map.h"

enum { PENDING_TIMES = 4 };           /* of enum registry_time */

struct pending {
	uint64_t key;
	int64_t  times_ms[PENDING_TIMES]; /* 0: as it was */
	uint64_t errors;              /* how many; of the last: */
	int64_t  error_ms;
	int      error_code;
	char    *error_text;
	struct registry_diagnosis diagnosis;   /* told_ms 0: none */
	uint64_t dropped;             /* log entries; the last at: */
	int64_t  dropped_ms;
};

/* All zero: empty, and ready. */
struct pending_set {
	struct map map;               /* key -> index in all + 1 */
	struct pending *all;
	size_t count, size;
};

/* That of KEY, made if it is not there; NULL: no memory, or MAX are there. */
struct pending *pending_of(struct pending_set *set, uint64_t key, size_t max);
void pending_clear(struct pending_set *set);

#endif
