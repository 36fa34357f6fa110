/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall.h - the last lines that were typed, for the arrow keys.
 *
 * The caller keeps secrets out.  The oldest lines make room; a line that is longer
 * than all of it is not kept.
 */
#ifndef TERN_CONSOLE_RECALL_H
#define TERN_CONSOLE_RECALL_H

#include "base/bytes.h"

enum { RECALL_LINES = 4, RECALL_SIZE = 256 };

struct recall {
	char    text[RECALL_SIZE];   /* newest first, each with its terminating zero; the rest is zero */
	uint8_t at;                  /* the line that is shown, from 1, the newest; 0: none of them */
};

/* Keep LINE, unless it is empty or the same as the newest, and show none. */
void recall_add(struct recall *r, struct bytes line);

/* One line further back, or forth; empty when that is a new line again. */
struct bytes recall_older(struct recall *r);
struct bytes recall_newer(struct recall *r);

#endif
