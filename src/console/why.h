/* SPDX-License-Identifier: Apache-2.0 */
/* why.h - "why": the last verdicts, over restarts. */
#ifndef TERN_CONSOLE_WHY_H
#define TERN_CONSOLE_WHY_H

#include <stdbool.h>

struct console;

/* The last one, or all that are kept, the newest first: when, whether the cloud
 * was told, and the line as it was said.  Row by row for console_rows(). */
bool why_row(struct console *c, unsigned row);
bool why_all_row(struct console *c, unsigned row);

/* The line of the last one alone: it was told when there was no room. */
bool why_line_row(struct console *c, unsigned row);

#endif
