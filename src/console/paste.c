/* SPDX-License-Identifier: Apache-2.0 */
#include "console/paste.h"

#include "console/commands.h"
#include "console/console.h"
#include "console/credentials.h"
#include "device/device.h"

#include <string.h>

/* Where WORD stands behind a dash; B.len if nowhere.  Any byte from 0x80 up
 * counts as a dash: word processors make "-----" into longer ones. */
static size_t find_marker(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 1; i + n <= b.len; i++)
		if ((b.data[i - 1] == '-' || b.data[i - 1] >= 0x80) && memcmp(b.data + i, word, n) == 0)
			return i;
	return b.len;
}

bool paste_begins(struct bytes line)
{
	return find_marker(line, "BEGIN ") < line.len;
}

static bool has_end(struct bytes line)
{
	return find_marker(line, "END ") < line.len;
}

bool paste_interrupts(struct bytes line)
{
	return (paste_begins(line) && !has_end(line)) || commands_known(line);
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

/* Memory for what is pasted comes from the arena: a paste is rare. */
static void open_pem(struct console *c)
{
	c->der = arena_alloc(&device_crypto(c->device)->arena, KEY_DER_MAX);
	c->mode = c->der != NULL ? CONSOLE_PEM : CONSOLE_PEM_SKIP;
	if (c->der != NULL)
		pem_init(&c->pem, c->der, KEY_DER_MAX);
	else
		console_say(c, T("error: no memory for a paste while TLS has it: 'stop', then paste again"));
}

void paste_close(struct console *c)
{
	arena_free(&device_crypto(c->device)->arena, c->der);   /* which wipes it */
	c->der = NULL;
	bytes_wipe(&c->pem, sizeof c->pem);
	c->pem_fed = 0;
}

void paste_begin(struct console *c)
{
	c->asked = asked_by(c);
	open_pem(c);
}

void paste_interrupted(struct console *c)
{
	if (c->mode == CONSOLE_PEM)
		credentials_refuse(c, ERR_PEM_FOOTER);
	paste_close(c);
	c->mode = c->asked;
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

/* Feed the rest of the line up to the end of one PEM.
 *   ERR_AGAIN  its end has not come yet */
static enum err feed(struct console *c)
{
	struct bytes line = editor_line(&c->editor);
	enum err err;

	c->pem_fed += pem_feed(&c->pem, line.data + c->pem_fed, line.len - c->pem_fed);
	err = pem_result(&c->pem);
	if (err != ERR_AGAIN || c->partial)
		return err;
	(void)pem_feed(&c->pem, "\n", 1);
	return pem_result(&c->pem);
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
	c->asked = err == ERR_OK ? credentials_store(c) : credentials_refuse(c, err);
	paste_close(c);
	rest = (struct bytes){ line.data + fed, line.len - fed };
	if (paste_begins(rest)) {
		open_pem(c);
		c->pem_fed = fed;
		return c->mode == CONSOLE_PEM;
	}
	c->mode = err != ERR_OK && !has_end(line) ? CONSOLE_PEM_SKIP : c->asked;
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
		open_pem(c);
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
