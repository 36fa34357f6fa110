/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtc.h - the calendar that goes on over a restart, from the 32 kHz crystal.
 *
 * On the discovery board VBAT is the board's own supply: it does not outlast that.
 */
#ifndef TERN_STM32L496_RTC_H
#define TERN_STM32L496_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* Start the crystal; it needs up to two seconds, nobody waits for it. */
void rtc_start(void);

/* Seconds since 1970; false if it was never set, or the crystal has stopped since. */
bool rtc_read(int64_t *unix_s);

/* Nothing is set while the crystal does not run, nor a time before 2001 or after
 * 2099, which the calendar cannot tell from none at all. */
void rtc_write(int64_t unix_s);

/* The rule, both ways: registers TR and DR.  False: they hold no date. */
struct rtc_fields {
	uint32_t tr, dr;
};
struct rtc_fields rtc_encode(int64_t unix_s);    /* not negative */
bool rtc_decode(struct rtc_fields f, int64_t *unix_s);

#endif
