/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest_path.h - a request's path and query, taken apart.
 */
#ifndef TERN_BRIDGE_REST_PATH_H
#define TERN_BRIDGE_REST_PATH_H

#include "base/bytes.h"

#include <stdbool.h>

enum { PATH_SEGMENTS = 12, PATH_SIZE = 2048, QUERY_SIZE = 16384, PATH_ERROR = 256 };

/* "/v1/a%2Fb/c:verb": the segments "v1", "a/b" and "c", the verb "verb". */
struct path {
	const char *segment[PATH_SEGMENTS];  /* percent-decoded once; in text */
	size_t      count;
	const char *verb;                    /* behind the last segment's last ':' as it came; NULL: none */
	char        text[PATH_SIZE];
};

/* False: ERROR says what is wrong with it. */
bool path_read(struct path *p, struct bytes raw, char error[PATH_ERROR]);

/* PATTERN: "v1/projects/P/locations/L", a segment of one capital letter is any name. */
bool path_is(const struct path *p, const char *pattern);

struct param { const char *name, *value; };
struct query {
	struct param *param;
	size_t        count;
	char         *text;
};

/* Names are brought from snake_case to camelCase; '+' stands for itself.  False: ERROR says what is wrong. */
bool query_read(struct query *q, struct bytes raw, char error[PATH_ERROR]);
void query_clear(struct query *q);
const char *query_get(const struct query *q, const char *name);    /* NULL: not there */

#endif
