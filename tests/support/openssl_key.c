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
