/* SPDX-License-Identifier: Apache-2.0 */
/* analog.h - the converter's two inputs on the chip: temperature and reference. */
#ifndef TERN_STM32F103_ANALOG_H
#define TERN_STM32F103_ANALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The die's temperature, tenths of a degree Celsius, good to some degrees; false
 * when the converter does not answer. */
bool analog_temperature(int *tenths);

/* The rule: readings of the sensor and of the 1.20 V reference. */
int analog_tenths(uint32_t sensor, uint32_t reference);

/* Whether there is a converter: QEMU has none here. */
bool analog_present(void);

/* Low bytes of conversions with the shortest sampling, reference and sensor in
 * turn; at most 256, fewer when the converter does not answer.  At 72 MHz 256 take
 * about 0.6 ms. */
size_t analog_noise(uint8_t *samples, size_t n);

#endif
