/* SPDX-License-Identifier: Apache-2.0 */
/*
 *             "seed", "factory-reset"            "ca", "key"
 *   SEED, <----------------------- COMMAND ----------------------> CA, KEY
 *   CONFIRM ---- one line, given up --> ^  <-- another command, ---- | ^
 *                                       |      given up              | |
 *                           END (of key)|      -----BEGIN            v | END (of a certificate)
 *                                       +------------------------- PEM, PEM_SKIP
 *
 * PEM is entered from COMMAND as well, and returns there.  SKIP follows a line
 * that was too long and ends with it.
 */
#include "console/console.h"

#include "base/ticks.h"
#include "console/commands.h"
#include "console/paste.h"
#include "console/tracing.h"
#include "device/device.h"

#include <string.h>

enum {
	CTRL_C    = 0x03,
	HEAD      = 48,     /* bytes of a line in which a secret or a PEM must show itself */
	REDRAWN   = 60,     /* typed bytes shown again after console_print() */
	PROMPT_MAX = 16     /* bytes of a prompt and two line ends */
};

static const struct {
	const char *prompt;
	uint32_t    patience_ms;    /* without a byte; 0: for ever */
	const char *given_up;
} modes[] = {
	[CONSOLE_COMMAND]  = { T("tern> "), 0, NULL },
	[CONSOLE_SKIP]     = { "", 0, NULL },
	[CONSOLE_SEED]     = { T("seed> "), CONSOLE_ASK_MS, T("error: no seed came; nothing changed") },
	[CONSOLE_CONFIRM]  = { "yes/no> ", CONSOLE_ASK_MS, T("error: no answer came; nothing changed") },
	[CONSOLE_CA]       = { "ca> ", CONSOLE_ASK_MS, NULL },    /* there may have been some */
	[CONSOLE_KEY]      = { "key> ", CONSOLE_ASK_MS, T("error: no key came; nothing changed") },
	[CONSOLE_PEM]      = { "", CONSOLE_PASTE_MS, T("error: the PEM stopped before its '-----END' line; "
							     "nothing changed") },
	[CONSOLE_PEM_SKIP] = { "", CONSOLE_PASTE_MS, NULL },
};

static void prompt(struct console *c)
{
	if (c->rows != NULL || c->partial || *modes[c->mode].prompt == '\0')
		return;
	out_text(&c->out, modes[c->mode].prompt);
	c->prompted = true;
}

static void end_prompt(struct console *c)
{
	if (c->prompted)
		out_end(&c->out);
	c->prompted = false;
}

/* As many rows of a table as there is room for. */
static void print_rows(struct console *c)
{
	c->rows_later = false;
	while (c->rows != NULL && !c->rows_later && out_room(&c->out) >= CONSOLE_ROOM) {
		if (c->rows(c, c->row++))
			continue;
		c->rows = NULL;
		prompt(c);
	}
}

/* After a line: what is still to be printed, or the prompt. */
static void go_on(struct console *c)
{
	if (c->rows != NULL)
		print_rows(c);
	else
		prompt(c);
}

void console_say(struct console *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	out_format_list(&c->out, format, args);
	va_end(args);
	out_end(&c->out);
}

void console_rows(struct console *c, bool (*rows)(struct console *c, unsigned row))
{
	c->rows = rows;
	c->row = 0;
}

void console_rows_later(struct console *c)
{
	c->rows_later = true;
	c->row--;
}

static bool secret_mode(const struct console *c)
{
	return c->mode == CONSOLE_SEED || c->mode == CONSOLE_KEY || c->mode == CONSOLE_PEM ||
	       c->mode == CONSOLE_PEM_SKIP || c->mode == CONSOLE_SKIP;
}

static struct bytes head_of(struct bytes line)
{
	return (struct bytes){ line.data, line.len < HEAD ? line.len : HEAD };
}

static bool hidden(const struct console *c, uint8_t byte)
{
	struct bytes head = head_of(editor_line(&c->editor));

	return c->partial || secret_mode(c) || paste_begins(head) || commands_hide(head, byte);
}

static bool in_pem(const struct console *c)
{
	return c->mode == CONSOLE_PEM || c->mode == CONSOLE_PEM_SKIP;
}

/* ---- lines -------------------------------------------------------------- */

static bool is_blank(struct bytes line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] != ' ')
			return false;
	return true;
}

static void text_outside_pem(struct console *c)
{
	if (!c->noted)
		console_say(c, T("note: text outside of '-----BEGIN' to '-----END' is skipped"));
	c->noted = true;
}

/* A line that is not part of a PEM. */
static void act_on(struct console *c, struct bytes line)
{
	switch (c->mode) {
	case CONSOLE_SKIP:
		c->mode = CONSOLE_COMMAND;
		return;
	case CONSOLE_SEED:
	case CONSOLE_CONFIRM:
		commands_answer(c, line);
		return;
	case CONSOLE_CA:
	case CONSOLE_KEY:
		if (!is_blank(line) && !commands_known(line)) {
			text_outside_pem(c);
			return;
		}
		break;
	case CONSOLE_COMMAND:
	case CONSOLE_PEM:
	case CONSOLE_PEM_SKIP:
		break;
	}
	if (is_blank(line))
		return;
	c->mode = CONSOLE_COMMAND;
	commands_run(c, line);
}

static bool may_begin_pem(const struct console *c)
{
	return c->mode == CONSOLE_COMMAND || c->mode == CONSOLE_CA || c->mode == CONSOLE_KEY;
}

/* True when the line belongs to a PEM, which has then taken it. */
static bool is_pem(struct console *c)
{
	struct bytes line = editor_line(&c->editor);

	if (in_pem(c) && !c->partial && paste_interrupts(line))
		paste_interrupted(c);
	if (!in_pem(c) && may_begin_pem(c) && paste_begins(head_of(line)))
		paste_begin(c);
	if (!in_pem(c))
		return false;
	paste_line(c);
	go_on(c);
	return true;
}

static void line_complete(struct console *c)
{
	end_prompt(c);
	c->partial = false;
	if (is_pem(c))
		return;
	act_on(c, editor_line(&c->editor));
	editor_next(&c->editor);
	go_on(c);
}

/* The line fills its buffer and goes on. */
static void line_full(struct console *c)
{
	end_prompt(c);
	c->partial = true;
	if (is_pem(c))
		return;
	if (c->mode != CONSOLE_SKIP)
		console_say(c, T("error: line longer than %u bytes; nothing changed"), (uint32_t)CONSOLE_LINE_MAX);
	c->mode = CONSOLE_SKIP;
	editor_next(&c->editor);
}

/* Back to the command prompt, whatever was going on. */
static void give_up(struct console *c, const char *why)
{
	end_prompt(c);
	if (why != NULL)
		console_say(c, "%s", why);
	c->mode = CONSOLE_COMMAND;
	c->partial = false;
	paste_close(c);
	editor_next(&c->editor);
	prompt(c);
}

static void clear(struct console *c)
{
	if (c->mode == CONSOLE_SKIP)
		c->mode = CONSOLE_COMMAND;
	c->partial = false;
	editor_next(&c->editor);
	if (c->prompted)
		out_text(&c->out, "\r\x1b[K");
	prompt(c);
}

/* False: the byte was not taken, offer it again. */
static bool take(struct console *c, uint8_t byte)
{
	c->prompted |= c->editor.echoed > 0;
	switch (editor_feed(&c->editor, byte, hidden(c, byte), &c->out)) {
	case EDITOR_NONE:
		break;
	case EDITOR_LINE:
		line_complete(c);
		break;
	case EDITOR_CANCEL:
		out_text(&c->out, "^C");
		c->prompted = true;
		give_up(c, NULL);
		break;
	case EDITOR_CLEAR:
		clear(c);
		break;
	case EDITOR_FULL:
		line_full(c);
		return false;
	}
	return true;
}

/* ---- the interface ------------------------------------------------------ */

void console_init(struct console *c, struct device *device, const char *version, uint32_t now_ms)
{
	*c = (struct console){ .device = device, .version = version, .now_ms = now_ms, .heard_ms = now_ms };
	editor_init(&c->editor, c->line, sizeof c->line);
	out_init(&c->out, c->output, sizeof c->output);
	console_say(c, T("Tern %s - 'help' lists the commands"), version);
}

void console_start(struct console *c, uint32_t now_ms)
{
	c->now_ms = now_ms;
	end_prompt(c);
	commands_start(c, T("note: not started: "));
}

/* The first prompt stands below what the program says before its first step. */
static void begin(struct console *c)
{
	if (!c->begun)
		prompt(c);
	c->begun = true;
}

/* Ctrl-C ends an answer in parts, and what was typed ahead of it is dropped. */
static size_t interrupt(struct console *c, const uint8_t *data, size_t len)
{
	const uint8_t *at = len > 0 ? memchr(data, CTRL_C, len) : NULL;

	if (at == NULL || c->rows == NULL || out_room(&c->out) < PROMPT_MAX)
		return 0;
	c->rows = NULL;
	give_up(c, NULL);
	return (size_t)(at - data) + 1;
}

size_t console_feed(struct console *c, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t taken;

	c->now_ms = now_ms;
	begin(c);
	print_rows(c);
	taken = interrupt(c, data, len);
	while (taken < len && c->rows == NULL && out_room(&c->out) >= CONSOLE_ROOM) {
		c->heard_ms = now_ms;
		taken += take(c, data[taken]);
	}
	return taken;
}

const uint8_t *console_tx_peek(const struct console *c, size_t *len)
{
	return out_peek(&c->out, len);
}

void console_tx_done(struct console *c, size_t n)
{
	out_done(&c->out, n);
	print_rows(c);
}

bool console_deadline(const struct console *c, uint32_t *at_ms)
{
	*at_ms = c->heard_ms + modes[c->mode].patience_ms;
	return modes[c->mode].patience_ms > 0;
}

void console_step(struct console *c, uint32_t now_ms)
{
	uint32_t at_ms;

	c->now_ms = now_ms;
	begin(c);
	if (console_deadline(c, &at_ms) && ticks_reached(now_ms, at_ms) && out_room(&c->out) >= CONSOLE_ROOM)
		give_up(c, modes[c->mode].given_up);
	print_rows(c);
	tracing_step(c);
}

static size_t length(const char *format, va_list args)
{
	struct out nothing;

	out_init(&nothing, NULL, 0);
	out_format_list(&nothing, format, args);
	return nothing.lost;
}

bool console_print_list(struct console *c, const char *format, va_list args)
{
	struct bytes typed = { c->line, c->editor.echoed };
	bool again = c->prompted && typed.len > 0;
	size_t len = length(format, args);

	if (len > CONSOLE_PRINT_MAX || c->rows != NULL || out_room(&c->out) < len + REDRAWN + PROMPT_MAX)
		return false;
	end_prompt(c);
	out_format_list(&c->out, format, args);
	out_end(&c->out);
	if (!again)
		return true;
	if (typed.len > REDRAWN)
		typed = (struct bytes){ typed.data + typed.len - REDRAWN, REDRAWN };
	prompt(c);
	out_bytes(&c->out, typed);
	return true;
}

bool console_print(struct console *c, const char *format, ...)
{
	va_list args;
	bool printed;

	va_start(args, format);
	printed = console_print_list(c, format, args);
	va_end(args);
	return printed;
}

bool console_reboot_asked(struct console *c)
{
	bool asked = c->reboot && c->out.len == 0;

	if (asked)
		c->reboot = false;
	return asked;
}

void console_event(struct console *c, const struct device_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	if (ev->type != DEVICE_EV_DIAGNOSIS || out_room(&c->out) < ev->data.len + PROMPT_MAX)
		return;
	end_prompt(c);
	out_bytes(&c->out, ev->data);
	out_end(&c->out);
}
