/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "bridge/token.h"
#include "support/sentence_rules.h"
#include "support/token_maker.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000LL
enum { HOUR = 3600, DAY = 86400, MIN = 60 };

static const char project[] = "my-project-123456";
static const char es256[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", rs256[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";

/* ---- keys ------------------------------------------------------------------ */

enum { EC, EC_2, RSA_2048, RSA_4096, KEYS };
static const char *const key_names[KEYS] = { "p256_sec1", NULL, "rsa2048_pkcs1", "rsa4096_pkcs1" };
static EVP_PKEY *keys[KEYS];
static struct credential credentials[KEYS];

static int make_keys(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++) {
		bool rsa = i >= RSA_2048;
		char error[CREDENTIAL_ERROR], *pem;

		keys[i] = key_names[i] != NULL ? token_maker_key(key_names[i]) : EVP_EC_gen("P-256");
		pem = token_maker_public(keys[i]);
		if (!credential_read(&credentials[i], rsa ? CREDENTIAL_RSA_PEM : CREDENTIAL_ES256_PEM, bytes_of(pem), error))
			fail_msg("%s", error);
		free(pem);
	}
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++) {
		EVP_PKEY_free(keys[i]);
		credential_free(&credentials[i]);
	}
	return 0;
}

static const struct token_rules lenient = {
	.audience = { (const uint8_t *)project, sizeof project - 1 }, .now_s = NOW, .skew_s = 600, .life_max_s = DAY
};

/* In a buffer that ends where the token does. */
static bool verify(const char *token, size_t len, const struct credential *k, size_t count, bool strict,
		   struct token_claims *claims, struct reason *why)
{
	struct token_rules rules = lenient;
	uint8_t *exact = malloc(len + 1);
	bool ok;

	rules.strict = strict;
	memcpy(exact, token, len);
	memset(why, 0, sizeof *why);
	ok = token_verify((struct bytes){ exact, len }, k, count, &rules, claims, why);
	free(exact);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(ok, why->code == REASON_NONE);
	if (!ok && sentence_flaw(why->text) != NULL)
		fail_msg("%s: %s", sentence_flaw(why->text), why->text);
	return ok;
}

/* ---- whole tokens ----------------------------------------------------------- */

#define CLAIMS "{\"iat\":1800000000,\"exp\":1800003600,\"aud\":\"my-project-123456\"}"
#define CLAIMS_OF(iat, exp) "{\"iat\":" iat ",\"exp\":" exp ",\"aud\":\"my-project-123456\"}"
#define CLAIMS_FOR(aud) "{\"iat\":1800000000,\"exp\":1800003600,\"aud\":" aud "}"

enum { BOTH, LENIENT, STRICT };    /* in which mode the row holds; in the other one it is refused as TOKEN_FORM */

static const struct row {
	const char *name, *header, *claims;
	int         key;
	unsigned    how;
	int         mode;
	enum reason_code code;    /* NONE: taken */
	const char *text;         /* part of the sentence */
} rows[] = {
	{ "es256",                      es256, CLAIMS, EC, 0, BOTH, REASON_NONE, "" },
	{ "rs256",                      rs256, CLAIMS, RSA_2048, 0, BOTH, REASON_NONE, "" },
	{ "rs256_of_4096_bits",         rs256, CLAIMS, RSA_4096, 0, BOTH, REASON_NONE, "" },
	{ "padded_as_googles_sdk_did",  es256, CLAIMS, EC, TOKEN_PADDED, LENIENT, REASON_NONE, "" },
	{ "padded_rs256",               rs256, CLAIMS, RSA_2048, TOKEN_PADDED, LENIENT, REASON_NONE, "" },
	{ "strings_as_x_cube_gcp_did",  rs256, CLAIMS_OF("\"1800000000\"", "\"1800003600\""), RSA_2048, TOKEN_PADDED, LENIENT, REASON_NONE, "" },
	{ "strings_unpadded",           es256, CLAIMS_OF("\"1800000000\"", "\"1800003600\""), EC, 0, LENIENT, REASON_NONE, "" },
	{ "one_string_one_number",      es256, CLAIMS_OF("1800000000", "\"1800003600\""), EC, 0, LENIENT, REASON_NONE, "" },
	{ "fractions",                  es256, CLAIMS_OF("1800000000.75", "1800003600.25"), EC, 0, BOTH, REASON_NONE, "" },
	{ "exponents",                  es256, CLAIMS_OF("1.8e9", "18000036E2"), EC, 0, BOTH, REASON_NONE, "" },
	{ "typ_absent",                 "{\"alg\":\"ES256\"}", CLAIMS, EC, 0, BOTH, REASON_NONE, "" },
	{ "unknown_header_fields",      "{\"kid\":\"1\",\"jku\":\"http://x\",\"x5c\":[\"a\",[]],\"alg\":\"ES256\",\"typ\":7}", CLAIMS, EC, 0, BOTH, REASON_NONE, "" },
	{ "other_claims",               es256, "{\"nbf\":9999999999,\"x\":{\"y\":[1,true,null]},\"iat\":1800000000,\"exp\":1800003600,\"aud\":\"my-project-123456\"}", EC, 0, BOTH, REASON_NONE, "" },
	{ "white_space_in_json",        " {\r\n\t\"alg\" : \"ES256\" }\n", CLAIMS, EC, 0, BOTH, REASON_NONE, "" },
	{ "escapes_in_names_and_aud",   "{\"\\u0061lg\":\"\\u0045S256\"}", CLAIMS_FOR("\"my\\u002dproject-123456\""), EC, 0, BOTH, REASON_NONE, "" },

	{ "alg_none",                   "{\"alg\":\"none\"}", CLAIMS, EC, TOKEN_UNSIGNED, BOTH, REASON_TOKEN_ALGORITHM, "an unsigned token proves nothing" },
	{ "alg_None",                   "{\"alg\":\"NonE\"}", CLAIMS, EC, TOKEN_UNSIGNED, BOTH, REASON_TOKEN_ALGORITHM, "unsigned" },
	{ "hs256",                      "{\"alg\":\"HS256\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_ALGORITHM, "only public keys are registered" },
	{ "es384",                      "{\"alg\":\"ES384\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_ALGORITHM, "ES384" },
	{ "ps256",                      "{\"alg\":\"PS256\"}", CLAIMS, RSA_2048, 0, BOTH, REASON_TOKEN_ALGORITHM, "PS256" },
	{ "small_letters",              "{\"alg\":\"es256\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_ALGORITHM, "capitals" },
	{ "alg_with_a_nul",             "{\"alg\":\"ES256\\u0000\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_ALGORITHM, "\\x00" },
	{ "alg_empty",                  "{\"alg\":\"\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_ALGORITHM, "alg is" },
	{ "alg_absent",                 "{\"typ\":\"JWT\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "alg is missing" },
	{ "alg_number",                 "{\"alg\":256}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "alg is a number" },
	{ "alg_twice",                  "{\"alg\":\"ES256\",\"alg\":\"none\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "a name twice" },
	{ "alg_twice_once_escaped",     "{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "a name twice" },
	{ "crit",                       "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "'crit'" },
	{ "header_no_json",             "ES256", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "header is no JSON object" },
	{ "header_array",               "[\"ES256\"]", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "header is no JSON object" },
	{ "header_goes_on",             "{\"alg\":\"ES256\"}{}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "goes on" },
	{ "header_too_deep",            "{\"alg\":\"ES256\",\"x\":[[[[[[[[[1]]]]]]]]]}", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "too deep" },
	{ "header_empty",               "", CLAIMS, EC, 0, BOTH, REASON_TOKEN_FORM, "no JSON object" },
	{ "es256_signed_by_rsa",        es256, CLAIMS, RSA_2048, 0, BOTH, REASON_TOKEN_SIGNATURE, "has 256 bytes; that is RSA's" },
	{ "rs256_signed_by_ec",         rs256, CLAIMS, EC, 0, BOTH, REASON_TOKEN_SIGNATURE, "has 64 bytes; that is ES256's" },
	{ "es256_in_der",               es256, CLAIMS, EC, TOKEN_DER, BOTH, REASON_TOKEN_SIGNATURE, "it is DER" },
	{ "es256_unsigned",             es256, CLAIMS, EC, TOKEN_UNSIGNED, BOTH, REASON_TOKEN_SIGNATURE, "never signed" },
	{ "es256_spoilt",               es256, CLAIMS, EC, TOKEN_SPOILT, BOTH, REASON_NO_KEY, "none of the device's keys" },
	{ "rs256_spoilt",               rs256, CLAIMS, RSA_2048, TOKEN_SPOILT, BOTH, REASON_NO_KEY, "none of the device's keys" },
	{ "standard_base64",            es256, "{\"iat\":1800000000,\"exp\":1800003600,\"aud\":\"my-project-123456\",\"x\":\"\xc3\xbf\xc3\xbf?\xc3\xbf>~~~\"}", EC, TOKEN_STANDARD, BOTH, REASON_TOKEN_FORM, "base64url" },

	{ "claims_no_json",             es256, "iat=1", EC, 0, BOTH, REASON_TOKEN_FORM, "the token's claims part is no JSON object" },
	{ "claims_cut_off",             es256, "{\"iat\":1800000000,\"exp\":1800003600,\"aud\":\"my-pro", EC, 0, BOTH, REASON_TOKEN_FORM, "ends within a string" },
	{ "claims_trailing_comma",      es256, "{\"iat\":1800000000,}", EC, 0, BOTH, REASON_TOKEN_FORM, "lacks a name" },
	{ "claims_single_quotes",       es256, "{'iat':1800000000}", EC, 0, BOTH, REASON_TOKEN_FORM, "lacks a name" },
	{ "aud_twice",                  es256, "{\"aud\":\"other-project\",\"iat\":1800000000,\"exp\":1800003600,\"aud\":\"my-project-123456\"}", EC, 0, BOTH, REASON_TOKEN_FORM, "a name twice" },
	{ "leading_zero",               es256, CLAIMS_OF("01800000000", "1800003600"), EC, 0, BOTH, REASON_TOKEN_FORM, "lacks a ','" },
	{ "control_in_string",          es256, CLAIMS_FOR("\"my-project\n123456\""), EC, 0, BOTH, REASON_TOKEN_FORM, "control character" },
	{ "half_a_surrogate",           es256, CLAIMS_FOR("\"\\ud800\""), EC, 0, BOTH, REASON_TOKEN_FORM, "surrogate" },
	{ "high_surrogate_and_a_letter", es256, CLAIMS_FOR("\"\\ud83d\\u0041\""), EC, 0, BOTH, REASON_TOKEN_FORM, "surrogate" },
	{ "bad_escape",                 es256, CLAIMS_FOR("\"\\x41\""), EC, 0, BOTH, REASON_TOKEN_FORM, "escape" },

	{ "aud_other",                  es256, CLAIMS_FOR("\"other-project-1\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "'other-project-1'; it must be the project of the client id, 'my-project-123456'" },
	{ "aud_missing",                es256, "{\"iat\":1800000000,\"exp\":1800003600}", EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "aud is missing" },
	{ "aud_array",                  es256, CLAIMS_FOR("[\"my-project-123456\"]"), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "aud is an array" },
	{ "aud_null",                   es256, CLAIMS_FOR("null"), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "aud is null" },
	{ "aud_empty",                  es256, CLAIMS_FOR("\"\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "it is empty" },
	{ "aud_project_number",         es256, CLAIMS_FOR("\"123456789012\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "the project's number" },
	{ "aud_project_name",           es256, CLAIMS_FOR("\"My Project\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "the project's name" },
	{ "aud_capitals",               es256, CLAIMS_FOR("\"My-Project-123456\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "capitals count" },
	{ "aud_path",                   es256, CLAIMS_FOR("\"projects/my-project-123456\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "a path" },
	{ "aud_url",                    es256, CLAIMS_FOR("\"https://mqtt.googleapis.com\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "an address" },
	{ "aud_with_nul_behind",        es256, CLAIMS_FOR("\"my-project-123456\\u0000\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "\\x00" },
	{ "aud_prefix",                 es256, CLAIMS_FOR("\"my-project-12345\""), EC, 0, BOTH, REASON_TOKEN_AUDIENCE, "aud is" },

	{ "iat_missing",                es256, "{\"exp\":1800003600,\"aud\":\"my-project-123456\"}", EC, 0, BOTH, REASON_TOKEN_FORM, "iat is missing" },
	{ "exp_missing",                es256, "{\"iat\":1800000000,\"aud\":\"my-project-123456\"}", EC, 0, BOTH, REASON_TOKEN_FORM, "exp is missing" },
	{ "iat_boolean",                es256, CLAIMS_OF("true", "1800003600"), EC, 0, BOTH, REASON_TOKEN_FORM, "iat is a boolean" },
	{ "exp_text",                   es256, CLAIMS_OF("1800000000", "\"tomorrow\""), EC, 0, LENIENT, REASON_TOKEN_FORM, "exp is a string, 'tomorrow'" },
	{ "exp_iso",                    es256, CLAIMS_OF("1800000000", "\"2027-01-15T09:00:00Z\""), EC, 0, LENIENT, REASON_TOKEN_FORM, "2027-01-15" },
	{ "exp_empty_string",           es256, CLAIMS_OF("1800000000", "\"\""), EC, 0, LENIENT, REASON_TOKEN_FORM, "exp is a string" },
	{ "iat_milliseconds",           es256, CLAIMS_OF("1800000000000", "1800003600000"), EC, 0, BOTH, REASON_TOKEN_FORM, "milliseconds" },
	{ "iat_negative",               es256, CLAIMS_OF("-1", "1800003600"), EC, 0, BOTH, REASON_TOKEN_FORM, "'-1'" },
	{ "iat_huge",                   es256, CLAIMS_OF("1e999", "1800003600"), EC, 0, BOTH, REASON_TOKEN_FORM, "'1e999'" },
	{ "exp_64_bit_wrap",            es256, CLAIMS_OF("1800000000", "18446744073709551616"), EC, 0, BOTH, REASON_TOKEN_FORM, "exp is a number" },
};

static void each_token_is_taken_or_explained(void **state)
{
	static char token[TOKEN_MAKER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int strict = 0; strict < 2; strict++) {
			const struct row *r = &rows[i];
			size_t len = token_make(token, keys[r->key], r->header, r->claims, r->how);
			bool holds = r->mode == BOTH || (r->mode == STRICT) == strict;
			enum reason_code want = holds ? r->code : REASON_TOKEN_FORM;
			struct token_claims claims = { 0 };
			struct reason why;
			bool ok = verify(token, len, credentials, 3, strict, &claims, &why);

			if (r->key == RSA_4096)
				ok = verify(token, len, &credentials[RSA_4096], 1, strict, &claims, &why);
			if (why.code != want || (holds && strstr(why.text, r->text) == NULL))
				fail_msg("%s%s: %s '%s'", r->name, strict ? " (strict)" : "", reason_name(why.code), why.text);
			if (ok) {
				assert_int_equal(claims.iat_s, NOW);
				assert_int_equal(claims.exp_s, NOW + HOUR);
				assert_int_equal(claims.key, r->key == RSA_4096 ? 0 : r->key);
			}
		}
}

/* ---- times ------------------------------------------------------------------ */

static void times_to_the_second(void **state)
{
	static const struct { const char *name; int64_t iat, exp; enum reason_code code; const char *text; } times[] = {
		{ "9_minutes_ahead",       NOW + 9 * MIN,  NOW + HOUR, REASON_NONE, "" },
		{ "10_minutes_ahead",      NOW + 600,      NOW + HOUR, REASON_NONE, "" },
		{ "601_s_ahead",           NOW + 601,      NOW + HOUR, REASON_TOKEN_TIME, "(601 s; 600 s are tolerated); key and project are right, only the time is not" },
		{ "11_minutes_ahead",      NOW + 11 * MIN, NOW + HOUR, REASON_TOKEN_TIME, "the device's clock is 11 min 00 s ahead of this server's: the token was issued at 2027-01-15T08:11:00Z" },
		{ "expired_9_minutes",     NOW - HOUR, NOW - 9 * MIN,  REASON_NONE, "" },
		{ "expired_10_minutes",    NOW - HOUR, NOW - 600,      REASON_NONE, "" },
		{ "expired_601_s",         NOW - HOUR, NOW - 601,      REASON_TOKEN_TIME, "the token expired 10 min 01 s ago (601 s; exp 2027-01-15T07:49:59Z, here it is 2027-01-15T08:00:00Z" },
		{ "expired_11_minutes",    NOW - HOUR, NOW - 11 * MIN, REASON_TOKEN_TIME, "either the device's clock is 1 h 00 min behind this server's, or it used an old token" },
		{ "life_of_24_hours",      NOW, NOW + DAY,             REASON_NONE, "" },
		{ "life_of_24_hours_and_the_tolerance", NOW, NOW + DAY + 600, REASON_NONE, "" },
		{ "life_of_a_second_more", NOW, NOW + DAY + 601,       REASON_TOKEN_LIFE, "lives 87001 s" },
		{ "life_beyond_says_the_tolerance", NOW, NOW + DAY + 700, REASON_TOKEN_LIFE,
		  "at most 86400 s are allowed, and 600 s more are tolerated" },
		{ "life_of_a_year",        NOW, NOW + 365 * DAY,       REASON_TOKEN_LIFE, "at most 86400 s" },
		{ "life_of_1_s",           NOW, NOW + 1,               REASON_NONE, "" },
		{ "life_of_nothing",       NOW, NOW,                   REASON_TOKEN_LIFE, "is not behind its iat" },
		{ "ends_before_it_begins", NOW, NOW - 60,              REASON_TOKEN_LIFE, "is not behind its iat" },
		{ "clock_never_set",       12, 3612,                   REASON_TOKEN_TIME, "the device's clock was never set: the token was issued at 1970-01-01T00:00:12Z" },
		{ "old_token",             NOW - 2 * DAY, NOW - DAY,   REASON_TOKEN_TIME, "the device's clock is 2 days 0 h behind" },
		{ "last_second_of_9999",   253402300799LL - 1, 253402300799LL, REASON_TOKEN_TIME, "ahead" },
	};
	static char token[TOKEN_MAKER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		struct token_claims claims;
		struct reason why;
		char json[128];
		size_t len;

		snprintf(json, sizeof json, "{\"iat\":%lld,\"exp\":%lld,\"aud\":\"%s\"}", (long long)times[i].iat,
			 (long long)times[i].exp, project);
		len = token_make(token, keys[EC], es256, json, 0);
		(void)verify(token, len, credentials, 1, true, &claims, &why);
		if (why.code != times[i].code || strstr(why.text, times[i].text) == NULL)
			fail_msg("%s: %s '%s'", times[i].name, reason_name(why.code), why.text);
	}
}

/* ---- keys ------------------------------------------------------------------- */

static void keys_are_tried_and_named(void **state)
{
	enum { LIVE = -1 };
	static const struct {
		const char *name;
		int         count, key[3], expires[3];    /* in seconds from now; LIVE: never */
		int         signer;
		enum reason_code code;
		const char *text;
		size_t      fits;
	} cases[] = {
		{ "one",            1, { EC }, { LIVE }, EC, REASON_NONE, "", 0 },
		{ "third_of_three", 3, { EC_2, RSA_2048, EC }, { LIVE, LIVE, LIVE }, EC, REASON_NONE, "", 2 },
		{ "expires_later",  1, { EC }, { 1 }, EC, REASON_NONE, "", 0 },
		{ "expires_now",    1, { EC }, { 0 }, EC, REASON_NO_KEY, "have expired: ES256", 0 },
		{ "none",           0, { EC }, { LIVE }, EC, REASON_NO_KEY, "the device is known, but has no key", 0 },
		{ "another",        2, { EC_2, RSA_2048 }, { LIVE, LIVE }, EC, REASON_NO_KEY, "none of the device's keys: ES256", 0 },
		{ "the_expired_one", 2, { EC_2, EC }, { LIVE, -100 }, EC, REASON_NO_KEY, "which expired 2027-01-15T07:58:20Z", 0 },
		{ "another_and_an_expired_one", 3, { EC_2, RSA_2048, RSA_4096 }, { LIVE, -100, LIVE }, EC, REASON_NO_KEY, "(expired 2027", 0 },
		{ "other_algorithm", 1, { RSA_2048 }, { LIVE }, EC, REASON_TOKEN_ALGORITHM, "signed with ES256, but the device's key is: RS256", 0 },
		{ "rsa_of_another_size", 1, { RSA_4096 }, { LIVE }, RSA_2048, REASON_NO_KEY, "none of the device's keys: RS256", 0 },
	};
	static char token[TOKEN_MAKER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct credential k[3];
		struct token_claims claims;
		struct reason why;
		size_t len = token_make(token, keys[cases[i].signer], cases[i].signer < RSA_2048 ? es256 : rs256, CLAIMS, 0);
		bool ok;

		for (int n = 0; n < 3; n++) {
			k[n] = credentials[cases[i].key[n]];
			if (cases[i].expires[n] != LIVE)
				k[n].expires_s = NOW + cases[i].expires[n];
		}
		ok = verify(token, len, k, (size_t)cases[i].count, false, &claims, &why);
		if (why.code != cases[i].code || strstr(why.text, cases[i].text) == NULL)
			fail_msg("%s: %s '%s'", cases[i].name, reason_name(why.code), why.text);
		if (ok)
			assert_int_equal(claims.key, cases[i].fits);
	}
}

/* What a person compares with the label and the console. */
static void a_refusal_shows_the_first_16_digits(void **state)
{
	static char token[TOKEN_MAKER_MAX];
	size_t len = token_make(token, keys[EC_2], es256, CLAIMS, 0);
	struct token_claims claims;
	struct reason why;
	char digits[CREDENTIAL_SHORT + 1];

	(void)state;
	assert_false(verify(token, len, credentials, 1, false, &claims, &why));
	snprintf(digits, sizeof digits, "%.*s", CREDENTIAL_SHORT, credentials[EC].fingerprint);
	assert_non_null(strstr(why.text, digits));
	assert_null(strstr(why.text, credentials[EC].fingerprint));
}

/* ---- texts that are no token ------------------------------------------------ */

static void other_texts_are_named(void **state)
{
	static const struct { const char *in; size_t len; const char *text; } others[] = {
		{ "", 0, "there is no password" },
		{ "unused", 6, "is no token" },
		{ "a.b", 3, "2 parts" },
		{ "a.b.c.d", 7, "4 parts" },
		{ "a.b.c.d.e", 9, "encrypted" },
		{ "{\"alg\":\"ES256\"}", 15, "JSON" },
		{ "Bearer aa.bb.cc", 15, "'Bearer'" },
		{ "\"aa.bb.cc\"", 10, "quotes" },
		{ "-----BEGIN EC PRIVATE KEY-----", 30, "a key in PEM" },
		{ "aa.bb.cc\n", 9, "white space" },
		{ "aa.bb.cc\0", 9, "a NUL" },
		{ "aa.b+.cc", 8, "base64url" },
		{ "aa.b\xff.cc", 8, "0xff" },
		{ "aaaaa.aa.aa", 11, "header (5 digits) cannot be" },
		{ "aa=a.aa.aa", 10, "before its end" },
		{ "aa=.aa.aa", 9, "1 '=' behind 2 digits" },
		{ "aaaa====.aa.aa", 14, "4 '='" },
		{ "..", 2, "no JSON object" },
	};
	static char endless[TOKEN_SIZE + 1];
	struct token_claims claims;
	struct reason why;

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		assert_false(verify(others[i].in, others[i].len, credentials, 1, false, &claims, &why));
		if (why.code != REASON_TOKEN_FORM || strstr(why.text, others[i].text) == NULL)
			fail_msg("'%s': %s '%s'", others[i].in, reason_name(why.code), why.text);
	}
	memset(endless, 'a', sizeof endless);
	assert_false(verify(endless, sizeof endless, credentials, 1, false, &claims, &why));
	assert_non_null(strstr(why.text, "8193 bytes; at most 8192"));
}

/* Cut off anywhere, or with any one character changed, it is refused; and no sentence repeats a piece of it. */
static void no_part_of_a_token_can_be_missing(void **state)
{
	static char token[TOKEN_MAKER_MAX];
	size_t len = token_make(token, keys[EC], es256, CLAIMS, 0);
	struct token_claims claims;
	struct reason why;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		if (verify(token, n, credentials, 1, true, &claims, &why))
			fail_msg("the first %zu of %zu bytes are taken", n, len);
		if (n > 8) {
			char piece[9];

			snprintf(piece, sizeof piece, "%.8s", token + (n - 8));
			assert_null(strstr(why.text, piece));
		}
	}
	for (size_t n = 0; n < len; n++) {
		char before = token[n];

		token[n] = before == 'A' ? 'B' : 'A';
		if (verify(token, len, credentials, 1, true, &claims, &why))
			fail_msg("byte %zu may be anything", n);
		token[n] = before;
	}
}

/* Bits that the last digit has left over: Google did not look, strict does. */
static void loose_last_digits_are_for_strict(void **state)
{
	static char token[TOKEN_MAKER_MAX];
	size_t len = token_make(token, keys[EC], es256, CLAIMS, 0);    /* 64 bytes: 4 bits are left over */
	struct token_claims claims;
	struct reason why;

	(void)state;
	token[len - 1]++;
	assert_true(verify(token, len, credentials, 1, false, &claims, &why));
	assert_false(verify(token, len, credentials, 1, true, &claims, &why));
}

/* 64 members are taken, one more is not. */
static void members_are_bounded(void **state)
{
	static char token[TOKEN_MAKER_MAX], json[2048];
	struct token_claims claims;
	struct reason why;

	(void)state;
	for (int extra = 61; extra <= 62; extra++) {
		size_t n = (size_t)snprintf(json, sizeof json, "{\"iat\":1800000000,\"exp\":1800003600,\"aud\":\"%s\"", project);

		for (int i = 0; i < extra; i++)
			n += (size_t)snprintf(json + n, sizeof json - n, ",\"m%d\":%d", i, i);
		snprintf(json + n, sizeof json - n, "}");
		n = token_make(token, keys[EC], es256, json, 0);
		assert_int_equal(verify(token, n, credentials, 1, true, &claims, &why), extra == 61);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_token_is_taken_or_explained),
		cmocka_unit_test(times_to_the_second),
		cmocka_unit_test(keys_are_tried_and_named),
		cmocka_unit_test(a_refusal_shows_the_first_16_digits),
		cmocka_unit_test(other_texts_are_named),
		cmocka_unit_test(no_part_of_a_token_can_be_missing),
		cmocka_unit_test(loose_last_digits_are_for_strict),
		cmocka_unit_test(members_are_bounded),
	};
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
