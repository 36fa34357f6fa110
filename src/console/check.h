/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - "check": is all there, and sound, that a connection needs?  A line
 * each, behind "ok: ", "error: " or, where the device itself will see to it,
 * "note: "; the first names the chip.
 */
#ifndef TERN_CONSOLE_CHECK_H
#define TERN_CONSOLE_CHECK_H

#include <stdbool.h>

struct console;

/* Row by row, for console_rows(). */
bool check_row(struct console *c, unsigned row);

#endif
