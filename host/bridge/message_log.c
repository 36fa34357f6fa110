/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter becomes ranges of an index, each in the order of cursors: a device's
 * rows (two devices that had the same id one after the other are two ranges), or
 * those of a registry and a kind.  SQLite merges the ranges of one block without
 * sorting; block follows block.  Too many ranges are no better than all rows in
 * turn.  Every row is then held against the whole filter.
 */
#include "bridge/message_log.h"

#include "bridge/message_log_write.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOK   = 10000,    /* what one call looks at: rows, */
	SEEK   = 8,        /* and for each range of a block as much as so many rows */
	RANGES = 64,       /* of one query */
	RANGE  = 256       /* bytes of the text of one */
};

struct message_log {
	sqlite3      *db;
	sqlite3_stmt *end, *first, *names;
	char         *file;
	char          error[SINK_ERROR];
};

/* The columns of a query, in its order. */
enum { CURSOR, DEVICE, KIND, FLAGS, AT_MS, SUBFOLDER, PAYLOAD };
#define ROWS "SELECT cursor, device, kind, flags, at_ms, subfolder, payload FROM message "
#define BEHIND " WHERE cursor > ?1"

static bool fail(struct message_log *l)
{
	snprintf(l->error, sizeof l->error, "%.160s: %.80s", l->file, sqlite3_errmsg(l->db));
	return false;
}

/* ---- Ranges ----------------------------------------------------------------- */

struct query {
	char   text[RANGES * RANGE];
	size_t len;
	size_t ranges;     /* of each block; 0: all rows in turn */
};

static void add_range(struct query *q, const char *index, const char *condition)
{
	if (q->ranges++ >= RANGES)
		return;
	q->len += (size_t)snprintf(q->text + q->len, sizeof q->text - q->len,
				   "%s" ROWS "INDEXED BY %s" BEHIND " AND " MESSAGE_LOG_BLOCK " = ?2 AND %s",
				   q->ranges == 1 ? "" : " UNION ALL ", index, condition);
}

static void add_device(struct query *q, int64_t id)
{
	char condition[48];

	snprintf(condition, sizeof condition, "device = %lld", (long long)id);
	add_range(q, "message_device", condition);
}

static void add_registry(struct query *q, int64_t id, int only)
{
	char condition[48];

	for (int kind = SINK_EVENT; kind <= SINK_STATE; kind++) {
		snprintf(condition, sizeof condition, "registry = %lld AND kind = %d", (long long)id, kind);
		if (only < 0 || only == kind)
			add_range(q, "message_registry", condition);
	}
}

#define REGISTRY_FITS \
	"(?1 IS NULL OR r.project = ?1) AND (?2 IS NULL OR r.location = ?2) AND (?3 IS NULL OR r.registry = ?3)"

static const char devices[] =
	"SELECT d.id FROM registry r CROSS JOIN device d ON d.registry = r.id AND d.device = ?4 WHERE " REGISTRY_FITS;
static const char registries[] = "SELECT r.id FROM registry r WHERE " REGISTRY_FITS;

static bool find_ranges(struct message_log *l, const struct message_filter *f, struct query *q)
{
	const char *const names[] = { f->project, f->location, f->registry, f->device };
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(l->db, f->device != NULL ? devices : registries, -1, &s, NULL);

	for (int i = 0; rc == SQLITE_OK && i < sqlite3_bind_parameter_count(s); i++)
		rc = sqlite3_bind_text(s, i + 1, names[i], -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = SQLITE_ROW;
	while (rc == SQLITE_ROW && q->ranges <= RANGES && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		if (f->device != NULL)
			add_device(q, sqlite3_column_int64(s, 0));
		else
			add_registry(q, sqlite3_column_int64(s, 0), f->kind);
	}
	sqlite3_finalize(s);
	return rc == SQLITE_DONE || rc == SQLITE_ROW || fail(l);
}

/* The text of Q; empty: nothing can match. */
static bool write_query(struct message_log *l, const struct message_filter *f, struct query *q)
{
	bool every =
		f->project == NULL && f->location == NULL && f->registry == NULL && f->device == NULL && f->kind < 0;

	q->len = q->ranges = 0;
	q->text[0] = '\0';
	if (!every && !find_ranges(l, f, q))
		return false;
	if (every || q->ranges > RANGES) {
		q->len = (size_t)snprintf(q->text, sizeof q->text, "%s", ROWS BEHIND);
		q->ranges = 0;
	}
	if (q->len != 0)
		snprintf(q->text + q->len, sizeof q->text - q->len, " ORDER BY cursor");
	return true;
}

/* ---- One row ---------------------------------------------------------------- */

void message_row_clear(struct message_row *row)
{
	free(row->project);
	free(row->location);
	free(row->registry);
	free(row->device);
	free(row->subfolder);
	free(row->payload);
	*row = (struct message_row){ 0 };
}

/* With a terminator; NULL: no memory. */
static void *copy_column(sqlite3_stmt *s, int column, size_t *len)
{
	const void *data = sqlite3_column_blob(s, column);
	size_t n = (size_t)sqlite3_column_bytes(s, column);
	char *copy = malloc(n + 1);

	if (copy == NULL)
		return NULL;
	if (n != 0)
		memcpy(copy, data, n);
	copy[n] = '\0';
	*len = n;
	return copy;
}

static bool is_subfolder(sqlite3_stmt *s, const char *wanted)
{
	size_t len = strlen(wanted);

	return (size_t)sqlite3_column_bytes(s, SUBFOLDER) == len &&
	       (len == 0 || memcmp(sqlite3_column_blob(s, SUBFOLDER), wanted, len) == 0);
}

static bool is_name(sqlite3_stmt *s, int column, const char *wanted)
{
	const char *name = (const char *)sqlite3_column_text(s, column);

	return wanted == NULL || (name != NULL && strcmp(name, wanted) == 0);
}

/* Is the row of S what F asks for?  The names of its device are then the row of l->names. */
static bool matches(struct message_log *l, sqlite3_stmt *s, const struct message_filter *f, bool *match)
{
	*match = (f->kind < 0 || f->kind == sqlite3_column_int(s, KIND)) &&
		 (f->subfolder == NULL || is_subfolder(s, f->subfolder));
	if (!*match)
		return true;
	sqlite3_reset(l->names);
	sqlite3_bind_int64(l->names, 1, sqlite3_column_int64(s, DEVICE));
	if (sqlite3_step(l->names) != SQLITE_ROW)
		return fail(l);
	*match = is_name(l->names, 0, f->project) && is_name(l->names, 1, f->location) &&
		 is_name(l->names, 2, f->registry) && is_name(l->names, 3, f->device);
	return true;
}

/* False: no memory. */
static bool fill(struct message_log *l, sqlite3_stmt *s, struct message_row *row)
{
	int flags = sqlite3_column_int(s, FLAGS);
	size_t len;

	*row = (struct message_row){
		.cursor = (uint64_t)sqlite3_column_int64(s, CURSOR),
		.at_ms = sqlite3_column_int64(s, AT_MS),
		.kind = sqlite3_column_int(s, KIND) == SINK_STATE ? SINK_STATE : SINK_EVENT,
		.num_id = (uint64_t)sqlite3_column_int64(l->names, 4),
		.qos = (uint8_t)(flags & 3),
		.dup = (flags & 4) != 0,
		.project = copy_column(l->names, 0, &len),
		.location = copy_column(l->names, 1, &len),
		.registry = copy_column(l->names, 2, &len),
		.device = copy_column(l->names, 3, &len),
		.subfolder = copy_column(s, SUBFOLDER, &len),
	};
	if (sqlite3_column_bytes(s, PAYLOAD) != 0)
		row->payload = copy_column(s, PAYLOAD, &row->len);
	return row->project != NULL && row->location != NULL && row->registry != NULL && row->device != NULL &&
	       row->subfolder != NULL && (row->payload != NULL || sqlite3_column_bytes(s, PAYLOAD) == 0);
}

/* ---- Reading ---------------------------------------------------------------- */

/* What a call of message_log_read() wants and has; NEXT: all up to there was looked at. */
struct reading {
	const struct message_filter *filter;
	uint64_t after, end, next;
	size_t count, max_bytes, found, bytes, looked;
	struct message_row *rows;
};

static bool is_enough(const struct reading *r)
{
	return r->found == r->count || r->looked >= LOOK || (r->found != 0 && r->bytes >= r->max_bytes);
}

static bool take_row(struct message_log *l, sqlite3_stmt *s, struct reading *r)
{
	bool match;

	if (!matches(l, s, r->filter, &match))
		return false;
	if (match && !fill(l, s, &r->rows[r->found++])) {
		snprintf(l->error, sizeof l->error, "no memory for a message");
		return false;
	}
	if (match)
		r->bytes += r->rows[r->found - 1].len;
	r->next = (uint64_t)sqlite3_column_int64(s, CURSOR);
	r->looked++;
	return true;
}

/* The rows of S, up to cursor LAST at most. */
static bool take_rows(struct message_log *l, sqlite3_stmt *s, struct reading *r, uint64_t last)
{
	int rc = SQLITE_ROW;

	sqlite3_bind_int64(s, 1, (int64_t)r->next);
	while (!is_enough(r) && (rc = sqlite3_step(s)) == SQLITE_ROW)
		if (!take_row(l, s, r))
			return false;
	if (rc == SQLITE_DONE)
		r->next = last;
	sqlite3_reset(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE || fail(l);
}

/* Nothing is before FIRST. */
static bool take_blocks(struct message_log *l, sqlite3_stmt *s, struct reading *r, size_t ranges, uint64_t first)
{
	r->next = first > r->next + 1 ? first - 1 : r->next;
	while (r->next < r->end && !is_enough(r)) {
		uint64_t block = (r->next + 1) >> MESSAGE_LOG_BLOCK_BITS;
		uint64_t last = ((block + 1) << MESSAGE_LOG_BLOCK_BITS) - 1;

		sqlite3_bind_int64(s, 2, (int64_t)block);
		if (!take_rows(l, s, r, last < r->end ? last : r->end))
			return false;
		r->looked += ranges * SEEK;
	}
	return true;
}

static bool take_all(struct message_log *l, const struct query *q, struct reading *r, uint64_t first)
{
	sqlite3_stmt *s = NULL;
	bool fine = sqlite3_prepare_v2(l->db, q->text, -1, &s, NULL) == SQLITE_OK || fail(l);

	if (fine)
		fine = q->ranges != 0 ? take_blocks(l, s, r, q->ranges, first) : take_rows(l, s, r, r->end);
	sqlite3_finalize(s);
	return fine;
}

/* The one number of S, or NONE where it has no row or NULL. */
static bool ask(struct message_log *l, sqlite3_stmt *s, uint64_t none, uint64_t *value)
{
	int rc = sqlite3_step(s);

	*value = none;
	if (rc == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL)
		*value = (uint64_t)sqlite3_column_int64(s, 0);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail(l);
	sqlite3_reset(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* Within one transaction: all of it is of one moment. */
static bool read_all(struct message_log *l, struct reading *r, uint64_t *lost)
{
	struct query q;
	uint64_t first;

	if (!ask(l, l->end, 0, &r->end) || !ask(l, l->first, r->end + 1, &first))
		return false;
	if (r->after > r->end) {
		snprintf(l->error, sizeof l->error,
			 "cursor %llu is behind the end of the log, %llu: the log was replaced or restored",
			 (unsigned long long)r->after, (unsigned long long)r->end);
		return false;
	}
	*lost = first > r->after + 1 ? first - r->after - 1 : 0;
	if (!write_query(l, r->filter, &q))
		return false;
	if (q.len != 0)
		return take_all(l, &q, r, first);
	r->next = r->end;
	return true;
}

bool message_log_read(struct message_log *l, const struct message_filter *filter, uint64_t after, size_t count,
		      size_t max_bytes, struct message_row *rows, size_t *found, uint64_t *next, uint64_t *lost)
{
	static const struct message_filter every = { .kind = -1 };
	struct reading r = { .filter = filter != NULL ? filter : &every, .after = after, .next = after, .count = count,
			     .max_bytes = max_bytes, .rows = rows };
	bool fine;

	*lost = 0;
	l->error[0] = '\0';
	fine = sqlite3_exec(l->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK ? read_all(l, &r, lost) : fail(l);
	sqlite3_reset(l->names);
	sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL);
	while (!fine && r.found != 0)
		message_row_clear(&rows[--r.found]);
	*found = r.found;
	*next = fine ? r.next : after;
	return fine;
}

uint64_t message_log_end(struct message_log *l)
{
	uint64_t end;

	ask(l, l->end, 0, &end);
	return end;
}

const char *message_log_error(const struct message_log *l)
{
	return l->error;
}

/* ---- Opening ---------------------------------------------------------------- */

static bool prepare(struct message_log *l, const char *text, sqlite3_stmt **s)
{
	return sqlite3_prepare_v3(l->db, text, -1, SQLITE_PREPARE_PERSISTENT, s, NULL) == SQLITE_OK || fail(l);
}

static bool open_file(struct message_log *l)
{
	static const char check[] =
		"SELECT 1 / (application_id = " MESSAGE_LOG_MAGIC " AND user_version = " MESSAGE_LOG_VERSION
		") FROM pragma_application_id, pragma_user_version";
	uint64_t is_ours;
	sqlite3_stmt *s = NULL;

	if (sqlite3_open_v2(l->file, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return fail(l);
	sqlite3_busy_timeout(l->db, 100);
	sqlite3_exec(l->db, "PRAGMA query_only=ON; PRAGMA cache_size=-4096", NULL, NULL, NULL);
	if (!prepare(l, check, &s) || !ask(l, s, 0, &is_ours))
		is_ours = 0;
	sqlite3_finalize(s);
	if (is_ours == 0 && l->error[0] == '\0')
		snprintf(l->error, sizeof l->error, "%.160s: no message log of this version of Tern", l->file);
	return is_ours != 0 && prepare(l, "SELECT end FROM log", &l->end) &&
	       prepare(l, "SELECT min(cursor) FROM message", &l->first) &&
	       prepare(l, "SELECT r.project, r.location, r.registry, d.device, d.num_id FROM device d"
			  " JOIN registry r ON r.id = d.registry WHERE d.id = ?1", &l->names);
}

struct message_log *message_log_open(const char *file, char error[SINK_ERROR])
{
	struct message_log *l = calloc(1, sizeof *l);

	snprintf(error, SINK_ERROR, "no memory");
	if (l == NULL)
		return NULL;
	l->file = strdup(file);
	if (l->file != NULL && open_file(l))
		return l;
	if (l->error[0] != '\0')
		memcpy(error, l->error, SINK_ERROR);
	message_log_close(l);
	return NULL;
}

void message_log_close(struct message_log *l)
{
	if (l == NULL)
		return;
	sqlite3_finalize(l->end);
	sqlite3_finalize(l->first);
	sqlite3_finalize(l->names);
	sqlite3_close(l->db);
	free(l->file);
	free(l);
}
