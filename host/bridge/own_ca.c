/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/own_ca.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DAY = 86400, NAME_MAX_LEN = 253, LABEL_MAX = 63, COMMON_NAME_MAX = 64,
	VALUE = OWN_CA_NAMES * 2 * (NAME_MAX_LEN + 16)
};

/* A device's clock may be behind: certificates begin the day before. */
static const int early_s = -DAY;

/* ---- names ---------------------------------------------------------------- */

static bool is_address(const char *name)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool is_label(const char *s, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return n > 0 && n <= LABEL_MAX && s[0] != '-' && s[n - 1] != '-' && strspn(s, letters) >= n;
}

static bool is_name(const char *name)
{
	size_t n;

	if (strlen(name) > NAME_MAX_LEN)
		return false;
	for (;;) {
		n = strcspn(name, ".");
		if (!is_label(name, n))
			return false;
		if (name[n] == '\0')
			return true;
		name += n + 1;
	}
}

static bool wrong_name(const char *text, const char *why, char error[OWN_CA_ERROR])
{
	snprintf(error, OWN_CA_ERROR, "'%.253s' is no host name: %s", text, why);
	return false;
}

/* First match wins. */
bool own_ca_check_name(const char *text, char error[OWN_CA_ERROR])
{
	const char *last = strrchr(text, '.');

	if (is_address(text))
		return true;
	if (strstr(text, "://") != NULL || strchr(text, '/') != NULL)
		return wrong_name(text, "it is a URL; only the name is wanted", error);
	if (text[0] == '[' || strchr(text, ':') != NULL)
		return wrong_name(text, "a port does not belong to it, nor do brackets", error);
	if (text[0] != '\0' && text[strlen(text) - 1] == '.')
		return wrong_name(text, "leave out the '.' at its end", error);
	if (strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
		return wrong_name(text, "write it in lower case, as devices will", error);
	if (strchr(text, '*') != NULL)
		return wrong_name(text, "a device cannot connect to '*'", error);
	if (!is_name(text))
		return wrong_name(text, "it has letters, digits and '-', at most 63 between two '.', 253 in all",
				  error);
	if (strspn(last != NULL ? last + 1 : text, "0123456789") == strlen(last != NULL ? last + 1 : text))
		return wrong_name(text, "it looks like an address, and is none", error);
	return true;
}

/* Under which the server may move later: 'example.com' of 'bridge.example.com'. */
static const char *domain_of(const char *name)
{
	const char *dot = is_address(name) ? NULL : strchr(name, '.');

	return dot != NULL && strchr(dot + 1, '.') != NULL ? dot + 1 : name;
}

/* ---- certificates --------------------------------------------------------- */

struct evp_pkey_st *own_ca_new_key(void)
{
	return EVP_EC_gen("P-256");
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* 127 random bits: unique without a count that would have to be kept. */
static bool set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	bool ok = n != NULL && BN_rand(n, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		  BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

	BN_free(n);
	return ok;
}

static bool set_times(X509 *x, int64_t now_s, unsigned days, const X509 *issuer)
{
	time_t now = (time_t)now_s;

	if (ASN1_TIME_adj(X509_getm_notBefore(x), now, 0, early_s) == NULL ||
	    ASN1_TIME_adj(X509_getm_notAfter(x), now, (int)days, 0) == NULL)
		return false;
	if (issuer == NULL || ASN1_TIME_compare(X509_get0_notAfter(x), X509_get0_notAfter(issuer)) <= 0)
		return true;
	return X509_set1_notAfter(x, X509_get0_notAfter(issuer)) == 1;
}

static X509 *blank(EVP_PKEY *key, const char *common_name)
{
	X509 *x = X509_new();
	const unsigned char *name = (const unsigned char *)common_name;

	if (x != NULL && X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) && X509_set_pubkey(x, key) == 1 &&
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1)
		return x;
	X509_free(x);
	return NULL;
}

/* Two roots of one machine must not have one name, or a device with the old one cannot say which is wrong. */
static bool root_name(EVP_PKEY *key, char name[COMMON_NAME_MAX])
{
	uint8_t digest[EVP_MAX_MD_SIZE], *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	snprintf(name, COMMON_NAME_MAX, "Tern bridge root %02x%02x%02x%02x", digest[0], digest[1], digest[2],
		 digest[3]);
	return ok;
}

static bool limit_names(X509 *root, const char *const *names, size_t count)
{
	char value[VALUE];
	size_t n = 0;

	if (domain_of(names[0]) == names[0] && (is_address(names[0]) || strchr(names[0], '.') == NULL))
		return true;
	for (size_t i = 0; i < count; i++)
		if (!is_address(names[i]))
			n += (size_t)snprintf(value + n, sizeof value - n, "%spermitted;DNS:%s", n > 0 ? "," : "",
					      domain_of(names[i]));
	return add_extension(root, root, NID_name_constraints, value);
}

bool own_ca_make(struct own_ca *ca, const char *const *names, size_t count, int64_t now_s)
{
	char name[COMMON_NAME_MAX];

	*ca = (struct own_ca){ .key = own_ca_new_key() };
	if (ca->key != NULL && root_name(ca->key, name))
		ca->root = blank(ca->key, name);
	if (ca->root != NULL && X509_set_issuer_name(ca->root, X509_get_subject_name(ca->root)) == 1 &&
	    set_times(ca->root, now_s, OWN_CA_ROOT_DAYS, NULL) &&
	    add_extension(ca->root, ca->root, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	    add_extension(ca->root, ca->root, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_extension(ca->root, ca->root, NID_subject_key_identifier, "hash") &&
	    limit_names(ca->root, names, count) && X509_sign(ca->root, ca->key, EVP_sha256()) > 0)
		return true;
	own_ca_free(ca);
	return false;
}

/* The address that devices use stands there as a DNS name too: older mbedTLS compares nothing else. */
static bool add_names(X509 *x, const struct own_ca_request *r)
{
	char value[VALUE] = "";
	size_t n = 0;
	int at;

	if (r->names == 0) {
		at = X509_get_ext_by_NID(r->like, NID_subject_alt_name, -1);
		return at >= 0 && X509_add_ext(x, X509_get_ext(r->like, at), -1) == 1;
	}
	for (size_t i = 0; i < r->names; i++) {
		if (is_address(r->name[i]))
			n += (size_t)snprintf(value + n, sizeof value - n, "%sIP:%s", n > 0 ? "," : "", r->name[i]);
		if (!is_address(r->name[i]) || (i == 0 && strchr(r->name[i], ':') == NULL))
			n += (size_t)snprintf(value + n, sizeof value - n, "%sDNS:%s", n > 0 ? "," : "", r->name[i]);
	}
	return add_extension(x, NULL, NID_subject_alt_name, value);
}

static void common_name(const struct own_ca_request *r, char out[COMMON_NAME_MAX + 1])
{
	snprintf(out, COMMON_NAME_MAX + 1, "tern-bridge");
	if (r->names > 0 && strlen(r->name[0]) <= COMMON_NAME_MAX)
		snprintf(out, COMMON_NAME_MAX + 1, "%s", r->name[0]);
	else if (r->names == 0)
		X509_NAME_get_text_by_NID(X509_get_subject_name(r->like), NID_commonName, out, COMMON_NAME_MAX + 1);
}

struct x509_st *own_ca_certify(const struct own_ca *ca, const struct own_ca_request *r)
{
	char name[COMMON_NAME_MAX + 1];
	X509 *x;

	common_name(r, name);
	x = blank(r->key, name);
	if (x != NULL && X509_set_issuer_name(x, X509_get_subject_name(ca->root)) == 1 &&
	    set_times(x, r->now_s, r->days, ca->root) &&
	    add_extension(x, ca->root, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(x, ca->root, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(x, ca->root, NID_ext_key_usage, "serverAuth") &&
	    add_extension(x, ca->root, NID_authority_key_identifier, "keyid:always") && add_names(x, r) &&
	    X509_sign(x, ca->key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	ERR_clear_error();
	return NULL;
}

bool own_ca_vouches(const struct own_ca *ca, struct x509_st *x, int64_t now_s)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok = store != NULL && ctx != NULL && X509_STORE_add_cert(store, ca->root) == 1 &&
		  X509_STORE_CTX_init(ctx, store, x, NULL) == 1;

	if (ok) {
		X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)now_s);
		ok = X509_verify_cert(ctx) == 1;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return ok;
}

int64_t own_ca_expires(const struct x509_st *x)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;

	(void)ASN1_TIME_diff(&days, &rest, epoch, X509_get0_notAfter(x));
	ASN1_TIME_free(epoch);
	return (int64_t)days * DAY + rest;
}

/* ---- texts ---------------------------------------------------------------- */

static char *take_text(BIO *b, bool ok)
{
	char *data, *text = NULL;
	long len = BIO_get_mem_data(b, &data);

	if (ok)
		text = strndup(data, (size_t)len);
	bytes_wipe(data, (size_t)len);
	BIO_free(b);
	return text;
}

char *own_ca_text(struct x509_st *x)
{
	BIO *b = BIO_new(BIO_s_mem());

	return b != NULL ? take_text(b, PEM_write_bio_X509(b, x) == 1) : NULL;
}

char *own_ca_key_text(struct evp_pkey_st *key)
{
	BIO *b = BIO_new(BIO_s_secmem());

	return b != NULL ? take_text(b, PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1) : NULL;
}

void own_ca_free_text(char *text)
{
	if (text != NULL)
		bytes_wipe(text, strlen(text));
	free(text);
}

void own_ca_fingerprint(struct x509_st *x, char out[65])
{
	uint8_t digest[EVP_MAX_MD_SIZE] = { 0 };

	(void)X509_digest(x, EVP_sha256(), digest, NULL);
	for (size_t i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* ---- from files ----------------------------------------------------------- */

static bool wrong(char error[OWN_CA_ERROR], const char *file, const char *why)
{
	snprintf(error, OWN_CA_ERROR, "%.300s: %s", file, why);
	ERR_clear_error();
	return false;
}

bool own_ca_read(struct own_ca *ca, const char *root_file, const char *key_file, char error[OWN_CA_ERROR])
{
	BIO *root = BIO_new_file(root_file, "r"), *key = BIO_new_file(key_file, "r");

	*ca = (struct own_ca){
		.root = root != NULL ? PEM_read_bio_X509(root, NULL, NULL, NULL) : NULL,
		.key = key != NULL ? PEM_read_bio_PrivateKey(key, NULL, NULL, (void *)"") : NULL
	};
	BIO_free(root);
	BIO_free(key);
	if (ca->root == NULL)
		wrong(error, root_file, "no certificate can be read from it");
	else if (ca->key == NULL)
		wrong(error, key_file, "the root's private key cannot be read from it; without it nothing can be "
		      "renewed");
	else if (X509_check_private_key(ca->root, ca->key) != 1)
		wrong(error, key_file, "it is not the root's key");
	else
		return true;
	own_ca_free(ca);
	return false;
}

void own_ca_free(struct own_ca *ca)
{
	X509_free(ca->root);
	EVP_PKEY_free(ca->key);
	*ca = (struct own_ca){ .root = NULL };
}
