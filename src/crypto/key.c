/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "crypto/base64.h"
#include "crypto/mbed.h"
#include "crypto/pem.h"

#include <mbedtls/asn1.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <string.h>

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 4096, HASH = 32 };

/* What a PEM label promises.  A label that is not here is something else. */
static const struct { const char *label; enum err err; } labels[] = {
	{ "",                      ERR_OK },
	{ "PRIVATE KEY",           ERR_OK },
	{ "EC PRIVATE KEY",        ERR_OK },
	{ "RSA PRIVATE KEY",       ERR_OK },
	{ "ENCRYPTED PRIVATE KEY", ERR_KEY_ENCRYPTED },
	{ "DSA PRIVATE KEY",       ERR_KEY_TYPE },
	{ "PUBLIC KEY",            ERR_KEY_PUBLIC },
	{ "RSA PUBLIC KEY",        ERR_KEY_PUBLIC },
	{ "CERTIFICATE",           ERR_KEY_CERT },
	{ "TRUSTED CERTIFICATE",   ERR_KEY_CERT },
	{ "X509 CERTIFICATE",      ERR_KEY_CERT },
};

static enum err label_err(const char *label)
{
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (strcmp(labels[i].label, label) == 0)
			return labels[i].err;
	return ERR_PEM_LABEL;
}

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
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 }, 7, ERR_KEY_CURVE, "EC on an unknown curve" },
};
static const struct oid *const ec_unknown = &oids[sizeof oids / sizeof oids[0] - 1];
static const struct oid other = { .err = ERR_KEY_TYPE, .name = "unknown algorithm" };

static void set_found(struct key_info *info, const char *what)
{
	struct text t;

	text_init(&t, info->found, sizeof info->found);
	text_add(&t, what);
}

/* A place in DER. */
struct cursor {
	unsigned char *p;
	const unsigned char *end;
};

/* Step into (constructed) or over (else) the next element if it has TAG. */
static bool next(struct cursor *c, int tag)
{
	struct cursor in = *c;
	size_t len;

	if (mbedtls_asn1_get_tag(&in.p, in.end, &len, tag) != 0)
		return false;
	if ((tag & MBEDTLS_ASN1_CONSTRUCTED) == 0)
		in.p += len;
	*c = in;
	return true;
}

/* The next element is the identifier of something known. */
static const struct oid *next_oid(struct cursor *c)
{
	size_t len;
	unsigned char *p = c->p;

	if (mbedtls_asn1_get_tag(&p, c->end, &len, MBEDTLS_ASN1_OID) != 0)
		return NULL;
	c->p = p + len;
	for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++)
		if (oids[i].len == len && memcmp(oids[i].der, p, len) == 0)
			return &oids[i];
	return NULL;
}

enum {
	SEQ = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
	INT = MBEDTLS_ASN1_INTEGER,
	CONTEXT_0 = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED
};

/* The identifier within an AlgorithmIdentifier { algorithm, curve }. */
static const struct oid *algorithm(struct cursor c)
{
	const struct oid *alg = next_oid(&c);
	const struct oid *curve = alg == ec_unknown ? next_oid(&c) : NULL;

	return curve != NULL ? curve : alg != NULL ? alg : &other;
}

/*
 * What DER is, by its outline:
 *   certificate   { { [0] or INTEGER ...        PKCS#1  { 0 n ...
 *   public key    { { algorithm } BIT STRING    SEC1    { 1 OCTET STRING [0] { curve } ...
 *   encrypted     { { algorithm } OCTET STRING  PKCS#8  { 0 { algorithm } OCTET STRING
 */
static enum err outline(struct bytes der, struct key_info *info)
{
	struct cursor c = { (unsigned char *)(uintptr_t)der.data, der.data + der.len };
	const struct oid *oid = NULL;
	struct cursor in;

	if (!next(&c, SEQ))
		return ERR_KEY_FORMAT;
	in = c;
	if (next(&in, SEQ)) {
		struct cursor algid = in;

		oid = next_oid(&algid);
		if (oid != NULL && oid->err == ERR_KEY_ENCRYPTED)
			return ERR_KEY_ENCRYPTED;
		set_found(info, algid.p == in.p ? "certificate" : "public key");
		return algid.p == in.p ? ERR_KEY_CERT : ERR_KEY_PUBLIC;
	}
	if (!next(&c, INT))
		return ERR_KEY_FORMAT;
	in = c;
	if (next(&in, SEQ))
		oid = algorithm(in);
	else if (next(&in, MBEDTLS_ASN1_OCTET_STRING) && next(&in, CONTEXT_0) && (oid = next_oid(&in)) == NULL)
		oid = ec_unknown;
	if (oid == NULL)
		return ERR_OK;   /* PKCS#1, or the parser's to judge */
	set_found(info, oid->name);
	return oid->err;
}

/* Everything a key operation needs: the parsed key and what blinds it. */
struct work {
	struct crypto     *crypto;
	mbedtls_pk_context pk;
	struct drbg        blind;
	uint32_t           refused;
};

/* Blinding is derived from the key and what it is used for.  If the generator
 * is ready its bytes are stirred in; nothing depends on them. */
static void begin(struct work *w, struct crypto *c, struct bytes key, struct bytes use)
{
	uint8_t seed[3 * HASH];
	bool random;

	crypto_enter(c);
	w->crypto = c;
	w->refused = c->arena.refused;
	crypto_sha256(key.data, key.len, seed);
	crypto_sha256(use.data, use.len, seed + HASH);
	random = rng_bytes(&c->rng, seed + 2 * HASH, HASH) == ERR_OK;
	drbg_init(&w->blind, (struct bytes){ seed, random ? 3 * HASH : 2 * HASH });
	bytes_wipe(seed, sizeof seed);
	mbedtls_pk_init(&w->pk);
}

/* End W; an error for which there was no memory is called by that name. */
static enum err finish(struct work *w, enum err e)
{
	mbedtls_pk_free(&w->pk);
	bytes_wipe(&w->blind, sizeof w->blind);
	return e != ERR_OK && w->crypto->arena.refused != w->refused ? ERR_CRYPTO_MEMORY : e;
}

static enum err parse_private(struct work *w, struct bytes der)
{
	return mbedtls_pk_parse_key(&w->pk, der.data, der.len, NULL, 0, mbed_drbg, &w->blind) == 0 ? ERR_OK
												   : ERR_KEY_FORMAT;
}

/* Kind, size and pairing of the parsed key. */
static enum err check(struct work *w, struct key_info *info)
{
	info->bits = (unsigned)mbedtls_pk_get_bitlen(&w->pk);
	if (mbedtls_pk_get_type(&w->pk) == MBEDTLS_PK_RSA) {
		info->alg = KEY_RS256;
		set_found(info, "RSA");
		if (info->bits < RSA_BITS_MIN || info->bits > RSA_BITS_MAX)
			return ERR_KEY_SIZE;
		return mbedtls_rsa_check_privkey(mbedtls_pk_rsa(w->pk)) == 0 ? ERR_OK : ERR_KEY_PAIR;
	}
	if (mbedtls_pk_get_type(&w->pk) != MBEDTLS_PK_ECKEY)
		return ERR_KEY_TYPE;
	if (mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(w->pk)) != MBEDTLS_ECP_DP_SECP256R1)
		return ERR_KEY_CURVE;
	info->alg = KEY_ES256;
	set_found(info, "EC P-256");
	return mbedtls_ecp_check_pub_priv(mbedtls_pk_ec(w->pk), mbedtls_pk_ec(w->pk), mbed_drbg, &w->blind) == 0
		? ERR_OK : ERR_KEY_PAIR;
}

static enum err fingerprint(struct work *w, struct key_info *info)
{
	uint8_t spki[KEY_PUBLIC_MAX];
	int n = mbedtls_pk_write_pubkey_der(&w->pk, spki, sizeof spki);

	if (n <= 0)
		return ERR_KEY_FORMAT;
	crypto_sha256(spki + sizeof spki - n, (size_t)n, info->fingerprint);
	return ERR_OK;
}

/* mbedTLS writes DER at the end of its buffer; move it to the front. */
static enum err write_private(struct work *w, uint8_t *der, size_t size, size_t *len)
{
	int n = mbedtls_pk_write_key_der(&w->pk, der, size);

	if (n <= 0) {
		bytes_wipe(der, size);
		return ERR_TOO_LONG;
	}
	*len = (size_t)n;
	memmove(der, der + size - *len, *len);
	bytes_wipe(der + *len, size - *len);
	return ERR_OK;
}

/* Parse and check; W holds the key after ERR_OK. */
static enum err load(struct work *w, struct bytes der, struct key_info *info)
{
	enum err e = outline(der, info);

	if (e == ERR_OK)
		e = parse_private(w, der);
	if (e == ERR_OK)
		e = check(w, info);
	if (e == ERR_OK)
		e = fingerprint(w, info);
	return e;
}

enum err key_from_der(struct crypto *c, const char *label, struct bytes in, uint8_t *der, size_t size, size_t *len,
		      struct key_info *info)
{
	struct work w;
	enum err e = label_err(label);

	*len = 0;
	*info = (struct key_info){ .alg = KEY_NONE };
	set_found(info, e != ERR_OK ? label : "unknown data");
	if (e != ERR_OK)
		return e;
	begin(&w, c, in, bytes_of("read"));
	e = load(&w, in, info);
	if (e == ERR_OK)
		e = write_private(&w, der, size, len);
	return finish(&w, e);
}

enum err key_check(struct crypto *c, struct bytes der, struct key_info *info)
{
	struct work w;

	*info = (struct key_info){ .alg = KEY_NONE };
	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, bytes_of("check"));
	return finish(&w, load(&w, der, info));
}

/* The first object of TEXT but "EC PARAMETERS", which openssl writes before the key. */
static enum err first_object(struct pem *p, struct bytes text)
{
	enum err e;

	do {
		size_t n = pem_feed(p, text.data, text.len);

		text.data += n;
		text.len -= n;
		e = pem_result(p);
	} while (e == ERR_OK && strcmp(p->label, "EC PARAMETERS") == 0);
	if (e == ERR_AGAIN)
		e = pem_end(p);
	return e == ERR_NOT_FOUND ? ERR_PEM_HEADER : e;
}

enum err key_from_pem(struct crypto *c, struct bytes text, uint8_t *der, size_t size, size_t *len,
		      struct key_info *info)
{
	struct pem p;
	enum err e, kind;

	pem_init(&p, der, size);
	e = first_object(&p, text);
	kind = label_err(p.label);
	*len = 0;
	*info = (struct key_info){ .alg = KEY_NONE };
	set_found(info, p.label);
	if (kind != ERR_OK)      /* the wrong thing is that, damaged or not */
		e = kind;
	else if (p.encrypted)
		e = ERR_KEY_ENCRYPTED;
	if (e == ERR_OK)
		e = key_from_der(c, p.label, (struct bytes){ der, p.der_len }, der, size, len, info);
	if (e != ERR_OK)
		bytes_wipe(der, size);
	return e;
}

enum key_alg key_alg(struct bytes der)
{
	struct key_info info = { .alg = KEY_NONE };

	if (der.len == 0 || outline(der, &info) != ERR_OK)
		return KEY_NONE;
	return info.found[0] == 'E' ? KEY_ES256 : KEY_RS256;
}

/* N bytes as PEM lines of 64 characters. */
static void add_pem(struct text *out, const uint8_t *der, size_t n)
{
	enum { LINE = 48 };

	text_add(out, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t i = 0; i < n; i += LINE) {
		char line[BASE64_STD_LEN(LINE)];
		size_t len = base64_encode(BASE64_STD, der + i, n - i < LINE ? n - i : LINE, line);

		text_add_bytes(out, (struct bytes){ (const uint8_t *)line, len });
		text_add_char(out, '\n');
	}
	text_add(out, "-----END PUBLIC KEY-----\n");
}

enum err key_public(struct crypto *c, struct bytes der, uint8_t *out, size_t *len)
{
	struct work w;
	enum err e;
	int n;

	*len = 0;
	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, bytes_of("public"));
	e = parse_private(&w, der);
	if (e == ERR_OK && (n = mbedtls_pk_write_pubkey_der(&w.pk, out, KEY_PUBLIC_MAX)) > 0) {
		*len = (size_t)n;
		memmove(out, out + KEY_PUBLIC_MAX - n, *len);
	}
	return finish(&w, e == ERR_OK && *len == 0 ? ERR_KEY_FORMAT : e);
}

enum err key_public_pem(struct crypto *c, struct bytes der, char *out, size_t size)
{
	uint8_t spki[KEY_PUBLIC_MAX];
	struct text t;
	size_t len;
	enum err e = key_public(c, der, spki, &len);

	text_init(&t, out, size);
	if (e == ERR_OK)
		add_pem(&t, spki, len);
	return t.overflow ? ERR_TOO_LONG : e;
}

enum err key_make(struct crypto *c, uint8_t *der, size_t size, size_t *len)
{
	struct work w;
	enum err e = ERR_OK;

	*len = 0;
	if (c->rng.state != RNG_READY)
		return ERR_RNG_UNSEEDED;
	begin(&w, c, bytes_of("new"), bytes_of("make"));
	if (mbedtls_pk_setup(&w.pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) != 0 ||
	    mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(w.pk), mbed_rng, &c->rng) != 0)
		e = ERR_RNG_FAILED;
	if (e == ERR_OK)
		e = write_private(&w, der, size, len);
	return finish(&w, e);
}

/* RFC 6979, 3.2: the generator that k comes from, instantiated with the private
 * key and the hash as a number below the order. */
static int seed_k(struct drbg *k, const mbedtls_ecp_keypair *ec, const uint8_t hash[HASH])
{
	const mbedtls_mpi *order = &ec->MBEDTLS_PRIVATE(grp).N;
	uint8_t seed[2 * HASH];
	mbedtls_mpi h;
	int ret;

	mbedtls_mpi_init(&h);
	ret = mbedtls_mpi_write_binary(&ec->MBEDTLS_PRIVATE(d), seed, HASH);
	if (ret == 0)
		ret = mbedtls_mpi_read_binary(&h, hash, HASH);
	if (ret == 0 && mbedtls_mpi_cmp_mpi(&h, order) >= 0)
		ret = mbedtls_mpi_sub_abs(&h, &h, order);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&h, seed + HASH, HASH);
	drbg_init(k, (struct bytes){ seed, sizeof seed });
	bytes_wipe(seed, sizeof seed);
	mbedtls_mpi_free(&h);
	return ret;
}

/* RFC 7518, 3.4: r and s, 32 bytes each, leading zeros kept. */
static enum err sign_es256(struct work *w, const uint8_t hash[HASH], uint8_t *sig)
{
	mbedtls_ecp_keypair *ec = mbedtls_pk_ec(w->pk);
	struct drbg k;
	mbedtls_mpi r, s;
	int ret = seed_k(&k, ec, hash);

	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	if (ret == 0)
		ret = mbedtls_ecdsa_sign_restartable(&ec->MBEDTLS_PRIVATE(grp), &r, &s, &ec->MBEDTLS_PRIVATE(d), hash,
						     HASH, mbed_drbg, &k, mbed_drbg, &w->blind, NULL);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&r, sig, 32);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&s, sig + 32, 32);
	bytes_wipe(&k, sizeof k);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return ret == 0 ? ERR_OK : ERR_JWT_SIGN;
}

static enum err sign_rs256(struct work *w, const uint8_t hash[HASH], uint8_t *sig)
{
	int ret = mbedtls_rsa_pkcs1_sign(mbedtls_pk_rsa(w->pk), mbed_drbg, &w->blind, MBEDTLS_MD_SHA256, HASH, hash,
					 sig);

	return ret == 0 ? ERR_OK : ERR_JWT_SIGN;
}

enum err key_sign(struct crypto *c, struct bytes der, struct bytes msg, uint8_t *sig, size_t size, size_t *len)
{
	struct work w;
	uint8_t hash[HASH];
	enum err e;
	bool rsa;

	*len = 0;
	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, msg);
	crypto_sha256(msg.data, msg.len, hash);
	e = parse_private(&w, der);
	rsa = e == ERR_OK && mbedtls_pk_get_type(&w.pk) == MBEDTLS_PK_RSA;
	size_t need = rsa ? mbedtls_pk_get_len(&w.pk) : 64;

	if (e == ERR_OK && need > size)
		e = ERR_TOO_LONG;
	if (e == ERR_OK)
		e = rsa ? sign_rs256(&w, hash, sig) : sign_es256(&w, hash, sig);
	if (e == ERR_OK)
		*len = need;
	return finish(&w, e);
}

static enum err verify_es256(struct work *w, const uint8_t hash[HASH], struct bytes sig)
{
	mbedtls_ecp_keypair *ec = mbedtls_pk_ec(w->pk);
	mbedtls_mpi r, s;
	int ret = sig.len == 64 ? 0 : -1;

	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	if (ret == 0)
		ret = mbedtls_mpi_read_binary(&r, sig.data, 32);
	if (ret == 0)
		ret = mbedtls_mpi_read_binary(&s, sig.data + 32, 32);
	if (ret == 0)
		ret = mbedtls_ecdsa_verify(&ec->MBEDTLS_PRIVATE(grp), hash, HASH, &ec->MBEDTLS_PRIVATE(Q), &r, &s);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return ret == 0 ? ERR_OK : ERR_JWT_SIGNATURE;
}

static enum err verify_rs256(struct work *w, const uint8_t hash[HASH], struct bytes sig)
{
	int ret = mbedtls_pk_verify(&w->pk, MBEDTLS_MD_SHA256, hash, HASH, sig.data, sig.len);

	return ret == 0 ? ERR_OK : ERR_JWT_SIGNATURE;
}

/* Either half of a key, P-256 or RSA of an accepted size. */
static enum err parse_either(struct work *w, struct bytes der)
{
	struct key_info info;
	enum err kind = outline(der, &info);
	mbedtls_pk_type_t type;
	size_t bits;

	if (kind == ERR_KEY_PUBLIC)
		kind = mbedtls_pk_parse_public_key(&w->pk, der.data, der.len) == 0 ? ERR_OK : ERR_KEY_FORMAT;
	else if (kind == ERR_OK)
		kind = parse_private(w, der);
	if (kind != ERR_OK)
		return kind;
	type = mbedtls_pk_get_type(&w->pk);
	bits = mbedtls_pk_get_bitlen(&w->pk);
	if (type == MBEDTLS_PK_RSA)
		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? ERR_OK : ERR_KEY_SIZE;
	return type == MBEDTLS_PK_ECKEY && bits == 256 ? ERR_OK : ERR_KEY_CURVE;
}

enum err key_verify(struct crypto *c, struct bytes der, struct bytes msg, struct bytes sig)
{
	struct work w;
	uint8_t hash[HASH];
	enum err e;

	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, msg);
	crypto_sha256(msg.data, msg.len, hash);
	e = parse_either(&w, der);
	if (e == ERR_OK)
		e = mbedtls_pk_get_type(&w.pk) == MBEDTLS_PK_RSA ? verify_rs256(&w, hash, sig)
								 : verify_es256(&w, hash, sig);
	return finish(&w, e);
}
