/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/key.h"
#include "support/openssl_key.h"
#include "support/pem_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t memory[48 * 1024];
static struct crypto crypto;

static int start(void **state)
{
	(void)state;
	crypto_init(&crypto, memory, sizeof memory, "unit", 4);   /* the generator stays without a seed */
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_int_equal(crypto.arena.used, 0);
	assert_int_equal(crypto.arena.misused, 0);
	return 0;
}

static struct bytes key_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "tests/data/keys/%s.pem", name);
	return file_text(path);
}

static void good_keys_of_every_form_are_taken(void **state)
{
	static const struct { const char *file; enum key_alg alg; unsigned bits; size_t len; } rows[] = {
		{ "p256_sec1",        KEY_ES256, 256,  121 },
		{ "p256_pkcs8",       KEY_ES256, 256,  121 },
		{ "p256_with_params", KEY_ES256, 256,  121 },
		{ "p256_no_public",   KEY_ES256, 256,  121 },
		{ "rsa2048_pkcs1",    KEY_RS256, 2048, 0 },
		{ "rsa2048_pkcs8",    KEY_RS256, 2048, 0 },
		{ "rsa4096_pkcs1",    KEY_RS256, 4096, 0 },
		{ "rsa4096_pkcs8",    KEY_RS256, 4096, 0 },
	};
	static uint8_t der[KEY_DER_MAX], p256[121];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key_info info, again;
		size_t len;
		enum err e = key_from_pem(&crypto, key_file(rows[i].file), der, sizeof der, &len, &info);

		if (e != ERR_OK)
			fail_msg("%s: %s", rows[i].file, err_text(e));
		assert_int_equal(info.alg, rows[i].alg);
		assert_int_equal(info.bits, rows[i].bits);
		assert_string_equal(info.found, rows[i].alg == KEY_ES256 ? "EC P-256" : "RSA");
		if (rows[i].len != 0)
			assert_int_equal(len, rows[i].len);
		/* One key, one stored form. */
		if (i == 0)
			memcpy(p256, der, sizeof p256);
		else if (rows[i].alg == KEY_ES256)
			assert_memory_equal(der, p256, sizeof p256);
		assert_int_equal(key_check(&crypto, (struct bytes){ der, len }, &again), ERR_OK);
		assert_memory_equal(info.fingerprint, again.fingerprint, 32);
		assert_int_equal(key_alg((struct bytes){ der, len }), rows[i].alg);
		for (size_t k = len; k < sizeof der; k++)
			assert_int_equal(der[k], 0);
	}
}

static void everything_else_is_named(void **state)
{
	static const struct { const char *file; enum err err; const char *found; } rows[] = {
		{ "p256_public",        ERR_KEY_PUBLIC,    "PUBLIC KEY" },
		{ "rsa2048_public",     ERR_KEY_PUBLIC,    "PUBLIC KEY" },
		{ "../leaf_ec",         ERR_KEY_CERT,      "CERTIFICATE" },
		{ "p256_encrypted",     ERR_KEY_ENCRYPTED, "ENCRYPTED PRIVATE KEY" },
		{ "p256_encrypted_old", ERR_KEY_ENCRYPTED, "EC PRIVATE KEY" },
		{ "p384_sec1",          ERR_KEY_CURVE,     "EC P-384" },
		{ "k1_sec1",            ERR_KEY_CURVE,     "EC secp256k1" },
		{ "k1_pkcs8",           ERR_KEY_CURVE,     "EC secp256k1" },
		{ "brainpool",          ERR_KEY_CURVE,     "EC brainpoolP256r1" },
		{ "brainpool320",       ERR_KEY_CURVE,     "EC of no known curve, or damaged" },
		{ "p256_explicit",      ERR_KEY_CURVE,     "EC of no known curve, or damaged" },
		{ "rsa1024",            ERR_KEY_SIZE,      "RSA" },
		{ "rsapss",             ERR_KEY_TYPE,      "RSA-PSS" },
		{ "ed25519",            ERR_KEY_TYPE,      "Ed25519" },
		{ "x25519",             ERR_KEY_TYPE,      "X25519" },
		{ "dsa",                ERR_KEY_TYPE,      "DSA" },
		{ "request",            ERR_PEM_LABEL,     "CERTIFICATE REQUEST" },
	};
	static uint8_t der[KEY_DER_MAX], zero[KEY_DER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key_info info;
		size_t len;
		enum err e = key_from_pem(&crypto, key_file(rows[i].file), der, sizeof der, &len, &info);

		if (e != rows[i].err || strcmp(info.found, rows[i].found) != 0)
			fail_msg("%s: %s, found '%s'", rows[i].file, err_name(e), info.found);
		assert_int_equal(len, 0);
		assert_memory_equal(der, zero, sizeof der);
	}
}

static void damaged_text_says_how(void **state)
{
	static const struct { const char *name, *text; enum err err; } rows[] = {
		{ "nothing", "", ERR_PEM_HEADER },
		{ "a file name", "device.pem\n", ERR_PEM_HEADER },
		{ "the base64 alone", "MHcCAQEEIHVV\n", ERR_PEM_HEADER },
		{ "no end", "-----BEGIN EC PRIVATE KEY-----\nMAMCAQU=\n", ERR_PEM_FOOTER },
		{ "a foreign character", "-----BEGIN EC PRIVATE KEY-----\nMA*CAQU=\n-----END EC PRIVATE KEY-----\n",
		  ERR_PEM_BASE64 },
		{ "a number, not a key", "-----BEGIN EC PRIVATE KEY-----\nMAMCAQU=\n-----END EC PRIVATE KEY-----\n",
		  ERR_KEY_FORMAT },
		{ "of OpenSSH", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n"
		  "-----END OPENSSH PRIVATE KEY-----\n", ERR_PEM_LABEL },
		{ "a public key cut short is a public key", "-----BEGIN PUBLIC KEY-----\nMFkw\n", ERR_KEY_PUBLIC },
	};
	static uint8_t der[KEY_DER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key_info info;
		size_t len;
		enum err e = key_from_pem(&crypto, bytes_of(rows[i].text), der, sizeof der, &len, &info);

		if (e != rows[i].err)
			fail_msg("%s: %s", rows[i].name, err_name(e));
	}
}

/* No byte of a stored key can change and make another key of it: the halves
 * would not fit any more. */
static void a_key_damaged_in_store_is_not_used(void **state)
{
	static const char *const files[] = { "p256_sec1", "rsa2048_pkcs1" };
	static uint8_t der[KEY_DER_MAX];

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		struct key_info info;
		size_t len, unnoticed = 0;

		assert_int_equal(key_from_pem(&crypto, key_file(files[f]), der, sizeof der, &len, &info), ERR_OK);
		for (size_t i = 0; i < len; i += f == 0 ? 1 : 41) {
			struct key_info damaged;

			der[i] ^= 0x04;
			if (key_check(&crypto, (struct bytes){ der, len }, &damaged) == ERR_OK) {
				assert_memory_equal(damaged.fingerprint, info.fingerprint, 32);
				unnoticed++;
			}
			der[i] ^= 0x04;
		}
		assert_true(unnoticed <= 1);   /* the tag of the public half, which is then made anew */
		for (size_t n = 0; n < len; n += f == 0 ? 1 : 13) {
			uint8_t *exact = malloc(n + 1);   /* the sanitizer sees a read beyond */

			memcpy(exact, der, n);
			assert_int_not_equal(key_check(&crypto, (struct bytes){ exact, n }, &info), ERR_OK);
			assert_int_equal(crypto.arena.used, 0);
			free(exact);
		}
	}
	assert_int_equal(key_check(&crypto, (struct bytes){ der, 0 }, &(struct key_info){ .alg = KEY_NONE }),
			 ERR_KEY_MISSING);
}

/* Two halves that are each fine. */
static void halves_of_two_keys_are_told(void **state)
{
	static uint8_t a[KEY_DER_MAX], b[KEY_DER_MAX];
	struct key_info info;
	size_t len;

	(void)state;
	assert_int_equal(key_from_pem(&crypto, key_file("p256_sec1"), a, sizeof a, &len, &info), ERR_OK);
	assert_int_equal(key_from_pem(&crypto, file_text("tests/data/leaf_ec.key"), b, sizeof b, &len, &info), ERR_OK);
	memcpy(a + 7, b + 7, 32);   /* 30 77 02 01 01 04 20: the private number */
	assert_int_equal(key_check(&crypto, (struct bytes){ a, len }, &info), ERR_KEY_PAIR);
}

static void the_public_half_is_what_openssl_says(void **state)
{
	static const char *const files[] = { "p256_sec1", "rsa2048_pkcs1", "rsa4096_pkcs1" };
	static uint8_t der[KEY_DER_MAX];
	static char pem[KEY_PUBLIC_PEM_MAX], want[2000];

	(void)state;
	for (size_t f = 0; f < 3; f++) {
		struct key_info info;
		uint8_t digest[32];
		size_t len;
		char path[64];

		assert_int_equal(key_from_pem(&crypto, key_file(files[f]), der, sizeof der, &len, &info), ERR_OK);
		assert_int_equal(key_public_pem(&crypto, (struct bytes){ der, len }, pem, sizeof pem), ERR_OK);
		assert_int_equal(key_public_pem(&crypto, (struct bytes){ der, len }, pem, strlen(pem)), ERR_TOO_LONG);
		assert_int_equal(key_public_pem(&crypto, (struct bytes){ der, len }, pem, sizeof pem), ERR_OK);
		snprintf(path, sizeof path, "tests/data/keys/%s.pem", files[f]);
		openssl_public(path, want, sizeof want, digest);
		assert_string_equal(pem, want);
		assert_memory_equal(digest, info.fingerprint, 32);
	}
}

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[0] != '\0'; hex += 2)
		out[n++] = (uint8_t)strtoul((char[3]){ hex[0], hex[1], '\0' }, NULL, 16);
	return n;
}

/* RFC 6979, A.2.5, with SHA-256. */
static void es256_gives_the_signatures_of_rfc_6979(void **state)
{
	static const char key[] =
		"30770201010420" "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
		"a00a06082a8648ce3d030107" "a14403420004"
		"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
	static const struct { const char *msg, *sig; } rows[] = {
		{ "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
			    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
		{ "test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
			  "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
	};
	uint8_t der[121], sig[64], want[64];
	size_t len = from_hex(key, der);

	(void)state;
	assert_int_equal(len, sizeof der);
	for (size_t i = 0; i < 2; i++) {
		from_hex(rows[i].sig, want);
		assert_int_equal(key_sign(&crypto, (struct bytes){ der, len }, bytes_of(rows[i].msg), sig, sizeof sig, &len),
				 ERR_OK);
		assert_int_equal(len, 64);
		assert_memory_equal(sig, want, 64);
		len = sizeof der;
		assert_int_equal(key_verify(&crypto, (struct bytes){ der, len }, bytes_of(rows[i].msg),
					    (struct bytes){ sig, 64 }), ERR_OK);
		sig[40] ^= 1;
		assert_int_equal(key_verify(&crypto, (struct bytes){ der, len }, bytes_of(rows[i].msg),
					    (struct bytes){ sig, 64 }), ERR_JWT_SIGNATURE);
	}
	assert_int_equal(key_sign(&crypto, (struct bytes){ der, len }, bytes_of("x"), sig, 63, &len), ERR_TOO_LONG);
}

static void a_new_key_needs_a_seed_and_is_a_good_key(void **state)
{
	static const uint8_t seed[RNG_SEED_LEN] = "\x4b\x16\xe1\x9a\x53\xcd\x08\xf7\x22\x91\xb4\x6d\xa0\x3e\x7f\xc5"
						  "\x18\xd2\x59\x84\xeb\x36\x0d\xfa\x71\xac\x2f\x95\x60\xbe\x47\x03";
	uint8_t der[KEY_DER_MAX], other[KEY_DER_MAX], next[32];
	struct key_info info, second;
	size_t len;

	(void)state;
	assert_int_equal(key_make(&crypto, der, sizeof der, &len), ERR_RNG_UNSEEDED);
	assert_int_equal(rng_seed(&crypto.rng, seed, next), ERR_OK);
	assert_int_equal(rng_stored(&crypto.rng), ERR_OK);
	assert_int_equal(key_make(&crypto, der, sizeof der, &len), ERR_OK);
	assert_int_equal(len, 121);
	assert_int_equal(key_check(&crypto, (struct bytes){ der, len }, &info), ERR_OK);
	assert_int_equal(key_make(&crypto, other, sizeof other, &len), ERR_OK);
	assert_int_equal(key_check(&crypto, (struct bytes){ other, len }, &second), ERR_OK);
	assert_memory_not_equal(info.fingerprint, second.fingerprint, 32);
}

static void too_little_memory_is_called_that(void **state)
{
	static const char *const files[] = { "p256_sec1", "rsa2048_pkcs1" };
	static uint8_t der[KEY_DER_MAX], sig[KEY_SIGNATURE_MAX];

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		struct key_info info;
		size_t len, n;
		bool done = false;

		start(NULL);
		assert_int_equal(key_from_pem(&crypto, key_file(files[f]), der, sizeof der, &len, &info), ERR_OK);
		for (size_t size = 0; size < sizeof memory && !done; size += 97) {
			crypto_init(&crypto, memory, size, "unit", 4);
			enum err check = key_check(&crypto, (struct bytes){ der, len }, &info);
			enum err sign = key_sign(&crypto, (struct bytes){ der, len }, bytes_of("m"), sig, sizeof sig, &n);

			assert_true(check == ERR_OK || check == ERR_CRYPTO_MEMORY);
			assert_true(sign == ERR_OK || sign == ERR_CRYPTO_MEMORY);
			assert_int_equal(crypto.arena.used, 0);
			done = check == ERR_OK && sign == ERR_OK;
		}
		assert_true(done);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_keys_of_every_form_are_taken, start, end),
		cmocka_unit_test_setup_teardown(everything_else_is_named, start, end),
		cmocka_unit_test_setup_teardown(damaged_text_says_how, start, end),
		cmocka_unit_test_setup_teardown(a_key_damaged_in_store_is_not_used, start, end),
		cmocka_unit_test_setup_teardown(halves_of_two_keys_are_told, start, end),
		cmocka_unit_test_setup_teardown(the_public_half_is_what_openssl_says, start, end),
		cmocka_unit_test_setup_teardown(es256_gives_the_signatures_of_rfc_6979, start, end),
		cmocka_unit_test_setup_teardown(a_new_key_needs_a_seed_and_is_a_good_key, start, end),
		cmocka_unit_test_setup_teardown(too_little_memory_is_called_that, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
