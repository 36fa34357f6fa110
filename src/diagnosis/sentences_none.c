/* SPDX-License-Identifier: Apache-2.0 */
/* sentences_none.c - in place of sentences.c: the words are on the PC. */
#include "base/packed.h"
#include "diagnosis/sentences.h"

#define ELSEWHERE "'tern explain' says this in words"

struct sentence sentence_of(enum verdict v)
{
	(void)v;
	return (struct sentence){ .cause = NULL };
}

void sentence_say(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	(void)v;
	(void)e;
	(void)next;
	text_say(t, T(ELSEWHERE));
}
