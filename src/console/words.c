/* SPDX-License-Identifier: Apache-2.0 */
#include "console/words.h"

struct bytes words_trim(struct bytes b)
{
	while (b.len > 0 && b.data[0] == ' ')
		b = (struct bytes){ b.data + 1, b.len - 1 };
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.len--;
	return b;
}

struct bytes words_next(struct bytes *b)
{
	struct bytes word = words_trim(*b);
	size_t n = 0;

	while (n < word.len && word.data[n] != ' ')
		n++;
	*b = words_trim((struct bytes){ word.data + n, word.len - n });
	word.len = n;
	return word;
}

struct bytes words_unquote(struct bytes b)
{
	if (b.len >= 2 && b.data[0] == '"' && b.data[b.len - 1] == '"')
		return (struct bytes){ b.data + 1, b.len - 2 };
	return b;
}

bool words_begin(struct bytes start, struct bytes word)
{
	if (start.len > word.len)
		return false;
	for (size_t i = 0; i < start.len; i++)
		if ((start.data[i] | 0x20) != (word.data[i] | 0x20))
			return false;
	return true;
}

bool words_same(struct bytes a, struct bytes b)
{
	return a.len == b.len && words_begin(a, b);
}

bool words_are(struct bytes word, const char *s)
{
	return words_same(word, bytes_of(s));
}
