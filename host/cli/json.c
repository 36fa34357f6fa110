/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

#include "crypto/base64.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 64 };

/* "publicKey" as "public_key" */
static void snake(const char *camel, char out[2 * NAME_MAX_LEN])
{
	for (; *camel != '\0'; camel++) {
		if (*camel >= 'A' && *camel <= 'Z')
			*out++ = '_';
		*out++ = (char)(*camel >= 'A' && *camel <= 'Z' ? *camel | 0x20 : *camel);
	}
	*out = '\0';
}

const cJSON *json_member(const cJSON *object, const char *path)
{
	char name[NAME_MAX_LEN], other[2 * NAME_MAX_LEN];
	const cJSON *member;
	size_t n;

	for (; object != NULL && *path != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		snprintf(name, sizeof name, "%.*s", (int)n, path);
		snake(name, other);
		member = cJSON_GetObjectItemCaseSensitive(object, name);
		object = member != NULL ? member : cJSON_GetObjectItemCaseSensitive(object, other);
	}
	return object;
}

const char *json_text(const cJSON *object, const char *path)
{
	const cJSON *member = json_member(object, path);

	return cJSON_IsString(member) ? member->valuestring : NULL;
}

bool json_true(const cJSON *object, const char *path)
{
	return cJSON_IsTrue(json_member(object, path));
}

bool json_number(const cJSON *object, const char *path, uint64_t *number)
{
	const cJSON *member = json_member(object, path);
	unsigned long long n;
	char *end;

	if (cJSON_IsNumber(member)) {
		if (member->valuedouble < 0 || member->valuedouble > 9007199254740992.0)
			return false;
		*number = (uint64_t)member->valuedouble;
		return true;
	}
	if (!cJSON_IsString(member) || member->valuestring[0] < '0' || member->valuestring[0] > '9')
		return false;
	errno = 0;
	n = strtoull(member->valuestring, &end, 10);
	if (*end != '\0' || errno != 0)
		return false;
	*number = n;
	return true;
}

bool json_bytes(const cJSON *object, const char *path, struct buffer *out)
{
	const char *text = json_text(object, path);
	struct buffer plain = { 0 };
	size_t len = 0;
	bool ok;

	if (text == NULL)
		return false;
	for (; *text != '\0'; text++)
		if (*text != '=' && *text != '\n' && *text != '\r')
			buffer_char(&plain, *text == '+' ? '-' : *text == '/' ? '_' : *text);
	ok = base64_decode(BASE64_URL, bytes_of(buffer_str(&plain)), buffer_room(out, plain.len), plain.len, &len) ==
	     ERR_OK;
	out->len += ok ? len : 0;
	out->data[out->len] = '\0';
	buffer_free(&plain);
	return ok;
}

/* ---- making --------------------------------------------------------------- */

static void *made(void *p)
{
	if (p != NULL)
		return p;
	fputs("tern: this computer has no memory left\n", stderr);
	exit(EXIT_FAILURE);
}

void json_add_bytes(cJSON *object, const char *name, const void *data, size_t len)
{
	char *text = memory(BASE64_STD_LEN(len) + 1);

	base64_encode(BASE64_STD, data, len, text);
	made(cJSON_AddStringToObject(object, name, text));
	free(text);
}

cJSON *json_object(void)
{
	return made(cJSON_CreateObject());
}

cJSON *json_array(void)
{
	return made(cJSON_CreateArray());
}

char *json_print(const cJSON *value)
{
	return made(cJSON_PrintUnformatted(value));
}

cJSON *json_copy(const cJSON *value)
{
	return made(cJSON_Duplicate(value, true));
}

/* ---- times ---------------------------------------------------------------- */

void json_time(const cJSON *object, const char *path, char out[24])
{
	const char *text = json_text(object, path);

	out[0] = '\0';
	if (text == NULL || strlen(text) < 20 || strspn(text, "0123456789-:.TZ+") != strlen(text) ||
	    strncmp(text, "1970-01-01T00:00:00", 19) == 0)
		return;
	snprintf(out, 24, "%.19sZ", text);
}
