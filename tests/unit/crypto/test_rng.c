/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void from_hex(const char *hex, uint8_t *out)
{
	for (; hex[0] != '\0'; hex += 2)
		*out++ = (uint8_t)strtoul((char[3]){ hex[0], hex[1], '\0' }, NULL, 16);
}

/* NIST CAVP, HMAC_DRBG, "PredictionResistance = False", SHA-256, the first
 * three: instantiate with 48 bytes, reseed with 32, generate 128 twice. */
static void the_generator_gives_the_published_bytes(void **state)
{
	static const struct { const char *entropy, *output; } rows[] = {
		{ "06032cd5eed33f39265f49ecb142c511da9aff2af71203bffaf34a9ca5bd9c0d0e66f71edc43e42a45ad3c6fc6cdc4df"
		  "01920a4e669ed3a85ae8a33b35a74ad7fb2a6bb4cf395ce00334a9c9a5a5d552",
		  "76fc79fe9b50beccc991a11b5635783a83536add03c157fb30645e611c2898bb2b1bc215000209208cd506cb28da2a51"
		  "bdb03826aaf2bd2335d576d519160842e7158ad0949d1a9ec3e66ea1b1a064b005de914eac2e9d4f2d72a8616a802254"
		  "22918250ff66a41bd2f864a6a38cc5b6499dc43f7f2bd09e1e0f8f5885935124" },
		{ "aadcf337788bb8ac01976640726bc51635d417777fe6939eded9ccc8a378c76a9ccc9d80c89ac55a8cfe0f99942f5a4d"
		  "03a57792547e0c98ea1776e4ba80c007346296a56a270a35fd9ea2845c7e81e2",
		  "17d09f40a43771f4a2f0db327df637dea972bfff30c98ebc8842dc7a9e3d681c61902f71bffaf5093607fbfba9674a70"
		  "d048e562ee88f027f630a78522ec6f706bb44ae130e05c8d7eac668bf6980d99b4c0242946452399cb032cc6f9fd9628"
		  "4709bd2fa565b9eb9f2004be6c9ea9ff9128c3f93b60dc30c5fc8587a10de68c" },
		{ "62cda441dd802c7652c00b99cac3652a64fc75388dc9adcf763530ac31df92145fdc897a0c1c482204ef07e0805c014b"
		  "bd9bbf717467bf4b5db2aa344dd0d90997c8201b2265f4451270128f5ac05a1a",
		  "7e41f9647a5e6750eb8acf13a02f23f3be77611e51992cedb6602c314531aff2a6e4c557da0777d4e85faefcb143f1a9"
		  "2e0dbac8de8b885ced62a124f0b10620f1409ae87e228994b830eca638ccdceedd3fcd07d024b646704f44d5d9c4c3a7"
		  "b705f37104b45b9cfc2d933ae43c12f53e3e6f798c51be5f640115d45cf919a4" },
	};
	uint8_t entropy[80], want[128], got[128];
	struct drbg d;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		from_hex(rows[i].entropy, entropy);
		from_hex(rows[i].output, want);
		drbg_init(&d, (struct bytes){ entropy, 48 });
		drbg_reseed(&d, (struct bytes){ entropy + 48, 10 }, (struct bytes){ entropy + 58, 22 });
		drbg_generate(&d, got, sizeof got);
		drbg_generate(&d, got, sizeof got);
		assert_memory_equal(got, want, sizeof got);
	}
}

static const uint8_t good[RNG_SEED_LEN] = "\x9c\x1e\x77\xd4\x03\xba\x58\x2f\xe6\x81\x4d\x30\xf9\xa5\x6c\x12"
					  "\xcb\x47\x8e\x05\xd1\x5a\x93\xec\x28\x74\xbf\x60\x1d\x86\x39\xfa";

static void nothing_comes_out_before_the_next_seed_is_stored(void **state)
{
	uint8_t next[32], out[16], zero[16] = { 0 };
	struct rng r;

	(void)state;
	rng_init(&r, "one", 3);
	memset(out, 0xaa, sizeof out);
	assert_int_equal(rng_bytes(&r, out, sizeof out), ERR_RNG_UNSEEDED);
	assert_memory_equal(out, zero, sizeof out);
	assert_int_equal(rng_stored(&r), ERR_STATE);
	assert_int_equal(rng_seed(&r, good, next), ERR_OK);
	memset(out, 0xaa, sizeof out);
	assert_int_equal(rng_bytes(&r, out, sizeof out), ERR_RNG_UNSEEDED);
	assert_memory_equal(out, zero, sizeof out);
	assert_int_equal(rng_stored(&r), ERR_OK);
	assert_int_equal(rng_bytes(&r, out, sizeof out), ERR_OK);
	assert_memory_not_equal(out, zero, sizeof out);
	assert_memory_not_equal(next, good, sizeof next);
	/* A new seed locks it again. */
	assert_int_equal(rng_seed(&r, next, next), ERR_OK);
	assert_int_equal(rng_bytes(&r, out, sizeof out), ERR_RNG_UNSEEDED);
}

static void seeds_that_nobody_drew_are_refused(void **state)
{
	uint8_t seed[32], next[32];
	struct rng r;

	(void)state;
	rng_init(&r, "one", 3);
	struct rng before = r;

	for (unsigned v = 0; v < 256; v++) {
		memset(seed, (int)v, sizeof seed);
		assert_int_equal(rng_seed(&r, seed, next), ERR_RNG_SEED);
	}
	for (size_t period = 1; period <= 15; period++) {
		for (size_t i = 0; i < sizeof seed; i++)
			seed[i] = good[i % period];
		assert_int_equal(rng_seed(&r, seed, next), ERR_RNG_SEED);
	}
	for (unsigned step = 1; step < 256; step++) {
		for (unsigned i = 0; i < sizeof seed; i++)
			seed[i] = (uint8_t)(i * step + 7);
		assert_int_equal(rng_seed(&r, seed, next), ERR_RNG_SEED);
	}
	memset(seed, 0xff, sizeof seed);      /* torn: half of it written */
	memcpy(seed, good, 8);
	assert_int_equal(rng_seed(&r, seed, next), ERR_RNG_SEED);
	assert_memory_equal(&r, &before, sizeof r);
	assert_int_equal(rng_seed_check(good), ERR_OK);
}

/* The generator itself draws what a person's tool would: no false alarm. */
static void random_seeds_are_accepted(void **state)
{
	uint8_t seed[32];
	struct drbg d;

	(void)state;
	drbg_init(&d, bytes_of("seeds"));
	for (unsigned i = 0; i < 20000; i++) {
		drbg_generate(&d, seed, sizeof seed);
		assert_int_equal(rng_seed_check(seed), ERR_OK);
	}
}

/* One start of a device whose seed store is SLOT.  CUT: where power fails. */
enum cut { BEFORE_STORE, AFTER_STORE, AFTER_OUTPUT };

static bool start(uint8_t slot[32], enum cut cut, uint8_t out[16])
{
	uint8_t next[32];
	struct rng r;

	rng_init(&r, "device", 6);
	rng_mix(&r, RNG_SOURCE_DEVICE_KEY, "key", 3);
	assert_int_equal(rng_seed(&r, slot, next), ERR_OK);
	if (cut == BEFORE_STORE)
		return false;
	memcpy(slot, next, sizeof next);
	assert_int_equal(rng_stored(&r), ERR_OK);
	if (cut == AFTER_STORE)
		return false;
	assert_int_equal(rng_bytes(&r, out, 16), ERR_OK);
	return true;
}

static void no_output_repeats_over_a_thousand_starts_with_power_cuts(void **state)
{
	static uint8_t outs[1000][16];
	uint8_t slot[32];
	size_t n = 0;

	(void)state;
	memcpy(slot, good, sizeof slot);
	for (unsigned i = 0; n < 1000; i++) {
		if (!start(slot, (enum cut)(i * 7 / 3 % 3), outs[n]))
			continue;
		for (size_t k = 0; k < n; k++)
			assert_memory_not_equal(outs[k], outs[n], 16);
		n++;
	}
}

static void devices_with_one_image_and_one_seed_differ(void **state)
{
	static uint8_t outs[300][16];

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		uint8_t next[32];
		struct rng r;
		uint8_t unique = (uint8_t)(i % 100);

		rng_init(&r, &unique, 1);
		if (i >= 100)   /* or the key, or the counter, or the same bytes from another source */
			rng_mix(&r, i >= 200 ? RNG_SOURCE_COUNTER : RNG_SOURCE_DEVICE_KEY, "bytes", 5);
		assert_int_equal(rng_seed(&r, good, next), ERR_OK);
		assert_int_equal(rng_stored(&r), ERR_OK);
		assert_int_equal(rng_bytes(&r, outs[i], 16), ERR_OK);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(outs[k], outs[i], 16);
	}
}

static void mixing_never_unlocks(void **state)
{
	uint8_t out[4];
	struct rng r;

	(void)state;
	rng_init(&r, "one", 3);
	for (int i = 0; i < 100; i++)
		rng_mix(&r, RNG_SOURCE_NOISE, &i, sizeof i);
	assert_int_equal(rng_bytes(&r, out, sizeof out), ERR_RNG_UNSEEDED);
}

/* A factory reset: what comes out later is no repetition. */
static void what_is_forgotten_does_not_come_again(void **state)
{
	uint8_t next[32], first[16], second[16];
	struct rng r;

	(void)state;
	rng_init(&r, "one", 3);
	assert_int_equal(rng_seed(&r, good, next), ERR_OK);
	assert_int_equal(rng_stored(&r), ERR_OK);
	assert_int_equal(rng_bytes(&r, first, sizeof first), ERR_OK);
	rng_forget(&r);
	assert_int_equal(rng_bytes(&r, second, sizeof second), ERR_RNG_UNSEEDED);
	assert_int_equal(rng_seed(&r, good, next), ERR_OK);
	assert_int_equal(rng_stored(&r), ERR_OK);
	assert_int_equal(rng_bytes(&r, second, sizeof second), ERR_OK);
	assert_memory_not_equal(first, second, sizeof first);
}

/* The gate without a seed, bit for bit. */
static void live_noise_opens_the_gate_only_with_256_bits(void **state)
{
	uint8_t next[32], out[16];
	struct noise n;
	struct rng r;

	(void)state;
	for (unsigned sources = 0; sources < 1u << NOISE_SOURCES; sources++) {
		unsigned bits = 0;

		rng_init(&r, "one", 3);
		noise_init(&n, 7, 0);
		for (unsigned s = 0; s < NOISE_SOURCES; s++) {
			if ((sources >> s & 1) == 0)
				continue;
			for (uint32_t i = 0; noise_wanted(&n, (enum noise_source)s) > 0; i += 2) {
				uint8_t two[2] = { (uint8_t)(i * 37 >> 3), (uint8_t)(i * 59 >> 2) };

				noise_feed(&n, (enum noise_source)s, two, 2, 0);
			}
			bits += noise_rules[s].credit;
		}
		assert_int_equal(noise_bits(&n), bits);
		assert_int_equal(rng_live(&r, &n, next), bits >= 256 ? ERR_OK : ERR_RNG_UNSEEDED);
		assert_int_equal(rng_bytes(&r, out, sizeof out), ERR_RNG_UNSEEDED);       /* not stored yet */
		assert_int_equal(rng_stored(&r), bits >= 256 ? ERR_OK : ERR_STATE);
		assert_int_equal(rng_bytes(&r, out, sizeof out), bits >= 256 ? ERR_OK : ERR_RNG_UNSEEDED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generator_gives_the_published_bytes),
		cmocka_unit_test(nothing_comes_out_before_the_next_seed_is_stored),
		cmocka_unit_test(seeds_that_nobody_drew_are_refused),
		cmocka_unit_test(random_seeds_are_accepted),
		cmocka_unit_test(no_output_repeats_over_a_thousand_starts_with_power_cuts),
		cmocka_unit_test(devices_with_one_image_and_one_seed_differ),
		cmocka_unit_test(mixing_never_unlocks),
		cmocka_unit_test(what_is_forgotten_does_not_come_again),
		cmocka_unit_test(live_noise_opens_the_gate_only_with_256_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
