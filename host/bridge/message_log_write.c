/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/message_log_write.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Texts that repeat are stored once: a row of message has two small numbers for
 * the four of them.  The indexes end in the cursor (SQLite adds the key of the
 * table), so that each range of them is read in the order of cursors.
 *
 * An index by device alone would have one page to write for nearly every message
 * of another device.  So an index begins with the message's block, 16,384 cursors:
 * what a group adds lies in the few pages of the newest block, what retention
 * takes in those of the oldest, and a reader looks once into each block.
 */
static const char schema[] =
	"CREATE TABLE log(end INTEGER NOT NULL);"
	"INSERT INTO log VALUES(0);"
	"CREATE TABLE registry(id INTEGER PRIMARY KEY, project TEXT NOT NULL, location TEXT NOT NULL,"
	" registry TEXT NOT NULL, UNIQUE(project, location, registry));"
	"CREATE TABLE device(id INTEGER PRIMARY KEY, registry INTEGER NOT NULL REFERENCES registry,"
	" device TEXT NOT NULL, num_id INTEGER NOT NULL, UNIQUE(registry, device, num_id));"
	"CREATE TABLE message(cursor INTEGER PRIMARY KEY, device INTEGER NOT NULL, registry INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, flags INTEGER NOT NULL, at_ms INTEGER NOT NULL, subfolder BLOB, payload BLOB);"
	"CREATE INDEX message_device ON message(" MESSAGE_LOG_BLOCK ", device);"
	"CREATE INDEX message_registry ON message(" MESSAGE_LOG_BLOCK ", registry, kind);"
	"PRAGMA application_id=" MESSAGE_LOG_MAGIC ";"
	"PRAGMA user_version=" MESSAGE_LOG_VERSION ";";

enum statement {
	BEGIN, COMMIT, END, SET_END, ADD,
	ADD_REGISTRY, FIND_REGISTRY, ADD_DEVICE, FIND_DEVICE,
	OLDEST, DELETE, PAGES, FREE_PAGES, SHRINK,
	STATEMENTS
};

static const char *const texts[STATEMENTS] = {
	[BEGIN]         = "BEGIN IMMEDIATE",
	[COMMIT]        = "COMMIT",
	[END]           = "SELECT end FROM log",
	[SET_END]       = "UPDATE log SET end = ?1",
	[ADD]           = "INSERT INTO message VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ADD_REGISTRY]  = "INSERT OR IGNORE INTO registry(project, location, registry) VALUES(?1, ?2, ?3)",
	[FIND_REGISTRY] = "SELECT id FROM registry WHERE project = ?1 AND location = ?2 AND registry = ?3",
	[ADD_DEVICE]    = "INSERT OR IGNORE INTO device(registry, device, num_id) VALUES(?1, ?2, ?3)",
	[FIND_DEVICE]   = "SELECT id FROM device WHERE registry = ?1 AND device = ?2 AND num_id = ?3",
	[OLDEST]        = "SELECT cursor, at_ms FROM message ORDER BY cursor LIMIT 1",
	[DELETE]        = "DELETE FROM message WHERE cursor = ?1",
	[PAGES]         = "PRAGMA page_count",
	[FREE_PAGES]    = "PRAGMA freelist_count",
	[SHRINK]        = "PRAGMA incremental_vacuum(256)",
};

/* Devices that were written before, by their texts: emptied when it is full or a group is rolled back. */
enum { CACHE = 1 << 16 };

struct known { char *key; size_t len; int64_t device, registry; };

struct message_writer {
	sqlite3      *db;
	sqlite3_stmt *statements[STATEMENTS];
	char         *file, *wal;
	struct stat   file_is, wal_is;   /* which ones they were when they were opened */
	struct known *cache;             /* CACHE places, open addressing */
	size_t        known;
	uint64_t      committed, end;    /* cursors: on the disk, in the group */
	int64_t       page_size;
	char          error[SINK_ERROR];
};

/* ---- What went wrong -------------------------------------------------------- */

/* Primary result codes of SQLite, in words; the first match is taken. */
static const struct { int code; const char *words; } words[] = {
	{ SQLITE_FULL,     "the disk is full" },
	{ SQLITE_CORRUPT,  "the file is damaged (restore a backup, or move the file away)" },
	{ SQLITE_NOTADB,   "the file is damaged, or another program's" },
	{ SQLITE_BUSY,     "another program has locked the file" },
	{ SQLITE_LOCKED,   "another program has locked the file" },
	{ SQLITE_READONLY, "the file is write-protected" },
	{ SQLITE_PERM,     "no permission to write the file" },
	{ SQLITE_CANTOPEN, "the file cannot be opened" },
	{ SQLITE_IOERR,    "the disk answers with an error" },
	{ SQLITE_NOMEM,    "no memory" },
};

static void explain(sqlite3 *db, const char *file, char error[SINK_ERROR])
{
	int code = sqlite3_errcode(db), number = sqlite3_system_errno(db);
	const char *text = sqlite3_errmsg(db);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].code != (code & 0xff))
			continue;
		snprintf(error, SINK_ERROR, "%.160s: %s%s%.60s", file, words[i].words, number != 0 ? ": " : "",
			 number != 0 ? strerror(number) : "");
		return;
	}
	snprintf(error, SINK_ERROR, "%.160s: %.80s", file, text);
}

static void forget(struct message_writer *w)
{
	for (size_t i = 0; i < CACHE; i++)
		free(w->cache[i].key);
	memset(w->cache, 0, CACHE * sizeof *w->cache);
	w->known = 0;
}

/* The first error sticks; the group is undone; pages that may be damaged are read anew. */
static bool fail(struct message_writer *w)
{
	explain(w->db, w->file, w->error);
	if (!sqlite3_get_autocommit(w->db))
		sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_db_release_memory(w->db);
	forget(w);
	w->end = w->committed;
	return false;
}

/* ---- Statements ------------------------------------------------------------- */

static bool run(struct message_writer *w, enum statement which)
{
	sqlite3_stmt *s = w->statements[which];
	int rc;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		fail(w);
	sqlite3_reset(s);
	return rc == SQLITE_DONE;
}

/* The one row of WHICH, at most two numbers; *FOUND false: there is none. */
static bool ask(struct message_writer *w, enum statement which, int64_t value[2], bool *found)
{
	sqlite3_stmt *s = w->statements[which];
	int rc = sqlite3_step(s);

	*found = rc == SQLITE_ROW;
	for (int i = 0; *found && i < sqlite3_column_count(s) && i < 2; i++)
		value[i] = sqlite3_column_int64(s, i);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail(w);
	sqlite3_reset(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static void bind_text(struct message_writer *w, enum statement which, int at, const char *text)
{
	sqlite3_bind_text(w->statements[which], at, text, -1, SQLITE_STATIC);
}

/* ---- Devices ---------------------------------------------------------------- */

/* The texts with their terminators, then the number. */
static size_t key_of(const struct sink_message *m, char *key, size_t size)
{
	int len = snprintf(key, size, "%s%c%s%c%s%c%s%c%llu", m->project, 0, m->location, 0, m->registry, 0, m->device,
			   0, (unsigned long long)m->num_id);

	return len < 0 || (size_t)len >= size ? 0 : (size_t)len;
}

static struct known *place_of(struct message_writer *w, const char *key, size_t len)
{
	uint32_t hash = 2166136261u;     /* FNV-1a */
	size_t at;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)key[i]) * 16777619u;
	for (at = hash % CACHE; w->cache[at].key != NULL; at = (at + 1) % CACHE)
		if (w->cache[at].len == len && memcmp(w->cache[at].key, key, len) == 0)
			break;
	return &w->cache[at];
}

static bool find_registry(struct message_writer *w, const struct sink_message *m, int64_t *id)
{
	int64_t value[2] = { 0 };
	bool found;

	for (enum statement s = ADD_REGISTRY; s <= FIND_REGISTRY; s++) {
		bind_text(w, s, 1, m->project);
		bind_text(w, s, 2, m->location);
		bind_text(w, s, 3, m->registry);
	}
	if (!run(w, ADD_REGISTRY) || !ask(w, FIND_REGISTRY, value, &found))
		return false;
	*id = value[0];
	return true;
}

static bool find_device(struct message_writer *w, const struct sink_message *m, int64_t registry, int64_t *id)
{
	int64_t value[2] = { 0 };
	bool found;

	for (enum statement s = ADD_DEVICE; s <= FIND_DEVICE; s++) {
		sqlite3_bind_int64(w->statements[s], 1, registry);
		bind_text(w, s, 2, m->device);
		sqlite3_bind_int64(w->statements[s], 3, (int64_t)m->num_id);
	}
	if (!run(w, ADD_DEVICE) || !ask(w, FIND_DEVICE, value, &found))
		return false;
	*id = value[0];
	return true;
}

static void remember(struct message_writer *w, const char *key, size_t len, const struct known *ids)
{
	struct known *place;

	if (w->known > CACHE / 2)
		forget(w);
	place = place_of(w, key, len);
	*place = *ids;
	place->key = malloc(len);
	if (place->key == NULL)
		return;          /* an empty place: it is looked up again next time */
	memcpy(place->key, key, len);
	place->len = len;
	w->known++;
}

static bool identify(struct message_writer *w, const struct sink_message *m, struct known *ids)
{
	char key[4 * 1024];
	size_t len = key_of(m, key, sizeof key);
	struct known *place = place_of(w, key, len);

	*ids = *place;
	if (len != 0 && place->key != NULL)
		return true;
	if (!find_registry(w, m, &ids->registry) || !find_device(w, m, ids->registry, &ids->device))
		return false;
	if (len != 0)
		remember(w, key, len, ids);
	return true;
}

/* ---- A group ---------------------------------------------------------------- */

static bool is_same(const char *path, const struct stat *was)
{
	struct stat now;

	return stat(path, &now) == 0 && now.st_ino == was->st_ino && now.st_dev == was->st_dev;
}

/* What is written to a file that has no name any more is lost when it is closed. */
static bool is_in_place(struct message_writer *w)
{
	if (is_same(w->file, &w->file_is) && is_same(w->wal, &w->wal_is))
		return true;
	snprintf(w->error, sizeof w->error,
		 "%.160s or its -wal was moved or deleted: put it back, or restart the bridge", w->file);
	return false;
}

bool message_writer_begin(struct message_writer *w)
{
	int64_t value[2] = { 0 };
	bool found;

	w->error[0] = '\0';
	if (!is_in_place(w) || !run(w, BEGIN) || !ask(w, END, value, &found))
		return false;
	w->end = w->committed = (uint64_t)value[0];
	return true;
}

bool message_writer_add(struct message_writer *w, const struct sink_message *m)
{
	sqlite3_stmt *s = w->statements[ADD];
	struct known ids;

	if (!identify(w, m, &ids))
		return false;
	sqlite3_bind_int64(s, 1, (int64_t)(w->end + 1));
	sqlite3_bind_int64(s, 2, ids.device);
	sqlite3_bind_int64(s, 3, ids.registry);
	sqlite3_bind_int(s, 4, (int)m->kind);
	sqlite3_bind_int(s, 5, m->qos | (m->dup ? 4 : 0));
	sqlite3_bind_int64(s, 6, m->at_ms);
	sqlite3_bind_blob64(s, 7, m->subfolder.len != 0 ? m->subfolder.data : NULL, m->subfolder.len, SQLITE_STATIC);
	sqlite3_bind_blob64(s, 8, m->payload.len != 0 ? m->payload.data : NULL, m->payload.len, SQLITE_STATIC);
	if (!run(w, ADD))
		return false;
	w->end++;
	return true;
}

bool message_writer_commit(struct message_writer *w)
{
	sqlite3_bind_int64(w->statements[SET_END], 1, (int64_t)w->end);
	if ((w->end != w->committed && !run(w, SET_END)) || !run(w, COMMIT))
		return false;
	w->committed = w->end;
	return is_in_place(w);
}

/* ---- Retention -------------------------------------------------------------- */

static bool count_pages(struct message_writer *w, int64_t *pages, int64_t *unused)
{
	int64_t value[2] = { 0 };
	bool found;

	if (!ask(w, PAGES, value, &found))
		return false;
	*pages = value[0];
	if (!ask(w, FREE_PAGES, value, &found))
		return false;
	*unused = value[0];
	return true;
}

static bool is_over(struct message_writer *w, const struct message_keep *keep, bool *over)
{
	int64_t pages, unused;

	*over = false;
	if (keep->keep_bytes == 0)
		return true;
	if (!count_pages(w, &pages, &unused))
		return false;
	*over = (uint64_t)((pages - unused) * w->page_size) > keep->keep_bytes;
	return true;
}

static bool is_old(const struct message_keep *keep, int64_t at_ms, int64_t now_ms)
{
	return keep->keep_s != 0 && now_ms > at_ms && (uint64_t)(now_ms - at_ms) / 1000 > keep->keep_s;
}

bool message_writer_retain(struct message_writer *w, const struct message_keep *keep, int64_t now_ms, size_t rows,
			   size_t *deleted)
{
	bool over, found;

	for (*deleted = 0; *deleted < rows; ++*deleted) {
		int64_t oldest[2];

		if (!is_over(w, keep, &over) || !ask(w, OLDEST, oldest, &found))
			return false;
		if (!found || (!over && !is_old(keep, oldest[1], now_ms)))
			return true;
		sqlite3_bind_int64(w->statements[DELETE], 1, oldest[0]);
		if (!run(w, DELETE))
			return false;
	}
	return true;
}

bool message_writer_shrink(struct message_writer *w, bool *more)
{
	int64_t pages, unused;

	*more = false;
	if (!is_in_place(w) || !count_pages(w, &pages, &unused))
		return false;
	if (unused < 1024 || unused < pages / 4)
		return true;
	*more = true;
	return run(w, SHRINK);
}

uint64_t message_writer_end(const struct message_writer *w)
{
	return w->committed;
}

const char *message_writer_error(const struct message_writer *w)
{
	return w->error;
}

/* ---- Opening ---------------------------------------------------------------- */

static int64_t pragma(sqlite3 *db, const char *text)
{
	sqlite3_stmt *s = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(db, text, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

int64_t message_writer_newest_ms(struct message_writer *w)
{
	return pragma(w->db, "SELECT at_ms FROM message ORDER BY cursor DESC LIMIT 1");
}

static bool execute(struct message_writer *w, const char *text)
{
	return sqlite3_exec(w->db, text, NULL, NULL, NULL) == SQLITE_OK || fail(w);
}

static bool refuse(struct message_writer *w, const char *why)
{
	snprintf(w->error, sizeof w->error, "%.160s: %s", w->file, why);
	return false;
}

/* A new file gets the tables; another's is left alone. */
static bool check_schema(struct message_writer *w)
{
	int64_t tables = pragma(w->db, "SELECT count(*) FROM sqlite_schema");

	if (tables < 0)
		return fail(w);
	if (tables == 0)
		return execute(w, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL") &&
		       execute(w, "BEGIN IMMEDIATE") && execute(w, schema) && execute(w, "COMMIT");
	if (pragma(w->db, "PRAGMA application_id") != atoll(MESSAGE_LOG_MAGIC))
		return refuse(w, "a database, but no message log of Tern");
	if (pragma(w->db, "PRAGMA user_version") != atoll(MESSAGE_LOG_VERSION))
		return refuse(w, "a message log of another version of Tern");
	return true;
}

/* FULL: a commit is an fsync of the write-ahead log.  The checkpoint makes pages of a log durable that an earlier
 * process may have failed to. */
static bool set_up(struct message_writer *w)
{
	static const char settings[] =
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA cache_size=-16384;"
		"PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; PRAGMA wal_checkpoint(TRUNCATE)";

	sqlite3_extended_result_codes(w->db, 1);
	sqlite3_busy_timeout(w->db, 2000);
	return check_schema(w) && execute(w, settings);
}

static bool prepare(struct message_writer *w)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(w->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &w->statements[i], NULL) != 0)
			return fail(w);
	w->page_size = pragma(w->db, "PRAGMA page_size");
	w->end = w->committed = (uint64_t)pragma(w->db, texts[END]);
	return true;
}

/* Messages are nobody else's business: SQLite gives its other files the rights of this one. */
static bool make_file(struct message_writer *w)
{
	int fd = open(w->file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return refuse(w, strerror(errno));
	close(fd);
	return true;
}

/* Without a write-ahead log (a network file system) the promise could not be kept. */
static bool know_files(struct message_writer *w)
{
	if (stat(w->file, &w->file_is) != 0 || stat(w->wal, &w->wal_is) != 0)
		return refuse(w, "SQLite cannot keep a write-ahead log there");
	return true;
}

/* The names of the files are to outlive the power, too, and a journal that was deleted is not to come back. */
static bool make_names_durable(struct message_writer *w)
{
	char *path = strdup(w->file);
	int folder = path != NULL ? open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool fine = folder >= 0 && fsync(folder) == 0;

	if (!fine)
		refuse(w, strerror(errno));
	if (folder >= 0)
		close(folder);
	free(path);
	return fine;
}

static bool open_file(struct message_writer *w)
{
	if (!make_file(w))
		return false;
	if (sqlite3_open_v2(w->file, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		explain(w->db, w->file, w->error);
		return false;
	}
	return set_up(w) && prepare(w) && know_files(w) && make_names_durable(w);
}

struct message_writer *message_writer_open(const char *file, char error[SINK_ERROR])
{
	struct message_writer *w = calloc(1, sizeof *w);

	snprintf(error, SINK_ERROR, "no memory");
	if (w == NULL)
		return NULL;
	w->file = strdup(file);
	w->wal = malloc(strlen(file) + sizeof "-wal");
	w->cache = calloc(CACHE, sizeof *w->cache);
	if (w->wal != NULL)
		sprintf(w->wal, "%s-wal", file);
	if (w->file != NULL && w->wal != NULL && w->cache != NULL && open_file(w))
		return w;
	if (w->error[0] != '\0')
		memcpy(error, w->error, SINK_ERROR);
	message_writer_close(w);
	return NULL;
}

void message_writer_close(struct message_writer *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(w->statements[i]);
	sqlite3_close(w->db);
	if (w->cache != NULL)
		forget(w);
	free(w->cache);
	free(w->wal);
	free(w->file);
	free(w);
}
