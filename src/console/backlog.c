/* SPDX-License-Identifier: Apache-2.0 */
#include "console/backlog.h"

#include <string.h>

/* What has been looked at makes room at the end. */
static void move_up(struct backlog *b)
{
	memmove(b->data, b->data + b->head, b->len);
	bytes_wipe(b->data + b->len, b->head);
	b->head = 0;
}

bool backlog_put(struct backlog *b, struct arena *arena, uint8_t byte)
{
	if (b->data == NULL)
		b->data = arena_alloc_back(arena, BACKLOG_SIZE);
	if (b->data == NULL || b->len == BACKLOG_SIZE)
		return false;
	if (b->head + b->len == BACKLOG_SIZE)
		move_up(b);
	b->data[b->head + b->len++] = byte;
	return true;
}

uint8_t backlog_peek(const struct backlog *b)
{
	return b->data[b->head];
}

struct bytes backlog_rest(const struct backlog *b)
{
	return (struct bytes){ b->len > 0 ? b->data + b->head : NULL, b->len };
}

void backlog_drop(struct backlog *b, struct arena *arena)
{
	b->head++;
	if (--b->len == 0)
		backlog_clear(b, arena);
}

void backlog_clear(struct backlog *b, struct arena *arena)
{
	arena_free(arena, b->data);   /* which wipes it */
	*b = (struct backlog){ 0 };
}
