/* SPDX-License-Identifier: Apache-2.0 */
#include "file_in_image.h"
#include "source.h"

FILE_IN_IMAGE(root);
FILE_IN_IMAGE(full);
FILE_IN_IMAGE(full_publish);
FILE_IN_IMAGE(large);
FILE_IN_IMAGE(resumed);
FILE_IN_IMAGE(flight);

/* Bytes at a time: what a modem gives in one piece. */
enum { CHUNK = 512 };

static const struct { const uint8_t *begin, *end; } phases[SOURCE_PHASES] = {
	[SOURCE_FULL]         = { full, full_end },
	[SOURCE_FULL_PUBLISH] = { full_publish, full_publish_end },
	[SOURCE_LARGE]        = { large, large_end },
	[SOURCE_RESUMED]      = { resumed, resumed_end },
	[SOURCE_FLIGHT]       = { flight, flight_end },
};

static struct bytes left;

void source_open(void)
{
}

void source_phase(enum source_phase phase)
{
	left = (struct bytes){ phases[phase].begin, (size_t)(phases[phase].end - phases[phase].begin) };
}

struct bytes source_peek(void)
{
	return (struct bytes){ left.data, left.len < CHUNK ? left.len : CHUNK };
}

void source_done(size_t n)
{
	left.data += n;
	left.len -= n;
}

void source_send(const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
}

struct bytes source_root(void)
{
	return (struct bytes){ root, (size_t)(root_end - root) };
}
