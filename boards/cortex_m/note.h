/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.h - a note in RAM that a reset leaves alone: how the run ended, for what
 * the part's reset flags cannot tell (and for QEMU, which has none).
 */
#ifndef TERN_CORTEX_M_NOTE_H
#define TERN_CORTEX_M_NOTE_H

enum note {
	NOTE_NONE,         /* RAM was without power, or this is the first run */
	NOTE_RUNNING,      /* it ran, and did not end by itself */
	NOTE_RESTART,      /* port_reset() */
	NOTE_FAULT
};

void note_write(enum note note);

/* What the run before this one left; the note is NOTE_RUNNING from now on. */
enum note note_take(void);

#endif
