/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/import.h"

#include "cli/json.h"
#include "cli/public_key.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(char why[IMPORT_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, IMPORT_WHY, format, args);
	va_end(args);
	return false;
}

/* ---- documents ------------------------------------------------------------ */

static const char *const lists[] = { "devices", "deviceRegistries" };

/* VALUE, which is used up, to ALL. */
static bool gather(cJSON *all, cJSON *value, char why[IMPORT_WHY])
{
	cJSON *one;

	if (cJSON_IsArray(value)) {
		while ((one = cJSON_DetachItemFromArray(value, 0)) != NULL)
			cJSON_AddItemToArray(all, one);
		cJSON_Delete(value);
		return true;
	}
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		one = cJSON_DetachItemFromObjectCaseSensitive(value, lists[i]);
		if (one == NULL)
			continue;
		cJSON_Delete(value);
		return gather(all, one, why);
	}
	if (cJSON_IsObject(value)) {
		cJSON_AddItemToArray(all, value);
		return true;
	}
	cJSON_Delete(value);
	return fail(why, "it is neither an object nor an array of objects");
}

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

cJSON *import_parse(const char *text, size_t len, char why[IMPORT_WHY])
{
	const char *at = text, *end = text + len, *next = text;
	cJSON *all = json_array(), *value;
	bool ok = true;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (ok) {
		while (at < end && isspace((unsigned char)*at))
			at++;
		if (at == end)
			break;
		value = cJSON_ParseWithLengthOpts(at, (size_t)(end - at), &next, false);
		if (value == NULL)
			ok = fail(why, "line %u: this is no JSON; 'gcloud ... --format=json' prints it",
				  line_of(text, next));
		else
			ok = gather(all, value, why);
		at = next;
	}
	if (ok && cJSON_GetArraySize(all) > 0)
		return all;
	if (ok)
		fail(why, "there is nothing in it");
	cJSON_Delete(all);
	return NULL;
}

/* ---- what it is ----------------------------------------------------------- */

static bool has_any(const cJSON *element, const char *const *names)
{
	for (; *names != NULL; names++)
		if (json_member(element, *names) != NULL)
			return true;
	return false;
}

/* "projects/P/locations/L/registries/R", "/devices/N" perhaps behind it. */
static void read_name(struct import_item *item, const char *name, bool *of_device)
{
	int end = 0;

	if (name == NULL || sscanf(name, "projects/%255[^/]/locations/%255[^/]/registries/%255[^/]%n", item->project,
				   item->region, item->registry, &end) != 3) {
		item->project[0] = item->region[0] = item->registry[0] = '\0';
		return;
	}
	*of_device = strncmp(name + end, "/devices/", 9) == 0;
}

static bool identify(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	static const char *const of_device[] = { "numId", "blocked", "gatewayConfig", "config", "metadata", NULL };
	static const char *const of_registry[] = { "eventNotificationConfigs", "stateNotificationConfig", "mqttConfig",
						   "httpConfig", NULL };
	const char *id = json_text(element, "id"), *name = json_text(element, "name");
	bool named_device = false;

	read_name(item, name, &named_device);
	if (named_device || has_any(element, of_device))
		item->kind = IMPORT_DEVICE;
	else
		item->kind =
			item->registry[0] != '\0' || has_any(element, of_registry) ? IMPORT_REGISTRY : IMPORT_DEVICE;
	if (id == NULL && item->kind == IMPORT_REGISTRY)
		id = item->registry;
	if (id == NULL || id[0] == '\0')
		return fail(why, "it has no id");
	if (strlen(id) >= IMPORT_ID)
		return fail(why, "its id '%.40s...' is longer than any", id);
	memcpy(item->id, id, strlen(id) + 1);
	return true;
}

/* ---- what both have ------------------------------------------------------- */

static bool copy_level(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	static const char *const levels[] = { "NONE", "ERROR", "INFO", "DEBUG" };
	const char *level = json_text(element, "logLevel");

	if (level == NULL || level[0] == '\0' || strcmp(level, "LOG_LEVEL_UNSPECIFIED") == 0)
		return true;
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (strcmp(level, levels[i]) == 0) {
			cJSON_AddStringToObject(item->body, "logLevel", level);
			return true;
		}
	return fail(why, "its logLevel '%.40s' is none", level);
}

/* ---- registries ----------------------------------------------------------- */

/* Of FROM, the string members NAMES. */
static cJSON *copy_strings(const cJSON *from, const char *const *names)
{
	cJSON *to = json_object();

	for (; *names != NULL; names++)
		if (json_text(from, *names) != NULL)
			cJSON_AddStringToObject(to, *names, json_text(from, *names));
	return to;
}

static const char *const topic[] = { "pubsubTopicName", "subfolderMatches", NULL };

static void copy_topics(struct import_item *item, const cJSON *element)
{
	const cJSON *events = json_member(element, "eventNotificationConfigs"), *one;
	const cJSON *state = json_member(element, "stateNotificationConfig");
	cJSON *list;

	if (cJSON_IsArray(events)) {
		list = cJSON_AddArrayToObject(item->body, "eventNotificationConfigs");
		cJSON_ArrayForEach(one, events)
			cJSON_AddItemToArray(list, copy_strings(one, topic));
	}
	if (json_text(state, "pubsubTopicName") != NULL)
		cJSON_AddItemToObject(item->body, "stateNotificationConfig", copy_strings(state, (const char *const[]){
				      "pubsubTopicName", NULL }));
}

static bool read_registry(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	static const char *const certificate[] = { "format", "certificate", NULL };
	static const struct { const char *config, *state; } enabled[] = {
		{ "mqttConfig", "mqttEnabledState" }, { "httpConfig", "httpEnabledState" },
	};
	const cJSON *one;
	cJSON *list = NULL, *wrapped;

	copy_topics(item, element);
	for (size_t i = 0; i < sizeof enabled / sizeof enabled[0]; i++) {
		const char *state = json_text(json_member(element, enabled[i].config), enabled[i].state);

		if (state != NULL && strstr(state, "UNSPECIFIED") == NULL)
			cJSON_AddStringToObject(cJSON_AddObjectToObject(item->body, enabled[i].config),
						enabled[i].state, state);
	}
	cJSON_ArrayForEach(one, json_member(element, "credentials")) {
		if (json_text(one, "publicKeyCertificate.certificate") == NULL)
			return fail(why, "one of its credentials is no certificate");
		if (list == NULL)
			list = cJSON_AddArrayToObject(item->body, "credentials");
		wrapped = json_object();
		cJSON_AddItemToArray(list, wrapped);
		cJSON_AddItemToObject(wrapped, "publicKeyCertificate",
				      copy_strings(json_member(one, "publicKeyCertificate"), certificate));
	}
	return copy_level(item, element, why);
}

/* ---- devices -------------------------------------------------------------- */

static bool lives_longer(const struct public_key *k, const struct public_key *other)
{
	return other->expires[0] != '\0' && (k->expires[0] == '\0' || strncmp(k->expires, other->expires, 19) > 0);
}

/* Old registries took a key twice, the bridge takes it once: as long as it was to live.  True: LIST had it. */
static bool merge_key(cJSON *list, const struct public_key *k)
{
	struct public_key other;
	char why[PUBLIC_KEY_WHY];

	for (int i = 0; i < cJSON_GetArraySize(list); i++) {
		if (!public_key_from_json(&other, cJSON_GetArrayItem(list, i), why) ||
		    strcmp(other.fingerprint, k->fingerprint) != 0)
			continue;
		if (lives_longer(k, &other))
			cJSON_ReplaceItemInArray(list, i, public_key_to_json(k));
		return true;
	}
	return false;
}

static bool read_keys(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	cJSON *list = cJSON_AddArrayToObject(item->body, "credentials");
	char reason[PUBLIC_KEY_WHY];
	struct public_key k;
	const cJSON *one;

	cJSON_ArrayForEach(one, json_member(element, "credentials")) {
		if (!public_key_from_json(&k, one, reason))
			return fail(why, "its key %d: %s", item->keys + item->keys_twice + 1, reason);
		if (merge_key(list, &k)) {
			item->keys_twice++;
			continue;
		}
		cJSON_AddItemToArray(list, public_key_to_json(&k));
		item->keys++;
	}
	return item->keys <= CREDENTIAL_MAX ||
	       fail(why, "it has %d keys, and %d is the most", item->keys, CREDENTIAL_MAX);
}

static bool read_metadata(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	const cJSON *metadata = json_member(element, "metadata"), *one;
	cJSON *copy;

	if (metadata == NULL || cJSON_IsNull(metadata))
		return true;
	if (!cJSON_IsObject(metadata))
		return fail(why, "its metadata is no object");
	copy = cJSON_AddObjectToObject(item->body, "metadata");
	cJSON_ArrayForEach(one, metadata) {
		if (!cJSON_IsString(one))
			return fail(why, "its metadata '%.80s' is no text", one->string);
		if (cJSON_HasObjectItem(copy, one->string) &&
		    cJSON_GetObjectItemCaseSensitive(copy, one->string) != NULL)
			return fail(why, "its metadata has '%.80s' twice", one->string);
		cJSON_AddStringToObject(copy, one->string, one->valuestring);
	}
	return true;
}

static bool read_config(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	const char *text = json_text(element, "config.binaryData");
	struct buffer data = { 0 };
	bool ok;

	if (text == NULL || text[0] == '\0')
		return true;
	ok = json_bytes(element, "config.binaryData", &data) || fail(why, "its config is no base64: '%.40s'", text);
	if (ok)
		json_add_bytes(cJSON_AddObjectToObject(item->body, "config"), "binaryData", data.data, data.len);
	buffer_free(&data);
	return ok;
}

static bool read_device(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	const cJSON *blocked = json_member(element, "blocked"), *number = json_member(element, "numId");
	const char *type = json_text(element, "gatewayConfig.gatewayType");
	char text[24];
	uint64_t num_id = 0;

	if (number != NULL && !cJSON_IsNull(number) && !json_number(element, "numId", &num_id))
		return fail(why, "its numId is no number");
	snprintf(text, sizeof text, "%" PRIu64, num_id);
	if (num_id != 0)
		cJSON_AddStringToObject(item->body, "numId", text);
	if (blocked != NULL && !cJSON_IsBool(blocked) && !cJSON_IsNull(blocked))
		return fail(why, "its 'blocked' is neither true nor false");
	cJSON_AddBoolToObject(item->body, "blocked", cJSON_IsTrue(blocked));
	item->is_gateway = type != NULL && strcmp(type, "GATEWAY") == 0;
	return read_keys(item, element, why) && copy_level(item, element, why) && read_metadata(item, element, why) &&
	       read_config(item, element, why);
}

bool import_item_read(struct import_item *item, const cJSON *element, char why[IMPORT_WHY])
{
	bool ok;

	*item = (struct import_item){ .body = NULL };
	if (!cJSON_IsObject(element))
		return fail(why, "it is no object");
	if (!identify(item, element, why))
		return false;
	item->body = json_object();
	cJSON_AddStringToObject(item->body, "id", item->id);
	ok = item->kind == IMPORT_REGISTRY ? read_registry(item, element, why) : read_device(item, element, why);
	if (!ok)
		import_item_clear(item);
	return ok;
}

void import_item_clear(struct import_item *item)
{
	cJSON_Delete(item->body);
	item->body = NULL;
}

/* ---- comparing ------------------------------------------------------------ */

static bool has_key(const cJSON *credentials, const struct public_key *k)
{
	struct public_key other;
	char why[PUBLIC_KEY_WHY];
	const cJSON *one;

	cJSON_ArrayForEach(one, credentials)
		if (public_key_from_json(&other, one, why) && strcmp(other.fingerprint, k->fingerprint) == 0 &&
		    strncmp(other.expires, k->expires, 19) == 0)
			return true;
	return false;
}

/* The same keys with the same ends, in any order. */
static bool same_keys(const cJSON *a, const cJSON *b)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];
	const cJSON *one;

	if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b))
		return false;
	cJSON_ArrayForEach(one, a)
		if (!public_key_from_json(&k, one, why) || !has_key(b, &k))
			return false;
	return true;
}

static bool same_metadata(const cJSON *a, const cJSON *b)
{
	const cJSON *one, *other;

	if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b))
		return false;
	cJSON_ArrayForEach(one, a) {
		other = cJSON_GetObjectItemCaseSensitive(b, one->string);
		if (!cJSON_IsString(other) || !cJSON_IsString(one) || strcmp(other->valuestring, one->valuestring) != 0)
			return false;
	}
	return true;
}

static bool same_text(const cJSON *a, const cJSON *b, const char *member)
{
	const char *one = json_text(a, member), *other = json_text(b, member);

	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

static bool same_config(const cJSON *a, const cJSON *b)
{
	struct buffer one = { 0 }, other = { 0 };
	bool same;

	(void)json_bytes(a, "config.binaryData", &one);
	(void)json_bytes(b, "config.binaryData", &other);
	same = one.len == other.len && memcmp(buffer_str(&one), buffer_str(&other), one.len) == 0;
	buffer_free(&one);
	buffer_free(&other);
	return same;
}

void import_compare(const cJSON *wanted, const cJSON *there, struct buffer *differences)
{
	const struct { const char *name; bool same; } parts[] = {
		{ "numeric id", json_text(wanted, "numId") == NULL || same_text(wanted, there, "numId") },
		{ "keys", same_keys(json_member(wanted, "credentials"), json_member(there, "credentials")) },
		{ "blocked", json_true(wanted, "blocked") == json_true(there, "blocked") },
		{ "log level", json_text(wanted, "logLevel") == NULL || same_text(wanted, there, "logLevel") },
		{ "metadata", same_metadata(json_member(wanted, "metadata"), json_member(there, "metadata")) },
		{ "config", same_config(wanted, there) },
	};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (!parts[i].same)
			buffer_format(differences, "%s%s", differences->len > 0 ? ", " : "", parts[i].name);
}
