/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days are counted from 1 March of year 0, so that the leap day is the last of
 * its year and months have the same lengths in all years.
 */
#include "base/calendar.h"

enum { TO_1970 = 719468, DAY_S = 86400, DAYS_400_YEARS = 146097 };

struct calendar calendar_from_unix(int64_t unix_s)
{
	uint64_t s = (uint64_t)(unix_s + (int64_t)TO_1970 * DAY_S);
	uint32_t days = (uint32_t)(s / DAY_S), left = (uint32_t)(s % DAY_S);
	uint32_t of_400 = days % DAYS_400_YEARS;
	uint32_t year = (of_400 - of_400 / 1460 + of_400 / 36524 - of_400 / 146096) / 365;
	uint32_t of_year = of_400 - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * of_year + 2) / 153;     /* 0 = March */

	return (struct calendar){
		.year = year + days / DAYS_400_YEARS * 400 + (month >= 10 ? 1 : 0),
		.month = month < 10 ? month + 3 : month - 9,
		.day = of_year - (153 * month + 2) / 5 + 1,
		.hour = left / 3600, .minute = left / 60 % 60, .second = left % 60,
	};
}

int64_t calendar_to_unix(const struct calendar *c)
{
	uint32_t year = c->month > 2 ? c->year : c->year - 1;
	uint32_t month = c->month > 2 ? c->month - 3 : c->month + 9;
	uint32_t days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + c->day - 1;

	return ((int64_t)days - TO_1970) * DAY_S + (int64_t)((c->hour * 60 + c->minute) * 60 + c->second);
}

uint32_t calendar_days_in(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 ? leap : 0);
}
