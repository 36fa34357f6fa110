/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/source.h"

#include "cli/client.h"
#include "cli/files.h"
#include "cli/json.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 200, ACCOUNT_MAX = 64 * 1024 };

bool source_is_wanted(const struct call *call)
{
	return call_has(call, OPT_FROM) || call_has(call, OPT_SERVICE_ACCOUNT);
}

/* ---- which registry there ------------------------------------------------- */

static bool is_registry_name(const char *name)
{
	char part[3][256];
	int end = 0;

	return sscanf(name, "projects/%255[^/]/locations/%255[^/]/registries/%255[^/]%n", part[0], part[1], part[2],
		      &end) == 3 && name[end] == '\0';
}

static int find_name(struct source *s, const struct call *call)
{
	const char *name = call_value(call, OPT_FROM_REGISTRY), *project = call_value(call, OPT_PROJECT);
	const char *region = call_value(call, OPT_REGION), *registry = call_value(call, OPT_REGISTRY);
	struct buffer text = { 0 };

	if (name == NULL && (project == NULL || region == NULL || registry == NULL))
		return say_error(CLI_USAGE, "which registry is to be imported? --from-registry "
				 "projects/P/locations/L/registries/R, or --project, --region and --registry");
	if (name != NULL)
		buffer_text(&text, name);
	else
		buffer_format(&text, "projects/%s/locations/%s/registries/%s", project, region, registry);
	s->name = text.data;
	if (is_registry_name(s->name))
		return CLI_OK;
	return say_error(CLI_USAGE, "'%.200s' is not of the form projects/P/locations/L/registries/R", s->name);
}

/* ---- with which token ----------------------------------------------------- */

static int open_remote(struct source *s, const char *url, const char *token, const char *ca)
{
	struct remote_config cfg = { .name = "the service to import from", .url = url, .token = token, .ca = ca,
				     .auth = s->system_key != NULL ? REMOTE_USER_TOKEN : REMOTE_BEARER };
	char why[REMOTE_WHY];

	s->remote = remote_open(&cfg, why);
	return s->remote != NULL ? CLI_OK : say_error(CLI_USAGE, "%s", why);
}

static int refused(const struct answer *a, const char *what)
{
	return say_error(client_status(a), "%s: %s", what, a->why);
}

/* A member of the answer, be it wrapped in "results" or not. */
static const char *told(const cJSON *json, const char *member)
{
	const char *text = json_text(json, member);

	return text != NULL ? text : json_text(json_member(json, "results"), member);
}

/* With the project's token: the registry's own URL, system key and token. */
static int ask_registry_access(struct source *s, const char *ca)
{
	struct buffer path = { 0 };
	struct answer a = { 0 };
	cJSON *body = json_object();
	char part[3][256], *text;
	const char *url, *key, *token;
	int status = CLI_OK;

	(void)sscanf(s->name, "projects/%255[^/]/locations/%255[^/]/registries/%255[^/]", part[0], part[1], part[2]);
	cJSON_AddStringToObject(body, "project", part[0]);
	cJSON_AddStringToObject(body, "region", part[1]);
	cJSON_AddStringToObject(body, "registry", part[2]);
	text = json_print(body);
	buffer_text(&path, "/api/v/1/code/");
	buffer_percent(&path, s->system_key);
	buffer_text(&path, "/getRegistryCredentials");
	if (remote_call(s->remote, "POST", path.data, text, REMOTE_CALL_S, &a) != REMOTE_OK)
		status = refused(&a, "asking for access to the registry");
	url = told(a.json, "url");
	key = told(a.json, "systemKey");
	token = told(a.json, "serviceAccountToken");
	if (status == CLI_OK && (url == NULL || key == NULL || token == NULL))
		status = say_error(CLI_REFUSED,
				   "%s gives no access to %s: url, systemKey or serviceAccountToken is missing",
				   remote_url(s->remote), s->name);
	if (status == CLI_OK) {
		free(s->system_key);
		s->system_key = memory_text(key);
		remote_close(s->remote);
		status = open_remote(s, url, token, ca);
	}
	if (a.body != NULL)
		bytes_wipe(a.body, a.len);
	answer_clear(&a);
	free(text);
	cJSON_Delete(body);
	buffer_free(&path);
	return status;
}

/* {"systemKey","token","url","project"} */
static int open_account(struct source *s, const struct call *call)
{
	const char *file = call_value(call, OPT_SERVICE_ACCOUNT), *url, *token, *key;
	struct buffer text = { 0 };
	char why[FILES_WHY];
	cJSON *json;
	int status;

	if (!files_read(file, ACCOUNT_MAX, &text, why))
		return say_error(CLI_USAGE, "--service-account %s", why);
	json = cJSON_Parse(buffer_str(&text));
	buffer_wipe(&text);
	url = json_text(json, "url");
	token = json_text(json, "token");
	key = json_text(json, "systemKey");
	if (url == NULL || token == NULL || key == NULL) {
		status = say_error(CLI_USAGE, "--service-account %s: url, token or systemKey is missing in it", file);
	} else {
		s->system_key = memory_text(key);
		status = open_remote(s, url, token, call_value(call, OPT_FROM_CA));
	}
	cJSON_Delete(json);
	return status;
}

static int open_url(struct source *s, const struct call *call)
{
	const char *file = call_value(call, OPT_FROM_TOKEN_FILE), *value = getenv("TERN_FROM_TOKEN");
	const char *key = call_value(call, OPT_SYSTEM_KEY);
	char token[REMOTE_TOKEN], why[REMOTE_WHY];
	int status;

	if (file == NULL && value == NULL)
		return say_error(CLI_USAGE,
				 "with which token? --from-token-file FILE, or TERN_FROM_TOKEN in the environment");
	if (file != NULL && !remote_read_token(file, token, why))
		return say_error(CLI_USAGE, "--from-token-file: %s", why);
	s->system_key = key != NULL ? memory_text(key) : NULL;
	status =
		open_remote(s, call_value(call, OPT_FROM), file != NULL ? token : value, call_value(call, OPT_FROM_CA));
	if (file != NULL)
		bytes_wipe(token, sizeof token);
	return status;
}

int source_open(struct source *s, const struct call *call)
{
	int status;

	*s = (struct source){ .remote = NULL };
	if (call_has(call, OPT_FROM) && call_has(call, OPT_SERVICE_ACCOUNT))
		return say_error(CLI_USAGE, "--from and --service-account exclude each other");
	status = find_name(s, call);
	if (status == CLI_OK)
		status = call_has(call, OPT_FROM) ? open_url(s, call) : open_account(s, call);
	if (status == CLI_OK && s->system_key != NULL)
		status = ask_registry_access(s, call_value(call, OPT_FROM_CA));
	return status;
}

void source_close(struct source *s)
{
	remote_close(s->remote);
	free(s->name);
	free(s->system_key);
	*s = (struct source){ .remote = NULL };
}

/* ---- reading -------------------------------------------------------------- */

static void begin_webhook(struct buffer *path, const struct source *s, const char *what, const char *parameter)
{
	buffer_text(path, "/api/v/4/webhook/execute/");
	buffer_percent(path, s->system_key);
	buffer_format(path, "/%s?%s=", what, parameter);
	buffer_percent(path, s->name);
}

/* "projects/P/..." as a path: each part on its own. */
static void add_name(struct buffer *path, const char *name)
{
	char *copy = memory_text(name), *save = NULL;

	buffer_text(path, "/v1");
	for (char *part = strtok_r(copy, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save)) {
		buffer_char(path, '/');
		buffer_percent(path, part);
	}
	free(copy);
}

static int get(struct source *s, struct buffer *path, struct answer *a, const char *what)
{
	int status = remote_call(s->remote, "GET", path->data, NULL, REMOTE_CALL_S, a) == REMOTE_OK ? CLI_OK :
		     refused(a, what);

	buffer_free(path);
	return status;
}

int source_registry(struct source *s, struct answer *a)
{
	struct buffer path = { 0 };

	if (s->system_key != NULL)
		begin_webhook(&path, s, "cloudiot", "name");
	else
		add_name(&path, s->name);
	return get(s, &path, a, "reading the registry");
}

int source_devices(struct source *s, const char *token, struct answer *a)
{
	struct buffer path = { 0 };

	if (s->system_key != NULL) {
		begin_webhook(&path, s, "cloudiot_devices", "parent");       /* all members come without a mask */
		buffer_format(&path, "&pageSize=%d", PAGE);
	} else {
		add_name(&path, s->name);
		buffer_format(&path, "/devices?pageSize=%d&fieldMask=credentials,blocked,log_level,metadata,config,"
			      "gateway_config", PAGE);
	}
	if (token != NULL) {
		buffer_text(&path, "&pageToken=");
		buffer_percent(&path, token);
	}
	return get(s, &path, a, "reading the devices");
}

char *source_next(const struct answer *a)
{
	const cJSON *token = json_member(a->json, "nextPageToken");

	if (cJSON_IsString(token))
		return token->valuestring[0] != '\0' ? memory_text(token->valuestring) : NULL;
	return cJSON_IsNumber(token) ? json_print(token) : NULL;
}
