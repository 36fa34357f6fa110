/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of rules itself: for each rule the least evidence that it asks for is
 * made from its own conditions.  No rule before it may take that evidence, or the
 * rule could never match: so the order of every pair of rules is tested.
 */
#include "unit/cmocka_all.h"

#include "diagnosis/rules.c"

#include <stdio.h>
#include <string.h>

static unsigned rule_count(void)
{
	enum verdict v;
	unsigned n = 0;

	while (rules_at(n, &v))
		n++;
	return n;
}

/* A value other than "not known", with which earlier conditions on the same field still hold. */
static void satisfy(struct evidence *e, const uint8_t *p)
{
	enum evidence_id id = (enum evidence_id)p[1];
	int64_t at = p[0] != OP_ERR ? evidence_number(e, id) : 0;
	const uint16_t *g = groups;

	switch (p[0]) {
	case OP_ERR:
		e->err = (uint16_t)operand(p + 1);
		break;
	case OP_YES:
	case OP_NO:
		evidence_set_number(e, id, p[0] == OP_YES ? EVIDENCE_YES : EVIDENCE_NO);
		break;
	case OP_KNOWN:
		evidence_set_text(e, id, "text");
		if (!evidence_known(e, id))
			evidence_set_number(e, id, 1);
		break;
	case OP_IS:
	case OP_LEAST:
	case OP_BITS:
		evidence_set_number(e, id, operand(p + 2));
		break;
	case OP_MOST:
		if (!evidence_known(e, id) || at > operand(p + 2))
			evidence_set_number(e, id, operand(p + 2));
		break;
	case OP_BEFORE:
		if (!evidence_known(e, id))
			evidence_set_number(e, id, 1000);
		evidence_set_number(e, (enum evidence_id)p[2], evidence_number(e, id) + 1000);
		break;
	case OP_SAME:
		evidence_set_text(e, id, "same");
		evidence_set_text(e, (enum evidence_id)p[2], "same");
		evidence_set_number(e, id, 1);
		evidence_set_number(e, (enum evidence_id)p[2], 1);
		break;
	case OP_AMONG:
		for (unsigned n = p[2]; n > 0; g++)
			n -= *g == 0 ? 1 : 0;
		evidence_set_number(e, id, *g);
		break;
	default:
		break;
	}
}

static void example(struct evidence *e, unsigned index)
{
	evidence_init(e);
	for (const uint8_t *p = rule(index) + 2; is_condition(*p); p += size_of(*p))
		satisfy(e, p);
}

static void no_rule_is_hidden_by_an_earlier_one(void **state)
{
	unsigned n = rule_count(), matched;
	int hidden = 0;
	struct evidence e;
	enum verdict v;

	(void)state;
	assert_true(n > 150);
	for (unsigned i = 0; i < n; i++) {
		example(&e, i);
		if (!rules_hold(&e, i)) {
			print_error("rule %u contradicts itself\n", i);
			hidden++;
		}
		rules_decide(&e, &matched);
		rules_at(i, &v);
		if (matched != i) {
			print_error("rule %u (verdict %d) is hidden by rule %u\n", i, (int)v, matched);
			hidden++;
		}
	}
	assert_int_equal(hidden, 0);
}

static void every_verdict_has_a_rule(void **state)
{
	bool seen[VERDICTS] = { false };
	enum verdict v;

	(void)state;
	for (unsigned i = 0; rules_at(i, &v); i++)
		seen[v] = true;
	for (unsigned i = 0; i < VERDICTS; i++)
		if (!seen[i])
			fail_msg("verdict %u has no rule", i);
}

static void conditions_name_fields_of_their_kind(void **state)
{
	(void)state;
	for (unsigned i = 0; i < rule_count(); i++)
		for (const uint8_t *p = rule(i) + 2; is_condition(*p); p += size_of(*p)) {
			enum evidence_kind kind;

			assert_true(p[0] > OP_RULE && p[0] < OP_END);
			if (p[0] == OP_ERR)
				continue;
			kind = evidence_kind((enum evidence_id)p[1]);
			if (p[0] == OP_YES || p[0] == OP_NO)
				assert_int_equal(kind, EVIDENCE_ANSWERS);
			assert_true(p[1] < EVIDENCE_FIELDS);
			if (kind == EVIDENCE_TEXT)
				assert_true(p[0] == OP_KNOWN || p[0] == OP_UNKNOWN || p[0] == OP_SAME);
			if (p[0] == OP_BEFORE || p[0] == OP_SAME)
				assert_true(p[2] < EVIDENCE_FIELDS && (p[0] == OP_BEFORE ||
					    (evidence_kind((enum evidence_id)p[2]) == EVIDENCE_TEXT) ==
					    (kind == EVIDENCE_TEXT)));
			if (p[0] == OP_AMONG)
				assert_true(p[2] < GROUPS);
		}
}

static void the_groups_are_as_many_as_their_names(void **state)
{
	unsigned ends = 0;

	(void)state;
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		ends += groups[i] == 0;
	assert_int_equal(ends, GROUPS);
	assert_true(among(51, GROUP_ALERT_OWN));
	assert_true(among(133, GROUP_PLAN));
	assert_false(among(0, GROUP_PLAN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rule_is_hidden_by_an_earlier_one),
		cmocka_unit_test(every_verdict_has_a_rule),
		cmocka_unit_test(conditions_name_fields_of_their_kind),
		cmocka_unit_test(the_groups_are_as_many_as_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
