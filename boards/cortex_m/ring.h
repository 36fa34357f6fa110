/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - bytes between an interrupt and the main loop, either way.
 *
 * One side only puts, the other only takes; neither waits nor masks the other.
 * HEAD and TAIL count bytes and wrap; their difference is what is held.
 */
#ifndef TERN_CORTEX_M_RING_H
#define TERN_CORTEX_M_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint8_t         *buf;
	uint32_t         size;     /* bytes, a power of two */
	_Atomic uint32_t head;     /* written by the putting side */
	_Atomic uint32_t tail;     /* written by the taking side */
};

void ring_init(struct ring *r, uint8_t *buf, uint32_t size);

/* Bytes held, and room left.  Seen from the side that can only make it larger
 * the result holds until that side acts. */
uint32_t ring_used(const struct ring *r);
uint32_t ring_free(const struct ring *r);

/* One byte; false when full, or empty. */
bool ring_put(struct ring *r, uint8_t byte);
bool ring_take(struct ring *r, uint8_t *byte);

/* For a putting side that is not a program (DMA): how many bytes were put since
 * ring_init(), and that N more are in BUF where they belong. */
uint32_t ring_head(const struct ring *r);
void ring_advance(struct ring *r, uint32_t n);

/* The taking side: forget what is held. */
void ring_clear(struct ring *r);

/* As many as fit, or are there; returns how many. */
size_t ring_write(struct ring *r, const uint8_t *data, size_t len);
size_t ring_read(struct ring *r, uint8_t *buf, size_t size);

#endif
