/* SPDX-License-Identifier: Apache-2.0 */
/* The diagnosis without its sentences: code and facts, from which the PC makes them. */
#include "unit/cmocka_all.h"

#include "diagnosis/diagnosis.h"
#include "diagnosis/sentences.h"

static void code_and_facts_are_all_there(void **state)
{
	struct diagnosis d = { VERDICT_NONE, 0 };
	char line[DIAGNOSIS_LINE_SIZE];
	struct evidence e;
	enum verdict v;
	struct text t;

	(void)state;
	evidence_init(&e);
	e.err = ERR_TLS_ROOT;
	e.flags = 0x8;
	e.mbedtls = -0x2700;
	e.roots = 1;
	e.depth = 1;
	e.chain = 2;
	e.issuer = "GTS Root R1";
	assert_true(diagnosis_failed(&d, &e, &v));
	text_init(&t, line, sizeof line);
	diagnosis_line(&t, v, &e, (struct diagnosis_next){ DIAGNOSIS_NEXT_TRY, 900 });
	assert_string_equal(line, "diagnosis: 'tern explain' says this in words [TLS-ROOT-1 err=TLS_ROOT tries=1 mbedtls=-0x2700 "
			    "flags=0x8 depth=1 chain=2 issuer=\"GTS Root R1\" roots=1 next=try next_s=900]");
	assert_null(sentence_of(v).cause);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(code_and_facts_are_all_there) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
