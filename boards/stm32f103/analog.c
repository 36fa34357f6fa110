/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/analog.h"

#include "cortex_m/io.h"
#include "stm32f103/registers.h"

/* A conversion takes 252 cycles of 12 MHz or less: 21 us, 63 us at 4 MHz. */
enum { POLL_LIMIT = 5000 };

/* Polls in which the sensor and the converter settle: 10 us (data sheet 5.3.21). */
enum { SETTLE_POLLS = 150 };

enum { NOISE_MOST = 256 };

/* RM0008 11.4: switch on, let it settle, calibrate. */
static bool start(uint32_t sampling)
{
	io_set(&RCC->APB2ENR, RCC_APB2ENR_ADC1EN);
	io_write(&ADC1->SMPR1, sampling);
	io_write(&ADC1->CR2, ADC_CR2_ADON | ADC_CR2_TSVREFE | ADC_CR2_EXTTRIG | ADC_CR2_EXTSEL_SWSTART);
	(void)io_wait(&ADC1->SR, ADC_SR_EOC, ADC_SR_EOC, SETTLE_POLLS);    /* nothing converts: a pause */
	io_set(&ADC1->CR2, ADC_CR2_RSTCAL);
	if (!io_wait(&ADC1->CR2, ADC_CR2_RSTCAL, 0, POLL_LIMIT))
		return false;
	io_set(&ADC1->CR2, ADC_CR2_CAL);
	return io_wait(&ADC1->CR2, ADC_CR2_CAL, 0, POLL_LIMIT);
}

/* It takes a milliampere. */
static void stop(void)
{
	io_write(&ADC1->CR2, 0);
}

static bool convert(uint32_t channel, uint32_t *value)
{
	io_write(&ADC1->SQR3, channel);
	io_set(&ADC1->CR2, ADC_CR2_SWSTART);
	if (!io_wait(&ADC1->SR, ADC_SR_EOC, ADC_SR_EOC, POLL_LIMIT))
		return false;
	*value = io_read(&ADC1->DR) & 0xfffu;
	return true;
}

/* Data sheet 5.3.21: 1.43 V at 25 degrees, 4.3 mV less for each above. */
int analog_tenths(uint32_t sensor, uint32_t reference)
{
	int mv = (int)(1200 * sensor / reference);

	return 250 + (1430 - mv) * 100 / 43;
}

bool analog_temperature(int *tenths)
{
	uint32_t sensor, reference;
	bool ok = start(ADC_SMPR1_SLOWEST_16_17) && convert(ADC_CHANNEL_TEMPERATURE, &sensor) &&
		  convert(ADC_CHANNEL_VREFINT, &reference) && reference > 0;

	if (ok)
		*tenths = analog_tenths(sensor, reference);
	stop();
	return ok;
}

bool analog_present(void)
{
	bool there;

	io_set(&RCC->APB2ENR, RCC_APB2ENR_ADC1EN);
	io_write(&ADC1->CR2, ADC_CR2_TSVREFE);
	there = io_read(&ADC1->CR2) == ADC_CR2_TSVREFE;
	stop();
	return there;
}

/* The sampling capacitor has 1.5 cycles, an eighth of a microsecond, where the
 * sensor asks for 17 us (data sheet 5.3.21): what it holds then is mostly noise. */
size_t analog_noise(uint8_t *samples, size_t n)
{
	static const uint8_t channels[] = { ADC_CHANNEL_VREFINT, ADC_CHANNEL_TEMPERATURE };
	size_t got = 0;
	uint32_t value;

	if (start(ADC_SMPR1_FASTEST_16_17))
		while (got < n && got < NOISE_MOST && convert(channels[got % 2], &value))
			samples[got++] = (uint8_t)value;
	stop();
	return got;
}
