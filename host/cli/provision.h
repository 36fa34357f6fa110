/* SPDX-License-Identifier: Apache-2.0 */
/* provision.h - `tern provision`: one board, and what is told of it. */
#ifndef TERN_CLI_PROVISION_H
#define TERN_CLI_PROVISION_H

#include "cli/options.h"

/* The statuses for scripts. */
enum {
	PROVISION_OK = 0,
	PROVISION_REFUSED = 1,
	PROVISION_UNFIT = 2,
	PROVISION_NO_LINE = 3,
	PROVISION_NOT_ACKED = 4,
	PROVISION_SOME = 5,            /* of many boards */
	PROVISION_INTERRUPTED = 130
};

/* The subcommand: ARGV[0] is its name.  Returns the exit status. */
int provision_main(int argc, char **argv);

/* What standard output gets of a board that has a key: the public half with PEM,
 * and always one line "label: DEVICE FINGERPRINT BOARD". */
void provision_print(const struct board *b, bool pem);

/* Write the public half to PATH.  False: errno says why. */
bool provision_save_public(const struct board *b, const char *path);

/* Say on standard error what went wrong; NAME goes before it. */
void provision_complain(const struct board *b, const char *name);

#endif
