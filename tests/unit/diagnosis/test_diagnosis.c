/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cases.h"
#include "cli/explain_facts.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/rules.h"
#include "diagnosis/sentences.h"
#include "support/sentence_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
	const char *name, *facts, *code, *words, *miss;
} rows[] = {
#define ROW(name, facts, code, words, miss) { name, facts, code, words, miss },
	CASES(ROW)
#undef ROW
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct diagnosis_next in_32_s = { DIAGNOSIS_NEXT_TRY, 32 };

/* What a row's evidence is; its texts live until the next call. */
static const struct evidence *evidence_of(const char *facts)
{
	static struct explain_facts x;
	static char text[1024];
	char why[EXPLAIN_WHY];

	snprintf(text, sizeof text, "NONE %s", facts);
	if (!explain_facts_read(&x, text, why))
		fail_msg("%s: %s", facts, why);
	return &x.evidence;
}

static const char *code_of(enum verdict v)
{
	static char buf[32];
	struct text t;

	text_init(&t, buf, sizeof buf);
	diagnosis_code(&t, v);
	return buf;
}

static const char *line_of(enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	static char buf[DIAGNOSIS_LINE_SIZE];
	struct text t;

	text_init(&t, buf, sizeof buf);
	diagnosis_line(&t, v, e, next);
	assert_false(t.overflow);
	return buf;
}

static const char *sentence_text(enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	static char buf[DIAGNOSIS_SENTENCE_MAX + 1];
	struct text t;

	text_init(&t, buf, sizeof buf);
	diagnosis_sentence(&t, v, e, next);
	if (t.overflow)
		fail_msg("%s: longer than %d characters: %s", code_of(v), DIAGNOSIS_SENTENCE_MAX, buf);
	return buf;
}

static void has_words(const struct row *row, const char *sentence)
{
	char words[256], *save = NULL;

	snprintf(words, sizeof words, "%s", row->words);
	for (char *w = strtok_r(words, "|", &save); w != NULL; w = strtok_r(NULL, "|", &save))
		if (strstr(sentence, w) == NULL)
			fail_msg("%s: '%s' is not in: %s", row->name, w, sentence);
}

static void each_case_gets_its_verdict_and_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct evidence *e = evidence_of(rows[i].facts);
		enum verdict v = rules_decide(e, NULL);

		if (strcmp(code_of(v), rows[i].code) != 0)
			fail_msg("%s: %s instead of %s", rows[i].name, code_of(v), rows[i].code);
		has_words(&rows[i], sentence_text(v, e, in_32_s));
	}
}

static void each_near_miss_gets_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(code_of(rules_decide(evidence_of(rows[i].miss), NULL)), rows[i].code) == 0)
			fail_msg("%s: the near miss is %s, too", rows[i].name, rows[i].code);
}

static void each_verdict_has_a_case(void **state)
{
	(void)state;
	for (unsigned v = VERDICT_NONE + 1; v < VERDICTS; v++) {
		bool found = false;

		for (size_t i = 0; i < ROWS; i++)
			found = found || strcmp(code_of((enum verdict)v), rows[i].code) == 0;
		if (!found)
			fail_msg("%s has no case", code_of((enum verdict)v));
	}
}

static void what_works_stays_silent(void **state)
{
	static const struct { const char *name, *facts; } healthy[] = {
#define ROW(name, facts) { name, facts },
		HEALTHY(ROW)
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof healthy / sizeof healthy[0]; i++) {
		enum verdict v = rules_decide(evidence_of(healthy[i].facts), NULL);

		if (v != VERDICT_NONE)
			fail_msg("%s: %s", healthy[i].name, code_of(v));
	}
}

/* ---- the rules of a sentence ------------------------------------------------- */

static bool has_one(const char *text, const char *words)
{
	char list[64], *save = NULL;
	bool found = false;

	snprintf(list, sizeof list, "%s", words);
	for (char *w = strtok_r(list, "|", &save); w != NULL; w = strtok_r(NULL, "|", &save))
		found = found || strstr(text, w) != NULL;
	return found;
}

static void grades_are_in_the_words(void **state)
{
	(void)state;
	for (unsigned v = 1; v < VERDICTS; v++) {
		struct sentence s = sentence_of((enum verdict)v);
		bool likely = has_one(s.cause, "most likely|probably");
		bool one_of = has_one(s.cause, " either| one of|more than one|many causes|fits no");

		if (s.grade == VERDICT_LIKELY ? !likely : s.grade == VERDICT_ONE_OF ? !one_of : one_of)
			fail_msg("%s: grade %u, but: %s", code_of((enum verdict)v), s.grade, s.cause);
	}
}

static void each_sentence_tells_somebody_what_to_do(void **state)
{
	static const char *const whos[] = { "", "technician: ", "developer: ", "cloud administrator: ", "SIM's owner: ",
					    "server's operator: " };

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct evidence *e = evidence_of(rows[i].facts);
		enum verdict v = rules_decide(e, NULL);
		const char *said = sentence_text(v, e, in_32_s), *act = strstr(said, " - ");
		const char *who = whos[sentence_of(v).who];

		if (act == NULL || strncmp(act + 3, who, strlen(who)) != 0 || strlen(act) < 15)
			fail_msg("%s: no action for '%s': %s", rows[i].name, who, said);
		if (sentence_flaw(said) != NULL)
			fail_msg("%s: %s: %s", rows[i].name, sentence_flaw(said), said);
		if (strcmp(said + strlen(said) - strlen("; next try in 32 s."), "; next try in 32 s.") != 0)
			fail_msg("%s: what is next is not said: %s", rows[i].name, said);
		if (strpbrk(said, "{}<>[]") != NULL || strstr(said, "  ") != NULL || strstr(said, "''") != NULL)
			fail_msg("%s: a place is not filled: %s", rows[i].name, said);
	}
}

static void the_facts_make_the_same_sentence_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct evidence *e = evidence_of(rows[i].facts);
		enum verdict v = rules_decide(e, NULL);
		char line[DIAGNOSIS_LINE_SIZE], said[DIAGNOSIS_SENTENCE_MAX + 1], why[EXPLAIN_WHY];
		struct explain_facts x;

		snprintf(said, sizeof said, "%s", sentence_text(v, e, in_32_s));
		snprintf(line, sizeof line, "%s", line_of(v, e, in_32_s));
		if (!explain_facts_read(&x, line, why))
			fail_msg("%s: %s", rows[i].name, why);
		assert_int_equal(x.verdict, v);
		assert_string_equal(sentence_text(x.verdict, &x.evidence, x.next), said);
	}
}

/* All that can be known is known, and as long as can be. */
static void fill(struct evidence *e, const char *text)
{
	evidence_init(e);
	for (unsigned i = 0; i < EVIDENCE_FIELDS; i++) {
		enum evidence_kind kind = evidence_kind((enum evidence_id)i);

		evidence_set_text(e, (enum evidence_id)i, text);
		evidence_set_number(e, (enum evidence_id)i, kind == EVIDENCE_TIME ? 253402300799 :
				    kind == EVIDENCE_LEVEL ? -32767 : kind == EVIDENCE_SPAN ? -2147483647 :
				    kind == EVIDENCE_LIBRARY ? -2147483647 : kind == EVIDENCE_OPTION ? 254 :
				    kind >= EVIDENCE_WORDS ? 2 : kind == EVIDENCE_ERR ? ERR_IOTCORE_CONNSTR :
				    (int64_t)UINT32_MAX);
	}
}

static void the_longest_values_fit_every_sentence(void **state)
{
	static char name[300];
	struct evidence e;
	size_t longest = 0;

	(void)state;
	memset(name, 'W', sizeof name - 1);
	name[5] = ' ';
	fill(&e, name);
	e.clock = EVIDENCE_CLOCK_NETWORK;
	e.reg = EVIDENCE_REG_ROAMING;
	e.modem_lost = 0;
	for (unsigned v = 0; v < VERDICTS; v++) {
		char facts[DIAGNOSIS_FACTS_MAX + 1];
		struct text t;

		assert_true(strlen(sentence_text((enum verdict)v, &e,
						 (struct diagnosis_next){ DIAGNOSIS_NEXT_SETTING, 0 })) > 20);
		text_init(&t, facts, sizeof facts);
		diagnosis_facts(&t, (enum verdict)v, &e, in_32_s);
		if (t.overflow)
			fail_msg("%s: facts are too long: %s", code_of((enum verdict)v), facts);
		longest = t.len > longest ? t.len : longest;
	}
	print_message("longest facts: %zu characters; struct evidence: %zu bytes here\n", longest, sizeof e);
}

/* Whatever a sentence says must be in the brackets. */
static void no_sentence_says_more_than_its_facts(void **state)
{
	struct evidence e;

	(void)state;
	fill(&e, "value");
	e.clock = EVIDENCE_CLOCK_NETWORK;
	e.reg = EVIDENCE_REG_ROAMING;
	e.modem_lost = 0;
	e.step = EVIDENCE_AT_LOGIN;
	for (unsigned v = 0; v < VERDICTS; v++) {
		char line[DIAGNOSIS_LINE_SIZE], said[DIAGNOSIS_SENTENCE_MAX + 1], why[EXPLAIN_WHY];
		struct explain_facts x;

		snprintf(said, sizeof said, "%s", sentence_text((enum verdict)v, &e, in_32_s));
		snprintf(line, sizeof line, "%s", line_of((enum verdict)v, &e, in_32_s));
		if (!explain_facts_read(&x, line, why))
			fail_msg("%s: %s", code_of((enum verdict)v), why);
		if (strcmp(sentence_text(x.verdict, &x.evidence, x.next), said) != 0)
			fail_msg("%s: a fact is missing: %s", line, said);
	}
}

static void no_secret_is_printed(void **state)
{
	static const char *const secrets[] = {
		"AT+CPIN=\"8642\"", "-----BEGIN EC PRIVATE KEY-----MHcCAQ", "eyJhbGciOiJFUzI1NiJ9.eyJhdWQi.c2ln",
		"password eyJhbGciOiJFUzI1NiJ9",
	};
	struct evidence e;

	(void)state;
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
		fill(&e, secrets[i]);
		for (unsigned v = 0; v < VERDICTS; v++) {
			const char *line = line_of((enum verdict)v, &e, in_32_s);

			assert_null(strstr(line, "8642"));
			assert_null(strstr(line, "MHcC"));
			assert_null(strstr(line, "eyJ"));
		}
	}
}

static void what_comes_from_outside_is_printable(void **state)
{
	struct evidence e;

	(void)state;
	fill(&e, "a\x1b[2J\"b]\r\n\xc3\xa4 <script> {host}");
	for (unsigned v = 0; v < VERDICTS; v++) {
		const char *line = line_of((enum verdict)v, &e, in_32_s);

		for (const char *c = line; *c != '\0'; c++)
			assert_true(*c >= ' ' && *c <= '~');
		assert_ptr_equal(strchr(line, '['), strrchr(line, '['));
	}
}

/* ---- codes ------------------------------------------------------------------------ */

static void codes_are_told_apart_and_found_again(void **state)
{
	enum verdict found;

	(void)state;
	for (unsigned v = 0; v < VERDICTS; v++) {
		assert_true(diagnosis_find(bytes_of(code_of((enum verdict)v)), &found));
		assert_int_equal(found, v);
		assert_true(v == 0 || strlen(code_of((enum verdict)v)) >= 4);
	}
	assert_false(diagnosis_find(bytes_of("TLS-ROOT"), &found));
	assert_false(diagnosis_find(bytes_of(""), &found));
	assert_string_equal(code_of(VERDICT_TLS_ROOT_2), "TLS-ROOT-2");
}

/* ---- once a cause ------------------------------------------------------------------- */

static void a_cause_is_said_once_and_counted(void **state)
{
	struct diagnosis d = { VERDICT_NONE, 0 };
	struct evidence e = *evidence_of("err=MQTT_CONNACK_3 step=login");
	char buf[128];
	struct text t;
	enum verdict v;
	uint16_t times;

	(void)state;
	assert_true(diagnosis_failed(&d, &e, &v));
	assert_int_equal(v, VERDICT_LOGIN_BUSY_1);
	for (int i = 0; i < 11; i++)
		assert_false(diagnosis_failed(&d, &e, &v));
	assert_non_null(strstr(sentence_text(v, &e, in_32_s), "next try in 32 s; failed alike: 12."));
	e.err = ERR_MODEM_SIM_MISSING;
	assert_true(diagnosis_failed(&d, &e, &v));
	assert_int_equal(e.tries, 1);
	e.err = ERR_OK;
	assert_false(diagnosis_failed(&d, &e, &v));
	assert_true(diagnosis_succeeded(&d, &v, &times));
	assert_int_equal(v, VERDICT_SIM_1);
	assert_false(diagnosis_succeeded(&d, &v, &times));
	text_init(&t, buf, sizeof buf);
	diagnosis_recovered(&t, VERDICT_SIM_1, 3, 250);
	assert_string_equal(buf, "diagnosis: connected again, failed tries before: 3 [OK after=SIM-1 offline_s=250]");
}

static void the_first_error_stays_and_a_new_try_forgets(void **state)
{
	struct evidence e;

	(void)state;
	evidence_init(&e);
	e.host = "a";
	e.rssi_dbm = -80;
	evidence_reach(&e, EVIDENCE_AT_LOGIN);
	evidence_reach(&e, EVIDENCE_AT_TLS);
	evidence_fail(&e, ERR_OK);
	evidence_fail(&e, ERR_MQTT_CONNACK_5);
	evidence_fail(&e, ERR_MODEM_SOCKET_DEAD);
	evidence_fail(&e, ERR_MODEM_SOCKET_DEAD);
	assert_int_equal(e.err, ERR_MQTT_CONNACK_5);
	assert_int_equal(e.echoes, 2);
	assert_int_equal(e.step, EVIDENCE_AT_LOGIN);
	evidence_begin(&e);
	assert_int_equal(e.err, ERR_OK);
	assert_int_equal(e.step, EVIDENCE_AT_NONE);
	assert_int_equal(e.alert_in, EVIDENCE_NO_OPTION);
	assert_int_equal(e.rssi_dbm, -80);
	assert_string_equal(e.host, "a");
}

static void a_refused_value_shows_its_shape(void **state)
{
	static const struct { const char *value; unsigned shape; } values[] = {
		{ "My First Project", EVIDENCE_CAPITALS }, { "123456", EVIDENCE_DIGITS }, { "a/b", EVIDENCE_SLASHES },
		{ "", 0 }, { "my-project-1", 0 }, { "A/b", EVIDENCE_CAPITALS | EVIDENCE_SLASHES },
	};
	struct evidence e;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		evidence_init(&e);
		evidence_value(&e, "project", values[i].value);
		assert_int_equal(e.shape, values[i].shape);
	}
}

static void first_bytes_have_a_voice(void **state)
{
	static const struct { const char *bytes; size_t len; enum evidence_voice voice; } voices[] = {
		{ "HTTP/1.1", 8, EVIDENCE_VOICE_HTTP }, { "\x16\x03\x03\0\x51", 5, EVIDENCE_VOICE_TLS },
		{ "SSH-2.0-", 8, EVIDENCE_VOICE_TEXT }, { "\x20\x02\0\5", 4, EVIDENCE_VOICE_MQTT },
		{ "\0\1\2\3", 4, EVIDENCE_VOICE_BINARY }, { "", 0, EVIDENCE_VOICE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof voices / sizeof voices[0]; i++)
		assert_int_equal(evidence_voice((const uint8_t *)voices[i].bytes, voices[i].len), voices[i].voice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_gets_its_verdict_and_words),
		cmocka_unit_test(each_near_miss_gets_another),
		cmocka_unit_test(each_verdict_has_a_case),
		cmocka_unit_test(what_works_stays_silent),
		cmocka_unit_test(grades_are_in_the_words),
		cmocka_unit_test(each_sentence_tells_somebody_what_to_do),
		cmocka_unit_test(the_facts_make_the_same_sentence_again),
		cmocka_unit_test(the_longest_values_fit_every_sentence),
		cmocka_unit_test(no_sentence_says_more_than_its_facts),
		cmocka_unit_test(no_secret_is_printed),
		cmocka_unit_test(what_comes_from_outside_is_printable),
		cmocka_unit_test(codes_are_told_apart_and_found_again),
		cmocka_unit_test(a_cause_is_said_once_and_counted),
		cmocka_unit_test(the_first_error_stays_and_a_new_try_forgets),
		cmocka_unit_test(a_refused_value_shows_its_shape),
		cmocka_unit_test(first_bytes_have_a_voice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
