/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_rest.c - one request of whoever has the token: "METHOD TARGET\n" and a body.  The registry has one device and is
 * put back behind each. */
#include "unit/bridge/rest_rig.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rest_rig rig;

static void check(bool fine)
{
	if (!fine)
		abort();
}

/* A registry, a device, its command and config. */
static void prepare(void)
{
	rest_rig_init(&rig, false);
	check(rest_rig_call(&rig, "POST", RIG_R, "{\"id\":\"fleet\"}") == 200);
	check(rest_rig_call(&rig, "POST", RIG_D, "{\"id\":\"valve\",\"metadata\":{\"a\":\"b\"}}") == 200);
	check(registry_flush(rig.registry, 5000));
}

/* An answer is JSON; an error is the documented object, and has changed nothing that a node must know. */
static void judge(void)
{
	cJSON *json = cJSON_Parse(rig.body), *error = cJSON_GetObjectItemCaseSensitive(json, "error");
	unsigned told = rest_rig_node.config_changed + rest_rig_node.device_changed + rest_rig_node.registry_changed;

	check(json != NULL && strcmp(rig.head.type, "application/json; charset=UTF-8") == 0);
	check((rig.status >= 400) == (error != NULL));
	if (error != NULL) {
		check(cJSON_GetObjectItemCaseSensitive(error, "code")->valuedouble == rig.status);
		check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(error, "message")));
		check(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(error, "status")));
		check(told == 0);
	}
	cJSON_Delete(json);
}

static void one_request(const char *method, const char *target, struct bytes body)
{
	struct rest_exchange *x;
	bool waits;

	rest_rig_node = (struct rest_rig_node){ .answers_at_once = body.len % 2,
		.result = (enum node_command_result)(body.len % 7) };
	x = rest_rig_begin(&rig, method, target, body);
	waits = !rest_rig_take(&rig, x);
	if (!waits && !rig.head.stream)
		judge();
	else if (waits && rest_rig_node.commands > 0 && body.len % 3 == 0)
		rest_rig_node.done(rest_rig_node.to, NODE_COMMAND_LOST);
	rig.t.now_ms += 1000;
	rig.t.wall_ms += 1000;
	rest_step(rig.rest, rig.t);
	while (rest_next_ready(rig.rest) != NULL)
		;
	if (waits && rest_rig_take(&rig, x))
		judge();
	rest_end(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL, *blank;
	char *line;

	if (rig.rest == NULL)
		prepare();
	if (end == NULL || (blank = memchr(data, ' ', (size_t)(end - data))) == NULL)
		return 0;
	line = strndup((const char *)data, (size_t)(end - data));
	if (line == NULL || strlen(line) != (size_t)(end - data)) {        /* a zero: http_parse.c lets none pass */
		free(line);
		return 0;
	}
	line[blank - data] = '\0';
	rig.journal[0] = '\0';
	check(registry_begin(rig.registry) == REGISTRY_OK);
	one_request(line, line + (blank - data) + 1, (struct bytes){ end + 1, size - (size_t)(end + 1 - data) });
	check(registry_rollback(rig.registry) == REGISTRY_OK);
	free(line);
	return 0;
}
