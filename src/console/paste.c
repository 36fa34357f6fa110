/* SPDX-License-Identifier: Apache-2.0 */
#include "console/paste.h"

#include "console/commands.h"
#include "console/console.h"
#include "console/credentials.h"
#include "crypto/pem_lint.h"
#include "device/device.h"

#include <string.h>

/*
 * pem.h reads what is pasted and stops at the first damage; pem_lint.h looks at all
 * of it, up to the END, and has the words.
 */

static bool stands_at(struct bytes b, size_t at, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b.data[at + i] != (uint8_t)word[i] && b.data[at + i] != ((uint8_t)word[i] | 0x20))
			return false;
	return true;
}

/* Where WORD, in capitals or not, stands behind a dash; B.len if nowhere.  Any byte
 * from 0x80 up counts as a dash: word processors make "-----" into longer ones. */
static size_t find_marker(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 1; i + n <= b.len; i++)
		if ((b.data[i - 1] == '-' || b.data[i - 1] >= 0x80) && stands_at(b, i, word, n))
			return i;
	return b.len;
}

bool paste_begins(struct bytes line)
{
	return find_marker(line, "BEGIN ") < line.len;
}

bool paste_ends(struct bytes line)
{
	return find_marker(line, "END ") < line.len;
}

bool paste_interrupts(struct bytes line)
{
	return (paste_begins(line) && !paste_ends(line)) || commands_known(line);
}

/* Who asked for the PEM that begins now: "ca" and "key" may stand before it on
 * its own line. */
static enum console_mode asked_by(const struct console *c)
{
	struct bytes line = editor_line(&c->editor);

	if (c->mode != CONSOLE_COMMAND)
		return c->mode;
	if (bytes_starts_with(line, "key "))
		return CONSOLE_KEY;
	return bytes_starts_with(line, "ca ") ? CONSOLE_CA : CONSOLE_COMMAND;
}

static bool has_word(struct bytes line, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= line.len; i++)
		if (stands_at(line, i, word, n))
			return true;
	return false;
}

/* What belongs there: what was asked for, or else what it calls itself. */
static enum pem_lint_for wanted(const struct console *c, struct bytes from)
{
	if (c->asked == CONSOLE_CA || (c->asked != CONSOLE_KEY && has_word(from, "CERTIFICATE")))
		return PEM_LINT_ROOTS;
	return PEM_LINT_KEY;
}

static void open_lint(struct console *c, enum pem_lint_for what)
{
	c->lint = arena_alloc(&device_crypto(c->device)->arena, sizeof *c->lint);
	if (c->lint != NULL)
		pem_lint_init(c->lint, what);
}

/* Memory for what is pasted comes from the arena: a paste is rare. */
static void open_pem(struct console *c, struct bytes from)
{
	paste_close(c);
	c->der = arena_alloc(&device_crypto(c->device)->arena, KEY_DER_MAX);
	c->mode = c->der != NULL ? CONSOLE_PEM : CONSOLE_PEM_SKIP;
	if (c->der == NULL) {
		console_say(c, T("error: no memory for a paste while TLS has it: 'stop', then paste again"));
		return;
	}
	pem_init(&c->pem, c->der, KEY_DER_MAX);
	open_lint(c, wanted(c, from));
}

void paste_close(struct console *c)
{
	struct arena *arena = &device_crypto(c->device)->arena;

	arena_free(arena, c->der);      /* which wipes it */
	arena_free(arena, c->lint);
	c->der = NULL;
	c->lint = NULL;
	c->pem_err = ERR_OK;
	bytes_wipe(&c->pem, sizeof c->pem);
	c->pem_fed = 0;
}

/* "key " or "ca " may stand before the PEM; whatever else is part of what is pasted. */
void paste_begin(struct console *c)
{
	struct bytes line = editor_line(&c->editor);

	c->asked = asked_by(c);
	open_pem(c, line);
	if (c->mode == CONSOLE_PEM && (bytes_starts_with(line, "key ") || bytes_starts_with(line, "ca ")))
		c->pem_fed = line.data[0] == 'k' ? 4 : 3;
}

void paste_interrupted(struct console *c)
{
	if (c->mode == CONSOLE_PEM && c->lint != NULL)
		pem_lint_end(c->lint);
	if (c->mode == CONSOLE_PEM)
		credentials_refuse(c, c->pem_err != ERR_OK ? c->pem_err : ERR_PEM_FOOTER);
	paste_close(c);
	c->mode = c->asked;
}

/* The last line lacks its end. */
void paste_stopped(struct console *c)
{
	struct bytes line = editor_line(&c->editor);

	if (c->lint != NULL)
		(void)pem_lint_feed(c->lint, line.data + c->pem_fed, line.len - c->pem_fed);
	paste_interrupted(c);
	editor_next(&c->editor);
}

void paste_text(struct console *c, struct bytes line)
{
	if (c->lint == NULL)
		open_lint(c, c->mode == CONSOLE_CA ? PEM_LINT_ROOTS : PEM_LINT_KEY);
	if (c->lint == NULL || pem_lint_ended(c->lint))
		return;     /* the first object counts: one with a BEGIN that only lint takes for one */
	if (pem_lint_feed(c->lint, line.data, line.len) < line.len || pem_lint_ended(c->lint))
		return;
	(void)pem_lint_feed(c->lint, "\n", 1);
}

void paste_text_end(struct console *c)
{
	c->asked = c->mode;
	if (!pem_lint_ended(c->lint))
		pem_lint_end(c->lint);      /* which drops what was found of an object before */
	credentials_say_text(c);
	paste_close(c);
}

static void end_of_line(struct console *c)
{
	editor_next(&c->editor);
	c->pem_fed = 0;
}

/* The rest of a line that goes on: a BEGIN marker may have begun in it. */
static void keep_dashes(struct console *c, struct bytes rest)
{
	while (rest.len > 0 && *rest.data != '-')
		rest = (struct bytes){ rest.data + 1, rest.len - 1 };
	editor_keep(&c->editor, rest.len);
}

/* What pem.h has to say of the first N bytes of REST; *TAKEN of them are the object's.
 *   ERR_AGAIN  its end has not come */
static enum err feed_pem(struct console *c, struct bytes rest, size_t n, size_t *taken)
{
	enum err err;

	*taken = n;
	if (c->pem_err != ERR_OK)
		return c->pem_err;
	*taken = pem_feed(&c->pem, rest.data, n);
	err = pem_result(&c->pem);
	if (err != ERR_AGAIN && err != ERR_OK)
		c->pem_err = err;
	return err;
}

/* Feed both; *ENDED: the object is complete.  LINT sees the end of one that pem.h has
 * given up. */
static enum err feed_both(struct console *c, struct bytes rest, size_t *taken, bool *ended)
{
	size_t n = c->lint != NULL ? pem_lint_feed(c->lint, rest.data, rest.len) : rest.len;
	bool over = c->lint == NULL || pem_lint_ended(c->lint);
	bool wrong = c->lint == NULL || c->lint->count > 0;
	enum err err = feed_pem(c, rest, n, taken);

	*ended = err == ERR_OK || (err != ERR_AGAIN && over) || (over && c->lint != NULL && wrong);
	if (*ended && err != ERR_OK)
		*taken = n;
	return err;
}

/* Feed the rest of the line up to the end of one PEM.
 *   ERR_AGAIN  its end has not come yet */
static enum err feed(struct console *c)
{
	struct bytes line = editor_line(&c->editor);
	size_t taken;
	bool ended;
	enum err err = feed_both(c, (struct bytes){ line.data + c->pem_fed, line.len - c->pem_fed }, &taken, &ended);

	c->pem_fed += taken;
	if (!ended && !c->partial)
		err = feed_both(c, bytes_of("\n"), &taken, &ended);
	if (!ended)
		return ERR_AGAIN;
	return err == ERR_AGAIN ? ERR_PEM_FORMAT : err;
}

/* One PEM of the line, if its end has come.  True: another may follow it. */
static bool next_pem(struct console *c, unsigned row)
{
	struct bytes line = editor_line(&c->editor), rest;
	enum err err = feed(c);
	size_t fed = c->pem_fed;

	(void)row;
	if (err == ERR_AGAIN) {
		end_of_line(c);
		return false;
	}
	if (err != ERR_OK && fed > 10 && stands_at(line, fed - 5, "BEGIN", 5))
		fed -= 10;      /* the next one's BEGIN stands where the END belongs */
	rest = (struct bytes){ line.data + fed, line.len - fed };
	c->asked = err == ERR_OK ? credentials_store(c, rest) : credentials_refuse(c, err);
	paste_close(c);
	c->behind = CONSOLE_BEHIND_PEM;
	if (paste_begins(rest)) {
		open_pem(c, rest);
		c->pem_fed = fed;
		return c->mode == CONSOLE_PEM;
	}
	c->mode = c->asked;
	if (c->partial)
		keep_dashes(c, rest);
	else
		end_of_line(c);
	return false;
}

/* The rest of a refused PEM: up to its END, behind which another may begin. */
static void skip_line(struct console *c)
{
	struct bytes line = editor_line(&c->editor);
	size_t end = find_marker(line, "END ");

	if (end < line.len)
		c->mode = c->asked;
	if (paste_begins((struct bytes){ line.data + end, line.len - end }))
		open_pem(c, (struct bytes){ line.data + end, line.len - end });
	if (c->mode != CONSOLE_PEM) {
		end_of_line(c);
		return;
	}
	c->pem_fed = end;
	console_rows(c, next_pem);
}

void paste_line(struct console *c)
{
	if (c->mode == CONSOLE_PEM)
		console_rows(c, next_pem);
	else
		skip_line(c);
}
