/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures that only look like one. */
#include "unit/cmocka_all.h"

#include "crypto/key.h"
#include "support/openssl_key.h"
#include "support/openssl_rsa.h"

#include <string.h>

enum { RSA_BYTES = 256, HASH = 32 };

static uint8_t memory[64 * 1024];
static struct crypto crypto;

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

/* DigestInfo of SHA-256 (RFC 8017, 9.2, note 1), up to the digest. */
static const uint8_t info[19] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				  0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

static const char message[] = "the message";

/* 00 TYPE, PADDING times FILL, 00, INFO, the digest, and garbage up to the end. */
static void make_block(uint8_t *block, uint8_t type, uint8_t pad, size_t padding, struct bytes head)
{
	uint8_t *at = block + 2;

	memset(block, 0xa5, RSA_BYTES);
	block[0] = 0;
	block[1] = type;
	memset(at, pad, padding);
	at += padding;
	*at++ = 0;
	memcpy(at, head.data, head.len);
	openssl_sha256(message, strlen(message), at + head.len);
}

static enum err verify(const uint8_t *spki, size_t spki_len, const uint8_t *sig, size_t len)
{
	return key_verify(&crypto, (struct bytes){ spki, spki_len }, bytes_of(message), (struct bytes){ sig, len });
}

/* Each block is really signed: what is refused is its form alone.  Garbage behind
 * the digest is what lets a cube root forge for an exponent of 3. */
static void only_the_one_encoding_is_a_signature(void **state)
{
	enum { FULL = RSA_BYTES - 3 - sizeof info - HASH };
	static const uint8_t no_null[17] = { 0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
					     0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20 };
	static const uint8_t long_form[20] = { 0x30, 0x81, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
					       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	static const uint8_t sha224[19] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
					    0x65, 0x03, 0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x20 };
	static const struct {
		const char *name;
		uint8_t type, pad;
		size_t padding;
		struct bytes head;
		enum err err;
	} rows[] = {
		{ "as it is to be", 1, 0xff, FULL, { info, sizeof info }, ERR_OK },
		{ "8 bytes of padding, garbage behind", 1, 0xff, 8, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "one byte of garbage behind", 1, 0xff, FULL - 1, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "no padding", 1, 0xff, 0, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "padded for encryption", 2, 0xff, FULL, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "type 0", 0, 0xff, FULL, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "padded by zeros", 1, 0, FULL, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "padded by 0xfe", 1, 0xfe, FULL, { info, sizeof info }, ERR_JWT_SIGNATURE },
		{ "without the NULL", 1, 0xff, FULL + 2, { no_null, sizeof no_null }, ERR_JWT_SIGNATURE },
		{ "a length in BER", 1, 0xff, FULL - 1, { long_form, sizeof long_form }, ERR_JWT_SIGNATURE },
		{ "another hash's name", 1, 0xff, FULL, { sha224, sizeof sha224 }, ERR_JWT_SIGNATURE },
		{ "no name of a hash", 1, 0xff, FULL + sizeof info, { info, 0 }, ERR_JWT_SIGNATURE },
	};
	static const unsigned exponents[] = { 3, 65537 };

	(void)state;
	for (size_t j = 0; j < sizeof exponents / sizeof exponents[0]; j++) {
		uint8_t spki[600], block[RSA_BYTES], sig[RSA_BYTES + 1];
		size_t spki_len;
		struct openssl_rsa *rsa = openssl_rsa_new(8 * RSA_BYTES, exponents[j], spki, &spki_len);

		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			make_block(block, rows[i].type, rows[i].pad, rows[i].padding, rows[i].head);
			openssl_rsa_private(rsa, block, sizeof block, sig);
			if (verify(spki, spki_len, sig, RSA_BYTES) != rows[i].err)
				fail_msg("exponent %u: %s", exponents[j], rows[i].name);
		}
		openssl_rsa_free(rsa);
	}
}

static void a_good_signature_in_another_form_is_none(void **state)
{
	uint8_t spki[600], block[RSA_BYTES], sig[RSA_BYTES + 1] = { 0 }, sum[RSA_BYTES];
	size_t spki_len;
	struct openssl_rsa *rsa = openssl_rsa_new(8 * RSA_BYTES, 65537, spki, &spki_len);

	(void)state;
	make_block(block, 1, 0xff, RSA_BYTES - 3 - sizeof info - HASH, (struct bytes){ info, sizeof info });
	openssl_rsa_private(rsa, block, sizeof block, sig + 1);
	assert_int_equal(verify(spki, spki_len, sig + 1, RSA_BYTES), ERR_OK);
	assert_int_equal(verify(spki, spki_len, sig, RSA_BYTES + 1), ERR_JWT_SIGNATURE);     /* a zero before it */
	assert_int_equal(verify(spki, spki_len, sig + 1, RSA_BYTES - 1), ERR_JWT_SIGNATURE);
	assert_int_equal(verify(spki, spki_len, sig + 1, 0), ERR_JWT_SIGNATURE);
	if (openssl_rsa_add_modulus(rsa, sig + 1, RSA_BYTES, sum))                           /* the same, mod N */
		assert_int_equal(verify(spki, spki_len, sum, RSA_BYTES), ERR_JWT_SIGNATURE);
	memset(sum, 0, sizeof sum);
	assert_int_equal(verify(spki, spki_len, sum, RSA_BYTES), ERR_JWT_SIGNATURE);         /* 0 */
	assert_true(openssl_rsa_add_modulus(rsa, sum, RSA_BYTES, sum));
	assert_int_equal(verify(spki, spki_len, sum, RSA_BYTES), ERR_JWT_SIGNATURE);         /* N */
	for (size_t bit = 0; bit < 8 * RSA_BYTES; bit += 61) {
		sig[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(verify(spki, spki_len, sig + 1, RSA_BYTES), ERR_JWT_SIGNATURE);
		sig[1 + bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	openssl_rsa_free(rsa);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_one_encoding_is_a_signature, start, end),
		cmocka_unit_test_setup_teardown(a_good_signature_in_another_form_is_none, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
