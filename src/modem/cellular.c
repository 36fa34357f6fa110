/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/cellular.h"

#include "base/calendar.h"
#include "modem/at.h"

#include <string.h>

void cellular_init(struct cellular_status *s)
{
	memset(s, 0, sizeof *s);
	s->rssi_dbm = s->rsrp_dbm = s->rsrq_db = s->sinr_db = CELLULAR_UNKNOWN;
	s->cfun = CELLULAR_UNKNOWN;
}

void cellular_copy(char *to, size_t size, struct bytes field)
{
	size_t n = 0;

	for (size_t i = 0; i < field.len && n + 1 < size; i++)
		if (field.data[i] >= ' ' && field.data[i] <= '~')
			to[n++] = (char)field.data[i];
	to[n] = '\0';
}

/* ---- SIM (8.3, 9.2.1) ---- */

/* +CPIN: READY      Only the fixed dialling list asks for PIN2 and PUK2. */
static bool on_cpin(struct cellular_status *s, struct at_fields *f)
{
	static const char words[] = "READY\0SIM PIN\0SIM PUK\0SIM PIN2\0SIM PUK2\0NOT INSERTED\0NOT READY\0";
	static const uint8_t sims[] = {
		CELLULAR_SIM_READY, CELLULAR_SIM_PIN, CELLULAR_SIM_PUK, CELLULAR_SIM_READY, CELLULAR_SIM_READY,
		CELLULAR_SIM_MISSING, CELLULAR_SIM_BUSY,
	};
	struct bytes text;
	int i = at_field(f, &text) ? at_word(text, words) : -1;

	if (i >= 0)
		s->sim = (enum cellular_sim)sims[i];
	return i >= 0;
}

bool cellular_sim_error(struct cellular_status *s, uint16_t cme)
{
	static const uint8_t sims[] = {   /* 10 to 15 */
		CELLULAR_SIM_MISSING, CELLULAR_SIM_PIN, CELLULAR_SIM_PUK, CELLULAR_SIM_FAILED, CELLULAR_SIM_BUSY,
		CELLULAR_SIM_FAILED,
	};
	unsigned i = cme - 10u;

	if (i >= sizeof sims)
		return false;
	s->sim = (enum cellular_sim)sims[i];
	return true;
}

enum err cellular_sim_err(enum cellular_sim sim)
{
	switch (sim) {
	case CELLULAR_SIM_READY:   return ERR_OK;
	case CELLULAR_SIM_PIN:     return ERR_MODEM_SIM_PIN;
	case CELLULAR_SIM_PUK:     return ERR_MODEM_SIM_PUK;
	case CELLULAR_SIM_MISSING: return ERR_MODEM_SIM_MISSING;
	case CELLULAR_SIM_FAILED:  return ERR_MODEM_SIM_FAILED;
	case CELLULAR_SIM_UNKNOWN:
	case CELLULAR_SIM_BUSY:    break;
	}
	return ERR_AGAIN;
}

/* ---- registration (7.2) ---- */

static enum cellular_registration registration_of(uint32_t stat)
{
	static const uint8_t rows[] = {
		CELLULAR_REG_IDLE, CELLULAR_REG_HOME, CELLULAR_REG_SEARCHING,
		CELLULAR_REG_DENIED, CELLULAR_REG_UNKNOWN, CELLULAR_REG_ROAMING,
	};

	return stat < sizeof rows ? (enum cellular_registration)rows[stat] : CELLULAR_REG_UNKNOWN;
}

/* Up to eight hexadecimal digits; anything else changes nothing. */
static void hex(struct bytes text, uint32_t *value)
{
	uint32_t v = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint32_t digit = text.data[i] <= '9' ? text.data[i] - '0' + 0u : (text.data[i] | 0x20u) - 'a' + 10u;

		if (digit > 15 || i >= 8)
			return;
		v = v << 4 | digit;
	}
	if (text.len > 0)
		*value = v;
}

/* A reply has <n> before <stat>, a URC has not.  In both <stat> is followed by
 * nothing, or by an area in quotes, or by an empty field:
 *   reply  +CEREG: 2,1,"1A2B","01A2D001",8        URC  +CEREG: 1,"1A2B","01A2D001",8
 *   reply  +CEREG: 0,3                            URC  +CEREG: 3,,,,0,11
 * so a second field that is a bare number is <stat>. */
static bool take_stat(struct at_fields *f, uint32_t *stat)
{
	const uint8_t *second;
	struct bytes field;

	if (!at_scan(f, "n", stat, NULL))
		return false;
	second = f->p;
	if (at_field(f, &field) && !f->quoted && field.len > 0)
		return bytes_to_u32(field, 10, stat);
	f->p = second;
	return true;
}

static enum cellular_registration better(enum cellular_registration a, enum cellular_registration b)
{
	return a > b ? a : b;   /* the enumeration is in this order */
}

/* ...<stat>[,["<area>"],["<cell>"],[<act>][,<cause_type>,<reject_cause>]] */
static bool on_registration(struct cellular_status *s, struct at_fields *f)
{
	uint8_t letter = f->line[2];   /* +CEREG, +CGREG, +CREG */
	enum cellular_domain domain = letter == 'E' ? CELLULAR_EPS : letter == 'G' ? CELLULAR_PS : CELLULAR_CS;
	struct bytes place[2];
	uint32_t stat, act, cause[2];

	if (!take_stat(f, &stat))
		return false;
	enum cellular_registration r = registration_of(stat);

	if (at_scan(f, "tt", NULL, place) && domain != CELLULAR_CS) {
		hex(place[0], &s->area);
		hex(place[1], &s->cell);
	}
	if (at_scan(f, "n", &act, NULL) && r >= CELLULAR_REG_HOME)
		s->act = (uint8_t)act;
	if (at_scan(f, "nn", cause, NULL) && cause[0] == 0)
		s->reject_cause = (uint8_t)cause[1];
	s->domain[domain] = r;
	s->registration = better(s->domain[CELLULAR_PS], s->domain[CELLULAR_EPS]);
	if (cellular_registered(s))
		s->reject_cause = 0;
	return true;
}

/* ---- signal, operator, radio ---- */

/* +CSQ: 20,99      0 = -113 dBm or less, 2 dB a step, 99 = unknown (8.5) */
static bool on_csq(struct cellular_status *s, struct at_fields *f)
{
	uint32_t rssi;

	if (!at_scan(f, "n", &rssi, NULL))
		return false;
	s->rssi_dbm = rssi <= 31 ? (int16_t)((int32_t)rssi * 2 - 113) : CELLULAR_UNKNOWN;
	return true;
}

/* +COPS: 0,0,"AT&T 4G",8      +COPS: 0 */
static bool on_cops(struct cellular_status *s, struct at_fields *f)
{
	struct bytes name = { NULL, 0 };
	uint32_t mode;

	if (!at_scan(f, "n", &mode, NULL))
		return false;
	(void)at_scan(f, "-t", NULL, &name);
	cellular_copy(s->operator_name, sizeof s->operator_name, name);
	return true;
}

/* +CFUN: 1 */
static bool on_cfun(struct cellular_status *s, struct at_fields *f)
{
	uint32_t fun;

	if (!at_scan(f, "n", &fun, NULL))
		return false;
	s->cfun = (int16_t)fun;
	return true;
}

bool cellular_line(struct cellular_status *s, struct bytes line)
{
	static const char words[] = "+CPIN\0+CEREG\0+CGREG\0+CREG\0+CSQ\0+COPS\0+CFUN\0";
	static bool (*const takes[])(struct cellular_status *s, struct at_fields *f) = {
		on_cpin, on_registration, on_registration, on_registration, on_csq, on_cops, on_cfun,
	};
	struct at_fields f;
	int i = at_name(&f, line, words);

	return i >= 0 && takes[i](s, &f);
}

/* ---- time ---- */

/* A number of at most 4 digits, behind the character BEFORE unless that is 0;
 * *TEXT is moved past it. */
static bool take(struct bytes *text, char before, uint32_t *value)
{
	const uint8_t *p = text->data, *end = p + text->len, *digits;

	if (before != '\0' && (p == end || *p++ != (uint8_t)before))
		return false;
	for (digits = p; p < end && p < digits + 4 && *p >= '0' && *p <= '9';)
		p++;
	*text = (struct bytes){ p, (size_t)(end - p) };
	return bytes_to_u32((struct bytes){ digits, (size_t)(p - digits) }, 9999, value);
}

static bool exists(const struct calendar *c)
{
	return c->year >= 1970 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= calendar_days_in(c->year, c->month) &&
	       c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

/* The zone is told in quarters of an hour; none at all is Greenwich. */
enum err cellular_time(struct bytes text, int64_t *unix_s, int32_t *zone_s)
{
	static const char before[6] = "\0//,::";
	union {
		uint32_t part[sizeof before];   /* year to second, as in struct calendar */
		struct calendar calendar;
	} is;
	struct calendar *c = &is.calendar;
	uint32_t quarters = 0;
	bool west;

	_Static_assert(sizeof is.calendar == sizeof is.part, "the same numbers");

	for (size_t i = 0; i < sizeof before; i++)
		if (!take(&text, before[i], &is.part[i]))
			return ERR_FORMAT;

	west = text.len > 0 && text.data[0] == '-';
	if ((text.len > 0 && !take(&text, west ? '-' : '+', &quarters)) || quarters > 56)
		return ERR_FORMAT;
	*zone_s = (west ? -900 : 900) * (int32_t)quarters;
	if (c->year < 100)
		c->year += c->year < 70 ? 2000 : 1900;
	if (!exists(c))
		return ERR_FORMAT;
	*unix_s = calendar_to_unix(c);
	return c->year - 2024 < 2070 - 2024 ? ERR_OK : ERR_ARG;
}
