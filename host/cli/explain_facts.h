/* SPDX-License-Identifier: Apache-2.0 */
/* explain_facts.h - what a device printed in brackets, read again:
 *   [TLS-ROOT-1 host=mqtt.example.com issuer="GTS Root R1" flags=0x8 next=try next_s=32] */
#ifndef TERN_CLI_EXPLAIN_FACTS_H
#define TERN_CLI_EXPLAIN_FACTS_H

#include "diagnosis/diagnosis.h"

enum { EXPLAIN_WHY = 160 };

struct explain_facts {
	enum verdict          verdict;
	struct evidence       evidence;     /* its texts are in the text that was read */
	struct diagnosis_next next;
};

/* Read TEXT, which is cut up: CODE and facts, brackets or not, and anything before a '['.  False: WHY. */
bool explain_facts_read(struct explain_facts *x, char *text, char why[EXPLAIN_WHY]);

/* One fact; false: no such name, or no value of its kind. */
bool explain_facts_set(struct evidence *e, const char *name, const char *value);

/* "2026-11-22T18:30:05Z", "2026-11-22 18:30" or "2026-11-22". */
bool explain_facts_time(const char *text, int64_t *unix_s);

#endif
