/* SPDX-License-Identifier: Apache-2.0 */
/* enroll.h - a board that was provisioned, made known to a bridge in the same go. */
#ifndef TERN_CLI_ENROLL_H
#define TERN_CLI_ENROLL_H

#include "cli/board.h"
#include "cli/client.h"

/* Is the bridge there, and does it take the token?  Asked before a board is touched.  Anything but CLI_OK was
 * said; it is one of provision.h's statuses, too. */
int enroll_open(struct client *bridge, const struct client_place *place);

/* Register B with its public half where it believes that it belongs: a new device, or another key of one that is
 * there.  Doing it again changes nothing.  False: B's outcome and sentence say why. */
bool enroll_board(struct client *bridge, struct board *b);

#endif
