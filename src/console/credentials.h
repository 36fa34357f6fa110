/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.h - root certificates, the device key and the random seed on
 * their way from a paste into flash, and what may be shown of them.
 */
#ifndef TERN_CONSOLE_CREDENTIALS_H
#define TERN_CONSOLE_CREDENTIALS_H

#include "base/bytes.h"
#include "base/err.h"
#include "console/console.h"

/* c->pem is complete, and REST stands behind it on its line: check it, store it as
 * a root or as the key, and say what became of it.  Or it is damaged: say what
 * c->lint found, or else ERR.  Returns the mode to go on in. */
enum console_mode credentials_store(struct console *c, struct bytes rest);
enum console_mode credentials_refuse(struct console *c, enum err err);

/* What c->lint found in text that is no PEM. */
void credentials_say_text(struct console *c);

/* 64 hexadecimal digits: the seed. */
void credentials_seed(struct console *c, struct bytes text);

void credentials_clear_roots(struct console *c);
void credentials_remove_root(struct console *c, struct bytes number);

/* Make a key on the device; REPLACE: also in place of one that is stored.  False:
 * it was refused.  Print its public half, PEM. */
bool credentials_make_key(struct console *c, bool replace);
void credentials_public_key(struct console *c);

/* One line each about root SLOT (from 0), the key, the seed.  False, and
 * nothing printed: there is no such root.  CHECK: behind "ok: " or "error: ". */
bool credentials_show_root(struct console *c, unsigned slot, bool check);
void credentials_show_key(struct console *c, bool check);
void credentials_show_seed(struct console *c);

#endif
