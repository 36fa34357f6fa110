/* SPDX-License-Identifier: Apache-2.0 */
/* rest_model_in.c - the contract's objects from JSON: each object is a table of
 * its members, and every error names the member by its path. */
#include "bridge/rest_model.h"

#include "bridge/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHERE = 192, REGISTRY_CERTIFICATES = 10 };

struct in {
	struct model_error *error;
	char   where[WHERE];             /* "credentials[1].publicKey" */
	char  *change;                   /* for the audit log; NULL: nobody asks */
};

struct member {
	const char *name;
	bool (*read)(struct in *in, const cJSON *item, void *to);    /* NULL: written by the server, passed over */
};

/* ---- Walking -------------------------------------------------------------- */

static bool wrong(struct in *in, const cJSON *item, const char *what)
{
	const char *value = cJSON_IsString(item) && strlen(item->valuestring) <= 64 ? item->valuestring : NULL;

	snprintf(in->error->text, MODEL_ERROR, "%.190s%s%s%s: %.200s.", in->where, value != NULL ? " '" : "",
		 value != NULL ? value : "", value != NULL ? "'" : "", what);
	return false;
}

static size_t enter(struct in *in, const char *name)
{
	size_t n = strlen(in->where);

	snprintf(in->where + n, sizeof in->where - n, "%s%.64s", n > 0 ? "." : "", name);
	return n;
}

static size_t enter_index(struct in *in, size_t index)
{
	size_t n = strlen(in->where);

	snprintf(in->where + n, sizeof in->where - n, "[%zu]", index);
	return n;
}

static bool read_member(struct in *in, const cJSON *item, const struct member *members, void *to, uint32_t *seen)
{
	size_t at = enter(in, item->string), i = 0;
	bool ok = true;

	while (members[i].name != NULL && !json_is(item->string, members[i].name))
		i++;
	if (members[i].name == NULL)
		return wrong(in, NULL, "there is no such member");
	if (*seen & 1u << i)
		return wrong(in, NULL, "stands there twice, in camelCase and in snake_case");
	*seen |= 1u << i;
	if (members[i].read != NULL && !cJSON_IsNull(item))      /* null is as good as not there (proto3) */
		ok = members[i].read(in, item, to);
	if (ok)
		in->where[at] = '\0';
	return ok;
}

/* MEMBERS end with a row without a name; at most 32. */
static bool read_object(struct in *in, const cJSON *object, const struct member *members, void *to)
{
	uint32_t seen = 0;

	if (!cJSON_IsObject(object))
		return wrong(in, object, "is not an object");
	for (const cJSON *item = object->child; item != NULL; item = item->next)
		if (!read_member(in, item, members, to, &seen))
			return false;
	return true;
}

static bool too_many(struct in *in, size_t max)
{
	char what[48];

	snprintf(what, sizeof what, "has more than %zu elements", max);
	return wrong(in, NULL, what);
}

static bool read_array(struct in *in, const cJSON *array, size_t max, void *to,
		       bool (*read)(struct in *in, const cJSON *item, size_t index, void *to))
{
	size_t i = 0;

	if (!cJSON_IsArray(array))
		return wrong(in, array, "is not an array");
	for (const cJSON *item = array->child; item != NULL; item = item->next, i++) {
		size_t at;

		if (i == max)
			return too_many(in, max);
		at = enter_index(in, i);
		if (!read(in, item, i, to))
			return false;
		in->where[at] = '\0';
	}
	return true;
}

/* ---- Values --------------------------------------------------------------- */

static bool read_text(struct in *in, const cJSON *item, char **to)
{
	if (!cJSON_IsString(item))
		return wrong(in, item, "is not a string");
	*to = strdup(item->valuestring);
	return *to != NULL || wrong(in, NULL, "no memory");
}

static bool read_data(struct in *in, const cJSON *item, size_t max, uint8_t **data, size_t *len)
{
	char what[64];

	if (!cJSON_IsString(item))
		return wrong(in, item, "is not a string of base64");
	*data = json_base64_read(item->valuestring, len);
	if (*data == NULL)
		return wrong(in, NULL, "is not base64");
	snprintf(what, sizeof what, "has %zu bytes, at most %zu", *len, max);
	return *len <= max || wrong(in, NULL, what);
}

static bool read_id(struct in *in, const cJSON *item, char to[REGISTRY_ID])
{
	if (!cJSON_IsString(item))
		return wrong(in, item, "is not a string");
	if (strlen(item->valuestring) >= REGISTRY_ID)
		return wrong(in, NULL, "has more than 255 characters");
	strcpy(to, item->valuestring);
	return true;
}

static bool read_level(struct in *in, const cJSON *item, enum registry_level *to)
{
	static const struct { const char *name; enum registry_level level; } rows[] = {
		{ "LOG_LEVEL_UNSPECIFIED", REGISTRY_LEVEL_UNSET }, { "NONE", REGISTRY_LEVEL_NONE },
		{ "ERROR", REGISTRY_LEVEL_ERROR }, { "INFO", REGISTRY_LEVEL_INFO }, { "DEBUG", REGISTRY_LEVEL_DEBUG },
	};
	uint64_t number;
	bool is_number = cJSON_IsNumber(item) && json_to_u64(item, &number);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (is_number ? number == (uint64_t)rows[i].level :
				cJSON_IsString(item) && strcmp(item->valuestring, rows[i].name) == 0) {
			*to = rows[i].level;
			return true;
		}
	}
	return wrong(in, item, "is not NONE, ERROR, INFO or DEBUG");
}

/* ENABLED or DISABLED, with PREFIX before it. */
static bool read_enabled(struct in *in, const cJSON *item, const char *prefix, bool *disabled)
{
	size_t n = strlen(prefix);
	const char *word = "";

	if (cJSON_IsString(item) && strncmp(item->valuestring, prefix, n) == 0)
		word = item->valuestring + n;
	*disabled = strcmp(word, "DISABLED") == 0;
	if (*disabled || strcmp(word, "ENABLED") == 0 || strcmp(word, "STATE_UNSPECIFIED") == 0)
		return true;
	return wrong(in, item, "is neither …_ENABLED nor …_DISABLED");
}

/* ---- Device --------------------------------------------------------------- */

static bool in_format(struct in *in, const cJSON *item, void *to)
{
	struct registry_credential *c = to;

	if (!cJSON_IsString(item) || !credential_format_parse(item->valuestring, &c->format))
		return wrong(in, item, "is not RSA_PEM, RSA_X509_PEM, ES256_PEM or ES256_X509_PEM");
	return true;
}

static bool in_key(struct in *in, const cJSON *item, void *to)
{
	return read_text(in, item, &((struct registry_credential *)to)->pem);
}

/* The contract writes 1970 for never. */
static bool in_expiration(struct in *in, const cJSON *item, void *to)
{
	int64_t ms;

	if (!cJSON_IsString(item) || !json_time_read(item->valuestring, &ms))
		return wrong(in, item, "is not a time as 2030-01-02T03:04:05Z");
	((struct registry_credential *)to)->expires_s = ms == 0 ? CREDENTIAL_NEVER : ms / 1000;
	return true;
}

static bool in_public_key(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = { { "format", in_format }, { "key", in_key }, { NULL, NULL } };
	const struct registry_credential *c = to;
	bool has_format = false;

	if (!read_object(in, item, members, to))
		return false;
	for (const cJSON *m = item->child; m != NULL; m = m->next)
		has_format |= strcmp(m->string, "format") == 0 && !cJSON_IsNull(m);
	if (!has_format || c->pem == NULL)
		return wrong(in, NULL, "needs format and key");
	return true;
}

/* The key as it will be used, to say here what is wrong with it. */
static bool check_key(struct in *in, const struct registry_credential *c)
{
	struct credential parsed;
	char error[CREDENTIAL_ERROR];
	size_t n;

	if (!credential_read(&parsed, c->format, bytes_of(c->pem), error)) {
		enter(in, "publicKey.key");
		for (n = strlen(error); n > 0 && error[n - 1] == '.';)
			error[--n] = '\0';
		return wrong(in, NULL, error);
	}
	if (in->change != NULL) {
		n = strlen(in->change);
		snprintf(in->change + n, MODEL_CHANGE - n, ", key %.16s", parsed.fingerprint);
	}
	credential_free(&parsed);
	return true;
}

static bool in_credential(struct in *in, const cJSON *item, size_t index, void *to)
{
	static const struct member members[] = {
		{ "publicKey", in_public_key }, { "expirationTime", in_expiration }, { NULL, NULL }
	};
	struct registry_device *d = to;
	struct registry_credential *c = &d->credentials[index];

	c->expires_s = CREDENTIAL_NEVER;
	d->credential_count = index + 1;
	if (!read_object(in, item, members, c))
		return false;
	return c->pem != NULL ? check_key(in, c) : wrong(in, NULL, "needs a publicKey");
}

static bool in_credentials(struct in *in, const cJSON *item, void *to)
{
	return read_array(in, item, CREDENTIAL_MAX, to, in_credential);
}

static bool in_device_id(struct in *in, const cJSON *item, void *to)
{
	return read_id(in, item, ((struct registry_device *)to)->id);
}

static bool in_num_id(struct in *in, const cJSON *item, void *to)
{
	return json_to_u64(item, &((struct registry_device *)to)->num_id) || wrong(in, item, "is not a number");
}

static bool in_blocked(struct in *in, const cJSON *item, void *to)
{
	if (!cJSON_IsBool(item))
		return wrong(in, item, "is neither true nor false");
	((struct registry_device *)to)->blocked = cJSON_IsTrue(item);
	return true;
}

static bool in_device_level(struct in *in, const cJSON *item, void *to)
{
	return read_level(in, item, &((struct registry_device *)to)->level);
}

static bool in_metadata(struct in *in, const cJSON *item, void *to)
{
	struct registry_device *d = to;

	if (!cJSON_IsObject(item))
		return wrong(in, item, "is not an object");
	for (const cJSON *m = item->child; m != NULL; m = m->next) {
		size_t at = enter(in, m->string);

		if (!cJSON_IsString(m))
			return wrong(in, m, "is not a string");
		in->where[at] = '\0';
	}
	d->metadata = cJSON_PrintUnformatted(item);
	return d->metadata != NULL || wrong(in, NULL, "no memory");
}

static bool in_config_data(struct in *in, const cJSON *item, void *to)
{
	struct registry_device *d = to;

	return read_data(in, item, REGISTRY_DATA_MAX, &d->config.data, &d->config.len);
}

static bool in_device_config(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = {
		{ "binaryData", in_config_data }, { "version", NULL }, { "cloudUpdateTime", NULL },
		{ "deviceAckTime", NULL }, { NULL, NULL }
	};

	return read_object(in, item, members, to);
}

static bool in_gateway_type(struct in *in, const cJSON *item, void *to)
{
	(void)to;
	if (cJSON_IsString(item) && strcmp(item->valuestring, "GATEWAY") == 0) {
		in->error->later = true;
		return wrong(in, item, "gateways are not part of this bridge yet");
	}
	return cJSON_IsString(item) || wrong(in, item, "is not a string");
}

static bool in_gateway(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = {
		{ "gatewayType", in_gateway_type }, { "gatewayAuthMethod", NULL }, { "lastAccessedGatewayId", NULL },
		{ "lastAccessedGatewayTime", NULL }, { NULL, NULL }
	};

	return read_object(in, item, members, to);
}

bool model_read_device(const cJSON *json, struct registry_device *device, char change[MODEL_CHANGE],
		       struct model_error *error)
{
	static const struct member members[] = {
		{ "id", in_device_id }, { "numId", in_num_id }, { "blocked", in_blocked },
		{ "logLevel", in_device_level }, { "metadata", in_metadata }, { "credentials", in_credentials },
		{ "config", in_device_config }, { "gatewayConfig", in_gateway },
		{ "name", NULL }, { "state", NULL }, { "lastHeartbeatTime", NULL }, { "lastEventTime", NULL },
		{ "lastStateTime", NULL }, { "lastConfigAckTime", NULL }, { "lastConfigSendTime", NULL },
		{ "lastErrorTime", NULL }, { "lastErrorStatus", NULL }, { "errorCount", NULL },
		{ "lastDiagnosis", NULL }, { NULL, NULL }
	};
	struct in in = { .error = error, .change = change };

	*device = (struct registry_device){ .id = "" };
	*error = (struct model_error){ "", false };
	if (read_object(&in, json, members, device))
		return true;
	device_clear(device);
	return false;
}

/* ---- Registry ------------------------------------------------------------- */

struct registry_in { struct registry_info *info; cJSON *extra; };

static bool in_registry_id(struct in *in, const cJSON *item, void *to)
{
	return read_id(in, item, ((struct registry_in *)to)->info->id);
}

static bool in_registry_level(struct in *in, const cJSON *item, void *to)
{
	return read_level(in, item, &((struct registry_in *)to)->info->level);
}

static bool in_mqtt_state(struct in *in, const cJSON *item, void *to)
{
	return read_enabled(in, item, "MQTT_", &((struct registry_in *)to)->info->mqtt_disabled);
}

static bool in_http_state(struct in *in, const cJSON *item, void *to)
{
	return read_enabled(in, item, "HTTP_", &((struct registry_in *)to)->info->http_disabled);
}

static bool in_mqtt(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = { { "mqttEnabledState", in_mqtt_state }, { NULL, NULL } };

	return read_object(in, item, members, to);
}

static bool in_http(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = { { "httpEnabledState", in_http_state }, { NULL, NULL } };

	return read_object(in, item, members, to);
}

/* ---- Registry: what is kept as it was given, in camelCase ------------------ */

static bool keep_text(struct in *in, const cJSON *item, cJSON *to, const char *name)
{
	if (!cJSON_IsString(item))
		return wrong(in, item, "is not a string");
	return cJSON_AddStringToObject(to, name, item->valuestring) != NULL || wrong(in, NULL, "no memory");
}

static bool in_subfolder(struct in *in, const cJSON *item, void *to)
{
	return keep_text(in, item, to, "subfolderMatches");
}

static bool in_topic(struct in *in, const cJSON *item, void *to)
{
	return keep_text(in, item, to, "pubsubTopicName");
}

static bool in_certificate_format(struct in *in, const cJSON *item, void *to)
{
	if (!cJSON_IsString(item) || strcmp(item->valuestring, "X509_CERTIFICATE_PEM") != 0)
		return wrong(in, item, "is not X509_CERTIFICATE_PEM");
	return keep_text(in, item, to, "format");
}

static bool in_certificate(struct in *in, const cJSON *item, void *to)
{
	return keep_text(in, item, to, "certificate");
}

static bool in_public_key_certificate(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = {
		{ "format", in_certificate_format }, { "certificate", in_certificate }, { "x509Details", NULL },
		{ NULL, NULL }
	};
	cJSON *kept = cJSON_AddObjectToObject(to, "publicKeyCertificate");

	return kept != NULL && read_object(in, item, members, kept);
}

static bool in_topic_config(struct in *in, const cJSON *item, size_t index, void *to)
{
	static const struct member members[] = {
		{ "subfolderMatches", in_subfolder }, { "pubsubTopicName", in_topic }, { NULL, NULL }
	};
	cJSON *kept = cJSON_CreateObject();

	(void)index;
	cJSON_AddItemToArray(to, kept);
	return kept != NULL && read_object(in, item, members, kept);
}

static bool in_registry_credential(struct in *in, const cJSON *item, size_t index, void *to)
{
	static const struct member members[] = {
		{ "publicKeyCertificate", in_public_key_certificate }, { NULL, NULL }
	};
	cJSON *kept = cJSON_CreateObject();

	(void)index;
	cJSON_AddItemToArray(to, kept);
	return kept != NULL && read_object(in, item, members, kept);
}

static bool in_event_configs(struct in *in, const cJSON *item, void *to)
{
	cJSON *kept = cJSON_AddArrayToObject(((struct registry_in *)to)->extra, "eventNotificationConfigs");

	return kept != NULL && read_array(in, item, 10, kept, in_topic_config);
}

static bool in_state_config(struct in *in, const cJSON *item, void *to)
{
	static const struct member members[] = { { "pubsubTopicName", in_topic }, { NULL, NULL } };
	cJSON *kept = cJSON_AddObjectToObject(((struct registry_in *)to)->extra, "stateNotificationConfig");

	return kept != NULL && read_object(in, item, members, kept);
}

static bool in_registry_credentials(struct in *in, const cJSON *item, void *to)
{
	cJSON *kept = cJSON_AddArrayToObject(((struct registry_in *)to)->extra, "credentials");

	return kept != NULL && read_array(in, item, REGISTRY_CERTIFICATES, kept, in_registry_credential);
}

bool model_read_registry(const cJSON *json, struct registry_info *info, struct model_error *error)
{
	static const struct member members[] = {
		{ "id", in_registry_id }, { "name", NULL }, { "logLevel", in_registry_level },
		{ "mqttConfig", in_mqtt }, { "httpConfig", in_http },
		{ "eventNotificationConfigs", in_event_configs }, { "stateNotificationConfig", in_state_config },
		{ "credentials", in_registry_credentials }, { NULL, NULL }
	};
	struct in in = { .error = error };
	struct registry_in to = { info, cJSON_CreateObject() };
	bool ok;

	*info = (struct registry_info){ .id = "" };
	*error = (struct model_error){ "No memory.", false };
	ok = to.extra != NULL && read_object(&in, json, members, &to);
	if (ok && to.extra->child != NULL) {
		info->extra = cJSON_PrintUnformatted(to.extra);
		ok = info->extra != NULL;
	}
	cJSON_Delete(to.extra);
	return ok;
}

/* ---- Bodies of the two verbs ---------------------------------------------- */

static bool in_version(struct in *in, const cJSON *item, void *to)
{
	struct model_config *c = to;

	return (json_to_u64(item, &c->version) && c->version <= INT64_MAX) || wrong(in, item, "is not a version");
}

static bool in_new_config(struct in *in, const cJSON *item, void *to)
{
	struct model_config *c = to;

	return read_data(in, item, REGISTRY_DATA_MAX, &c->data, &c->len);
}

bool model_read_config(const cJSON *json, struct model_config *config, struct model_error *error)
{
	static const struct member members[] = {
		{ "versionToUpdate", in_version }, { "binaryData", in_new_config }, { NULL, NULL }
	};
	struct in in = { .error = error };

	*config = (struct model_config){ 0, NULL, 0 };
	*error = (struct model_error){ "", false };
	if (read_object(&in, json, members, config))
		return true;
	free(config->data);
	return false;
}

static bool in_command_data(struct in *in, const cJSON *item, void *to)
{
	struct model_command *c = to;

	return read_data(in, item, REST_COMMAND_MAX, &c->data, &c->len);
}

static bool in_command_subfolder(struct in *in, const cJSON *item, void *to)
{
	struct model_command *c = to;

	if (!read_text(in, item, &c->subfolder))
		return false;
	if (strlen(c->subfolder) > 256)
		return wrong(in, NULL, "has more than 256 bytes");
	if (strpbrk(c->subfolder, "+#") != NULL)
		return wrong(in, item, "may not hold '+' or '#'");
	return true;
}

bool model_read_command(const cJSON *json, struct model_command *command, struct model_error *error)
{
	static const struct member members[] = {
		{ "binaryData", in_command_data }, { "subfolder", in_command_subfolder }, { NULL, NULL }
	};
	struct in in = { .error = error };

	*command = (struct model_command){ NULL, NULL, 0 };
	*error = (struct model_error){ "", false };
	if (read_object(&in, json, members, command))
		return true;
	free(command->data);
	free(command->subfolder);
	return false;
}
