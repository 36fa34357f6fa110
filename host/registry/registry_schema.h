/* SPDX-License-Identifier: Apache-2.0 */
/* registry_schema.h - the tables, and how older ones become today's. */
#ifndef TERN_REGISTRY_REGISTRY_SCHEMA_H
#define TERN_REGISTRY_REGISTRY_SCHEMA_H

#include "registry/registry_db.h"

enum { SCHEMA_VERSION = 2, SCHEMA_APPLICATION = 0x5465726e };    /* PRAGMA user_version, application_id: "Tern" */

/* Make the tables of an empty database, bring older ones to SCHEMA_VERSION; in one transaction.  False: ERROR says
 * why, nothing has changed: a newer version, another program's database, a damaged one. */
bool schema_bring_up(struct db *db, char error[REGISTRY_ERROR]);

#endif
