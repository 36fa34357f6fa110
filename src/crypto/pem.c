/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem.h"

#include "crypto/base64.h"

#include <string.h>

/*
 *            "-----BEGIN "          "-----"            '-'
 *   OUTSIDE -------------> LABEL -----------> BODY ---------> FOOTER
 *      ^                     |                 |                |
 *      +---- next feed ------+---- DAMAGED <---+----------------+---> DONE
 *
 * In every state MATCHED counts the characters of the text that is expected.
 */
static const char begin[] = "-----BEGIN ";
static const char end[] = "-----END ";

enum { BEGIN_LEN = sizeof begin - 1, END_LEN = sizeof end - 1, DASHES = 5 };

void pem_init(struct pem *p, uint8_t *der, size_t size)
{
	memset(p, 0, sizeof *p);
	p->der = der;
	p->der_size = size;
	p->line = 1;
	p->err = ERR_AGAIN;
}

void pem_wipe(struct pem *p)
{
	bytes_wipe(p->der, p->der_size);
	p->der_len = 0;
	p->bits = 0;
}

/* A result: the caller hears of it before more is read. */
static void finish(struct pem *p, enum err e)
{
	p->state = e == ERR_OK ? PEM_DONE : PEM_DAMAGED;
	p->err = e;
	p->objects = true;
	p->matched = 0;
}

static void next_object(struct pem *p)
{
	p->state = PEM_OUTSIDE;
	p->err = ERR_AGAIN;
	p->label[0] = '\0';
	p->der_len = 0;
	p->bits = p->bits_chars = p->pads = 0;
	p->repaired = p->encrypted = p->header = false;
	p->offender = 0;
}

static void in_outside(struct pem *p, char c)
{
	if (c == begin[p->matched])
		p->matched++;
	else if (c != '-')
		p->matched = 0;
	else if (p->matched != DASHES)   /* a sixth dash leaves five */
		p->matched = 1;
	if (p->matched == BEGIN_LEN) {
		p->state = PEM_LABEL;
		p->matched = 0;
	}
}

static void in_label(struct pem *p, char c)
{
	size_t len = strlen(p->label);

	if (c == '-') {
		if (++p->matched < DASHES)
			return;
		p->matched = 0;
		p->state = PEM_BODY;
		p->begin_line = true;
		p->line_len = 0;
		if (len == 0)
			finish(p, ERR_PEM_FORMAT);
		return;
	}
	if (p->matched > 0 || len == PEM_LABEL_MAX || !(c == ' ' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
		finish(p, ERR_PEM_FORMAT);
		return;
	}
	p->label[len] = c;
	p->label[len + 1] = '\0';
}

static void bad_character(struct pem *p, char c)
{
	p->offender = (uint8_t)c;
	finish(p, ERR_PEM_BASE64);
}

/* Four characters are there: up to three bytes. */
static void put_quad(struct pem *p)
{
	unsigned n = 3u - p->pads;

	if (p->pads > 0 && (p->bits & ((1u << (8 * p->pads)) - 1)) != 0) {
		bad_character(p, '=');
		return;
	}
	if (p->der_size - p->der_len < n) {
		finish(p, ERR_TOO_LONG);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		p->der[p->der_len++] = (uint8_t)(p->bits >> (16 - 8 * i));
	p->bits = p->bits_chars = 0;
}

static void put_character(struct pem *p, char c)
{
	int v = base64_value(BASE64_STD, (uint8_t)c);

	if (c == '=' && p->pads < 2 && p->bits_chars >= 2) {
		p->pads++;
		v = 0;
	} else if (v < 0 || p->pads > 0) {
		bad_character(p, c);
		return;
	}
	p->bits = p->bits << 6 | (uint32_t)v;
	if (++p->bits_chars == 4)
		put_quad(p);
}

/* "Proc-Type: 4,ENCRYPTED" and "DEK-Info: AES-256-CBC,..." (RFC 1421, 4.6): the
 * dash tells them from base64, of which nothing precedes them. */
static bool begins_header(const struct pem *p)
{
	static const char names[2][5] = { "Proc", "DEK" };

	for (size_t i = 0; i < 2; i++)
		if (p->der_len <= 3 && p->line_len == strlen(names[i]) &&
		    memcmp(p->line_start, names[i], p->line_len) == 0)
			return true;
	return false;
}

static void in_body(struct pem *p, char c)
{
	if (p->header)
		return;
	if (c == '-' && begins_header(p)) {
		p->header = p->encrypted = true;
		p->der_len = 0;
		p->bits = p->bits_chars = 0;
	} else if (c == '-') {
		p->repaired |= p->line_len > 0;
		p->state = PEM_FOOTER;
		p->matched = 1;
	} else if (c != ' ' && c != '\t') {
		p->repaired |= p->begin_line;
		if (p->line_len < sizeof p->line_start)
			p->line_start[p->line_len] = c;
		p->line_len = p->line_len < UINT8_MAX ? p->line_len + 1 : UINT8_MAX;
		put_character(p, c);
	}
}

/* True when DER is one whole SEQUENCE, or the OBJECT IDENTIFIER of "EC
 * PARAMETERS" (X.690, 8.1.3). */
static bool der_is_whole(const uint8_t *der, size_t len)
{
	size_t n = 0, used = 2;

	if (len < 2 || (der[0] != 0x30 && der[0] != 0x06))
		return false;
	if (der[1] < 0x80)
		return len == used + der[1];
	if (der[1] == 0x80 || der[1] > 0x83)
		return false;
	for (unsigned i = 0; i < der[1] - 0x80u; i++, used++)
		n = n << 8 | (used < len ? der[used] : 0);
	return len == used + n;
}

static void complete(struct pem *p)
{
	if (p->bits_chars != 0)
		bad_character(p, '=');
	else if (p->der_len == 0)
		finish(p, ERR_PEM_FORMAT);
	else if (!p->encrypted && !der_is_whole(p->der, p->der_len))
		finish(p, ERR_PEM_CUT);
	else
		finish(p, ERR_OK);
}

/* "-----END " label "-----", of which the first dash was read in the body.
 * Returns false when C belongs to the next object. */
static bool in_footer(struct pem *p, char c)
{
	size_t label_len = strlen(p->label);
	size_t at = p->matched;
	char want = at < END_LEN ? end[at] : at < END_LEN + label_len ? p->label[at - END_LEN] : '-';

	if (c == want) {
		p->matched++;
		if (p->matched == END_LEN + label_len + DASHES)
			complete(p);
		return true;
	}
	if (at < DASHES) {
		bad_character(p, '-');
	} else if (at == DASHES && c == 'B') {
		finish(p, ERR_PEM_FOOTER);
		p->matched = DASHES;
		return false;
	} else {
		finish(p, at < END_LEN ? ERR_PEM_FOOTER : ERR_PEM_MISMATCH);
	}
	return true;
}

/* A line ends, really or as a literal "\n". */
static void line_end(struct pem *p)
{
	p->header = p->begin_line = false;
	p->line_len = 0;
	if (p->state == PEM_LABEL)
		finish(p, ERR_PEM_FORMAT);
	else if (p->state == PEM_OUTSIDE)
		p->matched = 0;
	else if (p->state == PEM_FOOTER && p->matched < DASHES)
		bad_character(p, '-');
	else if (p->state == PEM_FOOTER)
		finish(p, ERR_PEM_MISMATCH);
}

/* One character; false when it is not taken. */
static bool take(struct pem *p, char c)
{
	if (p->escape) {
		p->escape = false;
		p->repaired = true;
		if (c == 'n' || c == 'r')
			line_end(p);
		else
			bad_character(p, '\\');
		return true;
	}
	p->text |= c != ' ' && c != '\t';
	switch (p->state) {
	case PEM_OUTSIDE:
		in_outside(p, c);
		break;
	case PEM_LABEL:
		in_label(p, c);
		break;
	case PEM_BODY:
		if (c == '\\' && !p->header)
			p->escape = true;
		else
			in_body(p, c);
		break;
	case PEM_FOOTER:
		return in_footer(p, c);
	case PEM_DONE:
	case PEM_DAMAGED:
		break;
	}
	return true;
}

/* CR, LF or CRLF.  The line is counted when the next one begins. */
static void take_line_end(struct pem *p, char c)
{
	bool crlf = c == '\n' && p->last_cr;

	p->last_cr = c == '\r';
	if (crlf)
		return;
	p->line += p->line_ended;
	p->line_ended = true;
	line_end(p);
}

size_t pem_feed(struct pem *p, const void *data, size_t len)
{
	const char *text = data;
	size_t i = 0;

	if (len > 0 && (p->state == PEM_DONE || p->state == PEM_DAMAGED))
		next_object(p);
	for (; i < len && p->state != PEM_DONE && p->state != PEM_DAMAGED; i++) {
		if (text[i] == '\n' || text[i] == '\r') {
			take_line_end(p, text[i]);
			continue;
		}
		p->line += p->line_ended;
		p->line_ended = p->last_cr = false;
		if (!take(p, text[i]))
			break;
	}
	return i;
}

enum err pem_result(const struct pem *p)
{
	return p->err;
}

enum err pem_end(struct pem *p)
{
	if (p->state == PEM_DONE || p->state == PEM_DAMAGED)
		next_object(p);
	if (p->state != PEM_OUTSIDE)
		finish(p, p->state == PEM_LABEL ? ERR_PEM_FORMAT : ERR_PEM_FOOTER);
	else
		p->err = p->text && !p->objects ? ERR_PEM_HEADER : ERR_NOT_FOUND;
	return p->err;
}
