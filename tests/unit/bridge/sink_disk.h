/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_disk.h - a disk for SQLite (a VFS around the real one) that fails on
 * demand and remembers what was made durable: bytes count only after an fsync
 * of their file.
 */
#ifndef TERN_TESTS_SINK_DISK_H
#define TERN_TESTS_SINK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void disk_install(void);             /* from now on the default; once */
void disk_reset(void);               /* no faults, nothing remembered; no file is open */

/* The Nth write, sync or truncation from now, 1 the next, and the TIMES - 1 behind it end with CODE of SQLite. */
void disk_fail(unsigned n, unsigned times, int code);
bool disk_has_failed(void);          /* since disk_fail() */

/* What the power cut leaves of the files of FROM, written to the folder TO: all that is durable, and of the rest
 * nothing, everything, or some (by chance). */
enum disk_rest { DISK_NOTHING, DISK_EVERYTHING, DISK_SOME };
void disk_photo(const char *to, enum disk_rest rest);

#endif
