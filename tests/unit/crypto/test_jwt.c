/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/jwt.h"
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

static uint8_t der[KEY_DER_MAX];

static struct bytes load_key(const char *name)
{
	struct key_info info;
	char path[64];
	size_t len;

	snprintf(path, sizeof path, "tests/data/keys/%s.pem", name);
	assert_int_equal(key_from_pem(&crypto, file_text(path), der, sizeof der, &len, &info), ERR_OK);
	return (struct bytes){ der, len };
}

static void tokens_are_verified_by_openssl(void **state)
{
	static const struct { const char *key; size_t sig_len; enum key_alg alg; const char *header; } rows[] = {
		{ "p256_sec1",     64,  KEY_ES256, "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9" },
		{ "rsa2048_pkcs1", 256, KEY_RS256, "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9" },
		{ "rsa4096_pkcs1", 512, KEY_RS256, "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bytes key = load_key(rows[i].key);
		struct jwt_claims claims = { .aud = "my-project-123456", .iat = 1781481600, .exp = 1781485200 }, back;
		enum { PAYLOAD = 44 + 17 };
		size_t size = JWT_SIZE(17, rows[i].sig_len), len, n;
		char *token = malloc(size), *again = malloc(size);
		uint8_t sig[512], json[128];
		char path[64];

		assert_int_equal(jwt_sign(&crypto, key, &claims, token, size, &len), ERR_OK);
		assert_int_equal(len, size - 1);   /* the size is exact */
		assert_int_equal(strlen(token), len);
		assert_null(strpbrk(token, "+/="));
		assert_memory_equal(token, rows[i].header, 36);
		const char *dot = strrchr(token, '.');

		assert_int_equal(base64_decode(BASE64_URL, (struct bytes){ (uint8_t *)token + 37, (size_t)(dot - token) - 37 },
					       json, sizeof json, &n), ERR_OK);
		assert_int_equal(n, PAYLOAD);
		json[n] = '\0';
		assert_string_equal((char *)json, "{\"iat\":1781481600,\"exp\":1781485200,\"aud\":\"my-project-123456\"}");
		assert_int_equal(base64_decode(BASE64_URL, bytes_of(dot + 1), sig, sizeof sig, &n), ERR_OK);
		assert_int_equal(n, rows[i].sig_len);
		snprintf(path, sizeof path, "tests/data/keys/%s.pem", rows[i].key);
		assert_true(openssl_verifies(path, token, (size_t)(dot - token), sig, n));
		sig[n / 2] ^= 1;
		assert_false(openssl_verifies(path, token, (size_t)(dot - token), sig, n));
		assert_int_equal(jwt_verify(&crypto, key, bytes_of(token), &back), ERR_OK);
		assert_string_equal(back.aud, claims.aud);
		assert_true(back.iat == claims.iat && back.exp == claims.exp && back.alg == rows[i].alg);
		/* Deterministic: the same again. */
		assert_int_equal(jwt_sign(&crypto, key, &claims, again, size, &len), ERR_OK);
		assert_string_equal(token, again);
		/* One byte less is refused, and nothing is left there. */
		assert_int_equal(jwt_sign(&crypto, key, &claims, token, size - 1, &len), ERR_TOO_LONG);
		assert_int_equal(len, 0);
		for (size_t k = 0; k < size - 1; k++)
			assert_int_equal(token[k], 0);
		free(token);
		free(again);
	}
}

/* r or s with leading zeros stay 32 bytes: one token in 128 has one, so 600 have both kinds. */
static void a_short_r_or_s_is_padded(void **state)
{
	struct bytes key = load_key("p256_sec1");
	struct jwt_claims claims = { .aud = "p", .iat = 1, .exp = 2 }, back;
	bool short_r = false, short_s = false;

	(void)state;
	for (; !short_r || !short_s; claims.iat++, claims.exp++) {
		char token[JWT_SIZE(1, 64)];
		uint8_t sig[64];
		size_t len, n;

		assert_true(claims.iat < 3000);
		assert_int_equal(jwt_sign(&crypto, key, &claims, token, sizeof token, &len), ERR_OK);
		assert_int_equal(base64_decode(BASE64_URL, bytes_of(strrchr(token, '.') + 1), sig, sizeof sig, &n), ERR_OK);
		assert_int_equal(n, 64);
		assert_int_equal(jwt_verify(&crypto, key, bytes_of(token), &back), ERR_OK);
		short_r |= sig[0] == 0;
		short_s |= sig[32] == 0;
	}
}

/* RFC 7515, A.3: an ES256 token of somebody else. */
static const char rfc_es256[] =
	"eyJhbGciOiJFUzI1NiJ9"
	".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

static void the_token_of_rfc_7515_verifies(void **state)
{
	/* SubjectPublicKeyInfo of A.3.1's x and y. */
	static const char x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
	static const char y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
	uint8_t spki[91] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
			     0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
	struct jwt_claims claims;
	char token[sizeof rfc_es256];
	size_t n;

	(void)state;
	assert_int_equal(base64_decode(BASE64_URL, bytes_of(x), spki + 27, 32, &n), ERR_OK);
	assert_int_equal(base64_decode(BASE64_URL, bytes_of(y), spki + 59, 32, &n), ERR_OK);
	assert_int_equal(jwt_verify(&crypto, (struct bytes){ spki, sizeof spki }, bytes_of(rfc_es256), &claims), ERR_OK);
	assert_true(claims.exp == 1300819380 && claims.alg == KEY_ES256);
	for (size_t i = 0; i < strlen(rfc_es256); i++) {   /* no character may change */
		strcpy(token, rfc_es256);
		token[i] = token[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(jwt_verify(&crypto, (struct bytes){ spki, sizeof spki }, bytes_of(token), &claims),
				     ERR_OK);
	}
	/* Nor may it be verified with a key of another kind. */
	struct bytes rsa = load_key("rsa2048_pkcs1");

	assert_int_equal(jwt_verify(&crypto, rsa, bytes_of(rfc_es256), &claims), ERR_JWT_SIGNATURE);
}

static void claims_out_of_range_are_refused(void **state)
{
	static const struct { const char *name; struct jwt_claims claims; } rows[] = {
		{ "no audience",                  { .aud = "", .iat = 1, .exp = 2 } },
		{ "a quote in the audience",      { .aud = "a\"b", .iat = 1, .exp = 2 } },
		{ "a backslash",                  { .aud = "a\\b", .iat = 1, .exp = 2 } },
		{ "a blank",                      { .aud = "a b", .iat = 1, .exp = 2 } },
		{ "a line end",                   { .aud = "a\n", .iat = 1, .exp = 2 } },
		{ "not ASCII",                    { .aud = "\xc3\xa4", .iat = 1, .exp = 2 } },
		{ "no end",                       { .aud = "p", .iat = 1, .exp = 0 } },
		{ "ends when it begins",          { .aud = "p", .iat = 5, .exp = 5 } },
		{ "before 1970",                  { .aud = "p", .iat = -1, .exp = 5 } },
		{ "longer than a day",            { .aud = "p", .iat = 100, .exp = 100 + 86401 } },
		{ "milliseconds",                 { .aud = "p", .iat = 1781481600000, .exp = 1781481600001 } },
	};
	char token[JWT_SIZE(1, 64)];
	struct jwt_claims longest = { .iat = 9999999998, .exp = 9999999999 };
	char big[JWT_SIZE(JWT_AUD_MAX, 64)];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (jwt_sign(&crypto, load_key("p256_sec1"), &rows[i].claims, token, sizeof token, &len) != ERR_JWT_ARG)
			fail_msg("taken: %s", rows[i].name);
	memset(longest.aud, 'a', JWT_AUD_MAX);
	assert_int_equal(jwt_sign(&crypto, load_key("p256_sec1"), &longest, big, sizeof big, &len), ERR_OK);
	assert_int_equal(len, sizeof big - 1);
	memset(longest.aud, 'a', sizeof longest.aud);   /* not terminated */
	assert_int_equal(jwt_sign(&crypto, load_key("p256_sec1"), &longest, big, sizeof big, &len), ERR_JWT_ARG);
	assert_int_equal(jwt_sign(&crypto, (struct bytes){ NULL, 0 }, &rows[0].claims, big, sizeof big, &len), ERR_JWT_ARG);
	longest = (struct jwt_claims){ .aud = "p", .iat = 1, .exp = 2 };
	assert_int_equal(jwt_sign(&crypto, (struct bytes){ NULL, 0 }, &longest, big, sizeof big, &len), ERR_KEY_MISSING);
	assert_int_equal(jwt_sign(&crypto, bytes_of("rubbish"), &longest, big, sizeof big, &len), ERR_KEY_FORMAT);
}

/* HEADER and PAYLOAD in clear; the signature is any. */
static void make(const char *header, const char *payload, char *out)
{
	size_t n = base64_encode(BASE64_URL, (const uint8_t *)header, strlen(header), out);

	out[n++] = '.';
	n += base64_encode(BASE64_URL, (const uint8_t *)payload, strlen(payload), out + n);
	strcpy(out + n, ".AAAA");
}

static void only_tokens_are_parsed(void **state)
{
	static const struct { const char *header, *payload; bool ok; } rows[] = {
		{ "{\"alg\":\"ES256\"}", "{}", true },
		{ " { \"typ\" : \"JWT\" , \"alg\" : \"RS256\" } ", "{\"aud\":\"p\",\"iat\":1,\"exp\":2}", true },
		{ "{\"alg\":\"ES256\"}", "{\"x\":true,\"y\":-1.5E+3,\"z\":null}", true },
		{ "{\"alg\":\"none\"}", "{}", false },
		{ "{\"alg\":\"HS256\"}", "{}", false },
		{ "{\"alg\":\"es256\"}", "{}", false },
		{ "{\"alg\":256}", "{}", false },
		{ "{}", "{}", false },
		{ "{\"alg\":\"ES256\",\"crit\":\"x\"}", "{}", false },   /* RFC 7515, 4.1.11 */
		{ "{\"alg\":\"ES256\"", "{}", false },
		{ "{\"alg\":\"ES256\"}x", "{}", false },
		{ "{\"alg\":\"ES256\",}", "{}", false },
		{ "{\"alg\":\"ES256\"}", "{\"aud\":\"a\\u0062\"}", false },
		{ "{\"alg\":\"ES256\"}", "{\"aud\":[\"a\"]}", false },
		{ "{\"alg\":\"ES256\"}", "{\"aud\":1}", false },
		{ "{\"alg\":\"ES256\"}", "{\"exp\":\"1300819380\"}", false },
		{ "{\"alg\":\"ES256\"}", "{\"exp\":1.5}", false },
		{ "{\"alg\":\"ES256\"}", "{\"exp\":99999999999}", false },
		{ "{\"alg\":\"ES256\"}", "{\"exp\":}", false },
		{ "{\"alg\":\"ES256\"}", "{\"exp\"}", false },
		{ "{\"alg\":\"ES256\"}", "[]", false },
		{ "{\"alg\":\"ES256\"}", "{\"a\":\"line\nend\"}", false },
		{ "{\"alg\":\"ES256\"}", "{\"aud\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}", false },
	};
	static const char *const texts[] = { "", ".", "..", "...", "a.b", "eyJhbGciOiJFUzI1NiJ9.e30", "eyJhbGciOiJFUzI1NiJ9.e30.",
		"eyJhbGciOiJFUzI1NiJ9..AAAA", ".e30.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30=.AAAA",
		"eyJhbGciOiJFUzI1NiJ9 .e30.AAAA" };
	struct jwt_claims claims;
	char token[400];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		make(rows[i].header, rows[i].payload, token);
		if ((jwt_parse(bytes_of(token), &claims) == ERR_OK) != rows[i].ok)
			fail_msg("%s %s", rows[i].header, rows[i].payload);
		if (!rows[i].ok)
			assert_true(claims.alg == KEY_NONE && claims.exp == 0 && claims.aud[0] == '\0');
	}
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (jwt_parse(bytes_of(texts[i]), &claims) != ERR_JWT_FORMAT)
			fail_msg("%s", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tokens_are_verified_by_openssl, start, end),
		cmocka_unit_test_setup_teardown(a_short_r_or_s_is_padded, start, end),
		cmocka_unit_test_setup_teardown(the_token_of_rfc_7515_verifies, start, end),
		cmocka_unit_test_setup_teardown(claims_out_of_range_are_refused, start, end),
		cmocka_unit_test_setup_teardown(only_tokens_are_parsed, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
