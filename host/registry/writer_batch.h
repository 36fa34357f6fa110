/* SPDX-License-Identifier: Apache-2.0 */
/* writer_batch.h - one transaction of the writer. */
#ifndef TERN_REGISTRY_WRITER_BATCH_H
#define TERN_REGISTRY_WRITER_BATCH_H

#include "registry/registry_db.h"
#include "registry/writer_pending.h"
#include "registry/writer_turn.h"

enum item_type { ITEM_STATE, ITEM_ACKED, ITEM_ENTRY };

struct item {
	struct item *next;
	enum item_type type;
	uint64_t key;                 /* of the device */
	uint64_t number;              /* STATE: its ticket; ACKED: the version */
	int64_t  at_ms;
	enum registry_level severity; /* ENTRY */
	size_t   len;
	uint8_t  data[];              /* STATE; ENTRY: its type, a zero, its JSON, a zero */
};

/* Which log entries are to go: from the oldest on, as long as one is old or too many. */
struct retention {
	bool     active, begun;
	int64_t  before_ms;
	uint64_t rows;
	int64_t  last;                /* begun: entries up to this cursor are too many */
};

struct batch {
	struct item *items;
	const struct pending_set *pending;
	struct retention *retention;  /* a slice of it; no longer active when all is done */
};

/* All of B, or nothing.  SQLITE_OK, or ERROR says why. */
int batch_commit(struct db *db, struct turn *turn, const struct batch *b, char error[REGISTRY_ERROR]);

#endif
