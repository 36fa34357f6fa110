/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer_turn.h - who may write now: the loop's thread or the writer's.
 *
 * SQLite takes one writer at a time and lets others poll for it; here they are
 * woken.  The loop goes first: it waits for one group commit at most.
 */
#ifndef TERN_REGISTRY_WRITER_TURN_H
#define TERN_REGISTRY_WRITER_TURN_H

#include <pthread.h>
#include <stdbool.h>

struct turn {
	pthread_mutex_t mutex;
	pthread_cond_t  changed;
	bool taken, loop_waits;
};

void turn_init(struct turn *t);
void turn_destroy(struct turn *t);
void turn_take_as_loop(struct turn *t);
void turn_take_as_writer(struct turn *t);
void turn_give(struct turn *t);

#endif
