/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - whole files, and those that are replaced as a whole. */
#ifndef TERN_CLI_FILES_H
#define TERN_CLI_FILES_H

#include "cli/buffer.h"

#include <stdbool.h>

enum { FILES_WHY = 512 };

/* All of FILE ("-": standard input), at most MAX bytes, behind what OUT holds.  False: WHY. */
bool files_read(const char *file, size_t max, struct buffer *out, char why[FILES_WHY]);

/* FILE holds TEXT afterwards, or what it held before, whatever happens meanwhile.  False: WHY. */
bool files_replace(const char *file, const char *text, char why[FILES_WHY]);

#endif
