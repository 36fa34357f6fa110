/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/enroll.h"

#include "cli/json.h"
#include "cli/public_key.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int enroll_open(struct client *bridge, const struct client_place *place)
{
	struct answer a = { 0 };
	int status = client_open_at(bridge, place, CLIENT_BRIDGE);

	if (status == CLI_OK)
		status = client_call(bridge, "GET", CLIENT_ALL_REGISTRIES "?pageSize=1", NULL, &a);
	answer_clear(&a);
	return status;
}

static bool fail(struct board *b, enum board_outcome outcome, const char *format, ...)
{
	static const char left[] =
		"; the board has everything, and is not started; the same command again goes on from there";
	va_list args;
	size_t n;

	va_start(args, format);
	vsnprintf(b->why, sizeof b->why - sizeof left, format, args);
	va_end(args);
	n = strlen(b->why);
	snprintf(b->why + n, sizeof b->why - n, "%s", left);
	b->outcome = outcome;
	return false;
}

static bool refused(struct board *b, const struct answer *a)
{
	switch (a->result) {
	case REMOTE_INTERRUPTED:
		return fail(b, BOARD_INTERRUPTED, "%s", a->why);
	case REMOTE_UNREACHABLE:
		return fail(b, BOARD_NO_BRIDGE, "not registered: %s", a->why);
	case REMOTE_OK:
	case REMOTE_REFUSED:
		break;
	}
	return fail(b, BOARD_REFUSED, "not registered: %.400s", a->why);
}

static enum remote_result call(struct client *c, const char *method, const struct board *b, const char *suffix,
			       const cJSON *body, struct answer *a)
{
	struct buffer path = { 0 };
	char *text = body != NULL ? json_print(body) : NULL;
	enum remote_result result;

	if (strcmp(method, "POST") == 0)
		client_devices(c, &path);
	else
		client_device(c, &path, b->device);
	buffer_text(&path, suffix);
	result = remote_call(c->remote, method, path.data, text, REMOTE_CALL_S, a);
	free(text);
	buffer_free(&path);
	return result;
}

static bool has_key(const cJSON *list, const struct public_key *k)
{
	struct public_key other;
	char why[PUBLIC_KEY_WHY];
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		if (public_key_from_json(&other, one, why) && strcmp(other.fingerprint, k->fingerprint) == 0)
			return true;
	return false;
}

/* The key behind those that the device has at the bridge. */
static bool add_key(struct client *c, struct board *b, const struct public_key *k, const cJSON *there)
{
	cJSON *body = json_object(), *list = cJSON_IsArray(there) ? json_copy(there) : json_array();
	struct answer a = { 0 };
	int count = cJSON_GetArraySize(list);
	bool ok;

	cJSON_AddItemToArray(list, public_key_to_json(k));
	cJSON_AddItemToObject(body, "credentials", list);
	if (count >= CREDENTIAL_MAX)
		ok = fail(b, BOARD_REFUSED,
			  "not registered: '%.80s' has %d other keys already; 'tern credential remove' takes "
			  "one away",
			  b->device, count);
	else
		ok = call(c, "PATCH", b, "?updateMask=credentials", body, &a) == REMOTE_OK || refused(b, &a);
	if (ok)
		say_note("%-10s key %.16s added at the bridge; '%s' has %d now", "register", k->fingerprint, b->device,
			 count + 1);
	answer_clear(&a);
	cJSON_Delete(body);
	return ok;
}

/* The device is there: is its key? */
static bool match_device(struct client *c, struct board *b, const struct public_key *k)
{
	struct answer a = { 0 };
	bool ok = call(c, "GET", b, "", NULL, &a) == REMOTE_OK || refused(b, &a);

	if (ok && json_true(a.json, "blocked"))
		say_note("%-10s '%s' is blocked at the bridge: 'tern device unblock'", "register", b->device);
	if (ok && has_key(json_member(a.json, "credentials"), k))
		say_note("%-10s '%s' is known with this key already", "register", b->device);
	else if (ok)
		ok = add_key(c, b, k, json_member(a.json, "credentials"));
	answer_clear(&a);
	return ok;
}

static bool create_device(struct client *c, struct board *b, const struct public_key *k)
{
	cJSON *body = json_object();
	struct answer a = { 0 };
	bool ok;

	cJSON_AddStringToObject(body, "id", b->device);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(body, "credentials"), public_key_to_json(k));
	(void)call(c, "POST", b, "", body, &a);
	cJSON_Delete(body);
	if (a.result == REMOTE_REFUSED && a.http == 409) {
		answer_clear(&a);
		return match_device(c, b, k);
	}
	ok = a.result == REMOTE_OK || refused(b, &a);
	if (ok)
		say_note("%-10s '%s' is known at the bridge, key %.16s", "register", b->device, k->fingerprint);
	answer_clear(&a);
	return ok;
}

bool enroll_board(struct client *bridge, struct board *b)
{
	struct client there = { .remote = bridge->remote, .project = b->project, .region = b->region,
				.registry = b->registry };
	struct public_key k;
	char why[PUBLIC_KEY_WHY];

	if (!public_key_read(&k, b->public_pem, why))
		return fail(b, BOARD_REFUSED, "not registered: %.400s", why);
	return create_device(&there, b, &k);
}
