/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <string.h>

struct bytes bytes_of(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool bytes_equal_text(struct bytes a, const char *s)
{
	return bytes_equal(a, bytes_of(s));
}

bool bytes_starts_with(struct bytes a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && (n == 0 || memcmp(a.data, prefix, n) == 0);
}

bool bytes_to_u32(struct bytes text, uint32_t max, uint32_t *value)
{
	uint32_t v = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint32_t digit = (uint32_t)text.data[i] - '0';

		if (digit > 9 || digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

void bytes_put_u32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

uint32_t bytes_get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void bytes_wipe(void *p, size_t n)
{
	if (n > 0)
		memset(p, 0, n);
	__asm volatile("" : : "r"(p) : "memory");    /* somebody may look at it: the stores stay */
}

bool bytes_equal_secret(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}

void text_init(struct text *t, char *buf, size_t size)
{
	*t = (struct text){ .buf = buf, .size = size };
	buf[0] = '\0';
}

void text_add_bytes(struct text *t, struct bytes b)
{
	size_t room = t->size - 1 - t->len;
	size_t n = b.len < room ? b.len : room;

	if (n > 0)
		memcpy(t->buf + t->len, b.data, n);
	t->len += n;
	t->buf[t->len] = '\0';
	if (n < b.len)
		t->overflow = true;
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, bytes_of(s));
}

void text_add_char(struct text *t, char c)
{
	text_add_bytes(t, (struct bytes){ (const uint8_t *)&c, 1 });
}

static void add_u64(struct text *t, uint64_t value)
{
	uint8_t digits[20];
	size_t n = sizeof digits;

	do {
		digits[--n] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	text_add_bytes(t, (struct bytes){ digits + n, sizeof digits - n });
}

void text_add_u32(struct text *t, uint32_t value)
{
	add_u64(t, value);
}

void text_add_i64(struct text *t, int64_t value)
{
	if (value < 0)
		text_add_char(t, '-');
	add_u64(t, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void text_add_hex(struct text *t, uint32_t value, unsigned digits)
{
	while (digits-- > 0)
		text_add_char(t, "0123456789abcdef"[digits < 8 ? value >> 4 * digits & 15u : 0]);
}

struct bytes text_bytes(const struct text *t)
{
	return (struct bytes){ (const uint8_t *)t->buf, t->len };
}
