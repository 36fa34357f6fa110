/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - what the store's numbered values mean: names, kinds, sizes, secrets. */
#include "store/settings.h"

#include "base/bytes.h"
#include "store/layout.h"

#define INFO(key, number, text, type, bytes, hide) \
	[key] = { .name = text, .kind = type, .secret = hide, .max = bytes },
static const struct settings_info infos[KV_LIMIT] = { SETTINGS_LIST(INFO) };
#undef INFO

/* Every value at its largest fits one area, with room to append: no order of
 * settings_set() ends in ERR_STORE_FULL on a board of this layout.  A record
 * has 16 bytes of its own and up to 7 of padding. */
#define RECORD_SIZE(key, number, name, kind, max, secret) + 16 + ((max) + 7) / 8 * 8
#define WITHIN_LIMIT(key, number, name, kind, max, secret) && (number) > 0 && (number) < KV_LIMIT \
	&& (max) <= SETTINGS_MAX_SIZE
enum { AREA_SIZE = (int)LAYOUT_SETTINGS_PAGES / 2 * (int)LAYOUT_PAGE_SIZE, KEPT_FREE = 2048 };
_Static_assert((0 SETTINGS_LIST(RECORD_SIZE)) + KEPT_FREE <= AREA_SIZE, "all settings fit one area");
_Static_assert(1 SETTINGS_LIST(WITHIN_LIMIT), "numbers and sizes are within their limits");
_Static_assert((int)SETTINGS_MAX_SIZE <= (int)KV_VALUE_MAX, "the largest value is one that can be stored");

const struct settings_info *settings_info(enum settings_key key)
{
	unsigned number = (unsigned)key;

	return number < KV_LIMIT && infos[number].name != NULL ? &infos[number] : NULL;
}

bool settings_find(const char *name, size_t len, enum settings_key *key)
{
	const struct bytes text = { (const uint8_t *)name, len };

	for (unsigned i = 0; i < KV_LIMIT; i++)
		if (infos[i].name != NULL && bytes_equal_text(text, infos[i].name)) {
			*key = (enum settings_key)i;
			return true;
		}
	return false;
}

enum err settings_init(struct settings *s, struct flash *flash, uint32_t first_page, uint32_t pages)
{
	return kv_init(&s->kv, flash, first_page, pages);
}

static bool len_is_of_kind(enum settings_kind kind, size_t len)
{
	switch (kind) {
	case SETTINGS_U32: return len == 4;
	case SETTINGS_I64: return len == 8;
	case SETTINGS_TEXT:
	case SETTINGS_BLOB: break;
	}
	return len > 0;
}

static enum kv_how how(const struct settings_info *info)
{
	return info->secret ? KV_LEAVE_NO_COPY : KV_APPEND;
}

enum err settings_set(struct settings *s, enum settings_key key, const void *data, size_t len)
{
	const struct settings_info *info = settings_info(key);

	if (info == NULL || !len_is_of_kind(info->kind, len))
		return ERR_ARG;
	if (len > info->max)
		return ERR_TOO_LONG;
	return kv_set(&s->kv, (unsigned)key, data, len, how(info));
}

enum err settings_erase(struct settings *s, enum settings_key key)
{
	const struct settings_info *info = settings_info(key);

	return info == NULL ? ERR_ARG : kv_erase(&s->kv, (unsigned)key, how(info));
}

enum err settings_erase_all(struct settings *s)
{
	return kv_erase_all(&s->kv);
}

enum err settings_get(struct settings *s, enum settings_key key, void *buf, size_t size, size_t *len)
{
	*len = 0;
	return settings_info(key) == NULL ? ERR_ARG : kv_get(&s->kv, (unsigned)key, buf, size, len);
}

enum err settings_read(struct settings *s, enum settings_key key, size_t offset, void *buf, size_t n)
{
	return settings_info(key) == NULL ? ERR_ARG : kv_read(&s->kv, (unsigned)key, offset, buf, n);
}

size_t settings_size(const struct settings *s, enum settings_key key)
{
	size_t len;

	return settings_info(key) != NULL && kv_find(&s->kv, (unsigned)key, &len) == ERR_OK ? len : 0;
}

size_t settings_free(const struct settings *s)
{
	return kv_free(&s->kv);
}

uint32_t settings_erases(const struct settings *s)
{
	return kv_erases(&s->kv);
}

enum err settings_get_text(struct settings *s, enum settings_key key, char *buf, size_t size, size_t *len)
{
	size_t n = 0;
	enum err e = size == 0 ? ERR_ARG : settings_get(s, key, buf, size - 1, &n);

	if (size > 0)
		buf[e == ERR_OK ? n : 0] = '\0';
	if (len != NULL)
		*len = n;
	return e;
}

/* A number of SIZE bytes: one of another size is not a number. */
static enum err get_number(struct settings *s, enum settings_key key, uint8_t *buf, size_t size)
{
	size_t len;
	enum err e = settings_get(s, key, buf, size, &len);

	return e == ERR_TOO_LONG || (e == ERR_OK && len != size) ? ERR_ARG : e;
}

enum err settings_get_u32(struct settings *s, enum settings_key key, uint32_t *value)
{
	uint8_t b[4];
	enum err e = get_number(s, key, b, sizeof b);

	if (e == ERR_OK)
		*value = bytes_get_u32(b);
	return e;
}

enum err settings_get_i64(struct settings *s, enum settings_key key, int64_t *value)
{
	uint8_t b[8];
	enum err e = get_number(s, key, b, sizeof b);

	if (e == ERR_OK)
		*value = (int64_t)((uint64_t)bytes_get_u32(b + 4) << 32 | bytes_get_u32(b));
	return e;
}

enum err settings_set_u32(struct settings *s, enum settings_key key, uint32_t value)
{
	uint8_t b[4];

	bytes_put_u32(b, value);
	return settings_set(s, key, b, sizeof b);
}

enum err settings_set_i64(struct settings *s, enum settings_key key, int64_t value)
{
	uint8_t b[8];

	bytes_put_u32(b, (uint32_t)((uint64_t)value & 0xffffffffu));
	bytes_put_u32(b + 4, (uint32_t)((uint64_t)value >> 32));
	return settings_set(s, key, b, sizeof b);
}
