/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.h - base64 and base64url (RFC 4648, sections 4 and 5).
 *
 * No table lookup and no branch depends on a character's value, so that key
 * material does not show in the time taken.  Decoding is strict: no blanks, no
 * foreign character, and the unused bits of the last character are zero.
 */
#ifndef TERN_CRYPTO_BASE64_H
#define TERN_CRYPTO_BASE64_H

#include "base/bytes.h"
#include "base/err.h"

enum base64_kind {
	BASE64_STD,   /* '+' '/', padded with '=' */
	BASE64_URL    /* '-' '_', never padded (RFC 7515, 2) */
};

/* Characters that N bytes become, without a terminating zero. */
#define BASE64_STD_LEN(n) (((n) + 2) / 3 * 4)
#define BASE64_URL_LEN(n) (((n) * 4 + 2) / 3)

/* Encode N bytes at DATA as exactly that many characters at OUT, not
 * terminated; returns the number.  DATA may be the last N bytes of that room. */
size_t base64_encode(enum base64_kind kind, const uint8_t *data, size_t n, char *out);

/* Decode TEXT.  OUT may be where TEXT is.
 *   ERR_FORMAT    not base64 of that kind
 *   ERR_TOO_LONG  more than SIZE bytes */
MUST_CHECK enum err base64_decode(enum base64_kind kind, struct bytes text, uint8_t *out, size_t size, size_t *len);

/* The six bits of character C, or a negative number; constant time. */
int base64_value(enum base64_kind kind, uint8_t c);

#endif
