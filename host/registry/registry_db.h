/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_db.h - one connection to the database: statements that are prepared
 * once, values bound by type, and what SQLite says as a sentence.
 *
 * A connection belongs to one thread.  A statement is in use from db_query() to
 * db_done(); what is bound is borrowed so long.
 */
#ifndef TERN_REGISTRY_REGISTRY_DB_H
#define TERN_REGISTRY_REGISTRY_DB_H

#include "registry/registry.h"

#include <sqlite3.h>

enum { DB_STATEMENTS = 128 };         /* places for statements: a power of two, about twice what there are */

struct db {
	sqlite3 *handle;
	struct { const char *sql; sqlite3_stmt *stmt; } cache[DB_STATEMENTS];
};

struct db_value {
	enum { DB_NULL, DB_INTEGER, DB_TEXT, DB_BLOB } type;
	int64_t      integer;
	struct bytes bytes;
};

struct db_value db_integer(int64_t integer);
struct db_value db_key(uint64_t key);          /* above INT64_MAX there is none: bound as -1 */
struct db_value db_text(const char *text);     /* NULL: null */
struct db_value db_blob(struct bytes bytes);   /* never null */

#define DB_VALUES(...) \
	(const struct db_value[]){ __VA_ARGS__ }, \
	sizeof((const struct db_value[]){ __VA_ARGS__ }) / sizeof(struct db_value)

/* Open FILE for reading and writing: WAL, synchronous=FULL, foreign keys.  UNSAFE: without fsync, for a file that
 * need not outlive the process.  SQLITE_OK, or the handle (if there is one) can say why; then db_close() is still
 * due. */
int db_open(struct db *db, const char *file, bool unsafe);
void db_close(struct db *db);

/* SQL, a literal, with its ?1, ?2, ... bound.  NULL, which the other calls take: it could not be prepared. */
sqlite3_stmt *db_query(struct db *db, const char *sql, const struct db_value *values, size_t count);
int db_step(struct db *db, sqlite3_stmt *stmt);   /* SQLITE_ROW, SQLITE_DONE, or what went wrong; also for NULL */
void db_done(sqlite3_stmt *stmt);

/* All of a statement that gives no rows: SQLITE_DONE, or what went wrong. */
int db_run(struct db *db, const char *sql, const struct db_value *values, size_t count);
int db_exec(struct db *db, const char *sql);   /* without values; prepared likewise */

/* Columns; the copies are the caller's, NULL: null, or no memory (then sqlite3_errcode() says so). */
char *db_copy_text(sqlite3_stmt *stmt, int column);
uint8_t *db_copy_blob(sqlite3_stmt *stmt, int column, size_t *len);   /* empty: one byte, len 0 */
void db_copy_id(sqlite3_stmt *stmt, int column, char id[REGISTRY_ID]);

/* What RC, not one of success, means: the result, and a sentence behind DOING ("the device was not stored"). */
enum registry_result db_explain(struct db *db, int rc, const char *doing, char error[REGISTRY_ERROR]);

#endif
