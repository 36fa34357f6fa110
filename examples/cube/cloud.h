/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud.h - Tern in a CubeMX project: everything but the loop.
 *
 * One context calls these, the superloop or one task (docs/cube.md).
 */
#ifndef CLOUD_H
#define CLOUD_H

#include <stdbool.h>
#include <stdint.h>

/* After the MX_..._Init() calls.  Prepares the device, gives it to the app (app.h)
 * and starts it; what is missing comes to app_start_failed(). */
void cloud_init(void);

/* Move bytes, let everything act, hand out events.  True: call again at once;
 * false: nothing to do until an interrupt or for cloud_sleep_ms(). */
bool cloud_pass(void);
uint32_t cloud_sleep_ms(void);

/* The program's: an interrupt has work for cloud_pass(). */
void cloud_wake_from_isr(void);

#endif
