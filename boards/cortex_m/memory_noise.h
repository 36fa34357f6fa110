/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_noise.h - what RAM held before the program wrote to it.
 *
 * Cells without power take a state of their own when it comes back, some of
 * them a different one each time.  It means something after power-on only: a
 * reset, or power that was away for a short time, leaves the last run's contents,
 * and after a boot loader part of RAM is its own.  QEMU's RAM begins as zeros.
 */
#ifndef TERN_CORTEX_M_MEMORY_NOISE_H
#define TERN_CORTEX_M_MEMORY_NOISE_H

#include <stddef.h>
#include <stdint.h>

enum { MEMORY_NOISE_WORDS = 8 };

/* Called by Reset_Handler(), before anything else: condense all of RAM into
 * memory that nobody clears.  Uses some words of the interrupts' stack. */
void memory_noise_gather(void);

/* The rule: word I of OUT takes in words I, I + 8, I + 16 ... of [P, END). */
void memory_noise_condense(uint32_t out[MEMORY_NOISE_WORDS], const uint32_t *p, const uint32_t *end);

/* Hand out what was gathered, at most SIZE bytes, once; returns how many. */
size_t memory_noise_take(uint8_t *buf, size_t size);

#endif
