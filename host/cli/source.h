/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - a registry that is imported live, from
 *
 *   - the IoT Core v1 REST interface: another bridge, or what speaks the same;
 *   - ClearBlade IoT Core, whose own programs (go-iot, python-iot) show the form:
 *     the same objects, but other paths, a token in ClearBlade-UserToken, and
 *     a project's token with which a registry's own URL, key and token are asked for.
 *     It was not tried against the real service.
 */
#ifndef TERN_CLI_SOURCE_H
#define TERN_CLI_SOURCE_H

#include "cli/command.h"
#include "cli/remote.h"

struct source {
	struct remote *remote;
	char  *name;               /* "projects/P/locations/L/registries/R" */
	char  *system_key;         /* NULL: v1 */
};

/* Are there options for it? */
bool source_is_wanted(const struct call *call);

/* Anything but CLI_OK was said. */
int source_open(struct source *s, const struct call *call);
void source_close(struct source *s);

/* The registry itself; one page of its devices, TOKEN that of the page before (NULL: the first). */
int source_registry(struct source *s, struct answer *a);
int source_devices(struct source *s, const char *token, struct answer *a);

/* Of the next page, out of A; NULL: that was the last.  Owned by the caller. */
char *source_next(const struct answer *a);

#endif
