/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ram_file.h - a file that behaves like RAM which a reset leaves alone, and like
 * the register that says why there was one.
 *
 * It lies beside the flash file, FLASH.ram, and is mapped: what a process wrote
 * is there when it was killed.  When the machine itself starts anew, RAM was
 * without power.
 */
#ifndef TERN_BOARDS_LINUX_RAM_FILE_H
#define TERN_BOARDS_LINUX_RAM_FILE_H

#include "base/evidence.h"

enum { RAM_FILE_BYTES = 64, RAM_FILE_ID = 12 };

struct ram_file {
	struct ram_content *content;    /* NULL: there is none */
	enum evidence_reset cause;      /* of this run */
};

/* Map the file that belongs to FLASH, a file of the board ID, or make it; without a file
 * that can be had, there is none: every start is a power-on.
 *   POWER_ON  the first run, or the one before ended in an orderly way, or the machine started anew
 *   SOFTWARE  ram_file_restart()
 *   UNKNOWN   the process ended without a word: it was killed, or it crashed */
void ram_file_open(struct ram_file *f, const char *flash, const uint8_t id[RAM_FILE_ID]);

/* The bytes, aligned for any type; NULL: none, or not so many. */
void *ram_file_bytes(const struct ram_file *f, size_t size);

/* How this run ends: it is followed by another one at once; it is over. */
void ram_file_restart(struct ram_file *f);
void ram_file_end(struct ram_file *f);

/* For tests: as if the process were gone. */
void ram_file_close(struct ram_file *f);

#endif
