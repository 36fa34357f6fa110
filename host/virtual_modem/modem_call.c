/* SPDX-License-Identifier: Apache-2.0 */
/* modem_call.c - the values of a command: 1,"text",,3 (V.250 5.4.2). */
#include "virtual_modem/modem_state.h"

#include <string.h>
#include <strings.h>

static struct bytes skip(struct bytes b, size_t n)
{
	return (struct bytes){ b.data + n, b.len - n };
}

static struct bytes trim(struct bytes b)
{
	while (b.len > 0 && b.data[0] == ' ')
		b = skip(b, 1);
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.len--;
	return b;
}

/* One value and what follows it; false: a quote is missing or has something
 * behind it. */
static bool one_value(struct bytes *values, struct arg *a)
{
	struct bytes rest = trim(*values);
	const uint8_t *end;
	size_t n;

	*a = (struct arg){ .text = rest };
	if (rest.len > 0 && rest.data[0] == '"') {
		rest = skip(rest, 1);
		end = memchr(rest.data, '"', rest.len);
		if (end == NULL)
			return false;
		n = (size_t)(end - rest.data);
		*a = (struct arg){ .text = { rest.data, n }, .given = true, .quoted = true };
		*values = trim(skip(rest, n + 1));
		return values->len == 0 || values->data[0] == ',';
	}
	end = rest.len > 0 ? memchr(rest.data, ',', rest.len) : NULL;
	n = end != NULL ? (size_t)(end - rest.data) : rest.len;
	a->text = trim((struct bytes){ rest.data, n });
	a->given = a->text.len > 0;
	*values = skip(rest, n);
	return memchr(rest.data, '"', n) == NULL;
}

bool modem_call_parse(struct call *c, struct bytes values)
{
	c->argc = 0;
	for (;;) {
		if (c->argc == ARGS || !one_value(&values, &c->arg[c->argc++]))
			return false;
		if (values.len == 0)
			return true;
		values = skip(values, 1);
	}
}

static bool given(const struct call *c, unsigned i)
{
	return i < c->argc && c->arg[i].given;
}

bool modem_call_number(const struct call *c, unsigned i, uint32_t min, uint32_t max, uint32_t *value)
{
	uint32_t v;

	if (!given(c, i) || c->arg[i].quoted || !bytes_to_u32(c->arg[i].text, max, &v) || v < min)
		return false;
	*value = v;
	return true;
}

bool modem_call_option(const struct call *c, unsigned i, uint32_t min, uint32_t max, uint32_t *value)
{
	return !given(c, i) || modem_call_number(c, i, min, max, value);
}

bool modem_call_text(const struct call *c, unsigned i, char *text, size_t size)
{
	if (!given(c, i) || c->arg[i].text.len >= size)
		return false;
	if (c->arg[i].text.len > 0)
		memcpy(text, c->arg[i].text.data, c->arg[i].text.len);
	text[c->arg[i].text.len] = '\0';
	return true;
}

bool modem_call_is(const struct call *c, unsigned i, const char *word)
{
	return given(c, i) && c->arg[i].text.len == strlen(word) &&
	       strncasecmp((const char *)c->arg[i].text.data, word, c->arg[i].text.len) == 0;
}

int modem_call_socket(const struct call *c)
{
	uint32_t id;

	if (c->command == NULL || c->command->socket_arg < 0 ||
	    !modem_call_number(c, (unsigned)c->command->socket_arg, 0, MODEM_SOCKETS - 1, &id))
		return MODEM_ANY;
	return (int)id;
}
