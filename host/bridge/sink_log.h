/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_log.h - the embedded sink: messages into an SQLite file (message_log.h
 * reads it, SPEC.md "The message log" has its tables).
 *
 * Its thread takes all that waits, writes it in one transaction, has it on the
 * disk (fsync), and confirms it: the more waits, the larger the group.  Cursors
 * count from 1 without gaps, in the order of deliver(), and are never used twice.
 *
 * Retention deletes the oldest messages, a few with every group and a few when
 * nothing else is to do.  Pages that become free are used again; what the file
 * has more than a quarter too many of is given back to the file system while
 * the sink is idle.  So the file grows to about keep_bytes and stays there; beside
 * it the write-ahead log FILE-wal has up to 64 MB.
 */
#ifndef TERN_BRIDGE_SINK_LOG_H
#define TERN_BRIDGE_SINK_LOG_H

#include "bridge/sink.h"

struct sink_log_config {
	const char *file;
	uint64_t keep_s;             /* retention by age (at_ms against the clock), 0: for ever */
	uint64_t keep_bytes;         /* retention by size: bytes in use in the database, 0: any */
	uint64_t hold_bytes;         /* what may wait for the disk: then deliver() says full; 0: 64 MB */
	uint32_t retry_ms;           /* first pause after a fault, doubled up to 30 s; 0: 250 */
};

/* FILE is made if it is not there.  NULL: ERROR is one sentence (no such folder, no permission, another program's
 * database, damaged). */
struct sink *sink_log_open(const struct sink_log_config *cfg, char error[SINK_ERROR]);

/* Cursor of the newest message that is safe, 0: none ever.  Costs nothing: for who waits for news. */
uint64_t sink_log_end(const struct sink *s);

#endif
