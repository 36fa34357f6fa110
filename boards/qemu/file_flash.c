/* SPDX-License-Identifier: Apache-2.0 */
#include "qemu/file_flash.h"

#include "cortex_m/board.h"
#include "qemu/semihosting.h"

#include <string.h>

enum { AREA_SIZE = FILE_FLASH_PAGE_SIZE * FILE_FLASH_PAGE_COUNT, CHUNK = 256 };

static struct {
	struct flash flash;
	int          handle;
} area;

static bool in_area(uint32_t addr, size_t len)
{
	return addr <= AREA_SIZE && len <= AREA_SIZE - addr;
}

static enum err area_read(struct flash *f, uint32_t addr, void *buf, size_t len)
{
	(void)f;
	if (!in_area(addr, len))
		return ERR_FLASH_RANGE;
	return len == 0 || semihosting_read(area.handle, addr, buf, len) ? ERR_OK : ERR_FLASH_IO;
}

static bool write_erased(uint32_t addr, size_t len)
{
	uint8_t blank[CHUNK];

	memset(blank, 0xff, sizeof blank);
	for (size_t i = 0; i < len; i += CHUNK)
		if (!semihosting_write(area.handle, addr + (uint32_t)i, blank, CHUNK))
			return false;
	return true;
}

static enum err area_erase(struct flash *f, uint32_t addr)
{
	if (addr % f->page_size != 0 || !in_area(addr, f->page_size))
		return ERR_FLASH_RANGE;
	return write_erased(addr, f->page_size) ? ERR_OK : ERR_FLASH_IO;
}

static enum err check_erased(uint32_t addr, size_t len)
{
	static const uint8_t erased[FLASH_GRANULE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	for (uint32_t i = 0; i < len; i += FLASH_GRANULE) {
		uint8_t old[FLASH_GRANULE];

		if (!semihosting_read(area.handle, addr + i, old, sizeof old))
			return ERR_FLASH_IO;
		if (memcmp(old, erased, sizeof old) != 0)
			return ERR_FLASH_PROGRAM;
	}
	return ERR_OK;
}

/* Granule by granule, as the chip does it. */
static enum err area_program(struct flash *f, uint32_t addr, const void *data, size_t len)
{
	enum err e;

	(void)f;
	if (addr % FLASH_GRANULE != 0 || len % FLASH_GRANULE != 0 || !in_area(addr, len))
		return ERR_FLASH_RANGE;
	e = check_erased(addr, len);
	for (uint32_t i = 0; i < len && e == ERR_OK; i += FLASH_GRANULE)
		if (!semihosting_write(area.handle, addr + i, (const uint8_t *)data + i, FLASH_GRANULE))
			e = ERR_FLASH_IO;
	return e;
}

/* What follows nv= up to the end of the command line, spaces and all. */
static const char *nv_path(const char *line)
{
	static const char option[] = " nv=";
	size_t n = sizeof option - 1;

	while (*line != '\0' && strncmp(line, option, n) != 0)   /* strstr() takes 1.7 KB */
		line++;
	return *line != '\0' && line[n] != '\0' ? line + n : NULL;
}

static bool is_erased(uint32_t addr, uint32_t len)
{
	for (uint32_t i = 0; i < len; i += FLASH_GRANULE)
		if (check_erased(addr + i, FLASH_GRANULE) != ERR_OK)
			return false;
	return true;
}

/* A new file is all erased; so is one whose making was cut short.  Any other of
 * another length was not made here and is left alone. */
static const char *open_file(const char *path)
{
	uint32_t len;

	area.handle = semihosting_open(path, SEMIHOSTING_READ_WRITE);
	if (area.handle < 0)
		area.handle = semihosting_open(path, SEMIHOSTING_CREATE);
	if (area.handle < 0)
		return "cannot be opened or made";
	len = (uint32_t)semihosting_length(area.handle);
	if (len == AREA_SIZE)
		return NULL;
	if (len > AREA_SIZE || len % CHUNK != 0 || !is_erased(0, len))
		return "is not a flash file: its length is not 131072 bytes";
	return write_erased(len, AREA_SIZE - len) ? NULL : "cannot be written";
}

bool file_flash_start(void)
{
	static const struct flash_ops ops = { area_read, area_erase, area_program };
	char line[512];
	const char *path = semihosting_command_line(line, sizeof line) ? nv_path(line) : NULL;
	const char *why;

	area.flash = (struct flash){ &ops, FILE_FLASH_PAGE_SIZE, FILE_FLASH_PAGE_COUNT };
	if (path == NULL) {
		board_say("flash: QEMU's last argument must be nv=FILE, FILE of at most 500 characters\r\n");
		return false;
	}
	why = open_file(path);
	if (why != NULL) {
		board_say("flash: '");
		board_say(path);
		board_say("' ");
		board_say(why);
		board_say("\r\n");
	}
	return why == NULL;
}

struct flash *file_flash(void)
{
	return &area.flash;
}
