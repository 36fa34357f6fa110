/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.h - what the console says until the UART has taken it: a ring of bytes.
 *
 * Whoever writes asks out_room() first and writes no more than that.  What
 * does not fit all the same is left out and counted in LOST.
 */
#ifndef TERN_CONSOLE_OUT_H
#define TERN_CONSOLE_OUT_H

#include "base/packed.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct out {
	uint8_t *buf;
	size_t   size;
	size_t   head;      /* of the oldest byte */
	size_t   len;
	uint32_t lost;      /* bytes that found no room */
};

enum {
	OUT_WIDTH       = 79,    /* columns of a terminal, one left free */
	OUT_SHOWN_MAX   = 40,    /* bytes of a wrong value that an error repeats */
	OUT_FOREIGN_MAX = 400    /* bytes of somebody's text */
};

void out_init(struct out *o, uint8_t *buf, size_t size);
size_t out_room(const struct out *o);

void out_bytes(struct out *o, struct bytes b);
size_t out_text(struct out *o, const char *text);      /* of ours, packed or not; its number of characters */
void out_u32(struct out *o, uint32_t value);
void out_i64(struct out *o, int64_t value);
void out_end(struct out *o);                                       /* end of a line: CR LF */

/* FORMAT with %s for a text of ours, %r for a const char * of somebody else, cut
 * after OUT_FOREIGN_MAX bytes, %u for a uint32_t, %q for a const struct bytes *
 * as out_quoted() shows it.  No other use of '%'. */
void out_format(struct out *o, const char *format, ...);
void out_format_list(struct out *o, const char *format, va_list args);
void out_padded(struct out *o, const char *text, size_t width);    /* followed by blanks up to WIDTH */

/* TEXT, not packed, which begins at column AT: broken at blanks before column
 * OUT_WIDTH, each further line begun at column AT.  A longer word stays whole.
 * The last line is ended. */
void out_wrapped(struct out *o, const char *text, size_t at);

/* Somebody's value in an error: 'between quotes', bytes that are not printable
 * ASCII as \xNN, cut after OUT_SHOWN_MAX bytes. */
void out_quoted(struct out *o, struct bytes b);

/* The oldest bytes that lie together; NULL and *LEN = 0 if none.  Report what
 * was taken, 0 < N <= *LEN. */
const uint8_t *out_peek(const struct out *o, size_t *len);
void out_done(struct out *o, size_t n);

#endif
