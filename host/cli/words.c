/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"

#include "cli/files.h"
#include "cli/json.h"
#include "cli/public_key.h"

#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const levels[] = { "NONE", "ERROR", "INFO", "DEBUG" };
static const char *const level_words[] = { "none", "error", "info", "debug" };
enum { LEVELS = sizeof levels / sizeof levels[0] };

int words_log_level(const struct call *call, cJSON *body)
{
	const char *level = call_value(call, OPT_LOG_LEVEL);

	if (level == NULL)
		return CLI_OK;
	for (size_t i = 0; i < LEVELS; i++)
		if (strcasecmp(level, levels[i]) == 0) {
			cJSON_AddStringToObject(body, "logLevel", levels[i]);
			return CLI_OK;
		}
	return say_error(CLI_USAGE, "--log-level '%.40s' is none of none, error, info, debug", level);
}

const char *words_level(const cJSON *object)
{
	const char *level = json_text(object, "logLevel");

	for (size_t i = 0; i < LEVELS && level != NULL; i++)
		if (strcmp(level, levels[i]) == 0)
			return level_words[i];
	return "";
}

int words_metadata(const struct call *call, cJSON *metadata)
{
	for (size_t i = 0; i < call->given_count; i++) {
		const char *value = call->given[i].value, *equals = value != NULL ? strchr(value, '=') : NULL;
		struct buffer key = { 0 };

		if (call->given[i].id != OPT_METADATA)
			continue;
		if (equals == NULL || equals == value)
			return say_error(CLI_USAGE, "--metadata '%.80s' is not KEY=VALUE", value);
		buffer_add(&key, value, (size_t)(equals - value));
		cJSON_DeleteItemFromObjectCaseSensitive(metadata, key.data);
		if (equals[1] != '\0')
			cJSON_AddStringToObject(metadata, key.data, equals + 1);
		buffer_free(&key);
	}
	return CLI_OK;
}

static int complain(const struct call *call, size_t i, const char *why)
{
	return say_error(CLI_USAGE, "--%s: %s", option_info(call->given[i].id)->name, why);
}

int words_keys(const struct call *call, cJSON *credentials)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];
	bool have = false, dated = false;

	for (size_t i = 0; i < call->given_count; i++) {
		enum option_id id = call->given[i].id;

		if (id == OPT_EXPIRES) {
			if (!have || dated)
				return complain(call, i, "stands behind the --key that it is about, once");
			if (!public_key_expiry(&k, call->given[i].value, (int64_t)time(NULL), why))
				return complain(call, i, why);
			dated = true;
		} else if (id == OPT_KEY) {
			if (have)
				cJSON_AddItemToArray(credentials, public_key_to_json(&k));
			if (!public_key_load(&k, call->given[i].value, why))
				return complain(call, i, why);
			have = true;
			dated = false;
		}
	}
	if (have)
		cJSON_AddItemToArray(credentials, public_key_to_json(&k));
	return CLI_OK;
}

int words_payload(const struct call *call, size_t max, struct buffer *payload)
{
	const char *text = call->argument[1], *file = call_value(call, OPT_FILE);
	char why[FILES_WHY];

	if ((text != NULL) == (file != NULL))
		return say_error(CLI_USAGE, text != NULL ? "the text and --file exclude each other" :
				 "what? Give a text, or --file FILE (- is standard input)");
	if (text != NULL)
		buffer_text(payload, text);
	else if (!files_read(file, max, payload, why))
		return say_error(CLI_USAGE, "--file %s", why);
	return payload->len <= max ? CLI_OK : say_error(CLI_USAGE, "the text has %zu bytes, and at most %zu are taken",
							payload->len, max);
}

void words_line(const char *name, const char *value)
{
	struct buffer plain = { 0 };

	if (value == NULL || value[0] == '\0')
		return;
	say_plain(&plain, bytes_of(value));
	printf("%-16s %s\n", name, buffer_str(&plain));
	buffer_free(&plain);
}
