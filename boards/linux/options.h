/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of a program for Linux. */
#ifndef TERN_BOARDS_LINUX_OPTIONS_H
#define TERN_BOARDS_LINUX_OPTIONS_H

#include "base/evidence.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
	const char *modem;            /* --modem, as typed */
	const char *modem_control;    /* --modem-control; NULL: none */
	const char *flash;            /* --flash */
	const char *script;           /* --script; NULL: none */
	bool        exit_when_done;
	bool        flow_control;
	bool        system_clock;
	bool        no_led;
	bool        no_noise;         /* --no-noise */
	const char *reset_text;       /* --reset, as typed; NULL: as it is */
	enum evidence_reset reset;
	const char *hurry_text;       /* --hurry, as typed */
	uint32_t    hurry;            /* 1: as time goes */
	const char *hurry_file;       /* --hurry-file */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_WRONG                 /* WHY says what, and names the value */
};

/* Read ARGV of main(); the strings stay its own.  "--name VALUE" and
 * "--name=VALUE" mean the same. */
enum options_result options_parse(struct options *o, int argc, char **argv, char *why, size_t why_size);

/* What --help prints. */
void options_print_help(void);

#endif
