/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oscillator.h - noise: the free internal oscillator (LSI, 40 kHz RC) timed by
 * the clock of the core.  A sample is the low byte of eight of its periods,
 * about 14,400 cycles of 72 MHz; 5,000 a second come in by interrupt while a
 * small ring has room for them.
 */
#ifndef TERN_STM32F103_OSCILLATOR_H
#define TERN_STM32F103_OSCILLATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether LSI can be led to the timer: not in QEMU, nor on parts of less than 256 KB. */
bool oscillator_present(void);

/* What has gathered since the last call, at most N; the first call starts it. */
size_t oscillator_noise(uint8_t *samples, size_t n);

#endif
