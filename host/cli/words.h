/* SPDX-License-Identifier: Apache-2.0 */
/* words.h - what several commands say and read in the same way. */
#ifndef TERN_CLI_WORDS_H
#define TERN_CLI_WORDS_H

#include "cli/command.h"

#include <cjson/cJSON.h>

/* --log-level debug, as "logLevel":"DEBUG" of BODY.  CLI_USAGE is said. */
int words_log_level(const struct call *call, cJSON *body);
const char *words_level(const cJSON *object);            /* "debug"; "" when it has none */

/* --metadata KEY=VALUE (KEY= takes it away) into the object METADATA. */
int words_metadata(const struct call *call, cJSON *metadata);

/* --key FILE [--expires TIME] ..., behind what the array CREDENTIALS holds. */
int words_keys(const struct call *call, cJSON *credentials);

/* TEXT, or --file FILE: exactly one of both.  MAX bytes at most. */
int words_payload(const struct call *call, size_t max, struct buffer *payload);

/* "name             value" on standard output; nothing when VALUE is NULL or "". */
void words_line(const char *name, const char *value);

#endif
