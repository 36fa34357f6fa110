/* SPDX-License-Identifier: Apache-2.0 */
/* app_queue.h - what other tasks may call. */
#ifndef APP_QUEUE_H
#define APP_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* Post a reading to be sent.  False when the queue is full: nothing was posted. */
bool app_queue_reading(int32_t value);

#endif
