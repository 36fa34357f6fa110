/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_diagnosis.c - evidence of any kind gives one bounded, printable line, and its
 * facts give the same sentence again.  Input: the fields one after the other, each
 * behind a byte that says whether it is known; texts end with a zero.
 */
#include "cli/explain_facts.h"
#include "diagnosis/rules.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *take_text(struct bytes *in)
{
	const uint8_t *end = memchr(in->data, 0, in->len);
	const char *text = (const char *)in->data;
	size_t len = end != NULL ? (size_t)(end - in->data) + 1 : 0;

	in->data += len;
	in->len -= len;
	return len > 0 ? text : "";
}

static int64_t take_number(struct bytes *in)
{
	size_t n = in->len < sizeof(int64_t) ? in->len : sizeof(int64_t);
	int64_t value = 0;

	memcpy(&value, in->data, n);
	in->data += n;
	in->len -= n;
	return value;
}

static void take_evidence(struct evidence *e, struct bytes in)
{
	evidence_init(e);
	for (unsigned i = 0; i < EVIDENCE_FIELDS && in.len > 1; i++) {
		enum evidence_id id = (enum evidence_id)i;
		bool known = (*in.data & 1) != 0;

		in.data++;
		in.len--;
		if (known && evidence_kind(id) == EVIDENCE_TEXT)
			evidence_set_text(e, id, take_text(&in));
		else if (known)
			evidence_set_number(e, id, take_number(&in));
	}
}

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void same_again(const struct evidence *e, enum verdict v, struct diagnosis_next next)
{
	static char line[DIAGNOSIS_LINE_SIZE], said[DIAGNOSIS_SENTENCE_MAX + 1], again[DIAGNOSIS_SENTENCE_MAX + 1];
	char why[EXPLAIN_WHY];
	struct explain_facts x;
	struct text t;

	text_init(&t, said, sizeof said);
	diagnosis_sentence(&t, v, e, next);
	must(!t.overflow && t.len > 10);
	text_init(&t, line, sizeof line);
	diagnosis_line(&t, v, e, next);
	must(!t.overflow);
	for (const char *c = line; *c != '\0'; c++)
		must(*c >= ' ' && *c <= '~');
	must(explain_facts_read(&x, line, why) && x.verdict == v);
	text_init(&t, again, sizeof again);
	diagnosis_sentence(&t, v, &x.evidence, x.next);
	must(!t.overflow && strcmp(said, again) == 0);
}

/* Words and errors beyond their lists, and times of other ages, cannot be read again. */
static void within_lists(struct evidence *e)
{
	char buf[32];
	struct text t;

	for (unsigned i = 0; i < EVIDENCE_FIELDS; i++) {
		enum evidence_id id = (enum evidence_id)i;
		enum evidence_kind kind = evidence_kind(id);
		int64_t value = evidence_number(e, id);

		text_init(&t, buf, sizeof buf);
		if (kind >= EVIDENCE_WORDS)
			evidence_add_word(&t, kind, (unsigned)value);
		if ((kind >= EVIDENCE_WORDS && t.len == 0) ||
		    (kind == EVIDENCE_ERR && strcmp(err_name((enum err)value), "UNLISTED") == 0) ||
		    (kind == EVIDENCE_TIME && (value < 0 || value > 253402300799)))
			evidence_set_number(e, id, 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diagnosis_next next = { DIAGNOSIS_NEXT_UNSAID, 0 };
	char line[DIAGNOSIS_LINE_SIZE];
	struct evidence e;
	struct text t;

	if (size < 2)
		return 0;
	next.kind = (enum diagnosis_next_kind)(data[0] % DIAGNOSIS_NEXT_KINDS);
	next.s = data[1] * 977u;
	take_evidence(&e, (struct bytes){ data + 2, size - 2 });
	text_init(&t, line, sizeof line);
	diagnosis_line(&t, rules_decide(&e, NULL), &e, next);
	must(!t.overflow);
	if (next.kind != DIAGNOSIS_NEXT_TRY)
		next.s = 0;
	within_lists(&e);
	same_again(&e, rules_decide(&e, NULL), next);
	same_again(&e, (enum verdict)(data[1] % VERDICTS), next);
	return 0;
}
