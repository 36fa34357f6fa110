/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/roots.h"

#include "crypto/mbed.h"

#include <mbedtls/pk.h>
#include <string.h>

static void describe(const mbedtls_x509_crt *crt, struct root_info *info)
{
	mbed_name(&crt->subject, info->subject, sizeof info->subject);
	mbed_name(&crt->issuer, info->issuer, sizeof info->issuer);
	info->not_before = mbed_time(&crt->valid_from);
	info->not_after = mbed_time(&crt->valid_to);
	info->key_bits = (unsigned)mbedtls_pk_get_bitlen(&crt->pk);
	info->ec = mbedtls_pk_get_type(&crt->pk) == MBEDTLS_PK_ECKEY;
	info->self_signed = mbed_same(&crt->subject_raw, &crt->issuer_raw);
	crypto_sha256(crt->raw.p, crt->raw.len, info->fingerprint);
}

/* An authority says so, or is of the time before it could (X.509 version 1). */
static bool is_authority(const mbedtls_x509_crt *crt)
{
	return crt->version < 3 || mbedtls_x509_crt_get_ca_istrue(crt) == 1;
}

static enum err judge(const mbedtls_x509_crt *crt, const struct root_info *info)
{
	bool rsa = mbedtls_pk_get_type(&crt->pk) == MBEDTLS_PK_RSA;

	if (!(info->ec && (info->key_bits == 256 || info->key_bits == 384)) &&
	    !(rsa && info->key_bits >= 2048 && info->key_bits <= 4096))
		return ERR_CERT_KEY;
	return is_authority(crt) ? ERR_OK : ERR_CERT_NOT_CA;
}

enum err root_check(struct crypto *c, struct bytes der, struct root_info *info)
{
	uint32_t refused = c->arena.refused;
	mbedtls_x509_crt crt;
	enum err e = ERR_CERT_FORMAT;

	memset(info, 0, sizeof *info);
	if (der.len > ROOT_DER_MAX)
		return ERR_TOO_LONG;
	crypto_enter(c);
	mbedtls_x509_crt_init(&crt);
	int ret = der.len == 0 ? -1 : mbedtls_x509_crt_parse_der_nocopy(&crt, der.data, der.len);

	if (ret == 0 && crt.raw.len == der.len) {
		describe(&crt, info);
		e = judge(&crt, info);
	} else if (c->arena.refused != refused) {
		e = ERR_CRYPTO_MEMORY;
	} else if (mbed_unknown_key(ret)) {
		e = ERR_CERT_KEY;
	}
	mbedtls_x509_crt_free(&crt);
	return e;
}

enum err roots_feed(struct crypto *c, struct pem *p, struct bytes *text, struct root_info *info)
{
	size_t n = pem_feed(p, text->data, text->len);
	enum err e = text->len == 0 ? ERR_AGAIN : pem_result(p);

	memset(info, 0, sizeof *info);
	text->data += n;
	text->len -= n;
	if (e == ERR_OK && strcmp(p->label, "CERTIFICATE") != 0 && strcmp(p->label, "X509 CERTIFICATE") != 0)
		return ERR_PEM_LABEL;
	return e == ERR_OK ? root_check(c, (struct bytes){ p->der, p->der_len }, info) : e;
}
