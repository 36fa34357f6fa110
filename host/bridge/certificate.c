/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RSA_MIN = 2048, CHAIN_MAX = 10 };

__attribute__((format(printf, 3, 4)))
static bool wrong(char error[CERTIFICATE_ERROR], const char *file, const char *format, ...)
{
	va_list args;
	int n = snprintf(error, CERTIFICATE_ERROR, "%.300s: ", file);

	va_start(args, format);
	vsnprintf(error + n, (size_t)(CERTIFICATE_ERROR - n), format, args);
	va_end(args);
	ERR_clear_error();
	return false;
}

/* ---- names and times ------------------------------------------------------ */

static int64_t seconds(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;

	(void)ASN1_TIME_diff(&days, &rest, epoch, t);
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + rest;
}

/* Names are the authority's words: nothing but printable ASCII of them is shown. */
static void make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

void certificate_subject(struct x509_st *x, char out[CERTIFICATE_NAME])
{
	X509_NAME *name = X509_get_subject_name(x);

	if (X509_NAME_get_text_by_NID(name, NID_commonName, out, CERTIFICATE_NAME) <= 0)
		X509_NAME_oneline(name, out, CERTIFICATE_NAME);
	make_printable(out);
}

static void add_name(char out[CERTIFICATE_NAME], const char *name, int len)
{
	size_t n = strlen(out);

	snprintf(out + n, CERTIFICATE_NAME - n, "%s%.*s", n > 0 ? ", " : "", len, name);
}

/* An address may stand there as a DNS name too (own_ca.c). */
static bool is_address(const ASN1_STRING *s)
{
	uint8_t bytes[16];
	char text[INET6_ADDRSTRLEN] = "";

	if (ASN1_STRING_length(s) < (int)sizeof text)
		memcpy(text, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static void add_general_name(char out[CERTIFICATE_NAME], const GENERAL_NAME *g)
{
	char address[INET6_ADDRSTRLEN] = "";

	if (g->type == GEN_DNS && !is_address(g->d.dNSName))
		add_name(out, (const char *)ASN1_STRING_get0_data(g->d.dNSName), ASN1_STRING_length(g->d.dNSName));
	if (g->type == GEN_IPADD &&
	    (ASN1_STRING_length(g->d.iPAddress) == 4 || ASN1_STRING_length(g->d.iPAddress) == 16) &&
	    inet_ntop(ASN1_STRING_length(g->d.iPAddress) == 4 ? AF_INET : AF_INET6,
		      ASN1_STRING_get0_data(g->d.iPAddress), address, sizeof address) != NULL)
		add_name(out, address, (int)strlen(address));
}

static void read_names(struct certificate *c)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(c->own, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++)
		add_general_name(c->name, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	if (c->name[0] == '\0')
		certificate_subject(c->own, c->name);
	make_printable(c->name);
}

static void narrow(struct certificate *c, X509 *x)
{
	int64_t begins = seconds(X509_get0_notBefore(x)), expires = seconds(X509_get0_notAfter(x));

	if (begins > c->begins_s)
		c->begins_s = begins;
	if (expires < c->expires_s) {
		c->expires_s = expires;
		certificate_subject(x, c->expires_name);
	}
}

static void read_times(struct certificate *c)
{
	c->begins_s = INT64_MIN;
	c->expires_s = INT64_MAX;
	narrow(c, c->own);
	for (int i = 0; i < sk_X509_num(c->chain); i++)
		narrow(c, sk_X509_value(c->chain, i));
}

/* ---- files ---------------------------------------------------------------- */

static BIO *open_file(const char *file, char error[CERTIFICATE_ERROR])
{
	BIO *b = BIO_new_file(file, "r");

	if (b == NULL)
		wrong(error, file, "%s", strerror(errno));
	return b;
}

/* Why there is no certificate, or no more of them. */
static bool at_end(const char *file, int count, char error[CERTIFICATE_ERROR])
{
	unsigned long e = ERR_peek_last_error();

	if (count > 0 && ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE) {
		ERR_clear_error();
		return true;
	}
	if (ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE)
		return wrong(error, file, "no certificate is in it (PEM, '-----BEGIN CERTIFICATE-----')");
	return wrong(error, file, "certificate %d in it is damaged: %s", count + 1,
		     ERR_reason_error_string(e) != NULL ? ERR_reason_error_string(e) : "unreadable");
}

static bool read_certificates(struct certificate *c, const char *file, char error[CERTIFICATE_ERROR])
{
	BIO *b = open_file(file, error);
	X509 *x;
	int count = 0;
	bool ok;

	if (b == NULL)
		return false;
	c->chain = sk_X509_new_null();
	while (count <= CHAIN_MAX && (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL) {
		if (count++ == 0)
			c->own = x;
		else
			(void)sk_X509_push(c->chain, x);
	}
	ok = count <= CHAIN_MAX ? at_end(file, count, error) :
	     wrong(error, file, "more than %d certificates are in it: it is no server's chain", CHAIN_MAX);
	BIO_free(b);
	return ok;
}

/* Asked for a password, nobody answers. */
static int no_password(char *out, int size, int writing, void *asked)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static bool read_key(struct certificate *c, const char *file, char error[CERTIFICATE_ERROR])
{
	BIO *b = open_file(file, error);
	bool encrypted = false;

	if (b == NULL)
		return false;
	c->key = PEM_read_bio_PrivateKey(b, NULL, no_password, &encrypted);
	BIO_free(b);
	if (c->key == NULL)
		return wrong(error, file, "%s", encrypted ?
			     "the key is locked with a password; the bridge needs it without ('openssl pkey -in FILE "
			     "-out NEW')" : "no private key is in it (PEM, '-----BEGIN PRIVATE KEY-----')");
	ERR_clear_error();
	return true;
}

/* ---- what it is ----------------------------------------------------------- */

static bool read_kind(struct certificate *c, const char *file, char error[CERTIFICATE_ERROR])
{
	EVP_PKEY *key = X509_get0_pubkey(c->own);
	char curve[32] = "";

	if (key == NULL)
		return wrong(error, file, "nobody here knows the algorithm of its key");
	c->rsa = EVP_PKEY_is_a(key, "RSA");
	if (c->rsa) {
		snprintf(c->kind, sizeof c->kind, "RSA %d", EVP_PKEY_get_bits(key));
		return EVP_PKEY_get_bits(key) >= RSA_MIN ||
		       wrong(error, file, "its key is %s; %d bits are the least", c->kind, RSA_MIN);
	}
	if (!EVP_PKEY_is_a(key, "EC"))
		return wrong(error, file, "its key is for %s; devices know RSA and ECDSA",
			     EVP_PKEY_get0_type_name(key));
	(void)EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
	if (strcmp(curve, "prime256v1") != 0 && strcmp(curve, "secp384r1") != 0)
		return wrong(error, file, "its curve is %s; devices know P-256 and P-384", curve);
	snprintf(c->kind, sizeof c->kind, "ECDSA %s", curve[0] == 'p' ? "P-256" : "P-384");
	return true;
}

/* The key fits another certificate of the file: they stand in the wrong order. */
static bool fits_another(const struct certificate *c)
{
	for (int i = 0; i < sk_X509_num(c->chain); i++)
		if (X509_check_private_key(sk_X509_value(c->chain, i), c->key) == 1)
			return true;
	return false;
}

static bool check(const struct certificate *c, int purpose, const char *file, const char *key_file,
		  char error[CERTIFICATE_ERROR])
{
	if (c->key != NULL && X509_check_private_key(c->own, c->key) != 1) {
		if (fits_another(c))
			return wrong(error, file, "the server's own certificate must stand first");
		return wrong(error, file, "the key in %.100s is not that of the certificate for '%s'", key_file,
			     c->name);
	}
	if (X509_check_purpose(c->own, purpose, 0) == 0)
		return wrong(error, file, "the certificate for '%s' is not for a TLS %s (extended key usage)", c->name,
			     purpose == X509_PURPOSE_SSL_SERVER ? "server" : "client");
	ERR_clear_error();
	return true;
}

static bool read_for(struct certificate *c, int purpose, const char *file, const char *key_file,
		     char error[CERTIFICATE_ERROR])
{
	memset(c, 0, sizeof *c);
	if (read_certificates(c, file, error) && (key_file == NULL || read_key(c, key_file, error)) &&
	    read_kind(c, file, error)) {
		read_names(c);
		read_times(c);
		if (check(c, purpose, file, key_file, error))
			return true;
	}
	certificate_free(c);
	return false;
}

bool certificate_read(struct certificate *c, const char *file, const char *key_file, char error[CERTIFICATE_ERROR])
{
	return read_for(c, X509_PURPOSE_SSL_SERVER, file, key_file, error);
}

bool certificate_read_client(struct certificate *c, const char *file, const char *key_file,
			     char error[CERTIFICATE_ERROR])
{
	return read_for(c, X509_PURPOSE_SSL_CLIENT, file, key_file, error);
}

bool certificate_read_root(const char *file, char error[CERTIFICATE_ERROR])
{
	X509_STORE *store = X509_STORE_new();
	bool ok = store != NULL && X509_STORE_load_file(store, file) == 1;

	X509_STORE_free(store);
	return ok || wrong(error, file, "no root can be read from it (PEM)");
}

void certificate_free(struct certificate *c)
{
	X509_free(c->own);
	sk_X509_pop_free(c->chain, X509_free);
	EVP_PKEY_free(c->key);
	memset(c, 0, sizeof *c);
}

bool certificate_is_for(const struct certificate *c, const char *host)
{
	bool is = X509_check_ip_asc(c->own, host, 0) == 1 || X509_check_host(c->own, host, 0, 0, NULL) == 1;

	ERR_clear_error();
	return is;
}

/* ---- the chain ------------------------------------------------------------ */

bool certificate_is_odd(const struct certificate *c, char what[CERTIFICATE_ERROR])
{
	X509 *below = c->own;
	char name[CERTIFICATE_NAME], issued[CERTIFICATE_NAME];

	for (int i = 0; i < sk_X509_num(c->chain); i++) {
		X509 *x = sk_X509_value(c->chain, i);

		certificate_subject(x, name);
		certificate_subject(below, issued);
		if (X509_check_issued(x, below) != X509_V_OK) {
			snprintf(what, CERTIFICATE_ERROR, "'%s' stands behind '%s' but did not issue it: strict "
				 "devices give up there", name, issued);
			return true;
		}
		if (X509_self_signed(x, 0) == 1) {
			snprintf(what, CERTIFICATE_ERROR, "the root '%s' is sent to every device, which has it "
				 "already: leave it out", name);
			return true;
		}
		below = x;
	}
	return false;
}

bool certificate_leads_to(const struct certificate *c, const char *root_file, int64_t now_s,
			  char error[CERTIFICATE_ERROR])
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok = store != NULL && ctx != NULL;
	const char *from = root_file != NULL ? root_file : "this machine's roots";

	if (ok &&
	    (root_file != NULL ? X509_STORE_load_file(store, root_file) : X509_STORE_set_default_paths(store)) != 1)
		ok = wrong(error, from, "no root is in it (PEM)");
	else if (ok && X509_STORE_CTX_init(ctx, store, c->own, c->chain) == 1) {
		X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)now_s);
		(void)X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
		ok = X509_verify_cert(ctx) == 1 ||
		     wrong(error, from, "the certificate does not lead to it: %s (at depth %d)",
			   X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)),
			   X509_STORE_CTX_get_error_depth(ctx));
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return ok;
}
