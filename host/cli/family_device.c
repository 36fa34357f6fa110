/* SPDX-License-Identifier: Apache-2.0 */
/* family_device.c - tern device */
#include "cli/client.h"
#include "cli/families.h"
#include "cli/json.h"
#include "cli/public_key.h"
#include "cli/words.h"

#include <string.h>

enum { SHOWN = 200 };      /* characters of a config or state */

/* ---- one device ----------------------------------------------------------- */

/* METHOD at the device that CALL names. */
static int at_device(struct call *call, const char *method, const char *suffix, const cJSON *body, struct answer *a)
{
	struct client c = { .remote = NULL };
	int status = client_open(&c, call, CLIENT_REGISTRY);

	if (status == CLI_OK)
		status = client_call_device(&c, method, call->argument[0], suffix, body, a);
	client_close(&c);
	return status;
}

/* The same, and tell: JSON of the answer, or a sentence about the device. */
static int change(struct call *call, const char *method, const char *suffix, const cJSON *body, const char *sentence)
{
	struct answer a = { 0 };
	int status = at_device(call, method, suffix, body, &a);

	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("device %s %s", call->argument[0], sentence);
	answer_clear(&a);
	return status;
}

static int create(struct call *call, const cJSON *body)
{
	struct client c = { .remote = NULL };
	struct buffer path = { 0 };
	struct answer a = { 0 };
	int status = client_open(&c, call, CLIENT_REGISTRY),
	    keys = cJSON_GetArraySize(json_member(body, "credentials"));

	if (status == CLI_OK) {
		client_devices(&c, &path);
		status = client_call(&c, "POST", path.data, body, &a);
	}
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("device %s of registry %s: projects/%s/locations/%s/registries/%s/devices/%s%s",
			 call->argument[0], c.registry, c.project, c.region, c.registry, call->argument[0],
			 keys > 0 ? "" : "; it has no key yet, so it cannot log in: tern credential add");
	answer_clear(&a);
	buffer_free(&path);
	client_close(&c);
	return status;
}

int run_device_create(struct call *call)
{
	cJSON *body = json_object();
	int status;

	cJSON_AddStringToObject(body, "id", call->argument[0]);
	cJSON_AddBoolToObject(body, "blocked", call_has(call, OPT_BLOCKED));
	status = words_keys(call, cJSON_AddArrayToObject(body, "credentials"));
	if (status == CLI_OK)
		status = words_metadata(call, cJSON_AddObjectToObject(body, "metadata"));
	if (status == CLI_OK)
		status = words_log_level(call, body);
	if (status == CLI_OK)
		status = create(call, body);
	cJSON_Delete(body);
	return status;
}

static int set_blocked(struct call *call, bool blocked)
{
	cJSON *body = json_object();
	int status;

	cJSON_AddBoolToObject(body, "blocked", blocked);
	status = change(call, "PATCH", "?updateMask=blocked", body, blocked ? "is blocked" : "may connect");
	cJSON_Delete(body);
	return status;
}

int run_device_block(struct call *call)
{
	return set_blocked(call, true);
}

int run_device_unblock(struct call *call)
{
	return set_blocked(call, false);
}

int run_device_delete(struct call *call)
{
	return change(call, "DELETE", "", NULL, "is deleted");
}

/* ---- update --------------------------------------------------------------- */

/* What the device has, with the changes of CALL. */
static int merge_metadata(struct client *c, struct call *call, cJSON *body)
{
	struct answer a = { 0 };
	int status = client_call_device(c, "GET", call->argument[0], "?fieldMask=metadata", NULL, &a);
	const cJSON *before = json_member(a.json, "metadata");
	cJSON *metadata;

	if (status == CLI_OK) {
		metadata = cJSON_IsObject(before) ? json_copy(before) : json_object();
		cJSON_AddItemToObject(body, "metadata", metadata);
		status = words_metadata(call, metadata);
	}
	answer_clear(&a);
	return status;
}

static int update(struct client *c, struct call *call, cJSON *body)
{
	bool level = call_has(call, OPT_LOG_LEVEL), metadata = call_has(call, OPT_METADATA);
	const char *mask = !metadata ? "?updateMask=logLevel" : level ? "?updateMask=logLevel,metadata" :
			   "?updateMask=metadata";
	struct answer a = { 0 };
	int status = metadata ? merge_metadata(c, call, body) : CLI_OK;

	if (status == CLI_OK)
		status = client_call_device(c, "PATCH", call->argument[0], mask, body, &a);
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("device %s is changed", call->argument[0]);
	answer_clear(&a);
	return status;
}

int run_device_update(struct call *call)
{
	struct client c = { .remote = NULL };
	cJSON *body = json_object(), *checked = json_object();
	int status = call_has(call, OPT_LOG_LEVEL) || call_has(call, OPT_METADATA) ? CLI_OK :
		     say_error(CLI_USAGE, "what is to be changed? --metadata KEY=VALUE, --log-level LEVEL");

	if (status == CLI_OK)
		status = words_metadata(call, checked);      /* before anything is asked */
	if (status == CLI_OK)
		status = words_log_level(call, body);
	if (status == CLI_OK)
		status = client_open(&c, call, CLIENT_REGISTRY);
	if (status == CLI_OK)
		status = update(&c, call, body);
	client_close(&c);
	cJSON_Delete(checked);
	cJSON_Delete(body);
	return status;
}

/* ---- list ----------------------------------------------------------------- */

static const struct table_column columns[] = {
	{ "DEVICE", 16 }, { "KEYS", 0 }, { "BLOCKED", 0 }, { "LAST SEEN (UTC)", 0 }, { "LAST ERROR", 12 },
};

/* The latest of the times that only a device can cause. */
static void last_seen(const cJSON *device, char out[24])
{
	static const char *const members[] = { "lastHeartbeatTime", "lastEventTime", "lastStateTime",
					       "lastConfigAckTime" };
	char time[24];

	out[0] = '\0';
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		json_time(device, members[i], time);
		if (strcmp(time, out) > 0)
			memcpy(out, time, sizeof time);
	}
}

static void device_row(struct table *t, const cJSON *device)
{
	char seen[24], keys[24];

	last_seen(device, seen);
	snprintf(keys, sizeof keys, "%d", cJSON_GetArraySize(json_member(device, "credentials")));
	table_cell(t, json_text(device, "id"));
	table_cell(t, keys);
	table_cell(t, json_true(device, "blocked") ? "yes" : "no");
	table_cell(t, seen);
	table_cell(t, json_text(device, "lastErrorStatus.message"));
}

int run_device_list(struct call *call)
{
	static const char mask[] = "fieldMask=blocked,credentials,lastHeartbeatTime,lastEventTime,lastStateTime,"
				   "lastConfigAckTime,lastErrorStatus,lastErrorTime,logLevel";
	struct client c = { .remote = NULL };
	struct buffer path = { 0 };
	struct table table;
	int status = client_open(&c, call, CLIENT_REGISTRY);

	table_init(&table, columns, sizeof columns / sizeof columns[0]);
	if (status == CLI_OK) {
		client_devices(&c, &path);
		status = client_list(&c, call, path.data, mask, "devices", &table, device_row);
	}
	table_free(&table);
	buffer_free(&path);
	client_close(&c);
	return status;
}

/* ---- show ----------------------------------------------------------------- */

static void show_payload(const char *name, const cJSON *object, const char *time, const char *before)
{
	struct buffer data = { 0 }, line = { 0 };
	char at[24];

	if (json_bytes(object, "binaryData", &data) && data.len > 0) {
		json_time(object, time, at);
		buffer_format(&line, "%s%s: ", before, at);
		say_payload(&line, (struct bytes){ (const uint8_t *)data.data, data.len }, SHOWN);
		printf("%-16s %s\n", name, line.data);
	}
	buffer_free(&line);
	buffer_free(&data);
}

static void show_config(const cJSON *config)
{
	char before[64], acked[24];
	uint64_t version = 0;

	if (!json_number(config, "version", &version))
		return;
	json_time(config, "deviceAckTime", acked);
	snprintf(before, sizeof before, "version %llu, %s, ", (unsigned long long)version,
		 acked[0] != '\0' ? "acknowledged" : "not acknowledged");
	show_payload("config", config, "cloudUpdateTime", before);
}

static void show_credentials(const cJSON *device)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY], text[256];
	const cJSON *one;

	cJSON_ArrayForEach(one, json_member(device, "credentials")) {
		if (public_key_from_json(&k, one, why))
			snprintf(text, sizeof text, "%.16s  %s%s%s", k.fingerprint, credential_format_name(k.format),
				 k.expires[0] != '\0' ? ", expires " : "", k.expires);
		else
			snprintf(text, sizeof text, "%.200s", why);
		words_line("key", text);
	}
}

static void show_error(const cJSON *device)
{
	const char *message = json_text(device, "lastErrorStatus.message");
	struct buffer line = { 0 };
	char at[24];
	uint64_t count = 0;

	if (message == NULL || message[0] == '\0')
		return;
	json_time(device, "lastErrorTime", at);
	buffer_format(&line, "%s%s%s", at, at[0] != '\0' ? ": " : "", message);
	if (json_number(device, "errorCount", &count))
		buffer_format(&line, " (%llu so far)", (unsigned long long)count);
	words_line("last error", line.data);
	buffer_free(&line);
}

/* "2026-11-22 18:30:05, 3 times: diagnosis: ... [TLS-ROOT-1 ...]" */
static void show_diagnosis(const cJSON *device)
{
	const cJSON *told = json_member(device, "lastDiagnosis");
	const char *text = json_text(told, "line");
	struct buffer line = { 0 };
	uint64_t times = 0;
	char at[24];

	if (text == NULL || text[0] == '\0')
		return;
	json_time(told, "deviceTime", at);
	if (at[0] == '\0')
		json_time(told, "time", at);
	buffer_text(&line, at);
	if (json_number(told, "times", &times) && times > 1)
		buffer_format(&line, ", %llu times", (unsigned long long)times);
	buffer_format(&line, ": %s", text);
	words_line("last diagnosis", line.data);
	buffer_free(&line);
}

static void show(const cJSON *device)
{
	static const struct { const char *name, *member; } times[] = {
		{ "last heartbeat", "lastHeartbeatTime" }, { "last event", "lastEventTime" },
		{ "last state", "lastStateTime" }, { "config sent", "lastConfigSendTime" },
		{ "config acked", "lastConfigAckTime" },
	};
	const cJSON *one;
	char time[24];

	words_line("device", json_text(device, "id"));
	words_line("numeric id", json_text(device, "numId"));
	words_line("blocked", json_true(device, "blocked") ? "yes" : "no");
	words_line("log level", words_level(device));
	show_credentials(device);
	cJSON_ArrayForEach(one, json_member(device, "metadata")) {
		struct buffer pair = { 0 };

		buffer_format(&pair, "%s=%s", one->string, cJSON_IsString(one) ? one->valuestring : "");
		words_line("metadata", pair.data);
		buffer_free(&pair);
	}
	show_config(json_member(device, "config"));
	show_payload("state", json_member(device, "state"), "updateTime", "");
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		json_time(device, times[i].member, time);
		words_line(times[i].name, time);
	}
	show_error(device);
	show_diagnosis(device);
}

int run_device_show(struct call *call)
{
	struct answer a = { 0 };
	int status = at_device(call, "GET", "", NULL, &a);

	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		show(a.json);
	answer_clear(&a);
	return status;
}
