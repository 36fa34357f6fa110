/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h - Unix seconds as date and time of day in UTC, and back: the
 * Gregorian calendar, from year 1 to 9999. */
#ifndef TERN_BASE_CALENDAR_H
#define TERN_BASE_CALENDAR_H

#include <stdint.h>

struct calendar {
	uint32_t year, month, day;         /* month and day from 1 */
	uint32_t hour, minute, second;
};

struct calendar calendar_from_unix(int64_t unix_s);

/* C is a date that exists. */
int64_t calendar_to_unix(const struct calendar *c);

/* Days of a month, 1 to 12. */
uint32_t calendar_days_in(uint32_t year, uint32_t month);

#endif
