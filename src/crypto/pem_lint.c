/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem_lint.h"

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
 * the object ends, judge() looks for the first cause that the evidence has.
 */
enum { OUTSIDE, BODY, WORD, LABEL, TAIL };
enum { DASHES = 5, NO_CHARACTER = 0x110000, NO_NUMBER = 0, NUMBER_MAX = 99999 };
enum { NUMBER_MAYBE, NUMBER_DIGITS, NUMBER_BEHIND, NUMBER_OVER };   /* l->number_state */

#define INFO_OF(name, code, weight, grade, say) { code, say, WEIGHT_##weight, GRADE_##grade },
static const struct finding_info infos[PEM_LINT_CODES] = { PEM_LINT_LIST(INFO_OF) };
#undef INFO_OF

const struct finding_info *pem_lint_info(enum pem_lint_code code)
{
	return &infos[code];
}

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

/* Nothing is lost in silence but the ninth note about one object. */
static struct pem_lint_finding *find(struct pem_lint *l, enum pem_lint_code code, uint32_t line)
{
	struct pem_lint_finding *f = &l->found[l->count < PEM_LINT_FOUND ? l->count++ : PEM_LINT_FOUND - 1];

	*f = (struct pem_lint_finding){ .code = (uint8_t)code, .line = line, .number = { line } };
	return f;
}

static void numbers(struct pem_lint_finding *f, uint32_t a, uint32_t b, uint32_t c)
{
	f->number[0] = a;
	f->number[1] = b;
	f->number[2] = c;
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

static bool is_invisible(uint32_t c)
{
	return c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || c == 0x2060 ||
	       c == 0x3000 || c == 0xfeff || c < ' ' || c == 0x7f;
}

static bool is_quote(uint32_t c)
{
	return c == '"' || c == '\'' || c == '`' || c == ',' || c == ';' || (c >= 0x2018 && c <= 0x201f) || c == 0xab ||
	       c == 0xbb;
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
	if (l->blank && l->line_chars > 0) {
		remember(&o->gap_line, l);
		o->gaps++;
	} else if (l->blank) {
		remember(&o->indent_line, l);
	}
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
	} else if (c == '=') {
		o->pads++;
	} else if (c == '_' || c == '-') {
		remember(&o->url_line, l);
		add_base64(l, '-', 0);
	} else if (c != ':' || !is_header(l)) {
		foreign(l, c, l->column);
	}
}

/* ---- judging -------------------------------------------------------------- */

enum kind { KIND_KEY, KIND_PUBLIC, KIND_CERTIFICATE, KIND_PARAMETERS, KIND_REQUEST, KIND_ENCRYPTED, KIND_OPENSSH,
	    KIND_SSH2, KIND_PKCS7, KIND_TRUSTED, KIND_OTHER, KINDS };

static const struct label {
	const char *label;
	enum kind   kind;
} labels[] = {
	{ "EC PRIVATE KEY",          KIND_KEY },
	{ "RSA PRIVATE KEY",         KIND_KEY },
	{ "PRIVATE KEY",             KIND_KEY },
	{ "PUBLIC KEY",              KIND_PUBLIC },
	{ "RSA PUBLIC KEY",          KIND_PUBLIC },
	{ "CERTIFICATE",             KIND_CERTIFICATE },
	{ "X509 CERTIFICATE",        KIND_CERTIFICATE },
	{ "EC PARAMETERS",           KIND_PARAMETERS },
	{ "CERTIFICATE REQUEST",     KIND_REQUEST },
	{ "NEW CERTIFICATE REQUEST", KIND_REQUEST },
	{ "ENCRYPTED PRIVATE KEY",   KIND_ENCRYPTED },
	{ "OPENSSH PRIVATE KEY",     KIND_OPENSSH },
	{ "SSH2 PUBLIC KEY",         KIND_SSH2 },
	{ "PKCS7",                   KIND_PKCS7 },
	{ "CMS",                     KIND_PKCS7 },
	{ "TRUSTED CERTIFICATE",     KIND_TRUSTED },
};

static enum kind kind_of(const char *label)
{
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (strcmp(labels[i].label, label) == 0)
			return labels[i].kind;
	return KIND_OTHER;
}

/* What is to be said of a kind where another belongs; RIGHT: it belongs there. */
enum { RIGHT = PEM_LINT_CODES };

static const uint8_t wrong_kind[KINDS][3] = {
	/*                     KEY             PUBLIC          ROOTS            */
	[KIND_KEY]         = { RIGHT,          PEM_IS_PRIVATE, PEM_ROOT_IS_KEY },
	[KIND_PUBLIC]      = { PEM_IS_PUBLIC,  RIGHT,          PEM_ROOT_IS_KEY },
	[KIND_CERTIFICATE] = { PEM_IS_CERT,    RIGHT,          RIGHT },
	[KIND_PARAMETERS]  = { RIGHT,          PEM_IS_OTHER,   PEM_IS_OTHER },
	[KIND_REQUEST]     = { PEM_IS_REQUEST, PEM_IS_REQUEST, PEM_IS_REQUEST },
	[KIND_ENCRYPTED]   = { PEM_ENCRYPTED,  PEM_IS_PRIVATE, PEM_ROOT_IS_KEY },
	[KIND_OPENSSH]     = { PEM_OPENSSH,    PEM_IS_PRIVATE, PEM_ROOT_IS_KEY },
	[KIND_SSH2]        = { PEM_SSH,        PEM_SSH,        PEM_SSH },
	[KIND_PKCS7]       = { PEM_IS_CERT,    PEM_PKCS7,      PEM_PKCS7 },
	[KIND_TRUSTED]     = { PEM_IS_CERT,    PEM_TRUSTED,    PEM_TRUSTED },
	[KIND_OTHER]       = { PEM_IS_OTHER,   PEM_IS_OTHER,   PEM_IS_OTHER },
};

/* The markers: an object of another kind is that, however its lines are. */
static bool judge_kind(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;
	enum kind kind = kind_of(o->label);
	uint8_t code = wrong_kind[kind][l->wanted];

	if (kind == KIND_OTHER)
		return false;
	if (code == RIGHT && o->encrypted)
		code = PEM_ENCRYPTED;
	if (code != RIGHT)
		find(l, (enum pem_lint_code)code, o->begin_line);
	return code != RIGHT;
}

static bool judge_markers(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;

	if (o->dash_line != 0) {
		numbers(find(l, PEM_DASH, o->dash_line), o->dash, o->dash_line, 0);
	} else if (o->hyphens_line != 0) {
		find(l, PEM_HYPHENS, o->hyphens_line)->number[1] = o->hyphens;
	} else if (o->case_line != 0) {
		find(l, PEM_CASE, o->case_line);
	} else if (o->blank_line != 0) {
		find(l, PEM_LABEL_BLANK, o->blank_line);
	} else if (kind_of(o->label) == KIND_OTHER) {
		find(l, PEM_IS_OTHER, o->begin_line);
	} else {
		return false;
	}
	return true;
}

/* What a foreign character tells; first match wins. */
static enum pem_lint_code code_of(uint32_t c)
{
	if (c == '\\')
		return PEM_BACKSLASH;
	if (is_quote(c))
		return PEM_QUOTED;
	if (c == '%')
		return PEM_PERCENT;
	if (c == '.' || c == '*' || c == 0x2026)
		return PEM_SHORTENED;
	return is_invisible(c) ? PEM_INVISIBLE : PEM_CHARACTER;
}

static bool judge_characters(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;
	struct pem_lint_finding *f;

	if (o->numbered > 1) {
		numbers(find(l, PEM_NUMBERS, o->begin_line), o->numbered, o->begin_line, 0);
	} else if (o->prefixed > 0) {
		find(l, PEM_PREFIX, o->begin_line)->number[0] = o->prefix;
	} else if (o->double_escape_line != 0) {
		find(l, PEM_ESCAPED_TWICE, o->double_escape_line);
	} else if (o->slash_line != 0) {
		find(l, PEM_SLASH, o->slash_line);
	} else if (o->foreign_line != 0) {
		f = find(l, code_of(o->foreign), o->foreign_line);
		f->column = o->foreign_column;
		numbers(f, o->foreign, o->foreign_line, o->foreign_column);
	} else if (o->url_line != 0) {
		find(l, PEM_URL_ALPHABET, o->url_line);
	} else {
		return false;
	}
	return true;
}

/* Bytes that the base64 is, and that the DER in it says it is; 0: it does not
 * begin as DER does (X.690, 8.1.3). */
static uint32_t bytes_there(const struct pem_lint_object *o)
{
	return o->chars / 4 * 3 + (o->chars % 4 > 1 ? o->chars % 4 - 1 : 0);
}

static uint32_t bytes_said(const struct pem_lint_object *o)
{
	uint8_t b[6];
	uint32_t n = 0, head;

	for (size_t i = 0; i < 2; i++) {
		const uint8_t *v = o->value + 4 * i;

		b[3 * i] = (uint8_t)(v[0] << 2 | v[1] >> 4);
		b[3 * i + 1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
		b[3 * i + 2] = (uint8_t)(v[2] << 6 | v[3]);
	}
	if (b[0] != 0x30 && b[0] != 0x06)
		return 0;
	if (b[1] < 0x80)
		return 2u + b[1];
	head = b[1] & 0x7f;
	if (head == 0 || head > 3)
		return 0;
	for (uint32_t i = 0; i < head; i++)
		n = n << 8 | b[2 + i];
	return n + 2 + head;
}

/* Too short: THERE bytes in the place of SAID. */
static void judge_short(struct pem_lint *l, uint32_t there, uint32_t said)
{
	const struct pem_lint_object *o = &l->object;
	uint32_t line = o->first_chars / 4 * 3, missing = said - there;

	/* The last line may be short, or the one that was lost. */
	if (o->gaps > 0 && (said + 2) / 3 * 4 == o->chars + o->pads + o->gaps)
		numbers(find(l, PEM_PLUS, o->gap_line), o->gaps, o->gap_line, 0);
	else if (o->short_line != 0)
		numbers(find(l, PEM_SHORT_LINE, o->short_line), o->short_line, o->short_chars, o->first_chars);
	else if (line > 0 && o->chars % 4 != 1 && (missing % line == 0 || there % line == 0))
		numbers(find(l, PEM_LOST_LINES, o->begin_line), there, said, (missing + line - 1) / line);
	else
		numbers(find(l, PEM_LOST, o->begin_line), there, said, 0);
}

static bool judge_length(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;
	uint32_t there = bytes_there(o), said = bytes_said(o), pads = (4 - o->chars % 4) % 4;

	if (o->encrypted)
		return false;
	if (said == 0)
		find(l, PEM_NOT_DER, o->begin_line + 1);
	else if (there > said && o->twice_line != 0)
		numbers(find(l, PEM_TWICE, o->twice_line), o->twice_line - 1, o->twice_line, there - said);
	else if (there < said)
		judge_short(l, there, said);
	else if (there > said)
		numbers(find(l, PEM_TOO_MUCH, o->begin_line), there, said, 0);
	else if (o->chars % 4 == 1)
		numbers(find(l, PEM_ODD, o->begin_line), o->chars, 0, 0);
	else if (o->pads != pads)
		numbers(find(l, PEM_PADDING, o->shown), o->shown, o->pads, pads);
	else if ((o->last_value & ((1u << (2 * pads)) - 1)) != 0)
		find(l, PEM_LAST, o->shown);
	else
		return false;
	return true;
}

static bool judge_body(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;

	if (o->end_line == 0)
		numbers(find(l, PEM_NO_END, o->begin_line), o->begin_line, bytes_there(o), bytes_said(o));
	else if (strcmp(o->label, o->end_label) != 0)
		numbers(find(l, PEM_MISMATCH, o->end_line), o->begin_line, o->end_line, 0);
	else if (o->chars == 0)
		numbers(find(l, PEM_NO_BODY, o->begin_line), o->begin_line, o->end_line, 0);
	else if (o->pad_line != 0)
		find(l, PEM_PAD_INSIDE, o->pad_line);
	else
		return judge_length(l);
	return true;
}

/* What pem.h repairs, or was not asked about. */
static void judge_notes(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;

	if (l->bom && l->objects == 1)
		find(l, PEM_BOM, 1);
	if (l->before_line != 0 && l->objects == 1)
		find(l, PEM_BEFORE, l->before_line);
	if (o->escape_line != 0)
		find(l, PEM_ESCAPED, o->escape_line);
	else if (o->one_line != 0)
		find(l, PEM_ONE_LINE, o->one_line);
	if (o->indent_line != 0)
		find(l, PEM_BLANKS, o->indent_line);
}

static void end_line_notes(struct pem_lint *l)
{
	if (l->crlf_line != 0)
		find(l, PEM_CRLF, l->crlf_line);
	else if (l->cr_line != 0)
		find(l, PEM_CR, l->cr_line);
	l->crlf_line = l->cr_line = UINT32_MAX;
}

/* One object among several that is not what was asked for, beside one that is. */
static bool is_beside(const struct pem_lint *l, enum kind kind)
{
	bool key = kind == KIND_KEY || kind == KIND_ENCRYPTED || kind == KIND_OPENSSH;

	return l->wanted == PEM_LINT_KEY && l->keys > 0 && !key && kind != KIND_OTHER;
}

static void count(struct pem_lint *l, enum kind kind)
{
	l->objects++;
	l->keys += kind == KIND_KEY || kind == KIND_ENCRYPTED || kind == KIND_OPENSSH;
	if (l->keys == 2 && l->second_line == 0)
		l->second_line = l->object.begin_line;
}

static void judge(struct pem_lint *l)
{
	struct pem_lint_object *o = &l->object;
	enum kind kind = kind_of(o->label);

	end_body_line(l);
	l->stopped = true;
	count(l, kind);
	if (is_beside(l, kind)) {
		find(l, PEM_BESIDE, o->begin_line);
		return;
	}
	if (!judge_kind(l) && !judge_markers(l) && !judge_characters(l) && !judge_body(l) && kind == KIND_PARAMETERS)
		find(l, PEM_PARAMETERS, o->begin_line);
	judge_notes(l);
	if (l->crlf_line != UINT32_MAX)
		end_line_notes(l);
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
	if ((few_only ? l->run < DASHES : l->run != DASHES) && o->hyphens_line == 0) {
		o->hyphens_line = l->line;
		o->hyphens = l->run;
	}
	l->run = 0;
}

/* Dashes that were of no marker. */
static void let_dashes_go(struct pem_lint *l)
{
	uint32_t column = l->column;

	if (l->run > 0 && l->state == BODY) {
		l->column = l->run_column;
		if (l->run == 1 && l->run_dash == 0)
			in_body(l, '-');
		else if (!l->header)
			foreign(l, l->run_dash != 0 ? l->run_dash : '-', l->column);
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
	judge(l);
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

/* The dashes behind the label are all there, or what came instead.  "BEGIN" with
 * hardly a dash may be any text. */
static void end_marker(struct pem_lint *l)
{
	bool text = !l->closing && l->bare && kind_of(l->object.label) == KIND_OTHER;

	end_label(l);
	note_dashes(l, l->closing);
	l->state = l->closing || text ? OUTSIDE : BODY;
	if (text)
		remember(l->objects == 0 ? &l->before_line : &l->after_line, l);
	if (l->closing)
		judge(l);
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

	if (l->state == BODY && (o->begin_number == NO_NUMBER || l->number != o->begin_number + l->line - o->begin_line))
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
	if (l->start_len < sizeof l->start)
		l->start[l->start_len++] = c < 0x80 ? (char)c : '\x7f';
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
	l->bare = l->run < 3;
	if (word == begin)
		in_begin(l);
	else
		in_end(l);
	for (uint8_t i = 0; i < l->held_len && l->state == LABEL; i++)
		if (capital((uint8_t)l->held[i]) != (uint8_t)l->held[i])
			remember(&l->object.case_line, l);
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
		if (l->closing && l->run == DASHES && l->run_dash == 0)
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
			on_unicode(l, l->utf8 < NO_CHARACTER ? l->utf8 : (uint32_t)NO_CHARACTER + b);
		return;
	}
	if (l->utf8_left > 0)
		on_unicode(l, NO_CHARACTER + 0xff);
	l->utf8_left = b >= 0xf0 && b < 0xf5 ? 3 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xc2 && b < 0xe0 ? 1 : 0;
	l->utf8 = b & (0x3fu >> l->utf8_left);
	if (l->utf8_left == 0)
		on_unicode(l, b < 0x80 ? b : (uint32_t)NO_CHARACTER + b);
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

/* ---- the whole text -------------------------------------------------------- */

static bool starts_with(const struct pem_lint *l, const char *text)
{
	size_t n = strlen(text);

	return l->start_len >= n && memcmp(l->start, text, n) == 0;
}

/* A SEQUENCE whose length and first element are no text. */
static bool is_binary(const struct pem_lint *l)
{
	for (size_t i = 1; i < l->start_len; i++)
		if (l->start[0] == '0' && (l->start[i] < ' ' || l->start[i] == '\x7f'))
			return true;
	return false;
}

/* First match wins. */
static enum pem_lint_code code_of_text(const struct pem_lint *l)
{
	static const struct { const char *start; uint8_t code; } starts[] = {
		{ "ssh-", PEM_SSH }, { "ecdsa-sha2-", PEM_SSH }, { "PuTTY-User", PEM_PUTTY }, { "eyJ", PEM_TOKEN },
		{ "{", PEM_JSON }, { "[", PEM_JSON }, { "<", PEM_MARKUP },
	};
	static const char *const paths[] = { "/", "./", "../", "~/", "C:\\", "file:" };
	enum { LONG = 64 };

	if (l->outside_chars == 0 && !l->stray_end)
		return PEM_EMPTY;
	if (l->zeros > 2 && !is_binary(l))
		return PEM_UTF16;
	if (is_binary(l))
		return PEM_DER;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (starts_with(l, starts[i].start))
			return (enum pem_lint_code)starts[i].code;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (starts_with(l, paths[i]) && l->line <= 2 && !l->all_base64)
			return PEM_PATH;
	if (l->stray_end)
		return PEM_NO_BEGIN;
	if (l->outside_chars < LONG)
		return PEM_NONE;
	return l->all_hex ? PEM_HEX : l->all_base64 ? PEM_BARE : PEM_NONE;
}

static void judge_text(struct pem_lint *l)
{
	enum pem_lint_code code = code_of_text(l);
	struct pem_lint_finding *f = find(l, code, 0);

	f->number[0] = code == PEM_UTF16 ? l->zeros : code == PEM_NONE ? l->line - (l->column == 0) : l->outside_chars;
}

void pem_lint_end(struct pem_lint *l)
{
	l->count = 0;
	l->stopped = false;
	if (l->utf8_left > 0)
		on_unicode(l, NO_CHARACTER + 0xff);
	l->utf8_left = 0;
	line_end(l, false);
	if (l->state == BODY)
		judge(l);
	if (l->objects == 0)
		judge_text(l);
	if (l->wanted == PEM_LINT_KEY && l->keys > 1)
		numbers(find(l, PEM_TWO_KEYS, l->second_line), l->keys, l->second_line, 0);
	if (l->after_line != 0)
		find(l, PEM_AFTER, l->after_line);
	l->state = OUTSIDE;
}

/* ---- saying it ------------------------------------------------------------- */

void pem_lint_key(struct pem_lint *l, enum err e, const struct key_info *info)
{
	static const struct { uint16_t err; uint8_t code; } rows[] = {
		{ ERR_KEY_CURVE, PEM_CURVE }, { ERR_KEY_TYPE, PEM_TYPE }, { ERR_KEY_SIZE, PEM_RSA_SMALL },
		{ ERR_KEY_PAIR, PEM_PAIR }, { ERR_KEY_FORMAT, PEM_FORMAT }, { ERR_KEY_ENCRYPTED, PEM_ENCRYPTED },
		{ ERR_KEY_PUBLIC, PEM_IS_PUBLIC }, { ERR_KEY_CERT, PEM_IS_CERT },
	};
	enum { RSA_MIN = 2048 };

	l->count = 0;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].err == e)
			find(l, (enum pem_lint_code)rows[i].code, l->object.begin_line);
	if (e != ERR_KEY_SIZE)
		return;
	if (info->bits >= RSA_MIN)
		l->found[0].code = PEM_RSA_LARGE;
	l->found[0].number[0] = info->bits;
}

void pem_lint_say(const struct pem_lint *l, const struct pem_lint_finding *f, const struct key_info *info,
		  struct text *t)
{
	static const char *const what[] = { "key", "public key", "certificate" };
	const struct pem_lint_object *o = &l->object;
	struct finding_values v = {
		.what = what[l->wanted], .value = bytes_of(o->label), .other = bytes_of(o->end_label),
		.number = { f->number[0], f->number[1], f->number[2] },
	};

	if ((f->code == PEM_CURVE || f->code == PEM_TYPE) && info != NULL)
		v.value = bytes_of(info->found);
	if (l->objects == 0)
		v.value = (struct bytes){ (const uint8_t *)l->start, l->start_len };
	finding_say(t, infos[f->code].say, &v);
}
