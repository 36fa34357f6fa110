/* SPDX-License-Identifier: Apache-2.0 */
/*
 * noise.h - the chip's noise for Tern's generator.  Link noise_rng.c where there is
 * an RNG (L4, F4, ...), else noise_none.c: Tern then works from its provisioned seed.
 */
#ifndef NOISE_H
#define NOISE_H

#include <stdbool.h>
#include <stdint.h>
#include <tern.h>

extern const unsigned noise_sources;     /* for tern_config.noise */

/* What Tern wants now; true when something was given. */
bool noise_give(struct tern *t, uint32_t now_ms);

#endif
