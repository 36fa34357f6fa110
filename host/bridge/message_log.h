/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_log.h - devices' messages, kept in SQLite and read by cursor.
 *
 * A cursor is the number of a message: a reader that gives back the last cursor
 * it has seen misses nothing that is still kept, and is told when retention has
 * overtaken it.  Writing is sink_log.c's (its own thread, group commit with
 * fsync); reading is a connection of the reader's thread.
 */
#ifndef TERN_BRIDGE_MESSAGE_LOG_H
#define TERN_BRIDGE_MESSAGE_LOG_H

#include "bridge/sink.h"

#include <stddef.h>

struct message_log;                  /* a reader */

struct message_filter {              /* NULL: any */
	const char *project, *location, *registry, *device;
	int         kind;            /* enum sink_kind; -1: both */
	const char *subfolder;
};

struct message_row {
	uint64_t cursor;             /* 1, 2, …; never used twice */
	int64_t  at_ms;
	enum sink_kind kind;
	char    *project, *location, *registry, *device, *subfolder;
	uint64_t num_id;
	uint8_t  qos;
	bool     dup;
	uint8_t *payload;
	size_t   len;
};

struct message_log *message_log_open(const char *file, char error[256]);
void message_log_close(struct message_log *l);

/* Messages behind cursor AFTER, oldest first, at most COUNT and about MAX_BYTES.  *NEXT is the cursor
 * to go on with (also when filtered messages were passed over).  *LOST: messages behind AFTER that
 * retention has deleted.  False: the database; the text is in message_log_error(). */
bool message_log_read(struct message_log *l, const struct message_filter *filter, uint64_t after, size_t count,
		      size_t max_bytes, struct message_row *rows, size_t *found, uint64_t *next, uint64_t *lost);
uint64_t message_log_end(struct message_log *l);     /* cursor of the newest message, 0: none ever */
const char *message_log_error(const struct message_log *l);
void message_row_clear(struct message_row *row);

/* ---- The sink ------------------------------------------------------------- */

struct sink_log_config {
	const char *file;
	uint64_t keep_s;             /* retention by age, 0: for ever */
	uint64_t keep_bytes;         /* retention by size of the database, 0: any */
	uint64_t hold_bytes;         /* what may wait for the disk: then deliver() says full */
};
struct sink *sink_log_open(const struct sink_log_config *cfg, char error[256]);

struct sink_mqtt_config {
	const char *host;
	uint16_t    port;
	const char *ca_file;         /* NULL: no TLS */
	const char *cert_file, *key_file;          /* NULL: none */
	const char *user, *password;               /* NULL: none */
	const char *client_id;       /* NULL: 'tern-bridge-' and the node's name */
	uint64_t    hold_bytes;
};
struct sink *sink_mqtt_open(const struct sink_mqtt_config *cfg, char error[256]);

#endif
