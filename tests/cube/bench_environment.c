/* SPDX-License-Identifier: Apache-2.0 */
/* bench_environment.c - in the place of examples/cube/bench.c: the test's values, from
 * the environment; CUBE_SEED in hexadecimal. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

const struct bench *bench_values(void)
{
	static struct bench values;
	const char *seed = get("CUBE_SEED");

	values = (struct bench){
		.host = get("CUBE_HOST"), .port = get("CUBE_PORT"), .connection = get("CUBE_CONNECTION"), .apn = "internet",
		.root_pem = get("CUBE_ROOT"), .key_pem = get("CUBE_KEY"),
	};
	for (size_t i = 0; i < sizeof values.seed && strlen(seed) >= 2 * i + 2; i++)
		sscanf(seed + 2 * i, "%2hhx", &values.seed[i]);
	return &values;
}
