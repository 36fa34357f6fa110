/* SPDX-License-Identifier: Apache-2.0 */
/* pem_lint_judge.c - the first cause that the evidence has, and its sentence. */
#include "crypto/pem_lint_internal.h"

#include <string.h>

static const struct words { PEM_LINT_LIST(FINDING_MEMBERS) } words = { PEM_LINT_LIST(FINDING_WORDS) };
static const uint8_t weights[] = { PEM_LINT_LIST(FINDING_WEIGHTS) };

struct finding_info pem_lint_info(enum pem_lint_code code)
{
	return finding_info_of(&words, weights, code);
}

/* Nothing is lost in silence but the ninth note about one object. */
struct pem_lint_finding *pem_find(struct pem_lint *l, enum pem_lint_code code, uint32_t line)
{
	struct pem_lint_finding *f = &l->found[l->count < PEM_LINT_FOUND ? l->count++ : PEM_LINT_FOUND - 1];

	*f = (struct pem_lint_finding){ .code = (uint8_t)code, .line = line, .number = { line } };
	return f;
}

void pem_numbers(struct pem_lint_finding *f, uint32_t a, uint32_t b, uint32_t c)
{
	f->number[0] = a;
	f->number[1] = b;
	f->number[2] = c;
}

/* ---- judging -------------------------------------------------------------- */

static const struct label {
	const char *label;
	enum pem_kind   kind;
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

enum pem_kind pem_kind_of(const char *label)
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
	enum pem_kind kind = pem_kind_of(o->label);
	uint8_t code = wrong_kind[kind][l->wanted];

	if (kind == KIND_OTHER)
		return false;
	if (code == RIGHT && o->encrypted)
		code = PEM_ENCRYPTED;
	if (code != RIGHT)
		pem_find(l, (enum pem_lint_code)code, o->begin_line);
	return code != RIGHT;
}

static bool judge_markers(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;

	if (o->dash_line != 0) {
		pem_numbers(pem_find(l, PEM_DASH, o->dash_line), o->dash, o->dash_line, 0);
	} else if (o->hyphens_line != 0) {
		pem_find(l, PEM_HYPHENS, o->hyphens_line)->number[1] = o->hyphens;
	} else if (o->case_line != 0) {
		pem_find(l, PEM_CASE, o->case_line);
	} else if (o->blank_line != 0) {
		pem_find(l, PEM_LABEL_BLANK, o->blank_line);
	} else if (pem_kind_of(o->label) == KIND_OTHER) {
		pem_find(l, PEM_IS_OTHER, o->begin_line);
	} else {
		return false;
	}
	return true;
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
		pem_numbers(pem_find(l, PEM_NUMBERS, o->begin_line), o->numbered, o->begin_line, 0);
	} else if (o->prefixed > 0) {
		pem_find(l, PEM_PREFIX, o->begin_line)->number[0] = o->prefix;
	} else if (o->double_escape_line != 0) {
		pem_find(l, PEM_ESCAPED_TWICE, o->double_escape_line);
	} else if (o->slash_line != 0) {
		pem_find(l, PEM_SLASH, o->slash_line);
	} else if (o->foreign_line != 0) {
		f = pem_find(l, code_of(o->foreign), o->foreign_line);
		f->column = o->foreign_column;
		pem_numbers(f, o->foreign, o->foreign_line, o->foreign_column);
	} else if (o->url_line != 0) {
		pem_find(l, PEM_URL_ALPHABET, o->url_line);
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
	if (o->blanks > 0 && (said + 2) / 3 * 4 == o->chars + o->pads + o->blanks)
		pem_numbers(pem_find(l, PEM_PLUS, o->blanks_line), o->blanks, o->blanks_line, 0);
	else if (o->short_line != 0)
		pem_numbers(pem_find(l, PEM_SHORT_LINE, o->short_line), o->short_line, o->short_chars, o->first_chars);
	else if (line > 0 && o->chars % 4 != 1 && (missing % line == 0 || there % line == 0))
		pem_numbers(pem_find(l, PEM_LOST_LINES, o->begin_line), there, said, (missing + line - 1) / line);
	else
		pem_numbers(pem_find(l, PEM_LOST, o->begin_line), there, said, 0);
}

static bool judge_length(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;
	uint32_t there = bytes_there(o), said = bytes_said(o), pads = (4 - o->chars % 4) % 4;

	if (o->encrypted)
		return false;
	if (said == 0)
		pem_find(l, PEM_NOT_DER, o->begin_line + 1);
	else if (there > said && o->twice_line != 0)
		pem_numbers(pem_find(l, PEM_TWICE, o->twice_line), o->twice_line - 1, o->twice_line, there - said);
	else if (there < said)
		judge_short(l, there, said);
	else if (there > said)
		pem_numbers(pem_find(l, PEM_TOO_MUCH, o->begin_line), there, said, 0);
	else if (o->chars % 4 == 1)
		pem_numbers(pem_find(l, PEM_ODD, o->begin_line), o->chars, 0, 0);
	else if (o->pads != pads)
		pem_numbers(pem_find(l, PEM_PADDING, o->shown), o->shown, o->pads, pads);
	else if ((o->last_value & ((1u << (2 * pads)) - 1)) != 0)
		pem_find(l, PEM_LAST, o->shown);
	else
		return false;
	return true;
}

static bool judge_body(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;

	if (o->end_line == 0 && o->chars == 0)
		pem_find(l, PEM_BEGIN_ALONE, o->begin_line);
	else if (o->end_line == 0)
		pem_numbers(pem_find(l, PEM_NO_END, o->begin_line), o->begin_line, bytes_there(o), bytes_said(o));
	else if (strcmp(o->label, o->end_label) != 0)
		pem_numbers(pem_find(l, PEM_MISMATCH, o->end_line), o->begin_line, o->end_line, 0);
	else if (o->chars == 0)
		pem_numbers(pem_find(l, PEM_NO_BODY, o->begin_line), o->begin_line, o->end_line, 0);
	else if (o->pad_line != 0 && o->twice_line == 0)
		pem_find(l, PEM_PAD_INSIDE, o->pad_line);
	else
		return judge_length(l);
	return true;
}

/* What pem.h repairs, or was not asked about. */
static void judge_notes(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;

	if (l->bom && l->objects == 1)
		pem_find(l, PEM_BOM, 1);
	if (l->before_line != 0 && l->objects == 1)
		pem_find(l, PEM_BEFORE, l->before_line);
	if (o->escape_line != 0)
		pem_find(l, PEM_ESCAPED, o->escape_line);
	else if (o->one_line != 0)
		pem_find(l, PEM_ONE_LINE, o->one_line);
	if (o->indent_line != 0)
		pem_find(l, PEM_BLANKS, o->indent_line);
}

static void end_line_notes(struct pem_lint *l)
{
	if (l->crlf_line != 0)
		pem_find(l, PEM_CRLF, l->crlf_line);
	else if (l->cr_line != 0)
		pem_find(l, PEM_CR, l->cr_line);
	l->crlf_line = l->cr_line = UINT32_MAX;
}

/* One object among several that is not what was asked for, beside one that is. */
static bool is_beside(const struct pem_lint *l, enum pem_kind kind)
{
	bool key = kind == KIND_KEY || kind == KIND_ENCRYPTED || kind == KIND_OPENSSH;

	return l->wanted == PEM_LINT_KEY && l->keys > 0 && !key && kind != KIND_OTHER;
}

static void count(struct pem_lint *l, enum pem_kind kind)
{
	l->objects++;
	l->keys += kind == KIND_KEY || kind == KIND_ENCRYPTED || kind == KIND_OPENSSH;
	if (l->keys == 2 && l->second_line == 0)
		l->second_line = l->object.begin_line;
}

void pem_judge(struct pem_lint *l)
{
	const struct pem_lint_object *o = &l->object;
	enum pem_kind kind = pem_kind_of(o->label);

	l->stopped = true;
	count(l, kind);
	if (is_beside(l, kind)) {
		pem_find(l, PEM_BESIDE, o->begin_line);
		return;
	}
	if (judge_kind(l) || judge_markers(l) || judge_characters(l) || judge_body(l)) {
		l->damaged = true;
		return;
	}
	if (kind == KIND_PARAMETERS)
		pem_find(l, PEM_PARAMETERS, o->begin_line);
	judge_notes(l);
	if (l->crlf_line != UINT32_MAX)
		end_line_notes(l);
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

void pem_judge_text(struct pem_lint *l)
{
	enum pem_lint_code code = code_of_text(l);
	struct pem_lint_finding *f = pem_find(l, code, 0);

	f->number[0] = code == PEM_UTF16 ? l->zeros : code == PEM_NONE ? l->line - (l->column == 0) : l->outside_chars;
}

void pem_judge_end(struct pem_lint *l)
{
	if (l->wanted == PEM_LINT_KEY && l->keys > 1)
		pem_numbers(pem_find(l, PEM_TWO_KEYS, l->second_line), l->keys, l->second_line, 0);
	if (l->after_line != 0 && !l->damaged)
		pem_find(l, PEM_AFTER, l->after_line);
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
			pem_find(l, (enum pem_lint_code)rows[i].code, l->object.begin_line);
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
	else if (l->objects == 0)
		v.value = (struct bytes){ (const uint8_t *)l->start, l->start_len };
	finding_say(t, pem_lint_info((enum pem_lint_code)f->code).say, &v);
}
