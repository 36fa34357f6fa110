/* SPDX-License-Identifier: Apache-2.0 */
/* rest_model_out.c - the contract's objects to JSON, and the masks that choose
 * their members. */
#include "bridge/rest_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Values --------------------------------------------------------------- */

static void add_time(cJSON *o, const char *name, int64_t ms)
{
	char text[JSON_TIME];

	if (ms > 0)
		cJSON_AddStringToObject(o, name, json_time(text, ms));
}

static void add_data(cJSON *o, const char *name, const uint8_t *data, size_t len)
{
	char *text = json_base64(data, len);

	if (text != NULL)
		cJSON_AddStringToObject(o, name, text);
	free(text);
}

static const char *level_name(enum registry_level level)
{
	switch (level) {
	case REGISTRY_LEVEL_NONE:
		return "NONE";
	case REGISTRY_LEVEL_ERROR:
		return "ERROR";
	case REGISTRY_LEVEL_INFO:
		return "INFO";
	case REGISTRY_LEVEL_DEBUG:
		return "DEBUG";
	case REGISTRY_LEVEL_UNSET:
		break;
	}
	return "LOG_LEVEL_UNSPECIFIED";
}

static void add_level(cJSON *o, enum registry_level level)
{
	if (level != REGISTRY_LEVEL_UNSET)
		cJSON_AddStringToObject(o, "logLevel", level_name(level));
}

/* JSON as it is stored, which was checked when it was written. */
static void add_kept(cJSON *o, const char *name, const char *json)
{
	cJSON *item = json != NULL ? cJSON_Parse(json) : NULL;

	if (item != NULL)
		cJSON_AddItemToObject(o, name, item);
}

/* ---- Registry ------------------------------------------------------------- */

cJSON *model_registry(struct registry_path in, const struct registry_info *info)
{
	cJSON *o = info->extra != NULL ? cJSON_Parse(info->extra) : cJSON_CreateObject();
	char name[4 * REGISTRY_ID];

	if (o == NULL)
		return NULL;
	snprintf(name, sizeof name, "projects/%.255s/locations/%.255s/registries/%.255s", in.project, in.location,
		 info->id);
	cJSON_AddStringToObject(o, "id", info->id);
	cJSON_AddStringToObject(o, "name", name);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "mqttConfig"), "mqttEnabledState",
				info->mqtt_disabled ? "MQTT_DISABLED" : "MQTT_ENABLED");
	cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "httpConfig"), "httpEnabledState",
				info->http_disabled ? "HTTP_DISABLED" : "HTTP_ENABLED");
	add_level(o, info->level);
	return o;
}

/* ---- Device --------------------------------------------------------------- */

cJSON *model_config(const struct registry_config *config)
{
	cJSON *o = cJSON_CreateObject();

	json_add_u64(o, "version", config->version);
	add_time(o, "cloudUpdateTime", config->cloud_update_ms);
	add_time(o, "deviceAckTime", config->device_ack_ms);
	add_data(o, "binaryData", config->data, config->len);
	return o;
}

cJSON *model_state(const struct registry_state *state)
{
	cJSON *o = cJSON_CreateObject();

	add_time(o, "updateTime", state->update_ms);
	add_data(o, "binaryData", state->data, state->len);
	return o;
}

static void add_credential(cJSON *array, const struct registry_credential *c)
{
	cJSON *o = cJSON_CreateObject(), *key = cJSON_AddObjectToObject(o, "publicKey");
	char text[JSON_TIME];

	cJSON_AddStringToObject(key, "format", credential_format_name(c->format));
	cJSON_AddStringToObject(key, "key", c->pem);
	cJSON_AddStringToObject(o, "expirationTime",
				json_time(text, c->expires_s == CREDENTIAL_NEVER ? 0 : c->expires_s * 1000));
	cJSON_AddItemToArray(array, o);
}

static void out_name(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	char name[4 * REGISTRY_ID];

	snprintf(name, sizeof name, "projects/%.255s/locations/%.255s/registries/%.255s/devices/%" PRIu64, in.project,
		 in.location, in.registry, d->num_id);
	cJSON_AddStringToObject(o, "name", name);
}

static void out_credentials(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	cJSON *array = cJSON_AddArrayToObject(o, "credentials");

	(void)in;
	for (size_t i = 0; array != NULL && i < d->credential_count; i++)
		add_credential(array, &d->credentials[i]);
}

static void out_blocked(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	cJSON_AddBoolToObject(o, "blocked", d->blocked);
}

static void out_level(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_level(o, d->level);
}

static void out_metadata(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_kept(o, "metadata", d->metadata);
}

static void out_config(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	if (d->config.version > 0)
		cJSON_AddItemToObject(o, "config", model_config(&d->config));
}

static void out_state(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	if (d->state.data != NULL)
		cJSON_AddItemToObject(o, "state", model_state(&d->state));
}

static void out_heartbeat(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_time(o, "lastHeartbeatTime", d->heartbeat_ms);
}

static void out_event(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_time(o, "lastEventTime", d->event_ms);
}

static void out_state_time(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_time(o, "lastStateTime", d->state_ms);
}

static void out_config_ack(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_time(o, "lastConfigAckTime", d->config_ack_ms);
}

static void out_config_send(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_time(o, "lastConfigSendTime", d->config_send_ms);
}

static void out_error_time(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	add_time(o, "lastErrorTime", d->error_ms);
}

static void out_error(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	cJSON *status = d->error_ms > 0 ? cJSON_AddObjectToObject(o, "lastErrorStatus") : NULL;

	(void)in;
	if (status == NULL)
		return;
	cJSON_AddNumberToObject(status, "code", d->error_code);
	cJSON_AddStringToObject(status, "message", d->error_text != NULL ? d->error_text : "");
}

static void out_error_count(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	(void)in;
	if (d->error_count > 0)
		json_add_u64(o, "errorCount", d->error_count);
}

/* Its own words about its last failure, of which the bridge saw nothing. */
static void out_diagnosis(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	const struct registry_diagnosis *told = &d->diagnosis;
	cJSON *diagnosis = told->told_ms > 0 ? cJSON_AddObjectToObject(o, "lastDiagnosis") : NULL;

	(void)in;
	if (diagnosis == NULL)
		return;
	cJSON_AddStringToObject(diagnosis, "code", told->code != NULL ? told->code : "");
	add_time(diagnosis, "time", told->told_ms);
	add_time(diagnosis, "deviceTime", told->at_ms);
	cJSON_AddNumberToObject(diagnosis, "times", told->times);
	cJSON_AddStringToObject(diagnosis, "line", told->line != NULL ? told->line : "");
}

/* There are no gateways yet. */
static void out_gateway(cJSON *o, struct registry_path in, const struct registry_device *d)
{
	cJSON *gateway = cJSON_AddObjectToObject(o, "gatewayConfig");

	(void)in;
	(void)d;
	cJSON_AddStringToObject(gateway, "gatewayType", "NON_GATEWAY");
}

/* The members beside id and numId: what a mask calls them, what the registry has to read (DEVICE_…), and who writes. */
static const struct out_member {
	const char *name;
	unsigned    part;
	void      (*write)(cJSON *o, struct registry_path in, const struct registry_device *d);
} out_members[] = {
	{ "name",               0,                  out_name        },
	{ "credentials",        DEVICE_CREDENTIALS, out_credentials },
	{ "lastHeartbeatTime",  DEVICE_TIMES,       out_heartbeat   },
	{ "lastEventTime",      DEVICE_TIMES,       out_event       },
	{ "lastStateTime",      DEVICE_TIMES,       out_state_time  },
	{ "lastConfigAckTime",  DEVICE_TIMES,       out_config_ack  },
	{ "lastConfigSendTime", DEVICE_TIMES,       out_config_send },
	{ "blocked",            DEVICE_BLOCKED,     out_blocked     },
	{ "lastErrorTime",      DEVICE_TIMES,       out_error_time  },
	{ "lastErrorStatus",    DEVICE_TIMES,       out_error       },
	{ "errorCount",         DEVICE_TIMES,       out_error_count },
	{ "lastDiagnosis",      DEVICE_TIMES,       out_diagnosis   },
	{ "config",             DEVICE_CONFIG,      out_config      },
	{ "state",              DEVICE_STATE,       out_state       },
	{ "logLevel",           DEVICE_LEVEL,       out_level       },
	{ "metadata",           DEVICE_METADATA,    out_metadata    },
	{ "gatewayConfig",      0,                  out_gateway     },
};

enum { OUT_MEMBERS = sizeof out_members / sizeof out_members[0] };

cJSON *model_device(struct registry_path in, const struct registry_device *device, uint32_t fields)
{
	cJSON *o = cJSON_CreateObject();

	if (o == NULL)
		return NULL;
	cJSON_AddStringToObject(o, "id", device->id);
	json_add_u64(o, "numId", device->num_id);
	for (size_t i = 0; i < OUT_MEMBERS; i++)
		if (fields & 1u << i)
			out_members[i].write(o, in, device);
	return o;
}

/* ---- Messages and log entries --------------------------------------------- */

cJSON *model_message(const struct message_row *row)
{
	cJSON *o = cJSON_CreateObject(), *attributes;

	json_add_u64(o, "cursor", row->cursor);
	cJSON_AddStringToObject(o, "kind", row->kind == SINK_STATE ? "state" : "event");
	add_time(o, "publishTime", row->at_ms);
	add_data(o, "data", row->payload, row->len);
	cJSON_AddNumberToObject(o, "qos", row->qos);
	if (row->dup)
		cJSON_AddTrueToObject(o, "duplicate");
	attributes = cJSON_AddObjectToObject(o, "attributes");
	cJSON_AddStringToObject(attributes, "deviceId", row->device);
	json_add_u64(attributes, "deviceNumId", row->num_id);
	cJSON_AddStringToObject(attributes, "deviceRegistryId", row->registry);
	cJSON_AddStringToObject(attributes, "deviceRegistryLocation", row->location);
	cJSON_AddStringToObject(attributes, "projectId", row->project);
	if (row->subfolder != NULL && row->subfolder[0] != '\0')
		cJSON_AddStringToObject(attributes, "subFolder", row->subfolder);
	return o;
}

cJSON *model_log_entry(const struct registry_log_row *row)
{
	cJSON *o = cJSON_CreateObject();

	json_add_u64(o, "cursor", row->cursor);
	add_time(o, "timestamp", row->at_ms);
	cJSON_AddStringToObject(o, "severity", level_name(row->severity));
	cJSON_AddStringToObject(o, "deviceId", row->device);
	add_kept(o, "entry", row->json);
	return o;
}

/* ---- Masks ---------------------------------------------------------------- */

/* The next name of a mask, up to ','; "mqttConfig.mqttEnabledState" and "mqtt_config" are "mqttConfig". */
static bool next_name(const char **mask, char name[64])
{
	size_t len = strcspn(*mask, ","), top = strcspn(*mask, ",.");

	if (**mask == '\0')
		return false;
	snprintf(name, 64, "%.*s", (int)(top < 63 ? top : 63), *mask);
	*mask += len + ((*mask)[len] == ',');
	return true;
}

static bool wrong(struct model_error *error, const char *mask, const char *name, const char *what)
{
	*error = (struct model_error){ "", false };
	snprintf(error->text, sizeof error->text, "%s: '%s' %s.", mask, name, what);
	return false;
}

/* What update masks call it, and its bit. */
struct mask_row { const char *name; unsigned bit; };

static bool read_mask(const char *mask, const struct mask_row *rows, const char *may_be, unsigned *bits,
		      struct model_error *error)
{
	const char *rest = mask != NULL ? mask : "";
	char name[64];

	*bits = 0;
	while (next_name(&rest, name)) {
		size_t i = 0;

		while (rows[i].name != NULL && !json_is(name, rows[i].name))
			i++;
		if (rows[i].name == NULL)
			return wrong(error, "updateMask", name, may_be);
		*bits |= rows[i].bit;
	}
	return *bits != 0 || wrong(error, "updateMask", mask != NULL ? mask : "", "names nothing to be changed");
}

bool model_device_update_mask(const char *mask, unsigned *parts, struct model_error *error)
{
	static const struct mask_row rows[] = {
		{ "blocked", DEVICE_BLOCKED }, { "credentials", DEVICE_CREDENTIALS }, { "logLevel", DEVICE_LEVEL },
		{ "metadata", DEVICE_METADATA }, { NULL, 0 }
	};

	return read_mask(mask, rows, "cannot be changed; blocked, credentials, logLevel and metadata can", parts,
			 error);
}

/* Member NAME of FROM takes the place of that of TO; not in FROM: of none. */
static void take_member(cJSON *to, cJSON *from, const char *name)
{
	cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(from, name);

	cJSON_DeleteItemFromObjectCaseSensitive(to, name);
	if (item != NULL)
		cJSON_AddItemToObject(to, name, item);
}

enum { SET_EVENTS = 1, SET_STATE = 2, SET_CREDENTIALS = 4, SET_MQTT = 8, SET_HTTP = 16, SET_LEVEL = 32 };

static bool merge_extra(unsigned bits, struct registry_info *old, const struct registry_info *info)
{
	cJSON *to = old->extra != NULL ? cJSON_Parse(old->extra) : cJSON_CreateObject();
	cJSON *from = info->extra != NULL ? cJSON_Parse(info->extra) : cJSON_CreateObject();
	char *text = NULL;

	if (to != NULL && from != NULL) {
		if (bits & SET_EVENTS)
			take_member(to, from, "eventNotificationConfigs");
		if (bits & SET_STATE)
			take_member(to, from, "stateNotificationConfig");
		if (bits & SET_CREDENTIALS)
			take_member(to, from, "credentials");
		text = cJSON_PrintUnformatted(to);
	}
	cJSON_Delete(to);
	cJSON_Delete(from);
	if (text == NULL)
		return false;
	free(old->extra);
	old->extra = text;
	return true;
}

bool model_merge_registry(const char *mask, struct registry_info *old, struct registry_info *info,
			  struct model_error *error)
{
	static const struct mask_row rows[] = {
		{ "eventNotificationConfigs", SET_EVENTS }, { "stateNotificationConfig", SET_STATE },
		{ "credentials", SET_CREDENTIALS }, { "mqttConfig", SET_MQTT }, { "httpConfig", SET_HTTP },
		{ "logLevel", SET_LEVEL }, { NULL, 0 }
	};
	unsigned bits;

	if (!read_mask(mask, rows, "cannot be changed; eventNotificationConfigs, stateNotificationConfig, mqttConfig, "
				   "httpConfig, logLevel and credentials can", &bits, error))
		return false;
	if (bits & SET_MQTT)
		old->mqtt_disabled = info->mqtt_disabled;
	if (bits & SET_HTTP)
		old->http_disabled = info->http_disabled;
	if (bits & SET_LEVEL)
		old->level = info->level;
	if (merge_extra(bits, old, info))
		return true;
	*error = (struct model_error){ "No memory.", false };
	return false;
}

bool model_device_fields(const char *mask, uint32_t *fields, unsigned *parts, struct model_error *error)
{
	const char *rest = mask != NULL ? mask : "";
	char name[64];

	*fields = mask != NULL ? MODEL_DEVICE_BRIEF : (1u << OUT_MEMBERS) - 1;
	*parts = mask != NULL ? 0 : DEVICE_ALL;
	while (next_name(&rest, name)) {
		size_t i = 0;

		while (i < OUT_MEMBERS && !json_is(name, out_members[i].name))
			i++;
		if (i < OUT_MEMBERS) {
			*fields |= 1u << i;
			*parts |= out_members[i].part;
		} else if (!json_is(name, "id") && !json_is(name, "numId")) {
			return wrong(error, "fieldMask", name, "is no member of a device");
		}
	}
	return true;
}
