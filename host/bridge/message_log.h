/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_log.h - devices' messages, kept in SQLite and read by cursor.
 *
 * A cursor is the number of a message: a reader that gives back the last cursor
 * it has seen misses nothing that is still kept, and is told when retention has
 * overtaken it.  Only what is safe on the disk is ever read.  Writing is
 * sink_log.c's (its own thread, group commit with fsync); reading is a
 * connection of the reader's thread, beside the writer and not in its way.
 */
#ifndef TERN_BRIDGE_MESSAGE_LOG_H
#define TERN_BRIDGE_MESSAGE_LOG_H

#include "bridge/sink_log.h"
#include "bridge/sink_mqtt.h"

#include <stddef.h>

struct message_log;                  /* a reader */

struct message_filter {              /* NULL: any */
	const char *project, *location, *registry, *device;
	int         kind;            /* enum sink_kind; -1: both */
	const char *subfolder;       /* exactly this one; "": those without */
};

struct message_row {
	uint64_t cursor;             /* 1, 2, …; never used twice */
	int64_t  at_ms;
	enum sink_kind kind;
	char    *project, *location, *registry, *device, *subfolder;   /* never NULL; owned */
	uint64_t num_id;
	uint8_t  qos;
	bool     dup;
	uint8_t *payload;            /* owned; NULL when LEN is 0 */
	size_t   len;
};

/* FILE must be there (sink_log_open() makes it). */
struct message_log *message_log_open(const char *file, char error[SINK_ERROR]);
void message_log_close(struct message_log *l);

/*
 * Messages behind cursor AFTER, oldest first, at most COUNT and about MAX_BYTES
 * of payload, but one at least.  FILTER NULL: every message.
 *   *NEXT  the cursor to go on with; also when nothing was found but messages
 *          were passed over, since one call looks at a bounded number of them;
 *          message_log_end(): that was all
 *   *LOST  messages behind AFTER that retention has deleted, of all devices
 * False: nothing was read, *NEXT = AFTER, and message_log_error() says why: the
 * database, or AFTER is behind the end (the log was replaced or restored, and the
 * reader must start anew).
 */
bool message_log_read(struct message_log *l, const struct message_filter *filter, uint64_t after, size_t count,
		      size_t max_bytes, struct message_row *rows, size_t *found, uint64_t *next, uint64_t *lost);
uint64_t message_log_end(struct message_log *l);     /* cursor of the newest message, 0: none ever */
const char *message_log_error(const struct message_log *l);
void message_row_clear(struct message_row *row);

#endif
