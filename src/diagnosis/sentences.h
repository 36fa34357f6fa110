/* SPDX-License-Identifier: Apache-2.0 */
/* sentences.h - the part of the diagnosis that costs flash: texts. */
#ifndef TERN_DIAGNOSIS_SENTENCES_H
#define TERN_DIAGNOSIS_SENTENCES_H

#include "diagnosis/diagnosis.h"

/* A verdict's row.  Texts may be packed. */
struct sentence {
	const char *cause, *act;
	uint8_t     grade, who, ruled;
};

/* Its texts are NULL where there are no sentences. */
struct sentence sentence_of(enum verdict v);

/* Append the whole sentence of V, at most DIAGNOSIS_SENTENCE_MAX characters. */
void sentence_say(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next);

/* Append TEXT in which {name} is a field of E; fields that are texts are cut to CUT. */
void sentence_fill(struct text *t, const char *text, const struct evidence *e, size_t cut);

#endif
