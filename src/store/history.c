/* SPDX-License-Identifier: Apache-2.0 */
#include "store/history.h"

#include <string.h>

/* The values of this store.  The verdict with number n is kept in place n % 4. */
enum { KEY_GOOD = 1, KEY_SENT = 2, KEY_WEAR = 3, KEY_VERDICT = 4 };

/* What worked. */
enum { LOGIN_AT = 0, ISSUER_AT = 8, WHO = 16, ISSUER = 20, ICCID = ISSUER + HISTORY_NAME_MAX };
enum { GOOD_SIZE = ICCID + HISTORY_ICCID_MAX };

/* Of each place the number of the verdict that was acknowledged there. */
enum { SENT_SIZE = 4 * HISTORY_VERDICTS };

/* How often the other store was erased, and when. */
enum { WEAR_AT = 0, WEAR_ERASES = 8, WEAR_SIZE = 12 };

/* A verdict, its line behind it. */
enum { SAID_AT = 0, NUMBER = 8, CODE = 12, HEAD_SIZE = 14 };

enum { NUMBER_MAX = 0x7fffffff };   /* the flash is worn out long before */

#define RECORD_TAKES(size) (KV_OVERHEAD + ((size) + FLASH_GRANULE - 1) / FLASH_GRANULE * FLASH_GRANULE)
enum { OTHERS_TAKE = RECORD_TAKES(GOOD_SIZE) + RECORD_TAKES(SENT_SIZE) + RECORD_TAKES(WEAR_SIZE) };

/* A time before 1970 is none. */
static int64_t get_time(const uint8_t *p)
{
	uint64_t value = (uint64_t)bytes_get_u32(p + 4) << 32 | bytes_get_u32(p);

	return value <= INT64_MAX ? (int64_t)value : 0;
}

static void put_time(uint8_t *p, int64_t value)
{
	bytes_put_u32(p, (uint32_t)((uint64_t)value & 0xffffffffu));
	bytes_put_u32(p + 4, (uint32_t)((uint64_t)value >> 32));
}

/* A part that fails makes the device forget, and no more than that.  Where there is no
 * room, flash is worn or was written by somebody else: begin anew. */
static void put_two(struct history *h, unsigned key, struct bytes first, struct bytes second)
{
	enum err e = kv_set_two(&h->kv, key, first, second, KV_APPEND);

	if (e == ERR_STORE_FULL && kv_erase_all(&h->kv) == ERR_OK)
		(void)!kv_set_two(&h->kv, key, first, second, KV_APPEND);
}

static void put(struct history *h, unsigned key, const uint8_t *data, size_t len)
{
	put_two(h, key, (struct bytes){ data, len }, (struct bytes){ NULL, 0 });
}

/* A value of another size is none. */
static bool get(struct history *h, unsigned key, uint8_t *buf, size_t size)
{
	size_t len;

	return kv_get(&h->kv, key, buf, size, &len) == ERR_OK && len == size;
}

enum err history_init(struct history *h, struct flash *flash, uint32_t first_page, uint32_t pages)
{
	return kv_init(&h->kv, flash, first_page, pages);
}

enum err history_erase(struct history *h)
{
	return kv_erase_all(&h->kv);
}

/* ---- What worked ---- */

static void get_text(char *text, const uint8_t *p, size_t size)
{
	memcpy(text, p, size);
	text[size - 1] = '\0';
}

void history_good(struct history *h, struct history_good *good)
{
	uint8_t b[GOOD_SIZE];

	memset(good, 0, sizeof *good);
	if (!get(h, KEY_GOOD, b, sizeof b))
		return;
	good->login_at_s = get_time(b + LOGIN_AT);
	good->issuer_at_s = get_time(b + ISSUER_AT);
	good->who = bytes_get_u32(b + WHO);
	get_text(good->issuer, b + ISSUER, sizeof good->issuer);
	get_text(good->iccid, b + ICCID, sizeof good->iccid);
}

/* A time that goes back, a corrected clock, is news. */
static bool is_a_day_later(int64_t before_s, int64_t now_s)
{
	return now_s < before_s || now_s - before_s >= HISTORY_DAY_S;
}

static bool is_news(const struct history_good *before, const struct history_good *now)
{
	return now->who != before->who || strcmp(now->issuer, before->issuer) != 0 ||
	       strcmp(now->iccid, before->iccid) != 0 || is_a_day_later(before->login_at_s, now->login_at_s) ||
	       is_a_day_later(before->issuer_at_s, now->issuer_at_s);
}

void history_set_good(struct history *h, const struct history_good *good)
{
	struct history_good before;
	uint8_t b[GOOD_SIZE];

	history_good(h, &before);
	if (!is_news(&before, good))
		return;
	put_time(b + LOGIN_AT, good->login_at_s);
	put_time(b + ISSUER_AT, good->issuer_at_s);
	bytes_put_u32(b + WHO, good->who);
	memcpy(b + ISSUER, good->issuer, sizeof good->issuer);
	memcpy(b + ICCID, good->iccid, sizeof good->iccid);
	put(h, KEY_GOOD, b, sizeof b);
}

/* ---- Verdicts ---- */

static unsigned place(uint32_t number)
{
	return number % HISTORY_VERDICTS;
}

/* The head of what lies in a place; *LEN is the line's length.  False: nothing that was
 * put there by history_add(). */
static bool look(struct history *h, unsigned where, struct history_verdict *v, size_t *len)
{
	uint8_t head[HEAD_SIZE], sent[SENT_SIZE];
	size_t size;

	if (kv_find(&h->kv, KEY_VERDICT + where, &size) != ERR_OK ||
	    kv_read(&h->kv, KEY_VERDICT + where, 0, head, sizeof head) != ERR_OK || size > HEAD_SIZE + HISTORY_LINE_MAX)
		return false;
	v->at_s = get_time(head + SAID_AT);
	v->number = bytes_get_u32(head + NUMBER);
	v->code = (uint16_t)(head[CODE] | head[CODE + 1] << 8);
	v->sent = get(h, KEY_SENT, sent, sizeof sent) && bytes_get_u32(sent + 4 * where) == v->number;
	*len = size - HEAD_SIZE;
	return v->number > 0 && v->number <= NUMBER_MAX && place(v->number) == where;
}

/* The newest one with a number below NUMBER. */
static bool older(struct history *h, uint32_t number, struct history_verdict *v, size_t *len)
{
	struct history_verdict other;
	bool found = false;
	size_t other_len;

	for (unsigned i = 0; i < HISTORY_VERDICTS; i++)
		if (look(h, i, &other, &other_len) && other.number < number && (!found || other.number > v->number)) {
			*v = other;
			*len = other_len;
			found = true;
		}
	return found;
}

static bool read_line(struct history *h, const struct history_verdict *v, void *line, size_t size, size_t *len)
{
	*len = *len < size ? *len : size;
	return kv_read(&h->kv, KEY_VERDICT + place(v->number), HEAD_SIZE, line, *len) == ERR_OK;
}

/* Is V, said at AT_S, what BEFORE has said already? */
static bool said_already(const struct history_verdict *before, uint16_t code, int64_t at_s)
{
	if (before->code != code)
		return false;
	if (before->at_s == 0 || at_s == 0)
		return before->at_s == at_s && !before->sent;
	return at_s >= before->at_s && at_s - before->at_s < HISTORY_AGAIN_S;
}

/* Bytes of a line so that four of them, and what else is kept, fit an area. */
static size_t line_max(const struct history *h)
{
	size_t capacity = kv_capacity(&h->kv), each = 0;

	if (capacity > OTHERS_TAKE)
		each = (capacity - OTHERS_TAKE) / HISTORY_VERDICTS / FLASH_GRANULE * FLASH_GRANULE;
	if (each < RECORD_TAKES(HEAD_SIZE))
		return 0;
	each -= KV_OVERHEAD + HEAD_SIZE;
	return each < HISTORY_LINE_MAX ? each : HISTORY_LINE_MAX;
}

void history_add(struct history *h, uint16_t code, int64_t at_s, struct bytes line)
{
	struct history_verdict newest = { .number = 0 };
	size_t most = line_max(h), newest_len;
	uint8_t head[HEAD_SIZE];

	if (older(h, UINT32_MAX, &newest, &newest_len) && said_already(&newest, code, at_s))
		return;
	if (newest.number == NUMBER_MAX && kv_erase_all(&h->kv) == ERR_OK)
		newest.number = 0;    /* not of this program's making */
	put_time(head + SAID_AT, at_s);
	bytes_put_u32(head + NUMBER, newest.number + 1);
	head[CODE] = (uint8_t)(code & 0xff);
	head[CODE + 1] = (uint8_t)(code >> 8);
	line.len = line.len < most ? line.len : most;
	put_two(h, KEY_VERDICT + place(newest.number + 1), (struct bytes){ head, sizeof head }, line);
}

bool history_verdict(struct history *h, unsigned back, struct history_verdict *v, void *line, size_t size, size_t *len)
{
	uint32_t number = UINT32_MAX;

	*len = 0;
	do {
		if (!older(h, number, v, len))
			return false;
		number = v->number;
	} while (back-- > 0);
	return read_line(h, v, line, size, len);
}

bool history_unsent(struct history *h, struct history_verdict *v, void *line, size_t size, size_t *len)
{
	struct history_verdict one;
	bool found = false;
	size_t one_len;

	*len = 0;
	for (uint32_t number = UINT32_MAX; older(h, number, &one, &one_len); number = one.number)
		if (!one.sent) {
			*v = one;
			*len = one_len;
			found = true;
		}
	return found && read_line(h, v, line, size, len);
}

void history_sent(struct history *h, uint32_t number)
{
	struct history_verdict v;
	uint8_t sent[SENT_SIZE];
	size_t len;

	if (!look(h, place(number), &v, &len) || v.number != number)
		return;    /* newer ones took its place meanwhile */
	if (!get(h, KEY_SENT, sent, sizeof sent))
		memset(sent, 0, sizeof sent);
	bytes_put_u32(sent + 4 * place(number), number);
	put(h, KEY_SENT, sent, sizeof sent);
}

/* ---- Wear of another store ---- */

bool history_wear(struct history *h, uint32_t erases, int64_t now_s, uint32_t *per_day)
{
	uint8_t b[WEAR_SIZE];
	bool known = get(h, KEY_WEAR, b, sizeof b);
	int64_t before_s = known ? get_time(b + WEAR_AT) : 0;
	uint32_t before = known ? bytes_get_u32(b + WEAR_ERASES) : 0;

	if (known && !is_a_day_later(before_s, now_s))
		return false;
	put_time(b + WEAR_AT, now_s);
	bytes_put_u32(b + WEAR_ERASES, erases);
	put(h, KEY_WEAR, b, sizeof b);
	if (!known || now_s <= before_s || erases < before)
		return false;
	*per_day = (uint32_t)((int64_t)(erases - before) * HISTORY_DAY_S / (now_s - before_s));
	return true;
}
