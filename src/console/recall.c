/* SPDX-License-Identifier: Apache-2.0 */
#include "console/recall.h"

#include <string.h>

/* Where line N begins, from 1; NULL if there is none. */
static const char *line_at(const struct recall *r, unsigned n)
{
	const char *at = r->text, *end = r->text + sizeof r->text;

	for (; n > 1 && at < end; n--)
		at += strlen(at) + 1;
	return at < end && *at != '\0' ? at : NULL;
}

static struct bytes shown(const struct recall *r)
{
	const char *at = r->at > 0 ? line_at(r, r->at) : NULL;

	return bytes_of(at != NULL ? at : "");
}

/* Wipe what is more than RECALL_LINES, and a line that has lost its end. */
static void trim(struct recall *r)
{
	size_t at = 0;

	for (unsigned n = 0; n < RECALL_LINES && at < sizeof r->text; n++) {
		const char *end = memchr(r->text + at, '\0', sizeof r->text - at);

		if (end == NULL)
			break;
		at = (size_t)(end - r->text) + 1;
	}
	memset(r->text + at, 0, sizeof r->text - at);
}

void recall_add(struct recall *r, struct bytes line)
{
	size_t size = line.len + 1;

	r->at = 0;
	if (line.len == 0 || size > sizeof r->text || bytes_equal_text(line, r->text))
		return;
	memmove(r->text + size, r->text, sizeof r->text - size);
	memcpy(r->text, line.data, line.len);
	r->text[line.len] = '\0';
	trim(r);
}

struct bytes recall_older(struct recall *r)
{
	if (r->at < RECALL_LINES && line_at(r, r->at + 1u) != NULL)
		r->at++;
	return shown(r);
}

struct bytes recall_newer(struct recall *r)
{
	if (r->at > 0)
		r->at--;
	return shown(r);
}
