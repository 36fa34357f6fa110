/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - a command's bridge and the registry it is about, found by options,
 * environment and defaults; calls that say what went wrong themselves.
 */
#ifndef TERN_CLI_CLIENT_H
#define TERN_CLI_CLIENT_H

#include "cli/command.h"
#include "cli/remote.h"
#include "cli/table.h"

struct client {
	struct remote *remote;
	char *project, *region, *registry;       /* NULL: not known */
	char *token_file;
};

enum client_needs {
	CLIENT_BRIDGE,
	CLIENT_REGION,           /* project and region, too */
	CLIENT_REGISTRY          /* and the registry */
};

/* What is not given and not in the environment is what the bridge has only one of.  Anything but CLI_OK was
 * said.  Read files before: from now on signals only end what waits. */
int client_open(struct client *c, const struct call *call, enum client_needs needs);
/* The same, about the registry ID (NULL: as CLIENT_REGISTRY). */
int client_open_named(struct client *c, const struct call *call, const char *id);
/* The same for a caller without a command line; NULL: not given. */
struct client_place { const char *bridge, *token_file, *ca, *project, *region, *registry; };
int client_open_at(struct client *c, const struct client_place *place, enum client_needs needs);
/* What C does not know of project, region and registry, when the bridge has only one. */
int client_find_place(struct client *c, enum client_needs needs);
/* Is a bridge configured: by an option of PLACE or the environment? */
bool client_is_configured(const struct client_place *place);
void client_close(struct client *c);

/* Paths of SPEC.md, section 10.7. */
#define CLIENT_ALL_REGISTRIES "/v1/registries"
void client_registries(const struct client *c, struct buffer *path);
void client_registry(const struct client *c, struct buffer *path);
void client_devices(const struct client *c, struct buffer *path);
void client_device(const struct client *c, struct buffer *path, const char *id);

/* One call.  Anything but CLI_OK was said. */
int client_call(struct client *c, const char *method, const char *path, const cJSON *body, struct answer *a);
/* The same at the device ID; SUFFIX is put behind its path: "?updateMask=blocked". */
int client_call_device(struct client *c, const char *method, const char *id, const char *suffix, const cJSON *body,
		       struct answer *a);
/* The status that A is, said. */
int client_refused(const struct client *c, const struct answer *a);
int client_status(const struct answer *a);                 /* not said */

/* A on standard output, as JSON. */
void client_print(const struct answer *a);

/* Every element of the list MEMBER at PATH, page by page, until LIMIT (0: all).  QUERY: "fieldMask=..." or "".
 * EACH returns false to end it. */
int client_each(struct client *c, const char *path, const char *query, const char *member, uint64_t limit,
		bool (*each)(void *to, const cJSON *element), void *to);

/* The same as CALL wants to see it: a table of rows that ROW fills, or JSON of the same form as one page. */
int client_list(struct client *c, const struct call *call, const char *path, const char *query, const char *member,
		struct table *table, void (*row)(struct table *table, const cJSON *element));

#endif
