/* SPDX-License-Identifier: Apache-2.0 */
/* registry_internal.h - what the files of the registry share: the loop's connection and how it is used. */
#ifndef TERN_REGISTRY_REGISTRY_INTERNAL_H
#define TERN_REGISTRY_REGISTRY_INTERNAL_H

#include "registry/names.h"
#include "registry/registry_db.h"
#include "registry/registry_map.h"
#include "registry/writer.h"

struct registry {
	struct db   db;               /* the loop's connection */
	struct turn turn;
	struct writer *writer;
	bool  begun;                  /* between registry_begin() and its end: the turn is ours */
	bool  memory;                 /* the file has no name any more, and goes with us */
	int   lock;                   /* FILE-lock, held */
	char *file;
	struct map owners;            /* device -> connection */
	char  error[REGISTRY_ERROR];
};

/* Say why, and return RESULT. */
enum registry_result registry_refuse(struct registry *r, enum registry_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* RC of SQLite is none of success: say what DOING ("the device was not stored") met. */
enum registry_result registry_fault(struct registry *r, int rc, const char *doing);

/* One write: all or nothing.  OK from registry_write_begin() needs registry_write_end(), which passes RESULT on or
 * says why it could not be kept. */
enum registry_result registry_write_begin(struct registry *r);
enum registry_result registry_write_end(struct registry *r, enum registry_result result);

/* Reads between the two see one moment. */
enum registry_result registry_read_begin(struct registry *r);
void registry_read_end(struct registry *r);

/* The row of a registry, of a device; NOT_FOUND says which part of the path is unknown. */
enum registry_result registry_find(struct registry *r, struct registry_path path, uint64_t *key);
enum registry_result registry_find_device(struct registry *r, struct registry_device_path path, uint64_t *key);
/* Why FIND found none: project, region, registry or device. */
enum registry_result registry_not_found(struct registry *r, struct registry_device_path path);

/* Of device KEY; zeroed if there is none. */
enum registry_result registry_latest_config(struct registry *r, uint64_t key, struct registry_config *config);
enum registry_result registry_latest_state(struct registry *r, uint64_t key, struct registry_state *state);
enum registry_result registry_add_config(struct registry *r, uint64_t key, uint64_t version, struct bytes data,
					 int64_t now_ms);

/* The keys of DEVICE, checked, become those of KEY.  Those that KEY has already are not held against the
 * certificates of its registry. */
enum registry_result registry_put_credentials(struct registry *r, uint64_t key, const struct registry_device *device);

#endif
