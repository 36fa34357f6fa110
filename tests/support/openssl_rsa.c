/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "support/openssl_rsa.h"

#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

static void must(int ok)
{
	if (!ok)
		abort();
}

struct openssl_rsa *openssl_rsa_new(unsigned bits, unsigned e, uint8_t *spki, size_t *spki_len)
{
	BIGNUM *exponent = BN_new();
	RSA *rsa = RSA_new();

	must(BN_set_word(exponent, e));
	must(RSA_generate_key_ex(rsa, (int)bits, exponent, NULL));
	BN_free(exponent);
	*spki_len = (size_t)i2d_RSA_PUBKEY(rsa, &spki);
	return (struct openssl_rsa *)rsa;
}

void openssl_rsa_free(struct openssl_rsa *rsa)
{
	RSA_free((RSA *)rsa);
}

void openssl_rsa_private(struct openssl_rsa *rsa, const uint8_t *block, size_t len, uint8_t *out)
{
	must(RSA_private_encrypt((int)len, block, out, (RSA *)rsa, RSA_NO_PADDING) == (int)len);
}

int openssl_rsa_add_modulus(struct openssl_rsa *rsa, const uint8_t *number, size_t len, uint8_t *out)
{
	BIGNUM *sum = BN_bin2bn(number, (int)len, NULL);
	int fits;

	must(BN_add(sum, sum, RSA_get0_n((const RSA *)rsa)));
	fits = BN_bn2binpad(sum, out, (int)len) == (int)len;
	BN_free(sum);
	return fits;
}
