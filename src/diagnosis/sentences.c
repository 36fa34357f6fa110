/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnosis/sentences.h"

#include "base/packed.h"
#include "diagnosis/render.h"

#include <string.h>

/* Cause and act of each verdict: text_nth(). */
static const struct words {
#define WORDS(name, code, family, grade, who, ruled, cause, act) \
	char name##_cause[sizeof cause], name##_act[sizeof act];
	VERDICT_LIST(WORDS)
#undef WORDS
} words = {
#define WORDS(name, code, family, grade, who, ruled, cause, act) cause, act,
	VERDICT_LIST(WORDS)
#undef WORDS
};

static const struct row {
	uint8_t grade, who, ruled;
} rows[VERDICTS] = {
#define ROW(name, code, family, grade, who, ruled, cause, act) { VERDICT_##grade, VERDICT_##who, ruled },
	VERDICT_LIST(ROW)
#undef ROW
};

#define WHO "|technician|developer|cloud administrator|SIM's owner|server's operator|"
#define RULED_OUT " (ruled out: "
#define NEXT_SETTING "no further try until a setting changes"
#define NEXT_GO "it goes on"
#define NEXT_TRY "next try in "
#define NEXT_TRIES "; failed alike: "

/* In the order of enum verdict_ruled. */
#define NOT_CLOCK "clock (set {clock_age_s} ago: {clock})"
#define NOT_IDS   "ids' form"
#define NOT_TOKEN "token (self-check passed)"
#define NOT_RADIO "radio ({reg}<, {rssi_dbm} dBm>)"
#define NOT_DATA  "data connection (active)"
#define NOT_LINE  "serial line (no error seen)"
#define NOT_DNS   "DNS (other names resolve)"
#define NOT_TLS   "TLS and roots"
static const char *const ruled_out[] = {
	T(NOT_CLOCK), T(NOT_IDS), T(NOT_TOKEN), T(NOT_RADIO), T(NOT_DATA), T(NOT_LINE), T(NOT_DNS), T(NOT_TLS),
};

struct sentence sentence_of(enum verdict v)
{
	const char *cause = text_nth(&words, 2 * (size_t)v);

	return (struct sentence){ cause, text_nth(cause, 1), rows[v].grade, rows[v].who, rows[v].ruled };
}

/* ---- values in words -------------------------------------------------------- */

static void add_count(struct text *t, uint32_t value, const char *unit)
{
	text_add_u32(t, value);
	text_add(t, unit);
}

/* "32 s", "4 min", "3 h 12 min", "2 d 3 h". */
static void add_seconds(struct text *t, uint32_t s)
{
	if (s < 120) {
		add_count(t, s, " s");
	} else if (s < 3600) {
		add_count(t, s / 60, " min");
	} else if (s < 2 * 86400) {
		add_count(t, s / 3600, " h ");
		add_count(t, s / 60 % 60, " min");
	} else {
		add_count(t, s / 86400, " d ");
		add_count(t, s / 3600 % 24, " h");
	}
}

/* "2026-11-22 18:30" of what a fact has in full. */
static void add_minute(struct text *t, int64_t unix_s)
{
	char full[24];
	struct text f;

	text_init(&f, full, sizeof full);
	render_time(&f, unix_s);
	if (f.len < 17)
		return;
	text_add_bytes(t, (struct bytes){ (const uint8_t *)full, 10 });
	text_add_char(t, ' ');
	text_add_bytes(t, (struct bytes){ (const uint8_t *)full + 11, 5 });
}

static void add_value(struct text *t, const struct evidence *e, enum evidence_id id, size_t cut)
{
	enum evidence_kind kind = evidence_kind(id);
	int64_t value = evidence_number(e, id);

	if (kind == EVIDENCE_TEXT)
		render_text(t, evidence_text(e, id), cut);
	else if (kind == EVIDENCE_ERR)
		text_say(t, err_text((enum err)value));
	else if (kind == EVIDENCE_SECONDS)
		add_seconds(t, (uint32_t)value);
	else if (kind == EVIDENCE_MS && value < 10000)
		add_count(t, (uint32_t)value, " ms");
	else if (kind == EVIDENCE_MS)
		add_seconds(t, (uint32_t)value / 1000);
	else if (kind == EVIDENCE_TIME)
		add_minute(t, value);
	else
		render_fact(t, kind, value);
}

/* ---- texts with fields in them ---------------------------------------------- */

/* Append the field whose name follows in P; false if it is not known. */
static bool add_field(struct text *t, struct packed *p, const struct evidence *e, size_t cut)
{
	char name[24];
	struct text n;
	enum evidence_id id;
	char c;

	text_init(&n, name, sizeof name);
	while ((c = packed_next(p)) != '}' && c != '\0')
		text_add_char(&n, c);
	if (!evidence_find(text_bytes(&n), &id))
		return false;
	add_value(t, e, id, cut);
	return evidence_known(e, id);
}

void sentence_fill(struct text *t, const char *text, const struct evidence *e, size_t cut)
{
	size_t group = 0;
	bool known = true;
	struct packed p;
	char c;

	packed_init(&p, text);
	while ((c = packed_next(&p)) != '\0') {
		if (c == '{') {
			known = add_field(t, &p, e, cut) && known;
		} else if (c == '<') {
			group = t->len;
			known = true;
		} else if (c == '>' && !known) {
			t->len = group;
			t->buf[group] = '\0';
		} else if (c != '>') {
			text_add_char(t, c);
		}
	}
}

/* ---- the parts of a sentence ------------------------------------------------- */

/* Does the evidence rule this out? */
static bool is_ruled_out(const struct evidence *e, unsigned what)
{
	switch (1u << what) {
	/* Certificates that fail for another reason need one source; a token needs a second one. */
	case VERDICT_NOT_CLOCK: return e->clock >= EVIDENCE_CLOCK_NTP && (e->clock_agrees == EVIDENCE_YES ||
				       (e->clock_agrees != EVIDENCE_NO && e->step < EVIDENCE_AT_LOGIN));
	case VERDICT_NOT_IDS:   return e->ids_ok == EVIDENCE_YES;
	case VERDICT_NOT_TOKEN: return e->token_ok == EVIDENCE_YES;
	case VERDICT_NOT_RADIO: return e->reg >= EVIDENCE_REG_HOME;
	case VERDICT_NOT_DATA:  return e->context == EVIDENCE_YES;
	case VERDICT_NOT_LINE:  return e->modem_bytes > 0 && e->modem_lost == 0;
	case VERDICT_NOT_DNS:   return e->other_name == EVIDENCE_YES;
	default:                return e->step >= EVIDENCE_AT_LOGIN;
	}
}

static void add_ruled_out(struct text *t, unsigned ruled, const struct evidence *e)
{
	bool any = false;

	for (unsigned i = 0; i < sizeof ruled_out / sizeof ruled_out[0]; i++) {
		if ((ruled & 1u << i) == 0 || !is_ruled_out(e, i))
			continue;
		text_say(t, any ? ", " : T(RULED_OUT));
		sentence_fill(t, ruled_out[i], e, DIAGNOSIS_TEXT_MAX);
		any = true;
	}
	text_add(t, any ? ")" : "");
}

static void add_who(struct text *t, unsigned who)
{
	struct packed p;
	char c;

	packed_init(&p, T(WHO));
	while (who > 0 && (c = packed_next(&p)) != '\0')
		who -= c == '|' ? 1 : 0;
	c = packed_next(&p);
	for (text_add(t, " - "); c != '|' && c != '\0'; c = packed_next(&p))
		text_add_char(t, c);
}

static void add_next(struct text *t, const struct evidence *e, struct diagnosis_next next)
{
	static const char *const texts[DIAGNOSIS_NEXT_KINDS] = { "", T(NEXT_TRY), T(NEXT_SETTING), T(NEXT_GO) };

	text_add(t, next.kind != DIAGNOSIS_NEXT_UNSAID ? "; " : "");
	text_say(t, texts[next.kind]);
	if (next.kind == DIAGNOSIS_NEXT_TRY)
		add_seconds(t, next.s);
	if (e->tries > 1) {
		text_say(t, T(NEXT_TRIES));
		add_count(t, e->tries, "");
	}
}

static void say(struct text *t, const struct sentence *s, const struct evidence *e, struct diagnosis_next next,
		bool ruled)
{
	sentence_fill(t, s->cause, e, DIAGNOSIS_TEXT_MAX);
	if (ruled)
		add_ruled_out(t, s->ruled, e);
	add_who(t, s->who);
	text_add(t, s->who != VERDICT_NOBODY ? ": " : "");
	sentence_fill(t, s->act, e, DIAGNOSIS_TEXT_MAX);
	add_next(t, e, next);
	text_add_char(t, '.');
}

/* What is ruled out is said where there is room for it; the rest always finds room. */
void sentence_say(struct text *t, enum verdict v, const struct evidence *e, struct diagnosis_next next)
{
	size_t room = t->size - t->len;
	struct sentence row = sentence_of(v);
	struct text s;

	for (int wordy = 1; wordy >= 0; wordy--) {
		text_init(&s, t->buf + t->len, room < DIAGNOSIS_SENTENCE_MAX + 1 ? room : DIAGNOSIS_SENTENCE_MAX + 1);
		say(&s, &row, e, next, wordy == 1);
		if (!s.overflow)
			break;
	}
	t->overflow = t->overflow || s.overflow;
	t->len += s.len;
}
