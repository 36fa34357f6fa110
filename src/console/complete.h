/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete.h - the Tab key: the rest of a name that is begun, as far as it is
 * certain.
 */
#ifndef TERN_CONSOLE_COMPLETE_H
#define TERN_CONSOLE_COMPLETE_H

#include "base/bytes.h"

#include <stdbool.h>

/* What may stand at the end of LINE, a part of a command line, number INDEX: a
 * command, a word of its own, a setting.  False: there are no more. */
bool complete_candidate(struct bytes line, unsigned index, struct bytes *word);

struct complete {
	struct bytes more;     /* to be added to the line; borrowed */
	bool         whole;    /* and then the word is complete */
	bool         several;  /* there are several, and nothing is certain */
};

struct complete complete(struct bytes line);

#endif
