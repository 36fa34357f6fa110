/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentence_rules.h - what every sentence about a failure must keep, be it a
 * device's diagnosis or a refusal of the bridge: one line of at most 400
 * characters in print, cause and action apart (" - "), an instruction and no
 * question, nothing left unfilled, no secret.
 */
#ifndef TERN_TESTS_SENTENCE_RULES_H
#define TERN_TESTS_SENTENCE_RULES_H

/* SENTENCE, perhaps with its brackets " [CODE ...]" behind it: NULL, or the rule that it breaks. */
const char *sentence_flaw(const char *sentence);

/* What it says is to be done, behind " - "; NULL: nothing. */
const char *sentence_act(const char *sentence);

#endif
