/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry ---< device ---- seen          what changes often is apart from what is long
 *     |            |---< credential       at most 3
 *     |            |---< config           the last 10
 *     |            '---< state            the last 10
 *     '- - < entry                         by key and name, no reference: outlives its device
 *
 * SPEC.md has the same for a reader of the file.  Keys of registries and devices
 * are never used again (AUTOINCREMENT): what the writer still holds for a deleted
 * device finds no other in its place.
 */
#include "registry/registry_schema.h"

#include <stdio.h>

static const char version_1[] =
	"CREATE TABLE registry (\n"
	"  key INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, location TEXT NOT NULL, id TEXT NOT NULL,\n"
	"  level INTEGER NOT NULL, mqtt_disabled INTEGER NOT NULL, http_disabled INTEGER NOT NULL, extra TEXT,\n"
	"  UNIQUE (project, location, id));\n"

	"CREATE TABLE device (\n"
	"  key INTEGER PRIMARY KEY AUTOINCREMENT, registry INTEGER NOT NULL REFERENCES registry (key),\n"
	"  id TEXT NOT NULL, num_id INTEGER NOT NULL UNIQUE CHECK (num_id > 0),\n"
	"  blocked INTEGER NOT NULL, level INTEGER NOT NULL, metadata TEXT, extra TEXT,\n"
	"  UNIQUE (registry, id));\n"

	"CREATE TABLE seen (\n"
	"  device INTEGER PRIMARY KEY REFERENCES device (key) ON DELETE CASCADE,\n"
	"  heartbeat_ms INTEGER NOT NULL DEFAULT 0, event_ms INTEGER NOT NULL DEFAULT 0,\n"
	"  state_ms INTEGER NOT NULL DEFAULT 0, config_sent_ms INTEGER NOT NULL DEFAULT 0,\n"
	"  config_ack_ms INTEGER NOT NULL DEFAULT 0, config_acked INTEGER NOT NULL DEFAULT 0,\n"
	"  error_ms INTEGER NOT NULL DEFAULT 0, error_code INTEGER NOT NULL DEFAULT 0, error_text TEXT,\n"
	"  error_count INTEGER NOT NULL DEFAULT 0);\n"

	"CREATE TABLE credential (\n"
	"  device INTEGER NOT NULL REFERENCES device (key) ON DELETE CASCADE, position INTEGER NOT NULL,\n"
	"  format INTEGER NOT NULL, expires_s INTEGER NOT NULL, fingerprint TEXT NOT NULL, spki BLOB NOT NULL,\n"
	"  pem TEXT NOT NULL,\n"
	"  PRIMARY KEY (device, position)) WITHOUT ROWID;\n"

	"CREATE TABLE config (\n"
	"  device INTEGER NOT NULL REFERENCES device (key) ON DELETE CASCADE, version INTEGER NOT NULL,\n"
	"  cloud_update_ms INTEGER NOT NULL, device_ack_ms INTEGER NOT NULL DEFAULT 0, data BLOB NOT NULL,\n"
	"  PRIMARY KEY (device, version)) WITHOUT ROWID;\n"

	"CREATE TABLE state (\n"
	"  device INTEGER NOT NULL REFERENCES device (key) ON DELETE CASCADE, number INTEGER NOT NULL,\n"
	"  update_ms INTEGER NOT NULL, data BLOB NOT NULL,\n"
	"  PRIMARY KEY (device, number)) WITHOUT ROWID;\n"

	"CREATE TABLE entry (\n"
	"  cursor INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"  registry INTEGER NOT NULL, device TEXT NOT NULL,\n"
	"  at_ms INTEGER NOT NULL, severity INTEGER NOT NULL, type TEXT NOT NULL, json TEXT NOT NULL);\n"
	"CREATE INDEX entry_of_registry ON entry (registry);\n"
	"CREATE INDEX entry_of_device ON entry (registry, device);\n";

/* What devices say of their last failure. */
static const char version_2[] =
	"ALTER TABLE seen ADD COLUMN diagnosis_ms INTEGER NOT NULL DEFAULT 0;\n"
	"ALTER TABLE seen ADD COLUMN diagnosis_at_ms INTEGER NOT NULL DEFAULT 0;\n"
	"ALTER TABLE seen ADD COLUMN diagnosis_times INTEGER NOT NULL DEFAULT 0;\n"
	"ALTER TABLE seen ADD COLUMN diagnosis_code TEXT;\n"
	"ALTER TABLE seen ADD COLUMN diagnosis_line TEXT;\n";

/* [n] makes version n + 1 of version n.  Append; what was released stays as it is. */
static const char *const steps[SCHEMA_VERSION] = { version_1, version_2 };

static bool number_of(struct db *db, const char *sql, int64_t *number, char error[REGISTRY_ERROR])
{
	sqlite3_stmt *stmt = db_query(db, sql, NULL, 0);
	int rc = db_step(db, stmt);

	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int64(stmt, 0);
	else
		db_explain(db, rc, "the registry cannot be opened", error);
	db_done(stmt);
	return rc == SQLITE_ROW;
}

static bool is_ours(struct db *db, int64_t *version, char error[REGISTRY_ERROR])
{
	int64_t application = 0, tables = 0;

	if (!number_of(db, "PRAGMA application_id", &application, error) ||
	    !number_of(db, "PRAGMA user_version", version, error) ||
	    !number_of(db, "SELECT count(*) FROM sqlite_schema", &tables, error))
		return false;
	if (application == 0 && *version == 0 && tables == 0)
		return true;
	if (application != SCHEMA_APPLICATION) {
		snprintf(error, REGISTRY_ERROR,
			 "it is the database of another program (application_id %lld, and not %d)",
			 (long long)application, SCHEMA_APPLICATION);
		return false;
	}
	if (*version >= 1 && *version <= SCHEMA_VERSION)
		return true;
	snprintf(error, REGISTRY_ERROR,
		 "its tables are of version %lld, and this program knows 1 to %d: use the program that wrote it or a "
		 "newer one, or put back the backup from before",
		 (long long)*version, SCHEMA_VERSION);
	return false;
}

static int climb(struct db *db, int64_t version)
{
	char mark[96];
	int rc = SQLITE_OK;

	for (; rc == SQLITE_OK && version < SCHEMA_VERSION; version++)
		rc = sqlite3_exec(db->handle, steps[version], NULL, NULL, NULL);
	snprintf(mark, sizeof mark, "PRAGMA user_version = %d; PRAGMA application_id = %d;", SCHEMA_VERSION,
		 SCHEMA_APPLICATION);
	return rc == SQLITE_OK ? sqlite3_exec(db->handle, mark, NULL, NULL, NULL) : rc;
}

bool schema_bring_up(struct db *db, char error[REGISTRY_ERROR])
{
	int64_t version = 0;
	int rc;

	if (!is_ours(db, &version, error))
		return false;
	if (version == SCHEMA_VERSION)
		return true;
	rc = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = climb(db, version);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return true;
	db_explain(db, rc, "the registry's tables were not made", error);
	sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return false;
}
