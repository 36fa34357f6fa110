/* SPDX-License-Identifier: Apache-2.0 */
/* sink_rig.h - what tests of sinks share: numbered messages, confirmations, a folder of their own. */
#ifndef TERN_TESTS_SINK_RIG_H
#define TERN_TESTS_SINK_RIG_H

#include "bridge/sink.h"

#include <stddef.h>

enum { RIG_PATH = 128 };

/* A folder in /tmp that rig_remove() removes with the files in it. */
void rig_folder(char folder[RIG_PATH]);
void rig_remove(const char *folder);

/* Message NUMBER (its ticket and its payload) of device DEVICE ("device-7"), QoS 1. */
bool rig_deliver(struct sink *s, unsigned device, uint64_t number);

/* The tickets of confirmations until there are COUNT or MS have passed; returns how many. */
size_t rig_collect(struct sink *s, uint64_t *tickets, size_t count, int ms);

/* Until health() says WELL and its text holds WORDS; fails after MS. */
void rig_await_health(struct sink *s, bool well, const char *words, int ms);

void rig_sleep(unsigned ms);
uint64_t rig_now_ms(void);
uint32_t rig_random(void);           /* the same sequence each time */

#endif
