/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/hearing.h"

#include <stdio.h>
#include <string.h>

/* P: a prompt and which, T: typed, L: a line; one after the other. */
static const struct row { const char *name, *in, *want; } rows[] = {
	{ "the greeting and a prompt", "Tern 0.1.0 - 'help' lists the commands\r\ntern> ",
	  "L Tern 0.1.0 - 'help' lists the commands\nP 0\n" },
	{ "a command, its echo and its answer", "tern> set port 443\r\nport          443\r\ntern> ",
	  "P 0\nT set port 443\nL port          443\nP 0\n" },
	{ "a line of the device below a prompt", "tern> \r\ntelemetry 3 {}\r\n", "P 0\nL telemetry 3 {}\n" },
	{ "an echo that was drawn again", "tern> set ho\r\nacknowledged 3\r\ntern> set host x\r\n",
	  "P 0\nT set ho\nL acknowledged 3\nP 0\nT set host x\n" },
	{ "all prompts", "seed> \r\nyes/no> \r\nca> \r\nkey> \r\nerase> ", "P 1\nP 2\nP 3\nP 4\nP 5\n" },
	{ "a prompt within a line is none", "the tern> x\r\n", "L the tern> x\n" },
	{ "a prompt without its blank is none", "tern>\r\n", "L tern>\n" },
	{ "empty lines are nothing", "\r\n\n\r\n  \r\n", "L   \n" },
	{ "LF alone ends a line", "a\nb\n", "L a\nL b\n" },
	{ "CR alone begins the line anew", "tern> set\r\x1b[Ktern> version\r\n", "P 0\nP 0\nT version\n" },
	{ "CR CR LF is one end", "a\r\r\nb\r\n", "L a\nL b\n" },
	{ "a corrected command", "tern> versoin\b \b\b \b\b \bion\r\n", "P 0\nT version\n" },
	{ "backspaces stop at the prompt", "tern> \b\b\b\bx\r\n", "P 0\nT x\n" },
	{ "colours", "\x1b[1;32mok: seed\x1b[0m: set\r\n", "L ok: seed: set\n" },
	{ "an escape that ends in a line end", "a\x1b[\r\nb\r\n", "L a\nL b\n" },
	{ "boot noise", "\xff\x00\xfe" "Tern\r\n", "L Tern\n" },
	{ "no end", "half a li", "" },
};

static void note(char *out, size_t size, const struct hearing_event *ev)
{
	size_t n = strlen(out);

	if (ev->type == HEARING_PROMPT)
		snprintf(out + n, size - n, "P %d\n", (int)ev->prompt);
	else
		snprintf(out + n, size - n, "%c %s\n", ev->type == HEARING_TYPED ? 'T' : 'L', ev->text);
}

static void feed(struct hearing *h, const char *in, size_t len, size_t chunk, char *out, size_t size)
{
	struct hearing_event ev;
	bool have;

	for (size_t at = 0; at < len; ) {
		size_t n = len - at < chunk ? len - at : chunk;

		for (size_t end = at + n; at < end; ) {
			size_t taken = hearing_feed(h, (const uint8_t *)in + at, end - at, &ev, &have);

			assert_in_range(taken, 1, end - at);
			at += taken;
			if (have)
				note(out, size, &ev);
		}
	}
}

static void every_row_in_every_chunking(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		/* The noise has a zero in it. */
		size_t len = i == 15 ? 9 : strlen(rows[i].in);

		for (size_t chunk = 1; chunk <= len; chunk++) {
			struct hearing h;
			char out[512] = "";

			hearing_init(&h);
			feed(&h, rows[i].in, len, chunk, out, sizeof out);
			if (strcmp(out, rows[i].want) != 0)
				fail_msg("%s, in pieces of %zu: '%s'", rows[i].name, chunk, out);
		}
	}
	assert_string_equal(rows[15].name, "boot noise");
}

static void a_line_of_any_length_is_cut_and_the_next_is_whole(void **state)
{
	static char in[3 * HEARING_LINE_MAX], out[sizeof in];
	struct hearing h;

	(void)state;
	for (size_t len = HEARING_LINE_MAX - 2; len < 2 * HEARING_LINE_MAX; len += 7) {
		memset(in, 'x', len);
		strcpy(in + len, "\r\ntern> ");
		out[0] = '\0';
		hearing_init(&h);
		feed(&h, in, strlen(in), strlen(in), out, sizeof out);
		assert_int_equal(strspn(out + 2, "x"), len < HEARING_LINE_MAX ? len : HEARING_LINE_MAX);
		assert_non_null(strstr(out, "x\nP 0\n"));
	}
}

static void what_is_no_text_is_counted(void **state)
{
	struct hearing h;
	char out[64] = "";

	(void)state;
	hearing_init(&h);
	feed(&h, "\xff\xfe\x80 ok\r\n\x01", 9, 3, out, sizeof out);
	assert_int_equal(h.heard, 9);
	assert_int_equal(h.odd, 4);
}

enum said { ERROR = 1, TROUBLE = 2, ACKED = 4, BOARD = 8, KEY = 16, ROOT = 32, FOUND = 64 };

static const struct { const char *line; unsigned said; } lines[] = {
	{ "error: host is not set: 'set host VALUE'", ERROR },
	{ "error: key: not set", ERROR },
	{ "error: ", ERROR },
	{ "error:", 0 },
	{ "error: TLS_ROOT", ERROR },
	{ "diagnosis: the server's root is not stored [TLS-ROOT-2]", TROUBLE },
	{ "acknowledged 17", ACKED },
	{ "acknowledged 4294967295", ACKED },
	{ "acknowledged 4294967296", 0 },
	{ "acknowledged ", 0 },
	{ "acknowledged 17 ", 0 },
	{ "state acknowledged", 0 },
	{ "board 756e6974", BOARD },
	{ "board ", BOARD },
	{ "board 756E", 0 },
	{ "board 0123456789012345678901234567890123456789012345678901234567890123", BOARD },
	{ "board 01234567890123456789012345678901234567890123456789012345678901234", 0 },
	{ "ok:      key           EC P-256 (ES256), sha256 d3d0871e3aa2f705...", FOUND | KEY },
	{ "ok:      key           RSA 2048 (RS256), sha256 d3d0871e3aa2f70...", FOUND },
	{ "ok:      key           RSA 2048 (RS256), sha256 d3d0871e3aa2f7051...", FOUND },
	{ "ok:      root 1        Example Root 1 (Example Trust), until 2046-11-17, sha256 e986bdc67c631f95...", FOUND | ROOT },
	{ "error:   root 4        Old, until 2020-01-01, sha256 e986bdc67c631f95.... It ended on 2020-01-01",
	  FOUND | ROOT | ERROR },
	{ "warning: root 1        , sha256 x, until 2026-12-17, sha256 e986bdc67c631f95...", FOUND | ROOT },
	{ "ok:      root 99999999999  X, sha256 e986bdc67c631f95...", FOUND },
	{ "ok:      root          X, sha256 e986bdc67c631f95...", FOUND },
	{ "ok:      root 1x       X, sha256 e986bdc67c631f95...", FOUND },
	{ "ok:      roots         X, sha256 e986bdc67c631f95...", FOUND },
	{ "note:    apn           not set", FOUND },
	{ "error:   host          not set: 'set host VALUE'", FOUND | ERROR },
	{ "ok: key           EC P-256 (ES256), sha256 d3d0871e3aa2f705...", 0 },
	{ "ok:      key EC P-256 (ES256), sha256 d3d0871e3aa2f705...", 0 },
	{ "ok:      ", 0 },
	{ "ok:                    x", 0 },
	{ "root 1: X, sha256 e986bdc67c631f95...", 0 },
};

static void what_a_line_says(void **state)
{
	char digits[HEARING_FINGERPRINT + 1], id[HEARING_BOARD_MAX + 1];
	struct hearing_found row;
	struct bytes name;
	uint32_t number;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const char *s = lines[i].line;
		unsigned said = (hearing_is_error(s) ? ERROR : 0u) | (hearing_is_trouble(s, &name) ? TROUBLE : 0u) |
				(hearing_is_acked(s, &number) ? ACKED : 0u) | (hearing_is_board(s, id) ? BOARD : 0u) |
				(hearing_is_key(s, digits) ? KEY : 0u) | (hearing_is_root(s, &number, digits) ? ROOT : 0u) |
				(hearing_is_found(s, &row) ? FOUND : 0u);

		if (said != lines[i].said)
			fail_msg("%s: %x", s, said);
	}
	assert_true(hearing_is_root(lines[20].line, &number, digits));
	assert_int_equal(number, 1);
	assert_string_equal(digits, "e986bdc67c631f95");
	assert_true(hearing_is_found(lines[21].line, &row));
	assert_true(row.error && bytes_equal_text(row.name, "root 4"));
	assert_memory_equal(row.text, "Old, ", 5);
	assert_true(hearing_is_trouble(lines[5].line, &name) && bytes_equal_text(name, "TLS-ROOT-2"));
	assert_true(hearing_is_trouble("diagnosis: [LOGIN-2]", &name) && bytes_equal_text(name, "LOGIN-2"));
	assert_true(hearing_is_trouble("diagnosis: 'a [b' is wrong [ID-1 err=x]", &name) && bytes_equal_text(name, "ID-1"));
	assert_true(hearing_is_trouble("diagnosis: cut off in the mid", &name) && name.len == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_in_every_chunking),
		cmocka_unit_test(a_line_of_any_length_is_cut_and_the_next_is_whole),
		cmocka_unit_test(what_is_no_text_is_counted),
		cmocka_unit_test(what_a_line_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
