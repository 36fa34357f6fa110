/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export.h - "export": what is set, as lines that another device's console takes
 * and that `tern doctor --settings` reads.  Secrets are named in remarks, not
 * given away.
 */
#ifndef TERN_CONSOLE_EXPORT_H
#define TERN_CONSOLE_EXPORT_H

#include <stdbool.h>

struct console;

/* Row by row, for console_rows(). */
bool export_row(struct console *c, unsigned row);

#endif
