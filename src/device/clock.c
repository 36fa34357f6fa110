/* SPDX-License-Identifier: Apache-2.0 */
#include "device/clock.h"

#include "base/bytes.h"

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
		[CLOCK_UNSET] = "unset", [CLOCK_NTP] = "ntp", [CLOCK_NETWORK] = "network",
	};

	return names[source];
}

struct date {
	uint32_t year, month, day;
};

/* Days since 1970-01-01 to a date of the proleptic Gregorian calendar.  The
 * year is taken to begin in March, so that the leap day is its last. */
static struct date date_of(uint32_t days)
{
	uint32_t z = days + 719468;                   /* days since 0000-03-01 */
	uint32_t era = z / 146097;                    /* of 400 years */
	uint32_t day = z % 146097;
	uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint32_t of_year = day - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * of_year + 2) / 153;     /* 0 = March */

	return (struct date){
		.year = year + era * 400 + (month >= 10 ? 1 : 0),
		.month = month < 10 ? month + 3 : month - 9,
		.day = of_year - (153 * month + 2) / 5 + 1,
	};
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
	struct date d = date_of((uint32_t)(unix_s / 86400));
	uint32_t second = (uint32_t)(unix_s % 86400);
	struct text t;

	text_init(&t, text, CLOCK_TEXT_SIZE);
	add_number(&t, d.year, 1000, '-');
	add_number(&t, d.month, 10, '-');
	add_number(&t, d.day, 10, ' ');
	add_number(&t, second / 3600, 10, ':');
	add_number(&t, second / 60 % 60, 10, ':');
	add_number(&t, second % 60, 10, '\0');
}
