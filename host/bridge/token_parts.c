/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/token_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const part_names[TOKEN_PARTS] = { "header", "claims part", "signature" };

__attribute__((format(printf, 2, 3)))
static bool wrong(struct reason *why, const char *format, ...)
{
	char text[REASON_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	reason_set(why, REASON_TOKEN_FORM, "%s", text);
	return false;
}

/* ---- what people send in place of a token --------------------------------- */

static bool by_its_beginning(struct bytes token, struct reason *why)
{
	static const struct { const char *prefix, *what; } others[] = {
		{ "-----BEGIN", "a key in PEM" },
		{ "{",          "JSON that was not encoded" },
		{ "\"",         "in quotes" },
		{ "Bearer ",    "behind the word 'Bearer'" },
		{ "bearer ",    "behind the word 'bearer'" },
		{ "SharedAccessSignature", "an Azure shared access signature" },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (bytes_starts_with(token, others[i].prefix))
			return wrong(why, "the password is %s: it must be the token (JWT) and nothing else",
				     others[i].what);
	return true;
}

/* The first byte that no token has; its neighbours stay secret. */
static bool by_its_alphabet(struct bytes token, struct reason *why)
{
	for (size_t i = 0; i < token.len; i++) {
		const uint8_t c = token.data[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    c == '-' || c == '_' || c == '.' || c == '=')
			continue;
		if (c == '\0')
			return wrong(why, "byte %zu of the token is a NUL: it ends there, and its length was given "
				     "as %zu", i, token.len);
		if (c == '+' || c == '/')
			return wrong(why, "the token has a '%c' (byte %zu): it was encoded in base64; a JWT wants "
				     "base64url, '-' and '_' in place of '+' and '/'", c, i);
		if (c == ' ' || (c >= '\t' && c <= '\r'))
			return wrong(why, "white space is in the token (byte %zu of %zu)", i, token.len);
		return wrong(why, "byte %zu of the token is 0x%02x: a token is letters, digits, '-', '_' and '.'", i,
			     c);
	}
	return true;
}

static bool by_its_parts(struct bytes token, struct reason *why)
{
	size_t dots = 0;

	for (size_t i = 0; i < token.len; i++)
		dots += token.data[i] == '.';
	if (dots == 0)
		return wrong(why, "the password (%zu bytes) is no token: a JWT is header.claims.signature", token.len);
	if (dots == 4)
		return wrong(why, "the token has 5 parts: it is encrypted (JWE); a signed one (JWS) is wanted");
	if (dots != 2)
		return wrong(why, "the token (%zu bytes) has %zu parts; a JWT is header.claims.signature%s", token.len,
			     dots + 1, dots == 1 ? ": it was cut off, or never signed" : "");
	return true;
}

/* ---- base64url (RFC 4648, section 5) -------------------------------------- */

static uint32_t digit(uint8_t c)
{
	if (c >= 'a')
		return (uint32_t)(c - 'a') + 26;
	if (c == '_')
		return 63;
	if (c >= 'A')
		return (uint32_t)(c - 'A');
	return c == '-' ? 62 : (uint32_t)(c - '0') + 52;
}

/* Digits of TEXT without its padding.  Google took a right padding; a wrong one is a sign of damage. */
static bool without_padding(struct bytes text, enum token_part which, bool strict, size_t *digits, struct reason *why)
{
	const uint8_t *pad = text.len > 0 ? memchr(text.data, '=', text.len) : NULL;
	size_t n = pad != NULL ? (size_t)(pad - text.data) : text.len;

	*digits = n;
	for (size_t i = n; i < text.len; i++)
		if (text.data[i] != '=')
			return wrong(why, "the token's %s has a '=' before its end", part_names[which]);
	if (n % 4 == 1)
		return wrong(why, "the token's %s (%zu digits) cannot be base64url: it was cut off", part_names[which],
			     n);
	if (n == text.len)
		return true;
	if (text.len % 4 != 0 || text.len - n > 2)
		return wrong(why, "the token's %s has %zu '=' behind %zu digits", part_names[which], text.len - n, n);
	return !strict || wrong(why, "the token's %s is padded with '=', which RFC 7515 forbids: 'strict = false' in "
				"the bridge's configuration takes it", part_names[which]);
}

/* Bits left over in the last digit are nothing to Google; strict says what RFC 4648 (3.5) says. */
static bool decode(struct bytes text, enum token_part which, bool strict, uint8_t *out, size_t *len, struct reason *why)
{
	uint32_t bits = 0, have = 0;
	size_t n;

	*len = 0;
	if (!without_padding(text, which, strict, &n, why))
		return false;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 6 | digit(text.data[i]);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*len)++] = (uint8_t)(bits >> have);
		}
	}
	if (strict && (bits & ((1u << have) - 1)) != 0)
		return wrong(why, "the last digit of the token's %s says more than it may", part_names[which]);
	return true;
}

bool token_parts_read(struct token_parts *p, struct bytes token, bool strict, struct reason *why)
{
	uint8_t *room = p->room;
	size_t start = 0;

	if (token.len == 0)
		return wrong(why, "there is no password: it must be the token (JWT)");
	if (token.len > TOKEN_SIZE)
		return wrong(why, "the token has %zu bytes; at most %d are taken", token.len, TOKEN_SIZE);
	if (!by_its_beginning(token, why) || !by_its_alphabet(token, why) || !by_its_parts(token, why))
		return false;
	for (unsigned i = 0; i < TOKEN_PARTS; i++) {
		const uint8_t *dot = memchr(token.data + start, '.', token.len - start);
		size_t end = dot != NULL ? (size_t)(dot - token.data) : token.len;
		struct bytes text = { token.data + start, end - start };

		p->part[i].data = room;
		if (!decode(text, (enum token_part)i, strict, room, &p->part[i].len, why))
			return false;
		room += p->part[i].len;
		if (i == TOKEN_CLAIMS)
			p->input = (struct bytes){ token.data, end };
		start = end + 1;
	}
	return true;
}
