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
#include "base/evidence.h"
#include "base/finding.h"

struct device;

enum { PREFLIGHT_TEXT = 400 };   /* bytes of a sentence */

struct preflight {
	const char *what;      /* "host", "project", "key", "root 2", "clock", ...; NULL: this check has
	                          nothing to say here, say of a root that is not stored */
	enum weight weight;    /* of the finding */
	bool        good;      /* nothing to be said but what is there: "mqtt.example.com" */
	char        code[20];  /* "HOST-GOOGLE", or of a verdict: "KEY-NONE-1"; "OK" */
};

/* Check number INDEX: append its sentence to T.  False: there is no such check.
 * Reading a key takes as long as a slice of cryptography; a token is signed and
 * verified in one piece, 0.6 s on an STM32F103, with RSA some seconds.  Later
 * checks do not rely on earlier ones having been called, and none changes
 * anything. */
bool preflight_check(struct device *d, unsigned index, struct preflight *p, struct text *t, uint32_t now_ms);

/* For device_start(): load D's profile from the settings, take the key's
 * fingerprint and the token's size from the key, and find the first thing
 * that cannot work, as evidence for the diagnosis (setting, value, shape, found,
 * need, have, roots, ...) and as the error that is returned, which is E's too
 * (evidence_fail()).  Texts are the profile's or constant.  E->setting names what
 * the error is about, if it is a setting.  What is set is E's in any case: host,
 * port, apn, project, registry, device, pin_set.  ERR_OK proves ids_ok; that the
 * key signs well is proven only for a person who asks, and after a refused login. */
MUST_CHECK enum err preflight_gate(struct device *d, struct evidence *e, uint32_t now_ms);

#endif
