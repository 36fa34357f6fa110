/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: made, changed, deleted. */
#include "registry/registry_internal.h"

#include <openssl/rand.h>
#include <string.h>

static const char not_stored[] = "the device was not stored";

/* ---- Making --------------------------------------------------------------- */

/* The values of DEVICE that MASK names are of their form. */
static bool check(struct registry *r, unsigned mask, const struct registry_device *d)
{
	if ((mask & DEVICE_LEVEL) != 0 && !names_level(d->level, r->error))
		return false;
	if ((mask & DEVICE_METADATA) != 0 && d->metadata != NULL && !names_metadata(d->metadata, r->error))
		return false;
	return (mask & DEVICE_EXTRA) == 0 || d->extra == NULL || names_extra(d->extra, r->error);
}

/* 63 bits: that two of a million devices draw the same has odds of one in twenty million, and is an error then. */
static bool draw_number(uint64_t *number)
{
	do
		if (RAND_bytes((unsigned char *)number, sizeof *number) != 1)
			return false;
	while ((*number &= INT64_MAX) == 0);
	return true;
}

static enum registry_result is_taken(struct registry *r, uint64_t in, const struct registry_device *d)
{
	char quoted[NAMES_QUOTE];
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT 1 FROM device WHERE registry = ?1 AND id = ?2",
				      DB_VALUES(db_key(in), db_text(d->id)));
	bool by_id = db_step(&r->db, stmt) == SQLITE_ROW;

	db_done(stmt);
	names_quote(quoted, d->id);
	if (by_id)
		return registry_refuse(r, REGISTRY_EXISTS, "the device %s exists already", quoted);
	return registry_refuse(r, REGISTRY_EXISTS, "the numeric id %llu of device %s is another device's",
			       (unsigned long long)d->num_id, quoted);
}

static enum registry_result insert(struct registry *r, uint64_t in, const struct registry_device *d, uint64_t *key)
{
	int rc = db_run(&r->db,
			"INSERT INTO device (registry, id, num_id, blocked, level, metadata, extra) "
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			DB_VALUES(db_key(in), db_text(d->id), db_key(d->num_id), db_integer(d->blocked),
				  db_integer(d->level), db_text(d->metadata), db_text(d->extra)));

	if (rc == SQLITE_CONSTRAINT_UNIQUE)
		return is_taken(r, in, d);
	if (rc != SQLITE_DONE)
		return registry_fault(r, rc, not_stored);
	*key = (uint64_t)sqlite3_last_insert_rowid(r->db.handle);
	rc = db_run(&r->db, "INSERT INTO seen (device) VALUES (?1)", DB_VALUES(db_key(*key)));
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, not_stored);
}

static enum registry_result make(struct registry *r, struct registry_path in, const struct registry_device *d)
{
	uint64_t registry, key;
	enum registry_result result = registry_find(r, in, &registry);

	if (result == REGISTRY_OK)
		result = insert(r, registry, d, &key);
	if (result == REGISTRY_OK)
		result = registry_put_credentials(r, key, d);
	if (result == REGISTRY_OK)
		result = registry_add_config(r, key, 1, (struct bytes){ d->config.data, d->config.len },
					     d->config.cloud_update_ms);
	return result;
}

enum registry_result device_create(struct registry *r, struct registry_path in, struct registry_device *device)
{
	const uint64_t given = device->num_id;
	enum registry_result result;

	r->error[0] = '\0';
	if (!names_check(in, device->id, r->error) || !check(r, DEVICE_ALL, device))
		return REGISTRY_INVALID;
	if (given > INT64_MAX)
		return registry_refuse(r, REGISTRY_INVALID, "the numeric id %llu is above %lld",
				       (unsigned long long)given, (long long)INT64_MAX);
	if (given == 0 && !draw_number(&device->num_id))
		return registry_refuse(r, REGISTRY_FAULT, "the system gives no random numbers");
	result = registry_write_begin(r);
	if (result == REGISTRY_OK)
		result = registry_write_end(r, make(r, in, device));
	if (result != REGISTRY_OK)
		device->num_id = given;
	return result;
}

/* ---- Changing ------------------------------------------------------------- */

static int change_row(struct registry *r, uint64_t key, unsigned mask, const struct registry_device *d)
{
	return db_run(&r->db,
		      "UPDATE device SET blocked = iif(?2, ?3, blocked), level = iif(?4, ?5, level),"
		      " metadata = iif(?6, ?7, metadata), extra = iif(?8, ?9, extra) WHERE key = ?1",
		      DB_VALUES(db_key(key), db_integer((mask & DEVICE_BLOCKED) != 0), db_integer(d->blocked),
				db_integer((mask & DEVICE_LEVEL) != 0), db_integer(d->level),
				db_integer((mask & DEVICE_METADATA) != 0), db_text(d->metadata),
				db_integer((mask & DEVICE_EXTRA) != 0), db_text(d->extra)));
}

static enum registry_result change(struct registry *r, struct registry_device_path path, unsigned mask,
				   const struct registry_device *d)
{
	uint64_t key;
	enum registry_result result = registry_find_device(r, path, &key);
	int rc;

	if (result != REGISTRY_OK)
		return result;
	rc = change_row(r, key, mask, d);
	if (rc != SQLITE_DONE)
		return registry_fault(r, rc, not_stored);
	return (mask & DEVICE_CREDENTIALS) != 0 ? registry_put_credentials(r, key, d) : REGISTRY_OK;
}

enum registry_result device_update(struct registry *r, struct registry_device_path path, unsigned mask,
				   const struct registry_device *device)
{
	enum registry_result result;

	r->error[0] = '\0';
	if (!check(r, mask, device))
		return REGISTRY_INVALID;
	result = registry_write_begin(r);
	return result == REGISTRY_OK ? registry_write_end(r, change(r, path, mask, device)) : result;
}

static enum registry_result remove_one(struct registry *r, struct registry_device_path path)
{
	uint64_t key;
	enum registry_result result = registry_find_device(r, path, &key);
	int rc;

	if (result != REGISTRY_OK)
		return result;
	rc = db_run(&r->db, "DELETE FROM device WHERE key = ?1", DB_VALUES(db_key(key)));
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the device was not deleted");
}

enum registry_result device_delete(struct registry *r, struct registry_device_path path)
{
	enum registry_result result = registry_write_begin(r);

	return result == REGISTRY_OK ? registry_write_end(r, remove_one(r, path)) : result;
}
