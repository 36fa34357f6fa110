/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what the bridge says while it runs: one JSON object a line for
 * programs, the same as a sentence for people.
 */
#ifndef TERN_BRIDGE_JOURNAL_H
#define TERN_BRIDGE_JOURNAL_H

#include "base/bytes.h"
#include "registry/registry.h"

enum { JOURNAL_TIME = 32 };

struct journal_line {
	int64_t at_ms;                        /* since 1970 */
	enum registry_level severity;
	const char *json;                     /* one object, one line, no line end */
	const char *plain;                    /* "pump-7 CONNECT: connected with key 3f2a…" */
};

struct journal {
	void (*write)(void *to, const struct journal_line *line);      /* NULL: nobody reads */
	void *to;
};

/* A line that concerns no device: EVENT is "START", "STOP", "SERVER", "SINK" … */
void journal_say(const struct journal *j, enum registry_level severity, const char *event, const char *sentence,
		 int64_t wall_ms);

/* "2026-11-23T08:15:00.250Z" (RFC 3339). */
const char *journal_time(char text[JOURNAL_TIME], int64_t at_ms);
const char *journal_severity(enum registry_level severity);

/* VALUE as it stands between the quotes of a JSON string (RFC 8259, section 7); it is UTF-8. */
void journal_escape(struct text *t, struct bytes value);
/* ,"NAME":"VALUE", and nothing for NULL. */
void journal_add(struct text *t, const char *name, const char *value);

/* ---- Standard output ------------------------------------------------------- */

/* Lines are collected and written together.  A reader that does not read delays nobody: what finds no room
 * is left out, and counted. */
struct journal_out;

struct journal_out *journal_out_open(int fd, bool json);       /* NULL: no memory */
void journal_out_write(void *out, const struct journal_line *line);    /* for struct journal */
void journal_out_flush(struct journal_out *o);
void journal_out_close(struct journal_out *o);

#endif
