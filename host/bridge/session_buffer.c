/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/session_internal.h"

#include <stdlib.h>
#include <string.h>

static void give_back(struct session_buffer *b)
{
	bytes_wipe(b->data, b->data != NULL ? b->size : 0);
	free(b->data);
}

bool session_buffer_reserve(struct session_buffer *b, size_t want, size_t limit)
{
	struct session_buffer bigger = { .len = b->len, .size = 64 };

	if (want <= b->size)
		return true;
	while (bigger.size < want)
		bigger.size *= 2;
	if (bigger.size > limit || want > limit / 2)
		bigger.size = limit > want ? limit : want;
	bigger.data = malloc(bigger.size);
	if (bigger.data == NULL)
		return false;
	if (b->len > 0)
		memcpy(bigger.data, b->data, b->len);
	give_back(b);
	*b = bigger;
	return true;
}

void session_buffer_clear(struct session_buffer *b)
{
	give_back(b);
	*b = (struct session_buffer){ 0 };
}
