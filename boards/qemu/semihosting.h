/* SPDX-License-Identifier: Apache-2.0 */
/*
 * semihosting.h - the calls by which a program in QEMU reaches the host (Arm's
 * "Semihosting for AArch32 and AArch64").  QEMU must be started with
 *
 *   -semihosting-config enable=on,target=native,arg=tern,arg=nv=FILE
 *
 * without which each of these is a fault.
 */
#ifndef TERN_QEMU_SEMIHOSTING_H
#define TERN_QEMU_SEMIHOSTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* fopen()'s modes, by number */
enum { SEMIHOSTING_READ_WRITE = 3 /* "r+b" */, SEMIHOSTING_CREATE = 7 /* "w+b" */ };

/* A handle, or -1. */
int semihosting_open(const char *path, int mode);

/* Length in bytes, or -1. */
int32_t semihosting_length(int handle);

/* All of LEN bytes at OFFSET, or false. */
bool semihosting_read(int handle, uint32_t offset, void *buf, size_t len);
bool semihosting_write(int handle, uint32_t offset, const void *data, size_t len);

/* The arguments, joined by spaces; false when they do not fit. */
bool semihosting_command_line(char *buf, size_t size);

_Noreturn void semihosting_exit(int status);

#endif
