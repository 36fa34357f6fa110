/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include "crypto/base64.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_MIN = 20, WIDTH_MAX = 1000, SENTENCE_MAX = 2000 };

/* ---- characters ----------------------------------------------------------- */

/* The length of the UTF-8 character (RFC 3629) at P, and its number; 0: it is none. */
static size_t character(const uint8_t *p, size_t len, uint32_t *number)
{
	static const struct { uint8_t mask, lead; uint32_t from; } forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 },
	};

	for (size_t n = 0; n < 4; n++) {
		if ((p[0] & forms[n].mask) != forms[n].lead)
			continue;
		*number = p[0] & (uint8_t)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if (i >= len || (p[i] & 0xc0) != 0x80)
				return 0;
			*number = *number << 6 | (p[i] & 0x3f);
		}
		return *number < forms[n].from || *number > 0x10ffff || (*number & 0x1ff800) == 0xd800 ? 0 : n + 1;
	}
	return 0;
}

/* C0, DEL and C1; and what turns the direction of a line (UAX 9) or splits it. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void escape(struct buffer *out, uint8_t c)
{
	static const char names[] = "\t\n\r", letters[] = "tnr";
	const char *name = c != 0 ? strchr(names, c) : NULL;

	if (name != NULL)
		buffer_format(out, "\\%c", letters[name - names]);
	else
		buffer_format(out, "\\x%02x", c);
}

void say_plain(struct buffer *out, struct bytes text)
{
	size_t n;
	uint32_t c;

	for (size_t i = 0; i < text.len; i += n > 0 ? n : 1) {
		n = character(text.data + i, text.len - i, &c);
		if (n > 0 && !is_control(c))
			buffer_add(out, text.data + i, n);
		for (size_t k = 0; (n == 0 || is_control(c)) && k < (n > 0 ? n : 1); k++)
			escape(out, text.data[i + k]);
	}
}

void say_json(FILE *to, struct bytes json)
{
	size_t n;
	uint32_t c;

	for (size_t i = 0; i < json.len; i += n) {
		n = character(json.data + i, json.len - i, &c);
		if (n == 0) {
			n = 1;
			fputs("\\ufffd", to);
		} else if (is_control(c) && c != '\n' && c != '\t' && c != '\r') {
			fprintf(to, "\\u%04x", (unsigned)c);
		} else {
			fwrite(json.data + i, 1, n, to);
		}
	}
}

/* ---- payloads ------------------------------------------------------------- */

static bool is_text(struct bytes data)
{
	size_t n;
	uint32_t c;

	for (size_t i = 0; i < data.len; i += n) {
		n = character(data.data + i, data.len - i, &c);
		if (n == 0 || (is_control(c) && c != '\t' && c != '\n' && c != '\r'))
			return false;
	}
	return true;
}

/* At most MAX characters of what stands behind FROM, never half a character. */
static void shorten(struct buffer *out, size_t from, size_t max)
{
	size_t count = 0, at = from, keep = from;

	for (; at < out->len; at++) {
		if (((uint8_t)out->data[at] & 0xc0) == 0x80)
			continue;
		if (count == max - 3)
			keep = at;
		count++;
	}
	if (max == 0 || count <= max)
		return;
	out->len = keep;
	buffer_text(out, "...");
}

void say_payload(struct buffer *out, struct bytes payload, size_t max)
{
	size_t from = out->len, n;

	if (is_text(payload)) {
		say_plain(out, payload);
	} else {
		buffer_text(out, "base64:");
		n = base64_encode(BASE64_STD, payload.data, payload.len,
				  buffer_room(out, BASE64_STD_LEN(payload.len)));
		out->len += n;
		out->data[out->len] = '\0';
	}
	shorten(out, from, max);
}

/* ---- the terminal --------------------------------------------------------- */

bool say_colours(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(fileno(to)) && (no == NULL || no[0] == '\0') &&
	       (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

unsigned say_width(FILE *to)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t n;

	if (!isatty(fileno(to)))
		return 0;
	if (columns != NULL && bytes_to_u32(bytes_of(columns), WIDTH_MAX, &n) && n >= WIDTH_MIN)
		return n;
	return ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN ? size.ws_col : 80;
}

static bool progress_shown;

static void clear_progress(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

static void sentence(const char *before, const char *colour, const char *format, va_list args)
{
	char text[SENTENCE_MAX];
	struct buffer plain = { 0 };

	vsnprintf(text, sizeof text, format, args);
	say_plain(&plain, bytes_of(text));
	fflush(stdout);
	clear_progress();
	if (!say_colours(stderr))
		colour = "";
	fprintf(stderr, "%s%s%s%s\n", colour, before, buffer_str(&plain), colour[0] != '\0' ? "\033[0m" : "");
	buffer_free(&plain);
}

int say_error(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sentence("tern: ", "\033[31m", format, args);
	va_end(args);
	return status;
}

void say_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sentence("", "", format, args);
	va_end(args);
}

void say_progress(const char *format, ...)
{
	char text[SENTENCE_MAX];
	unsigned width = say_width(stderr);
	va_list args;

	if (width == 0)
		return;
	clear_progress();
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (text[0] == '\0')
		return;
	fprintf(stderr, "%.*s", (int)width - 1, text);
	fflush(stderr);
	progress_shown = true;
}

bool say_is_cut(void)
{
	static int error;

	errno = 0;
	if (error == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		error = errno != 0 ? errno : EIO;
	errno = error;
	return error != 0;
}

int say_flush(int status)
{
	if (!say_is_cut())
		return status;
	if (errno == EPIPE)
		return status;
	return say_error(CLI_REFUSED, "standard output: %s", strerror(errno));
}
