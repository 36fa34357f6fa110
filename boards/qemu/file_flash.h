/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_flash.h - the flash contract on a file of the host: nv=FILE, QEMU's last
 * argument.  Every program and erase is a write to the file before the call
 * returns, so killing QEMU is a power cut.
 */
#ifndef TERN_QEMU_FILE_FLASH_H
#define TERN_QEMU_FILE_FLASH_H

#include "store/flash.h"

#include <stdbool.h>

enum { FILE_FLASH_PAGE_SIZE = 2048, FILE_FLASH_PAGE_COUNT = 64 };

/* Open the file, make it if there is none; false after saying why not on the console. */
bool file_flash_start(void);
struct flash *file_flash(void);

#endif
