/* SPDX-License-Identifier: Apache-2.0 */
/* why.h - "why": the last verdicts, over restarts. */
#ifndef TERN_CONSOLE_WHY_H
#define TERN_CONSOLE_WHY_H

#include "base/bytes.h"

#include <stdbool.h>

struct console;

/* The last one, or all that are kept, the newest first: when, whether the cloud
 * was told, and the line as it was said.  Row by row for console_rows(). */
bool why_row(struct console *c, unsigned row);
bool why_all_row(struct console *c, unsigned row);

/* A line that is told finds no room now: note it, and say later the line of the
 * last verdict, if that is the one, or else that one was lost. */
void why_wait(struct console *c, struct bytes line);
bool why_waiting_row(struct console *c, unsigned row);

#endif
