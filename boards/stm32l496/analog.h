/* SPDX-License-Identifier: Apache-2.0 */
/* analog.h - the converter's two inputs on the chip: temperature and reference. */
#ifndef TERN_STM32L496_ANALOG_H
#define TERN_STM32L496_ANALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The die's temperature, tenths of a degree Celsius; false when the converter
 * does not answer. */
bool analog_temperature(int *tenths);

/* Low bytes of conversions with the shortest sampling, reference and sensor in
 * turn; as many as asked for, fewer when the converter does not answer. */
size_t analog_noise(uint8_t *samples, size_t n);

/* What the factory measured at 3.0 V: the sensor at 30 and 130 degrees, the
 * reference at 30. */
struct analog_factory {
	uint32_t sensor_30, sensor_130, reference;
};

/* The rule; 0 is not among the readings. */
int analog_tenths(const struct analog_factory *f, uint32_t sensor, uint32_t reference);

#endif
