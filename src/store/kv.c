/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.c - the bytes in flash, and what is believed of them after a cut.
 *
 * An area is a row of granules of 8 bytes, each written once between two
 * erases.  What begins something is a head:
 *
 *      0      1   2   3     4 .. 7
 *   +------+---------------+-----------+
 *   | type |  3 bytes      | CRC-32 of the first four, salted with generation and place
 *   +------+---------------+-----------+
 *   mark     generation
 *   record   key, length     then payload, padded with zeros, and one commit granule:
 *                            CRC-32 of head and payload, inverted CRC of the head
 *
 *   an area:  OPEN OPEN  record...  DONE  SEAL x 4  { [PAD x 4] record SEAL }...  [PAD x 4] SWITCH
 *
 * The salt makes whatever an earlier generation left behind unreadable.
 *
 * Power may fail in any write, and the granule being written may from then on
 * read as old, new or anything between, differently each time.  A granule that
 * was read back right in the run that wrote it is called solid.  Everything
 * here is made so that only solid granules matter:
 *
 *  - What is written second proves what was written first: payload is written
 *    after its head is solid, the commit after the payload, SEAL after the
 *    commit.  So a commit that can be seen at all has a solid head.
 *  - A record after the last SEAL may have a doubtful commit.  kv_init()
 *    decides by what it reads, and before anything is handed out copies the
 *    decided values to the other area.  A doubtful SEAL is harmless: what it
 *    seals is solid.
 *  - The first append after a start goes where a cut may have left a granule
 *    that looks erased and is not.  PADs, whose content never matters, take
 *    that place.
 *
 * Moving from area A to B, generation g+1:
 *
 *   erase B; OPEN, records, DONE in B; SWITCH(g+1) in A; SEAL in B; erase A
 *
 * The area in use is the sealed one of the higher generation.  SWITCH is the
 * point of decision, and it is made in A alone, which is solid then:
 *
 *   B without DONE              SWITCH was not begun: drop B
 *   B done, A says SWITCH       say so again (now it is solid), seal B, erase A
 *   B done, A does not say so   VOID(g+1) in A, later in the row than any doubtful SWITCH; drop B
 *   B sealed                    SWITCH was solid; seal again if it is all that B has, erase A
 *
 * Nothing is erased while it may still be needed, and each step can be cut and
 * begun again: without end where it erases; where it writes a granule, until
 * the reserve at the area's end is used up (a dozen cuts in a row, each within
 * the same 0.1 ms), after which it goes on without that granule.
 */
#include "store/kv.h"

#include "base/bytes.h"
#include "base/crc.h"

#include <string.h>

enum type {
	GARBAGE = 0x00,
	OPEN    = 0xa1, DONE, SEAL, SWITCH, VOID, PAD,
	VALUE   = 0xb1, ERASED, DAMAGED,
	BLANK   = 0xff
};

enum {
	G       = FLASH_GRANULE,
	CHUNK   = 8 * G,            /* bytes moved at once, on the stack */
	ENOUGH  = 4,                /* in a row: marks that need not be said again, PADs before a write */
	RESERVE = 48,               /* granules at the end of an area that only marks may use */
	FIXED   = 2 + 1 + ENOUGH,   /* granules of an area without records */
	TRIES   = 3,                /* a granule that does not take its bytes is passed over */
	LOST    = 0xffff            /* length of an entry whose bytes no longer verify */
};

_Static_assert((int)KV_VALUE_MAX < (int)LOST, "no value is as long as the sign for a lost one");

enum { ROW_MAX = UINT16_MAX };   /* granules that an area may have */

struct head {
	enum type type;
	uint8_t   key;          /* records */
	uint16_t  len;          /* records: bytes of payload */
	uint32_t  generation;   /* marks: 24 bits, more than the flash lives erases */
	uint32_t  crc;
};

/* A value on its way into an area: from the caller, in two parts, or from the other area. */
struct source {
	const struct bytes *parts;    /* NULL: read it at ADDR */
	uint32_t            addr;
};

/* What a walk over an area finds. */
struct view {
	struct kv_log   log;
	struct kv_entry entries[KV_LIMIT];
	uint32_t suspects;        /* keys, one bit each: a commit was there and does not verify */
	uint32_t nonblank;        /* granules */
	bool     done, sealed;
	bool     moved_on;        /* more than its first seals: these are solid */
	bool     dirty;           /* a record began after the last SEAL */
	struct { enum type type; uint32_t generation; unsigned count; } run;   /* equal marks at the end */
	struct { enum type type; uint32_t generation; } decision;              /* the last SWITCH or VOID */
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static uint16_t granules_of(size_t bytes)
{
	return (uint16_t)((bytes + G - 1) / G);
}

static uint16_t record_granules(size_t len)
{
	return (uint16_t)(2 + granules_of(len));
}

static uint16_t area_granules(const struct kv *kv)
{
	return (uint16_t)(kv->area_pages * kv->flash->page_size / G);
}

/* Where records must end. */
static uint16_t record_limit(const struct kv *kv)
{
	return (uint16_t)(area_granules(kv) - RESERVE);
}

static uint32_t area_base(const struct kv *kv, unsigned area)
{
	return (kv->first_page + area * kv->area_pages) * kv->flash->page_size;
}

static uint32_t other_base(const struct kv *kv, const struct kv_log *log)
{
	return area_base(kv, log->base == area_base(kv, 0));
}

/* --- granules ----------------------------------------------------------- */

static uint32_t salted(uint32_t generation, uint16_t at, const uint8_t *four)
{
	uint8_t salt[8];

	bytes_put_u32(salt, generation);
	bytes_put_u32(salt + 4, at);
	return crc32(crc32(0, salt, sizeof salt), four, 4);
}

static void encode(const struct kv_log *log, uint16_t at, enum type type, uint32_t three, uint8_t g[G])
{
	bytes_put_u32(g, three << 8);
	g[0] = (uint8_t)type;
	bytes_put_u32(g + 4, salted(log->generation, at, g));
}

static bool is_blank(const uint8_t *p, size_t n)
{
	while (n > 0 && *p == 0xff) {
		p++;
		n--;
	}
	return n == 0;
}

/* A part that cannot be read is as good as a torn one. */
static void read_or_garbage(struct kv *kv, uint32_t addr, uint8_t *buf, size_t n)
{
	if (flash_read(kv->flash, addr, buf, n) != ERR_OK)
		memset(buf, GARBAGE, n);
}

/* What lies at granule AT of the area of LOG. */
static enum type look(struct kv *kv, const struct kv_log *log, uint16_t at, struct head *h)
{
	uint8_t g[G];

	read_or_garbage(kv, log->base + (uint32_t)at * G, g, G);
	if (is_blank(g, G))
		return h->type = BLANK;
	h->crc = bytes_get_u32(g + 4);
	if (salted(log->generation, at, g) != h->crc)
		return h->type = GARBAGE;
	h->generation = bytes_get_u32(g) >> 8;
	h->key = g[1];
	h->len = (uint16_t)(g[2] | g[3] << 8);
	return h->type = (enum type)g[0];
}

/* Write N bytes, whole granules, at the end of the row and read them back.
 * They are passed over when they do not take. */
static enum err put(struct kv *kv, struct kv_log *log, const uint8_t *data, size_t n)
{
	uint32_t addr = log->base + (uint32_t)log->tail * G;
	uint8_t back[CHUNK];
	enum err e;

	if ((size_t)(area_granules(kv) - log->tail) * G < n)
		return ERR_STORE_FULL;
	log->tail = (uint16_t)(log->tail + n / G);
	e = flash_program(kv->flash, addr, data, n);
	if (e == ERR_OK)
		e = flash_read(kv->flash, addr, back, n);
	if (e == ERR_OK && memcmp(back, data, n) != 0)
		e = ERR_FLASH_VERIFY;
	bytes_wipe(back, n);
	return e;
}

static enum err put_head(struct kv *kv, struct kv_log *log, enum type type, uint32_t three)
{
	uint8_t g[G];

	encode(log, log->tail, type, three, g);
	return put(kv, log, g, G);
}

/* Before the first write after a start: take up what only looks erased.  One
 * granule is in doubt after a cut; more than one only when several starts in a
 * row were cut just here. */
static enum err settle(struct kv *kv, struct kv_log *log)
{
	for (unsigned n = 1; !log->fresh; n++) {
		enum err e = put_head(kv, log, PAD, 0);

		if (e == ERR_STORE_FULL)
			return e;
		log->fresh = e == ERR_OK && n >= ENOUGH;
	}
	return ERR_OK;
}

static enum err put_mark(struct kv *kv, struct kv_log *log, enum type type, uint32_t generation)
{
	enum err e = settle(kv, log);

	if (e != ERR_OK)
		return e;
	for (unsigned i = 0; i < TRIES; i++) {
		e = put_head(kv, log, type, generation);
		if (e == ERR_OK || e == ERR_STORE_FULL)
			break;
	}
	return e;
}

/* Make sure that the row ends in ENOUGH marks of one kind, of which the last
 * one is solid.  ERR_STORE_FULL only when not one more could be written. */
static enum err assert_mark(struct kv *kv, struct view *v, enum type type, uint32_t generation)
{
	bool same = v->run.type == type && v->run.generation == generation;
	enum err e = ERR_OK;
	bool wrote = false;

	for (unsigned n = same ? v->run.count : 0; e == ERR_OK && n < ENOUGH; n++) {
		e = put_mark(kv, &v->log, type, generation);
		wrote = wrote || e == ERR_OK;
	}
	return e == ERR_STORE_FULL && wrote ? ERR_OK : e;
}

/* --- records ------------------------------------------------------------ */

/* The LEN bytes from OFFSET on. */
static void gather(const struct bytes parts[2], size_t offset, uint8_t *buf, size_t len)
{
	size_t n = offset < parts[0].len ? min_size(len, parts[0].len - offset) : 0;

	if (n > 0)
		memcpy(buf, parts[0].data + offset, n);
	if (n < len)
		memcpy(buf + n, parts[1].data + (offset + n - parts[0].len), len - n);
}

/* The same of any source, padded with zeros to whole granules. */
static enum err fetch(struct kv *kv, const struct source *src, size_t offset, uint8_t *buf, size_t len)
{
	memset(buf, 0, (size_t)granules_of(len) * G);
	if (src->parts == NULL)
		return flash_read(kv->flash, src->addr + (uint32_t)offset, buf, len);
	gather(src->parts, offset, buf, len);
	return ERR_OK;
}

static enum err put_payload(struct kv *kv, struct kv_log *log, const struct source *src, size_t len,
			    uint32_t *crc)
{
	uint8_t buf[CHUNK];
	enum err e = ERR_OK;

	for (size_t done = 0; e == ERR_OK && done < len; done += CHUNK) {
		size_t n = min_size(CHUNK, len - done), whole = (size_t)granules_of(n) * G;

		e = fetch(kv, src, done, buf, n);
		if (e == ERR_OK)
			e = put(kv, log, buf, whole);
		*crc = crc32(*crc, buf, whole);
	}
	bytes_wipe(buf, sizeof buf);
	return e;
}

static enum err put_record_once(struct kv *kv, struct kv_log *log, enum type type, unsigned key,
				const struct source *src, size_t len)
{
	uint8_t g[G];
	uint32_t crc, head_crc;
	enum err e;

	encode(log, log->tail, type, (uint32_t)len << 8 | key, g);
	head_crc = bytes_get_u32(g + 4);
	crc = crc32(0, g, G);
	e = put(kv, log, g, G);
	if (e == ERR_OK)
		e = put_payload(kv, log, src, len, &crc);
	bytes_put_u32(g, crc);
	bytes_put_u32(g + 4, ~head_crc);
	return e == ERR_OK ? put(kv, log, g, G) : e;
}

static struct kv_entry entry_of(enum type type, uint16_t at, size_t len)
{
	return (struct kv_entry){ type == ERASED ? 0 : at, type == DAMAGED ? LOST : (uint16_t)len };
}

/* Append a record and note it in ENTRIES. */
static enum err put_record(struct kv *kv, struct kv_log *log, struct kv_entry *entries,
			   enum type type, unsigned key, const struct source *src, size_t len)
{
	enum err e = ERR_STORE_FULL;

	for (unsigned i = 0; i < TRIES && log->tail + record_granules(len) < record_limit(kv); i++) {
		uint16_t at = log->tail;

		e = put_record_once(kv, log, type, key, src, len);
		if (e == ERR_OK) {
			entries[key] = entry_of(type, at, len);
			return e;
		}
	}
	return e;
}

enum verdict { TORN, ROTTEN, WHOLE };

/* Whether the record that H begins at granule AT was written to its end. */
static enum verdict judge(struct kv *kv, const struct kv_log *log, uint16_t at, const struct head *h)
{
	uint32_t addr = log->base + (uint32_t)at * G, crc = 0;
	size_t left = (size_t)(1 + granules_of(h->len)) * G;
	uint8_t buf[CHUNK];

	if (at + record_granules(h->len) > area_granules(kv))
		return TORN;
	for (size_t n; left > 0; left -= n, addr += (uint32_t)n) {
		n = min_size(left, CHUNK);
		read_or_garbage(kv, addr, buf, n);
		crc = crc32(crc, buf, n);
	}
	read_or_garbage(kv, addr, buf, G);
	if (bytes_get_u32(buf) == crc)
		return WHOLE;
	return bytes_get_u32(buf + 4) == ~h->crc ? ROTTEN : TORN;
}

/* --- what an area says -------------------------------------------------- */

static uint16_t see_record(struct kv *kv, struct view *v, uint16_t at, const struct head *h)
{
	enum verdict verdict = judge(kv, &v->log, at, h);

	v->dirty = true;
	v->moved_on = v->sealed;
	v->run.count = 0;
	if (h->key >= KV_LIMIT)
		return verdict == WHOLE ? record_granules(h->len) : 1;
	if (verdict == WHOLE) {
		v->suspects &= ~(1u << h->key);
		v->entries[h->key] = entry_of(h->type, at, h->len);
		return record_granules(h->len);
	}
	if (verdict == ROTTEN)
		v->suspects |= 1u << h->key;
	return 1;
}

/* A record that was sealed did verify once: its bytes changed since. */
static void see_seal(struct view *v, uint16_t at)
{
	for (unsigned key = 0; key < KV_LIMIT; key++)
		if ((v->suspects & 1u << key) != 0)
			v->entries[key] = (struct kv_entry){ at, LOST };
	v->suspects = 0;
	v->sealed = true;
	v->dirty = false;
}

static void see_mark(struct view *v, uint16_t at, const struct head *h)
{
	if (v->run.count > 0 && v->run.type == h->type && v->run.generation == h->generation) {
		v->run.count++;
	} else {
		v->run.type = h->type;
		v->run.generation = h->generation;
		v->run.count = 1;
	}
	if (h->type == DONE)
		v->done = true;
	if (h->type == SEAL)
		see_seal(v, at);
	if (h->type == SWITCH || h->type == VOID) {
		v->decision.type = h->type;
		v->decision.generation = h->generation;
		v->moved_on = v->sealed;
		if (h->generation >= v->log.next)
			v->log.next = h->generation + 1;
	}
}

/* Note the head H at granule AT; returns how many granules it stands for. */
static uint16_t see(struct kv *kv, struct view *v, uint16_t at, const struct head *h)
{
	switch (h->type) {
	case VALUE:
	case ERASED:
	case DAMAGED:
		return see_record(kv, v, at, h);
	case OPEN:
	case DONE:
	case SEAL:
	case SWITCH:
	case VOID:
		see_mark(v, at, h);
		return 1;
	case PAD:
	case GARBAGE:
	case BLANK:
		return 1;
	}
	return 1;
}

/* The generation of an area; OPEN stands in its first granule and again in the
 * second one. */
static void find_open(struct kv *kv, struct kv_log *log)
{
	struct head h;
	uint8_t g[G];

	for (uint16_t at = 0; at < 2; at++) {
		read_or_garbage(kv, log->base + (uint32_t)at * G, g, G);
		log->generation = bytes_get_u32(g) >> 8;
		log->next = log->generation + 1;
		if (log->generation != 0 && look(kv, log, at, &h) == OPEN)
			return;
	}
	log->generation = 0;
	log->next = 1;
}

static void survey(struct kv *kv, unsigned area, struct view *v)
{
	uint16_t step;

	memset(v, 0, sizeof *v);
	v->log.base = area_base(kv, area);
	find_open(kv, &v->log);
	for (uint16_t at = 0; at < area_granules(kv); at = (uint16_t)(at + step)) {
		struct head h;

		step = 1;
		if (look(kv, &v->log, at, &h) == BLANK)
			continue;
		step = see(kv, v, at, &h);
		v->nonblank += step;
		v->log.tail = (uint16_t)(at + step);
	}
}

/* --- moving to the other area ------------------------------------------- */

struct change {
	unsigned       key;       /* 0: none */
	const struct bytes *parts;
	size_t         len;       /* of both; 0: forget the value */
	bool           all;       /* forget every value */
	bool           no_copy;   /* leave no copy of what was */
	bool           trust;     /* the values were verified a moment ago */
};

static bool page_is_blank(struct kv *kv, uint32_t page)
{
	uint8_t buf[CHUNK];

	for (uint32_t done = 0, n; done < kv->flash->page_size; done += n) {
		n = (uint32_t)min_size(CHUNK, kv->flash->page_size - done);
		read_or_garbage(kv, page + done, buf, n);
		if (!is_blank(buf, n))
			return false;
	}
	return true;
}

static enum err erase_page(struct kv *kv, uint32_t page)
{
	enum err e = flash_erase(kv->flash, page);

	return e == ERR_OK && !page_is_blank(kv, page) ? ERR_FLASH_VERIFY : e;
}

/* Erase the area at BASE: every page, since one that reads blank may not be. */
static enum err drop_area(struct kv *kv, uint32_t base)
{
	enum err e = ERR_OK;

	for (uint32_t i = 0; e == ERR_OK && i < kv->area_pages; i++)
		e = erase_page(kv, base + i * kv->flash->page_size);
	return e;
}

/* Erase what can be read in the area at BASE: the rest of a move that was cut.
 * A page that cannot be erased is in the way of the next move only. */
static void tidy_area(struct kv *kv, uint32_t base)
{
	for (uint32_t i = 0; i < kv->area_pages; i++)
		if (!page_is_blank(kv, base + i * kv->flash->page_size))
			(void)!erase_page(kv, base + i * kv->flash->page_size);
}

static bool still_whole(struct kv *kv, const struct kv_entry *entry)
{
	struct head h;

	return look(kv, &kv->log, entry->at, &h) == VALUE && h.len == entry->len
		&& judge(kv, &kv->log, entry->at, &h) == WHOLE;
}

/* Take the value of KEY along, as C changes it. */
static enum err carry(struct kv *kv, struct kv_log *to, struct kv_entry *entries,
		      const struct change *c, unsigned key)
{
	const struct kv_entry *old = &kv->entries[key];
	struct source src = { NULL, kv->log.base + (old->at + 1u) * G };

	if (c->key == key) {
		src.parts = c->parts;
		return c->len == 0 ? ERR_OK : put_record(kv, to, entries, VALUE, key, &src, c->len);
	}
	if (old->at == 0 || c->all)
		return ERR_OK;
	if (old->len == LOST || (!c->trust && !still_whole(kv, old)))
		return put_record(kv, to, entries, DAMAGED, key, &src, 0);
	return put_record(kv, to, entries, VALUE, key, &src, old->len);
}

static enum err fill(struct kv *kv, struct kv_log *to, struct kv_entry *entries,
		     const struct change *c)
{
	enum err first = put_head(kv, to, OPEN, to->generation);
	enum err second = put_head(kv, to, OPEN, to->generation);
	enum err e = first == ERR_OK ? first : second;

	for (unsigned key = 1; e == ERR_OK && key < KV_LIMIT; key++)
		e = carry(kv, to, entries, c, key);
	return e == ERR_OK ? put_mark(kv, to, DONE, to->generation) : e;
}

/* The point of decision. */
static enum err hand_over(struct kv *kv, struct kv_log *to)
{
	enum err e = ERR_OK;

	if (kv->log.generation != 0)
		e = put_mark(kv, &kv->log, SWITCH, to->generation);
	if (e == ERR_STORE_FULL)
		e = ERR_OK;      /* the reserve is used up: SEAL alone decides */
	for (unsigned i = 0; e == ERR_OK && i < ENOUGH; i++)
		e = put_mark(kv, to, SEAL, to->generation);
	return e;
}

static enum err move(struct kv *kv, const struct change *c)
{
	struct kv_log to = { .base = other_base(kv, &kv->log), .generation = kv->log.next, .fresh = true };
	struct kv_entry entries[KV_LIMIT] = { { 0 } };
	uint32_t from = kv->log.base;
	enum err e = ERR_OK;

	to.next = to.generation + 1;
	if (kv->log.generation == 0)
		e = drop_area(kv, from);    /* nothing in it counts, and nothing may come to count */
	if (e == ERR_OK)
		e = drop_area(kv, to.base);
	if (e == ERR_OK)
		e = fill(kv, &to, entries, c);
	if (e == ERR_OK)
		e = hand_over(kv, &to);
	if (e != ERR_OK)
		return e;
	kv->log = to;
	memcpy(kv->entries, entries, sizeof entries);
	return drop_area(kv, from);
}

/* --- starting ----------------------------------------------------------- */

static struct view *in_use(struct view v[2])
{
	if (v[0].sealed && v[1].sealed)
		return v[0].log.generation > v[1].log.generation ? &v[0] : &v[1];
	return v[0].sealed ? &v[0] : v[1].sealed ? &v[1] : NULL;
}

/* A reserve that is used up is no reason to stop. */
static enum err if_room(enum err e)
{
	return e == ERR_STORE_FULL ? ERR_OK : e;
}

static enum err stay(struct kv *kv, struct view *a, const struct view *b)
{
	if (a->log.next <= b->log.generation)
		a->log.next = b->log.generation + 1;
	return if_room(assert_mark(kv, a, VOID, b->log.generation));
}

/* Decide what became of a move to B, the table at the top of this file, and
 * make the decision solid.  *A is the area in use. */
static enum err settle_move(struct kv *kv, struct view **a, struct view *b)
{
	struct view *from = *a;
	enum err e;

	if (from->decision.type != SWITCH || from->decision.generation != b->log.generation)
		return stay(kv, from, b);
	e = if_room(assert_mark(kv, from, SWITCH, b->log.generation));
	if (e != ERR_OK)
		return e;
	e = assert_mark(kv, b, SEAL, b->log.generation);
	if (e == ERR_STORE_FULL)
		return stay(kv, from, b);
	*a = b;
	b->dirty = false;
	return e;
}

static enum err settle_areas(struct kv *kv, struct view **a, struct view *b)
{
	if (b->done && !b->sealed && b->log.generation > (*a)->log.generation)
		return settle_move(kv, a, b);
	return (*a)->moved_on ? ERR_OK : if_room(assert_mark(kv, *a, SEAL, (*a)->log.generation));
}

/* No area is sealed: was there ever something?  A first area that was not
 * finished is of generation 1 without a record, or has a torn OPEN only. */
static bool held_something(const struct view *v)
{
	return v->log.generation > 1 || v->dirty || (v->log.generation == 0 && v->nonblank > 2);
}

static enum err mount(struct kv *kv)
{
	struct view views[2], *a;
	enum err e;

	survey(kv, 0, &views[0]);
	survey(kv, 1, &views[1]);
	memset(kv->entries, 0, sizeof kv->entries);
	kv->log = (struct kv_log){ .base = area_base(kv, 1), .next = 1 };
	a = in_use(views);
	if (a == NULL)
		return held_something(&views[0]) || held_something(&views[1]) ? ERR_STORE_CORRUPT : ERR_OK;
	e = settle_areas(kv, &a, a == &views[0] ? &views[1] : &views[0]);
	kv->log = a->log;
	memcpy(kv->entries, a->entries, sizeof kv->entries);
	if (e != ERR_OK)
		return e;
	if (a->dirty)
		return move(kv, &(struct change){ .trust = true });
	tidy_area(kv, other_base(kv, &kv->log));
	return ERR_OK;
}

enum err kv_init(struct kv *kv, struct flash *flash, uint32_t first_page, uint32_t pages)
{
	enum err e;

	memset(kv, 0, sizeof *kv);
	kv->failed = ERR_ARG;
	if (pages < 2 || pages % 2 != 0 || pages > flash->page_count || first_page > flash->page_count - pages)
		return ERR_ARG;
	if (pages / 2 > (uint32_t)ROW_MAX * G / flash->page_size || pages / 2 * flash->page_size <= 2 * RESERVE * G)
		return ERR_ARG;
	kv->flash = flash;
	kv->first_page = first_page;
	kv->area_pages = pages / 2;
	e = mount(kv);
	kv->failed = e == ERR_STORE_CORRUPT ? ERR_OK : e;
	return e;
}

/* --- changing ----------------------------------------------------------- */

/* Granules that all values take in an area. */
static size_t live_granules(const struct kv *kv)
{
	size_t sum = 0;

	for (unsigned key = 1; key < KV_LIMIT; key++)
		if (kv->entries[key].at != 0)
			sum += record_granules(kv->entries[key].len == LOST ? 0 : kv->entries[key].len);
	return sum;
}

static size_t capacity_left(const struct kv *kv)
{
	size_t taken = live_granules(kv) + FIXED + 1;

	return taken < record_limit(kv) ? record_limit(kv) - taken : 0;
}

size_t kv_capacity(const struct kv *kv)
{
	return kv->flash != NULL ? (record_limit(kv) - FIXED - 1u) * G : 0;
}

/* A move erases both areas: a page before its area is filled, the same one after it was left. */
uint32_t kv_erases(const struct kv *kv)
{
	return kv->log.generation;
}

static enum err append(struct kv *kv, const struct change *c)
{
	struct source src = { c->parts, 0 };
	enum err e;

	if (kv->log.tail + (kv->log.fresh ? 0 : ENOUGH) + record_granules(c->len) + 1 > record_limit(kv))
		return ERR_STORE_FULL;
	e = settle(kv, &kv->log);
	if (e == ERR_OK)
		e = put_record(kv, &kv->log, kv->entries, c->len == 0 ? ERASED : VALUE, c->key, &src, c->len);
	return e == ERR_OK ? put_mark(kv, &kv->log, SEAL, kv->log.generation) : e;
}

/* The first area is made without values: whether it counts makes no difference
 * to anybody until it is solid. */
static enum err carry_out(struct kv *kv, const struct change *c)
{
	enum err e;

	if (kv->log.generation == 0) {
		e = move(kv, &(struct change){ .all = true });
		if (e != ERR_OK || c->all)
			return e;
	}
	e = c->no_copy ? ERR_STORE_FULL : append(kv, c);
	return e == ERR_OK ? e : move(kv, c);
}

/* After a failure of the part, see what is there; when even that fails, what
 * was known stays readable and nothing can be changed. */
static enum err commit(struct kv *kv, const struct change *c)
{
	const struct kv before = *kv;
	enum err e = kv->failed;

	if (e != ERR_OK)
		return e;
	e = carry_out(kv, c);
	if (e != ERR_OK && mount(kv) != ERR_OK) {
		*kv = before;
		kv->failed = e;
	}
	return e;
}

static bool same_as_stored(struct kv *kv, const struct kv_entry *entry, const struct bytes parts[2], size_t len)
{
	uint32_t addr = kv->log.base + (entry->at + 1u) * G;
	uint8_t buf[CHUNK], want[CHUNK];
	bool same = entry->at != 0 && entry->len == len && still_whole(kv, entry);

	for (size_t done = 0; same && done < len; done += CHUNK) {
		size_t n = min_size(CHUNK, len - done);

		read_or_garbage(kv, addr + (uint32_t)done, buf, n);
		gather(parts, done, want, n);
		same = memcmp(buf, want, n) == 0;
	}
	bytes_wipe(buf, sizeof buf);
	bytes_wipe(want, sizeof want);
	return same;
}

static bool is_key(unsigned key)
{
	return key > 0 && key < KV_LIMIT;
}

enum err kv_set_two(struct kv *kv, unsigned key, struct bytes first, struct bytes second, enum kv_how how)
{
	const struct kv_entry *old = &kv->entries[is_key(key) ? key : 0];
	const struct bytes parts[2] = { first, second };
	size_t len = first.len + second.len, room;

	if (!is_key(key) || len == 0)
		return ERR_ARG;
	if (len > KV_VALUE_MAX || len < first.len)
		return ERR_TOO_LONG;
	if (kv->failed != ERR_OK || same_as_stored(kv, old, parts, len))
		return kv->failed;
	room = capacity_left(kv);
	if (old->at != 0)
		room += record_granules(old->len == LOST ? 0 : old->len);
	if (record_granules(len) > room)
		return ERR_STORE_FULL;
	return commit(kv, &(struct change){
		.key = key, .parts = parts, .len = len, .no_copy = how == KV_LEAVE_NO_COPY && old->at != 0 });
}

enum err kv_set(struct kv *kv, unsigned key, const void *data, size_t len, enum kv_how how)
{
	return kv_set_two(kv, key, (struct bytes){ data, len }, (struct bytes){ NULL, 0 }, how);
}

enum err kv_erase(struct kv *kv, unsigned key, enum kv_how how)
{
	if (!is_key(key))
		return ERR_ARG;
	if (kv->failed != ERR_OK || kv->entries[key].at == 0)
		return kv->failed;
	return commit(kv, &(struct change){ .key = key, .no_copy = how == KV_LEAVE_NO_COPY });
}

enum err kv_erase_all(struct kv *kv)
{
	return commit(kv, &(struct change){ .all = true, .no_copy = true });
}

/* --- reading ------------------------------------------------------------ */

enum err kv_find(const struct kv *kv, unsigned key, size_t *len)
{
	const struct kv_entry *entry = &kv->entries[is_key(key) ? key : 0];

	*len = 0;
	if (!is_key(key))
		return ERR_ARG;
	if (entry->at == 0)
		return ERR_NOT_FOUND;
	if (entry->len == LOST)
		return ERR_STORE_CORRUPT;
	*len = entry->len;
	return ERR_OK;
}

enum err kv_read(struct kv *kv, unsigned key, size_t offset, void *buf, size_t n)
{
	size_t len;
	enum err e = kv_find(kv, key, &len);

	if (e != ERR_OK)
		return e;
	if (offset > len || n > len - offset)
		return ERR_ARG;
	return flash_read(kv->flash, kv->log.base + (kv->entries[key].at + 1u) * G + (uint32_t)offset, buf, n);
}

enum err kv_get(struct kv *kv, unsigned key, void *buf, size_t size, size_t *len)
{
	enum err e = kv_find(kv, key, len);

	if (e != ERR_OK)
		return e;
	if (*len > size)
		return ERR_TOO_LONG;
	return still_whole(kv, &kv->entries[key]) ? kv_read(kv, key, 0, buf, *len) : ERR_STORE_CORRUPT;
}

size_t kv_free(const struct kv *kv)
{
	size_t left = kv->failed == ERR_OK ? capacity_left(kv) : 0;

	return left > 2 ? (left - 2) * G : 0;
}
