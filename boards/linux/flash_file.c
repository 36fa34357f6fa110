/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/flash_file.h"

#include "base/bytes.h"
#include "store/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AREA = FLASH_FILE_PAGE * FLASH_FILE_PAGES, TRAILER = 32, FORMAT = 1, ID_AT = TRAILER - FLASH_FILE_ID };

_Static_assert((int)FLASH_FILE_PAGE == (int)LAYOUT_PAGE_SIZE, "pages as the layout has them");
_Static_assert((int)FLASH_FILE_PAGES >= (int)LAYOUT_PAGES_MIN, "room for the whole layout");
_Static_assert(FLASH_FILE_PAGE % FLASH_GRANULE == 0, "whole granules");

static bool transfer_in(int fd, uint8_t *buf, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pread(fd, buf, len, at);

		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0) {
			buf += n;
			at += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static bool transfer_out(int fd, const uint8_t *data, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, at);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			at += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* --- the flash contract -------------------------------------------------- */

static bool within(const struct flash *f, uint32_t addr, size_t len)
{
	size_t size = (size_t)f->page_size * f->page_count;

	return addr <= size && len <= size - addr;
}

static int fd_of(struct flash *f)
{
	return ((struct flash_file *)f)->fd;
}

static enum err file_read(struct flash *f, uint32_t addr, void *buf, size_t len)
{
	if (!within(f, addr, len))
		return ERR_FLASH_RANGE;
	return transfer_in(fd_of(f), buf, len, (off_t)addr) ? ERR_OK : ERR_FLASH_IO;
}

static enum err write_through(struct flash *f, uint32_t addr, const uint8_t *data, size_t len)
{
	if (!transfer_out(fd_of(f), data, len, (off_t)addr) || fdatasync(fd_of(f)) != 0)
		return ERR_FLASH_IO;
	return ERR_OK;
}

static enum err file_erase(struct flash *f, uint32_t addr)
{
	uint8_t page[FLASH_FILE_PAGE];

	if (addr % f->page_size != 0 || !within(f, addr, f->page_size))
		return ERR_FLASH_RANGE;
	memset(page, 0xff, sizeof page);
	return write_through(f, addr, page, sizeof page);
}

static bool is_erased(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0xff)
		n--;
	return n == 0;
}

static enum err file_program(struct flash *f, uint32_t addr, const void *data, size_t len)
{
	if (addr % FLASH_GRANULE != 0 || len % FLASH_GRANULE != 0 || !within(f, addr, len))
		return ERR_FLASH_RANGE;
	for (size_t done = 0; done < len; done += FLASH_GRANULE) {
		uint8_t cell[FLASH_GRANULE];

		if (!transfer_in(fd_of(f), cell, sizeof cell, (off_t)(addr + done)))
			return ERR_FLASH_IO;
		if (!is_erased(cell, sizeof cell))
			return ERR_FLASH_PROGRAM;
	}
	return len == 0 ? ERR_OK : write_through(f, addr, data, len);
}

static const struct flash_ops ops = { file_read, file_erase, file_program };

/* --- opening ------------------------------------------------------------- */

static void trailer_of(uint8_t t[TRAILER])
{
	memset(t, 0, TRAILER);
	memcpy(t, "TERNFLSH", 8);
	bytes_put_u32(t + 8, FORMAT);
	bytes_put_u32(t + 12, FLASH_FILE_PAGE);
	bytes_put_u32(t + 16, FLASH_FILE_PAGES);
}

/* A file whose making was interrupted has nothing but erased bytes in it. */
static bool is_new(int fd, off_t size)
{
	uint8_t buf[FLASH_FILE_PAGE];

	if (size > AREA)
		return false;
	for (off_t at = 0; at < size; at += (off_t)sizeof buf) {
		size_t n = size - at < (off_t)sizeof buf ? (size_t)(size - at) : sizeof buf;

		if (!transfer_in(fd, buf, n, at) || !is_erased(buf, n))
			return false;
	}
	return true;
}

static bool make(int fd)
{
	uint8_t page[FLASH_FILE_PAGE], trailer[TRAILER];

	memset(page, 0xff, sizeof page);
	for (off_t at = 0; at < AREA; at += FLASH_FILE_PAGE)
		if (!transfer_out(fd, page, sizeof page, at))
			return false;
	trailer_of(trailer);
	if (fsync(fd) != 0 || getrandom(trailer + ID_AT, FLASH_FILE_ID, 0) != FLASH_FILE_ID)
		return false;
	return transfer_out(fd, trailer, sizeof trailer, AREA) && fsync(fd) == 0;
}

/* NULL when the open file is or became flash; else what is wrong with it. */
static const char *adopt(struct flash_file *f)
{
	uint8_t want[TRAILER], have[TRAILER];
	struct stat st;

	if (fstat(f->fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "is not a regular file";
	if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? "is in use by another process" : strerror(errno);
	if (fstat(f->fd, &st) != 0)
		return strerror(errno);
	if (is_new(f->fd, st.st_size) && !make(f->fd))
		return strerror(errno);
	trailer_of(want);
	if (fstat(f->fd, &st) != 0 || st.st_size != AREA + TRAILER || !transfer_in(f->fd, have, sizeof have, AREA)
	    || memcmp(have, want, ID_AT) != 0)
		return "is not a flash file of this program, and is left as it is";
	memcpy(f->unique_id, have + ID_AT, FLASH_FILE_ID);
	return NULL;
}

bool flash_file_open(struct flash_file *f, const char *path, char *why, size_t why_size)
{
	const char *wrong;

	*f = (struct flash_file){ .flash = { &ops, FLASH_FILE_PAGE, FLASH_FILE_PAGES } };
	f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	wrong = f->fd < 0 ? strerror(errno) : adopt(f);
	if (wrong == NULL)
		return true;
	snprintf(why, why_size, "flash file '%s': %s", path, wrong);
	flash_file_close(f);
	return false;
}

void flash_file_close(struct flash_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}
