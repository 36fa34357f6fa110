/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root_lint.h - are the stored roots of use: today, for long enough, and for the
 * host that is set?  roots.h has read them.
 */
#ifndef TERN_CRYPTO_ROOT_LINT_H
#define TERN_CRYPTO_ROOT_LINT_H

#include "base/err.h"
#include "base/finding.h"
#include "base/packed.h"
#include "crypto/roots.h"

/*	name            code               weight   grade  sentence */
#define ROOT_LINT_LIST(X) \
	X(GOOD,         "OK",              NOTE,    IS,     T("%w is sound, until %v.")) \
	X(EXPIRED,      "ROOT-EXPIRED",    ERROR,   IS, \
	  T("%w ended on %v, %1 days ago: it vouches for nothing any more; install its successor.")) \
	X(FUTURE,       "ROOT-FUTURE",     ERROR,   LIKELY, \
	  T("%w begins on %v, %1 days from now: most likely the clock is wrong; set it and look again.")) \
	X(ENDS_30,      "ROOT-ENDS-30",    WARNING, IS, \
	  T("%w ends on %v, in %1 days: install its successor now, beside it.")) \
	X(ENDS_90,      "ROOT-ENDS-90",    WARNING, IS, \
	  T("%w ends on %v, in %1 days: plan to install its successor, beside it.")) \
	X(ENDS_180,     "ROOT-ENDS-180",   NOTE,    IS, \
	  T("%w ends on %v, in %1 days: find out its successor.")) \
	X(NOT_CA,       "ROOT-NOT-CA",     ERROR,   IS, \
	  T("%w is a server's own certificate, not an authority's: install that of the authority that issued " \
	    "it, '%o'.")) \
	X(KEY,          "ROOT-KEY",        ERROR,   IS, \
	  T("%w has a key of %1 bits or of a kind that is not accepted (RSA 2048 to 4096, EC P-256 or P-384): " \
	    "install a " \
	    "newer root of its authority.")) \
	X(FORMAT,       "ROOT-FORMAT",     ERROR,   IS, \
	  T("%w does not parse: a character of it was changed, or it is no certificate; download it again from its " \
	    "authority.")) \
	X(LONG,         "ROOT-LONG",       ERROR,   IS, \
	  T("%w is longer than the 2048 bytes that a device takes: install another root of its authority.")) \
	X(TWICE,        "ROOT-TWICE",      WARNING, IS, \
	  T("%w stands here twice: delete one of the two.")) \
	X(CROSS,        "ROOT-CROSS",      NOTE,    IS, \
	  T("%w is issued by '%o', not by itself: it is trusted as it stands, and its issuer need not be installed.")) \
	X(NONE,         "ROOT-NONE",       ERROR,   IS, \
	  T("No root certificate is there: install the one that the server's certificate leads to.")) \
	X(HOST,         "ROOT-HOST",       WARNING, LIKELY, \
	  T("None of the roots here (%1) is one that usually vouches for '%v': most likely '%o' is needed; " \
	    "install it, too.")) \
	X(HOST_OLD,     "ROOT-HOST-OLD",   WARNING, LIKELY, \
	  T("Of the roots that usually vouch for '%v', only one that is being retired is there: install '%o', too."))

#define ROOT_LINT_ENUM(name, code, weight, grade, say) ROOT_##name,
enum root_lint_code { ROOT_LINT_LIST(ROOT_LINT_ENUM) ROOT_LINT_CODES };
#undef ROOT_LINT_ENUM

/* What is to be said of one root, of which root_check() said E and INFO.  NOW_S
 * 0: the time is not known, and dates are not looked at. */
enum root_lint_code root_lint(enum err e, const struct root_info *info, int64_t now_s);

/* The sentence.  WHAT names the root: "Root 2 (GTS Root R1)". */
void root_lint_say(enum root_lint_code code, const char *what, const struct root_info *info, int64_t now_s,
		   struct text *t);

/* A set of roots against a host. */
struct root_lint_set {
	struct bytes host;          /* borrowed */
	const char  *wanted;        /* the first of its usual roots; NULL: nothing is known about it */
	unsigned     roots, usual, old;
};

void root_lint_set(struct root_lint_set *s, struct bytes host);
void root_lint_add(struct root_lint_set *s, const struct root_info *info);    /* a sound one */

/* ROOT_GOOD: nothing is to be said. */
enum root_lint_code root_lint_judge(const struct root_lint_set *s);
void root_lint_say_set(const struct root_lint_set *s, enum root_lint_code code, struct text *t);

struct finding_info root_lint_info(enum root_lint_code code);

#endif
