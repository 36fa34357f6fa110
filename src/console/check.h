/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - "check": is all there, and sound, that a connection needs?  A table:
 *
 *   board 756e69742074657374
 *   ok:      host          iot.acme.example
 *   error:   project       The project id 'My First Project' is not an id ...
 *                          ... further lines of the sentence
 *   1 error: not ready to connect
 *
 * The first line names the chip; `tern provision` reads all of them.
 */
#ifndef TERN_CONSOLE_CHECK_H
#define TERN_CONSOLE_CHECK_H

#include <stdbool.h>

struct console;

/* Row by row, for console_rows(). */
bool check_row(struct console *c, unsigned row);

#endif
