/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/base64.h"

/* 1 when LOW <= V <= HIGH, else 0, without a branch; all in 0..255. */
static int within(int v, int low, int high)
{
	return (int)((((unsigned)(low - 1 - v) & (unsigned)(v - high - 1)) >> 8) & 1);
}

static int symbol_62(enum base64_kind kind)
{
	return kind == BASE64_URL ? '-' : '+';
}

static int symbol_63(enum base64_kind kind)
{
	return kind == BASE64_URL ? '_' : '/';
}

int base64_value(enum base64_kind kind, uint8_t c)
{
	int v = 0;   /* value + 1; at most one term is not 0 */

	v += within(c, 'A', 'Z') * (c - 'A' + 1);
	v += within(c, 'a', 'z') * (c - 'a' + 27);
	v += within(c, '0', '9') * (c - '0' + 53);
	v += within(c, symbol_62(kind), symbol_62(kind)) * 63;
	v += within(c, symbol_63(kind), symbol_63(kind)) * 64;
	return v - 1;
}

static char character(enum base64_kind kind, unsigned six)
{
	int v = (int)(six & 63);
	int c = within(v, 0, 25) * ('A' + v);

	c += within(v, 26, 51) * ('a' + v - 26);
	c += within(v, 52, 61) * ('0' + v - 52);
	c += within(v, 62, 62) * symbol_62(kind);
	c += within(v, 63, 63) * symbol_63(kind);
	return (char)c;
}

size_t base64_encode(enum base64_kind kind, const uint8_t *data, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < have ? data[i + k] : 0);
		for (size_t k = 0; k < 4; k++) {
			if (k <= have)
				out[len++] = character(kind, bits >> (18 - 6 * k));
			else if (kind == BASE64_STD)
				out[len++] = '=';
		}
	}
	return len;
}

/* TEXT without its padding; false when the padding is wrong for its length. */
static bool unpad(enum base64_kind kind, struct bytes *text)
{
	if (kind == BASE64_URL)
		return text->len % 4 != 1;
	if (text->len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && text->len > 0 && text->data[text->len - 1] == '='; i++)
		text->len--;
	return true;
}

enum err base64_decode(enum base64_kind kind, struct bytes text, uint8_t *out, size_t size, size_t *len)
{
	uint32_t bits = 0;
	unsigned have = 0;
	int bad = 0;

	*len = 0;
	if (!unpad(kind, &text))
		return ERR_FORMAT;
	if (text.len / 4 * 3 + text.len % 4 * 3 / 4 > size)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < text.len; i++) {
		int v = base64_value(kind, text.data[i]);

		bad |= v;
		bits = bits << 6 | ((uint32_t)v & 63);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*len)++] = (uint8_t)(bits >> have);
		}
	}
	if (bad < 0 || (bits & ((1u << have) - 1)) != 0) {
		bytes_wipe(out, *len);
		*len = 0;
		return ERR_FORMAT;
	}
	return ERR_OK;
}
