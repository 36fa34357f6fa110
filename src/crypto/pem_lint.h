/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_lint.h - why a pasted key or certificate is of no use: fed byte by byte
 * beside pem.h, which reads it, and independent of it.
 *
 * pem.h stops at the first character that it cannot use.  Here the rest is looked
 * at, too, and the cause is named, not its consequence: numbers in front of all
 * lines, not the first colon; a line that came twice, not a length.  What pem.h
 * repairs is a note.  Whether the key within is of use is crypto/key.h's to find
 * out, and pem_lint_key()'s to say.
 *
 * Sans-IO, no heap.  Nothing that is kept or said contains a character of the
 * base64 but the one that does not belong there.
 */
#ifndef TERN_CRYPTO_PEM_LINT_H
#define TERN_CRYPTO_PEM_LINT_H

#include "base/err.h"
#include "base/finding.h"
#include "crypto/key.h"
#include "crypto/pem_lint_list.h"

/* What belongs there. */
enum pem_lint_for { PEM_LINT_KEY, PEM_LINT_PUBLIC, PEM_LINT_ROOTS };

#define PEM_LINT_ENUM(name, code, weight, grade, say) PEM_##name,
enum pem_lint_code { PEM_LINT_LIST(PEM_LINT_ENUM) PEM_LINT_CODES };
#undef PEM_LINT_ENUM

enum { PEM_LINT_FOUND = 8, PEM_LINT_START = 12 };

struct pem_lint_finding {
	uint8_t  code;            /* enum pem_lint_code */
	uint32_t line, column;    /* from 1; 0: none, or of the whole */
	uint32_t number[3];       /* what the sentence shows */
};

/* Evidence about one object. */
struct pem_lint_object {
	char     label[PEM_LABEL_MAX + 1], end_label[PEM_LABEL_MAX + 1];   /* in capitals, blanks squeezed */
	uint32_t begin_line, end_line;      /* 0: none */
	uint32_t begin_number;              /* before the BEGIN; NO_NUMBER */
	uint32_t prefix;                    /* the character before the BEGIN on its line; 0: none */
	uint32_t dash_line, dash;           /* a dash that is no hyphen */
	uint32_t hyphens_line, hyphens;     /* a marker that has not five of them */
	uint32_t case_line, blank_line;     /* a marker in small letters; with blanks too many or too few */
	uint32_t foreign_line, foreign_column, foreign;   /* the first character that is no base64 */
	uint32_t url_line;                  /* '-' or '_' */
	uint32_t numbered, prefixed;        /* lines */
	uint32_t twice_line;                /* the same as the one before */
	uint32_t short_line, short_chars;   /* shorter than the first, and not the last */
	uint32_t pad_line;                  /* '=' with more behind it */
	uint32_t blanks_line, blanks;       /* in its lines */
	uint32_t indent_line, one_line, escape_line, double_escape_line, slash_line;
	uint32_t chars, pads;               /* of base64 */
	uint32_t lines, first_chars, last_chars, last_crc;
	uint32_t shown;                     /* the last line of base64 */
	uint8_t  value[8], last_value;      /* bits of the first characters, and of the last */
	bool     encrypted;                 /* "Proc-Type: 4,ENCRYPTED" (RFC 1421) */
};

struct pem_lint {
	/* Read only, after pem_lint_feed(), _end(), _key(): */
	struct pem_lint_finding found[PEM_LINT_FOUND];
	uint8_t count;
	struct pem_lint_object object;      /* what they are about */

	/* Private. */
	enum pem_lint_for wanted;
	uint8_t  state, back;          /* BACK: where a word leads that is none */
	bool     closing;              /* the marker is an END */
	bool     bare;                 /* the marker is none to pem.h */
	bool     soft_line;            /* the line before ended as "\n" */
	bool     damaged;              /* an object was */
	bool     tail;                 /* something stands in this line already */
	bool     blank, header;        /* a blank came last; this is a line such as "Proc-Type:" */
	bool     lower, last_cr, text_began, stopped, stray_end, bom, all_hex, all_base64;
	uint8_t  escape;               /* backslashes */
	uint8_t  utf8_left, start_len, held_len, number_state;
	char     held[6];              /* of "BEGIN" or "END" */
	char     line_start[4], start[PEM_LINT_START];
	uint32_t utf8;
	uint32_t line, column;
	uint32_t run, run_dash, run_column;   /* dashes in a row; one that is no hyphen */
	uint32_t before;               /* the last character but blanks before them, on this line */
	uint32_t number;               /* at the beginning of this line */
	uint32_t line_chars, line_crc, line_url;   /* of this line; object.url_line when it began */
	uint32_t crlf_line, cr_line, before_line, after_line;
	uint32_t zeros, outside_chars;
	uint32_t objects, keys, second_line;
};

void pem_lint_init(struct pem_lint *l, enum pem_lint_for wanted);

/* Take LEN bytes; returns how many.  Fewer: an object has ended, and found[] is
 * about it, perhaps empty.  Feed the rest then. */
size_t pem_lint_feed(struct pem_lint *l, const void *data, size_t len);

/* The last byte taken has ended an object. */
bool pem_lint_ended(const struct pem_lint *l);

/* The text ends here, all of it taken: found[] is about an object that has not
 * ended, or about the text as a whole. */
void pem_lint_end(struct pem_lint *l);

/* Say in found[] why crypto/key.h has refused what PEM armour held: E and INFO
 * are its results.  Nothing when E is ERR_OK, or one that is of PEM. */
void pem_lint_key(struct pem_lint *l, enum err e, const struct key_info *info);

struct finding_info pem_lint_info(enum pem_lint_code code);

/* Append the sentence of F, one of L's.  INFO is what pem_lint_key() got, or NULL. */
void pem_lint_say(const struct pem_lint *l, const struct pem_lint_finding *f, const struct key_info *info,
		  struct text *t);

/* Forget what was seen of a key. */
void pem_lint_wipe(struct pem_lint *l);

#endif
