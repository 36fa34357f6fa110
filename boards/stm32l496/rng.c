/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/rng.h"

#include "cortex_m/io.h"
#include "stm32l496/registers.h"

#include <string.h>

/* A poll takes at least 8 cycles of 80 MHz: 0.2 ms.  A word needs 40 cycles of
 * 48 MHz (RM0351 27.7.3), HSI48 6 us to start (data sheet 6.3.8). */
enum { POLL_LIMIT = 2000 };

/* Words that are not used: the first after the start (FIPS 140-2, RM0351 27.3.3),
 * and as many as may have been made before an error was seen (RM0351 27.3.7). */
enum { SKIP_FIRST = 1, SKIP_AFTER_ERROR = 12 };

static bool running;
static unsigned skip;

/* HSI48 for the generator alone: CLK48SEL is 0 for it (RM0351 6.4.28). */
static bool start(void)
{
	io_set(&RCC->CRRCR, RCC_CRRCR_HSI48ON);
	if (!io_wait(&RCC->CRRCR, RCC_CRRCR_HSI48RDY, RCC_CRRCR_HSI48RDY, POLL_LIMIT))
		return false;
	io_clear(&RCC->CCIPR, RCC_CCIPR_CLK48SEL);
	io_set(&RCC->AHB2ENR, RCC_AHB2ENR_RNGEN);
	(void)io_read(&RCC->AHB2ENR);
	io_write(&RNG->CR, RNG_CR_RNGEN);
	skip = SKIP_FIRST;
	return true;
}

/* SECS: 64 equal bits or 32 times 01; CECS: its clock is too slow.  The flags
 * SEIS and CEIS remember either until 0 is written; after a seed error the
 * generator has to be started anew (RM0351 27.3.7). */
static void recover(void)
{
	io_write(&RNG->SR, 0);
	io_write(&RNG->CR, 0);
	io_write(&RNG->CR, RNG_CR_RNGEN);
	skip = SKIP_AFTER_ERROR;
}

/* Zero is no number but a seed error between the two reads. */
static bool next_word(uint32_t *word)
{
	uint32_t sr = 0;

	for (unsigned n = 0; n < POLL_LIMIT && sr == 0; n++)
		sr = io_read(&RNG->SR);
	if ((sr & ~RNG_SR_DRDY) != 0) {
		recover();
		return false;
	}
	if (sr == 0)
		return false;
	*word = io_read(&RNG->DR);
	return *word != 0;
}

static bool pass_over_skipped(void)
{
	uint32_t word;

	for (; skip > 0; skip--)
		if (!next_word(&word))
			return false;
	return true;
}

size_t rng_read(uint8_t *buf, size_t n)
{
	size_t have = 0;
	uint32_t word;

	if (!running)
		running = start();
	if (!running || !pass_over_skipped())
		return 0;
	while (have < n && next_word(&word)) {
		size_t take = n - have < sizeof word ? n - have : sizeof word;

		memcpy(buf + have, &word, take);
		have += take;
	}
	return have;
}
