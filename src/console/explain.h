/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - "connect --explain": each step of the way to the server, with its
 * time and what was learnt, until the device is online or a diagnosis ends it.
 */
#ifndef TERN_CONSOLE_EXPLAIN_H
#define TERN_CONSOLE_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

struct console;

struct explain {
	bool     on;
	uint8_t  step;        /* the next one to be told */
	uint32_t begun_ms;
};

/* Tell the steps from now on. */
void explain_begin(struct console *c);

/* Tell those that have been reached, as far as there is room. */
void explain_step(struct console *c);

/* A diagnosis was said. */
void explain_end(struct console *c);

#endif
