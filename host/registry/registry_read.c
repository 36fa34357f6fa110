/* SPDX-License-Identifier: Apache-2.0 */
/* Devices, read: one, or a page of them. */
#include "registry/registry_internal.h"

#include <stdlib.h>
#include <string.h>

static const char unreadable[] = "the registry cannot be read";

void device_clear(struct registry_device *device)
{
	free(device->metadata);
	free(device->extra);
	free(device->error_text);
	free(device->diagnosis.code);
	free(device->diagnosis.line);
	for (size_t i = 0; i < CREDENTIAL_MAX; i++)
		free(device->credentials[i].pem);
	config_clear(&device->config);
	state_clear(&device->state);
	*device = (struct registry_device){ 0 };
}

/* ---- The parts of one ----------------------------------------------------- */

/* A column that is null is no text; one that is not must be copied. */
static bool take_text(sqlite3_stmt *stmt, int column, char **text)
{
	*text = db_copy_text(stmt, column);
	return *text != NULL || sqlite3_column_type(stmt, column) == SQLITE_NULL;
}

static int take_row(sqlite3_stmt *stmt, unsigned parts, struct registry_device *d)
{
	db_copy_id(stmt, 0, d->id);
	d->num_id = (uint64_t)sqlite3_column_int64(stmt, 1);
	d->blocked = sqlite3_column_int(stmt, 2) != 0;
	d->level = (enum registry_level)sqlite3_column_int(stmt, 3);
	if ((parts & DEVICE_METADATA) != 0 && !take_text(stmt, 4, &d->metadata))
		return SQLITE_NOMEM;
	if ((parts & DEVICE_EXTRA) != 0 && !take_text(stmt, 5, &d->extra))
		return SQLITE_NOMEM;
	return SQLITE_DONE;
}

static int read_row(struct registry *r, uint64_t key, unsigned parts, struct registry_device *d)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT id, num_id, blocked, level, metadata, extra FROM device WHERE key = ?1",
				      DB_VALUES(db_key(key)));
	int rc = db_step(&r->db, stmt);

	if (rc == SQLITE_ROW)
		rc = take_row(stmt, parts, d);
	db_done(stmt);
	return rc;
}

static int read_credentials(struct registry *r, uint64_t key, struct registry_device *d)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT format, expires_s, pem FROM credential "
				      "WHERE device = ?1 ORDER BY position",
				      DB_VALUES(db_key(key)));
	int rc;

	while ((rc = db_step(&r->db, stmt)) == SQLITE_ROW && d->credential_count < CREDENTIAL_MAX) {
		struct registry_credential *c = &d->credentials[d->credential_count++];

		c->format = (enum credential_format)sqlite3_column_int(stmt, 0);
		c->expires_s = sqlite3_column_int64(stmt, 1);
		if (!take_text(stmt, 2, &c->pem)) {
			rc = SQLITE_NOMEM;
			break;
		}
	}
	db_done(stmt);
	return rc;
}

static int take_times(sqlite3_stmt *stmt, struct registry_device *d)
{
	d->heartbeat_ms = sqlite3_column_int64(stmt, 0);
	d->event_ms = sqlite3_column_int64(stmt, 1);
	d->state_ms = sqlite3_column_int64(stmt, 2);
	d->config_ack_ms = sqlite3_column_int64(stmt, 3);
	d->config_send_ms = sqlite3_column_int64(stmt, 4);
	d->error_ms = sqlite3_column_int64(stmt, 5);
	d->error_code = sqlite3_column_int(stmt, 6);
	d->error_count = (uint64_t)sqlite3_column_int64(stmt, 8);
	d->diagnosis.told_ms = sqlite3_column_int64(stmt, 9);
	d->diagnosis.at_ms = sqlite3_column_int64(stmt, 10);
	d->diagnosis.times = (uint32_t)sqlite3_column_int64(stmt, 11);
	return take_text(stmt, 7, &d->error_text) && take_text(stmt, 12, &d->diagnosis.code) &&
	       take_text(stmt, 13, &d->diagnosis.line) ? SQLITE_DONE : SQLITE_NOMEM;
}

static int read_times(struct registry *r, uint64_t key, struct registry_device *d)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT heartbeat_ms, event_ms, state_ms, config_ack_ms, config_sent_ms,"
				      " error_ms, error_code, error_text, error_count, diagnosis_ms, diagnosis_at_ms,"
				      " diagnosis_times, diagnosis_code, diagnosis_line FROM seen WHERE device = ?1",
				      DB_VALUES(db_key(key)));
	int rc = db_step(&r->db, stmt);

	if (rc == SQLITE_ROW)
		rc = take_times(stmt, d);
	db_done(stmt);
	return rc;
}

static enum registry_result read_device(struct registry *r, uint64_t key, unsigned parts, struct registry_device *d)
{
	enum registry_result result = REGISTRY_OK;
	int rc;

	*d = (struct registry_device){ 0 };
	rc = read_row(r, key, parts, d);
	if (rc == SQLITE_DONE && (parts & DEVICE_CREDENTIALS) != 0)
		rc = read_credentials(r, key, d);
	if (rc == SQLITE_DONE && (parts & DEVICE_TIMES) != 0)
		rc = read_times(r, key, d);
	if (rc != SQLITE_DONE)
		result = registry_fault(r, rc, unreadable);
	if (result == REGISTRY_OK && (parts & DEVICE_CONFIG) != 0)
		result = registry_latest_config(r, key, &d->config);
	if (result == REGISTRY_OK && (parts & DEVICE_STATE) != 0)
		result = registry_latest_state(r, key, &d->state);
	if (result != REGISTRY_OK)
		device_clear(d);
	return result;
}

enum registry_result device_get(struct registry *r, struct registry_device_path path, struct registry_device *device)
{
	enum registry_result result = registry_read_begin(r);
	uint64_t key;

	*device = (struct registry_device){ 0 };
	if (result != REGISTRY_OK)
		return result;
	result = registry_find_device(r, path, &key);
	if (result == REGISTRY_OK)
		result = read_device(r, key, DEVICE_ALL, device);
	registry_read_end(r);
	return result;
}

/* ---- A page --------------------------------------------------------------- */

struct page {
	struct registry_device *devices;
	size_t   count, found, bytes;
	unsigned parts;
	bool     more;
};

static size_t size_of(const struct registry_device *d)
{
	size_t size = sizeof *d + d->config.len + d->state.len;

	size += d->metadata != NULL ? strlen(d->metadata) : 0;
	size += d->extra != NULL ? strlen(d->extra) : 0;
	for (size_t i = 0; i < d->credential_count; i++)
		size += strlen(d->credentials[i].pem);
	return size;
}

/* The device of KEY, if there is room; *more otherwise. */
static enum registry_result add(struct registry *r, struct page *p, uint64_t key)
{
	struct registry_device *d = &p->devices[p->found];
	enum registry_result result;

	if (p->found == p->count || p->bytes >= REGISTRY_PAGE_BYTES) {
		p->more = true;
		return REGISTRY_OK;
	}
	result = read_device(r, key, p->parts, d);
	if (result != REGISTRY_OK)
		return result;
	p->bytes += size_of(d);
	if (p->found > 0 && p->bytes > REGISTRY_PAGE_BYTES) {
		device_clear(d);
		p->more = true;
	} else
		p->found++;
	return REGISTRY_OK;
}

static enum registry_result list_all(struct registry *r, uint64_t in, const char *after, struct page *p)
{
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT key FROM device WHERE registry = ?1 AND id > ?2 ORDER BY id",
				      DB_VALUES(db_key(in), db_text(after)));
	enum registry_result result = REGISTRY_OK;
	int rc = SQLITE_DONE;

	while (result == REGISTRY_OK && !p->more && (rc = db_step(&r->db, stmt)) == SQLITE_ROW)
		result = add(r, p, (uint64_t)sqlite3_column_int64(stmt, 0));
	if (result == REGISTRY_OK && !p->more && rc != SQLITE_DONE)
		result = registry_fault(r, rc, unreadable);
	db_done(stmt);
	return result;
}

/* ---- A page of some ------------------------------------------------------- */

struct wanted { char id[REGISTRY_ID]; uint64_t key; };

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct wanted *)a)->id, ((const struct wanted *)b)->id);
}

/* Who STMT names, if it is behind AFTER. */
static int want(struct registry *r, sqlite3_stmt *stmt, const char *after, struct wanted *all, size_t *count)
{
	int rc = db_step(&r->db, stmt);

	if (rc == SQLITE_ROW) {
		all[*count].key = (uint64_t)sqlite3_column_int64(stmt, 0);
		db_copy_id(stmt, 1, all[*count].id);
		*count += strcmp(all[*count].id, after) > 0;
		rc = SQLITE_DONE;
	}
	db_done(stmt);
	return rc;
}

static int want_all(struct registry *r, uint64_t in, const struct device_filter *f, const char *after,
		    struct wanted *all, size_t *count)
{
	int rc = SQLITE_DONE;

	for (size_t i = 0; f->ids != NULL && rc == SQLITE_DONE && i < f->id_count; i++)
		rc = want(r, db_query(&r->db, "SELECT key, id FROM device WHERE registry = ?1 AND id = ?2",
				      DB_VALUES(db_key(in), db_text(f->ids[i]))), after, all, count);
	for (size_t i = 0; f->num_ids != NULL && rc == SQLITE_DONE && i < f->num_id_count; i++)
		rc = want(r, db_query(&r->db, "SELECT key, id FROM device WHERE registry = ?1 AND num_id = ?2",
				      DB_VALUES(db_key(in), db_key(f->num_ids[i]))), after, all, count);
	return rc;
}

static enum registry_result list_some(struct registry *r, uint64_t in, const struct device_filter *f, const char *after,
				      struct page *p)
{
	struct wanted *all = calloc(f->id_count + f->num_id_count + 1, sizeof *all);
	enum registry_result result = REGISTRY_OK;
	size_t count = 0;
	int rc = all != NULL ? want_all(r, in, f, after, all, &count) : SQLITE_NOMEM;

	if (rc != SQLITE_DONE)
		result = registry_fault(r, rc, unreadable);
	else
		qsort(all, count, sizeof *all, by_id);
	for (size_t i = 0; result == REGISTRY_OK && !p->more && i < count; i++)
		if (i == 0 || all[i].key != all[i - 1].key)
			result = add(r, p, all[i].key);
	free(all);
	return result;
}

static enum registry_result list(struct registry *r, struct registry_path in, const struct device_filter *filter,
				 const char *after, struct page *p)
{
	uint64_t key;
	enum registry_result result = registry_find(r, in, &key);

	if (result != REGISTRY_OK)
		return result;
	if (filter == NULL || (filter->ids == NULL && filter->num_ids == NULL))
		return list_all(r, key, after, p);
	return list_some(r, key, filter, after, p);
}

enum registry_result device_list(struct registry *r, struct registry_path in, const struct device_filter *filter,
				 const char *after, struct registry_device *devices, size_t count, size_t *found,
				 bool *more)
{
	struct page p = { .devices = devices, .count = count, .parts = filter != NULL ? filter->parts : DEVICE_ALL };
	enum registry_result result = registry_read_begin(r);

	if (result == REGISTRY_OK) {
		result = list(r, in, filter, after != NULL ? after : "", &p);
		registry_read_end(r);
	}
	while (result != REGISTRY_OK && p.found > 0)
		device_clear(&devices[--p.found]);
	*found = p.found;
	*more = result == REGISTRY_OK && p.more;
	return result;
}
