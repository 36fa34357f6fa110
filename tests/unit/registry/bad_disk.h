/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bad_disk.h - the disk under SQLite, which fails where it is told, and of which
 * a picture can be taken as a power cut would leave it: of what was written since
 * the last fsync of a file, some is there and some is not.
 */
#ifndef TERN_TESTS_REGISTRY_BAD_DISK_H
#define TERN_TESTS_REGISTRY_BAD_DISK_H

#include <stdbool.h>

enum bad_disk_op { BAD_DISK_WRITE = 1, BAD_DISK_SYNC = 2, BAD_DISK_READ = 4 };

/* Become SQLite's disk; once a process. */
void bad_disk_install(void);

/* The operations of OPS are counted from now on; number AT (from 0) fails with CODE of SQLite, and if FOR_EVER all
 * behind it. */
void bad_disk_fail(unsigned ops, unsigned at, bool for_ever, int code);
/* No more failures.  True: there was one. */
bool bad_disk_heal(void);

/* The database and its log in FROM ("x.db") as a power cut at this moment would leave them, into TO ("y.db"). */
void bad_disk_cut(const char *from, const char *to, unsigned seed);
/* Power cuts will be looked at: remember what is not yet synced.  Costs memory and time. */
void bad_disk_remember(bool on);

#endif
