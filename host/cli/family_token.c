/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family_token.c - tern token decode: what a token says, and what is wrong with it.
 *
 * The signature is only checked, never shown: whoever has the whole token can log
 * in with it.
 */
#include "base/calendar.h"
#include "bridge/token_json.h"
#include "bridge/token_parts.h"
#include "cli/command.h"
#include "cli/families.h"
#include "cli/files.h"
#include "cli/findings.h"
#include "cli/json.h"
#include "cli/public_key.h"
#include "cli/words.h"
#include "cloud/plausible.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DATE = 24, SPAN = 32, SKEW_S = 600, LIFE_MAX_S = 86400, SHORT_S = 60, YEAR_2017 = 1483228800 };
enum { ES256_SIGNATURE = 64, RS256_MIN = 256, RS256_MAX = 512 };

static const double YEAR_10000 = 253402300800.0, MILLISECONDS = 1e12;

struct work {
	struct findings f;
	struct token_parts parts;
	cJSON   *header, *claims;
	int64_t  now_s, iat_s, exp_s;
	bool     has_iat, has_exp;
	const char *verified;       /* "yes", "no", NULL: not tried */
};

/* ---- times ------------------------------------------------------------------ */

static void date(int64_t at_s, char out[DATE])
{
	struct calendar c = calendar_from_unix(at_s);

	snprintf(out, DATE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100);
}

/* "3 d 4 h", "12 min", "40 s" */
static void span(int64_t s, char out[SPAN])
{
	if (s >= 2 * 86400)
		snprintf(out, SPAN, "%" PRId64 " d", s / 86400);
	else if (s >= 2 * 3600)
		snprintf(out, SPAN, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	else if (s >= 120)
		snprintf(out, SPAN, "%" PRId64 " min", s / 60);
	else
		snprintf(out, SPAN, "%" PRId64 " s", s);
}

/* "2026-11-23T02:00:00Z, 12 min ago" */
static void print_time(const char *name, bool has, int64_t at_s, int64_t now_s)
{
	char at[DATE], distance[SPAN], line[DATE + SPAN + 16];

	if (!has)
		return;
	date(at_s, at);
	span(at_s > now_s ? at_s - now_s : now_s - at_s, distance);
	snprintf(line, sizeof line, "%s, %s%s%s", at, at_s > now_s ? "in " : "", distance, at_s > now_s ? "" : " ago");
	words_line(name, line);
}

/* NumericDate (RFC 7519, 2), or the string that X-CUBE-GCP wrote. */
static bool read_time(struct work *w, const char *name, int64_t *at_s)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(w->claims, name);
	double value = cJSON_IsNumber(v) ? v->valuedouble : -1;

	if (v == NULL) {
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-TIME", "The token has no '%s': set it to the time in seconds "
			     "since 1970.", name);
		return false;
	}
	if (cJSON_IsString(v) && token_json_is_number(bytes_of(v->valuestring))) {
		findings_say(&w->f, WEIGHT_WARNING, "TOKEN-STRING", "The token's %s is written as a string "
			     "(\"%.20s\"), "
			     "as X-CUBE-GCP did: Google took that, ClearBlade and strict bridges do not; write it as a "
			     "number.", name, v->valuestring);
		value = strtod(v->valuestring, NULL);
	}
	if (value >= MILLISECONDS && value < MILLISECONDS * 100)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-MILLISECONDS", "The token's %s is %.0f, in milliseconds: "
			     "write seconds since 1970.", name, value);
	else if (!(value >= 0 && value < YEAR_10000))
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-TIME", "The token's %s is no time: write it as a number of "
			     "seconds since 1970.", name);
	else
		return *at_s = (int64_t)value, true;
	return false;
}

static void check_clock(struct work *w)
{
	int64_t ahead = w->iat_s - w->now_s;
	char distance[SPAN];

	span(ahead > 0 ? ahead : -ahead, distance);
	if (w->has_iat && w->iat_s < YEAR_2017)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-CLOCK", "The token was made when the device's clock was not "
			     "set (iat is %" PRId64 "): have the device ask for the time before it logs in.", w->iat_s);
	else if (w->has_iat && ahead > SKEW_S)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-AHEAD", "The token was issued %s ahead of this computer's "
			     "clock, and 10 min are tolerated: set the device's clock, or this computer's.", distance);
}

static void check_life(struct work *w)
{
	int64_t life = w->exp_s - w->iat_s;
	char distance[SPAN];

	span(w->now_s - w->exp_s, distance);
	if (w->has_exp && w->exp_s + SKEW_S < w->now_s && !(w->has_iat && w->iat_s < YEAR_2017))
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-EXPIRED", "The token expired %s ago by this computer's clock: "
			     "make a new one for each login.", distance);
	if (!w->has_iat || !w->has_exp)
		return;
	if (life <= 0)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-LIFE", "The token's exp (%" PRId64 ") is not behind its iat (%"
			     PRId64 "): add its lifetime, such as 3600 s.", w->exp_s, w->iat_s);
	else if (life > LIFE_MAX_S)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-LIFE", "The token lives %" PRId64 " s, and 86400 s (24 h) is "
			     "the most: set exp to iat + 3600.", life);
	else if (life < SHORT_S)
		findings_say(&w->f, WEIGHT_WARNING, "TOKEN-LIFE", "The token lives %" PRId64 " s, which a slow network "
			     "may need for the login alone: set exp to iat + 3600.", life);
}

/* ---- header and claims ------------------------------------------------------- */

static void check_alg(struct work *w)
{
	const char *alg = json_text(w->header, "alg");
	bool es = alg != NULL && strcmp(alg, "ES256") == 0, rs = alg != NULL && strcmp(alg, "RS256") == 0;
	const uint8_t *signature = w->parts.part[TOKEN_SIGNATURE].data;
	size_t len = w->parts.part[TOKEN_SIGNATURE].len;

	if (!es && !rs)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-ALG", "The token's alg is '%.20s', and IoT Core knows "
			     "ES256 and "
			     "RS256: sign with a P-256 or RSA key.", alg != NULL ? alg : "(missing)");
	else if (len == 0)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-UNSIGNED", "The token has no signature: it was cut "
			     "off, or never "
			     "signed; sign it.");
	else if (es && len != ES256_SIGNATURE && len > 67 && len < 73 && signature[0] == 0x30)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-DER", "The token's signature has %zu bytes and is in "
			     "DER: ES256 "
			     "wants r and s behind one another, 64 bytes (RFC 7518, 3.4).", len);
	else if (es && len != ES256_SIGNATURE)
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-SIGNATURE", "The token's signature has %zu bytes, and "
			     "ES256's have "
			     "64: the token was cut off, or its key is not P-256.", len);
	else if (rs && (len < RS256_MIN || len > RS256_MAX))
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-SIGNATURE", "The token's signature has %zu bytes, and "
			     "RS256's have "
			     "256 to 512: the token was cut off, or its key is too small.", len);
}

static void check_audience(struct work *w)
{
	const cJSON *aud = cJSON_GetObjectItemCaseSensitive(w->claims, "aud");
	char sentence[FINDINGS_SENTENCE];
	struct plausible p;
	struct text t;

	if (!cJSON_IsString(aud)) {
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-AUDIENCE", "The token's aud is %s: it must be one string, the "
			     "project's id.", aud == NULL ? "missing" : cJSON_IsArray(aud) ? "an array" : "no string");
		return;
	}
	p = plausible_check(PLAUSIBLE_PROJECT, bytes_of(aud->valuestring));
	if (p.code == PLAUSIBLE_GOOD)
		return;
	text_init(&t, sentence, sizeof sentence);
	text_add(&t, "In the token's aud: ");
	plausible_say(&p, &t);
	findings_add(&w->f, plausible_info(p.code), 0, 0, sentence);
}

static cJSON *parse(struct work *w, enum token_part which, const char *name)
{
	cJSON *o = cJSON_ParseWithLength((const char *)w->parts.part[which].data, w->parts.part[which].len);

	if (!cJSON_IsObject(o)) {
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-JSON", "The token's %s is no JSON object: it was "
			     "damaged on its "
			     "way, or is no token; make it again.", name);
		cJSON_Delete(o);
		return NULL;
	}
	return o;
}

/* ---- the signature ----------------------------------------------------------- */

/* By --key: at the token's own time and for its own audience, so that only the signature counts. */
static void verify(struct work *w, struct bytes token, const char *file)
{
	struct public_key k;
	struct credential c;
	struct token_claims claims;
	struct reason why;
	char error[PUBLIC_KEY_WHY];
	const char *aud = json_text(w->claims, "aud");
	const struct token_rules rules = { .audience = bytes_of(aud != NULL ? aud : ""), .now_s = w->iat_s,
					   .skew_s = UINT32_MAX, .life_max_s = UINT32_MAX };

	w->verified = "no";
	if (!public_key_load(&k, file, error) || !credential_read(&c, k.format, bytes_of(k.pem), error)) {
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-KEY", "The signature cannot be checked: %s.", error);
		return;
	}
	/* These three are about a token that the key has signed. */
	if (token_verify(token, &c, 1, &rules, &claims, &why) || why.code == REASON_TOKEN_AUDIENCE ||
	    why.code == REASON_TOKEN_TIME || why.code == REASON_TOKEN_LIFE)
		w->verified = "yes";
	else
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-OTHER-KEY", "The signature is not by the key %.16s... "
			     "in '%.200s': "
			     "the device has another key, or the token was changed "
			     "(%.*s).", k.fingerprint, file, (int)why.said, why.text);
	credential_free(&c);
}

/* ---- all of it ---------------------------------------------------------------- */

static bool take_apart(struct work *w, struct bytes token)
{
	struct reason why;

	if (!token_parts_read(&w->parts, token, false, &why)) {
		findings_say(&w->f, WEIGHT_ERROR, "TOKEN-FORM", "This is no token that can be read: %.*s.",
			     (int)why.said, why.text);
		return false;
	}
	if (memchr(token.data, '=', token.len) != NULL)
		findings_say(&w->f, WEIGHT_WARNING, "TOKEN-PADDED", "The token's parts are padded with '=': "
			     "Google took "
			     "that, ClearBlade and strict bridges do not; leave the padding away (RFC 7515, 2).");
	w->header = parse(w, TOKEN_HEADER, "header");
	w->claims = parse(w, TOKEN_CLAIMS, "claims");
	return w->header != NULL && w->claims != NULL;
}

static void check(struct work *w, struct bytes token, const char *key)
{
	if (!take_apart(w, token))
		return;
	check_alg(w);
	check_audience(w);
	w->has_iat = read_time(w, "iat", &w->iat_s);
	w->has_exp = read_time(w, "exp", &w->exp_s);
	check_clock(w);
	check_life(w);
	if (key != NULL)
		verify(w, token, key);
}

static void print_part(const char *name, const cJSON *part)
{
	char *text = part != NULL ? json_print(part) : NULL;

	words_line(name, text);
	free(text);
}

static void print(struct work *w)
{
	print_part("header", w->header);
	print_part("claims", w->claims);
	print_time("issued", w->has_iat, w->iat_s, w->now_s);
	print_time("expires", w->has_exp, w->exp_s, w->now_s);
	words_line("signature", w->claims == NULL ? NULL : w->verified == NULL ? "not checked (--key FILE checks it)" :
		   w->verified[0] == 'y' ? "by this key" : "not by this key");
	findings_print(&w->f);
}

static void print_json(struct work *w)
{
	cJSON *o = json_object();
	char at[DATE];

	if (w->header != NULL)
		cJSON_AddItemToObject(o, "header", json_copy(w->header));
	if (w->claims != NULL)
		cJSON_AddItemToObject(o, "claims", json_copy(w->claims));
	if (w->has_iat) {
		date(w->iat_s, at);
		cJSON_AddStringToObject(o, "issued", at);
		cJSON_AddNumberToObject(o, "ageSeconds", (double)(w->now_s - w->iat_s));
	}
	if (w->has_exp) {
		date(w->exp_s, at);
		cJSON_AddStringToObject(o, "expires", at);
	}
	if (w->verified != NULL)
		cJSON_AddBoolToObject(o, "verified", w->verified[0] == 'y');
	findings_print_json(&w->f, o);
}

/* The token without the line end behind it, and without what editors and shells put around it. */
static struct bytes trim(const struct buffer *text)
{
	struct bytes b = { (const uint8_t *)buffer_str(text), text->len };

	while (b.len > 0 && strchr(" \t\r\n", b.data[b.len - 1]) != NULL && b.data[b.len - 1] != 0)
		b.len--;
	for (; b.len > 0 && b.data[0] != 0 && strchr(" \t\r\n", b.data[0]) != NULL; b.len--)
		b.data++;
	return b;
}

int run_token_decode(struct call *call)
{
	static struct work w;
	struct buffer text = { 0 };
	char why[FILES_WHY];
	int status = CLI_OK;

	if (!files_read(call->argument[0] != NULL ? call->argument[0] : "-", 4 * TOKEN_SIZE, &text, why)) {
		buffer_wipe(&text);
		return say_error(CLI_USAGE, "%s", why);
	}
	memset(&w, 0, sizeof w);
	w.now_s = time(NULL);
	findings_init(&w.f);
	check(&w, trim(&text), call_value(call, OPT_KEY));
	if (w.f.errors > 0)
		status = w.claims == NULL ? CLI_USAGE : CLI_REFUSED;
	if (w.has_exp && w.exp_s + SKEW_S > w.now_s)
		say_note("this token is a login until it expires: do not pass it on");
	if (call_has(call, OPT_JSON)) {
		print_json(&w);
	} else {
		print(&w);
		findings_free(&w.f);
	}
	cJSON_Delete(w.header);
	cJSON_Delete(w.claims);
	bytes_wipe(&w, sizeof w);
	buffer_wipe(&text);
	return status;
}
