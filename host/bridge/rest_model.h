/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest_model.h - the contract's objects, from JSON and to JSON.
 */
#ifndef TERN_BRIDGE_REST_MODEL_H
#define TERN_BRIDGE_REST_MODEL_H

#include "bridge/message_log.h"
#include "bridge/rest_json.h"
#include "registry/registry.h"

enum { MODEL_ERROR = 512, MODEL_CHANGE = 512 };

/* Why something was not read: which member, what is wrong with it. */
struct model_error {
	char text[MODEL_ERROR];
	bool later;                  /* it is right, but belongs to what this bridge has not: 501 */
};

/* ---- From JSON.  False: ERROR, and nothing is handed out ------------------- */

bool model_read_registry(const cJSON *json, struct registry_info *info, struct model_error *error);

/* CHANGE gets what an audit log may hold: the keys' fingerprints, sizes. */
bool model_read_device(const cJSON *json, struct registry_device *device, char change[MODEL_CHANGE],
		       struct model_error *error);

struct model_config  { uint64_t version; uint8_t *data; size_t len; };
struct model_command { char *subfolder; uint8_t *data; size_t len; };
bool model_read_config(const cJSON *json, struct model_config *config, struct model_error *error);
bool model_read_command(const cJSON *json, struct model_command *command, struct model_error *error);

/* ---- Masks: "blocked,log_level" ------------------------------------------- */

/* Bits of DEVICE_… for device_update(). */
bool model_device_update_mask(const char *mask, unsigned *parts, struct model_error *error);
/* What of INFO takes the place of what is in the registry; merged into OLD. */
bool model_merge_registry(const char *mask, struct registry_info *old, struct registry_info *info,
			  struct model_error *error);
/* A set of members; MASK NULL: all of them.  *PARTS is what the registry has to read for it. */
bool model_device_fields(const char *mask, uint32_t *fields, unsigned *parts, struct model_error *error);
#define MODEL_DEVICE_BRIEF 0u    /* id and numId, which are always there */

/* ---- To JSON; NULL: no memory --------------------------------------------- */

cJSON *model_registry(struct registry_path in, const struct registry_info *info);
cJSON *model_device(struct registry_path in, const struct registry_device *device, uint32_t fields);
cJSON *model_config(const struct registry_config *config);
cJSON *model_state(const struct registry_state *state);
cJSON *model_message(const struct message_row *row);
cJSON *model_log_entry(const struct registry_log_row *row);

#endif
