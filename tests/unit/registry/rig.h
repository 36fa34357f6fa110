/* SPDX-License-Identifier: Apache-2.0 */
/* rig.h - a registry to try things on: a folder of its own, one registry, devices, keys. */
#ifndef TERN_TESTS_REGISTRY_RIG_H
#define TERN_TESTS_REGISTRY_RIG_H

#include "registry/registry.h"

struct rig {
	char folder[64], file[128];
	struct registry *r;
	char error[REGISTRY_ERROR];
};

extern const struct registry_path rig_fleet;    /* my-project-1, europe-west1, fleet */

/* A folder, and FILE in it (not made yet). */
void rig_folder(struct rig *g);
void rig_open(struct rig *g);                   /* or fail the test */
void rig_init(struct rig *g);                   /* folder, open, the registry 'fleet' */
void rig_reopen(struct rig *g);
void rig_free(struct rig *g);                   /* close; the folder goes, too */

struct registry_device_path rig_path(const char *device);
void rig_add(struct rig *g, const char *device);    /* without keys */
uint64_t rig_key(struct rig *g, const char *device);

/* Rows of TABLE in the file. */
int rig_count(struct rig *g, const char *table);

/* Static texts. */
const char *rig_ec_pem(void);
const char *rig_rsa_pem(void);

/* The next confirmed ticket, within WAIT_MS; 0: none. */
uint64_t rig_next(struct rig *g, int wait_ms);

#endif
