/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_token.c - a password, as anybody may have sent it.
 *
 * First byte: 1 the rest is the password; else the rest is header NUL claims,
 * which the device's key signs, so that what is behind the signature is reached;
 * 2: strict; 4: padded; 8: RS256's key has the first place.
 */
#include "bridge/token.h"
#include "support/token_maker.h"

#include <cjson/cJSON.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAW = 1, STRICT = 2, PADDED = 4, RSA_FIRST = 8 };

static const char project[] = "my-project-123456";
static EVP_PKEY *signer;
static struct credential keys[2];

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void make_key(EVP_PKEY *key, enum credential_format format, struct credential *c)
{
	char *pem = token_maker_public(key), error[CREDENTIAL_ERROR];

	check(credential_read(c, format, bytes_of(pem), error));
	free(pem);
}

static void make_keys(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);

	signer = EVP_EC_gen("P-256");
	make_key(signer, CREDENTIAL_ES256_PEM, &keys[0]);
	make_key(rsa, CREDENTIAL_RSA_PEM, &keys[1]);
	EVP_PKEY_free(rsa);
}

static bool verify(const char *token, size_t len, unsigned how, struct token_claims *claims)
{
	const struct token_rules rules = { .audience = { (const uint8_t *)project, sizeof project - 1 }, .now_s = 1800000000,
					   .skew_s = 600, .life_max_s = 86400, .strict = (how & STRICT) != 0 };
	const struct credential both[2] = { keys[(how & RSA_FIRST) != 0], keys[(how & RSA_FIRST) == 0] };
	uint8_t *exact = malloc(len > 0 ? len : 1);
	struct reason why = { .code = REASON_NONE };
	bool ok;

	memcpy(exact, token, len);
	ok = token_verify((struct bytes){ exact, len }, both, 2, &rules, claims, &why);
	check(ok == (why.code == REASON_NONE));
	check(ok || (why.text[0] != '\0' && memchr(why.text, '\0', sizeof why.text) != NULL));
	free(exact);
	return ok;
}

/* Another parser sees the same in what was taken. */
static void check_claims(const char *json, const struct token_claims *claims)
{
	cJSON *object = cJSON_Parse(json);
	const cJSON *aud = cJSON_GetObjectItemCaseSensitive(object, "aud");

	check(strstr(json, "\\u0000") != NULL || (cJSON_IsString(aud) && strcmp(aud->valuestring, project) == 0));
	check(claims->iat_s <= 1800000600 && claims->exp_s >= 1799999400 && claims->exp_s - claims->iat_s <= 87000);
	cJSON_Delete(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char token[TOKEN_MAKER_MAX * 2];
	struct token_claims claims;
	char *header, *json;
	size_t len;

	if (signer == NULL)
		make_keys();
	if (size < 1 || size > 5000)
		return 0;
	if ((data[0] & RAW) != 0) {
		check(!verify((const char *)data + 1, size - 1, data[0], &claims));
		return 0;
	}
	header = strndup((const char *)data + 1, size - 1);
	len = strlen(header) + 2;
	json = len < size ? strndup((const char *)data + len, size - len) : strdup("");
	len = token_make(token, signer, header, json, (data[0] & PADDED) != 0 ? TOKEN_PADDED : 0);
	if (verify(token, len, data[0], &claims))
		check_claims(json, &claims);
	free(header);
	free(json);
	return 0;
}
