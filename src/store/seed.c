/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seed.h"

#include "base/bytes.h"
#include "store/layout.h"

#include <string.h>

enum { KEY = 1 };   /* the one value of this store */

/* The value.  One of SEED_SIZE bytes was provisioned to earlier firmware; one
 * that begins with COUNT alone is what a factory reset leaves. */
enum { AT_COUNT = 0, AT_ORIGIN = 4, AT_SEED = 8, VALUE_SIZE = AT_SEED + SEED_SIZE };

_Static_assert((int)SEED_PAGES == (int)LAYOUT_SEED_PAGES, "pages as the layout has them");

static bool all_same(const uint8_t *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

enum err seed_init(struct seed *s, struct flash *flash, uint32_t first_page)
{
	enum err e = kv_init(&s->kv, flash, first_page, SEED_PAGES);

	return e == ERR_STORE_CORRUPT ? ERR_OK : e;
}

/* Its length, 0 if there is none. */
static size_t read_value(struct seed *s, uint8_t value[VALUE_SIZE])
{
	size_t len;

	memset(value, 0, VALUE_SIZE);
	if (kv_get(&s->kv, KEY, value, VALUE_SIZE, &len) != ERR_OK) {
		bytes_wipe(value, VALUE_SIZE);
		len = 0;
	}
	if (len == SEED_SIZE) {
		memmove(value + AT_SEED, value, SEED_SIZE);
		memset(value, 0, AT_SEED);
		len = VALUE_SIZE;
	}
	s->count = bytes_get_u32(value + AT_COUNT);
	s->origin = value[AT_ORIGIN] == SEED_SELF_MADE ? SEED_SELF_MADE : SEED_PROVISIONED;
	return len;
}

enum err seed_read(struct seed *s, uint8_t out[SEED_SIZE])
{
	uint8_t value[VALUE_SIZE];
	size_t len = read_value(s, value);

	memcpy(out, value + AT_SEED, SEED_SIZE);
	bytes_wipe(value, sizeof value);
	if (len == VALUE_SIZE)
		return ERR_OK;
	bytes_wipe(out, SEED_SIZE);
	return ERR_RNG_UNSEEDED;
}

enum err seed_write(struct seed *s, const uint8_t next[SEED_SIZE], enum seed_origin origin)
{
	uint8_t value[VALUE_SIZE];
	enum err e;

	if (all_same(next, SEED_SIZE))
		return ERR_ARG;
	(void)read_value(s, value);
	bytes_put_u32(value + AT_COUNT, s->count + 1);
	value[AT_ORIGIN] = (uint8_t)origin;
	memcpy(value + AT_SEED, next, SEED_SIZE);
	e = kv_set(&s->kv, KEY, value, sizeof value, KV_APPEND);
	bytes_wipe(value, sizeof value);
	return e;
}

enum err seed_erase(struct seed *s)
{
	uint8_t value[VALUE_SIZE];
	size_t len = read_value(s, value);
	enum err e;

	bytes_wipe(value + AT_SEED, SEED_SIZE);
	e = kv_erase_all(&s->kv);
	return e == ERR_OK && len > 0 ? kv_set(&s->kv, KEY, value, AT_SEED, KV_APPEND) : e;
}
