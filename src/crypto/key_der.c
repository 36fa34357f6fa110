/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key_der.h"

#include <mbedtls/asn1.h>
#include <string.h>

/* Object identifiers in a key that tell what it is; first match wins. */
static const struct oid {
	uint8_t     der[10], len;
	enum err    err;
	const char *name;
} oids[] = {
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, 8, ERR_OK, "EC P-256" },        /* 1.2.840.10045.3.1.7 */
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 }, 9, ERR_OK, "RSA" },       /* 1.2.840.113549.1.1.1 */
	{ { 0x2b, 0x81, 0x04, 0x00, 0x0a }, 5, ERR_KEY_CURVE, "EC secp256k1" },               /* 1.3.132.0.10 */
	{ { 0x2b, 0x81, 0x04, 0x00, 0x22 }, 5, ERR_KEY_CURVE, "EC P-384" },                   /* 1.3.132.0.34 */
	{ { 0x2b, 0x81, 0x04, 0x00, 0x23 }, 5, ERR_KEY_CURVE, "EC P-521" },                   /* 1.3.132.0.35 */
	{ { 0x2b, 0x81, 0x04, 0x00, 0x21 }, 5, ERR_KEY_CURVE, "EC P-224" },                   /* 1.3.132.0.33 */
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01 }, 8, ERR_KEY_CURVE, "EC P-192" }, /* 1.2.840.10045.3.1.1 */
	{ { 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07 }, 9, ERR_KEY_CURVE, "EC brainpoolP256r1" },
	{ { 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d }, 8, ERR_KEY_CURVE, "EC SM2" },   /* 1.2.156.10197.1.301 */
	{ { 0x2b, 0x65, 0x70 }, 3, ERR_KEY_TYPE, "Ed25519" },                                 /* 1.3.101.112 */
	{ { 0x2b, 0x65, 0x71 }, 3, ERR_KEY_TYPE, "Ed448" },
	{ { 0x2b, 0x65, 0x6e }, 3, ERR_KEY_TYPE, "X25519" },
	{ { 0x2b, 0x65, 0x6f }, 3, ERR_KEY_TYPE, "X448" },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a }, 9, ERR_KEY_TYPE, "RSA-PSS" },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01 }, 9, ERR_KEY_TYPE, "Diffie-Hellman" },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01 }, 7, ERR_KEY_TYPE, "DSA" },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d }, 9, ERR_KEY_ENCRYPTED, "encrypted private key" },
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 }, 7, ERR_KEY_CURVE, "EC of no known curve, or damaged" },
};
enum { OID_RSA = 1 };
static const struct oid *const ec_unknown = &oids[sizeof oids / sizeof oids[0] - 1];
static const struct oid other = { .err = ERR_KEY_TYPE, .name = "unknown algorithm" };

enum {
	SEQ = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
	INT = MBEDTLS_ASN1_INTEGER,
	OCTETS = MBEDTLS_ASN1_OCTET_STRING,
	CONTEXT = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED
};

/* Take the first element of REST if it has TAG: its content. */
static bool take(struct bytes *rest, int tag, struct bytes *content)
{
	unsigned char *p = (unsigned char *)(uintptr_t)rest->data;
	const unsigned char *end = rest->data + rest->len;
	size_t len;

	if (rest->len == 0 || mbedtls_asn1_get_tag(&p, end, &len, tag) != 0)
		return false;
	*content = (struct bytes){ p, len };
	rest->data = p + len;
	rest->len = (size_t)(end - rest->data);
	return true;
}

/* The same with the identifier of something known, else NULL. */
static const struct oid *take_oid(struct bytes *rest)
{
	struct bytes oid;

	if (!take(rest, MBEDTLS_ASN1_OID, &oid))
		return NULL;
	for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++)
		if (oids[i].len == oid.len && memcmp(oids[i].der, oid.data, oid.len) == 0)
			return &oids[i];
	return NULL;
}

/* What AlgorithmIdentifier { algorithm, curve } says. */
static const struct oid *algorithm(struct bytes id)
{
	const struct oid *alg = take_oid(&id);
	const struct oid *curve = alg == ec_unknown ? take_oid(&id) : NULL;

	return curve != NULL ? curve : alg != NULL ? alg : &other;
}

/* The number V, below 128. */
static bool take_version(struct bytes *rest, uint8_t v)
{
	struct bytes version;

	return take(rest, INT, &version) && version.len == 1 && version.data[0] == v;
}

/* { 1, d, [0] { curve }, [1] { BIT STRING point } }: RFC 5915.  CURVE is known
 * already, or NULL. */
static enum err read_sec1(struct bytes in, const struct oid *curve, struct key_der *k, const char **found)
{
	struct bytes content, bits;

	if (!take_version(&in, 1) || !take(&in, OCTETS, &k->d))
		return ERR_KEY_FORMAT;
	if (take(&in, CONTEXT, &content)) {
		const struct oid *named = take_oid(&content);

		curve = curve != NULL ? curve : named != NULL ? named : ec_unknown;
	}
	if (curve == NULL)
		return ERR_KEY_FORMAT;
	*found = curve->name;
	k->alg = KEY_ES256;
	if (curve->err != ERR_OK || in.len == 0)
		return curve->err;
	if (!take(&in, CONTEXT | 1, &content) || in.len > 0 || !take(&content, MBEDTLS_ASN1_BIT_STRING, &bits) ||
	    content.len > 0 || bits.len < 2 || bits.data[0] != 0)
		return ERR_KEY_FORMAT;
	k->point = (struct bytes){ bits.data + 1, bits.len - 1 };
	return ERR_OK;
}

/* A positive number in as many bytes as it takes (X.690, 8.3.2). */
static bool take_number(struct bytes *rest)
{
	struct bytes n;

	return take(rest, INT, &n) && n.len > 0 && (n.data[0] & 0x80) == 0 &&
	       (n.len == 1 || n.data[0] != 0 || (n.data[1] & 0x80) != 0);
}

/* { 0, n, e, ... }: RFC 8017, A.1.2; mbedTLS reads the rest. */
static enum err read_pkcs1(struct bytes whole, struct bytes in, struct key_der *k)
{
	const uint8_t *n;

	if (!take_version(&in, 0))
		return ERR_KEY_FORMAT;
	n = in.data;
	if (!take_number(&in) || !take_number(&in))
		return ERR_KEY_FORMAT;
	k->pkcs1 = whole;
	k->n_and_e = (struct bytes){ n, (size_t)(in.data - n) };
	k->alg = KEY_RS256;
	return ERR_OK;
}

/* No private key: a certificate { { [0] or INTEGER ..., a public key { { algorithm }
 * BIT STRING }, an encrypted key { { algorithm } OCTET STRING }. */
static enum err read_other(struct bytes first, const char **found)
{
	struct bytes rest = first;
	const struct oid *oid = take_oid(&rest);

	if (oid != NULL && oid->err == ERR_KEY_ENCRYPTED)
		return ERR_KEY_ENCRYPTED;
	*found = rest.data == first.data ? "certificate" : "public key";
	return rest.data == first.data ? ERR_KEY_CERT : ERR_KEY_PUBLIC;
}

/* What one SEQUENCE is.  ALG: what the SEQUENCE around it, if there is one, has said. */
static enum err read_key(struct bytes whole, const struct oid *alg, struct key_der *k, const char **found)
{
	struct bytes in, rest, content, inner, der = whole;

	if (!take(&der, SEQ, &in) || der.len > 0)
		return ERR_KEY_FORMAT;
	rest = in;
	if (alg == NULL && take(&rest, SEQ, &content))
		return read_other(content, found);
	if (!take(&rest, INT, &content))
		return ERR_KEY_FORMAT;
	if (alg == NULL && take(&rest, SEQ, &content)) {   /* PKCS#8: { 0 { algorithm } OCTET STRING } */
		alg = algorithm(content);
		*found = alg->name;
		if (alg->err != ERR_OK)
			return alg->err;
		return take(&rest, OCTETS, &inner) ? read_key(inner, alg, k, found) : ERR_KEY_FORMAT;
	}
	if (alg == &oids[OID_RSA] || (alg == NULL && rest.len > 0 && rest.data[0] == INT))
		return read_pkcs1(whole, in, k);
	return read_sec1(in, alg, k, found);
}

enum err key_der_read(struct bytes der, struct key_der *k, const char **found)
{
	*k = (struct key_der){ .alg = KEY_NONE };
	*found = NULL;
	return read_key(der, NULL, k, found);
}

/* ---- writing ---- */

static uint8_t *put(uint8_t *out, const void *data, size_t n)
{
	memcpy(out, data, n);
	return out + n;
}

/* A tag and a length of two bytes. */
static uint8_t *put_head(uint8_t *out, uint8_t tag, size_t len)
{
	return put(out, (const uint8_t[]){ tag, 0x82, (uint8_t)(len >> 8), (uint8_t)len }, 4);
}

void key_der_ec_private(const uint8_t d[32], const uint8_t point[KEY_DER_POINT], uint8_t out[KEY_DER_EC_PRIVATE])
{
	static const uint8_t begin[] = { 0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20 };
	static const uint8_t between[] = { 0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
					   0xa1, 0x44, 0x03, 0x42, 0x00 };

	out = put(out, begin, sizeof begin);
	out = put(out, d, 32);
	out = put(out, between, sizeof between);
	(void)put(out, point, KEY_DER_POINT);
}

size_t key_der_ec_public(const uint8_t point[KEY_DER_POINT], uint8_t *out)
{
	static const uint8_t begin[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
					 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

	out = put(out, begin, sizeof begin);
	(void)put(out, point, KEY_DER_POINT);
	return KEY_DER_EC_PUBLIC;
}

size_t key_der_rsa_public(struct bytes n_and_e, uint8_t *out)
{
	static const uint8_t alg[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
				       0x05, 0x00 };
	enum { HEAD = 4, OUTSIDE = HEAD + sizeof alg + HEAD + 1 + HEAD };

	if (n_and_e.len < 256 || n_and_e.len > KEY_PUBLIC_MAX - OUTSIDE)
		return 0;
	out = put_head(out, SEQ, OUTSIDE - HEAD + n_and_e.len);
	out = put(out, alg, sizeof alg);
	out = put_head(out, MBEDTLS_ASN1_BIT_STRING, 1 + HEAD + n_and_e.len);
	*out++ = 0;
	out = put_head(out, SEQ, n_and_e.len);
	(void)put(out, n_and_e.data, n_and_e.len);
	return OUTSIDE + n_and_e.len;
}
