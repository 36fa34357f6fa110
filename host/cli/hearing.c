/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hearing.h"

#include <string.h>

static const char *const prompts[] = {
	[HEARING_COMMAND] = "tern> ", [HEARING_SEED] = "seed> ", [HEARING_CONFIRM] = "yes/no> ",
	[HEARING_CA] = "ca> ", [HEARING_KEY] = "key> ", [HEARING_ERASE] = "erase> ",
};

enum { PROMPTS = sizeof prompts / sizeof prompts[0], ESC = 0x1b, NO_ESCAPE = 0, ESCAPE_BEGUN, ESCAPE_SEQUENCE };

void hearing_init(struct hearing *h)
{
	*h = (struct hearing){ 0 };
}

/* ---- bytes -------------------------------------------------------------- */

static void begin_line(struct hearing *h)
{
	h->len = h->prompt_len = 0;
	h->full = h->ended = false;
	h->line[0] = '\0';
}

/* True when BYTE belongs to an escape sequence (ECMA-48, 5.4). */
static bool in_escape(struct hearing *h, uint8_t byte)
{
	if (byte == ESC) {
		h->escape = ESCAPE_BEGUN;
		return true;
	}
	if (h->escape == NO_ESCAPE)
		return false;
	if (byte < ' ')
		h->escape = NO_ESCAPE;      /* none after all */
	else if (h->escape == ESCAPE_BEGUN)
		h->escape = byte == '[' ? ESCAPE_SEQUENCE : NO_ESCAPE;
	else if (byte >= '@' && byte <= '~')
		h->escape = NO_ESCAPE;
	return byte >= ' ';
}

static bool add(struct hearing *h, uint8_t byte, struct hearing_event *ev)
{
	h->full |= h->len == HEARING_LINE_MAX;
	if (h->full)
		return false;
	h->line[h->len++] = (char)byte;
	h->line[h->len] = '\0';
	for (size_t i = 0; i < PROMPTS; i++)
		if (strcmp(h->line, prompts[i]) == 0) {
			h->prompt_len = h->len;
			h->prompt = (enum hearing_prompt)i;
			*ev = (struct hearing_event){ HEARING_PROMPT, h->prompt, "" };
			return true;
		}
	return false;
}

/* Backspace, as the echo of one uses it. */
static void take_back(struct hearing *h)
{
	if (h->len > h->prompt_len)
		h->line[--h->len] = '\0';
}

static bool end_line(struct hearing *h, struct hearing_event *ev)
{
	h->ended = true;
	if (h->len == h->prompt_len)
		return false;
	*ev = (struct hearing_event){ h->prompt_len > 0 ? HEARING_TYPED : HEARING_LINE, h->prompt,
				      h->line + h->prompt_len };
	return true;
}

static bool take(struct hearing *h, uint8_t byte, struct hearing_event *ev)
{
	bool escaped = in_escape(h, byte);

	h->heard++;
	if (h->ended || (h->after_cr && byte != '\n' && byte != '\r'))
		begin_line(h);
	h->after_cr = byte == '\r';
	if (byte == '\n')
		return end_line(h, ev);
	if (byte == '\r' || escaped)
		return false;
	if (byte == '\b')
		take_back(h);
	else if (byte >= ' ' && byte <= '~')
		return add(h, byte, ev);
	else
		h->odd++;
	return false;
}

size_t hearing_feed(struct hearing *h, const uint8_t *data, size_t len, struct hearing_event *ev, bool *have)
{
	size_t n = 0;

	*have = false;
	while (n < len && !*have)
		*have = take(h, data[n++], ev);
	return n;
}

/* ---- lines -------------------------------------------------------------- */

/* Step over PREFIX. */
static bool skip(const char **at, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*at, prefix, n) != 0)
		return false;
	*at += n;
	return true;
}

static bool number(const char **at, uint32_t *value)
{
	size_t n = strspn(*at, "0123456789");

	if (!bytes_to_u32((struct bytes){ (const uint8_t *)*at, n }, UINT32_MAX, value))
		return false;
	*at += n;
	return true;
}

/* ", sha256 d3d0871e3aa2f705...", the last one. */
static bool fingerprint(const char *line, char out[HEARING_FINGERPRINT + 1])
{
	const char *at = line, *last = NULL;

	while ((at = strstr(at, ", sha256 ")) != NULL)
		last = at += strlen(", sha256 ");
	if (last == NULL || strspn(last, "0123456789abcdef") != HEARING_FINGERPRINT)
		return false;
	memcpy(out, last, HEARING_FINGERPRINT);
	out[HEARING_FINGERPRINT] = '\0';
	return true;
}

bool hearing_is_error(const char *line)
{
	return skip(&line, "error: ");
}

/* The code behind the first " [" that has one behind it. */
static struct bytes code_of(const char *line)
{
	const char *at = line;
	size_t n;

	while ((at = strstr(at, " [")) != NULL) {
		at += 2;
		n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
		if (n > 0 && (at[n] == ' ' || at[n] == ']'))
			return (struct bytes){ (const uint8_t *)at, n };
	}
	return (struct bytes){ NULL, 0 };
}

bool hearing_is_trouble(const char *line, struct bytes *name)
{
	if (!skip(&line, "diagnosis: "))
		return false;
	*name = code_of(line - 1);
	return true;
}

bool hearing_is_acked(const char *line, uint32_t *value)
{
	uint32_t n;

	if (!skip(&line, "acknowledged ") || !number(&line, &n) || *line != '\0')
		return false;
	*value = n;
	return true;
}

bool hearing_is_board(const char *line, char id[HEARING_BOARD_MAX + 1])
{
	size_t n;

	if (!skip(&line, "board "))
		return false;
	n = strspn(line, "0123456789abcdef");
	if (n > HEARING_BOARD_MAX || line[n] != '\0')
		return false;
	memcpy(id, line, n + 1);
	return true;
}

/* The columns of src/console/check.c. */
bool hearing_is_found(const char *line, struct hearing_found *row)
{
	static const char *const weights[] = { "ok:      ", "note:    ", "warning: ", "error:   " };
	const char *end;
	size_t i = 0;

	while (i < sizeof weights / sizeof weights[0] && !skip(&line, weights[i]))
		i++;
	end = i < sizeof weights / sizeof weights[0] ? strstr(line, "  ") : NULL;
	if (end == NULL || end == line)
		return false;
	*row = (struct hearing_found){
		.error = i == 3, .name = { (const uint8_t *)line, (size_t)(end - line) },
		.text = end + strspn(end, " "),
	};
	return true;
}

bool hearing_is_key(const char *line, char out[HEARING_FINGERPRINT + 1])
{
	struct hearing_found row;

	return hearing_is_found(line, &row) && bytes_equal_text(row.name, "key") && fingerprint(row.text, out);
}

bool hearing_is_root(const char *line, uint32_t *value, char out[HEARING_FINGERPRINT + 1])
{
	struct hearing_found row;
	const char *at;
	uint32_t n;

	if (!hearing_is_found(line, &row))
		return false;
	at = (const char *)row.name.data;
	if (!skip(&at, "root ") || !number(&at, &n) || *at != ' ' || !fingerprint(row.text, out))
		return false;
	*value = n;
	return true;
}
