/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/writer.h"

#include "registry/writer_batch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	RETRY_MIN_MS     = 100,
	RETRY_MAX_MS     = 10000,
	CHECKPOINT_PAGES = 1000,      /* of SQLite's log: 4 MB */
	ERROR_TEXT       = 1024,
	DIAGNOSIS_CODE   = 32,
	DIAGNOSIS_LINE   = 1536
};

struct queue { struct item *head, **tail; size_t count; };

struct writer {
	struct db     db;             /* the thread's */
	struct turn  *turn;
	pthread_t     thread;
	int           fd;             /* eventfd */

	pthread_mutex_t mutex;        /* for all below */
	pthread_cond_t  wake;         /* for the thread: there is something */
	pthread_cond_t  settled;      /* for writer_flush(): something is committed */
	struct queue  queue, batch, done;
	struct pending_set pending, taken;
	struct retention retention;
	size_t        held, held_bytes;   /* of the three queues */
	bool          refused;        /* a state was, since there was no room */
	unsigned      flushes;        /* callers who wait */
	bool          stopping;
	uint64_t      stop_ms, retry_ms, times_ms;   /* monotonic: give up, try again, times are due */
	uint32_t      backoff_ms;     /* 0: the last commit was one */
	int           log_pages, checked_pages;
	struct registry_health health;
};

/* ---- Small ---------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* False: it is AT_MS. */
static bool wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t at_ms)
{
	const struct timespec at = { .tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000 };

	return pthread_cond_timedwait(cond, mutex, &at) != ETIMEDOUT;
}

static void queue_init(struct queue *q)
{
	*q = (struct queue){ .tail = &q->head };
}

static void push(struct queue *q, struct item *i)
{
	i->next = NULL;
	*q->tail = i;
	q->tail = &i->next;
	q->count++;
}

static struct item *pop(struct queue *q)
{
	struct item *i = q->head;

	if (i == NULL)
		return NULL;
	q->head = i->next;
	if (q->head == NULL)
		q->tail = &q->head;
	q->count--;
	return i;
}

static size_t size_of(const struct item *i)
{
	return sizeof *i + i->len;
}

static void forget(struct writer *w, struct item *i)
{
	w->held--;
	w->held_bytes -= size_of(i);
	free(i);
}

static void signal_loop(struct writer *w)
{
	const uint64_t one = 1;

	/* It only fails when it is readable already. */
	(void)!write(w->fd, &one, sizeof one);
}

/* ---- Taking in ------------------------------------------------------------ */

/* How much of the queue, in eighths, there may be for one of these to get in: what can be told as a number is
 * dropped first; a state is refused, and the device keeps it. */
static const size_t shares[] = { [ITEM_ENTRY] = 4, [ITEM_STATE] = 7, [ITEM_ACKED] = 8 };

static bool has_room(const struct writer *w, enum item_type type, size_t size)
{
	return w->held < WRITER_ITEMS / 8 * shares[type] && w->held_bytes + size <= WRITER_BYTES / 8 * shares[type];
}

static struct item *new_item(const struct writer *w, enum item_type type, size_t len)
{
	const size_t size = sizeof(struct item) + len;
	struct item *i = has_room(w, type, size) ? malloc(size) : NULL;

	if (i != NULL)
		*i = (struct item){ .type = type, .len = len };
	return i;
}

static void enqueue(struct writer *w, struct item *i)
{
	push(&w->queue, i);
	w->held++;
	w->held_bytes += size_of(i);
	pthread_cond_signal(&w->wake);
}

bool writer_state(struct writer *w, uint64_t key, struct bytes data, int64_t at_ms, uint64_t ticket)
{
	struct item *i;

	pthread_mutex_lock(&w->mutex);
	i = new_item(w, ITEM_STATE, data.len);
	w->refused |= i == NULL;
	if (i != NULL) {
		i->key = key;
		i->number = ticket;
		i->at_ms = at_ms;
		if (data.len > 0)
			memcpy(i->data, data.data, data.len);
		enqueue(w, i);
	}
	pthread_mutex_unlock(&w->mutex);
	return i != NULL;
}

void writer_acked(struct writer *w, uint64_t key, uint64_t version, int64_t at_ms)
{
	struct item *i;

	pthread_mutex_lock(&w->mutex);
	i = new_item(w, ITEM_ACKED, 0);
	if (i != NULL) {
		i->key = key;
		i->number = version;
		i->at_ms = at_ms;
		enqueue(w, i);
	} else
		w->health.dropped_others++;
	pthread_mutex_unlock(&w->mutex);
}

/* What is merged for KEY; NULL is counted. */
static struct pending *merge(struct writer *w, uint64_t key)
{
	struct pending *p = pending_of(&w->pending, key, WRITER_DEVICES);

	if (p == NULL)
		w->health.dropped_others++;
	else if (w->pending.count == 1)
		pthread_cond_signal(&w->wake);
	return p;
}

static void drop_entry(struct writer *w, uint64_t key, int64_t at_ms)
{
	struct pending *p = merge(w, key);

	w->health.dropped_entries++;
	if (p == NULL)
		return;
	p->dropped++;
	p->dropped_ms = at_ms;
}

void writer_entry(struct writer *w, uint64_t key, const struct registry_entry *entry)
{
	const size_t type_len = strlen(entry->type) + 1, json_len = strlen(entry->json) + 1;
	struct item *i;

	pthread_mutex_lock(&w->mutex);
	i = new_item(w, ITEM_ENTRY, type_len + json_len);
	if (i != NULL) {
		i->key = key;
		i->at_ms = entry->at_ms;
		i->severity = entry->severity;
		memcpy(i->data, entry->type, type_len);
		memcpy(i->data + type_len, entry->json, json_len);
		enqueue(w, i);
	} else
		drop_entry(w, key, entry->at_ms);
	pthread_mutex_unlock(&w->mutex);
}

void writer_time(struct writer *w, uint64_t key, enum registry_time what, int64_t at_ms)
{
	struct pending *p;

	pthread_mutex_lock(&w->mutex);
	p = merge(w, key);
	if (p != NULL)
		p->times_ms[what] = at_ms;
	pthread_mutex_unlock(&w->mutex);
}

void writer_error(struct writer *w, uint64_t key, int code, const char *text, int64_t at_ms)
{
	struct pending *p;

	pthread_mutex_lock(&w->mutex);
	p = merge(w, key);
	if (p != NULL) {
		free(p->error_text);
		p->error_text = strndup(text, ERROR_TEXT);
		p->error_code = code;
		p->error_ms = at_ms;
		p->errors++;
	}
	pthread_mutex_unlock(&w->mutex);
}

static bool is_older(const struct registry_diagnosis *d, const struct registry_diagnosis *than)
{
	return d->at_ms != 0 && d->at_ms < than->at_ms;
}

void writer_diagnosis(struct writer *w, uint64_t key, const struct registry_diagnosis *diagnosis)
{
	struct pending *p;

	pthread_mutex_lock(&w->mutex);
	p = merge(w, key);
	if (p != NULL && !is_older(diagnosis, &p->diagnosis)) {
		free(p->diagnosis.code);
		free(p->diagnosis.line);
		p->diagnosis = *diagnosis;
		p->diagnosis.code = strndup(diagnosis->code, DIAGNOSIS_CODE);
		p->diagnosis.line = strndup(diagnosis->line, DIAGNOSIS_LINE);
	}
	pthread_mutex_unlock(&w->mutex);
}

void writer_retain(struct writer *w, int64_t before_ms, uint64_t rows)
{
	pthread_mutex_lock(&w->mutex);
	if (!w->retention.active)
		w->retention = (struct retention){ .active = true, .before_ms = before_ms, .rows = rows };
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
}

void writer_log_pages(struct writer *w, int pages)
{
	pthread_mutex_lock(&w->mutex);
	w->log_pages = pages;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
}

/* ---- Giving back ---------------------------------------------------------- */

int writer_fd(const struct writer *w)
{
	return w->fd;
}

bool writer_next(struct writer *w, uint64_t *ticket)
{
	struct item *i;
	uint64_t rest;

	pthread_mutex_lock(&w->mutex);
	i = pop(&w->done);
	if (i != NULL) {
		*ticket = i->number;
		forget(w, i);
	} else
		(void)!read(w->fd, &rest, sizeof rest);    /* nothing was written: fine, too */
	pthread_mutex_unlock(&w->mutex);
	return i != NULL;
}

static bool is_idle(const struct writer *w)
{
	return w->queue.count + w->batch.count + w->pending.count + w->taken.count == 0 && !w->retention.active;
}

bool writer_flush(struct writer *w, uint32_t wait_ms)
{
	const uint64_t until = now_ms() + wait_ms;
	bool idle;

	pthread_mutex_lock(&w->mutex);
	w->flushes++;
	pthread_cond_signal(&w->wake);
	while (!is_idle(w) && wait_until(&w->settled, &w->mutex, until))
		;
	w->flushes--;
	idle = is_idle(w);
	pthread_mutex_unlock(&w->mutex);
	return idle;
}

void writer_health(struct writer *w, struct registry_health *health)
{
	pthread_mutex_lock(&w->mutex);
	*health = w->health;
	health->well = w->backoff_ms == 0;
	health->queued = w->held - w->done.count;
	health->queued_bytes = w->held_bytes;
	pthread_mutex_unlock(&w->mutex);
}

/* ---- The thread ----------------------------------------------------------- */

static bool times_are_due(const struct writer *w, uint64_t now)
{
	return w->pending.count > 0 && (w->flushes > 0 || w->stopping || now >= w->times_ms);
}

static bool must_checkpoint(struct writer *w)
{
	if (w->log_pages < w->checked_pages)
		w->checked_pages = 0;          /* SQLite has begun its log anew */
	return w->log_pages - w->checked_pages >= CHECKPOINT_PAGES;
}

static bool has_work(struct writer *w, uint64_t now)
{
	if (w->backoff_ms > 0 && now < w->retry_ms)
		return false;
	return w->queue.count > 0 || w->batch.count > 0 || w->taken.count > 0 || w->retention.active ||
	       times_are_due(w, now) || must_checkpoint(w);
}

static bool is_over(const struct writer *w, uint64_t now)
{
	return w->stopping && (is_idle(w) || now >= w->stop_ms);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* With the mutex.  False: it is over. */
static bool wait_for_work(struct writer *w)
{
	for (uint64_t now = now_ms(); !is_over(w, now); now = now_ms()) {
		uint64_t at = UINT64_MAX;

		if (has_work(w, now))
			return true;
		if (w->backoff_ms > 0)
			at = earlier(at, w->retry_ms);
		else if (w->pending.count > 0)
			at = earlier(at, w->times_ms);
		if (w->stopping)
			at = earlier(at, w->stop_ms);
		if (at == UINT64_MAX)
			pthread_cond_wait(&w->wake, &w->mutex);
		else
			wait_until(&w->wake, &w->mutex, at);
	}
	return false;
}

/* Into the batch; what the last commit could not write is still there. */
static void fill_batch(struct writer *w)
{
	uint64_t now = now_ms();

	while (w->batch.count < WRITER_BATCH && w->queue.count > 0)
		push(&w->batch, pop(&w->queue));
	if (w->taken.count > 0 || !times_are_due(w, now))
		return;
	pending_clear(&w->taken);
	w->taken = w->pending;
	w->pending = (struct pending_set){ 0 };
	w->times_ms = now + WRITER_TIMES_MS;
}

static void on_committed(struct writer *w)
{
	bool news = false;
	struct item *i;

	w->health.commits++;
	w->health.written += w->batch.count + w->taken.count;
	while ((i = pop(&w->batch)) != NULL)
		if (i->type == ITEM_STATE) {
			push(&w->done, i);
			news = true;
		} else
			forget(w, i);
	pending_clear(&w->taken);
	w->backoff_ms = 0;
	w->health.text[0] = '\0';
	if (w->refused && has_room(w, ITEM_STATE, sizeof *i + REGISTRY_DATA_MAX)) {
		w->refused = false;
		news = true;
	}
	if (news)
		signal_loop(w);
}

static void on_failed(struct writer *w, const char *why)
{
	w->backoff_ms = w->backoff_ms == 0 ? RETRY_MIN_MS : 2 * w->backoff_ms;
	if (w->backoff_ms > RETRY_MAX_MS)
		w->backoff_ms = RETRY_MAX_MS;
	w->retry_ms = now_ms() + w->backoff_ms;
	snprintf(w->health.text, sizeof w->health.text,
		 "%.380s; %zu states and log entries are held, the next try is in %u ms", why,
		 w->held - w->done.count, w->backoff_ms);
}

/* Move SQLite's log into the database.  What fails here is tried again after the next thousand pages: nothing hangs
 * on it but the log's length. */
static void checkpoint(struct writer *w)
{
	int pages = w->log_pages;

	if (!must_checkpoint(w))
		return;
	pthread_mutex_unlock(&w->mutex);
	sqlite3_wal_checkpoint_v2(w->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	pthread_mutex_lock(&w->mutex);
	w->checked_pages = pages;
}

static void commit(struct writer *w)
{
	struct retention retention = w->retention;
	const struct batch b = { w->batch.head, &w->taken, &retention };
	char error[REGISTRY_ERROR];
	int rc;

	if (w->batch.count + w->taken.count == 0 && !retention.active)
		return;
	pthread_mutex_unlock(&w->mutex);
	rc = batch_commit(&w->db, w->turn, &b, error);
	pthread_mutex_lock(&w->mutex);
	if (b.retention->begun)
		w->retention = retention;
	if (rc == SQLITE_OK)
		on_committed(w);
	else
		on_failed(w, error);
	pthread_cond_broadcast(&w->settled);
}

static void *run(void *arg)
{
	struct writer *w = arg;

	pthread_mutex_lock(&w->mutex);
	while (wait_for_work(w)) {
		fill_batch(w);
		commit(w);
		checkpoint(w);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

static int on_commit(void *to, sqlite3 *handle, const char *name, int pages)
{
	(void)handle;
	(void)name;
	writer_log_pages(to, pages);
	return SQLITE_OK;
}

/* ---- Starting and stopping ------------------------------------------------ */

static void free_writer(struct writer *w)
{
	struct item *i;

	while ((i = pop(&w->queue)) != NULL || (i = pop(&w->batch)) != NULL || (i = pop(&w->done)) != NULL)
		free(i);
	pending_clear(&w->pending);
	pending_clear(&w->taken);
	db_close(&w->db);
	if (w->fd >= 0)
		close(w->fd);
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->settled);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}

static struct writer *new_writer(struct turn *turn)
{
	struct writer *w = calloc(1, sizeof *w);
	pthread_condattr_t monotonic;

	if (w == NULL)
		return NULL;
	w->turn = turn;
	queue_init(&w->queue);
	queue_init(&w->batch);
	queue_init(&w->done);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &monotonic);
	pthread_cond_init(&w->settled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&w->mutex, NULL);
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return w;
}

/* Signals are the loop's. */
static int start_thread(struct writer *w)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct writer *writer_start(const char *file, bool unsafe, struct turn *turn, char error[REGISTRY_ERROR])
{
	struct writer *w = new_writer(turn);
	int rc;

	if (w == NULL) {
		snprintf(error, REGISTRY_ERROR, "there is no memory left");
		return NULL;
	}
	rc = db_open(&w->db, file, unsafe);
	if (rc != SQLITE_OK)
		db_explain(&w->db, rc, "it cannot be opened for the writer", error);
	else if (w->fd < 0)
		snprintf(error, REGISTRY_ERROR, "the writer has no eventfd: %s", strerror(errno));
	else {
		sqlite3_wal_hook(w->db.handle, on_commit, w);
		rc = start_thread(w);
		if (rc == 0)
			return w;
		snprintf(error, REGISTRY_ERROR, "the writer's thread was not started: %s", strerror(rc));
	}
	free_writer(w);
	return NULL;
}

void writer_stop(struct writer *w, uint32_t wait_ms)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	w->stop_ms = now_ms() + wait_ms;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	free_writer(w);
}
