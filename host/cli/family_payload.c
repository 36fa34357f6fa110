/* SPDX-License-Identifier: Apache-2.0 */
/* family_payload.c - tern config, tern command, tern state: bytes to and from a device. */
#include "cli/client.h"
#include "cli/families.h"
#include "cli/json.h"
#include "cli/line.h"
#include "cli/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONFIG_MAX = 65536, COMMAND_MAX = 256 * 1024, WAIT_MAX_S = 86400, LOOK_MS = 500, VERSIONS = 10 };

/* ---- config set ----------------------------------------------------------- */

/* Is VERSION acknowledged?  CLI_NOT_ACKED: not yet. */
static int look(struct client *c, const char *id, uint64_t version)
{
	struct answer a = { 0 };
	const cJSON *one;
	uint64_t n = 0, newest = 0;
	char acked[24];
	int status = client_call_device(c, "GET", id, "/configVersions", NULL, &a), result = CLI_NOT_ACKED;

	cJSON_ArrayForEach(one, json_member(a.json, "deviceConfigs")) {
		if (!json_number(one, "version", &n))
			continue;
		json_time(one, "deviceAckTime", acked);
		if (n >= version && acked[0] != '\0')
			result = CLI_OK;
		newest = n > newest ? n : newest;
	}
	answer_clear(&a);
	if (status == CLI_OK && result != CLI_OK && newest > version + VERSIONS)
		return say_error(CLI_REFUSED,
				 "version %" PRIu64 " was superseded by %" PRIu64 " before it was acknowledged",
				 version, newest);
	return status == CLI_OK ? result : status;
}

static int wait_acked(struct client *c, const char *id, uint64_t version, uint64_t seconds)
{
	int64_t end_ms = line_now_ms() + (int64_t)seconds * 1000;
	int status;

	while ((status = look(c, id, version)) == CLI_NOT_ACKED && line_now_ms() < end_ms)
		if (!remote_pause(LOOK_MS))
			return say_error(CLI_INTERRUPTED, "interrupted; version %" PRIu64 " is stored", version);
	if (status == CLI_NOT_ACKED)
		return say_error(status,
				 "version %" PRIu64 " is stored, but %s has not acknowledged it within %" PRIu64
				 " s: it gets it when it connects",
				 version, id, seconds);
	if (status == CLI_OK)
		say_note("%s has acknowledged version %" PRIu64, id, version);
	return status;
}

static int set(struct client *c, struct call *call, const cJSON *body, uint64_t wait_s)
{
	struct answer a = { 0 };
	const char *id = call->argument[0];
	uint64_t version = 0;
	int status = client_call_device(c, "POST", id, ":modifyCloudToDeviceConfig", body, &a);

	if (status == CLI_OK && !json_number(a.json, "version", &version))
		status = say_error(CLI_REFUSED, "%s does not say which version the config has become",
				   remote_url(c->remote));
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("%s: config version %" PRIu64 " is stored", id, version);
	answer_clear(&a);
	return status == CLI_OK && wait_s > 0 ? wait_acked(c, id, version, wait_s) : status;
}

int run_config_set(struct call *call)
{
	struct client c = { .remote = NULL };
	struct buffer payload = { 0 };
	cJSON *body = json_object();
	uint64_t wait_s = 0, if_version = 0;
	char text[24];
	int status = call_number(call, OPT_WAIT, WAIT_MAX_S, &wait_s) &&
		     call_number(call, OPT_IF_VERSION, INT64_MAX, &if_version) ? CLI_OK : CLI_USAGE;

	if (status == CLI_OK)
		status = words_payload(call, CONFIG_MAX, &payload);
	snprintf(text, sizeof text, "%" PRIu64, if_version);
	cJSON_AddStringToObject(body, "versionToUpdate", text);
	json_add_bytes(body, "binaryData", buffer_str(&payload), payload.len);
	if (status == CLI_OK)
		status = client_open(&c, call, CLIENT_REGISTRY);
	if (status == CLI_OK)
		status = set(&c, call, body, wait_s);
	client_close(&c);
	buffer_free(&payload);
	cJSON_Delete(body);
	return status;
}

/* ---- config get ----------------------------------------------------------- */

/* Byte for byte into a file or a pipe; what is for a terminal is made safe for it. */
static int print_payload(const cJSON *object)
{
	struct buffer data = { 0 }, plain = { 0 };

	if (json_member(object, "binaryData") != NULL && !json_bytes(object, "binaryData", &data)) {
		buffer_free(&data);
		return say_error(CLI_REFUSED, "what the bridge sent is no base64");
	}
	if (isatty(STDOUT_FILENO)) {
		say_payload(&plain, (struct bytes){ (const uint8_t *)data.data, data.len }, 0);
		puts(buffer_str(&plain));
	} else {
		fwrite(buffer_str(&data), 1, data.len, stdout);
	}
	buffer_free(&plain);
	buffer_free(&data);
	return CLI_OK;
}

/* The version asked for; NULL: the last ten have it not. */
static const cJSON *find_version(const cJSON *answer, uint64_t wanted)
{
	const cJSON *one;
	uint64_t version = 0;

	cJSON_ArrayForEach(one, json_member(answer, "deviceConfigs"))
		if (json_number(one, "version", &version) && (version == wanted || wanted == 0))
			return one;
	return NULL;
}

int run_config_get(struct call *call)
{
	struct client c = { .remote = NULL };
	struct answer a = { 0 };
	const cJSON *config = NULL;
	uint64_t wanted = 0;
	char *text;
	int status = call_number(call, OPT_VERSION_OF, INT64_MAX, &wanted) ? client_open(&c, call, CLIENT_REGISTRY)
									   : CLI_USAGE;

	if (status == CLI_OK)
		status = client_call_device(&c, "GET", call->argument[0], "/configVersions", NULL, &a);
	if (status == CLI_OK) {
		config = find_version(a.json, wanted);
		if (config == NULL)
			status = say_error(CLI_REFUSED, "%s has no config of version %" PRIu64 " among its last %d",
					   call->argument[0], wanted, VERSIONS);
	}
	if (status == CLI_OK && call_has(call, OPT_JSON)) {
		text = json_print(config);
		say_json(stdout, bytes_of(text));
		putchar('\n');
		free(text);
	} else if (status == CLI_OK) {
		status = print_payload(config);
	}
	answer_clear(&a);
	client_close(&c);
	return status;
}

/* ---- histories ------------------------------------------------------------ */

enum { PAYLOAD_SHOWN = 4000 };

static void payload_cell(struct table *t, const cJSON *object)
{
	struct buffer data = { 0 }, plain = { 0 };

	if (json_bytes(object, "binaryData", &data))
		say_payload(&plain, (struct bytes){ (const uint8_t *)data.data, data.len }, PAYLOAD_SHOWN);
	table_take(t, &plain);
	buffer_free(&data);
}

static void time_cell(struct table *t, const cJSON *object, const char *member)
{
	char time[24];

	json_time(object, member, time);
	table_cell(t, time);
}

static void config_row(struct table *t, const cJSON *config)
{
	char text[24] = "";
	uint64_t version = 0;

	if (json_number(config, "version", &version))
		snprintf(text, sizeof text, "%" PRIu64, version);
	table_cell(t, text);
	time_cell(t, config, "cloudUpdateTime");
	time_cell(t, config, "deviceAckTime");
	payload_cell(t, config);
}

static void state_row(struct table *t, const cJSON *state)
{
	time_cell(t, state, "updateTime");
	payload_cell(t, state);
}

/* All elements of the list MEMBER at SUFFIX of the device. */
static int history(struct call *call, const char *suffix, const char *member, struct table *table,
		   void (*row)(struct table *table, const cJSON *element))
{
	struct client c = { .remote = NULL };
	struct answer a = { 0 };
	const cJSON *one;
	int status = client_open(&c, call, CLIENT_REGISTRY);

	if (status == CLI_OK)
		status = client_call_device(&c, "GET", call->argument[0], suffix, NULL, &a);
	cJSON_ArrayForEach(one, json_member(a.json, member))
		row(table, one);
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		table_show(table);
	table_free(table);
	answer_clear(&a);
	client_close(&c);
	return status;
}

int run_config_history(struct call *call)
{
	static const struct table_column columns[] = {
		{ "VERSION", 0 }, { "STORED (UTC)", 0 }, { "ACKNOWLEDGED (UTC)", 0 }, { "CONFIG", 10 },
	};
	struct table t;

	table_init(&t, columns, sizeof columns / sizeof columns[0]);
	return history(call, "/configVersions", "deviceConfigs", &t, config_row);
}

int run_state_list(struct call *call)
{
	static const struct table_column columns[] = { { "RECEIVED (UTC)", 0 }, { "STATE", 10 } };
	struct table t;

	table_init(&t, columns, sizeof columns / sizeof columns[0]);
	return history(call, "/states", "deviceStates", &t, state_row);
}

/* ---- command send --------------------------------------------------------- */

static int send(struct client *c, struct call *call, const cJSON *body)
{
	struct buffer path = { 0 };
	struct answer a = { 0 };
	char *text = json_print(body);
	int status;

	client_device(c, &path, call->argument[0]);
	buffer_text(&path, ":sendCommandToDevice");
	if (remote_call(c->remote, "POST", path.data, text, REMOTE_COMMAND_S, &a) != REMOTE_OK)
		status = client_refused(c, &a);
	else
		status = CLI_OK;
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("%s has it: acknowledged, unless the device subscribed with QoS 0, where nobody can know",
			 call->argument[0]);
	free(text);
	answer_clear(&a);
	buffer_free(&path);
	return status;
}

int run_command_send(struct call *call)
{
	struct client c = { .remote = NULL };
	struct buffer payload = { 0 };
	cJSON *body = json_object();
	int status = words_payload(call, COMMAND_MAX, &payload);

	json_add_bytes(body, "binaryData", buffer_str(&payload), payload.len);
	if (call_has(call, OPT_SUBFOLDER))
		cJSON_AddStringToObject(body, "subfolder", call_value(call, OPT_SUBFOLDER));
	if (status == CLI_OK)
		status = client_open(&c, call, CLIENT_REGISTRY);
	if (status == CLI_OK)
		status = send(&c, call, body);
	client_close(&c);
	buffer_free(&payload);
	cJSON_Delete(body);
	return status;
}
