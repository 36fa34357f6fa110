/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paste.h - PEM among the lines of the console, recognised by its markers.
 */
#ifndef TERN_CONSOLE_PASTE_H
#define TERN_CONSOLE_PASTE_H

#include "base/bytes.h"

#include <stdbool.h>

struct console;

/* True when a BEGIN marker is in LINE, also a damaged one ("–BEGIN "). */
bool paste_begins(struct bytes line);

/* True when an END marker is in LINE. */
bool paste_ends(struct bytes line);

/* The editor's line has a BEGIN marker: a PEM begins. */
void paste_begin(struct console *c);

/* Take the editor's line as part of a PEM.  Goes on through console_rows(). */
void paste_line(struct console *c);

/* True when LINE is a command or begins another PEM, while the END of this one is
 * still to come. */
bool paste_interrupts(struct bytes line);

/* Such a line has come, or nothing comes any more: what follows is handled in the
 * mode from before the PEM. */
void paste_interrupted(struct console *c);
void paste_stopped(struct console *c);

/* LINE is no part of a PEM, where one was asked for; and when nothing more comes:
 * say what that was. */
void paste_text(struct console *c, struct bytes line);
void paste_text_end(struct console *c);

/* Give up what was pasted so far, and its memory; nothing if there is none. */
void paste_close(struct console *c);

#endif
