/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "registry/credential.h"
#include "support/token_maker.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 20000 };

/* ---- what people paste ----------------------------------------------------- */

static char text[TEXT];
static size_t text_len;

static void put(const char *s)
{
	size_t n = strlen(s);

	assert_true(text_len + n < TEXT);
	memcpy(text + text_len, s, n + 1);
	text_len += n;
}

static void put_own(char *s)
{
	put(s);
	free(s);
}

static void put_public(const char *key_name)
{
	EVP_PKEY *key = token_maker_key(key_name);

	put_own(token_maker_public(key));
	EVP_PKEY_free(key);
}

static void put_certificate(const char *key_name)
{
	EVP_PKEY *key = token_maker_key(key_name);

	put_own(token_maker_certificate(key));
	EVP_PKEY_free(key);
}

static void put_file(const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "tests/data/keys/%s.pem", name);
	f = fopen(path, "r");
	assert_non_null(f);
	text_len += fread(text + text_len, 1, TEXT - text_len - 1, f);
	text[text_len] = '\0';
	fclose(f);
}

static void put_pkcs1(const char *key_name)
{
	EVP_PKEY *key = token_maker_key(key_name);
	uint8_t der[1200], *p = der;
	char base64[1700];
	int len = i2d_PublicKey(key, &p);

	EVP_EncodeBlock((unsigned char *)base64, der, len);
	put("-----BEGIN RSA PUBLIC KEY-----\n");
	put(base64);
	put("\n-----END RSA PUBLIC KEY-----\n");
	EVP_PKEY_free(key);
}

/* The P-256 key with its point compressed. */
static void put_compressed(const char *key_name)
{
	EVP_PKEY *key = token_maker_key(key_name);

	assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"), 1);
	put_own(token_maker_public(key));
	EVP_PKEY_free(key);
}


/* An RSA key of 2048 bits with the exponent NUMBER; behind a '*', with an even modulus. */
static void put_rsa_exponent(const char *number)
{
	const bool even = *number == '*';
	EVP_PKEY *key = token_maker_key("rsa2048_pkcs1"), *odd = NULL;
	BIGNUM *n = NULL, *e = BN_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	uint8_t modulus[256], exponent[8];

	BN_dec2bn(&e, number + even);
	EVP_PKEY_get_bn_param(key, "n", &n);
	if (even)
		BN_clear_bit(n, 0);
	BN_bn2nativepad(n, modulus, sizeof modulus);
	BN_bn2nativepad(e, exponent, sizeof exponent);
	OSSL_PARAM list[] = { OSSL_PARAM_construct_BN("n", modulus, sizeof modulus),
			      OSSL_PARAM_construct_BN("e", exponent, sizeof exponent), OSSL_PARAM_construct_end() };
	params = list;
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &odd, EVP_PKEY_PUBLIC_KEY, params), 1);
	put_own(token_maker_public(odd));
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(odd);
	EVP_PKEY_free(key);
	BN_free(n);
	BN_free(e);
}

static void put_text(const char *s)
{
	put(s);
}

static void put_two_publics(const char *key_name)
{
	put_public(key_name);
	put_public("rsa2048_pkcs1");
}

static void put_public_and_private(const char *key_name)
{
	put_public(key_name);
	put_file(key_name);
}

static void put_der(const char *key_name)
{
	EVP_PKEY *key = token_maker_key(key_name);
	uint8_t *p = (uint8_t *)text;

	text_len = (size_t)i2d_PUBKEY(key, &p);
	EVP_PKEY_free(key);
}

/* ---- what becomes of it on the way ------------------------------------------ */

static void replace_newlines(const char *with)
{
	char copy[TEXT];

	memcpy(copy, text, text_len + 1);
	text_len = 0;
	for (char *p = copy; *p != '\0'; p++)
		put(*p == '\n' ? with : (char[]){ *p, '\0' });
}

static void as_it_is(void) { }
static void with_crlf(void) { replace_newlines("\r\n"); }
static void in_one_line(void) { replace_newlines(" "); }
static void without_breaks(void) { replace_newlines(""); }
static void with_backslash_n(void) { replace_newlines("\\n"); }
static void with_text_before(void)
{
	char copy[TEXT];

	memcpy(copy, text, text_len + 1);
	text_len = 0;
	put("Bag Attributes\n    friendlyName: device-1\n");
	put(copy);
}
static void without_end(void) { *strstr(text, "-----END") = '\0'; text_len = strlen(text); }
static void without_last_byte(void) { text[--text_len] = '\0'; text[--text_len] = '\0'; }
static void one_digit_missing(void) { char *p = strchr(text, '\n') + 1; memmove(p, p + 1, strlen(p)); text_len--; }
static void one_digit_changed(void) { strchr(text, '\n')[33] ^= 1; }
static void one_digit_strange(void) { strchr(text, '\n')[5] = '*'; }
static void with_a_nul(void) { strchr(text, '\n')[5] = '\0'; }
static void endless(void) { while (text_len < CREDENTIAL_PEM_SIZE + 1) put("\n"); }

/* ---- the table -------------------------------------------------------------- */

static const struct row {
	const char *name;
	void      (*make)(const char *what);
	const char *what;
	void      (*spoil)(void);
	const char *format;
	const char *error;     /* part of the sentence; NULL: taken */
} rows[] = {
	{ "p256",                        put_public, "p256_sec1", as_it_is, "ES256_PEM", NULL },
	{ "p256_public_of_tern",         put_file, "p256_public", as_it_is, "ES256_PEM", NULL },
	{ "p256_in_a_certificate",       put_certificate, "p256_sec1", as_it_is, "ES256_X509_PEM", NULL },
	{ "p256_compressed",             put_compressed, "p256_sec1", as_it_is, "ES256_PEM", NULL },
	{ "p256_curve_spelled_out",      put_public, "p256_explicit", as_it_is, "ES256_PEM", NULL },
	{ "rsa2048",                     put_public, "rsa2048_pkcs1", as_it_is, "RSA_PEM", NULL },
	{ "rsa4096",                     put_public, "rsa4096_pkcs8", as_it_is, "RSA_PEM", NULL },
	{ "rsa2048_pkcs1",               put_pkcs1, "rsa2048_pkcs1", as_it_is, "RSA_PEM", NULL },
	{ "rsa2048_in_a_certificate",    put_certificate, "rsa2048_pkcs1", as_it_is, "RSA_X509_PEM", NULL },
	{ "with_crlf",                   put_public, "p256_sec1", with_crlf, "ES256_PEM", NULL },
	{ "in_one_line",                 put_public, "p256_sec1", in_one_line, "ES256_PEM", NULL },
	{ "without_line_breaks",         put_public, "rsa2048_pkcs1", without_breaks, "RSA_PEM", NULL },
	{ "with_text_before",            put_public, "p256_sec1", with_text_before, "ES256_PEM", NULL },

	{ "empty",                       put_text, "", as_it_is, "ES256_PEM", "no key is there" },
	{ "words",                       put_text, "my key", as_it_is, "ES256_PEM", "this is no PEM" },
	{ "jwk",                         put_text, "{\"kty\":\"EC\"}", as_it_is, "ES256_PEM", "JSON (a JWK?)" },
	{ "openssh",                     put_text, "ssh-rsa AAAAB3NzaC1yc2E me", as_it_is, "RSA_PEM", "OpenSSH" },
	{ "openssh_ec",                  put_text, "ecdsa-sha2-nistp256 AAAA", as_it_is, "ES256_PEM", "OpenSSH" },
	{ "der",                         put_der, "p256_sec1", as_it_is, "ES256_PEM", "binary (DER?)" },
	{ "private_sec1",                put_file, "p256_sec1", as_it_is, "ES256_PEM", "private half ('EC PRIVATE KEY')" },
	{ "private_pkcs8",               put_file, "p256_pkcs8", as_it_is, "ES256_PEM", "private half ('PRIVATE KEY')" },
	{ "private_rsa",                 put_file, "rsa2048_pkcs1", as_it_is, "RSA_PEM", "private half ('RSA PRIVATE KEY')" },
	{ "private_encrypted",           put_file, "p256_encrypted", as_it_is, "ES256_PEM", "private half" },
	{ "private_with_params",         put_file, "p256_with_params", as_it_is, "ES256_PEM", "private half" },
	{ "private_openssh",             put_text, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", as_it_is, "ES256_PEM", "private half" },
	{ "private_behind_public",       put_public_and_private, "p256_sec1", as_it_is, "ES256_PEM", "private half" },
	{ "private_cut_off",             put_file, "p256_sec1", without_end, "ES256_PEM", "private half" },
	{ "request",                     put_file, "request", as_it_is, "ES256_PEM", "'CERTIFICATE REQUEST' is neither" },
	{ "two",                         put_two_publics, "p256_sec1", as_it_is, "ES256_PEM", "2 PEM blocks" },
	{ "end_missing",                 put_public, "p256_sec1", without_end, "ES256_PEM", "END PUBLIC KEY-----' is missing" },
	{ "end_cut",                     put_public, "p256_sec1", without_last_byte, "ES256_PEM", "is missing" },
	{ "digit_missing",               put_public, "p256_sec1", one_digit_missing, "ES256_PEM", "base64" },
	{ "digit_changed",               put_public, "p256_sec1", one_digit_changed, "ES256_PEM", "damaged" },
	{ "digit_strange",               put_public, "p256_sec1", one_digit_strange, "ES256_PEM", "(0x2a) is damaged" },
	{ "nul",                         put_public, "p256_sec1", with_a_nul, "ES256_PEM", "(0x00) is damaged" },
	{ "backslash_n",                 put_public, "p256_sec1", with_backslash_n, "ES256_PEM", "'\\n'" },
	{ "too_long",                    put_public, "p256_sec1", endless, "ES256_PEM", "8193 bytes" },
	{ "label_damaged",               put_text, "-----BEGIN pub key-----\n", as_it_is, "ES256_PEM", "'-----BEGIN' line" },
	{ "nothing_in_it",               put_text, "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", as_it_is, "ES256_PEM", "0 digits" },
	{ "zeros_in_it",                 put_text, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", as_it_is, "ES256_PEM", "what is in 'PUBLIC KEY'" },
	{ "p384",                        put_public, "p384_sec1", as_it_is, "ES256_PEM", "its curve is secp384r1" },
	{ "k1",                          put_public, "k1_sec1", as_it_is, "ES256_PEM", "its curve is secp256k1" },
	{ "brainpool",                   put_public, "brainpool", as_it_is, "ES256_PEM", "its curve is brainpoolP256r1" },
	{ "p384_in_a_certificate",       put_certificate, "p384_sec1", as_it_is, "ES256_X509_PEM", "its curve is secp384r1" },
	{ "ed25519",                     put_public, "ed25519", as_it_is, "ES256_PEM", "a key for ED25519" },
	{ "ed25519_in_a_certificate",    put_certificate, "ed25519", as_it_is, "ES256_X509_PEM", "a key for ED25519" },
	{ "x25519",                      put_public, "x25519", as_it_is, "ES256_PEM", "a key for X25519" },
	{ "dsa",                         put_public, "dsa", as_it_is, "RSA_PEM", "a key for DSA" },
	{ "rsa_pss",                     put_public, "rsapss", as_it_is, "RSA_PEM", "a key for RSA-PSS" },
	{ "rsa1024",                     put_public, "rsa1024", as_it_is, "RSA_PEM", "RSA of 1024 bits" },
	{ "rsa_exponent_1_signs_for_all", put_rsa_exponent, "1", as_it_is, "RSA_PEM", "modulus or exponent" },
	{ "rsa_exponent_even",           put_rsa_exponent, "65538", as_it_is, "RSA_PEM", "modulus or exponent" },
	{ "rsa_modulus_even",            put_rsa_exponent, "*65537", as_it_is, "RSA_PEM", "modulus or exponent" },
	{ "rsa_exponent_of_64_bits",     put_rsa_exponent, "18446744073709551615", as_it_is, "RSA_PEM", NULL },
	{ "rsa_called_es256",            put_public, "rsa2048_pkcs1", as_it_is, "ES256_PEM", "is an RSA key: RSA_PEM" },
	{ "p256_called_rsa",             put_public, "p256_sec1", as_it_is, "RSA_PEM", "is an EC key: ES256_PEM" },
	{ "certificate_called_pem",      put_certificate, "p256_sec1", as_it_is, "ES256_PEM", "a certificate with an EC key: ES256_X509_PEM" },
	{ "pem_called_certificate",      put_public, "rsa2048_pkcs1", as_it_is, "RSA_X509_PEM", "is an RSA key: RSA_PEM" },
};

static void each_is_taken_or_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		enum credential_format format;
		char error[CREDENTIAL_ERROR] = "?";
		struct credential c;
		uint8_t *exact;
		bool ok;

		text_len = 0;
		r->make(r->what);
		r->spoil();
		exact = malloc(text_len + 1);
		memcpy(exact, text, text_len);
		assert_true(credential_format_parse(r->format, &format));
		ok = credential_read(&c, format, (struct bytes){ text_len > 0 ? exact : NULL, text_len }, error);
		if (ok != (r->error == NULL) || (r->error != NULL && strstr(error, r->error) == NULL))
			fail_msg("%s: %s: '%s'", r->name, ok ? "taken" : "refused", error);
		if (ok) {
			assert_int_equal(c.format, format);
			assert_true(c.expires_s == CREDENTIAL_NEVER);
			assert_int_equal(strlen(c.fingerprint), CREDENTIAL_FINGERPRINT - 1);
		}
		assert_true(ok || c.key == NULL);
		credential_free(&c);
		free(exact);
	}
}

/* However a key came, its fingerprint is the one that the device and `tern provision` print. */
static void one_key_has_one_fingerprint(void **state)
{
	static const struct { void (*make)(const char *); const char *what, *format; } ways[] = {
		{ put_public, "p256_sec1", "ES256_PEM" },          { put_compressed, "p256_sec1", "ES256_PEM" },
		{ put_public, "p256_explicit", "ES256_PEM" },    { put_certificate, "p256_sec1", "ES256_X509_PEM" },
	};
	EVP_PKEY *key = token_maker_key("p256_sec1");
	uint8_t der[200], *p = der, digest[32];
	char want[65];

	(void)state;
	SHA256(der, (size_t)i2d_PUBKEY(key, &p), digest);
	for (int i = 0; i < 32; i++)
		snprintf(want + 2 * i, 3, "%02x", digest[i]);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		enum credential_format format;
		char error[CREDENTIAL_ERROR];
		struct credential c;

		text_len = 0;
		ways[i].make(ways[i].what);
		assert_true(credential_format_parse(ways[i].format, &format));
		if (!credential_read(&c, format, bytes_of(text), error))
			fail_msg("%s", error);
		assert_string_equal(c.fingerprint, want);
		credential_free(&c);
	}
	EVP_PKEY_free(key);
}

static void what_nobody_named_is_guessed(void **state)
{
	static const struct { void (*make)(const char *); const char *what, *format; } kinds[] = {
		{ put_public, "p256_sec1", "ES256_PEM" },      { put_certificate, "p256_sec1", "ES256_X509_PEM" },
		{ put_public, "rsa2048_pkcs1", "RSA_PEM" },    { put_certificate, "rsa2048_pkcs1", "RSA_X509_PEM" },
		{ put_file, "p256_sec1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		enum credential_format format;
		char error[CREDENTIAL_ERROR];

		text_len = 0;
		kinds[i].make(kinds[i].what);
		assert_int_equal(credential_guess(bytes_of(text), &format, error), kinds[i].format != NULL);
		if (kinds[i].format != NULL)
			assert_string_equal(credential_format_name(format), kinds[i].format);
	}
}

static void names_of_formats(void **state)
{
	enum credential_format format;

	(void)state;
	assert_false(credential_format_parse("ES256", &format));
	assert_false(credential_format_parse("", &format));
	assert_false(credential_format_parse("es256_pem", &format));
	assert_string_equal(credential_alg(CREDENTIAL_RSA_X509_PEM), "RS256");
	assert_string_equal(credential_alg(CREDENTIAL_ES256_PEM), "ES256");
}

/* No sentence shows what was in a private key. */
static void a_private_key_is_not_repeated(void **state)
{
	char error[CREDENTIAL_ERROR];
	struct credential c;

	(void)state;
	text_len = 0;
	put_file("p256_sec1");
	assert_false(credential_read(&c, CREDENTIAL_ES256_PEM, bytes_of(text), error));
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_true(strncmp(line, "-----", 5) == 0 || strstr(error, line) == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_taken_or_named),
		cmocka_unit_test(one_key_has_one_fingerprint),
		cmocka_unit_test(what_nobody_named_is_guessed),
		cmocka_unit_test(names_of_formats),
		cmocka_unit_test(a_private_key_is_not_repeated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
