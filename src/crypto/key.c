/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "crypto/base64.h"
#include "crypto/key_der.h"
#include "crypto/mbed.h"
#include "crypto/pem.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <rsa_internal.h>
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

static void set_found(struct key_info *info, const char *what)
{
	struct text t;

	text_init(&t, info->found, sizeof info->found);
	text_add(&t, what);
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

/* Parse DER into W, whose parts are K: enough to sign with. */
static enum err parse_private(struct work *w, struct bytes der, struct key_der *k, struct key_info *info)
{
	const char *found;
	enum err e = key_der_read(der, k, &found);
	mbedtls_pk_type_t type = k->alg == KEY_ES256 ? MBEDTLS_PK_ECKEY : MBEDTLS_PK_RSA;
	int ret;

	if (info != NULL && found != NULL)
		set_found(info, found);
	if (e != ERR_OK)
		return e;
	ret = mbedtls_pk_setup(&w->pk, mbedtls_pk_info_from_type(type));
	if (ret == 0 && type == MBEDTLS_PK_ECKEY)
		ret = mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(w->pk), k->d.data, k->d.len);
	else if (ret == 0)
		ret = mbedtls_rsa_parse_key(mbedtls_pk_rsa(w->pk), k->pkcs1.data, k->pkcs1.len);
	return ret == 0 ? ERR_OK : ERR_KEY_FORMAT;
}

/* The public half of a parsed P-256 key: as it stands in K, or computed. */
static enum err add_point(struct work *w, const struct key_der *k)
{
	mbedtls_ecp_keypair *ec = mbedtls_pk_ec(w->pk);
	int ret;

	if (k->point.len == 0)
		return mbedtls_ecp_keypair_calc_public(ec, mbed_drbg, &w->blind) == 0 ? ERR_OK : ERR_KEY_FORMAT;
	ret = mbedtls_ecp_point_read_binary(&ec->MBEDTLS_PRIVATE(grp), &ec->MBEDTLS_PRIVATE(Q), k->point.data,
					    k->point.len);
	if (ret == 0)
		ret = mbedtls_ecp_check_pubkey(&ec->MBEDTLS_PRIVATE(grp), &ec->MBEDTLS_PRIVATE(Q));
	return ret == 0 ? ERR_OK : ERR_KEY_FORMAT;
}

/* a b = 1 mod (m - less) */
static bool inverses(const mbedtls_mpi *a, const mbedtls_mpi *b, const mbedtls_mpi *m, mbedtls_mpi_sint less)
{
	mbedtls_mpi product, modulus;
	bool ok;

	mbedtls_mpi_init(&product);
	mbedtls_mpi_init(&modulus);
	ok = mbedtls_mpi_mul_mpi(&product, a, b) == 0 && mbedtls_mpi_sub_int(&modulus, m, less) == 0 &&
	     mbedtls_mpi_mod_mpi(&product, &product, &modulus) == 0 && mbedtls_mpi_cmp_int(&product, 1) == 0;
	mbedtls_mpi_free(&product);
	mbedtls_mpi_free(&modulus);
	return ok;
}

/* The private numbers belong to the public half (RFC 8017, 3.2). */
static bool rsa_pair(const mbedtls_rsa_context *k)
{
	const mbedtls_mpi *p = &k->MBEDTLS_PRIVATE(P), *q = &k->MBEDTLS_PRIVATE(Q), *e = &k->MBEDTLS_PRIVATE(E);
	mbedtls_mpi n;
	bool ok;

	mbedtls_mpi_init(&n);
	ok = mbedtls_mpi_mul_mpi(&n, p, q) == 0 && mbedtls_mpi_cmp_mpi(&n, &k->MBEDTLS_PRIVATE(N)) == 0;
	mbedtls_mpi_free(&n);
	return ok && inverses(e, &k->MBEDTLS_PRIVATE(D), p, 1) && inverses(e, &k->MBEDTLS_PRIVATE(D), q, 1) &&
	       inverses(e, &k->MBEDTLS_PRIVATE(DP), p, 1) && inverses(e, &k->MBEDTLS_PRIVATE(DQ), q, 1) &&
	       inverses(q, &k->MBEDTLS_PRIVATE(QP), p, 0);
}

static enum err check_rsa(struct work *w, struct key_info *info)
{
	info->bits = (unsigned)mbedtls_pk_get_bitlen(&w->pk);
	info->alg = KEY_RS256;
	set_found(info, "RSA");
	if (info->bits < RSA_BITS_MIN || info->bits > RSA_BITS_MAX)
		return ERR_KEY_SIZE;
	return rsa_pair(mbedtls_pk_rsa(w->pk)) ? ERR_OK : ERR_KEY_PAIR;
}

static enum err check_ec(struct work *w, const struct key_der *k, struct key_info *info)
{
	enum err e = add_point(w, k);

	if (e != ERR_OK)
		return e;
	info->bits = 256;
	info->alg = KEY_ES256;
	return mbedtls_ecp_check_pub_priv(mbedtls_pk_ec(w->pk), mbedtls_pk_ec(w->pk), mbed_drbg, &w->blind) == 0
		? ERR_OK : ERR_KEY_PAIR;
}

static enum err write_point(struct work *w, uint8_t point[KEY_DER_POINT])
{
	const mbedtls_ecp_keypair *ec = mbedtls_pk_ec(w->pk);
	size_t len;

	return mbedtls_ecp_point_write_binary(&ec->MBEDTLS_PRIVATE(grp), &ec->MBEDTLS_PRIVATE(Q),
					      MBEDTLS_ECP_PF_UNCOMPRESSED, &len, point, KEY_DER_POINT) == 0
		? ERR_OK : ERR_KEY_FORMAT;
}

/* SubjectPublicKeyInfo of a key that was parsed, with its point, to OUT of KEY_PUBLIC_MAX bytes. */
static enum err write_public(struct work *w, const struct key_der *k, uint8_t *out, size_t *len)
{
	uint8_t point[KEY_DER_POINT];
	enum err e = k->alg == KEY_ES256 ? write_point(w, point) : ERR_OK;

	*len = 0;
	if (e == ERR_OK)
		*len = k->alg == KEY_ES256 ? key_der_ec_public(point, out) : key_der_rsa_public(k->n_and_e, out);
	return e == ERR_OK && *len == 0 ? ERR_KEY_FORMAT : e;
}

/* The key as it is kept.  RSA's stands somewhere in what was read, maybe in DER itself. */
static enum err write_private(struct work *w, const struct key_der *k, uint8_t *der, size_t size, size_t *len)
{
	uint8_t d[HASH], point[KEY_DER_POINT];
	enum err e = ERR_OK;

	*len = k->alg == KEY_ES256 ? KEY_DER_EC_PRIVATE : k->pkcs1.len;
	if (*len > size) {
		*len = 0;
		return ERR_TOO_LONG;
	}
	if (k->alg == KEY_RS256) {
		memmove(der, k->pkcs1.data, *len);
	} else {
		if (mbedtls_mpi_write_binary(&mbedtls_pk_ec(w->pk)->MBEDTLS_PRIVATE(d), d, sizeof d) != 0)
			e = ERR_KEY_FORMAT;
		if (e == ERR_OK)
			e = write_point(w, point);
		if (e == ERR_OK)
			key_der_ec_private(d, point, der);
		bytes_wipe(d, sizeof d);
	}
	*len = e == ERR_OK ? *len : 0;
	bytes_wipe(der + *len, size - *len);
	return e;
}

/* Apart, so that its buffer is not on the stack while the key is checked. */
__attribute__((noinline)) static enum err fingerprint(struct work *w, const struct key_der *k, uint8_t digest[HASH])
{
	uint8_t spki[KEY_PUBLIC_MAX];
	size_t len;
	enum err e = write_public(w, k, spki, &len);

	if (e == ERR_OK)
		crypto_sha256(spki, len, digest);
	return e;
}

/* Parse and check; W and K hold the key after ERR_OK. */
static enum err load(struct work *w, struct bytes der, struct key_der *k, struct key_info *info)
{
	enum err e = parse_private(w, der, k, info);

	if (e == ERR_OK)
		e = k->alg == KEY_ES256 ? check_ec(w, k, info) : check_rsa(w, info);
	if (e == ERR_OK)
		e = fingerprint(w, k, info->fingerprint);
	return e;
}

enum err key_from_der(struct crypto *c, const char *label, struct bytes in, uint8_t *der, size_t size, size_t *len,
		      struct key_info *info)
{
	struct work w;
	struct key_der k;
	enum err e = label_err(label);

	*len = 0;
	*info = (struct key_info){ .alg = KEY_NONE };
	set_found(info, e != ERR_OK ? label : "unknown data");
	if (e != ERR_OK)
		return e;
	begin(&w, c, in, bytes_of("read"));
	e = load(&w, in, &k, info);
	if (e == ERR_OK)
		e = write_private(&w, &k, der, size, len);
	return finish(&w, e);
}

enum err key_check(struct crypto *c, struct bytes der, struct key_info *info)
{
	struct work w;
	struct key_der k;

	*info = (struct key_info){ .alg = KEY_NONE };
	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, bytes_of("check"));
	return finish(&w, load(&w, der, &k, info));
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
	struct key_der k;
	const char *found;

	return key_der_read(der, &k, &found) == ERR_OK ? k.alg : KEY_NONE;
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
	struct key_der k;
	enum err e;

	*len = 0;
	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, bytes_of("public"));
	e = parse_private(&w, der, &k, NULL);
	if (e == ERR_OK && k.alg == KEY_ES256)
		e = add_point(&w, &k);
	if (e == ERR_OK)
		e = write_public(&w, &k, out, len);
	return finish(&w, e);
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
		e = write_private(&w, &(struct key_der){ .alg = KEY_ES256 }, der, size, len);
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
	struct key_der k;
	uint8_t hash[HASH];
	enum err e;
	bool rsa;

	*len = 0;
	if (der.len == 0)
		return ERR_KEY_MISSING;
	begin(&w, c, der, msg);
	crypto_sha256(msg.data, msg.len, hash);
	e = parse_private(&w, der, &k, NULL);
	rsa = e == ERR_OK && k.alg == KEY_RS256;
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
	struct key_der k;
	enum err e = parse_private(w, der, &k, NULL);
	mbedtls_pk_type_t type;
	size_t bits;

	if (e == ERR_KEY_PUBLIC)
		e = mbedtls_pk_parse_public_key(&w->pk, der.data, der.len) == 0 ? ERR_OK : ERR_KEY_FORMAT;
	else if (e == ERR_OK && k.alg == KEY_ES256)
		e = add_point(w, &k);
	if (e != ERR_OK)
		return e;
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
