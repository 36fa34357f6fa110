/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.h - what a check has found: how heavy, how sure, and one sentence.
 *
 * The sentences of a module stand in one list beside their codes.  A code is
 * for search and for tests, and stays the same for ever; a sentence stands alone:
 * what is wrong, with the reader's own value, and what to do.
 */
#ifndef TERN_BASE_FINDING_H
#define TERN_BASE_FINDING_H

#include "base/packed.h"

enum weight {
	WEIGHT_NOTE,      /* harmless: said once, so that nobody looks for it */
	WEIGHT_WARNING,   /* works now, or may work */
	WEIGHT_ERROR      /* cannot work */
};

enum grade { GRADE_IS, GRADE_LIKELY, GRADE_ONE_OF };

struct finding_info {
	const char *code;           /* "PEM-CRLF"; may be packed */
	const char *say;            /* see finding_say(); may be packed */
	uint8_t     weight, grade;
};

/* A sentence of such a list; an image that says codes and values only
 * (TERN_DIAGNOSIS_CODES_ONLY) has none. */
#define FINDING_SENTENCE(say)            FINDING_SENTENCE_IF(TERN_CODES_ONLY)(say)
#define FINDING_SENTENCE_IF(codes_only)  FINDING_SENTENCE_IF_(codes_only)
#define FINDING_SENTENCE_IF_(codes_only) FINDING_SENTENCE_##codes_only
#define FINDING_SENTENCE_0(say)          say
#define FINDING_SENTENCE_1(say)          ""

/* A list of X(name, code, weight, grade, sentence) without a pointer for each:
 *   static const struct words { LIST(FINDING_MEMBERS) } words = { LIST(FINDING_WORDS) };
 *   static const uint8_t weights[] = { LIST(FINDING_WEIGHTS) }; */
#define FINDING_MEMBERS(name, code, weight, grade, say) \
	char name##_code[sizeof T(code)], name##_say[sizeof FINDING_SENTENCE(say)];
#define FINDING_WORDS(name, code, weight, grade, say) T(code), FINDING_SENTENCE(say),
#define FINDING_WEIGHTS(name, code, weight, grade, say) WEIGHT_##weight << 4 | GRADE_##grade,

/* Row INDEX of such a list. */
struct finding_info finding_info_of(const void *words, const uint8_t *weights, unsigned index);

enum { FINDING_VALUE_MAX = 64 };   /* bytes of a value that are shown */

/* What a sentence shows. */
struct finding_values {
	const char  *what;          /* "key" */
	struct bytes value, other;  /* borrowed, of any bytes */
	uint32_t     number[3];
};

/* Append SAY, in which stand for values:
 *   %w what   %v value   %o other   %1 %2 %3 the numbers
 *   %c number[0] as a character: '"', U+2014, byte 0x9c (from 0x110000 on)
 *   %% a per cent sign
 * Of a value, what is not printable ASCII becomes \xNN, and what is long is cut
 * and ends with "...". */
void finding_say(struct text *t, const char *say, const struct finding_values *v);

/* The sentence of INFO; where the image has none "[CODE 'value' 'other' 1 2 3]", without
 * what is empty or 0. */
void finding_tell(struct text *t, struct finding_info info, const struct finding_values *v);

/* "note", "warning", "error"; "is", "most likely", "one of". */
const char *finding_weight_name(enum weight w);
const char *finding_grade_name(enum grade g);

#endif
