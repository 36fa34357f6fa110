/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.h - the settings that a user names: what each may be, and its way
 * between text and flash.
 */
#ifndef TERN_DEVICE_VALUES_H
#define TERN_DEVICE_VALUES_H

#include "base/err.h"
#include "base/finding.h"
#include "cloud/iotcore.h"
#include "store/settings.h"

#include <stdbool.h>

enum { VALUES_INTERVAL_S = 5, VALUES_INTERVAL_MAX_S = 86400 };   /* where nothing is set; at most */
enum { VALUES_SAY = 400 };                                       /* bytes of a sentence */

/* What is to be said about a value that somebody gave. */
struct remark {
	enum err    err;       /* ERR_OK: it will do */
	bool        said;      /* there is a sentence: an error's, or a warning or note about one that will do */
	enum weight weight;    /* of the sentence */
	const char *code;      /* "HOST-SCHEME", may be packed; "OK" where nothing is said */
};

/* The setting that a user may set under NAME, false if there is none.  Case
 * does not matter. */
bool values_find(struct bytes name, enum settings_key *key);

/* The settings that a user may set, in the order of a listing; false after the
 * last. */
bool values_at(unsigned index, enum settings_key *key);

/* Would TEXT do as the value of KEY?  The sentence is appended to SAY (NULL: not
 * wanted); it stands alone, and has no value of a secret in it. */
struct remark values_check(enum settings_key key, struct bytes text, struct text *say);

/* Check TEXT and store it.  Nothing changes unless err is ERR_OK.  An error of
 * the store has no sentence. */
struct remark values_set(struct settings *s, enum settings_key key, struct bytes text, struct text *say);

/* Check the four ids of a connection string (iotcore_ids_parse()) and store
 * them.  On an error of the text BAD tells more and nothing has changed; on an
 * error of the store BAD is all zero. */
MUST_CHECK enum err values_set_connection(struct settings *s, struct bytes text, struct iotcore_bad *bad);

#endif
