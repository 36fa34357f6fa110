/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem_lint_internal.h"

#include "base/crc.h"
#include "crypto/base64.h"

#include <string.h>

/*
 *                dashes or a line's begin
 *   OUTSIDE, BODY ---------------------> WORD
 *      ^      ^                        /     \
 *      |      |      another word     /       \  BEGIN or END
 *      |      +----------------------+         v
 *      |      |                              LABEL
 *      |      |    of BEGIN                    |  dashes
 *      |      +------------------------------ TAIL
 *      +--------------------------------------+
 *           of END: the object is complete
 *
 * Text is looked at character by character, evidence gathered in l->object; when
 * the object ends, pem_lint_judge.c finds the first cause that the evidence has.
 */
enum { OUTSIDE, BODY, WORD, LABEL, TAIL };
enum { NO_NUMBER = 0, NUMBER_MAX = 99999 };
enum { NUMBER_MAYBE, NUMBER_DIGITS, NUMBER_BEHIND, NUMBER_OVER };   /* l->number_state */

void pem_lint_init(struct pem_lint *l, enum pem_lint_for wanted)
{
	memset(l, 0, sizeof *l);
	l->wanted = wanted;
	l->line = 1;
	l->all_hex = l->all_base64 = true;
}

void pem_lint_wipe(struct pem_lint *l)
{
	bytes_wipe(l, sizeof *l);
}

static void remember(uint32_t *line, const struct pem_lint *l)
{
	if (*line == 0)
		*line = l->line;
}

/* ---- characters ----------------------------------------------------------- */

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* The hyphens and dashes of Unicode, U+2010 to U+2015, and the minus. */
static bool is_dash(uint32_t c)
{
	return c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xff0d || c == 0xfe58;
}

static uint32_t capital(uint32_t c)
{
	return c >= 'a' && c <= 'z' ? c - 32 : c;
}

/* ---- an object ------------------------------------------------------------ */

static void foreign(struct pem_lint *l, uint32_t c, uint32_t column)
{
	struct pem_lint_object *o = &l->object;

	if (o->foreign_line != 0)
		return;
	o->foreign_line = l->line;
	o->foreign_column = column;
	o->foreign = c;
}

/* A line of base64 ends, really or as "\n". */
static void end_body_line(struct pem_lint *l)
{
	struct pem_lint_object *o = &l->object;
	uint32_t n = l->line_chars;

	if (n > 0) {
		if (o->lines > 0 && o->last_chars == n && o->last_crc == l->line_crc && o->twice_line == 0)
			o->twice_line = l->line;
		if (o->lines > 0 && o->last_chars < o->first_chars && o->short_line == 0) {
			o->short_line = o->shown;
			o->short_chars = o->last_chars;
		}
		if (o->lines++ == 0)
			o->first_chars = n;
		o->last_chars = n;
		o->last_crc = l->line_crc;
		o->shown = l->line;
	}
	if (l->blank && n > 0)
		remember(&o->indent_line, l);
	l->header = false;
	l->line_chars = l->line_crc = 0;
	l->line_url = o->url_line;
	l->blank = false;
}

static void add_base64(struct pem_lint *l, uint8_t c, int value)
{
	struct pem_lint_object *o = &l->object;

	if (o->pads > 0)
		remember(&o->pad_line, l);
	if (l->blank && l->line_chars == 0)
		remember(&o->indent_line, l);
	l->blank = false;
	if (o->chars < sizeof o->value)
		o->value[o->chars] = (uint8_t)value;
	if (l->line_chars < sizeof l->line_start)
		l->line_start[l->line_chars] = (char)c;
	o->last_value = (uint8_t)value;
	o->chars++;
	l->line_chars++;
	l->line_crc = crc32(l->line_crc, &c, 1);
}

/* "Proc-Type: 4,ENCRYPTED" and "DEK-Info: ..." (RFC 1421, 4.6): what went before
 * the colon was no base64. */
static bool is_header(struct pem_lint *l)
{
	struct pem_lint_object *o = &l->object;

	if (memcmp(l->line_start, "Proc", 4) != 0 && memcmp(l->line_start, "DEK-", 4) != 0)
		return false;
	o->encrypted = true;
	o->url_line = l->line_url;
	o->chars -= l->line_chars;
	l->line_chars = 0;
	l->header = true;
	return true;
}

static void in_body(struct pem_lint *l, uint32_t c)
{
	struct pem_lint_object *o = &l->object;
	int value = c < 0x80 ? base64_value(BASE64_STD, (uint8_t)c) : -1;

	if (l->header)
		return;
	if (!is_blank(c) && o->begin_line == l->line && !l->soft_line)
		remember(&o->one_line, l);
	if (value >= 0) {
		add_base64(l, (uint8_t)c, value);
	} else if (is_blank(c)) {
		l->blank = true;
		remember(&o->blanks_line, l);
		o->blanks++;
	} else if (c == '=') {
		o->pads++;
	} else if (c == '_' || c == '-') {
		remember(&o->url_line, l);
		add_base64(l, '-', 0);
	} else if (c != ':' || !is_header(l)) {
		foreign(l, c, l->column);
	}
}

/* ---- markers -------------------------------------------------------------- */

static void hold_dashes(struct pem_lint *l, uint32_t c)
{
	if (l->run++ == 0) {
		l->run_dash = 0;
		l->run_column = l->column;
	}
	if (c != '-')
		l->run_dash = c;
}

static void note_dashes(struct pem_lint *l, bool few_only)
{
	struct pem_lint_object *o = &l->object;

	if (l->run_dash != 0 && o->dash_line == 0) {
		o->dash_line = l->line;
		o->dash = l->run_dash;
	}
	if ((few_only ? l->run < PEM_DASHES : l->run != PEM_DASHES) && o->hyphens_line == 0) {
		o->hyphens_line = l->line;
		o->hyphens = l->run;
	}
	l->run = 0;
}

/* Dashes that were of no marker: some of base64url's, or foreign. */
static void let_dashes_go(struct pem_lint *l)
{
	uint32_t column = l->column;

	if (l->run > 0 && l->state == BODY && !l->header) {
		l->column = l->run_column;
		if (l->run_dash != 0 || l->run >= PEM_DASHES)
			foreign(l, l->run_dash != 0 ? l->run_dash : '-', l->column);
		for (uint32_t i = 0; i < l->run && l->run < PEM_DASHES && l->run_dash == 0; i++)
			in_body(l, '-');
		l->column = column;
	}
	l->run = 0;
}

/* The letters that looked like a marker's were none. */
static void let_word_go(struct pem_lint *l)
{
	uint32_t column = l->column;

	l->state = l->back;
	let_dashes_go(l);
	for (uint8_t i = 0; i < l->held_len && l->state == BODY; i++) {
		l->column = column - l->held_len + i;
		in_body(l, (uint8_t)l->held[i]);
	}
	l->column = column;
	l->held_len = 0;
}

static void begin_object(struct pem_lint *l)
{
	struct pem_lint_object *o = &l->object;

	memset(o, 0, sizeof *o);
	o->begin_line = l->line;
	o->begin_number = l->number;
	o->prefix = l->number == NO_NUMBER && l->before != 0 && strchr(">|+#*/\"'", (int)(l->before & 0x7f)) != NULL &&
		    l->before < 0x80 ? l->before : 0;
	l->line_chars = l->line_crc = l->line_url = 0;
	l->header = l->blank = false;
	note_dashes(l, true);
}

/* BEGIN where END belongs: what was begun has no END. */
static void cut_off(struct pem_lint *l)
{
	end_body_line(l);
	pem_judge(l);
	l->back = OUTSIDE;
}

static void in_begin(struct pem_lint *l)
{
	begin_object(l);
	l->closing = false;
	l->state = LABEL;
}

static void in_end(struct pem_lint *l)
{
	if (l->back == OUTSIDE) {
		l->stray_end = true;
		l->state = OUTSIDE;
		l->run = 0;
		return;
	}
	if (l->line_chars > 0)
		remember(&l->object.one_line, l);
	end_body_line(l);
	l->object.end_line = l->line;
	note_dashes(l, false);
	l->closing = true;
	l->state = LABEL;
}

static void add_label(struct pem_lint *l, uint32_t c)
{
	struct pem_lint_object *o = &l->object;
	char *label = l->closing ? o->end_label : o->label;
	size_t n = strlen(label);

	if (is_blank(c) || c == 0xa0) {
		if (c != ' ' || n == 0 || label[n - 1] == ' ')
			remember(&o->blank_line, l);
		if (n == 0 || label[n - 1] == ' ')
			return;
		c = ' ';
	}
	if (capital(c) != c)
		remember(&o->case_line, l);
	if (n < PEM_LABEL_MAX) {
		label[n] = c >= ' ' && c <= '~' ? (char)capital(c) : '?';
		label[n + 1] = '\0';
	}
}

static void end_label(struct pem_lint *l)
{
	struct pem_lint_object *o = &l->object;
	char *label = l->closing ? o->end_label : o->label;
	size_t n = strlen(label);

	if (n > 0 && label[n - 1] == ' ') {
		label[n - 1] = '\0';
		remember(&o->blank_line, l);
	}
}

/* The dashes behind the label are all there, or what came instead.  What pem.h
 * would not take for a BEGIN, and names nothing that is known, is other text. */
static void end_marker(struct pem_lint *l)
{
	bool text;

	end_label(l);
	text = !l->closing && l->bare && pem_kind_of(l->object.label) == KIND_OTHER;
	l->state = l->closing || text ? OUTSIDE : BODY;
	if (text) {
		remember(l->objects == 0 ? &l->before_line : &l->after_line, l);
		return;     /* the dashes may be those of another marker */
	}
	note_dashes(l, l->closing);
	if (l->closing)
		pem_judge(l);
}

/* ---- character by character ----------------------------------------------- */

/* A number in front of a line: "  12 ", "12\t", "12: ", "12| ". */
static bool ends_number(uint32_t c)
{
	return is_blank(c) || c == ':' || c == '.' || c == '|' || c == ')';
}

/* The digits before C are a number in front of the line: one more than in the
 * line before, where BEGIN was. */
static bool take_number(struct pem_lint *l)
{
	struct pem_lint_object *o = &l->object;

	if (l->state == BODY &&
	    (o->begin_number == NO_NUMBER || l->number != o->begin_number + l->line - o->begin_line))
		return false;
	if (l->state == BODY) {
		o->numbered++;
		o->chars -= l->line_chars;
		l->line_chars = l->line_crc = 0;
	} else if (l->before_line == l->line) {
		l->before_line = 0;
	}
	l->before = 0;
	l->tail = false;
	return true;
}

/* True: C belongs to a number in front of the line, and to nothing else. */
static bool in_number(struct pem_lint *l, uint32_t c)
{
	switch (l->number_state) {
	case NUMBER_MAYBE:
		if (is_digit(c))
			l->number_state = NUMBER_DIGITS;
		else if (!is_blank(c))
			l->number_state = NUMBER_OVER;
		l->number = is_digit(c) ? c - '0' : NO_NUMBER;
		return false;
	case NUMBER_DIGITS:
		if (is_digit(c) && l->number < NUMBER_MAX) {
			l->number = l->number * 10 + (c - '0');
			return false;
		}
		l->number_state = ends_number(c) && take_number(l) ? NUMBER_BEHIND : NUMBER_OVER;
		if (l->number_state == NUMBER_OVER)
			l->number = NO_NUMBER;
		return l->number_state == NUMBER_BEHIND;
	case NUMBER_BEHIND:
		if (ends_number(c))
			return true;
		l->number_state = NUMBER_OVER;
		return false;
	default:
		return false;
	}
}

/* Outside of objects: other text, or what should be an object. */
static void in_outside(struct pem_lint *l, uint32_t c)
{
	if (is_blank(c))
		return;
	l->zeros += c == 0;
	l->outside_chars++;
	l->all_hex = l->all_hex && (is_digit(c) || (capital(c) >= 'A' && capital(c) <= 'F') || c == ':');
	l->all_base64 = l->all_base64 && c < 0x80 && (base64_value(BASE64_STD, (uint8_t)c) >= 0 || c == '=');
	l->before = c;
	remember(l->objects == 0 ? &l->before_line : &l->after_line, l);
}

/* BEGIN and END are looked for behind dashes and at the beginning of a line. */
static bool begins_word(const struct pem_lint *l, uint32_t c)
{
	if (l->state == BODY && l->header)
		return false;
	return (c == 'B' || c == 'E' || (l->run > 2 && (c == 'b' || c == 'e'))) && (l->run > 0 || !l->tail);
}

static void begin_word(struct pem_lint *l, uint32_t c)
{
	l->back = l->state;
	l->state = WORD;
	l->lower = false;
	l->held[0] = (char)c;
	l->held_len = 1;
}

static void in_text(struct pem_lint *l, uint32_t c)
{
	if (is_dash(c) && !(l->state == BODY && l->header)) {
		hold_dashes(l, c);
		return;
	}
	if (begins_word(l, c)) {
		begin_word(l, c);
		return;
	}
	if (c == ' ' && l->run > 2)     /* "----- BEGIN" */
		return;
	let_dashes_go(l);
	if (l->state == OUTSIDE)
		in_outside(l, c);
	else if (c == l->object.prefix && c != 0 && !l->tail)
		l->object.prefixed++;
	else
		in_body(l, c);
	l->tail = l->tail || !is_blank(c);
}

static void in_word(struct pem_lint *l, uint32_t c)
{
	static const char begin[] = "BEGIN", end[] = "END";
	const char *word = l->held[0] == 'B' || l->held[0] == 'b' ? begin : end;
	size_t n = strlen(word);

	if (l->held_len < n && capital(c) == (uint32_t)word[l->held_len] && (c == capital(c) || l->run > 2)) {
		l->held[l->held_len++] = (char)c;
		if (word == begin && l->held_len == n && l->back == BODY && l->run > 2)
			cut_off(l);
		return;
	}
	if (l->held_len < n || (l->run < 3 && c != ' ') || (word == begin && l->back == BODY)) {
		let_word_go(l);
		l->tail = true;
		in_text(l, c);
		return;
	}
	l->bare = l->run < PEM_DASHES || l->run_dash != 0 || c != ' ';
	if (word == begin)
		in_begin(l);
	else
		in_end(l);
	for (uint8_t i = 0; i < l->held_len && l->state == LABEL; i++)
		if (capital((uint8_t)l->held[i]) != (uint8_t)l->held[i]) {
			remember(&l->object.case_line, l);
			l->bare = true;
		}
	l->held_len = 0;
	if (l->state != LABEL)
		return;
	if (c != ' ') {
		remember(&l->object.blank_line, l);
		add_label(l, c);
	}
}

static void in_tail(struct pem_lint *l, uint32_t c)
{
	if (is_dash(c)) {
		hold_dashes(l, c);
		if (l->closing && l->run == PEM_DASHES && l->run_dash == 0)
			end_marker(l);
		return;
	}
	end_marker(l);
	if (l->state == BODY)
		in_text(l, c);
}

static void line_end(struct pem_lint *l, bool soft)
{
	if (l->state == WORD)
		let_word_go(l);
	if (l->state == LABEL || l->state == TAIL)
		end_marker(l);
	let_dashes_go(l);
	if (l->state == BODY)
		end_body_line(l);
	l->before = 0;
	l->number_state = NUMBER_MAYBE;
	l->number = NO_NUMBER;
	l->tail = false;
	l->soft_line = soft;
}

/* Behind a backslash. */
static void in_escape(struct pem_lint *l, uint32_t c)
{
	struct pem_lint_object *o = &l->object;
	uint8_t backslashes = l->escape;

	if (c == '\\' && backslashes < 3) {
		l->escape++;
		return;
	}
	l->escape = 0;
	if (c == 'n' || c == 'r') {
		if (l->state == BODY)
			remember(backslashes > 1 ? &o->double_escape_line : &o->escape_line, l);
		line_end(l, true);
	} else if (l->state != BODY) {
		in_text(l, c);
	} else if (c == '/') {
		remember(&o->slash_line, l);
		in_text(l, c);
	} else {
		foreign(l, '\\', l->column - 1);
		in_text(l, c);
	}
}

static void on_character(struct pem_lint *l, uint32_t c)
{
	l->column++;
	if (l->start_len < sizeof l->start && !is_blank(c))
		l->start[l->start_len++] = c < 0x80 ? (char)c : '\x7f';
	if (l->escape > 0) {
		in_escape(l, c);
		return;
	}
	if (in_number(l, c))
		return;
	if (c == '\\' && l->state == WORD)
		let_word_go(l);
	if (c == '\\' && l->state == TAIL)
		end_marker(l);
	if (c == '\\' && l->state != LABEL) {
		let_dashes_go(l);
		l->escape = 1;
	} else if (l->state == WORD) {
		in_word(l, c);
	} else if (l->state == LABEL && is_dash(c)) {
		l->state = TAIL;
		in_tail(l, c);
	} else if (l->state == LABEL) {
		add_label(l, c);
	} else if (l->state == TAIL) {
		in_tail(l, c);
	} else {
		in_text(l, c);
	}
}

/* CR, LF or CRLF. */
static void on_line_end(struct pem_lint *l, uint32_t c)
{
	if (l->last_cr && c == '\n') {
		l->last_cr = false;
		l->crlf_line = l->crlf_line == 0 ? l->line - 1 : l->crlf_line;
		return;
	}
	if (l->escape > 0 && l->state == BODY)
		foreign(l, '\\', l->column);
	l->escape = 0;
	line_end(l, false);
	l->last_cr = c == '\r';
	l->line++;
	l->column = 0;
}

static void on_unicode(struct pem_lint *l, uint32_t c)
{
	bool first = !l->text_began;

	l->text_began = true;
	if (first && c == 0xfeff) {
		l->bom = true;
	} else if (c == '\n' || c == '\r') {
		on_line_end(l, c);
	} else {
		if (l->last_cr)
			l->cr_line = l->cr_line == 0 ? l->line - 1 : l->cr_line;
		l->last_cr = false;
		on_character(l, c);
	}
}

/* UTF-8 (RFC 3629); a byte that is none is a character of its own. */
static void on_byte(struct pem_lint *l, uint8_t b)
{
	if (l->utf8_left > 0 && (b & 0xc0) == 0x80) {
		l->utf8 = l->utf8 << 6 | (b & 0x3f);
		if (--l->utf8_left == 0)
			on_unicode(l, l->utf8 < PEM_NO_CHARACTER ? l->utf8 : (uint32_t)PEM_NO_CHARACTER + b);
		return;
	}
	if (l->utf8_left > 0)
		on_unicode(l, PEM_NO_CHARACTER + 0xff);
	l->utf8_left = b >= 0xf0 && b < 0xf5 ? 3 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xc2 && b < 0xe0 ? 1 : 0;
	l->utf8 = b & (0x3fu >> l->utf8_left);
	if (l->utf8_left == 0)
		on_unicode(l, b < 0x80 ? b : (uint32_t)PEM_NO_CHARACTER + b);
}

size_t pem_lint_feed(struct pem_lint *l, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i = 0;

	if (len > 0)
		l->count = 0;
	l->stopped = false;
	while (i < len && !l->stopped)
		on_byte(l, bytes[i++]);
	return i;
}

bool pem_lint_ended(const struct pem_lint *l)
{
	return l->stopped;
}

void pem_lint_end(struct pem_lint *l)
{
	l->count = 0;
	l->stopped = false;
	if (l->utf8_left > 0)
		on_unicode(l, PEM_NO_CHARACTER + 0xff);
	l->utf8_left = 0;
	line_end(l, false);
	if (l->state == BODY)
		pem_judge(l);
	if (l->objects == 0)
		pem_judge_text(l);
	pem_judge_end(l);
	l->state = OUTSIDE;
}
