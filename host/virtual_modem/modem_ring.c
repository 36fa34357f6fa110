/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/modem_state.h"

#include <string.h>

void modem_ring_init(struct ring *r, uint8_t *data, size_t size)
{
	*r = (struct ring){ .data = data, .size = size };
}

size_t modem_ring_free(const struct ring *r)
{
	return r->size - r->len;
}

/* Up to the end of the array: called twice to go round. */
static size_t put_run(struct ring *r, const uint8_t *data, size_t len)
{
	size_t tail = (r->head + r->len) % r->size;
	size_t n = r->size - tail;

	if (n > modem_ring_free(r))
		n = modem_ring_free(r);
	if (n > len)
		n = len;
	if (n > 0)
		memcpy(r->data + tail, data, n);
	r->len += n;
	return n;
}

size_t modem_ring_put(struct ring *r, const uint8_t *data, size_t len)
{
	size_t n = put_run(r, data, len);

	if (n < len)
		n += put_run(r, data + n, len - n);
	return n;
}

const uint8_t *modem_ring_peek(const struct ring *r, size_t *len)
{
	size_t n = r->size - r->head;

	*len = r->len < n ? r->len : n;
	return *len > 0 ? r->data + r->head : NULL;
}

void modem_ring_drop(struct ring *r, size_t n)
{
	r->head = (r->head + n) % r->size;
	r->len -= n;
}

size_t modem_ring_get(struct ring *r, uint8_t *buf, size_t size)
{
	size_t got = 0, n;
	const uint8_t *p;

	while (got < size && (p = modem_ring_peek(r, &n)) != NULL) {
		if (n > size - got)
			n = size - got;
		memcpy(buf + got, p, n);
		modem_ring_drop(r, n);
		got += n;
	}
	return got;
}
