/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_csv.c - a list of boards, as anybody may have written it. */
#include "cli/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	enum csv_result r;
	struct csv csv;
	unsigned line = 0;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	csv_init(&csv, text, size);
	while ((r = csv_next(&csv)) == CSV_ROW) {
		if (csv.fields == 0 || csv.fields > CSV_FIELDS || csv.line < line)
			abort();
		line = csv.line;
		for (size_t i = 0; i < csv.fields; i++)
			if (csv.field[i] + strlen(csv.field[i]) > text + size)
				abort();
	}
	if (r == CSV_WRONG && csv.wrong == NULL)
		abort();
	free(text);
	return 0;
}
