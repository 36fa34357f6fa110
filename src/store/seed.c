/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seed.h"

#include "base/bytes.h"
#include "store/layout.h"

#include <string.h>

enum { KEY = 1 };   /* the one value of this store */

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

enum err seed_read(struct seed *s, uint8_t out[SEED_SIZE])
{
	size_t len;

	if (kv_get(&s->kv, KEY, out, SEED_SIZE, &len) == ERR_OK && len == SEED_SIZE)
		return ERR_OK;
	bytes_wipe(out, SEED_SIZE);
	return ERR_RNG_UNSEEDED;
}

enum err seed_write(struct seed *s, const uint8_t next[SEED_SIZE])
{
	if (all_same(next, SEED_SIZE))
		return ERR_ARG;
	return kv_set(&s->kv, KEY, next, SEED_SIZE, KV_APPEND);
}

enum err seed_erase(struct seed *s)
{
	return kv_erase_all(&s->kv);
}
