/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h - the console: a script first, then standard input; standard
 * output.  A terminal is made raw, so that the console edits its lines as it
 * does on a chip, and is put back however the program ends.
 */
#ifndef TERN_BOARDS_LINUX_TERMINAL_H
#define TERN_BOARDS_LINUX_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct terminal {
	char  *script;             /* read whole when opened; NULL: none */
	size_t script_len, script_at;
	bool   exit_when_done;
	bool   input_open;         /* standard input has not ended */
	uint8_t last;              /* byte of standard input */
	bool   in_line;            /* the last byte of standard input did not end a line */
	bool   ended;              /* all input was read by the console */
	bool   done;               /* and all that came of it was said: the program is to end */
	bool   errors;             /* a line began with "error: " */
	uint8_t matched;           /* bytes of that, in the line under way; more: another line */
	bool   full;               /* standard output took less than was offered */
};

/* Read the script at PATH (NULL: none) from byte FROM on.  False: WHY says what
 * is wrong. */
bool terminal_open(struct terminal *t, const char *path, size_t from, bool exit_when_done,
		   char *why, size_t why_size);

/* Put a terminal back as it was.  May be called at any time, from a signal's
 * handler too. */
void terminal_restore(void);

/* Make it raw again, after the program was stopped and went on. */
void terminal_resume(void);

/* At most SIZE bytes; of a script at most one line, so that a line is dealt
 * with before the next one arrives. */
size_t terminal_read(struct terminal *t, uint8_t *buf, size_t size);

/* How many of LEN bytes standard output took without waiting. */
size_t terminal_write(struct terminal *t, const uint8_t *data, size_t len);

/* Nothing moves any more: after the end of the input the program is done. */
void terminal_idle(struct terminal *t);

/* What is read is a script, a file or a pipe, and no terminal at which somebody types. */
bool terminal_is_file(const struct terminal *t);

/* There is input that poll() does not know of. */
bool terminal_has_input(const struct terminal *t);

/* Standard input is to be watched for input. */
bool terminal_waits_for_input(const struct terminal *t);

#endif
