/* SPDX-License-Identifier: Apache-2.0 */
/* tracing.h - the command `trace`, and its lines on their way to the terminal. */
#ifndef TERN_CONSOLE_TRACING_H
#define TERN_CONSOLE_TRACING_H

#include "base/bytes.h"

struct console;

/* trace | trace at|tls|mqtt on|off | trace off */
void tracing_run(struct console *c, struct bytes args);

/* Print what there is room for.  With the next answer the prompt comes back. */
void tracing_step(struct console *c);

#endif
