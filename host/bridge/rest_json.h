/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest_json.h - JSON as the contract writes it (proto3's mapping): strict where
 * cJSON is not, base64, times, text that grows.
 */
#ifndef TERN_BRIDGE_REST_JSON_H
#define TERN_BRIDGE_REST_JSON_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

enum {
	JSON_DEPTH   = 16,       /* levels of arrays and objects */
	JSON_MEMBERS = 1000,     /* of one object */
	JSON_ERROR   = 512,
	JSON_TIME    = 32        /* "2026-01-02T03:04:05.678Z" with room */
};

/* TEXT as one object: UTF-8, RFC 8259 without its leniencies, no zero in a string, no member twice (config_version and
 * configVersion are the same).  NULL: ERROR says what and where; or no memory. */
cJSON *json_read(struct bytes text, char error[JSON_ERROR]);

/* Is NAME (snake_case or camelCase) the member CAMEL? */
bool json_is(const char *name, const char *camel);

/* An integer >= 0 written as a string or as a number. */
bool json_to_u64(const cJSON *item, uint64_t *value);
/* Digits, nothing else. */
bool json_text_to_u64(const char *text, uint64_t max, uint64_t *value);
void json_add_u64(cJSON *object, const char *name, uint64_t value);

/* RFC 3339, milliseconds since 1970. */
const char *json_time(char out[JSON_TIME], int64_t ms);
bool json_time_read(const char *text, int64_t *ms);

/* Standard base64, both alphabets and padding or none when read.  NULL: no memory, or not base64. */
char *json_base64(const uint8_t *data, size_t len);
uint8_t *json_base64_read(const char *text, size_t *len);

/* Text that grows; after a failure it stays empty. */
struct json_text { char *text; size_t len, size; bool failed; };
void json_add_text(struct json_text *t, const char *text, size_t len);
void json_add_json(struct json_text *t, const cJSON *item);
void json_text_free(struct json_text *t);

#endif
