/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_walk.h - the part of the way that is the same over any link: from an open connection on. */
#ifndef TERN_CLI_DOCTOR_WALK_H
#define TERN_CLI_DOCTOR_WALK_H

#include "cli/doctor.h"
#include "cli/doctor_session.h"

/* Steps 'tls', 'token', 'connect', 'subscribe' over CARRIER's link, which is open; it is closed afterwards. */
void doctor_walk_over(struct doctor *d, struct doctor_carrier *carrier);

/* Step 'clock'; false: it is wrong, and the step has failed. */
bool doctor_walk_clock(struct doctor *d);

/* What the steps that were not reached would have been: from FIRST on. */
void doctor_walk_skip(struct doctor *d, const char *first, const char *why);

#endif
