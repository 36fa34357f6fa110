/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family_credential.c - tern credential
 *
 * The contract knows a device's keys as one array only: it is read, changed and
 * written back.
 */
#include "cli/client.h"
#include "cli/families.h"
#include "cli/json.h"
#include "cli/public_key.h"
#include "cli/words.h"

#include <string.h>

enum { DIGITS_MIN = 8 };

static const struct table_column columns[] = {
	{ "FINGERPRINT", 16 }, { "FORMAT", 0 }, { "EXPIRES (UTC)", 0 },
};

static int get(struct client *c, const struct call *call, struct answer *a)
{
	int status = client_open(c, call, CLIENT_REGISTRY);

	if (status == CLI_OK)
		status = client_call_device(c, "GET", call->argument[0], "?fieldMask=credentials", NULL, a);
	return status;
}

int run_credential_list(struct call *call)
{
	struct client c = { .remote = NULL };
	struct answer a = { 0 };
	struct public_key k;
	char why[PUBLIC_KEY_WHY];
	struct table table;
	const cJSON *one;
	int status = get(&c, call, &a);

	table_init(&table, columns, sizeof columns / sizeof columns[0]);
	cJSON_ArrayForEach(one, json_member(a.json, "credentials")) {
		bool known = public_key_from_json(&k, one, why);

		table_cell(&table, known ? k.fingerprint : why);
		table_cell(&table, json_text(one, "publicKey.format"));
		table_cell(&table, known && k.expires[0] != '\0' ? k.expires : "never");
	}
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		table_show(&table);
	table_free(&table);
	answer_clear(&a);
	client_close(&c);
	return status;
}

/* A copy of the keys in A. */
static cJSON *keys_in(const struct answer *a)
{
	const cJSON *list = json_member(a->json, "credentials");

	return cJSON_IsArray(list) ? json_copy(list) : json_array();
}

/* LIST is the device's from now on. */
static int put(struct client *c, const struct call *call, const cJSON *list, const char *sentence)
{
	cJSON *body = json_object();
	struct answer a = { 0 };
	int status;

	cJSON_AddItemToObject(body, "credentials", json_copy(list));
	status = client_call_device(c, "PATCH", call->argument[0], "?updateMask=credentials", body, &a);
	if (status == CLI_OK && call_has(call, OPT_JSON))
		client_print(&a);
	else if (status == CLI_OK)
		say_note("device %s %s; it has %d now", call->argument[0], sentence, cJSON_GetArraySize(list));
	answer_clear(&a);
	cJSON_Delete(body);
	return status;
}

/* ---- add ------------------------------------------------------------------ */

static bool is_in(const cJSON *list, const char *fingerprint)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		if (public_key_from_json(&k, one, why) && strcmp(k.fingerprint, fingerprint) == 0)
			return true;
	return false;
}

/* Those of ADDED that are new, behind LIST. */
static int append(const struct call *call, cJSON *list, const cJSON *added)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];
	const cJSON *one;

	cJSON_ArrayForEach(one, added) {
		if (!public_key_from_json(&k, one, why))
			return say_error(CLI_USAGE, "%s", why);
		if (is_in(list, k.fingerprint))
			return say_error(CLI_REFUSED, "device %s has the key %.16s already", call->argument[0],
					 k.fingerprint);
		cJSON_AddItemToArray(list, json_copy(one));
	}
	if (cJSON_GetArraySize(list) <= CREDENTIAL_MAX)
		return CLI_OK;
	return say_error(CLI_REFUSED,
			 "device %s would have %d keys, and %d is the most: 'tern credential remove' takes one away",
			 call->argument[0], cJSON_GetArraySize(list), CREDENTIAL_MAX);
}

int run_credential_add(struct call *call)
{
	struct client c = { .remote = NULL };
	struct answer a = { 0 };
	cJSON *added = json_array(), *list = NULL;
	int status = words_keys(call, added);

	if (status == CLI_OK && cJSON_GetArraySize(added) == 0)
		status = say_error(CLI_USAGE, "which key? --key FILE");
	if (status == CLI_OK)
		status = get(&c, call, &a);
	if (status == CLI_OK) {
		list = keys_in(&a);
		status = append(call, list, added);
	}
	if (status == CLI_OK)
		status = put(&c, call, list, "has another key");
	cJSON_Delete(list);
	cJSON_Delete(added);
	answer_clear(&a);
	client_close(&c);
	return status;
}

/* ---- remove --------------------------------------------------------------- */

/* The fingerprint, or the beginning of one, that the option means. */
static int wanted(const struct call *call, size_t i, char digits[CREDENTIAL_FINGERPRINT])
{
	const char *value = call->given[i].value;
	struct public_key k;
	char why[PUBLIC_KEY_WHY];

	if (call->given[i].id == OPT_KEY) {
		if (!public_key_load(&k, value, why))
			return say_error(CLI_USAGE, "--key: %s", why);
		memcpy(digits, k.fingerprint, sizeof k.fingerprint);
		return CLI_OK;
	}
	if (strlen(value) < DIGITS_MIN || strlen(value) >= CREDENTIAL_FINGERPRINT ||
	    strspn(value, "0123456789abcdef") != strlen(value))
		return say_error(CLI_USAGE, "--fingerprint '%.80s' is not %d to %d digits of 0-9 and a-f", value,
				 DIGITS_MIN, CREDENTIAL_FINGERPRINT - 1);
	memcpy(digits, value, strlen(value) + 1);
	return CLI_OK;
}

static int take_away(const struct call *call, cJSON *list, const char *digits)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];
	int found = -1, i = 0;
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		if (public_key_from_json(&k, one, why) && strncmp(k.fingerprint, digits, strlen(digits)) == 0) {
			if (found >= 0)
				return say_error(CLI_USAGE, "%s is the beginning of two keys: give more digits",
						 digits);
			found = i;
		}
		i++;
	}
	if (found < 0)
		return say_error(CLI_REFUSED, "device %s has no key %.16s: 'tern credential list %s' lists them",
				 call->argument[0], digits, call->argument[0]);
	cJSON_DeleteItemFromArray(list, found);
	return CLI_OK;
}

enum { TAKEN = 16 };

/* What CALL wants gone; *COUNT of them. */
static int read_wanted(const struct call *call, char digits[TAKEN][CREDENTIAL_FINGERPRINT], size_t *count)
{
	int status = CLI_OK;

	*count = 0;
	for (size_t i = 0; i < call->given_count && status == CLI_OK; i++) {
		if (call->given[i].id != OPT_KEY && call->given[i].id != OPT_FINGERPRINT)
			continue;
		status = *count < TAKEN ? wanted(call, i, digits[*count])
					: say_error(CLI_USAGE, "no device has so many keys");
		*count += 1;
	}
	if (status == CLI_OK && *count == 0)
		return say_error(CLI_USAGE, "which key? --key FILE, or --fingerprint DIGITS");
	return status;
}

int run_credential_remove(struct call *call)
{
	struct client c = { .remote = NULL };
	struct answer a = { 0 };
	char digits[TAKEN][CREDENTIAL_FINGERPRINT];
	cJSON *list = NULL;
	size_t count;
	int status = read_wanted(call, digits, &count);

	if (status == CLI_OK)
		status = get(&c, call, &a);
	if (status == CLI_OK)
		list = keys_in(&a);
	for (size_t i = 0; i < count && status == CLI_OK; i++)
		status = take_away(call, list, digits[i]);
	if (status == CLI_OK)
		status = put(&c, call, list, "has a key less");
	cJSON_Delete(list);
	answer_clear(&a);
	client_close(&c);
	return status;
}
