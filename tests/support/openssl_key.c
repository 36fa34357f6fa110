/* SPDX-License-Identifier: Apache-2.0 */
#include "support/openssl_key.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static EVP_PKEY *load(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *key = f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (key == NULL) {
		perror(path);
		abort();
	}
	fclose(f);
	return key;
}

bool openssl_verifies(const char *path, const void *msg, size_t msg_len, const uint8_t *sig, size_t sig_len)
{
	uint8_t der[80], *p = der;
	EVP_PKEY *key = load(path);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	if (sig_len == 64) {
		ECDSA_SIG *s = ECDSA_SIG_new();

		ECDSA_SIG_set0(s, BN_bin2bn(sig, 32, NULL), BN_bin2bn(sig + 32, 32, NULL));
		sig_len = (size_t)i2d_ECDSA_SIG(s, &p);
		sig = der;
		ECDSA_SIG_free(s);
	}
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, sig, sig_len, msg, msg_len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

void openssl_public(const char *path, char *pem, size_t size, uint8_t digest[32])
{
	uint8_t *spki = NULL;
	EVP_PKEY *key = load(path);
	BIO *out = BIO_new(BIO_s_mem());
	int n;

	PEM_write_bio_PUBKEY(out, key);
	n = BIO_read(out, pem, (int)size - 1);
	pem[n > 0 ? n : 0] = '\0';
	n = i2d_PUBKEY(key, &spki);
	EVP_Digest(spki, (size_t)n, digest, NULL, EVP_sha256(), NULL);
	OPENSSL_free(spki);
	BIO_free(out);
	EVP_PKEY_free(key);
}

void openssl_mod(uint8_t *a, const uint8_t *n, size_t len)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *x = BN_bin2bn(a, (int)len, NULL), *m = BN_bin2bn(n, (int)len, NULL);

	if (BN_mod(x, x, m, ctx) != 1 || BN_bn2binpad(x, a, (int)len) < 0)
		abort();
	BN_free(x);
	BN_free(m);
	BN_CTX_free(ctx);
}

void openssl_power(const uint8_t *a, const uint8_t *e, size_t e_len, const uint8_t *n, size_t len, uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *x = BN_bin2bn(a, (int)len, NULL), *y = BN_bin2bn(e, (int)e_len, NULL);
	BIGNUM *m = BN_bin2bn(n, (int)len, NULL);

	if (BN_mod_exp(x, x, y, m, ctx) != 1 || BN_bn2binpad(x, out, (int)len) < 0)
		abort();
	BN_free(x);
	BN_free(y);
	BN_free(m);
	BN_CTX_free(ctx);
}

void openssl_sha256(const void *data, size_t len, uint8_t digest[32])
{
	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
}
