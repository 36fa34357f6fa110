/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preflight.h - is everything there and sound that a connection needs?  Before
 * any byte goes on the air.
 *
 * One list of checks serves both: `check` prints all of them as a table,
 * device_start() refuses what cannot work.
 */
#ifndef TERN_DEVICE_PREFLIGHT_H
#define TERN_DEVICE_PREFLIGHT_H

#include "base/bytes.h"
#include "base/finding.h"
#include "device/device.h"

enum { PREFLIGHT_TEXT = 400 };   /* bytes of a sentence */

struct preflight {
	const char *what;      /* "host", "project", "key", "root 2", "clock", ... */
	enum weight weight;    /* of the finding */
	bool        good;      /* nothing to be said but what is there: "mqtt.example.com" */
	const char *code;      /* "HOST-GOOGLE"; "OK" */
};

/* Check number INDEX: append its sentence to T.  False: there is no such check.
 * Reading a key takes as long as a slice of cryptography, a token's check twice
 * that.  Later checks do not rely on earlier ones having been called. */
bool preflight_check(struct device *d, unsigned index, struct preflight *p, struct text *t, uint32_t now_ms);

/* For device_start(): the first thing that cannot work, as evidence for the
 * diagnosis (error, setting, value, shape, found, need, have) and as the error that is returned. */
MUST_CHECK enum err preflight_gate(struct device *d, struct evidence *e, uint32_t now_ms);

#endif
