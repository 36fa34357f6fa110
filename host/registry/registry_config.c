/* SPDX-License-Identifier: Apache-2.0 */
/* Configs and states: the last ten of each. */
#include "registry/registry_internal.h"

#include <stdlib.h>

static const char unreadable[] = "the registry cannot be read";

void config_clear(struct registry_config *config)
{
	free(config->data);
	*config = (struct registry_config){ 0 };
}

void state_clear(struct registry_state *state)
{
	free(state->data);
	*state = (struct registry_state){ 0 };
}

/* ---- Setting -------------------------------------------------------------- */

enum registry_result registry_add_config(struct registry *r, uint64_t key, uint64_t version, struct bytes data,
					 int64_t now_ms)
{
	int rc;

	if (data.len > REGISTRY_DATA_MAX)
		return registry_refuse(r, REGISTRY_INVALID, "the config has %zu bytes, and may have %d", data.len,
				       REGISTRY_DATA_MAX);
	rc = db_run(&r->db, "INSERT INTO config (device, version, cloud_update_ms, data) VALUES (?1, ?2, ?3, ?4)",
		    DB_VALUES(db_key(key), db_key(version), db_integer(now_ms), db_blob(data)));
	if (rc == SQLITE_DONE)
		rc = db_run(&r->db, "DELETE FROM config WHERE device = ?1 AND version <= ?2",
			    DB_VALUES(db_key(key), db_integer((int64_t)version - REGISTRY_CONFIGS)));
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the config was not stored");
}

static enum registry_result latest_version(struct registry *r, uint64_t key, uint64_t *version)
{
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT max(version) FROM config WHERE device = ?1",
				      DB_VALUES(db_key(key)));
	int rc = db_step(&r->db, stmt);

	*version = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;
	db_done(stmt);
	return rc == SQLITE_ROW ? REGISTRY_OK : registry_fault(r, rc, unreadable);
}

static enum registry_result set(struct registry *r, struct registry_device_path path, uint64_t version_to_update,
				struct bytes data, int64_t now_ms, uint64_t *version)
{
	uint64_t key, latest = 0;
	enum registry_result result = registry_find_device(r, path, &key);

	if (result == REGISTRY_OK)
		result = latest_version(r, key, &latest);
	if (result != REGISTRY_OK)
		return result;
	if (version_to_update != 0 && version_to_update != latest)
		return registry_refuse(r, REGISTRY_PRECONDITION,
				       "the config is of version %llu, and not of %llu as expected",
				       (unsigned long long)latest, (unsigned long long)version_to_update);
	*version = latest + 1;
	return registry_add_config(r, key, *version, data, now_ms);
}

enum registry_result config_set(struct registry *r, struct registry_device_path path, uint64_t version_to_update,
				struct bytes data, int64_t now_ms, uint64_t *version)
{
	enum registry_result result = registry_write_begin(r);
	uint64_t is = 0;

	if (result == REGISTRY_OK)
		result = registry_write_end(r, set(r, path, version_to_update, data, now_ms, &is));
	if (result == REGISTRY_OK && version != NULL)
		*version = is;
	return result;
}

/* ---- Reading -------------------------------------------------------------- */

static int take_config(sqlite3_stmt *stmt, struct registry_config *config)
{
	*config = (struct registry_config){
		.version = (uint64_t)sqlite3_column_int64(stmt, 0),
		.cloud_update_ms = sqlite3_column_int64(stmt, 1),
		.device_ack_ms = sqlite3_column_int64(stmt, 2),
	};
	config->data = db_copy_blob(stmt, 3, &config->len);
	return config->data != NULL ? SQLITE_ROW : SQLITE_NOMEM;
}

static int take_state(sqlite3_stmt *stmt, struct registry_state *state)
{
	*state = (struct registry_state){ .update_ms = sqlite3_column_int64(stmt, 0) };
	state->data = db_copy_blob(stmt, 1, &state->len);
	return state->data != NULL ? SQLITE_ROW : SQLITE_NOMEM;
}

static enum registry_result read_configs(struct registry *r, uint64_t key, struct registry_config *configs,
					 size_t count, size_t *found)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT version, cloud_update_ms, device_ack_ms, data FROM config "
				      "WHERE device = ?1 ORDER BY version DESC LIMIT ?2",
				      DB_VALUES(db_key(key), db_integer((int64_t)count)));
	int rc = db_step(&r->db, stmt);

	for (*found = 0; rc == SQLITE_ROW; ++*found) {
		rc = take_config(stmt, &configs[*found]);
		rc = rc == SQLITE_ROW ? db_step(&r->db, stmt) : rc;
	}
	db_done(stmt);
	if (rc == SQLITE_DONE)
		return REGISTRY_OK;
	while (*found > 0)
		config_clear(&configs[--*found]);
	return registry_fault(r, rc, unreadable);
}

static enum registry_result read_states(struct registry *r, uint64_t key, struct registry_state *states, size_t count,
					size_t *found)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT update_ms, data FROM state "
				      "WHERE device = ?1 ORDER BY number DESC LIMIT ?2",
				      DB_VALUES(db_key(key), db_integer((int64_t)count)));
	int rc = db_step(&r->db, stmt);

	for (*found = 0; rc == SQLITE_ROW; ++*found) {
		rc = take_state(stmt, &states[*found]);
		rc = rc == SQLITE_ROW ? db_step(&r->db, stmt) : rc;
	}
	db_done(stmt);
	if (rc == SQLITE_DONE)
		return REGISTRY_OK;
	while (*found > 0)
		state_clear(&states[--*found]);
	return registry_fault(r, rc, unreadable);
}

enum registry_result registry_latest_config(struct registry *r, uint64_t key, struct registry_config *config)
{
	size_t found;

	*config = (struct registry_config){ 0 };
	return read_configs(r, key, config, 1, &found);
}

enum registry_result registry_latest_state(struct registry *r, uint64_t key, struct registry_state *state)
{
	size_t found;

	*state = (struct registry_state){ 0 };
	return read_states(r, key, state, 1, &found);
}

enum registry_result config_list(struct registry *r, struct registry_device_path path,
				 struct registry_config configs[REGISTRY_CONFIGS], size_t *found)
{
	enum registry_result result = registry_read_begin(r);
	uint64_t key;

	*found = 0;
	if (result != REGISTRY_OK)
		return result;
	result = registry_find_device(r, path, &key);
	if (result == REGISTRY_OK)
		result = read_configs(r, key, configs, REGISTRY_CONFIGS, found);
	registry_read_end(r);
	return result;
}

enum registry_result state_list(struct registry *r, struct registry_device_path path,
				struct registry_state states[REGISTRY_STATES], size_t *found)
{
	enum registry_result result = registry_read_begin(r);
	uint64_t key;

	*found = 0;
	if (result != REGISTRY_OK)
		return result;
	result = registry_find_device(r, path, &key);
	if (result == REGISTRY_OK)
		result = read_states(r, key, states, REGISTRY_STATES, found);
	registry_read_end(r);
	return result;
}
