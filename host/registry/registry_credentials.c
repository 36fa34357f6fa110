/* SPDX-License-Identifier: Apache-2.0 */
/* A device's keys: checked and stored. */
#include "registry/registry_ca.h"
#include "registry/registry_internal.h"
#include "registry/registry_key.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* ---- The registry's certificates ------------------------------------------ */

static enum registry_result read_list(struct registry *r, uint64_t device, struct ca_list *list)
{
	sqlite3_stmt *stmt = db_query(&r->db,
				      "SELECT g.extra FROM device d JOIN registry g ON g.key = d.registry "
				      "WHERE d.key = ?1",
				      DB_VALUES(db_key(device)));
	enum registry_result result = REGISTRY_OK;
	int rc = db_step(&r->db, stmt);

	if (rc != SQLITE_ROW)
		result = registry_fault(r, rc, "the keys were not stored");
	else if (!ca_read(list, (const char *)sqlite3_column_text(stmt, 0), r->error))
		result = REGISTRY_FAULT;    /* what was checked when it was stored */
	db_done(stmt);
	return result;
}

static bool has_already(struct registry *r, uint64_t device, const char *pem)
{
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT 1 FROM credential WHERE device = ?1 AND pem = ?2",
				      DB_VALUES(db_key(device), db_text(pem)));
	bool there = db_step(&r->db, stmt) == SQLITE_ROW;

	db_done(stmt);
	return there;
}

/* Say which of the keys it is. */
static enum registry_result blame(struct registry *r, enum registry_result result, size_t at, const char *why)
{
	return registry_refuse(r, result, "credentials[%zu]: %.*s", at, REGISTRY_ERROR - 32, why);
}

static enum registry_result check_signatures(struct registry *r, uint64_t device, const struct registry_device *d)
{
	struct ca_list list = { .count = 0 };
	enum registry_result result = read_list(r, device, &list);
	char why[REGISTRY_ERROR];

	for (size_t i = 0; result == REGISTRY_OK && list.count > 0 && i < d->credential_count; i++)
		if (!has_already(r, device, d->credentials[i].pem) && !ca_signed(&list, d->credentials[i].pem, why))
			result = blame(r, REGISTRY_PRECONDITION, i, why);
	ca_free(&list);
	return result;
}

/* ---- Storing -------------------------------------------------------------- */

/* The position of a key that the device has already, or -1. */
static int64_t find_key(struct registry *r, uint64_t device, struct bytes spki)
{
	sqlite3_stmt *stmt = db_query(&r->db, "SELECT position FROM credential WHERE device = ?1 AND spki = ?2",
				      DB_VALUES(db_key(device), db_blob(spki)));
	int64_t at = db_step(&r->db, stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;

	db_done(stmt);
	return at;
}

static int store(struct registry *r, uint64_t device, size_t at, const struct registry_credential *c,
		 const struct credential *parsed, struct bytes spki)
{
	return db_run(&r->db,
		      "INSERT INTO credential (device, position, format, expires_s, fingerprint, spki, pem) "
		      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		      DB_VALUES(db_key(device), db_integer((int64_t)at), db_integer(c->format),
				db_integer(c->expires_s), db_text(parsed->fingerprint), db_blob(spki),
				db_text(c->pem)));
}

static enum registry_result insert(struct registry *r, uint64_t device, size_t at, const struct registry_credential *c)
{
	struct credential parsed;
	char why[CREDENTIAL_ERROR];
	struct bytes spki;
	int rc = SQLITE_NOMEM;
	int64_t same = -1;

	if (!credential_read(&parsed, c->format, bytes_of(c->pem), why))
		return blame(r, REGISTRY_INVALID, at, why);
	spki = key_to_spki(parsed.key);
	if (spki.data != NULL)
		same = find_key(r, device, spki);
	if (spki.data != NULL && same < 0)
		rc = store(r, device, at, c, &parsed, spki);
	OPENSSL_free((void *)(uintptr_t)spki.data);
	credential_free(&parsed);
	if (same >= 0)
		return registry_refuse(r, REGISTRY_INVALID,
				       "credentials[%zu]: the same public key as credentials[%lld]", at,
				       (long long)same);
	return rc == SQLITE_DONE ? REGISTRY_OK : registry_fault(r, rc, "the keys were not stored");
}

enum registry_result registry_put_credentials(struct registry *r, uint64_t key, const struct registry_device *device)
{
	enum registry_result result;
	int rc;

	if (device->credential_count > CREDENTIAL_MAX)
		return registry_refuse(r, REGISTRY_INVALID, "the device has %zu keys, and may have %d",
				       device->credential_count, CREDENTIAL_MAX);
	result = check_signatures(r, key, device);
	if (result != REGISTRY_OK)
		return result;
	rc = db_run(&r->db, "DELETE FROM credential WHERE device = ?1", DB_VALUES(db_key(key)));
	if (rc != SQLITE_DONE)
		return registry_fault(r, rc, "the keys were not stored");
	for (size_t i = 0; result == REGISTRY_OK && i < device->credential_count; i++)
		result = insert(r, key, i, &device->credentials[i]);
	return result;
}
