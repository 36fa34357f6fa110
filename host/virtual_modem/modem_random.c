/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/modem_state.h"

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014): every seed is a good one, also 0. */
uint32_t modem_random(struct modem *m, uint32_t below)
{
	uint64_t z = m->random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (uint32_t)((z >> 32) * below >> 32);
}
