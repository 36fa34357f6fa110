/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_told.c - what a device, or whoever speaks in its place, puts on events/diagnosis. */
#include "bridge/told.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS 1795372205000LL   /* 2026-11-22T18:30:05Z */

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size + 1);
	struct told t;

	memset(&t, 0x5a, sizeof t);
	memcpy(exact, data, size);
	if (told_read(&t, (struct bytes){ exact, size }, NOW_MS)) {
		check(strlen(t.code) > 0 && strlen(t.code) < sizeof t.code);
		check(strspn(t.code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(t.code));
		check(memchr(t.line, '\0', sizeof t.line) != NULL && t.line[0] != '\0');
		for (const char *c = t.line; *c != '\0'; c++)
			check(*c >= ' ' && *c <= '~');
		check(t.at_ms >= 0 && t.at_ms <= NOW_MS + TOLD_AHEAD_MS);
		check(t.times >= 1 && t.times <= 65535);
	}
	check(memcmp(exact, data, size) == 0);    /* it is telemetry, too */
	free(exact);
	return 0;
}
