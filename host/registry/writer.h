/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - what devices cause, written by a thread of its own: everything that
 * waits goes into one transaction (group commit), then one fsync, then its
 * confirmations.
 *
 *   writer_state(), ... --> queue --> batch --commit--> done --> writer_next()
 *   writer_time(), ...  --> pending (merged per device, once a second) --/
 *
 * A batch that the disk does not take is kept and tried again: after 0.1 s, then
 * twice as long each time, at most 10 s.  Calls come from the loop's thread.
 */
#ifndef TERN_REGISTRY_WRITER_H
#define TERN_REGISTRY_WRITER_H

#include "registry/registry.h"
#include "registry/writer_turn.h"

enum {
	WRITER_ITEMS    = 65536,         /* states, acknowledgements, entries, until they are confirmed */
	WRITER_BYTES    = 64 << 20,      /* likewise */
	WRITER_BATCH    = 2048,          /* items of one transaction: who else wants to write waits for one */
	WRITER_TIMES_MS = 1000,          /* merged times are written so often */
	WRITER_DEVICES  = 262144         /* devices with merged times at once */
};

struct writer;

/* FILE is there and has its tables.  UNSAFE as db_open() has it.  NULL: ERROR. */
struct writer *writer_start(const char *file, bool unsafe, struct turn *turn, char error[REGISTRY_ERROR]);
/* Commit what is there, if that succeeds within WAIT_MS; end the thread. */
void writer_stop(struct writer *w, uint32_t wait_ms);

bool writer_state(struct writer *w, uint64_t key, struct bytes data, int64_t at_ms, uint64_t ticket);
void writer_acked(struct writer *w, uint64_t key, uint64_t version, int64_t at_ms);
void writer_entry(struct writer *w, uint64_t key, const struct registry_entry *entry);
void writer_time(struct writer *w, uint64_t key, enum registry_time what, int64_t at_ms);
void writer_error(struct writer *w, uint64_t key, int code, const char *text, int64_t at_ms);
void writer_diagnosis(struct writer *w, uint64_t key, const struct registry_diagnosis *diagnosis);

int  writer_fd(const struct writer *w);
bool writer_next(struct writer *w, uint64_t *ticket);
bool writer_flush(struct writer *w, uint32_t wait_ms);
void writer_health(struct writer *w, struct registry_health *health);

/* Delete entries from before BEFORE_MS, and beyond the newest ROWS. */
void writer_retain(struct writer *w, int64_t before_ms, uint64_t rows);

/* Another connection has committed: SQLite's log has PAGES now. */
void writer_log_pages(struct writer *w, int pages);

#endif
