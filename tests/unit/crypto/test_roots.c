/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/roots.h"
#include "support/pem_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t memory[16 * 1024];
static struct crypto crypto;

static int start(void **state)
{
	(void)state;
	crypto_init(&crypto, memory, sizeof memory, "unit", 4);
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_int_equal(crypto.arena.used, 0);
	assert_int_equal(crypto.arena.misused, 0);
	return 0;
}

static uint8_t der[ROOT_DER_MAX];

/* The first certificate of tests/data/NAME.pem. */
static enum err read_file(const char *name, struct root_info *info, size_t *len)
{
	char path[64];
	struct pem p;

	snprintf(path, sizeof path, "tests/data/%s.pem", name);
	struct bytes text = file_text(path);

	pem_init(&p, der, sizeof der);
	enum err e = roots_feed(&crypto, &p, &text, info);

	*len = p.der_len;
	return e;
}

static void anchors_are_described(void **state)
{
	static const struct {
		const char *file, *subject, *issuer;
		int64_t not_before, not_after;
		unsigned bits;
		bool ec, self_signed;
		uint8_t fingerprint;   /* its first byte is checked against a digest below */
	} rows[] = {
		{ "root_rsa4096", "Tern Root R1 (Tern Trust Services)", "Tern Root R1 (Tern Trust Services)", 1767225600, 3786912000,
		  4096, false, true, 0 },
		{ "root_old", "Tern Old Root (Tern Old Sign)", "Tern Old Root (Tern Old Sign)", 1262304000, 3786912000, 2048, false,
		  true, 0 },
		{ "root_cross", "Tern Root R1 (Tern Trust Services)", "Tern Old Root (Tern Old Sign)", 1767225600, 3786912000, 4096,
		  false, false, 0 },
		{ "root_p384", "Tern Root R4 (Tern Trust Services)", "Tern Root R4 (Tern Trust Services)", 1767225600, 3786912000,
		  384, true, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct root_info info;
		uint8_t digest[32];
		size_t len;

		assert_int_equal(read_file(rows[i].file, &info, &len), ERR_OK);
		assert_string_equal(info.subject, rows[i].subject);
		assert_string_equal(info.issuer, rows[i].issuer);
		assert_true(info.not_before == rows[i].not_before && info.not_after == rows[i].not_after);
		assert_int_equal(info.key_bits, rows[i].bits);
		assert_int_equal(info.ec, rows[i].ec);
		assert_int_equal(info.self_signed, rows[i].self_signed);
		crypto_sha256(der, len, digest);
		assert_memory_equal(info.fingerprint, digest, 32);
	}
}

static void what_cannot_be_an_anchor_is_refused(void **state)
{
	static const struct { const char *file; enum err err; } rows[] = {
		{ "leaf_ec",           ERR_CERT_NOT_CA },
		{ "leaf_rsa1024",      ERR_CERT_KEY },
		{ "keys/p256_sec1",    ERR_PEM_LABEL },
		{ "keys/p256_public",  ERR_PEM_LABEL },
		{ "keys/request",      ERR_PEM_LABEL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct root_info info;
		size_t len;
		enum err e = read_file(rows[i].file, &info, &len);

		if (e != rows[i].err)
			fail_msg("%s: %s", rows[i].file, err_name(e));
	}
}

static void a_cut_or_damaged_certificate_is_refused_without_harm(void **state)
{
	struct root_info info;
	size_t len;
	unsigned refused = 0;

	(void)state;
	assert_int_equal(read_file("root_p384", &info, &len), ERR_OK);
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n + 1);

		memcpy(exact, der, n);
		assert_int_not_equal(root_check(&crypto, (struct bytes){ exact, n }, &info), ERR_OK);
		assert_int_equal(crypto.arena.used, 0);
		free(exact);
	}
	for (size_t i = 0; i < len; i++)   /* its own signature is not checked: a user vouches for it */
		for (unsigned bit = 0; bit < 8; bit++) {
			der[i] ^= (uint8_t)(1u << bit);
			refused += root_check(&crypto, (struct bytes){ der, len }, &info) != ERR_OK;
			assert_int_equal(crypto.arena.used, 0);
			der[i] ^= (uint8_t)(1u << bit);
		}
	assert_true(refused > len);
	der[len] = 0;                      /* something behind it */
	assert_int_equal(root_check(&crypto, (struct bytes){ der, len + 1 }, &info), ERR_CERT_FORMAT);
	assert_int_equal(root_check(&crypto, (struct bytes){ der, 0 }, &info), ERR_CERT_FORMAT);
	assert_int_equal(root_check(&crypto, (struct bytes){ der, ROOT_DER_MAX + 1 }, &info), ERR_TOO_LONG);
}

static void one_bad_certificate_does_not_spoil_a_bundle(void **state)
{
	static const char *const files[] = { "root_rsa4096", "leaf_ec", "keys/p256_public", "root_p384", "other_root" };
	static const enum err want[] = { ERR_OK, ERR_CERT_NOT_CA, ERR_PEM_LABEL, ERR_PEM_BASE64, ERR_OK };
	static char bundle[8192];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char path[64];

		snprintf(path, sizeof path, "tests/data/%s.pem", files[i]);
		struct bytes text = file_text(path);

		memcpy(bundle + len, text.data, text.len);
		if (i == 3)
			bundle[len + 200] = '!';
		len += text.len;
	}
	for (size_t chunk = 1; chunk < len; chunk += chunk < 40 ? 1 : 397) {
		struct root_info info;
		struct pem p;
		size_t found = 0;

		pem_init(&p, der, sizeof der);
		for (size_t at = 0; at < len; at += chunk) {
			struct bytes text = { (uint8_t *)bundle + at, len - at < chunk ? len - at : chunk };

			while (text.len > 0) {
				enum err e = roots_feed(&crypto, &p, &text, &info);

				if (e == ERR_AGAIN)
					continue;
				assert_true(found < 5);
				assert_int_equal(e, want[found]);
				found++;
			}
		}
		assert_int_equal(found, 5);
		assert_int_equal(pem_end(&p), ERR_NOT_FOUND);
	}
}

static void too_little_memory_is_called_that(void **state)
{
	struct root_info info;
	size_t len;
	bool done = false;

	(void)state;
	assert_int_equal(read_file("root_rsa4096", &info, &len), ERR_OK);
	for (size_t size = 0; size < 8192 && !done; size += 16) {
		crypto_init(&crypto, memory, size, "unit", 4);
		enum err e = root_check(&crypto, (struct bytes){ der, len }, &info);

		assert_true(e == ERR_OK || e == ERR_CRYPTO_MEMORY);
		assert_int_equal(crypto.arena.used, 0);
		done = e == ERR_OK;
	}
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(anchors_are_described, start, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_an_anchor_is_refused, start, end),
		cmocka_unit_test_setup_teardown(a_cut_or_damaged_certificate_is_refused_without_harm, start, end),
		cmocka_unit_test_setup_teardown(one_bad_certificate_does_not_spoil_a_bundle, start, end),
		cmocka_unit_test_setup_teardown(too_little_memory_is_called_that, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
