/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/sink_held.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* ---- Queues ---------------------------------------------------------------- */

void sink_queue_push(struct sink_queue *q, struct sink_held *held)
{
	held->next = NULL;
	if (q->last != NULL)
		q->last->next = held;
	else
		q->first = held;
	q->last = held;
	q->count++;
	q->bytes += held->size;
}

struct sink_held *sink_queue_pop(struct sink_queue *q)
{
	struct sink_held *held = q->first;

	if (held == NULL)
		return NULL;
	q->first = held->next;
	if (q->first == NULL)
		q->last = NULL;
	q->count--;
	q->bytes -= held->size;
	return held;
}

void sink_queue_join(struct sink_queue *q, struct sink_queue *behind)
{
	if (behind->first == NULL)
		return;
	if (q->last != NULL)
		q->last->next = behind->first;
	else
		q->first = behind->first;
	q->last = behind->last;
	q->count += behind->count;
	q->bytes += behind->bytes;
	*behind = (struct sink_queue){ 0 };
}

void sink_queue_free(struct sink_queue *q)
{
	for (struct sink_held *held; (held = sink_queue_pop(q)) != NULL;)
		free(held);
}

/* ---- The hold -------------------------------------------------------------- */

bool sink_hold_init(struct sink_hold *h, uint64_t max_bytes)
{
	*h = (struct sink_hold){ .max_bytes = max_bytes != 0 ? max_bytes : SINK_HOLD_BYTES };
	h->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return h->fd >= 0 && pthread_mutex_init(&h->lock, NULL) == 0;
}

void sink_hold_free(struct sink_hold *h)
{
	sink_queue_free(&h->reading);
	sink_queue_free(&h->safe);
	pthread_mutex_destroy(&h->lock);
	close(h->fd);
}

bool sink_hold_no_room(struct sink_hold *h, const struct sink_message *m)
{
	if (m->qos != 0)
		return true;
	h->dropped++;
	return false;
}

static const char *copy(char **to, const void *from, size_t len)
{
	char *at = *to;

	if (len != 0)
		memcpy(at, from, len);
	at[len] = '\0';
	*to += len + 1;
	return at;
}

static void fill(struct sink_held *held, const struct sink_message *m)
{
	struct sink_message *c = &held->message;
	char *at = held->data;

	*c = *m;
	c->project = copy(&at, m->project, strlen(m->project));
	c->location = copy(&at, m->location, strlen(m->location));
	c->registry = copy(&at, m->registry, strlen(m->registry));
	c->device = copy(&at, m->device, strlen(m->device));
	c->subfolder.data = (const uint8_t *)copy(&at, m->subfolder.data, m->subfolder.len);
	c->payload.data = (const uint8_t *)copy(&at, m->payload.data, m->payload.len);
}

struct sink_held *sink_hold_take(struct sink_hold *h, const struct sink_message *m, bool *refused)
{
	size_t size = sizeof(struct sink_held) + strlen(m->project) + strlen(m->location) + strlen(m->registry) +
		      strlen(m->device) + m->subfolder.len + m->payload.len + 6;
	struct sink_held *held = NULL;

	if (h->held == 0 || h->held_bytes + size <= h->max_bytes)
		held = malloc(size);
	*refused = held == NULL && sink_hold_no_room(h, m);
	if (held == NULL)
		return NULL;
	fill(held, m);
	held->size = size;
	held->unheard = false;
	h->taken++;
	h->held++;
	h->held_bytes += size;
	return held;
}

void sink_hold_untake(struct sink_hold *h, struct sink_held *held)
{
	h->taken--;
	h->held--;
	h->held_bytes -= held->size;
	free(held);
}

void sink_hold_safe(struct sink_hold *h, struct sink_queue *q)
{
	static const uint64_t one = 1;
	bool news = q->first != NULL;

	pthread_mutex_lock(&h->lock);
	sink_queue_join(&h->safe, q);
	pthread_mutex_unlock(&h->lock);
	while (news && write(h->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* First the descriptor, then the queue: what comes in between makes it readable again. */
static bool fetch(struct sink_hold *h)
{
	uint64_t ignored;

	while (read(h->fd, &ignored, sizeof ignored) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&h->lock);
	sink_queue_join(&h->reading, &h->safe);
	pthread_mutex_unlock(&h->lock);
	return h->reading.first != NULL;
}

bool sink_hold_next(struct sink_hold *h, struct sink_confirmation *c)
{
	while (h->reading.first != NULL || fetch(h)) {
		struct sink_held *held = sink_queue_pop(&h->reading);
		bool awaited = held->message.qos != 0;

		*c = (struct sink_confirmation){ .ticket = held->message.ticket, .unheard = held->unheard };
		h->held--;
		h->held_bytes -= held->size;
		h->confirmed++;
		h->unheard += held->unheard;
		free(held);
		if (awaited)
			return true;
	}
	return false;
}

void sink_hold_count(const struct sink_hold *h, struct sink_health *health)
{
	health->taken = h->taken;
	health->confirmed = h->confirmed;
	health->unheard = h->unheard;
	health->dropped = h->dropped;
	health->held = h->held;
	health->held_bytes = h->held_bytes;
}

/* ---- Pauses ---------------------------------------------------------------- */

uint32_t sink_retry_pause(struct sink_retry *r)
{
	uint32_t pause = r->next_ms != 0 ? r->next_ms : r->first_ms, chance = 0;

	r->next_ms = pause > r->most_ms / 2 ? r->most_ms : pause * 2;
	if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0)
		chance = (uint32_t)sink_now_ms() * 2654435761u;
	return pause / 2 + chance % (pause / 2 + 1);
}

void sink_retry_reset(struct sink_retry *r)
{
	r->next_ms = 0;
}

/* ---- Time and threads ------------------------------------------------------ */

uint64_t sink_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void sink_monotonic_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

void sink_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t at_ms)
{
	struct timespec t = { .tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000 };

	pthread_cond_timedwait(cond, lock, &t);
}

/* Signals are the loop's. */
bool sink_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err == 0;
}

bool sink_thread_join(pthread_t thread, uint32_t wait_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(wait_ms / 1000);
	t.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &t) == 0)
		return true;
	pthread_detach(thread);
	return false;
}

const char *sink_number(uint64_t n, char text[28])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	char *to = text;

	for (int i = 0; i < len; i++) {
		if (i != 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}
