/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "store/history.h"
#include "store/layout.h"
#include "support/flash_model.h"

#include <stdio.h>
#include <string.h>

enum { PAGES = LAYOUT_HISTORY_PAGES, SIZE = 1024 };

/* What a device can see of its history. */
struct seen {
	struct history_good good;
	unsigned count;
	struct { struct history_verdict v; size_t len; char line[SIZE]; } said[HISTORY_VERDICTS + 1];
};

static struct flash_model model;
static struct history h;
static char line[SIZE];
static size_t len;

static enum err start(void)
{
	return history_init(&h, &model.flash, 0, PAGES);
}

static void fresh(void)
{
	flash_model_init(&model, LAYOUT_PAGE_SIZE, PAGES, 1);
	assert_int_equal(start(), ERR_OK);
}

/* A line that tells which one it is, N bytes long. */
static struct bytes line_of(unsigned number, size_t n)
{
	static char text[SIZE];

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + (number + i) % 26);
	return (struct bytes){ (const uint8_t *)text, n };
}

static void look_at(struct history *of, struct seen *s)
{
	memset(s, 0, sizeof *s);
	history_good(of, &s->good);
	while (s->count <= HISTORY_VERDICTS) {
		struct history_verdict v;

		if (!history_verdict(of, s->count, &v, s->said[s->count].line, SIZE, &s->said[s->count].len))
			break;
		s->said[s->count].v.at_s = v.at_s;      /* member by member: padding is not compared */
		s->said[s->count].v.number = v.number;
		s->said[s->count].v.code = v.code;
		s->said[s->count].v.sent = v.sent;
		s->count++;
	}
}

static void expect_verdict(unsigned back, uint32_t number, size_t line_len)
{
	struct history_verdict v;

	assert_true(history_verdict(&h, back, &v, line, sizeof line, &len));
	assert_int_equal(v.number, number);
	assert_int_equal(v.code, 100 + number);
	assert_int_equal(v.at_s, 1800000000 + number * 10000);
	assert_int_equal(len, line_len);
	assert_memory_equal(line, line_of(number, len).data, len);
}

static void add(unsigned number, size_t n)
{
	history_add(&h, (uint16_t)(100 + number), 1800000000 + number * 10000, line_of(number, n));
}

static struct history_good good_of(unsigned n)
{
	struct history_good good = { .login_at_s = 1800000000 + n * 100000, .issuer_at_s = 1800000001 + n * 100000, .who = n };

	snprintf(good.issuer, sizeof good.issuer, "A Root of %053u", n);
	snprintf(good.iccid, sizeof good.iccid, "%022u", n);
	return good;
}

/* ---- contents ---- */

static void a_new_history_knows_nothing(void **unused)
{
	struct history_good good;
	struct history_verdict v;
	uint32_t per_day;

	(void)unused;
	fresh();
	history_good(&h, &good);
	assert_int_equal(good.login_at_s, 0);
	assert_string_equal(good.issuer, "");
	assert_false(history_verdict(&h, 0, &v, line, sizeof line, &len));
	assert_false(history_unsent(&h, &v, line, sizeof line, &len));
	history_sent(&h, 1);
	assert_int_equal(model.ops, 0);
	assert_false(history_wear(&h, 5, 1800000000, &per_day));
}

static void the_last_four_are_kept_with_their_lines_and_outlive_a_restart(void **unused)
{
	struct history_verdict v;

	(void)unused;
	fresh();
	for (unsigned n = 1; n <= 11; n++) {
		add(n, 100 + n);
		assert_int_equal(start(), ERR_OK);
		for (unsigned back = 0; back < HISTORY_VERDICTS; back++)
			if (back < n)
				expect_verdict(back, n - back, 100 + n - back);
			else
				assert_false(history_verdict(&h, back, &v, line, sizeof line, &len));
		assert_false(history_verdict(&h, HISTORY_VERDICTS, &v, line, sizeof line, &len));
	}
}

static void four_of_the_longest_lines_fit_beside_what_worked(void **unused)
{
	struct history_good good = good_of(7), back;
	uint32_t per_day;

	(void)unused;
	fresh();
	history_set_good(&h, &good);
	assert_false(history_wear(&h, 1, 1800000000, &per_day));
	for (unsigned n = 1; n <= 20; n++) {
		add(n, n % 2 == 0 ? HISTORY_LINE_MAX : 1000);
		history_sent(&h, n);
	}
	for (unsigned i = 0; i < HISTORY_VERDICTS; i++)
		expect_verdict(i, 20 - i, HISTORY_LINE_MAX);
	history_good(&h, &back);
	assert_memory_equal(&back, &good, sizeof good);
}

static void a_smaller_history_cuts_lines_further(void **unused)
{
	struct history_good good = good_of(7), back;

	(void)unused;
	flash_model_init(&model, LAYOUT_PAGE_SIZE, 2, 1);
	assert_int_equal(history_init(&h, &model.flash, 0, 2), ERR_OK);
	for (unsigned n = 1; n <= 20; n++) {
		add(n, HISTORY_LINE_MAX);
		history_set_good(&h, &good);
		history_sent(&h, n);
	}
	assert_true(history_verdict(&h, 0, &(struct history_verdict){ 0 }, line, sizeof line, &len));
	assert_in_range(len, 250, 400);
	for (unsigned i = 0; i < HISTORY_VERDICTS; i++)
		expect_verdict(i, 20 - i, len);
	history_good(&h, &back);
	assert_memory_equal(&back, &good, sizeof good);
}

static void a_short_buffer_gets_the_beginning_of_the_line(void **unused)
{
	struct history_verdict v;

	(void)unused;
	fresh();
	add(3, 200);
	memset(line, '!', sizeof line);
	assert_true(history_verdict(&h, 0, &v, line, 10, &len));
	assert_int_equal(len, 10);
	assert_memory_equal(line, line_of(3, 10).data, 10);
	assert_int_equal(line[10], '!');
	assert_true(history_verdict(&h, 0, &v, NULL, 0, &len));
	assert_int_equal(len, 0);
}

static void an_empty_line_is_kept_as_one(void **unused)
{
	struct history_verdict v;

	(void)unused;
	fresh();
	history_add(&h, 9, 0, (struct bytes){ NULL, 0 });
	assert_true(history_verdict(&h, 0, &v, line, sizeof line, &len));
	assert_int_equal(v.code, 9);
	assert_int_equal(len, 0);
}

static void what_is_not_sent_is_offered_oldest_first(void **unused)
{
	struct history_verdict v;

	(void)unused;
	fresh();
	for (unsigned n = 1; n <= 6; n++)
		add(n, 50);
	for (unsigned n = 3; n <= 6; n++) {
		assert_true(history_unsent(&h, &v, line, sizeof line, &len));
		assert_int_equal(v.number, n);
		assert_memory_equal(line, line_of(n, 50).data, 50);
		history_sent(&h, n);
		assert_int_equal(start(), ERR_OK);
	}
	assert_false(history_unsent(&h, &v, line, sizeof line, &len));
	assert_true(history_verdict(&h, 2, &v, line, sizeof line, &len));
	assert_true(v.sent);
}

static void acknowledgements_may_come_in_any_order_and_too_late(void **unused)
{
	struct history_verdict v;
	uint32_t ops;

	(void)unused;
	fresh();
	for (unsigned n = 1; n <= 5; n++)
		add(n, 50);
	history_sent(&h, 4);
	history_sent(&h, 2);
	ops = model.ops;
	history_sent(&h, 1);       /* number 5 took its place */
	history_sent(&h, 4);
	history_sent(&h, 99);
	history_sent(&h, 0);
	assert_int_equal(model.ops, ops);
	assert_true(history_unsent(&h, &v, line, sizeof line, &len));
	assert_int_equal(v.number, 3);
	history_sent(&h, 3);
	assert_true(history_unsent(&h, &v, line, sizeof line, &len));
	assert_int_equal(v.number, 5);
}

static void a_factory_reset_leaves_nothing(void **unused)
{
	struct history_good good = good_of(1);
	struct seen s;

	(void)unused;
	fresh();
	history_set_good(&h, &good);
	add(1, HISTORY_LINE_MAX);
	assert_int_equal(history_erase(&h), ERR_OK);
	look_at(&h, &s);
	assert_int_equal(s.count, 0);
	assert_string_equal(s.good.issuer, "");
	assert_false(flash_model_contains(&model, line_of(1, 30).data, 30));
	assert_false(flash_model_contains(&model, good.issuer, 20));
}

/* ---- writing is bounded ---- */

static void what_worked_is_written_when_it_is_news(void **unused)
{
	static const struct row {
		const char *name;
		int64_t later_s;
		uint32_t who;
		char issuer, iccid;
		bool written;
	} rows[] = {
		{ "the same again",             0,     1, 'I', '8', false },
		{ "an hour later",              3600,  1, 'I', '8', false },
		{ "a day less a second later",  86399, 1, 'I', '8', false },
		{ "a day later",                86400, 1, 'I', '8', true },
		{ "a clock that went back",     -1,    1, 'I', '8', true },
		{ "another key",                0,     2, 'I', '8', true },
		{ "another issuer",             0,     1, 'J', '8', true },
		{ "another card",               0,     1, 'I', '9', true },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct history_good good = { 1800000000, 1800000000, 1, "I", "8" }, back;
		uint32_t ops;

		fresh();
		history_set_good(&h, &good);
		ops = model.ops;
		good = (struct history_good){ 1800000000 + rows[i].later_s, 1800000000 + rows[i].later_s, rows[i].who,
					      { rows[i].issuer }, { rows[i].iccid } };
		history_set_good(&h, &good);
		if ((model.ops != ops) != rows[i].written)
			fail_msg("%s", rows[i].name);
		history_good(&h, &back);
		if (rows[i].written)
			assert_memory_equal(&back, &good, sizeof good);
	}
}

static void the_same_verdict_is_not_written_again_and_again(void **unused)
{
	static const struct row {
		const char *name;
		bool sent;
		uint16_t code;
		int64_t at_s, before_s;
		bool written;
	} rows[] = {
		{ "an hour less a second later",     true,  7, 1800003599, 1800000000, false },
		{ "an hour later",                   false, 7, 1800003600, 1800000000, true },
		{ "another one at once",             false, 8, 1800000000, 1800000000, true },
		{ "both without a clock, not sent",  false, 7, 0,          0,          false },
		{ "both without a clock, sent",      true,  7, 0,          0,          true },
		{ "now with a clock",                false, 7, 1800000000, 0,          true },
		{ "now without a clock",             false, 7, 0,          1800000000, true },
		{ "by a clock that went back",       false, 7, 1799999999, 1800000000, true },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t ops;

		fresh();
		history_add(&h, 7, rows[i].before_s, line_of(1, 40));
		if (rows[i].sent)
			history_sent(&h, 1);
		ops = model.ops;
		history_add(&h, rows[i].code, rows[i].at_s, line_of(2, 40));
		if ((model.ops != ops) != rows[i].written)
			fail_msg("%s", rows[i].name);
	}
}

static uint32_t most_erases(void)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < PAGES; i++)
		most = model.erases[i] > most ? model.erases[i] : most;
	return most;
}

/* A page stands 10,000 erases (data sheets of both parts): at ten verdicts a day
 * more than ten years with usual lines, and 2.7 with the longest that there can be. */
static void wear_of_a_verdict(void **unused)
{
	static const struct row { const char *name; size_t len; uint32_t verdicts, erases; } rows[] = {
		{ "usual lines",       350, 1000, 205 },
		{ "the longest lines", 800, 1000, 1010 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct history_good good = good_of(1);

		fresh();
		history_set_good(&h, &good);
		for (unsigned n = 1; n <= rows[i].verdicts; n++) {
			add(n, rows[i].len);
			history_sent(&h, n);
		}
		print_message("%s of %zu bytes: %u verdicts said and sent erase each page at most %u times\n",
			      rows[i].name, rows[i].len, rows[i].verdicts, most_erases());
		assert_in_range(most_erases(), 1, rows[i].erases);
	}
}

/* ---- wear of another store ---- */

static void wear_is_told_once_a_day_as_a_rate(void **unused)
{
	static const struct row { const char *name; int64_t at_s; uint32_t erases; bool told; uint32_t per_day; } rows[] = {
		{ "the first time there is nothing to compare", 1800000000, 100, false, 0 },
		{ "an hour later",                              1800003600, 199, false, 0 },
		{ "a day later",                                1800086400, 140, true,  40 },
		{ "ten days later",                             1800950400, 240, true,  10 },
		{ "a clock that went back",                     1799000000, 300, false, 0 },
		{ "a day after that",                           1799086400, 303, true,  3 },
		{ "a store that was made anew",                 1799172800, 1,   false, 0 },
		{ "as often as a part can",                     1799259200, 5000001, true, 5000000 },
	};

	(void)unused;
	fresh();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t per_day = 0;

		assert_int_equal(start(), ERR_OK);
		if (history_wear(&h, rows[i].erases, rows[i].at_s, &per_day) != rows[i].told || per_day != rows[i].per_day)
			fail_msg("%s: %u", rows[i].name, per_day);
	}
}

/* ---- power cuts, bad flash ---- */

enum { STEPS = 16 };

static void do_step(struct history *of, unsigned step)
{
	struct history_good good = good_of(step);
	uint32_t per_day;

	switch (step % 8) {
	case 0:
		history_set_good(of, &good);
		break;
	case 3:
		history_sent(of, step / 2);
		break;
	case 5:
		(void)history_wear(of, step, 1800000000 + step * 100000, &per_day);
		break;
	case 7:
		if (step == STEPS - 1)
			(void)!history_erase(of);
		break;
	default:
		history_add(of, (uint16_t)step, 1800000000 + step * 10000, line_of(step, 130 + step * 60));
		break;
	}
}

static bool same(const struct seen *a, const struct seen *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* After the cut: old or new, it stays so, and the next verdict is kept. */
static const char *check_cut(struct flash_model *m, const struct seen *old, const struct seen *new)
{
	static struct history trial;
	static struct seen first, again;
	struct history_verdict v;

	flash_model_power_on(m);
	if (history_init(&trial, &m->flash, 0, PAGES) != ERR_OK)
		return "does not start";
	look_at(&trial, &first);
	if (!same(&first, old) && !same(&first, new))
		return "neither old nor new";
	flash_model_power_on(m);
	if (history_init(&trial, &m->flash, 0, PAGES) != ERR_OK)
		return "does not start again";
	look_at(&trial, &again);
	if (!same(&first, &again))
		return "changed after the first start";
	history_add(&trial, 999, 0, line_of(9, 300));
	if (!history_verdict(&trial, 0, &v, line, sizeof line, &len) || v.code != 999 || len != 300)
		return "the next verdict is not kept";
	return m->violations != 0 ? "the flash was written against its rules" : NULL;
}

static void power_cut_at_every_write_leaves_old_or_new(void **unused)
{
	static struct flash_model trial_model;
	static struct history trial;
	static struct seen old, new;
	unsigned cuts = 0;

	(void)unused;
	fresh();
	for (unsigned step = 0; step < STEPS; step++) {
		uint32_t ops;

		look_at(&h, &old);
		flash_model_copy(&trial_model, &model);
		trial = h;
		trial.kv.flash = &trial_model.flash;
		trial_model.ops = 0;
		do_step(&trial, step);
		ops = trial_model.ops;
		look_at(&trial, &new);
		for (uint32_t op = 0; op < ops; op++)
			for (unsigned cut = 0; cut < CUT_VARIANTS; cut++, cuts++) {
				const char *wrong;

				flash_model_copy(&trial_model, &model);
				trial = h;
				trial.kv.flash = &trial_model.flash;
				trial_model.rng += op * 31 + cut;
				flash_model_cut_at(&trial_model, op, (enum flash_model_cut)cut);
				do_step(&trial, step);
				wrong = check_cut(&trial_model, &old, &new);
				if (wrong != NULL)
					fail_msg("step %u, cut in operation %u as %u: %s", step, op, cut, wrong);
			}
		do_step(&h, step);
	}
	print_message("%u cuts\n", cuts);
	assert_true(cuts > 5000);
}

static void pages_of_garbage_are_an_empty_history_that_can_be_used(void **unused)
{
	struct seen s;

	(void)unused;
	flash_model_init(&model, LAYOUT_PAGE_SIZE, PAGES, 1);
	for (size_t i = 0; i < PAGES * LAYOUT_PAGE_SIZE; i++)
		model.mem[i] = (uint8_t)(i * 2654435761u >> 13);
	memset(model.state, 1, sizeof model.state);
	assert_int_equal(start(), ERR_STORE_CORRUPT);
	look_at(&h, &s);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.good.login_at_s, 0);
	add(1, 100);
	expect_verdict(0, 1, 100);
	assert_int_equal(start(), ERR_OK);
	expect_verdict(0, 1, 100);
}

/* Whatever byte rots: what is shown is what was said, or is not shown. */
static void a_byte_that_rots_takes_its_verdict_with_it(void **unused)
{
	static struct flash_model good_model;
	static struct seen s;

	(void)unused;
	fresh();
	for (unsigned n = 1; n <= HISTORY_VERDICTS; n++)
		add(n, 120);
	flash_model_copy(&good_model, &model);
	for (size_t i = 0; i < PAGES * LAYOUT_PAGE_SIZE; i++) {
		if (good_model.mem[i] == 0xff)
			continue;
		flash_model_copy(&model, &good_model);
		model.mem[i] ^= 0x10;
		(void)!start();
		look_at(&h, &s);
		for (unsigned k = 0; k < s.count; k++) {
			uint32_t number = s.said[k].v.number;

			assert_in_range(number, 1, HISTORY_VERDICTS);
			assert_int_equal(s.said[k].v.code, 100 + number);
			assert_int_equal(s.said[k].len, 120);
			assert_memory_equal(s.said[k].line, line_of(number, 120).data, 120);
		}
	}
}

static void a_missing_verdict_does_not_hide_older_ones(void **unused)
{
	struct history_verdict v;

	(void)unused;
	fresh();
	for (unsigned n = 1; n <= 4; n++)
		add(n, 100);
	assert_int_equal(kv_erase(&h.kv, 4 + 3, KV_APPEND), ERR_OK);    /* number 3 */
	expect_verdict(0, 4, 100);
	expect_verdict(1, 2, 100);
	expect_verdict(2, 1, 100);
	assert_false(history_verdict(&h, 3, &v, line, sizeof line, &len));
}

/* Values that history_add() never writes. */
static void foreign_values_are_not_believed(void **unused)
{
	uint8_t record[40] = { 0 }, big[14 + HISTORY_LINE_MAX + 1];
	struct history_good good;
	struct history_verdict v;
	static const uint32_t numbers[] = { 0, 2, 0x80000001u, 0xffffffffu };

	(void)unused;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		fresh();
		bytes_put_u32(record + 8, numbers[i]);
		assert_int_equal(kv_set(&h.kv, 4 + 1, record, sizeof record, KV_APPEND), ERR_OK);
		assert_false(history_verdict(&h, 0, &v, line, sizeof line, &len));
		add(1, 100);
		expect_verdict(0, 1, 100);
	}
	fresh();
	bytes_put_u32(record + 8, 1);
	assert_int_equal(kv_set(&h.kv, 4 + 1, record, 13, KV_APPEND), ERR_OK);     /* shorter than a head */
	assert_false(history_verdict(&h, 0, &v, line, sizeof line, &len));
	memset(big, 0, sizeof big);
	bytes_put_u32(big + 8, 1);
	assert_int_equal(kv_set(&h.kv, 4 + 1, big, 14 + HISTORY_LINE_MAX + 1, KV_APPEND), ERR_OK);
	assert_false(history_verdict(&h, 0, &v, line, sizeof line, &len));
	memset(big, 'A', sizeof big);
	assert_int_equal(kv_set(&h.kv, 1, big, 107, KV_APPEND), ERR_OK);    /* texts without an end */
	history_good(&h, &good);
	assert_int_equal(strlen(good.issuer), HISTORY_NAME_MAX - 1);
	assert_int_equal(strlen(good.iccid), HISTORY_ICCID_MAX - 1);
	assert_int_equal(kv_set(&h.kv, 1, big, 106, KV_APPEND), ERR_OK);
	history_good(&h, &good);
	assert_int_equal(good.who, 0);
}

static void values_of_somebody_else_that_leave_no_room_are_thrown_away(void **unused)
{
	static const uint8_t big[3400];

	(void)unused;
	fresh();
	assert_int_equal(kv_set(&h.kv, 20, big, sizeof big, KV_APPEND), ERR_OK);
	add(1, HISTORY_LINE_MAX);
	expect_verdict(0, 1, HISTORY_LINE_MAX);
	assert_int_equal(kv_find(&h.kv, 20, &len), ERR_NOT_FOUND);
}

/* Each operation of the part fails in turn, and for good. */
static void a_failing_part_forgets_in_silence(void **unused)
{
	struct history_good good = good_of(1);
	struct history_verdict v;
	uint32_t per_day;

	(void)unused;
	for (uint32_t at = 0; at < 200; at += 3) {
		fresh();
		add(1, 100);
		flash_model_cut_at(&model, at, CUT_TORN);
		for (unsigned n = 2; n < 8; n++) {
			add(n, 500);
			history_sent(&h, n - 1);
			history_set_good(&h, &good);
			(void)history_wear(&h, n, 1800000000 + n * 100000, &per_day);
			(void)history_unsent(&h, &v, line, sizeof line, &len);
		}
	}
	fresh();
	model.bad_page = 0;
	for (unsigned n = 1; n < 30; n++)
		add(n, 500);
	fresh();
	for (unsigned n = 1; n < 30; n++) {
		model.stuck = n * 20;
		add(n, 500);
	}
}

static void a_board_without_these_pages_has_none(void **unused)
{
	static const struct row { uint32_t first, pages; } rows[] = { { 1, 4 }, { 0, 3 }, { 0, 0 }, { 5, 2 }, { 0, 6 } };
	struct history_good good = good_of(1);
	struct seen s;
	uint32_t per_day;

	(void)unused;
	flash_model_init(&model, LAYOUT_PAGE_SIZE, PAGES, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(history_init(&h, &model.flash, rows[i].first, rows[i].pages), ERR_ARG);
		add(1, 100);
		history_sent(&h, 1);
		history_set_good(&h, &good);
		assert_false(history_wear(&h, 1, 1800000000, &per_day));
		look_at(&h, &s);
		assert_int_equal(s.count, 0);
		assert_int_equal(s.good.who, 0);
		assert_int_not_equal(history_erase(&h), ERR_OK);
	}
	assert_int_equal(model.ops, 0);
}

/* SPEC.md tells these bytes. */
static void the_bytes_in_flash_are_what_they_have_always_been(void **unused)
{
	static const uint8_t want[] = { 0x11, 0xd2, 0x49, 0x6b, 0, 0, 0, 0, 1, 0, 0, 0, 0x34, 0x12, 'o', 'h' };
	struct history_good good = { 1, 2, 0x04030201, "Root", "8949" };
	uint8_t value[128];

	(void)unused;
	fresh();
	history_add(&h, 0x1234, 0x6b49d211, (struct bytes){ (const uint8_t *)"oh", 2 });
	assert_int_equal(kv_get(&h.kv, 5, value, sizeof value, &len), ERR_OK);
	assert_int_equal(len, sizeof want);
	assert_memory_equal(value, want, sizeof want);
	history_sent(&h, 1);
	assert_int_equal(kv_get(&h.kv, 2, value, sizeof value, &len), ERR_OK);
	assert_int_equal(len, 16);
	assert_memory_equal(value, ((uint8_t[16]){ [4] = 1 }), 16);
	history_set_good(&h, &good);
	assert_int_equal(kv_get(&h.kv, 1, value, sizeof value, &len), ERR_OK);
	assert_int_equal(len, 107);
	assert_memory_equal(value, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1\2\3\4Root", 25);
	assert_memory_equal(value + 84, "8949", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_history_knows_nothing),
		cmocka_unit_test(the_last_four_are_kept_with_their_lines_and_outlive_a_restart),
		cmocka_unit_test(four_of_the_longest_lines_fit_beside_what_worked),
		cmocka_unit_test(a_smaller_history_cuts_lines_further),
		cmocka_unit_test(a_short_buffer_gets_the_beginning_of_the_line),
		cmocka_unit_test(an_empty_line_is_kept_as_one),
		cmocka_unit_test(what_is_not_sent_is_offered_oldest_first),
		cmocka_unit_test(acknowledgements_may_come_in_any_order_and_too_late),
		cmocka_unit_test(a_factory_reset_leaves_nothing),
		cmocka_unit_test(what_worked_is_written_when_it_is_news),
		cmocka_unit_test(the_same_verdict_is_not_written_again_and_again),
		cmocka_unit_test(wear_of_a_verdict),
		cmocka_unit_test(wear_is_told_once_a_day_as_a_rate),
		cmocka_unit_test(power_cut_at_every_write_leaves_old_or_new),
		cmocka_unit_test(pages_of_garbage_are_an_empty_history_that_can_be_used),
		cmocka_unit_test(a_byte_that_rots_takes_its_verdict_with_it),
		cmocka_unit_test(a_missing_verdict_does_not_hide_older_ones),
		cmocka_unit_test(foreign_values_are_not_believed),
		cmocka_unit_test(values_of_somebody_else_that_leave_no_room_are_thrown_away),
		cmocka_unit_test(a_failing_part_forgets_in_silence),
		cmocka_unit_test(a_board_without_these_pages_has_none),
		cmocka_unit_test(the_bytes_in_flash_are_what_they_have_always_been),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
