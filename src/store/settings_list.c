/* SPDX-License-Identifier: Apache-2.0 */
#include "store/settings.h"

#include "base/bytes.h"
#include "store/layout.h"

#define INFO(key, number, text, type, bytes, hide) [key] = { .name = text, .kind = type, .secret = hide, .max = bytes },
static const struct settings_info infos[SETTINGS_LIMIT] = { SETTINGS_LIST(INFO) };
#undef INFO

/* Every value at its largest fits one area, with room to append: no order of
 * settings_set() ends in ERR_STORE_FULL on a board of this layout.  A record
 * has 16 bytes of its own and up to 7 of padding. */
#define RECORD_SIZE(key, number, name, kind, max, secret) + 16 + ((max) + 7) / 8 * 8
#define WITHIN_LIMIT(key, number, name, kind, max, secret) && (number) > 0 && (number) < SETTINGS_LIMIT \
	&& (max) <= SETTINGS_MAX_SIZE
enum { AREA_SIZE = (int)LAYOUT_SETTINGS_PAGES / 2 * (int)LAYOUT_PAGE_SIZE, KEPT_FREE = 2048 };
_Static_assert((0 SETTINGS_LIST(RECORD_SIZE)) + KEPT_FREE <= AREA_SIZE, "all settings fit one area");
_Static_assert(1 SETTINGS_LIST(WITHIN_LIMIT), "numbers and sizes are within their limits");

const struct settings_info *settings_info(enum settings_key key)
{
	unsigned number = (unsigned)key;

	return number < SETTINGS_LIMIT && infos[number].name != NULL ? &infos[number] : NULL;
}

bool settings_find(const char *name, size_t len, enum settings_key *key)
{
	for (unsigned i = 0; i < SETTINGS_LIMIT; i++)
		if (infos[i].name != NULL && bytes_equal_text((struct bytes){ (const uint8_t *)name, len }, infos[i].name)) {
			*key = (enum settings_key)i;
			return true;
		}
	return false;
}
