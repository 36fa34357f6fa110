/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/memory_noise.h"

#include "base/bytes.h"
#include "cortex_m/linker.h"

#include <string.h>

static uint32_t gathered[MEMORY_NOISE_WORDS] __attribute__((section(".noinit")));
static bool taken;

/* Each step maps the state, and the word, one to one: two contents that differ
 * in one place never condense to the same.  The generator that is fed with this
 * does the rest.  9 cycles a word: 28 ms for 96 KB at the 8 MHz after a reset. */
static uint32_t condense_every_eighth(const uint32_t *p, const uint32_t *end)
{
	uint32_t h = 0;

	for (; p < end; p += MEMORY_NOISE_WORDS)
		h = ((h << 13 | h >> 19) ^ *p) * 0x9e3779b1u;    /* an odd factor */
	return h;
}

void memory_noise_condense(uint32_t out[MEMORY_NOISE_WORDS], const uint32_t *p, const uint32_t *end)
{
	for (unsigned i = 0; i < MEMORY_NOISE_WORDS; i++)
		out[i] = condense_every_eighth(p + i, end);
}

void memory_noise_gather(void)
{
	memory_noise_condense(gathered, ld_stack_bottom, ld_ram_end);
}

size_t memory_noise_take(uint8_t *buf, size_t size)
{
	size_t n = taken ? 0 : size < sizeof gathered ? size : sizeof gathered;

	memcpy(buf, gathered, n);
	bytes_wipe(gathered, sizeof gathered);
	taken = true;
	return n;
}
