/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/writer_turn.h"

void turn_init(struct turn *t)
{
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->changed, NULL);
	t->taken = t->loop_waits = false;
}

void turn_destroy(struct turn *t)
{
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->mutex);
}

void turn_take_as_loop(struct turn *t)
{
	pthread_mutex_lock(&t->mutex);
	t->loop_waits = true;
	while (t->taken)
		pthread_cond_wait(&t->changed, &t->mutex);
	t->loop_waits = false;
	t->taken = true;
	pthread_mutex_unlock(&t->mutex);
}

void turn_take_as_writer(struct turn *t)
{
	pthread_mutex_lock(&t->mutex);
	while (t->taken || t->loop_waits)
		pthread_cond_wait(&t->changed, &t->mutex);
	t->taken = true;
	pthread_mutex_unlock(&t->mutex);
}

void turn_give(struct turn *t)
{
	pthread_mutex_lock(&t->mutex);
	t->taken = false;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->mutex);
}
