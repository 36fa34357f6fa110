/* SPDX-License-Identifier: Apache-2.0 */
/* queue.h - see FreeRTOS.h beside it. */
#ifndef TERN_TESTS_CUBE_QUEUE_H
#define TERN_TESTS_CUBE_QUEUE_H

#include "FreeRTOS.h"

typedef struct standin_queue *QueueHandle_t;

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_size, uint8_t *storage, StaticQueue_t *memory);
BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks);
BaseType_t xQueuePeek(QueueHandle_t queue, void *item, TickType_t ticks);
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks);

#endif
