/* SPDX-License-Identifier: Apache-2.0 */
/* family_registry.c - tern registry */
#include "cli/client.h"
#include "cli/families.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/words.h"

#include <string.h>

enum { CERTIFICATE_MAX = 64 * 1024 };

/* --certificate FILE, as the contract has it. */
static int add_certificates(const struct call *call, cJSON *body)
{
	cJSON *list = NULL, *one;
	char why[FILES_WHY];

	for (size_t i = 0; i < call->given_count; i++) {
		struct buffer pem = { 0 };

		if (call->given[i].id != OPT_CERTIFICATE)
			continue;
		if (!files_read(call->given[i].value, CERTIFICATE_MAX, &pem, why))
			return say_error(CLI_USAGE, "--certificate %s", why);
		if (list == NULL)
			list = cJSON_AddArrayToObject(body, "credentials");
		one = json_object();
		cJSON_AddItemToArray(list, one);
		one = cJSON_AddObjectToObject(one, "publicKeyCertificate");
		cJSON_AddStringToObject(one, "format", "X509_CERTIFICATE_PEM");
		cJSON_AddStringToObject(one, "certificate", buffer_str(&pem));
		buffer_free(&pem);
	}
	return CLI_OK;
}

static int create(struct client *c, const struct call *call, const cJSON *body)
{
	struct buffer path = { 0 };
	struct answer a = { 0 };
	int status;

	client_registries(c, &path);
	status = client_call(c, "POST", path.data, body, &a);
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("registry %s of project %s, region %s", call->argument[0], c->project, c->region);
	answer_clear(&a);
	buffer_free(&path);
	return status;
}

int run_registry_create(struct call *call)
{
	struct client c = { .remote = NULL };
	cJSON *body = json_object();
	int status;

	cJSON_AddStringToObject(body, "id", call->argument[0]);
	status = words_log_level(call, body);
	if (status == CLI_OK)
		status = add_certificates(call, body);
	if (status == CLI_OK)
		status = client_open(&c, call, CLIENT_REGION);
	if (status == CLI_OK)
		status = create(&c, call, body);
	client_close(&c);
	cJSON_Delete(body);
	return status;
}

static const struct table_column columns[] = {
	{ "REGISTRY", 12 }, { "PROJECT", 8 }, { "REGION", 8 }, { "MQTT", 0 }, { "LOG LEVEL", 0 },
};

static void registry_row(struct table *t, const cJSON *registry)
{
	char project[256] = "", region[256] = "";
	const char *name = json_text(registry, "name"), *mqtt = json_text(registry, "mqttConfig.mqttEnabledState");

	if (name != NULL)
		(void)sscanf(name, "projects/%255[^/]/locations/%255[^/]/", project, region);
	table_cell(t, json_text(registry, "id"));
	table_cell(t, project);
	table_cell(t, region);
	table_cell(t, mqtt != NULL && strcmp(mqtt, "MQTT_DISABLED") == 0 ? "disabled" : "enabled");
	table_cell(t, words_level(registry));
}

int run_registry_list(struct call *call)
{
	struct client c = { .remote = NULL };
	struct buffer path = { 0 };
	struct table table;
	int status = client_open(&c, call, CLIENT_BRIDGE);

	if (status == CLI_OK && (c.project == NULL) != (c.region == NULL))
		status = say_error(CLI_USAGE,
				   "--project and --region go together; without both, all registries are listed");
	if (status == CLI_OK && c.project != NULL)
		client_registries(&c, &path);
	table_init(&table, columns, sizeof columns / sizeof columns[0]);
	if (status == CLI_OK)
		status = client_list(&c, call, c.project != NULL ? path.data : CLIENT_ALL_REGISTRIES, "",
				     "deviceRegistries", &table, registry_row);
	table_free(&table);
	buffer_free(&path);
	client_close(&c);
	return status;
}

static void show(const cJSON *registry)
{
	const cJSON *one;
	size_t n = 0;

	words_line("registry", json_text(registry, "id"));
	words_line("name", json_text(registry, "name"));
	words_line("mqtt", json_text(registry, "mqttConfig.mqttEnabledState"));
	words_line("http", json_text(registry, "httpConfig.httpEnabledState"));
	words_line("log level", words_level(registry));
	cJSON_ArrayForEach(one, json_member(registry, "credentials"))
		n++;
	if (n > 0)
		printf("%-16s %zu: devices need certificates that one of them has signed\n", "certificates", n);
	cJSON_ArrayForEach(one, json_member(registry, "eventNotificationConfigs"))
		words_line("events to", json_text(one, "pubsubTopicName"));
	words_line("states to", json_text(registry, "stateNotificationConfig.pubsubTopicName"));
}

/* METHOD at the registry that CALL names. */
static int at_registry(struct call *call, const char *method, struct answer *a)
{
	struct client c = { .remote = NULL };
	struct buffer path = { 0 };
	int status;

	if (call->argument[0] != NULL && call_has(call, OPT_REGISTRY))
		return say_error(CLI_USAGE, "'%s' and --registry both name a registry", call->argument[0]);
	status = client_open_named(&c, call, call->argument[0]);
	if (status == CLI_OK) {
		client_registry(&c, &path);
		status = client_call(&c, method, path.data, NULL, a);
	}
	buffer_free(&path);
	client_close(&c);
	return status;
}

int run_registry_show(struct call *call)
{
	struct answer a = { 0 };
	int status = at_registry(call, "GET", &a);

	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		show(a.json);
	answer_clear(&a);
	return status;
}

int run_registry_delete(struct call *call)
{
	struct answer a = { 0 };
	int status = at_registry(call, "DELETE", &a);

	if (status == CLI_OK)
		say_note("registry %s is deleted", call->argument[0]);
	answer_clear(&a);
	return status;
}
