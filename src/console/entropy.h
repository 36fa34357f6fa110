/* SPDX-License-Identifier: Apache-2.0 */
/* entropy.h - "entropy": the noise sources, the seed, raw samples. */
#ifndef TERN_CONSOLE_ENTROPY_H
#define TERN_CONSOLE_ENTROPY_H

#include "base/bytes.h"

#include <stdbool.h>

struct console;

/* The table, row by row for console_rows(). */
bool entropy_row(struct console *c, unsigned row);

/* "entropy dump SOURCE N": lines of hexadecimal digits, two a sample, as they
 * come, then "end".  Ctrl-C ends it. */
void entropy_show_samples(struct console *c, struct bytes source, struct bytes n);

#endif
