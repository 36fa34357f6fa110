/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_json.h - the members of one JSON object (RFC 8259, to the letter): what
 * a token's header and claims are.
 */
#ifndef TERN_BRIDGE_TOKEN_JSON_H
#define TERN_BRIDGE_TOKEN_JSON_H

#include "base/bytes.h"

enum { TOKEN_JSON_MEMBERS = 64 };

enum token_json_type { TOKEN_JSON_ABSENT, TOKEN_JSON_STRING, TOKEN_JSON_NUMBER, TOKEN_JSON_BOOL, TOKEN_JSON_NULL,
		       TOKEN_JSON_ARRAY, TOKEN_JSON_OBJECT };

struct token_json_member {
	const char          *name;     /* set by the caller */
	enum token_json_type type;
	struct bytes         value;    /* a string without quotes and escapes, else as it is written */
};

/* Look for COUNT members in the object that is all of DATA[0..LEN).  Strings are
 * unescaped in place.  Names are unique at the top; what is not looked for is only
 * checked to be JSON, at most DEPTH deep.  NULL, or what is wrong: a sentence's end. */
const char *token_json_read(uint8_t *data, size_t len, unsigned depth, struct token_json_member *wanted, size_t count);

/* "a string", "an array"; ABSENT: "missing" */
const char *token_json_type_name(enum token_json_type type);

/* Is TEXT a number as JSON writes them, and all of it? */
bool token_json_is_number(struct bytes text);

#endif
