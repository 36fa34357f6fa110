/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog.h - what was pasted while the console could not look at it.
 *
 * Memory is borrowed from the device's arena with the first byte and wiped and
 * given back behind the last.
 */
#ifndef TERN_CONSOLE_BACKLOG_H
#define TERN_CONSOLE_BACKLOG_H

#include "base/bytes.h"
#include "crypto/arena.h"

enum { BACKLOG_SIZE = 6144 };   /* bytes: three certificates and a key.  What reads a key has the rest of the arena */

struct backlog {
	uint8_t *data;       /* NULL: none */
	uint16_t head, len;
};

/* False, and the byte not taken: there is no memory, or it is full. */
bool backlog_put(struct backlog *b, struct arena *arena, uint8_t byte);

/* The oldest byte, LEN > 0; and the bytes behind it that lie together. */
uint8_t backlog_peek(const struct backlog *b);
void backlog_drop(struct backlog *b, struct arena *arena);
struct bytes backlog_rest(const struct backlog *b);

/* Forget all of it. */
void backlog_clear(struct backlog *b, struct arena *arena);

#endif
