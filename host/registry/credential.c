/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credential.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* RSA keys are taken from 2048 bits, as the contract has it, to where checking a signature gets slow. */
enum { RSA_MIN = 2048, RSA_MAX = 8192, LABEL = 40, POINT = 65 };

static const struct {
	const char *name, *alg;
	bool        rsa, certificate;
} formats[] = {
	[CREDENTIAL_RSA_PEM]        = { "RSA_PEM",        "RS256", true,  false },
	[CREDENTIAL_RSA_X509_PEM]   = { "RSA_X509_PEM",   "RS256", true,  true  },
	[CREDENTIAL_ES256_PEM]      = { "ES256_PEM",      "ES256", false, false },
	[CREDENTIAL_ES256_X509_PEM] = { "ES256_X509_PEM", "ES256", false, true  },
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

const char *credential_format_name(enum credential_format format)
{
	return formats[format].name;
}

const char *credential_alg(enum credential_format format)
{
	return formats[format].alg;
}

bool credential_format_parse(const char *name, enum credential_format *format)
{
	for (unsigned i = 0; i < FORMATS; i++)
		if (strcmp(name, formats[i].name) == 0) {
			*format = (enum credential_format)i;
			return true;
		}
	return false;
}

__attribute__((format(printf, 2, 3)))
static bool wrong(char error[CREDENTIAL_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, CREDENTIAL_ERROR, format, args);
	va_end(args);
	return false;
}

/* ---- PEM (RFC 7468) ------------------------------------------------------- */

struct block {
	char         label[LABEL + 1];
	struct bytes body;            /* base64 */
};

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";

/* Where TEXT first stands in B; B.len if nowhere. */
static size_t find(struct bytes b, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= b.len; i++)
		if (memcmp(b.data + i, text, n) == 0)
			return i;
	return b.len;
}

static struct bytes after(struct bytes b, size_t n)
{
	return n < b.len ? (struct bytes){ b.data + n, b.len - n } : (struct bytes){ NULL, 0 };
}

/* The label of the BEGIN line that REST is behind; REST is moved behind the line.  False: it is none. */
static bool read_label(struct bytes *rest, char label[LABEL + 1])
{
	size_t n = find(*rest, dashes);

	if (n == rest->len || n > LABEL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ", rest->data[i]) == NULL || rest->data[i] == '\0')
			return false;
	memcpy(label, rest->data, n);
	label[n] = '\0';
	*rest = after(*rest, n + sizeof dashes - 1);
	return true;
}

/* What people give in place of PEM. */
static bool not_pem(struct bytes text, char error[CREDENTIAL_ERROR])
{
	static const struct { const char *prefix, *what; } others[] = {
		{ "0",               "binary (DER?)" },
		{ "{",               "JSON (a JWK?)" },
		{ "ssh-",            "an OpenSSH public key" },
		{ "ecdsa-sha2-",     "an OpenSSH public key" },
		{ "---- BEGIN SSH2", "an SSH2 public key" },
	};
	const char *what = "no PEM";

	if (text.len == 0)
		return wrong(error, "no key is there: it must be PEM, '-----BEGIN PUBLIC KEY-----' or "
			     "'-----BEGIN CERTIFICATE-----'");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (bytes_starts_with(text, others[i].prefix))
			what = others[i].what;
	return wrong(error, "this is %s: the key must be PEM, '-----BEGIN PUBLIC KEY-----' or "
		     "'-----BEGIN CERTIFICATE-----'", what);
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

static bool private_half(const char *label, char error[CREDENTIAL_ERROR])
{
	return wrong(error, "this is the private half ('%s'), which must stay in the device: register the public one "
		     "('openssl pkey -in FILE -pubout' prints it), better of a new key, since this one has been shown",
		     label);
}

static bool cut(struct block *b, struct bytes rest, char error[CREDENTIAL_ERROR])
{
	size_t n = find(rest, end), label = strlen(b->label);
	struct bytes tail = after(rest, n + sizeof end - 1);

	if (tail.len < label + sizeof dashes - 1 || memcmp(tail.data, b->label, label) != 0 ||
	    memcmp(tail.data + label, dashes, sizeof dashes - 1) != 0)
		return wrong(error, "'-----END %s-----' is missing: the key was cut off, or two were mixed", b->label);
	b->body = (struct bytes){ rest.data, n };
	return true;
}

/* The one block in TEXT; a private key anywhere in it is what is said first. */
static bool find_block(struct bytes text, struct block *b, char error[CREDENTIAL_ERROR])
{
	struct bytes rest = text, first = { NULL, 0 };
	char label[LABEL + 1];
	unsigned blocks = 0;

	for (size_t at = find(rest, begin); at < rest.len; at = find(rest, begin)) {
		rest = after(rest, at + sizeof begin - 1);
		if (!read_label(&rest, label))
			return wrong(error, "a '-----BEGIN' line is damaged");
		if (ends_with(label, "PRIVATE KEY"))
			return private_half(label, error);
		if (blocks++ == 0) {
			memcpy(b->label, label, sizeof label);
			first = rest;
		}
	}
	if (blocks == 0)
		return not_pem(text, error);
	if (blocks > 1)
		return wrong(error, "%u PEM blocks are in it, '%s' and '%s': give the device's own key or certificate "
			     "alone", blocks, b->label, label);
	return cut(b, first, error);
}

/* DER of the base64 in BODY; *LEN of it in DER, which has as much room as BODY. */
static bool decode(struct bytes body, uint8_t *der, size_t *len, char error[CREDENTIAL_ERROR])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t pad = 0, n = 0;
	uint32_t bits = 0;

	*len = 0;
	for (size_t i = 0; i < body.len; i++) {
		const uint8_t c = body.data[i];
		const char *d = c != '\0' ? strchr(digits, c) : NULL;

		if (c == ' ' || (c >= '\t' && c <= '\r'))
			continue;
		if (c == '\\')
			return wrong(error, "its line breaks are written as '\\n': they must be line breaks");
		if (c == '=' ? ++pad > 2 : d == NULL || pad > 0)
			return wrong(error, "byte %zu of its base64 (0x%02x) is damaged", i, c);
		bits = bits << 6 | (d != NULL ? (uint32_t)(d - digits) : 0);
		if (++n % 4 != 0)
			continue;
		der[(*len)++] = (uint8_t)(bits >> 16);
		der[(*len)++] = (uint8_t)(bits >> 8);
		der[(*len)++] = (uint8_t)bits;
	}
	if (n == 0 || n % 4 != 0)
		return wrong(error, "its base64 is cut off: %zu digits", n);
	*len -= pad;
	return true;
}

/* ---- keys ----------------------------------------------------------------- */

/* SubjectPublicKeyInfo (RFC 5480) of P-256: these bytes, then x and y. */
static const uint8_t p256[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04
};

enum { P256_SPKI = sizeof p256 + 64 };

/* The key of an uncompressed point (04 x y), which is checked to be on the curve. */
static EVP_PKEY *p256_key(const uint8_t point[POINT])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char curve[] = "prime256v1";
	uint8_t copy[POINT];
	EVP_PKEY *key = NULL;

	memcpy(copy, point, POINT);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof copy),
		OSSL_PARAM_construct_end()
	};
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* A key whatever its point looked like (compressed, its curve spelled out) as the one that all others print. */
static EVP_PKEY *p256_plain(EVP_PKEY *key)
{
	BIGNUM *x = NULL, *y = NULL;
	uint8_t point[POINT] = { 4 };
	EVP_PKEY *plain = NULL;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	    BN_bn2binpad(x, point + 1, 32) == 32 && BN_bn2binpad(y, point + 33, 32) == 32)
		plain = p256_key(point);
	BN_free(x);
	BN_free(y);
	return plain;
}

static bool check_curve(EVP_PKEY **key, char error[CREDENTIAL_ERROR])
{
	char curve[64] = "one without a name";
	EVP_PKEY *plain;

	(void)EVP_PKEY_get_group_name(*key, curve, sizeof curve, NULL);
	if (strcmp(curve, "prime256v1") != 0)
		return wrong(error, "its curve is %s; ES256 is P-256 (prime256v1)", curve);
	plain = p256_plain(*key);
	if (plain == NULL)
		return wrong(error, "its point is not on P-256");
	EVP_PKEY_free(*key);
	*key = plain;
	return true;
}

/* With a public exponent of 1 or an even number anybody could sign. */
static bool check_rsa(EVP_PKEY *key, char error[CREDENTIAL_ERROR])
{
	BIGNUM *n = NULL, *e = NULL;
	int bits = EVP_PKEY_get_bits(key);
	bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
		  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(n) && BN_is_odd(e) &&
		  !BN_is_one(e) && BN_num_bits(e) <= 64;

	BN_free(n);
	BN_free(e);
	if (bits < RSA_MIN || bits > RSA_MAX)
		return wrong(error, "it is RSA of %d bits; %d to %d are taken", bits, RSA_MIN, RSA_MAX);
	return ok || wrong(error, "its RSA modulus or exponent is none that a key can have");
}

/* What is right in *KEY, which is replaced by one of the usual form where there are several. */
static bool check_key(EVP_PKEY **key, bool *rsa, char error[CREDENTIAL_ERROR])
{
	const char *type = EVP_PKEY_get0_type_name(*key);

	*rsa = EVP_PKEY_is_a(*key, "RSA");
	if (*rsa)
		return check_rsa(*key, error);
	if (EVP_PKEY_is_a(*key, "EC"))
		return check_curve(key, error);
	return wrong(error, "it is a key for %s; the contract knows ES256 (EC P-256) and RS256 (RSA)",
		     type != NULL ? type : "an unknown algorithm");
}

/* d2i_…() stop at the object's end; the text must, too. */
static EVP_PKEY *parse_spki(const uint8_t *der, size_t len)
{
	const uint8_t *p = der;
	EVP_PKEY *key;

	if (len == P256_SPKI && memcmp(der, p256, sizeof p256) == 0)
		return p256_key(der + sizeof p256 - 1);
	key = d2i_PUBKEY(NULL, &p, (long)len);
	if (key != NULL && p == der + len)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *parse_rsa(const uint8_t *der, size_t len)
{
	const uint8_t *p = der;
	EVP_PKEY *key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)len);

	if (key != NULL && p == der + len)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *parse_certificate(const uint8_t *der, size_t len)
{
	const uint8_t *p = der;
	X509 *x = d2i_X509(NULL, &p, (long)len);
	EVP_PKEY *key = x != NULL && p == der + len ? X509_get_pubkey(x) : NULL;

	X509_free(x);
	return key;
}

static const struct kind {
	const char *label;
	EVP_PKEY *(*parse)(const uint8_t *der, size_t len);
	bool        certificate;
} kinds[] = {
	{ "PUBLIC KEY",       parse_spki,        false },
	{ "RSA PUBLIC KEY",   parse_rsa,         false },
	{ "CERTIFICATE",      parse_certificate, true  },
	{ "X509 CERTIFICATE", parse_certificate, true  },
};

static const struct kind *find_kind(const char *label)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].label, label) == 0)
			return &kinds[i];
	return NULL;
}

static EVP_PKEY *read_key(struct bytes pem, enum credential_format *format, char error[CREDENTIAL_ERROR])
{
	uint8_t der[CREDENTIAL_PEM_SIZE];
	const struct kind *kind;
	struct block b;
	EVP_PKEY *key;
	size_t len;
	bool rsa;

	if (pem.len > CREDENTIAL_PEM_SIZE) {
		wrong(error, "it has %zu bytes; at most %d are taken", pem.len, CREDENTIAL_PEM_SIZE);
		return NULL;
	}
	if (!find_block(pem, &b, error))
		return NULL;
	kind = find_kind(b.label);
	if (kind == NULL) {
		wrong(error, "'%s' is neither 'PUBLIC KEY' nor 'CERTIFICATE'", b.label);
		return NULL;
	}
	if (!decode(b.body, der, &len, error))
		return NULL;
	key = kind->parse(der, len);
	ERR_clear_error();    /* what OpenSSL would keep for an innocent connection's next error */
	if (key == NULL)
		wrong(error, "what is in '%s' is damaged, or for an algorithm nobody here knows", b.label);
	else if (!check_key(&key, &rsa, error)) {
		EVP_PKEY_free(key);
		key = NULL;
	} else if (rsa)
		*format = kind->certificate ? CREDENTIAL_RSA_X509_PEM : CREDENTIAL_RSA_PEM;
	else
		*format = kind->certificate ? CREDENTIAL_ES256_X509_PEM : CREDENTIAL_ES256_PEM;
	return key;
}

static bool fingerprint(EVP_PKEY *key, char out[CREDENTIAL_FINGERPRINT])
{
	uint8_t *der = NULL, digest[SHA256_DIGEST_LENGTH];
	int len = i2d_PUBKEY(key, &der);

	if (len <= 0)
		return false;
	SHA256(der, (size_t)len, digest);
	OPENSSL_free(der);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return true;
}

static const char *describe(enum credential_format format)
{
	return formats[format].certificate ? formats[format].rsa ? "a certificate with an RSA key" :
	       "a certificate with an EC key" : formats[format].rsa ? "an RSA key" : "an EC key";
}

bool credential_read(struct credential *c, enum credential_format format, struct bytes pem,
		     char error[CREDENTIAL_ERROR])
{
	enum credential_format found = format;
	EVP_PKEY *key = read_key(pem, &found, error);

	*c = (struct credential){ .format = format, .expires_s = CREDENTIAL_NEVER, .key = key };
	if (key == NULL)
		return false;
	error[0] = '\0';
	if (found != format)
		wrong(error, "its format is given as %s, but it is %s: %s", formats[format].name, describe(found),
		      formats[found].name);
	else if (!fingerprint(key, c->fingerprint))
		wrong(error, "no memory");
	else
		return true;
	credential_free(c);
	return false;
}

bool credential_guess(struct bytes pem, enum credential_format *format, char error[CREDENTIAL_ERROR])
{
	EVP_PKEY *key = read_key(pem, format, error);

	EVP_PKEY_free(key);
	return key != NULL;
}

void credential_free(struct credential *c)
{
	EVP_PKEY_free(c->key);
	c->key = NULL;
}
