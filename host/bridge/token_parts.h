/* SPDX-License-Identifier: Apache-2.0 */
/* token_parts.h - a token taken apart: three texts in base64url (RFC 7515, section 3.1). */
#ifndef TERN_BRIDGE_TOKEN_PARTS_H
#define TERN_BRIDGE_TOKEN_PARTS_H

#include "bridge/token.h"

enum token_part { TOKEN_HEADER, TOKEN_CLAIMS, TOKEN_SIGNATURE, TOKEN_PARTS };

struct token_parts {
	struct bytes input;                  /* what is signed: header and claims as they came, borrowed */
	struct { uint8_t *data; size_t len; } part[TOKEN_PARTS];    /* decoded, in ROOM */
	uint8_t room[TOKEN_SIZE];
};

/* False: TOKEN_FORM.  The signature may be empty. */
bool token_parts_read(struct token_parts *p, struct bytes token, bool strict, struct reason *why);

#endif
