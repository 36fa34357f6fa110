/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/rtc.h"

#include "base/calendar.h"
#include "cortex_m/io.h"
#include "stm32l496/registers.h"

/* INITF comes after two cycles of 32 kHz, 61 us: 610 polls at 80 MHz.  The
 * calendar is read again until two readings agree: the second one, or the third
 * when a second passes between them. */
enum { POLL_LIMIT = 10000, READ_LIMIT = 4 };

enum { CENTURY = 2000, FIRST_YEAR = 2001, LAST_YEAR = 2099 };

/* Backup register 0: the calendar was set by this program. */
enum { SET_MARK = 0x5465726e };

static uint32_t to_bcd(uint32_t n)
{
	return n / 10 << 4 | n % 10;
}

static uint32_t from_bcd(uint32_t n)
{
	return (n >> 4) * 10 + (n & 0xf);
}

/* RM0351 38.6.2: a day of the week is kept too, 1 to 7 is Monday to Sunday;
 * 1970-01-01 was a Thursday. */
struct rtc_fields rtc_encode(int64_t unix_s)
{
	struct calendar c = calendar_from_unix(unix_s);
	uint32_t weekday = ((uint32_t)((uint64_t)unix_s / 86400) + 3) % 7 + 1;

	return (struct rtc_fields){
		.tr = to_bcd(c.hour) << 16 | to_bcd(c.minute) << 8 | to_bcd(c.second),
		.dr = to_bcd(c.year - CENTURY) << 16 | weekday << 13 | to_bcd(c.month) << 8 | to_bcd(c.day),
	};
}

static bool is_date(const struct calendar *c)
{
	return c->year >= FIRST_YEAR && c->year <= LAST_YEAR && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= calendar_days_in(c->year, c->month) && c->hour < 24 && c->minute < 60 && c->second < 60;
}

bool rtc_decode(struct rtc_fields f, int64_t *unix_s)
{
	struct calendar c = {
		.year = CENTURY + from_bcd(f.dr >> 16 & 0xff),
		.month = from_bcd(f.dr >> 8 & 0x1f),
		.day = from_bcd(f.dr & 0x3f),
		.hour = from_bcd(f.tr >> 16 & 0x3f),
		.minute = from_bcd(f.tr >> 8 & 0x7f),
		.second = from_bcd(f.tr & 0x7f),
	};

	if (!is_date(&c))
		return false;
	*unix_s = calendar_to_unix(&c);
	return true;
}

/* RM0351 5.1.4: the backup domain is locked after a reset. */
void rtc_start(void)
{
	io_set(&RCC->APB1ENR1, RCC_APB1ENR1_PWREN | RCC_APB1ENR1_RTCAPBEN);
	io_set(&PWR->CR1, PWR_CR1_DBP);
	io_set(&RCC->BDCR, RCC_BDCR_LSEON);
}

/* LSECSSD: the crystal has stopped since it was watched (RM0351 6.2.12). */
static bool is_running(void)
{
	uint32_t want = RCC_BDCR_LSERDY | RCC_BDCR_RTCEN | RCC_BDCR_RTCSEL_LSE;

	return (io_read(&RCC->BDCR) & (want | RCC_BDCR_RTCSEL | RCC_BDCR_LSECSSD)) == want;
}

/* Straight from the counters (BYPSHAD), until two readings agree (RM0351 38.3.8). */
static bool read_fields(struct rtc_fields *f)
{
	for (unsigned n = 0; n < READ_LIMIT; n++) {
		f->tr = io_read(&RTC->TR);
		f->dr = io_read(&RTC->DR);
		if (io_read(&RTC->TR) == f->tr && io_read(&RTC->DR) == f->dr)
			return true;
	}
	return false;
}

bool rtc_read(int64_t *unix_s)
{
	struct rtc_fields f;

	return is_running() && (io_read(&RTC->ISR) & RTC_ISR_INITS) != 0 && io_read(&RTC->BKPR[0]) == SET_MARK &&
	       read_fields(&f) && rtc_decode(f, unix_s);
}

/* The calendar's clock is chosen once; another choice, and a crystal that was
 * found stopped, need the backup domain reset (RM0351 6.4.29). */
static bool clock_from_crystal(void)
{
	uint32_t bdcr = io_read(&RCC->BDCR);
	uint32_t from = bdcr & RCC_BDCR_RTCSEL;

	if ((from != 0 && from != RCC_BDCR_RTCSEL_LSE) || (bdcr & RCC_BDCR_LSECSSD) != 0) {
		io_write(&RCC->BDCR, RCC_BDCR_BDRST);
		io_write(&RCC->BDCR, 0);
		io_write(&RCC->BDCR, RCC_BDCR_LSEON);
	}
	if ((io_read(&RCC->BDCR) & RCC_BDCR_LSERDY) == 0)
		return false;
	io_set(&RCC->BDCR, RCC_BDCR_RTCSEL_LSE | RCC_BDCR_RTCEN);
	io_set(&RCC->BDCR, RCC_BDCR_LSECSSON);
	return true;
}

/* RM0351 38.3.7.  The prescalers are for 32768 Hz after a reset of the domain. */
static void set_fields(struct rtc_fields f)
{
	io_write(&RTC->WPR, RTC_WPR_KEY1);
	io_write(&RTC->WPR, RTC_WPR_KEY2);
	io_write(&RTC->BKPR[0], 0);
	io_set(&RTC->ISR, RTC_ISR_INIT);
	if (io_wait(&RTC->ISR, RTC_ISR_INITF, RTC_ISR_INITF, POLL_LIMIT)) {
		io_write(&RTC->TR, f.tr);
		io_write(&RTC->DR, f.dr);
		io_write(&RTC->CR, RTC_CR_BYPSHAD);
		io_write(&RTC->BKPR[0], SET_MARK);
	}
	io_clear(&RTC->ISR, RTC_ISR_INIT);
	io_write(&RTC->WPR, RTC_WPR_LOCK);
}

void rtc_write(int64_t unix_s)
{
	struct rtc_fields f;
	int64_t same;

	if (unix_s < 0)
		return;
	f = rtc_encode(unix_s);
	if (rtc_decode(f, &same) && same == unix_s && clock_from_crystal())
		set_fields(f);
}
