/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_settings.h - with what `tern doctor` walks: settings and roots, out of a
 * device's `export` or of options.
 *
 * What `export` prints is input for a console: "set NAME VALUE" lines, the value
 * perhaps in quotation marks, root certificates in PEM with or without a "ca" line
 * before them, "# ..." comments, one of which has the fingerprint of the key.
 * Terminals add prompts, blanks, CRLF and a byte order mark; all of them are
 * taken.  As on the device the last of several values counts.
 *
 * Whether values are plausible is found out later (doctor_preflight.h): here only
 * what could not be a value at all is refused.  A private key has no place in an
 * export: it is refused and not kept.  A PIN or a password is passed over.
 */
#ifndef TERN_CLI_DOCTOR_SETTINGS_H
#define TERN_CLI_DOCTOR_SETTINGS_H

#include "base/bytes.h"
#include "cli/buffer.h"
#include "store/settings.h"

#include <stdbool.h>

enum { DOCTOR_SETTINGS_VALUE = 256, DOCTOR_SETTINGS_WHY = 320, DOCTOR_SETTINGS_LINE = 8192 };

struct doctor_settings {
	char          value[SETTINGS_LIMIT][DOCTOR_SETTINGS_VALUE];   /* "": not set */
	struct buffer roots;         /* PEM, as it was found */
	char          key[65];       /* SHA-256 of the public half that the device has, in digits; "": not told */
	unsigned      secrets;       /* lines with a secret that were passed over */
};

void doctor_settings_init(struct doctor_settings *s);
void doctor_settings_free(struct doctor_settings *s);

/* What an export holds.  False: WHY names the line, and S is what it was before that line. */
bool doctor_settings_read(struct doctor_settings *s, struct bytes text, char why[DOCTOR_SETTINGS_WHY]);

/* One value, from an option.  False: WHY. */
bool doctor_settings_set(struct doctor_settings *s, enum settings_key key, struct bytes value,
			 char why[DOCTOR_SETTINGS_WHY]);

/* NULL: not set. */
const char *doctor_settings_get(const struct doctor_settings *s, enum settings_key key);

#endif
