/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/names.h"

#include "cloud/iotcore.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 500, KEY_MAX = 128, VALUE_MAX = 32768, QUOTED = 48 };

const char *names_quote(char out[NAMES_QUOTE], const char *value)
{
	static const char hex[] = "0123456789abcdef";
	char *o = out;

	*o++ = '\'';
	for (size_t i = 0; i < QUOTED && value[i] != '\0'; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c >= ' ' && c <= '~') {
			*o++ = (char)c;
			continue;
		}
		*o++ = '\\';
		*o++ = 'x';
		*o++ = hex[c >> 4];
		*o++ = hex[c & 15];
	}
	*o++ = '\'';
	memcpy(o, strlen(value) > QUOTED ? "..." : "", strlen(value) > QUOTED ? 4 : 1);
	return out;
}

/* ---- Ids ------------------------------------------------------------------ */

static const struct form { enum err err; const char *what, *form; } forms[] = {
	{ ERR_IOTCORE_PROJECT,  "project id",
	  "6 to 30 small letters, digits and hyphens, a letter first, no hyphen last, as in 'my-project-123456'" },
	{ ERR_IOTCORE_REGION,   "region",
	  "3 to 32 small letters, digits and hyphens, a letter first, a digit in it, as in 'europe-west1'" },
	{ ERR_IOTCORE_REGISTRY, "registry id", "a letter, then 2 to 254 letters, digits and - . _ + ~ %" },
	{ ERR_IOTCORE_DEVICE,   "device id",   "a letter, then 2 to 254 letters, digits and - . _ + ~ %" },
};

static bool refuse_id(enum err e, const struct iotcore_bad *bad, const char *value, char error[REGISTRY_ERROR])
{
	char quoted[NAMES_QUOTE];
	size_t i = 0;

	if (e == ERR_IOTCORE_GOOG) {
		snprintf(error, REGISTRY_ERROR, "the %s %s begins with 'goog', which the contract keeps for itself",
			 bad->key[0] == 'd' ? "device id" : "registry id", names_quote(quoted, value));
		return false;
	}
	while (i < sizeof forms / sizeof forms[0] - 1 && forms[i].err != e)
		i++;
	snprintf(error, REGISTRY_ERROR, "the %s %s is not of its form: %s", forms[i].what, names_quote(quoted, value),
		 forms[i].form);
	return false;
}

bool names_check(struct registry_path path, const char *device, char error[REGISTRY_ERROR])
{
	const struct iotcore_ids ids = {
		.project = bytes_of(path.project != NULL ? path.project : ""),
		.region = bytes_of(path.location != NULL ? path.location : ""),
		.registry = bytes_of(path.registry != NULL ? path.registry : ""),
		.device = bytes_of(device != NULL ? device : "any"),
	};
	struct iotcore_bad bad;
	enum err e = iotcore_ids_check(&ids, &bad);

	/* The value is a whole string, and so ends with its zero. */
	return e == ERR_OK || refuse_id(e, &bad, (const char *)bad.value.data, error);
}

bool names_number(const char *text, uint64_t *number)
{
	uint64_t n = 0;

	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (n > ((uint64_t)INT64_MAX - (uint64_t)(*text - '0')) / 10)
			return false;
		n = 10 * n + (uint64_t)(*text - '0');
	}
	*number = n;
	return *text == '\0' && n > 0;
}

bool names_level(enum registry_level level, char error[REGISTRY_ERROR])
{
	if (level % 10 == 0 && level >= REGISTRY_LEVEL_UNSET && level <= REGISTRY_LEVEL_DEBUG)
		return true;
	snprintf(error, REGISTRY_ERROR, "the log level %d is none of 0, 10, 20, 30, 40", (int)level);
	return false;
}

/* ---- JSON ----------------------------------------------------------------- */

static cJSON *read_object(const char *what, const char *json, char error[REGISTRY_ERROR])
{
	cJSON *tree = cJSON_ParseWithOpts(json, NULL, true);

	if (cJSON_IsObject(tree))
		return tree;
	cJSON_Delete(tree);
	snprintf(error, REGISTRY_ERROR, "the %s is no JSON object", what);
	return NULL;
}

static bool is_key(const char *key)
{
	size_t len = strlen(key);

	return len >= 1 && len <= KEY_MAX && ((key[0] | 0x20) >= 'a' && (key[0] | 0x20) <= 'z') &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+~%") == len;
}

static bool check_pair(const cJSON *pair, char error[REGISTRY_ERROR])
{
	char quoted[NAMES_QUOTE];

	names_quote(quoted, pair->string);
	if (!is_key(pair->string))
		snprintf(error, REGISTRY_ERROR,
			 "the metadata key %s (%zu bytes) is not of its form: a letter, then up to 127 letters, digits "
			 "and - . _ + ~ %%",
			 quoted, strlen(pair->string));
	else if (!cJSON_IsString(pair))
		snprintf(error, REGISTRY_ERROR, "the metadata of key %s is no string", quoted);
	else if (strlen(pair->valuestring) > VALUE_MAX)
		snprintf(error, REGISTRY_ERROR, "the metadata of key %s has %zu bytes, and may have %d", quoted,
			 strlen(pair->valuestring), VALUE_MAX);
	else
		return true;
	return false;
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

static bool keys_differ(const cJSON *tree, char error[REGISTRY_ERROR])
{
	const cJSON *pairs[PAIRS_MAX], *pair;
	char quoted[NAMES_QUOTE];
	size_t count = 0;

	cJSON_ArrayForEach(pair, tree)
		pairs[count++] = pair;
	qsort(pairs, count, sizeof pairs[0], by_key);
	for (size_t i = 1; i < count; i++)
		if (strcmp(pairs[i - 1]->string, pairs[i]->string) == 0) {
			snprintf(error, REGISTRY_ERROR, "the metadata has the key %s twice",
				 names_quote(quoted, pairs[i]->string));
			return false;
		}
	return true;
}

static bool check_metadata(const cJSON *tree, char error[REGISTRY_ERROR])
{
	const cJSON *pair;
	size_t count = 0, size = 0;

	cJSON_ArrayForEach(pair, tree) {
		if (!check_pair(pair, error))
			return false;
		count++;
		size += strlen(pair->string) + strlen(pair->valuestring);
	}
	if (count > PAIRS_MAX)
		snprintf(error, REGISTRY_ERROR, "the metadata has %zu pairs, and may have %d", count, PAIRS_MAX);
	else if (size > REGISTRY_METADATA_MAX)
		snprintf(error, REGISTRY_ERROR, "the metadata has %zu bytes of keys and values, and may have %d", size,
			 REGISTRY_METADATA_MAX);
	else
		return keys_differ(tree, error);
	return false;
}

bool names_metadata(const char *json, char error[REGISTRY_ERROR])
{
	cJSON *tree = read_object("metadata", json, error);
	bool good = tree != NULL && check_metadata(tree, error);

	cJSON_Delete(tree);
	return good;
}

bool names_extra(const char *json, char error[REGISTRY_ERROR])
{
	cJSON *tree;

	if (strlen(json) > REGISTRY_EXTRA_MAX) {
		snprintf(error, REGISTRY_ERROR, "the other members have %zu bytes, and may have %d", strlen(json),
			 REGISTRY_EXTRA_MAX);
		return false;
	}
	tree = read_object("rest of the resource", json, error);
	cJSON_Delete(tree);
	return tree != NULL;
}
