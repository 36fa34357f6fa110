/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/token.h"

#include "base/calendar.h"
#include "bridge/token_json.h"
#include "bridge/token_parts.h"

#include <inttypes.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ES256_SIGNATURE = 64, RS256_MIN = 256, QUOTED = 64, TIME = 24, KEY_LIST = 240 };

struct work {
	struct token_parts parts;
	const struct credential  *keys;
	size_t                    count;
	const struct token_rules *rules;
	struct reason            *why;
	const char *alg;               /* "ES256", "RS256" */
	uint8_t     digest[SHA256_DIGEST_LENGTH];
	uint8_t     der[80];           /* ES256's signature as OpenSSL wants it */
	struct bytes signature;
};

/* ---- the header ----------------------------------------------------------- */

static bool refuse_alg(struct work *w, struct bytes alg)
{
	char quoted[4 * QUOTED + 8];
	const char *hint = "";

	if (alg.len == 4 && strncasecmp((const char *)alg.data, "none", 4) == 0)
		hint = ": an unsigned token proves nothing";
	else if (alg.len == 5 && memcmp(alg.data, "HS", 2) == 0)
		hint = ": it wants a secret that both ends know, and only public keys are registered";
	else if (alg.len == 5 && (strncasecmp((const char *)alg.data, "ES256", 5) == 0 ||
				  strncasecmp((const char *)alg.data, "RS256", 5) == 0))
		hint = ": it is written in capitals";
	reason_set(w->why, REASON_TOKEN_ALGORITHM, "the token's alg is %s; the contract knows ES256 and RS256%s",
		   reason_quote(quoted, alg, QUOTED), hint);
	return false;
}

static bool json_wrong(struct work *w, const char *part, const char *what)
{
	reason_set(w->why, REASON_TOKEN_FORM, "the token's %s %s", part, what);
	return false;
}

/* What else a header says (typ, kid, jku …) decides nothing: the keys are those that are registered. */
static bool read_header(struct work *w)
{
	struct token_json_member m[] = { { .name = "alg" }, { .name = "crit" } };
	uint8_t *data = w->parts.part[TOKEN_HEADER].data;
	const char *what = token_json_read(data, w->parts.part[TOKEN_HEADER].len, TOKEN_DEPTH, m, 2);

	if (what != NULL)
		return json_wrong(w, "header", what);
	if (m[0].type != TOKEN_JSON_STRING) {
		reason_set(w->why, REASON_TOKEN_FORM, "the token's alg is %s; it must be \"ES256\" or \"RS256\"",
			   token_json_type_name(m[0].type));
		return false;
	}
	if (m[1].type != TOKEN_JSON_ABSENT)    /* RFC 7515, 4.1.11: who does not know what it lists must refuse */
		return json_wrong(w, "header", "has 'crit': it asks for extensions that nobody here knows");
	w->alg = bytes_equal_text(m[0].value, "ES256") ? "ES256" : "RS256";
	return bytes_equal_text(m[0].value, w->alg) || refuse_alg(w, m[0].value);
}

/* ---- keys in sentences ---------------------------------------------------- */

static const char *show_time(char out[TIME], int64_t at_s)
{
	const struct calendar c = calendar_from_unix(at_s);

	snprintf(out, TIME, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100);
	return out;
}

static bool expired(const struct work *w, const struct credential *k)
{
	return k->expires_s <= w->rules->now_s;
}

static bool of_alg(const struct work *w, const struct credential *k)
{
	return strcmp(credential_alg(k->format), w->alg) == 0;
}

/* "ES256 0123456789abcdef, RS256 0123456789abcdef (expired 2026-01-01T00:00:00Z)" */
static const char *list_keys(const struct work *w, char out[KEY_LIST])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < w->count && n < KEY_LIST; i++) {
		const struct credential *k = &w->keys[i];
		char when[TIME], note[TIME + 16] = "";

		if (expired(w, k))
			snprintf(note, sizeof note, " (expired %s)", show_time(when, k->expires_s));
		n += (size_t)snprintf(out + n, KEY_LIST - n, "%s%s %.*s%s", i > 0 ? ", " : "",
				      credential_alg(k->format), CREDENTIAL_SHORT, k->fingerprint, note);
	}
	return out;
}

/* Is there a key that could fit at all? */
static bool keys_could_fit(struct work *w)
{
	size_t live = 0, of_this_alg = 0;
	char list[KEY_LIST];

	for (size_t i = 0; i < w->count; i++) {
		live += !expired(w, &w->keys[i]);
		of_this_alg += of_alg(w, &w->keys[i]);
	}
	if (w->count == 0)
		reason_set(w->why, REASON_NO_KEY, "the device is known, but has no key");
	else if (live == 0)
		reason_set(w->why, REASON_NO_KEY, "all keys of the device have expired: %s", list_keys(w, list));
	else if (of_this_alg == 0)
		reason_set(w->why, REASON_TOKEN_ALGORITHM, "the token is signed with %s, but the device's %s: %s",
			   w->alg, w->count == 1 ? "key is" : "keys are", list_keys(w, list));
	return live > 0 && of_this_alg > 0;
}

/* ---- the signature -------------------------------------------------------- */

static bool signature_wrong(struct work *w, const char *what)
{
	reason_set(w->why, REASON_TOKEN_SIGNATURE, "the token's signature has %zu bytes; %s%s",
		   w->parts.part[TOKEN_SIGNATURE].len, what,
		   w->parts.part[TOKEN_SIGNATURE].len == 0 ? ": it was never signed" : "");
	return false;
}

/* r and s, 32 bytes each (RFC 7518, 3.4), as the DER that OpenSSL wants. */
static bool es256_signature(struct work *w, const uint8_t *raw, size_t len)
{
	uint8_t *p = w->der;
	ECDSA_SIG *sig;
	int n;

	if (len != ES256_SIGNATURE)
		return signature_wrong(w, len >= 8 && len <= 72 && raw[0] == 0x30 && raw[1] == len - 2 ?
				       "it is DER, and ES256 is r and s, 32 bytes each (RFC 7518, 3.4)" :
				       len >= RS256_MIN ? "that is RSA's, and the header says ES256" :
				       "ES256 is r and s, 32 bytes each, leading zeros included");
	sig = ECDSA_SIG_new();
	if (sig == NULL || ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)) != 1) {
		ECDSA_SIG_free(sig);
		reason_set(w->why, REASON_FAULT, "no memory");
		return false;
	}
	n = i2d_ECDSA_SIG(sig, &p);
	ECDSA_SIG_free(sig);
	w->signature = (struct bytes){ w->der, (size_t)n };
	return true;
}

static bool read_signature(struct work *w)
{
	const uint8_t *raw = w->parts.part[TOKEN_SIGNATURE].data;
	size_t len = w->parts.part[TOKEN_SIGNATURE].len;

	SHA256(w->parts.input.data, w->parts.input.len, w->digest);
	if (strcmp(w->alg, "ES256") == 0)
		return es256_signature(w, raw, len);
	if (len < RS256_MIN)
		return signature_wrong(w, len == ES256_SIGNATURE ? "that is ES256's, and the header says RS256" :
				       "RS256 has as many as the key's modulus, 256 at least");
	w->signature = (struct bytes){ raw, len };
	return true;
}

static bool signed_by(const struct work *w, const struct credential *k)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);
	bool rsa = strcmp(w->alg, "RS256") == 0;
	bool ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
		  (!rsa || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
			    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)) &&
		  EVP_PKEY_verify(ctx, w->signature.data, w->signature.len, w->digest, sizeof w->digest) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* The first key, expired or not as asked, that fits; COUNT: none. */
static size_t find_key(const struct work *w, bool old)
{
	size_t i = 0;

	while (i < w->count &&
	       !(of_alg(w, &w->keys[i]) && expired(w, &w->keys[i]) == old && signed_by(w, &w->keys[i])))
		i++;
	return i;
}

static bool check_signature(struct work *w, size_t *key)
{
	char list[KEY_LIST], when[TIME];
	size_t old;

	*key = find_key(w, false);
	if (*key < w->count)
		return true;
	old = find_key(w, true);
	if (old < w->count)
		reason_set(w->why, REASON_NO_KEY, "the token is signed with the device's key %.*s, which expired %s",
			   CREDENTIAL_SHORT, w->keys[old].fingerprint, show_time(when, w->keys[old].expires_s));
	else
		reason_set(w->why, REASON_NO_KEY, "the token (%s) is whole, but signed with none of the device's keys: "
			   "%s", w->alg, list_keys(w, list));
	return false;
}

/* ---- the audience --------------------------------------------------------- */

static bool has(struct bytes b, const char *set)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] != '\0' && strchr(set, b.data[i]) != NULL)
			return true;
	return false;
}

static bool only(struct bytes b, const char *set)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\0' || strchr(set, b.data[i]) == NULL)
			return false;
	return b.len > 0;
}

static bool same_letters(struct bytes a, struct bytes b)
{
	return a.len == b.len && strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0;
}

/* First match wins. */
static const char *audience_hint(struct bytes aud, struct bytes want)
{
	if (aud.len == 0)
		return ": it is empty";
	if (same_letters(aud, want))
		return ": capitals count";
	if (only(aud, "0123456789"))
		return ": it looks like the project's number, and the id is meant";
	if (bytes_starts_with(aud, "http"))
		return ": it is an address, and the project's id is meant";
	if (has(aud, "/"))
		return ": it is a path, and only the project's id is meant";
	if (has(aud, " \t\r\nABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		return ": it looks like the project's name, and the id is meant";
	return "";
}

static bool check_audience(struct work *w, const struct token_json_member *aud)
{
	char seen[4 * QUOTED + 8], want[4 * QUOTED + 8];

	if (aud->type != TOKEN_JSON_STRING)
		reason_set(w->why, REASON_TOKEN_AUDIENCE, "the token's aud is %s; it must be one string, "
			   "the project %s",
			   token_json_type_name(aud->type), reason_quote(want, w->rules->audience, QUOTED));
	else if (!bytes_equal(aud->value, w->rules->audience))
		reason_set(w->why, REASON_TOKEN_AUDIENCE, "the token's aud is %s; it must be the project of the "
			   "client id, %s%s", reason_quote(seen, aud->value, QUOTED),
			   reason_quote(want, w->rules->audience, QUOTED),
			   audience_hint(aud->value, w->rules->audience));
	else
		return true;
	return false;
}

/* ---- the times ------------------------------------------------------------ */

static bool bad_time(struct work *w, const struct token_json_member *m, const char *what)
{
	char quoted[4 * QUOTED + 8] = "";
	bool shown = m->type == TOKEN_JSON_STRING || m->type == TOKEN_JSON_NUMBER;

	reason_set(w->why, REASON_TOKEN_FORM, "the token's %s is %s%s%s: %s", m->name, token_json_type_name(m->type),
		   shown ? ", " : "", shown ? reason_quote(quoted, m->value, QUOTED) : "", what);
	return false;
}

/* Seconds since 1970 (RFC 7519, NumericDate); a fraction is cut off.  As a string: X-CUBE-GCP wrote them so. */
static bool read_time(struct work *w, const struct token_json_member *m, int64_t *at_s)
{
	char text[64] = "";
	double value;

	if (m->type != TOKEN_JSON_NUMBER && m->type != TOKEN_JSON_STRING)
		return bad_time(w, m, "it must be a number of seconds since 1970");
	if (m->type == TOKEN_JSON_STRING && w->rules->strict)
		return bad_time(w, m, "RFC 7519 wants a number; 'strict = false' in the bridge's configuration "
				"takes it");
	if (m->value.len >= sizeof text || !token_json_is_number(m->value))
		return bad_time(w, m, "it must be a number of seconds since 1970");
	memcpy(text, m->value.data, m->value.len);
	value = strtod(text, NULL);
	if (!(value >= 0 && value < 253402300800.0))    /* year 10000 */
		return bad_time(w, m, value >= 1e12 && value < 1e14 ? "it is in milliseconds; seconds are wanted" :
				"that is no time in seconds since 1970");
	*at_s = (int64_t)value;
	return true;
}

/* All else is right: who set the key up, and the project, need not look there again. */
#define ONLY_TIME "key and project are right, only the time is not"

static void say_ahead(struct work *w, const struct token_claims *c)
{
	const int64_t now = w->rules->now_s;
	char then[TIME], here[TIME], span[REASON_SPAN];

	reason_set(w->why, REASON_TOKEN_TIME,
		   "the device's clock is %s ahead of this server's: the token was issued at %s, and here it is %s (%"
		   PRId64 " s; %" PRIu32 " s are tolerated); " ONLY_TIME, reason_span(span, c->iat_s - now),
		   show_time(then, c->iat_s), show_time(here, now), c->iat_s - now, w->rules->skew_s);
}

/* A token that ended was made when the clock said so, or kept too long: it does not say which. */
static void say_behind(struct work *w, const struct token_claims *c)
{
	const int64_t now = w->rules->now_s;
	char then[TIME], here[TIME], span[REASON_SPAN], ended[REASON_SPAN];
	bool never_set = c->iat_s < 1483228800;    /* 2017 */

	reason_span(span, now - c->iat_s);
	if (never_set)
		reason_set(w->why, REASON_TOKEN_TIME,
			   "the device's clock was never set: the token was issued at %s, and here it is %s; "
			   ONLY_TIME, show_time(then, c->iat_s), show_time(here, now));
	else
		reason_set(w->why, REASON_TOKEN_TIME,
			   "the token expired %s ago (%" PRId64 " s; exp %s, here it is %s; %" PRIu32
			   " s are tolerated): either the device's clock is %s behind this server's, or it used an "
			   "old token; " ONLY_TIME,
			   reason_span(ended, now - c->exp_s), now - c->exp_s, show_time(then, c->exp_s),
			   show_time(here, now), w->rules->skew_s, span);
}

static bool check_times(struct work *w, const struct token_claims *c)
{
	const int64_t now = w->rules->now_s, skew = w->rules->skew_s, life = c->exp_s - c->iat_s;

	if (c->iat_s > now + skew)
		say_ahead(w, c);
	else if (life <= 0)
		reason_set(w->why, REASON_TOKEN_LIFE,
			   "the token's exp (%" PRId64 ") is not behind its iat (%" PRId64 ")", c->exp_s, c->iat_s);
	else if (c->exp_s < now - skew)
		say_behind(w, c);
	else if (life > (int64_t)w->rules->life_max_s + skew)
		reason_set(w->why, REASON_TOKEN_LIFE, "the token lives %" PRId64 " s (iat %" PRId64 ", exp %" PRId64
			   "); at most %" PRIu32 " s are allowed, and %" PRId64 " s more are tolerated",
			   life, c->iat_s, c->exp_s, w->rules->life_max_s, skew);
	else
		return true;
	return false;
}

static bool check_claims(struct work *w, struct token_claims *c)
{
	struct token_json_member m[] = { { .name = "aud" }, { .name = "iat" }, { .name = "exp" } };
	uint8_t *data = w->parts.part[TOKEN_CLAIMS].data;
	const char *what = token_json_read(data, w->parts.part[TOKEN_CLAIMS].len, TOKEN_DEPTH, m, 3);

	if (what != NULL)
		return json_wrong(w, "claims part", what);
	return check_audience(w, &m[0]) && read_time(w, &m[1], &c->iat_s) && read_time(w, &m[2], &c->exp_s) &&
	       check_times(w, c);
}

bool token_verify(struct bytes token, const struct credential *keys, size_t count, const struct token_rules *rules,
		  struct token_claims *claims, struct reason *why)
{
	struct work w;
	bool ok;

	w.keys = keys;
	w.count = count;
	w.rules = rules;
	w.why = why;
	ok = token_parts_read(&w.parts, token, rules->strict, why) && read_header(&w) && keys_could_fit(&w) &&
	     read_signature(&w) && check_signature(&w, &claims->key) && check_claims(&w, claims);
	bytes_wipe(&w, sizeof w);
	ERR_clear_error();    /* what OpenSSL would keep for an innocent connection's next error */
	return ok;
}
