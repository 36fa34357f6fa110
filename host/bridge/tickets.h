/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tickets.h - keys of TLS session tickets (RFC 5077, RFC 8446 4.6.1), kept in a
 * file so that devices resume after the bridge was restarted: 0.5 KB instead of
 * 2 to 5 KB a connection, and no second of arithmetic on a small chip.
 *
 * A new key every day; tickets of the old ones are accepted, and replaced, until
 * they are LIFE_DAYS old.  A file that is missing, damaged or readable by others
 * is not an error: new keys are made, and NOTICE says why.
 */
#ifndef TERN_BRIDGE_TICKETS_H
#define TERN_BRIDGE_TICKETS_H

#include <stdbool.h>
#include <stdint.h>

enum { TICKETS_LIFE_MAX_DAYS = 7, TICKETS_NOTICE = 256 };   /* RFC 8446 4.6.1: at most 7 days */

struct tickets;
struct ssl_ctx_st;

/* FILE NULL: keys in memory only.  NULL: no memory or no random numbers. */
struct tickets *tickets_open(const char *file, uint32_t life_days, int64_t now_s, char notice[TICKETS_NOTICE]);
void tickets_close(struct tickets *t);      /* keys are wiped; no connection may be left */

/* A new key if it is due, old ones dropped, the file written.  Call once a minute or so, from the loop's
 * thread.  True: something changed; NOTICE is "" or says what was wrong with the file. */
bool tickets_step(struct tickets *t, int64_t now_s, char notice[TICKETS_NOTICE]);

/* Make the connections of CTX use these keys.  False: no memory. */
bool tickets_use(struct tickets *t, struct ssl_ctx_st *ctx);

#endif
