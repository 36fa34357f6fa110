/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hearing.h - what a device says on its console, taken apart: bytes in, lines
 * and prompts out.  The bytes are whatever the line brings: boot noise, another
 * program, half a line.
 *
 *   tern> set port 443\r\n      PROMPT, then TYPED "set port 443"
 *   port          443\r\n       LINE
 *   tern> \r\n                  PROMPT; that a line of the device ended it is nothing
 *   telemetry 3 {...}\r\n       LINE; no prompt follows it
 */
#ifndef TERN_CLI_HEARING_H
#define TERN_CLI_HEARING_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEARING_LINE_MAX = 1023, HEARING_FINGERPRINT = 16, HEARING_BOARD_MAX = 64 };

enum hearing_type {
	HEARING_PROMPT,    /* the device waits for input: PROMPT says for which */
	HEARING_TYPED,     /* the end of a line that began with a prompt: TEXT is what stands behind it */
	HEARING_LINE       /* any other line that is not empty */
};

/* The prompts of src/console/console.c. */
enum hearing_prompt { HEARING_COMMAND, HEARING_SEED, HEARING_CONFIRM, HEARING_CA, HEARING_KEY, HEARING_ERASE };

struct hearing_event {
	enum hearing_type   type;
	enum hearing_prompt prompt;
	const char         *text;      /* printable ASCII, terminated; borrowed until the next hearing_feed() */
};

struct hearing {
	char     line[HEARING_LINE_MAX + 1];
	size_t   len;
	bool     full;              /* the line was longer: its rest is dropped */
	bool     ended;             /* LINE was handed out and is over */
	bool     after_cr;          /* the line ends if LF comes now, else it begins anew */
	uint8_t  escape;            /* within ESC [ ... */
	size_t   prompt_len;        /* of the prompt at the start of LINE; 0: none */
	enum hearing_prompt prompt;
	uint64_t heard, odd;        /* bytes so far; those of them that are no text */
};

void hearing_init(struct hearing *h);

/* Take up to LEN bytes; returns how many, at least 1 if LEN > 0.  *HAVE: the last
 * of them made EV. */
size_t hearing_feed(struct hearing *h, const uint8_t *data, size_t len, struct hearing_event *ev, bool *have);

/* What one line says.  Each is false, and its results untouched, if it says
 * something else; fingerprints are the first HEARING_FINGERPRINT digits.
 *
 *   error    "error: host ...", an answer
 *   trouble  "diagnosis: ... [TLS-ROOT-2 ...]", the connection's: *NAME is "TLS-ROOT-2", or empty if it has none
 *   acked    "acknowledged 17"
 *   board    "board 3930..."
 *   found    "warning: root 1        Example Root 1, until ..., sha256 e986...": a row of its check, whole
 *   key      such a row of the key, "... sha256 d3d0..."; likewise of a root */
struct hearing_found {
	bool         error;
	struct bytes name;         /* "root 1" */
	const char  *text;
};
bool hearing_is_error(const char *line);
bool hearing_is_trouble(const char *line, struct bytes *name);
bool hearing_is_acked(const char *line, uint32_t *number);
bool hearing_is_board(const char *line, char id[HEARING_BOARD_MAX + 1]);
bool hearing_is_found(const char *line, struct hearing_found *row);
bool hearing_is_key(const char *line, char fingerprint[HEARING_FINGERPRINT + 1]);
bool hearing_is_root(const char *line, uint32_t *number, char fingerprint[HEARING_FINGERPRINT + 1]);

#endif
