/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hearing.c - whatever may come from a device's console; the first byte is
 * the size of the pieces.  In one piece or in many, the same is heard.
 */
#include "cli/hearing.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void look(const struct hearing_event *ev)
{
	char digits[HEARING_FINGERPRINT + 1], id[HEARING_BOARD_MAX + 1];
	struct bytes name;
	uint32_t number;

	require(strlen(ev->text) <= HEARING_LINE_MAX);
	require((ev->type == HEARING_PROMPT) == (ev->text[0] == '\0'));
	for (const char *at = ev->text; *at != '\0'; at++)
		require(*at >= ' ' && *at <= '~');
	require(!(hearing_is_error(ev->text) && hearing_is_trouble(ev->text, &name)));
	if (hearing_is_key(ev->text, digits) || hearing_is_root(ev->text, &number, digits))
		require(strlen(digits) == HEARING_FINGERPRINT);
	if (hearing_is_board(ev->text, id))
		require(strlen(id) <= HEARING_BOARD_MAX);
	(void)hearing_is_acked(ev->text, &number);
}

/* A sum over all events. */
static uint32_t listen(const uint8_t *data, size_t size, size_t chunk)
{
	struct hearing h;
	struct hearing_event ev;
	uint32_t sum = 0;
	bool have;

	hearing_init(&h);
	for (size_t at = 0; at < size; ) {
		size_t n = size - at < chunk ? size - at : chunk;

		n = hearing_feed(&h, data + at, n, &ev, &have);
		require(n > 0);
		at += n;
		if (!have)
			continue;
		look(&ev);
		sum = sum * 31 + (uint32_t)ev.type;
		for (const char *c = ev.text; *c != '\0'; c++)
			sum = sum * 31 + (uint8_t)*c;
	}
	require(h.heard == size && h.odd <= size);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	require(listen(data + 1, size - 1, (data[0] & 63u) + 1u) == listen(data + 1, size - 1, size));
	return 0;
}
