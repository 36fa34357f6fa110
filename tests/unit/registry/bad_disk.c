/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/registry/bad_disk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A write (DATA), or a truncation, that is not yet synced. */
struct change { struct change *next; int64_t at; size_t len; uint8_t data[]; };

/* What is on the disk for sure, and what may be. */
struct picture {
	struct picture *next;
	char     name[256];
	uint8_t *synced;
	size_t   len;
	struct change *first, **last;
};

/* The real file lies behind it. */
struct file {
	sqlite3_file base;
	struct picture *picture;              /* NULL: not one that matters */
};

static sqlite3_vfs disk, *real_disk;
static sqlite3_io_methods methods;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct picture *pictures;
static struct { unsigned ops, left; bool for_ever, failed, remember; int code; } plan;

static sqlite3_file *real(sqlite3_file *f)
{
	return (sqlite3_file *)((char *)f + sizeof(struct file));
}

/* ---- Failing -------------------------------------------------------------- */

static bool fails(enum bad_disk_op op)
{
	bool now = false;

	pthread_mutex_lock(&mutex);
	if ((plan.ops & op) != 0) {
		now = plan.left == 0;
		plan.failed |= now;
		if (plan.left > 0)
			plan.left--;
		else if (!plan.for_ever)
			plan.ops = 0;
	}
	pthread_mutex_unlock(&mutex);
	return now;
}

void bad_disk_fail(unsigned ops, unsigned at, bool for_ever, int code)
{
	pthread_mutex_lock(&mutex);
	plan.ops = ops;
	plan.left = at;
	plan.for_ever = for_ever;
	plan.failed = false;
	plan.code = code;
	pthread_mutex_unlock(&mutex);
}

bool bad_disk_heal(void)
{
	bool failed;

	pthread_mutex_lock(&mutex);
	failed = plan.failed;
	plan.ops = 0;
	pthread_mutex_unlock(&mutex);
	return failed;
}

/* ---- Pictures ------------------------------------------------------------- */

static struct picture *picture_of(const char *name)
{
	struct picture *p = pictures;

	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

static struct picture *new_picture(const char *name)
{
	struct picture *p = picture_of(name);

	if (p != NULL)
		return p;
	p = calloc(1, sizeof *p);
	snprintf(p->name, sizeof p->name, "%s", name);
	p->last = &p->first;
	p->next = pictures;
	pictures = p;
	return p;
}

static void note(struct picture *p, int64_t at, const void *data, size_t len)
{
	struct change *c = malloc(sizeof *c + len);

	*c = (struct change){ .at = at, .len = len };
	if (len > 0)
		memcpy(c->data, data, len);
	*p->last = c;
	p->last = &c->next;
}

static void apply(uint8_t **bytes, size_t *len, const struct change *c)
{
	const size_t end = (size_t)c->at + c->len;

	if (c->len == 0) {
		*len = (size_t)c->at < *len ? (size_t)c->at : *len;
		return;
	}
	if (end > *len) {
		*bytes = realloc(*bytes, end);
		memset(*bytes + *len, 0, end - *len);
		*len = end;
	}
	memcpy(*bytes + c->at, c->data, c->len);
}

static void settle(struct picture *p)
{
	struct change *c, *next;

	for (c = p->first; c != NULL; c = next) {
		next = c->next;
		apply(&p->synced, &p->len, c);
		free(c);
	}
	p->first = NULL;
	p->last = &p->first;
}

static void paint(const struct picture *p, const char *to, unsigned *seed)
{
	uint8_t *bytes = malloc(p->len + 1);
	size_t len = p->len;
	FILE *f;

	if (len > 0)
		memcpy(bytes, p->synced, len);
	for (const struct change *c = p->first; c != NULL; c = c->next) {
		*seed = *seed * 1103515245 + 12345;
		if ((*seed >> 16) % 2 == 0)
			apply(&bytes, &len, c);
	}
	f = fopen(to, "w");
	if (f == NULL || fwrite(bytes, 1, len, f) != len)
		abort();
	fclose(f);
	free(bytes);
}

void bad_disk_cut(const char *from, const char *to, unsigned seed)
{
	static const char *const suffixes[] = { "", "-wal" };
	char source[256], target[256];

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < 2; i++) {
		const struct picture *p;

		snprintf(source, sizeof source, "%s%s", from, suffixes[i]);
		snprintf(target, sizeof target, "%s%s", to, suffixes[i]);
		p = picture_of(source);
		if (p != NULL)
			paint(p, target, &seed);
	}
	pthread_mutex_unlock(&mutex);
}

void bad_disk_remember(bool on)
{
	struct picture *p;

	pthread_mutex_lock(&mutex);
	plan.remember = on;
	while (!on && (p = pictures) != NULL) {
		pictures = p->next;
		settle(p);
		free(p->synced);
		free(p);
	}
	pthread_mutex_unlock(&mutex);
}

/* ---- A file --------------------------------------------------------------- */

static int on_close(sqlite3_file *f)
{
	return real(f)->pMethods != NULL ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK;
}

static int on_read(sqlite3_file *f, void *data, int len, sqlite3_int64 at)
{
	return fails(BAD_DISK_READ) ? SQLITE_IOERR_READ : real(f)->pMethods->xRead(real(f), data, len, at);
}

static void remember(sqlite3_file *f, int64_t at, const void *data, size_t len)
{
	struct picture *p = ((struct file *)f)->picture;

	pthread_mutex_lock(&mutex);
	if (p != NULL)
		note(p, at, data, len);
	pthread_mutex_unlock(&mutex);
}

static int on_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
	int rc;

	if (fails(BAD_DISK_WRITE))
		return plan.code;
	rc = real(f)->pMethods->xWrite(real(f), data, len, at);
	if (rc == SQLITE_OK)
		remember(f, at, data, (size_t)len);
	return rc;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = real(f)->pMethods->xTruncate(real(f), size);

	if (rc == SQLITE_OK)
		remember(f, size, NULL, 0);
	return rc;
}

/* The power is cut here only, so that the real disk need not be asked. */
static int on_sync(sqlite3_file *f, int flags)
{
	struct picture *p = ((struct file *)f)->picture;

	(void)flags;
	if (fails(BAD_DISK_SYNC))
		return SQLITE_IOERR_FSYNC;
	pthread_mutex_lock(&mutex);
	if (p != NULL)
		settle(p);
	pthread_mutex_unlock(&mutex);
	return SQLITE_OK;
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size) { return real(f)->pMethods->xFileSize(real(f), size); }
static int on_lock(sqlite3_file *f, int level) { return real(f)->pMethods->xLock(real(f), level); }
static int on_unlock(sqlite3_file *f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
static int on_check(sqlite3_file *f, int *out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
static int on_control(sqlite3_file *f, int op, void *arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
static int on_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static void on_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int on_unmap(sqlite3_file *f, int del) { return real(f)->pMethods->xShmUnmap(real(f), del); }

static int on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static int on_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

/* A write may end in the middle, and a file may grow before its bytes are there: no promises. */
static int on_device(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int rc;

	(void)vfs;
	file->base.pMethods = NULL;
	file->picture = NULL;
	real(f)->pMethods = NULL;
	rc = real_disk->xOpen(real_disk, name, real(f), flags, out);
	if (real(f)->pMethods == NULL)
		return rc;
	file->base.pMethods = &methods;
	pthread_mutex_lock(&mutex);
	if (plan.remember && name != NULL && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0)
		file->picture = new_picture(name);
	pthread_mutex_unlock(&mutex);
	return rc;
}

void bad_disk_install(void)
{
	real_disk = sqlite3_vfs_find(NULL);
	disk = *real_disk;
	disk.zName = "bad_disk";
	disk.szOsFile = (int)sizeof(struct file) + real_disk->szOsFile;
	disk.xOpen = on_open;
	methods = (sqlite3_io_methods){
		.iVersion = 2, .xClose = on_close, .xRead = on_read, .xWrite = on_write, .xTruncate = on_truncate,
		.xSync = on_sync, .xFileSize = on_size, .xLock = on_lock, .xUnlock = on_unlock,
		.xCheckReservedLock = on_check, .xFileControl = on_control, .xSectorSize = on_sector,
		.xDeviceCharacteristics = on_device, .xShmMap = on_map, .xShmLock = on_shm_lock,
		.xShmBarrier = on_barrier, .xShmUnmap = on_unmap,
	};
	sqlite3_vfs_register(&disk, 1);
}
