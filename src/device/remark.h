/* SPDX-License-Identifier: Apache-2.0 */
/* remark.h - what is to be said about a value that somebody typed. */
#ifndef TERN_DEVICE_REMARK_H
#define TERN_DEVICE_REMARK_H

#include "base/err.h"

/* SAY is the rest of a sentence that begins with the value: on an error what is
 * wrong with it and what to write instead; with ERR_OK a remark.  NULL: nothing. */
struct remark {
	enum err    err;
	const char *say;
};

#endif
