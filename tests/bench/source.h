/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - where the server's bytes come from.
 *
 * source_replay.c has them in the image: what is measured depends on nothing
 * outside.  source_live.c talks to a server through the modem's line and prints
 * what it receives: record.py makes the recording from it, tls13.py uses it as it is.
 */
#ifndef TERN_TESTS_BENCH_SOURCE_H
#define TERN_TESTS_BENCH_SOURCE_H

#include "base/bytes.h"

enum source_phase { SOURCE_FULL, SOURCE_FULL_PUBLISH, SOURCE_LARGE, SOURCE_RESUMED, SOURCE_FLIGHT, SOURCE_PHASES };

/* A new connection to the server. */
void source_open(void);

/* What the server sends from now on belongs to PHASE. */
void source_phase(enum source_phase phase);

/* The bytes that have arrived and were not yet taken; waits, in the live
 * variant, a little for some.  Then how many of them were taken. */
struct bytes source_peek(void);
void source_done(size_t n);

void source_send(const uint8_t *data, size_t len);

/* The anchor of the server's chain, DER. */
struct bytes source_root(void);

/* A line on the console. */
void say(const char *text);

#endif
