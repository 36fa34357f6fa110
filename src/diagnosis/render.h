/* SPDX-License-Identifier: Apache-2.0 */
/* render.h - values of the evidence as text. */
#ifndef TERN_DIAGNOSIS_RENDER_H
#define TERN_DIAGNOSIS_RENDER_H

#include "base/evidence.h"

/* Append TEXT as ASCII: at most CUT characters, the last two ".." if it is longer.
 * What is not printable becomes '?', brackets and quotes what cannot be mistaken
 * for ours.  Of what looks like a secret "(hidden)". */
void render_text(struct text *t, const char *text, size_t cut);

/* Append a number of this kind as a fact: exact, to be read again. */
void render_fact(struct text *t, enum evidence_kind kind, int64_t value);

/* Append "2026-11-22T18:30:05Z"; nothing outside the years 1970 to 9999. */
void render_time(struct text *t, int64_t unix_s);

#endif
