/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/ring.h"

void ring_init(struct ring *r, uint8_t *buf, uint32_t size)
{
	r->buf = buf;
	r->size = size;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
}

uint32_t ring_used(const struct ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);

	return atomic_load_explicit(&r->head, memory_order_acquire) - tail;
}

uint32_t ring_free(const struct ring *r)
{
	return r->size - ring_used(r);
}

bool ring_put(struct ring *r, uint8_t byte)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (ring_free(r) == 0)
		return false;
	r->buf[head & (r->size - 1)] = byte;
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

bool ring_take(struct ring *r, uint8_t *byte)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (ring_used(r) == 0)
		return false;
	*byte = r->buf[tail & (r->size - 1)];
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

uint32_t ring_head(const struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_relaxed);
}

void ring_advance(struct ring *r, uint32_t n)
{
	atomic_store_explicit(&r->head, ring_head(r) + n, memory_order_release);
}

void ring_clear(struct ring *r)
{
	atomic_store_explicit(&r->tail, ring_head(r), memory_order_release);
}

size_t ring_write(struct ring *r, const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len && ring_put(r, data[n]))
		n++;
	return n;
}

size_t ring_read(struct ring *r, uint8_t *buf, size_t size)
{
	size_t n = 0;

	while (n < size && ring_take(r, &buf[n]))
		n++;
	return n;
}
