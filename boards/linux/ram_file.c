/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/ram_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BOOT_ID = 36 };

enum note { RUNNING = 1, RESTART, ENDED };

/* The file, byte for byte; for this machine only. */
struct ram_content {
	char     magic[8];
	uint8_t  board[RAM_FILE_ID];
	uint32_t note;
	char     boot[BOOT_ID + 4];     /* of the system that wrote it */
	uint64_t bytes[RAM_FILE_BYTES / sizeof(uint64_t)];
};

static const char magic[8] = "TERNRAM1";

/* All zero where the system does not say. */
static void read_boot_id(char boot[BOOT_ID + 4])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	memset(boot, 0, BOOT_ID + 4);
	if (f == NULL)
		return;
	if (fread(boot, 1, BOOT_ID, f) != BOOT_ID)
		memset(boot, 0, BOOT_ID + 4);
	fclose(f);
}

/* A file of another kind at that place is left as it is. */
static struct ram_content *map(int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return NULL;
	if (st.st_size != 0 && st.st_size != sizeof(struct ram_content))
		return NULL;
	if (ftruncate(fd, sizeof(struct ram_content)) != 0)
		return NULL;
	p = mmap(NULL, sizeof(struct ram_content), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p != MAP_FAILED ? p : NULL;
}

static struct ram_content *open_content(const char *flash)
{
	struct ram_content *c;
	char path[PATH_MAX];
	int fd, n = snprintf(path, sizeof path, "%s.ram", flash);

	if (n < 0 || (size_t)n >= sizeof path)
		return NULL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return NULL;
	c = map(fd);
	close(fd);
	return c;
}

static enum evidence_reset cause_of(const struct ram_content *c, const char boot[BOOT_ID + 4], const uint8_t *id)
{
	if (memcmp(c->magic, magic, sizeof magic) != 0 || memcmp(c->board, id, sizeof c->board) != 0 ||
	    memcmp(c->boot, boot, sizeof c->boot) != 0 || c->note == ENDED)
		return EVIDENCE_RESET_POWER_ON;
	return c->note == RESTART ? EVIDENCE_RESET_SOFTWARE : EVIDENCE_RESET_UNKNOWN;
}

void ram_file_open(struct ram_file *f, const char *flash, const uint8_t id[RAM_FILE_ID])
{
	char boot[BOOT_ID + 4];

	*f = (struct ram_file){ open_content(flash), EVIDENCE_RESET_POWER_ON };
	if (f->content == NULL)
		return;
	read_boot_id(boot);
	f->cause = cause_of(f->content, boot, id);
	memcpy(f->content->magic, magic, sizeof magic);
	memcpy(f->content->board, id, sizeof f->content->board);
	memcpy(f->content->boot, boot, sizeof f->content->boot);
	f->content->note = RUNNING;
}

void *ram_file_bytes(const struct ram_file *f, size_t size)
{
	return f->content != NULL && size <= RAM_FILE_BYTES ? f->content->bytes : NULL;
}

void ram_file_restart(struct ram_file *f)
{
	if (f->content != NULL)
		f->content->note = RESTART;
}

void ram_file_end(struct ram_file *f)
{
	if (f->content != NULL)
		f->content->note = ENDED;
}

void ram_file_close(struct ram_file *f)
{
	if (f->content != NULL)
		munmap(f->content, sizeof *f->content);
	f->content = NULL;
}
