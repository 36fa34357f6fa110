/* SPDX-License-Identifier: Apache-2.0 */
#include "base/evidence.h"

#include "base/packed.h"

#include <string.h>

/* Of each field its kind, and in the three bits above the logarithm of its size.
 * Where it is follows: natural alignment, one behind the other. */
#define LOG2(size) ((size) == 1 ? 0 : (size) == 2 ? 1 : (size) == 4 ? 2 : 3)
static const uint8_t fields[EVIDENCE_FIELDS] = {
#define FIELD(type, name, kind) EVIDENCE_##kind | LOG2(sizeof(type)) << 5,
	EVIDENCE_KEPT(FIELD)
	EVIDENCE_TRY(FIELD)
#undef FIELD
};

_Static_assert(EVIDENCE_KINDS <= 32, "five bits");
_Static_assert(_Alignof(struct { char c; int64_t i; }) == sizeof(int64_t), "natural alignment");

struct field {
	size_t  offset, size;
	uint8_t kind;
};

static struct field field(unsigned id)
{
	struct field f = { 0, 0, 0 };

	for (unsigned i = 0; i <= id; i++) {
		f.offset += f.size;
		f.size = (size_t)1 << (fields[i] >> 5);
		f.offset = (f.offset + f.size - 1) & ~(f.size - 1);
	}
	f.kind = fields[id] & 31;
	return f;
}

/* Names and words, each with a bar behind it: packed, without a pointer each. */
#define NAME(type, name, kind) #name "|"
#define NAMES EVIDENCE_KEPT(NAME) EVIDENCE_TRY(NAME)
#define ANSWERS  "unknown|no|yes|"
#define SUBJECTS "connection|start|notice|"
#define STEPS    "none|modem|sim|search|data|clock|open|tls|login|online|"
#define SIMS     "unknown|ready|pin|puk|missing|busy|failed|"
#define REGS     "unknown|idle|searching|denied|home|roaming|"
#define CLOCKS   "unset|kept|ntp|network|"
#define RESETS   "unknown|power-on|pin|software|watchdog|brown-out|fault|stack-overflow|low-power|option-bytes|"
#define PINS     "unknown|off|on|"
#define VOICES   "none|tls|http|mqtt|text|binary|"

static const char *const words[EVIDENCE_KINDS - EVIDENCE_WORDS] = {
	T(ANSWERS), T(SUBJECTS), T(STEPS), T(SIMS), T(REGS), T(CLOCKS), T(RESETS), T(PINS), T(VOICES),
};

/* ---- lists of words --------------------------------------------------------- */

/* Append word INDEX of LIST to T; nothing where there is none. */
static void add_word(struct text *t, const char *list, unsigned index)
{
	struct packed p;
	char c;

	packed_init(&p, list);
	while ((c = packed_next(&p)) != '\0' && index > 0)
		index -= c == '|' ? 1 : 0;
	for (; c != '\0' && c != '|'; c = packed_next(&p))
		text_add_char(t, c);
}

void evidence_add_name(struct text *t, enum evidence_id id)
{
	add_word(t, T(NAMES), id);
}

void evidence_add_word(struct text *t, enum evidence_kind kind, unsigned value)
{
	add_word(t, words[kind - EVIDENCE_WORDS], value);
}

bool evidence_find(struct bytes name, enum evidence_id *id)
{
	struct packed p;
	size_t same = 0, len = 0;
	unsigned n = 0;
	char c;

	packed_init(&p, T(NAMES));
	while ((c = packed_next(&p)) != '\0') {
		if (c != '|') {
			same += len < name.len && name.data[len] == (uint8_t)c ? 1 : 0;
			len++;
			continue;
		}
		if (same == name.len && len == name.len) {
			*id = (enum evidence_id)n;
			return true;
		}
		same = len = 0;
		n++;
	}
	return false;
}

/* ---- fields ------------------------------------------------------------------ */

enum evidence_kind evidence_kind(enum evidence_id id)
{
	return (enum evidence_kind)(fields[id] & 31);
}

static bool is_signed(uint8_t kind)
{
	return kind == EVIDENCE_LEVEL || kind == EVIDENCE_SPAN || kind == EVIDENCE_LIBRARY || kind == EVIDENCE_TIME;
}

/* What "not known" is. */
static int64_t unknown(uint8_t kind)
{
	return kind == EVIDENCE_OPTION ? EVIDENCE_NO_OPTION : kind == EVIDENCE_LEVEL ? EVIDENCE_NO_LEVEL :
	       kind == EVIDENCE_SPAN ? EVIDENCE_NO_SPAN : 0;
}

const char *evidence_text(const struct evidence *e, enum evidence_id id)
{
	const char *text;

	memcpy(&text, (const uint8_t *)e + field(id).offset, sizeof text);
	return text;
}

int64_t evidence_number(const struct evidence *e, enum evidence_id id)
{
	struct field f = field(id);
	const uint8_t *at = (const uint8_t *)e + f.offset;
	union { uint8_t u8; uint16_t u16; uint32_t u32; int16_t i16; int32_t i32; int64_t i64; } value = { 0 };
	const char *text;

	if (f.kind == EVIDENCE_TEXT) {
		text = evidence_text(e, id);
		return text != NULL && text[0] != '\0' ? 1 : 0;
	}
	memcpy(&value, at, f.size);
	if (f.size == sizeof value.i64)
		return value.i64;
	if (f.size == sizeof value.u32)
		return is_signed(f.kind) ? value.i32 : (int64_t)value.u32;
	if (f.size == sizeof value.u16)
		return is_signed(f.kind) ? value.i16 : value.u16;
	return value.u8;
}

bool evidence_known(const struct evidence *e, enum evidence_id id)
{
	return evidence_number(e, id) != unknown(fields[id] & 31);
}

static int64_t within(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

void evidence_set_number(struct evidence *e, enum evidence_id id, int64_t value)
{
	struct field f = field(id);
	uint8_t *at = (uint8_t *)e + f.offset;
	int bits = 8 * (int)f.size;
	int64_t most = f.size == sizeof value ? INT64_MAX : ((int64_t)1 << (is_signed(f.kind) ? bits - 1 : bits)) - 1;
	int64_t least = !is_signed(f.kind) ? 0 : f.size == sizeof value ? INT64_MIN : -most - 1;
	union { uint8_t u8; uint16_t u16; uint32_t u32; int64_t i64; } to;

	if (f.kind == EVIDENCE_TEXT)
		return;
	value = within(value, least, most);
	if (f.size == sizeof to.u8)
		to.u8 = (uint8_t)value;
	else if (f.size == sizeof to.u16)
		to.u16 = (uint16_t)value;
	else if (f.size == sizeof to.u32)
		to.u32 = (uint32_t)value;
	else
		to.i64 = value;
	memcpy(at, &to, f.size);
}

void evidence_set_text(struct evidence *e, enum evidence_id id, const char *text)
{
	struct field f = field(id);

	if (f.kind == EVIDENCE_TEXT)
		memcpy((uint8_t *)e + f.offset, &text, sizeof text);
}

/* All fields from FIRST on become unknown: all zero, or in the three kinds of
 * which zero is a value the byte that tells it, little endian. */
static void forget(struct evidence *e, unsigned first)
{
	uint8_t *all = (uint8_t *)e;
	size_t from = field(first).offset;

	memset(all + from, 0, sizeof *e - from);
	for (unsigned id = first; id < EVIDENCE_FIELDS; id++) {
		struct field f = field(id);

		if (f.kind >= EVIDENCE_OPTION && f.kind <= EVIDENCE_SPAN)
			all[f.offset + f.size - 1] = f.kind == EVIDENCE_OPTION ? 0xff : 0x80;
	}
}

/* ---- for the layers ---------------------------------------------------------- */

void evidence_init(struct evidence *e)
{
	forget(e, 0);
}

void evidence_begin(struct evidence *e)
{
	forget(e, EVIDENCE_subject);
}

void evidence_fail(struct evidence *e, enum err what)
{
	if (what == ERR_OK)
		return;
	if (e->err == ERR_OK)
		e->err = (uint16_t)what;
	else if (e->echoes < UINT16_MAX)
		e->echoes++;
}

void evidence_value(struct evidence *e, const char *setting, const char *value)
{
	bool digits = value[0] != '\0';
	uint8_t shape = 0;

	for (const char *c = value; *c != '\0'; c++) {
		if (*c == ' ' || (*c >= 'A' && *c <= 'Z'))
			shape |= EVIDENCE_CAPITALS;
		if (*c == '/')
			shape |= EVIDENCE_SLASHES;
		if (*c < '0' || *c > '9')
			digits = false;
	}
	e->setting = setting;
	e->value = value;
	e->shape = digits ? (uint8_t)(shape | EVIDENCE_DIGITS) : shape;
}

static bool is_print(uint8_t c)
{
	return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t';
}

enum evidence_voice evidence_voice(const uint8_t *first, size_t len)
{
	size_t text = 0;

	while (text < len && is_print(first[text]))
		text++;
	if (len == 0)
		return EVIDENCE_VOICE_NONE;
	if (len >= 2 && first[0] >= 0x14 && first[0] <= 0x17 && first[1] == 3)
		return EVIDENCE_VOICE_TLS;
	if (len >= 4 && memcmp(first, "HTTP", 4) == 0)
		return EVIDENCE_VOICE_HTTP;
	if (len >= 2 && first[0] == 0x20 && first[1] == 2)     /* CONNACK */
		return EVIDENCE_VOICE_MQTT;
	return text == len ? EVIDENCE_VOICE_TEXT : EVIDENCE_VOICE_BINARY;
}
