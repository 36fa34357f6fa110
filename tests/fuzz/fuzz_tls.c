/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server may send.  The client's random numbers and clock are fixed, so
 * that the recorded handshakes of the corpus (made by the same seed) go far;
 * the first byte chooses the size of the pieces.
 */
#include "crypto/tls.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t seed[RNG_SEED_LEN] = "\x4b\x16\xe1\x9a\x53\xcd\x08\xf7\x22\x91\xb4\x6d\xa0\x3e\x7f\xc5"
					  "\x18\xd2\x59\x84\xeb\x36\x0d\xfa\x71\xac\x2f\x95\x60\xbe\x47\x03";

/* An anchor that is there and is none: the chain is built, never trusted. */
static enum err read_root(struct roots *r, unsigned index, uint8_t *der, size_t size, size_t *len)
{
	(void)r;
	if (index > 0)
		return ERR_NOT_FOUND;
	*len = 4;
	if (size < 4)
		return ERR_TOO_LONG;
	memcpy(der, "\x30\x02\x05\x00", 4);
	return ERR_OK;
}

static struct crypto crypto;
static struct tls tls;

static void drain(uint32_t now_ms)
{
	size_t n;
	uint32_t at;
	uint8_t plain[64];

	if (tls_tx_peek(&tls, &n) != NULL)
		tls_tx_done(&tls, n);
	if (tls_read(&tls, plain, sizeof plain, &n) == ERR_OK && n == 0)
		abort();
	for (int i = 0; i < 100 && tls_deadline(&tls, now_ms, &at) && at == now_ms; i++)
		tls_step(&tls, now_ms);
}

static void check(void)
{
	const struct tls_facts *f = tls_facts(&tls);

	if (tls_state(&tls) == TLS_UP)
		abort();   /* nobody could have proven who he is */
	if ((tls_state(&tls) == TLS_FAILED) != (f->err != ERR_OK) || f->err == ERR_TLS_INTERNAL)
		abort();
	tls_close(&tls);
	if (crypto.arena.used != 0 || crypto.arena.misused != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t memory[64 * 1024], tx[512];
	struct roots roots = { read_root };
	uint8_t next[RNG_SEED_LEN];
	size_t chunk = size > 0 ? 1u + data[0] * 8u : 1, at = 1;

	crypto_init(&crypto, memory, sizeof memory, "unit", 4);
	crypto_set_time(&crypto, 1781481600);
	if (rng_seed(&crypto.rng, seed, next) != ERR_OK || rng_stored(&crypto.rng) != ERR_OK)
		abort();
	tls_init(&tls, &(struct tls_config){ .crypto = &crypto, .roots = &roots, .tx = tx, .tx_size = sizeof tx,
					     .handshake_ms = 1000, .floor_s = 1 });
	if (tls_open(&tls, "mqtt.tern.test", 0) != ERR_OK)
		abort();
	drain(0);
	for (unsigned idle = 0; at < size && idle < 50; drain(0)) {
		size_t n = tls_feed(&tls, data + at, size - at < chunk ? size - at : chunk);

		idle = n == 0 ? idle + 1 : 0;
		at += n;
	}
	check();
	return 0;
}
