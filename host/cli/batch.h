/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - many boards, one after the other on the same line.
 *
 * Each row of the list is one board: its device id, and what differs from the
 * command line.  The whole list is checked before the first board is looked for.
 * The log is a CSV file that is only ever appended to, a row a board:
 *
 *   unique_id,device,fingerprint,public_key_file,result,time
 *
 * RESULT is "ok" or a sentence.  A device of which there is an "ok" is passed
 * over, and a board that has one is not given a second name.
 */
#ifndef TERN_CLI_BATCH_H
#define TERN_CLI_BATCH_H

#include "cli/options.h"

struct client;

/* BRIDGE is open when O has it that boards are registered.  Returns the exit status. */
int batch_run(struct options *o, struct client *bridge);

#endif
