/* SPDX-License-Identifier: Apache-2.0 */
/*
 * say.h - what people and scripts get to see: answers on standard output, all
 * else on standard error.
 *
 * Nothing that came from a server, a device or a file reaches a terminal as a
 * control sequence: bytes that are no printable UTF-8 are shown as \x1b.
 */
#ifndef TERN_CLI_SAY_H
#define TERN_CLI_SAY_H

#include "base/bytes.h"
#include "cli/buffer.h"

#include <stdint.h>
#include <stdio.h>

/* How a command ends, for scripts.  The same numbers as those of provision.h. */
enum cli_status {
	CLI_OK = 0,
	CLI_REFUSED = 1,        /* by the bridge, or it does not apply; a sentence says why */
	CLI_USAGE = 2,          /* a word, an option or a file is wrong; nothing was changed */
	CLI_UNREACHABLE = 3,    /* the bridge */
	CLI_NOT_ACKED = 4,      /* the device did not acknowledge in time */
	CLI_SOME = 5,           /* of many: some failed, or differ */
	CLI_INTERRUPTED = 130
};

/* "tern: " and one sentence on standard error, made printable; returns STATUS. */
int say_error(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A sentence that is no error: on standard error, so that standard output is what was asked for. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How far a long work is: one line that is written over, on a terminal only; say_error() and
 * say_note() make room for themselves.  An empty text ends it. */
void say_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* TEXT, printable and on one line: what is not is escaped, \n as \n. */
void say_plain(struct buffer *out, struct bytes text);

/* JSON text as it is, but that the control characters in it (C1 and DEL stand raw in JSON) become \u009b. */
void say_json(FILE *to, struct bytes json);

/* A payload for a person: its text as say_plain() has it, or "base64:..." when it is none.
 * At most MAX characters, then "..."; 0: all. */
void say_payload(struct buffer *out, struct bytes payload, size_t max);

bool say_colours(FILE *to);                  /* a terminal, and NO_COLOR is not set */
unsigned say_width(FILE *to);                /* columns of the terminal; 0: it is none */

/* Did standard output not take all of it so far?  Then there is no use in more. */
bool say_is_cut(void);

/* The last word of a program: STATUS, or an error when standard output did not take all.  That who read it has
 * gone is no error: it had enough. */
int say_flush(int status);

#endif
