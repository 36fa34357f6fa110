/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family_import.c - tern import
 *
 *   file or service --> items --> POST --> created
 *                                  '- 409 -> GET -> the same, or different in ...
 *
 * A device is made with one call, so it is there as a whole or not at all, and the
 * same import again goes on where the first ended.
 */
#include "cli/client.h"
#include "cli/families.h"
#include "cli/files.h"
#include "cli/import.h"
#include "cli/json.h"
#include "cli/source.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 512 << 20, TRIES = 5, PAUSE_MS = 1000, SHOW_EVERY = 20 };

enum outcome { CREATED, SAME, DIFFERENT, SKIPPED, FAILED, OUTCOMES };
static const char *const outcome_words[OUTCOMES] = { "created", "same", "different", "skipped", "failed" };

struct import {
	const struct call *call;
	struct client client;
	const char *project, *region, *registry;     /* options; NULL: what the item says */
	const char *from;              /* live: "projects/..." */
	size_t count[OUTCOMES], keyless, done, all;  /* ALL 0: not known */
	bool   dry;
};

/* ---- what is told --------------------------------------------------------- */

static const char *kind_of(const struct import_item *item)
{
	return item->kind == IMPORT_REGISTRY ? "registry" : "device";
}

static void print_json(const char *kind, const char *id, enum outcome outcome, bool dry, const char *detail)
{
	cJSON *line = json_object();
	char *text;

	cJSON_AddStringToObject(line, "kind", kind);
	cJSON_AddStringToObject(line, "id", id);
	cJSON_AddStringToObject(line, "result", outcome_words[outcome]);
	if (dry)
		cJSON_AddBoolToObject(line, "dryRun", true);
	if (detail[0] != '\0')
		cJSON_AddStringToObject(line, "detail", detail);
	text = json_print(line);
	say_json(stdout, bytes_of(text));
	putchar('\n');
	free(text);
	cJSON_Delete(line);
}

/* People hear of what needs them; the rest is counted. */
static void tell(struct import *m, const char *kind, const char *id, enum outcome outcome, const char *detail)
{
	m->count[outcome]++;
	m->done++;
	if (call_has(m->call, OPT_JSON)) {
		print_json(kind, id, outcome, m->dry, detail);
	} else if (outcome != CREATED && outcome != SAME) {
		say_progress("%s", "");
		say_note("%s %s: %s%s%s", kind, id, outcome_words[outcome], detail[0] != '\0' ? ": " : "", detail);
	}
	if (m->all > 0 && m->done % SHOW_EVERY == 0)
		say_progress("%zu of %zu", m->done, m->all);
	else if (m->done % SHOW_EVERY == 0)
		say_progress("%zu", m->done);
}

static int summary(const struct import *m, int status)
{
	say_progress("%s", "");
	say_note("%s%zu created, %zu the same, %zu different, %zu skipped, %zu failed",
		 m->dry ? "nothing was changed; would be: " : "", m->count[CREATED], m->count[SAME],
		 m->count[DIFFERENT], m->count[SKIPPED], m->count[FAILED]);
	if (m->keyless > 0)
		say_note("%zu devices came without a key and cannot log in yet ('gcloud iot devices list' prints none, "
			 "'describe' does): tern credential add", m->keyless);
	if (status != CLI_OK)
		return status;
	return m->count[DIFFERENT] + m->count[SKIPPED] + m->count[FAILED] > 0 ? CLI_SOME : CLI_OK;
}

/* ---- calls ---------------------------------------------------------------- */

static bool may_go_by(const struct answer *a)
{
	return a->result == REMOTE_UNREACHABLE ||
	       (a->result == REMOTE_REFUSED && (a->http == 429 || a->http == 503));
}

/* One call, again after a pause while the bridge is away or asks for patience. */
static void call(struct import *m, const char *method, const char *path, const cJSON *body, struct answer *a)
{
	char *text = body != NULL ? json_print(body) : NULL;
	int64_t pause_ms = PAUSE_MS;

	for (int i = 0; i < TRIES; i++, pause_ms *= 2) {
		(void)remote_call(m->client.remote, method, path, text, REMOTE_CALL_S, a);
		if (!may_go_by(a) || i + 1 == TRIES)
			break;
		say_progress("%s; trying again", a->why);
		if (!remote_pause(a->retry_after_s > 0 ? (int64_t)a->retry_after_s * 1000 : pause_ms)) {
			a->result = REMOTE_INTERRUPTED;
			break;
		}
	}
	free(text);
}

/* Does A concern this item only?  Else the import ends. */
static bool is_of_item(const struct answer *a)
{
	return a->result == REMOTE_OK ||
	       (a->result == REMOTE_REFUSED && (a->http == 400 || a->http == 409 || a->http == 413));
}

static int end_of(const struct import *m, const struct answer *a)
{
	say_progress("%s", "");
	if (a->result == REMOTE_REFUSED && a->http == 404)
		return say_error(CLI_REFUSED, "%s: import it, too, or 'tern registry create' makes one", a->why);
	return client_refused(&m->client, a);
}

/* ---- where to ------------------------------------------------------------- */

static const char *first_of(const char *option, const char *item, const char *fallback)
{
	return option != NULL ? option : item[0] != '\0' ? item : fallback;
}

/* Where ITEM belongs: options, else its own name, else the environment or what the bridge has only one of. */
static int find_target(struct import *m, const struct import_item *item, struct client *target)
{
	bool registry = item->kind == IMPORT_REGISTRY;
	int status = CLI_OK;

	if ((m->project == NULL && item->project[0] == '\0') || (m->region == NULL && item->region[0] == '\0') ||
	    (m->registry == NULL && item->registry[0] == '\0' && !registry))
		status = client_find_place(&m->client, registry ? CLIENT_REGION : CLIENT_REGISTRY);
	target->project = (char *)(uintptr_t)first_of(m->project, item->project, m->client.project);
	target->region = (char *)(uintptr_t)first_of(m->region, item->region, m->client.region);
	target->registry = (char *)(uintptr_t)(registry ? (m->registry != NULL ? m->registry : item->id) :
					       first_of(m->registry, item->registry, m->client.registry));
	return status;
}

/* ---- one item ------------------------------------------------------------- */

static void item_path(const struct import_item *item, const struct client *target, struct buffer *path)
{
	if (item->kind == IMPORT_REGISTRY)
		client_registry(target, path);
	else
		client_device(target, path, item->id);
}

/* It is there: is it the same?  Registries are not compared: what theirs say is about services left behind. */
static void compare(struct import *m, const struct import_item *item, const struct answer *there)
{
	struct buffer differences = { 0 };

	if (item->kind == IMPORT_DEVICE)
		import_compare(item->body, there->json, &differences);
	tell(m, kind_of(item), item->id, differences.len > 0 ? DIFFERENT : SAME, buffer_str(&differences));
	buffer_free(&differences);
}

/* Without a change: is it there?  A registry that is to come with the import is not missed. */
static int look(struct import *m, const struct import_item *item, const struct client *target, const char *refusal)
{
	struct buffer path = { 0 };
	struct answer a = { 0 };
	int status = CLI_OK;

	item_path(item, target, &path);
	call(m, "GET", path.data, NULL, &a);
	if (a.result == REMOTE_OK)
		compare(m, item, &a);
	else if (a.result == REMOTE_REFUSED && a.http == 404)
		tell(m, kind_of(item), item->id, refusal == NULL ? CREATED : FAILED, refusal != NULL ? refusal : "");
	else
		status = end_of(m, &a);
	answer_clear(&a);
	buffer_free(&path);
	return status;
}

static int create(struct import *m, const struct import_item *item, const struct client *target)
{
	struct buffer path = { 0 };
	struct answer a = { 0 };
	int status = CLI_OK;

	if (item->kind == IMPORT_REGISTRY)
		client_registries(target, &path);
	else
		client_devices(target, &path);
	call(m, "POST", path.data, item->body, &a);
	if (a.result == REMOTE_OK)
		tell(m, kind_of(item), item->id, CREATED, "");
	else if (a.result == REMOTE_REFUSED && a.http == 409)
		status = look(m, item, target, a.why);
	else if (is_of_item(&a))
		tell(m, kind_of(item), item->id, FAILED, a.why);
	else
		status = end_of(m, &a);
	answer_clear(&a);
	buffer_free(&path);
	return status;
}

static int import_item(struct import *m, struct import_item *item)
{
	struct client target = { .remote = NULL };
	int status = find_target(m, item, &target);

	if (status != CLI_OK)
		return status;
	if (item->is_gateway) {
		tell(m, "device", item->id, SKIPPED, "it is a gateway, and this bridge serves none yet");
		return CLI_OK;
	}
	if (item->kind == IMPORT_REGISTRY && m->registry != NULL)
		cJSON_ReplaceItemInObjectCaseSensitive(item->body, "id", cJSON_CreateString(m->registry));
	if (item->keys_twice > 0) {
		say_progress("%s", "");
		say_note("device %s: %d of its keys it has twice; each is taken once", item->id, item->keys_twice);
	}
	m->keyless += item->kind == IMPORT_DEVICE && item->keys == 0;
	return m->dry ? look(m, item, &target, NULL) : create(m, item, &target);
}

static void set_place(const struct import *m, struct import_item *item)
{
	if (m->from != NULL && item->registry[0] == '\0')
		(void)sscanf(m->from, "projects/%255[^/]/locations/%255[^/]/registries/%255[^/]", item->project,
			     item->region, item->registry);
}

static int import_element(struct import *m, const cJSON *element, enum import_kind kind)
{
	struct import_item item;
	char why[IMPORT_WHY];
	const char *id = json_text(element, "id");
	int status = CLI_OK;

	if (!import_item_read(&item, element, why)) {
		if (kind == IMPORT_DEVICE)
			tell(m, "element", id != NULL ? id : "without an id", FAILED, why);
		return remote_is_interrupted() ? say_error(CLI_INTERRUPTED, "interrupted") : CLI_OK;
	}
	set_place(m, &item);
	if (item.kind == kind)
		status = import_item(m, &item);
	import_item_clear(&item);
	return status;
}

/* Registries come first: devices need theirs. */
static int import_list(struct import *m, const cJSON *list)
{
	const cJSON *one;
	int status = CLI_OK;

	for (int kind = IMPORT_REGISTRY; kind <= IMPORT_DEVICE; kind++)
		for (one = list != NULL ? list->child : NULL; one != NULL && status == CLI_OK; one = one->next)
			status = import_element(m, one, (enum import_kind)kind);
	return status;
}

/* ---- from where ----------------------------------------------------------- */

static int import_file(struct import *m, const char *file)
{
	struct buffer text = { 0 };
	char why[IMPORT_WHY];
	cJSON *list = NULL;
	int status = CLI_USAGE;

	if (!files_read(file, FILE_LIMIT, &text, why))
		return say_error(CLI_USAGE, "%s", why);
	list = import_parse(buffer_str(&text), text.len, why);
	buffer_free(&text);
	if (list == NULL)
		return say_error(CLI_USAGE, "%s: %s", file, why);
	m->all = (size_t)cJSON_GetArraySize(list);
	status = client_open(&m->client, m->call, CLIENT_BRIDGE);
	if (status == CLI_OK)
		status = summary(m, import_list(m, list));
	cJSON_Delete(list);
	return status;
}

static int import_pages(struct import *m, struct source *s)
{
	struct answer a = { 0 };
	char *token = NULL, *next;
	int status = source_registry(s, &a);
	bool more = status == CLI_OK;

	if (status == CLI_OK)
		status = import_element(m, a.json, IMPORT_REGISTRY);
	while (more && status == CLI_OK) {
		status = source_devices(s, token, &a);
		next = status == CLI_OK ? source_next(&a) : NULL;
		if (status == CLI_OK)
			status = import_list(m, json_member(a.json, "devices"));
		if (status == CLI_OK && next != NULL && token != NULL && strcmp(next, token) == 0)
			status = say_error(CLI_REFUSED, "%s gives the same page twice", remote_url(s->remote));
		free(token);
		token = next;
		more = token != NULL;
	}
	free(token);
	answer_clear(&a);
	return status;
}

static int import_live(struct import *m)
{
	struct source s;
	int status = source_open(&s, m->call);

	m->from = s.name;
	if (status == CLI_OK)
		status = client_open(&m->client, m->call, CLIENT_BRIDGE);
	if (status == CLI_OK)
		status = summary(m, import_pages(m, &s));
	source_close(&s);
	return status;
}

int run_import(struct call *given)
{
	struct import m = { .call = given, .dry = call_has(given, OPT_DRY_RUN),
			    .project = call_value(given, OPT_PROJECT), .region = call_value(given, OPT_REGION),
			    .registry = call_value(given, OPT_REGISTRY) };
	const char *file = given->argument[0];
	int status;

	if ((file != NULL) == source_is_wanted(given))
		return say_error(CLI_USAGE, "from where? Either FILE, or --from URL, or --service-account FILE");
	status = file != NULL ? import_file(&m, file) : import_live(&m);
	client_close(&m.client);
	return status;
}
