/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h - a borrowed run of bytes, and text built within a fixed buffer. */
#ifndef TERN_BASE_BYTES_H
#define TERN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed, never owned; DATA may be NULL when LEN is 0. */
struct bytes {
	const uint8_t *data;
	size_t         len;
};

/* The characters of S without its terminating zero. */
struct bytes bytes_of(const char *s);

bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_equal_text(struct bytes a, const char *s);
bool bytes_starts_with(struct bytes a, const char *prefix);

/* Unsigned decimal, digits only, at least one; false when it is anything else
 * or exceeds MAX. */
bool bytes_to_u32(struct bytes text, uint32_t max, uint32_t *value);

/* Four bytes, little endian: numbers in flash and in files. */
void bytes_put_u32(uint8_t *p, uint32_t value);
uint32_t bytes_get_u32(const uint8_t *p);

/* Overwrite N bytes at P in a way that the compiler does not remove. */
void bytes_wipe(void *p, size_t n);

/* True when N bytes at A and B are the same; takes the same time wherever they
 * differ. */
bool bytes_equal_secret(const void *a, const void *b, size_t n);

/*
 * Text written piece by piece into a caller's buffer.  The text is always
 * zero-terminated.  What does not fit is left out and OVERFLOW set: check it
 * once, at the end.
 */
struct text {
	char  *buf;
	size_t size;      /* bytes, at least 1 */
	size_t len;       /* without the terminating zero */
	bool   overflow;
};

void text_init(struct text *t, char *buf, size_t size);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, struct bytes b);
void text_add_char(struct text *t, char c);
void text_add_u32(struct text *t, uint32_t value);
void text_add_i64(struct text *t, int64_t value);
void text_add_hex(struct text *t, uint32_t value, unsigned digits);   /* lower case, no prefix */
struct bytes text_bytes(const struct text *t);

#endif
