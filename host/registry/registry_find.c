/* SPDX-License-Identifier: Apache-2.0 */
/* Registries, and which row a path names. */
#include "registry/registry_internal.h"
#include "registry/registry_ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Paths ---------------------------------------------------------------- */

static const char unreadable[] = "the registry cannot be read";

enum { ELSEWHERE = 280 };            /* bytes of a hint */

/* The first column of the one row that STMT gives, if it gives one. */
static enum registry_result key_of(struct registry *r, sqlite3_stmt *stmt, uint64_t *key)
{
	int rc = db_step(&r->db, stmt);
	enum registry_result result = REGISTRY_OK;

	if (rc == SQLITE_ROW)
		*key = (uint64_t)sqlite3_column_int64(stmt, 0);
	else if (rc == SQLITE_DONE)
		result = REGISTRY_NOT_FOUND;
	else
		result = registry_fault(r, rc, unreadable);
	db_done(stmt);
	return result;
}

static enum registry_result look(struct registry *r, struct registry_path path, uint64_t *key)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT key FROM registry WHERE project = ?1 AND location = ?2 AND id = ?3",
				      DB_VALUES(db_text(path.project), db_text(path.location), db_text(path.registry)));

	return key_of(r, stmt, key);
}

/* Most who are refused have one part of their path wrong: where is a device of this id, then?  One look a
 * registry, so that a flood of unknown ids costs no more than that. */
static bool find_elsewhere(struct registry *r, const char *device, char text[ELSEWHERE])
{
	static const char by_id[] = "SELECT g.project, g.location, g.id FROM registry g CROSS JOIN device d "
				    "ON d.registry = g.key AND d.id = ?1 LIMIT 1";
	static const char by_number[] = "SELECT g.project, g.location, g.id FROM device d CROSS JOIN registry g "
					"ON g.key = d.registry WHERE d.num_id = ?1";
	uint64_t number;
	const bool numeric = names_number(device, &number);
	sqlite3_stmt *stmt = db_query(&r->db, numeric ? by_number : by_id,
				      DB_VALUES(numeric ? db_key(number) : db_text(device)));
	const bool found = db_step(&r->db, stmt) == SQLITE_ROW;

	if (found)
		snprintf(text, ELSEWHERE,
			 "; a device of that %s is in registry '%.64s', region '%.64s', project '%.64s'",
			 numeric ? "number" : "id", (const char *)sqlite3_column_text(stmt, 2),
			 (const char *)sqlite3_column_text(stmt, 1), (const char *)sqlite3_column_text(stmt, 0));
	db_done(stmt);
	return found;
}

/* From the left: the first part that leads nowhere is to blame. */
enum registry_result registry_not_found(struct registry *r, struct registry_device_path path)
{
	char project[NAMES_QUOTE], location[NAMES_QUOTE], registry[NAMES_QUOTE], device[NAMES_QUOTE];
	char where[ELSEWHERE] = "";
	const struct registry_path in = path.in;
	uint64_t key;

	names_quote(project, in.project);
	names_quote(location, in.location);
	names_quote(registry, in.registry);
	if (path.device[0] != '\0')
		find_elsewhere(r, path.device, where);
	if (key_of(r, db_query(&r->db, "SELECT key FROM registry WHERE project = ?1 LIMIT 1",
			       DB_VALUES(db_text(in.project))), &key) != REGISTRY_OK)
		return registry_refuse(r, REGISTRY_NOT_FOUND, "the project %s is unknown here%s", project, where);
	if (key_of(r, db_query(&r->db, "SELECT key FROM registry WHERE project = ?1 AND location = ?2 LIMIT 1",
			       DB_VALUES(db_text(in.project), db_text(in.location))), &key) != REGISTRY_OK)
		return registry_refuse(r, REGISTRY_NOT_FOUND, "the region %s is unknown in project %s%s", location,
				       project, where);
	if (look(r, in, &key) != REGISTRY_OK)
		return registry_refuse(r, REGISTRY_NOT_FOUND, "the registry %s is unknown in project %s, region %s%s",
				       registry, project, location, where);
	return registry_refuse(r, REGISTRY_NOT_FOUND, "the device %s is unknown in registry %s of project %s%s",
			       names_quote(device, path.device), registry, project, where);
}

enum registry_result registry_find(struct registry *r, struct registry_path path, uint64_t *key)
{
	enum registry_result result = look(r, path, key);

	return result == REGISTRY_NOT_FOUND ? registry_not_found(r, (struct registry_device_path){ path, "" }) : result;
}

enum registry_result registry_find_device(struct registry *r, struct registry_device_path path, uint64_t *key)
{
	uint64_t in, number;
	enum registry_result result = registry_find(r, path.in, &in);

	if (result != REGISTRY_OK)
		return result;
	if (names_number(path.device, &number))
		result = key_of(r, db_query(&r->db, "SELECT key FROM device WHERE num_id = ?1 AND registry = ?2",
					    DB_VALUES(db_key(number), db_key(in))), key);
	else
		result = key_of(r, db_query(&r->db, "SELECT key FROM device WHERE registry = ?1 AND id = ?2",
					    DB_VALUES(db_key(in), db_text(path.device))), key);
	return result == REGISTRY_NOT_FOUND ? registry_not_found(r, path) : result;
}

/* ---- Registries ----------------------------------------------------------- */

static enum registry_result check(struct registry *r, struct registry_path path, const struct registry_info *info)
{
	if (!names_check(path, NULL, r->error))
		return REGISTRY_INVALID;
	if (info->extra != NULL && (!names_extra(info->extra, r->error) || !ca_check_list(info->extra, r->error)))
		return REGISTRY_INVALID;
	return names_level(info->level, r->error) ? REGISTRY_OK : REGISTRY_INVALID;
}

static enum registry_result insert(struct registry *r, struct registry_path path, const struct registry_info *info)
{
	char quoted[NAMES_QUOTE];
	int rc = db_run(&r->db,
			"INSERT INTO registry (project, location, id, level, mqtt_disabled, http_disabled, extra) "
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			DB_VALUES(db_text(path.project), db_text(path.location), db_text(path.registry),
				  db_integer(info->level), db_integer(info->mqtt_disabled),
				  db_integer(info->http_disabled), db_text(info->extra)));

	if (rc == SQLITE_CONSTRAINT_UNIQUE)
		return registry_refuse(r, REGISTRY_EXISTS, "the registry %s exists already",
				       names_quote(quoted, path.registry));
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the registry was not made");
}

enum registry_result registry_create(struct registry *r, struct registry_path parent, const struct registry_info *info)
{
	const struct registry_path path = { parent.project, parent.location, info->id };
	enum registry_result result;

	r->error[0] = '\0';
	result = check(r, path, info);
	if (result != REGISTRY_OK)
		return result;
	result = registry_write_begin(r);
	return result == REGISTRY_OK ? registry_write_end(r, insert(r, path, info)) : result;
}

static enum registry_result change(struct registry *r, struct registry_path path, const struct registry_info *info)
{
	uint64_t key;
	enum registry_result result = registry_find(r, path, &key);
	int rc;

	if (result != REGISTRY_OK)
		return result;
	rc = db_run(&r->db,
		    "UPDATE registry SET level = ?2, mqtt_disabled = ?3, http_disabled = ?4, extra = ?5 WHERE key = ?1",
		    DB_VALUES(db_key(key), db_integer(info->level), db_integer(info->mqtt_disabled),
			      db_integer(info->http_disabled), db_text(info->extra)));
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the registry was not changed");
}

enum registry_result registry_update(struct registry *r, struct registry_path path, const struct registry_info *info)
{
	enum registry_result result;

	r->error[0] = '\0';
	result = check(r, path, info);
	if (result != REGISTRY_OK)
		return result;
	result = registry_write_begin(r);
	return result == REGISTRY_OK ? registry_write_end(r, change(r, path, info)) : result;
}

static enum registry_result remove_empty(struct registry *r, struct registry_path path)
{
	char quoted[NAMES_QUOTE];
	uint64_t key;
	enum registry_result result = registry_find(r, path, &key);
	int rc;

	if (result != REGISTRY_OK)
		return result;
	rc = db_run(&r->db, "DELETE FROM registry WHERE key = ?1", DB_VALUES(db_key(key)));
	if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
		return registry_refuse(r, REGISTRY_PRECONDITION, "the registry %s has devices; delete them first",
				       names_quote(quoted, path.registry));
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the registry was not deleted");
}

enum registry_result registry_delete(struct registry *r, struct registry_path path)
{
	enum registry_result result = registry_write_begin(r);

	return result == REGISTRY_OK ? registry_write_end(r, remove_empty(r, path)) : result;
}

/* ---- Reading them --------------------------------------------------------- */

void registry_info_clear(struct registry_info *info)
{
	free(info->extra);
	*info = (struct registry_info){ 0 };
}

/* id, level, mqtt_disabled, http_disabled, extra */
static bool info_of(sqlite3_stmt *stmt, struct registry_info *info)
{
	*info = (struct registry_info){
		.level = (enum registry_level)sqlite3_column_int(stmt, 1),
		.mqtt_disabled = sqlite3_column_int(stmt, 2) != 0,
		.http_disabled = sqlite3_column_int(stmt, 3) != 0,
		.extra = db_copy_text(stmt, 4),
	};
	db_copy_id(stmt, 0, info->id);
	return info->extra != NULL || sqlite3_column_type(stmt, 4) == SQLITE_NULL;
}

enum registry_result registry_get(struct registry *r, struct registry_path path, struct registry_info *info)
{
	enum registry_result result = REGISTRY_OK;
	sqlite3_stmt *stmt;
	int rc;

	r->error[0] = '\0';
	*info = (struct registry_info){ 0 };
	stmt = db_query(&r->db,
			"SELECT id, level, mqtt_disabled, http_disabled, extra FROM registry "
			"WHERE project = ?1 AND location = ?2 AND id = ?3",
			DB_VALUES(db_text(path.project), db_text(path.location), db_text(path.registry)));
	rc = db_step(&r->db, stmt);
	if (rc == SQLITE_ROW && !info_of(stmt, info))
		rc = SQLITE_NOMEM;
	db_done(stmt);
	if (rc == SQLITE_DONE)
		result = registry_not_found(r, (struct registry_device_path){ path, "" });
	else if (rc != SQLITE_ROW)
		result = registry_fault(r, rc, unreadable);
	return result;
}

static int read_page(sqlite3_stmt *stmt, struct db *db, struct registry_info *infos, size_t count, size_t *found,
		     bool *more)
{
	int rc;

	while ((rc = db_step(db, stmt)) == SQLITE_ROW) {
		if (*found == count) {
			*more = true;
			return SQLITE_DONE;
		}
		if (!info_of(stmt, &infos[(*found)++]))
			return SQLITE_NOMEM;
	}
	return rc;
}

enum registry_result registry_list(struct registry *r, struct registry_path parent, const char *after,
				   struct registry_info *infos, size_t count, size_t *found, bool *more)
{
	sqlite3_stmt *stmt;
	int rc;

	r->error[0] = '\0';
	*found = 0;
	*more = false;
	stmt = db_query(&r->db,
			"SELECT id, level, mqtt_disabled, http_disabled, extra FROM registry "
			"WHERE project = ?1 AND location = ?2 AND id > ?3 ORDER BY id",
			DB_VALUES(db_text(parent.project), db_text(parent.location),
				  db_text(after != NULL ? after : "")));
	rc = read_page(stmt, &r->db, infos, count, found, more);
	db_done(stmt);
	if (rc == SQLITE_DONE)
		return REGISTRY_OK;
	while (*found > 0)
		registry_info_clear(&infos[--*found]);
	return registry_fault(r, rc, unreadable);
}

static void place_of(sqlite3_stmt *stmt, struct registry_place *place)
{
	place->key = (uint64_t)sqlite3_column_int64(stmt, 5);
	snprintf(place->project, sizeof place->project, "%s", (const char *)sqlite3_column_text(stmt, 6));
	snprintf(place->location, sizeof place->location, "%s", (const char *)sqlite3_column_text(stmt, 7));
}

enum registry_result registry_list_all(struct registry *r, uint64_t after, struct registry_info *infos,
				       struct registry_place *places, size_t count, size_t *found, bool *more)
{
	sqlite3_stmt *stmt;
	int rc = SQLITE_DONE;

	r->error[0] = '\0';
	*found = 0;
	*more = false;
	stmt = db_query(&r->db,
			"SELECT id, level, mqtt_disabled, http_disabled, extra, key, project, location FROM registry "
			"WHERE key > ?1 ORDER BY key",
			DB_VALUES(db_key(after)));
	while (!*more && (rc = db_step(&r->db, stmt)) == SQLITE_ROW) {
		*more = *found == count;
		if (*more)
			rc = SQLITE_DONE;
		else if (info_of(stmt, &infos[*found]))
			place_of(stmt, &places[(*found)++]);
		else
			break;
	}
	db_done(stmt);
	if (rc == SQLITE_DONE)
		return REGISTRY_OK;
	while (*found > 0)
		registry_info_clear(&infos[--*found]);
	*more = false;
	return registry_fault(r, rc == SQLITE_ROW ? SQLITE_NOMEM : rc, unreadable);
}
