/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - the parts of tern-bridge put together, run, and taken apart. */
#ifndef TERN_BRIDGE_PROGRAM_H
#define TERN_BRIDGE_PROGRAM_H

#include <stdbool.h>

/* Exit codes of tern-bridge, beside those of init.h. */
enum {
	PROGRAM_STOPPED = 0,         /* as it was asked to (SIGTERM, SIGINT) */
	PROGRAM_FAILED  = 1,         /* it could not start; standard error says why */
	PROGRAM_USAGE   = 2
};

/* Run until a signal ends it.  JSON: the journal is JSON lines, else lines for a person. */
int program_run(const char *config_file, bool json);

#endif
