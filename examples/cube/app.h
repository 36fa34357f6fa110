/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app.h - what the program does with its device.  Link one of
 *
 *   app_hello.c                   says hello at an interval
 *   app_demo.c                    the demo: Tern's console on a second UART, telemetry, commands
 *   ../cube_freertos/app_queue.c  sends what other tasks have posted
 */
#ifndef APP_H
#define APP_H

#include <stdbool.h>
#include <stdint.h>
#include <tern.h>

/* T is prepared and not yet started. */
void app_init(struct tern *t, uint32_t now_ms);

/* tern_init() or tern_start() gave ERR; MISSING is the setting's name, or NULL. */
void app_start_failed(int err, const char *missing);

void app_event(const struct tern_event *ev, uint32_t now_ms);

/* True when something moved. */
bool app_step(uint32_t now_ms);
bool app_deadline(uint32_t *at_ms);

#endif
