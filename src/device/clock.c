/* SPDX-License-Identifier: Apache-2.0 */
#include "device/clock.h"

#include "base/bytes.h"
#include "base/calendar.h"

void clock_init(struct clock *c, int64_t floor_s)
{
	*c = (struct clock){ .floor_s = floor_s, .source = CLOCK_UNSET };
}

static int64_t at(const struct clock *c, uint32_t now_ms)
{
	return c->base_s + (now_ms - c->base_ms) / 1000;
}

enum err clock_set(struct clock *c, int64_t unix_s, enum clock_source source, uint32_t now_ms)
{
	if (source == CLOCK_UNSET || unix_s < c->floor_s || unix_s - c->floor_s > CLOCK_SPAN_S)
		return ERR_ARG;
	if (source < c->source && clock_age_s(c, now_ms) < CLOCK_STALE_S)
		return ERR_STATE;
	c->base_s = unix_s;
	c->set_s = unix_s;
	c->base_ms = now_ms;
	c->source = source;
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

void clock_doubt(struct clock *c)
{
	if (c->source == CLOCK_KEPT)
		c->source = CLOCK_UNSET;
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
