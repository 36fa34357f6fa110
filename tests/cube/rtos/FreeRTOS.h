/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FreeRTOS.h - a stand-in for the calls of FreeRTOS that examples/cube_freertos uses:
 * own declarations with FreeRTOS's names and arguments; it holds nothing of it.
 * Memory given for a task or a queue is only measured, the stand-in has its own.
 */
#ifndef TERN_TESTS_CUBE_FREERTOS_H
#define TERN_TESTS_CUBE_FREERTOS_H

#include <stdint.h>

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;
typedef uint32_t StackType_t;
typedef struct { void *standin[20]; } StaticTask_t;
typedef struct { void *standin[20]; } StaticQueue_t;

#define pdFALSE ((BaseType_t)0)
#define pdTRUE  ((BaseType_t)1)
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))          /* configTICK_RATE_HZ 1000 */
#define portYIELD_FROM_ISR(higher) ((void)(higher))

#endif
