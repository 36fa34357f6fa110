/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the place of mbedTLS's own arithmetic, against OpenSSL's. */
#include "unit/cmocka_all.h"

#include "crypto/crypto.h"
#include "crypto/rsa_public.h"
#include "support/openssl_key.h"

#include <string.h>

enum { BYTES = 512 };

static uint8_t memory[16 * 1024];
static struct crypto crypto;
static uint32_t random_state = 1;

static int start(void **state)
{
	(void)state;
	crypto_init(&crypto, memory, sizeof memory, "unit", 4);
	crypto_enter(&crypto);
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_int_equal(crypto.arena.used, 0);
	assert_int_equal(crypto.arena.misused, 0);
	return 0;
}

static void fill(uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		random_state = random_state * 1664525u + 1013904223u;
		buf[i] = (uint8_t)(random_state >> 24);
	}
}

static int power(const uint8_t *a, const uint8_t *e, size_t e_len, const uint8_t *n, size_t len, uint8_t *out)
{
	mbedtls_mpi A, E, N;
	int ret;

	mbedtls_mpi_init(&A);
	mbedtls_mpi_init(&E);
	mbedtls_mpi_init(&N);
	assert_int_equal(mbedtls_mpi_read_binary(&A, a, len), 0);
	assert_int_equal(mbedtls_mpi_read_binary(&E, e, e_len), 0);
	assert_int_equal(mbedtls_mpi_read_binary(&N, n, len), 0);
	ret = rsa_public(&A, &A, &E, &N, NULL);
	if (ret == 0)
		assert_int_equal(mbedtls_mpi_write_binary(&A, out, len), 0);
	mbedtls_mpi_free(&A);
	mbedtls_mpi_free(&E);
	mbedtls_mpi_free(&N);
	return ret;
}

static const struct { const char *name; uint8_t e[9]; size_t len; } exponents[] = {
	{ "3", { 3 }, 1 },
	{ "17", { 17 }, 1 },
	{ "65537", { 1, 0, 1 }, 3 },
	{ "2^32 - 1", { 0xff, 0xff, 0xff, 0xff }, 4 },
	{ "2^63 + 1", { 0x80, 0, 0, 0, 0, 0, 0, 1 }, 8 },
	{ "2^64 - 1", { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 8 },
};

/* N of BITS bits: random, then nearly a power of two from both sides. */
static void modulus(uint8_t *n, size_t len, size_t bits, unsigned kind)
{
	size_t zeros = len * 8 - bits;

	if (kind == 0)
		fill(n, len);
	else
		memset(n, kind == 1 ? 0xff : 0, len);
	for (size_t i = 0; i < zeros; i++)
		n[i / 8] &= (uint8_t)~(0x80u >> i % 8);
	n[zeros / 8] |= (uint8_t)(0x80u >> zeros % 8);
	n[len - 1] |= 1;
}

static void powers_are_openssls(void **state)
{
	static const size_t sizes[] = { 2048, 2049, 2055, 2056, 2080, 2111, 3072, 3073, 4000, 4095, 4096, 64, 65, 33, 8, 2 };
	uint8_t n[BYTES], a[BYTES], got[BYTES], want[BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] * 3; i++) {
		size_t bits = sizes[i / 3], len = (bits + 7) / 8;

		modulus(n, len, bits, (unsigned)(i % 3));
		for (size_t k = 0; k < sizeof exponents / sizeof exponents[0]; k++) {
			fill(a, len);
			openssl_mod(a, n, len);
			openssl_power(a, exponents[k].e, exponents[k].len, n, len, want);
			assert_int_equal(power(a, exponents[k].e, exponents[k].len, n, len, got), 0);
			if (memcmp(got, want, len) != 0)
				fail_msg("%zu bits, kind %zu, e = %s", bits, i % 3, exponents[k].name);
		}
	}
}

static void what_no_key_has_is_refused(void **state)
{
	static const struct { const char *name; uint8_t e[9]; size_t len; uint8_t last; } rows[] = {
		{ "an exponent of 65 bits keeps nobody busy", { 1, 0, 0, 0, 0, 0, 0, 0, 1 }, 9, 1 },
		{ "e = 1", { 1 }, 1, 1 },
		{ "e = 0", { 0 }, 1, 1 },
		{ "e is even", { 4 }, 1, 1 },
		{ "n is even", { 3 }, 1, 2 },
	};
	uint8_t n[256], a[256] = { 0 }, out[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		memset(n, 0x99, sizeof n);
		n[255] = rows[i].last;
		if (power(a, rows[i].e, rows[i].len, n, sizeof n, out) != MBEDTLS_ERR_MPI_BAD_INPUT_DATA)
			fail_msg("%s", rows[i].name);
	}
}

static void no_memory_is_no_result(void **state)
{
	uint8_t n[BYTES], a[BYTES], out[BYTES];
	int ret;

	(void)state;
	modulus(n, BYTES, 4096, 0);
	fill(a, BYTES);
	openssl_mod(a, n, BYTES);
	for (size_t room = 2048; room < 8192; room += 256) {
		crypto_init(&crypto, memory, room, "unit", 4);
		ret = power(a, exponents[2].e, 3, n, BYTES, out);
		assert_true(ret == 0 || ret == MBEDTLS_ERR_MPI_ALLOC_FAILED);
		if (ret == 0)
			break;
		assert_int_equal(crypto.arena.used, 0);
	}
	assert_int_equal(ret, 0);
}

static void hashes_are_openssls(void **state)
{
	static uint8_t data[5000];
	uint8_t got[32], want[32];

	(void)state;
	fill(data, sizeof data);
	for (size_t len = 0; len <= sizeof data; len += len < 300 ? 1 : 47) {
		crypto_sha256(data, len, got);
		openssl_sha256(data, len, want);
		assert_memory_equal(got, want, 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(powers_are_openssls, start, end),
		cmocka_unit_test_setup_teardown(what_no_key_has_is_refused, start, end),
		cmocka_unit_test_setup_teardown(no_memory_is_no_result, start, end),
		cmocka_unit_test(hashes_are_openssls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
