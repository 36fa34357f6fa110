/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_clock.c - time of day.  The network's time comes from outside
 * (modem_set_clock).  The modem's own clock begins at 1980-01-06 and is set by
 * the network (NITZ), by AT+QNTP or by AT+CCLK.  It keeps UTC, as the BG96's
 * does: the zone is told beside it.
 */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>

enum { QUARTER_S = 900 };
#define GPS_EPOCH 315964800   /* 1980-01-06 00:00:00 UTC */

struct date {
	int64_t  year;
	unsigned month, day, hour, minute, second;
};

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back; a year
 * begins in March, so that the leap day is its last. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t unix_s)
{
	int64_t days = unix_s / 86400, left = unix_s % 86400;
	struct date d = { .year = 1970, .month = 1 };

	while (days_of(d.year + 1, 1, 1) <= days)
		d.year++;
	while (d.month < 12 && days_of(d.year, d.month + 1, 1) <= days)
		d.month++;
	d.day = (unsigned)(days - days_of(d.year, d.month, 1)) + 1;
	d.hour = (unsigned)(left / 3600);
	d.minute = (unsigned)(left / 60 % 60);
	d.second = (unsigned)(left % 60);
	return d;
}

int64_t modem_clock_network(const struct modem *m)
{
	return m->unix_ms + (int64_t)(m->now_ms - m->clock_ms);
}

static int64_t rtc(const struct modem *m)
{
	if (m->rtc_set)
		return modem_clock_network(m) + m->rtc_offset_ms;
	return GPS_EPOCH * (int64_t)1000 + (m->now_ms - m->on_ms);
}

static int64_t bounded(int64_t unix_ms)
{
	return unix_ms < 0 ? 0 : unix_ms / 1000;
}

/* "2024/01/31,14:00:00+08"; SHORT_YEAR as in AT+CCLK. */
static void format(char text[48], int64_t unix_s, bool short_year, int zone)
{
	struct date d = date_of(unix_s);

	if (short_year)
		snprintf(text, 48, "%02u/", (unsigned)(d.year % 100));
	else
		snprintf(text, 48, "%04u/", (unsigned)(d.year % 10000));
	snprintf(text + strlen(text), 48 - strlen(text), "%02u/%02u,%02u:%02u:%02u%c%02d", d.month, d.day, d.hour,
		 d.minute, d.second, zone < 0 ? '-' : '+', zone < 0 ? -zone : zone);
}

/* As the network, or a time server, tells it. */
static int64_t told_ms(const struct modem *m, int64_t off_s)
{
	int64_t ms = modem_clock_network(m) + off_s * 1000;

	return ms < 0 ? 0 : ms;
}

static void set_rtc(struct modem *m, int64_t unix_ms)
{
	m->rtc_offset_ms = unix_ms - modem_clock_network(m);
	m->rtc_set = true;
}

void modem_clock_nitz(struct modem *m)
{
	char text[48];

	if (!m->net.nitz || !modem_radio_registered(m))
		return;
	m->nitz_seen = true;
	m->nitz_unix_ms = told_ms(m, m->net.nitz_s);
	if (m->set[SET_CTZU])
		set_rtc(m, m->nitz_unix_ms);
	format(text, bounded(m->nitz_unix_ms), false, m->net.zone);
	modem_note(m, "time", "the network tells %s", text);
	text[strlen(text) - 3] = '\0';
	if (m->set[SET_CTZR] == 1)
		modem_urc(m, "+CTZV: %+03d", m->net.zone);
	else if (m->set[SET_CTZR] == 2)
		modem_urc(m, "+CTZE: \"%+03d\",0,\"%s\"", m->net.zone, text);
}

/* "24/01/31,14:00:00+08" within the quotes; the zone may be missing. */
static bool parse_clock(const char *text, int64_t *unix_s)
{
	unsigned year, month, day, hour, minute, second;
	int used = 0, zone = 0, end = 0;

	if (sscanf(text, "%2u/%2u/%2u,%2u:%2u:%2u%n", &year, &month, &day, &hour, &minute, &second, &used) != 6)
		return false;
	if (text[used] != '\0' && (sscanf(text + used, "%3d%n", &zone, &end) != 1 || text[used + end] != '\0'))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 || zone < -48 ||
	    zone > 56)
		return false;
	*unix_s = days_of((year < 80 ? 2000 : 1900) + (int64_t)year, month, day) * 86400 + hour * 3600 + minute * 60 +
		  second;
	return true;
}

HANDLER(cclk)
{
	char text[48];
	int64_t unix_s;

	if (c->form == FORM_READ) {
		format(text, bounded(rtc(m)), true, m->rtc_set ? m->net.zone : 0);
		modem_info(m, "+CCLK: \"%s\"", text);
		return DONE;
	}
	if (!modem_call_text(c, 0, text, sizeof text) || !parse_clock(text, &unix_s))
		return CME(CME_PARAMETER);
	set_rtc(m, unix_s * 1000);
	return DONE;
}

/* Before the network told it: nothing, or what the part's clock begins with. */
static void qlts_untold(struct modem *m)
{
	static const struct { int64_t epoch_s; int zone; } begins[] = {
		[UNTOLD_1970] = { 0, 0 }, [UNTOLD_1980] = { GPS_EPOCH, 0 }, [UNTOLD_2004] = { 1072915200, 32 },
		[UNTOLD_2080] = { 3471724800, 0 },
	};
	uint32_t how = m->quirk[QUIRK_UNTOLD];
	char text[48] = "";

	if (how != UNTOLD_EMPTY)
		format(text, begins[how].epoch_s + (m->now_ms - m->on_ms) / 1000, false, begins[how].zone);
	modem_info(m, how != UNTOLD_EMPTY ? "+QLTS: \"%s,0\"" : "+QLTS: \"%s\"", text);
}

/* 0: as the network told it last; 1: now, GMT; 2: now, local.  +QLTS: "" when
 * the network never told it. */
HANDLER(qlts)
{
	uint32_t mode = 0;
	int64_t unix_s;
	char text[48];

	if (c->form == FORM_SET && !modem_call_number(c, 0, 0, 2, &mode))
		return CME(CME_PARAMETER);
	if (!m->nitz_seen) {
		qlts_untold(m);
		return DONE;
	}
	unix_s = bounded(mode == 0 ? m->nitz_unix_ms : told_ms(m, m->net.nitz_s));
	if (mode != 1)
		unix_s += m->net.zone * QUARTER_S;
	format(text, unix_s, false, m->net.zone);
	modem_info(m, "+QLTS: \"%s,0\"", text);
	return DONE;
}

static int number(struct modem *m, const struct call *c, enum setting s, uint32_t max)
{
	uint32_t value;

	if (c->form == FORM_READ) {
		modem_info(m, "+%s: %u", c->command->name, (unsigned)m->set[s]);
		return DONE;
	}
	if (!modem_call_number(c, 0, 0, max, &value))
		return CME(CME_PARAMETER);
	modem_nv_set(m, s, value);
	return DONE;
}

/* Whether the network sets the modem's own clock. */
HANDLER(ctzu)
{
	int result = number(m, c, SET_CTZU, 3);

	if (c->form == FORM_SET && result == DONE && m->set[SET_CTZU] && m->nitz_seen)
		set_rtc(m, told_ms(m, m->net.nitz_s));
	return result;
}

HANDLER(ctzr)
{
	return number(m, c, SET_CTZR, 2);
}

/* +QNTP: <err>,"2024/01/31,14:00:00+08" */
static void ntp_answer(struct modem *m)
{
	char text[48];
	bool lost = !m->net.ntp || !modem_radio_registered(m);

	if (lost) {
		m->last_error = MODEM_ERR_TIMEOUT;
		modem_urc(m, "+QNTP: %d", MODEM_ERR_TIMEOUT);
		return;
	}
	set_rtc(m, told_ms(m, m->net.ntp_s));
	format(text, bounded(told_ms(m, m->net.ntp_s)), false, m->net.zone);
	modem_urc(m, "+QNTP: 0,\"%s\"", text);
}

/* The server's name is not looked up: every NTP server of the virtual network
 * tells the network's time. */
HANDLER(qntp)
{
	uint32_t id, port = 123, adopt = 1;
	char server[MODEM_HOST_MAX + 1];

	if (c->form == FORM_READ) {
		modem_info(m, "+QNTP: \"%s\"", m->ntp_server);
		return DONE;
	}
	if (!modem_call_number(c, 0, 1, m->quirk[QUIRK_CONTEXTS], &id) ||
	    !modem_call_text(c, 1, server, sizeof server) || server[0] == '\0' ||
	    !modem_call_option(c, 2, 1, 65535, &port) || !modem_call_option(c, 3, 0, 1, &adopt))
		return MODEM_ERR_PARAMETER;
	if (m->context[id].state != CONTEXT_ACTIVE)
		return m->context[id].state == CONTEXT_BROKEN ? MODEM_ERR_PDP : MODEM_ERR_CONTEXT;
	memcpy(m->ntp_server, server, sizeof server);
	m->job.after = ntp_answer;
	return DONE;
}
