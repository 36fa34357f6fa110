/* SPDX-License-Identifier: Apache-2.0 */
/*
 * editor.h - one line from keystrokes, with echo.
 *
 * CR, LF and CR LF end a line; backspace and delete take the last character
 * back, Ctrl-U the line, Ctrl-C gives it up.  Up, down and Tab are the caller's
 * to act on; where nothing is echoed a tab counts as a blank.  Other escape
 * sequences, NUL and other control characters are dropped.  Bytes from 0x80 up
 * are kept as they are.
 *
 * A terminal has 80 columns or more, and cannot step back over the edge of a row:
 * there the end of the line is drawn again, in a row of its own.
 */
#ifndef TERN_CONSOLE_EDITOR_H
#define TERN_CONSOLE_EDITOR_H

#include "base/bytes.h"
#include "console/out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum editor_event {
	EDITOR_NONE,
	EDITOR_LINE,      /* editor_line() is complete */
	EDITOR_CANCEL,    /* Ctrl-C */
	EDITOR_CLEAR,     /* Ctrl-U */
	EDITOR_OLDER,     /* arrow up */
	EDITOR_NEWER,     /* arrow down */
	EDITOR_TAB,
	EDITOR_REDRAW,    /* draw the line again: what was taken back is still to be seen */
	EDITOR_FULL       /* the byte was not taken: the line fills its buffer */
};

enum editor_escape { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_SEQUENCE };

struct editor {
	uint8_t *buf;
	size_t   size;
	size_t   len;           /* of the line */
	size_t   echoed;        /* bytes of it that the terminal shows; the rest is hidden */
	size_t   row;           /* those before the row in which the cursor is */
	bool     after_cr;      /* an LF that comes now belongs to it */
	enum editor_escape escape;
};

/* SIZE bytes at BUF stay borrowed. */
void editor_init(struct editor *e, uint8_t *buf, size_t size);

/* Take one byte.  HIDDEN: do not echo it; once hidden, the rest of the line
 * must be.  Writes at most EDITOR_ECHO_MAX bytes to O.  After LINE, CANCEL and
 * CLEAR the caller acts, then calls editor_next(). */
enum { EDITOR_ECHO_MAX = 3, EDITOR_ROW = 64 /* bytes of a line that fit a row, behind any prompt */ };
enum editor_event editor_feed(struct editor *e, uint8_t byte, bool hidden, struct out *o);

/* The line so far, without its end. */
struct bytes editor_line(const struct editor *e);

/* Wipe the line and begin the next, or go on with its last KEEP bytes. */
void editor_next(struct editor *e);
void editor_keep(struct editor *e, size_t keep);

/* Draw what is shown of the line again, or its last EDITOR_ROW bytes, behind a
 * prompt that was just printed. */
void editor_draw(struct editor *e, struct out *o);

/* TEXT takes the place of the line.  It is not drawn. */
void editor_put(struct editor *e, struct bytes text);

#endif
