/* SPDX-License-Identifier: Apache-2.0 */
#include "noise.h"

#include "main.h"

extern RNG_HandleTypeDef hrng;           /* CubeMX makes it: RNG activated, 48 MHz */

const unsigned noise_sources = 1u << TERN_NOISE_HARDWARE;

/* Given as they come, at most 32 bytes a pass.  After an error of the RNG (its clock
 * or its own tests) nothing is given: Tern notices the silence. */
bool noise_give(struct tern *t, uint32_t now_ms)
{
	size_t wanted = tern_noise_wanted(t, TERN_NOISE_HARDWARE), n = 0;
	uint8_t samples[32];
	uint32_t word;

	while (n < wanted && n < sizeof samples && HAL_RNG_GenerateRandomNumber(&hrng, &word) == HAL_OK)
		for (unsigned i = 0; i < 4; i++, n++)
			samples[n] = (uint8_t)(word >> 8 * i);
	if (n > wanted)
		n = wanted;
	if (n > 0)
		tern_noise(t, TERN_NOISE_HARDWARE, samples, n, now_ms);
	return n > 0;
}
