/* SPDX-License-Identifier: Apache-2.0 */
/* rtos_linux.c - the stand-in for FreeRTOS (rtos/) on Linux: a task is a thread. */
#include "FreeRTOS.h"
#include "queue.h"
#include "task.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct standin_task {
	TaskFunction_t  run;
	void           *argument;
	pthread_t       thread;
	pthread_mutex_t lock;
	pthread_cond_t  given;
	uint32_t        notified;
};

struct standin_queue {
	pthread_mutex_t lock;
	uint8_t        *storage;
	size_t          item_size, length, first, used;
};

static struct standin_task tasks[4];
static struct standin_queue queues[2];
static size_t task_count, queue_count;
static bool is_running;
static __thread struct standin_task *current;

static void die(const char *what)
{
	fprintf(stderr, "stand-in FreeRTOS: %s\n", what);
	_exit(70);
}

static void *run(void *argument)
{
	current = argument;
	current->run(current->argument);
	die("a task has returned");
	return NULL;
}

static void begin(struct standin_task *t)
{
	if (pthread_create(&t->thread, NULL, run, t) != 0)
		die("no thread");
}

TaskHandle_t xTaskCreateStatic(TaskFunction_t function, const char *name, uint32_t stack_words, void *argument,
			       UBaseType_t priority, StackType_t *stack, StaticTask_t *memory)
{
	struct standin_task *t = &tasks[task_count++];

	if (name == NULL || stack_words < 128 || stack == NULL || memory == NULL || priority > 6)
		die("xTaskCreateStatic");
	memset(stack, 0xa5, stack_words * sizeof *stack);       /* as large as it was said to be */
	*t = (struct standin_task){ .run = function, .argument = argument };
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->given, NULL);
	if (is_running)
		begin(t);
	return t;
}

void vTaskStartScheduler(void)
{
	is_running = true;
	for (size_t i = 0, count = task_count; i < count; i++)
		begin(&tasks[i]);
	for (;;)
		pause();
}

void vTaskDelay(TickType_t ticks)
{
	usleep(ticks * 1000);
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks)
{
	struct standin_task *t = current;
	struct timespec until;
	uint32_t got;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ticks % 1000) * 1000000;
	until.tv_sec += (time_t)(ticks / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&t->lock);
	while (t->notified == 0 && pthread_cond_timedwait(&t->given, &t->lock, &until) != ETIMEDOUT)
		;
	got = t->notified;
	t->notified = clear == pdTRUE || got == 0 ? 0 : got - 1;
	pthread_mutex_unlock(&t->lock);
	return got;
}

BaseType_t xTaskNotifyGive(TaskHandle_t t)
{
	pthread_mutex_lock(&t->lock);
	t->notified++;
	pthread_cond_signal(&t->given);
	pthread_mutex_unlock(&t->lock);
	return pdTRUE;
}

void vTaskNotifyGiveFromISR(TaskHandle_t t, BaseType_t *higher)
{
	*higher = xTaskNotifyGive(t);
}

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_size, uint8_t *storage, StaticQueue_t *memory)
{
	struct standin_queue *q = &queues[queue_count++];

	if (storage == NULL || memory == NULL)
		die("xQueueCreateStatic");
	*q = (struct standin_queue){ .storage = storage, .item_size = item_size, .length = length };
	pthread_mutex_init(&q->lock, NULL);
	return q;
}

/* Nobody here waits for a queue. */
BaseType_t xQueueSend(QueueHandle_t q, const void *item, TickType_t ticks)
{
	bool room;

	if (ticks != 0)
		die("this stand-in does not wait");
	pthread_mutex_lock(&q->lock);
	room = q->used < q->length;
	if (room)
		memcpy(q->storage + (q->first + q->used++) % q->length * q->item_size, item, q->item_size);
	pthread_mutex_unlock(&q->lock);
	return room ? pdTRUE : pdFALSE;
}

static BaseType_t look(QueueHandle_t q, void *item, size_t take)
{
	bool has;

	pthread_mutex_lock(&q->lock);
	has = q->used > 0;
	if (has) {
		memcpy(item, q->storage + q->first * q->item_size, q->item_size);
		q->first = (q->first + take) % q->length;
		q->used -= take;
	}
	pthread_mutex_unlock(&q->lock);
	return has ? pdTRUE : pdFALSE;
}

BaseType_t xQueuePeek(QueueHandle_t q, void *item, TickType_t ticks)
{
	(void)ticks;
	return look(q, item, 0);
}

BaseType_t xQueueReceive(QueueHandle_t q, void *item, TickType_t ticks)
{
	(void)ticks;
	return look(q, item, 1);
}
