/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "modem/at.h"
#include "modem/cellular.h"
#include "modem/quectel_model.h"

#include <stdio.h>
#include <string.h>

static void registration_is_read_from_replies_and_urcs(void **state)
{
	static const struct row {
		const char *line;
		bool ok;
		enum cellular_registration want;
		uint8_t act, cause;
		uint32_t cell;
	} rows[] = {
		{ "+CEREG: 2,1", true, CELLULAR_REG_HOME, 0, 0, 0 },
		{ "+CEREG: 0,5", true, CELLULAR_REG_ROAMING, 0, 0, 0 },
		{ "+CEREG: 2,1,\"1A2B\",\"01A2D001\",8", true, CELLULAR_REG_HOME, 8, 0, 0x01a2d001 },
		{ "+CEREG: 1", true, CELLULAR_REG_HOME, 0, 0, 0 },
		{ "+CEREG: 5,\"1A2B\",\"01A2D001\",9", true, CELLULAR_REG_ROAMING, 9, 0, 0x01a2d001 },
		{ "+CEREG: 3,,,,0,11", true, CELLULAR_REG_DENIED, 0, 11, 0 },
		{ "+CEREG: 4,3,,,,0,15", true, CELLULAR_REG_DENIED, 0, 15, 0 },
		{ "+CEREG: 2,3,\"1A2B\",\"01A2D001\",8,0,13", true, CELLULAR_REG_DENIED, 0, 13, 0x01a2d001 },
		{ "+CEREG: 2", true, CELLULAR_REG_SEARCHING, 0, 0, 0 },
		{ "+CEREG: 2,2", true, CELLULAR_REG_SEARCHING, 0, 0, 0 },
		{ "+CEREG: 2,0", true, CELLULAR_REG_IDLE, 0, 0, 0 },
		{ "+CEREG: 2,4", true, CELLULAR_REG_UNKNOWN, 0, 0, 0 },
		{ "+CGREG: 2,1,\"5650\",\"29A7DF4\",2", true, CELLULAR_REG_HOME, 2, 0, 0x29a7df4 },
		{ "+CREG: 2,1,\"5650\",\"29A7DF4\",2", true, CELLULAR_REG_UNKNOWN, 2, 0, 0 },
		{ "+CEREG: ", false, CELLULAR_REG_UNKNOWN, 0, 0, 0 },
		{ "+CEREG: x,1", false, CELLULAR_REG_UNKNOWN, 0, 0, 0 },
		{ "+CEREG: 99999999999", false, CELLULAR_REG_UNKNOWN, 0, 0, 0 },
		{ "+CEREGS: 1", false, CELLULAR_REG_UNKNOWN, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cellular_status s;

		cellular_init(&s);
		if (cellular_line(&s, bytes_of(rows[i].line)) != rows[i].ok || s.registration != rows[i].want ||
		    s.act != rows[i].act || s.reject_cause != rows[i].cause || s.cell != rows[i].cell)
			fail_msg("%s: registration %d act %u cause %u cell %x", rows[i].line, (int)s.registration,
				 s.act, s.reject_cause, s.cell);
	}
}

static void either_domain_registers_and_clears_the_cause(void **state)
{
	struct cellular_status s;

	(void)state;
	cellular_init(&s);
	assert_true(cellular_line(&s, bytes_of("+CEREG: 3,,,,0,11")));
	assert_int_equal(s.reject_cause, 11);
	assert_true(cellular_line(&s, bytes_of("+CGREG: 5")));
	assert_true(cellular_registered(&s));
	assert_int_equal(s.reject_cause, 0);
	assert_true(cellular_line(&s, bytes_of("+CGREG: 2")));
	assert_int_equal(s.registration, CELLULAR_REG_DENIED);
}

static void sim_states_and_errors_are_told_apart(void **state)
{
	static const struct { const char *line; enum err want; } lines[] = {
		{ "+CPIN: READY", ERR_OK },
		{ "+CPIN: SIM PIN", ERR_MODEM_SIM_PIN },
		{ "+CPIN: SIM PUK", ERR_MODEM_SIM_PUK },
		{ "+CPIN: SIM PIN2", ERR_OK },
		{ "+CPIN: NOT READY", ERR_AGAIN },
		{ "+CPIN: NOT INSERTED", ERR_MODEM_SIM_MISSING },
		{ "+CPIN: something new", ERR_AGAIN },
	};
	static const struct { uint16_t cme; bool known; enum err want; } errors[] = {
		{ 10, true, ERR_MODEM_SIM_MISSING }, { 11, true, ERR_MODEM_SIM_PIN }, { 12, true, ERR_MODEM_SIM_PUK },
		{ 13, true, ERR_MODEM_SIM_FAILED },  { 14, true, ERR_AGAIN },
		{ 15, true, ERR_MODEM_SIM_FAILED },
		{ 16, false, ERR_AGAIN },            { 100, false, ERR_AGAIN },
	};
	struct cellular_status s;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		cellular_init(&s);
		(void)cellular_line(&s, bytes_of(lines[i].line));
		assert_int_equal(cellular_sim_err(s.sim), lines[i].want);
	}
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		cellular_init(&s);
		assert_int_equal(cellular_sim_error(&s, errors[i].cme), errors[i].known);
		assert_int_equal(cellular_sim_err(s.sim), errors[i].want);
	}
}

static void signal_and_operator_are_kept(void **state)
{
	struct cellular_status s;

	(void)state;
	cellular_init(&s);
	assert_int_equal(s.rssi_dbm, CELLULAR_UNKNOWN);
	assert_true(cellular_line(&s, bytes_of("+CSQ: 20,99")));
	assert_int_equal(s.rssi_dbm, -73);
	assert_true(cellular_line(&s, bytes_of("+CSQ: 99,99")));
	assert_int_equal(s.rssi_dbm, CELLULAR_UNKNOWN);
	assert_true(cellular_line(&s, bytes_of("+COPS: 0,0,\"AT&T, 4G\",8")));
	assert_string_equal(s.operator_name, "AT&T, 4G");
	assert_true(cellular_line(&s, bytes_of("+COPS: 0")));
	assert_string_equal(s.operator_name, "");
	assert_true(cellular_line(&s, bytes_of("+COPS: 0,0,\"A name that is far longer than any place\",8")));
	assert_int_equal(strlen(s.operator_name), sizeof s.operator_name - 1);
	assert_false(cellular_line(&s, bytes_of("+QCSQ: \"CAT-M1\",-62")));
}

static void times_are_read_and_absurd_ones_refused(void **state)
{
	static const struct { const char *text; enum err want; int64_t unix_s; int32_t zone_s; } rows[] = {
		{ "2024/01/01,00:00:00+00,0", ERR_OK, 1704067200, 0 },
		{ "2024/02/29,12:34:56+04,1", ERR_OK, 1709210096, 3600 },
		{ "2025/12/31,23:59:59-20", ERR_OK, 1767225599, -18000 },
		{ "26/11/22,18:18:00+32", ERR_OK, 1795371480, 28800 },
		{ "2038/01/19,03:14:08", ERR_OK, 2147483648, 0 },
		{ "2069/12/31,23:59:60+22", ERR_OK, 3155760000, 19800 },
		{ "2024/06/01,12:00:00-14,0", ERR_OK, 1717243200, -12600 },
		{ "2024/06/01,12:00:00+51,1", ERR_OK, 1717243200, 45900 },
		{ "2023/02/29,12:34:56+04", ERR_FORMAT, 0, 0 },
		{ "1980/01/06,00:00:10+00", ERR_ARG, 315964810, 0 },
		{ "80/01/06,00:00:10+00", ERR_ARG, 315964810, 0 },
		{ "1970/01/01,00:00:00+00", ERR_ARG, 0, 0 },
		{ "1939/07/01,00:00:10+00", ERR_FORMAT, 0, 0 },
		{ "00/00/00,00:00:00", ERR_FORMAT, 0, 0 },
		{ "2004/01/01,00:00:10+00", ERR_ARG, 1072915210, 0 },
		{ "2023/12/31,23:59:59+00", ERR_ARG, 1704067199, 0 },
		{ "2080/01/06,00:00:00+32", ERR_ARG, 3471724800, 28800 },
		{ "", ERR_FORMAT, 0, 0 },
		{ "2025/13/01,00:00:00+00", ERR_FORMAT, 0, 0 },
		{ "2025/00/01,00:00:00+00", ERR_FORMAT, 0, 0 },
		{ "2025/04/31,00:00:00+00", ERR_FORMAT, 0, 0 },
		{ "2025/01/01,24:00:00+00", ERR_FORMAT, 0, 0 },
		{ "2025/01/01,00:00:00+57", ERR_FORMAT, 0, 0 },
		{ "2025/01/01,00:00:00?", ERR_FORMAT, 0, 0 },
		{ "2025-01-01,00:00:00+00", ERR_FORMAT, 0, 0 },
		{ "20255/01/01,00:00:00+00", ERR_FORMAT, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t unix_s = 0;
		int32_t zone_s = 0;
		enum err e = cellular_time(bytes_of(rows[i].text), &unix_s, &zone_s);

		if (e != rows[i].want || (e != ERR_FORMAT && (unix_s != rows[i].unix_s || zone_s != rows[i].zone_s)))
			fail_msg("%s: error %d, %lld, zone %d", rows[i].text, (int)e, (long long)unix_s, zone_s);
	}
}

static void fields_are_read_one_by_one(void **state)
{
	struct at_fields f;
	struct bytes field;

	(void)state;
	assert_int_equal(at_name(&f, bytes_of("+QISTATE: 1"), "+QISEND\0"), -1);
	assert_int_equal(at_name(&f, bytes_of("+X: \"a,b\",, -7 ,\"\""), "+QISEND\0" "+X\0"), 1);
	assert_true(at_field(&f, &field));
	assert_true(f.quoted && bytes_equal_text(field, "a,b"));
	assert_true(at_field(&f, &field));
	assert_true(!f.quoted && field.len == 0);
	assert_true(at_field(&f, &field));
	assert_true(bytes_equal_text(field, "-7"));
	assert_true(at_field(&f, &field));
	assert_true(f.quoted && field.len == 0);
	assert_false(at_field(&f, &field));
	assert_false(at_field(&f, &field));
	assert_int_equal(at_name(&f, bytes_of("RDY"), "RDY\0"), 0);   /* no colon, no fields */
	assert_false(at_field(&f, &field));
	assert_int_equal(at_name(&f, bytes_of(""), "RDY\0"), -1);
	assert_false(at_field(&f, &field));
	assert_int_equal(at_name(&f, bytes_of("+X:"), "+X\0"), 0);    /* one field, empty */
	assert_true(at_field(&f, &field));
	assert_int_equal(field.len, 0);
}

static void fields_are_read_as_a_format_has_them(void **state)
{
	static const struct {
		const char *line, *format;
		bool        good;
		uint32_t    numbers[3];
		const char *text;
	} rows[] = {
		{ "+X: 1,2", "nn", true, { 1, 2, 0 }, NULL },
		{ "+X: 1,2,3", "nn", true, { 1, 2, 0 }, NULL },
		{ "+X: 1", "nn", false, { 1, 0, 0 }, NULL },
		{ "+X: 65535,4294967295", "nw", true, { 65535, 4294967295u, 0 }, NULL },
		{ "+X: 65536", "n", false, { 0 }, NULL },
		{ "+X: 4294967296", "w", false, { 0 }, NULL },
		{ "+X: -1", "n", false, { 0 }, NULL },
		{ "+X: 0,\"TCP\",\"1.2.3.4\",1883,22742,2,1", "n----n", true, { 0, 2, 0 }, NULL },
		{ "+X: \"recv\",3", "tn", true, { 3, 0, 0 }, "recv" },
		{ "+X: ,", "-t", true, { 0 }, "" },
		{ "+X:", "-t", false, { 0 }, NULL },
		{ "+X", "t", false, { 0 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct at_fields f;
		uint32_t numbers[3] = { 0 };
		struct bytes texts[1] = { { NULL, 0 } };

		assert_int_equal(at_name(&f, bytes_of(rows[i].line), "+X\0"), 0);
		assert_int_equal(at_scan(&f, rows[i].format, numbers, texts), rows[i].good);
		assert_memory_equal(numbers, rows[i].numbers, sizeof numbers);
		if (rows[i].text != NULL)
			assert_true(bytes_equal_text(texts[0], rows[i].text));
	}
}

static void models_are_found_by_the_name_they_give(void **state)
{
	static const struct { const char *name; uint16_t reset_ms; uint8_t idle; } rows[] = {
		{ "BG96", 300, 30 }, { "BG95-M3", 3000, 30 }, { "BG77", 3000, 30 }, { "BG600L-M3", 3000, 30 },
		{ "EC21", 300, 120 }, { "EC25-E", 300, 120 }, { "EG91", 300, 120 }, { "EG95", 300, 120 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct quectel_model *m = quectel_model_find(bytes_of(rows[i].name));

		assert_non_null(m);
		assert_int_equal(m->reset_ms, rows[i].reset_ms);
		assert_int_equal(m->keepalive_idle, rows[i].idle);
	}
	assert_ptr_equal(quectel_model_find(bytes_of("BG96")), &quectel_bg96);
	assert_null(quectel_model_find(bytes_of("SIM7000G")));
	assert_null(quectel_model_find(bytes_of("BG9")));
	assert_null(quectel_model_find(bytes_of("")));
}

static void every_socket_error_has_a_meaning_and_a_cure(void **state)
{
	static const uint16_t dead[] = { 558, 559, 566, 567, 572 };

	(void)state;
	for (uint16_t code = 550; code <= 574; code++)
		assert_true(quectel_error_find(code).err > ERR_MODEM_SILENT);
	assert_int_equal(quectel_error_find(565).err, ERR_MODEM_DNS);
	assert_int_equal(quectel_error_find(573).err, ERR_MODEM_APN);
	assert_int_equal(quectel_error_find(573).cure, QUECTEL_CURE_CONTEXT);
	assert_int_equal(quectel_error_find(549).cure, QUECTEL_CURE_ASK);
	assert_int_equal(quectel_error_find(575).cure, QUECTEL_CURE_ASK);
	assert_int_equal(quectel_error_find(0).cure, QUECTEL_CURE_ASK);
	for (size_t i = 0; i < sizeof dead / sizeof dead[0]; i++)
		assert_int_equal(quectel_error_find(dead[i]).cure, QUECTEL_CURE_REOPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registration_is_read_from_replies_and_urcs),
		cmocka_unit_test(either_domain_registers_and_clears_the_cause),
		cmocka_unit_test(sim_states_and_errors_are_told_apart),
		cmocka_unit_test(signal_and_operator_are_kept),
		cmocka_unit_test(times_are_read_and_absurd_ones_refused),
		cmocka_unit_test(fields_are_read_one_by_one),
		cmocka_unit_test(fields_are_read_as_a_format_has_them),
		cmocka_unit_test(models_are_found_by_the_name_they_give),
		cmocka_unit_test(every_socket_error_has_a_meaning_and_a_cure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
