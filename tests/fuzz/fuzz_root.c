/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate as DER: refused, or described by text that is safe to print. */
#include "crypto/roots.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *s, size_t size)
{
	size_t i = 0;

	for (; i < size && s[i] != '\0'; i++)
		if (s[i] < ' ' || s[i] > '~')
			abort();
	if (i == size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t memory[24 * 1024];
	struct crypto crypto;
	struct root_info info;

	crypto_init(&crypto, memory, sizeof memory, "fuzz", 4);
	if (root_check(&crypto, (struct bytes){ data, size }, &info) == ERR_OK && info.key_bits == 0)
		abort();
	check_text(info.subject, sizeof info.subject);
	check_text(info.issuer, sizeof info.issuer);
	if (crypto.arena.used != 0 || crypto.arena.misused != 0)
		abort();
	return 0;
}
