/* SPDX-License-Identifier: Apache-2.0 */
/* findings.h - what a check has found, as lines for people or an array for scripts. */
#ifndef TERN_CLI_FINDINGS_H
#define TERN_CLI_FINDINGS_H

#include "base/finding.h"

#include <cjson/cJSON.h>

struct findings {
	cJSON   *list;       /* owned */
	unsigned errors, warnings;
};

enum { FINDINGS_SENTENCE = 800 };

void findings_init(struct findings *f);
void findings_free(struct findings *f);

/* A finding more.  LINE 0: of no line. */
void findings_add(struct findings *f, struct finding_info info, uint32_t line, uint32_t column,
		  const char *sentence);

/* The same where no module has a list of them: what IS so. */
void findings_say(struct findings *f, enum weight weight, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* "error   The key ... [PEM-TWICE line=4]" each, on standard output. */
void findings_print(const struct findings *f);

/* OBJECT, with the findings in it, as one line on standard output; both are freed. */
void findings_print_json(struct findings *f, cJSON *object);

#endif
