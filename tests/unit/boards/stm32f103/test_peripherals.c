/* SPDX-License-Identifier: Apache-2.0 */
/* Pins, clock that lasts, noise, description, speeds: against a model of the chip. */
#include "unit/cmocka_all.h"

#include "cortex_m/core.h"
#include "model/chip.h"
#include "stm32f103/analog.h"
#include "stm32f103/identity.h"
#include "stm32f103/oscillator.h"
#include "stm32f103/pins.h"
#include "stm32f103/rtc.h"
#include "stm32f103/stop.h"
#include "stm32f103/uart.h"
#include "stm32f103/vectors.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* --- pins --- */

static unsigned mode_of(struct gpio *port, unsigned number)
{
	uint32_t reg = chip_register(number < 8 ? &port->CRL : &port->CRH);

	return reg >> number % 8 * 4 & 0xfu;
}

static void pins_have_the_modes_that_the_reference_manual_asks_for(void **state)
{
	(void)state;
	chip_reset();
	pins_start();
	assert_int_equal(chip_register(&RCC->APB2ENR) & 0xdu, 0xd);
	assert_int_equal(mode_of(GPIOA, 0), GPIO_PULLED_INPUT);      /* CTS */
	assert_int_equal(mode_of(GPIOA, 1), GPIO_ALTERNATE_2MHZ);    /* RTS */
	assert_int_equal(mode_of(GPIOA, 2), GPIO_ALTERNATE_2MHZ);
	assert_int_equal(mode_of(GPIOA, 3), GPIO_PULLED_INPUT);
	assert_int_equal(mode_of(GPIOA, 5), GPIO_OUTPUT_2MHZ);
	assert_int_equal(mode_of(GPIOA, 8), GPIO_OUTPUT_2MHZ);
	assert_int_equal(mode_of(GPIOA, 9), GPIO_OUTPUT_2MHZ);
	assert_int_equal(mode_of(GPIOB, 5), GPIO_OUTPUT_2MHZ);
	assert_int_equal(mode_of(GPIOB, 6), GPIO_PULLED_INPUT);
	assert_int_equal(mode_of(GPIOB, 10), GPIO_ALTERNATE_2MHZ);
	assert_int_equal(mode_of(GPIOB, 11), GPIO_PULLED_INPUT);
	for (enum pin pin = 0; pin < PIN_COUNT; pin++)
		assert_true(pin_present(pin));
}

/* BSRR holds what was written last: the lower half sets, the upper one clears. */
static void lines_have_the_level_of_their_meaning(void **state)
{
	static const struct row {
		const char  *name;
		enum pin     pin;
		bool         on;
		struct gpio *port;
		uint32_t     bsrr;
	} rows[] = {
		{ "PWRKEY is pressed by a transistor: high",  PIN_MODEM_PWRKEY, true,  GPIOB, 1u << 5 },
		{ "PWRKEY is let go: low",                    PIN_MODEM_PWRKEY, false, GPIOB, 1u << 21 },
		{ "RESET is held by a transistor: high",      PIN_MODEM_RESET,  true,  GPIOA, 1u << 8 },
		{ "RESET is let go: low",                     PIN_MODEM_RESET,  false, GPIOA, 1u << 24 },
		{ "DTR to stay awake: low",                   PIN_MODEM_DTR,    true,  GPIOA, 1u << 25 },
		{ "DTR to sleep: high",                       PIN_MODEM_DTR,    false, GPIOA, 1u << 9 },
		{ "the LED lights when high",                 PIN_LED,          true,  GPIOA, 1u << 5 },
	};

	(void)state;
	chip_reset();
	pins_start();
	for (size_t i = 0; i < COUNT(rows); i++) {
		pin_write(rows[i].pin, rows[i].on);
		if (chip_register(&rows[i].port->BSRR) != rows[i].bsrr)
			fail_msg("%s: BSRR 0x%08x", rows[i].name, chip_register(&rows[i].port->BSRR));
	}
}

static void status_is_on_while_its_transistor_pulls_down(void **state)
{
	(void)state;
	chip_reset();
	pins_start();
	io_write(&GPIOB->IDR, 0);
	assert_true(pin_read(PIN_MODEM_STATUS));
	io_write(&GPIOB->IDR, 1u << 6);
	assert_false(pin_read(PIN_MODEM_STATUS));
}

/* --- the clock that lasts --- */

static void a_reset(bool power_on)
{
	io_write(&RCC->CR, RCC_CR_HSEON);
	rtc_start(power_on);
}

static void clock_goes_on_over_a_reset(void **state)
{
	static const struct row {
		const char *name;
		bool        lse, power_on;
		uint32_t    reload;
		bool        goes_on;
	} rows[] = {
		{ "32 kHz crystal, reset",                       true,  false, 32767, true },
		{ "32 kHz crystal with a battery, power-on",     true,  true,  32767, true },
		{ "main crystal, reset",                         false, false, 62499, true },
		{ "main crystal, which stood while power was off", false, true, 62499, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t now = 0;

		chip_reset();
		chip.lse_starts = rows[i].lse;
		a_reset(true);
		if (rtc_read(&now))
			fail_msg("%s: it was never set", rows[i].name);
		rtc_write(1798761600);
		assert_int_equal(chip_rtc_reload(), rows[i].reload);
		chip_rtc_pass(70000);
		if (!rtc_read(&now) || now != 1798761600 + 70000)
			fail_msg("%s: %lld", rows[i].name, (long long)now);
		a_reset(rows[i].power_on);
		if (rtc_read(&now) != rows[i].goes_on)
			fail_msg("%s: after the reset", rows[i].name);
		rtc_write(1798761600);
		assert_true(rtc_read(&now));
	}
}

static void crystal_that_stopped_is_no_clock(void **state)
{
	int64_t now;

	(void)state;
	chip_reset();
	chip.lse_starts = true;
	a_reset(true);
	rtc_write(1000000000);
	assert_string_equal(rtc_source(), "LSE");
	chip.lse_starts = false;
	assert_false(rtc_read(&now));
	assert_string_equal(rtc_source(), "none");
	rtc_write(1000000001);                  /* goes over to the other one */
	assert_string_equal(rtc_source(), "HSE");
	assert_true(rtc_read(&now));
	assert_int_equal(now, 1000000001);
}

static void no_crystal_at_all_is_no_clock(void **state)
{
	int64_t now;

	(void)state;
	chip_reset();
	chip.hse_starts = false;
	a_reset(true);
	rtc_write(1000000000);
	assert_false(rtc_read(&now));
	chip_reset();
	chip.emulated = true;
	a_reset(true);
	rtc_write(1000000000);
	assert_false(rtc_read(&now));
}

static void times_that_the_counter_cannot_hold_are_not_written(void **state)
{
	static const int64_t times[] = { INT64_MIN, -1, 0, 4294967296, INT64_MAX };
	int64_t now;

	(void)state;
	chip_reset();
	a_reset(true);
	rtc_write(4294967295);
	for (size_t i = 0; i < COUNT(times); i++)
		rtc_write(times[i]);
	assert_true(rtc_read(&now));
	assert_int_equal(now, 4294967295);
}

/* --- Stop mode --- */

static void stop_lasts_as_long_as_it_says(void **state)
{
	static const struct row {
		const char *name;
		uint32_t    ms, begun_ms, typed_ms, least, most;
	} rows[] = {
		{ "five seconds",                        5000, 0,   0,    4990, 5001 },
		{ "begun within a second: ends earlier", 5000, 700, 0,    4290, 4301 },
		{ "longer than the watchdog waits",     60000, 0,   0,    6990, 7001 },
		{ "somebody types",                      5000, 300, 1234, 1224, 1244 },
		{ "within a millisecond, not \"no Stop\"", 5000, 0,   1,    1,    2    },
		{ "the shortest",                        2000, 0,   0,    1990, 2001 },
		{ "too short to be worth it",            1999, 0,   0,    0,    0    },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t slept;

		chip_reset();
		chip.lse_starts = true;
		a_reset(true);
		rtc_write(1798761600);
		chip_rtc_pass_ms(rows[i].begun_ms);
		chip.typed_after_ms = rows[i].typed_ms;
		io_write(&STK->CTRL, 7);
		slept = stop_for(rows[i].ms);
		if (slept < rows[i].least || slept > rows[i].most)
			fail_msg("%s: %u ms", rows[i].name, slept);
		assert_int_equal(chip.stops, rows[i].most > 0);
		assert_int_equal(chip_register(&STK->CTRL), 7);
		assert_int_equal(chip_register(&SCB->SCR), 0);
		assert_int_equal(chip_register(&EXTI->IMR), 0);
	}
}

static void stop_needs_the_clock_that_goes_on_in_it(void **state)
{
	(void)state;
	chip_reset();
	a_reset(true);
	assert_int_equal(stop_for(5000), 0);      /* no time was written: it does not count */
	rtc_write(1798761600);                    /* counts HSE */
	assert_int_equal(stop_for(5000), 0);
	chip_reset();
	chip.emulated = true;
	assert_int_equal(stop_for(5000), 0);
	assert_int_equal(chip.stops, 0);
}

/* --- noise --- */

static void converter_gives_low_bytes_of_both_inputs_in_turn(void **state)
{
	uint8_t samples[300];

	(void)state;
	chip_reset();
	chip.adc_value[ADC_CHANNEL_VREFINT] = 0x5d2;
	chip.adc_value[ADC_CHANNEL_TEMPERATURE] = 0x6ef;
	for (size_t n = 0; n <= sizeof samples; n += 25) {
		memset(samples, 0, sizeof samples);
		assert_int_equal(analog_noise(samples, n), n < 256 ? n : 256);
		for (size_t i = 0; i < n && i < 256; i++)
			assert_int_equal(samples[i], i % 2 == 0 ? 0xd2 : 0xef);
		assert_true(n == sizeof samples || samples[n] == 0);
	}
	assert_true(analog_present());
	assert_int_equal(chip_register(&ADC1->SMPR1), 0);
	assert_int_equal(chip_register(&ADC1->CR2), 0);
}

static void converter_that_does_not_answer_gives_nothing(void **state)
{
	uint8_t samples[16];

	(void)state;
	chip_reset();
	chip.adc_answers = false;
	assert_int_equal(analog_noise(samples, sizeof samples), 0);
	chip_reset();
	chip.emulated = true;
	assert_false(analog_present());
	assert_false(oscillator_present());
	assert_int_equal(analog_noise(samples, sizeof samples), 0);
	assert_int_equal(oscillator_noise(samples, sizeof samples), 0);
}

/* The interrupt comes while it is wanted. */
static void capture(uint16_t count, bool over)
{
	chip_capture(count, over);
	if ((chip_register(&TIM5->DIER) & TIM_DIER_CC4IE) != 0)
		TIM5_IRQHandler();
}

static void oscillator_gives_the_low_byte_of_each_interval(void **state)
{
	uint8_t samples[200];
	uint16_t count = 60000;

	(void)state;
	chip_reset();
	assert_true(oscillator_present());
	assert_int_equal(chip_register(AFIO_MAPR), AFIO_MAPR_TIM5CH4_IREMAP);    /* nothing of JTAG's field */
	assert_int_equal(oscillator_noise(samples, sizeof samples), 0);
	for (unsigned i = 0; i <= 10; i++) {
		capture(count, false);
		count = (uint16_t)(count + 14400 + i);
	}
	assert_int_equal(oscillator_noise(samples, sizeof samples), 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(samples[i], (uint8_t)(14400 + i));
	/* one was missed: two intervals are in doubt */
	capture(count, true);
	count = (uint16_t)(count + 14401);
	capture(count, false);
	count = (uint16_t)(count + 14402);
	capture(count, false);
	assert_int_equal(oscillator_noise(samples, sizeof samples), 1);
	assert_int_equal(samples[0], (uint8_t)14402);
}

static void oscillator_rests_when_nobody_reads(void **state)
{
	uint8_t samples[200];
	unsigned wanted = 0;

	(void)state;
	chip_reset();
	(void)oscillator_noise(samples, sizeof samples);
	for (unsigned i = 0; i < 1000; i++) {
		wanted += (chip_register(&TIM5->DIER) & TIM_DIER_CC4IE) != 0;
		capture((uint16_t)(i * 14400), false);
	}
	assert_int_equal(wanted, 129);
	assert_int_equal(oscillator_noise(samples, sizeof samples), 128);
	/* The first capture after the rest begins an interval, it ends none. */
	capture(7, false);
	capture(57, false);
	assert_int_equal(oscillator_noise(samples, sizeof samples), 1);
	assert_int_equal(samples[0], 50);
}

/* --- speeds --- */

static void speeds_within_two_percent_are_taken(void **state)
{
	static const struct row {
		uint32_t clock_hz, baud, brr;    /* 0: refused */
	} rows[] = {
		{ 36000000, 9600,    3750 }, { 36000000, 115200, 313 }, { 36000000, 230400, 156 },
		{ 36000000, 460800,  78 },   { 36000000, 921600, 39 },  { 36000000, 2250000, 16 },
		{ 36000000, 3000000, 0 },    { 36000000, 1, 0 },        { 36000000, 0, 0 },
		{ 36000000, 2200000, 0 },    { 8000000, 921600, 0 },    { 8000000, 115200, 69 },
		{ 8000000,  460800,  0 },   { 36000000, UINT32_MAX, 0 },
	};
	struct uart uart;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		chip_reset();
		memset(&uart, 0, sizeof uart);
		uart_start(&uart, USART2, rows[i].clock_hz, 115200, false);
		if (uart_baud(&uart, rows[i].baud) != (rows[i].brr != 0))
			fail_msg("%u baud from %u Hz", rows[i].baud, rows[i].clock_hz);
		if (rows[i].brr == 0)
			assert_int_equal(chip_register(&USART2->BRR), (rows[i].clock_hz + 57600) / 115200);
		else
			assert_int_equal(chip_register(&USART2->BRR), rows[i].brr);
	}
}

/* --- description --- */

static void description_tells_what_matters(void **state)
{
	char buf[200];
	struct text t;

	(void)state;
	chip_reset();
	io_write(DBGMCU_IDCODE, 0x10030430);
	io_write(FLASH_OBR, FLASH_OBR_WDG_SW);
	io_write(FLASH_WRPR, 0xffffffff);
	text_init(&t, buf, sizeof buf);
	identity_describe(&t, CLOCK_HSE_PLL);
	assert_string_equal(buf, "STM32F103, device 0x430 revision 0x1003, flash 1024 KB, 72 MHz from HSE, RTC from none, "
				 "not read-out protected, WRP 0xffffffff, watchdog by software");
	assert_false(t.overflow);
	io_write(FLASH_OBR, FLASH_OBR_RDPRT);
	text_init(&t, buf, sizeof buf);
	identity_describe(&t, CLOCK_HSI_PLL);
	assert_non_null(strstr(buf, "64 MHz from HSI"));
	assert_non_null(strstr(buf, ", read-out protected"));
	assert_non_null(strstr(buf, "watchdog from power-on"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins_have_the_modes_that_the_reference_manual_asks_for),
		cmocka_unit_test(lines_have_the_level_of_their_meaning),
		cmocka_unit_test(status_is_on_while_its_transistor_pulls_down),
		cmocka_unit_test(clock_goes_on_over_a_reset),
		cmocka_unit_test(crystal_that_stopped_is_no_clock),
		cmocka_unit_test(no_crystal_at_all_is_no_clock),
		cmocka_unit_test(times_that_the_counter_cannot_hold_are_not_written),
		cmocka_unit_test(stop_lasts_as_long_as_it_says),
		cmocka_unit_test(stop_needs_the_clock_that_goes_on_in_it),
		cmocka_unit_test(converter_gives_low_bytes_of_both_inputs_in_turn),
		cmocka_unit_test(converter_that_does_not_answer_gives_nothing),
		cmocka_unit_test(oscillator_gives_the_low_byte_of_each_interval),
		cmocka_unit_test(oscillator_rests_when_nobody_reads),
		cmocka_unit_test(speeds_within_two_percent_are_taken),
		cmocka_unit_test(description_tells_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
