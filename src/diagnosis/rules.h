/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h - which verdict the evidence leads to: a table, first match wins. */
#ifndef TERN_DIAGNOSIS_RULES_H
#define TERN_DIAGNOSIS_RULES_H

#include "base/evidence.h"
#include "diagnosis/verdict.h"

/* The verdict of the first rule of which all conditions hold; VERDICT_NONE when
 * nothing is wrong, VERDICT_UNKNOWN_1 when no rule fits.  MATCHED, which may be
 * NULL: the rule's place in the table, from 0. */
enum verdict rules_decide(const struct evidence *e, unsigned *matched);

/* The verdict of rule INDEX; false after the last. */
bool rules_at(unsigned index, enum verdict *v);

/* Do all conditions of rule INDEX hold?  False after the last, too. */
bool rules_hold(const struct evidence *e, unsigned index);

#endif
