/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop's thread gathers what is delivered, flush() gives it to the writer;
 * the writer takes all that waits, and while it writes that, more gathers.
 *
 *          nothing waits            group written, on the disk
 *   IDLE <--------------- WRITING ---------------> confirmed
 *     \______ retain, ______/  \  any error: rolled back, pause, the same group again
 *             shrink            \___________________________________________________
 */
#include "bridge/sink_log.h"

#include "bridge/age_clock.h"
#include "bridge/message_log_write.h"
#include "bridge/sink_held.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	GATHER_ROWS  = 256,              /* without a flush() */
	GROUP_ROWS   = 4096,
	GROUP_BYTES  = 8 * 1024 * 1024,
	RETAIN_ROWS  = 256,              /* of one step when nothing waits */
	IDLE_MS      = 1000,
	RETRY_MS     = 250,
	RETRY_MAX_MS = 30 * 1000,
	SLOW_MS      = 5000              /* so long for one group is worth a sentence */
};

struct sink_log {
	struct sink sink;
	struct sink_hold hold;
	struct sink_queue gathered;      /* the loop's */
	struct message_writer *writer;   /* the writer's, as all up to LOCK */
	struct message_keep keep;
	struct age_clock clock;
	struct sink_retry retry;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t  wake;
	struct sink_queue waiting;
	bool     stopping;
	uint64_t stop_at_ms;             /* what is not written by then is given up */
	bool     failing;
	uint64_t next_try_ms;
	char     trouble[SINK_ERROR];

	_Atomic uint64_t end;            /* cursor */
	_Atomic uint64_t busy_since_ms;  /* 0: not writing */
};

/* ---- The writer's thread ---------------------------------------------------- */

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t age_ms(struct sink_log *s)
{
	return age_clock_now(&s->clock, wall_ms(), sink_now_ms());
}

/* As many as fit one group, from what waits; all of it when it is no more. */
static void take_group(struct sink_log *s, struct sink_queue *group)
{
	if (s->waiting.count <= GROUP_ROWS && s->waiting.bytes <= GROUP_BYTES) {
		sink_queue_join(group, &s->waiting);
		return;
	}
	do
		sink_queue_push(group, sink_queue_pop(&s->waiting));
	while (s->waiting.first != NULL && group->count < GROUP_ROWS && group->bytes < GROUP_BYTES);
}

static bool write_messages(struct sink_log *s, const struct sink_queue *group)
{
	size_t deleted;

	if (!message_writer_begin(s->writer))
		return false;
	for (const struct sink_held *h = group->first; h != NULL; h = h->next)
		if (!message_writer_add(s->writer, &h->message))
			return false;
	return message_writer_retain(s->writer, &s->keep, age_ms(s), 2 * group->count, &deleted) &&
	       message_writer_commit(s->writer);
}

static void note_trouble(struct sink_log *s)
{
	pthread_mutex_lock(&s->lock);
	s->failing = true;
	s->next_try_ms = sink_now_ms() + sink_retry_pause(&s->retry);
	snprintf(s->trouble, sizeof s->trouble, "%s", message_writer_error(s->writer));
	pthread_mutex_unlock(&s->lock);
}

static void note_success(struct sink_log *s)
{
	sink_retry_reset(&s->retry);
	pthread_mutex_lock(&s->lock);
	s->failing = false;
	pthread_mutex_unlock(&s->lock);
}

/* False: the sink is closed before the next try. */
static bool pause_after_trouble(struct sink_log *s)
{
	bool again;

	pthread_mutex_lock(&s->lock);
	while (sink_now_ms() < s->next_try_ms && !(s->stopping && sink_now_ms() >= s->stop_at_ms))
		sink_cond_wait_until(&s->wake, &s->lock,
				     s->stopping && s->stop_at_ms < s->next_try_ms ? s->stop_at_ms : s->next_try_ms);
	again = !(s->stopping && sink_now_ms() >= s->stop_at_ms);
	pthread_mutex_unlock(&s->lock);
	return again;
}

/* Until it is safe, or the sink is closed: then it is not confirmed. */
static void write_group(struct sink_log *s, struct sink_queue *group)
{
	bool safe;

	do {
		atomic_store(&s->busy_since_ms, sink_now_ms());
		safe = write_messages(s, group);
		atomic_store(&s->busy_since_ms, 0);
		if (!safe)
			note_trouble(s);
	} while (!safe && pause_after_trouble(s));
	if (!safe) {
		sink_queue_free(group);
		return;
	}
	note_success(s);
	atomic_store(&s->end, message_writer_end(s->writer));
	sink_hold_safe(&s->hold, group);
}

/* A few old messages, then a few free pages.  True: there is more of it. */
static bool tidy(struct sink_log *s)
{
	size_t deleted = 0;
	bool more = false;
	bool fine = message_writer_begin(s->writer) &&
		    message_writer_retain(s->writer, &s->keep, age_ms(s), RETAIN_ROWS, &deleted) &&
		    message_writer_commit(s->writer) && (deleted != 0 || message_writer_shrink(s->writer, &more));

	if (fine)
		note_success(s);
	else
		note_trouble(s);
	return fine && (deleted == RETAIN_ROWS || more);
}

/* Wait for messages, until AT_MS.  False: closed, and nothing waits or there is no more time. */
static bool wait_for_work(struct sink_log *s, uint64_t at_ms, struct sink_queue *group)
{
	bool open;

	pthread_mutex_lock(&s->lock);
	while (s->waiting.first == NULL && !s->stopping && sink_now_ms() < at_ms)
		sink_cond_wait_until(&s->wake, &s->lock, at_ms);
	open = !s->stopping || (s->waiting.first != NULL && sink_now_ms() < s->stop_at_ms);
	if (open && s->waiting.first != NULL)
		take_group(s, group);
	pthread_mutex_unlock(&s->lock);
	return open;
}

static void *work(void *arg)
{
	struct sink_log *s = arg;
	struct sink_queue group = { 0 };
	uint64_t at_ms = sink_now_ms() + IDLE_MS;

	while (wait_for_work(s, at_ms, &group)) {
		if (group.first != NULL)
			write_group(s, &group);
		else
			at_ms = tidy(s) ? sink_now_ms() : s->failing ? s->next_try_ms : sink_now_ms() + IDLE_MS;
	}
	return NULL;
}

/* ---- The loop's thread ------------------------------------------------------ */

static void sink_log_flush(struct sink *sink)
{
	struct sink_log *s = (struct sink_log *)sink;

	if (s->gathered.first == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	sink_queue_join(&s->waiting, &s->gathered);
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

static bool sink_log_deliver(struct sink *sink, const struct sink_message *message)
{
	struct sink_log *s = (struct sink_log *)sink;
	bool refused;
	struct sink_held *held = sink_hold_take(&s->hold, message, &refused);

	if (held == NULL)
		return !refused;
	sink_queue_push(&s->gathered, held);
	if (s->gathered.count >= GATHER_ROWS)
		sink_log_flush(sink);
	return true;
}

static int sink_log_fd(const struct sink *sink)
{
	return ((const struct sink_log *)sink)->hold.fd;
}

static bool sink_log_next(struct sink *sink, struct sink_confirmation *c)
{
	return sink_hold_next(&((struct sink_log *)sink)->hold, c);
}

uint64_t sink_log_end(const struct sink *sink)
{
	return atomic_load(&((const struct sink_log *)sink)->end);
}

static void sink_log_health(struct sink *sink, struct sink_health *health)
{
	struct sink_log *s = (struct sink_log *)sink;
	uint64_t now = sink_now_ms(), since = atomic_load(&s->busy_since_ms);
	char held[28];

	*health = (struct sink_health){ .well = true };
	sink_hold_count(&s->hold, health);
	sink_number(health->held, held);
	pthread_mutex_lock(&s->lock);
	health->well = !s->failing && (since == 0 || now - since < SLOW_MS);
	if (s->failing)
		snprintf(health->text, sizeof health->text, "holds %s messages: %.180s; next try in %u s", held,
			 s->trouble, s->next_try_ms > now ? (unsigned)((s->next_try_ms - now + 999) / 1000) : 0);
	else if (!health->well)
		snprintf(health->text, sizeof health->text, "holds %s messages: the disk has not answered for %llu s",
			 held, (unsigned long long)((now - since) / 1000));
	else
		snprintf(health->text, sizeof health->text, "writes; the newest message is %llu",
			 (unsigned long long)sink_log_end(sink));
	pthread_mutex_unlock(&s->lock);
}

static void release(struct sink_log *s)
{
	message_writer_close(s->writer);
	sink_queue_free(&s->gathered);
	sink_queue_free(&s->waiting);
	sink_hold_free(&s->hold);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* A disk that does not answer at all keeps its thread and S: the process is about to end. */
static void sink_log_close(struct sink *sink, uint32_t wait_ms)
{
	struct sink_log *s = (struct sink_log *)sink;

	sink_log_flush(sink);
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	s->stop_at_ms = sink_now_ms() + wait_ms;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	if (sink_thread_join(s->thread, wait_ms + 2000))
		release(s);
}

static const struct sink_ops ops = {
	.name = "log",
	.deliver = sink_log_deliver,
	.flush = sink_log_flush,
	.fd = sink_log_fd,
	.next = sink_log_next,
	.health = sink_log_health,
	.close = sink_log_close,
};

struct sink *sink_log_open(const struct sink_log_config *cfg, char error[SINK_ERROR])
{
	struct sink_log *s = calloc(1, sizeof *s);

	snprintf(error, SINK_ERROR, "no memory for the message log");
	if (s == NULL || !sink_hold_init(&s->hold, cfg->hold_bytes)) {
		free(s);
		return NULL;
	}
	s->sink.ops = &ops;
	s->keep = (struct message_keep){ cfg->keep_s, cfg->keep_bytes };
	s->retry = (struct sink_retry){ cfg->retry_ms != 0 ? cfg->retry_ms : RETRY_MS, RETRY_MAX_MS, 0 };
	pthread_mutex_init(&s->lock, NULL);
	sink_monotonic_cond(&s->wake);
	s->writer = message_writer_open(cfg->file, error);
	if (s->writer != NULL) {
		atomic_store(&s->end, message_writer_end(s->writer));
		age_clock_begin(&s->clock, message_writer_newest_ms(s->writer), wall_ms(), sink_now_ms());
		if (sink_thread_start(&s->thread, work, s))
			return &s->sink;
		snprintf(error, SINK_ERROR, "no thread for the message log");
	}
	release(s);
	return NULL;
}
