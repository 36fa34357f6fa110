/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_at.c - the engine against bytes that no modem would send.
 *
 * Twice the same input, once byte by byte: the events must be the same.  Input:
 * the first byte chooses the command in flight; 0xFE n lets n * 100 ms pass;
 * everything else comes over the UART.
 */
#include "base/crc.h"
#include "modem/at.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct run {
	struct at at;
	uint8_t data[64];
	uint32_t now, digest;
};

static void start(struct run *r, uint8_t kind)
{
	struct at_command c = { .answer = (kind & 5) == 4 ? AT_ANYTHING : AT_NAMED, .timeout_ms = 2000 };
	enum err e;

	if (!at_ready(&r->at))
		return;
	if (kind & 1) {
		c.data = r->data;
		c.data_size = sizeof r->data;
	} else if (kind & 2) {
		c.payload = (const uint8_t *)"payload";
		c.payload_len = 7;
		c.prompt_ms = 1000;
		c.done = "SEND OK";
		c.full = "SEND FAIL";
	}
	text_add(at_compose(&r->at), "+QIRD=0,64");
	*at_command(&r->at) = c;
	e = at_start(&r->at, r->now);
	if (e != ERR_OK)
		abort();
}

static void settle(struct run *r, uint8_t kind)
{
	struct at_event ev;
	size_t n;

	while (at_next(&r->at, &ev)) {
		r->digest = crc32(r->digest, &ev.type, sizeof ev.type);
		r->digest = crc32(r->digest, &ev.result, sizeof ev.result);
		if (ev.line.len > 0)
			r->digest = crc32(r->digest, ev.line.data, ev.line.len);
		if (ev.data_len > sizeof r->data)
			abort();
		r->digest = crc32(r->digest, r->data, ev.data_len);
		start(r, kind);
	}
	while (at_tx_peek(&r->at, &n) != NULL) {
		if (n == 0)
			abort();
		r->digest = crc32(r->digest, &n, sizeof n);
		at_tx_done(&r->at, n);
	}
}

static void pass_time(struct run *r, uint32_t ms, uint8_t kind)
{
	uint32_t end = r->now + ms, at_ms;

	while (at_deadline(&r->at, &at_ms) && (int32_t)(end - at_ms) >= 0) {
		r->now = at_ms;
		at_step(&r->at, r->now);
		settle(r, kind);
	}
	r->now = end;
}

/* A prompt ends a piece, since what follows it answers the payload; so does the
 * end of a line, since what follows may answer the next question.  A line that
 * ends with CR alone ends at the byte after it. */
static size_t piece_of(const struct run *r, const uint8_t *p, size_t len, size_t max)
{
	size_t n = 0;

	if (r->at.rx == AT_RX_CR)
		max = 1;
	while (n < len && n < max && p[n] != 0xfe)
		if (p[n++] == '>' || p[n - 1] == '\n' || p[n - 1] == '\r')
			break;
	return n;
}

static uint32_t run(const uint8_t *p, size_t len, size_t max)
{
	static const struct at_config config = { .entry_max = 100, .dead_ms = 5000 };
	static struct run r;
	uint8_t kind = len > 0 ? p[0] : 0;

	memset(&r, 0, sizeof r);
	at_init(&r.at, &config, 0);
	settle(&r, kind);
	for (size_t i = 1; i < len;) {
		if (p[i] == 0xfe) {
			pass_time(&r, i + 1 < len ? p[i + 1] * 100u : 0, kind);
			i += 2;
			continue;
		}
		size_t n = piece_of(&r, p + i, len - i, max);

		i += at_feed(&r.at, p + i, n, r.now);
		settle(&r, kind);
	}
	return r.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (run(input, size, 1) != run(input, size, SIZE_MAX))
		abort();
	return 0;
}
