/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of `tern doctor`, out of what a device's export prints and of what people make of it. */
#include "cli/doctor_settings.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CERT "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n"

/* HOST, ROOTS: what is to be there; WHY: a part of what is said, NULL: it is taken. */
static const struct row {
	const char *name, *text, *host, *roots, *why;
} rows[] = {
	{ "an_empty_file", "", NULL, "", NULL },
	{ "values_and_comments", "# made by export\n\nset host a.example\nset port 8883\n", "a.example", "", NULL },
	{ "the_last_of_two_counts", "set host a\nset host b.example\n", "b.example", "", NULL },
	{ "no_line_end_at_the_end", "set host a.example", "a.example", "", NULL },
	{ "crlf", "set host a.example\r\n# x\r\n", "a.example", "", NULL },
	{ "a_byte_order_mark", "\xef\xbb\xbfset host a.example\n", "a.example", "", NULL },
	{ "blanks_around", "  set\thost   a.example  \n", "a.example", "", NULL },
	{ "a_terminal_s_prompts", "tern> set host a.example\ntern> ca\nca> " CERT "tern> \n", "a.example", CERT, NULL },
	{ "capitals", "SET Host a.example\n", "a.example", "", NULL },
	{ "blanks_within_a_value_stay", "set project My First Project\nset host a.example\n", "a.example", "", NULL },
	{ "a_certificate_without_ca", CERT "set host a.example\n", "a.example", CERT, NULL },
	{ "two_certificates", CERT "\n" CERT, NULL, CERT CERT, NULL },
	{ "a_certificate_with_crlf", "-----BEGIN CERTIFICATE-----\r\nMIIB\r\nAAAA\r\n-----END CERTIFICATE-----\r\n",
	  NULL, CERT, NULL },
	{ "a_value_in_quotation_marks", "set host \"a.example\"\nset project \"My First\"\n", "a.example", "", NULL },
	{ "one_quotation_mark_is_part_of_it", "set host \"\n", "\"", "", NULL },
	{ "nothing_in_quotation_marks", "set host \"\"\n", NULL, "", "line 1: host has no value" },
	{ "a_secret_is_passed_over", "set pin 1234\nset host a.example\n", "a.example", "", NULL },

	{ "a_word_that_is_none", "set host a\nhello world\n", "a", "", "line 2: 'hello' is neither" },
	{ "a_setting_that_there_is_not", "set hots a\n", NULL, "", "line 1: there is no setting 'hots'" },
	{ "no_value", "set host\n", NULL, "", "line 1: host has no value" },
	{ "a_private_key", "\n-----BEGIN PRIVATE KEY-----\nMIGH\n", NULL, "", "line 2: only certificates" },
	{ "an_ec_key", "-----BEGIN EC PRIVATE KEY-----\nMHc\n", NULL, "", "--key FILE" },
	{ "a_certificate_without_an_end", "set host a\n-----BEGIN CERTIFICATE-----\nMIIB\n", "a", "",
	  "begins in line 2 has no END" },
	{ "a_certificate_within_another", "-----BEGIN CERTIFICATE-----\nMIIB\n" CERT, NULL, "",
	  "line 3: the certificate" },
	{ "a_control_character", "set host a\x1b[31mb\n", NULL, "", "line 1: host has a control character" },
	{ "an_escape_in_a_word_is_not_printed", "\x1b[31mset\n", NULL, "", "\\x1b[31mset" },
};

static void read_row(const struct row *r)
{
	static struct doctor_settings s;
	char why[DOCTOR_SETTINGS_WHY] = "";
	const char *host;
	bool taken;

	doctor_settings_init(&s);
	taken = doctor_settings_read(&s, bytes_of(r->text), why);
	host = doctor_settings_get(&s, SETTINGS_HOST);
	if (taken != (r->why == NULL) || (r->why != NULL && strstr(why, r->why) == NULL))
		fail_msg("%s: said '%s'", r->name, why);
	if ((host == NULL) != (r->host == NULL) || (host != NULL && strcmp(host, r->host) != 0))
		fail_msg("%s: the host is '%s'", r->name, host != NULL ? host : "not set");
	if (strcmp(buffer_str(&s.roots), r->roots) != 0)
		fail_msg("%s: the roots are '%s'", r->name, buffer_str(&s.roots));
	doctor_settings_free(&s);
}

static void what_people_give_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		read_row(&rows[i]);
}

static void secrets_are_counted_and_not_kept(void **state)
{
	static struct doctor_settings s;
	char why[DOCTOR_SETTINGS_WHY];
	const uint8_t *p = (const uint8_t *)&s;
	static const char pin[] = "24681357";

	(void)state;
	doctor_settings_init(&s);
	assert_true(doctor_settings_read(&s, bytes_of("set pin 24681357\nset apn-password hush\n"), why));
	assert_int_equal(s.secrets, 2);
	for (size_t i = 0; i + sizeof pin - 1 <= sizeof s; i++)
		assert_memory_not_equal(p + i, pin, sizeof pin - 1);
}

/* What an earlier file or option gave stays when a later file is refused. */
static void a_file_that_is_refused_takes_no_roots_away(void **state)
{
	static struct doctor_settings s;
	char why[DOCTOR_SETTINGS_WHY];

	(void)state;
	doctor_settings_init(&s);
	assert_true(doctor_settings_read(&s, bytes_of(CERT), why));
	assert_false(doctor_settings_read(&s, bytes_of(CERT "nonsense\n"), why));
	assert_string_equal(buffer_str(&s.roots), CERT);
	doctor_settings_free(&s);
}

static void the_key_s_fingerprint_stands_in_a_comment(void **state)
{
	static const char digits[] = "3f1c0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab";
	static struct doctor_settings s;
	char why[DOCTOR_SETTINGS_WHY], line[256];

	(void)state;
	doctor_settings_init(&s);
	snprintf(line, sizeof line, "# key: EC P-256 SHA256:%.63s, not exported\n# key: SHA256:\n# key: SHA256",
		 digits);
	assert_true(doctor_settings_read(&s, bytes_of(line), why));
	assert_string_equal(s.key, "");
	snprintf(line, sizeof line, "# key: EC P-256 SHA256:%s, not exported\n", digits);
	assert_true(doctor_settings_read(&s, bytes_of(line), why));
	assert_string_equal(s.key, digits);
}

/* As long as a device takes, and one more. */
static void lengths(void **state)
{
	static struct doctor_settings s;
	char why[DOCTOR_SETTINGS_WHY], line[DOCTOR_SETTINGS_LINE + 64] = "set host ";

	(void)state;
	doctor_settings_init(&s);
	memset(line + 9, 'a', 253);
	line[9 + 253] = '\0';
	assert_true(doctor_settings_read(&s, bytes_of(line), why));
	strcat(line, "a");
	assert_false(doctor_settings_read(&s, bytes_of(line), why));
	assert_non_null(strstr(why, "longer than a device takes"));
	assert_int_equal(strlen(doctor_settings_get(&s, SETTINGS_HOST)), 253);
	memset(line, '#', sizeof line - 1);
	assert_false(doctor_settings_read(&s, (struct bytes){ (const uint8_t *)line, sizeof line - 1 }, why));
	assert_string_equal(why, "line 1: more than 8192 characters");
	doctor_settings_free(&s);
}

static void bytes_of_zero(void **state)
{
	static struct doctor_settings s;
	static const uint8_t text[] = "set host a\0b\n";
	char why[DOCTOR_SETTINGS_WHY];

	(void)state;
	doctor_settings_init(&s);
	assert_false(doctor_settings_read(&s, (struct bytes){ text, sizeof text - 1 }, why));
	assert_null(doctor_settings_get(&s, SETTINGS_HOST));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_give_it),
		cmocka_unit_test(secrets_are_counted_and_not_kept),
		cmocka_unit_test(a_file_that_is_refused_takes_no_roots_away),
		cmocka_unit_test(the_key_s_fingerprint_stands_in_a_comment),
		cmocka_unit_test(lengths),
		cmocka_unit_test(bytes_of_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
