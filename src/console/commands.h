/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - what a line of the console means. */
#ifndef TERN_CONSOLE_COMMANDS_H
#define TERN_CONSOLE_COMMANDS_H

#include "base/bytes.h"
#include "store/settings.h"

#include <stdbool.h>

struct console;

/* Do what LINE says, which is not blank, and answer.  May change the mode. */
void commands_run(struct console *c, struct bytes line);

/* Start the device and say so; REFUSED goes before what keeps it from starting, which
 * the diagnosis explains. */
void commands_start(struct console *c, const char *refused);

/* LINE answers the question of the mode: a seed, yes or no, "erase". */
void commands_answer(struct console *c, struct bytes line);

/* True when LINE begins with the whole name of a command or is a connection string. */
bool commands_known(struct bytes line);

/* Check VALUE and store it, or the four ids of the connection string TEXT, and say
 * so; false: it was refused. */
bool commands_set(struct console *c, enum settings_key key, struct bytes value);
bool commands_set_connection(struct console *c, struct bytes text);

/* "stop [off]": a command and what stands behind it; not packed.  NULL behind the last. */
const char *commands_usage(unsigned index);

/* True when BYTE, which comes after LINE, must not be echoed: it belongs to a
 * secret, or may belong to one that was pasted in the wrong place. */
bool commands_hide(struct bytes line, uint8_t byte);

/* The same behind a PEM, of whose file it may be more: a key in plain digits. */
bool commands_hide_behind(struct bytes line, uint8_t byte);

#endif
