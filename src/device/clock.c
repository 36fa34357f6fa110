/* SPDX-License-Identifier: Apache-2.0 */
#include "device/clock.h"

#include "base/bytes.h"
#include "base/calendar.h"

void clock_init(struct clock *c, int64_t floor_s)
{
	*c = (struct clock){ .floor_s = floor_s, .jump_s = CLOCK_NO_JUMP };
}

static int64_t at(const struct clock *c, uint32_t now_ms)
{
	return c->base_s + (now_ms - c->base_ms) / 1000;
}

static bool plausible(const struct clock *c, int64_t unix_s)
{
	return unix_s >= c->floor_s && unix_s - c->floor_s <= CLOCK_SPAN_S;
}

static int64_t apart(int64_t difference_s)
{
	return difference_s < 0 ? -difference_s : difference_s;
}

/* Sources differ by a little when all is well, and a crystal drifts. */
static bool is_news(const struct clock *c, int64_t jump_s, enum clock_source source, uint32_t now_ms)
{
	int64_t usual_s = CLOCK_JUMP_S + clock_age_s(c, now_ms) / CLOCK_DRIFT;

	return apart(jump_s) > (source == c->source ? usual_s : CLOCK_AGREE_S);
}

static void hear(struct clock *c, enum clock_source source, int64_t difference_s, uint32_t now_ms)
{
	if (source <= CLOCK_KEPT)
		return;
	c->other = source;
	c->other_s = difference_s;
	c->other_at_s = at(c, now_ms);
}

/* The clock was BEFORE's, and has gone JUMP_S forward. */
static void corrected(struct clock *c, enum clock_source before, int64_t jump_s, uint32_t now_ms)
{
	c->jump_s = (int32_t)jump_s;      /* both times are plausible: less than CLOCK_SPAN_S */
	c->other_s -= jump_s;
	c->other_at_s += jump_s;
	if (apart(jump_s) > CLOCK_AGREE_S) {
		c->proved_s = 0;
		c->refuted = c->refuted || c->doubt != CLOCK_SURE;
		c->doubt = CLOCK_SURE;      /* it was about another time */
	}
	if (before != c->source)
		hear(c, before, -jump_s, now_ms);
}

static void take(struct clock *c, int64_t unix_s, enum clock_source source, uint32_t now_ms)
{
	enum clock_source before = c->source;
	int64_t jump_s = unix_s - at(c, now_ms);

	c->jumped = before != CLOCK_UNSET && is_news(c, jump_s, source, now_ms);
	c->base_s = unix_s;
	c->set_s = unix_s;
	c->base_ms = now_ms;
	c->source = source;
	c->left = c->left == source ? CLOCK_UNSET : c->left;
	if (before != CLOCK_UNSET)
		corrected(c, before, jump_s, now_ms);
}

static enum clock_source trust(const struct clock *c, enum clock_source source)
{
	return source == c->left ? CLOCK_KEPT : source;
}

enum err clock_set(struct clock *c, int64_t unix_s, enum clock_source source, uint32_t now_ms)
{
	if (source == CLOCK_UNSET)
		return ERR_ARG;
	if (!plausible(c, unix_s)) {
		c->told_s = unix_s;
		c->told_by = source;
		return ERR_ARG;
	}
	if (trust(c, source) < trust(c, c->source) && clock_age_s(c, now_ms) < CLOCK_STALE_S) {
		hear(c, source, unix_s - at(c, now_ms), now_ms);
		return ERR_STATE;
	}
	take(c, unix_s, source, now_ms);
	return ERR_OK;
}

bool clock_now(const struct clock *c, uint32_t now_ms, int64_t *unix_s)
{
	if (c->source == CLOCK_UNSET)
		return false;
	*unix_s = at(c, now_ms);
	return true;
}

uint32_t clock_age_s(const struct clock *c, uint32_t now_ms)
{
	return c->source == CLOCK_UNSET ? 0 : (uint32_t)(at(c, now_ms) - c->set_s);
}

void clock_doubt(struct clock *c, enum clock_doubt why)
{
	if (c->source == CLOCK_UNSET || why == CLOCK_SURE)
		return;
	c->doubt = why;
	c->asks = true;
}

/* What has told the time is not asked again; a kept time means that the network has not told it. */
bool clock_asks(struct clock *c, enum clock_source *source)
{
	if (!c->asks)
		return false;
	c->asks = false;
	*source = c->source == CLOCK_NTP ? CLOCK_NETWORK : CLOCK_NTP;
	return true;
}

static bool may_turn(const struct clock *c, enum clock_doubt doubt)
{
	switch (doubt) {
	case CLOCK_TOO_EARLY:
		return c->other_s > 0;
	case CLOCK_TOO_LATE:
		return c->other_s < 0 && c->other == CLOCK_NETWORK;
	case CLOCK_REFUSED:
		return true;
	case CLOCK_SURE:
		break;
	}
	return false;
}

bool clock_settle(struct clock *c, uint32_t now_ms)
{
	enum clock_doubt doubt = c->doubt;
	enum clock_source before = c->source;
	int64_t other_s = at(c, now_ms) + c->other_s;

	c->doubt = CLOCK_SURE;
	c->asks = c->refuted = false;
	if (clock_agrees(c, now_ms) != EVIDENCE_NO || !may_turn(c, doubt) || !plausible(c, other_s))
		return false;
	take(c, other_s, c->other, now_ms);
	c->left = before;
	return true;
}

void clock_proved(struct clock *c, uint32_t now_ms)
{
	c->doubt = CLOCK_SURE;
	c->asks = false;
	c->proved_s = at(c, now_ms);
}

bool clock_raise(struct clock *c, int64_t past_s, uint32_t now_ms)
{
	int64_t now_s = at(c, now_ms), most_s = c->floor_s + CLOCK_RAISE_S;

	if (c->source == CLOCK_UNSET || c->proved_s == 0 || past_s > now_s || past_s < c->floor_s + CLOCK_DAY_S)
		return false;
	if (c->raised_s != 0 && apart(now_s - c->raised_s) < CLOCK_DAY_S)
		return false;
	c->floor_s = past_s < most_s ? past_s : most_s;
	c->raised_s = now_s;
	return true;
}

bool clock_jumped(const struct clock *c)
{
	return c->jumped;
}

void clock_jump_told(struct clock *c)
{
	c->jumped = false;
}

static bool is_fresh(int64_t at_s, int64_t now_s)
{
	return at_s != 0 && apart(now_s - at_s) < CLOCK_STALE_S;
}

enum evidence_answer clock_agrees(const struct clock *c, uint32_t now_ms)
{
	int64_t now_s = at(c, now_ms);

	if (c->source == CLOCK_UNSET)
		return EVIDENCE_UNKNOWN;
	if (is_fresh(c->proved_s, now_s))
		return EVIDENCE_YES;
	if (c->other == CLOCK_UNSET || !is_fresh(c->other_at_s, now_s))
		return EVIDENCE_UNKNOWN;
	return apart(c->other_s) <= CLOCK_AGREE_S ? EVIDENCE_YES : EVIDENCE_NO;
}

void clock_evidence(const struct clock *c, struct evidence *e, uint32_t now_ms)
{
	bool kept = c->told_by == CLOCK_KEPT;

	e->clock = (uint8_t)c->source;
	e->clock_age_s = clock_age_s(c, now_ms);
	e->clock_agrees = (uint8_t)clock_agrees(c, now_ms);
	e->clock_jump_s = c->jumped ? c->jump_s : CLOCK_NO_JUMP;
	e->build = c->floor_s;
	e->now = kept ? c->told_s : 0;
	if (!kept && c->told_s != 0)
		e->told = c->told_s;
	if (clock_now(c, now_ms, &e->now) && c->refuted) {
		e->now -= c->jump_s;
		e->clock_agrees = EVIDENCE_NO;
	}
}

void clock_step(struct clock *c, uint32_t now_ms)
{
	uint32_t whole_s = (now_ms - c->base_ms) / 1000;

	if (c->source == CLOCK_UNSET || whole_s < 3600)
		return;
	c->base_s += whole_s;
	c->base_ms += whole_s * 1000;
}

const char *clock_source_name(enum clock_source source)
{
	static const char *const names[] = {
		[CLOCK_UNSET] = "unset", [CLOCK_KEPT] = "kept", [CLOCK_NTP] = "ntp", [CLOCK_NETWORK] = "network",
	};

	return names[source];
}

static void add_number(struct text *t, uint32_t value, uint32_t highest, char after)
{
	for (; highest > 0; highest /= 10)
		text_add_char(t, (char)('0' + value / highest % 10));
	if (after != '\0')
		text_add_char(t, after);
}

void clock_text(int64_t unix_s, char text[CLOCK_TEXT_SIZE])
{
	struct calendar c = calendar_from_unix(unix_s);
	struct text t;

	text_init(&t, text, CLOCK_TEXT_SIZE);
	add_number(&t, c.year, 1000, '-');
	add_number(&t, c.month, 10, '-');
	add_number(&t, c.day, 10, ' ');
	add_number(&t, c.hour, 10, ':');
	add_number(&t, c.minute, 10, ':');
	add_number(&t, c.second, 10, '\0');
}
