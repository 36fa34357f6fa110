/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guide.h - "setup": what a device needs is asked for, one question after the
 * other, in the order of X-CUBE-GCP, and each answer is checked at once.
 *
 * An empty line leaves a thing as it is.  Ctrl-C ends the questions; what was
 * accepted is stored by then, and stays.
 */
#ifndef TERN_CONSOLE_GUIDE_H
#define TERN_CONSOLE_GUIDE_H

#include "base/bytes.h"

#include <stdbool.h>

struct console;

/* True when nothing was ever set: "setup" is worth a hint. */
bool guide_is_new(struct console *c);

void guide_begin(struct console *c);

/* The prompt would come now: go on with the question that is open, or the next. */
void guide_next(struct console *c);

/* Of the question that is open. */
const char *guide_prompt(const struct console *c);
bool guide_hides(const struct console *c);    /* its answer is not echoed */

/* LINE has come while a question is open.  False: it is for somebody else. */
bool guide_line(struct console *c, struct bytes line);

/* Given up. */
void guide_leave(struct console *c);

#endif
