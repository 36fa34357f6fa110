/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtc.h - seconds since 1970 in the 32-bit counter of the backup domain.
 *
 * It goes on over a reset, and with a battery at VBAT and a 32 kHz crystal (LSE)
 * without power.  A board without that crystal counts the main one's 8 MHz / 128:
 * exact while it runs, a few ms late after each reset, void after power-on.  The
 * internal 40 kHz oscillator is no clock: 30 to 60 kHz (data sheet, LSI).
 *
 * Which of the two is decided when the time is first written, and stays until
 * the backup domain has lost its supply: LSE takes up to 5 s to start.
 */
#ifndef TERN_STM32F103_RTC_H
#define TERN_STM32F103_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* Open the backup domain and start LSE; nobody waits for it.  POWER_ON: the
 * chip was without power. */
void rtc_start(bool power_on);

/* False if it was never set, or has stopped since. */
bool rtc_read(int64_t *unix_s);

/* Times before 1970 and after 2106 are not written. */
void rtc_write(int64_t unix_s);

/* For Stop mode, from LSE alone: milliseconds by the counter and its prescaler; a
 * signal on EXTI's line 17 in S seconds, or up to one earlier.  False: it does
 * not count LSE, or does not answer. */
bool rtc_ms(uint32_t *ms);
bool rtc_alarm(uint32_t s);

/* What it counts: "LSE", "HSE", or "none". */
const char *rtc_source(void);

#endif
