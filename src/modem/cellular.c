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

/* +CPIN: READY */
static bool on_cpin(struct cellular_status *s, struct at_fields *f)
{
	static const struct { const char *text; enum cellular_sim sim; } rows[] = {
		{ "READY", CELLULAR_SIM_READY },
		{ "SIM PIN", CELLULAR_SIM_PIN },
		{ "SIM PUK", CELLULAR_SIM_PUK },
		{ "SIM PIN2", CELLULAR_SIM_READY },     /* only the fixed dialling list asks for these */
		{ "SIM PUK2", CELLULAR_SIM_READY },
		{ "NOT INSERTED", CELLULAR_SIM_MISSING },
		{ "NOT READY", CELLULAR_SIM_BUSY },
	};
	struct bytes text;

	if (!at_field(f, &text, NULL))
		return false;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (bytes_equal_text(text, rows[i].text)) {
			s->sim = rows[i].sim;
			return true;
		}
	return false;
}

bool cellular_sim_error(struct cellular_status *s, uint16_t cme)
{
	static const struct { uint16_t cme; enum cellular_sim sim; } rows[] = {
		{ 10, CELLULAR_SIM_MISSING },
		{ 11, CELLULAR_SIM_PIN },
		{ 12, CELLULAR_SIM_PUK },
		{ 13, CELLULAR_SIM_FAILED },
		{ 14, CELLULAR_SIM_BUSY },
		{ 15, CELLULAR_SIM_FAILED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].cme == cme) {
			s->sim = rows[i].sim;
			return true;
		}
	return false;
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

static bool hex(struct bytes text, uint32_t *value)
{
	uint32_t v = 0;

	if (text.len == 0 || text.len > 8)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		uint32_t digit = c >= '0' && c <= '9' ? c - '0' + 0u : ((c | 0x20u) - 'a') + 10u;

		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*value = v;
	return true;
}

/* A reply has <n> before <stat>, a URC has not.  In both <stat> is followed by
 * nothing, or by an area in quotes, or by an empty field:
 *   reply  +CEREG: 2,1,"1A2B","01A2D001",8        URC  +CEREG: 1,"1A2B","01A2D001",8
 *   reply  +CEREG: 0,3                            URC  +CEREG: 3,,,,0,11
 * so a second field that is a bare number is <stat>. */
static bool take_stat(struct at_fields *f, uint32_t *stat)
{
	struct at_fields second;
	struct bytes field;
	bool quoted;

	if (!at_field_u32(f, 10, stat))
		return false;
	second = *f;
	if (at_field(&second, &field, &quoted) && !quoted && field.len > 0) {
		*f = second;
		return bytes_to_u32(field, 10, stat);
	}
	return true;
}

static enum cellular_registration better(enum cellular_registration a, enum cellular_registration b)
{
	return a > b ? a : b;   /* the enumeration is in this order */
}

/* ...<stat>[,["<area>"],["<cell>"],[<act>][,<cause_type>,<reject_cause>]] */
static bool on_registration(struct cellular_status *s, struct at_fields *f, enum cellular_domain domain)
{
	struct bytes area = { NULL, 0 }, cell = { NULL, 0 };
	uint32_t stat, act, cause_type, cause;

	if (!take_stat(f, &stat))
		return false;
	enum cellular_registration r = registration_of(stat);

	if (at_field(f, &area, NULL) && at_field(f, &cell, NULL) && domain != CELLULAR_CS) {
		(void)hex(area, &s->area);
		(void)hex(cell, &s->cell);
	}
	if (at_field_u32(f, UINT8_MAX, &act) && r >= CELLULAR_REG_HOME)
		s->act = (uint8_t)act;
	if (at_field_u32(f, 1, &cause_type) && cause_type == 0 && at_field_u32(f, UINT8_MAX, &cause))
		s->reject_cause = (uint8_t)cause;
	s->domain[domain] = r;
	s->registration = better(s->domain[CELLULAR_PS], s->domain[CELLULAR_EPS]);
	if (cellular_registered(s))
		s->reject_cause = 0;
	return true;
}

static bool on_creg(struct cellular_status *s, struct at_fields *f)
{
	return on_registration(s, f, CELLULAR_CS);
}

static bool on_cgreg(struct cellular_status *s, struct at_fields *f)
{
	return on_registration(s, f, CELLULAR_PS);
}

static bool on_cereg(struct cellular_status *s, struct at_fields *f)
{
	return on_registration(s, f, CELLULAR_EPS);
}

/* ---- signal, operator, radio ---- */

/* +CSQ: 20,99      0 = -113 dBm or less, 2 dB a step, 99 = unknown (8.5) */
static bool on_csq(struct cellular_status *s, struct at_fields *f)
{
	uint32_t rssi;

	if (!at_field_u32(f, 255, &rssi))
		return false;
	s->rssi_dbm = rssi <= 31 ? (int16_t)((int32_t)rssi * 2 - 113) : CELLULAR_UNKNOWN;
	return true;
}

/* +COPS: 0,0,"AT&T 4G",8      +COPS: 0 */
static bool on_cops(struct cellular_status *s, struct at_fields *f)
{
	struct bytes name;
	uint32_t mode;

	if (!at_field_u32(f, 4, &mode))
		return false;
	s->operator_name[0] = '\0';
	if (at_field_skip(f, 1) && at_field(f, &name, NULL))
		cellular_copy(s->operator_name, sizeof s->operator_name, name);
	return true;
}

/* +CFUN: 1 */
static bool on_cfun(struct cellular_status *s, struct at_fields *f)
{
	uint32_t fun;

	if (!at_field_u32(f, 255, &fun))
		return false;
	s->cfun = (int16_t)fun;
	return true;
}

bool cellular_line(struct cellular_status *s, struct bytes line)
{
	static const struct {
		const char *prefix;
		bool (*take)(struct cellular_status *s, struct at_fields *f);
	} rows[] = {
		{ "+CPIN:",  on_cpin },
		{ "+CEREG:", on_cereg },
		{ "+CGREG:", on_cgreg },
		{ "+CREG:",  on_creg },
		{ "+CSQ:",   on_csq },
		{ "+COPS:",  on_cops },
		{ "+CFUN:",  on_cfun },
	};
	struct at_fields f;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (at_fields_after(&f, line, rows[i].prefix))
			return rows[i].take(s, &f);
	return false;
}

/* ---- time ---- */

/* A number of at most 4 digits that ends at SEPARATOR or, if that is 0, before
 * anything that is not a digit; *TEXT is moved past it. */
static bool take_number(struct bytes *text, char separator, uint32_t *value)
{
	size_t n = 0;

	while (n < text->len && n < 4 && text->data[n] >= '0' && text->data[n] <= '9')
		n++;
	if (!bytes_to_u32((struct bytes){ text->data, n }, 9999, value))
		return false;
	if (separator != 0) {
		if (n >= text->len || text->data[n] != (uint8_t)separator)
			return false;
		n++;
	}
	*text = (struct bytes){ text->data + n, text->len - n };
	return true;
}

/* "+04", "-20": quarters of an hour; nothing at all is Greenwich. */
static bool take_zone(struct bytes text, int32_t *zone_s)
{
	uint32_t quarters;

	*zone_s = 0;
	if (text.len == 0)
		return true;
	bool west = text.data[0] == '-';

	if (!west && text.data[0] != '+')
		return false;
	text = (struct bytes){ text.data + 1, text.len - 1 };
	if (!take_number(&text, 0, &quarters) || quarters > 56)
		return false;
	*zone_s = (west ? -900 : 900) * (int32_t)quarters;
	return true;
}

static bool exists(const struct calendar *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= calendar_days_in(c->year, c->month) &&
	       c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

enum err cellular_time(struct bytes text, int64_t *unix_s, int32_t *zone_s)
{
	struct calendar c;

	if (!take_number(&text, '/', &c.year) || !take_number(&text, '/', &c.month) ||
	    !take_number(&text, ',', &c.day) || !take_number(&text, ':', &c.hour) ||
	    !take_number(&text, ':', &c.minute) || !take_number(&text, 0, &c.second) || !take_zone(text, zone_s))
		return ERR_FORMAT;
	if (c.year < 100)
		c.year += c.year < 70 ? 2000 : 1900;
	if (!exists(&c))
		return ERR_FORMAT;
	if (c.year < 2024 || c.year > 2099)
		return ERR_ARG;
	*unix_s = calendar_to_unix(&c);
	return ERR_OK;
}
