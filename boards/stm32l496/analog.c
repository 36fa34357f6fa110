/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/analog.h"

#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

/* The converter runs at a quarter of the core's rate.  A poll takes 8 cycles of
 * it or more; the slowest conversion takes 653 cycles of its own: 330 polls.  Its
 * regulator needs 20 us (data sheet 6.3.17), the sensor 120 us (6.3.19). */
enum { POLL_LIMIT = 5000, REGULATOR_POLLS = 200, SENSOR_POLLS = 1200 };

static void pause(unsigned polls)
{
	while (polls-- > 0)
		(void)io_read(&ADC1->ISR);
}

/* RM0351 18.4.6, 18.4.8, 18.4.9: wake it, calibrate it, switch it on. */
static bool start(void)
{
	io_set(&RCC->AHB2ENR, RCC_AHB2ENR_ADCEN);
	(void)io_read(&RCC->AHB2ENR);
	io_write(ADC_CCR, ADC_CCR_CKMODE_DIV4 | ADC_CCR_VREFEN | ADC_CCR_TSEN);
	io_write(&ADC1->CR, 0);                 /* out of deep power-down */
	io_write(&ADC1->CR, ADC_CR_ADVREGEN);
	pause(REGULATOR_POLLS);
	io_write(&ADC1->CR, ADC_CR_ADVREGEN | ADC_CR_ADCAL);
	if (!io_wait(&ADC1->CR, ADC_CR_ADCAL, 0, POLL_LIMIT))
		return false;
	pause(SENSOR_POLLS);                    /* also the four cycles between ADCAL and ADEN */
	io_write(&ADC1->CFGR, ADC_CFGR_OVRMOD);
	io_write(&ADC1->ISR, ADC_ISR_ADRDY);
	io_write(&ADC1->CR, ADC_CR_ADVREGEN | ADC_CR_ADEN);
	return io_wait(&ADC1->ISR, ADC_ISR_ADRDY, ADC_ISR_ADRDY, POLL_LIMIT);
}

/* Off again, into deep power-down: it takes a milliampere. */
static void stop(void)
{
	io_write(&ADC1->CR, ADC_CR_ADVREGEN | ADC_CR_ADDIS);
	(void)io_wait(&ADC1->CR, ADC_CR_ADEN, 0, POLL_LIMIT);
	io_write(&ADC1->CR, ADC_CR_DEEPPWD);
	io_write(ADC_CCR, ADC_CCR_CKMODE_DIV4);
}

static void set_sampling(uint32_t field)
{
	io_write(&ADC1->SMPR1, field << 3 * ADC_CHANNEL_VREFINT);
	io_write(&ADC1->SMPR2, field << 3 * (ADC_CHANNEL_TEMPERATURE - 10));
}

static bool convert(uint32_t channel, uint32_t *value)
{
	io_write(&ADC1->SQR1, ADC_SQR1_ONE(channel));
	io_write(&ADC1->CR, ADC_CR_ADVREGEN | ADC_CR_ADSTART);    /* 0 leaves ADEN as it is */
	if (!io_wait(&ADC1->ISR, ADC_ISR_EOC, ADC_ISR_EOC, POLL_LIMIT))
		return false;
	*value = io_read(&ADC1->DR) & 0xfffu;
	return true;
}

/* RM0351 18.4.32; the reference says what the supply is. */
int analog_tenths(const struct analog_factory *f, uint32_t sensor, uint32_t reference)
{
	int span = (int)f->sensor_130 - (int)f->sensor_30;
	int at_3v = (int)(sensor * f->reference / reference);

	return 300 + (at_3v - (int)f->sensor_30) * 1000 / span;
}

bool analog_temperature(int *tenths)
{
	struct analog_factory f = {
		part_factory(PART_TS_CAL1), part_factory(PART_TS_CAL2), part_factory(PART_VREFINT_CAL)
	};
	uint32_t sensor, reference;
	bool ok = start();

	set_sampling(ADC_SLOWEST);
	ok = ok && convert(ADC_CHANNEL_TEMPERATURE, &sensor) && convert(ADC_CHANNEL_VREFINT, &reference) &&
	     reference > 0 && f.sensor_130 != f.sensor_30;
	if (ok)
		*tenths = analog_tenths(&f, sensor, reference);
	stop();
	return ok;
}

size_t analog_noise(uint8_t *samples, size_t n)
{
	size_t have = 0;
	uint32_t value;
	bool ok = start();

	set_sampling(0);
	for (; ok && have < n; have++) {
		ok = convert(have % 2 == 0 ? ADC_CHANNEL_VREFINT : ADC_CHANNEL_TEMPERATURE, &value);
		if (!ok)
			break;
		samples[have] = (uint8_t)value;
	}
	stop();
	return have;
}
