/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/sink_topic.h"

#include <string.h>

struct writer { char *at, *end; };

static void put(struct writer *w, char c)
{
	if (w->at < w->end)
		*w->at++ = c;
}

static void put_text(struct writer *w, const char *text)
{
	while (*text != '\0')
		put(w, *text++);
}

static void put_byte(struct writer *w, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	if (byte >= 0x20 && byte <= 0x7e && strchr("%+#/", byte) == NULL) {
		put(w, (char)byte);
		return;
	}
	put(w, '%');
	put(w, digits[byte >> 4]);
	put(w, digits[byte & 15]);
}

/* Slashes stay between the first LEVELS levels. */
static void put_levels(struct writer *w, struct bytes text, int levels)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '/' && levels-- > 1)
			put(w, '/');
		else
			put_byte(w, text.data[i]);
	}
}

/* False: the room was too small (one byte of it is for the terminator). */
static bool end(struct writer *w)
{
	bool fits = w->at < w->end;

	*(fits ? w->at : w->end - 1) = '\0';
	return fits;
}

bool sink_topic_encode(char *out, size_t size, struct bytes text)
{
	struct writer w = { out, out + size };

	put_levels(&w, text, SINK_TOPIC_LEVELS);
	return end(&w);
}

bool sink_topic_write(char topic[SINK_TOPIC], const struct sink_message *m)
{
	const char *const names[] = { m->project, m->location, m->registry, m->device };
	struct writer w = { topic, topic + SINK_TOPIC };

	put_text(&w, "tern/");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		put_levels(&w, bytes_of(names[i]), 1);
		put(&w, '/');
	}
	put_text(&w, m->kind == SINK_STATE ? "state" : "events");
	if (m->subfolder.len != 0) {
		put(&w, '/');
		put_levels(&w, m->subfolder, SINK_TOPIC_LEVELS);
	}
	return end(&w);
}

/* ---- UTF-8 ------------------------------------------------------------------ */

/* The character at the start of TEXT and its length; 0: none (RFC 3629). */
static size_t decode(struct bytes text, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = text.data[0];
	size_t len = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;

	if (len == 0 || len > text.len)
		return 0;
	*character = len == 1 ? first : first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text.data[i] & 0x3fu);
	}
	return *character < least[len] ? 0 : len;
}

static bool is_fit(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c <= 0x9f) && !(c >= 0xd800 && c <= 0xdfff) &&
	       !(c >= 0xfdd0 && c <= 0xfdef) && (c & 0xfffe) != 0xfffe && c <= 0x10ffff;
}

bool sink_topic_is_clean(struct bytes text)
{
	while (text.len != 0) {
		uint32_t character = 0;
		size_t len = decode(text, &character);

		if (len == 0 || !is_fit(character))
			return false;
		text.data += len;
		text.len -= len;
	}
	return true;
}
