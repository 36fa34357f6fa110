/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - the tables of "get" and "status", row by row for console_rows(). */
#ifndef TERN_CONSOLE_SHOW_H
#define TERN_CONSOLE_SHOW_H

#include "store/settings.h"

#include <stdbool.h>

struct console;

/* One line: the name and what is stored.  A secret is "set" or "not set". */
void show_setting(struct console *c, enum settings_key key);
void show_value(struct console *c, enum settings_key key);    /* the rest of that line alone */

bool show_settings(struct console *c, unsigned row);
bool show_roots(struct console *c, unsigned row);
bool show_status(struct console *c, unsigned row);

/* "registered at home: Telekom.de (LTE-M)" and "-73 dBm, RSRP -95 dBm", without a line's end. */
struct cellular_status;
void show_network(struct console *c, const struct cellular_status *cell);
void show_signal(struct console *c, const struct cellular_status *cell);

#endif
