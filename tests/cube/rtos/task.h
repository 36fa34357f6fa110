/* SPDX-License-Identifier: Apache-2.0 */
/* task.h - see FreeRTOS.h beside it. */
#ifndef TERN_TESTS_CUBE_TASK_H
#define TERN_TESTS_CUBE_TASK_H

#include "FreeRTOS.h"

#define tskIDLE_PRIORITY ((UBaseType_t)0)

typedef struct standin_task *TaskHandle_t;
typedef void (*TaskFunction_t)(void *);

TaskHandle_t xTaskCreateStatic(TaskFunction_t run, const char *name, uint32_t stack_words, void *argument,
			       UBaseType_t priority, StackType_t *stack, StaticTask_t *memory);
void vTaskStartScheduler(void);
void vTaskDelay(TickType_t ticks);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *higher);

#endif
