/* SPDX-License-Identifier: Apache-2.0 */
/* rest_device.c - projects.locations.registries.devices */
#include "bridge/rest_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 };

static struct registry *store(const struct rest_call *c)
{
	return c->rest->cfg.registry;
}

/* Read the device of the path, which may have named it by number: the name is by id from then on.
 * False: refused; true: device_clear() it. */
static bool find_device(struct rest_call *c, struct registry_device *device)
{
	enum registry_result result;

	memset(device, 0, sizeof *device);
	result = device_get(store(c), c->name, device);
	if (result != REGISTRY_OK) {
		rest_refuse_registry(c->x, result);
		return false;
	}
	c->name.device = strcpy(c->device, device->id);
	return true;
}

/* DEVICE's log is to keep what was changed. */
static void kept_in_log(struct rest_call *c, const char *device)
{
	struct registry_login login;

	memset(&login, 0, sizeof login);
	if (login_get(store(c), (struct registry_device_path){ c->name.in, device }, &login) != REGISTRY_OK)
		return;
	c->x->device_key = login.key;
	login_clear(&login);
}

static void answer_device(struct rest_call *c, const char *id, uint32_t fields)
{
	struct registry_device device;

	c->name.device = id;
	if (!find_device(c, &device))
		return;
	rest_answer(c->x, model_device(c->name.in, &device, fields));
	device_clear(&device);
}

void rest_get_device(struct rest_call *c)
{
	struct model_error error;
	uint32_t fields;
	unsigned parts;

	if (!model_device_fields(query_get(&c->query, "fieldMask"), &fields, &parts, &error))
		rest_refuse_model(c->x, &error);
	else
		answer_device(c, c->name.device, fields);
}

/* ---- List ----------------------------------------------------------------- */

struct listing {
	struct device_filter filter;
	uint32_t    fields;
	uint64_t    left;
	char        last[REGISTRY_ID];
	bool        more;
	struct json_text page;
};

/* DEVICES to the page; true: all of them had room. */
static bool add_devices(struct listing *l, struct registry_path in, struct registry_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cJSON *json;

		if (l->page.len >= REST_PAGE_BYTES || l->page.failed)
			return false;
		json = model_device(in, &devices[i], l->fields);
		json_add_text(&l->page, ",", l->page.text[l->page.len - 1] != '[');
		json_add_json(&l->page, json);
		cJSON_Delete(json);
		strcpy(l->last, devices[i].id);
		l->left--;
	}
	return true;
}

/* A few devices at a time, so that a page of large ones is not held whole. */
static enum registry_result fill_page(struct rest_call *c, struct listing *l)
{
	struct registry_device *devices = calloc(BATCH, sizeof *devices);
	enum registry_result result = devices != NULL ? REGISTRY_OK : REGISTRY_FULL;
	bool room = true;

	l->more = true;
	while (result == REGISTRY_OK && l->left > 0 && l->more && room) {
		size_t found = 0;

		memset(devices, 0, BATCH * sizeof *devices);
		result = device_list(store(c), c->name.in, &l->filter, l->last[0] != '\0' ? l->last : NULL, devices,
				     l->left < BATCH ? (size_t)l->left : BATCH, &found, &l->more);
		if (result != REGISTRY_OK)
			break;
		room = add_devices(l, c->name.in, devices, found);
		l->more |= !room;
		for (size_t i = 0; i < found; i++)
			device_clear(&devices[i]);
	}
	free(devices);
	return result;
}

/* The repeated ids and numbers of the query; COUNT rows at most.  False: refused. */
static bool read_filter(struct rest_call *c, const char **ids, uint64_t *numbers, struct device_filter *filter)
{
	for (size_t i = 0; i < c->query.count; i++) {
		const struct param *p = &c->query.param[i];

		if (strcmp(p->name, "deviceIds") == 0)
			ids[filter->id_count++] = p->value;
		else if (strcmp(p->name, "deviceNumIds") == 0 &&
			 !json_text_to_u64(p->value, UINT64_MAX, &numbers[filter->num_id_count++])) {
			rest_refuse_with(c->x, REST_INVALID, "deviceNumIds: '%.64s' is not a number.", p->value);
			return false;
		}
	}
	filter->ids = filter->id_count > 0 ? ids : NULL;
	filter->num_ids = filter->num_id_count > 0 ? numbers : NULL;
	return true;
}

static void list_devices(struct rest_call *c, struct listing *l)
{
	struct registry_info info = { .id = "" };
	enum registry_result result = registry_get(store(c), c->name.in, &info);

	registry_info_clear(&info);
	if (result == REGISTRY_OK)
		result = fill_page(c, l);
	if (result == REGISTRY_OK) {
		rest_page_end(c->x, &l->page, l->last, l->more);
		return;
	}
	json_text_free(&l->page);
	rest_refuse_registry(c->x, result);
}

/* There are no gateways: the list of them is empty, all devices are something else.  False: answered. */
static bool gateway_options(struct rest_call *c)
{
	const char *type = query_get(&c->query, "gatewayListOptions.gatewayType");

	if (query_get(&c->query, "gatewayListOptions.associationsGatewayId") != NULL ||
	    query_get(&c->query, "gatewayListOptions.associationsDeviceId") != NULL) {
		rest_refuse_with(c->x, REST_UNIMPLEMENTED, "gatewayListOptions: gateways are not part of this bridge "
							   "yet.");
		return false;
	}
	if (type == NULL || strcmp(type, "NON_GATEWAY") == 0 || strcmp(type, "GATEWAY_TYPE_UNSPECIFIED") == 0)
		return true;
	if (strcmp(type, "GATEWAY") == 0)
		rest_answer(c->x, cJSON_CreateObject());
	else
		rest_refuse_with(c->x, REST_INVALID, "gatewayListOptions.gatewayType: '%.64s' is neither GATEWAY nor "
						     "NON_GATEWAY.", type);
	return false;
}

void rest_list_devices(struct rest_call *c)
{
	const char *mask = query_get(&c->query, "fieldMask");
	struct listing l = { .more = false };
	struct model_error error;
	const char **ids;
	uint64_t *numbers;

	if (!rest_page_read(c, &l.left, l.last) || !gateway_options(c))
		return;
	if (!model_device_fields(mask != NULL ? mask : "", &l.fields, &l.filter.parts, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	ids = calloc(c->query.count + 1, sizeof *ids);
	numbers = calloc(c->query.count + 1, sizeof *numbers);
	json_add_text(&l.page, "{\"devices\":[", 12);
	if (ids == NULL || numbers == NULL || l.page.failed)
		rest_refuse_with(c->x, REST_INTERNAL, "No memory.");
	else if (read_filter(c, ids, numbers, &l.filter))
		list_devices(c, &l);
	json_text_free(&l.page);
	free(ids);
	free(numbers);
}

/* ---- Create, change, delete ----------------------------------------------- */

void rest_create_device(struct rest_call *c)
{
	char change[MODEL_CHANGE] = "";
	struct registry_device device;
	struct model_error error;
	enum registry_result result;

	if (!model_read_device(c->body, &device, change, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	device.config.cloud_update_ms = c->rest->t.wall_ms;
	result = device_create(store(c), c->name.in, &device);
	if (result == REGISTRY_OK) {
		kept_in_log(c, device.id);
		rest_change(c->x, "device %s created, %zu bytes of config%.300s%s", device.id, device.config.len,
			    change, device.blocked ? ", blocked" : "");
		node_device_changed(c->rest->cfg.node, (struct registry_device_path){ c->name.in, device.id },
				    c->rest->t);
		answer_device(c, device.id, UINT32_MAX);
	} else {
		rest_refuse_registry(c->x, result);
	}
	device_clear(&device);
}

/* Store the PARTS of DEVICE. */
static void change_device(struct rest_call *c, unsigned parts, const struct registry_device *device, const char *change)
{
	struct registry_device now;
	enum registry_result result;

	if (!find_device(c, &now))
		return;
	result = device_update(store(c), c->name, parts, device);
	if (result != REGISTRY_OK) {
		rest_refuse_registry(c->x, result);
	} else {
		kept_in_log(c, now.id);
		rest_change(c->x, "device %s: %.120s changed%s%.200s", now.id, query_get(&c->query, "updateMask"),
			    !(parts & DEVICE_BLOCKED) ? "" : device->blocked ? ", blocked" : ", not blocked",
			    parts & DEVICE_CREDENTIALS ? change : "");
		node_device_changed(c->rest->cfg.node, c->name, c->rest->t);
		answer_device(c, now.id, UINT32_MAX);
	}
	device_clear(&now);
}

void rest_patch_device(struct rest_call *c)
{
	char change[MODEL_CHANGE] = "";
	struct registry_device device;
	struct model_error error;
	unsigned parts;

	if (!model_device_update_mask(query_get(&c->query, "updateMask"), &parts, &error) ||
	    !model_read_device(c->body, &device, change, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	change_device(c, parts, &device, change);
	device_clear(&device);
}

void rest_delete_device(struct rest_call *c)
{
	struct registry_device device;
	enum registry_result result;

	if (!find_device(c, &device))
		return;
	result = device_delete(store(c), c->name);
	if (result == REGISTRY_OK) {
		node_device_changed(c->rest->cfg.node, c->name, c->rest->t);
		rest_change(c->x, "device %s deleted", device.id);
		rest_answer(c->x, cJSON_CreateObject());
	} else {
		rest_refuse_registry(c->x, result);
	}
	device_clear(&device);
}

/* ---- Config and state ----------------------------------------------------- */

void rest_list_configs(struct rest_call *c)
{
	struct registry_config configs[REGISTRY_CONFIGS];
	cJSON *o = cJSON_CreateObject(), *array = cJSON_AddArrayToObject(o, "deviceConfigs");
	uint64_t max;
	size_t found = 0;
	enum registry_result result;

	memset(configs, 0, sizeof configs);
	if (!rest_param_number(c, "numVersions", 0, REGISTRY_CONFIGS, &max)) {
		cJSON_Delete(o);
		return;
	}
	result = config_list(store(c), c->name, configs, &found);
	for (size_t i = 0; result == REGISTRY_OK && i < found; i++) {
		if (max == 0 || i < max)
			cJSON_AddItemToArray(array, model_config(&configs[i]));
		config_clear(&configs[i]);
	}
	if (result == REGISTRY_OK) {
		rest_answer(c->x, o);
	} else {
		cJSON_Delete(o);
		rest_refuse_registry(c->x, result);
	}
}

void rest_list_states(struct rest_call *c)
{
	struct registry_state states[REGISTRY_STATES];
	cJSON *o = cJSON_CreateObject(), *array = cJSON_AddArrayToObject(o, "deviceStates");
	uint64_t max;
	size_t found = 0;
	enum registry_result result;

	memset(states, 0, sizeof states);
	if (!rest_param_number(c, "numStates", 0, REGISTRY_STATES, &max)) {
		cJSON_Delete(o);
		return;
	}
	result = state_list(store(c), c->name, states, &found);
	for (size_t i = 0; result == REGISTRY_OK && i < found; i++) {
		if (max == 0 || i < max)
			cJSON_AddItemToArray(array, model_state(&states[i]));
		state_clear(&states[i]);
	}
	if (result == REGISTRY_OK) {
		rest_answer(c->x, o);
	} else {
		cJSON_Delete(o);
		rest_refuse_registry(c->x, result);
	}
}

/* One config a second (contract, quotas); the first is the device's creation. */
static bool too_soon(const struct rest_call *c, const struct registry_config *latest)
{
	int64_t since = c->rest->t.wall_ms - latest->cloud_update_ms;

	return latest->version > 1 && since >= 0 && since < c->rest->cfg.config_ms;
}

static void store_config(struct rest_call *c, const struct model_config *config, struct registry_device *device)
{
	struct registry_config stored = { 0, c->rest->t.wall_ms, 0, config->data, config->len };
	enum registry_result result;

	if (too_soon(c, &device->config)) {
		c->x->head.retry_after_s = (c->rest->cfg.config_ms + 999) / 1000;
		rest_refuse_with(c->x, REST_EXHAUSTED, "The config of device '%s' was changed less than %u ms ago.",
				 device->id, (unsigned)c->rest->cfg.config_ms);
		return;
	}
	result = config_set(store(c), c->name, config->version, (struct bytes){ config->data, config->len },
			    stored.cloud_update_ms, &stored.version);
	if (result != REGISTRY_OK) {
		rest_refuse_registry(c->x, result);
		return;
	}
	kept_in_log(c, device->id);
	rest_change(c->x, "device %s: config version %" PRIu64 ", %zu bytes", device->id, stored.version, config->len);
	node_config_changed(c->rest->cfg.node, c->name, c->rest->t);
	rest_answer(c->x, model_config(&stored));
}

void rest_modify_config(struct rest_call *c)
{
	struct registry_device device;
	struct model_config config;
	struct model_error error;

	if (!model_read_config(c->body, &config, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	if (find_device(c, &device)) {
		store_config(c, &config, &device);
		device_clear(&device);
	}
	free(config.data);
}

/* ---- Command -------------------------------------------------------------- */

static void on_outcome(void *to, enum node_command_result result)
{
	static const struct { bool taken; enum rest_refusal why; } rows[] = {
		[NODE_COMMAND_DELIVERED]      = { true,  REST_INTERNAL },
		[NODE_COMMAND_SENT]           = { true,  REST_INTERNAL },
		[NODE_COMMAND_NOT_CONNECTED]  = { false, REST_PRECONDITION },
		[NODE_COMMAND_NOT_SUBSCRIBED] = { false, REST_PRECONDITION },
		[NODE_COMMAND_NO_SUBFOLDERS]  = { false, REST_PRECONDITION },
		[NODE_COMMAND_NO_ANSWER]      = { false, REST_DEADLINE },
		[NODE_COMMAND_LOST]           = { false, REST_PRECONDITION },
		[NODE_COMMAND_BUSY]           = { false, REST_EXHAUSTED },
	};
	struct rest_exchange *x = to;
	size_t n = strlen(x->change);

	snprintf(x->change + n, sizeof x->change - n, ": %s", node_command_text(result));
	if (rows[result].taken)
		rest_answer(x, cJSON_CreateObject());
	else
		rest_refuse_with(x, rows[result].why, "The command was not taken: %s.", node_command_text(result));
}

static void send_command(struct rest_call *c, const struct model_command *command)
{
	struct bytes subfolder = bytes_of(command->subfolder != NULL ? command->subfolder : "");
	struct rest_exchange *x = c->x;

	kept_in_log(c, c->name.device);
	rest_change(x, "device %s: command of %zu bytes%s%.256s", c->name.device, command->len,
		    subfolder.len > 0 ? " in " : "", command->subfolder != NULL ? command->subfolder : "");
	x->state = REST_COMMAND;
	x->due_ms = c->rest->t.now_ms + REST_COMMAND_MS;
	node_command(c->rest->cfg.node, c->name, subfolder, (struct bytes){ command->data, command->len }, on_outcome,
		     x, c->rest->t);
}

void rest_send_command(struct rest_call *c)
{
	struct registry_device device;
	struct model_command command;
	struct model_error error;

	if (!model_read_command(c->body, &command, &error)) {
		rest_refuse_model(c->x, &error);
		return;
	}
	if (find_device(c, &device)) {
		send_command(c, &command);
		device_clear(&device);
	}
	free(command.data);
	free(command.subfolder);
}
