/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - telling systemd how it stands (sd_notify(3)), without its library. */
#ifndef TERN_BRIDGE_NOTIFY_H
#define TERN_BRIDGE_NOTIFY_H

#include <stdbool.h>

/* "READY=1", "RELOADING=1", "STOPPING=1", "STATUS=…", several with a newline between them.
 * True also where nobody wants to know (no NOTIFY_SOCKET); false: it could not be said. */
bool notify(const char *state);

#endif
