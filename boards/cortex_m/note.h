/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - what stays in RAM that a reset leaves alone: a note how the run ended,
 * for what the part's reset flags cannot tell (and for QEMU, which has none), and
 * a few bytes for the program.
 */
#ifndef TERN_CORTEX_M_NOTE_H
#define TERN_CORTEX_M_NOTE_H

#include <stddef.h>

enum note {
	NOTE_NONE,         /* RAM was without power, or this is the first run */
	NOTE_RUNNING,      /* it ran, and did not end by itself */
	NOTE_RESTART,      /* port_reset() */
	NOTE_FAULT,
	NOTE_STACK,        /* a fault: no room left on the stack */
	NOTE_STUCK         /* the main loop did not come back */
};

enum { NOTE_BYTES = 64 };

void note_write(enum note note);

/* What the run before this one left; the note is NOTE_RUNNING from now on. */
enum note note_take(void);

/* The bytes for the program; NULL if it wants more than NOTE_BYTES. */
void *note_bytes(size_t size);

#endif
