/* SPDX-License-Identifier: Apache-2.0 */
/* Devices' log entries, read; and what is passed on to the writer. */
#include "registry/registry_internal.h"

#include <stdlib.h>

static const char unreadable[] = "the registry cannot be read";

void log_row_clear(struct registry_log_row *row)
{
	free(row->json);
	*row = (struct registry_log_row){ 0 };
}

static int take_row(sqlite3_stmt *stmt, struct registry_log_row *row)
{
	*row = (struct registry_log_row){
		.cursor = (uint64_t)sqlite3_column_int64(stmt, 0),
		.at_ms = sqlite3_column_int64(stmt, 1),
		.severity = (enum registry_level)sqlite3_column_int(stmt, 2),
		.json = db_copy_text(stmt, 4),
	};
	db_copy_id(stmt, 3, row->device);
	return row->json != NULL ? SQLITE_ROW : SQLITE_NOMEM;
}

static enum registry_result read_rows(struct registry *r, sqlite3_stmt *stmt, struct registry_log_row *rows,
				      size_t *found)
{
	int rc = db_step(&r->db, stmt);

	while (rc == SQLITE_ROW) {
		rc = take_row(stmt, &rows[(*found)++]);
		rc = rc == SQLITE_ROW ? db_step(&r->db, stmt) : rc;
	}
	db_done(stmt);
	if (rc == SQLITE_DONE)
		return REGISTRY_OK;
	while (*found > 0)
		log_row_clear(&rows[--*found]);
	return registry_fault(r, rc, unreadable);
}

enum registry_result log_list(struct registry *r, struct registry_path in, const char *device, uint64_t after,
			      struct registry_log_row *rows, size_t count, size_t *found)
{
	enum registry_result result;
	sqlite3_stmt *stmt;
	uint64_t key;

	r->error[0] = '\0';
	*found = 0;
	result = registry_find(r, in, &key);
	if (result != REGISTRY_OK || after > INT64_MAX)
		return result;
	if (device != NULL)
		stmt = db_query(&r->db,
				"SELECT cursor, at_ms, severity, device, json FROM entry "
				"WHERE registry = ?1 AND device = ?2 AND cursor > ?3 ORDER BY cursor LIMIT ?4",
				DB_VALUES(db_key(key), db_text(device), db_key(after), db_integer((int64_t)count)));
	else
		stmt = db_query(&r->db,
				"SELECT cursor, at_ms, severity, device, json FROM entry "
				"WHERE registry = ?1 AND cursor > ?2 ORDER BY cursor LIMIT ?3",
				DB_VALUES(db_key(key), db_key(after), db_integer((int64_t)count)));
	return read_rows(r, stmt, rows, found);
}

uint64_t log_end(struct registry *r)
{
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT seq FROM sqlite_sequence WHERE name = 'entry'", NULL, 0);
	uint64_t end = db_step(&r->db, stmt) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;

	db_done(stmt);
	return end;
}

int64_t log_newest_ms(struct registry *r)
{
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT at_ms FROM entry ORDER BY cursor DESC LIMIT 1", NULL, 0);
	int64_t at_ms = db_step(&r->db, stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;

	db_done(stmt);
	return at_ms;
}

/* ---- To the writer -------------------------------------------------------- */

void log_retain(struct registry *r, int64_t now_ms, int64_t age_ms, uint64_t rows)
{
	writer_retain(r->writer, age_ms > 0 && now_ms > 0 ? now_ms - age_ms : INT64_MIN, rows);
}

enum registry_result queue_state(struct registry *r, uint64_t key, struct bytes data, int64_t at_ms, uint64_t ticket)
{
	r->error[0] = '\0';
	if (data.len > REGISTRY_DATA_MAX)
		return registry_refuse(r, REGISTRY_INVALID, "the state has %zu bytes, and may have %d", data.len,
				       REGISTRY_DATA_MAX);
	if (writer_state(r->writer, key, data, at_ms, ticket))
		return REGISTRY_OK;
	return registry_refuse(r, REGISTRY_FULL, "the states that wait for the disk fill the queue");
}

void queue_config_acked(struct registry *r, uint64_t key, uint64_t version, int64_t at_ms)
{
	writer_acked(r->writer, key, version, at_ms);
}

void queue_time(struct registry *r, uint64_t key, enum registry_time what, int64_t at_ms)
{
	writer_time(r->writer, key, what, at_ms);
}

void queue_error(struct registry *r, uint64_t key, int code, const char *text, int64_t at_ms)
{
	writer_error(r->writer, key, code, text, at_ms);
}

void queue_diagnosis(struct registry *r, uint64_t key, const struct registry_diagnosis *diagnosis)
{
	writer_diagnosis(r->writer, key, diagnosis);
}

void queue_entry(struct registry *r, uint64_t key, const struct registry_entry *entry)
{
	writer_entry(r->writer, key, entry);
}

int registry_fd(const struct registry *r)
{
	return writer_fd(r->writer);
}

bool registry_next(struct registry *r, uint64_t *ticket)
{
	return writer_next(r->writer, ticket);
}

bool registry_flush(struct registry *r, uint32_t wait_ms)
{
	return writer_flush(r->writer, wait_ms);
}

void registry_health(struct registry *r, struct registry_health *health)
{
	writer_health(r->writer, health);
}
