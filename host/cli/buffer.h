/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.h - bytes that grow.  Memory that is not there ends the program, with a
 * sentence: nothing that it was about to do is half done by that. */
#ifndef TERN_CLI_BUFFER_H
#define TERN_CLI_BUFFER_H

#include <stddef.h>

/* All zero is an empty one.  DATA is terminated whenever it is not NULL. */
struct buffer {
	char  *data;
	size_t len, size;
};

void buffer_add(struct buffer *b, const void *data, size_t len);
void buffer_text(struct buffer *b, const char *text);
void buffer_char(struct buffer *b, char c);
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for N bytes more behind LEN: for base64_decode() and the like, which then add to LEN. */
void *buffer_room(struct buffer *b, size_t n);

/* One segment of a path, or a value of a query: everything but letters, digits and -._~ as %41. */
void buffer_percent(struct buffer *b, const char *text);

const char *buffer_str(const struct buffer *b);      /* "" when it is empty */
void buffer_free(struct buffer *b);                  /* and empty */
void buffer_wipe(struct buffer *b);                  /* what was a secret */

/* Never NULL, for what is used until the program ends. */
void *memory(size_t n);
char *memory_text(const char *text);

#endif
