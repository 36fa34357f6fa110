/* SPDX-License-Identifier: Apache-2.0 */
#include "qemu/semihosting.h"

#include <string.h>

enum operation {
	SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_SEEK = 0x0a, SYS_FLEN = 0x0c,
	SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20
};

enum { ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

/* ARGS is the operation's block of words. */
static int32_t call(enum operation op, const uintptr_t *args)
{
	register uintptr_t r0 __asm("r0") = op;
	register const uintptr_t *r1 __asm("r1") = args;

	__asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return (int32_t)r0;
}

int semihosting_open(const char *path, int mode)
{
	return (int)call(SYS_OPEN, (uintptr_t[]){ (uintptr_t)path, (uintptr_t)mode, strlen(path) });
}

int32_t semihosting_length(int handle)
{
	return call(SYS_FLEN, (uintptr_t[]){ (uintptr_t)handle });
}

static bool seek(int handle, uint32_t offset)
{
	return call(SYS_SEEK, (uintptr_t[]){ (uintptr_t)handle, offset }) == 0;
}

/* SYS_READ and SYS_WRITE return how many bytes they did not move. */
bool semihosting_read(int handle, uint32_t offset, void *buf, size_t len)
{
	return seek(handle, offset) && call(SYS_READ, (uintptr_t[]){ (uintptr_t)handle, (uintptr_t)buf, len }) == 0;
}

bool semihosting_write(int handle, uint32_t offset, const void *data, size_t len)
{
	return seek(handle, offset) && call(SYS_WRITE, (uintptr_t[]){ (uintptr_t)handle, (uintptr_t)data, len }) == 0;
}

bool semihosting_command_line(char *buf, size_t size)
{
	return call(SYS_GET_CMDLINE, (uintptr_t[]){ (uintptr_t)buf, size }) == 0;
}

_Noreturn void semihosting_exit(int status)
{
	for (;;)
		(void)call(SYS_EXIT_EXTENDED, (uintptr_t[]){ ADP_STOPPED_APPLICATION_EXIT, (uintptr_t)status });
}
