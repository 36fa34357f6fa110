/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - members of JSON objects, by the names of the contract: "publicKey.key" is a member of a member. */
#ifndef TERN_CLI_JSON_H
#define TERN_CLI_JSON_H

#include "cli/buffer.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* NULL: there is none.  snake_case names are found, too: "public_key" for "publicKey". */
const cJSON *json_member(const cJSON *object, const char *path);
const char *json_text(const cJSON *object, const char *path);        /* NULL: none, or no string */
bool json_true(const cJSON *object, const char *path);

/* A 64-bit number, which stands as a string or a number.  False: none, or none. */
bool json_number(const cJSON *object, const char *path, uint64_t *number);

/* Bytes in base64 of either alphabet, padded or not, behind what OUT holds.  False: it is none, and OUT as before. */
bool json_bytes(const cJSON *object, const char *path, struct buffer *out);
void json_add_bytes(cJSON *object, const char *name, const void *data, size_t len);

/* Memory that is not there ends the program. */
cJSON *json_object(void);
cJSON *json_array(void);
char *json_print(const cJSON *value);      /* one line; to be freed */
cJSON *json_copy(const cJSON *value);

/* "2026-11-23T00:43:10.123456Z" to the second, as tables show it; "" when it is none or 1970. */
void json_time(const cJSON *object, const char *path, char out[24]);

#endif
