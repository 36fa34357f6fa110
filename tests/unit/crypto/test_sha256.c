/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 with sha256_block.c: published digests, and OpenSSL's for every length
 * around a block's, at every alignment, in parts of every size. */
#include "unit/cmocka_all.h"

#include "crypto/crypto.h"
#include "support/openssl_key.h"

#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 300 };

static void show(const uint8_t digest[32], char text[65])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* FIPS 180-2, appendix B, and NIST's examples of SHA-256 beside it. */
static void the_published_digests(void **state)
{
	static const struct { const char *text; size_t times; const char *digest; } rows[] = {
		{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
		  "nopqrstu", 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
		{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		mbedtls_sha256_context h;
		uint8_t digest[32];
		char text[65];

		mbedtls_sha256_init(&h);
		assert_int_equal(mbedtls_sha256_starts(&h, 0), 0);
		for (size_t n = 0; n < rows[i].times; n++)
			assert_int_equal(mbedtls_sha256_update(&h, (const uint8_t *)rows[i].text,
							       strlen(rows[i].text)), 0);
		assert_int_equal(mbedtls_sha256_finish(&h, digest), 0);
		mbedtls_sha256_free(&h);
		show(digest, text);
		assert_string_equal(text, rows[i].digest);
	}
}

/* Bytes of each value, no two blocks alike. */
static void fill(uint8_t *data, size_t n)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (uint8_t)(x >> 24);
	}
}

static void every_length_and_alignment(void **state)
{
	static uint8_t data[LONGEST + 8];
	uint8_t ours[32], theirs[32];

	(void)state;
	fill(data, sizeof data);
	for (size_t at = 0; at < 8; at++)
		for (size_t n = 0; n <= LONGEST; n++) {
			crypto_sha256(data + at, n, ours);
			openssl_sha256(data + at, n, theirs);
			if (memcmp(ours, theirs, sizeof ours) != 0)
				fail_msg("%zu bytes at %zu", n, at);
		}
}

static void parts_of_every_size(void **state)
{
	static uint8_t data[LONGEST];
	uint8_t ours[32], theirs[32];

	(void)state;
	fill(data, sizeof data);
	openssl_sha256(data, sizeof data, theirs);
	for (size_t part = 1; part <= 130; part++) {
		mbedtls_sha256_context h;

		mbedtls_sha256_init(&h);
		assert_int_equal(mbedtls_sha256_starts(&h, 0), 0);
		for (size_t at = 0; at < sizeof data; at += part)
			assert_int_equal(mbedtls_sha256_update(&h, data + at, sizeof data - at < part ?
							       sizeof data - at : part), 0);
		assert_int_equal(mbedtls_sha256_finish(&h, ours), 0);
		mbedtls_sha256_free(&h);
		assert_memory_equal(ours, theirs, sizeof ours);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_digests),
		cmocka_unit_test(every_length_and_alignment),
		cmocka_unit_test(parts_of_every_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
