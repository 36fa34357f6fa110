/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/bridge/sink_disk.h"

#include "unit/bridge/sink_rig.h"
#include "unit/cmocka_all.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 8, NAME = 200 };

/* One write or truncation that no fsync has followed. */
struct change { struct change *next; int64_t at; size_t len; bool truncates; uint8_t data[]; };

struct content { uint8_t *data; size_t len; };

/* A file, whether it is open or not, by its name. */
static struct shadow { char name[NAME]; struct content durable; struct change *first, **last; } shadows[FILES];

static struct { unsigned in, times; int code; bool happened; } fault;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *real_vfs;

struct file { sqlite3_file base; sqlite3_file *real; struct shadow *shadow; };

/* ---- What is durable --------------------------------------------------------- */

/* Only the folder of the first file since disk_reset() is watched. */
static bool is_watched(const char *name)
{
	size_t folder = (size_t)(strrchr(name, '/') - name);

	return shadows[0].name[0] == '\0' || strncmp(shadows[0].name, name, folder + 1) == 0;
}

static struct shadow *shadow_of(const char *name)
{
	if (!is_watched(name))
		return NULL;
	for (size_t i = 0; i < FILES; i++) {
		struct shadow *s = &shadows[i];

		if (s->name[0] == '\0') {
			snprintf(s->name, sizeof s->name, "%s", name);
			s->last = &s->first;
		}
		if (strcmp(s->name, name) == 0)
			return s;
	}
	fail_msg("too many files to watch: %s", name);
	return NULL;
}

static void remember(struct shadow *s, int64_t at, const void *data, size_t len, bool truncates)
{
	struct change *c;

	if (s == NULL)
		return;
	c = calloc(1, sizeof *c + len);
	assert_non_null(c);
	*c = (struct change){ .at = at, .len = len, .truncates = truncates };
	if (len != 0)
		memcpy(c->data, data, len);
	*s->last = c;
	s->last = &c->next;
}

static void resize(struct content *c, size_t len)
{
	c->data = realloc(c->data, len + 1);
	assert_non_null(c->data);
	if (len > c->len)
		memset(c->data + c->len, 0, len - c->len);
	c->len = len;
}

static void apply(struct content *to, const struct change *c)
{
	size_t end = (size_t)c->at + c->len;

	if (c->truncates ? (size_t)c->at < to->len : end > to->len)
		resize(to, end);
	if (c->len != 0)
		memcpy(to->data + c->at, c->data, c->len);
}

static void make_durable(struct shadow *s)
{
	struct change *next;

	for (struct change *c = s->first; c != NULL; c = next) {
		next = c->next;
		apply(&s->durable, c);
		free(c);
	}
	s->first = NULL;
	s->last = &s->first;
}

static void photo_of(const struct shadow *s, const char *to, enum disk_rest rest)
{
	struct content content = { 0 };
	char path[2 * NAME];
	FILE *f;

	if (s->name[0] == '\0')
		return;
	resize(&content, s->durable.len);
	if (s->durable.len != 0)
		memcpy(content.data, s->durable.data, s->durable.len);
	for (const struct change *c = s->first; c != NULL; c = c->next)
		if (rest == DISK_EVERYTHING || (rest == DISK_SOME && rig_random() % 2 == 0))
			apply(&content, c);
	snprintf(path, sizeof path, "%s/%s", to, strrchr(s->name, '/') + 1);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(content.data, 1, content.len, f), content.len);
	fclose(f);
	free(content.data);
}

void disk_photo(const char *to, enum disk_rest rest)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < FILES; i++)
		photo_of(&shadows[i], to, rest);
	pthread_mutex_unlock(&lock);
}

void disk_reset(void)
{
	for (size_t i = 0; i < FILES; i++) {
		if (shadows[i].name[0] != '\0')
			make_durable(&shadows[i]);
		free(shadows[i].durable.data);
	}
	memset(shadows, 0, sizeof shadows);
	memset(&fault, 0, sizeof fault);
}

/* ---- Faults ------------------------------------------------------------------ */

void disk_fail(unsigned n, unsigned times, int code)
{
	pthread_mutex_lock(&lock);
	fault.in = n;
	fault.times = times;
	fault.code = code;
	fault.happened = false;
	pthread_mutex_unlock(&lock);
}

bool disk_has_failed(void)
{
	bool happened;

	pthread_mutex_lock(&lock);
	happened = fault.happened;
	pthread_mutex_unlock(&lock);
	return happened;
}

/* With the lock: does this operation fail? */
static int count_down(void)
{
	if (fault.times == 0 || (fault.in > 1 && fault.in-- != 0))
		return SQLITE_OK;
	fault.times--;
	fault.happened = true;
	return fault.code;
}

/* ---- The file ---------------------------------------------------------------- */

static sqlite3_file *real(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static int file_close(sqlite3_file *f)
{
	int rc = real(f)->pMethods->xClose(real(f));

	free(real(f));
	return rc;
}

static int file_read(sqlite3_file *f, void *to, int len, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), to, len, at);
}

static int file_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = count_down();
	if (rc == SQLITE_OK)
		rc = real(f)->pMethods->xWrite(real(f), from, len, at);
	if (rc == SQLITE_OK)
		remember(((struct file *)f)->shadow, at, from, (size_t)len, false);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 len)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = count_down();
	if (rc == SQLITE_OK)
		rc = real(f)->pMethods->xTruncate(real(f), len);
	if (rc == SQLITE_OK)
		remember(((struct file *)f)->shadow, len, NULL, 0, true);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int file_sync(sqlite3_file *f, int flags)
{
	int rc;

	(void)flags;             /* the real disk need not wait: it is not the one that loses power */
	pthread_mutex_lock(&lock);
	rc = count_down();
	if (rc == SQLITE_OK && ((struct file *)f)->shadow != NULL)
		make_durable(((struct file *)f)->shadow);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_reserved(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

/* Nothing is promised but that old bytes stay when others are written. */
static int file_features(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **at)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int file_shm_unmap(sqlite3_file *f, int delete)
{
	return real(f)->pMethods->xShmUnmap(real(f), delete);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate,
	.xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved, .xFileControl = file_control, .xSectorSize = file_sector,
	.xDeviceCharacteristics = file_features, .xShmMap = file_shm_map, .xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier, .xShmUnmap = file_shm_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *out_flags)
{
	struct file *f = (struct file *)out;
	int rc;

	(void)vfs;
	*f = (struct file){ .real = calloc(1, (size_t)real_vfs->szOsFile) };
	assert_non_null(f->real);
	rc = real_vfs->xOpen(real_vfs, name, f->real, flags, out_flags);
	if (rc != SQLITE_OK) {
		free(f->real);
		return rc;
	}
	pthread_mutex_lock(&lock);
	f->shadow = name != NULL ? shadow_of(name) : NULL;
	pthread_mutex_unlock(&lock);
	f->base.pMethods = &methods;
	return SQLITE_OK;
}

/* At once durable: the log makes its folder's entries so before it takes the first message. */
static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	struct shadow *s;

	(void)vfs;
	pthread_mutex_lock(&lock);
	s = shadow_of(name);
	if (s != NULL) {
		make_durable(s);
		s->durable.len = 0;
	}
	pthread_mutex_unlock(&lock);
	return real_vfs->xDelete(real_vfs, name, sync_folder);
}

void disk_install(void)
{
	static sqlite3_vfs vfs;

	real_vfs = sqlite3_vfs_find("unix");
	assert_non_null(real_vfs);
	vfs = *real_vfs;
	vfs.zName = "disk";
	vfs.szOsFile = sizeof(struct file);
	vfs.xOpen = disk_open;
	vfs.xDelete = disk_delete;
	assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}
