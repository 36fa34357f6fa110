/* SPDX-License-Identifier: Apache-2.0 */
/* Settings out of any file: what was taken fits, and stands in lines of its own. */
#include "cli/doctor_settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct doctor_settings *s)
{
	for (size_t key = 0; key < SETTINGS_LIMIT; key++) {
		const char *value = s->value[key];
		const char *end = memchr(value, '\0', DOCTOR_SETTINGS_VALUE);
		size_t len = end != NULL ? (size_t)(end - value) : 0;

		if (end == NULL || (len > 0 && settings_info((enum settings_key)key)->secret))
			abort();
		for (size_t i = 0; i < len; i++)
			if ((uint8_t)value[i] < ' ')
				abort();
	}
	if (s->roots.len > 0 && (s->roots.data[s->roots.len] != '\0' || s->roots.data[s->roots.len - 1] != '\n'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct doctor_settings s;
	char why[DOCTOR_SETTINGS_WHY];

	doctor_settings_init(&s);
	why[0] = '\0';
	if (!doctor_settings_read(&s, (struct bytes){ data, size }, why) && strncmp(why, "line ", 5) != 0)
		abort();
	check(&s);
	doctor_settings_free(&s);
	return 0;
}
