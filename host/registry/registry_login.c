/* SPDX-License-Identifier: Apache-2.0 */
/* What a login needs, in one read; and who holds a device's connection. */
#include "registry/registry_internal.h"
#include "registry/registry_key.h"

#include <stdio.h>

static const char unreadable[] = "the registry cannot be read";

/* ---- Logins --------------------------------------------------------------- */

/* One row a key; a device without keys has one, of which the second half is null. */
#define LOGIN_COLUMNS \
	"SELECT d.key, d.id, d.num_id, d.blocked, g.mqtt_disabled, d.level, g.level, s.config_acked," \
	" (SELECT max(version) FROM config WHERE device = d.key)," \
	" c.format, c.expires_s, c.fingerprint, c.spki"
#define LOGIN_REST \
	" JOIN seen s ON s.device = d.key LEFT JOIN credential c ON c.device = d.key"
#define LOGIN_REGISTRY "g.project = ?1 AND g.location = ?2 AND g.id = ?3"

static const char by_id[] = LOGIN_COLUMNS " FROM registry g JOIN device d ON d.registry = g.key" LOGIN_REST
	" WHERE " LOGIN_REGISTRY " AND d.id = ?4 ORDER BY c.position";
static const char by_number[] = LOGIN_COLUMNS " FROM device d JOIN registry g ON g.key = d.registry" LOGIN_REST
	" WHERE " LOGIN_REGISTRY " AND d.num_id = ?4 ORDER BY c.position";

static enum registry_level level_of(int device, int registry)
{
	if (device != REGISTRY_LEVEL_UNSET)
		return (enum registry_level)device;
	return registry != REGISTRY_LEVEL_UNSET ? (enum registry_level)registry : REGISTRY_LEVEL_INFO;
}

static void take_device(sqlite3_stmt *stmt, struct registry_login *l)
{
	l->key = (uint64_t)sqlite3_column_int64(stmt, 0);
	db_copy_id(stmt, 1, l->device);
	l->num_id = (uint64_t)sqlite3_column_int64(stmt, 2);
	l->blocked = sqlite3_column_int(stmt, 3) != 0;
	l->mqtt_disabled = sqlite3_column_int(stmt, 4) != 0;
	l->level = level_of(sqlite3_column_int(stmt, 5), sqlite3_column_int(stmt, 6));
	l->config_acked = (uint64_t)sqlite3_column_int64(stmt, 7);
	l->config_version = (uint64_t)sqlite3_column_int64(stmt, 8);
}

/* False: what is stored is no key. */
static bool take_credential(sqlite3_stmt *stmt, struct registry_login *l)
{
	struct credential *c = &l->credentials[l->credential_count];
	const unsigned char *fingerprint = sqlite3_column_text(stmt, 11);

	if (sqlite3_column_type(stmt, 9) == SQLITE_NULL)
		return true;
	if (l->credential_count == CREDENTIAL_MAX || fingerprint == NULL)
		return false;
	c->format = (enum credential_format)sqlite3_column_int(stmt, 9);
	c->expires_s = sqlite3_column_int64(stmt, 10);
	snprintf(c->fingerprint, sizeof c->fingerprint, "%s", (const char *)fingerprint);
	c->key = key_of_spki((struct bytes){ sqlite3_column_blob(stmt, 12), (size_t)sqlite3_column_bytes(stmt, 12) });
	l->credential_count += c->key != NULL;
	return c->key != NULL;
}

static enum registry_result read_login(struct registry *r, sqlite3_stmt *stmt, struct registry_login *l)
{
	int rc;

	while ((rc = db_step(&r->db, stmt)) == SQLITE_ROW) {
		if (l->key == 0)
			take_device(stmt, l);
		if (!take_credential(stmt, l))
			return registry_refuse(r, REGISTRY_FAULT,
					       "a stored key of the device '%s' is damaged: store it again", l->device);
	}
	if (rc != SQLITE_DONE)
		return registry_fault(r, rc, unreadable);
	return l->key != 0 ? REGISTRY_OK : REGISTRY_NOT_FOUND;
}

enum registry_result login_get(struct registry *r, struct registry_device_path path, struct registry_login *login)
{
	const struct registry_path in = path.in;
	uint64_t number;
	const bool numeric = names_number(path.device, &number);
	enum registry_result result;
	sqlite3_stmt *stmt;

	r->error[0] = '\0';
	*login = (struct registry_login){ 0 };
	stmt = db_query(&r->db, numeric ? by_number : by_id,
			DB_VALUES(db_text(in.project), db_text(in.location), db_text(in.registry),
				  numeric ? db_key(number) : db_text(path.device)));
	result = read_login(r, stmt, login);
	db_done(stmt);
	if (result == REGISTRY_NOT_FOUND)
		return registry_not_found(r, path);
	if (result != REGISTRY_OK)
		login_clear(login);
	return result;
}

void login_clear(struct registry_login *login)
{
	for (size_t i = 0; i < login->credential_count; i++)
		credential_free(&login->credentials[i]);
	*login = (struct registry_login){ 0 };
}

enum registry_result login_config(struct registry *r, uint64_t key, struct registry_config *config)
{
	enum registry_result result;

	r->error[0] = '\0';
	result = registry_latest_config(r, key, config);
	if (result == REGISTRY_OK && config->data == NULL)
		result = registry_refuse(r, REGISTRY_NOT_FOUND, "the device was deleted");
	return result;
}

/* ---- Connections ---------------------------------------------------------- */

enum registry_result device_claim(struct registry *r, uint64_t key, uint64_t connection, uint64_t *before)
{
	uint64_t *owner;

	r->error[0] = '\0';
	owner = map_put(&r->owners, key);
	if (owner == NULL)
		return registry_fault(r, SQLITE_NOMEM, "the connection was not noted");
	*before = *owner;
	*owner = connection;
	return REGISTRY_OK;
}

void device_release(struct registry *r, uint64_t key, uint64_t connection)
{
	const uint64_t *owner = map_get(&r->owners, key);

	if (owner != NULL && *owner == connection)
		map_remove(&r->owners, key);
}

bool device_owner(struct registry *r, uint64_t key, uint64_t *connection)
{
	const uint64_t *owner = map_get(&r->owners, key);

	if (owner != NULL)
		*connection = *owner;
	return owner != NULL;
}
