/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.h - PEM (RFC 7468) as people paste it, fed byte by byte or line by line.
 *
 * Strict about content, forgiving about what terminals, editors and JSON do to
 * line ends: CRLF, CR, blanks at either end of a line, a literal "\n" or "\r\n"
 * for a line end, and lost line ends are repaired, since nothing else can be
 * meant.  A character that is not base64, a missing BEGIN or END line, an END
 * of another kind, or a lost line in the middle (the DER inside is shorter than
 * it says) is an error of its own, with line and character.
 *
 * Text before a BEGIN line is passed over, as in bundles.  After an object, or
 * after a damaged one, reading goes on with the next BEGIN line.
 */
#ifndef TERN_CRYPTO_PEM_H
#define TERN_CRYPTO_PEM_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEM_LABEL_MAX = 32 };   /* "ENCRYPTED PRIVATE KEY" has 21 */

enum pem_state { PEM_OUTSIDE, PEM_LABEL, PEM_BODY, PEM_FOOTER, PEM_DONE, PEM_DAMAGED };

struct pem {
	/* Read only, after pem_feed() or pem_end(): */
	char      label[PEM_LABEL_MAX + 1]; /* "EC PRIVATE KEY"; "" before a BEGIN line */
	uint8_t  *der;
	size_t    der_len;
	uint32_t  line;           /* of what was read last, from 1 */
	uint8_t   offender;       /* ERR_PEM_BASE64: the character that is not base64 */
	bool      repaired;       /* line ends were lost, escaped or indented */
	bool      encrypted;      /* "Proc-Type: 4,ENCRYPTED" (RFC 1421) */
	enum err  err;            /* why this object is damaged */

	/* Private. */
	size_t         der_size;
	enum pem_state state;
	uint32_t       bits;          /* base64 characters not yet made bytes */
	uint8_t        bits_chars, pads;
	uint8_t        matched;       /* characters of what is expected */
	char           line_start[4];
	uint8_t        line_len;      /* characters of this line, up to 255 */
	bool           header;        /* within a "Name: value" line (RFC 1421) */
	bool           escape;        /* a backslash came last */
	bool           begin_line;    /* still on the line of BEGIN */
	bool           last_cr, line_ended;
	bool           text, objects; /* what was met so far, for pem_end() */
};

/* Prepare to read objects of at most SIZE bytes of DER into DER, borrowed. */
void pem_init(struct pem *p, uint8_t *der, size_t size);

/* Take LEN bytes; returns how many.  Fewer: an object is complete or damaged;
 * look at pem_result() and feed the rest.  A line without its end: feed "\n" after it. */
size_t pem_feed(struct pem *p, const void *data, size_t len);

/*   ERR_AGAIN        in the middle, or before the first BEGIN line
 *   ERR_OK           der[0..der_len) is one whole DER object called label
 *   ERR_PEM_BASE64   offender is no base64 character, or the padding is wrong
 *   ERR_PEM_FOOTER   another BEGIN line stands where END belongs
 *   ERR_PEM_MISMATCH BEGIN and END name different kinds
 *   ERR_PEM_CUT      DER shorter or longer than it says: a line was lost
 *   ERR_PEM_FORMAT   empty, or a BEGIN line of another form
 *   ERR_TOO_LONG     more DER than there is room for
 * The next pem_feed() begins with a new object. */
enum err pem_result(const struct pem *p);

/* The text ends here, all of it taken.
 *   ERR_NOT_FOUND    between objects: nothing was fed, or each object has been reported
 *   ERR_PEM_HEADER   after text, none of which was a BEGIN line
 *   ERR_PEM_FOOTER   within an object
 *   ERR_PEM_FORMAT   within a BEGIN line */
enum err pem_end(struct pem *p);

/* Wipe what was read: key material. */
void pem_wipe(struct pem *p);

#endif
