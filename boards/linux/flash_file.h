/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flash_file.h - a file that behaves like NOR flash.
 *
 * 64 pages of 2 KB, byte for byte, then 32 bytes: "TERNFLSH", the format's
 * number, page size, page count (each 4 bytes, little endian) and 12 random
 * bytes that are this one board's unique id.
 */
#ifndef TERN_BOARDS_LINUX_FLASH_FILE_H
#define TERN_BOARDS_LINUX_FLASH_FILE_H

#include "store/flash.h"

#include <stdbool.h>

enum { FLASH_FILE_PAGE = 2048, FLASH_FILE_PAGES = 64, FLASH_FILE_ID = 12 };

struct flash_file {
	struct flash flash;
	int     fd;                      /* -1: not open */
	uint8_t unique_id[FLASH_FILE_ID];
};

/* Open the file at PATH, or make it.  It stays locked against a second process
 * until it is closed.  Programming and erasing return when the bytes are on the
 * disk.  False: WHY says what is wrong, and a file of another kind is as it was. */
bool flash_file_open(struct flash_file *f, const char *path, char *why, size_t why_size);

void flash_file_close(struct flash_file *f);

#endif
