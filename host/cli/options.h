/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of `tern provision`. */
#ifndef TERN_CLI_OPTIONS_H
#define TERN_CLI_OPTIONS_H

#include "cli/board.h"
#include "cli/client.h"

enum { OPTIONS_SECRET = 128 };

struct options {
	struct board_options board;
	struct plan plan;
	char        pin[OPTIONS_SECRET], apn_password[OPTIONS_SECRET];   /* wiped at the end */
	const char *public_path;    /* a file, or with CSV a folder; NULL: not written */
	const char *csv, *log;      /* NULL: one board */
	bool        watch;
	struct client_place bridge; /* with which the device is registered */
	bool        enroll;         /* is it?  --register, or a bridge is configured */
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* Strings of O are those of ARGV, or live as long as the program.  Files that the
 * options name are read and checked.  DONE: --help or --version was printed.
 * WRONG: what is wrong was printed on standard error. */
enum options_result options_parse(struct options *o, int argc, char **argv);

/* Forget the secrets in O. */
void options_wipe(struct options *o);

#endif
