/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagnosis.h - from evidence to one line that says what failed, why, and what
 * to do:
 *
 *   diagnosis: <sentence> [CODE fact=value fact="value with blanks" ...]
 *
 * The sentence comes from the verdict's table, the facts from the evidence.  All
 * that the sentence says stands in the facts, too: `tern explain` makes the same
 * sentence of them.  So an image may be linked with sentences_none.c in place of
 * sentences.c (TERN_DIAGNOSIS_CODES_ONLY) and say code and facts only.
 *
 * Pure functions; a text that is too short for what is added overflows as any
 * struct text does.  What came from outside is printed as ASCII; nothing that
 * looks like a secret is printed.
 */
#ifndef TERN_DIAGNOSIS_DIAGNOSIS_H
#define TERN_DIAGNOSIS_DIAGNOSIS_H

#include "base/bytes.h"
#include "base/evidence.h"
#include "diagnosis/verdict.h"

enum {
	DIAGNOSIS_SENTENCE_MAX = 400,   /* characters */
	DIAGNOSIS_FACTS_MAX    = 900,   /* brackets included; usual are 150 */
	DIAGNOSIS_LINE_SIZE    = DIAGNOSIS_SENTENCE_MAX + DIAGNOSIS_FACTS_MAX + 16,
	DIAGNOSIS_TEXT_MAX     = 40     /* characters shown of one text; longer ones end in ".." */
};

/* What the device does next. */
enum diagnosis_next_kind {
	DIAGNOSIS_NEXT_UNSAID,
	DIAGNOSIS_NEXT_TRY,        /* again in S seconds */
	DIAGNOSIS_NEXT_SETTING,    /* nothing before a setting changes */
	DIAGNOSIS_NEXT_GO,         /* it goes on */
	DIAGNOSIS_NEXT_KINDS
};
struct diagnosis_next {
	enum diagnosis_next_kind kind;
	uint32_t s;
};

/* What was said last, so that a cause is said once.  All zero: nothing. */
struct diagnosis {
	enum verdict said;
	uint16_t     times;        /* that it was decided in a row */
};

/* A try failed, or something is to be noticed.  True: V is new and is to be said.
 * False: nothing is wrong, or V was said already and is only counted.  E->tries
 * becomes the count. */
bool diagnosis_failed(struct diagnosis *d, struct evidence *e, enum verdict *v);

/* All is well.  True: there was a failure before, V: say so, diagnosis_recovered(). */
bool diagnosis_succeeded(struct diagnosis *d, enum verdict *v, uint16_t *times);

/* Append the line, with neither line end nor more than DIAGNOSIS_LINE_SIZE - 1 characters. */
void diagnosis_line(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next);

/* Its parts: the sentence alone (nothing where there are no sentences), and "[CODE ...]". */
void diagnosis_sentence(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next);
void diagnosis_facts(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next);

/* Append "diagnosis: connected again after 12 failed tries ... [OK after=CODE ...]". */
void diagnosis_recovered(struct text *t, enum verdict v, uint16_t times, uint32_t offline_s);

/* Codes: "TLS-ROOT-2". */
void diagnosis_code(struct text *t, enum verdict v);
bool diagnosis_find(struct bytes code, enum verdict *v);

/* Words of diagnosis_next_kind, for `tern explain`: "", "try", "setting", "go". */
void diagnosis_add_next(struct text *t, enum diagnosis_next_kind kind);

#endif
