/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - who the devices are: registries, devices, their keys, configs,
 * states, log entries and times; and which node holds a device's connection.
 *
 * SQLite behind it today; nothing in this header says so.  Reads never wait for
 * a write.  The admin's writes return when they are safe on the disk.  What
 * devices cause (states, acknowledged configs, times, log entries) is queued to
 * a writer of its own thread, which commits in groups with fsync; registry_next()
 * tells which are safe.  All calls come from one thread.
 *
 * Times are milliseconds since 1970, 0: never.  What is handed out in a struct is
 * the caller's: it lives until the struct's _clear(), which takes a zeroed struct,
 * too.  After any other result than OK nothing is stored and nothing handed out,
 * and registry_error() says why in one sentence with the offending value.
 */
#ifndef TERN_REGISTRY_REGISTRY_H
#define TERN_REGISTRY_REGISTRY_H

#include "registry/credential.h"

#include <stddef.h>

enum {
	REGISTRY_ID        = 256,     /* with the terminator */
	REGISTRY_CONFIGS   = 10,      /* versions kept */
	REGISTRY_STATES    = 10,
	REGISTRY_DATA_MAX  = 65536,   /* bytes of a config, of a state */
	REGISTRY_METADATA_MAX = 262144, /* bytes of keys and values; 500 pairs, a key 128, a value 32,768 */
	REGISTRY_EXTRA_MAX = 1048576,   /* bytes */
	REGISTRY_ERROR     = 512,
	REGISTRY_PAGE_MAX  = 10000,
	REGISTRY_PAGE_BYTES = 33554432  /* a page ends before it holds more, but has one device at least */
};

enum registry_result {
	REGISTRY_OK,
	REGISTRY_NOT_FOUND,
	REGISTRY_EXISTS,
	REGISTRY_INVALID,             /* a value is not of its form, or too long, or too many */
	REGISTRY_PRECONDITION,        /* not empty, or version_to_update is not the latest */
	REGISTRY_FULL,                /* the disk, or a queue; trying again later may help */
	REGISTRY_FAULT                /* the database: the text says what it said */
};

struct registry;

/* What went wrong with the last call, one sentence; "" after OK. */
const char *registry_error(const struct registry *r);

enum registry_level { REGISTRY_LEVEL_UNSET = 0, REGISTRY_LEVEL_NONE = 10, REGISTRY_LEVEL_ERROR = 20,
		      REGISTRY_LEVEL_INFO = 30, REGISTRY_LEVEL_DEBUG = 40 };

struct registry_path { const char *project, *location, *registry; };
struct registry_device_path { struct registry_path in; const char *device; };   /* an id, or a numeric id in decimal */

struct registry_info {
	char  id[REGISTRY_ID];
	enum registry_level level;
	bool  mqtt_disabled, http_disabled;
	char *extra;                  /* JSON object: credentials, notification configs, as the admin gave them; NULL:
	                                 none.  "credentials" is the contract's array (at most 10 certificates): when it
	                                 is not empty, keys given to devices must be certificates that one of these
	                                 signed */
};

struct registry_credential {
	enum credential_format format;
	int64_t expires_s;            /* CREDENTIAL_NEVER */
	char   *pem;                  /* as it was given; never NULL */
};

struct registry_config { uint64_t version; int64_t cloud_update_ms, device_ack_ms; uint8_t *data; size_t len; };
struct registry_state  { int64_t update_ms; uint8_t *data; size_t len; };

/* What the device itself said of its last failure, on events/diagnosis: its own words. */
struct registry_diagnosis {
	int64_t  told_ms;             /* when it said so; 0: never */
	int64_t  at_ms;               /* when that happened, by its own clock; 0: it does not know */
	uint32_t times;               /* in a row */
	char    *code;                /* "TLS-ROOT-1" */
	char    *line;                /* "diagnosis: ... [TLS-ROOT-1 ...]" */
};

struct registry_device {
	char     id[REGISTRY_ID];
	uint64_t num_id;
	bool     blocked;
	enum registry_level level;
	char    *metadata;            /* JSON object of strings; NULL: none */
	char    *extra;               /* JSON object: gatewayConfig and what a later version adds; NULL: none */
	struct registry_credential credentials[CREDENTIAL_MAX];
	size_t   credential_count;
	int64_t  heartbeat_ms, event_ms, state_ms, config_ack_ms, config_send_ms, error_ms;
	int      error_code;          /* google.rpc.Code of the last error */
	char    *error_text;
	uint64_t error_count;
	struct registry_diagnosis diagnosis;   /* the newest */
	struct registry_config config;   /* the latest */
	struct registry_state  state;    /* the latest; data NULL: none */
};

/* ---- Opening -------------------------------------------------------------- */

/* FILE is made if it is not there, and brought to the newest form if it is older;
 * ":memory:" for tests: gone when it is closed.  NULL: ERROR says why: not a
 * registry, of a newer program, damaged, not writable, or open already (one
 * process at a time: FILE-lock, in which NODE and the process stand). */
struct registry *registry_open(const char *file, const char *node, char error[REGISTRY_ERROR]);
/* What is queued is committed first, if the disk takes it within 5 s.  NULL is let pass. */
void registry_close(struct registry *r);

/* A copy of all that is committed, while everything goes on: into FILE, which must not be there.
 * Returns when it is on the disk (seconds for 100,000 devices: for a tool; `tern-bridge` has SPEC.md's way). */
enum registry_result registry_backup(struct registry *r, const char *file);

/* Between the two, the admin's writes are one transaction: for an import of thousands.  A call that fails
 * undoes itself only.  What devices cause waits: keep it below a second or so.
 * PRECONDITION: begun already; not begun. */
enum registry_result registry_begin(struct registry *r);
enum registry_result registry_commit(struct registry *r);
enum registry_result registry_rollback(struct registry *r);

struct registry_health {
	bool     well;                /* the last commit of the writer was one */
	char     text[REGISTRY_ERROR];   /* one sentence: what it holds, why, when it tries again; "" when well */
	uint64_t queued, queued_bytes;   /* waiting, or being committed */
	uint64_t commits, written;       /* transactions of the writer, and what was in them */
	uint64_t dropped_entries;     /* log entries; each device's log tells its own (see queue_entry) */
	uint64_t dropped_others;      /* acknowledgements, times, errors: no room for them */
};
void registry_health(struct registry *r, struct registry_health *health);

/* ---- Registries ----------------------------------------------------------- */

enum registry_result registry_create(struct registry *r, struct registry_path parent, const struct registry_info *info);
enum registry_result registry_get(struct registry *r, struct registry_path path, struct registry_info *info);
enum registry_result registry_update(struct registry *r, struct registry_path path, const struct registry_info *info);
enum registry_result registry_delete(struct registry *r, struct registry_path path);   /* PRECONDITION: has devices */
void registry_info_clear(struct registry_info *info);

/* At most COUNT, in the order of ids (bytes), behind AFTER (NULL: from the first; it need not exist);
 * *FOUND of them; *MORE: there are others behind. */
enum registry_result registry_list(struct registry *r, struct registry_path parent, const char *after,
				   struct registry_info *infos, size_t count, size_t *found, bool *more);

/* All registries, whatever their project and location, in the order in which they were made.  AFTER: the KEY of the
 * last one of the page before; 0: from the first. */
struct registry_place { uint64_t key; char project[REGISTRY_ID], location[REGISTRY_ID]; };
enum registry_result registry_list_all(struct registry *r, uint64_t after, struct registry_info *infos,
				       struct registry_place *places, size_t count, size_t *found, bool *more);

/* ---- Devices -------------------------------------------------------------- */

/* num_id, if 0, is drawn at random; config.data (may be empty) is version 1, of config.cloud_update_ms.
 * Times, error and state of DEVICE are not looked at.
 *   EXISTS        the id, or the num_id, is taken
 *   INVALID       id, metadata, a credential, config not of their form
 *   PRECONDITION  the registry has certificates, and none signed a credential */
enum registry_result device_create(struct registry *r, struct registry_path in, struct registry_device *device);
enum registry_result device_get(struct registry *r, struct registry_device_path path, struct registry_device *device);

/* The parts of DEVICE that MASK names are stored (the first five); which parts a list is to hold (all of them).
 * Credentials that the device has already are not held against the registry's certificates again. */
enum {
	DEVICE_BLOCKED = 1, DEVICE_LEVEL = 2, DEVICE_METADATA = 4, DEVICE_CREDENTIALS = 8, DEVICE_EXTRA = 16,
	DEVICE_TIMES = 32, DEVICE_CONFIG = 64, DEVICE_STATE = 128, DEVICE_ALL = 255
};
enum registry_result device_update(struct registry *r, struct registry_device_path path, unsigned mask,
				   const struct registry_device *device);
enum registry_result device_delete(struct registry *r, struct registry_device_path path);
void device_clear(struct registry_device *device);

struct device_filter {
	const char *const *ids;       /* NULL: all */
	size_t   id_count;
	const uint64_t *num_ids;      /* these, too */
	size_t   num_id_count;
	unsigned parts;               /* DEVICE_…: what is filled in beside id, num_id, blocked, level */
};
/* FILTER NULL: all devices, all parts.  Paged as registry_list(). */
enum registry_result device_list(struct registry *r, struct registry_path in, const struct device_filter *filter,
				 const char *after, struct registry_device *devices, size_t count, size_t *found,
				 bool *more);

/* ---- Configs and states --------------------------------------------------- */

/* VERSION_TO_UPDATE 0: whatever is the latest.  *VERSION is the new one.
 *   PRECONDITION  VERSION_TO_UPDATE is not the latest      INVALID  longer than REGISTRY_DATA_MAX */
enum registry_result config_set(struct registry *r, struct registry_device_path path, uint64_t version_to_update,
				struct bytes data, int64_t now_ms, uint64_t *version);
/* The newest first. */
enum registry_result config_list(struct registry *r, struct registry_device_path path,
				 struct registry_config configs[REGISTRY_CONFIGS], size_t *found);
enum registry_result state_list(struct registry *r, struct registry_device_path path,
				struct registry_state states[REGISTRY_STATES], size_t *found);
void config_clear(struct registry_config *config);
void state_clear(struct registry_state *state);

/* ---- What a login needs, in one read -------------------------------------- */

struct registry_login {
	uint64_t key;                 /* the device's row: for the calls below; never used again for another device */
	char     device[REGISTRY_ID];
	uint64_t num_id;
	bool     blocked, mqtt_disabled;
	enum registry_level level;    /* the device's, else its registry's, else INFO */
	struct credential credentials[CREDENTIAL_MAX];   /* parsed; those that expired too */
	size_t   credential_count;
	uint64_t config_version, config_acked;           /* the latest; the latest acknowledged, 0: none */
};
/* NOT_FOUND: registry_error() says whether project, region, registry or device is unknown. */
enum registry_result login_get(struct registry *r, struct registry_device_path path, struct registry_login *login);
void login_clear(struct registry_login *login);
enum registry_result login_config(struct registry *r, uint64_t key, struct registry_config *config);

/* ---- Who holds the connection --------------------------------------------- */

/* The connection CONNECTION (a number of this node) is the device's from now on.  *BEFORE is the
 * connection that was: 0: none; it is to be closed.  One node today: all are its own. */
enum registry_result device_claim(struct registry *r, uint64_t key, uint64_t connection, uint64_t *before);
void device_release(struct registry *r, uint64_t key, uint64_t connection);    /* only if it is still the owner */
bool device_owner(struct registry *r, uint64_t key, uint64_t *connection);

/* ---- What devices cause: queued ------------------------------------------- */

enum registry_time { REGISTRY_HEARTBEAT, REGISTRY_EVENT, REGISTRY_STATE, REGISTRY_CONFIG_SENT };

struct registry_entry {               /* one line of the device's log */
	int64_t  at_ms;
	enum registry_level severity;
	const char *type;             /* "CONNECT", "DISCONNECT", "PUBLISH", … */
	const char *json;             /* the whole entry, one object */
};

/* Kept; TICKET comes back from registry_next() when it is safe, in the order of these calls (also when the
 * device was deleted meanwhile: then there is nothing to keep).  While the disk does not take it, it is held.
 *   FULL     the queue is: try again when registry_fd() was readable (it will be) and registry_next() is false
 *   INVALID  longer than REGISTRY_DATA_MAX */
enum registry_result queue_state(struct registry *r, uint64_t key, struct bytes data, int64_t at_ms, uint64_t ticket);
void queue_config_acked(struct registry *r, uint64_t key, uint64_t version, int64_t at_ms);
/* Merged per device (the latest of each time, the last error and the count, the newest diagnosis); written at most
 * once a second. */
void queue_time(struct registry *r, uint64_t key, enum registry_time what, int64_t at_ms);
void queue_error(struct registry *r, uint64_t key, int code, const char *text, int64_t at_ms);
/* One that happened before the one that is stored, by the device's clock, changes nothing. */
void queue_diagnosis(struct registry *r, uint64_t key, const struct registry_diagnosis *diagnosis);
/* When the queue is half full, entries are dropped; the device's log says later how many:
 * {"eventType":"LOG_DROPPED","count":N}.  Those of a deleted device go nowhere. */
void queue_entry(struct registry *r, uint64_t key, const struct registry_entry *entry);

int  registry_fd(const struct registry *r);                       /* readable: registry_next() has something */
bool registry_next(struct registry *r, uint64_t *ticket);        /* call until it is false: then the fd rests */
/* Wait until all that was queued is committed, merged times too: for tests and for stopping.
 * False: the disk did not take it within WAIT_MS. */
bool registry_flush(struct registry *r, uint32_t wait_ms);

/* ---- Reading a device's log ----------------------------------------------- */

struct registry_log_row {
	uint64_t cursor;              /* 1, 2, …; never used twice */
	int64_t  at_ms;
	enum registry_level severity;
	char     device[REGISTRY_ID];
	char    *json;
};
/* Behind cursor AFTER, oldest first; DEVICE (an id) NULL: all of the registry.  A device's log outlives the device. */
enum registry_result log_list(struct registry *r, struct registry_path in, const char *device, uint64_t after,
			      struct registry_log_row *rows, size_t count, size_t *found);
uint64_t log_end(struct registry *r);                             /* the newest cursor */
int64_t log_newest_ms(struct registry *r);                        /* the newest entry's at_ms; -1: there is none */
void log_row_clear(struct registry_log_row *row);
/* Delete entries that are older than AGE_MS (0: none is) at NOW_MS (0: none is) or beyond the newest ROWS: done by the
 * writer, bit by bit. */
void log_retain(struct registry *r, int64_t now_ms, int64_t age_ms, uint64_t rows);

#endif
