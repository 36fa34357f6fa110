/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Connections of this process take turns (writer_turn.h): this is for other processes. */
enum { BUSY_MS = 500 };

/* ---- Opening -------------------------------------------------------------- */

/* The writer's thread moves the log into the database (writer.c), in nobody's way: no automatic checkpoint.
 * The log keeps the space it needed in good days, and gives back what an import took. */
static const char pragmas[] =
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = FULL;"
	"PRAGMA foreign_keys = ON;"
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA cell_size_check = ON;"
	"PRAGMA journal_size_limit = 67108864;"
	"PRAGMA wal_autocheckpoint = 0;";

int db_open(struct db *db, const char *file, bool unsafe)
{
	int rc;

	memset(db, 0, sizeof *db);
	rc = sqlite3_open_v2(file, &db->handle,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	rc = sqlite3_exec(db->handle, pragmas, NULL, NULL, NULL);
	if (rc == SQLITE_OK && unsafe)
		rc = sqlite3_exec(db->handle, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	return rc;
}

void db_close(struct db *db)
{
	for (size_t i = 0; i < DB_STATEMENTS; i++)
		sqlite3_finalize(db->cache[i].stmt);
	sqlite3_close(db->handle);
	memset(db, 0, sizeof *db);
}

/* ---- Values --------------------------------------------------------------- */

struct db_value db_integer(int64_t integer)
{
	return (struct db_value){ .type = DB_INTEGER, .integer = integer };
}

struct db_value db_key(uint64_t key)
{
	return db_integer(key <= INT64_MAX ? (int64_t)key : -1);
}

struct db_value db_text(const char *text)
{
	if (text == NULL)
		return (struct db_value){ .type = DB_NULL };
	return (struct db_value){ .type = DB_TEXT, .bytes = bytes_of(text) };
}

struct db_value db_blob(struct bytes bytes)
{
	return (struct db_value){ .type = DB_BLOB, .bytes = bytes };
}

static int bind(sqlite3_stmt *stmt, int at, const struct db_value *v)
{
	switch (v->type) {
	case DB_NULL:
		return sqlite3_bind_null(stmt, at);
	case DB_INTEGER:
		return sqlite3_bind_int64(stmt, at, v->integer);
	case DB_TEXT:
		return sqlite3_bind_text64(stmt, at, (const char *)v->bytes.data, v->bytes.len, SQLITE_STATIC,
					   SQLITE_UTF8);
	case DB_BLOB:
		return v->bytes.len == 0 ? sqlite3_bind_zeroblob(stmt, at, 0)
					 : sqlite3_bind_blob64(stmt, at, v->bytes.data, v->bytes.len, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

/* ---- Statements ----------------------------------------------------------- */

/* A statement is found by where its text stands. */
static sqlite3_stmt *prepared(struct db *db, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b1u % DB_STATEMENTS, looked;

	for (looked = 0; looked < DB_STATEMENTS && db->cache[i].sql != NULL; looked++) {
		if (db->cache[i].sql == sql)
			return db->cache[i].stmt;
		i = (i + 1) % DB_STATEMENTS;
	}
	if (looked == DB_STATEMENTS)
		abort();          /* more statements in the sources than places: every run finds that */
	if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &db->cache[i].stmt, NULL) != SQLITE_OK)
		return NULL;
	db->cache[i].sql = sql;
	return db->cache[i].stmt;
}

sqlite3_stmt *db_query(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	sqlite3_stmt *stmt = prepared(db, sql);

	for (size_t i = 0; stmt != NULL && i < count; i++)
		if (bind(stmt, (int)i + 1, &values[i]) != SQLITE_OK) {
			sqlite3_clear_bindings(stmt);
			return NULL;
		}
	return stmt;
}

int db_step(struct db *db, sqlite3_stmt *stmt)
{
	return stmt != NULL ? sqlite3_step(stmt) : sqlite3_extended_errcode(db->handle);
}

void db_done(sqlite3_stmt *stmt)
{
	if (stmt == NULL)
		return;
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

int db_run(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	sqlite3_stmt *stmt = db_query(db, sql, values, count);
	int rc = db_step(db, stmt);

	db_done(stmt);
	return rc;
}

int db_exec(struct db *db, const char *sql)
{
	return db_run(db, sql, NULL, 0);
}

/* ---- Columns -------------------------------------------------------------- */

static void *copy(const void *from, size_t len)
{
	char *to = malloc(len + 1);

	if (to == NULL)
		return NULL;
	if (len > 0)
		memcpy(to, from, len);
	to[len] = '\0';
	return to;
}

char *db_copy_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text != NULL ? copy(text, (size_t)sqlite3_column_bytes(stmt, column)) : NULL;
}

uint8_t *db_copy_blob(sqlite3_stmt *stmt, int column, size_t *len)
{
	const void *blob = sqlite3_column_blob(stmt, column);

	*len = (size_t)sqlite3_column_bytes(stmt, column);
	return copy(blob, *len);
}

void db_copy_id(sqlite3_stmt *stmt, int column, char id[REGISTRY_ID])
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	snprintf(id, REGISTRY_ID, "%s", text != NULL ? (const char *)text : "");
}

/* ---- What went wrong ------------------------------------------------------ */

/* By primary code; what is not here is the last row. */
static const struct meaning {
	int  code;
	enum registry_result result;
	const char *text;
} meanings[] = {
	{ SQLITE_FULL,     REGISTRY_FULL,  "the disk is full; make room" },
	{ SQLITE_NOMEM,    REGISTRY_FULL,  "there is no memory left" },
	{ SQLITE_TOOBIG,   REGISTRY_INVALID, "it is larger than SQLite takes" },
	{ SQLITE_BUSY,     REGISTRY_FAULT, "another process holds the database; end its transaction" },
	{ SQLITE_LOCKED,   REGISTRY_FAULT, "another process holds the database; end its transaction" },
	{ SQLITE_READONLY, REGISTRY_FAULT, "the database or its folder is not writable; check owner, mode and mount" },
	{ SQLITE_PERM,     REGISTRY_FAULT, "the database may not be opened; check owner and mode" },
	{ SQLITE_CANTOPEN, REGISTRY_FAULT, "the database, or a file beside it, cannot be opened; check owner, mode" },
	{ SQLITE_CORRUPT,  REGISTRY_FAULT, "the database is damaged; stop the program and put a backup in its place" },
	{ SQLITE_NOTADB,   REGISTRY_FAULT, "the file is no database; put a backup in its place" },
	{ SQLITE_IOERR,    REGISTRY_FAULT, "the disk reported an error; look into the system's log" },
	{ SQLITE_ERROR,    REGISTRY_FAULT, "the database is not as this program made it" },
};

enum { MEANINGS = sizeof meanings / sizeof meanings[0] };

enum registry_result db_explain(struct db *db, int rc, const char *doing, char error[REGISTRY_ERROR])
{
	const struct meaning *m = meanings;
	int system = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;
	const char *said = db->handle != NULL ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);
	bool from_system = system != 0 && ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN);

	while (m < &meanings[MEANINGS - 1] && m->code != (rc & 0xff))
		m++;
	snprintf(error, REGISTRY_ERROR, "%s: %s (SQLite %d: %s%s%s)", doing, m->text, rc, said,
		 from_system ? "; " : "", from_system ? strerror(system) : "");
	return m->result;
}
