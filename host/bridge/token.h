/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - a device's token (JWT, RFC 7519) held against its keys.
 *
 * As Google did: ES256 and RS256, one audience, iat and exp with a tolerance,
 * base64 padding and numbers written as strings taken unless strict; nbf and
 * what else a token says are not looked at.  Pure: no clock, no database.
 *
 * The order is form, algorithm, signature, then what is claimed: TOKEN_AUDIENCE,
 * TOKEN_TIME and TOKEN_LIFE are about a token that a key of the device signed,
 * the other reasons about one that anybody may have sent.
 */
#ifndef TERN_BRIDGE_TOKEN_H
#define TERN_BRIDGE_TOKEN_H

#include "bridge/reason.h"
#include "registry/credential.h"

struct token_rules {
	struct bytes audience;    /* the project */
	int64_t  now_s;           /* seconds since 1970 */
	uint32_t skew_s;          /* 600: tolerance both ways */
	uint32_t life_max_s;      /* 86,400; the tolerance is added */
	bool     strict;          /* refuse what RFC 7515 and 7519 do: padding, numbers as strings */
};

enum {
	TOKEN_SIZE  = 8192,       /* bytes, at most */
	TOKEN_DEPTH = 8           /* of JSON in JSON, at most */
};

struct token_claims {
	int64_t iat_s, exp_s;     /* fractions are cut off */
	size_t  key;              /* which of KEYS fits */
};

/* False: WHY says what is wrong with the values seen; never the token itself. */
bool token_verify(struct bytes token, const struct credential *keys, size_t count, const struct token_rules *rules,
		  struct token_claims *claims, struct reason *why);

#endif
