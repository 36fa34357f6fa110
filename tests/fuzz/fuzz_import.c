/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_import.c - what is imported: a file that anybody may have written.
 *
 * Whatever it holds, each element is refused with a sentence or becomes a body
 * that is JSON again, and does not differ from itself.
 */
#include "cli/import.h"
#include "cli/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const cJSON *element)
{
	struct buffer differences = { 0 };
	struct import_item item;
	char why[IMPORT_WHY] = "";
	cJSON *again;
	char *text;

	if (!import_item_read(&item, element, why)) {
		if (why[0] == '\0' || strlen(why) >= IMPORT_WHY)
			abort();
		return;
	}
	text = json_print(item.body);
	again = cJSON_Parse(text);
	if (again == NULL || item.id[0] == '\0' || item.keys < 0)
		abort();
	import_compare(item.body, again, &differences);
	if (item.kind == IMPORT_DEVICE && differences.len > 0)
		abort();
	buffer_free(&differences);
	cJSON_Delete(again);
	free(text);
	import_item_clear(&item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[IMPORT_WHY] = "", *text = malloc(size + 1);
	const cJSON *one;
	cJSON *all;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	all = import_parse(text, size, why);
	if (all == NULL && why[0] == '\0')
		abort();
	cJSON_ArrayForEach(one, all)
		check(one);
	cJSON_Delete(all);
	free(text);
	return 0;
}
