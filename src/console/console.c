/* SPDX-License-Identifier: Apache-2.0 */
/*
 *           "seed", "factory-reset",
 *              "setup"                               "ca", "key"
 *   SEED, <----------------------- COMMAND ----------------------> CA, KEY
 *   CONFIRM ---- one line, given up --> ^  <-- another command, ---- | ^
 *   -> ERASE,                           |      given up              | |
 *   GUIDE                   END (of key)|      -----BEGIN            v | END (of a certificate)
 *                                       +------------------------- PEM, PEM_SKIP
 *
 * PEM is entered from COMMAND and GUIDE as well, and returns there.  SKIP follows
 * a line that was too long and ends with it.  While GUIDE is not 0, guide.c asks
 * its next question wherever the prompt for commands would come.
 *
 * Bytes go from console_feed() to the editor.  While something waits - a held
 * line, output, what is in the backlog already - they go to the backlog first.
 */
#include "console/console.h"

#include "base/ticks.h"
#include "console/commands.h"
#include "console/explain.h"
#include "console/complete.h"
#include "console/guide.h"
#include "console/paste.h"
#include "console/tracing.h"
#include "console/why.h"
#include "console/words.h"
#include "device/device.h"

#include <string.h>

enum {
	CTRL_C    = 0x03,
	HEAD      = 48,     /* bytes of a line in which a secret or a PEM must show itself */
	LIST_WIDTH = 72,    /* columns */
	PROMPT_MAX = 20     /* bytes of a prompt and two line ends */
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
	[CONSOLE_ERASE]    = { "erase> ", CONSOLE_ASK_MS, T("error: no answer came; nothing changed") },
	[CONSOLE_GUIDE]    = { "", CONSOLE_GUIDE_MS, NULL },      /* guide_prompt() */
	[CONSOLE_CA]       = { "ca> ", CONSOLE_ASK_MS, NULL },    /* there may have been some */
	[CONSOLE_KEY]      = { "key> ", CONSOLE_ASK_MS, T("error: no key came; nothing changed") },
	[CONSOLE_PEM]      = { "", CONSOLE_PASTE_MS, NULL },      /* paste_interrupted() */
	[CONSOLE_PEM_SKIP] = { "", CONSOLE_PASTE_MS, NULL },
};

static void prompt(struct console *c)
{
	const char *text = c->mode == CONSOLE_GUIDE ? guide_prompt(c) : modes[c->mode].prompt;

	if (c->rows != NULL || c->partial || c->deaf || *text == '\0')
		return;
	out_text(&c->out, text);
	c->prompted = true;
}

static void end_prompt(struct console *c)
{
	if (c->prompted)
		out_end(&c->out);
	c->prompted = false;
}

/* The prompt, or in its place the next question of "setup". */
static void ask(struct console *c)
{
	if (c->guide != 0 && c->mode == CONSOLE_COMMAND)
		guide_next(c);
	prompt(c);
}

/* As many rows of a table as there is room for. */
static void print_rows(struct console *c)
{
	c->rows_later = false;
	while (c->rows != NULL && !c->rows_later && out_room(&c->out) >= CONSOLE_ROOM) {
		if (c->rows(c, c->row++))
			continue;
		c->rows = NULL;
		ask(c);
	}
}

/* After a line: what is still to be printed, or the prompt. */
static void go_on(struct console *c)
{
	if (c->rows == NULL)
		ask(c);
	print_rows(c);
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

/* Text behind the END of a PEM, in the same paste.  A script may answer questions there. */
static bool is_behind(const struct console *c)
{
	return c->behind != CONSOLE_BEHIND_NOTHING &&
	       (c->mode == CONSOLE_COMMAND || (c->mode == CONSOLE_GUIDE && c->hold));
}

static bool hidden(const struct console *c, uint8_t byte)
{
	struct bytes head = head_of(editor_line(&c->editor));

	if (c->partial || secret_mode(c) || paste_begins(head))
		return true;
	if (is_behind(c) && (c->mode == CONSOLE_GUIDE || commands_hide_behind(head, byte)))
		return true;
	if (c->mode == CONSOLE_GUIDE)
		return guide_hides(c);
	if (byte == '\t' && c->editor.echoed == c->editor.len)
		return false;     /* a key that is pressed, and no part of a secret */
	return commands_hide(head, byte);
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

/* Of a key it may be all that came: paste_text_end() says what it is. */
static void text_outside_pem(struct console *c, struct bytes line)
{
	if (c->pem_count == 0)
		paste_text(c, line);
	if (!c->noted && c->mode == CONSOLE_CA)
		console_say(c, T("note: text outside of '-----BEGIN' to '-----END' is skipped"));
	c->noted = true;
}

/* True: LINE is no command, and stands behind a PEM. */
static bool text_behind_pem(struct console *c, struct bytes line)
{
	if (!is_behind(c) || is_blank(line))
		return false;
	if (c->mode == CONSOLE_COMMAND && (commands_known(line) || *line.data == '#')) {
		c->behind = CONSOLE_BEHIND_NOTHING;
		return false;
	}
	if (c->behind != CONSOLE_BEHIND_TOLD)
		console_say(c, T("error: what stands behind '-----END' is no command, and is skipped"));
	c->behind = CONSOLE_BEHIND_TOLD;
	return true;
}

/* A line that is not part of a PEM. */
static void act_on(struct console *c, struct bytes line)
{
	if (text_behind_pem(c, line))
		return;
	if (c->guide != 0 && guide_line(c, line))
		return;
	switch (c->mode) {
	case CONSOLE_SKIP:
		c->mode = CONSOLE_COMMAND;
		return;
	case CONSOLE_SEED:
	case CONSOLE_CONFIRM:
	case CONSOLE_ERASE:
		commands_answer(c, line);
		return;
	case CONSOLE_CA:
	case CONSOLE_KEY:
		if (!is_blank(line) && !commands_known(line)) {
			text_outside_pem(c, line);
			return;
		}
		break;
	case CONSOLE_COMMAND:
	case CONSOLE_GUIDE:
	case CONSOLE_PEM:
	case CONSOLE_PEM_SKIP:
		break;
	}
	if (is_blank(line))
		return;
	c->mode = CONSOLE_COMMAND;
	paste_close(c);
	commands_run(c, line);
}

static bool may_begin_pem(const struct console *c)
{
	return c->mode == CONSOLE_COMMAND || c->mode == CONSOLE_CA || c->mode == CONSOLE_KEY ||
	       c->mode == CONSOLE_GUIDE;
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

/* What was shown may be shown again. */
static void remember(struct console *c)
{
	struct bytes line = editor_line(&c->editor);

	if (c->mode == CONSOLE_COMMAND && c->editor.echoed == line.len && !is_blank(line) && *line.data != '#')
		recall_add(&c->recall, line);
}

static void line_complete(struct console *c)
{
	end_prompt(c);
	c->partial = false;
	if (is_pem(c))
		return;
	remember(c);
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

static void forget_input(struct console *c)
{
	c->rows = NULL;
	c->held = CONSOLE_HELD_NONE;
	c->partial = false;
	c->behind = CONSOLE_BEHIND_NOTHING;
	c->keys = 0;
	c->recall.at = 0;
	backlog_clear(&c->backlog, &device_crypto(c->device)->arena);
	paste_close(c);
	editor_next(&c->editor);
}

/* Back to the command prompt, whatever was going on. */
static void give_up(struct console *c, const char *why)
{
	end_prompt(c);
	if (why != NULL)
		console_say(c, "%s", why);
	if (c->guide != 0)
		guide_leave(c);
	c->mode = CONSOLE_COMMAND;
	forget_input(c);
	prompt(c);
}

/* ---- keys --------------------------------------------------------------- */

static void clear(struct console *c)
{
	if (c->mode == CONSOLE_SKIP)
		c->mode = CONSOLE_COMMAND;
	c->partial = false;
	c->recall.at = 0;
	editor_next(&c->editor);
	if (c->prompted)
		out_text(&c->out, "\r\x1b[K");
	prompt(c);
}

/* TEXT in the place of what is typed. */
static void replace(struct console *c, struct bytes text)
{
	bool one_row = c->prompted && c->editor.echoed - c->editor.row <= EDITOR_ROW && c->editor.row == 0;

	if (one_row)
		out_text(&c->out, "\r\x1b[K");
	else
		end_prompt(c);
	editor_put(&c->editor, text);
	prompt(c);
	out_bytes(&c->out, text);
}

static void draw_again(struct console *c)
{
	end_prompt(c);
	prompt(c);
	editor_draw(&c->editor, &c->out);
}

/* The names that may stand at the end of LINE. */
static void list_names(struct console *c, struct bytes line)
{
	struct bytes word, begun = line;
	size_t column = 0;

	for (size_t n = line.len; n > 0 && begun.len == line.len; n--)
		if (line.data[n - 1] == ' ')
			begun = (struct bytes){ line.data + n, line.len - n };
	end_prompt(c);
	for (unsigned i = 0; complete_candidate(line, i, &word); i++) {
		if (!words_begin(begun, word))
			continue;
		if (column + word.len > LIST_WIDTH) {
			out_end(&c->out);
			column = 0;
		}
		out_text(&c->out, column > 0 ? "  " : "");
		out_bytes(&c->out, word);
		column += word.len + 2;
	}
	out_end(&c->out);
	prompt(c);
	editor_draw(&c->editor, &c->out);
}

static void type(struct console *c, uint8_t byte)
{
	(void)editor_feed(&c->editor, byte, hidden(c, byte), &c->out);
}

static void tab(struct console *c)
{
	struct complete found = complete(editor_line(&c->editor));

	if (c->mode != CONSOLE_COMMAND) {
		type(c, ' ');
		return;
	}
	for (size_t i = 0; i < found.more.len; i++)
		type(c, found.more.data[i]);
	if (found.whole)
		type(c, ' ');
	if (found.several)
		list_names(c, editor_line(&c->editor));
}

static void recall(struct console *c, bool older)
{
	if (c->mode == CONSOLE_COMMAND)
		replace(c, older ? recall_older(&c->recall) : recall_newer(&c->recall));
}

/* ---- bytes -------------------------------------------------------------- */

/* Does it take long to act on the line that is complete? */
static bool is_slow(const struct console *c)
{
	struct bytes line = editor_line(&c->editor);

	if (c->mode == CONSOLE_SKIP)
		return false;
	if (in_pem(c) && !c->partial)
		return paste_ends(line) || paste_interrupts(line);
	if (may_begin_pem(c) && paste_begins(head_of(line)))
		return paste_ends(line);
	return in_pem(c) || c->guide != 0 || !is_blank(line);
}

/* While the device runs, the arena is TLS's. */
static bool may_wait(const struct console *c)
{
	struct device_status status;

	if (!c->hold)
		return false;
	device_status(c->device, &status, c->now_ms);
	return status.state == DEVICE_STOPPED;
}

static void act(struct console *c)
{
	enum console_held held = c->held;

	c->held = CONSOLE_HELD_NONE;
	if (held == CONSOLE_HELD_FULL)
		line_full(c);
	else
		line_complete(c);
}

static void hold_or_act(struct console *c, enum console_held held)
{
	bool later = is_slow(c) && may_wait(c);

	c->held = held;
	if (!later)
		act(c);
}

/* False: the byte was not taken, offer it again. */
static bool take(struct console *c, uint8_t byte)
{
	c->prompted |= c->editor.echoed > 0;
	if (c->apart)
		c->behind = CONSOLE_BEHIND_NOTHING;
	switch (editor_feed(&c->editor, byte, hidden(c, byte), &c->out)) {
	case EDITOR_NONE:
		break;
	case EDITOR_LINE:
		hold_or_act(c, CONSOLE_HELD_LINE);
		break;
	case EDITOR_CANCEL:
		out_text(&c->out, "^C");
		c->prompted = true;
		give_up(c, NULL);
		break;
	case EDITOR_CLEAR:
		clear(c);
		break;
	case EDITOR_OLDER:
		recall(c, true);
		break;
	case EDITOR_NEWER:
		recall(c, false);
		break;
	case EDITOR_TAB:
		tab(c);
		break;
	case EDITOR_REDRAW:
		draw_again(c);
		break;
	case EDITOR_FULL:
		hold_or_act(c, CONSOLE_HELD_FULL);
		return false;
	}
	return true;
}

/* The editor cannot have the next byte yet. */
static bool is_busy(const struct console *c)
{
	return c->held != CONSOLE_HELD_NONE || c->rows != NULL || out_room(&c->out) < CONSOLE_ROOM;
}

/* What came while it could not. */
static void take_backlog(struct console *c)
{
	c->apart = c->apart && c->backlog.len == 0;
	while (c->backlog.len > 0 && !is_busy(c))
		if (take(c, backlog_peek(&c->backlog)) && c->backlog.len > 0)
			backlog_drop(&c->backlog, &device_crypto(c->device)->arena);
	if (c->backlog.len == 0 && c->held == CONSOLE_HELD_NONE)
		c->keys = 0;
}

/* Keep BYTE for later; false where there is no memory, or no need to. */
static bool keep(struct console *c, uint8_t byte)
{
	return may_wait(c) && backlog_put(&c->backlog, &device_crypto(c->device)->arena, byte);
}

/* False: the byte was not taken, offer it again. */
static bool receive(struct console *c, uint8_t byte)
{
	bool waits = is_busy(c) || c->backlog.len > 0;

	if (c->deaf) {
		c->dropped = true;
		return true;
	}
	if (waits && byte == CTRL_C && out_room(&c->out) >= PROMPT_MAX) {
		give_up(c, NULL);
		return true;
	}
	if (!waits) {
		c->apart = c->now_ms - c->heard_ms >= CONSOLE_QUIET_MS;
		return take(c, byte);
	}
	if (keep(c, byte))
		return true;
	if (c->held != CONSOLE_HELD_NONE)
		act(c);
	return false;
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
	commands_start(c, "note: ");
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
	give_up(c, NULL);
	return (size_t)(at - data) + 1;
}

size_t console_feed(struct console *c, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t taken;

	c->now_ms = now_ms;
	begin(c);
	print_rows(c);
	take_backlog(c);
	taken = interrupt(c, data, len);
	while (taken < len && receive(c, data[taken])) {
		c->heard_ms = now_ms;
		taken++;
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
	take_backlog(c);
}

/* For how long a silence is waited for now; 0: for none. */
static uint32_t patience_ms(const struct console *c)
{
	if (c->deaf)
		return CONSOLE_QUIET_MS;
	if (c->held != CONSOLE_HELD_NONE)
		return CONSOLE_HOLD_MS;
	if (c->lint != NULL && !in_pem(c))
		return CONSOLE_TEXT_MS;
	return c->guide != 0 && !in_pem(c) ? CONSOLE_GUIDE_MS : modes[c->mode].patience_ms;
}

bool console_deadline(const struct console *c, uint32_t *at_ms)
{
	uint32_t ms = patience_ms(c);

	*at_ms = c->heard_ms + ms;
	return ms > 0;
}

static void say_dropped(struct console *c)
{
	c->deaf = false;
	if (!c->dropped)
		return;
	end_prompt(c);
	console_say(c, T("error: bytes of what was typed or pasted last were lost on the line, and all of it up to "
		    "this pause is dropped: 'check' shows what is stored; paste the rest again, while the device is "
		    "stopped"));
	prompt(c);
}

static void on_silence(struct console *c)
{
	if (c->deaf) {
		say_dropped(c);
	} else if (c->held != CONSOLE_HELD_NONE) {
		act(c);
		take_backlog(c);
	} else if (c->lint != NULL && !in_pem(c)) {
		end_prompt(c);
		paste_text_end(c);
		prompt(c);
	} else if (c->mode == CONSOLE_PEM) {
		paste_stopped(c);
		ask(c);
	} else {
		give_up(c, modes[c->mode].given_up);
	}
}

/* A diagnosis that found no room. */
static void say_waiting(struct console *c)
{
	if (c->diagnosis_waits == 0 || c->rows != NULL || c->partial || out_room(&c->out) < CONSOLE_ROOM)
		return;
	end_prompt(c);
	console_rows(c, why_waiting_row);
}

void console_step(struct console *c, uint32_t now_ms)
{
	uint32_t at_ms;

	c->now_ms = now_ms;
	begin(c);
	if (console_deadline(c, &at_ms) && ticks_reached(now_ms, at_ms) && out_room(&c->out) >= CONSOLE_ROOM)
		on_silence(c);
	say_waiting(c);
	print_rows(c);
	explain_step(c);
	tracing_step(c);
	take_backlog(c);
}

void console_hold(struct console *c, bool on)
{
	c->hold = on;
}

bool console_waits(const struct console *c)
{
	return c->held != CONSOLE_HELD_NONE || c->backlog.len > 0;
}

void console_end(struct console *c, uint32_t now_ms)
{
	c->now_ms = now_ms;
	if (c->lint != NULL || in_pem(c) || modes[c->mode].given_up != NULL)
		on_silence(c);
}

void console_lost(struct console *c, uint32_t now_ms)
{
	c->now_ms = c->heard_ms = now_ms;
	c->dropped = (c->deaf && c->dropped) || c->editor.len > 0 || c->mode != CONSOLE_COMMAND || c->backlog.len > 0;
	c->deaf = true;
	c->guide = 0;
	c->mode = CONSOLE_COMMAND;
	forget_input(c);
}

static size_t length(const char *format, va_list args)
{
	struct out nothing;

	out_init(&nothing, NULL, 0);
	out_format_list(&nothing, format, args);
	return nothing.lost;
}

bool console_above(struct console *c)
{
	bool again = c->prompted && c->editor.echoed > 0;

	end_prompt(c);
	return again;
}

void console_below(struct console *c, bool again)
{
	if (!again)
		return;
	prompt(c);
	editor_draw(&c->editor, &c->out);
}

bool console_print_list(struct console *c, const char *format, va_list args)
{
	size_t len = length(format, args);
	bool again;

	if (len > CONSOLE_PRINT_MAX || c->rows != NULL || out_room(&c->out) < len + EDITOR_ROW + PROMPT_MAX)
		return false;
	again = console_above(c);
	out_format_list(&c->out, format, args);
	out_end(&c->out);
	console_below(c, again);
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

/* One for which there is no room, or which would break an answer, comes later, out of
 * what is remembered. */
static void say_diagnosis(struct console *c, struct bytes line)
{
	bool again;

	if (c->rows != NULL || out_room(&c->out) < line.len + EDITOR_ROW + PROMPT_MAX) {
		why_wait(c, line);
		return;
	}
	again = console_above(c);
	out_bytes(&c->out, line);
	out_end(&c->out);
	console_below(c, again);
}

void console_event(struct console *c, const struct device_event *ev, uint32_t now_ms)
{
	c->now_ms = now_ms;
	if (ev->type != DEVICE_EV_DIAGNOSIS)
		return;
	explain_step(c);      /* what was reached before it */
	say_diagnosis(c, ev->data);
	explain_end(c);
}
