/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "console/editor.h"
#include "console/out.h"

#include <string.h>

enum { LINE_SIZE = 16 };

/* What the terminal shows and which lines come out, each ended by '|'; '^' for
 * Ctrl-C, '~' for Ctrl-U, '!' for a line that is full, 'o' and 'n' for the arrows up
 * and down, 't' for Tab, 'r' for a line to be drawn again. */
static const struct row {
	const char *name;
	const char *in;
	size_t      len;          /* 0: strlen(in) */
	const char *lines, *echo;
} rows[] = {
	{ "CR ends a line", "ab\rc\r", 0, "ab|c|", "abc" },
	{ "LF ends a line", "ab\nc\n", 0, "ab|c|", "abc" },
	{ "CR LF ends one line", "ab\r\nc\r\n", 0, "ab|c|", "abc" },
	{ "LF CR ends two", "ab\n\rc\n", 0, "ab||c|", "abc" },
	{ "CR CR LF ends two", "ab\r\r\n", 0, "ab||", "ab" },
	{ "backspace takes back", "abx\b\x7fy\r", 0, "ay|", "abx\b \b\b \by" },
	{ "backspace on nothing does nothing", "\b\ba\r", 0, "a|", "a" },
	{ "backspace takes a whole UTF-8 character", "a\xc3\xa9\bb\r", 0, "ab|", "a\xc3\xa9\b \bb" },
	{ "Tab is the caller's", "a\tb\r", 0, "tab|", "ab" },
	{ "a hidden tab is a blank", "a#\tb\r", 0, "a# b|", "a#" },
	{ "up and down are the caller's", "a\x1b[Ab\x1bOB\r", 0, "onab|", "ab" },
	{ "where nothing is shown they are dropped", "#\x1b[Ab\x1bOB\r", 0, "#b|", "#" },
	{ "left, right and the like are dropped", "a\x1b[C\x1b[1;5Cb\x1bOPc\r", 0, "abc|", "abc" },
	{ "a bracketed paste loses its brackets", "\x1b[200~ab\x1b[201~\r", 0, "ab|", "ab" },
	{ "an escape does not swallow a line's end", "a\x1b\rb\x1b[\r", 0, "a|b|", "ab" },
	{ "NUL is dropped: UTF-16 works", "a\0b\0\r\0\n\0", 8, "ab||", "ab" },
	{ "control characters are dropped", "a\x01\x02\x0e\x1d" "b\r", 0, "ab|", "ab" },
	{ "Ctrl-C", "ab\x03" "c\r", 0, "^c|", "abc" },
	{ "Ctrl-U", "ab\x15" "c\r", 0, "~c|", "abc" },
	{ "sixteen bytes fit", "0123456789abcdef\r", 0, "0123456789abcdef|", "0123456789abcdef" },
	{ "the seventeenth does not", "0123456789abcdefg\r", 0, "!|", "0123456789abcdef" },
	{ "what comes after a '#' is hidden", "a#bc\bd\r", 0, "a#bd|", "a#" },
	{ "taking back hidden bytes shows nothing until the shown ones", "a#b\b\b\bcd\r", 0, "cd|", "a#\b \b\b \bcd" },
};

static bool hides(const struct editor *e)
{
	struct bytes line = editor_line(e);

	return line.len > 0 && memchr(line.data, '#', line.len) != NULL;
}

static void replay(const struct row *row)
{
	size_t len = row->len > 0 ? row->len : strlen(row->in);
	char lines[64], shown[64];
	uint8_t line[LINE_SIZE], ring[64];
	struct text l, s;
	struct editor e;
	struct out o;

	text_init(&l, lines, sizeof lines);
	text_init(&s, shown, sizeof shown);
	editor_init(&e, line, sizeof line);
	out_init(&o, ring, sizeof ring);
	for (size_t i = 0; i < len; i++) {
		enum editor_event ev = editor_feed(&e, (uint8_t)row->in[i], hides(&e), &o);

		if (ev == EDITOR_LINE)
			text_add_bytes(&l, editor_line(&e));
		if (ev != EDITOR_NONE)
			text_add_char(&l, "?|^~ontr!"[ev]);
		if (ev == EDITOR_LINE || ev == EDITOR_CANCEL || ev == EDITOR_CLEAR || ev == EDITOR_FULL)
			editor_next(&e);
	}
	out_bytes(&o, (struct bytes){ (const uint8_t *)"", 1 });
	for (size_t n; out_peek(&o, &n) != NULL; out_done(&o, n))
		text_add_bytes(&s, (struct bytes){ out_peek(&o, &n), n });
	assert_string_equal(lines, row->lines);
	assert_string_equal(shown, row->echo);
	assert_false(o.lost);
}

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("         %s\n", rows[i].name);
		replay(&rows[i]);
	}
}

/* A terminal of 80 columns cannot step back over the edge of a row. */
static void backspace_over_an_edge_draws_the_line_again(void **state)
{
	uint8_t line[256], ring[512];
	unsigned redraws = 0, erased = 0;
	struct editor e;
	struct out o;

	(void)state;
	editor_init(&e, line, sizeof line);
	out_init(&o, ring, sizeof ring);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(editor_feed(&e, (uint8_t)('a' + i % 26), false, &o), EDITOR_NONE);
	out_done(&o, o.len);
	while (e.len > 0) {
		enum editor_event ev = editor_feed(&e, '\b', false, &o);

		erased += ev == EDITOR_NONE;
		out_done(&o, o.len);
		if (ev != EDITOR_REDRAW)
			continue;
		redraws++;
		editor_draw(&e, &o);
		assert_int_equal(o.len, e.len < EDITOR_ROW ? e.len : EDITOR_ROW);
		out_done(&o, o.len);
	}
	assert_int_equal(redraws, 4);      /* at the end, and each time a row is used up */
	assert_int_equal(erased, 200 - redraws);
}

static void a_line_leaves_nothing_behind(void **state)
{
	static const char in[] = "secret\b\b";
	uint8_t line[LINE_SIZE] = { 0 }, zero[LINE_SIZE] = { 0 }, ring[16];
	struct editor e;
	struct out o;

	(void)state;
	editor_init(&e, line, sizeof line);
	out_init(&o, ring, sizeof ring);
	for (size_t i = 0; i < sizeof in - 1; i++)
		assert_int_equal(editor_feed(&e, (uint8_t)in[i], true, &o), EDITOR_NONE);
	editor_next(&e);
	assert_memory_equal(line, zero, sizeof line);
}

static void output_goes_round_and_counts_what_it_loses(void **state)
{
	uint8_t ring[8];
	struct out o;
	size_t n;

	(void)state;
	out_init(&o, ring, sizeof ring);
	out_text(&o, "abcdef");
	assert_non_null(out_peek(&o, &n));
	assert_int_equal(n, 6);
	out_done(&o, 5);
	out_u32(&o, 4294);
	assert_memory_equal(out_peek(&o, &n), "f42", 3);
	assert_int_equal(n, 3);
	out_done(&o, 3);
	assert_memory_equal(out_peek(&o, &n), "94", 2);
	out_text(&o, "0123456789");
	assert_int_equal(o.lost, 4);
	assert_int_equal(out_room(&o), 0);
}

static void a_wrong_value_is_shown_harmlessly(void **state)
{
	uint8_t ring[256] = { 0 };
	struct out o;

	(void)state;
	out_init(&o, ring, sizeof ring);
	out_quoted(&o, bytes_of("a\x1b[2J\xe9"));
	assert_string_equal((char *)ring, "'a\\x1b[2J\\xe9'");
	memset(ring, 0, sizeof ring);
	out_init(&o, ring, sizeof ring);
	out_quoted(&o, bytes_of("0123456789012345678901234567890123456789X"));
	assert_string_equal((char *)ring, "'0123456789012345678901234567890123456789...'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(backspace_over_an_edge_draws_the_line_again),
		cmocka_unit_test(a_line_leaves_nothing_behind),
		cmocka_unit_test(output_goes_round_and_counts_what_it_loses),
		cmocka_unit_test(a_wrong_value_is_shown_harmlessly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
