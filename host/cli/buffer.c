/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/buffer.h"

#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
	if (p != NULL)
		return p;
	fputs("tern: this computer has no memory left\n", stderr);
	exit(EXIT_FAILURE);
}

void *memory(size_t n)
{
	return checked(calloc(1, n > 0 ? n : 1));
}

char *memory_text(const char *text)
{
	return checked(strdup(text));
}

void *buffer_room(struct buffer *b, size_t n)
{
	size_t size = b->size > 0 ? b->size : 256;

	while (size - b->len <= n)
		size *= 2;
	if (size != b->size)
		b->data = checked(realloc(b->data, size));
	b->size = size;
	return b->data + b->len;
}

void buffer_add(struct buffer *b, const void *data, size_t len)
{
	char *room = buffer_room(b, len);

	if (len > 0)
		memcpy(room, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buffer_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

void buffer_char(struct buffer *b, char c)
{
	buffer_add(b, &c, 1);
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list args;
	char *room;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return;
	room = buffer_room(b, (size_t)n);
	va_start(args, format);
	vsnprintf(room, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
}

void buffer_percent(struct buffer *b, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			buffer_char(b, *text);
		else
			buffer_format(b, "%%%02X", (unsigned char)*text);
}

const char *buffer_str(const struct buffer *b)
{
	return b->data != NULL ? b->data : "";
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ 0 };
}

void buffer_wipe(struct buffer *b)
{
	if (b->data != NULL)
		bytes_wipe(b->data, b->size);
	buffer_free(b);
}
