/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwt.h"

#include <string.h>

enum { TIME_MAX_DIGITS = 10, JSON_MAX = 512 };
static const int64_t time_max = 9999999999;

static const char *const headers[] = {
	[KEY_ES256] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
	[KEY_RS256] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
};

/* ---- writing ---- */

static enum err check_claims(const struct jwt_claims *claims)
{
	size_t len = 0;

	for (; len < sizeof claims->aud && claims->aud[len] != '\0'; len++)
		if (claims->aud[len] <= ' ' || claims->aud[len] > '~' || claims->aud[len] == '"' ||
		    claims->aud[len] == '\\')
			return ERR_JWT_ARG;
	if (len == 0 || len == sizeof claims->aud)
		return ERR_JWT_ARG;
	if (claims->iat < 0 || claims->iat > time_max || claims->exp <= claims->iat || claims->exp > time_max ||
	    claims->exp - claims->iat > JWT_LIFETIME_MAX_S)
		return ERR_JWT_ARG;
	return ERR_OK;
}

static void add_base64(struct text *out, struct bytes part)
{
	if (out->size - out->len <= BASE64_URL_LEN(part.len)) {
		out->overflow = true;
		return;
	}
	out->len += base64_encode(BASE64_URL, part.data, part.len, out->buf + out->len);
	out->buf[out->len] = '\0';
}

static void add_claims(struct text *out, const struct jwt_claims *claims)
{
	char json[44 + JWT_AUD_MAX + 1];
	struct text t;

	text_init(&t, json, sizeof json);
	text_add(&t, "{\"iat\":");
	text_add_i64(&t, claims->iat);
	text_add(&t, ",\"exp\":");
	text_add_i64(&t, claims->exp);
	text_add(&t, ",\"aud\":\"");
	text_add(&t, claims->aud);
	text_add(&t, "\"}");
	out->overflow |= t.overflow;
	add_base64(out, text_bytes(&t));
}

/* The signature is made in OUT itself and encoded in place, from its end: half
 * a kilobyte of stack less. */
static enum err add_signature(struct crypto *c, struct bytes key, struct text *out)
{
	struct bytes msg = text_bytes(out);
	size_t n, encoded;

	text_add_char(out, '.');
	if (out->overflow)
		return ERR_TOO_LONG;
	uint8_t *sig = (uint8_t *)out->buf + out->len;
	enum err e = key_sign(c, key, msg, sig, out->size - out->len, &n);

	encoded = BASE64_URL_LEN(n);
	if (e == ERR_OK && encoded >= out->size - out->len)
		e = ERR_TOO_LONG;
	if (e != ERR_OK)
		return e;
	memmove(sig + encoded - n, sig, n);
	out->len += base64_encode(BASE64_URL, sig + encoded - n, n, (char *)sig);
	out->buf[out->len] = '\0';
	return ERR_OK;
}

enum err jwt_sign(struct crypto *c, struct bytes key, const struct jwt_claims *claims, char *out, size_t size,
		  size_t *len)
{
	enum key_alg alg = key_alg(key);
	struct text t;
	enum err e = check_claims(claims);

	*len = 0;
	if (e != ERR_OK)
		return e;
	if (alg == KEY_NONE)
		return key.len == 0 ? ERR_KEY_MISSING : ERR_KEY_FORMAT;
	text_init(&t, out, size);
	add_base64(&t, bytes_of(headers[alg]));
	text_add_char(&t, '.');
	add_claims(&t, claims);
	e = t.overflow ? ERR_TOO_LONG : add_signature(c, key, &t);
	if (e == ERR_OK)
		*len = t.len;
	else
		bytes_wipe(out, size);
	return e;
}

/* ---- reading ---- */

/* A flat JSON object, read from the left. */
struct json {
	const char *p, *end;
};

static void skip_blanks(struct json *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\r' || *j->p == '\n'))
		j->p++;
}

static bool take(struct json *j, char c)
{
	skip_blanks(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

/* A string without escapes: no claim that is looked at needs any. */
static bool take_string(struct json *j, struct bytes *s)
{
	if (!take(j, '"'))
		return false;
	s->data = (const uint8_t *)j->p;
	while (j->p < j->end && *j->p != '"' && *j->p != '\\' && (uint8_t)*j->p >= ' ')
		j->p++;
	s->len = (size_t)(j->p - (const char *)s->data);
	return j->p < j->end && *j->p++ == '"';
}

/* A number, true, false or null: its characters. */
static bool take_word(struct json *j, struct bytes *s)
{
	skip_blanks(j);
	s->data = (const uint8_t *)j->p;
	while (j->p < j->end && ((*j->p >= 'a' && *j->p <= 'z') || (*j->p >= '0' && *j->p <= '9') || *j->p == '.' ||
				 *j->p == '-' || *j->p == '+' || *j->p == 'E'))
		j->p++;
	s->len = (size_t)(j->p - (const char *)s->data);
	return s->len > 0;
}

static bool to_time(struct bytes word, int64_t *t)
{
	int64_t v = 0;

	if (word.len > TIME_MAX_DIGITS)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
		v = v * 10 + (word.data[i] - '0');
	}
	*t = v;
	return true;
}

static bool set_alg(struct bytes value, struct jwt_claims *claims)
{
	claims->alg = bytes_equal_text(value, "ES256") ? KEY_ES256
		    : bytes_equal_text(value, "RS256") ? KEY_RS256 : KEY_NONE;
	return claims->alg != KEY_NONE;
}

static bool set_aud(struct bytes value, struct jwt_claims *claims)
{
	if (value.len > JWT_AUD_MAX || memchr(value.data, '\0', value.len) != NULL)
		return false;
	memcpy(claims->aud, value.data, value.len);
	claims->aud[value.len] = '\0';
	return true;
}

/* One member; HEADER: of the first part of a token, else of the second. */
static bool use_member(bool header, struct bytes name, struct bytes value, bool string, struct jwt_claims *claims)
{
	if (header)
		return bytes_equal_text(name, "alg") ? string && set_alg(value, claims)
						     : !bytes_equal_text(name, "crit");
	if (bytes_equal_text(name, "aud"))
		return string && set_aud(value, claims);
	if (bytes_equal_text(name, "iat"))
		return !string && to_time(value, &claims->iat);
	if (bytes_equal_text(name, "exp"))
		return !string && to_time(value, &claims->exp);
	return true;
}

static bool read_object(struct json *j, bool header, struct jwt_claims *claims)
{
	if (!take(j, '{'))
		return false;
	if (!take(j, '}')) {
		do {
			struct bytes name, value;

			if (!take_string(j, &name) || !take(j, ':'))
				return false;
			skip_blanks(j);
			bool string = j->p < j->end && *j->p == '"';

			if (!(string ? take_string(j, &value) : take_word(j, &value)) ||
			    !use_member(header, name, value, string, claims))
				return false;
		} while (take(j, ','));
		if (!take(j, '}'))
			return false;
	}
	skip_blanks(j);
	return j->p == j->end;
}

/* Decode PART and read the object in it.  Its memory is not the caller's for longer. */
__attribute__((noinline)) static bool read_part(struct bytes part, bool header, struct jwt_claims *claims)
{
	uint8_t json[JSON_MAX];
	size_t len;

	if (base64_decode(BASE64_URL, part, json, sizeof json, &len) != ERR_OK)
		return false;
	return read_object(&(struct json){ (const char *)json, (const char *)json + len }, header, claims);
}

/* TOKEN's parts: exactly three, none empty. */
static bool split(struct bytes token, struct bytes part[3])
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= token.len; i++) {
		if (i < token.len && token.data[i] != '.')
			continue;
		if (n == 3 || i == from)
			return false;
		part[n++] = (struct bytes){ token.data + from, i - from };
		from = i + 1;
	}
	return n == 3;
}

enum err jwt_parse(struct bytes token, struct jwt_claims *claims)
{
	struct bytes part[3];

	memset(claims, 0, sizeof *claims);
	if (!split(token, part) || !read_part(part[0], true, claims) || !read_part(part[1], false, claims) ||
	    claims->alg == KEY_NONE) {
		memset(claims, 0, sizeof *claims);
		return ERR_JWT_FORMAT;
	}
	return ERR_OK;
}

/* The key may sign with ALG: ES256 signatures have 64 bytes, no RSA key's has. */
static bool fits(enum key_alg alg, size_t sig_len)
{
	return (alg == KEY_ES256) == (sig_len == 64);
}

enum err jwt_verify(struct crypto *c, struct bytes key, struct bytes token, struct jwt_claims *claims)
{
	struct bytes part[3];
	uint8_t *sig;
	size_t len;
	enum err e = jwt_parse(token, claims);

	if (e != ERR_OK)
		return e;
	(void)split(token, part);
	sig = arena_alloc(&c->arena, KEY_SIGNATURE_MAX);   /* the stack is for what follows */
	if (sig == NULL)
		return ERR_CRYPTO_MEMORY;
	if (base64_decode(BASE64_URL, part[2], sig, KEY_SIGNATURE_MAX, &len) != ERR_OK)
		e = ERR_JWT_FORMAT;
	else if (!fits(claims->alg, len))
		e = ERR_JWT_SIGNATURE;
	part[0].len += 1 + part[1].len;
	if (e == ERR_OK)
		e = key_verify(c, key, part[0], (struct bytes){ sig, len });
	arena_free(&c->arena, sig);
	return e;
}
