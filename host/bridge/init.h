/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - starting a bridge: `tern-bridge init`, `tern-bridge renew`,
 * `tern-bridge --check`.  Each prints what it did or found and returns the
 * program's exit status.
 */
#ifndef TERN_BRIDGE_INIT_H
#define TERN_BRIDGE_INIT_H

enum { INIT_DONE = 0, INIT_FAILED = 1, INIT_USAGE = 2 };

/* argv[0] is "init" or "renew". */
int init_main(int argc, char **argv);
int renew_main(int argc, char **argv);

enum { CHECK_WELL = 0, CHECK_WRONG = 1, CHECK_UNREADABLE = 2, CHECK_WARNINGS = 3 };
enum { CHECK_WARN_DAYS = 30 };

/* Everything that CONFIG_FILE names, one line a check.  Warns from WARN_DAYS before a certificate expires. */
int check_main(const char *config_file, unsigned warn_days);

#endif
