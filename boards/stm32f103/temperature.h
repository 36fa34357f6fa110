/* SPDX-License-Identifier: Apache-2.0 */
/* temperature.h - the sensor on the chip: its die, good to some degrees. */
#ifndef TERN_STM32F103_TEMPERATURE_H
#define TERN_STM32F103_TEMPERATURE_H

#include <stdbool.h>
#include <stdint.h>

/* Tenths of a degree Celsius; false when the converter does not answer. */
bool temperature_read(int *tenths);

/* The rule: readings of the sensor and of the 1.20 V reference. */
int temperature_tenths(uint32_t sensor, uint32_t reference);

#endif
