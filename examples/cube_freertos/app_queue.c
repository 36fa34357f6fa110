/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_queue.c - sends what other tasks have posted: here a sensor's, every ten seconds.
 * Only the task that owns Tern calls tern_...(); a reading leaves the queue when
 * Tern's outbox has taken it.
 */
#include "app_queue.h"

#include "app.h"
#include "bench.h"
#include "cloud_task.h"
#include "main.h"

#include "FreeRTOS.h"
#include "queue.h"
#include "task.h"

#include <stdio.h>

enum { READINGS = 8, SENSOR_STACK = 256, EVERY_MS = 10000 };

struct reading {
	int32_t  value;
	uint32_t at_ms;
};

static struct tern *tern;
static QueueHandle_t readings;
static StaticQueue_t queue_memory;
static uint8_t queue_storage[READINGS * sizeof(struct reading)];
static StackType_t sensor_stack[SENSOR_STACK];
static StaticTask_t sensor_memory;

/* For the debugger: what is wrong, and with which value. */
int app_error;
const char *app_error_text, *app_error_value;

static void note(int err, const char *value)
{
	app_error = err;
	app_error_text = tern_err_text(err);
	app_error_value = value;
}

/* ---- other tasks ---- */

bool app_queue_reading(int32_t value)
{
	struct reading r = { .value = value, .at_ms = HAL_GetTick() };

	if (xQueueSend(readings, &r, 0) != pdTRUE)
		return false;
	cloud_task_wake();
	return true;
}

/* Counts in a sensor's place. */
static void run_sensor(void *unused)
{
	(void)unused;
	for (int32_t value = 1;; value++) {
		(void)app_queue_reading(value);        /* full: this reading is given up, the next one is newer */
		vTaskDelay(pdMS_TO_TICKS(EVERY_MS));
	}
}

/* ---- the task that owns Tern ---- */

/* The first error counts: what was refused is missing afterwards. */
void app_start_failed(int err, const char *missing)
{
	if (app_error == TERN_OK)
		note(err, missing);
}

void app_init(struct tern *t, uint32_t now_ms)
{
	const char *what = NULL;
	int err = bench_provision(t, &what);

	(void)now_ms;
	tern = t;
	if (err != TERN_OK)
		note(err, what);
	readings = xQueueCreateStatic(READINGS, sizeof(struct reading), queue_storage, &queue_memory);
	(void)xTaskCreateStatic(run_sensor, "sensor", SENSOR_STACK, NULL, tskIDLE_PRIORITY + 1, sensor_stack,
				&sensor_memory);
}

void app_event(const struct tern_event *ev, uint32_t now_ms)
{
	if (ev->type == TERN_EVENT_ACKED)
		HAL_GPIO_WritePin(LD2_GPIO_Port, LD2_Pin, GPIO_PIN_SET);
	else if (ev->type == TERN_EVENT_LOST)
		note(ev->err, NULL);
	else if (ev->type == TERN_EVENT_CONFIG)
		tern_config_done(tern, now_ms);
}

/* A full outbox leaves the rest in the queue: an acknowledgement makes room. */
bool app_step(uint32_t now_ms)
{
	struct reading r;
	bool moved = false;

	(void)now_ms;
	while (xQueuePeek(readings, &r, 0) == pdTRUE) {
		char json[64];
		uint32_t seq;
		int n = snprintf(json, sizeof json, "{\"value\":%ld,\"at_ms\":%lu}", (long)r.value,
				 (unsigned long)r.at_ms);

		if (tern_publish(tern, NULL, json, (size_t)n, &seq) != TERN_OK)
			return moved;
		(void)xQueueReceive(readings, &r, 0);
		moved = true;
	}
	return moved;
}

bool app_deadline(uint32_t *at_ms)
{
	(void)at_ms;
	return false;
}
