/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_steps.h - what `tern doctor` shows: a row a step while it goes, with its
 * result, its time and what was learnt; or all of it as one object for scripts.
 *
 *   dns         ok          3 ms  mqtt.example.com is 192.0.2.1
 */
#ifndef TERN_CLI_DOCTOR_STEPS_H
#define TERN_CLI_DOCTOR_STEPS_H

#include "cli/buffer.h"
#include "cli/findings.h"
#include "diagnosis/diagnosis.h"

enum doctor_result {
	DOCTOR_OK, DOCTOR_FAILED, DOCTOR_SKIPPED,
	DOCTOR_NOTED,            /* beside the way: its failure is none of the walk's */
	DOCTOR_RESULTS
};

struct doctor_steps {
	bool     json;
	cJSON   *list;           /* of the steps */
	cJSON   *row;            /* the one that is going on; NULL: none */
	cJSON   *diagnosis;      /* NULL: nothing failed */
	cJSON   *notes;
	struct buffer learnt;    /* lines of ROW */
	uint32_t began_ms;
	unsigned failed;
};

void doctor_steps_init(struct doctor_steps *s, bool json);

/* A step begins; what is learnt in it, a line each. */
void doctor_steps_begin(struct doctor_steps *s, const char *name, uint32_t now_ms);
void doctor_steps_learn(struct doctor_steps *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A fact for scripts, beside the lines. */
void doctor_steps_fact(struct doctor_steps *s, const char *name, const char *value);

void doctor_steps_end(struct doctor_steps *s, enum doctor_result result, uint32_t now_ms);

/* Steps that were not reached. */
void doctor_steps_skip(struct doctor_steps *s, const char *name, const char *why);

/* The verdict on the failure, from the same rules and sentences as a device's. */
void doctor_steps_verdict(struct doctor_steps *s, enum verdict v, const struct evidence *e);

/* One more sentence, at the end. */
void doctor_steps_note(struct doctor_steps *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All that is left to be shown.  F's findings are shown with it, and freed. */
void doctor_steps_finish(struct doctor_steps *s, struct findings *f);

#endif
