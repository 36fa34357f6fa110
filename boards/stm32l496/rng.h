/* SPDX-License-Identifier: Apache-2.0 */
/* rng.h - the chip's random number generator. */
#ifndef TERN_STM32L496_RNG_H
#define TERN_STM32L496_RNG_H

#include <stddef.h>
#include <stdint.h>

/* At most N bytes as the generator gives them; fewer, down to none, after an
 * error, which is cleared.  The first call starts it.  A word takes a
 * microsecond; one that does not come ends the call after 0.2 ms. */
size_t rng_read(uint8_t *buf, size_t n);

#endif
