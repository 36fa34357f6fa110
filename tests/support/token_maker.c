/* SPDX-License-Identifier: Apache-2.0 */
#include "support/token_maker.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "token_maker: %s\n", what);
		abort();
	}
}

EVP_PKEY *token_maker_key(const char *name)
{
	char path[128];
	FILE *f;
	EVP_PKEY *key;

	snprintf(path, sizeof path, "tests/data/keys/%s.pem", name);
	f = fopen(path, "r");
	check(f != NULL, path);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	check(key != NULL, path);
	fclose(f);
	return key;
}

static char *take(BIO *b)
{
	char *data, *text;
	long len = BIO_get_mem_data(b, &data);

	text = strndup(data, (size_t)len);
	BIO_free(b);
	return text;
}

void token_maker_free(EVP_PKEY *key)
{
	EVP_PKEY_free(key);
}

char *token_maker_public(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());

	check(PEM_write_bio_PUBKEY(b, key) == 1, "public half");
	return take(b);
}

char *token_maker_certificate(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	bool own = EVP_PKEY_is_a(key, "ED25519");    /* has its own digest */

	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"unused", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	ASN1_TIME_set(X509_getm_notBefore(x), 0);
	ASN1_TIME_set(X509_getm_notAfter(x), 365 * 86400);
	check(X509_sign(x, key, own ? NULL : EVP_sha256()) > 0, "certificate");
	check(PEM_write_bio_X509(b, x) == 1, "certificate");
	X509_free(x);
	return take(b);
}

static size_t base64(char *out, const uint8_t *in, size_t len, unsigned how)
{
	size_t n = (size_t)EVP_EncodeBlock((unsigned char *)out, in, (int)len);

	for (size_t i = 0; i < n && (how & TOKEN_STANDARD) == 0; i++)
		out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
	while ((how & TOKEN_PADDED) == 0 && n > 0 && out[n - 1] == '=')
		n--;
	out[n] = '\0';
	return n;
}

size_t token_maker_base64url(char *out, const void *bytes, size_t len)
{
	return base64(out, bytes, len, 0);
}

/* r and s, 32 bytes each. */
static size_t raw_signature(uint8_t *sig, size_t len)
{
	const uint8_t *p = sig;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)len);

	check(s != NULL, "signature");
	BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32);
	ECDSA_SIG_free(s);
	return 64;
}

static size_t sign(EVP_PKEY *key, const char *text, size_t text_len, uint8_t sig[1024], unsigned how)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = 1024;

	if ((how & TOKEN_UNSIGNED) != 0)
		len = 0;
	else
		check(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		      EVP_DigestSign(ctx, sig, &len, (const uint8_t *)text, text_len) == 1, "signing");
	EVP_MD_CTX_free(ctx);
	if (len > 0 && EVP_PKEY_is_a(key, "EC") && (how & TOKEN_DER) == 0)
		len = raw_signature(sig, len);
	if (len > 0 && (how & TOKEN_SPOILT) != 0)
		sig[len / 2] ^= 1;
	return len;
}

size_t token_make(char out[TOKEN_MAKER_MAX], EVP_PKEY *key, const char *header, const char *claims, unsigned how)
{
	size_t n = base64(out, (const uint8_t *)header, strlen(header), how), len;
	uint8_t sig[1024];

	out[n++] = '.';
	n += base64(out + n, (const uint8_t *)claims, strlen(claims), how);
	len = sign(key, out, n, sig, how);
	out[n++] = '.';
	return n + base64(out + n, sig, len, how);
}
