/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is for a deleted device finds no row and changes nothing: it is done.
 */
#include "registry/writer_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SLICE = 1000 };      /* entries deleted in one transaction */


/* ---- Items ---------------------------------------------------------------- */

static int put_state(struct db *db, const struct item *i)
{
	const struct db_value key = db_key(i->key);
	int rc = db_run(db,
			"INSERT INTO state (device, number, update_ms, data) SELECT key,"
			" coalesce((SELECT max(number) FROM state WHERE device = ?1), 0) + 1, ?2, ?3"
			" FROM device WHERE key = ?1",
			DB_VALUES(key, db_integer(i->at_ms), db_blob((struct bytes){ i->data, i->len })));

	if (rc != SQLITE_DONE)
		return rc;
	return db_run(db,
		      "DELETE FROM state WHERE device = ?1"
		      " AND number <= (SELECT max(number) FROM state WHERE device = ?1) - ?2",
		      DB_VALUES(key, db_integer(REGISTRY_STATES)));
}

/* A version counts as acknowledged when it was first; one that never was changes nothing. */
static int put_acked(struct db *db, const struct item *i)
{
	int rc = db_run(db,
			"UPDATE seen SET config_acked = max(config_acked, ?2), config_ack_ms = ?3"
			" WHERE device = ?1 AND ?2 <= (SELECT max(version) FROM config WHERE device = ?1)",
			DB_VALUES(db_key(i->key), db_key(i->number), db_integer(i->at_ms)));

	if (rc != SQLITE_DONE)
		return rc;
	return db_run(db,
		      "UPDATE config SET device_ack_ms = ?3 WHERE device = ?1 AND version = ?2 AND device_ack_ms = 0",
		      DB_VALUES(db_key(i->key), db_key(i->number), db_integer(i->at_ms)));
}

static int insert_entry(struct db *db, uint64_t key, int64_t at_ms, enum registry_level severity, const char *type,
			const char *json)
{
	return db_run(db,
		      "INSERT INTO entry (registry, device, at_ms, severity, type, json)"
		      " SELECT registry, id, ?2, ?3, ?4, ?5 FROM device WHERE key = ?1",
		      DB_VALUES(db_key(key), db_integer(at_ms), db_integer(severity), db_text(type), db_text(json)));
}

static int put_entry(struct db *db, const struct item *i)
{
	const char *type = (const char *)i->data;

	return insert_entry(db, i->key, i->at_ms, i->severity, type, type + strlen(type) + 1);
}

static int put_items(struct db *db, const struct item *i)
{
	static int (*const put[])(struct db *db, const struct item *i) = {
		[ITEM_STATE] = put_state, [ITEM_ACKED] = put_acked, [ITEM_ENTRY] = put_entry,
	};
	int rc = SQLITE_DONE;

	for (; rc == SQLITE_DONE && i != NULL; i = i->next)
		rc = put[i->type](db, i);
	return rc;
}

/* ---- What is merged ------------------------------------------------------- */

static int put_dropped(struct db *db, const struct pending *p)
{
	char json[192];

	snprintf(json, sizeof json,
		 "{\"eventType\":\"LOG_DROPPED\",\"severity\":\"ERROR\",\"count\":%" PRIu64 ",\"text\":\"%" PRIu64
		 " entries of this device's log were dropped: the disk did not keep up\"}",
		 p->dropped, p->dropped);
	return insert_entry(db, p->key, p->dropped_ms, REGISTRY_LEVEL_ERROR, "LOG_DROPPED", json);
}

static int put_times(struct db *db, const struct pending *p)
{
	return db_run(db,
		      "UPDATE seen SET heartbeat_ms = iif(?2, ?2, heartbeat_ms), event_ms = iif(?3, ?3, event_ms),"
		      " state_ms = iif(?4, ?4, state_ms), config_sent_ms = iif(?5, ?5, config_sent_ms)"
		      " WHERE device = ?1",
		      DB_VALUES(db_key(p->key), db_integer(p->times_ms[REGISTRY_HEARTBEAT]),
				db_integer(p->times_ms[REGISTRY_EVENT]), db_integer(p->times_ms[REGISTRY_STATE]),
				db_integer(p->times_ms[REGISTRY_CONFIG_SENT])));
}

static int put_error(struct db *db, const struct pending *p)
{
	return db_run(db,
		      "UPDATE seen SET error_ms = ?2, error_code = ?3, error_text = ?4, error_count = error_count + ?5"
		      " WHERE device = ?1",
		      DB_VALUES(db_key(p->key), db_integer(p->error_ms), db_integer(p->error_code),
				db_text(p->error_text), db_key(p->errors)));
}

/* Without a time of its own it is the newest: it came last. */
static int put_diagnosis(struct db *db, const struct pending *p)
{
	const struct registry_diagnosis *d = &p->diagnosis;

	return db_run(db,
		      "UPDATE seen SET diagnosis_ms = ?2, diagnosis_at_ms = ?3, diagnosis_times = ?4,"
		      " diagnosis_code = ?5, diagnosis_line = ?6"
		      " WHERE device = ?1 AND (?3 = 0 OR ?3 >= diagnosis_at_ms)",
		      DB_VALUES(db_key(p->key), db_integer(d->told_ms), db_integer(d->at_ms), db_integer(d->times),
				db_text(d->code), db_text(d->line)));
}

static bool has_times(const struct pending *p)
{
	int64_t any = 0;

	for (size_t i = 0; i < PENDING_TIMES; i++)
		any |= p->times_ms[i];
	return any != 0;
}

static int put_pending(struct db *db, const struct pending_set *set)
{
	int rc = SQLITE_DONE;

	for (size_t i = 0; rc == SQLITE_DONE && i < set->count; i++) {
		const struct pending *p = &set->all[i];

		if (has_times(p))
			rc = put_times(db, p);
		if (rc == SQLITE_DONE && p->errors > 0)
			rc = put_error(db, p);
		if (rc == SQLITE_DONE && p->diagnosis.told_ms != 0)
			rc = put_diagnosis(db, p);
		if (rc == SQLITE_DONE && p->dropped > 0)
			rc = put_dropped(db, p);
	}
	return rc;
}

/* ---- Retention ------------------------------------------------------------ */

/* The cursor behind which the newest ROWS are. */
static int begin_retention(struct db *db, struct retention *r)
{
	sqlite3_stmt *stmt = db_query(db, "SELECT cursor FROM entry ORDER BY cursor DESC LIMIT 1 OFFSET ?1",
				      DB_VALUES(db_integer(r->rows <= INT64_MAX ? (int64_t)r->rows : INT64_MAX)));
	int rc = db_step(db, stmt);

	r->last = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	r->begun = rc == SQLITE_ROW || rc == SQLITE_DONE;
	db_done(stmt);
	return r->begun ? SQLITE_DONE : rc;
}

static int retain(struct db *db, struct retention *r, bool *done)
{
	int rc = r->begun ? SQLITE_DONE : begin_retention(db, r);

	if (rc == SQLITE_DONE)
		rc = db_run(db,
			    "DELETE FROM entry WHERE cursor IN (SELECT cursor FROM entry ORDER BY cursor LIMIT ?1)"
			    " AND (cursor <= ?2 OR at_ms < ?3)",
			    DB_VALUES(db_integer(SLICE), db_integer(r->last), db_integer(r->before_ms)));
	*done = sqlite3_changes(db->handle) < SLICE;
	return rc;
}

/* ---- All ------------------------------------------------------------------ */

static int put_all(struct db *db, const struct batch *b, bool *retained)
{
	int rc = db_exec(db, "BEGIN IMMEDIATE");

	if (rc == SQLITE_DONE)
		rc = put_items(db, b->items);
	if (rc == SQLITE_DONE)
		rc = put_pending(db, b->pending);
	if (rc == SQLITE_DONE && b->retention->active)
		rc = retain(db, b->retention, retained);
	if (rc == SQLITE_DONE)
		rc = db_exec(db, "COMMIT");
	return rc;
}

int batch_commit(struct db *db, struct turn *turn, const struct batch *b, char error[REGISTRY_ERROR])
{
	bool retained = false;
	int rc;

	turn_take_as_writer(turn);
	rc = put_all(db, b, &retained);
	if (rc != SQLITE_DONE) {
		db_explain(db, rc, "the registry was not written", error);
		if (!sqlite3_get_autocommit(db->handle))
			db_exec(db, "ROLLBACK");
	}
	turn_give(turn);
	if (rc == SQLITE_DONE && retained)
		b->retention->active = false;
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}
