/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers of boards/stm32l496 against a model of the chip: all but UART and flash. */
#include "unit/cmocka_all.h"

#include "groups.h"
#include "cortex_m/core.h"
#include "model/chip.h"
#include "stm32l496/analog.h"
#include "stm32l496/clock.h"
#include "stm32l496/describe.h"
#include "stm32l496/pins.h"
#include "stm32l496/reset.h"
#include "stm32l496/rng.h"
#include "stm32l496/rtc.h"

#include <string.h>

/* --- clock --- */

static void clock_falls_back_to_what_starts(void **state)
{
	static const struct row {
		const char *name;
		bool hsi, hsi_pll, msi_pll, voltage, wait_states, switches;
		enum clock_source want;
		uint32_t sw;
	} rows[] = {
		{ "all well",                        true,  true,  true,  true,  true,  true,  CLOCK_HSI_PLL, 0xf },
		{ "no HSI16",                        false, true,  true,  true,  true,  true,  CLOCK_MSI_PLL, 0xf },
		{ "PLL does not lock on HSI16",      true,  false, true,  true,  true,  true,  CLOCK_MSI_PLL, 0xf },
		{ "no PLL",                          true,  false, false, true,  true,  true,  CLOCK_MSI,     0 },
		{ "regulator stays low",             true,  true,  true,  false, true,  true,  CLOCK_MSI,     0 },
		{ "flash does not take wait states", true,  true,  true,  true,  false, true,  CLOCK_MSI,     0 },
		{ "the switch is not taken",         true,  true,  true,  true,  true,  false, CLOCK_MSI,     0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];

		chip_reset();
		chip.hsi_starts = r->hsi;
		chip.hsi_pll_starts = r->hsi_pll;
		chip.msi_pll_starts = r->msi_pll;
		chip.voltage_rises = r->voltage;
		chip.wait_states_taken = r->wait_states;
		chip.switches = r->switches;
		if (clock_start() != r->want || chip_register(&RCC->CFGR) != r->sw)
			fail_msg("%s: CFGR 0x%08x", r->name, chip_register(&RCC->CFGR));
	}
}

/* --- pins --- */

static uint32_t mode_of(char port, unsigned pin)
{
	return chip_register(&GPIO(port)->MODER) >> 2 * pin & 3;
}

static void pins_are_set_with_the_modem_awake_and_its_key_released(void **state)
{
	(void)state;
	chip_reset();
	pins_start();
	assert_true((chip_register(&PWR->CR2) & PWR_CR2_IOSV) != 0);
	assert_int_equal(mode_of('B', 6), 2);
	assert_int_equal(mode_of('G', 10), 2);
	assert_int_equal(mode_of('A', 2), 2);
	assert_int_equal(mode_of('D', 6), 2);
	assert_int_equal(chip_register(&GPIO('B')->AFR[0]) >> 24 & 15, 7);
	assert_int_equal(chip_register(&GPIO('G')->AFR[1]) >> 8 & 15, 7);
	assert_int_equal(chip_register(&GPIO('D')->AFR[0]) >> 24 & 15, 7);
	assert_int_equal(mode_of('D', 3), 1);
	assert_int_equal(mode_of('G', 12), 1);
	assert_int_equal(mode_of('G', 11), 0);
}

static void a_line_is_driven_by_its_meaning(void **state)
{
	static const struct row {
		enum pin pin;
		char port;
		unsigned on_bit, off_bit;
	} rows[] = {
		{ PIN_MODEM_PWRKEY, 'D', 3,       3 + 16 },
		{ PIN_MODEM_RESET,  'B', 2,       2 + 16 },
		{ PIN_MODEM_DTR,    'A', 0 + 16,  0 },
		{ PIN_LED,          'B', 13 + 16, 13 },
	};

	(void)state;
	chip_reset();
	for (size_t i = 0; i < COUNT(rows); i++) {
		pin_write(rows[i].pin, true);
		assert_int_equal(chip_register(&GPIO(rows[i].port)->BSRR), 1u << rows[i].on_bit);
		pin_write(rows[i].pin, false);
		assert_int_equal(chip_register(&GPIO(rows[i].port)->BSRR), 1u << rows[i].off_bit);
	}
}

static void the_button_is_down_when_its_pin_is_high(void **state)
{
	(void)state;
	chip_reset();
	pins_start();
	assert_int_equal(mode_of('C', 13), 0);
	assert_int_equal(chip_register(&GPIO('C')->PUPDR) >> 26 & 3, 2);
	chip_set(&GPIO('C')->IDR, 1u << 13);
	assert_true(pin_read(PIN_BUTTON));
	chip_set(&GPIO('C')->IDR, 0xffffu & ~(1u << 13));
	assert_false(pin_read(PIN_BUTTON));
}

/* --- reset --- */

static void cause_of_a_reset(void **state)
{
	static const struct row {
		uint32_t  csr;
		enum note note;
		enum evidence_reset want;
	} rows[] = {
		{ RCC_CSR_BORRSTF | RCC_CSR_PINRSTF,  NOTE_NONE,    EVIDENCE_RESET_POWER_ON },
		{ RCC_CSR_BORRSTF | RCC_CSR_PINRSTF,  NOTE_RUNNING, EVIDENCE_RESET_BROWN_OUT },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_STACK,   EVIDENCE_RESET_STACK },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_STUCK,   EVIDENCE_RESET_WATCHDOG },
		{ RCC_CSR_BORRSTF | RCC_CSR_PINRSTF,  NOTE_FAULT,   EVIDENCE_RESET_POWER_ON },
		{ RCC_CSR_PINRSTF,                    NOTE_RUNNING, EVIDENCE_RESET_PIN },
		{ RCC_CSR_PINRSTF,                    NOTE_NONE,    EVIDENCE_RESET_PIN },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_RESTART, EVIDENCE_RESET_SOFTWARE },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_RUNNING, EVIDENCE_RESET_SOFTWARE },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_FAULT,   EVIDENCE_RESET_FAULT },
		{ RCC_CSR_IWDGRSTF | RCC_CSR_PINRSTF, NOTE_RUNNING, EVIDENCE_RESET_WATCHDOG },
		{ RCC_CSR_WWDGRSTF | RCC_CSR_PINRSTF, NOTE_RUNNING, EVIDENCE_RESET_WATCHDOG },
		{ RCC_CSR_LPWRRSTF | RCC_CSR_PINRSTF, NOTE_RUNNING, EVIDENCE_RESET_LOW_POWER },
		{ RCC_CSR_OBLRSTF | RCC_CSR_PINRSTF,  NOTE_RUNNING, EVIDENCE_RESET_OPTION_BYTES },
		{ RCC_CSR_FWRSTF | RCC_CSR_PINRSTF,   NOTE_RUNNING, EVIDENCE_RESET_UNKNOWN },
		{ 0,                                  NOTE_NONE,    EVIDENCE_RESET_POWER_ON },
		{ 0,                                  NOTE_RESTART, EVIDENCE_RESET_SOFTWARE },
		{ 0,                                  NOTE_FAULT,   EVIDENCE_RESET_FAULT },
		{ 0,                                  NOTE_RUNNING, EVIDENCE_RESET_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (reset_cause(rows[i].csr, rows[i].note) != rows[i].want)
			fail_msg("0x%08x, note %d: %d", rows[i].csr, rows[i].note, reset_cause(rows[i].csr, rows[i].note));
}

static void flags_are_taken_once(void **state)
{
	(void)state;
	chip_reset();
	chip.reset_flags = RCC_CSR_SFTRSTF;
	assert_int_equal(reset_take_cause(NOTE_FAULT), EVIDENCE_RESET_FAULT);
	assert_int_equal(chip.reset_flags, 0);
}

/* --- generator; it keeps its state over the cases, as over calls --- */

static void make_words(size_t n)
{
	chip_reset();
	chip_set(&RCC->AHB2ENR, RCC_AHB2ENR_RNGEN);
	chip_set(&RNG->CR, RNG_CR_RNGEN);
	for (size_t i = 0; i < n; i++)
		chip.rng_word[i] = 0x01010101u * (uint32_t)(i + 1);
	chip.rng_len = n;
}

/* Runs first: an error later is told by it, since the generator is started once. */
static void generator_without_its_clock_gives_nothing(void **state)
{
	uint8_t out[16];

	(void)state;
	chip_reset();
	chip.hsi48_starts = false;
	assert_int_equal(rng_read(out, sizeof out), 0);
}

static void generator_starts_and_leaves_its_first_word_out(void **state)
{
	uint8_t out[10];

	(void)state;
	make_words(8);
	assert_int_equal(rng_read(out, sizeof out), 10);
	assert_memory_equal(out, "\2\2\2\2\3\3\3\3\4\4", 10);
	assert_int_equal(chip_register(&RCC->CCIPR) & RCC_CCIPR_CLK48SEL, 0);
	assert_int_equal(rng_read(out, 4), 4);
	assert_int_equal(out[0], 5);
}

static void generator_that_falls_silent_ends_the_call(void **state)
{
	uint8_t out[64];

	(void)state;
	make_words(3);
	assert_int_equal(rng_read(out, sizeof out), 12);
	assert_int_equal(rng_read(out, sizeof out), 0);
}

static void generator_errors_are_cleared_and_twelve_words_passed_over(void **state)
{
	static const uint32_t errors[] = {
		RNG_SR_SEIS, RNG_SR_SEIS | RNG_SR_SECS, RNG_SR_CEIS, RNG_SR_CEIS | RNG_SR_CECS, RNG_SR_SECS
	};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		make_words(20);
		chip.rng_flags[2] = errors[i];
		assert_int_equal(rng_read(out, sizeof out), 8);
		assert_int_equal(chip.rng_flags[2], 0);
		assert_true(chip.rng_starts > 0);
		assert_int_equal(rng_read(out, 4), 4);
		assert_int_equal(out[0], 2 + 12 + 1);
	}
}

static void zero_is_no_word(void **state)
{
	uint8_t out[16];

	(void)state;
	make_words(8);
	chip.rng_word[1] = 0;
	assert_int_equal(rng_read(out, sizeof out), 4);
	assert_int_equal(rng_read(out, 4), 4);
	assert_int_equal(out[0], 3);
}

/* --- converter --- */

static void temperature_from_readings(void **state)
{
	static const struct analog_factory f = { CHIP_TS_CAL1, CHIP_TS_CAL2, CHIP_VREFINT_CAL };
	static const struct row {
		uint32_t sensor, reference;
		int      tenths;
	} rows[] = {
		{ 1037, 1655,  300 },     /* as in the factory, at 3.0 V */
		{ 1383, 1655, 1300 },
		{ 943,  1505,  300 },     /* the same at 3.3 V: both read less */
		{ 1210, 1655,  800 },
		{ 933,  1655,   -5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_in_range(analog_tenths(&f, rows[i].sensor, rows[i].reference) - rows[i].tenths + 12, 0, 24);
}

static void temperature_needs_a_converter_that_answers(void **state)
{
	int tenths = 1234;

	(void)state;
	chip_reset();
	chip.adc_value[ADC_CHANNEL_TEMPERATURE] = 943;
	chip.adc_value[ADC_CHANNEL_VREFINT] = 1505;
	assert_true(analog_temperature(&tenths));
	assert_in_range(tenths, 288, 312);
	assert_int_equal(chip_register(&ADC1->CR), ADC_CR_DEEPPWD);
	chip.adc_answers = false;
	assert_false(analog_temperature(&tenths));
	chip.adc_answers = true;
	chip.adc_value[ADC_CHANNEL_VREFINT] = 0;
	assert_false(analog_temperature(&tenths));
}

static void noise_is_both_inputs_in_turn(void **state)
{
	uint8_t out[5] = { 0 };

	(void)state;
	chip_reset();
	chip.adc_value[ADC_CHANNEL_VREFINT] = 0x612;
	chip.adc_value[ADC_CHANNEL_TEMPERATURE] = 0x434;
	assert_int_equal(analog_noise(out, sizeof out), 5);
	assert_memory_equal(out, "\x12\x34\x12\x34\x12", 5);
	assert_int_equal(chip_register(&ADC1->CR), ADC_CR_DEEPPWD);
	chip.adc_answers = false;
	assert_int_equal(analog_noise(out, sizeof out), 0);
}

/* --- calendar --- */

enum { T0 = 1763820000 };      /* 2025-11-22 14:00:00, a Saturday */

static void calendar_registers_and_back(void **state)
{
	static const struct row {
		const char *name;
		int64_t  unix_s;
		uint32_t tr, dr;
	} rows[] = {
		{ "an afternoon",               T0,         0x140000, 0x25d122 },
		{ "a leap day",                 1709164799 + 86400, 0x235959, 0x248229 | 0x2000 },
		{ "the first second",           978307200,  0x000000, 0x012101 },
		{ "the last second",            4102444799, 0x235959, 0x999231 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rtc_fields f = rtc_encode(rows[i].unix_s);
		int64_t back;

		if (f.tr != rows[i].tr || (f.dr & 0xff1f3f) != (rows[i].dr & 0xff1f3f))
			fail_msg("%s: TR 0x%06x DR 0x%06x", rows[i].name, f.tr, f.dr);
		assert_in_range(f.dr >> 13 & 7, 1, 7);
		assert_true(rtc_decode(f, &back));
		assert_int_equal(back, rows[i].unix_s);
	}
	assert_int_equal(rtc_encode(T0).dr >> 13 & 7, 6);
}

static void every_day_of_a_century_goes_there_and_back(void **state)
{
	int64_t back;

	(void)state;
	for (int64_t t = 978307200; t < 4102444800; t += 86400 + 61) {
		assert_true(rtc_decode(rtc_encode(t), &back));
		assert_int_equal(back, t);
	}
}

static void registers_that_hold_no_date(void **state)
{
	static const struct rtc_fields rows[] = {
		{ 0, 0x002101 },            /* after a reset: year 0 */
		{ 0, 0x252001 },            /* month 0 */
		{ 0, 0x253301 },            /* month 13 */
		{ 0, 0x252100 },            /* day 0 */
		{ 0, 0x252229 },            /* 29 February 2025 */
		{ 0x240000, 0x252101 },
		{ 0x006000, 0x252101 },
		{ 0x000060, 0x252101 },
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_false(rtc_decode(rows[i], &t));
}

static void time_is_kept_over_a_restart(void **state)
{
	int64_t t = 0;

	(void)state;
	chip_reset();
	rtc_start();
	assert_false(rtc_read(&t));
	rtc_write(T0);
	assert_true(rtc_read(&t));
	assert_int_equal(t, T0);
	chip_set(&PWR->CR1, 0);        /* a reset closes the domain and leaves the rest */
	rtc_start();
	assert_true(rtc_read(&t));
	rtc_write(T0 + 1000);
	assert_true(rtc_read(&t));
	assert_int_equal(t, T0 + 1000);
}

static void a_second_that_passes_while_reading_tears_nothing(void **state)
{
	int64_t t;

	(void)state;
	chip_reset();
	rtc_start();
	rtc_write(T0);
	chip.rtc_ticks_between = true;
	assert_true(rtc_read(&t));
	assert_int_equal(t, T0 + 1);
}

static void no_time_without_a_crystal(void **state)
{
	int64_t t;

	(void)state;
	chip_reset();
	chip.lse_starts = false;
	rtc_start();
	rtc_write(T0);
	assert_false(rtc_read(&t));
	chip.lse_starts = true;
	rtc_write(T0);
	assert_true(rtc_read(&t));
}

/* After it the backup domain is reset, and set anew. */
static void a_crystal_that_stopped_makes_the_time_unknown(void **state)
{
	int64_t t;

	(void)state;
	chip_reset();
	rtc_start();
	rtc_write(T0);
	chip_set(&RCC->BDCR, chip_register(&RCC->BDCR) | RCC_BDCR_LSECSSD);
	assert_false(rtc_read(&t));
	rtc_write(T0 + 5);
	assert_true(rtc_read(&t));
	assert_int_equal(t, T0 + 5);
}

/* A program that ran before may have chosen the coarse oscillator. */
static void a_calendar_on_another_clock_is_set_up_anew(void **state)
{
	int64_t t;

	(void)state;
	chip_reset();
	rtc_start();
	chip_set(&RCC->BDCR, RCC_BDCR_LSEON | RCC_BDCR_RTCEN | 2u << 8);
	chip_set(&RTC->DR, 0x25d122);
	chip_set(&RTC->ISR, RTC_ISR_INITS);
	assert_false(rtc_read(&t));
	rtc_write(T0);
	assert_true(rtc_read(&t));
	assert_int_equal(t, T0);
}

static void times_that_the_calendar_cannot_hold_are_not_set(void **state)
{
	static const int64_t rows[] = { -1, 0, 946684800, 978307199, 4102444800, INT64_C(253402300799) };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		chip_reset();
		rtc_start();
		rtc_write(rows[i]);
		assert_false(rtc_read(&t));
	}
}

static void a_calendar_that_cannot_be_set_is_not_believed(void **state)
{
	int64_t t;

	(void)state;
	chip_reset();
	rtc_start();
	rtc_write(T0);
	chip.rtc_enters_init = false;
	rtc_write(T0 + 100);
	assert_false(rtc_read(&t));
}

/* --- description --- */

static void description_fits_any_size(void **state)
{
	static const char want[] = "STM32L496 0x20006461, flash 1024 KB, 80 MHz from HSI16, read-out protection 0, "
				   "brown-out level 0, option bytes 0xffeff8aa";
	char buf[200];

	(void)state;
	chip_reset();
	chip_set(DBGMCU_IDCODE, 0x20006461);
	assert_int_equal(describe(buf, sizeof buf, CLOCK_HSI_PLL), sizeof want - 1);
	assert_string_equal(buf, want);
	for (size_t size = 0; size < sizeof want; size++) {
		memset(buf, '#', sizeof buf);
		assert_true(describe(buf, size, CLOCK_HSI_PLL) <= size);
		assert_int_equal(buf[size], '#');
	}
}

static void protection_level_of_the_option_bytes(void **state)
{
	static const struct row {
		uint32_t    optr;
		const char *want;
	} rows[] = {
		{ 0xffeff8aa, "protection 0," }, { 0xffeff8cc, "protection 2," }, { 0xffeff855, "protection 1," },
	};
	char buf[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		chip_reset();
		chip.optr = rows[i].optr;
		(void)describe(buf, sizeof buf, CLOCK_MSI);
		assert_non_null(strstr(buf, rows[i].want));
		assert_non_null(strstr(buf, "4 MHz from MSI"));
	}
}

static int other_cases(void)
{
	const struct CMUnitTest other_tests[] = {
		cmocka_unit_test(clock_falls_back_to_what_starts),
		cmocka_unit_test(pins_are_set_with_the_modem_awake_and_its_key_released),
		cmocka_unit_test(a_line_is_driven_by_its_meaning),
		cmocka_unit_test(the_button_is_down_when_its_pin_is_high),
		cmocka_unit_test(cause_of_a_reset),
		cmocka_unit_test(flags_are_taken_once),
		cmocka_unit_test(generator_without_its_clock_gives_nothing),
		cmocka_unit_test(generator_starts_and_leaves_its_first_word_out),
		cmocka_unit_test(generator_that_falls_silent_ends_the_call),
		cmocka_unit_test(generator_errors_are_cleared_and_twelve_words_passed_over),
		cmocka_unit_test(zero_is_no_word),
		cmocka_unit_test(temperature_from_readings),
		cmocka_unit_test(temperature_needs_a_converter_that_answers),
		cmocka_unit_test(noise_is_both_inputs_in_turn),
		cmocka_unit_test(calendar_registers_and_back),
		cmocka_unit_test(every_day_of_a_century_goes_there_and_back),
		cmocka_unit_test(registers_that_hold_no_date),
		cmocka_unit_test(time_is_kept_over_a_restart),
		cmocka_unit_test(a_second_that_passes_while_reading_tears_nothing),
		cmocka_unit_test(no_time_without_a_crystal),
		cmocka_unit_test(a_crystal_that_stopped_makes_the_time_unknown),
		cmocka_unit_test(a_calendar_on_another_clock_is_set_up_anew),
		cmocka_unit_test(times_that_the_calendar_cannot_hold_are_not_set),
		cmocka_unit_test(a_calendar_that_cannot_be_set_is_not_believed),
		cmocka_unit_test(description_fits_any_size),
		cmocka_unit_test(protection_level_of_the_option_bytes),
	};

	return cmocka_run_group_tests(other_tests, NULL, NULL);
}

int main(void)
{
	int failed = uart_cases();

	failed += flash_cases();
	return failed + other_cases();
}
