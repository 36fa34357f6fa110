/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <string.h>

static int set_all(struct tern *t, const struct bench *b, const char **what)
{
	const struct { const char *name, *value; } rows[] = {
		{ "port", b->port }, { "connection", b->connection }, { "apn", b->apn },
		{ "host", b->host },          /* last: with it all is there */
	};
	int err = TERN_OK;

	for (size_t i = 0; err == TERN_OK && i < sizeof rows / sizeof rows[0]; i++) {
		*what = rows[i].name;
		err = tern_set(t, rows[i].name, rows[i].value);
	}
	return err;
}

int bench_provision(struct tern *t, const char **what)
{
	const struct bench *b = bench_values();
	char host[64];
	int err;

	if (tern_get(t, "host", host, sizeof host) == TERN_OK && strcmp(host, b->host) == 0)
		return TERN_OK;
	*what = "root";
	err = tern_add_root(t, b->root_pem, strlen(b->root_pem));
	if (err == TERN_OK) {
		*what = "key";
		err = tern_set_key(t, b->key_pem, strlen(b->key_pem));
	}
	if (err == TERN_OK) {
		*what = "seed";
		err = tern_set_seed(t, b->seed);
	}
	return err == TERN_OK ? set_all(t, b, what) : err;
}
