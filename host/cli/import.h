/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import.h - registries and devices as Google's service, ClearBlade's and their
 * tools print them, and what of it is given to a bridge.
 *
 * An element is an object of the IoT Core v1 model, camelCase or snake_case: a
 * registry or a device, told apart by its name and members.  What the bridge makes
 * itself (times, states, versions, errors) stays behind.
 */
#ifndef TERN_CLI_IMPORT_H
#define TERN_CLI_IMPORT_H

#include "cli/buffer.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

enum { IMPORT_WHY = 1024, IMPORT_ID = 256 };

enum import_kind { IMPORT_REGISTRY, IMPORT_DEVICE };

struct import_item {
	enum import_kind kind;
	char   id[IMPORT_ID];
	char   project[IMPORT_ID], region[IMPORT_ID], registry[IMPORT_ID];   /* of its name; "": not said */
	bool   is_gateway;
	int    keys, keys_twice;     /* of the latter each but the first is left out */
	cJSON *body;             /* for POST; owned */
};

/* False: WHY says in a sentence what of ELEMENT is not of its form; there is nothing to clear. */
bool import_item_read(struct import_item *item, const cJSON *element, char why[IMPORT_WHY]);
void import_item_clear(struct import_item *item);

/* All elements of TEXT (LEN bytes): objects, arrays of them, {"devices":[...]}, one document behind the other.
 * NULL: WHY.  Else an array, owned by the caller. */
cJSON *import_parse(const char *text, size_t len, char why[IMPORT_WHY]);

/* In what THERE, a device that the bridge has, differs from the body WANTED: "keys, config", or nothing. */
void import_compare(const cJSON *wanted, const cJSON *there, struct buffer *differences);

#endif
