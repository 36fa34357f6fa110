/* SPDX-License-Identifier: Apache-2.0 */
/*
 * told.h - what a device tells of its last failure: telemetry on events/diagnosis,
 *
 *   {"code":"TLS-ROOT-1","at":"2026-11-22T18:30:05Z","times":3,"line":"diagnosis: ... [TLS-ROOT-1 ...]"}
 *
 * of which "at" and "times" may be missing.  Anything may stand there, since devices
 * are not to be trusted: what has not this form is telemetry like any other.
 */
#ifndef TERN_BRIDGE_TOLD_H
#define TERN_BRIDGE_TOLD_H

#include "base/bytes.h"

#include <stdbool.h>

enum {
	TOLD_PAYLOAD  = 2048,         /* bytes that are looked at, at most */
	TOLD_CODE     = 24,           /* with the terminator, like the next */
	TOLD_LINE     = 1400,         /* a longer one is cut, and ends in "..." */
	TOLD_AHEAD_MS = 600 * 1000    /* a time farther ahead of the bridge's is none: the device's clock was wrong */
};

struct told {
	char     code[TOLD_CODE];     /* capitals, digits and '-' */
	char     line[TOLD_LINE];     /* printable ASCII */
	int64_t  at_ms;               /* since 1970, by the device's clock; 0: it does not say, or cannot know */
	uint32_t times;               /* 1: the first time, or not said */
};

/* Is it that subfolder? */
bool told_here(struct bytes subfolder);

/* False: PAYLOAD has not this form. */
bool told_read(struct told *t, struct bytes payload, int64_t now_ms);

#endif
