/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_held.h - what every sink does alike: hold copies of messages within a
 * bound, hand back receipts from its thread to the loop's, and count.
 *
 *   deliver() -> sink_hold_take() -> the sink's queue -> (its thread) -> sink_hold_safe() -> fd -> sink_hold_next()
 *
 * A message is allocated and freed in the loop's thread, and its bytes count
 * from the one to the other.  All calls but sink_hold_safe() are the loop's.
 */
#ifndef TERN_BRIDGE_SINK_HELD_H
#define TERN_BRIDGE_SINK_HELD_H

#include "bridge/sink.h"

#include <pthread.h>
#include <stddef.h>

struct sink_held {
	struct sink_held *next;
	struct sink_message message;  /* its texts and payload are in data[] */
	size_t size;                  /* bytes that it counts */
	bool   unheard;
	char   data[];
};

/* First in, first out. */
struct sink_queue {
	struct sink_held *first, *last;
	size_t count, bytes;
};

void sink_queue_push(struct sink_queue *q, struct sink_held *held);
struct sink_held *sink_queue_pop(struct sink_queue *q);                  /* NULL: empty */
void sink_queue_join(struct sink_queue *q, struct sink_queue *behind);   /* BEHIND is empty then */
void sink_queue_free(struct sink_queue *q);

struct sink_hold {
	uint64_t max_bytes;
	uint64_t taken, confirmed, unheard, dropped, held, held_bytes;
	struct sink_queue reading;    /* receipts that next() gives out */
	int      fd;
	pthread_mutex_t lock;
	struct sink_queue safe;       /* with LOCK */
};

enum { SINK_HOLD_BYTES = 64 * 1024 * 1024 };

/* MAX_BYTES 0: SINK_HOLD_BYTES.  False: no descriptor to be had. */
bool sink_hold_init(struct sink_hold *h, uint64_t max_bytes);
void sink_hold_free(struct sink_hold *h);

/* A copy of M to be queued; or NULL with *REFUSED as what deliver() says: QoS 0 is dropped instead.  An empty hold
 * takes a message of any size. */
struct sink_held *sink_hold_take(struct sink_hold *h, const struct sink_message *m, bool *refused);
/* HELD, which was just taken, could not be queued. */
void sink_hold_untake(struct sink_hold *h, struct sink_held *held);
/* No room for M, whatever the reason: true is what deliver() says. */
bool sink_hold_no_room(struct sink_hold *h, const struct sink_message *m);

void sink_hold_safe(struct sink_hold *h, struct sink_queue *q);          /* any thread; Q is empty then */
bool sink_hold_next(struct sink_hold *h, struct sink_confirmation *c);
void sink_hold_count(const struct sink_hold *h, struct sink_health *health);

/* ---- Pauses between tries -------------------------------------------------- */

struct sink_retry { uint32_t first_ms, most_ms, next_ms; };

/* The next pause: doubled each time up to MOST, and between a half and the whole of it by chance. */
uint32_t sink_retry_pause(struct sink_retry *r);
void sink_retry_reset(struct sink_retry *r);

/* ---- Time and threads ------------------------------------------------------ */

uint64_t sink_now_ms(void);                                              /* monotonic */
void sink_monotonic_cond(pthread_cond_t *cond);                          /* waits are against sink_now_ms() */
void sink_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t at_ms);
bool sink_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);   /* no signal reaches it */
bool sink_thread_join(pthread_t thread, uint32_t wait_ms);               /* false: it still runs, and is let go */

/* "12,345" for sentences; TEXT holds 28 bytes. */
const char *sink_number(uint64_t n, char text[28]);

#endif
