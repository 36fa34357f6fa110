/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - messages that wait until the cloud has acknowledged them.
 *
 * In RAM and volatile for now: a reset loses what waits here.  The flash log
 * comes behind this same header.
 *
 * A record is dropped by an acknowledgement (QoS 1), by being sent (QoS 0), or
 * by the policy for a full outbox; each drop of the last kind is counted, and
 * the gap shows in the sequence numbers.  Order is the order of outbox_put().
 *
 *     put           sent             acked
 *   -------> WAITING ----> IN FLIGHT -----> gone
 *               ^              |
 *               +--- rewind ---+        (connection lost)
 */
#ifndef TERN_STORE_OUTBOX_H
#define TERN_STORE_OUTBOX_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outbox_class { OUTBOX_EVENT, OUTBOX_STATE };

/* What happens to a record that finds no room. */
enum outbox_policy {
	OUTBOX_REJECT_NEW,     /* outbox_put() says ERR_OUTBOX_FULL */
	OUTBOX_DROP_OLDEST     /* the oldest records go until it fits, in flight or not */
};

enum { OUTBOX_OVERHEAD = 8, OUTBOX_SUBFOLDER_MAX = 255 };   /* bytes a record; bytes */

struct outbox_config {
	uint8_t *buf;                /* borrowed while the outbox is used */
	size_t   size;               /* bytes: the sum of OUTBOX_OVERHEAD, subfolder and payload of all records */
	enum outbox_policy policy;
	uint32_t first_seq;          /* of the first record: continue where the last run may have ended */
};

struct outbox_message {
	enum outbox_class cls;
	uint8_t      qos;            /* 0 or 1 */
	struct bytes subfolder;      /* of events; may be empty */
	struct bytes payload;        /* may be empty */
};

/* Borrowed until the next call that is not _peek, _counts, _room or _next_seq. */
struct outbox_record {
	uint32_t              seq;
	struct outbox_message message;
	bool                  again;   /* was sent before, on an earlier connection */
};

struct outbox_counts {
	uint32_t put, sent, acked;   /* since outbox_init(); sent counts repetitions */
	uint32_t resent;             /* records offered again after a lost connection */
	uint32_t dropped;            /* by OUTBOX_DROP_OLDEST: lost, unless their acknowledgement was under way */
	uint32_t rejected;           /* outbox_put() refused: ERR_OUTBOX_FULL and ERR_TOO_LONG */
	size_t   records, in_flight; /* now */
	size_t   bytes, high_water;  /* of buf, now and at most */
};

struct outbox {
	struct outbox_config cfg;
	uint32_t next_seq;
	struct outbox_counts counts;
};

void outbox_init(struct outbox *o, const struct outbox_config *cfg);

/* Copy M behind all others; its number goes to *SEQ (may be NULL).  Numbers
 * rise by one a record accepted and wrap.
 *   ERR_ARG          class or qos out of range
 *   ERR_TOO_LONG     does not fit even an empty outbox, or the subfolder is too long
 *   ERR_OUTBOX_FULL  no room now (OUTBOX_REJECT_NEW) */
MUST_CHECK enum err outbox_put(struct outbox *o, const struct outbox_message *m, uint32_t *seq);

/* The N-th record not in flight, oldest first, from 0; false if there are not
 * so many. */
bool outbox_peek(const struct outbox *o, size_t n, struct outbox_record *r);

/* The record SEQ was handed to the connection: it is in flight, or with QoS 0
 * gone.
 *   ERR_NOT_FOUND  no such record waits */
MUST_CHECK enum err outbox_sent(struct outbox *o, uint32_t seq);

/* The record SEQ was acknowledged: it is gone.
 *   ERR_NOT_FOUND  no such record is in flight */
MUST_CHECK enum err outbox_acked(struct outbox *o, uint32_t seq);

/* The connection is lost: what was in flight waits again, in its old order. */
void outbox_rewind(struct outbox *o);

struct outbox_counts outbox_counts(const struct outbox *o);

/* Bytes of subfolder and payload that fit without dropping anything. */
size_t outbox_room(const struct outbox *o);

/* The number that the next record gets: to be stored for first_seq. */
uint32_t outbox_next_seq(const struct outbox *o);

#endif
