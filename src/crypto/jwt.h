/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt.h - JSON Web Tokens (RFC 7519) as the IoT Core contract wants them:
 *
 *   {"alg":"ES256","typ":"JWT"} . {"iat":1700000000,"exp":1700003600,"aud":"project"} . signature
 *
 * in base64url without padding (RFC 7515), times as numbers of seconds.
 */
#ifndef TERN_CRYPTO_JWT_H
#define TERN_CRYPTO_JWT_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/base64.h"
#include "crypto/crypto.h"
#include "crypto/key.h"

enum {
	JWT_AUD_MAX = 64,            /* a project id has at most 30 characters */
	JWT_LIFETIME_MAX_S = 86400   /* the contract's limit */
};

/* Bytes of a token, terminating zero included, for an audience of AUD_LEN
 * characters and a signature of SIG_LEN bytes (ES256: 64, RS256: modulus). */
#define JWT_SIZE(aud_len, sig_len) \
	(36 + 1 + BASE64_URL_LEN(44 + (aud_len)) + 1 + BASE64_URL_LEN(sig_len) + 1)

struct jwt_claims {
	char         aud[JWT_AUD_MAX + 1];
	int64_t      iat, exp;    /* seconds since 1970 */
	enum key_alg alg;         /* jwt_parse(), jwt_verify() fill it; jwt_sign() takes the key's */
};

/* A token signed with the private key DER, terminated, *LEN without the zero.
 *   ERR_JWT_ARG   aud empty or with a character that JSON would have to escape;
 *                 not 0 <= iat < exp <= 9999999999, or a lifetime above the limit
 *   ERR_TOO_LONG  does not fit SIZE = JWT_SIZE(...)
 *   other         see key_sign() */
MUST_CHECK enum err jwt_sign(struct crypto *c, struct bytes key, const struct jwt_claims *claims, char *out,
			     size_t size, size_t *len);

/* Read a token without checking its signature: a flat JSON object in each of
 * the first two parts.  A claim that is missing stays 0 or "".
 *   ERR_JWT_FORMAT  not such a token, or an algorithm other than ES256, RS256 */
MUST_CHECK enum err jwt_parse(struct bytes token, struct jwt_claims *claims);

/* jwt_parse(), and the signature checked with KEY: a private key's DER or a
 * SubjectPublicKeyInfo's.  Times and audience are the caller's to judge.
 *   ERR_JWT_SIGNATURE  not signed by KEY, or KEY is of another algorithm */
MUST_CHECK enum err jwt_verify(struct crypto *c, struct bytes key, struct bytes token, struct jwt_claims *claims);

#endif
