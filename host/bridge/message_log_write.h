/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_log_write.h - the writing half of the message log: one group of
 * messages, one transaction, one fsync.  For sink_log.c; used from one thread.
 *
 * A call that fails says why in message_writer_error() and has rolled back: of
 * the group nothing is in the log.  The connection is kept, whatever happens: a
 * database that is opened anew would take over frames of the write-ahead log of
 * which the system has just said that it could not write them.
 */
#ifndef TERN_BRIDGE_MESSAGE_LOG_WRITE_H
#define TERN_BRIDGE_MESSAGE_LOG_WRITE_H

#include "bridge/sink.h"

#include <stddef.h>

#define MESSAGE_LOG_MAGIC   "1413829198"     /* PRAGMA application_id: "TERN" */
#define MESSAGE_LOG_VERSION "1"              /* PRAGMA user_version */
#define MESSAGE_LOG_BLOCK   "cursor >> 14"   /* a message's block */
enum { MESSAGE_LOG_BLOCK_BITS = 14 };

struct message_keep {
	uint64_t keep_s;             /* 0: for ever */
	uint64_t keep_bytes;         /* 0: any */
};

struct message_writer;

struct message_writer *message_writer_open(const char *file, char error[SINK_ERROR]);
void message_writer_close(struct message_writer *w);

bool message_writer_begin(struct message_writer *w);
bool message_writer_add(struct message_writer *w, const struct sink_message *m);
/* Within a group: delete what KEEP no longer wants, oldest first, at most ROWS; *DELETED of them. */
bool message_writer_retain(struct message_writer *w, const struct message_keep *keep, int64_t now_ms, size_t rows,
			   size_t *deleted);
/* True: the group is on the disk. */
bool message_writer_commit(struct message_writer *w);

/* Between groups: give back some pages of a file with many free ones; *MORE: call again. */
bool message_writer_shrink(struct message_writer *w, bool *more);

uint64_t message_writer_end(const struct message_writer *w);      /* the newest cursor that is committed */
int64_t message_writer_newest_ms(struct message_writer *w);       /* the newest message's at_ms; -1: there is none */
const char *message_writer_error(const struct message_writer *w); /* "the disk is full" */

#endif
