/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry_internal.h"
#include "registry/registry_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { CLOSE_MS = 5000, PATH_SIZE = 4096 };

/* ---- What went wrong ------------------------------------------------------ */

const char *registry_error(const struct registry *r)
{
	return r->error;
}

enum registry_result registry_refuse(struct registry *r, enum registry_result result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->error, sizeof r->error, format, args);
	va_end(args);
	return result;
}

enum registry_result registry_fault(struct registry *r, int rc, const char *doing)
{
	return db_explain(&r->db, rc, doing, r->error);
}

/* ---- The lock ------------------------------------------------------------- */

static bool say_who_has_it(int fd, const char *file, char error[REGISTRY_ERROR])
{
	char who[128] = "";
	ssize_t len = pread(fd, who, sizeof who - 1, 0);

	who[len > 0 ? (size_t)len : 0] = '\0';
	who[strcspn(who, "\n")] = '\0';
	snprintf(error, REGISTRY_ERROR, "the registry %.200s is open already, by %s: one process at a time may have it",
		 file, who[0] != '\0' ? who : "another process");
	return false;
}

/* The lock goes with the process, however that ends; the file stays. */
static bool take_lock(struct registry *r, const char *node, char error[REGISTRY_ERROR])
{
	char path[PATH_SIZE], who[128];
	int len;

	snprintf(path, sizeof path, "%s-lock", r->file);
	r->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (r->lock < 0) {
		snprintf(error, REGISTRY_ERROR, "the registry's lock %.200s cannot be made: %s", path, strerror(errno));
		return false;
	}
	if (flock(r->lock, LOCK_EX | LOCK_NB) != 0)
		return say_who_has_it(r->lock, r->file, error);
	len = snprintf(who, sizeof who, "process %ld (node '%.60s')\n", (long)getpid(), node != NULL ? node : "");
	if (ftruncate(r->lock, 0) == 0 && pwrite(r->lock, who, (size_t)len, 0) == len)
		return true;
	snprintf(error, REGISTRY_ERROR, "the registry's lock %.200s cannot be written: %s", path, strerror(errno));
	return false;
}

/* ---- Opening -------------------------------------------------------------- */

/* Configs may hold secrets: nobody else reads the file, nor those that SQLite puts beside it. */
static bool make_file(const char *file, char error[REGISTRY_ERROR])
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		snprintf(error, REGISTRY_ERROR, "the registry %.200s cannot be opened for writing: %s", file,
			 strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

/* ":memory:" is a file, too: two connections are to see it as they see any other.  Its names go as soon as both
 * have opened it, so that nothing is left however the process ends. */
static char *temporary(void)
{
	char folder[] = "/tmp/tern-registry-XXXXXX", path[sizeof folder + sizeof "/registry.db"];

	if (mkdtemp(folder) == NULL)
		return NULL;
	snprintf(path, sizeof path, "%s/registry.db", folder);
	return strdup(path);
}

static void remove_temporary(const char *file)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		snprintf(path, sizeof path, "%s%s", file, suffixes[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s", file);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

/* How long the log beside the database is, is the writer's business. */
static int on_commit(void *to, sqlite3 *handle, const char *name, int pages)
{
	struct registry *r = to;

	(void)handle;
	(void)name;
	writer_log_pages(r->writer, pages);
	return SQLITE_OK;
}

static bool open_database(struct registry *r, char error[REGISTRY_ERROR])
{
	char why[REGISTRY_ERROR - 128];
	int rc;

	if (!make_file(r->file, error))
		return false;
	rc = db_open(&r->db, r->file, r->memory);
	if (rc != SQLITE_OK)
		db_explain(&r->db, rc, "it cannot be opened", error);
	else if (schema_bring_up(&r->db, error)) {
		r->writer = writer_start(r->file, r->memory, &r->turn, error);
		if (r->writer != NULL) {
			sqlite3_wal_hook(r->db.handle, on_commit, r);
			return true;
		}
	}
	snprintf(why, sizeof why, "%s", error);
	snprintf(error, REGISTRY_ERROR, "the registry %.100s: %s", r->file, why);
	return false;
}

static void free_registry(struct registry *r)
{
	db_close(&r->db);
	if (r->lock >= 0)
		close(r->lock);
	turn_destroy(&r->turn);
	map_clear(&r->owners);
	free(r->file);
	free(r);
}

struct registry *registry_open(const char *file, const char *node, char error[REGISTRY_ERROR])
{
	struct registry *r = calloc(1, sizeof *r);
	bool opened = false;

	if (r == NULL) {
		snprintf(error, REGISTRY_ERROR, "the registry cannot be opened: there is no memory left");
		return NULL;
	}
	turn_init(&r->turn);
	r->lock = -1;
	r->memory = strcmp(file, ":memory:") == 0;
	r->file = r->memory ? temporary() : strdup(file);
	if (r->file == NULL || strlen(r->file) > PATH_SIZE - 16)
		snprintf(error, REGISTRY_ERROR, "the registry %.200s cannot be opened: %s", file,
			 r->file == NULL ? strerror(errno) : "its name is too long");
	else
		opened = take_lock(r, node, error) && open_database(r, error);
	if (r->memory && r->file != NULL)
		remove_temporary(r->file);
	if (opened)
		return r;
	free_registry(r);
	return NULL;
}

void registry_close(struct registry *r)
{
	if (r == NULL)
		return;
	if (r->begun)
		registry_rollback(r);
	writer_stop(r->writer, CLOSE_MS);
	free_registry(r);
}

/* ---- Transactions --------------------------------------------------------- */

static const char not_stored[] = "nothing was stored";

enum registry_result registry_begin(struct registry *r)
{
	int rc;

	r->error[0] = '\0';
	if (r->begun)
		return registry_refuse(r, REGISTRY_PRECONDITION, "a transaction has begun already");
	turn_take_as_loop(&r->turn);
	rc = db_exec(&r->db, "BEGIN IMMEDIATE");
	if (rc == SQLITE_DONE) {
		r->begun = true;
		return REGISTRY_OK;
	}
	turn_give(&r->turn);
	return registry_fault(r, rc, not_stored);
}

/* SQLite undoes a transaction by itself when the disk is full or fails. */
static bool is_undone(const struct registry *r)
{
	return sqlite3_get_autocommit(r->db.handle) != 0;
}

static void end(struct registry *r)
{
	if (!is_undone(r))
		db_exec(&r->db, "ROLLBACK");
	r->begun = false;
	turn_give(&r->turn);
}

enum registry_result registry_commit(struct registry *r)
{
	enum registry_result result = REGISTRY_OK;
	int rc;

	r->error[0] = '\0';
	if (!r->begun)
		return registry_refuse(r, REGISTRY_PRECONDITION, "no transaction has begun");
	if (is_undone(r))
		result = registry_refuse(r, REGISTRY_FULL, "the disk failed or was full, and all since the beginning "
					 "of the transaction is undone");
	else if ((rc = db_exec(&r->db, "COMMIT")) != SQLITE_DONE)
		result = registry_fault(r, rc, not_stored);
	end(r);
	return result;
}

enum registry_result registry_rollback(struct registry *r)
{
	r->error[0] = '\0';
	if (!r->begun)
		return registry_refuse(r, REGISTRY_PRECONDITION, "no transaction has begun");
	end(r);
	return REGISTRY_OK;
}

/* A call between begin and commit is a savepoint; any other is its own transaction. */
enum registry_result registry_write_begin(struct registry *r)
{
	int rc;

	r->error[0] = '\0';
	if (!r->begun) {
		enum registry_result result = registry_begin(r);

		r->begun = false;
		return result;
	}
	if (is_undone(r))
		return registry_refuse(r, REGISTRY_FULL,
				       "the disk failed or was full earlier in this transaction, which is undone");
	rc = db_exec(&r->db, "SAVEPOINT one");
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, not_stored);
}

static enum registry_result end_savepoint(struct registry *r, enum registry_result result)
{
	if (is_undone(r))
		return result;
	if (result != REGISTRY_OK)
		db_exec(&r->db, "ROLLBACK TO one");
	db_exec(&r->db, "RELEASE one");
	return result;
}

enum registry_result registry_write_end(struct registry *r, enum registry_result result)
{
	int rc;

	if (r->begun)
		return end_savepoint(r, result);
	if (result == REGISTRY_OK && (rc = db_exec(&r->db, "COMMIT")) != SQLITE_DONE)
		result = registry_fault(r, rc, not_stored);
	end(r);
	return result;
}

enum registry_result registry_read_begin(struct registry *r)
{
	int rc;

	r->error[0] = '\0';
	if (r->begun)
		return REGISTRY_OK;
	rc = db_exec(&r->db, "BEGIN");
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the registry cannot be read");
}

void registry_read_end(struct registry *r)
{
	if (!r->begun)
		db_exec(&r->db, "ROLLBACK");
}

/* ---- Backup --------------------------------------------------------------- */

static bool sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return done;
}

static bool sync_file(const char *file)
{
	char folder[PATH_SIZE];
	char *slash;

	snprintf(folder, sizeof folder, "%s", file);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		memcpy(folder, ".", sizeof ".");
	else
		slash[slash == folder] = '\0';
	return sync_path(file) && sync_path(folder);
}

enum registry_result registry_backup(struct registry *r, const char *file)
{
	char quoted[NAMES_QUOTE];
	int fd, rc;

	r->error[0] = '\0';
	if (r->begun)
		return registry_refuse(r, REGISTRY_PRECONDITION, "no backup is made while a transaction is open");
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return registry_refuse(r, errno == EEXIST ? REGISTRY_EXISTS : REGISTRY_FAULT,
				       "the backup %s cannot be made: %s", names_quote(quoted, file), strerror(errno));
	close(fd);
	rc = db_run(&r->db, "VACUUM INTO ?1", DB_VALUES(db_text(file)));
	if (rc == SQLITE_DONE && sync_file(file))
		return REGISTRY_OK;
	if (rc != SQLITE_DONE)
		registry_fault(r, rc, "no backup was made");
	else
		registry_refuse(r, REGISTRY_FAULT, "no backup was made: %s", strerror(errno));
	unlink(file);
	return REGISTRY_FAULT;
}
