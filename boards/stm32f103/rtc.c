/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/rtc.h"

#include "cortex_m/io.h"
#include "stm32f103/registers.h"

/* What follows takes three cycles of 32 kHz at most, 92 us; a poll is 0.1 us or more. */
enum { POLL_LIMIT = 10000 };

/* In BKP_DR1 while the counter holds the time. */
enum { SET = 0x7e12 };

/* RM0008 18.4.3: the rate less one */
enum { LSE_RELOAD = 32768 - 1, HSE_RELOAD = 8000000 / 128 - 1 };

void rtc_start(bool power_on)
{
	io_set(&RCC->APB1ENR, RCC_APB1ENR_PWREN | RCC_APB1ENR_BKPEN);
	io_set(PWR_CR, PWR_CR_DBP);    /* RM0008 5.1.2 */
	io_set(&RCC->BDCR, RCC_BDCR_LSEON);
	if (power_on && (io_read(&RCC->BDCR) & RCC_BDCR_RTCSEL) == RCC_BDCR_RTCSEL_HSE)
		io_write(BKP_DR1, 0);
}

/* The source that is chosen, if it runs. */
static uint32_t running_source(void)
{
	uint32_t bdcr = io_read(&RCC->BDCR);
	uint32_t source = bdcr & RCC_BDCR_RTCSEL;

	if ((bdcr & RCC_BDCR_RTCEN) == 0)
		return 0;
	if (source == RCC_BDCR_RTCSEL_LSE && (bdcr & RCC_BDCR_LSERDY) == 0)
		return 0;
	if (source == RCC_BDCR_RTCSEL_HSE && (io_read(&RCC->CR) & RCC_CR_HSERDY) == 0)
		return 0;
	return source;
}

const char *rtc_source(void)
{
	switch (running_source()) {
	case RCC_BDCR_RTCSEL_LSE:
		return "LSE";
	case RCC_BDCR_RTCSEL_HSE:
		return "HSE";
	default:
		return "none";
	}
}

/* A source can be chosen once; a reset of the domain frees the choice (RM0008
 * 7.3.9), and stops LSE. */
static uint32_t choose_source(void)
{
	uint32_t source = running_source();

	if (source != 0)
		return source;
	if ((io_read(&RCC->BDCR) & RCC_BDCR_RTCSEL) != 0) {
		io_write(&RCC->BDCR, RCC_BDCR_BDRST);
		io_write(&RCC->BDCR, 0);
	}
	source = (io_read(&RCC->BDCR) & RCC_BDCR_LSERDY) != 0 ? RCC_BDCR_RTCSEL_LSE : RCC_BDCR_RTCSEL_HSE;
	io_set(&RCC->BDCR, source | RCC_BDCR_RTCEN);
	return running_source();
}

/* RM0008 18.3.4: the last write has arrived. */
static bool settled(void)
{
	return io_wait(&RTC->CRL, RTC_CRL_RTOFF, RTC_CRL_RTOFF, POLL_LIMIT);
}

static void set_counter(uint32_t reload, uint32_t seconds)
{
	io_set(&RTC->CRL, RTC_CRL_CNF);
	io_write(&RTC->PRLH, reload >> 16);
	io_write(&RTC->PRLL, reload & 0xffffu);
	io_write(&RTC->CNTH, seconds >> 16);
	io_write(&RTC->CNTL, seconds & 0xffffu);
	io_clear(&RTC->CRL, RTC_CRL_CNF);
}

void rtc_write(int64_t unix_s)
{
	uint32_t source;

	if (unix_s <= 0 || unix_s > UINT32_MAX)
		return;
	io_write(BKP_DR1, 0);
	source = choose_source();
	if (source == 0 || !settled())
		return;
	set_counter(source == RCC_BDCR_RTCSEL_LSE ? LSE_RELOAD : HSE_RELOAD, (uint32_t)unix_s);
	if (settled())
		io_write(BKP_DR1, SET);
}

/* RM0008 18.3.3: after a reset what the bus reads is stale until RSF comes. */
static bool synchronised(void)
{
	io_clear(&RTC->CRL, RTC_CRL_RSF);
	return io_wait(&RTC->CRL, RTC_CRL_RSF, RTC_CRL_RSF, POLL_LIMIT);
}

static uint32_t counter(void)
{
	uint32_t high, low;

	do {
		high = io_read(&RTC->CNTH);
		low = io_read(&RTC->CNTL);
	} while (high != io_read(&RTC->CNTH));    /* twice at most: it carries every 18 h */
	return high << 16 | (low & 0xffffu);
}

bool rtc_read(int64_t *unix_s)
{
	if ((io_read(BKP_DR1) & 0xffffu) != SET || running_source() == 0 || !synchronised())
		return false;
	*unix_s = (int64_t)counter();
	return true;
}

static bool counts_lse(void)
{
	return running_source() == RCC_BDCR_RTCSEL_LSE && synchronised();
}

/* The prescaler counts down to 0, then the counter goes on (RM0008 18.4.4). */
bool rtc_ms(uint32_t *ms)
{
	uint32_t s, left;

	if (!counts_lse())
		return false;
	do {
		s = counter();
		left = io_read(&RTC->DIVL) & 0x7fffu;
	} while (s != counter());    /* twice at most */
	*ms = s * 1000 + (LSE_RELOAD - left) * 1000 / (LSE_RELOAD + 1);
	return true;
}

bool rtc_alarm(uint32_t s)
{
	uint32_t at;

	if (!counts_lse() || !settled())
		return false;
	at = counter() + s;
	io_write(&RTC->CRH, RTC_CRH_ALRIE);
	io_change(&RTC->CRL, RTC_CRL_ALRF, false);
	io_set(&RTC->CRL, RTC_CRL_CNF);
	io_write(&RTC->ALRH, at >> 16);
	io_write(&RTC->ALRL, at & 0xffffu);
	io_clear(&RTC->CRL, RTC_CRL_CNF);
	return settled();
}
